# test_points_damaged.py
# Does trade-report take nothing for lost or forged between two capture points because a
# capture has frames twice, lacks one, or ends; and does it count segments right?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

from test_points import PORT, SECOND, START, Findings, Reporter
from trade_pdus import (
    MULTIPLEXER, TRADER, TRADESITE, Conversation, filler, greeting, ping, pong)
from two_points import (
    FAR, IP, MODULE, TwoPoints, list_again, pass_routers, play_healthy, play_lost, play_round)


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


def play_attempt(points, others, pauses=False):
    """None of seven SYNs comes to the Multiplexer's point, of which other connections go on; or they
    pause meanwhile. Returns when the first one was sent."""
    begin = points.start + 100 * SECOND
    for other in range(others):
        conversation = Conversation(points, 1170 + other).handshake()
        conversation.module(greeting(TRADESITE, "Tradesite"))
        for number in range(30):
            at = points.start + (5 + 8 * number + other) * SECOND
            if not pauses or not begin - 9 * SECOND < at < begin + 65 * SECOND:
                play_round(conversation, TRADESITE, at, 2700)
    attempt = Conversation(points, 1195)
    seq = attempt.ends["module"].seq
    points.cut = lambda side, frame: True
    for number in range(7):
        attempt.segment("module", flags="S", at=begin + ((1 << number) - 1) * SECOND, seq=seq)
    return begin


def play_vain(points, begin):
    """A Ping of another connection comes only when it is sent for the seventh time."""
    points.cut = lambda side, frame: False
    other = Conversation(points, 1180).handshake(points.start + SECOND)
    other.module(greeting(TRADESITE, "Tradesite"))
    play_round(other, TRADESITE, points.start + 9 * SECOND, 2700)
    seq = other.ends["module"].seq
    for number, time in enumerate(list_again(begin + SECOND // 2)[:7]):
        points.cut = lambda side, frame, number=number: number < 6
        other.module(ping(TRADESITE), at=time, seq=seq if number else None)
    other.multiplexer(pong(MULTIPLEXER))
    other.ack("module")


@pytest.mark.parametrize("others, what, where", (
    (3, "", "network"), (2, "", "network-or-multiplexer"), (3, "pause", "network-or-multiplexer"),
    (3, "begins late", "network-or-multiplexer"), (3, "drops", "network-or-multiplexer"),
    (4, "passes beside", "network-or-multiplexer"), (3, "one of several hosts pauses",
                                                     "network-or-multiplexer")))
def test_an_attempt_that_is_lost_between(reporter, others, what, where):
    """None of its SYNs is at the Multiplexer's point, which has three other connections of the same
    hosts all the time; else the host may be off, or the capture lacks them."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    begin = play_attempt(points, others, what == "pause")
    far = points.captures[FAR]
    if what == "one of several hosts pauses":
        play_vain(points, begin)
    if what == "begins late":
        far.frames = [frame for frame in far.frames if frame[0] >= begin + 20 * SECOND]
    if what == "drops":
        del far.frames[40::25]
    if what == "passes beside":
        port = (1171).to_bytes(2, "big")
        far.frames = [frame for frame in far.frames
                      if port not in (frame[1][IP + 20:IP + 22], frame[1][IP + 22:IP + 24])]
    found = Findings(reporter, points.captures)
    assert found.verdict("1195") == ("connect-unanswered", where)
