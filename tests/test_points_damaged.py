# test_points_damaged.py
# Does trade-report take nothing for lost or forged between two capture points because a
# capture has frames twice, lacks one, or ends; and does it count segments right?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

from test_points import PORT, SECOND, START, Findings, Reporter
from trade_pdus import MULTIPLEXER, TRADER, TRADESITE, filler, ping
from two_points import (
    FAR, IP, MODULE, TwoPoints, pass_routers, play_healthy, play_lost, play_round)


@pytest.fixture(scope="module", name="reporter")
def fixture_reporter(tshark):
    return Reporter(tshark)


def take_out_ids(frame):
    return frame[:IP + 4] + b"\0\0" + frame[IP + 6:]


def copy_some(capture, every):
    """Has every so manyth frame twice, as a mirror port of two ports has what passes both."""
    copies = [(frame[0] + 3, *frame[1:]) for frame in capture.frames[::every]]
    capture.frames = sorted([*capture.frames, *copies], key=lambda frame: frame[0])


@pytest.mark.parametrize("has_ids", (True, False))
@pytest.mark.parametrize("point", (MODULE, FAR))
def test_some_frames_are_captured_twice(reporter, point, has_ids):
    points = TwoPoints(START, 1200, 3 * SECOND)
    play_healthy(points, 9)
    for capture in () if has_ids else points.captures:
        capture.frames = [(time, take_out_ids(frame), *rest)
                          for time, frame, *rest in capture.frames]
    copy_some(points.captures[point], 7)
    Findings(reporter, points.captures).assert_quiet()


def test_lost_where_some_frames_are_captured_twice(reporter):
    points = play_lost(TwoPoints(START, 1200, 3 * SECOND))
    for capture in points.captures:
        copy_some(capture, 5)
    found = Findings(reporter, points.captures)
    assert found.verdict("1195") == ("not-delivered", "network")
    assert [item["lost"] for item in found.between("1195")] == points.lost == [17, 0]


def test_a_short_end_does_not_tell_how_long_segments_are(reporter):
    """Of what a card cuts into three segments, the last one has few bytes, and comes alone."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    trader, _ = play_healthy(points, 3)
    at, size = points.now + SECOND, 1448
    sender, far = trader.ends["module"], trader.ends["multiplexer"]
    payload, first = filler(2 * size + 20, seed=1), sender.seq

    def make(begin, end):
        return trader._frame(sender, far, payload[begin:end], "PA", first + begin, far.seq, 511, ())
    points.put(MODULE, at, make(0, len(payload)))
    points.put(FAR, at + 1200, pass_routers(make(2 * size, len(payload))))
    sender.seq += len(payload)
    for number in range(2):
        points.add(at + (300 + number) * 1000, make(number * size, (number + 1) * size))
    trader.ack("multiplexer", at=at + 350_000)
    forth, back = Findings(reporter, points.captures).between("1195")
    assert (forth["lost"], back["lost"]) == (2, 0)


def test_on_its_way_when_the_captures_end(reporter):
    """The way has become longer by then."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    trader, tradesite = play_healthy(points, 6)
    points.delay = 2 * SECOND
    for number in range(6, 12):
        for connection, module in (trader, TRADER), (tradesite, TRADESITE):
            play_round(connection, module, points.start + (8 + 30 * number) * SECOND + module,
                       2 * points.delay + 300)
    begin, heard = points.now + 9 * SECOND, trader.ends["multiplexer"].seq
    for number in range(90):
        at = begin + number * SECOND // 10
        trader.module(ping(TRADER), at=at, ack=heard)
        trader.multiplexer(ping(MULTIPLEXER), at=at + SECOND // 20)
    for capture, ahead in zip(points.captures, (0, 3 * SECOND)):
        capture.frames = sorted(frame for frame in capture.frames
                                if frame[0] <= begin + 9 * SECOND + ahead)
    found = Findings(reporter, points.captures)
    assert [item["lost"] for item in found.between("1195")] == [0, 0]


def play_reset(points, does_go_on):
    """The Multiplexer's point has an RST of Trader that the modules' has not."""
    trader, tradesite = play_healthy(points, 60)
    sender, far = trader.ends["module"], trader.ends["multiplexer"]
    at = points.now + 10 * SECOND
    points.put(FAR, at, pass_routers(trader._frame(sender, far, b"", "RA", sender.seq, far.seq, 0,
                                                   ())))
    points.cut = lambda side, frame: frame[IP + 20:IP + 22] == PORT
    for number in range(1, 4):
        if does_go_on:
            trader.module(ping(TRADER), at=at + 30 * number * SECOND - 9 * SECOND)
        play_round(tradesite, TRADESITE, at + 30 * number * SECOND, 2700)
    return points


@pytest.mark.parametrize("does_go_on, where", ((True, "network"), (False, None)))
def test_the_capture_may_lack_just_the_rst(reporter, does_go_on, where):
    """Who sent an RST is silent from then on."""
    points = play_reset(TwoPoints(START, 1200, 3 * SECOND), does_go_on)
    found = Findings(reporter, points.captures)
    forth, _ = found.between("1195")
    assert forth["forged"] == (1 if does_go_on else 0)
    if where:
        assert found.verdict("1195") == ("reset-foreign", where)
    else:
        assert found.verdict("1195")[0] != "reset-foreign"


def test_pings_that_pass_beside_a_point(reporter):
    """From some time on, the Multiplexer's point has nothing of Trader: another way leads there."""
    points = TwoPoints(START, 1200, 3 * SECOND)

    def turn(number):
        if number == 5:
            points.change = lambda side, frame: None if PORT in (
                frame[IP + 20:IP + 22], frame[IP + 22:IP + 24]) else frame
    play_healthy(points, 16, turn)
    found = Findings(reporter, points.captures)
    own = [point["verdict"] for point in found.by_port["1195"]["points"]]
    assert own == ["ok", "ping-missing"] and found.verdict("1195") == ("ok", "-")


@pytest.mark.parametrize("ahead, lost", ((0, 6), (2**17, 0)))
def test_a_capture_that_begins_in_the_cut(reporter, ahead, lost):
    """No segment of Trader's connection is in both captures. One whose sequence numbers are far from
    those of before is another one."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    trader, tradesite = play_healthy(points, 6)
    begin, seq = points.now + 5 * SECOND, trader.ends["multiplexer"].seq + ahead
    points.cut = lambda side, frame: PORT in (frame[IP + 20:IP + 22], frame[IP + 22:IP + 24])
    for number in range(6):
        at = begin + number * 10 * SECOND
        trader.segment("multiplexer", ping(MULTIPLEXER, 1), at=at + SECOND, seq=seq)
        trader.segment("module", ping(TRADER), at=at + 3 * SECOND // 2)
        play_round(tradesite, TRADESITE, at + 2 * SECOND, 2700)
    points.captures[FAR].frames = [frame for frame in points.captures[FAR].frames
                                   if frame[0] >= begin + 3 * SECOND]
    found = Findings(reporter, points.captures)
    assert sum(item["lost"] for connection in found.all["connections"]
               for item in connection["between"]) == lost
