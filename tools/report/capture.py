# capture.py
# Asks tshark: the health table, what clients and the Multiplexer said, and each frame of
# the connections that are drawn. Nothing else knows of tshark.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import dataclasses
import datetime
import functools
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from .finder import Finder

SECOND = 1_000_000_000
EPOCH_1901 = 2_177_452_800  # seconds from 1901 to 1970


class Problem(Exception):
    """What keeps the report from being made, in words for the user."""


# ---- Running Wireshark's programs ----


def call(*command, files=()):
    """Returns what a program prints, or "" where it fails or is not installed. files: numbers of
    open files that it reads."""
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace",
                              check=True, pass_fds=files).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def get_tshark_version():
    """Returns the first line of tshark --version. capinfos says the same in a tenth of the time,
    where it is of the same Wireshark: in the same directory."""
    programs = [shutil.which(name) for name in ("capinfos", "tshark")]
    if all(programs) and len({os.path.dirname(os.path.realpath(path)) for path in programs}) == 1:
        said = re.match(r"Capinfos (\(Wireshark\) .*)", call("capinfos", "--version"))
        if said:
            return f"TShark {said.group(1)}"
    return (call("tshark", "--version").splitlines() or ["tshark"])[0]


@functools.cache
def get_versions():
    """Returns tshark's version and the plugin's."""
    plugin = re.search(r"^trade\.so\s+(\S+)", call("tshark", "-G", "plugins"), re.M)
    return get_tshark_version(), plugin.group(1) if plugin else "unknown"


class Progress:
    """Says on stderr how far tshark has read a file, where that takes long."""

    def __init__(self, process, path, what):
        self.process, self.path, self.what = process, os.path.realpath(path), what
        # What is merged is open in tshark as it was here, and once more to be read.
        self.inherited = path.name if path.parent.name == "fd" else None
        self.size = max(path.stat().st_size, 1)
        self.told = None
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _get_percent(self):
        """How far tshark is, by where Linux says that it reads; None elsewhere."""
        try:
            for link in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
                if os.path.realpath(link) == self.path and link.name != self.inherited:
                    info = pathlib.Path(f"/proc/{self.process.pid}/fdinfo/{link.name}").read_text()
                    return 100 * int(info.split()[1]) // self.size
        except (OSError, ValueError):
            pass
        return None

    def _watch(self):
        start = time.monotonic()
        while not self.done.wait(1):
            percent = self._get_percent()
            place = f"{time.monotonic() - start:.0f} s" if percent is None else f"{percent} %"
            if place != self.told:
                self.told = place
                print(f"{self.what}: {place}", file=sys.stderr, flush=True)

    def stop(self):
        self.done.set()
        self.thread.join()


def stream_lines(path, shown, command, what, files=()):
    """Yields the lines that tshark prints of a file, which it knows by another name than is
    shown; ends with a list of its complaints, as StopIteration's value. Of a file that is cut
    short there are both. files: as call()'s."""
    printed = False
    with tempfile.TemporaryFile("w+", errors="replace") as complaints:
        try:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints,
                                       pass_fds=files)
        except FileNotFoundError as error:
            raise Problem("tshark is not installed: apt-get install tshark") from error
        progress = Progress(process, path, what)
        try:
            # Names in the health table may have a carriage return, which ends no line.
            for line in io.TextIOWrapper(process.stdout, "utf-8", "replace", newline="\n"):
                printed = True
                yield line
            status = process.wait()
        finally:
            progress.stop()
            process.kill()
            process.wait()
        complaints.seek(0)
        said = [line.strip().replace(str(path), shown) for line in complaints
                if line.strip() and not line.startswith("Running as user")]
    if status and any("trade," in line for line in said):
        raise Problem("tshark does not load the TRADE plugin: trade-doctor says why.")
    if status < 0 or status and not printed:
        raise Problem("tshark failed: " + " ".join(said or [f"status {status}"]))
    return said


def name_argument(path):
    """Returns a path as programs take it for a file, where its name looks like an option, too."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def check_capture(path):
    """Raises a Problem where a file cannot be a capture to read."""
    if not os.path.isfile(path):
        raise Problem(f"{path} is no file.")
    try:
        with open(path, "rb") as file:
            if not file.read(1):
                raise Problem(f"{path} is empty: it has no byte.")
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}.") from error


def hash_file(path):
    """Returns the file's SHA-256."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


# ---- The health table ----


@dataclasses.dataclass
class Row:
    """A row of a table, of a connection or an incident: each column's title and cell, in order."""
    cells: list

    def __getitem__(self, title):
        """Returns the first cell of that title, or "" where the table has none."""
        return next((cell for name, cell in self.cells if name == title), "")

    @property
    def stream(self):
        return int(self["Stream"])


# The tables that are read, by the titles of their first columns.
HEALTH, INCIDENTS, CLIENTS = "Rank", "Incident", "Session"


def read_table(lines, names, table=HEALTH):
    """Returns the rows of one of the tables, and how many more cannot be read. names: texts of
    the capture in which a bar or a line's end would be taken for the table's own, also where the
    table has them cut."""
    stand_ins = {}
    text = Finder([name for name in names if set(name) & set("|\n\r") and name.strip("|\n\r ")],
                  is_word=False).replace("".join(lines), lambda _, found: stand_ins.setdefault(
                      found, chr(0xF0000 + len(stand_ins))))
    stand_ins = {stand_in: found for found, stand_in in stand_ins.items()}
    restore = re.compile("[\U000F0000-\U000FFFFD]")
    titles, rows, unread, is_there = None, [], 0, False
    for line in text.split("\n"):
        cells = [restore.sub(lambda m: stand_ins.get(m.group(), m.group()), cell.strip(" "))
                 for cell in line.split("|")]
        if cells[0] in (HEALTH, INCIDENTS, CLIENTS):
            titles = cells[:-1] if cells[0] == table else None
            is_there |= cells[0] == table
        elif titles and cells[0].isdigit() and len(cells) == len(titles) + 1:
            rows.append(Row(list(zip(titles, cells))))
        else:
            unread += bool(titles) and cells[0].isdigit()
    if not is_there:
        raise Problem("tshark printed no table of what went wrong: trade-doctor says whether the "
                      "plugin is loaded.")
    return rows, unread


def describe_unread(count):
    """Returns what is said of rows that cannot be read."""
    return (f"{count} connection{'s are' if count > 1 else ' is'} left out: -z trade,health has "
            f"{count} row{'s' if count > 1 else ''} that cannot be read.")


# ---- What clients and the Multiplexer said ----


@dataclasses.dataclass
class Event:
    """A control PDU that is about a client or a roundtrip, or a SYN, FIN or RST."""
    frame: int
    time: int  # ns since 1970
    stream: int
    kind: str
    fields: dict = dataclasses.field(default_factory=dict)


def parse_time(text):
    """Returns ns since 1970 of "1401953398.372497000" or "2014-06-05T07:29:58.372497000Z"."""
    if text[-10:-9] == ".":
        return int(text[:-10]) * SECOND + int(text[-9:])
    if "T" not in text:
        seconds, _, fraction = text.partition(".")
        return int(seconds) * SECOND + int(fraction.ljust(9, "0")[:9])
    whole, _, fraction = text.rstrip("Z").partition(".")
    since = datetime.datetime.fromisoformat(whole) - datetime.datetime(1970, 1, 1)
    return since // datetime.timedelta(seconds=1) * SECOND + int(fraction.ljust(9, "0")[:9] or 0)


def as_list(value):
    return value if isinstance(value, list) else [value]


def first(value):
    return value[0] if isinstance(value, list) else value


def read_pdu(pdu):
    """Returns the fields of a PDU as Elasticsearch's JSON has them, by their own names."""
    return {name[len("trade_trade_"):]: value for name, value in pdu.items()
            if name.startswith("trade_trade_")}


FLAGS = (("syn", "SYN"), ("fin", "FIN"), ("reset", "RST"))


def read_events(line):
    """Yields the events of a frame, from its line of -T ek."""
    layers = json.loads(line)["layers"]
    frame, tcp = layers.get("frame", {}), layers.get("tcp")
    tcp = tcp[-1] if isinstance(tcp, list) else tcp
    if not tcp or "tcp_tcp_stream" not in tcp:
        return
    where = (int(frame["frame_frame_number"]), parse_time(frame["frame_frame_time_epoch"]),
             int(first(tcp["tcp_tcp_stream"])))
    port = int(first(tcp["tcp_tcp_srcport"]))
    for flag, kind in FLAGS:
        if first(tcp.get(f"tcp_tcp_flags_{flag}")) in (True, "1", "true"):
            yield Event(*where, kind, {"port": port})
    pdus = layers.get("trade", [])
    for pdu in pdus if isinstance(pdus, list) else [pdus]:
        fields = read_pdu(pdu)
        kind = "Greeting" if "greeting" in fields else first(fields.get("keyword", ""))
        yield Event(*where, kind, {**fields, "port": port})


# ---- Each frame of a connection ----

# Between the values of a field. Wireshark 4.4 escapes a tab; a text has no such character.
VALUES = "\x1f"


def number(text):
    """Returns the last of a field's values as a number, or None."""
    return int(text.rpartition(VALUES)[2], 0) if text else None


def last_time(text):
    """Returns the last of a field's times, in ns since 1970."""
    return parse_time(text.rpartition(VALUES)[2])


def numbers(text):
    """Returns all of a field's values as whole numbers."""
    return tuple(int(part, 0) for part in text.split(VALUES)) if text else ()


def decimals(text):
    return tuple(map(float, text.split(VALUES))) if text else ()


def words(text):
    """Returns all of a field's texts. Those that come again and again are kept once."""
    return tuple(map(sys.intern, text.split(VALUES))) if text else ()


# What is asked of each frame, and how it is read: bool where it matters only whether it is there.
FIELDS = {
    "frame.number": int, "frame.time_epoch": last_time, "tcp.stream": number,
    "tcp.srcport": number, "tcp.len": number, "tcp.flags": number, "tcp.window_size": number,
    "tcp.window_size_scalefactor": number, "tcp.seq": number, "tcp.nxtseq": number,
    "tcp.ack": number, "tcp.analysis.retransmission": bool,
    "tcp.analysis.zero_window_probe": bool, "tcp.analysis.keep_alive": bool,
    "tcp.analysis.lost_segment": bool, "trade.nothing_missing": bool, "trade.gap_bytes": number,
    "trade.truncated_bytes": number, "trade.response_to": numbers,
    "trade.response_time": decimals, "trade.receiver": numbers,
    # A text, and so the last: what is in it cannot be taken for a separator.
    "trade.keyword": words}
Frame = collections.namedtuple("Frame", [name.rpartition(".")[2] for name in FIELDS])


def read_frame(line):
    """Returns a frame of a line of -T fields."""
    texts = line.rstrip("\n").split("|", len(FIELDS) - 1)
    return Frame._make([read(text) for read, text in zip(FIELDS.values(), texts)])


# ---- A capture ----

ASKED = ("trade.rtt_time || trade.conn_id || trade.greeting || tcp.flags.syn == 1 || "
         "tcp.flags.fin == 1 || tcp.flags.reset == 1")
# The fields that have names.
NAMED = ("greeting", "module", "sender_name", "username", "session_username", "session_module")
TABLES = ("-z", "trade,health", "-z", "trade,incidents", "-z", "trade,clients")
CLOCKS = ' || (trade.keyword == "Ping" && trade.ping_clock)'


class Capture:
    """A capture file, or several that are read as one: what tshark tells of it."""

    def __init__(self, paths, options=()):
        self.paths = [pathlib.Path(path) for path in paths]
        self.shown_names = [path.name for path in self.paths]
        self.options = list(options)
        self.hashes = [hash_file(path) for path in self.paths]
        self.commands, self.complaints = [], []
        self._merged = None
        self.files = ()  # numbers of open files that programs read
        self.path, self.shown = self.paths[0], name_argument(self.paths[0].name)
        if len(self.paths) > 1:
            self._merge()
        self.rows, self.incidents, self.clients, self.unread, self.events = [], [], [], 0, []

    def _merge(self):
        """Puts several files into one, in order of time. Where /proc is mounted it has no name, so
        that it goes with this program however that ends."""
        self.shown = "merged.pcapng"
        if os.path.isdir("/dev/fd"):
            self._merged = tempfile.TemporaryFile()
            self.files = (self._merged.fileno(),)
            self.path = pathlib.Path(f"/dev/fd/{self.files[0]}")
        else:
            self._merged = tempfile.NamedTemporaryFile(suffix=".pcapng")
            self.path = pathlib.Path(self._merged.name)
        self.commands.append(["mergecap", "-w", self.shown,
                              *(name_argument(path.name) for path in self.paths)])
        try:
            merged = subprocess.run(["mergecap", "-w", "-", *map(name_argument, self.paths)],
                                    stdout=self._merged, stderr=subprocess.PIPE, text=True,
                                    errors="replace", check=False)
        except FileNotFoundError as error:
            raise Problem("mergecap is not installed; Debian's wireshark-common has it.") from error
        if merged.returncode:
            raise Problem("mergecap failed: " + " ".join(merged.stderr.split()))

    @functools.cached_property
    def _facts(self):
        """How many frames the file holds, its first time and its last; or None for each."""
        facts = call("capinfos", "-T", "-m", "-r", "-S", "-c", "-a", "-e",
                     name_argument(self.path), files=self.files)
        facts = facts.strip().rsplit(",", 3)[1:]
        known = len(facts) == 3 and all(re.fullmatch(r"[\d.]+", fact) for fact in facts)
        return (int(facts[0]), *map(parse_time, facts[1:])) if known else (None, None, None)

    frames = property(lambda self: self._facts[0])
    start = property(lambda self: self._facts[1])
    end = property(lambda self: self._facts[2])

    def run(self, arguments, what):
        path = name_argument(self.path)
        self.commands.append(["tshark", *self.options, "-r", self.shown, *arguments])
        said = yield from stream_lines(self.path, self.shown, [
            "tshark", *self.options, "-r", path, *arguments], what, self.files)
        self.complaints += [line for line in said if line not in self.complaints]

    def read_overview(self, clocks):
        """Reads the tables of health, incidents and clients, and what is asked of all
        connections; clocks: the clocks that Pings carry, too."""
        table = []
        for line in self.run(["-Y", ASKED + CLOCKS * clocks, "-T", "ek", "-J", "frame tcp trade",
                              *TABLES], "Reading all connections"):
            if line.startswith('{"timestamp"'):
                self.events += read_events(line)
            elif table or line.startswith("====="):
                table.append(line)
        names = {name for event in self.events for field in NAMED if field in event.fields
                 for name in as_list(event.fields[field])}
        self.read_tables(table, names)

    def read_tables(self, table, names):
        """Reads the tables of health, incidents and clients. table: tshark's lines; names: as
        read_table's."""
        self.rows, self.unread = read_table(table, names)
        self.incidents, _ = read_table(table, names, INCIDENTS)
        self.clients, _ = read_table(table, names, CLIENTS)
        if self.unread:
            print(f"trade-report: {describe_unread(self.unread)}", file=sys.stderr)

    def read_frames(self, streams):
        """Returns the frames of some connections, by stream."""
        frames = {stream: [] for stream in streams}
        if not streams:
            return frames
        chosen = " ".join(str(stream) for stream in sorted(streams)).replace(" ", ", ")
        fields = [part for name in FIELDS for part in ("-e", name)]
        arguments = ["-2", "-Y", f"tcp.stream in {{{chosen}}} && tcp.len", "-T", "fields",
                     "-E", "separator=|", "-E", f"aggregator={VALUES}", *fields]
        for line in self.run(arguments, "Reading what is drawn"):
            frame = read_frame(line)
            frames[frame.stream].append(frame)
        return frames
