# multiplexer.py
# A small Multiplexer: modules connect to it over TCP, it keeps the connections
# alive, measures roundtrips, and relays between clients and modules.
#
# Clients are calls of open_client() and not connections, for how they connect is
# no part of TRADE.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import asyncio
import itertools
import socket
import struct

from trade_pdus import (MULTIPLEXER, PORT, TRADESITE, close_connection, counts, data, login,
                        new_connection, ping, pong, roundtrip, roundtrip_for_module)

from .wire import clock_now, read_counted, read_greeting, read_pdu

FIRST_CONNECTION_ID = 2001


class Link:
    """The Multiplexer's end of a module's connection."""

    def __init__(self, module_id, name, writer):
        self.module_id, self.name, self.writer = module_id, name, writer

    def send(self, pdu):
        if not self.writer.is_closing():
            self.writer.write(pdu)


class Client:
    """A client, with what modules sent to it so far."""

    def __init__(self, conn_id):
        self.conn_id = conn_id
        self.link = None  # of the module that it is logged in to
        self.logged_in = asyncio.Event()
        self.received = asyncio.Queue()


class Multiplexer:
    """Listens on loopback. receive_buffer: SO_RCVBUF of its connections, in bytes."""

    def __init__(self, interval, receive_buffer=None):
        self.interval, self.receive_buffer = interval, receive_buffer
        self.links = {}    # by name of the module
        self.clients = {}  # by connection id
        self.port = None
        self._conn_ids = itertools.count(FIRST_CONNECTION_ID)
        self._server = None
        self._tasks = set()

    async def start(self):
        """Listens on TRADE's port or, where that is taken, on one that is free."""
        # Named, or asyncio would not see that it may set TCP_NODELAY.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.receive_buffer:
            # Connections inherit it, but only what was set before listen().
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        try:
            listener.bind(("127.0.0.1", PORT))
        except OSError:
            listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, sock=listener)

    async def stop(self):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for link in self.links.values():
            link.writer.transport.abort()

    def stop_reading(self, name):
        """Reads no more from a module, but goes on sending to it."""
        self.links[name].writer.transport.pause_reading()

    async def open_client(self, user, ip, module):
        """Lets a client connect and log in to a module; returns it."""
        client = Client(next(self._conn_ids))
        self.clients[client.conn_id] = client
        tradesite = self.links["Tradesite"]
        tradesite.send(new_connection(client.conn_id, ip))
        self._tell_counts()
        tradesite.send(data(TRADESITE, client.conn_id, f"{user} {ip} {module}".encode("ascii")))
        await client.logged_in.wait()
        return client

    def send_from_client(self, client, payload):
        client.link.send(data(client.link.module_id, client.conn_id, payload))

    def close_client(self, client):
        del self.clients[client.conn_id]
        for link in (self.links["Tradesite"], client.link):
            link.send(close_connection(client.conn_id))
        self._tell_counts()

    def _tell_counts(self):
        if "Tradesite" in self.links:
            self.links["Tradesite"].send(counts(len(self.links), len(self.clients)))

    async def _serve(self, reader, writer):
        """Serves one module until its connection ends."""
        self._tasks.add(asyncio.current_task())
        try:
            link = Link(*await read_greeting(reader), writer)
            self.links[link.name] = link
            self._tell_counts()
            link.send(roundtrip(MULTIPLEXER, clock_now()))
            pings = asyncio.create_task(self._send_pings(link))
            self._tasks.add(pings)
            try:
                while True:
                    self._take(link, await read_pdu(reader))
            finally:
                pings.cancel()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the module closed it, or never greeted
        finally:
            writer.close()

    async def _send_pings(self, link):
        while True:
            await asyncio.sleep(self.interval)
            link.send(ping(MULTIPLEXER, clock_now()))

    def _take(self, link, pdu):
        """Does what a module's PDU asks for."""
        if pdu.keyword is None:
            if pdu.receiver in self.clients:
                self.clients[pdu.receiver].received.put_nowait(pdu.body)
        elif pdu.keyword == "Ping":
            link.send(pong(MULTIPLEXER))
        elif pdu.keyword == "Pong" and "Tradesite" in self.links:
            took = clock_now() - read_counted(pdu.body)
            self.links["Tradesite"].send(roundtrip_for_module(link.name, took))
        elif pdu.keyword == "Login":
            self._log_in(pdu.body)

    def _log_in(self, body):
        """Passes Tradesite's Login on to the module that it names."""
        module, body = body.split(b"\0", 1)
        conn_id, = struct.unpack(">H", body[:2])
        user, ip = (part.decode("ascii") for part in body[2:].split(b"\0")[:2])
        client = self.clients[conn_id]
        client.link = self.links[module.decode("ascii")]
        client.link.send(login(MULTIPLEXER, conn_id, user, ip))
        client.logged_in.set()
