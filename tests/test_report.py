# test_report.py
# Does trade-report say what trade,health says, show it, and let nothing of a capture do
# anything in a browser? Where Debian's chromium is not installed, what takes it is skipped.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import base64
import collections
import hashlib
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from scapy.layers.inet import ICMP
from scapy.layers.inet import IP as Inet
from scapy.layers.l2 import Ether
from scapy.packet import Raw

import browser as chromium
from conftest import NOBODY, ROOT
from incident_logs import LOGS
from trade_pdus import (
    MULTIPLEXER, TRADER, TRADESITE, Capture, Conversation, close_connection, data, filler,
    greeting, login, new_connection, ping, pong, roundtrip_for_module, wall_time)

sys.path.insert(0, str(ROOT / "tools"))
from report.capture import Capture as ReportCapture, read_table  # noqa: E402
from report.page import list_limits, make_verdict  # noqa: E402
from report.story import VERDICTS  # noqa: E402

REPORT = ROOT / "tools" / "trade-report"
START, SECOND = wall_time("10:00:00.000000"), 1_000_000
GOOD = ("ok", "idle")
HOSTILE = ('</script><script>document.title="owned"</script>',
           '<img src=x onerror=document.title="owned">', '"><b id=owned>', "a\nc\td'&amp;",
           "x |ok | |y|", "<!--<script>")

# tshark, but for what it says of itself.
class Page(html.parser.HTMLParser):
    """What of a report a test asks for, as a browser would parse it."""

    def __init__(self, source):
        super().__init__()
        self.source = source
        self.tags, self.scripts, self.style, self.texts = [], [], "", []
        self.open = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "link", "img"):
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if self.open and self.open[-1][0] == tag:
            self.open.pop()

    def handle_data(self, data):
        tag = self.open[-1][0] if self.open else ""
        if tag == "script":
            self.scripts.append((self.open[-1][1], data))
        elif tag == "style":
            self.style += data
        else:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    @property
    def data(self):
        (content,) = (content for attrs, content in self.scripts if attrs.get("id") == "data")
        return json.loads(content)

    def list_rows(self, caption):
        """Returns the cells of a table's rows, by its caption."""
        table = self.source[self.source.index(f"<caption>{caption}"):]
        rows = re.findall(r"<tr>(.*?)</tr>", table[:table.index("</table>")], re.S)
        return [[html.unescape(re.sub(r"<[^>]*>", "", cell))
                 for cell in re.findall(r"<td>(.*?)</td>", row, re.S)] for row in rows[1:]]


class Reporter:
    """trade-report, run as tshark's user."""

    def __init__(self, tshark):
        self.tshark = tshark
        self.directory = tshark.make_directory()
        self.said = ""
        # Where the user who runs it can read it.
        shutil.copytree(ROOT / "tools" / "report", self.directory / "report")
        shutil.copy(REPORT, self.directory)
        for path in (self.directory, *self.directory.rglob("*")):
            path.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(self.directory, NOBODY, NOBODY)
        self.made = 0
        self.pages = {}  # by arguments and time zone

    def call(self, *args, timezone="UTC"):
        """Returns the finished process."""
        command, environment = self.tshark.get_tool(self.directory / "trade-report", timezone)
        return subprocess.run([*command, *args], env=environment, cwd=self.directory,
                              capture_output=True, text=True, timeout=300, check=False)

    def write(self, *args, timezone="UTC"):
        """Makes a report; returns its path."""
        self.made += 1
        path = self.directory / f"{self.made}.html"
        done = self.call(*args, "-o", path, timezone=timezone)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return path

    def make(self, *args, timezone="UTC"):
        """Returns a report; that of a capture and options which an earlier test had is not made again."""
        asked = (*map(str, args), timezone)
        if asked not in self.pages:
            self.pages[asked] = Page(self.write(*args, timezone=timezone).read_text(encoding="utf-8"))
        return self.pages[asked]

    def save(self, name, text):
        """Writes a log where the program can read it."""
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
        return path


@pytest.fixture(scope="module", name="report")
def fixture_report(tshark):
    return Reporter(tshark)


@pytest.fixture(scope="module", name="logs")
def fixture_logs(report):
    """The incident's logs, as options."""
    return [option for name in LOGS for option in (
        "--log", report.save(f"{name}.log", (ROOT / "captures" / f"{name}.log").read_text()))]


@pytest.fixture(scope="module", name="incident")
def fixture_incident(report, captures, logs):
    """The report on the incident with its logs, in the talk's zone."""
    return report.write(captures["incident"], *logs, timezone="Europe/Amsterdam")


@pytest.fixture(scope="module", name="page")
def fixture_page(incident):
    return Page(incident.read_text(encoding="utf-8"))


def read_health(tshark, path, timezone="UTC"):
    """Returns the health table's rows, each a list of (title, cell)."""
    titles, rows = [], []
    for line in tshark.run("-r", path, "-q", "-z", "trade,health", timezone=timezone).splitlines():
        cells = [cell.strip() for cell in line.split("|")][:-1]
        if cells and cells[0] == "Rank":
            titles = cells
        elif cells and cells[0].isdigit():
            rows.append(list(zip(titles, cells)))
    return rows


def get_lane(story, label):
    (lane,) = (lane for lane in story["lanes"] if lane["label"] == label)
    return lane


# ---- It says what the statistics say ----


@pytest.mark.parametrize("name", ("incident", "sessions", "faults"))
def test_same_as_health(tshark, report, captures, request, name):
    """Each cell, each verdict and each cause."""
    is_made = name == "incident"
    page = request.getfixturevalue("page") if is_made else report.make(captures[name])
    rows = read_health(tshark, captures[name], "Europe/Amsterdam" if is_made else "UTC")
    assert rows
    listed = page.list_rows("TRADE Health")
    assert sorted(listed) == sorted([cell for _, cell in row] for row in rows)
    told = re.findall(r'<span class="module">(.*?)</span>: <span class="word">(.*?)</span></h3>'
                      r'<p class="cause">(.*?)</p>', page.source)
    bad = [dict(row) for row in rows if dict(row)["Verdict"] not in GOOD]
    assert sorted(tuple(map(html.unescape, words)) for words in told) == \
        sorted((row["Module"], row["Verdict"], row["Details"]) for row in bad)


@pytest.mark.parametrize("name", ("incident", "sessions", "talk"))
def test_same_as_incidents(tshark, report, captures, name):
    """Each incident is told before the verdicts, in the table's order, with what it is of."""
    page = report.make(captures[name])
    rows = tshark.table(captures[name], "trade,incidents")
    told = re.findall(r'<li class="incident"><p class="cause">(.*?)</p><p class="note">(.*?)</p>',
                      page.source)
    assert [html.unescape(sentence) for sentence, _ in told] == [row[9] for row in rows]
    for (_, note), row in zip(told, rows):
        assert note.startswith(f"{row[1]} · Where: {row[2]} · {row[5]} of {row[6]} connection")
    assert ("<h2>Incidents</h2>" in page.source) == bool(rows) == (name != "sessions")
    assert not rows or page.source.index("<h2>Incidents</h2>") < page.source.index(
        'id="verdicts"')


def test_incidents_have_other_names(report, captures, logs):
    """With --anonymise, as all else has."""
    page = report.make(captures["incident"], *logs, "--anonymise")
    (sentence,) = re.findall(r'<li class="incident"><p class="cause">(.*?)</p>', page.source)
    assert "did not read" in sentence and "Trader" not in sentence and "192.168" not in sentence


def test_knows_all_verdicts():
    """Those of the plugin, in its order, the worst first."""
    code = (ROOT / "analysis" / "health" / "words.c").read_text(encoding="utf-8")
    assert list(VERDICTS) == re.findall(r'\[TRADE_VERDICT_\w+\] = { "(.*?)"', code)


def test_columns_go_by_their_titles(tshark, captures):
    """Wherever a column stands; one that says where, and a frame, is told with the verdict."""
    lines = tshark.run("-r", captures["incident"], "-q", "-z", "trade,health").splitlines(True)
    wider = [re.sub(r"(?<=\|)(peer-not-reading|Verdict) \|", lambda match: match.group() + (
        "Where |Frame |" if match.group(1) == "Verdict" else "Multiplexer |679 |"), line)
             for line in lines if "|ok |" not in line]
    (row,), _ = read_table(wider, set())
    assert (row["Module"], row["Where"], row["Frame"]) == ("Trader", "Multiplexer", "679")
    assert row["End"].startswith("RST by Trader") and row["No such title"] == ""
    assert "Where: Multiplexer · Frame: 679" in make_verdict(row, True)


def test_says_what_cannot_be_read(tshark, captures, monkeypatch, capsys):
    """A row with a bar too many is left out, which the page says, and stderr."""
    lines = tshark.run("-r", captures["incident"], "-q", "-z", "trade,health", "-z",
                       "trade,incidents", "-z", "trade,clients").splitlines(True)
    monkeypatch.setattr(ReportCapture, "run", lambda *_: (
        re.sub(r"\|Trader \|(?=peer)", "|Tra|der |", line) for line in lines))
    capture = ReportCapture([captures["incident"]], [])
    capture.read_overview(False)
    said = "1 connection is left out: -z trade,health has 1 row that cannot be read."
    assert len(capture.rows) == 11 and said in capsys.readouterr().err
    assert said in list(list_limits(capture, [], []))


def test_worst_first(report, tshark):
    """Whatever the order of the connections."""
    capture = Capture()
    late, blocked = Conversation(capture, 4000), Conversation(capture, 4001)
    busy = Conversation(capture, 4002)
    for at in range(0, 150, 5):  # or the capture would seem to have paused
        busy.module(data(TRADESITE, 8, filler(20)), at=START + at * SECOND + 500)
        busy.ack("multiplexer", at=START + at * SECOND + 600)
    for at in (0, 30, 60, 110):
        late.module(ping(TRADER), at=START + at * SECOND)
        late.multiplexer(pong(MULTIPLEXER), at=START + at * SECOND + 300)
    for at in (1, 31):
        blocked.module(ping(TRADESITE), at=START + at * SECOND)
        blocked.multiplexer(pong(MULTIPLEXER), at=START + at * SECOND + 300)
    blocked.module(data(TRADESITE, 7, filler(100)), at=START + 40 * SECOND)
    blocked.ack("multiplexer", at=START + 41 * SECOND, window=0)
    blocked.rst("module", at=START + 150 * SECOND)
    page = report.make(tshark.save(capture))
    assert re.findall(r'class="word">(.*?)<', page.source) == ["peer-not-reading", "late"]


def test_nothing_bad(report, captures):
    page = report.make(captures["keepalive"])
    assert "No connection is in a bad state." in page.text and page.data["stories"] == []


# ---- What the incident's report has ----


def test_incident_lanes(page):
    """Pings that were due are hollow, from the first that could not leave to the last."""
    (story,) = page.data["stories"]
    seen, due = get_lane(story, "Pings of Trader")["groups"]
    assert (len(seen["t"]), seen["hollow"], due["hollow"]) == (7, False, True)
    assert seen["f"][-1] == 497
    assert [round(t - seen["t"][-1]) for t in due["t"]] == [30, 60, 90, 120]
    pongs, missed = get_lane(story, "Pongs of Trader")["groups"]
    assert (len(pongs["t"]), missed["f"], missed["hollow"]) == (7, [691], True)
    (band,) = story["bands"]
    assert (band["kind"], band["f"]) == ("zero", 679)
    assert band["label"] == "window of Multiplexer zero, 115.277 s"
    window = get_lane(story, "Window of Multiplexer")
    assert window["v"][0] == 65280 and window["v"][-1] == 0
    assert max(get_lane(story, "In flight from Multiplexer")["v"]) == 113_059
    # Of the probes between, Wireshark's versions know more or fewer.
    probes = get_lane(story, "Retransmissions, probes")["groups"][0]["f"]
    assert probes[0] == 680 and probes[-1] == 684
    assert get_lane(story, "Connection")["groups"][0]["names"]["of"] == ["RST, frame 1192"]


def test_incident_evidence(page, sharkd, captures):
    """Each row's filter finds its frame."""
    rows = page.list_rows("Evidence on Trader")
    assert len(rows) >= 8
    for _, frame, what, shown_by in rows:
        assert int(frame) in sharkd.find_frames(captures["incident"], shown_by), what
    told = {frame: what for _, frame, what, _ in rows}
    assert "134.184 s until the connection ended" in told["497"]
    assert "zero for 115.277 s" in told["679"] and "sent 134,086 bytes" in told["679"]


def test_incident_roundtrips(page):
    longest = page.data["roundtrips"][0]
    assert (longest["module"], longest["ms"], longest["wire"], longest["f"]) == \
        ("Trader", 188.409, 0.672, 501)
    rows = page.list_rows("Reported roundtrips")
    assert rows[0][:6] == ["Trader", "3", "5.386", "188.409", "0.672", "4.243"]


def test_incident_sessions(page):
    (row,) = (row for row in page.list_rows("Sessions") if row[1] == "2654")
    assert row[2:5] == ["XXXXXX0020", "194.134.5.27", "Trader"] and "frame 142" in row[7]


def test_how_it_was_made(page, captures):
    """Its file's hash, versions, and commands that can be typed again."""
    digest = hashlib.sha256(captures["incident"].read_bytes()).hexdigest()
    assert digest in page.text and "TShark (Wireshark) " in page.text
    assert "tshark -r incident.pcapng -Y" in page.text and "-z trade,health" in page.text


def test_what_it_cannot_tell(page, report, tshark):
    assert "The handshake of Trader was not captured" in page.text
    capture = Capture()
    conversation = Conversation(capture, 4000).handshake(at=START)
    for at in (1, 31, 61, 151):
        conversation.module(ping(TRADER), at=START + at * SECOND)
        conversation.multiplexer(pong(MULTIPLEXER), at=START + at * SECOND + 300)
        if at == 61:
            conversation.skip("module", 4000)
    other = report.make(tshark.save(capture))
    assert "Bytes are missing in the capture on: Trader (4000 bytes)" in other.text
    assert "handshake" not in other.text
    (hole,) = other.data["stories"][0]["bands"]
    assert (hole["kind"], hole["label"]) == ("hole", "4,000 bytes not captured")


def test_wrapped_sequence_numbers(report, tshark):
    """Bytes in flight, where the sequence number passes 2^32."""
    capture = Capture()
    conversation = Conversation(capture, 4000, seqs=(2**32 - 20, 5000))
    for at in (0, 30, 100):
        conversation.module(ping(TRADER), at=START + at * SECOND)
        conversation.multiplexer(pong(MULTIPLEXER), at=START + at * SECOND + 300)
    (story,) = report.make(tshark.save(capture), "--set",
                           "tcp.relative_sequence_numbers:FALSE").data["stories"]
    assert set(get_lane(story, "In flight from Trader")["v"]) == {0, 10}


# ---- Logs ----


def test_logs_are_the_talks():
    """The script gives the same each time."""
    for name, make in LOGS.items():
        assert (ROOT / "captures" / f"{name}.log").read_text() == "".join(
            f"{line}\n" for line in make())


def test_offset_of_the_incident(page):
    """Trader's clock by four lines; the Multiplexer's, of which no line is on the wire, by its
    Pings."""
    assert ("4 of its lines match the capture: its clock is 0.786 s ahead of the capture's, spread "
            "0.011 s; its time zone is UTC+02:00.") in page.text
    assert ("None of its lines matches the capture. By the Multiplexer's own Pings, which carry its "
            "time, its clock is 0.262 s behind the capture's; its time zone is UTC+02:00."
            ) in page.text
    told = [what for *_, what, _ in page.list_rows("Evidence on Trader") if "Terminating" in what]
    assert len(told) == 1
    assert "Logged 14.160 s before the RST was on the wire in frame 1192" in told[0]
    (story,) = page.data["stories"]
    ticks, bad = get_lane(story, "Log: incident-trader.log")["groups"]
    assert (len(ticks["t"]), len(bad["t"])) == (5, 2)


def make_clients(offset=0):
    """A Multiplexer's clients: of two of the same id the first is gone."""
    capture = Capture()
    site = Conversation(capture, 4000)
    for at, conn_id in ((10, 2001), (25, 2002), (400, 2001)):
        at = START + at * SECOND
        site.multiplexer(new_connection(conn_id, "194.134.005.011"), at=at - 5 * SECOND)
        site.module(login(TRADESITE, conn_id, "Ann", "194.134.005.011", "Trader"), at=at)
        site.multiplexer(close_connection(conn_id), at=at + 8 * SECOND)
    return capture


OFFSETS = {
    0: "0.000 s ahead of the capture's, spread 0.004 s; its time zone is UTC+00:00",
    7200.5: "0.500 s ahead of the capture's, spread 0.004 s; its time zone is UTC+02:00",
    -12601.25: "1.250 s behind the capture's, spread 0.004 s; its time zone is UTC-03:30"}


def test_offsets_of_a_multiplexers_logs(report, tshark):
    """By what agrees, though an id is used again and one line is far off; each log for itself."""
    options = []
    for shift in OFFSETS:
        lines = []
        for at, conn_id in ((10.001, 2001), (25.005, 2002), (60, 2002), (400.001, 2001)):
            time = (START / SECOND + at + shift - 0.001) % 86400
            clock = f"{time // 3600:02.0f}:{time // 60 % 60:02.0f}:{time % 60:06.3f}"
            lines.append(f"2014-06-05 {clock.replace('.', ',')} NOTICE - "
                         f"Logging in clientConnection: {conn_id} user: Ann to: Trader\n")
        options += ["--log", report.save(f"mux{shift}.log", "".join(lines))]
    text = report.make(tshark.save(make_clients()), *options).text
    for said in OFFSETS.values():
        assert said in text

def test_log_without_a_match(report, captures):
    log = report.save("other.log", "no time\n2014-06-05 10:00:00.5 INFO - Something else\n"
                                   "  at Some.place(1)\n2014-99-99 10:00:00,5 INFO - no day\n")
    page = report.make(captures["sessions"], "--log", log)
    assert "None of its lines matches the capture" in page.text
    assert "Something else" in page.text and "at Some.place(1)" in page.text


# ---- Names are text, whatever they are ----


def make_hostile():
    capture = Capture()
    for n, name in enumerate(HOSTILE):
        conversation = Conversation(capture, 4000 + n).handshake(at=START + n * 1000)
        conversation.module(greeting(200 + n, name))
        conversation.module(login(TRADESITE, 2001 + n, name, "194.134.005.011", name))
        conversation.multiplexer(roundtrip_for_module(name, 200_000))
        for at in (1, 31, 100):
            conversation.module(ping(200 + n), at=START + at * SECOND + n * 1000)
    return capture


@pytest.fixture(scope="module", name="hostile")
def fixture_hostile(report, tshark):
    log = report.save("h<img src=x onerror=alert(1)>.log", "".join(
        f"2014-06-05 10:00:0{n},000 ERROR - {name}\n" for n, name in enumerate(HOSTILE)))
    return report.write(tshark.save(make_hostile()), "--log", log)


def test_hostile_names_are_text(hostile):
    page = Page(hostile.read_text(encoding="utf-8"))
    assert not {"img", "b", "a:b"} & {tag for tag, _ in page.tags}
    assert len(page.scripts) == 3
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    # Of characters that end lines and cells, the health table may have others.
    plain = {name for name in HOSTILE if name.isprintable() and "|" not in name}
    assert len(plain) == 4
    assert plain <= {html.unescape(name) for name in
                     re.findall(r'class="module">(.*?)</span>', page.source)}
    names = {story["name"] for story in page.data["stories"]}
    assert plain <= names and len(names) == len(HOSTILE)


def test_policy_forbids_the_network(page):
    """Nothing but the page's own two scripts and its style, by their hashes."""
    policy = next(attrs["content"] for tag, attrs in page.tags
                  if attrs.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))

    def hash_source(source):
        return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"

    library, program = (source for attrs, source in page.scripts if "id" not in attrs)
    assert rules == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'",
                     "script-src": f"{hash_source(library)} {hash_source(program)}",
                     "style-src": hash_source(page.style)}
    assert not [attrs for _, attrs in page.tags if {"src", "style"} & set(attrs)]
    assert "Mike Bostock" in library and "Permission to use" in library


# ---- Without names ----


def test_anonymise(report, captures, logs, page):
    """No name, address or user is left, and what was the same is the same still."""
    other = report.make(captures["incident"], *logs, "--anonymise")
    modules = {row[2] for row in page.list_rows("TRADE Health")}
    users = set(re.findall(r"XXXXXX\d{4}", page.source))
    assert len(modules) == 12 and len(users) > 5
    # Words of the page and of D3 are not names.
    said = other.text + json.dumps(other.data)
    for name in {*modules, *users, "10.0.0.1", "192.168.0.1", "194.134.5.27", "194.134.005.027",
                 "127.000.000.001", "APPSERVER1", "incident"}:
        assert not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said), name
    (story,) = other.data["stories"]
    assert f"{story['name']} (host" in other.text
    assert get_lane(story, f"Pings of {story['name']}")
    assert "4 of its lines match the capture" in other.text
    assert f"on: {story['name']}" in other.text


def test_anonymised_logs_withhold_what_they_do_not_know(report, captures, tshark):
    log = report.save("free.log", "2014-06-05 10:00:00,000 NOTICE - Secret Sam called\n"
                                  "2014-06-05 10:00:01,000 NOTICE - Creating clientConnection: 9 "
                                  "user: Sam on: Cellar\n  Sam again\n")
    page = report.make(captures["sessions"], "--log", log, "--anonymise", "--set",
                       "trade.interval:31", "--decode-as", "tcp.port==9998,trade")
    for name in ("Sam", "Cellar", "free.log", "sessions.pcapng", "9998"):
        assert name not in page.text
    assert "(text withheld)" in page.text


# ---- The command ----


def test_wrong_files(report, captures):
    done = report.call("no-such-file.pcapng")
    assert (done.returncode, done.stderr) == (1, "trade-report: no-such-file.pcapng is no file.\n")
    done = report.call(captures["incident"], "--log", "no-such.log")
    assert done.returncode == 1 and "no-such.log cannot be read" in done.stderr
    done = report.call(report.save("text.pcapng", "no capture"))
    assert done.returncode == 1 and "Traceback" not in done.stderr


def test_a_file_that_is_cut_short(report, captures):
    """What is there is reported, with tshark's complaint."""
    path = report.directory / "cut.pcapng"
    path.write_bytes(captures["incident"].read_bytes()[:-30])
    page = report.make(path)
    assert "peer-not-reading" in page.text
    assert 'tshark says: tshark: The file "cut.pcapng" appears' in page.text


def test_what_icmp_quotes_is_no_segment(report):
    """A router says of each FIN that the host is unreachable."""
    capture = Capture()
    trader = Conversation(capture, 1195).handshake(at=START)
    trader.module(greeting(TRADER, "Trader"))
    for number in range(3):
        trader.segment("module", at=START + 2**number * SECOND, flags="FA")
        _, frame, *_ = capture.frames[-1]
        said = Inet(src="10.9.9.9", dst="10.0.0.1") / ICMP(type=3, code=1) / Raw(frame[14:])
        capture.add(START + 2**number * SECOND + 500, bytes(Ether(dst=Ether(frame).src) / said))
    page = report.make(report.tshark.save(capture), "--stream", "0")
    module, _ = page.data["stories"][0]["sequence"]["ways"]
    assert [name for *_, name in module["segments"]].count("FIN") == 3


def test_several_captures(report, captures, page):
    """Of two halves the report is that of the whole."""
    halves = [report.directory / name for name in ("one.pcapng", "two.pcapng")]
    for half, frames in zip(halves, ("1-600", "601-2000")):
        subprocess.run(["editcap", "-r", captures["incident"], half, frames], check=True,
                       capture_output=True)
    merged = report.make(*halves, timezone="Europe/Amsterdam")
    assert merged.list_rows("TRADE Health") == page.list_rows("TRADE Health")
    assert "mergecap -w merged.pcapng one.pcapng two.pcapng" in merged.text


def test_other_connections_on_demand(report, captures):
    page = report.make(captures["incident"], "--stream", "3", "--drawn", "0")
    assert [story["name"] for story in page.data["stories"]] == ["TranquilizerUpdate"]


def test_vendored_library_is_small():
    library = ROOT / "tools" / "report" / "d3.min.js"
    assert library.stat().st_size < 200_000


# ---- In Chromium ----

in_chromium = pytest.mark.skipif(not chromium.IS_THERE, reason="needs Debian's chromium, "
                                 "chromium-driver and python3-selenium")


@pytest.fixture(scope="module", name="browser")
def fixture_browser():
    with chromium.open_browser() as browser:
        yield browser


def place_of(browser, selector, n=0):
    """Returns where the middle of an element is in the window."""
    return browser.ask(
        "const box = document.querySelectorAll(arguments[0])[arguments[1]].getBoundingClientRect();"
        "return [box.x + box.width / 2, box.y + box.height / 2]", selector, n)


@in_chromium
@pytest.mark.parametrize("width, height", ((1366, 768), (1920, 1080)))
def test_cause_is_on_the_first_screen(browser, incident, width, height):
    """Verdict and timeline, with the missing Pings, without scrolling either way."""
    browser.show(incident, width, height)
    assert browser.list_complaints() == []
    bottom = browser.ask(
        "return document.querySelector('.timeline').getBoundingClientRect().bottom")
    assert bottom <= height
    assert browser.ask("return document.documentElement.scrollWidth") <= width
    assert browser.ask("return document.querySelector('.cause').getBoundingClientRect().top") < 200


@in_chromium
def test_marks_are_there(browser, incident):
    browser.show(incident)
    counts = collections.Counter(browser.ask(
        "return [...document.querySelectorAll('svg g > path.mark')].map(m => m.classList.value)"))
    assert counts["mark ping"] == 15 and counts["mark ping hollow"] == 7
    assert counts["mark pong"] == 14 and counts["mark pong hollow"] == 1
    assert counts["mark end"] == 1 and counts["mark cross"] >= 2 and counts["mark diamond"] == 2
    assert browser.ask("return document.querySelectorAll('.timeline rect.band.zero').length") == 1
    assert browser.ask("return document.querySelectorAll('path.area').length") == 2
    assert browser.ask("return document.querySelectorAll('.roundtrip').length") == 12
    assert browser.ask("return performance.getEntriesByType('resource').length") == 0


@in_chromium
def test_hover_names_the_frame(browser, incident):
    browser.show(incident)
    browser.move(*place_of(browser, "path.mark[data-frame='497']"))
    said = browser.ask("return document.querySelector('.tip').innerText")
    assert "Pings of Trader" in said and "09:29:58.167667 Ping, frame 497" in said
    browser.move(*place_of(browser, "path.mark.hollow"))
    assert "was not seen" in browser.ask("return document.querySelector('.tip').innerText")


@in_chromium
def test_wheel_zooms_with_ctrl_only(browser, incident):
    browser.show(incident)
    place = place_of(browser, "path.mark.end")
    ticks = "return [...document.querySelectorAll('.tick text')].map(t => t.textContent)"
    before = browser.ask(ticks)
    browser.turn(*place, -300)
    assert browser.ask(ticks) == before
    browser.show(incident)
    browser.turn(*place, -300, keys=2)
    after = browser.ask(ticks)
    assert before != after and all(label.startswith("09:3") for label in after)


@in_chromium
def test_keys_go_from_mark_to_mark(browser, incident):
    """The live region says to a screen reader what the picture shows."""
    browser.show(incident)
    press = ("const t = document.querySelector('.timeline'); t.focus();"
             "for (const key of arguments[0]) t.dispatchEvent(new KeyboardEvent('keydown', {key}));"
             "return document.querySelector('[aria-live]').textContent")
    said = browser.ask(press, ["ArrowDown", "ArrowDown"])
    assert said.startswith("Pings of Trader: ")
    told = {browser.ask(press, ["ArrowRight"]) for _ in range(12)}
    assert any("frame 497" in text for text in told) and any("not seen" in text for text in told)


@in_chromium
def test_evidence_leads_to_the_timeline(browser, incident):
    browser.show(incident)
    browser.ask("[...document.querySelectorAll('button.show')].find(b => "
                "b.closest('tr').textContent.includes('Window of Multiplexer')).click()")
    labels = browser.ask("return [...document.querySelectorAll('.tick text')]"
                         ".map(t => t.textContent)")
    assert "09:30:15" in labels and "09:31:00" not in labels


@in_chromium
def test_hostile_names_do_nothing(browser, hostile):
    browser.show(hostile)
    assert browser.list_complaints() == []
    assert browser.driver.title.startswith("TRADE: ")
    assert browser.ask("return document.querySelectorAll('#owned, img, b, iframe').length") == 0
    drawn = browser.ask(
        "return [...document.querySelectorAll('text.name')].map(t => t.textContent)")
    assert "Pings of </script><script>doc" in " ".join(drawn)
    browser.move(*place_of(browser, "path.mark.hollow"))
    assert browser.ask("return document.querySelectorAll('#owned, img, b, iframe').length") == 0


@in_chromium
def test_without_colours_and_in_the_dark(browser, incident):
    """What is missing has a shape of its own; paper and ink differ either way."""
    contrast = ("const s = getComputedStyle(document.body);"
                "return [s.color, s.backgroundColor].map(c => c.match(/\\d+/g).slice(0, 3)"
                ".reduce((a, b) => a + Number(b), 0))")
    ink, paper = browser.show(incident).ask(contrast)
    assert paper - ink > 500
    ink, paper = browser.show(incident, prefers_color_scheme="dark").ask(contrast)
    assert ink - paper > 500
    fill = ("return arguments[0].map(s => getComputedStyle(document.querySelector(s)).fill)")
    browser.show(incident)
    seen, missing = browser.ask(fill, ["path.mark.ping:not(.hollow)", "path.mark.ping.hollow"])
    assert seen != missing and missing == "rgb(255, 255, 255)"


@in_chromium
def test_prints_all(browser, incident):
    """On paper what can be opened is open, and there are no buttons."""
    browser.show(incident)
    printed = browser.run("Page.printToPDF", preferCSSPageSize=True)["data"]
    assert base64.b64decode(printed).startswith(b"%PDF")
    assert browser.ask("return [...document.querySelectorAll('details')].every(d => d.open)")
    browser.show(incident, media="print")
    assert browser.ask(
        "return getComputedStyle(document.querySelector('.tools')).display") == "none"


def multiply(path, pings):
    """Writes a report anew, with so many Pings and Pongs on its connection: of three Pings there
    is no sign, and three have no Pong."""
    source = path.read_text(encoding="utf-8")
    story = Page(source).data
    lanes = story["stories"][0]["lanes"]
    story["stories"][0]["end"] = 30 * pings
    missing = {pings * n // 4 for n in (1, 2, 3)}
    silent = {n + pings // 8 for n in missing}
    for label, absent in (("Pings of Trader", missing), ("Pongs of Multiplexer", silent)):
        (lane,) = (lane for lane in lanes if lane["label"] == label)
        for group, places in zip(lane["groups"], (
                [n for n in range(pings) if n not in absent], sorted(absent))):
            group["t"] = [30 * n for n in places]
            group["f"] = [2 * n for n in places]
            group.pop("to", None)
            group["text"] = "Mark"
    embedded = json.dumps(story).replace("<", "\\u003c")
    path.write_text(re.sub(r'(?<=id="data">).*?(?=</script>)', lambda _: embedded, source,
                           flags=re.S), encoding="utf-8")


@in_chromium
def test_100000_pings_are_drawn_to_scale(browser, incident):
    """However many there are, the picture has no more marks than it has room for, and what
    is missing among them shows; zoomed in, each is there."""
    path = pathlib.Path(shutil.copy(incident, incident.with_name("many.html")))
    multiply(path, 100_000)
    browser.show(path)
    assert browser.list_complaints() == []
    count = "return document.querySelectorAll(arguments[0]).length"
    assert 100 < browser.ask(count, "g > path.mark.many") < 600
    assert browser.ask(count, "g > path.mark.ping.hollow") >= 3
    assert browser.ask(count, "g > path.mark.pong.hollow") == 4
    browser.move(*place_of(browser, "g > path.mark.many"))
    assert "Zoom in to see each" in browser.ask("return document.querySelector('.tip').innerText")
    # By the evidence's first row, to some seconds before and after.
    browser.ask("document.querySelector('button.show').click()")
    assert browser.ask(count, "g > path.mark.many") == 0
    assert 0 < browser.ask(count, "g > path.mark.ping") < 10
