# test_scale.py
# Does tools/scale.sh find in shards what one tshark finds in the whole capture, and
# are its answers right? A small capture, on this machine alone.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import csv
import gzip
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import trade_pdus as t
from conftest import NOBODY, ROOT

PORTS = "2107,2108"
TOOLS = ("parallel", "tcpdump", "mergecap", "node", "npm")
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
                           ("names", make_names), ("nothing", lambda directory: None)):
            (self.directory / name).mkdir()
            make(self.directory / name)
        home = tshark.directory / "home"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home),
                    "WIRESHARK_PLUGIN_DIR": str(tshark.directory / "plugins"),
                    "DUCKDB": str(self.directory / "duckdb"), "LC_ALL": "C.UTF-8"}
        subprocess.run(["chmod", "-R", "a+rX", self.directory], check=True)
        self.user = []
        if os.geteuid() == 0:
            os.chown(self.directory, NOBODY, NOBODY)
            self.user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]

    def call(self, *args):
        return subprocess.run([*self.user, *args], env=self.env, cwd=self.directory, text=True,
                              capture_output=True, timeout=120, check=False)

    def dissect(self, shards, out, captures="captures in files"):
        done = self.call("sh", "tools/scale.sh", "-s", str(shards), "-p", PORTS,
                         captures, out)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stderr

    def compare(self, one, other):
        """Returns what is said of two runs' rows, and whether they are equal."""
        done = self.call("node", "tools/scale/duck.js", "equal", one, other)
        assert done.stdout.startswith("rows: "), done.stdout + done.stderr
        return done.stdout, done.returncode == 0

    def answer(self, out, question):
        with open(self.directory / out / "answers" / f"{question}.csv", newline="") as file:
            return list(csv.DictReader(file))


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
    run.said = run.dissect(7, "in shards")
    run.dissect(1, "whole")
    run.dissect(0, "by time")
    return run


def test_shards_equal_the_whole(scale):
    shards = int(re.search(r"merged: (\d+) shards", scale.said).group(1))
    assert 1 < shards <= len(MULTIPLEXERS)
    said, is_equal = scale.compare("in shards", "whole")
    assert is_equal, said
    greetings, rounds, logins, data = 2, 5 * ROUNDS, 3, 3 * (ROUNDS - 2)
    frames = len(MULTIPLEXERS) * (greetings + rounds + logins + data)
    # The first segment of a PDU that spans two has no field of its own.
    frames -= len(MULTIPLEXERS) * (ROUNDS - 2) + 1
    assert said.startswith(f"rows: {frames} and {frames};")


def test_comparing_sees_what_a_cut_by_time_loses(scale):
    said, is_equal = scale.compare("by time", "whole")
    assert not is_equal
    assert re.search(r"response_to differs in [1-9]", said)


@pytest.mark.parametrize("shards, same", ((7, "whole"), (1, "whole"), (0, "by time")))
def test_reads_captures_by_all_their_names(scale, shards, same):
    said = scale.dissect(shards, f"names {shards}", "names")
    left_out = [line.split("/names/")[1] for line in said.splitlines() if "/names/" in line]
    assert left_out == ["below/notes.txt", "a day.pcap1.gz", "below/b.PCAP.gz"]
    said, is_equal = scale.compare(f"names {shards}", same)
    assert is_equal, said


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
    assert {(row["connections"], row["not_aligned"], row["reports_not_aligned"], row["gaps"])
            for row in rows} == {("2", "0", "0", "0")}
