# test_profile.py
# Does the profile TRADE load without a complaint, and show what it promises?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import csv
import random
import re
import shutil
import xml.etree.ElementTree as ET

import pytest

from conftest import ROOT
from trade_pdus import Capture, Conversation, greeting, ping, status

PROFILE = ROOT / "profile" / "TRADE"
CAPTURES = sorted(path.stem for path in (ROOT / "captures").glob("*.pcapng"))


@pytest.fixture(scope="module", name="profile")
def fixture_profile(tshark):
    """tshark's user has the profile, as tools/run.sh installs it."""
    profiles = tshark.directory / "home" / "wireshark" / "profiles"
    shutil.copytree(PROFILE, profiles / "TRADE", dirs_exist_ok=True)
    for path in (profiles.parent, *profiles.parent.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    yield
    shutil.rmtree(profiles / "TRADE")


@pytest.fixture(name="columns")
def fixture_columns(tshark, captures, profile):
    """Returns a capture's columns by the profile: a dictionary for each frame."""
    def get_columns(name, *options):
        psml = ET.fromstring(tshark.run("-C", "TRADE", "-T", "psml", "-r", captures[name], *options))
        titles = [cell.text for cell in psml.find("structure")]
        assert titles == [title for title, _ in read_columns()]
        return [dict(zip(titles, (cell.text or "" for cell in packet)))
                for packet in psml.iter("packet")]
    return get_columns


def read_columns():
    """Returns the titles of the profile's columns, each with what it shows."""
    text = (PROFILE / "preferences").read_text()
    block = re.search(r"gui\.column\.format: *\n((?:\t.*\n)*)", text).group(1)
    return re.findall(r'"([^"]*)", "([^"]*)"', block)


def read_filters():
    """Returns all display filters of the profile, with where they are from."""
    for line in (PROFILE / "colorfilters").read_text().splitlines():
        if line.startswith("@"):
            yield "colorfilters", line.split("@")[2]
    for name, column in (("dfilter_buttons", 2), ("io_graphs", 2)):
        lines = (PROFILE / name).read_text().splitlines()
        for row in csv.reader(line for line in lines if not line.startswith("#")):
            yield name, row[column].replace("\\x22", '"')


@pytest.mark.parametrize("name", CAPTURES)
def test_says_nothing(tshark, captures, profile, name):
    """No file of the profile makes tshark complain."""
    done = tshark._call(["-C", "TRADE", "--color", "-r", str(captures[name])])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_filters(tshark, captures, profile):
    """Each filter of a colour, button or graph is one that Wireshark takes without a warning."""
    for place, text in read_filters():
        done = tshark._call(["-r", str(captures["talk"]), "-Y", text])
        assert (done.returncode, done.stderr) == (0, ""), f"{place}: {text}"


def test_fields(tshark):
    """Each field of a column or graph is one that there is."""
    known = {line.split("\t")[2] for line in tshark.run("-G", "fields").splitlines()
             if line.startswith("F\t")}
    asked = {what.split(":")[1] for _, what in read_columns() if what.startswith("%Cus")}
    for line in (PROFILE / "io_graphs").read_text().splitlines():
        if not line.startswith("#"):
            asked.add(next(csv.reader([line]))[6])
    assert {"trade.rtt_wire", "tcp.window_size"} <= asked
    assert asked - {""} <= known


def test_columns_of_a_report(columns):
    """The report of 188.409 ms says how much of it was on the wire."""
    report = columns("keepalive", "-Y", "trade.rtt_time == 188.409")[0]
    assert report["Module"] == "Multiplexer"
    assert report["Keyword"] == "Roundtrip for Module"
    assert report["RTT (ms)"] == "188.409"
    assert report["On wire"] == "0.672"
    assert report["Off wire"] == "187.737"
    assert report["Info"].startswith("Multiplexer -> Control, Roundtrip for Module Trader")


def test_columns_of_an_answer(columns):
    answers = columns("keepalive", "-Y", "trade.response_time")
    assert answers
    for answer in answers:
        assert float(answer["Response"]) > 0
        assert answer["Keyword"] in ("Pong", "Roundtrip")


def test_column_of_sessions(columns):
    """A client's data has the number of its session, two clients have two."""
    frames = columns("sessions", "-Y", "trade.receiver < 65535")
    assert {frame["Session"] for frame in frames} == {"0", "1"}


def test_column_of_modules(columns):
    """It has the name that a greeting taught, and the id where none is known."""
    modules = {frame["No."]: frame["Module"] for frame in columns("greetings", "-Y", "trade")}
    assert modules["22"] == "Unknown (200)"
    assert modules["29"] == "JackhammerUpdate"
    given = columns("greetings", "-Y", "trade", "-o", 'uat:trade_modules:"200","Zapper"')
    assert {frame["Module"] for frame in given} >= {"Zapper"}
    assert "JackhammerUpdate" not in {frame["Module"] for frame in given}
    assert all(frame["Module"] for frame in given)


def get_colours(tshark, capture):
    """Returns the names of the colour rules, by frame."""
    rows = tshark.values(capture, "frame.number", "frame.coloring_rule.name",
                         options=("-C", "TRADE", "--color"))
    return {int(number): name for number, name in rows}


def numbers(tshark, capture, display_filter):
    return {int(number) for number, in tshark.values(
        capture, "frame.number", options=("-C", "TRADE", "-Y", display_filter))}


@pytest.mark.parametrize("rule, display_filter", [
    ("TCP: bad news", "tcp.flags.reset == 1"),
    ("TCP: bad news", "tcp.stream == 11 && tcp.analysis.zero_window && !trade.ping.missing"),
    ("TRADE: bad news", "trade.ping.missing"),
    ("TRADE: slow", "trade.roundtrip.slow"),
    ("TRADE: keepalive", 'tcp.stream == 0 && trade.keyword == "Ping"'),
    ("TRADE: connections of modules and clients",
     'tcp.stream == 10 && trade.keyword == "New Connection"'),
])
def test_colours(tshark, captures, profile, rule, display_filter):
    """In the incident, what is bad, slow or neither is coloured so."""
    colours = get_colours(tshark, captures["incident"])
    frames = numbers(tshark, captures["incident"], display_filter)
    assert frames
    assert {colours[number] for number in frames} == {rule}


def test_what_is_slow_is_the_preference(tshark, captures, profile):
    """For the colour and for the button, too: the slowest answer took 1044.219 ms."""
    lines = (PROFILE / "dfilter_buttons").read_text().splitlines()
    button, = (row[2] for row in csv.reader(lines) if row[1:2] == ["Slow"])
    slow = numbers(tshark, captures["incident"], "trade.response_time > 0.1")
    assert slow
    for limit, found in ((100, slow), (2000, set())):
        options = ("-C", "TRADE", "-o", f"trade.slow:{limit}", "--color")
        rows = tshark.values(captures["incident"], "frame.number", "frame.coloring_rule.name",
                             options=options)
        orange = {int(number) for number, name in rows if name == "TRADE: slow"}
        shown = {int(number) for number, in tshark.values(
            captures["incident"], "frame.number", options=(*options[:-1], "-Y", button))}
        assert (orange & slow, shown & slow) == (found, found)


def test_colour_of_faults(tshark, captures, profile):
    colours = get_colours(tshark, captures["faults"])
    for number in numbers(tshark, captures["faults"],
                          "trade.length.invalid || trade.gap || trade.keyword.missing"):
        assert colours[number] == "TRADE: bad news"


def count_keywords(tshark, path, *options):
    """Returns how many control PDUs tshark finds."""
    values = tshark.run("-r", path, *options, "-T", "fields", "-e", "trade.keyword")
    return len(values.replace(",", "\n").split())


def make_traffic(seed, lost):
    """Modules that report themselves, in segments that cut PDUs; a share of the segments is
    lost."""
    capture, rng = Capture(), random.Random(seed)
    for port in range(1170, 1176):
        talk = Conversation(capture, port).handshake().module(greeting(12, "Trader"))
        for _ in range(20):
            sent = b"".join(status(12, "x" * rng.randrange(40)) for _ in range(50))
            for start in range(0, len(sent), 500):
                piece = sent[start:start + 500]
                if rng.random() < lost:
                    talk.skip("module", len(piece))
                else:
                    talk.module(piece)
    return capture


@pytest.mark.parametrize("lost", (0, 0.02, 0.05))
def test_nothing_is_hidden_by_it(tshark, profile, lost):
    """Of a capture that lacks segments, the profile shows what tshark shows without it."""
    path = tshark.save(make_traffic(1, lost))
    found = count_keywords(tshark, path)
    assert found > 5000
    assert count_keywords(tshark, path, "-C", "TRADE") >= found * 0.99


def test_late_segments_are_shown(tshark, profile):
    """A PDU that a segment out of order makes whole is shown."""
    capture = Capture()
    talk = Conversation(capture).handshake().module(ping(12) + status(12, "Running")[:8])
    rest = status(12, "Running")[8:]
    talk.skip("module", len(rest)).module(ping(12))
    talk.module(rest, seq=talk.ends["module"].isn + 1 + 18)
    path = tshark.save(capture)
    shown = ("-r", path, "-T", "fields", "-e", "trade.status", "-Y", "trade.status")
    assert tshark.run("-C", "TRADE", *shown) == "Running\n"


def test_wireshark_switches_to_it():
    """From Wireshark 4.4 on, a capture with TRADE in it opens in the profile."""
    lines = (PROFILE / "profile_settings").read_text().splitlines()
    assert "auto_switch_filter: trade" in lines
