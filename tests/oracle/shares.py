#!/usr/bin/python3
# shares.py
# How many of the PDUs that a damaged capture still holds does the plugin show? "wrong":
# PDUs shown that were not sent; "no PDU": pieces shown as skipped, or as seen before. Only those
# PDUs count of which all bytes are in the capture, and whose beginning the bytes before them tell.
# --hostile: two thirds of the payloads look like PDUs of any module, greetings, or pieces of them.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import io
import pathlib
import random
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

from conftest import Tshark  # noqa: E402
from oracle import compare, damage  # noqa: E402
from oracle.generator import Capture  # noqa: E402
from oracle.observe import read_pdml  # noqa: E402

DAMAGES = {
    "2 % of the segments lost": (lambda rng, capture: damage.drop(rng, capture, 0.02), True),
    "starts in mid-stream": (lambda rng, capture: damage.start_late(rng, capture), False),
    "5 % swapped, 5 % repeated": (lambda rng, capture: (damage.swap(rng, capture, 0.05),
                                                        damage.repeat(rng, capture, 0.05)), True),
    "nothing": (lambda rng, capture: None, True),
}


def dissect(tshark, capture):
    path = tshark.directory / "oracle.pcap"
    capture.write(path)
    xml = tshark.run("-r", tshark._readable(path), "-T", "pdml", "-J", "trade")
    return list(read_pdml(io.BytesIO(xml.encode()), "trade"))


def main():
    parser = argparse.ArgumentParser(
        description="Counts how many PDUs of damaged captures the plugin shows.")
    parser.add_argument("plugin", type=pathlib.Path, metavar="PLUGIN", help="the trade.so")
    parser.add_argument("seeds", nargs="?", type=int, default=6, metavar="SEEDS",
                        help="how many captures of each kind (default: 6)")
    parser.add_argument("--hostile", action="store_true",
                        help="payloads that look like PDUs, too")
    args = parser.parse_args()
    if not args.plugin.is_file() or args.seeds < 1:
        parser.error("PLUGIN is a file, SEEDS is 1 or more")
    with tempfile.TemporaryDirectory(prefix="trade-shares-") as directory:
        tshark = Tshark(args.plugin.resolve(), pathlib.Path(directory))
        print(f"{'damage':26} {'PDUs':>7} {'shown':>8} {'worst':>8} {'wrong':>6} {'no PDU':>7}")
        for name, (spoil, known_start) in DAMAGES.items():
            wanted = missed = wrong = others = 0
            worst = 1.0
            for seed in range(args.seeds):
                rng = random.Random(seed)
                capture = Capture(rng, streams=10, pdus=150, hostile=args.hostile)
                spoil(rng, capture)
                units = dissect(tshark, capture)
                verdict = compare.judge(capture, units, known_start=known_start)
                wanted += verdict.wanted
                missed += len(verdict.missed)
                wrong += len(verdict.false)
                worst = min(worst, verdict.share)
                others += sum(not unit.is_pdu for unit in units)
            print(f"{name:26} {wanted:7} {1 - missed / wanted:8.2%} {worst:8.2%} {wrong:6} {others:7}")


if __name__ == "__main__":
    main()
