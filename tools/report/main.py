# main.py
# trade-report's command line.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import pathlib
import sys

from .capture import Capture, Problem
from .logs import Log
from .names import Names
from .page import write_page
from .story import GOOD, Connection, rank

DRAWN = 12  # bad connections that are drawn, unless more are asked for


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="trade-report", description="Writes one HTML page that says what went wrong in a "
        "capture of TRADE, worst first, and shows it. Several captures are read as one.")
    parser.add_argument("captures", nargs="+", metavar="CAPTURE")
    parser.add_argument("-o", "--output", default="report.html", metavar="FILE",
                        help="the page (default: report.html)")
    parser.add_argument("--log", action="append", default=[], metavar="FILE",
                        help="a module's or the Multiplexer's log, to be set beside the packets; "
                        "may be repeated")
    parser.add_argument("--anonymise", action="store_true",
                        help="replace addresses, users, module names and file names")
    parser.add_argument("--stream", action="append", type=int, default=[], metavar="N",
                        help="draw connection tcp.stream N, too; may be repeated")
    parser.add_argument("--drawn", type=int, default=DRAWN, metavar="N",
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


def make(arguments):
    """Reads all and writes the page."""
    options = [part for setting in arguments.set for part in ("-o", setting)]
    options += [part for rule in arguments.decode_as for part in ("-d", rule)]
    logs = read_logs(arguments.log)
    capture = Capture(arguments.captures, options)
    capture.read_overview(bool(logs))
    modules = {row.stream: row["Module"] for row in capture.rows}
    for log in logs:
        log.align(capture, modules)
    ends = {log: list(log.list_ends(capture, modules)) for log in logs}
    if arguments.anonymise:
        Names().anonymise(capture, logs)
    capture.rows.sort(key=lambda row: rank(row["Verdict"]))
    bad = [row.stream for row in capture.rows if row["Verdict"] not in GOOD]
    chosen = set(bad[:max(arguments.drawn, 0)]) | set(arguments.stream) & set(modules)
    frames = capture.read_frames(chosen)
    if arguments.anonymise:
        Names.rename_files(capture, logs)
    interval = get_interval(arguments.set)
    connections = [Connection(row, frames[row.stream], capture, interval)
                   for row in capture.rows if frames.get(row.stream)]
    page = write_page(capture, connections, logs, ends, arguments)
    pathlib.Path(arguments.output).write_text(page, encoding="utf-8", newline="\n")


def main():
    """Returns the exit status: 0, or 1 with a message on stderr."""
    arguments = parse_arguments()
    try:
        make(arguments)
    except Problem as problem:
        print(f"trade-report: {problem}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"trade-report: {error}", file=sys.stderr)
        return 1
    print(f"Written: {arguments.output}", file=sys.stderr)
    return 0
