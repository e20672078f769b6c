# main.py
# trade-report's command line.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import signal
import sys

from . import aligned, annotated, findings, mail, several
from .capture import Capture, Problem
from .logs import Log
from .names import Names
from .options import check, check_with_tshark, list_for_tshark, parse_arguments
from .page import describe_header, list_evidence, list_limits, write_page
from .points_page import get_name, write_points_page
from .story import GOOD, Connection, rank


class Interrupted(BaseException):
    """A signal asks this program to end."""


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


def check_streams(streams, known):
    """Raises a Problem where a connection to be drawn is not there."""
    for stream in streams:
        if stream not in known:
            raise Problem(f"no TRADE connection here is tcp.stream {stream}.")


def make(arguments):
    """Reads all and writes what is asked for."""
    outputs = check(arguments)
    options = list_for_tshark(arguments)
    try:
        makers = read(arguments, options)
    except Problem:
        check_with_tshark(options)      # knows better what is wrong, if that is an option
        raise
    made = {option: "" if output.is_nowhere else makers[option]()
            for option, output in outputs.items()}
    for option, output in outputs.items():
        output.write(made[option])
        if not output.is_stdout:
            print(f"Written: {output.name}", file=sys.stderr)


def read(arguments, options):
    """Reads all; returns by option what makes that which it asks for."""
    logs = read_logs(arguments.log)
    paths = arguments.captures if arguments.same_point else several.leave_same(arguments.captures)
    comparison = None
    if len(paths) > 1 and not arguments.same_point:
        comparison = several.compare(paths, options, arguments.points,
                                     bool(logs) or arguments.anonymise)
    elif arguments.points:
        raise Problem("--points takes two captures or more that differ.")
    if comparison:
        return judge_points(comparison, logs, arguments)
    if arguments.write:
        raise Problem("--write takes captures of several points, and these are not: --annotate "
                      "does it for one.")
    return read_one(paths, options, logs, arguments)


def judge_points(comparison, logs, arguments):
    """Returns what makes that which may be asked for of several points, by option."""
    if arguments.annotate:
        raise Problem("--annotate takes captures of one point, and these are not: --write does "
                      "it for several.")
    capture = comparison.points[0].capture
    check_streams(arguments.stream, {row.stream for row in capture.rows})
    beside = several.align_logs(comparison.points, logs)
    several.judge_all(comparison, get_interval(arguments.set), arguments.anonymise, logs)
    joined = [(get_name(connection), connection.joined) for connection in comparison.connections]
    return {"output": lambda: write_points_page(comparison, beside, arguments),
            "json": lambda: several.write_findings(comparison),
            "text": lambda: mail.write_points([point.name for point in comparison.points], joined),
            "write": lambda: aligned.make(comparison)}


def align_logs(capture, logs):
    """Sets logs beside a capture; returns what each says of ends of connections."""
    modules = {row.stream: row["Module"] for row in capture.rows}
    for log in logs:
        log.align(capture, modules)
    return {log: list(log.list_ends(capture, modules)) for log in logs}


def read_one(paths, options, logs, arguments):
    """Returns what makes that which may be asked for of one point, by option."""
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
    facts = [list_evidence(connection, ends) for connection in connections]
    limits = list(list_limits(capture, connections, logs))
    return {"output": lambda: write_page(capture, connections, facts, limits, logs, arguments),
            "json": lambda: findings.write(findings.describe_capture(capture)),
            "text": lambda: mail.write(describe_header(capture), capture, connections, facts,
                                       limits),
            "annotate": lambda: annotated.annotate(capture, annotated.collect(capture, facts))}


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
