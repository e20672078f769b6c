#!/usr/bin/python3
# run_random.py
# Does -z trade,health accuse a healthy side? Of how many of the faults does it name the
# one at fault? Over random connections between simulated hosts.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import collections
import json
import pathlib
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
sys.path[:0] = [str(TESTS), str(ROOT / "captures")]

from conftest import Tshark  # noqa: E402
from kernels import judge  # noqa: E402
from kernels.chance import Capture  # noqa: E402


def make_captures(args, directory):
    """Writes captures, one at a time, or to keep them, with truth.json; yields (path, what
    is true of it)."""
    truth = {}
    for seed in range(args.first, args.first + args.seeds):
        capture = Capture(seed, args.connections)
        path = directory / f"{seed}.pcap"
        capture.write(path)
        truth[path.name] = capture.truth()
        yield path, truth[path.name]
        if not args.keep:
            path.unlink()
    (directory / "truth.json").write_text(json.dumps(truth, indent=1), encoding="ascii")


def read_captures(directory):
    """Yields the same of captures that were left there."""
    truth = json.loads((directory / "truth.json").read_text(encoding="ascii"))
    for name, of in truth.items():
        yield directory / name, of


def show(path, of, row, connection):
    """Prints a row that accuses a healthy side."""
    print(f"wrong: {path.name}, stream {row['Stream']} ({connection['kind']}; at fault: "
          f"{', '.join(connection['faults']) or 'nobody'}; capture: {of['damage']}, at "
          f"{of['points']}): %s %s" % judge.said(row), row["Details"])


def merge_sides(kind):
    """Returns what happened, whichever side it happened to."""
    side, _, what = kind.partition(" ")
    return f"one side {what}" if side in ("module", "multiplexer") else kind


def make_line(name, counts):
    shares = [f"{counts[rate] / counts.total():.1%}" if counts[rate] else "0"
              for rate in judge.RATES]
    return f"| {name} | {counts.total()} | " + " | ".join(shares) + " |"


def make_table(counts, head):
    """Returns a table of counts by rate, as lines of Markdown."""
    lines = [f"| {head} | connections | " + " | ".join(judge.RATES) + " |",
             "|---" + "|---:" * (len(judge.RATES) + 1) + "|"]
    lines += [make_line(name, counts[name]) for name in sorted(counts)]
    total = sum(counts.values(), collections.Counter())
    return [*lines, make_line("all", total)]


def judge_all(tshark, captures):
    """Returns counts of rates by kind of fault and by damage; prints what is wrong."""
    kinds, damages = (collections.defaultdict(collections.Counter) for _ in range(2))
    for path, of in captures:
        kept = tshark.keep(path)
        rows = judge.health(tshark, kept, *judge.options(tshark, of))
        kept.unlink()
        for row, connection, rate in judge.rate_connections(rows, of["connections"]):
            kinds[merge_sides(connection["kind"])][rate] += 1
            damages[of["damage"]][rate] += 1
            if rate == "wrong":
                show(path, of, row, connection)
    return kinds, damages


def main():
    parser = argparse.ArgumentParser(
        description="Holds verdicts on random connections against the truth.")
    parser.add_argument("plugin", type=pathlib.Path, metavar="PLUGIN", help="the trade.so")
    parser.add_argument("seeds", nargs="?", type=int, default=50,
                        help="how many captures (default: 50)")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first seed")
    parser.add_argument("--connections", type=int, default=200, metavar="N",
                        help="in each capture (default: 200)")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="leave captures there")
    parser.add_argument("--judge", type=pathlib.Path, metavar="DIR",
                        help="make none, but judge the captures that are there")
    parser.add_argument("--document", action="store_true",
                        help="write the tables to docs/RELIABILITY.md")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trade-random-") as scratch:
        scratch = pathlib.Path(scratch)
        directory = args.keep or scratch
        directory.mkdir(exist_ok=True)
        (scratch / "tshark").mkdir()
        tshark = Tshark(args.plugin.resolve(), scratch / "tshark")
        captures = (read_captures(args.judge) if args.judge else
                    make_captures(args, directory))
        scratch.chmod(0o755)
        kinds, damages = judge_all(tshark, captures)
    tables = "\n".join(make_table(kinds, "what happened") + [""] + make_table(damages, "capture"))
    print(tables)
    if args.document:
        judge.write_document("random connections", tables)
    sys.exit(any(counts["wrong"] for counts in kinds.values()))


if __name__ == "__main__":
    main()
