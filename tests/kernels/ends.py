# ends.py
# A module and a Multiplexer, each a process with one connection over the kernel's
# TCP, that misbehave when told to.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import asyncio
import contextlib
import socket
import struct
import time

from live.wire import clock_now, read_counted
from trade_pdus import CONTROL, MULTIPLEXER, PORT, TRADER, data, greeting, ping, pong

# A module that hears no Pong for so many intervals resets its connection.
GIVE_UP_INTERVALS = 3
CONNECTION_ID = 2001
PAYLOAD = 4000
# What a script says that is so for later connections, too.
LASTING = ("stop_pings", "stop_answers", "answer_after", "stop_reading", "start_reading",
           "read_slowly", "change_interval")


class End:
    """One end of a connection. script: what it does at which second after begin, as
    (second, name of a method, arguments...)."""

    def __init__(self, interval, script, begin):
        self.interval, self.begin = interval, begin
        self.script = sorted(script, key=lambda step: step[0])
        self.pings = self.answers = self.listens = True
        self.answer_delay = 0
        self.chunk, self.pause = 65536, 0  # reads so many bytes, then waits so many seconds
        self.last_pong = time.monotonic()
        self.waiting = bytearray()         # what the kernel has not taken yet
        self.connection = None

    # ---- What a script may say ----

    def stop_pings(self):
        self.pings = False

    def stop_answers(self):
        self.answers = False

    def answer_after(self, seconds):
        self.answer_delay = seconds

    def stop_reading(self):
        self.listens = False

    def start_reading(self):
        self.listens = True

    def read_slowly(self, chunk, pause):
        self.chunk, self.pause = chunk, pause

    def change_interval(self, interval):
        self.interval = interval

    def send_data(self, size):
        """Sends so many bytes to or from a client, as data PDUs. These name the
        module, whoever sends them."""
        self.send(size // PAYLOAD * data(TRADER, CONNECTION_ID, bytes(PAYLOAD)))

    def half_close(self):
        self.connection.shutdown(socket.SHUT_WR)
        self.pings = self.answers = False

    def close(self):
        self.pings = self.answers = self.listens = False
        self.connection.close()

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    # ---- Its life ----

    def send(self, pdu):
        self.waiting += pdu

    async def live(self):
        """Lives on its connection until that ends."""
        self.last_pong = time.monotonic()
        self.waiting = bytearray()
        tasks = [asyncio.create_task(life) for life in
                 (self._write(), self._ping(), self._watch())]
        with contextlib.suppress(OSError, ValueError):
            await self._read()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.connection.close()

    async def play(self):
        """Does what the script says."""
        for second, name, *arguments in self.script:
            await asyncio.sleep(self.begin + second - time.monotonic())
            with contextlib.suppress(OSError):
                getattr(self, name)(*arguments)

    async def _write(self):
        while True:
            taken = 0
            with contextlib.suppress(BlockingIOError):
                if self.waiting:
                    taken = self.connection.send(self.waiting[:65536])
            del self.waiting[:taken]
            await asyncio.sleep(0 if taken else 0.005)

    async def _ping(self):
        while True:
            if self.pings:
                self.send(self.make_ping())
            await asyncio.sleep(self.interval)

    async def _watch(self):
        """Resets the connection when no Pong comes any more."""
        while time.monotonic() - self.last_pong < self.gives_up_after():
            await asyncio.sleep(0.05)
        self.reset()

    async def _read(self):
        loop, stream = asyncio.get_running_loop(), b""
        while self.connection.fileno() >= 0:
            while not self.listens:
                await asyncio.sleep(0.02)
            got = await loop.sock_recv(self.connection, self.chunk)
            if not got:
                return
            stream = self._take(stream + got)
            await asyncio.sleep(self.pause)

    def _take(self, stream):
        """Takes the PDUs that are whole, and returns the rest."""
        while len(stream) >= 5:
            size = self.greeting_size(stream) or int.from_bytes(stream[1:3], "big")
            if len(stream) < size:
                break
            self._take_pdu(stream[:size])
            stream = stream[size:]
        return stream

    def greeting_size(self, stream):
        """Returns how long the greeting is that a stream begins with, or 0."""
        return 0

    def _take_pdu(self, pdu):
        if int.from_bytes(pdu[3:5], "big") != CONTROL:
            return
        keyword, _, body = pdu[5:].partition(b"\0")
        if keyword == b"Pong":
            self.last_pong = time.monotonic()
        elif keyword == b"Ping" and self.answers:
            answer = pong(self.sender, read_counted(body))
            asyncio.get_running_loop().call_later(self.answer_delay, self.send, answer)


class Module(End):
    """Connects, greets, and gives up where no Pong comes. again: connects again where
    the connection ends; port: its own, or 0."""
    sender = TRADER

    def __init__(self, interval, script, begin, again=False, port=0):
        super().__init__(interval, script, begin)
        self.again, self.port = again, port

    def make_ping(self):
        return ping(TRADER)

    def gives_up_after(self):
        return self.interval * GIVE_UP_INTERVALS

    async def run(self, address, receive_buffer):
        """address: the Multiplexer's."""
        script = asyncio.create_task(self.play())
        while True:
            try:
                self.connection = make_socket(address, receive_buffer)
                if self.port:
                    self.connection.bind(("", self.port))
                await asyncio.get_running_loop().sock_connect(self.connection, (address, PORT))
                await self.live_greeting()
            except OSError:
                self.connection.close()
            self.port = 0
            if not self.again:
                break
            await asyncio.sleep(0.2)
        await script

    async def live_greeting(self):
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.send(greeting(TRADER, "Trader"))
        await self.live()


class Modules:
    """A module with a script, and others beside it that are healthy, on the same host."""

    def __init__(self, first, siblings):
        self.all = [first, *(Module(first.interval, [], first.begin, first.again)
                             for _ in range(siblings))]

    async def run(self, address, receive_buffer):
        async def run_later(number, module):
            await asyncio.sleep(number * module.interval / len(self.all))
            await module.run(address, receive_buffer)
        await asyncio.gather(*(run_later(number, module) for number, module in
                               enumerate(self.all)))


class Server(End):
    """A Multiplexer's end of one connection."""
    sender = MULTIPLEXER
    greeted = False

    def make_ping(self):
        return ping(MULTIPLEXER, clock_now())

    def gives_up_after(self):
        return float("inf")

    def greeting_size(self, stream):
        size = 0 if self.greeted else stream[1] + 3
        self.greeted = self.greeted or len(stream) >= size
        return size


class Multiplexer:
    """Listens, and lives on all connections; what its script says, it does on each, and
    on those that come later."""

    def __init__(self, interval, script, begin):
        self.interval, self.begin = interval, begin
        self.script = sorted(script, key=lambda step: step[0])
        self.servers, self.done = [], []

    async def play(self):
        for second, *step in self.script:
            await asyncio.sleep(self.begin + second - time.monotonic())
            self.done.append(step)
            for server in self.servers:
                self.take(server, step)

    @staticmethod
    def take(server, step):
        with contextlib.suppress(OSError):
            getattr(server, step[0])(*step[1:])

    async def run(self, address, receive_buffer):
        script = asyncio.create_task(self.play())
        listener = make_socket(address, receive_buffer)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, PORT))
        listener.listen()
        lives = set()
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(listener)
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = Server(self.interval, [], self.begin)
            server.connection = connection
            for step in self.done:
                if step[0] in LASTING:
                    self.take(server, step)
            self.servers = [other for other in self.servers if other.connection.fileno() >= 0]
            self.servers.append(server)
            lives.add(asyncio.create_task(server.live()))
            if script.done():
                script.result()


def make_socket(address, receive_buffer):
    """Returns a socket of the address's family. receive_buffer: SO_RCVBUF, or None."""
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    made.setblocking(False)
    if receive_buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    return made
