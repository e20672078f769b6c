# logs.py
# Reads the logs of modules and of the Multiplexer, and finds by how much a log's clock and
# the capture's differ: by lines about what the wire shows too.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import dataclasses
import datetime
import pathlib
import re
import statistics

from .capture import EPOCH_1901, SECOND

# Time, and either "LEVEL - text" or other text; or "Started logging" and the time.
LINE = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)[,.](\d{1,9})\s+"
                  r"(?:([A-Z]+)\s+-\s+)?(.*)")
LOGGING = re.compile(r"((?:Started|Stopped) logging) (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)"
                     r"[,.](\d{1,9})")
# What a line is about: its kind on the wire, the client's connection id and the module.
SHOWN = (
    ("Creating", re.compile(r"Creating clientConnection: (\d+) user: .* on: (.+)$")),
    ("Closing", re.compile(r"Closing clientConnection: (\d+) from: (.+)$")),
    ("Logging in", re.compile(r"Logging in clientConnection: (\d+) user: .* to: (.+)$")),
)
ADDRESS = r"[0-9A-Fa-f:.]+"
LEVELS = {"TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL"}
# Texts that --anonymise understands: "name" is a module's, "user" a user's.
UNDERSTOOD = [re.compile(pattern) for pattern in (
    r"(?:Creating|Logging in) clientConnection: \d+ user: (?P<user>.*) (?:on|to): (?P<name>.+)",
    r"Closing clientConnection: \d+ from: (?P<name>.+)",
    rf"No response from multiplexer: (?P<address>{ADDRESS}) within "
    r"(?:\d+ (?:milliseconds?|seconds?|minutes?|hours?) ?)+\. Terminating connection\.",
    r"(?:Shutdown connection from|Connection lost in receive loop): (?P<name>.+)",
    rf"ModuleServer (?P<name>.+) lost connection to multiplexer on (?P<address>{ADDRESS})",
    r"(?:Enabling|Disabling) client logins on port: '\d+'",
    r"Client accept loop (?:started|stopped)",
    r"Received start id: \d+", r"Received security parameters", r"(?:Started|Stopped) logging",
    r"sss\s+[\d.]+\s+Operator\s+[\d. :-]+ Multiplexer (?:started|stopped)\.")]
ENDED = re.compile(r"Terminating connection|lost connection|Connection lost|Shutdown connection")
MODULE_NAMED = re.compile(r"(?:on|from|lost in receive loop): (.+)$|ModuleServer (.+) lost")
OF_MULTIPLEXER = re.compile(r"Logging in clientConnection|Multiplexer st|Received start id|"
                            r"client logins|Client accept loop")
# Lines that are this close to the same offset tell it together.
TOLERANCE = 2 * SECOND
ZONE = 900 * SECOND  # zones differ by quarters of an hour


@dataclasses.dataclass
class Line:
    number: int
    time: int  # ns since 1970 by the log's clock, as if that were UTC
    level: str
    text: str
    kind: str = ""
    conn_id: str = ""
    module: str = ""
    at: int = None  # capture time in ns since 1970, once the offset is known


@dataclasses.dataclass
class Match:
    """A line of a log, and the event on the wire that it is about."""
    line: Line
    event: object

    @property
    def difference(self):
        return self.event.time - self.line.time


def read_clock(date, clock, fraction):
    since = datetime.datetime.fromisoformat(f"{date}T{clock}") - datetime.datetime(1970, 1, 1)
    return since // datetime.timedelta(seconds=1) * SECOND + int(fraction.ljust(9, "0")[:9])


def read_line(number, text):
    """Returns a Line, or None where the text does not begin one."""
    match, logging = LINE.match(text), LOGGING.match(text)
    try:
        if logging:
            return Line(number, read_clock(*logging.groups()[1:]), "", logging.group(1))
        if not match:
            return None
        line = Line(number, read_clock(*match.groups()[:3]), match.group(4) or "",
                    match.group(5).rstrip())
    except ValueError:  # no such day
        return None
    for kind, pattern in SHOWN:
        found = pattern.search(line.text)
        if found:
            line.kind, line.conn_id, line.module = kind, found.group(1), found.group(2).strip()
    return line


class Log:
    """A log file: its lines, whose it is, and how its time goes with the capture's."""

    def __init__(self, path):
        self.name = pathlib.Path(path).name
        self.lines, self.skipped = [], 0
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            for number, text in enumerate(file, 1):
                line = read_line(number, text.rstrip("\r\n"))
                if line:
                    self.lines.append(line)
                elif self.lines and text.strip():
                    # A line without a time goes on with the one before: a stack trace.
                    self.lines[-1].text += "\n" + text.rstrip()
                elif text.strip():
                    self.skipped += 1
        self.owner = self._find_owner()
        self.offset = self.spread = None
        self.matches, self.source = [], ""

    def _find_owner(self):
        """Returns the module whose log this is, "Multiplexer", or "" where no line tells."""
        modules = collections.Counter()
        for line in self.lines:
            if OF_MULTIPLEXER.search(line.text):
                return "Multiplexer"
            named = MODULE_NAMED.search(line.text)
            if named:
                modules[(named.group(1) or named.group(2)).strip()] += 1
        return modules.most_common(1)[0][0] if modules else ""

    def align(self, capture, modules):
        """Finds the offset from the log's time to the capture's. modules: each stream's."""
        candidates = list(self._list_candidates(capture.events, modules))
        self.matches = choose(candidates)
        if self.matches:
            differences = [match.difference for match in self.matches]
            self.offset = round(statistics.median(differences))
            self.spread = max(differences) - min(differences)
            self.source = "lines"
        elif self.owner == "Multiplexer":
            self.offset = read_multiplexer_clock(capture.events)
            self.source = "clock" if self.offset is not None else ""
        for line in self.lines:
            line.at = None if self.offset is None else line.time + self.offset

    def _list_candidates(self, events, modules):
        """Yields each line with each event that it may be about."""
        seen = collections.defaultdict(list)
        for event in events:
            for key in list_keys(event, modules):
                seen[key].append(event)
        for line in self.lines:
            if not line.kind:
                continue
            found = seen[line.kind, line.conn_id, line.module] or \
                seen[line.kind, line.conn_id, None]
            for event in found:
                yield Match(line, event)

    def list_ends(self, capture, modules):
        """Yields a line that says a connection was ended, with the first FIN or RST of that
        module's that follows on the wire within ten minutes."""
        told = set()
        for line in self.lines:
            if line.at is None or not ENDED.search(line.text) or not self.owner:
                continue
            event = next((event for event in capture.events if event.kind in ("RST", "FIN")
                          and modules.get(event.stream) == self.owner
                          and -TOLERANCE < event.time - line.at < 600 * SECOND), None)
            if event and event.frame not in told:
                told.add(event.frame)
                yield line, event

    @property
    def zone(self):
        """The offset of the log's zone from UTC, in ns: to the next quarter of an hour."""
        return -round(self.offset / ZONE) * ZONE

    @property
    def ahead(self):
        """By how much the log's clock is ahead of the capture's, in ns, zones aside."""
        return -self.offset - self.zone


def list_keys(event, modules):
    """Returns by what a log may speak of an event: kind, client's id, module or None."""
    conn_id, module = event.fields.get("conn_id"), modules.get(event.stream)
    if event.kind == "Login" and "module" in event.fields:
        return [("Logging in", conn_id, event.fields["module"])]
    if event.kind == "Login":
        return [("Creating", conn_id, module)]
    if event.kind == "Close Connection":
        return [("Closing", conn_id, module)]
    if event.kind == "New Connection":
        # Where no Login was captured; a client that takes its time makes it worth little.
        return [("Creating", conn_id, None), ("Logging in", conn_id, None)]
    return []


def choose(candidates):
    """Returns the matches that agree on an offset: of all stretches of TOLERANCE the one with
    the most lines. Each line is in it once, with the event nearest to the middle."""
    candidates = sorted(candidates, key=lambda match: match.difference)
    best, start = [], 0
    for end, match in enumerate(candidates):
        while match.difference - candidates[start].difference > TOLERANCE:
            start += 1
        stretch = candidates[start:end + 1]
        if len({m.line.number for m in stretch}) > len({m.line.number for m in best}):
            best = stretch
    if not best:
        return []
    middle = statistics.median(match.difference for match in best)
    nearest = {}
    for match in sorted(best, key=lambda match: -abs(match.difference - middle)):
        nearest[match.line.number] = match
    return [nearest[number] for number in sorted(nearest)]


def read_multiplexer_clock(events):
    """Returns the least time from the clock of one of the Multiplexer's PDUs to its capture:
    the offset from the Multiplexer's clock to the capture's, or None where no PDU has one."""
    waits = [event.time - (int(event.fields["ping_clock"]) * 1000 - EPOCH_1901 * SECOND)
             for event in events if event.kind == "Ping" and "ping_clock" in event.fields
             and event.fields.get("sender_name") == "Multiplexer"]
    return min(waits, default=None)
