#!/usr/bin/python3
# check_golden.py TSHARK
# Compares what a tshark with the plugin shows of captures/ with tests/golden/: numbers and Info.
# For systems on which the tests do not run; needs nothing but Python.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import pathlib
import re
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent
CAPTURES = TESTS.parent / "captures"


def run(tshark, *arguments):
    """Returns what tshark prints."""
    done = subprocess.run([tshark, *map(str, arguments)], capture_output=True, timeout=300)
    if done.returncode:
        sys.exit(f"tshark failed: {done.stderr.decode('utf-8', 'replace')}")
    return done.stdout.decode("utf-8", "replace")


def simplify(number, info):
    """Returns a line without what TCP says, which differs between Wireshark's versions."""
    return number, re.sub(r"\[TCP [^]]*\] ?", "", info).strip()


def read_shown(tshark, name):
    text = run(tshark, "-r", CAPTURES / f"{name}.pcapng", "-Y", "trade", "-o",
               'gui.column.format:"No.","%m","Info","%i"')
    return [simplify(*line.split(None, 1)) for line in text.splitlines()]


def read_golden(name):
    text = (TESTS / "golden" / f"{name}.txt").read_text(encoding="utf-8")
    return [simplify(*line.split(" | ")[:2]) for line in text.splitlines()]


def main():
    parser = argparse.ArgumentParser(
        description="Compares what a tshark with the plugin shows of captures/ with tests/golden/.")
    parser.add_argument("tshark", metavar="TSHARK", help="the tshark to try")
    tshark, wrong = parser.parse_args().tshark, 0
    names = sorted(path.stem for path in (TESTS / "golden").glob("*.txt"))
    for name in names:
        shown, golden = read_shown(tshark, name), read_golden(name)
        if shown != golden:
            wrong += 1
            print(f"{name}: {len(golden)} lines expected, {len(shown)} shown; the first that "
                  "differ:", *next((pair for pair in zip(golden, shown) if pair[0] != pair[1]), ()),
                  sep="\n  ")
    if "peer-not-reading" not in run(tshark, "-q", "-r", CAPTURES / "incident.pcapng", "-z",
                                     "trade,health"):
        wrong += 1
        print("trade,health lacks the incident's verdict")
    print(f"{len(names)} captures, {wrong} wrong")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
