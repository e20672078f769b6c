# capture.py
# Asks tshark: the health table, what clients and the Multiplexer said, and each frame of
# the connections that are drawn. Nothing else knows of tshark.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import dataclasses
import datetime
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

SECOND = 1_000_000_000
EPOCH_1901 = 2_177_452_800  # seconds from 1901 to 1970


class Problem(Exception):
    """What keeps the report from being made, in words for the user."""


# ---- Running Wireshark's programs ----


def call(*command):
    """Returns what a program prints, or "" where it fails or is not installed."""
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace",
                              check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


class Progress:
    """Says on stderr how far tshark has read a file, where that takes long."""

    def __init__(self, process, path, what):
        self.process, self.path, self.what = process, os.path.realpath(path), what
        self.told = None
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _get_percent(self):
        """How far tshark is, by where Linux says that it reads; None elsewhere."""
        try:
            size = os.path.getsize(self.path)
            for link in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
                if os.path.realpath(link) == self.path:
                    info = pathlib.Path(f"/proc/{self.process.pid}/fdinfo/{link.name}").read_text()
                    return 100 * int(info.split()[1]) // max(size, 1)
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


def stream_lines(path, command, what):
    """Yields the lines that tshark prints of a file; ends with a list of its complaints,
    as StopIteration's value. Of a file that is cut short there are both."""
    printed = False
    with tempfile.TemporaryFile("w+", errors="replace") as complaints:
        try:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints)
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
        complaints.seek(0)
        said = [line.strip().replace(str(path), path.name) for line in complaints
                if line.strip() and not line.startswith("Running as user")]
    if status and any("trade,health" in line for line in said):
        raise Problem("tshark does not load the TRADE plugin: trade-doctor says why.")
    if status < 0 or status and not printed:
        raise Problem("tshark failed: " + " ".join(said or [f"status {status}"]))
    return said


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
    """A connection's row in the health table: each column's title and cell, in order."""
    cells: list

    def __getitem__(self, title):
        """Returns the first cell of that title, or "" where the table has none."""
        return next((cell for name, cell in self.cells if name == title), "")

    @property
    def stream(self):
        return int(self["Stream"])


def read_table(lines, names):
    """Returns the rows of -z trade,health. names: texts of the capture in which a bar or a
    line's end would be taken for the table's own."""
    text = "".join(lines)
    stand_ins = {chr(0xF0000 + i): name for i, name in enumerate(sorted(
        (name for name in names if set(name) & set("|\n\r")), key=len, reverse=True))}
    for stand_in, name in stand_ins.items():
        text = text.replace(name, stand_in)
    restore = re.compile("[\U000F0000-\U000FFFFD]")
    titles, rows = None, []
    for line in text.split("\n"):
        cells = [restore.sub(lambda m: stand_ins.get(m.group(), m.group()), cell.strip(" "))
                 for cell in line.split("|")]
        if cells[0] == "Rank":
            titles = cells[:-1]
        elif titles and cells[0].isdigit() and len(cells) == len(titles) + 1:
            rows.append(Row(list(zip(titles, cells))))
    if titles is None:
        raise Problem("tshark printed no health table: trade-doctor says whether the plugin "
                      "is loaded.")
    return rows


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
    if "T" not in text:
        seconds, _, fraction = text.partition(".")
        return int(seconds) * SECOND + int(fraction.ljust(9, "0")[:9])
    whole, _, fraction = text.rstrip("Z").partition(".")
    since = datetime.datetime.fromisoformat(whole) - datetime.datetime(1970, 1, 1)
    return since // datetime.timedelta(seconds=1) * SECOND + int(fraction.ljust(9, "0")[:9] or 0)


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

FIELDS = (
    "frame.number", "frame.time_epoch", "tcp.stream", "tcp.srcport", "tcp.len", "tcp.flags",
    "tcp.window_size", "tcp.window_size_scalefactor", "tcp.nxtseq", "tcp.ack",
    "tcp.analysis.retransmission", "tcp.analysis.zero_window_probe", "tcp.analysis.keep_alive",
    "tcp.analysis.lost_segment", "trade.gap_bytes", "trade.truncated_bytes", "trade.response_to",
    "trade.response_time",
    # A text, and so the last: what is in it cannot be taken for a separator.
    "trade.keyword")
Frame = collections.namedtuple("Frame", [name.rpartition(".")[2] for name in FIELDS])


def number(text):
    """Returns the last of a field's values as a number, or None."""
    return int(text.rpartition("\t")[2], 0) if text else None


def read_frame(line):
    """Returns a frame of a line of -T fields; values that may repeat are tuples."""
    texts = line.rstrip("\n").split("|", len(FIELDS) - 1)
    frame = Frame(*texts)
    return frame._replace(
        number=int(frame.number), time_epoch=parse_time(frame.time_epoch.rpartition("\t")[2]),
        response_to=tuple(int(text) for text in frame.response_to.split("\t") if text),
        response_time=tuple(float(text) for text in frame.response_time.split("\t") if text),
        # Texts that come again and again are kept once.
        keyword=tuple(map(sys.intern, frame.keyword.split("\t"))) if frame.keyword else (),
        **{name: number(getattr(frame, name)) for name in (
            "stream", "srcport", "len", "flags", "window_size", "window_size_scalefactor",
            "nxtseq", "ack", "gap_bytes", "truncated_bytes")})


# ---- A capture ----

ASKED = ("trade.rtt_time || trade.conn_id || trade.greeting || tcp.flags.syn == 1 || "
         "tcp.flags.fin == 1 || tcp.flags.reset == 1")
CLOCKS = ' || (trade.keyword == "Ping" && trade.ping_clock)'


class Capture:
    """A capture file, or several that are read as one: what tshark tells of it."""

    def __init__(self, paths, options=()):
        self.paths = [pathlib.Path(path) for path in paths]
        for path in self.paths:
            if not path.is_file():
                raise Problem(f"{path} is no file.")
        self.shown_names = [path.name for path in self.paths]
        self.options = list(options)
        self.hashes = [hash_file(path) for path in self.paths]
        self.commands, self.complaints = [], []
        self._directory = None
        self.path = self.paths[0] if len(self.paths) == 1 else self._merge()
        self._read_facts()
        self.rows, self.events = [], []

    def _merge(self):
        """Puts several files into one, in order of time; returns its path."""
        self._directory = tempfile.TemporaryDirectory(prefix="trade-report-")
        path = pathlib.Path(self._directory.name) / "merged.pcapng"
        self.commands.append(["mergecap", "-w", "merged.pcapng", *(p.name for p in self.paths)])
        merged = subprocess.run(["mergecap", "-w", path, *self.paths], capture_output=True,
                                text=True, check=False)
        if merged.returncode:
            raise Problem(f"mergecap failed: {merged.stderr.strip()}")
        return path

    def _read_facts(self):
        """Asks what the file holds and who reads it."""
        facts = call("capinfos", "-T", "-m", "-r", "-S", "-c", "-a", "-e", str(self.path))
        facts = facts.strip().rsplit(",", 3)[1:]
        known = len(facts) == 3 and all(re.fullmatch(r"[\d.]+", fact) for fact in facts)
        self.frames = int(facts[0]) if known else None
        self.start, self.end = map(parse_time, facts[1:]) if known else (None, None)
        self.tshark_version = (call("tshark", "--version").splitlines() or ["tshark"])[0]
        plugin = re.search(r"^trade\.so\s+(\S+)", call("tshark", "-G", "plugins"), re.M)
        self.plugin_version = plugin.group(1) if plugin else "unknown"

    def _run(self, arguments, what):
        command = ["tshark", *self.options, "-r", str(self.path), *arguments]
        self.commands.append([self.path.name if part == str(self.path) else part
                              for part in command])
        said = yield from stream_lines(self.path, command, what)
        self.complaints += [line for line in said if line not in self.complaints]

    def read_overview(self, clocks):
        """Reads the health table, and what is asked of all connections; clocks: the clocks
        that Pings carry, too."""
        table = []
        for line in self._run(["-Y", ASKED + CLOCKS * clocks, "-T", "ek", "-J", "frame tcp trade",
                               "-z", "trade,health"], "Reading all connections"):
            if line.startswith('{"timestamp"'):
                self.events += read_events(line)
            elif table or line.startswith("====="):
                table.append(line)
        names = {first(event.fields[name]) for event in self.events
                 for name in ("greeting", "module", "sender_name") if name in event.fields}
        self.rows = read_table(table, names)

    def read_frames(self, streams):
        """Returns the frames of some connections, by stream."""
        frames = {stream: [] for stream in streams}
        if not streams:
            return frames
        chosen = " ".join(str(stream) for stream in sorted(streams)).replace(" ", ", ")
        fields = [part for name in FIELDS for part in ("-e", name)]
        arguments = ["-2", "-Y", f"tcp.stream in {{{chosen}}}", "-T", "fields",
                     "-E", "separator=|", "-E", "aggregator=\t", *fields]
        for line in self._run(arguments, "Reading what is drawn"):
            frame = read_frame(line)
            frames[frame.stream].append(frame)
        return frames
