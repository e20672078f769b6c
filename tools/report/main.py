# main.py
# trade-report's command line.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import shutil
import signal
import sys

from . import aligned, findings, several
from .capture import Capture, Problem, check_capture
from .logs import Log
from .names import Names
from .output import Output
from .page import write_page
from .points_page import write_points_page
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
        "capture of TRADE, worst first, and shows it. Several captures may be of several capture "
        "points: then it says what was lost, held up or forged between them. Or they are parts of "
        "one, and are read as one. Which it is, it finds out and says.")
    parser.add_argument("captures", nargs="+", metavar="CAPTURE")
    parser.add_argument("-o", "--output", default="report.html", metavar="FILE",
                        help="the page (default: report.html); - is standard output")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--points", action="store_true",
                      help="each capture is of a capture point of its own")
    kind.add_argument("--same-point", action="store_true",
                      help="the captures are parts of one, of one point")
    parser.add_argument("--json", metavar="FILE", help="write the findings as JSON, too")
    parser.add_argument("--write", metavar="FILE",
                        help="write all points' frames as one capture, too, with aligned times "
                        "and comments on frames that matter")
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
    """Finds what is wrong before anything long is read. Returns where the page goes, the
    findings and the capture: None where these are not asked for."""
    if not shutil.which("tshark"):
        raise Problem("tshark is not installed: apt-get install tshark")
    for path in arguments.captures:
        check_capture(path)
    if arguments.anonymise and arguments.write:
        raise Problem("--write writes frames as they are: not with --anonymise.")
    inputs = [*arguments.captures, *arguments.log]
    return [name and Output(name, inputs)
            for name in (arguments.output, arguments.json, arguments.write)]


def check_streams(streams, known):
    """Raises a Problem where a connection to be drawn is not there."""
    for stream in streams:
        if stream not in known:
            raise Problem(f"no TRADE connection here is tcp.stream {stream}.")


def make(arguments):
    """Reads all and writes what is asked for."""
    outputs = check(arguments)
    options = [part for setting in arguments.set for part in ("-o", setting)]
    options += [part for rule in arguments.decode_as for part in ("-d", rule)]
    logs = read_logs(arguments.log)
    paths = arguments.captures if arguments.same_point else several.leave_same(arguments.captures)
    comparison = None
    if len(paths) > 1 and not arguments.same_point:
        comparison = several.compare(paths, options, arguments.points,
                                     bool(logs) or arguments.anonymise)
    elif arguments.points:
        raise Problem("--points takes two captures or more that differ.")
    if comparison:
        made = make_points(comparison, logs, arguments)
    elif arguments.write:
        raise Problem("--write takes captures of several points, and these are not.")
    else:
        made = make_one(paths, options, logs, arguments)
    for output, content in zip(outputs, made):
        if output:
            output.write(content)
            if not output.is_stdout:
                print(f"Written: {output.name}", file=sys.stderr)


def make_points(comparison, logs, arguments):
    """Returns the page, the findings, and the capture with aligned times, of several points."""
    capture = comparison.points[0].capture
    check_streams(arguments.stream, {row.stream for row in capture.rows})
    beside = several.align_logs(comparison.points, logs)
    several.judge_all(comparison, get_interval(arguments.set), arguments.anonymise, logs)
    page = write_points_page(comparison, beside, arguments)
    return (page, several.write_findings(comparison),
            aligned.make(comparison) if arguments.write else None)


def align_logs(capture, logs):
    """Sets logs beside a capture; returns what each says of ends of connections."""
    modules = {row.stream: row["Module"] for row in capture.rows}
    for log in logs:
        log.align(capture, modules)
    return {log: list(log.list_ends(capture, modules)) for log in logs}


def make_one(paths, options, logs, arguments):
    """Returns the page and the findings of one point."""
    capture = Capture(paths, options)
    capture.read_overview(bool(logs))
    check_streams(arguments.stream, {row.stream for row in capture.rows})
    ends = align_logs(capture, logs)
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
    return (write_page(capture, connections, logs, ends, arguments),
            findings.write(findings.describe_capture(capture)))


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
