# test_live.py
# Does the plugin show live traffic as it comes, and end with the right verdict?
# A small Multiplexer and its modules, over real TCP on loopback, captured by
# tshark and dumpcap.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import asyncio
import signal
import socket
import subprocess
import threading
import time

import pytest

from conftest import capture_loopback
from live import scenarios

# How long anything may take that takes a moment: bounds the run, asserts nothing.
PATIENCE = 10


class LiveCapture:
    """tshark on loopback, and the lines that it has printed so far."""

    def __init__(self, tshark, port, interval):
        self.port = port
        self.lines = []
        self.errors = []
        self.process = capture_loopback(
            tshark, "-l", "-f", f"tcp port {port}", "-o", f"trade.tcp.port:{port}",
            "-o", f"trade.interval:{interval}", "-o", 'gui.column.format:"Info","%i"',
            "-z", "trade,health")
        self._readers = [threading.Thread(target=self.lines.extend, args=(self.process.stdout,)),
                         threading.Thread(target=self.errors.extend, args=(self.process.stderr,))]
        for reader in self._readers:
            reader.start()

    def shows(self, text):
        return any(text in line for line in self.lines)

    def wait_for(self, *texts):
        """Waits until tshark, still capturing, has printed these."""
        end = time.monotonic() + PATIENCE
        while not all(self.shows(text) for text in texts):
            missing = [text for text in texts if not self.shows(text)]
            assert time.monotonic() < end, f"not shown: {missing}\n" + "".join(self.lines)
            assert self.process.poll() is None, "".join(self.errors)
            time.sleep(0.05)

    def stop(self):
        """Ends the capture, as Ctrl+C does, when it has shown all that was sent so
        far; returns the rows of the health table."""
        self.wait_for(knock(self.port))
        self.process.send_signal(signal.SIGINT)
        self._join()
        assert self.process.returncode == 0, "".join(self.errors)
        return self._health()

    def kill(self):
        """Ends the capture, whatever became of it."""
        if self.process.poll() is None:
            self.process.terminate()
        self._join()

    def _join(self):
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for reader in self._readers:
            reader.join(PATIENCE)

    def _health(self):
        """Returns the table's rows as dicts, by module, but for what knocked and was refused; a
        name that comes twice is the module's at first, then the Multiplexer's."""
        rows = [line.rstrip("\n").split("|") for line in self.lines if line.count("|") > 15]
        names, *rows = [[cell.strip() for cell in row] for row in rows]
        return {row[names.index("Module")]: dict(reversed(list(zip(names, row)))) for row in rows
                if row[names.index("Verdict")] != "refused"}


def knock(port):
    """Begins a connection that says nothing; returns what the capture shows of it."""
    with socket.socket() as connection:
        connection.bind(("127.0.0.1", 0))
        connection.connect_ex(("127.0.0.1", port))
        return f"{connection.getsockname()[1]} → {port} [SYN]"


async def wait_for_begin(capture, port):
    """Waits until the capture has begun, so that it misses nothing."""
    end = time.monotonic() + PATIENCE
    while not capture.shows(f" → {port} [SYN]"):
        assert time.monotonic() < end and capture.process.poll() is None, "".join(capture.errors)
        knock(port)
        await asyncio.sleep(0.2)


@pytest.fixture
def play(tshark, right_to_capture):
    """Plays a scenario while tshark captures it; returns the capture, not yet stopped."""
    captures = []

    def run(name):
        async def started(port):
            captures.append(LiveCapture(tshark, port, scenarios.INTERVALS[name]))
            await wait_for_begin(captures[0], port)
        asyncio.run(scenarios.play(name, started))
        return captures[0]

    yield run
    for capture in captures:
        capture.kill()


def test_healthy_connections(play):
    capture = play("healthy")
    capture.wait_for(
        "Setting up connection to Tradesite",
        "Trader -> Control, Status: Running, len=20",
        "Trader -> Control, Ping, len=10",
        "Multiplexer -> Control, Pong, len=10",
        "Multiplexer -> Control, Ping, len=18",
        "BackOffice -> Control, Pong, len=18",
        "Multiplexer -> Control, Roundtrip for Module Trader is ",
        "Multiplexer -> Control, New Connection from 194.134.005.011 (id=2001), len=38",
        "Tradesite -> Control, User XXXXXX0011 logged in from 194.134.005.011 to Trader (id=2001), "
        "len=53",
        "Multiplexer -> Control, User XXXXXX0011 logged in from 194.134.005.011 (id=2001), len=46",
        "Trader -> 2001, len=24",
        "Multiplexer -> Control, Connection closed (id=2001), len=24")
    health = capture.stop()
    assert {module: row["Verdict"] for module, row in health.items()} == {
        "Tradesite": "ok", "Trader": "ok", "BackOffice": "ok"}
    for module, row in health.items():
        assert row["End"].startswith(f"FIN by {module} ")
        assert row["Missing bytes"] == "0"
        assert int(row["Module's Pings"]) >= 4
        assert row["Multiplexer's window zero"] == "-"


def test_a_multiplexer_that_stops_reading(play):
    capture = play("blocked")
    capture.wait_for("Trader -> 2001, len=4005", "[TCP ZeroWindow]")
    health = capture.stop()
    assert {module: row["Verdict"] for module, row in health.items()} == {
        "Tradesite": "ok", "Trader": "peer-not-reading", "BackOffice": "ok"}
    trader = health["Trader"]
    assert trader["End"].startswith("RST by Trader ")
    assert trader["Missing bytes"] == "0"
    assert trader["Multiplexer's window zero"] != "-"
    assert trader["Module's window zero"] == "-"
    assert "127.0.0.1:" in trader["Details"] and "did not read" in trader["Details"]
    assert "until Trader" in trader["Details"] and " reset the connection at " in trader["Details"]
