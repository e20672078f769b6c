# test_report_outputs.py
# What trade-report writes beside the page: the capture with comments, and plain text. And does
# it say in one line what is wrong with its options, before it reads anything?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import shutil
import subprocess

import pytest

from test_report import GOOD, HOSTILE, make_hostile, read_health
from test_report import fixture_logs, fixture_report  # noqa: F401
from test_report_files import CALLED, fixture_desk, is_one_line  # noqa: F401
from trade_pdus import TRADER, Capture, Conversation, ping, wall_time

START, SECOND = wall_time("10:00:00.000000"), 1_000_000


def read_frames(path, *fields):
    """Returns the fields of all frames, as a tshark without the plugin reads them."""
    options = [part for field in fields for part in ("-e", field)]
    done = subprocess.run(["tshark", "-r", path, "-T", "fields", *options], check=True, text=True,
                          capture_output=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def read_comments(path):
    return {int(frame): text for frame, text in read_frames(path, "frame.number", "frame.comment")
            if text}


# ---- The capture with comments ----


@pytest.fixture(scope="module", name="written")
def fixture_written(report, captures, logs):
    """The incident with comments, and as text, by one run."""
    paths = report.directory / "annotated.pcapng", report.directory / "incident.txt"
    report.write(captures["incident"], *logs, "--annotate", paths[0], "--text", paths[1],
                 timezone="Europe/Amsterdam")
    return paths


def test_comments_on_the_incident(written, captures):
    """On the frames of its findings; what was there is there still."""
    path, _ = written
    what = ("frame.number", "frame.time_epoch", "frame.len", "tcp.payload", "tcp.checksum")
    assert read_frames(path, *what) == read_frames(captures["incident"], *what)
    said = read_comments(path)
    assert {497, 679, 680, 691, 1192} <= set(said) and len(said) < 20
    assert "TRADE: Last Ping of Trader before a gap of 134.184 s" in said[497]
    assert "TRADE: Window of Multiplexer is zero for 115.277 s" in said[679]
    assert "TRADE: Trader: peer-not-reading, multiplexer: " in said[679]
    assert "TRADE: Trader reset the connection (RST)." in said[1192]
    assert "Terminating connection" in said[1192]


def test_comments_beside_others(report, captures):
    """Of several files that are read as one, too: a frame keeps the comment that it has."""
    halves = [report.directory / name for name in ("first.pcapng", "second.pcapng")]
    for half, frames in zip(halves, ("1-600", "601-2000")):
        subprocess.run(["editcap", "-r", "-a", "497:Here it stops", captures["incident"], half,
                        frames], check=True, capture_output=True)
    path = report.directory / "annotated2.pcapng"
    report.write(*halves, "--same-point", "--annotate", path)
    said = read_comments(path)
    assert "Here it stops" in said[497] and "TRADE: Last Ping of Trader" in said[497]
    assert len(read_frames(path, "frame.number")) == len(
        read_frames(captures["incident"], "frame.number"))


def test_a_good_capture_gets_no_comment(report, captures):
    path = report.directory / "annotated3.pcapng"
    report.write(captures["keepalive"], "--annotate", path)
    assert read_comments(path) == {}


# ---- As text ----


def test_text_says_what_the_page_says(tshark, written, captures):
    _, path = written
    text = path.read_text(encoding="utf-8")
    said = " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80
    (bad,) = (dict(row) for row in read_health(tshark, captures["incident"], "Europe/Amsterdam")
              if dict(row)["Verdict"] not in GOOD)
    assert bad["Details"] in said and "Trader: peer-not-reading" in text
    assert tshark.table(captures["incident"], "trade,incidents")[0][9].split()[-1] in said
    assert "1 of 12 connections in a bad state" in said and "local, UTC+02:00" in said
    assert "frame 679: Window of Multiplexer is zero for 115.277 s" in said
    assert "11 of 12 connections: nothing wrong." in said
    assert "The handshake of Trader was not captured" in said


def test_text_of_several_points(report, captures):
    path = report.directory / "points.txt"
    report.write(captures["lost-at-module"], captures["lost-at-multiplexer"], "--text", path)
    said = " ".join(path.read_text(encoding="utf-8").split())
    assert "what went wrong between lost-at-module.pcapng, lost-at-multiplexer.pcapng" in said
    assert "not-delivered, network" in said


def test_text_of_hostile_names(report, tshark):
    """What a terminal would obey is not in it."""
    path = report.directory / "hostile.txt"
    report.write(tshark.save(make_hostile()), "--text", path)
    text = path.read_text(encoding="utf-8")
    assert all(c.isprintable() or c == "\n" for c in text)
    assert " ".join(HOSTILE[0].split()) in " ".join(text.split())


# ---- What is aggregated ----


def make_bursts(count):
    """Ten Pings at once, each 30 s, without a Pong."""
    capture = Capture()
    conversation, at = Conversation(capture, 4000), START
    for number in range(count):
        at += 100 if number % 10 else 30 * SECOND
        conversation.module(ping(TRADER), at=at)
    return capture


def test_many_missing_pings_share_marks(report, tshark):
    """By its usual 100 µs, 30 s without a Ping are 300 000: of these the page counts 500 a gap,
    and has a mark for several."""
    page = report.make(tshark.save(make_bursts(1000)))
    (story,) = page.data["stories"]
    seen, due = next(lane for lane in story["lanes"] if lane["label"] == "Pings of Trader")["groups"]
    assert (len(seen["t"]), seen["each"]) == (1000, 1)
    assert due["each"] == 3 and 3 * (len(due["t"]) - 1) < 99 * 500 <= 3 * len(due["t"])
    assert len(page.source) < 1_500_000


# ---- Wrong options ----


@pytest.mark.parametrize("args, status, said", (
    (("--write", "b.pcapng"), 1, "--write takes captures of several points"),
    (("--annotate", "b.pcapng", "--anonymise"), 1, "--annotate writes frames as they are"),
    (("--points",), 1, "--points takes two captures or more that differ"),
    (("--json", "x", "--text", "./x"), 1, "--json and --text both write ./x: name another file"),
    (("-o", "-", "--text", "-"), 1, "--output and --text both write -: name another file"),
    (("--annotate", "a.pcapng"), 1, "a.pcapng is read for the report: name another file"),
    (("--annotate", "no/b.pcapng"), 1, "no/b.pcapng cannot be written: No such file"),
    (("--log", "none.log"), 1, "none.log cannot be read: it is no file"),
    (("--drawn", "x"), 2, "argument --drawn: x is no number from 0"),
    (("--stream",), 2, "argument --stream: expected one argument"),
    (("--set", "trade.interval=60"), 2, "trade.interval=60 is not NAME:VALUE"),
    (("--points", "--same-point"), 2, "not allowed with argument --points"),
    (("--no-such",), 2, "unrecognized arguments: --no-such"),
), ids=lambda value: value if isinstance(value, str) else None)
def test_wrong_options(desk, args, status, said):
    """One line, before tshark is started."""
    desk.put_tshark(CALLED)
    got, out, told = desk.ask("a.pcapng", *args)
    assert (got, out) == (status, "") and is_one_line(told) and said in told
    assert not (desk.home / "called").exists()
    assert desk.list_files() == ["a.pcapng"]


@pytest.mark.parametrize("args, said", (
    (("--set", "no.such:1"), 'unknown preference'),
    (("--set", "trade.interval:abc"), 'trade.interval:abc'),
    (("--decode-as", "tcp.port==9999,nothing"), 'Unknown protocol -- "nothing"'),
))
def test_options_that_tshark_does_not_take(desk, args, said):
    """Before it is given the capture, which is not one here."""
    shutil.copy(desk.desk / "a.pcapng", desk.desk / "b.pcapng")
    (desk.desk / "b.pcapng").write_text("no capture", encoding="ascii")
    desk.own()
    status, _, told = desk.ask("b.pcapng", *args)
    assert status == 1 and is_one_line(told) and said in told and "--set" in told


def test_options_that_tshark_takes(desk):
    assert desk.ask("a.pcapng", "--set", "trade.interval:60", "--decode-as",
                    "tcp.port==9999,trade", "-o", "-")[0] == 0
