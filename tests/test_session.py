# test_session.py
# What belongs together: Pings and Pongs, roundtrips, keepalives, clients' sessions?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

from trade_pdus import (
    BACKOFFICE, MULTIPLEXER, SETTLEMENT, TRADER, TRADESITE, Capture, Conversation, clock_at,
    close_connection, control, data, filler, greeting, login, merge, new_connection, ping, pong,
    roundtrip, roundtrip_for_module, status, wall_time)

SECOND = 1_000_000
START = wall_time("10:00:00.000000")
CLOCK = clock_at(START)


def at(seconds):
    """Returns the time so many seconds after the start."""
    return START + round(seconds * SECOND)


def connect(capture, port=1195, module=TRADER, name="Trader", **more):
    """A connection from its SYN on, with its greeting: three frames and one."""
    return Conversation(capture, port, **more).handshake().module(greeting(module, name))


def new_capture():
    return Capture("09:59:59.000000")


def without_greetings(frames):
    """Returns all PDUs as (frame, PDU), greetings left out."""
    return [(frame.number, pdu) for frame in frames for pdu in frame.pdus
            if pdu["trade.greeting"] is None]


# Each capture that a test of this file looked at in two passes; the last test does so in one.
SHOWN = []


@pytest.fixture
def show(sharkd):
    """What two passes show of a capture."""
    def show_pdus(capture):
        SHOWN.append(capture)
        return without_greetings(sharkd.frames(sharkd.save(capture)))
    return show_pdus


@pytest.fixture
def show_once(tshark):
    """What one pass shows of a capture."""
    def show_pdus(capture, *options):
        return without_greetings(tshark.frames(tshark.save(capture), *options))
    return show_pdus


def of(pdus, keyword, *names):
    """Returns a tuple of fields for each PDU with this keyword, or the frame for "frame"."""
    return [tuple(number if name == "frame" else pdu[name] for name in names)
            for number, pdu in pdus if pdu["trade.keyword"] == keyword]


def experts(pdus):
    """Returns (frame, expert) for all that is said, without what is said of ids and of the
    answers' speed."""
    return [(number, name) for number, pdu in pdus for name in pdu.experts
            if name not in ("trade.sender.unknown", "trade.response.slow")]


def numbers(pdus):
    """Returns the frames of the PDUs, for expectations."""
    return [number for number, _ in pdus]


# ---- What the fields are ----


KINDS = {
    "response_in": "FT_FRAMENUM", "response_to": "FT_FRAMENUM", "rtt_ping": "FT_FRAMENUM",
    "rtt_pong": "FT_FRAMENUM", "session.open": "FT_FRAMENUM", "session.close": "FT_FRAMENUM",
    "response_time": "FT_RELATIVE_TIME", "ping_interval": "FT_RELATIVE_TIME",
    "rtt_wire": "FT_DOUBLE", "rtt_off_wire": "FT_DOUBLE", "send_delay": "FT_DOUBLE",
    "session": "FT_UINT32", "session.username": "FT_STRING",
    "session.client_addr": "FT_IPv4", "session.module": "FT_STRING",
}


def test_types(tshark):
    found = {field.name.removeprefix("trade."): field.type for field in tshark.fields()}
    assert {name: found[name] for name in KINDS} == KINDS


def test_generated_fields_are_in_brackets(tshark, captures):
    text = tshark.run("-r", captures["keepalive"], "-2", "-V", "-Y", "trade", "-O", "trade")
    for label in ("Response In", "Response To", "Response Time", "Send Delay", "Ping Interval"):
        assert f"[{label}: " in text
    text = tshark.run("-r", captures["sessions"], "-V", "-O", "trade")
    for label in ("Session", "Session Username", "Session Client Address", "Session Module"):
        assert f"[{label}: " in text


# ---- Ping and Pong ----


def pair(pdus, request="Ping", answer="Pong"):
    """Returns (number of the request, number of the answer) as the answers tell,
    counted from 0 in order of each kind."""
    asked = [number for number, pdu in pdus if pdu["trade.keyword"] == request]
    return [(asked.index(int(pdu["trade.response_to"])), n) for n, pdu in enumerate(
        pdu for _, pdu in pdus if pdu["trade.keyword"] == answer) if pdu["trade.response_to"]]


def test_paired_by_clock(show):
    """The Pongs come in another order than the Pings went."""
    capture = new_capture()
    trader = connect(capture)
    clocks = [clock_at(at(n)) for n in range(3)]
    for n in range(3):
        trader.multiplexer(ping(MULTIPLEXER, clocks[n]), at=at(n))
    for n, asked in enumerate((2, 0, 1)):
        trader.module(pong(TRADER, clocks[asked]), at=at(3 + n))
    pdus = show(capture)
    assert pair(pdus) == [(2, 0), (0, 1), (1, 2)]
    assert of(pdus, "Pong", "trade.response_time") == [
        ("1.000000000",), ("4.000000000",), ("4.000000000",)]
    assert of(pdus, "Ping", "trade.response_in") == [
        ("9",), ("10",), ("8",)]
    assert experts(pdus) == []


def test_paired_in_order_without_a_clock(show):
    capture = new_capture()
    trader = connect(capture)
    for n in range(3):
        trader.module(ping(TRADER), at=at(n))
    for n in range(3):
        trader.multiplexer(pong(MULTIPLEXER), at=at(3 + 2 * n))
    pdus = show(capture)
    assert pair(pdus) == [(0, 0), (1, 1), (2, 2)]
    assert of(pdus, "Pong", "trade.response_time") == [
        ("3.000000000",), ("4.000000000",), ("5.000000000",)]


def test_an_old_ping_does_not_take_the_pong_of_a_new_one(show):
    capture = new_capture()
    trader = connect(capture)
    trader.module(ping(TRADER), at=at(0))
    for n in (1, 2):
        trader.module(ping(TRADER), at=at(30 * n))
        trader.multiplexer(pong(MULTIPLEXER), at=at(30 * n + 0.25))
    pdus = show(capture)
    assert pair(pdus) == [(1, 0), (2, 1)]
    assert of(pdus, "Pong", "trade.response_time") == [("0.250000000",)] * 2


def test_each_direction_is_paired_for_itself(show):
    """Both sides ask without a clock at once."""
    capture = new_capture()
    trader = connect(capture)
    trader.module(ping(TRADER), at=at(0))
    trader.multiplexer(ping(MULTIPLEXER), at=at(0.1))
    trader.module(pong(TRADER), at=at(0.3))
    trader.multiplexer(pong(MULTIPLEXER), at=at(0.6))
    assert of(show(capture), "Pong", "trade.response_to", "trade.response_time") == [
        ("6", "0.200000000"), ("5", "0.600000000")]


def test_a_clock_is_not_answered_without_one(show):
    capture = new_capture()
    trader = connect(capture)
    trader.multiplexer(ping(MULTIPLEXER, CLOCK), at=at(0)).multiplexer(ping(MULTIPLEXER))
    trader.module(pong(TRADER)).module(pong(TRADER, CLOCK))
    assert pair(show(capture)) == [(1, 0), (0, 1)]


@pytest.mark.parametrize("early", (0.003, 0.09, 0.2))
@pytest.mark.parametrize("clock", (None, CLOCK))
def test_a_pong_captured_before_its_ping(show, clock, early):
    """Two taps may see them in the wrong order. It answers its own Ping, not the one before,
    but where it comes too early for that."""
    capture = new_capture()
    trader = connect(capture)
    for n in range(4):
        mine = clock and clock + 30_000_000 * n
        trader.module(pong(TRADER, mine), at=at(30 * n + 1 - early))
        trader.multiplexer(ping(MULTIPLEXER, mine), at=at(30 * n + 1))
    pdus = show(capture)
    names = {name for _, name in experts(pdus)}
    assert "trade.ping.unanswered" not in names
    if early < 0.1 or clock:
        assert not any(pdu["trade.response_time"] for _, pdu in pdus)
        assert len([name for _, name in experts(pdus) if name == "trade.keepalive.uncertain"]) >= 4
    if early < 0.1 or clock:
        assert [pdu["trade.response_in"] for _, pdu in pdus if pdu["trade.keyword"] == "Ping"] == [
            str(number) for number, pdu in pdus if pdu["trade.keyword"] == "Pong"]


@pytest.mark.parametrize("clock, early, is_its", (
    (CLOCK, 1, True), (CLOCK, 1.001, False), (None, 0.1, True), (None, 0.101, False)))
def test_how_early_a_pong_may_be(show, clock, early, is_its):
    capture = new_capture()
    trader = connect(capture)
    trader.module(pong(TRADER, clock), at=at(10 - early))
    trader.multiplexer(ping(MULTIPLEXER, clock), at=at(10))
    _, pdu = [found for found in show(capture) if found[1]["trade.keyword"] == "Ping"][0]
    assert bool(pdu["trade.response_in"]) == is_its


def test_pongs_captured_first_do_not_answer_the_ping_before(show):
    """The first Pong was captured before the capture began: none of the others is its Ping's."""
    capture = new_capture()
    trader = connect(capture)
    trader.multiplexer(ping(MULTIPLEXER), at=at(0))
    for n in range(1, 4):
        trader.module(pong(TRADER), at=at(30 * n - 0.003))
        trader.multiplexer(ping(MULTIPLEXER), at=at(30 * n))
    pdus = show(capture)
    assert not any(pdu["trade.response_time"] for _, pdu in pdus)
    asked, *others = [pdu["trade.response_in"] for _, pdu in pdus if pdu["trade.keyword"] == "Ping"]
    assert asked is None
    assert others == [str(number) for number, pdu in pdus if pdu["trade.keyword"] == "Pong"]


@pytest.mark.parametrize("early, answers", ((0.101, True), (0.099, False), (-0.009, False),
                                            (-0.011, True)))
def test_a_pong_as_the_next_ping_is_due(show, early, answers):
    """It may be of either, so soon before the next is due, or so soon after."""
    capture = new_capture()
    trader = connect(capture)
    for start in (0, 30):
        trader.multiplexer(ping(MULTIPLEXER), at=at(start)).module(pong(TRADER), at=at(start + 0.01))
    trader.multiplexer(ping(MULTIPLEXER), at=at(60)).module(pong(TRADER), at=at(90 - early))
    *_, (_, last) = show(capture)
    assert (last["trade.response_time"] is not None) == answers


def test_connections_are_paired_for_themselves(show):
    """The same clock on two connections."""
    capture = new_capture()
    one, other = connect(capture), connect(capture, 1181, BACKOFFICE, "BackOffice")
    one.multiplexer(ping(MULTIPLEXER, CLOCK), at=at(0))
    other.multiplexer(ping(MULTIPLEXER, CLOCK), at=at(1))
    other.module(pong(BACKOFFICE, CLOCK), at=at(1.5))
    one.module(pong(TRADER, CLOCK), at=at(3))
    assert of(show(capture), "Pong", "trade.response_to", "trade.response_time") == [
        ("10", "0.500000000"), ("9", "3.000000000")]


def test_several_in_a_segment(show):
    """Two Pings in one frame and their Pongs in another, in the other order."""
    capture = new_capture()
    trader = connect(capture)
    trader.multiplexer(ping(MULTIPLEXER, CLOCK) + ping(MULTIPLEXER, CLOCK + 1), at=at(0))
    trader.module(pong(TRADER, CLOCK + 1) + status(TRADER, "on") + pong(TRADER, CLOCK)
                  + pong(TRADER, CLOCK), at=at(0.5))
    pdus = show(capture)
    assert of(pdus, "Ping", "trade.response_in") == [("6",), ("6",)]
    assert of(pdus, "Pong", "trade.response_to") == [("5",), ("5",), (None,)]
    assert of(pdus, "Status", "trade.response_to") == [(None,)]
    assert experts(pdus) == [(6, "trade.pong.unexpected")]


def test_a_pong_twice(show):
    capture = new_capture()
    trader = connect(capture)
    trader.multiplexer(ping(MULTIPLEXER, CLOCK), at=at(0))
    trader.module(pong(TRADER, CLOCK), at=at(1)).module(pong(TRADER, CLOCK), at=at(2))
    pdus = show(capture)
    assert of(pdus, "Pong", "trade.response_to") == [("5",), (None,)]
    assert of(pdus, "Ping", "trade.response_in") == [("6",)]
    assert experts(pdus) == [(7, "trade.pong.unexpected")]


def test_the_same_clock_twice(show):
    """TCP keeps the order, so that the first Pong is the first Ping's."""
    capture = new_capture()
    trader = connect(capture)
    trader.multiplexer(ping(MULTIPLEXER, CLOCK), at=at(0))
    trader.multiplexer(ping(MULTIPLEXER, CLOCK), at=at(0.05))
    trader.module(pong(TRADER, CLOCK), at=at(2)).module(pong(TRADER, CLOCK), at=at(3))
    pdus = show(capture)
    assert of(pdus, "Pong", "trade.response_to") == [("5",), ("6",)]
    assert experts(pdus) == []


@pytest.mark.parametrize("clock", (None, CLOCK))
def test_a_pong_without_a_ping(show, clock):
    capture = new_capture()
    connect(capture).multiplexer(pong(MULTIPLEXER, clock), at=at(0))
    assert experts(show(capture)) == [(5, "trade.pong.unexpected")]


def test_a_pong_with_another_clock(show):
    capture = new_capture()
    trader = connect(capture)
    trader.multiplexer(ping(MULTIPLEXER, CLOCK), at=at(0)).module(pong(TRADER, CLOCK + 1))
    pdus = show(capture)
    assert of(pdus, "Pong", "trade.response_to") == [(None,)]
    assert experts(pdus) == [(6, "trade.pong.unexpected")]


def test_a_retransmission_is_no_second_ping(show):
    capture = new_capture()
    trader = connect(capture)
    seq = trader.ends["module"].seq
    trader.module(ping(TRADER), at=at(0))
    trader.module(ping(TRADER), at=at(0.3), seq=seq)
    trader.multiplexer(pong(MULTIPLEXER), at=at(0.5))
    trader.module(ping(TRADER), at=at(30)).multiplexer(pong(MULTIPLEXER), at=at(30.5))
    trader.module(ping(TRADER), at=at(200))
    pdus = show(capture)
    assert of(pdus, "Pong", "trade.response_time") == [("0.500000000",)] * 2
    assert [value for value, in of(pdus, "Ping", "trade.ping_interval") if value] == [
        "30.000000000", "170.000000000"]
    assert experts(pdus) == [(10, "trade.ping.late")]


def test_a_lost_ping_comes_again_with_the_next_one(show):
    """A segment that repeats both is the first to show the older one: the newer one is known."""
    capture = new_capture()
    trader = connect(capture)
    trader.module(ping(TRADER), at=at(0)).multiplexer(pong(MULTIPLEXER), at=at(0.1))
    lost = trader.ends["module"].seq
    trader.ends["module"].seq += len(ping(TRADER))
    trader.module(ping(TRADER), at=at(60))
    trader.module(2 * ping(TRADER), at=at(80), seq=lost)
    trader.multiplexer(pong(MULTIPLEXER), at=at(80.1)).multiplexer(pong(MULTIPLEXER), at=at(80.2))
    assert of(show(capture), "Pong", "trade.response_to") == [("5",), ("8",), ("7",)]


# ---- Roundtrip and its echo ----


def test_roundtrip_and_echo(show):
    capture = new_capture()
    trader = connect(capture)
    trader.multiplexer(roundtrip(MULTIPLEXER, CLOCK) + roundtrip(MULTIPLEXER, CLOCK + 1), at=at(0))
    trader.module(roundtrip(TRADER, CLOCK + 1), at=at(0.1))
    trader.module(roundtrip(TRADER, CLOCK), at=at(0.4))
    pdus = show(capture)
    assert of(pdus, "Roundtrip", "trade.response_to", "trade.response_time") == [
        (None, None), (None, None), ("5", "0.100000000"), ("5", "0.400000000")]
    assert of(pdus, "Roundtrip", "trade.response_in") == [
        ("7",), ("6",), (None,), (None,)]
    assert experts(pdus) == []


def test_a_pong_answers_no_roundtrip(show):
    capture = new_capture()
    trader = connect(capture)
    trader.multiplexer(roundtrip(MULTIPLEXER, CLOCK), at=at(0)).module(pong(TRADER, CLOCK))
    trader.multiplexer(ping(MULTIPLEXER, CLOCK + 1)).module(roundtrip(TRADER, CLOCK + 1))
    pdus = show(capture)
    assert of(pdus, "Pong", "trade.response_to") == [(None,)]
    assert of(pdus, "Roundtrip", "trade.response_to") == [(None,), (None,)]


# ---- Reported roundtrips ----


def measure(module, tradesite, name, sender, start, wire_us, rtt_us, after_us=1500, clock=None):
    """A Ping of the Multiplexer's, its Pong, and the report to Tradesite."""
    clock = clock_at(start) if clock is None else clock
    module.multiplexer(ping(MULTIPLEXER, clock), at=start)
    module.module(pong(sender, clock), at=start + wire_us)
    tradesite.multiplexer(roundtrip_for_module(name, rtt_us), at=start + wire_us + after_us)


REPORT = ("frame", "trade.rtt_ping", "trade.rtt_pong", "trade.rtt_wire", "trade.rtt_off_wire")


def get_reports(pdus):
    """Returns the reports, with times as numbers."""
    return [tuple(value if value is None or n < 1 else int(value) if n < 3
                  else round(float(value), 6) for n, value in enumerate(row))
            for row in of(pdus, "Roundtrip for Module", *REPORT)]


def test_report_across_streams(show):
    """The talk's numbers; another module's roundtrip is measured between."""
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    trader = connect(capture)
    backoffice = connect(capture, 1181, BACKOFFICE, "BackOffice")
    measure(trader, tradesite, "Trader", TRADER, at(0), 672, 188_409, 1_499)
    measure(backoffice, tradesite, "BackOffice", BACKOFFICE, at(0) + 300, 200, 1_250, 3_000)
    measure(trader, tradesite, "Trader", TRADER, at(30), 2_164, 3_234)
    pdus = show(capture)
    assert get_reports(pdus) == [(17, 13, 16, 0.672, 187.737), (18, 14, 15, 0.2, 1.05),
                                 (21, 19, 20, 2.164, 1.07)]
    assert experts(pdus) == [(17, "trade.roundtrip.slow")]
    assert [pdu.experts for number, pdu in pdus if number == 17] == [{"trade.roundtrip.slow": (
        "188.409 ms roundtrip, of which 0.672 ms on the wire and 187.737 ms not between "
        "Ping and Pong at this capture point")}]


def test_reports_in_one_segment(show):
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    trader = connect(capture)
    trader.multiplexer(ping(MULTIPLEXER, CLOCK), at=at(0)).module(pong(TRADER, CLOCK), at=at(0.001))
    tradesite.multiplexer(ping(MULTIPLEXER, CLOCK), at=at(0.002))
    tradesite.module(pong(TRADESITE, CLOCK), at=at(0.004))
    tradesite.multiplexer(roundtrip_for_module("Trader", 5_000)
                          + roundtrip_for_module("Tradesite", 7_000)
                          + roundtrip_for_module("Settlement", 9_000), at=at(0.01))
    assert get_reports(show(capture)) == [
        (13, 9, 10, 1.0, 4.0), (13, 11, 12, 2.0, 5.0), (13, None, None, None, None)]


def test_a_report_without_its_ping(show):
    """It is slow all the same; a second report of the same roundtrip has none either."""
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    tradesite.multiplexer(roundtrip_for_module("Trader", 100_001), at=at(0))
    trader = connect(capture)
    measure(trader, tradesite, "Trader", TRADER, at(1), 500, 100_000)
    tradesite.multiplexer(roundtrip_for_module("Trader", 2_000), at=at(2))
    pdus = show(capture)
    assert get_reports(pdus) == [(5, None, None, None, None), (12, 10, 11, 0.5, 99.5),
                                 (13, None, None, None, None)]
    assert experts(pdus) == [(5, "trade.roundtrip.slow")]


@pytest.mark.parametrize("later_us, is_linked", ((15_000_000, True), (15_001_000, False)))
def test_a_report_of_half_an_interval_later(show, later_us, is_linked):
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    trader = connect(capture)
    measure(trader, tradesite, "Trader", TRADER, at(0), 500, 1_000, later_us)
    assert (get_reports(show(capture))[0][1] is not None) == is_linked


def test_a_report_of_another_multiplexers_module(show):
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    trader = connect(capture, 1195, multiplexer="192.168.0.2")
    measure(trader, tradesite, "Trader", TRADER, at(0), 500, 1_000)
    assert get_reports(show(capture)) == [(11, None, None, None, None)]


def test_a_report_of_a_module_that_reconnected(show):
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    old = connect(capture, 1195)
    measure(old, tradesite, "Trader", TRADER, at(0), 500, 1_000)
    old.rst("module", at=at(1))
    measure(connect(capture, 1592), tradesite, "Trader", TRADER, at(30), 700, 1_000)
    assert get_reports(show(capture)) == [(11, 9, 10, 0.5, 0.5), (19, 17, 18, 0.7, 0.3)]


def test_an_old_connection_that_is_named_last(show):
    """Of two that a module has, the newer counts: for reports, and for what is over."""
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    old = Conversation(capture, 1195).module(data(TRADER, 2001, b"x"))
    new = connect(capture, 1592).multiplexer(login(MULTIPLEXER, 2643, "ann", "194.134.005.011"))
    old.module(ping(TRADER))
    measure(new, tradesite, "Trader", TRADER, at(0), 500, 1_000)
    new.module(data(TRADER, 2643, b"x"))
    pdus = show(capture)
    assert [row[1:3] for row in get_reports(pdus)] == [(12, 13)]
    assert [pdu["trade.session"] for _, pdu in pdus if pdu["trade.session"]] == ["0", "1", "1"]


def test_a_report_of_a_module_that_only_a_greeting_names(show):
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    zapper = connect(capture, 1195, 200, "FinancialModule")
    measure(zapper, tradesite, "FinancialModule", 200, at(0), 500, 1_000)
    assert get_reports(show(capture)) == [(11, 9, 10, 0.5, 0.5)]


def test_a_report_from_mid_stream(show):
    """No handshake and no greeting: the Pong's sender names the module."""
    capture = new_capture()
    tradesite, trader = Conversation(capture, 1170), Conversation(capture, 1195)
    measure(trader, tradesite, "Trader", TRADER, at(0), 500, 1_000)
    assert get_reports(show(capture)) == [(3, 1, 2, 0.5, 0.5)]


def connect_over(capture, port, half_us, other_us=100, syn=True):
    """A connection of Trader's, with the halves of the handshake as they pass the capture point:
    between that and the Multiplexer, and between that and Trader."""
    trader = Conversation(capture, port)
    if syn:
        trader.segment("module", flags="S", at=at(-5))
    trader.segment("multiplexer", flags="SA", at=at(-5) + half_us)
    trader.ack("module", at=at(-5) + half_us + other_us)
    return trader.module(greeting(TRADER, "Trader"))


def get_slow(pdus):
    """Returns the experts' texts of slow roundtrips."""
    return [pdu.experts["trade.roundtrip.slow"] for _, pdu in pdus
            if "trade.roundtrip.slow" in pdu.experts]


def test_a_long_way_is_taken_off_a_report(show):
    """The capture is at Trader's host, and 180 ms from the Multiplexer."""
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    measure(connect_over(capture, 1195, 180_000), tradesite, "Trader", TRADER, at(0), 500, 185_000)
    pdus = show(capture)
    assert get_reports(pdus)[0][3:] == (0.5, 4.5)
    assert get_slow(pdus) == []


def test_what_a_long_way_does_not_explain_is_told(show):
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    measure(connect_over(capture, 1195, 180_000), tradesite, "Trader", TRADER, at(0), 500, 385_000)
    pdus = show(capture)
    assert get_reports(pdus)[0][3:] == (0.5, 204.5)
    assert get_slow(pdus) == [
        "385.000 ms roundtrip, of which 0.500 ms on the wire, 180.000 ms on the path beyond "
        "this capture point, by the handshake and retransmissions, and 204.500 ms not between "
        "Ping and Pong at this capture point"]


def test_no_way_is_known_without_the_syn(show):
    """Nor who opened the connection: what a side acknowledges next may be anything."""
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    trader = connect_over(capture, 1195, 180_000, syn=False)
    measure(trader, tradesite, "Trader", TRADER, at(0), 500, 385_000)
    assert get_reports(show(capture))[0][3:] == (0.5, 384.5)


def test_the_way_to_the_module_is_on_the_wire(show):
    """The capture is at the Multiplexer's host: the other half explains nothing beside."""
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    measure(connect_over(capture, 1195, 100, 180_000), tradesite, "Trader", TRADER, at(0), 180_500,
            385_000)
    pdus = show(capture)
    assert get_reports(pdus)[0][3:] == (180.5, 204.5)
    assert len(get_slow(pdus)) == 1


@pytest.mark.parametrize("rtt_us, left, told", ((310_000, 9.5, False), (510_000, 209.5, True)))
def test_a_pong_that_was_sent_again_is_taken_off_a_report(show, rtt_us, left, told):
    """It passed the capture point, but did not reach the Multiplexer until 300 ms later."""
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    trader = connect_over(capture, 1195, 100)
    trader.ack("multiplexer")
    clock = clock_at(at(0))
    trader.multiplexer(ping(MULTIPLEXER, clock), at=at(0))
    seq = trader.ends["module"].seq
    trader.segment("module", pong(TRADER, clock), at=at(0) + 500)
    trader.segment("module", pong(TRADER, clock), at=at(0) + 300_500, seq=seq)
    trader.ack("multiplexer")
    tradesite.multiplexer(roundtrip_for_module("Trader", rtt_us), at=at(1))
    pdus = show(capture)
    assert get_reports(pdus)[0][3:] == (0.5, left)
    assert bool(get_slow(pdus)) is told


def test_a_ping_that_was_lost_before_the_capture_point_is_taken_off_a_report(show):
    """What the Multiplexer sent after it comes first."""
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    trader = connect_over(capture, 1195, 100)
    clock = clock_at(at(0))
    asked = ping(MULTIPLEXER, clock)
    seq = trader.ends["multiplexer"].seq
    trader.skip("multiplexer", len(asked))
    trader.multiplexer(data(TRADER, 2001, b"x" * 20), at=at(0) + 1_000)
    trader.segment("multiplexer", asked, at=at(0) + 301_000, seq=seq)
    trader.module(pong(TRADER, clock), at=at(0) + 301_500)
    tradesite.multiplexer(roundtrip_for_module("Trader", 302_000), at=at(1))
    pdus = show(capture)
    assert get_reports(pdus)[0][3:] == (0.5, 1.5)
    assert get_slow(pdus) == []


def test_a_ping_that_came_late_for_no_reason_that_is_seen(show):
    """Lost before the capture point, or held up in the Multiplexer: that is not known, nor said."""
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    trader = connect_over(capture, 1195, 100)
    clock = clock_at(at(0))
    trader.multiplexer(ping(MULTIPLEXER, clock), at=at(0) + 300_000)
    trader.module(pong(TRADER, clock), at=at(0) + 300_500)
    tradesite.multiplexer(roundtrip_for_module("Trader", 301_000), at=at(1))
    assert get_slow(show(capture)) == [
        "301.000 ms roundtrip, of which 0.500 ms on the wire and 300.500 ms not between "
        "Ping and Pong at this capture point"]


@pytest.mark.parametrize("slow, told", ((188, True), (189, False), (1000, False)))
def test_what_is_slow_is_a_preference(sharkd, captures, slow, told):
    assert bool(sharkd.find_frames(captures["keepalive"], "trade.roundtrip.slow",
                                   [f"trade.slow:{slow}"])) is told


@pytest.mark.parametrize("slow, told", ((1044, True), (1045, False)))
def test_what_is_a_slow_answer_is_a_preference(sharkd, captures, slow, told):
    """The slowest of the incident took 1044.219 ms."""
    assert bool(sharkd.find_frames(captures["incident"], "trade.response.slow",
                                   [f"trade.slow:{slow}"])) is told


def test_a_slow_answer_is_the_answer(show):
    """Neither the request nor what comes just in time."""
    capture = new_capture()
    trader = connect(capture)
    trader.module(ping(TRADER), at=at(0)).multiplexer(pong(MULTIPLEXER), at=at(0.1))
    trader.module(ping(TRADER), at=at(30)).multiplexer(pong(MULTIPLEXER), at=at(30.1001))
    clock = clock_at(at(31))
    trader.multiplexer(roundtrip(MULTIPLEXER, clock), at=at(31))
    trader.module(roundtrip(TRADER, clock), at=at(32))
    assert [number for number, pdu in show(capture)
            if "trade.response.slow" in pdu.experts] == [8, 10]


# ---- How long a PDU waited before it was sent ----


def delays(pdus, keyword="Ping"):
    return [None if value is None else round(float(value), 3)
            for value, in of(pdus, keyword, "trade.send_delay")]


@pytest.mark.parametrize("offset", (0, 2 * 3600 * SECOND, -11 * 3600 * SECOND, 13 * 3600 * SECOND,
                                    -261_660, 47 * 3600 * SECOND))
def test_send_delay(show, offset):
    """Whatever the zone and the skew. The second Ping waits 250 ms; the fourth is
    sent sooner than any before, so that the fifth waited 40 ms."""
    capture = new_capture()
    trader = connect(capture)
    for n, waited in enumerate((30, 280, 35, 10, 50)):
        clock = clock_at(at(30 * n)) - 2 * 3600 * SECOND + offset - waited * 1000
        trader.multiplexer(ping(MULTIPLEXER, clock), at=at(30 * n))
        trader.module(pong(TRADER, clock), at=at(30 * n + 0.2))
    pdus = show(capture)
    assert delays(pdus) == [0, 250, 5, 0, 40]
    assert delays(pdus, "Pong") == [None] * 5
    assert experts(pdus) == [(7, "trade.send_delay.high")]


def test_send_delay_is_the_same_in_any_zone_of_the_viewer(tshark, captures):
    shown = {tuple(tshark.run("-r", captures["keepalive"], "-T", "fields", "-e",
                              "trade.send_delay", timezone=zone).split())
             for zone in ("UTC", "Asia/Tokyo")}
    assert len(shown) == 1 and len(*shown) > 3


def test_send_delay_is_of_the_sender(show):
    """And of the connection: other hosts, with other clocks, may have the same address."""
    capture = new_capture()
    one, two = connect(capture), connect(capture, 1181, BACKOFFICE, "BackOffice")
    other = connect(capture, 1195, multiplexer="192.168.0.2")
    one.multiplexer(ping(MULTIPLEXER, clock_at(at(1)) - 5_000), at=at(1))
    two.multiplexer(ping(MULTIPLEXER, clock_at(at(2)) - 9_000), at=at(2))
    other.multiplexer(ping(MULTIPLEXER, clock_at(at(3)) - 400_000), at=at(3))
    two.multiplexer(roundtrip(MULTIPLEXER, clock_at(at(4)) - 130_000), at=at(4))
    pdus = show(capture)
    assert delays(pdus) == [0, 0, 0]
    assert delays(pdus, "Roundtrip") == [121]
    assert experts(pdus) == [(16, "trade.send_delay.high")]


@pytest.mark.parametrize("slow, told", ((186, True), (187, False)))
def test_a_high_send_delay_is_a_preference(sharkd, captures, slow, told):
    assert bool(sharkd.find_frames(captures["incident"], "trade.send_delay.high",
                                   [f"trade.slow:{slow}"])) is told


def test_no_send_delay_for_what_is_no_clock(show):
    capture = new_capture()
    trader = connect(capture)
    for clock in (1, CLOCK - 60 * 3600 * SECOND, 2**56 - 1):
        trader.multiplexer(ping(MULTIPLEXER, clock))
    trader.multiplexer(ping(MULTIPLEXER))
    assert delays(show(capture)) == [None] * 4


# ---- Keepalive ----


def beat(conversation, sender, times, answered=True):
    """Pings of a module at these seconds, each with its Pong."""
    for time in times:
        conversation.module(ping(sender), at=at(time))
        if answered:
            conversation.multiplexer(pong(MULTIPLEXER), at=at(time + 0.01))


def test_ping_interval(show):
    """Each side's Pings for themselves."""
    capture = new_capture()
    trader = connect(capture)
    for start in (0, 30.5, 60):
        beat(trader, TRADER, [start])
        clock = clock_at(at(start + 10))
        trader.multiplexer(ping(MULTIPLEXER, clock), at=at(start + 10))
        trader.module(pong(TRADER, clock), at=at(start + 10.1))
    pdus = show(capture)
    assert of(pdus, "Ping", "trade.sender", "trade.ping_interval") == [
        ("12", None), ("1", None), ("12", "30.500000000"), ("1", "30.500000000"),
        ("12", "29.500000000"), ("1", "29.500000000")]
    assert experts(pdus) == []


@pytest.mark.parametrize("interval, gaps", (
    (30, ((45, False), (45.000001, True), (300, True))), (10, ((15, False), (15.000001, True))),
    (60, ((89, False),))))
def test_a_late_ping(show, show_once, interval, gaps):
    """By half an interval, which is a preference."""
    capture = new_capture()
    for conversation, (gap, _) in zip([connect(capture, 4000 + n) for n in range(len(gaps))], gaps):
        beat(conversation, TRADER, (0, gap))
    late = [f"{gap:.9f}" for gap, is_late in gaps if is_late]

    def find_late(pdus):
        assert {name for _, name in experts(pdus)} <= {"trade.ping.late"}
        return [pdu["trade.ping_interval"] for _, pdu in pdus if "trade.ping.late" in pdu.experts]

    assert find_late(show_once(capture, "-o", f"trade.interval:{interval}")) == late
    if interval == 30:
        assert find_late(show(capture)) == late


def test_pings_in_one_segment_have_no_time_between(show):
    capture = new_capture()
    connect(capture).module(ping(TRADER) + ping(TRADER), at=at(0))
    assert of(show(capture), "Ping", "trade.ping_interval") == [
        (None,), ("0.000000000",)]


def test_unanswered_on_the_ping(show):
    """In two passes: on the Ping, not on one that the capture ends too soon after."""
    capture = new_capture()
    trader = connect(capture)
    beat(trader, TRADER, (0, 30))
    beat(trader, TRADER, (60, 90, 120, 150, 180), answered=False)
    pdus = show(capture)
    assert experts(pdus) == [(number, "trade.ping.unanswered") for number in (9, 10, 11, 12)]
    assert of(pdus, "Ping", "trade.unanswered_ping") == [(None,)] * 7


def test_unanswered_on_the_pdu_that_proves_it(show_once):
    """In one pass: on the next PDU after 90 s."""
    capture = new_capture()
    trader = connect(capture)
    beat(trader, TRADER, (0, 30))
    beat(trader, TRADER, (60, 90, 120, 150, 180), answered=False)
    pdus = show_once(capture)
    assert experts(pdus) == [(number, "trade.ping.unanswered") for number in (12, 13)]
    assert of(pdus, "Ping", "trade.unanswered_ping")[-2:] == [("9",), ("10",)]
    assert [pdu.experts["trade.ping.unanswered"] for number, pdu in pdus if number == 12] == [
        "The Ping in frame 9 has had no Pong for three intervals"]


def test_nothing_is_claimed_of_more_pings_than_are_remembered(tshark):
    capture = new_capture()
    trader = connect(capture)
    trader.module(ping(TRADER), at=at(0))
    for second in range(1, 165):  # with the first and the last 16 402 Pings
        trader.module(ping(TRADER) * 100, at=at(second))
    trader.module(ping(TRADER), at=at(1000))
    said = tshark.values(tshark.save(capture), "frame.number", "trade.keepalive.uncertain",
                         options=("-2", "-Y", "trade.ping.unanswered || trade.keepalive.uncertain"))
    assert [uncertain.count("1") for _, uncertain in said] == [1, 17] + [0] * 163


def test_a_late_hole_casts_no_doubt_on_an_old_ping(show):
    """It comes when nobody waits for that Pong any more, and a fresh pair is still one."""
    capture = new_capture()
    trader = connect(capture)
    for n in range(12):
        trader.module(ping(TRADER), at=at(30 * n))
        if n != 2:
            trader.multiplexer(pong(MULTIPLEXER), at=at(30 * n + 0.001))
        if n == 9:
            trader.multiplexer(data(TRADER, 2001, filler(50)), at=at(30 * n + 5), lost=True)
    pdus = show(capture)
    assert experts(pdus) == [(9, "trade.ping.unanswered"), (25, "trade.gap")]
    assert [frames for frames in of(pdus, "Pong", "trade.response_to") if frames == (None,)] == []


def test_unanswered_with_a_clock(show, show_once):
    capture = new_capture()
    trader = connect(capture)
    for n in range(5):
        clock = clock_at(at(30 * n))
        trader.multiplexer(ping(MULTIPLEXER, clock), at=at(30 * n))
        if n != 1:
            trader.module(pong(TRADER, clock), at=at(30 * n + 0.1))
    assert experts(show(capture)) == [(7, "trade.ping.unanswered")]
    assert experts(show_once(capture)) == [(12, "trade.ping.unanswered")]


def test_a_late_pong_is_no_unanswered_ping_with_two_passes(show):
    capture = new_capture()
    trader = connect(capture)
    trader.multiplexer(ping(MULTIPLEXER, CLOCK), at=at(0))
    trader.module(pong(TRADER, CLOCK), at=at(80))
    trader.module(status(TRADER, "on"), at=at(200))
    assert experts(show(capture)) == []


# ---- Holes ----


def with_hole(who, at_second, payload=None, start=connect):
    """Pings at 0, 30, 90 and 120 s with Pongs; between, one side's segment is lost."""
    capture = new_capture()
    trader = start(capture)
    beat(trader, TRADER, (0, 30))
    trader.send(who, payload or ping(TRADER), at=at(at_second), lost=True)
    beat(trader, TRADER, (90, 120))
    return capture


def test_a_hole_that_could_hold_a_ping(show):
    assert sorted(experts(show(with_hole("module", 60)))) == [
        (9, "trade.gap"), (9, "trade.keepalive.uncertain")]


def test_a_hole_of_the_other_side_excuses_no_ping(show):
    """What the Multiplexer sent is missing; the module's Ping is late all the same."""
    names = {name for number, name in experts(show(with_hole("multiplexer", 60)))}
    assert "trade.ping.late" in names


def test_a_hole_before_excuses_no_later_gap(show):
    capture = new_capture()
    trader = connect(capture)
    beat(trader, TRADER, (0, 30))
    trader.module(status(TRADER, "on"), at=at(45), lost=True)
    beat(trader, TRADER, (60, 90, 180))
    assert [(number, name) for number, name in experts(show(capture))
            if name != "trade.gap"] == [(13, "trade.ping.late")]


def test_a_hole_that_could_hold_the_ping_of_a_pong(show):
    capture = new_capture()
    trader = connect(capture)
    beat(trader, TRADER, (0, 30))
    trader.module(ping(TRADER), at=at(60), lost=True)
    trader.multiplexer(pong(MULTIPLEXER), at=at(60.1))
    trader.module(status(TRADER, "on"), at=at(61))
    names = {name for _, name in experts(show(capture))}
    assert "trade.pong.unexpected" not in names
    assert "trade.keepalive.uncertain" in names


def test_a_hole_that_could_hold_a_pong(show):
    capture = new_capture()
    trader = connect(capture)
    beat(trader, TRADER, (0,))
    trader.module(ping(TRADER), at=at(30))
    trader.multiplexer(pong(MULTIPLEXER), at=at(30.1), lost=True)
    beat(trader, TRADER, (60, 90, 120, 150))
    names = {name for _, name in experts(show(capture))}
    assert "trade.ping.unanswered" not in names
    assert "trade.keepalive.uncertain" in names


def test_a_pong_lost_and_nothing_after_it(show):
    """The module's ACK tells that the Multiplexer sent something."""
    capture = new_capture()
    trader = connect(capture)
    beat(trader, TRADER, (0, 30))
    trader.module(ping(TRADER), at=at(60))
    trader.multiplexer(pong(MULTIPLEXER), at=at(60.1), lost=True)
    for time in (90, 120, 150, 180):
        trader.module(status(TRADER, "on"), at=at(time))
    assert "trade.ping.unanswered" not in {name for _, name in experts(show(capture))}


@pytest.mark.parametrize("more, is_told", ((1, True), (2, False)))
def test_an_acknowledgement_of_bytes_that_may_be_a_fin(show, more, is_told):
    """One byte that was not captured is a FIN, and no Pong; two may be one."""
    capture = new_capture()
    trader = connect(capture)
    beat(trader, TRADER, (0, 30))
    trader.module(ping(TRADER), at=at(60))
    trader.skip("multiplexer", more)
    beat(trader, TRADER, (90, 120, 150, 180), answered=False)
    names = {name for _, name in experts(show(capture))}
    assert ("trade.ping.unanswered" in names) == is_told


# ---- Captures that begin in mid-stream ----


def test_mid_stream(show):
    """Pongs of Pings from before the capture are not remarked upon."""
    capture = new_capture()
    trader = Conversation(capture, 1195)
    trader.multiplexer(pong(MULTIPLEXER), at=at(0))
    trader.module(pong(TRADER, CLOCK), at=at(0.1))
    beat(trader, TRADER, (29.9, 59.9))
    trader.multiplexer(ping(MULTIPLEXER, CLOCK + 1), at=at(61))
    trader.module(pong(TRADER, CLOCK + 1), at=at(61.5))
    pdus = show(capture)
    assert experts(pdus) == []
    assert of(pdus, "Pong", "trade.response_to") == [(None,), (None,), ("3",), ("5",), ("7",)]
    assert of(pdus, "Ping", "trade.ping_interval") == [(None,), ("30.000000000",), (None,)]


# ---- Clients' sessions ----

IP, IP2 = "194.134.005.011", "194.134.017.002"


def sessions(pdus, *names):
    """Returns (session, fields) of each PDU that has one."""
    return [tuple(pdu[f"trade.session{name and '.' + name}"] for name in ("", *names))
            for _, pdu in pdus if pdu["trade.session"] is not None]


@pytest.fixture
def site():
    """A capture, Tradesite's connection and BackOffice's."""
    capture = new_capture()
    return (capture, connect(capture, 1170, TRADESITE, "Tradesite"),
            connect(capture, 1181, BACKOFFICE, "BackOffice"))


def test_a_session_over_all_streams(show, site):
    """From New Connection to Close Connection; each PDU shows what is known by then."""
    capture, tradesite, backoffice = site
    tradesite.multiplexer(new_connection(2645, IP), at=at(0))
    tradesite.multiplexer(data(TRADESITE, 2645, filler(9)))
    tradesite.module(login(TRADESITE, 2645, "XXXXXX0011", IP, "BackOffice"))
    backoffice.multiplexer(login(MULTIPLEXER, 2645, "XXXXXX0011", IP))
    backoffice.module(data(BACKOFFICE, 2645, filler(9)))
    tradesite.multiplexer(close_connection(2645))
    backoffice.multiplexer(close_connection(2645))
    user, address = "XXXXXX0011", "194.134.5.11"
    assert sessions(show(capture),
                    "username", "client_addr", "module", "open", "close") == [
        ("0", None, address, None, "9", None),
        ("0", None, address, None, "9", None),
        *[("0", user, address, "BackOffice", "9", None)] * 3,
        *[("0", user, address, "BackOffice", "9", "14")] * 2]


def test_sessions_in_one_segment(show, site):
    """What a later PDU of the same frame tells is not known to an earlier one."""
    capture, tradesite, _ = site
    tradesite.multiplexer(new_connection(2645, IP) + new_connection(2646, IP2), at=at(0))
    tradesite.module(data(TRADESITE, 2646, b"a") + data(TRADESITE, 2645, b"b")
                     + login(TRADESITE, 2645, "XXXXXX0011", IP, "Trader")
                     + data(TRADESITE, 2645, b"c") + data(TRADESITE, 2646, b"d"))
    assert sessions(show(capture), "username", "client_addr", "module") == [
        ("0", None, "194.134.5.11", None), ("1", None, "194.134.17.2", None),
        ("1", None, "194.134.17.2", None), ("0", None, "194.134.5.11", None),
        *[("0", "XXXXXX0011", "194.134.5.11", "Trader")] * 2, ("1", None, "194.134.17.2", None)]


def test_modules_of_a_session(show, site):
    capture, tradesite, backoffice = site
    tradesite.multiplexer(new_connection(2645, IP), at=at(0))
    for module in ("BackOffice", "Trader", "BackOffice"):
        tradesite.module(login(TRADESITE, 2645, "XXXXXX0011", IP, module))
    tradesite.module(data(TRADESITE, 2645, b"x"))
    shown = [[show_ for name, show_, *_ in pdu.fields if name == "trade.session.module"]
             for _, pdu in show(capture)]
    assert shown == [[], ["BackOffice"], *[["BackOffice", "Trader"]] * 3]


def test_first_sight_begins_a_session(show):
    """A capture that starts in mid-connection: data, a Login, a Close Connection."""
    capture = new_capture()
    backoffice = Conversation(capture, 1181)
    backoffice.multiplexer(ping(MULTIPLEXER), at=at(0))
    backoffice.multiplexer(data(BACKOFFICE, 2640, b"x")).module(data(BACKOFFICE, 2640, b"y"))
    backoffice.multiplexer(login(MULTIPLEXER, 2641, "XXXXXX0012", IP2))
    backoffice.multiplexer(close_connection(2642))
    backoffice.module(data(BACKOFFICE, 2641, b"z"))
    pdus = show(capture)
    assert sessions(pdus, "username", "open", "close") == [
        ("0", None, None, None), ("0", None, None, None), ("1", "XXXXXX0012", None, None),
        ("2", None, None, "5"), ("1", "XXXXXX0012", None, None)]
    assert experts(pdus) == []


def test_new_connection_begins_a_session_whatever_was_before(show, site):
    """The Close Connection before was not captured, or the Multiplexer restarted."""
    capture, tradesite, _ = site
    for ip in (IP, IP2):
        tradesite.multiplexer(new_connection(2001, ip)).module(data(TRADESITE, 2001, b"x"))
    assert sessions(show(capture), "client_addr") == [
        *[("0", "194.134.5.11")] * 2, *[("1", "194.134.17.2")] * 2]


def test_login_for_a_closed_id_begins_a_session(show, site):
    capture, tradesite, backoffice = site
    tradesite.multiplexer(new_connection(2645, IP))
    tradesite.module(login(TRADESITE, 2645, "XXXXXX0011", IP, "BackOffice"))
    tradesite.multiplexer(close_connection(2645))
    tradesite.module(login(TRADESITE, 2645, "XXXXXX0012", IP2, "BackOffice"))
    backoffice.multiplexer(login(MULTIPLEXER, 2645, "XXXXXX0012", IP2))
    assert sessions(show(capture), "username", "client_addr") == [
        ("0", None, "194.134.5.11"), *[("0", "XXXXXX0011", "194.134.5.11")] * 2,
        *[("1", "XXXXXX0012", "194.134.17.2")] * 2]


def test_login_for_an_open_id_begins_none(show, site):
    capture, tradesite, backoffice = site
    tradesite.multiplexer(new_connection(2645, IP))
    for module in ("BackOffice", "Trader"):
        tradesite.module(login(TRADESITE, 2645, "XXXXXX0011", IP, module))
    assert {session for session, in sessions(show(capture))} == {"0"}


def test_close_on_several_streams_and_data_in_flight(show, site):
    """All belong to the session that ends; data after its end is remarked upon."""
    capture, tradesite, backoffice = site
    tradesite.multiplexer(new_connection(2645, IP), at=at(0))
    backoffice.module(data(BACKOFFICE, 2645, b"x"))
    tradesite.multiplexer(close_connection(2645))
    backoffice.module(data(BACKOFFICE, 2645, b"in flight"))
    backoffice.multiplexer(close_connection(2645))
    backoffice.module(data(BACKOFFICE, 2645, b"in flight"))
    pdus = show(capture)
    assert sessions(pdus) == [("0",)] * 6
    assert experts(pdus) == [(12, "trade.data.after_close"), (14, "trade.data.after_close")]


def test_an_id_is_used_again_while_data_is_in_flight(show, site):
    """On a connection that has not yet heard of the new session, data and the Close
    Connection are of the one before; then they are of the new one."""
    capture, tradesite, backoffice = site
    tradesite.multiplexer(new_connection(2645, IP), at=at(0))
    backoffice.multiplexer(login(MULTIPLEXER, 2645, "XXXXXX0011", IP))
    tradesite.multiplexer(close_connection(2645))
    tradesite.multiplexer(new_connection(2645, IP2))
    backoffice.module(data(BACKOFFICE, 2645, b"in flight"))
    backoffice.multiplexer(close_connection(2645))
    tradesite.module(data(TRADESITE, 2645, b"new"))
    backoffice.multiplexer(login(MULTIPLEXER, 2645, "XXXXXX0012", IP2))
    backoffice.module(data(BACKOFFICE, 2645, b"new"))
    pdus = show(capture)
    assert sessions(pdus) == [("0",), ("0",), ("0",), ("1",), ("0",), ("0",), ("1",), ("1",), ("1",)]
    assert experts(pdus) == [(13, "trade.data.after_close")]


def test_an_id_used_ten_times(show, site):
    capture, tradesite, backoffice = site
    for n in range(10):
        tradesite.multiplexer(new_connection(2001, f"194.134.005.{n:03}"))
        tradesite.module(login(TRADESITE, 2001, f"XXXXXX{n:04}", f"194.134.005.{n:03}", "Trader"))
        backoffice.module(data(BACKOFFICE, 2001, b"x"))
        backoffice.multiplexer(close_connection(2001))
        tradesite.multiplexer(close_connection(2001))
    assert sessions(show(capture), "username", "client_addr") == [
        (str(n), None if first else f"XXXXXX{n:04}", f"194.134.5.{n}")
        for n in range(10) for first in (True, False, False, False, False)]


def test_each_multiplexer_has_its_own_ids(show, site):
    capture, tradesite, _ = site
    elsewhere = connect(capture, 1170, TRADESITE, "Tradesite", multiplexer="192.168.0.2")
    tradesite.multiplexer(new_connection(2001, IP))
    elsewhere.multiplexer(new_connection(2001, IP2))
    tradesite.module(data(TRADESITE, 2001, b"x"))
    elsewhere.module(data(TRADESITE, 2001, b"y"))
    assert sessions(show(capture), "client_addr") == [
        ("0", "194.134.5.11"), ("1", "194.134.17.2"), ("0", "194.134.5.11"), ("1", "194.134.17.2")]


def test_a_filter_shows_one_clients_life(sharkd, site):
    capture, tradesite, backoffice = site
    for n, ip in enumerate((IP, IP2)):
        tradesite.multiplexer(new_connection(2645 + n, ip))
        backoffice.module(data(BACKOFFICE, 2645 + n, b"x"))
    tradesite.multiplexer(close_connection(2646)).multiplexer(close_connection(2645))
    assert sharkd.find_frames(sharkd.save(capture), "trade.session == 1") == [11, 12, 13]


def test_control_pdus_without_a_client_have_no_session(show, site):
    capture, tradesite, _ = site
    tradesite.module(ping(TRADESITE) + status(TRADESITE, "on"))
    tradesite.multiplexer(control(MULTIPLEXER, "Close Connection", b"\x0a"))
    assert sessions(show(capture)) == []


def test_a_restarted_multiplexer_gives_its_ids_again(show):
    """What a client does after it is not the user's who had the id before."""
    capture = new_capture()
    for number, user in enumerate(("ALICE", "BOB")):
        tradesite = connect(capture, 1170 + number, TRADESITE, "Tradesite")
        trader = connect(capture, 1195 + number)
        trader.module(data(TRADER, 2001, b"order"))
        if number == 0:
            tradesite.multiplexer(new_connection(2001, IP))
        tradesite.module(login(TRADESITE, 2001, user, IP, "Trader"))
        trader.multiplexer(login(MULTIPLEXER, 2001, user, IP))
        trader.module(data(TRADER, 2001, b"order"))
        tradesite.rst("multiplexer")
        trader.rst("multiplexer")
    assert sessions(show(capture), "username") == [
        ("0", None), ("1", None), ("1", "ALICE"), ("1", "ALICE"), ("1", "ALICE"),
        ("2", None), ("2", "BOB"), ("2", "BOB"), ("2", "BOB")]


def test_a_login_of_another_user_begins_a_session(show, site):
    capture, tradesite, backoffice = site
    for user in ("ALICE", "BOB", "BOB"):
        tradesite.module(login(TRADESITE, 2001, user, IP, "BackOffice"))
        backoffice.multiplexer(login(MULTIPLEXER, 2001, user, IP))
        backoffice.module(data(BACKOFFICE, 2001, b"order"))
    assert sessions(show(capture), "username") == [
        *[("0", "ALICE")] * 3, *[("1", "BOB")] * 6]


# ---- One pass and two ----


def everything():
    """Everything above in one capture, on many connections."""
    capture = new_capture()
    tradesite = connect(capture, 1170, TRADESITE, "Tradesite")
    backoffice = Conversation(capture, 1181)
    trader = connect(capture)
    for n in range(12):
        start = 31 * n
        if n != 2:
            beat(trader, TRADER, [start], answered=n % 3 != 1)
        beat(backoffice, BACKOFFICE, [start + (20 if n == 5 else 0) + 1])
        if n != 7:
            measure(trader, tradesite, "Trader", TRADER, at(start + 2), 500 + n, 90_000 + 2_000 * n,
                    clock=clock_at(at(start + 2)) - 9_000 * (n * 5 % 13))
        tradesite.multiplexer(new_connection(2001 + n % 3, IP), at=at(start + 3))
        tradesite.module(login(TRADESITE, 2001 + n % 3, f"XXXXXX{n:04}", IP, "BackOffice"))
        backoffice.module(data(BACKOFFICE, 2001 + n % 3, filler(5000)), mss=1380)
        tradesite.multiplexer(close_connection(2001 + n % 3))
        backoffice.module(data(BACKOFFICE, 2001 + n % 3, b"late") + ping(BACKOFFICE))
        if n in (4, 8):
            trader.module(status(TRADER, "lost"), at=at(start + 10), lost=True)
        if n == 9:
            connect(capture, 1192, SETTLEMENT, "Settlement").multiplexer(pong(MULTIPLEXER))
    return capture


@pytest.mark.parametrize("options", (
    (), ("-o", "tcp.reassemble_out_of_order:TRUE"), ("-o", "tcp.analyze_sequence_numbers:FALSE"),
    ("-o", "trade.desegment:FALSE"), ("-o", "trade.desegment_data:FALSE")),
    ids=("", "out of order", "no analysis", "no reassembly", "in pieces"))
def test_two_passes_show_the_same_but_for_links_forward(tshark, options):
    path = tshark.save(everything())
    # That TCP holds bytes back is told after a while, or from the first of them on.
    one, two = ([pdu for pdu in tshark.pdus(path, *options, *passes)
                 if "trade.held_back" not in pdu.experts] for passes in ((), ("-2",)))
    assert [pdu.known_by_then for pdu in one] == [pdu.known_by_then for pdu in two]
    names = {name for pdu in one for name in pdu.experts}
    if "trade.desegment:FALSE" not in options:
        assert {"trade.ping.late", "trade.ping.unanswered", "trade.keepalive.uncertain",
                "trade.pong.unexpected", "trade.roundtrip.slow", "trade.send_delay.high",
                "trade.data.after_close"} <= names


def test_one_pass_shows_what_two_show(tshark):
    """Of all that this file showed in two passes, each at a site of its own; but for what only
    later frames tell."""
    path = tshark.save(merge(SHOWN))
    one, two = (without_greetings(tshark.frames(path, *passes)) for passes in ((), ("-2",)))
    assert numbers(one) == numbers(two)
    for (number, then), (_, later) in zip(one, two):
        assert then["trade.response_in"] is None
        # A Pong that was captured before its Ping is found to be one with that.
        if int(later["trade.response_to"] or 0) <= number:
            assert then.known_by_then == later.known_by_then


def test_names_that_are_learned(reader):
    """Each change of a module's name, from its greeting on; another Multiplexer has names of its
    own."""
    capture = Capture()
    for n in range(3):
        Conversation(capture, module=f"10.1.1.{n}").module(greeting(203, f"Name{n}") + ping(203))
    Conversation(capture, multiplexer="192.168.0.2").module(greeting(203, "Other") + ping(203))
    Conversation(capture, multiplexer="192.168.0.2", port=9999).module(ping(203))
    Conversation(capture, module="10.1.1.4").module(ping(203))
    names = reader.values(reader.save(capture), "trade.sender.name", options=(
        "-2", "-d", "tcp.port==9999,trade"))
    assert names == [("Name0,Name0",), ("Name1,Name1",), ("Name2,Name2",), ("Other,Other",),
                     ("Unknown (203)",), ("Name2",)]
