# judge.py
# Has tshark judge what the ring has. A tshark that has judged enough is ended, and the next one
# begins some time before where that ended, so that it knows the Pings before. So its memory does
# not grow for months; and it is the same if somebody kills it.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import dataclasses
import os
import pathlib
import queue
import select
import struct
import subprocess
import tempfile
import threading
import time

from .packets import Broken, GrowingFile, Place
from .ring import describe_status
from .say import say

SECOND = 1_000_000_000
# tshark reads a pipe in pieces of 4096 bytes. A block that it skips fills the last one.
FILLER = struct.pack("<II", 0x80000001, 8192) + bytes(8180) + struct.pack("<I", 8192)
PATIENCE = 120  # seconds in which tshark has to take something
TRIES = 3       # how often the same frames may end tshark
NAMES = 10000   # connections whose modules' names are kept, the last ones
WORDS_WITHOUT_PLUGIN = ("-z argument", 'flag "trade.')
ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "s": "\\"}


class Gone(Exception):
    """tshark ended, or takes nothing any more."""


class NoPlugin(Exception):
    """tshark has no plugin."""


@dataclasses.dataclass
class Snapshot:
    """What is known at a time."""
    time: float
    connections: dict  # rows of health by stream, each a dict
    incidents: list    # rows of incidents, each a dict
    answers: list      # response times in s of the PDUs that came since the last snapshot
    get_place: object  # a function: frame number -> path, number of the frame in that file


def unescape(cell):
    """Returns a cell's text."""
    if "\\" not in cell:
        return cell
    first, *rest = cell.split("\\")
    return first + "".join(ESCAPES.get(part[:1], "") + part[1:] for part in rest)


def list_rights_to_drop():
    """Returns the command before one that needs no right to capture, which this program's
    user may have by the unit of systemd."""
    try:
        status = pathlib.Path("/proc/self/status").read_text()
        has_rights = int(status.split("CapAmb:")[1].split()[0], 16) != 0
    except (OSError, IndexError, ValueError):
        return []
    return ["setpriv", "--ambient-caps=-all", "--inh-caps=-all"] if has_rights else []


class Tshark:
    """A tshark that reads frames from a pipe, and writes snapshots to another."""

    def __init__(self, options, after):
        self.after, self.fed = after, 0
        self.parts = []  # first frame here, path, number of that frame there
        self.snapshots = queue.Queue()
        rows, rows_end = os.pipe()
        self.complaints = tempfile.TemporaryFile()
        try:
            self.process = subprocess.Popen(
                [*list_rights_to_drop(), "tshark", "-q", "-r", "-", *options, "-z", "trade,health",
                 "-z", "trade,incidents", "-z", f"trade,rows,/dev/fd/{rows_end}"],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self.complaints,
                pass_fds=[rows_end])
        finally:
            os.close(rows_end)
        os.set_blocking(self.process.stdin.fileno(), False)
        self.reader = threading.Thread(target=self._read, daemon=True,
                                       args=(open(rows, encoding="utf-8", errors="replace",
                                                  newline="\n"),))
        self.reader.start()

    def begin_file(self, place):
        """Tells that what is fed from now on is of a file, from there on."""
        self.parts.append((self.fed + 1, place.file.path, place.frames + 1))
        if place.offset:
            self.feed(place.file.head, 0)

    def feed(self, data, frames):
        """Gives tshark blocks that have so many frames."""
        self.fed += frames
        stdin, left = self.process.stdin.fileno(), memoryview(data)
        while left:
            if not select.select([], [stdin], [], PATIENCE)[1]:
                raise Gone(f"it took nothing for {PATIENCE} s")
            try:
                left = left[os.write(stdin, left):]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise Gone("it ended") from None

    def finish(self):
        """Lets tshark end when it has judged all that it got."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        self.process.wait(PATIENCE)
        self.reader.join()

    def end(self):
        """Ends tshark; returns what it said, and its status in words."""
        self.process.kill()
        self.process.wait()
        self.reader.join()
        try:
            self.process.stdin.close()
        except OSError:
            pass
        self.complaints.seek(0)
        said = self.complaints.read().decode("utf-8", "replace")
        self.complaints.close()
        return " ".join(line.strip() for line in said.splitlines()[:5]
                        if line.strip() and not line.startswith("Running as user"))

    def get_place(self, number):
        """Returns the file that has a frame, and the frame's number there."""
        for first, path, there in reversed(self.parts):
            if number >= first:
                return path, there + number - first
        return None, None

    def _read(self, rows):
        """Reads rows, and makes snapshots of them."""
        names, connections, incidents, answers = {}, {}, [], []
        with rows:
            for line in rows:
                kind, *cells = line.rstrip("\n").split("\t")
                if kind not in names or cells and cells == names[kind]:
                    names[kind] = cells
                elif kind == "pdu":
                    row = dict(zip(names[kind], cells))
                    if row["response_time"] and int(row["time"]) / SECOND > self.after:
                        answers.append(float(row["response_time"]))
                elif kind == "health":
                    row = read_row(names[kind], cells)
                    connections[row["stream"]] = row
                elif kind == "incidents":
                    incidents.append(read_row(names[kind], cells))
                if kind == "end" and len(cells) == 2:
                    self.snapshots.put(Snapshot(int(cells[1]) / SECOND, connections, incidents,
                                                answers, self.get_place))
                    connections, incidents, answers = {}, [], []


def read_time(text):
    """Returns a local time of a table's as s since 1970; None: there is none."""
    try:
        return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))
    except ValueError:
        return None


def read_row(names, cells):
    """Returns a row of a table; of columns with the same name, the first."""
    return dict(reversed(list(zip(names, map(unescape, cells)))))


def is_old(row, before):
    """Returns whether an incident ended before a time. Of each connection, the plugin keeps the
    three worst: one that has them tells no other. What was never answered has no end there."""
    name = "since" if row["verdict"] == "ping-unanswered" and row["until"] == "-" else "until"
    when = read_time(row[name])
    return when is not None and when < before


class Follower:
    """Reads the ring's files one after another."""

    def __init__(self, ring, longest):
        self.ring, self.longest = ring, longest
        self.place = None
        self.spans = {}  # path: times of its first and last frame
        self.lost = 0    # files that were gone before they were read
        self.broken = set()
        self.paths = []    # all files there ever were, in order; None: forgotten
        self.numbers = {}  # path: its place there
        self._note_files(ring.list_files()[:ring.begun])
        self.begin = len(self.paths)  # the first that is to be read

    def read(self):
        """Returns the place, and the blocks that are there; (None, b"") if there is no more."""
        if not self.place and not self._open_next():
            return None, b""
        while True:
            before = self.place
            is_complete = self._find_next() is not None
            data = self._read_piece()
            if data:
                if self.place.frames > before.frames:
                    self.spans[before.file.path] = (before.file.begun or self.place.time,
                                                    self.place.time)
                return before, data
            # dumpcap begins a file when it has written the one before.
            if not is_complete or not self._open_next():
                return None, b""

    def _read_piece(self):
        file = self.place.file
        try:
            data, self.place = file.read(self.place.offset, self.place.frames,
                                         self.longest)
            return data
        except Broken as broken:
            if file.path not in self.broken:
                say(f"{broken} The rest of it is left out.")
            self.broken.add(file.path)
            return b""

    def _note_files(self, paths):
        for path in paths:
            if path not in self.numbers:
                self.numbers[path] = len(self.paths)
                self.paths.append(path)

    def _find_next(self):
        """Returns the number of the next file; None if there is none."""
        self._note_files(self.ring.list_files())
        number = self.numbers[self.place.file.path] + 1 if self.place else self.begin
        return number if number < len(self.paths) else None

    def _open_next(self):
        number = self._find_next()
        while number is not None and number < len(self.paths):
            path = self.paths[number]
            try:
                file = GrowingFile(path)
            except OSError as error:
                say(f"{path} is gone before it was read ({error.strerror}): a larger ring, or a "
                    "faster machine, would have kept it")
                self.lost += 1
                number += 1
                continue
            file.time = self.place.time if self.place else 0.0
            self.place = Place(file, 0, 0, file.time)
            return True
        return False

    def list_files(self, since, until):
        """Returns the files that have frames of a time."""
        return [str(path) for path, (first, last) in self.spans.items()
                if first <= until and last >= since]

    def forget(self, before):
        """Forgets files that are gone and whose frames are older."""
        old = [path for path, (_, last) in self.spans.items()
               if last < before and not path.exists()]
        for path in old:
            del self.spans[path]
            if path != self.place.file.path and path in self.numbers:
                self.paths[self.numbers.pop(path)] = None


class Judge:
    """Follows the ring with one tshark after another."""

    def __init__(self, arguments, ring):
        self.overlap = 10 * arguments.interval
        self.most = arguments.restart
        self.options = ["-o", f"trade.interval:{arguments.interval}",
                        "-z", f"trade,live,{max(1, arguments.interval // 10)}"]
        for setting in arguments.set:
            self.options += ["-o", setting]
        for rule in arguments.decode_as:
            self.options += ["-d", rule]
        self.follower = Follower(ring, self.overlap / 20)
        self.kept = collections.deque()  # places where a tshark may begin, in order
        self.judged = 0.0                # time of the last snapshot
        self.furthest = 0.0              # time of the last frame that was fed
        self.tshark = None
        self.taken = []
        self.old_frames = 0              # fed to this tshark of what was judged before
        self.names = {}                  # of modules, by the ends of their connections
        self.frames = self.restarts = self.failures = 0
        self.is_behind = False           # tshark may wait for the rest of a piece
        self.is_full = False             # tshark keeps incidents that are long over: what it
                                         # says after this is not taken

    def step(self):
        """Feeds what is there, a piece at most. Returns whether there was any."""
        try:
            return self._step()
        except Gone as gone:
            self.begin_again(str(gone))
            return True

    def _step(self):
        if not self.tshark:
            self._start()
        if self.is_full:
            self.tshark.end()
            self.tshark = None
            self.restarts += 1
            return True
        before, data = self.follower.read()
        if not data:
            if self.is_behind:
                self.is_behind = False
                self.tshark.feed(FILLER, 0)
            if self.tshark.process.poll() is not None:
                raise Gone("it ended")
            return False
        after = self.follower.place
        self._keep(before)
        if not self.tshark.parts or self.tshark.parts[-1][1] != before.file.path:
            self.tshark.begin_file(before)
        self.tshark.feed(data, after.frames - before.frames)
        self.is_behind = True
        if after.time <= self.tshark.after:
            self.old_frames = self.tshark.fed
        if after.time > self.furthest:
            self.furthest = after.time
            self.frames += after.frames - before.frames
        if self.tshark.fed - self.old_frames > max(self.most, 2 * self.old_frames):
            self.change()
        return True

    def _keep(self, place):
        """Keeps a place for the next tshark, and forgets those that none needs."""
        if not self.kept or place.time >= self.kept[-1].time + self.overlap / 20 or \
                place.file is not self.kept[-1].file:
            self.kept.append(place)
        while len(self.kept) > 1 and self.kept[1].time <= self.judged - self.overlap:
            self.kept.popleft()
        if not place.offset:
            self.follower.forget(self.judged - 10 * self.overlap)

    def _start(self):
        self.tshark = Tshark(self.options, self.judged)
        self.old_frames = 0
        self.is_full = False
        if self.kept:
            self.follower.place = self.kept[0]
            self.kept.clear()

    def change(self):
        """Ends a tshark that has judged enough, when it has judged all that it got."""
        if not self.tshark:
            return
        try:
            self.tshark.finish()
        except subprocess.TimeoutExpired:
            raise Gone(f"it did not end in {PATIENCE} s") from None
        if self.tshark.process.returncode != 0:
            raise Gone("it failed")
        self._collect()
        self.tshark.end()
        self.tshark = None
        self.restarts += 1

    def _collect(self):
        """Takes what tshark knows."""
        while self.tshark and not self.is_full and not self.tshark.snapshots.empty():
            snapshot = self.tshark.snapshots.get()
            self._name_modules(snapshot)
            if snapshot.time > self.tshark.after:
                self.taken.append(snapshot)
                self.failures = 0
                self.judged = max(self.judged, snapshot.time)
                self.is_full = snapshot.time > self.tshark.after + self.overlap and any(
                    is_old(row, snapshot.time - self.overlap) for row in snapshot.incidents)

    def _name_modules(self, snapshot):
        """Names modules whose greeting only an earlier tshark has seen."""
        for row in snapshot.connections.values():
            ends = row["module_endpoint"], row["multiplexer_endpoint"]
            unknown = row["module"]
            known = self.names.pop(ends, None)
            if not unknown.startswith("Unknown ("):
                known = unknown
            elif known:
                for name in ("module", "cause"):
                    row[name] = row[name].replace(unknown, known)
                for incident in snapshot.incidents:
                    if row["stream"] in incident["tcp_stream"].split(", "):
                        for name in ("modules", "what_happened"):
                            incident[name] = incident[name].replace(unknown, known)
            if known:
                self.names[ends] = known
        while len(self.names) > NAMES:
            del self.names[next(iter(self.names))]

    def take(self):
        """Returns the snapshots that are new."""
        self._collect()
        taken, self.taken = self.taken, []
        return taken

    def begin_again(self, why):
        """Puts another tshark in place of one that ended by itself."""
        status = self.tshark.process.poll()
        said = self.tshark.end()
        self._collect()
        if status and any(words in said for words in WORDS_WITHOUT_PLUGIN):
            raise NoPlugin("tshark does not load the TRADE plugin, or one of another version: "
                           "trade-doctor says why.")
        if status is not None:
            why = f"it ended ({describe_status(status)})"
        say(f"tshark judges no more: {why}. {said} Another one begins.")
        self.tshark = None
        self.restarts += 1
        self.failures += 1
        if self.failures >= TRIES:
            say("the same frames ended tshark again and again: they are left out")
            self.kept.clear()
            self.failures = 0
        time.sleep(0.5)
