# test_scale.py
# Does tools/scale.sh find in shards what one tshark finds in the whole capture, and day by day
# what it finds at once; are its answers right, and does it get over a host that dies? Small
# captures; the hosts are sshds and Dask's workers on loopback.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import csv
import gzip
import importlib.util
import os
import pathlib
import pty
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

import trade_pdus as t
from conftest import NOBODY, ROOT

PORTS = "2107,2108"
TOOLS = ("parallel", "editcap", "mergecap", "node", "npm")
TABLES = ("pdus", "connections", "health", "incidents", "clients")
# Two share an address, two a port; one is in a VLAN, one speaks IPv6.
MULTIPLEXERS = [dict(multiplexer="192.168.0.1"), dict(multiplexer="192.168.0.1", port=2108),
                dict(multiplexer="192.168.0.2", vlan=7),
                dict(multiplexer="fd00::1", module="fd00::2")]
NAMES = ["192.168.0.1:2107", "192.168.0.1:2108", "192.168.0.2:2107", "fd00::1:2107"]
ROUNDS = 8
SECOND = 1000000
START = t.wall_time("09:59:00.000000")
# Trader's third Ping, on the second Multiplexer only.
UNANSWERED = (1, 2)


def report_us(number, turn):
    return 1000 * (number + 1) + 100 * turn


def play(capture, number):
    """One Multiplexer: two modules that ping, and a client of Trader's."""
    tradesite, trader = (t.Conversation(capture, 21000 + 10 * number + i, **MULTIPLEXERS[number])
                         for i in range(2))
    tradesite.handshake(at=START + number).module(t.greeting(t.TRADESITE, "Tradesite"))
    trader.handshake(at=START + 50000 + number).module(t.greeting(t.TRADER, "Trader"))
    for turn in range(ROUNDS):
        at = START + (30 * turn + 1) * SECOND + number
        trader.module(t.ping(t.TRADER), at=at)
        if (number, turn) != UNANSWERED:
            trader.multiplexer(t.pong(t.MULTIPLEXER), at=at + 300)
        clock = t.clock_at(at)
        trader.multiplexer(t.ping(t.MULTIPLEXER, clock), at=at + 1000)
        trader.module(t.pong(t.TRADER, clock), at=at + 1500)
        tradesite.multiplexer(t.roundtrip_for_module("Trader", report_us(number, turn)),
                              at=at + 2000)
        if turn == 1:
            ip = f"194.134.005.{number:03d}"
            tradesite.multiplexer(t.new_connection(2001, ip), at=at + 3000)
            tradesite.module(t.login(t.TRADESITE, 2001, f"USER{number}", ip, "Trader"),
                             at=at + 4000)
            trader.multiplexer(t.login(t.MULTIPLEXER, 2001, f"USER{number}", ip), at=at + 5000)
        if turn > 1:
            # A PDU over two segments, and two PDUs in one.
            trader.module(t.data(t.TRADER, 2001, t.filler(2000)), mss=1400, at=at + 5000)
            trader.multiplexer(2 * t.data(t.TRADER, 2001, t.filler(100 * number + 10)),
                               at=at + 6000)


def make_captures(directory):
    """Writes the capture in two files, cut between a Ping and its Pong."""
    capture = t.Capture()
    for number in range(len(MULTIPLEXERS)):
        play(capture, number)
    cut = START + (30 * 4 + 1) * SECOND + 100
    frames = capture.frames
    for name, early in (("first.pcapng", True), ("second.pcapng", False)):
        capture.frames = [frame for frame in frames if (frame[0] < cut) == early]
        capture.write(directory / name)


def make_silence(directory):
    """Writes a capture in which one of two Multiplexers falls silent after a Ping."""
    capture = t.Capture()
    silent, other = (t.Conversation(capture, **MULTIPLEXERS[number]) for number in (0, 1))
    silent.handshake(at=START).module(t.greeting(t.TRADER, "Trader"))
    silent.module(t.ping(t.TRADER), at=START + 30 * SECOND)
    silent.multiplexer(t.pong(t.MULTIPLEXER), at=START + 30 * SECOND + 300)
    silent.module(t.ping(t.TRADER), at=START + 60 * SECOND)
    other.handshake(at=START + SECOND).module(t.greeting(t.BACKOFFICE, "BackOffice"))
    for turn in range(4):
        other.module(t.ping(t.BACKOFFICE), at=START + (31 + 30 * turn) * SECOND)
        other.multiplexer(t.pong(t.MULTIPLEXER), at=START + (31 + 30 * turn) * SECOND + 200)
    capture.write(directory / "silence.pcapng")


MIDNIGHT = t.wall_time("02:00:00.000000")  # in UTC
DAY = 86400 * SECOND


def play_nights(capture, number):
    """One Multiplexer about two midnights: connections, sessions, Pings and PDUs go over these."""
    tradesite, trader = (t.Conversation(capture, 21000 + 10 * number + i, **MULTIPLEXERS[number])
                         for i in range(2))
    ip = "194.134.005.001"
    tradesite.handshake(at=MIDNIGHT - 850 * SECOND).module(t.greeting(t.TRADESITE, "Tradesite"))
    trader.handshake(at=MIDNIGHT - 849 * SECOND).module(t.greeting(t.TRADER, "Trader"))
    for night in (0, 1):
        midnight = MIDNIGHT + night * DAY + number
        conn_id = 2001 + night
        at = midnight - 848 * SECOND
        tradesite.multiplexer(t.new_connection(conn_id, ip), at=at)
        tradesite.module(t.login(t.TRADESITE, conn_id, f"USER{night}", ip, "Trader"), at=at + 1000)
        trader.multiplexer(t.login(t.MULTIPLEXER, conn_id, f"USER{night}", ip), at=at + 2000)
        for turn in range(-28, 4):
            at = midnight + 30 * turn * SECOND - 50
            trader.module(t.ping(t.TRADER), at=at)
            if turn != -1:
                trader.multiplexer(t.pong(t.MULTIPLEXER), at=at + 300)
            clock = t.clock_at(at)
            trader.multiplexer(t.ping(t.MULTIPLEXER, clock), at=at + 1000)
            trader.module(t.pong(t.TRADER, clock), at=at + 1500)
            tradesite.multiplexer(t.roundtrip_for_module("Trader", report_us(number, 2)),
                                  at=at + 2000)
            # All sessions so far; its first segment ends before midnight, at turn 0.
            for each in range(2001, conn_id + 1):
                trader.module(t.data(t.TRADER, each, t.filler(2000)), mss=1400, at=at + 5000)
        trader.module(t.data(t.TRADER, conn_id, t.filler(2000)), mss=1400,
                      at=midnight + 119 * SECOND)
        if night == 1:
            tradesite.multiplexer(t.close_connection(2001), at=midnight + 120 * SECOND)


def make_days(directory):
    """Writes three days of captures, cut at midnight, and the first of them cut short."""
    capture = t.Capture()
    for number in (0, 3):
        play_nights(capture, number)
    frames = sorted(capture.frames, key=lambda frame: frame[0])
    for day in range(3):
        capture.frames = [frame for frame in frames
                          if (frame[0] - MIDNIGHT) // DAY == day - 1]
        capture.write(directory / f"{day}.pcapng")
    capture.frames = [frame for frame in frames if frame[0] < MIDNIGHT][:100]
    capture.write(directory / "short")


def find_duckdb():
    """Returns where npm has installed DuckDB, or None."""
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    for place in (os.environ.get("DUCKDB"), pathlib.Path(cache) / "trade-scale"):
        if place and (pathlib.Path(place) / "node_modules/@duckdb/node-api").is_dir():
            return pathlib.Path(place)
    return None


def make_names(directory):
    """Writes the capture with names as tcpdump and gzip give them, and what is no capture."""
    make_captures(directory)
    (directory / "first.pcapng").rename(directory / "a day.pcap1")
    # Besides, packed: to be left out.
    (directory / "a day.pcap1.gz").write_bytes(
        gzip.compress((directory / "a day.pcap1").read_bytes()))
    packed = gzip.compress((directory / "second.pcapng").read_bytes())
    (directory / "second.pcapng").unlink()
    (directory / "below").mkdir()
    for packed_name in ("b.PCAP.gz", "b.PCAP.GZ"):
        (directory / "below" / packed_name).write_bytes(packed)
    (directory / "below" / "notes.txt").write_text("No capture.", encoding="ascii")


class Scale:
    """tools/scale.sh in a directory where an ordinary user may read and write."""

    def __init__(self, tshark, duckdb):
        self.directory = tshark.directory / "scale"
        self.directory.mkdir()
        shutil.copytree(ROOT / "tools", self.directory / "tools",
                        ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(duckdb, self.directory / "duckdb")
        for name, make in (("captures in files", make_captures), ("silence", make_silence),
                           ("names", make_names), ("days", make_days),
                           ("nothing", lambda directory: None)):
            (self.directory / name).mkdir()
            make(self.directory / name)
        (*self.user, _), environment = tshark.get_tool("scale.sh")
        self.env = {**environment, "DUCKDB": str(self.directory / "duckdb")}
        subprocess.run(["chmod", "-R", "a+rX", self.directory], check=True)
        if os.geteuid() == 0:
            os.chown(self.directory, NOBODY, NOBODY)

    def call(self, *args, env=None):
        return subprocess.run([*self.user, *args], env={**self.env, **(env or {})},
                              cwd=self.directory, text=True, capture_output=True, timeout=120,
                              check=False)

    def dissect(self, shards, out, captures="captures in files", options=(), env=None):
        done = self.call("sh", "tools/scale.sh", *options, "-s", str(shards), "-p", PORTS,
                         captures, out, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stderr

    def ask(self, out, sql):
        """Returns the rows of an answer, whose columns are texts."""
        question = self.directory / "question.sql"
        question.write_text(sql, encoding="ascii")
        done = self.call("node", "tools/scale/duck.js", "ask", out, "question.sql")
        assert done.returncode == 0, done.stderr
        return self.answer(out, "question")

    def write_tshark(self, name, script):
        """Makes a directory whose tshark is a script; $real is the real one. Returns a PATH."""
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        real = shutil.which("tshark", path=self.env["PATH"])
        (directory / "tshark").write_text(
            f"#!/bin/sh\nreal={real}\nhere='{directory}'\n{script}", encoding="ascii")
        (directory / "tshark").chmod(0o755)
        if os.geteuid() == 0:
            os.chown(directory, NOBODY, NOBODY)
        return f"{directory}:{self.env['PATH']}"

    def compare(self, one, other):
        """Returns what is said of two runs' rows, and whether they are equal."""
        done = self.call("node", "tools/scale/duck.js", "equal", one, other)
        assert done.stdout.startswith("rows: "), done.stdout + done.stderr
        return done.stdout, done.returncode == 0

    def compare_tables(self, one, other):
        """Returns the rows of each table, and how many of them only one of two runs has."""
        pdus, rest = "(FROM read_parquet('{}/pdus/*/*/*/*.parquet', {}))", "'{}/{}.parquet'"
        types = "hive_types = {day: DATE, multiplexer: VARCHAR, shard: VARCHAR}"
        tables = [(table, *((pdus.format(out, types) if table == "pdus" else rest.format(out, table))
                            for out in (one, other))) for table in TABLES]
        return {row["name"]: (int(row["n"]), int(row["differ"])) for row in self.ask(
            one, " UNION ALL ".join(f"""
                SELECT '{table}' AS name, (SELECT count(*) FROM {here}) AS n,
                       (SELECT count(*) FROM (FROM {here} EXCEPT ALL FROM {there}))
                       + (SELECT count(*) FROM (FROM {there} EXCEPT ALL FROM {here})) AS differ"""
                for table, here, there in tables))}

    def answer(self, out, question):
        with open(self.directory / out / "answers" / f"{question}.csv", newline="") as file:
            return list(csv.DictReader(file))


# ---- -z trade,rows ----

def read_rows(tshark, capture, *options):
    """Returns the rows of each kind, each a dictionary by the columns' names."""
    file = tshark.make_directory()
    file.chmod(0o777)
    file /= "rows"
    tshark.run("-q", "-r", capture, *options, "-z", f"trade,rows,{file}")
    lines = file.read_text(encoding="utf-8").split("\n")
    assert lines.pop() == "" and lines[-1] == f"end\t{len(lines) - 4}"
    kinds, columns = {}, {}
    for kind, *cells in (line.split("\t") for line in lines[:-1]):
        if kind in columns:
            assert len(cells) == len(columns[kind])
            kinds[kind].append(dict(zip(columns[kind], cells)))
        else:
            columns[kind], kinds[kind] = cells, []
    return kinds


def merge_rows(kinds):
    """Returns a PDU's rows with what the last rows tell of them."""
    pdus = {(row["number"], row["place"]): row for row in kinds["pdu"]}
    for row in kinds["later"]:
        pdu = pdus[row["number"], row["place"]]
        pdu.update({**row, "response_to": row["response_to"] or pdu["response_to"]})
    return pdus


@pytest.mark.parametrize("name", ("faults", "incident", "keepalive", "multi-pdu", "sessions", "talk"))
def test_one_pass_tells_what_two_do(tshark, captures, name):
    once, twice = (merge_rows(read_rows(tshark, captures[name], *option)) for option in ((), ("-2",)))
    assert once and once == twice


def test_one_pass_tells_of_missing_bytes(tshark):
    """Before a PDU that asks nothing, too."""
    capture = t.Capture()
    module = t.Conversation(capture).handshake(at=START)
    module.module(t.greeting(t.TRADER, "Trader"))
    module.skip("module", 50)
    module.module(t.control(t.TRADER, "Status"))
    once, twice = (merge_rows(read_rows(tshark, tshark.save(capture), *option))
                   for option in ((), ("-2",)))
    assert [row.get("gap_bytes") for row in once.values()] == [None, "50"]
    assert once == twice


@pytest.mark.parametrize("name", ("faults", "incident", "sessions", "talk"))
def test_rows_equal_fields(tshark, captures, name):
    """What the dissector's fields say in two passes, in the rows' order."""
    rows = list(merge_rows(read_rows(tshark, captures[name])).values())
    same = {"sender": "trade.sender", "receiver": "trade.receiver", "keyword": "trade.keyword",
            "module": "trade.module", "greeting": "trade.greeting", "session": "trade.session",
            "response_to": "trade.response_to", "response_in": "trade.response_in",
            "response_time": "trade.response_time", "ping_interval": "trade.ping_interval",
            "report_ping": "trade.rtt_ping", "gap_bytes": "trade.gap_bytes",
            "session_user": "trade.session.username"}
    fields = tshark.values(captures[name], *same.values(),
                           options=("-2", "-Y", "trade", "-E", "aggregator=;"))
    for i, column in enumerate(same):
        expected = [value for row in fields for value in row[i].split(";") if value]
        assert [row[column] for row in rows if row.get(column)] == expected, column


def test_no_pdu_tells_of_bytes_missing_after_it(tshark):
    """Nor does it where no PDU has told of them so far: what follows them is none."""
    capture = t.Capture()
    module = t.Conversation(capture).handshake(at=START)
    module.module(t.greeting(t.TRADER, "Trader")).module(t.ping(t.TRADER))
    module.module(t.ping(t.TRADER), lost=True).module(bytes(30))
    rows = read_rows(tshark, tshark.save(capture))["later"]
    assert [row["gap_bytes"] for row in rows] == [""]


def test_texts_stay_in_their_cells(tshark):
    capture = t.Capture()
    module = t.Conversation(capture).handshake(at=START)
    # What is not printable, or would end a cell, is as in TRADE's other tables.
    texts = {"a\tb": r"a\x09b", "c\\t": r"c\t", "\\": "\\", "e\nf\r": r"e\x0af\x0d",
             "\x1f\"'|": r"""\x1f"'\x7c""", " g ": " g "}
    module.module(t.greeting(t.TRADER, "Tra\tder"))
    for text in texts:
        module.module(t.control(t.TRADER, text))
    rows = read_rows(tshark, tshark.save(capture))["pdu"]
    assert rows[0]["greeting"] == r"Tra\sx09der"
    assert ([row["keyword"] for row in rows[1:]] ==
            [shown.replace("\\", r"\s") for shown in texts.values()])


def test_other_statistics_are_rows(tshark, captures):
    rows = read_rows(tshark, captures["incident"], "-z", "trade,health")
    verdicts = {row["stream"]: row["verdict"] for row in rows["health"]}
    assert verdicts.pop("11") == "peer-not-reading" and set(verdicts.values()) == {"ok"}
    assert {row["stream"] for row in rows["connection"]} == {row["stream"] for row in rows["health"]}


# ---- tools/scale.sh ----

@pytest.fixture(scope="module")
def scale(tshark):
    """Runs of the same capture: in shards, whole, and each file by itself."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    duckdb = find_duckdb()
    if not duckdb:
        pytest.skip("no DuckDB: tools/scale.sh fetches it on its first run, or set DUCKDB")
    run = Scale(tshark, duckdb)
    run.said = run.dissect(64, "in shards")
    # The same captures, by other names.
    run.said_of_names = {out: run.dissect(shards, out, "names") for shards, out in (
        (3, "in fewer shards"), (1, "whole"), (0, "by time"))}
    return run


@pytest.mark.parametrize("out", ("in shards", "in fewer shards"))
def test_shards_equal_the_whole(scale, out):
    said, is_equal = scale.compare(out, "whole")
    assert is_equal, said
    # Data of two PDUs in one segment, and of one over two.
    greetings, rounds, logins, data = 2, 5 * ROUNDS, 3, 3 * (ROUNDS - 2)
    pdus = len(MULTIPLEXERS) * (greetings + rounds + logins + data) - 1
    assert said.startswith(f"rows: {pdus} and {pdus};")


def test_a_multiplexer_is_a_shard(scale):
    assert f"read: 2, replaced: 0; shards: {len(MULTIPLEXERS)}\n" in scale.said
    rows = scale.ask("in shards", "SELECT shard, count(DISTINCT multiplexer) AS n FROM pdus "
                                  "GROUP BY shard")
    assert [row["n"] for row in rows] == ["1"] * len(MULTIPLEXERS)
    assert len(list((scale.directory / "in fewer shards" / "shards").iterdir())) == 3


def test_comparing_sees_what_a_cut_by_time_loses(scale):
    said, is_equal = scale.compare("by time", "whole")
    assert not is_equal
    assert re.search(r"response_to differs in [1-9]", said)
    assert re.match(r"rows: (\d+) and \1;", said), said


# ---- What is added ----

def test_days_one_by_one_equal_all_at_once(scale):
    """The first is replaced meanwhile; then it is removed, and the second moved."""
    (scale.directory / "added").mkdir()
    added = scale.directory / "added"
    days = [scale.directory / "days" / f"{day}.pcapng" for day in range(3)]
    shutil.copy2(scale.directory / "days" / "short", added / "0.pcapng")
    assert "read: 1, replaced: 0; shards: 2\n" in scale.dissect(64, "one by one", "added")
    shutil.copy2(days[0], added)
    shutil.copy2(days[1], added)
    assert "read: 2, replaced: 1; shards: 2\n" in scale.dissect(64, "one by one", "added")
    (added / "0.pcapng").unlink()
    (added / "below").mkdir()
    (added / "1.pcapng").rename(added / "below" / "1.pcapng")
    shutil.copy2(days[2], added)
    assert "read: 1, replaced: 0; shards: 2\n" in scale.dissect(64, "one by one", "added")
    assert "read: 3, replaced: 0; shards: 2\n" in scale.dissect(64, "at once", "days")
    tables = scale.compare_tables("one by one", "at once")
    assert all(differ == 0 for _, differ in tables.values()), tables
    assert tables["connections"][0] == 4 and tables["pdus"][0] > 600


def test_days_as_shards(scale):
    """In whatever order they come; PDUs are those of the whole, but for names of days before."""
    (scale.directory / "gap").mkdir()
    for day in (0, 2):
        shutil.copy2(scale.directory / "days" / f"{day}.pcapng", scale.directory / "gap")
    scale.dissect(1, "days out of order", "gap", options=["-d"])
    shutil.copy2(scale.directory / "days" / "1.pcapng", scale.directory / "gap")
    # The days beside it have some of it, too.
    assert "read: 1, replaced: 0; shards: 3\n" in scale.dissect(1, "days out of order", "gap",
                                                               options=["-d"])
    scale.dissect(1, "days at once", "days", options=["-d"])
    tables = scale.compare_tables("days out of order", "days at once")
    assert all(differ == 0 for _, differ in tables.values()), tables
    assert tables["connections"][0] == 12 and tables["pdus"][0] > 600
    said, _ = scale.compare("days at once", "at once")
    assert set(re.findall(r"(\w+) differs", said)) == {"session", "session_user", "session_client"}
    for answer in ("unanswered-pings", "busiest-sessions", "p99-roundtrips"):
        assert scale.answer("days at once", answer) == scale.answer("at once", answer)


def test_what_is_there_is_not_read_again(scale):
    """Without tshark nothing could be dissected, nor without captures that can be read."""
    path = scale.write_tshark("none", 'case " $* " in *" -r "*) exit 1 ;; esac\nexec "$real" "$@"\n')
    before = scale.answer("in shards", "totals")
    assert "read: 0, replaced: 0" in scale.dissect(64, "in shards", env={"PATH": path})
    assert scale.answer("in shards", "totals") == before


def test_a_scheduler_runs_the_commands(scale):
    args = ["sh", "tools/scale.sh", "-e", "none", "-p", PORTS, "captures in files", "scheduled"]
    commands = scale.call(*args).stdout.splitlines()
    assert len(commands) == len(MULTIPLEXERS)
    # One is run twice, and one not at all so far.
    for command in commands[:1] + commands[:-1]:
        assert scale.call("sh", "-c", command).returncode == 0
    assert scale.call(*args).stdout.splitlines() == commands[-1:]
    assert scale.call("sh", "-c", commands[-1]).returncode == 0
    assert "totals (1 rows)" in scale.call(*args).stdout
    said, is_equal = scale.compare("scheduled", "whole")
    assert is_equal, said


@pytest.mark.parametrize("out", ("in fewer shards", "whole", "by time"))
def test_reads_captures_by_all_their_names(scale, out):
    """What it reads is what it reads of the same captures by plain names, as the tests above
    compare: "by time" has as many rows."""
    left_out = [line.split("/names/")[1] for line in scale.said_of_names[out].splitlines()
                if "/names/" in line]
    assert left_out == ["below/notes.txt", "a day.pcap1.gz", "below/b.PCAP.gz"]


def test_where_there_is_no_capture_nothing_is_made(scale):
    done = scale.call("sh", "tools/scale.sh", "nothing", "of nothing")
    assert done.returncode == 1 and "no captures in" in done.stderr
    assert not (scale.directory / "of nothing").exists()


def test_generator(tmp_path):
    """What makes the trial's captures explains itself, and makes as many bytes as it is told."""
    generate = ROOT / "tools" / "scale" / "generate.py"
    told = subprocess.run([generate, "--help"], capture_output=True, text=True, check=True)
    assert "DIR BYTES [SEED]" in told.stdout
    subprocess.run([generate, tmp_path, "1e5"], check=True)
    written = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert 100000 <= written < 110000


def test_reported_roundtrips(scale):
    rows = scale.answer("in shards", "p99-roundtrips")
    assert {(row["multiplexer"], row["module"], row["hour_utc"], int(row["reports"]),
             float(row["max"])) for row in rows} == {
        (name, "Trader", hour, count, report_us(number, last) / 1000)
        for number, name in enumerate(NAMES)
        for hour, count, last in (("2014-06-05 07:00", 2, 1), ("2014-06-05 08:00", 6, 7))}
    assert rows[0]["multiplexer"] == NAMES[-1] and rows[0]["hour_utc"] == "2014-06-05 08:00"


def test_unanswered_pings(scale):
    number, turn = UNANSWERED
    row, = scale.answer("in shards", "unanswered-pings")
    assert (row["multiplexer"], row["module"], row["asked"]) == (NAMES[number], "Trader", "Trader")
    assert (row["pings"], row["unanswered"], row["uncertain"]) == (str(ROUNDS), "1", "0")
    assert row["open_at_end"] == "0"
    assert row["first_unanswered_utc"].startswith(f"2014-06-05 08:{turn - 2:02d}:01")


def test_a_multiplexer_that_falls_silent(scale):
    scale.dissect(7, "silent", "silence")
    row, = scale.answer("silent", "unanswered-pings")
    assert (row["multiplexer"], row["module"], row["asked"]) == (NAMES[0], "Trader", "Trader")
    assert (row["pings"], row["unanswered"], row["open_at_end"]) == ("2", "0", "1")


def test_busiest_sessions(scale):
    rows = scale.answer("in shards", "busiest-sessions")
    assert [(row["multiplexer"], row["conn_id"], row["username"], row["client"],
             int(row["data_pdus"]), int(row["data_bytes"])) for row in rows] == [
        (NAMES[number], "2001", f"USER{number}", f"194.134.5.{number}", 3 * (ROUNDS - 2),
         (ROUNDS - 2) * (2000 + 2 * (100 * number + 10)))
        for number in reversed(range(len(MULTIPLEXERS)))]


def test_all_frames_count(scale):
    rows = scale.answer("in shards", "coverage")
    assert [row["multiplexer"] for row in rows] == NAMES
    assert {(row["connections"], row["gaps"]) for row in rows} == {("2", "0")}
    # Two data PDUs share a frame.
    assert all(int(row["pdus"]) - int(row["frames"]) == ROUNDS - 2 for row in rows)


def test_frames_have_lists(scale):
    row, = scale.ask("in shards", "SELECT any_value(sender) AS sender, "
                                  "any_value(len(keyword)) AS keywords FROM frames "
                                  "WHERE len(receiver) = 2 GROUP BY ALL")
    assert (row["sender"], row["keywords"]) == (f"[{t.TRADER}, {t.TRADER}]", "0")


def test_verdicts_are_a_table(scale):
    rows = scale.ask("in shards", "SELECT multiplexer, count(*) AS n FROM health "
                                  "WHERE verdict = 'ping-unanswered' AND last >= '2014-06-01' "
                                  "GROUP BY multiplexer")
    assert [tuple(row.values()) for row in rows] == [(NAMES[UNANSWERED[0]], "1")]
    row, = scale.ask("in shards", "SELECT sum(modules_pings) AS pings FROM health")
    assert float(row["pings"]) == len(MULTIPLEXERS) * ROUNDS


def test_incidents_are_a_table(scale):
    """Each incident is that of the connections which cite it, in its shard."""
    rows = scale.ask("in shards", "SELECT h.multiplexer, i.verdict, i.connections, i.of, "
                                  "i.incident = h.incident AS cited FROM incidents i "
                                  "JOIN health h ON h.shard = i.shard AND h.incident = i.incident")
    assert [tuple(row.values()) for row in rows] == [
        (NAMES[UNANSWERED[0]], "ping-unanswered", "1.0", "2.0", "true")]
    row, = scale.ask("in shards", "SELECT count(*) AS n FROM incidents")
    assert row["n"] == "1"
    assert (scale.directory / "in shards" / "incidents.parquet").is_file()


def test_pandas_opens_the_tables(scale):
    pandas = pytest.importorskip("pandas")
    if not any(map(importlib.util.find_spec, ("pyarrow", "fastparquet"))):
        pytest.skip("pandas needs pyarrow or fastparquet, which Debian 12 and 13 do not have")
    pdus = pandas.read_parquet(scale.directory / "in shards" / "pdus")
    pings = pdus[pdus.keyword == "Ping"].groupby("multiplexer").size()
    assert pings.to_dict() == {name: 2 * ROUNDS for name in NAMES}


# ---- What reads captures ----

# Wireshark alone reads snoop; without Ethernet there are no VLANs.
@pytest.mark.parametrize("kinds, link", ((("pcap", "snoop"), "ether"),
                                         (("nsecpcap", "nsecpcap"), "rawip")))
def test_reads_captures_of_all_kinds(scale, kinds, link):
    name = f"kind {' '.join(kinds)} {link}"
    (scale.directory / name).mkdir()
    for part, kind in zip(("first", "second"), kinds):
        source = scale.directory / "captures in files" / f"{part}.pcapng"
        target = scale.directory / name / f"{part}.cap"
        cut = []
        if link == "rawip":
            subprocess.run(["tshark", "-r", source, "-Y", "!vlan", "-w", f"{target}.whole"],
                           check=True, capture_output=True)
            source, cut = f"{target}.whole", ["-C", "14", "-L", "-T", "rawip"]
        subprocess.run(["editcap", "-F", kind, *cut, source, target], check=True)
    scale.dissect(64, f"of {name}", name)
    if link == "ether":
        said, is_equal = scale.compare(f"of {name}", "whole")
        assert is_equal, said
    rows = scale.answer(f"of {name}", "coverage")
    assert [row["multiplexer"] for row in rows] == [
        name for name, site in zip(NAMES, MULTIPLEXERS) if link == "ether" or "vlan" not in site]


def test_captures_that_overlap_are_put_in_order(scale):
    """As of several taps: every third frame is in another file."""
    (scale.directory / "taps").mkdir()
    for tap in range(3):
        capture = t.Capture()
        for number in range(len(MULTIPLEXERS)):
            play(capture, number)
        capture.frames = sorted(capture.frames, key=lambda frame: frame[0])[tap::3]
        capture.write(scale.directory / "taps" / f"{tap}.pcapng")
    scale.dissect(64, "of taps", "taps")
    said, is_equal = scale.compare("of taps", "whole")
    assert is_equal, said


def test_a_capture_that_ends_in_a_frame_is_taken_up_to_there(scale):
    (scale.directory / "cut off").mkdir()
    for part in ("first", "second"):
        whole = (scale.directory / "captures in files" / f"{part}.pcapng").read_bytes()
        (scale.directory / "cut off" / f"{part}.pcapng").write_bytes(whole[:-7])
    said = scale.dissect(64, "of cut off", "cut off")
    assert said.count("ends inside a frame") == 2
    row, = scale.answer("of cut off", "totals")
    whole, = scale.answer("whole", "totals")
    assert int(row["pdus"]) == int(whole["pdus"]) - 3


# ---- What dies ----

def count_lines(path):
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_a_second_call_goes_on(scale):
    """The first is killed when some shards are done and one is in work."""
    counted = 'case " $* " in *" -r "*) echo >>"$here/count" ;; *) exec "$real" "$@" ;; esac\n'
    path = scale.write_tshark("stuck", counted + """
[ "$(wc -l <"$here/count")" -lt 3 ] || exec sleep 20
exec "$real" "$@"
""")
    args = ["sh", "tools/scale.sh", "-p", PORTS, "captures in files", "killed"]
    rows = scale.directory / "killed" / "rows"
    with subprocess.Popen([*scale.user, *args], env={**scale.env, "PATH": path},
                          cwd=scale.directory, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, start_new_session=True) as first:
        for _ in range(600):
            if len(list(rows.glob("*.rows"))) == 2:
                break
            time.sleep(0.1)
        os.killpg(first.pid, signal.SIGKILL)
    path = scale.write_tshark("goes on", counted + 'exec "$real" "$@"\n')
    done = scale.call(*args, env={"PATH": path})
    assert done.returncode == 0, done.stderr
    assert count_lines(scale.directory / "goes on" / "count") == len(MULTIPLEXERS) - 2
    said, is_equal = scale.compare("killed", "whole")
    assert is_equal, said
    # A third has nothing left to dissect.
    assert scale.call(*args, env={"PATH": path}).returncode == 0
    assert count_lines(scale.directory / "goes on" / "count") == len(MULTIPLEXERS) - 2


def test_a_tshark_that_dies_is_run_again(scale):
    """Half of the rows are there, and nobody says that there were to be more."""
    path = scale.write_tshark("dies once", """
case " $* " in *" -r "*) ;; *) exec "$real" "$@" ;; esac
mkdir "$here/died" 2>/dev/null || exec "$real" "$@"
"$real" "$@" 3>"$here/half"
head -n 20 "$here/half" >&3
""")
    scale.dissect(64, "died once", env={"PATH": path})
    assert (scale.directory / "dies once" / "died").exists()
    said, is_equal = scale.compare("died once", "whole")
    assert is_equal, said


def test_what_is_there_is_not_mixed_with_others(scale):
    for args in (("2107", "captures in files"), (PORTS, "silence")):
        done = scale.call("sh", "tools/scale.sh", "-s", "64", "-p", *args, "in shards")
        assert done.returncode == 1 and "of another directory or options" in done.stderr


def test_one_run_at_a_time(scale):
    """A second one leaves the first alone; that of a killed one may begin."""
    path = scale.write_tshark("waits", """
case " $* " in *" -r "*) touch "$here/at work"; exec sleep 20 ;; esac
exec "$real" "$@"
""")
    args = ["sh", "tools/scale.sh", "-p", PORTS, "captures in files", "locked"]
    with subprocess.Popen([*scale.user, *args], env={**scale.env, "PATH": path},
                          cwd=scale.directory, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, start_new_session=True) as first:
        for _ in range(600):
            if (scale.directory / "waits" / "at work").exists():
                break
            time.sleep(0.1)
        second = scale.call(*args)
        os.killpg(first.pid, signal.SIGKILL)
    assert second.returncode == 1
    assert second.stderr.endswith("scale.sh: another run is at work in "
                                  f"{scale.directory}/locked.\n")
    done = scale.call(*args)
    assert done.returncode == 0, done.stderr
    said, is_equal = scale.compare("locked", "whole")
    assert is_equal, said


def test_a_newline_in_a_name(scale):
    """Such a file is left out, by name; such a directory is refused."""
    directory = scale.directory / "lines"
    shutil.copytree(scale.directory / "captures in files", directory)
    (directory / "one\nmore.pcap").write_bytes(b"")
    (directory / "be\nlow").mkdir()
    (directory / "be\nlow" / "more.pcap").write_bytes(b"")
    said = scale.dissect(64, "of lines", "lines")
    assert 'for a newline in their names, here "?":\n' in said
    assert f"\n{directory}/be?low\n" in said and f"\n{directory}/one?more.pcap\n" in said
    said, is_equal = scale.compare("of lines", "whole")
    assert is_equal, said
    for args in (("lines/be\nlow", "x"), ("lines", "x\ny")):
        done = scale.call("sh", "tools/scale.sh", *args)
        assert (done.returncode, done.stderr) == (
            1, "scale.sh: the name of a directory has a newline.\n")


def test_cut_leaves_nothing_where_it_fails(tmp_path):
    """A capture that is packed and damaged,: it is left out, by name."""
    if not shutil.which("node") or not shutil.which("editcap"):
        pytest.skip("needs node and editcap")
    for name in ("temporary", "shards"):
        (tmp_path / name).mkdir()
    (tmp_path / "bad.pcap.gz").write_bytes(b"no capture" * 10)
    done = subprocess.run(["node", ROOT / "tools/scale/cut.js", "4", PORTS, tmp_path / "shards"],
                          input=f"{tmp_path}/bad.pcap.gz\n", text=True, capture_output=True,
                          env={**os.environ, "TMPDIR": str(tmp_path / "temporary")}, timeout=60,
                          check=False)
    assert done.returncode == 0
    assert f"Left out, nothing can be read of it: {tmp_path}/bad.pcap.gz" in done.stderr
    assert not list((tmp_path / "temporary").iterdir())
    assert not list((tmp_path / "shards" / "shards").iterdir())
    assert not (tmp_path / "shards" / "cutting").exists()
    assert (tmp_path / "shards" / "captures").read_text(encoding="utf-8") == ""


def test_progress_is_shown_on_a_terminal(scale):
    ours, theirs = pty.openpty()
    with subprocess.Popen([*scale.user, "sh", "tools/scale.sh", "-p", PORTS, "captures in files",
                           "shown"], env={**scale.env, "TERM": "vt100"}, cwd=scale.directory,
                          stdout=subprocess.DEVNULL, stderr=theirs) as run:
        os.close(theirs)
        shown = b""
        try:
            while more := os.read(ours, 4096):
                shown += more
        except OSError:  # the other end is closed
            pass
        assert run.wait() == 0
    os.close(ours)
    assert re.search(rb"100%.*=", shown), shown


# Half of the rows, and then neither this session's sshd is there nor the one that listens; nor is
# Dask's worker.
DYING = """
case " $* " in *" -r "*) ;; *) exec "$real" "$@" ;; esac
"$real" "$@" 3>"$here/half"
head -n 20 "$here/half" >&3
echo >>"$here/died"
listens=$(cat "$here/../ssh/dying.pid" 2>/dev/null)
pid=$$
all=$listens
while [ "$pid" -gt 1 ]; do
    name="$(cat "/proc/$pid/comm") $(tr '\\0' ' ' <"/proc/$pid/cmdline")"
    above=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
    case $name in sshd* | *distributed.cli.dask_worker*) all="$all $pid" ;; esac
    [ "$pid" != "$listens" ] || break
    pid=$above
done
# At once, for parallel ends what a dead sshd leaves behind.
kill -9 $all
"""


def find_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Hosts:
    """Hosts that are sshds on loopback, of the user that runs scale.sh."""

    def __init__(self, scale):
        self.scale = scale
        self.directory = scale.directory / "ssh"
        self.directory.mkdir()
        if os.geteuid() == 0:
            os.chown(self.directory, NOBODY, NOBODY)
        self._call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.directory / "user")
        self.config = ""
        self.env = {"PARALLEL_SSH": f"ssh -F {self.directory / 'config'}"}
        # Root's tests' user has no login: it gets one in a namespace of its own.
        self.before = []
        if os.geteuid() == 0:
            user = pwd.getpwuid(NOBODY)
            for name, line in (
                    ("passwd", f"{user.pw_name}:x:{NOBODY}:{user.pw_gid}::{scale.env['HOME']}:/bin/sh"),
                    ("shadow", f"{user.pw_name}:NP:20000:0:99999:7:::")):
                (self.directory / name).write_text(line + "\n")
                self.before += ["unshare", "-m", "sh", "-c",
                                f"mount --bind '{self.directory}/{name}' /etc/{name} && "
                                'exec "$@"', "sh"]

    def _call(self, *args):
        subprocess.run([*self.scale.user, *args], check=True, env=self.scale.env)

    def add(self, name, path=None):
        """Adds a host whose PATH is this one; None: where nobody listens."""
        port = find_port()
        self.config += f"""
Host {name}
    HostName 127.0.0.1
    Port {port}
    IdentityFile {self.directory}/user
    IdentitiesOnly yes
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    LogLevel ERROR
"""
        (self.directory / "config").write_text(self.config)
        if not path:
            return
        self._call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.directory / name)
        (self.directory / f"sshd-{name}").write_text(f"""
ListenAddress 127.0.0.1
Port {port}
HostKey {self.directory}/{name}
PidFile {self.directory}/{name}.pid
AuthorizedKeysFile {self.directory}/user.pub
StrictModes no
UsePAM no
SetEnv "PATH={path}" "WIRESHARK_PLUGIN_DIR={self.scale.env['WIRESHARK_PLUGIN_DIR']}"
""")

    def run(self, *args):
        """Runs scale.sh while the hosts are up."""
        names = [path.name[5:] for path in self.directory.glob("sshd-*")]
        script = "".join(f"/usr/sbin/sshd -f ssh/sshd-{name}\n" for name in names) + """
sh tools/scale.sh "$@"
status=$?
""" + "".join(f"[ ! -e ssh/{name}.pid ] || kill $(cat ssh/{name}.pid) 2>/dev/null\n"
              for name in names) + "exit $status"
        return subprocess.run([*self.before, *self.scale.user, "sh", "-c", script, "sh", *args],
                              env={**self.scale.env, **self.env}, cwd=self.scale.directory,
                              text=True, capture_output=True, timeout=180, check=False)


@pytest.fixture(scope="module")
def hosts(scale):
    missing = [tool for tool in ("/usr/sbin/sshd", "ssh", "rsync", "unshare")
               if not shutil.which(tool)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    hosts = Hosts(scale)
    if hosts.before and subprocess.run([*hosts.before, "true"], check=False,
                                       capture_output=True).returncode:
        pytest.skip("this root may not mount")
    hosts.add("good", scale.env["PATH"])
    hosts.add("dying", scale.write_tshark("dying", DYING))
    hosts.add("gone")
    return hosts


@pytest.fixture
def workers(scale):
    """Starts a Dask scheduler and a worker for each PATH. Returns the scheduler's address, and the
    workers."""
    if subprocess.run(["/usr/bin/python3", "-c", "import distributed"], check=False,
                      capture_output=True).returncode:
        pytest.skip("not installed: python3-distributed")
    address = f"tcp://127.0.0.1:{find_port()}"
    programs = []

    def start(path, *args):
        programs.append(subprocess.Popen(
            [*scale.user, "/usr/bin/python3", "-m", *args], env={**scale.env, "PATH": path},
            cwd=scale.directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
        # It says so when others may count on it.
        for line in programs[-1].stderr:
            if re.search("Scheduler at|Registered to", line):
                return
        pytest.fail(f"{args[0]} did not start")

    def start_all(*paths):
        start(scale.env["PATH"], "distributed.cli.dask_scheduler", "--host", address, "--no-dashboard")
        for number, path in enumerate(paths):
            start(path, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny",
                  "--no-dashboard", "--local-directory", f"worker {number}")
        return address, programs[1:]

    yield start_all
    for program in reversed(programs):
        program.terminate()
        program.communicate()


def test_a_host_that_dies_loses_nothing(scale, hosts):
    """Of three hosts one cannot be reached, and one dies when half of a shard's rows are there."""
    done = hosts.run("-p", PORTS, "captures in files", "survived", "1/good", "1/dying", "1/gone")
    check_survival(scale, done, "survived")
    with open(scale.directory / "survived" / "dissect.log", newline="") as file:
        hosts_of = {row["Host"] for row in csv.DictReader(file, delimiter="\t")
                    if row["Exitval"] == "0"}
    assert hosts_of == {"good"}


def test_a_worker_of_dask_that_dies_loses_nothing(scale, workers):
    """Of two workers one dies, likewise."""
    address, (dying, _) = workers(scale.write_tshark("dying", DYING), scale.env["PATH"])
    done = scale.call("sh", "tools/scale.sh", "-e", "dask", "-p", PORTS, "captures in files",
                      "worker died", address)
    check_survival(scale, done, "worker died")
    assert dying.wait(timeout=10) == -signal.SIGKILL


def check_survival(scale, done, out):
    """One host died, and all is as if it had not. Forgets that."""
    assert done.returncode == 0, done.stdout + done.stderr
    died = scale.directory / "dying" / "died"
    assert count_lines(died) > 0, done.stderr
    died.unlink()
    said, is_equal = scale.compare(out, "whole")
    assert is_equal, said
    for answer in ("totals", "unanswered-pings", "busiest-sessions"):
        assert scale.answer(out, answer) == scale.answer("in shards", answer)


def test_where_all_hosts_die_the_next_call_goes_on(scale, hosts):
    done = hosts.run("-p", PORTS, "captures in files", "all died", "1/dying")
    assert done.returncode == 1 and "goes on with these" in done.stderr
    scale.dissect(256, "all died")
    said, is_equal = scale.compare("all died", "whole")
    assert is_equal, said
