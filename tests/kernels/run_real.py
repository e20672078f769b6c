#!/usr/bin/python3
# run_real.py
# What does -z trade,health say of real faults between real kernels, captured at three
# places? Needs the right to make network namespaces: root's, or, where the kernel lets
# users have them and /dev/net/tun, anybody's; and Debian's iproute2 and nftables. Takes a minute
# or two.
#
# The module's host, a router and the Multiplexer's host are network namespaces. The router passes
# all packets through a TUN device, where a process delays, drops, reorders and doubles them, since
# not every kernel has tc's netem. dumpcap captures at both hosts and at that device.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import json
import pathlib
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
sys.path[:0] = [str(TESTS), str(ROOT / "captures")]

from conftest import Tshark  # noqa: E402
from kernels import judge, network  # noqa: E402
from kernels.play import play_all  # noqa: E402
from kernels.scenarios import SCENARIOS  # noqa: E402

CANNOT = 3
MARKS = {"right": "✓", "less": "less", "wrong": "**false**"}
HEADS = ("scenario", "truth", "at the module's host", "in the middle", "at the Multiplexer's host",
         "at both hosts, merged")


def judge_captures(plugin, directory):
    """Returns by capture what the rows say and how right that is."""
    truth = json.loads((directory / "truth.json").read_text(encoding="ascii"))
    with tempfile.TemporaryDirectory(prefix="trade-kernels-") as scratch:
        tshark = Tshark(plugin.resolve(), pathlib.Path(scratch))
        return {name: (judge.hold_against(rows, of), rows, of) for name, of in truth.items()
                for rows in [judge.health(tshark, tshark.keep(directory / name),
                                          *judge.options(tshark, of))]}


def make_table(judged):
    """Returns the document's table."""
    lines = ["| " + " | ".join(HEADS) + " |", "|---" * len(HEADS) + "|"]
    for scenario in SCENARIOS:
        cells = []
        for view in network.VIEWS:
            result = judged.get(f"{scenario.name}.{view}.pcapng")
            if result:
                said = ", then ".join("`%s` %s" % judge.said(row) for row in result[1])
                cells.append(f"{said or 'no row'} {MARKS[result[0]]}")
        if cells:
            lines.append("| " + " | ".join([scenario.name, scenario.truth, *cells]) + " |")
    return "\n".join(lines)


def tell(judged):
    """Prints what is not right, and how many are; returns whether a healthy side is accused."""
    for name, (result, rows, of) in judged.items():
        if result != "right":
            print(f"{result}: {name} ({of['truth']}): right is {'|'.join(of['verdicts'])} "
                  f"{'|'.join(of['where'])}")
            for row in rows:
                print("    %s %s" % judge.said(row), row["Details"])
    results = [result for result, *_ in judged.values()]
    print(f"{len(results)} captures: {results.count('right')} right, {results.count('less')} "
          f"accuse no healthy side, {results.count('wrong')} accuse one")
    return "wrong" in results


def play(names, directory):
    """Plays scenarios; returns an exit status."""
    reason = network.why_not()
    if reason:
        print(reason, file=sys.stderr)
        return CANNOT
    failed, _ = play_all([scenario for scenario in SCENARIOS
                          if not names or scenario.name in names], directory)
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(
        description="Plays faults between real kernels, and holds verdicts against the truth.")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="play only these",
                        choices=[[], *(scenario.name for scenario in SCENARIOS)])
    parser.add_argument("--plugin", type=pathlib.Path, help="judge by this trade.so")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="leave captures there")
    parser.add_argument("--judge", type=pathlib.Path, metavar="DIR",
                        help="play nothing, but judge the captures that are there")
    parser.add_argument("--document", action="store_true",
                        help="write the table to tests/kernels/results.md")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trade-play-") as scratch:
        directory = args.judge or args.keep or pathlib.Path(scratch)
        directory.mkdir(exist_ok=True)
        status = 0 if args.judge else play(args.scenarios, directory)
        if status == CANNOT or not args.plugin:
            sys.exit(status)
        judged = judge_captures(args.plugin, directory)
        if args.document:
            judge.write_document("real kernels", make_table(judged))
        sys.exit(tell(judged) or status)


if __name__ == "__main__":
    main()
