# module.py
# A small module: connects to a Multiplexer, greets, keeps the connection alive
# and answers. Tradesite also logs clients in.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import asyncio
import socket
import struct
import time

from trade_pdus import TRADESITE, data, greeting, login, ping, pong, roundtrip, status

from .wire import read_counted, read_pdu

# A module that hears no Pong for so many intervals resets its connection.
GIVE_UP_INTERVALS = 3


class Module:
    def __init__(self, module_id, name, interval):
        self.module_id, self.name, self.interval = module_id, name, interval
        self.pongs = 0
        self.gave_up = asyncio.Event()
        self._last_pong = None
        self._writer = None
        self._tasks = []

    async def connect(self, port):
        reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._writer.write(greeting(self.module_id, self.name))
        self._writer.write(status(self.module_id, "Running"))
        self._last_pong = time.monotonic()
        self._tasks = [asyncio.create_task(self._listen(reader)),
                       asyncio.create_task(self._send_pings()),
                       asyncio.create_task(self._watch())]

    async def stop(self):
        """Closes the connection, unless it gave up before."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writer.close()

    def send_data(self, conn_id, payload):
        """Sends to a client. What the kernel does not take waits in this process."""
        self._writer.write(data(self.module_id, conn_id, payload))

    async def _listen(self, reader):
        try:
            while True:
                self._take(await read_pdu(reader))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async def _send_pings(self):
        while True:
            self._writer.write(ping(self.module_id))
            await asyncio.sleep(self.interval)

    async def _watch(self):
        """Resets the connection when no Pong comes any more."""
        while time.monotonic() - self._last_pong < self.interval * GIVE_UP_INTERVALS:
            await asyncio.sleep(self.interval / 10)
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        self.gave_up.set()

    def _take(self, pdu):
        """Does what the Multiplexer's PDU asks for."""
        if pdu.keyword is None:
            self._take_data(pdu)
        elif pdu.keyword == "Ping":
            self._writer.write(pong(self.module_id, read_counted(pdu.body)))
        elif pdu.keyword == "Roundtrip":
            self._writer.write(roundtrip(self.module_id, read_counted(pdu.body)))
        elif pdu.keyword == "Pong":
            self._last_pong = time.monotonic()
            self.pongs += 1

    def _take_data(self, pdu):
        """Answers a client. The first that Tradesite hears of one is who it is."""
        if self.module_id != TRADESITE:
            self.send_data(pdu.receiver, b"you said: " + pdu.body)
            return
        user, ip, module = pdu.body.decode("ascii").split()
        self._writer.write(login(TRADESITE, pdu.receiver, user, ip, module))
