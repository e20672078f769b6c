# test_health_cells.py
# Are the cells of -z trade,health, besides verdict and cause, of both sides of a connection?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

from test_health import health
from trade_pdus import (
    MULTIPLEXER, TRADER, Capture, Conversation, clock_at, ping, pong, status, wall_time)

START = wall_time("10:00:00.000000")
SECOND = 1_000_000
SIDES = ("module", "multiplexer")
IDS = {"module": TRADER, "multiplexer": MULTIPLEXER}


class Sides:
    """A connection of which either side may do a thing, and the other the other."""

    def __init__(self, capture, asking):
        self.asking, self.answering = asking, SIDES[asking == "module"]
        self.conversation = Conversation(capture, 4001).handshake(START)

    def ping(self, seconds, answer_us, clock=None, swapped=False):
        """Has a side send a Ping, and the other answer it after so many microseconds."""
        one, other = (self.asking, self.answering)[::-1 if swapped else 1]
        at = START + int(seconds * SECOND)
        self.conversation.send(one, ping(IDS[one], clock), at=at)
        if answer_us is not None:
            self.conversation.send(other, pong(IDS[other], clock), at=at + answer_us)
        return self

    def read(self, reader, capture):
        (row,), = health(reader, reader.save(capture), "-2").values()
        return row


both = pytest.mark.parametrize("asking", SIDES)


@both
def test_response_times(reader, asking):
    capture = Capture()
    sides = Sides(capture, asking)
    for n, (own, others) in enumerate(((1000, 500), (3000, 9000), (1100, 1000))):
        sides.ping(30 * n + 1, own).ping(30 * n + 11, others, swapped=True)
    cells = sides.read(reader, capture)
    assert cells["response_min"] == "0.000500"
    assert cells["response_average"] == "0.002600"
    assert cells["response_max"] == "0.009000"


@both
def test_response_times_of_one_side(reader, asking):
    capture = Capture()
    sides = Sides(capture, asking).ping(1, 1000).ping(31, 3000)
    cells = sides.read(reader, capture)
    assert [cells[name] for name in ("response_min", "response_average", "response_max")] == [
        "0.001000", "0.002000", "0.003000"]


@both
def test_send_delay(reader, asking):
    capture = Capture()
    sides = Sides(capture, asking)
    for n in range(4):
        late = 40_000 if n == 2 else 0
        sides.ping(30 * n + 1, 500, clock_at(START + (30 * n + 1) * SECOND - late))
        sides.ping(30 * n + 11, 500, clock_at(START + (30 * n + 11) * SECOND), swapped=True)
    assert sides.read(reader, capture)["send_delay"] == "0.040000"


@both
@pytest.mark.parametrize("last, gap", ((45, "30.000 s from 2014-06-05 08:00:01.000 UTC"),
                                       (45.001, "45.001 s from 2014-06-05 08:01:01.000 UTC")))
def test_longest_gap(reader, asking, last, gap):
    """The time since the last Ping is one, if the next is late."""
    capture = Capture()
    sides = Sides(capture, asking).ping(1, 500).ping(31, 500).ping(61, 500)
    at = START + int((61 + last) * SECOND)
    sides.conversation.send("multiplexer", status(MULTIPLEXER, "x"), at=at)
    assert sides.read(reader, capture)["longest_gap"].startswith(gap)


@both
def test_longest_gap_of_two(reader, asking):
    """The next Ping is late, but one before was later."""
    capture = Capture()
    sides = Sides(capture, asking).ping(1, 500).ping(31, 500).ping(131, 500)
    sides.conversation.send("multiplexer", status(MULTIPLEXER, "x"), at=START + 181 * SECOND)
    who = {"module": "Trader", "multiplexer": "Multiplexer"}[asking]
    assert sides.read(reader, capture)["longest_gap"] == (
        f"100.000 s from 2014-06-05 08:00:31.000 UTC ({who})")


@both
def test_window_that_is_still_closed(reader, asking):
    capture = Capture()
    sides = Sides(capture, asking).ping(1, 500)
    sides.conversation.ack(asking, at=START + 5 * SECOND, window=0)
    sides.conversation.ack(asking, at=START + 7 * SECOND)
    sides.conversation.ack(asking, at=START + 10 * SECOND, window=0)
    sides.conversation.ack(sides.answering, at=START + 14 * SECOND)
    cells = sides.read(reader, capture)
    assert cells[f"{asking}_closed"] == "6.000 s since 2014-06-05 08:00:05.000 UTC"
    assert cells[f"{sides.answering}_closed"] == "-"
