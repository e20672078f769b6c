# test_profile.py
# Does the profile TRADE load without a complaint, and show what it promises?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import csv
import functools
import json
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
    def is_taken(text):
        done = tshark._call(["-r", str(captures["talk"]), "-Y", text])
        return (done.returncode, done.stderr) == (0, "")
    filters = list(read_filters())
    together = " || ".join(f"({text})" for _, text in filters)
    assert is_taken(together), [found for found in filters if not is_taken(found[1])]


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
    """The report of 188.409 ms says whose it is, and how much of it was on the wire."""
    report = columns("keepalive", "-Y", "trade.rtt_time == 188.409")[0]
    assert report["Info"].startswith(
        "Multiplexer -> Control, Roundtrip for Module Trader is 188.409 ms")
    assert report["Finding"].startswith("188.409 ms roundtrip, of which 0.672 ms")
    assert report["RTT (ms)"] == "188.409"
    assert report["On wire (ms)"] == "0.672"
    assert report["Off wire (ms)"] == "187.737"


def test_columns_of_an_answer(columns):
    answers = columns("keepalive", "-Y", "trade.response_time")
    assert answers
    for answer in answers:
        assert float(answer["Answer (s)"]) > 0
        assert re.search("Pong|Roundtrip", answer["Info"])


def test_columns_of_sessions(columns):
    """A client's data has the number of its session, two clients have two, and their users."""
    frames = columns("sessions", "-Y", "trade.receiver < 65535")
    assert {frame["Session"] for frame in frames} == {"0", "1"}
    users = {frame["User"] for frame in columns("sessions", "-Y", "trade.session.username")}
    assert len(users) >= 2 and all(users)


def test_column_of_connections(columns):
    """On each frame, a bare acknowledgement too: the name that a greeting taught, else the id,
    else the address."""
    names = {frame["Stream"]: frame["Connection"] for frame in columns("greetings", "-2")}
    assert (names["4"], names["5"], names["3"]) == (
        "Unknown (200)", "JackhammerUpdate", "10.0.0.1:1620")
    given = columns("greetings", "-2", "-o", 'uat:trade_modules:"200","Zapper"')
    assert "Zapper" in {frame["Connection"] for frame in given}
    trader = columns("incident", "-2", "-Y", "tcp.stream == 11 && tcp.len == 0")
    assert {frame["Connection"] for frame in trader} == {"Trader"}
    assert {frame["Source"] for frame in trader} == {"10.0.0.1", "192.168.0.1"}


def test_column_of_windows(columns):
    """The sender's, scaled: the Multiplexer's is zero from frame 679 on."""
    frames = columns("incident", "-2", "-Y", "tcp.stream == 11 && tcp.srcport == 2107")
    windows = {int(frame["No."]): int(frame["Window"]) for frame in frames}
    assert windows[501 - 2] == 65280 and windows[676] == 256
    assert {window for number, window in windows.items() if number >= 679} == {0}


def test_each_coloured_row_says_why(columns, tshark, captures, profile):
    """In Finding, which has the plugin's word where TCP has one, too."""
    colours = get_colours(tshark, captures["incident"], "-2")
    findings = {int(frame["No."]): frame["Finding"] for frame in columns("incident", "-2")}
    said = {number: findings[number] for number, name in colours.items()
            if name in ("TRADE: goes wrong here", "TRADE: slow", "TRADE: still wrong")}
    assert len(said) > 100 and all(said.values())
    assert said[679] == said[1192]
    assert said[679].startswith("Multiplexer's window was 0 for 115 s; no Ping left from ")
    assert said[858].startswith("49.095 s without a Ping of Trader, since frame 497")
    assert said[499].startswith("186.526 ms: sent so much later")


def test_what_tells_fits_a_small_screen():
    """On 1366 pixels, of which the packet list has 1315: all up to Info, which has most of the
    room, and 37 letters of Finding, each 8 pixels wide."""
    recent = re.search(r"column\.width: (.*)", (PROFILE / "recent").read_text()).group(1)
    widths = dict((what.strip('"'), int(width))
                  for what, width in re.findall(r'("[^"]*"|%\w), (\d+)', recent))
    shown = [what if not what.startswith("%Cus") else what.rsplit(":", 2)[0]
             for _, what in read_columns()]
    assert list(widths) == shown
    before = sum(widths[what] for what in shown[:shown.index("%i") + 1])
    assert max(widths[what] for what in shown[:shown.index("%i") + 1]) == widths["%i"] >= 440
    assert shown[shown.index("%i") + 1] == "%Cus:_ws.expert.message"
    assert 1315 - before >= 37 * 8


@functools.cache
def get_colours(tshark, capture, *options):
    """Returns the names of the colour rules, by frame."""
    rows = tshark.values(capture, "frame.number", "frame.coloring_rule.name",
                         options=("-C", "TRADE", "--color", *options))
    return {int(number): name for number, name in rows}


@functools.cache
def numbers(tshark, capture, display_filter):
    return {int(number) for number, in tshark.values(
        capture, "frame.number", options=("-C", "TRADE", "-Y", display_filter))}


@pytest.mark.parametrize("rule, display_filter", [
    ("TRADE: goes wrong here", "trade.ping.missing"),
    ("TRADE: goes wrong here", "trade.verdict == \"peer-not-reading\""),
    ("TRADE: still wrong",
     "tcp.stream == 11 && tcp.analysis.zero_window && frame.number > 685 && !trade.ping.missing"),
    ("TRADE: slow", "trade.roundtrip.slow"),
    # What is usual has the window's own colours.
    ("", 'tcp.stream == 0 && trade.keyword == "Ping"'),
    ("", "tcp.stream == 11 && trade.receiver < 65535 && frame.number < 497"),
    ("TRADE: connections of modules and clients",
     'tcp.stream == 10 && trade.keyword == "New Connection"'),
])
def test_colours(tshark, captures, profile, rule, display_filter):
    """In the incident, what is bad, slow or neither is coloured so."""
    colours = get_colours(tshark, captures["incident"])
    frames = numbers(tshark, captures["incident"], display_filter)
    assert frames
    assert {colours[number] for number in frames} == {rule}


def get_luminance(colour):
    """Returns a colour's relative luminance, as WCAG 2 defines it, from 16-bit red, green, blue."""
    parts = [value / 65535 for value in colour]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts))


def read_rules():
    """Returns the colour rules, each as name, filter, and the 16-bit numbers of its colours."""
    rules = re.findall(r"^@([^@]+)@([^@]+)@\[(\d+),(\d+),(\d+)\]\[(\d+),(\d+),(\d+)\]$",
                       (PROFILE / "colorfilters").read_text(), re.M)
    assert len(rules) == len([name for name, _ in read_filters() if name == "colorfilters"]) > 5
    return [(name, text, list(map(int, colours))) for name, text, *colours in rules]


def test_colours_are_the_same_in_wireshark_5():
    """Which reads them from another file, as JSON with comments."""
    text = (PROFILE / "coloring_rules.jsonc").read_text()
    rules = [named for rule in json.loads(re.sub("^//.*", "", text, flags=re.M))
             for named in rule.items()]
    def widen(colour):
        return [value * 257 for value in bytes.fromhex(colour.removeprefix("#"))]
    assert [(name, rule["filter"], widen(rule["background"]) + widen(rule["foreground"]))
            for name, rule in rules] == read_rules()
    assert {rule["enabled"] for _, rule in rules} == {True}


def test_graphs_have_one_unit():
    """If those that are drawn had several, Wireshark would show a legend, which covers the end."""
    lines = (PROFILE / "io_graphs").read_text().splitlines()
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    assert {row[5] for row in rows if row[0] == "Enabled"} == {"Packets"}


def test_colours_are_legible():
    """The text of each rule has WCAG's contrast; no row is so bright that it glares in a dark
    window, or so near to white or to a dark window's grey that it does not stand out."""
    for name, _, colours in read_rules():
        back, text = get_luminance(colours[:3]), get_luminance(colours[3:])
        assert (max(back, text) + 0.05) / (min(back, text) + 0.05) >= 4.5, name
        assert 0.1 < back < 0.7, name


def get_button(title):
    """Returns the filter of a button."""
    lines = (PROFILE / "dfilter_buttons").read_text().splitlines()
    button, = (row[2] for row in csv.reader(lines) if row[1:2] == [title])
    return button.replace("\\x22", '"')


def test_what_is_new_stands_out(tshark, captures, profile):
    """Of 131 zero windows, the first: with two Pings that are missing and the reset, these are
    the only rows of the strong colour, and all that the button Bad news leaves."""
    news = {679, 858, 994, 1192}
    colours = get_colours(tshark, captures["incident"], "-2")
    assert {number for number, name in colours.items() if name == "TRADE: goes wrong here"} == news
    shown = tshark.values(captures["incident"], "frame.number",
                          options=("-2", "-Y", get_button("Bad news")))
    assert {int(number) for number, in shown} == news
    assert sum(name == "TRADE: still wrong" for name in colours.values()) > 100


def test_flow_is_a_connection_s_story(tshark, captures, profile):
    """The button Flow leaves the PDUs, the zero windows and the reset, and no acknowledgement."""
    shown = tshark.values(captures["incident"], "frame.number", "tcp.len", "tcp.window_size", options=(
        "-2", "-Y", f"({get_button('Flow')}) && tcp.stream == 11"))
    assert {679, 858, 994, 1192} <= {int(number) for number, *_ in shown}
    assert not [number for number, length, window in shown
                if int(length) == 0 and int(window) > 0]


def test_what_is_slow_is_the_preference(tshark, captures, profile):
    """For the colour and for the button, too: the slowest answer took 1044.219 ms."""
    button = get_button("Slow")
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
        assert colours[number] == "TRADE: missing or malformed"


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
