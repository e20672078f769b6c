#!/usr/bin/python3
# run_clocks.py
# Does trade-report say the same of two captures between real kernels whatever their clocks?
# Takes the captures that "run_real.py --keep DIR" left; gives one of them other clocks: ahead and
# behind by up to an hour, drifting, set in between.
#
# Both were captured by one clock, so the offset that is found must be the one that was made. So must
# the delays, to the same millisecond: they are differences of the aligned times.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import contextlib
import json
import pathlib
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
sys.path[:0] = [str(TESTS), str(ROOT / "captures")]

from scapy.utils import RawPcapNgReader, RawPcapWriter  # noqa: E402

from kernels import judge  # noqa: E402
from kernels.run_points import Reporter  # noqa: E402

NANO = 1_000_000_000
SET_BY = 2.0
# Seconds ahead, seconds a second of drift, whether it is set by SET_BY in the middle.
RIGHT = (0, 0, False)
# Of the module's capture and of the Multiplexer's.
CLOCKS = {"same": (RIGHT, RIGHT), "4 ms ahead": (RIGHT, (0.004, 0, False)),
          "4 ms behind": (RIGHT, (-0.004, 0, False)), "3 s ahead": (RIGHT, (3, 0, False)),
          "40 s ahead": (RIGHT, (40, 0, False)), "1 h behind": (RIGHT, (-3600, 0, False)),
          "drifting 50 ppm": (RIGHT, (0.5, 50e-6, False)), "set forward": (RIGHT, (0, 0, True)),
          "first set forward": ((0, 0, True), RIGHT)}
OFFSET_MAX = 0.001


def read(path):
    """Returns (time in ns, length on the wire, bytes) by frame, and the link type."""
    frames = []
    with contextlib.closing(RawPcapNgReader(str(path))) as reader:
        for data, meta in reader:
            frames.append((((meta.tshigh << 32) + meta.tslow) * NANO // meta.tsresol, meta.wirelen,
                           data))
            linktype = meta.linktype
    return frames, linktype


def write(path, frames, linktype, clock):
    """Writes frames as by another clock."""
    ahead, drift, is_set = clock
    first, last = frames[0][0], frames[-1][0]
    with RawPcapWriter(str(path), linktype=linktype, nano=True, sync=True) as writer:
        writer.write_header(None)
        for time, length, data in frames:
            moved = time + int(ahead * NANO) + int((time - first) * drift)
            if is_set and time > (first + last) // 2:
                moved += int(SET_BY * NANO)
            writer.write_packet(data, sec=moved // NANO, usec=moved % NANO, wirelen=length)
    path.chmod(0o644)


def sum_between(found, what):
    return sum(between[what] for connection in found["connections"]
               for between in connection["between"])


def judge_pair(reporter, name, directory, of):
    """Returns (clock, what is not right) of a scenario, and the verdicts by the same clock."""
    amiss, same = [], None
    points = "module", "multiplexer"
    files = [read(directory / f"{name}.{point}.pcapng") for point in points]
    if not all(frames for frames, _ in files):
        return [], []
    paths = [reporter.directory / f"{point}.pcap" for point in points]
    for clock, values in CLOCKS.items():
        for path, file, value in zip(paths, files, values):
            write(path, *file, value)
        found, _ = reporter.ask(*paths, "--set", f"trade.interval:{of['interval']}",
                                "--set", f"trade.limit:{3 * of['interval']}", "--points")
        said = [(item["verdict"], item["where"]) for item in found["connections"]]
        wrong = [text for text in said if judge.is_wrong(text[1], of["faults"])]
        if wrong:
            amiss.append((clock, f"wrong: {wrong}"))
        counts = [sum_between(found, what) for what in ("lost", "delayed", "forged")]
        same = same or (said, counts)
        if sorted(said) != sorted(same[0]):
            amiss.append((clock, f"{said} instead of {same[0]}"))
        if counts != same[1]:
            amiss.append((clock, f"lost, delayed, forged: {counts} instead of {same[1]}"))
        ahead, point = values[1][0], found["points"][-1]
        if point["uncertainty_s"] is not None and abs(point["offset_s"] - ahead) > OFFSET_MAX:
            amiss.append((clock, f"offset {point['offset_s']} instead of {ahead}, "
                                 f"± {point['uncertainty_s']}"))
    return amiss, same[0]


def main():
    parser = argparse.ArgumentParser(
        description="Holds what trade-report says of pairs between real kernels against the truth.")
    parser.add_argument("directory", type=pathlib.Path, metavar="DIR",
                        help="that run_real.py --keep left")
    parser.add_argument("--plugin", type=pathlib.Path, required=True, help="judge by this trade.so")
    args = parser.parse_args()
    truth = json.loads((args.directory / "truth.json").read_text(encoding="ascii"))
    names = [name.removesuffix(".both.pcapng") for name in truth if name.endswith(".both.pcapng")]
    is_wrong = False
    with tempfile.TemporaryDirectory(prefix="trade-clocks-") as scratch:
        pathlib.Path(scratch).chmod(0o755)
        reporter = Reporter(args.plugin.resolve(), scratch)
        for name in names:
            of = truth[f"{name}.both.pcapng"]
            amiss, said = judge_pair(reporter, name, args.directory, of)
            print(f"{name}: {', '.join(' '.join(pair) for pair in said)} ({of['truth']})",
                  flush=True)
            for clock, text in amiss:
                print(f"    {clock}: {text}")
            is_wrong |= any(text.startswith("wrong") for _, text in amiss)
    sys.exit(is_wrong)


if __name__ == "__main__":
    main()
