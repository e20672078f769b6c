# test_incidents.py
# Does -z trade,incidents have one row for one cause, however many connections it shows on, and say
# how the others were?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import re

import pytest

from test_ends import BEGIN, knock, platform, reset_all, resend_syn
from trade_pdus import MULTIPLEXER, Capture, Conversation, greeting, ping, pong, wall_time

SECOND = 1_000_000
START = wall_time("10:00:00.000000")
COLUMNS = ("number", "verdict", "where", "since", "until", "connections", "of", "hosts", "frame",
           "sentence", "modules", "streams")
PASSES = pytest.mark.parametrize("options", ((), ("-2",)), ids=("one pass", "two passes"))
PINGS = 8  # on each connection, 30 s apart
OTHER_HOST, THIRD_HOST, OTHER_MULTIPLEXER = "10.0.0.2", "10.0.0.3", "192.168.0.2"


def incidents(reader, capture, *options, table="trade,incidents"):
    """Returns the table's rows as dicts."""
    path = capture if not isinstance(capture, Capture) else reader.save(capture)
    return [dict(zip(COLUMNS, cells, strict=True)) for cells in reader.table(path, table, *options)]


def read_health(reader, path, *options):
    """Returns verdict, place and incident of each stream."""
    return {int(cells[1]): (cells[3], cells[4], cells[-1])
            for cells in reader.table(path, "trade,health", *options)}


def play(connections, pings=PINGS):
    """Returns a capture of connections, each a dict: ends; at which of its Pings its Multiplexer,
    or its module, falls silent (unanswered, stopped: its first such Ping, and the first that goes
    well again), how long after the others it pings (s)."""
    capture = Capture("09:59:59.000000")
    talks = []
    for n, connection in enumerate(connections):
        ends = {"module": connection.get("module", "10.0.0.1"),
                "multiplexer": connection.get("multiplexer", "192.168.0.1")}
        talks.append(Conversation(capture, 4000 + n, **ends).handshake())
        talks[-1].module(greeting(100 + n, connection.get("name", f"Module{n}")))
    for turn in range(pings):
        for n, (connection, talk) in enumerate(zip(connections, talks)):
            at = START + (turn * 30 + n * connection.get("after", 0.1)) * SECOND
            stopped = connection.get("stopped", range(0))
            unanswered = connection.get("unanswered", range(0))
            if turn in stopped:
                continue
            talk.module(ping(100 + n), at=int(at))
            if turn in unanswered:
                talk.multiplexer(b"", at=int(at) + 1000)  # its TCP acknowledges
            else:
                talk.multiplexer(pong(MULTIPLEXER), at=int(at) + 1000)
            talk.module(b"", at=int(at) + 2000)
    return capture


# ---- The talk's incident ----


@PASSES
def test_incident(reader, captures, options):
    assert incidents(reader, captures["incident"], *options) == [{
        "number": "1", "verdict": "peer-not-reading", "where": "multiplexer",
        "since": "2014-06-05 07:30:17", "until": "2014-06-05 07:32:12", "connections": "1",
        "of": "12", "hosts": "10.0.0.1, 192.168.0.1", "frame": "679", "modules": "Trader",
        "streams": "11",
        "sentence": "From 07:30:17 Multiplexer 192.168.0.1 did not read Trader's data for 115 s; "
                    "its other 11 connections were well, so its host and the network were: the "
                    "program."}]


@pytest.mark.parametrize("name", ("keepalive", "sessions", "greetings", "faults"))
def test_none(reader, captures, name):
    assert incidents(reader, captures[name], "-2") == []


# ---- One cause ----


@PASSES
def test_one_row_for_one_cause(reader, options):
    """Of five connections, three have no Pongs: one row, which each of the three cites."""
    silent = range(3, PINGS)
    path = reader.save(play([{"unanswered": silent}, {}, {"unanswered": silent}, {},
                             {"unanswered": silent}]))
    row, = incidents(reader, path, *options)
    health = read_health(reader, path, *options)
    assert {stream: number for stream, (*_, number) in health.items()} == {
        0: "1", 1: "0", 2: "1", 3: "0", 4: "1"}
    assert (row["connections"], row["streams"], row["modules"]) == (
        "3", "0, 2, 4", "Module0, Module2, Module4")
    assert (row["verdict"], row["where"]) == health[0][:2]
    assert row["since"] == "2014-06-05 08:01:30" and row["until"] == "-"
    assert row["sentence"].startswith(
        "From 08:01:30 Pings of 3 modules had no Pong from Multiplexer 192.168.0.1 for up to 120 s, "
        "to the end of the capture; the other 2 connections between these hosts were well: ")


def test_two_causes(reader):
    """What begins more than an interval later is another incident, and the longer is the worse."""
    rows = incidents(reader, play([{"unanswered": range(2, PINGS)}, {"unanswered": range(5, PINGS)},
                                   {}]), "-2")
    assert [(row["number"], row["streams"]) for row in rows] == [("1", "0"), ("2", "1")]
    assert rows[0]["since"] < rows[1]["since"]


def test_two_hosts(reader):
    """Modules of two hosts that stop by themselves are two incidents, the host's others are told."""
    rows = incidents(reader, play([
        {"stopped": range(3, PINGS)}, {}, {"stopped": range(3, PINGS), "module": OTHER_HOST},
        {"module": OTHER_HOST}, {"module": THIRD_HOST}, {"module": THIRD_HOST}]), "-2")
    assert [row["hosts"] for row in rows] == ["10.0.0.1, 192.168.0.1", "10.0.0.2, 192.168.0.1"]
    for row in rows:
        assert (row["connections"], row["of"]) == ("1", "2")
        assert ("; the other connection between these hosts was well, and 3 of the Multiplexer's 4 "
                "connections with other hosts were well: " in row["sentence"])


def test_all_of_a_multiplexer(reader):
    """All connections of a Multiplexer, of three hosts; those of another one are well."""
    silent = {"unanswered": range(3, PINGS)}
    rows = incidents(reader, play([
        silent, {**silent, "module": OTHER_HOST}, {**silent, "module": THIRD_HOST},
        {"multiplexer": OTHER_MULTIPLEXER}, {"multiplexer": OTHER_MULTIPLEXER}]), "-2")
    row, = rows
    assert (row["connections"], row["of"], row["hosts"]) == ("3", "3", "3 of modules, 192.168.0.1")
    assert "; these are all 3 connections of the Multiplexer, with 3 hosts: " in row["sentence"]


# ---- One outage of a host ----

HOSTS = 3


def attempt(capture, host, at, answer="refused"):
    """An attempt of one of the hosts to connect; without an answer, more SYNs follow."""
    made = knock(capture, 5000 + int(at * 10), at, answer, host=f"10.0.{host}.1")
    if answer is None:
        resend_syn(made, at)


@PASSES
def test_restart(reader, options):
    """A Multiplexer's host ends all connections, refuses, and answers again, as another machine."""
    capture = Capture(BEGIN)
    reset_all(platform(capture, hosts=HOSTS))
    for n in range(6):
        attempt(capture, n % 2, 85 + 5 * n)
    knock(capture, 5010, 140, "accepted", ttl=63)
    path = reader.save(capture)
    row, = incidents(reader, path, *options)
    assert (row["verdict"], row["where"]) == ("ended-together", "network-or-multiplexer")
    assert (row["connections"], row["of"], row["hosts"]) == ("14", "14", "3 of modules, 192.168.0.1")
    assert re.search(
        r"Multiplexer's side ended 12 of 12 connections within 0[.]011 s; besides, 6 attempts to "
        r"connect met a refusal; these are all 14 connections of the Multiplexer, with 3 hosts: the "
        r"network or the Multiplexer's side[.] Then the Multiplexer's host refused 6 attempts to "
        r"connect, first at ..:..:.. [(]frame \d+[)][.] After 60[.]000 s the Multiplexer's host "
        r"answered such an attempt, at ..:..:.. [(]frame \d+[)], with TTL 63 instead of 127: by "
        r"another machine, or over another path[.]$", row["sentence"])
    assert {number for *_, number in read_health(reader, path, *options).values()} == {"0", "1"}


@pytest.mark.parametrize("after, rows", ((29.9, 1), (30.1, 2)))
def test_attempts_after_a_restart(reader, after, rows):
    """They are of it if they begin an interval after the last end, or sooner."""
    capture = Capture(BEGIN)
    first, *others = platform(capture, hosts=HOSTS)
    reset_all(others, apart=0)
    first.rounds(3, 6)
    attempt(capture, 1, 80 + after, None)
    assert len(incidents(reader, capture)) == rows


def test_attempts_after_one_was_answered(reader):
    capture = Capture(BEGIN)
    reset_all(platform(capture, hosts=HOSTS))
    knock(capture, 5010, 85, "accepted")
    attempt(capture, 1, 90)
    rows = incidents(reader, capture)
    assert [row["verdict"] for row in rows] == ["refused", "ended-together"]
    assert rows[0]["sentence"].startswith("From ") and (
        " 1 attempt of 10.0.1.1 to connect to Multiplexer 192.168.0.1 met a refusal for "
        in rows[0]["sentence"])


@pytest.mark.parametrize("answered, connections", ((None, ["2"]), (88, ["1", "1"])))
def test_refused_on_two_hosts(reader, answered, connections):
    """One row, unless the Multiplexer's host answers a third one in between."""
    capture = Capture(BEGIN)
    platform(capture, hosts=HOSTS)
    attempt(capture, 0, 85)
    if answered:
        knock(capture, 6000, answered, "accepted", host="10.0.2.1")
    attempt(capture, 1, 90)
    rows = incidents(reader, capture)
    assert [(row["verdict"], row["connections"]) for row in rows] == [
        ("refused", number) for number in connections]


def go_silent(lives, at, again=(), back=25):
    """The Multiplexer's host is gone. Some modules send a Ping again and again; each one's is
    answered by an RST when it is back."""
    for n, life in enumerate(lives):
        life.resend("module", ping(20 + n), at + n * 0.01, (0.2, 0.6, 1.4, 3) if n in again else ())
    for n, life in enumerate(lives):
        ack = life.conversation.ends["module"].seq
        life.conversation.segment("multiplexer", flags="R", at=life.time(at + back + n * 0.01),
                                  seq=life.unheard("module"))
        assert ack


def test_silent_and_back(reader):
    """Each connection shows it by what was to be sent."""
    capture = Capture(BEGIN)
    go_silent(platform(capture, hosts=HOSTS), 90, again=(0, 4))
    row, = incidents(reader, capture)
    assert (row["verdict"], row["where"]) == ("not-delivered", "network-or-multiplexer")
    assert row["connections"] == "12"
    assert re.search("what 2 modules sent to Multiplexer 192.168.0.1 was not acknowledged for .*; "
                     "besides, 10 connections had a late Ping; these are all 12 connections",
                     row["sentence"])


def test_lost_before_a_restart(reader):
    """Bytes of one connection are lost, while others are well; a restart later is another cause."""
    capture = Capture(BEGIN)
    first, *others = platform(capture, hosts=HOSTS)
    first.resend("module", ping(20), 90)
    for life in others:
        life.rounds(3, 6)
    reset_all(others, at=160)
    rows = incidents(reader, capture)
    assert [row["verdict"] for row in rows] == ["not-delivered", "ended-together"]
    assert [row["connections"] for row in rows] == ["1", "11"]


def test_two_hosts_of_modules_restart(reader):
    """Each is an incident, though they do at the same time."""
    capture = Capture(BEGIN)
    lives = platform(capture, hosts=HOSTS)
    reset_all([life for n, life in enumerate(lives) if n % HOSTS < 2], who="module")
    rows = incidents(reader, capture)
    assert [(row["verdict"], row["where"], row["connections"]) for row in rows] == [
        ("ended-together", "network-or-module", "4")] * 2


# ---- Filters, names, rows ----


def test_filter(tshark, captures):
    """It decides which incidents are shown, not what they say, nor their numbers."""
    path = tshark.save(play([{"unanswered": range(2, PINGS)}, {"unanswered": range(5, PINGS)}, {}]))
    every = incidents(tshark, path)
    assert len(every) == 2
    for stream, shown in ((0, every[:1]), (1, every[1:]), (2, [])):
        assert incidents(tshark, path,
                         table=f"trade,incidents,tcp.stream == {stream}") == shown


def test_health_cites_it_under_a_filter(tshark):
    path = tshark.save(play([{"unanswered": range(2, PINGS)}, {"unanswered": range(5, PINGS)}, {}]))
    row, = tshark.table(path, "trade,health,tcp.stream == 1")
    assert row[-1] == "2"


def test_its_table_says_what_tshark_says(tshark, sharkd, captures):
    path = captures["incident"]
    assert sharkd.table(path, "trade,incidents") == tshark.table(path, "trade,incidents", "-2")


def test_rows(tshark, captures):
    """-z trade,rows has them, too, with the number that a row of health cites."""
    out = tshark.make_directory() / "rows"
    out.parent.chmod(0o777)
    tshark.run("-r", captures["incident"], "-q", "-z", "trade,health", "-z", "trade,incidents",
               "-z", f"trade,rows,{out}")
    lines = [line.split("\t") for line in out.read_text().splitlines()]
    heads, rows = {}, {}
    for kind, *cells in lines:
        if kind in ("health", "incidents"):
            heads.setdefault(kind, cells)
            rows.setdefault(kind, []).append(dict(zip(heads[kind], cells)))
    (_, incident), (_, *health) = rows["incidents"], rows["health"]
    assert heads["incidents"] == ["incident", "verdict", "where", "since", "until", "connections",
                                  "of", "hosts", "frame", "what_happened", "modules", "tcp_stream"]
    assert incident["what_happened"].startswith("From 07:30:17 Multiplexer 192.168.0.1 did not")
    assert {row["stream"]: row["incident"] for row in health if row["incident"] != "0"} == {
        incident["tcp_stream"]: incident["incident"]}


def test_unnamed_module(reader):
    """A module that never says its name is called by its address and port."""
    capture = Capture("09:59:59.000000")
    talk = Conversation(capture, 4000).handshake()
    for turn in range(6):
        talk.multiplexer(ping(MULTIPLEXER), at=START + turn * 30 * SECOND)
        talk.module(b"", at=START + turn * 30 * SECOND + 1000)
    rows = incidents(reader, capture, "-2")
    assert rows and all(re.search(r"10\.0\.0\.1", row["sentence"]) for row in rows)
