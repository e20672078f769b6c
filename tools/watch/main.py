# main.py
# trade-watch's command line, and its loop.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import os
import pathlib
import re
import shutil
import signal
import time

from .incidents import Book
from .judge import TRIES, Gone, Judge, NoPlugin
from .outputs import Metrics, Outputs
from .ring import Files, Ring
from .say import say

PAUSE = 0.2        # seconds in which no frame came, until the next look
WRITE_EVERY = 5    # seconds between metrics
UNITS = {"kB": 1, "MB": 1000, "GB": 1000000}  # in dumpcap's


def parse_ring(text):
    """Returns the number of files, and the size of one in dumpcap's units of 1000 bytes."""
    match = re.fullmatch(r"(\d+)x(\d+)(kB|MB|GB)", text, re.A)
    if not match or int(match[1]) < 2 or int(match[2]) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no ring of two files or more: 20x100MB")
    return int(match[1]), int(match[2]) * UNITS[match[3]]


def parse_number(text):
    """Returns a number from 1 on."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 on")
    return int(text)


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="trade-watch", description="Captures TRADE in a ring of files without end, and writes "
        "a line of JSON when something goes wrong with connections, and when it is over.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("-i", dest="interfaces", action="append", metavar="INTERFACE",
                        help="capture there; may be repeated")
    source.add_argument("--read", nargs="+", metavar="FILE",
                        help="read these captures (pcapng, in order) instead, and end")
    parser.add_argument("-f", dest="filter", default="tcp port 2107", metavar="FILTER",
                        help="the capture filter (default: tcp port 2107)")
    parser.add_argument("--dir", default=os.environ.get("STATE_DIRECTORY") or "trade-watch",
                        metavar="DIR", help="where the ring is (default: trade-watch, here)")
    parser.add_argument("--ring", type=parse_ring, default="20x100MB", metavar="NxSIZE",
                        help="how many files, and their size (default: 20x100MB)")
    parser.add_argument("--keep", metavar="DIR",
                        help="copy the files around each incident to a directory there, with "
                        "trade-report's page")
    parser.add_argument("--exec", metavar="COMMAND",
                        help="run this in a shell for each line, which is its standard input")
    parser.add_argument("--syslog", nargs="?", const="/dev/log", metavar="SOCKET",
                        help="write the lines to syslog, too (at /dev/log, or this socket)")
    parser.add_argument("--metrics", metavar="FILE",
                        help="write figures there, for node_exporter's textfile collector")
    parser.add_argument("--interval", type=parse_number, default=30, metavar="SECONDS",
                        help="between Pings (default: 30)")
    parser.add_argument("--quiet", type=parse_number, default=300, metavar="SECONDS",
                        help="what comes again within this time is only summed up (default: 300)")
    parser.add_argument("--restart", type=parse_number, default=300000, metavar="FRAMES",
                        help="begin a new tshark after so many (default: 300000)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME:VALUE",
                        help="a preference, as tshark's -o")
    parser.add_argument("--decode-as", action="append", default=[], metavar="RULE",
                        help="as tshark's -d: tcp.port==9999,trade")
    return parser.parse_args()


class Watch:
    """The parts, and what they do again and again."""

    def __init__(self, arguments):
        self.is_live = not arguments.read
        self.ring = Ring(arguments) if self.is_live else Files(arguments)
        self.judge = Judge(arguments, self.ring)
        self.book = Book(arguments.interval, arguments.quiet, self.judge.overlap)
        self.outputs, self.metrics = Outputs(arguments), Metrics(
            arguments.metrics, arguments.interfaces)
        self.interval = arguments.interval
        self.is_over = False
        self.written = 0.0
        self.heard = time.monotonic()  # when the last frame came
        self.is_silent = False

    def run(self):
        """Watches until it is told to end, or all is read."""
        while not self.is_over:
            self.ring.keep_running()
            has_moved = self.judge.step()
            self._take()
            self.outputs.commands.step()
            if time.monotonic() - self.written >= WRITE_EVERY:
                self._write_metrics()
            if has_moved:
                self._note_frames()
            elif not self.is_live:
                break
            else:
                self._note_silence()
                time.sleep(PAUSE)
        self._finish()

    def _note_frames(self):
        self.heard = time.monotonic()
        if self.is_silent:
            say("frames come again")
        self.is_silent = False

    def _note_silence(self):
        """Without frames, there is no judgement: not even that all is silent."""
        if not self.is_silent and time.monotonic() - self.heard > 3 * self.interval:
            say(f"no frame came for {3 * self.interval} s")
            self.is_silent = True

    def _take(self):
        """Tells what is new."""
        for snapshot in self.judge.take():
            self.metrics.update(snapshot)
            self._tell(self.book.update(snapshot), snapshot.time)

    def _tell(self, events, now):
        for event, incident in events:
            until = now if incident.until is None else incident.until
            self.outputs.tell(event, incident, self.judge.follower.list_files(
                incident.first - 2 * self.interval, until + self.interval))

    def _finish(self):
        """Judges what is left, and ends."""
        self.ring.stop()
        failures = 0
        while failures < TRIES:
            try:
                # What was captured; of files that are there already, nobody waits for the rest.
                while (self.is_live or not self.is_over) and self.judge.step():
                    self._take()
                self.judge.change()
                self._take()
                if not self.judge.is_full:
                    break
            except Gone as gone:
                failures += 1
                self.judge.begin_again(str(gone))
        self._take()
        self._tell(self.book.finish(), self.judge.judged)
        self.outputs.commands.finish()
        self._write_metrics()

    def _write_metrics(self):
        self.written = time.monotonic()
        judge, place = self.judge, self.judge.follower.place
        lag = max(0.0, place.time - judge.judged) if place else 0.0
        self.metrics.write({
            "incidents": ("counter", self.book.total, "Incidents so far."),
            "open_incidents": ("gauge", self.book.count_open(), "Incidents that last."),
            "frames": ("counter", judge.frames, "Frames that were judged."),
            "dropped_packets": ("counter", self.ring.dropped,
                                "Packets that dumpcap dropped, which it says when it ends."),
            "lost_files": ("counter", judge.follower.lost,
                           "Files that the ring removed before they were judged."),
            "restarts": ("counter", judge.restarts, "How often a new tshark began."),
            "lag_seconds": ("gauge", round(lag, 3),
                            "From the last frame judged to the last one read."),
            "last_frame_timestamp_seconds": ("gauge", place.time if place else 0.0,
                                             "When the last frame was captured.")})


def get_group(path):
    """Returns the name of a file's group, or its number."""
    try:
        return pathlib.Path(path).group()
    except KeyError:
        return str(os.stat(path).st_gid)


def check(arguments):
    """Returns what is missing, or None."""
    for program in ("tshark", *(["dumpcap"] if arguments.interfaces else [])):
        if not shutil.which(program):
            path = shutil.which(program, os.F_OK)
            return (f"{path} is not for this user, but for the group {get_group(path)}" if path
                    else f"{program} is not installed: apt-get install tshark")
    if not os.path.isdir("/dev/fd"):
        return "there is no /dev/fd, through which tshark tells what it finds: mount /proc"
    for path in arguments.read or ():
        if not os.access(path, os.R_OK):
            return f"{path} cannot be read."
    if arguments.interfaces:
        pathlib.Path(arguments.dir).mkdir(parents=True, exist_ok=True)
        if not os.access(arguments.dir, os.W_OK | os.X_OK):
            return f"{arguments.dir} cannot be written to."
    return None


def main():
    """Returns the exit status: 0; 1 with a message on stderr."""
    arguments = parse_arguments()
    try:
        wrong = check(arguments)
        if wrong:
            say(wrong)
            return 1
        watch = Watch(arguments)

        def end(_number, _frame):
            watch.is_over = True

        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, end)
        watch.run()
    except NoPlugin as error:
        say(str(error))
        return 1
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        say(f"{named}{error.strerror or error}")
        return 1
    return 0
