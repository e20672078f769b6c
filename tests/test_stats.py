# test_stats.py
# What do -z trade,tree, trade,srt, conv,trade and endpoints,trade say? And the same
# in one pass as in two?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import functools
import re

import pytest

from trade_pdus import (
    MULTIPLEXER, TRADER, TRADESITE, Capture, Conversation, clock_at, control, data,
    filler, greeting, ping, pong, roundtrip, roundtrip_for_module, wall_time)

PASSES = pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))
START = wall_time("10:00:00.000000")
PING, PONG, CLOCK_PING, GREETING = 10, 10, 18, 9


@pytest.fixture(scope="module")
def path(tshark):
    """Trader with two Pings of its own and two of the Multiplexer's, a Roundtrip, a
    report and data of two clients; BackOffice with one Ping and an unknown id."""
    capture = Capture("09:59:59.000000")
    trader = Conversation(capture, 1195).handshake().module(greeting(TRADER, "Trader"))
    tradesite = Conversation(capture, 1170).handshake()
    tradesite.module(greeting(TRADESITE, "Tradesite"))
    for n, response in enumerate((2_000, 4_000)):
        start = START + n * 30_000_000
        trader.module(ping(TRADER), at=start).multiplexer(pong(MULTIPLEXER), at=start + 1_000)
        clock = clock_at(start)
        trader.multiplexer(ping(MULTIPLEXER, clock), at=start + 10_000)
        trader.module(pong(TRADER, clock), at=start + 10_000 + response)
    tradesite.multiplexer(roundtrip_for_module("Trader", 188_409), at=start + 20_000)
    trader.multiplexer(roundtrip(MULTIPLEXER, clock), at=start + 30_000)
    trader.module(roundtrip(TRADER, clock), at=start + 37_000)
    trader.module(data(TRADER, 2405, filler(95)) + data(TRADER, 2406, filler(45)))
    trader.multiplexer(data(TRADER, 2405, filler(5000)), mss=1380)
    Conversation(capture, 1181).module(ping(200)).module(control(200, "Frobnicate"))
    return tshark.save(capture)


# A statistic's title, by its name.
TITLES = {"trade,tree": "TRADE.*PDUs", "trade,srt": "TRADE SRT", "conv,trade": "TRADE Conversations",
          "endpoints,trade": "TRADE Endpoints", "trade,health": "TRADE Health",
          "io,phs": "Protocol Hierarchy"}


@pytest.fixture(scope="module", name="ask")
def fixture_ask(tshark):
    """Returns what a statistic prints of a capture. One tshark prints all of them: each by itself
    is asked below for what only that can say."""
    @functools.cache
    def run_all(path, passes):
        asked = [arg for name in TITLES for arg in ("-z", name)]
        return re.split(r"^=+\n(?=\S)", tshark.run("-r", path, "-q", *passes, *asked), flags=re.M)

    def ask(path, name, passes=()):
        (text,) = (part for part in run_all(path, passes) if re.match(TITLES[name], part))
        return text
    return ask


# ---- -z trade,tree ----


def read_tree(text):
    """Returns the tree's counts by the names on the way to them."""
    counts, way = {}, []
    for line in text.splitlines():
        found = re.match(r"( *)(\S.*?) {2,}(\d+)\s", line)
        if found:
            depth = len(found[1])
            way = [(d, name) for d, name in way if d < depth] + [(depth, found[2])]
            counts["/".join(name for _, name in way)] = int(found[3])
    return counts


@PASSES
def test_tree(ask, path, passes):
    counts = read_tree(ask(path, "trade,tree", passes))
    prefix = "" if "PDUs" in counts else next(name for name in counts).split("/")[0] + "/"
    counts = {name.removeprefix(prefix): count for name, count in counts.items()}
    assert {name: count for name, count in counts.items() if name.startswith("PDUs/")} == {
        "PDUs/Control": 13, "PDUs/Control/Ping": 5, "PDUs/Control/Pong": 4,
        "PDUs/Control/Roundtrip": 2, "PDUs/Control/Roundtrip for Module": 1,
        "PDUs/Control/Frobnicate": 1, "PDUs/Data": 3, "PDUs/Greeting": 2}
    assert counts["PDUs"] == 18
    assert {name: count for name, count in counts.items() if name.startswith("PDUs by")} == {
        "PDUs by sender": 18, "PDUs by sender/Trader": 9, "PDUs by sender/Multiplexer": 6,
        "PDUs by sender/Tradesite": 1, "PDUs by sender/Unknown (200)": 2}
    control_bytes = 3 * PING + 2 * CLOCK_PING + 2 * PONG + 2 * 18 + 2 * 23 + 38 + 16
    assert counts["Bytes/Control"] == control_bytes
    assert counts["Bytes/Control/Ping"] == 3 * PING + 2 * CLOCK_PING
    assert counts["Bytes/Data"] == 100 + 50 + 5005
    assert counts["Bytes/Greeting"] == 9 + 12
    assert counts["Bytes"] == control_bytes + 5155 + 21
    assert counts["Bytes by sender/Tradesite"] == 12


# ---- -z trade,srt ----


@PASSES
def test_srt(ask, path, passes):
    """Tables of Ping and Pong, of Roundtrip, and of reports, in this order."""
    text = ask(path, "trade,srt", passes)
    found = [(name, int(calls), *(float(value) for value in rest)) for name, calls, *rest in
             re.findall(r"^ *\d+ +(\S+) +(\d+)" + 4 * r" +([\d.]+)", text, re.M)]
    assert found == [
        ("Trader", 4, 0.001, 0.004, 0.002, 0.008),
        ("Trader", 1, 0.007, 0.007, 0.007, 0.007),
        ("Trader", 1, 0.188409, 0.188409, 0.188409, 0.188409)]


# ---- -z conv,trade and -z endpoints,trade ----


@PASSES
def test_endpoints(ask, path, passes):
    """Frames and bytes are of PDUs; each PDU has two ends."""
    text = ask(path, "endpoints,trade", passes)
    # Wireshark 4.6 says what it counts.
    text = text.replace(" bytes", "")
    found = {name: [int(value) for value in rest] for name, *rest in re.findall(
        r"^(\S.*?) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) *$", text, re.M)}
    # PDUs, bytes, those sent, those received.
    assert found == {
        "Trader": [14, 9 + 2 * 56 + 46 + 5155, 8, 9 + 2 * 28 + 23 + 150, 6, 2 * 28 + 23 + 5005],
        "Multiplexer": [15, 21 + 2 * 56 + 46 + 38 + 26, 6, 2 * 28 + 23 + 38, 9,
                        21 + 2 * 28 + 23 + 26],
        "Tradesite": [2, 12 + 38, 1, 12, 1, 38],
        "client 2405": [2, 5105, 1, 5005, 1, 100],
        "client 2406": [1, 50, 0, 0, 1, 50],
        "Unknown (200)": [2, 26, 2, 26, 0, 0],
    }


@PASSES
def test_conversations(ask, path, passes):
    text = ask(path, "conv,trade", passes)
    ends = {frozenset(re.split(r" +<-> +", found)) for found in re.findall(
        r"^(\S.*? +<-> +\S.*?) {2,}", text, re.M)}
    assert ends == {frozenset(pair) for pair in (
        ("Trader", "Multiplexer"), ("Tradesite", "Multiplexer"), ("Unknown (200)", "Multiplexer"),
        ("Trader", "client 2405"), ("Trader", "client 2406"))}


def read_rows(text):
    """Returns who is in each row, and its frames in all."""
    text = text.replace(" bytes", "").replace(" kB", "000")
    if "<->" in text:
        return [(*re.split(" +<-> +", ends), int(frames)) for ends, frames in re.findall(
            r"^(\S.*? +<-> +\S.*?) {2,}\d+ \d+ +\d+ \d+ +(\d+) ", text, re.M)]
    return [(end, int(frames)) for end, frames in re.findall(r"^(\S.*?) {2,}(\d+) ", text, re.M)]


def is_address(name):
    return ":" in name


@PASSES
@pytest.mark.parametrize("name", ("incident", "talk"))
def test_a_module_has_one_row(ask, captures, name, passes):
    """Trader's connection begins with a Ping of the Multiplexer's, which one pass counts by
    address; BackOffice has two connections."""
    early = 1 if name == "incident" and not passes else 0
    rows = read_rows(ask(captures[name], "conv,trade", passes))
    modules = [frozenset(ends) - {"Multiplexer"} for *ends, _ in rows if "Multiplexer" in ends]
    assert len(modules) == len(set(modules)) == {"incident": 12, "talk": 3}[name] + early
    ends = [end for end, _ in read_rows(ask(captures[name], "endpoints,trade", passes))]
    assert len(ends) == len(set(ends))
    assert len([end for end in ends if is_address(end)]) == early
    assert sum(frames for *_, frames in rows) == {"incident": 800, "talk": 4}[name]


@pytest.fixture(scope="module", name="known_late")
def fixture_known_late(tshark):
    """In mid-stream, Multiplexers' Pings come before their modules say who they are: Trader
    on two connections, one that never says it, one of no name, one that a greeting names."""
    capture = Capture("09:59:59.000000")
    first, second, silent, nameless, taught = (
        Conversation(capture, port) for port in (4001, 4002, 4003, 4004, 4005))
    for conversation in (first, silent, second, nameless, taught, first):
        conversation.multiplexer(ping(MULTIPLEXER))
    first.multiplexer(data(TRADER, 2405, filler(10)))
    second.module(pong(TRADER)).module(data(TRADER, 2406, filler(20)))
    nameless.module(pong(200)).multiplexer(ping(MULTIPLEXER))
    second.multiplexer(ping(MULTIPLEXER))
    first.module(pong(TRADER)).multiplexer(ping(MULTIPLEXER))
    taught.module(greeting(201, "Jackhammer")).multiplexer(ping(MULTIPLEXER))
    return tshark.save(capture)


def test_a_module_known_late(ask, known_late):
    """Two passes know a module's name from the start."""
    assert sorted((*sorted(ends), frames) for *ends, frames in
                  read_rows(ask(known_late, "conv,trade", ("-2",)))) == [
        ("10.0.0.1:4003", "Multiplexer", 1), ("Jackhammer", "Multiplexer", 3),
        ("Multiplexer", "Trader", 7), ("Multiplexer", "Unknown (200)", 3),
        ("Trader", "client 2405", 1), ("Trader", "client 2406", 1)]
    assert dict(read_rows(ask(known_late, "endpoints,trade", ("-2",)))) == {
        "Multiplexer": 14, "Trader": 9, "Jackhammer": 3, "Unknown (200)": 3, "10.0.0.1:4003": 1,
        "client 2405": 1, "client 2406": 1}


def test_a_module_known_late_in_one_pass(ask, known_late):
    """What comes before the name is counted by address."""
    assert dict(read_rows(ask(known_late, "endpoints,trade"))) == {
        "Multiplexer": 14, "Trader": 6, "Jackhammer": 2, "Unknown (200)": 2, "10.0.0.1:4001": 2,
        "10.0.0.1:4002": 1, "10.0.0.1:4003": 1, "10.0.0.1:4004": 1, "10.0.0.1:4005": 1,
        "client 2405": 1, "client 2406": 1}


@pytest.mark.parametrize("statistic", ("conv,trade", "endpoints,trade"))
def test_two_passes_are_offered(tshark, captures, known_late, statistic):
    """Where they know more, one pass says so: not of the module that never says its name."""
    def get_hints(path, *passes):
        done = tshark._call(["-r", str(path), "-q", *passes, "-z", statistic])
        return [line for line in done.stderr.splitlines() if "-2" in line]
    assert [hint.split(" also")[0] for hint in get_hints(known_late)] == [
        "TRADE: 4 modules are"]
    assert get_hints(known_late, "-2") == get_hints(captures["sessions"]) == []


def many(build):
    """A capture with 1 100 Pings, each of a keyword or a sender of its own."""
    capture = Capture("09:59:59.000000")
    conversation = Conversation(capture, 4001).handshake()
    for i in range(0, 1100, 50):
        conversation.module(b"".join(build(number) for number in range(i, i + 50)))
    return capture


def test_many_keywords(tshark):
    """Most rows are each keyword's own, one is that of the others."""
    path = tshark.save(many(lambda i: control(TRADER, f"Word{i:04}")))
    counts = read_tree(tshark.run("-r", path, "-q", "-z", "trade,tree"))
    rows = [count for name, count in counts.items() if re.search("^(.*/)?PDUs/Control/", name)]
    assert sorted(rows) == [1] * 256 + [1100 - 256]


# ---- One name in all of them ----


@PASSES
def test_a_module_has_one_name(tshark, ask, passes):
    """Where no name is known, nor does a greeting tell one, the id; where no id is known either, the
    address and port, by which one pass also counts what comes before the name."""
    capture = Capture("09:59:59.000000")
    for port, module, ends in (
            (1195, TRADER, {}), (1181, 200, {}), (1182, None, {}),
            (1183, None, {"module": "2001:db8::1", "multiplexer": "2001:db8::2"})):
        conversation = Conversation(capture, port, **ends).handshake()
        conversation.multiplexer(ping(MULTIPLEXER))
        if module:
            conversation.module(greeting(module, "") + pong(module)).module(ping(module))
        conversation.multiplexer(pong(MULTIPLEXER))
        conversation.rst("module")
    path = tshark.save(capture)
    names = {"Trader", "Unknown (200)", "10.0.0.1:1182", "[2001:db8::1]:1183"}
    srt, conversations, health = (
        ask(path, name, passes) for name in ("trade,srt", "conv,trade", "trade,health"))
    # There is a response only where the module answers.
    assert set(re.findall(r"^ *\d+ +(\S.*?) +\d+ +\d+\.\d+ ", srt, re.M)) == {
        "Trader", "Unknown (200)"}
    ends = re.findall(r"^(\S.*?) +<-> +(\S.*?) {2,}", conversations, re.M)
    early = set() if passes else {"10.0.0.1:1195", "10.0.0.1:1181"}
    assert {name for pair in ends for name in pair} == {"Multiplexer", *names, *early}
    rows = [[cell.strip() for cell in line.split("|")] for line in health.splitlines()]
    rows = [row for row in rows if row[0].isdigit()]
    assert {row[2] for row in rows} == names
    assert {re.match("RST by (.*) at", row[-3])[1] for row in rows} == names


@PASSES
def test_responses_are_by_what_was_known_then(tshark, ask, passes):
    """So one pass and two say the same, where the name comes after the first response."""
    capture = Capture("09:59:59.000000")
    conversation = Conversation(capture, 1181).handshake()
    conversation.multiplexer(ping(MULTIPLEXER)).module(pong(200)).module(greeting(200, "Zapper"))
    conversation.multiplexer(ping(MULTIPLEXER)).module(pong(200))
    srt = ask(tshark.save(capture), "trade,srt", passes)
    assert re.findall(r"^ *\d+ +(\S.*?) +(\d+) +\d+\.\d+ ", srt, re.M) == [
        ("Unknown (200)", "1"), ("Zapper", "1")]


# ---- -z io,phs ----


@PASSES
@pytest.mark.parametrize("name", ("incident", "multi-pdu", "spanning", "keepalive"))
def test_protocol_hierarchy(tshark, ask, captures, name, passes):
    """Of frames with several PDUs, Wireshark shows the second below the first, and so on."""
    frames, bytes_, depth = 0, 0, None
    text = ask(captures[name], "io,phs", passes)
    for indent, protocol, *counts in re.findall(r"^( *)(\S+) +frames:(\d+) bytes:(\d+)", text, re.M):
        if depth is not None and len(indent) > depth:
            continue
        depth = len(indent) if protocol == "trade" else None
        if protocol == "trade":
            frames, bytes_ = frames + int(counts[0]), bytes_ + int(counts[1])
    lengths = [int(length) for length, in tshark.values(
        captures[name], "frame.len", options=(*passes, "-Y", "trade"))]
    assert (frames, bytes_) == (len(lengths), sum(lengths))


# ---- One pass and two ----


@pytest.mark.parametrize("name", (
    "incident", "keepalive", "sessions", "multi-pdu", "greetings", "spanning", "faults"))
def test_two_passes_say_the_same(ask, captures, name):
    """Conversations and endpoints do only where each module is known from its first PDU on."""
    ends = () if name in ("incident", "multi-pdu") else ("conv,trade", "endpoints,trade")
    for asked in ("trade,tree", "trade,srt", "trade,health", *ends):
        assert ask(captures[name], asked) == ask(captures[name], asked, ("-2",))


def test_a_filter_limits_them(tshark, captures):
    """Each of them, asked by itself."""
    whole, part = (
        read_tree(tshark.run("-r", captures["incident"], "-q", *options, "-z", "trade,tree"))
        for options in ((), ("-2", "-R", "tcp.stream == 11")))
    assert 0 < sum(part.values()) < sum(whole.values())
    text = tshark.run("-r", captures["incident"], "-q", "-z", "trade,srt,tcp.stream==11")
    assert "Trader" in text and "BackOffice" not in text
