# test_silence.py
# Who is said to have sent nothing, by TCP timestamps and answers to keepalives: a host that
# pauses is told from a network that loses packets, or is slow.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

from kernels import judge
from trade_pdus import MULTIPLEXER, TRADER, Capture, Conversation, greeting, ping, pong

SECOND = 1_000_000
RATE = 1000  # ticks a second
PAUSED = 100  # s


class Stamped:
    """A connection with TCP timestamps, in s after the capture's start. stood: how long the clock
    of the module's host stood still."""

    def __init__(self):
        self.capture = Capture()
        self.start = self.capture.now
        self.conversation = Conversation(self.capture, 1195)
        self.stood, self.seen = 0, {"module": 0, "multiplexer": 0}
        self.conversation.handshake()
        self.send("module", 0.1, greeting(TRADER, "Trader"))

    def stamps(self, who, seconds, is_heard=True):
        other = "multiplexer" if who == "module" else "module"
        stamp = round((1000 + seconds - self.stood * (who == "module")) * RATE)
        echo = self.seen[who]
        if is_heard:
            self.seen[other] = stamp
        return [("NOP", None), ("NOP", None), ("Timestamp", (stamp, echo))]

    def send(self, who, seconds, payload=b"", is_heard=True, **more):
        self.conversation.segment(who, payload, at=self.start + round(seconds * SECOND),
                                  flags="PA" if payload else "A",
                                  options=self.stamps(who, seconds, is_heard), **more)

    def beat(self, seconds):
        self.send("module", seconds, ping(TRADER))
        self.send("multiplexer", seconds + 0.001, pong(MULTIPLEXER))
        self.send("module", seconds + 0.04)
        self.send("multiplexer", seconds + 1, ping(MULTIPLEXER))
        self.send("module", seconds + 1.001, pong(TRADER))
        self.send("multiplexer", seconds + 1.04)

    def lose_ping(self, seconds):
        """The Multiplexer's Ping, six times, that nobody acknowledges."""
        end = self.conversation.ends["multiplexer"]
        seq, ack = end.seq, self.conversation.ends["module"].seq
        self.send("multiplexer", seconds, ping(MULTIPLEXER), is_heard=False, ack=ack)
        for n in range(5):
            self.send("multiplexer", seconds + 4 + n * 20, ping(MULTIPLEXER), is_heard=False,
                      seq=seq, ack=ack)


def go_on(life):
    life.send("module", 210)
    life.send("module", 210.01, pong(TRADER))
    life.send("multiplexer", 210.05)
    life.beat(210.1)


def said_of(tshark, what):
    life = Stamped()
    for n in range(4):
        life.beat(1 + n * 30)
    life.lose_ping(122)
    what(life)
    rows = judge.health(tshark, tshark.save(life.capture))
    return (*judge.said(rows[0]), rows[0]["Details"])


def test_a_host_that_pauses(tshark):
    verdict, where, details = said_of(tshark, go_on)
    assert (verdict, where) == ("not-delivered", "module"), details
    assert "sent nothing until" in details and "by the TCP timestamps of frame" in details


def slow_network(life):
    """What the module sent at 110 comes at 210."""
    life.stood = PAUSED
    go_on(life)


def clock_that_stood_still(life):
    """The same, but it repeats the newest timestamp."""
    life.seen["module"] = round(1206 * RATE)
    slow_network(life)


@pytest.mark.parametrize("what, where", (
    (slow_network, "network-or-module"), (clock_that_stood_still, "module")))
def test_a_clock_that_shows_another_time(tshark, what, where):
    assert said_of(tshark, what)[:2] == ("not-delivered", where)
