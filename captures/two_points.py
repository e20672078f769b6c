# two_points.py
# Composes what is captured at two points at once: at a module's host, and at the
# Multiplexer's, by clocks of their own.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import struct

from trade_pdus import (MODULE_MAC, MULTIPLEXER, TRADER, TRADESITE, Capture, Conversation,
                        _checksum, clock_at, greeting, ping, pong, wall_time)

MODULE, FAR = 0, 1
HOPS = 2
IP = 14


class TwoPoints:
    """Stands for a Capture in a Conversation, of which the frames are captured twice. delay: in
    us; offset, drift: by which the second point's clock is ahead, in us, and how fast that
    grows. cut: what is lost between the points: a function of the side that sends and the frame;
    change: what the second point has for a frame, or None where its capture lacks it."""

    def __init__(self, start="09:10:00.000000", delay=1000, offset=0, drift=0.0):
        self.now = self.start = wall_time(start)
        self.delay, self.offset, self.drift = delay, offset, drift
        self.conversations = 0
        self.captures = Capture(start), Capture(start)
        self.cut = lambda side, frame: False
        self.change = lambda side, frame: frame
        self.lost = [0, 0]

    def tick(self, at=None, step=None):
        """Returns the time of the next frame: at, or when the one before has come."""
        self.now = self.now + (step or self.delay + 200) if at is None else at
        return self.now

    def add(self, time_us, frame, snap=None, comment=None):
        """Adds a frame where it is sent, and where it comes to."""
        side = MODULE if frame[6:12] == bytes.fromhex(MODULE_MAC.replace(":", "")) else FAR
        self.put(side, time_us, frame, snap, comment)
        if self.cut(side, frame):
            self.lost[side] += 1
        else:
            self.put(1 - side, time_us + self.delay, pass_routers(frame), snap)

    def put(self, point, time_us, frame, snap=None, comment=None):
        """Adds a frame at one point only."""
        if point == FAR:
            frame = self.change(MODULE if frame[6:12] == bytes.fromhex(
                MODULE_MAC.replace(":", "")) else FAR, frame)
            time_us += round(self.offset + self.drift * (time_us - self.start))
        if frame is not None:
            self.captures[point].add(time_us, frame, snap, comment)


def pass_routers(frame):
    """Returns an IPv4 frame with fewer hops left."""
    head = bytearray(frame[IP:IP + 20])
    head[8] -= HOPS
    head[10:12] = bytes(2)
    head[10:12] = _checksum(bytes(head))
    return frame[:IP] + bytes(head) + frame[IP + 20:]


def play_round(conversation, module, at, after):
    """Plays a Ping and its Pong in either direction."""
    conversation.module(ping(module), at=at)
    conversation.multiplexer(pong(MULTIPLEXER), at=at + after)
    conversation.ack("module", at=at + after + 3000)
    begin = at + 7_000_000
    clock = clock_at(begin)
    conversation.multiplexer(ping(MULTIPLEXER, clock), at=begin)
    conversation.module(pong(module, clock), at=begin + after)
    conversation.ack("multiplexer", at=begin + after + 3000)


def list_again(at):
    """Returns when TCP sends bytes that nobody acknowledges."""
    return [at + 300_000 * ((1 << number) - 1) for number in range(8)]


def play_loss(trader, at):
    """Trader's Ping is retransmitted again and again. The Multiplexer's comes, and is
    retransmitted, too, as what acknowledges it does not come."""
    sides = trader.ends["module"], trader.ends["multiplexer"]
    seqs, heard = [side.seq for side in sides], sides[0].seq
    begin = at + 7_000_000
    asked = ping(TRADER), ping(MULTIPLEXER, clock_at(begin))
    for time, side in sorted([(time, 0) for time in list_again(at)] +
                             [(time, 1) for time in list_again(begin)]):
        who = ("module", "multiplexer")[side]
        first = sides[side].seq == seqs[side]
        trader.segment(who, asked[side], at=time, seq=None if first else seqs[side],
                       ack=heard if side else None)
        if side:
            trader.ack("module", at=time + 1300)
    trader.rst("module", at=at + 90_000_000)


def play_healthy(points, rounds, also=lambda number: None):
    """Plays Trader's and Tradesite's connections for some rounds of 30 s, and what else is to
    happen after each; returns both."""
    trader = Conversation(points, 1195).handshake()
    tradesite = Conversation(points, 1170).handshake()
    trader.module(greeting(TRADER, "Trader"))
    tradesite.module(greeting(TRADESITE, "Tradesite"))
    for number in range(rounds):
        at = points.start + (8 + 30 * number) * 1_000_000
        play_round(trader, TRADER, at, 2 * points.delay + 300)
        play_round(tradesite, TRADESITE, at + 1_154_000, 2 * points.delay + 300)
        also(number)
    return trader, tradesite


def play_lost(points):
    """Trader's segments to the Multiplexer are lost between the points after eight rounds;
    Tradesite's are not."""
    trader, tradesite = play_healthy(points, 8)
    port = struct.pack(">H", 1195)
    points.cut = lambda side, frame: side == MODULE and frame[IP + 20:IP + 22] == port
    at = points.start + (8 + 30 * 8) * 1_000_000
    play_loss(trader, at)
    for number in range(4):
        play_round(tradesite, TRADESITE, at + number * 30_000_000 + 1_154_000,
                   2 * points.delay + 300)
    return points


def lost():
    """The second clock is 40.0031 s ahead, and gains 12 us a second."""
    return play_lost(TwoPoints("09:26:20.229000", 1200, 40_003_100, 12e-6)).captures
