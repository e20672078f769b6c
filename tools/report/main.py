# main.py
# trade-report's command line.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import shutil
import signal
import sys

from .capture import Capture, Problem, check_capture
from .logs import Log
from .names import Names
from .output import Output
from .page import write_page
from .story import GOOD, Connection, rank

DRAWN = 12  # bad connections that are drawn, unless more are asked for


class Interrupted(BaseException):
    """A signal asks this program to end."""


def count(text):
    """Returns an option's number."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is no number from 0")
    return int(text)


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="trade-report", description="Writes one HTML page that says what went wrong in a "
        "capture of TRADE, worst first, and shows it. Several captures are read as one.")
    parser.add_argument("captures", nargs="+", metavar="CAPTURE")
    parser.add_argument("-o", "--output", default="report.html", metavar="FILE",
                        help="the page (default: report.html); - is standard output")
    parser.add_argument("--log", action="append", default=[], metavar="FILE",
                        help="a module's or the Multiplexer's log, to be set beside the packets; "
                        "may be repeated")
    parser.add_argument("--anonymise", action="store_true",
                        help="replace addresses, users, module names and file names")
    parser.add_argument("--stream", action="append", type=count, default=[], metavar="N",
                        help="draw connection tcp.stream N, too; may be repeated")
    parser.add_argument("--drawn", type=count, default=DRAWN, metavar="N",
                        help=f"draw at most N bad connections (default: {DRAWN})")
    parser.add_argument("--set", action="append", default=[], metavar="NAME:VALUE",
                        help="a preference, as tshark's -o: trade.interval:60")
    parser.add_argument("--decode-as", action="append", default=[], metavar="RULE",
                        help="as tshark's -d: tcp.port==9999,trade")
    return parser.parse_args()


def get_interval(settings):
    """Returns the seconds between Pings by the options given, or the plugin's default."""
    for setting in reversed(settings):
        name, _, value = setting.partition(":")
        if name == "trade.interval" and value.strip().isdigit() and int(value) > 0:
            return int(value)
    return 30


def read_logs(paths):
    logs = []
    for path in paths:
        try:
            logs.append(Log(path))
        except OSError as error:
            raise Problem(f"{path} cannot be read: {error.strerror}.") from error
    return logs


def check(arguments):
    """Finds what is wrong before anything long is read. Returns where the page goes."""
    if not shutil.which("tshark"):
        raise Problem("tshark is not installed: apt-get install tshark")
    for path in arguments.captures:
        check_capture(path)
    return Output(arguments.output, [*arguments.captures, *arguments.log])


def check_streams(streams, modules):
    """Raises a Problem where a connection to be drawn is not there."""
    for stream in streams:
        if stream not in modules:
            raise Problem(f"no TRADE connection here is tcp.stream {stream}.")


def make(arguments):
    """Reads all and writes the page."""
    output = check(arguments)
    options = [part for setting in arguments.set for part in ("-o", setting)]
    options += [part for rule in arguments.decode_as for part in ("-d", rule)]
    logs = read_logs(arguments.log)
    capture = Capture(arguments.captures, options)
    capture.read_overview(bool(logs))
    modules = {row.stream: row["Module"] for row in capture.rows}
    check_streams(arguments.stream, modules)
    for log in logs:
        log.align(capture, modules)
    ends = {log: list(log.list_ends(capture, modules)) for log in logs}
    if arguments.anonymise:
        Names().anonymise(capture, logs)
    capture.rows.sort(key=lambda row: rank(row["Verdict"]))
    bad = [row.stream for row in capture.rows if row["Verdict"] not in GOOD]
    chosen = {*bad[:arguments.drawn], *arguments.stream}
    frames = capture.read_frames(chosen)
    if arguments.anonymise:
        Names.rename_files(capture, logs)
    interval = get_interval(arguments.set)
    connections = [Connection(row, frames[row.stream], capture, interval)
                   for row in capture.rows if frames.get(row.stream)]
    output.write(write_page(capture, connections, logs, ends, arguments))
    if not output.is_stdout:
        print(f"Written: {output.name}", file=sys.stderr)


def interrupt(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    raise Interrupted(number)


def main():
    """Returns the exit status: 0; or, with a message on stderr, 1, and 128 and the signal's number
    where one ended it."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        make(parse_arguments())
    except Problem as problem:
        print(f"trade-report: {problem}", file=sys.stderr)
        return 1
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        print(f"trade-report: {named}{error.strerror or error}", file=sys.stderr)
        return 1
    except Interrupted as interrupted:
        number, = interrupted.args
        print(f"trade-report: ended by {signal.Signals(number).name}.", file=sys.stderr)
        return 128 + number
    return 0
