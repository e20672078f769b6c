# options.py
# trade-report's options, and what is wrong with them: found before anything is read, and said in
# one line.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import os
import re
import shutil
import struct
import subprocess

from .capture import Problem, check_capture
from .output import Output

DRAWN = 12  # bad connections that are drawn, unless more are asked for
# A capture without a frame, of which tshark has only its options to complain.
EMPTY = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}. {self.prog} --help shows the usage.\n")


def count(text):
    """Returns an option's number."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is no number from 0")
    return int(text)


def preference(text):
    """Returns a preference, as tshark's -o takes it."""
    if not re.fullmatch(r"[\w.]+:.*", text):
        raise argparse.ArgumentTypeError(f"{text} is not NAME:VALUE, as in trade.interval:60")
    return text


def parse_arguments():
    parser = Parser(
        prog="trade-report", description="Writes one HTML page that says what went wrong in a "
        "capture of TRADE, worst first, and shows it. Several captures may be of several capture "
        "points: then it says what was lost, held up or forged between them. Or they are parts of "
        "one, and are read as one. Which it is, it finds out and says.")
    add = parser.add_argument
    add("captures", nargs="+", metavar="CAPTURE")
    add("-o", "--output", default="report.html", metavar="FILE",
        help="the page (default: report.html); - is standard output")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--points", action="store_true",
                      help="each capture is of a capture point of its own")
    kind.add_argument("--same-point", action="store_true",
                      help="the captures are parts of one, of one point")
    add("--text", metavar="FILE", help="write the findings as plain text, too, for a mail")
    add("--json", metavar="FILE", help="write the findings as JSON, too")
    add("--annotate", metavar="FILE", help="write the capture, too, with comments on the frames "
        "of each finding")
    add("--write", metavar="FILE", help="write all points' frames as one capture, too, with "
        "aligned times and comments on frames that matter")
    add("--log", action="append", default=[], metavar="FILE",
        help="a module's or the Multiplexer's log, to be set beside the packets; may be repeated")
    add("--anonymise", action="store_true",
        help="replace addresses, users, module names and file names")
    add("--stream", action="append", type=count, default=[], metavar="N",
        help="draw connection tcp.stream N, too; may be repeated")
    add("--drawn", type=count, default=DRAWN, metavar="N",
        help=f"draw at most N bad connections (default: {DRAWN})")
    add("--set", action="append", type=preference, default=[], metavar="NAME:VALUE",
        help="a preference, as tshark's -o: trade.interval:60")
    add("--decode-as", action="append", default=[], metavar="RULE",
        help="as tshark's -d: tcp.port==9999,trade")
    return parser.parse_args()


def list_for_tshark(arguments):
    """Returns the options that tshark gets."""
    return [part for setting in arguments.set for part in ("-o", setting)] + \
        [part for rule in arguments.decode_as for part in ("-d", rule)]


def check_combination(arguments):
    """Raises a Problem where options exclude each other."""
    several = len({os.path.realpath(path) for path in arguments.captures}) > 1
    for name in ("write", "annotate"):
        if arguments.anonymise and getattr(arguments, name):
            raise Problem(f"--{name} writes frames as they are: not with --anonymise.")
    if arguments.points and not several:
        raise Problem("--points takes two captures or more that differ.")
    if arguments.points and arguments.annotate:
        raise Problem("--annotate takes captures of one point: --write does it for several.")
    if arguments.write and (arguments.same_point or not several):
        raise Problem("--write takes captures of several points: --annotate does it for one.")


def check_outputs(arguments):
    """Returns where each of what is made goes: None where it is not asked for."""
    inputs = [*arguments.captures, *arguments.log]
    known = {}
    for option in ("output", "json", "text", "annotate", "write"):
        name = getattr(arguments, option)
        place = name and (name if name == "-" else os.path.realpath(name))
        if place in known:
            raise Problem(f"--{known[place]} and --{option} both write {name}: name another file.")
        if name:
            known[place] = option
    return {option: Output(getattr(arguments, option), inputs) for option in known.values()}


def check_with_tshark(options):
    """Raises a Problem where tshark does not take options."""
    if options:
        done = subprocess.run(["tshark", *options, "-r", "-"], input=EMPTY, capture_output=True,
                              check=False)
        said = [line for line in done.stderr.decode("utf-8", "replace").splitlines()
                if line.startswith("tshark: ")]
        if done.returncode:
            told = said[0].rstrip(".:") if said else f"tshark: status {done.returncode}"
            raise Problem(f"{told}: see --set and --decode-as.")


def check(arguments):
    """Finds what is wrong before anything long is read. Returns the Outputs by their options."""
    if not shutil.which("tshark"):
        raise Problem("tshark is not installed: apt-get install tshark")
    check_combination(arguments)
    for path in arguments.captures:
        check_capture(path)
    for path in arguments.log:
        if not os.path.isfile(path):
            raise Problem(f"{path} cannot be read: it is no file.")
    return check_outputs(arguments)
