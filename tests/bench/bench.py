#!/usr/bin/python3
# bench.py
# Measures what the plugin costs over Wireshark's own floor, and against the Lua
# dissector. tools/bench.sh builds the plugin and runs this.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import pathlib
import platform
import re
import statistics
import subprocess
import tempfile

import make_bench
import make_others
import measure

REPORT = measure.BENCH / "results.md"

# PDUs of the capture that is timed, and of the two whose instructions are compared.
SIZES = {"tiny": (100_000, (5_000, 25_000)), "dense": (500_000, (5_000, 25_000)),
         "mix": (500_000, (5_000, 25_000)), "bulk": (2_000, (100, 400))}
NAMES = {
    "floor": "floor", "plugin": "plugin", "pieces": "plugin, in pieces",
    "health": "plugin, `-z trade,health`", "lua": "Lua",
    "floor, tree": "floor, tree", "plugin, tree": "plugin, tree", "lua, tree": "Lua, tree",
    "floor, -2": "floor, `-2`", "plugin, -2": "plugin, `-2`"}
# What grows: kind, connections at a time, the largest of its captures that is counted (0: none:
# test_growth.py counts these), the largest that is timed, and how the plugin runs.
GROWTH = {"tiny": ("tiny", None, 0, 1_000_000, "plugin"),
          "dense": ("dense", None, 1_000_000, 10_000_000, "plugin"),
          "mix": ("mix", None, 100_000, 10_000_000, "plugin"),
          "mix, in pieces": ("mix", None, 0, 10_000_000, "pieces"),
          "one stream": ("tiny", 1, 0, 1_000_000, "plugin"),
          "10 000 streams": ("tiny", 10_000, 0, 1_000_000, "plugin"),
          "unanswered Pings": ("unanswered", None, 0, 1_000_000, "plugin"),
          "65 534 sessions": ("sessions", None, 0, 1_000_000, "plugin")}
# Captures that are not healthy, or large in another way, of which one is timed that has twice
# the PDUs of the other: kind, and connections at a time.
UNHEALTHY = {**{kind: (kind, None) for kind in ("unanswered", "unexpected", "duplicate", "one-way",
                                                 "lossy")},
             "65 534 sessions": ("sessions", None), "10 000 streams": ("tiny", 10_000)}
# Captures of which the cost of statistics is timed, and their PDUs.
JUDGED = {"mix": ("mix", None), "10 000 hosts": ("hosts", None)}
JUDGED_SIZES = 250_000, 500_000, 1_000_000
# PDUs of the larger ones. More than the first are run once.
TWICE = 1_000_000, 10_000_000


def floor_of(way):
    """Returns the way that a way is compared with."""
    return "floor" + (way[way.index(","):] if "," in way else "")


def lua_of(way):
    return "lua, tree" if way.endswith("tree") else "lua"


def thousands(number):
    return f"{number:,.0f}".replace(",", " ")


def table(head, rows):
    """Returns a table in Markdown; all columns but the first are numbers."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


class Captures:
    """The captures, made when they are asked for."""

    def __init__(self, directory, seed):
        self.directory, self.seed, self.made = directory, seed, {}

    def get(self, kind, pdus, streams=None):
        """Returns a capture's path and what is in it."""
        key = kind, pdus, streams
        if key not in self.made:
            path = self.directory / f"{kind}-{pdus}-{streams}.pcap"
            self.made[key] = path, (
                make_others.make(kind, pdus, path, self.seed) if kind in make_others.PROTOCOLS
                else make_bench.make(kind, pdus, path, self.seed, streams))
            path.chmod(0o644)
        return self.made[key]

    def drop(self):
        """Removes the files."""
        for path, _ in self.made.values():
            path.unlink()
        self.made.clear()


# ---- Whole runs ----


def time_kind(tshark, captures, kind, pdus, runs):
    """Returns rows: a way's time, its ratios to the floor and to Lua, and its memory."""
    path, size = captures.get(kind, pdus)
    samples = {way: [] for way in measure.WAYS}
    for _ in range(runs):
        for way, taken in samples.items():  # interleaved: what else the machine does hits all
            taken.append(tshark.run(way, path))
    median = {way: statistics.median(t for t, _ in taken) for way, taken in samples.items()}
    rows = []
    for way, taken in samples.items():
        times = [t for t, _ in taken]
        rows.append([f"{kind}, {thousands(size['pdus'])} PDUs" if not rows else "", NAMES[way],
                     f"{median[way]:.2f}", f"{min(times):.2f}–{max(times):.2f}",
                     f"{median[way] / median[floor_of(way)]:.2f}",
                     f"{median[lua_of(way)] / median[way]:.1f}" if "-2" not in way else "",
                     f"{max(memory for _, memory in taken) / 2**20:.0f}"])
    captures.drop()
    return rows


def time_all(tshark, captures, args):
    rows = []
    for kind in args.kinds:
        rows += time_kind(tshark, captures, kind, args.pdus or SIZES[kind][0], args.runs)
    return table(["capture", "way", "seconds", "of " + str(args.runs), "× floor", "Lua ×", "MiB"],
                 rows)


# ---- Instructions ----


def count_difference(tshark, captures, kind, sizes, ways=tuple(measure.WAYS), streams=None,
                     times=1):
    """Returns the instructions a PDU of each way, and the PDUs a frame."""
    (less, few), (more, many) = (captures.get(kind, pdus, streams) for pdus in sizes)
    counts = tshark.count_between([(way, less, more) for way in ways], times)
    pdus = many["pdus"] - few["pdus"]
    return ({way: count / pdus for way, count in zip(ways, counts)},
            pdus / (many["frames"] - few["frames"]))


def count_all(tshark, captures, args):
    ways = [way for way in measure.WAYS if "floor" not in way]
    rows = []
    for kind in args.kinds:
        counts, per_segment = count_difference(tshark, captures, kind, SIZES[kind][1],
                                               times=args.counts)
        captures.drop()
        rows.append([f"**{kind}**", f"{per_segment:.2f} a frame", "", "", ""])
        for way in ways:
            floor = counts[floor_of(way)]
            added, lua = counts[way] - floor, counts[lua_of(way)] - counts[floor_of(lua_of(way))]
            rows.append([NAMES[way], thousands(floor), thousands(added),
                         f"{counts[way] / floor:.2f}",
                         f"{lua / added:.1f}" if "-2" not in way and added > 0 else ""])
            print(kind, *rows[-1], sep=" | ", flush=True)
    return table(["way", "floor", "added", "× floor", "Lua's ×"], rows)


# ---- Other protocols ----


def count_kept(tshark, captures, kind, way, pdus):
    """Returns the bytes that a way keeps beyond the floor for each PDU more than a tenth."""
    extra, made = [], []
    for size in (pdus // 10, pdus):
        path, size_made = captures.get(kind, size)
        made.append(size_made["pdus"])
        extra.append(tshark.run(way, path)[1] - tshark.run("floor", path)[1])
        captures.drop()
    return (extra[1] - extra[0]) / (made[1] - made[0])


def compare_all(tshark, captures, args):
    """Returns the table of dissectors that Wireshark brings, and ours on dense."""
    rows = []
    for name in ("trade", *make_others.PROTOCOLS):
        kind, way = ("dense", "plugin") if name == "trade" else (name, name)
        if name != "trade":
            measure.add_ways(name, make_others.PROTOCOLS[name][1])
        ways = ("floor", "floor, tree", way, way + ", tree")
        counts, _ = count_difference(tshark, captures, kind, SIZES["dense"][1], ways,
                                     times=args.counts)
        captures.drop()
        kept = count_kept(tshark, captures, kind, way, args.pdus or 1_000_000)
        added = [counts[way + tree] - counts["floor" + tree] for tree in ("", ", tree")]
        rows.append((added[1], [f"**{name}**" if name == "trade" else name, *map(thousands, added),
                                f"{max(kept, 0):.0f}"]))
        print(*rows[-1][1], sep=" | ", flush=True)
    return table(["dissector", "no tree", "tree", "bytes kept a PDU"],
                 [row for _, row in sorted(rows, key=lambda row: row[0])])


# ---- Growth ----


def grow_kind(tshark, captures, name, sizes):
    """Returns rows: what a PDU adds to the floor, in captures of these sizes."""
    kind, streams, most, largest, way = GROWTH[name]
    rows, first, before = [], None, max(1000, streams or 0)  # each stream begins with a PDU
    for pdus in (size for size in sizes if before < size <= largest):
        path, made = captures.get(kind, pdus, streams)
        counted = ["", ""]
        if pdus <= most:
            # Wireshark's hash tables differ from run to run, which shows where PDUs are few.
            counts, _ = count_difference(tshark, captures, kind, (before, pdus), ("floor", way),
                                         streams, 5 if pdus <= 10_000 else 1)
            counted = [thousands(counts["floor"]), thousands(counts[way] - counts["floor"])]
            before = pdus
        runs = [[tshark.run(which, path) for which in ("floor", way)] for _ in range(2)]
        floor, plugin = map(min, zip(*runs))
        extra = plugin[1] - floor[1]
        first = first or (extra, made["control_pdus"])  # starting takes memory, too
        controls = made["control_pdus"] - first[1]
        rows.append([name if not rows else "", thousands(made["pdus"]), *counted,
                     *(f"{seconds:.2f}" for seconds, _ in (floor, plugin)),
                     *(f"{memory / 2**20:.0f}" for _, memory in (floor, plugin)),
                     f"{plugin[1] / floor[1]:.2f}",
                     f"{(extra - first[0]) / controls:.0f}" if controls else ""])
        print(*rows[-1], sep=" | ", flush=True)
    captures.drop()
    return rows


def grow_all(tshark, captures, args):
    rows = []
    for name in args.grow or GROWTH:
        rows += grow_kind(tshark, captures, name, args.sizes)
    return table(["capture", "PDUs", "instructions a PDU, floor", "added", "s, floor", "s, plugin",
                  "MiB, floor", "MiB, plugin", "× floor", "more bytes a control PDU"], rows)


# ---- Twice the work ----


def double_kind(tshark, captures, name, pdus, runs):
    """Returns rows: the times of a capture and of one of twice the PDUs."""
    rows, before = [], None
    kind, streams = UNHEALTHY[name]
    for size in (pdus, 2 * pdus):
        path, made = captures.get(kind, size, streams)
        taken = [[tshark.run(way, path)[0] for way in ("floor", "plugin", "health")]
                 for _ in range(runs)]
        floor, plugin, health = map(min, zip(*taken))
        now = plugin, plugin - floor, health
        times = [f"{after / less:.2f}" if less > 0 else "" for less, after in zip(before, now)
                 ] if before else [""] * 3
        rows.append([name if not rows else "", thousands(made["pdus"]), f"{floor:.2f}",
                     *(cell for second, ratio in zip(now, times) for cell in (f"{second:.2f}", ratio)),
                     f"{plugin / floor:.2f}"])
        before = now
        print(*rows[-1], sep=" | ", flush=True)
        captures.drop()
    return rows


def double_all(tshark, captures, args):
    rows = []
    for name in args.unhealthy:
        for pdus in (args.pdus,) if args.pdus else TWICE:
            rows += double_kind(tshark, captures, name, pdus // 2,
                                args.runs if pdus <= TWICE[0] else 1)
    return table(["capture", "PDUs", "s, floor", "s, plugin", "×", "s, added", "×",
                  "s, `-z trade,health`", "×", "plugin × floor"], rows)


# ---- What judging takes ----


def judge_all(tshark, captures, args):
    """Returns the times of the statistics that judge, and how many times those of one that does not."""
    rows = []
    for name, (kind, streams) in JUDGED.items():
        for pdus in (args.pdus,) if args.pdus else JUDGED_SIZES:
            path, made = captures.get(kind, pdus, streams)
            taken = [[tshark.run(way, path)[0] for way in ("plugin", "health", "incidents")]
                     for _ in range(args.runs)]
            plain, health, incidents = map(min, zip(*taken))
            rows.append([name, thousands(made["pdus"]), f"{plain:.2f}", f"{health:.2f}",
                         f"{health / plain:.2f}", f"{incidents:.2f}", f"{incidents / plain:.2f}"])
            print(*rows[-1], sep=" | ", flush=True)
            captures.drop()
    return table(["capture", "PDUs", "s, `-z io,stat,0`", "s, `-z trade,health`", "×",
                  "s, `-z trade,incidents`", "×"], rows)


# ---- The report ----


def describe_machine(tshark):
    """Returns a line on what was measured where."""
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    valgrind = subprocess.run(["valgrind", "--version"], capture_output=True, text=True).stdout
    return (f"{cpu.group(1) if cpu else platform.machine()}, {system}, Wireshark "
            f"{tshark.full_version}, {valgrind.strip()}.")


def write_report(name, text):
    """Replaces one part of results.md."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, _, rest = REPORT.read_text().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{REPORT} has no place for {name}")
    REPORT.write_text(f"{before}{begin}\n{text}\n\n{end}{after}")


PARTS = {"times": time_all, "instructions": count_all, "others": compare_all, "growth": grow_all,
         "judging": judge_all, "twice": double_all}


def main():
    parser = argparse.ArgumentParser(description="Measures what the plugin costs.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS) + " (default: all)")
    parser.add_argument("--plugin", required=True, type=pathlib.Path)
    parser.add_argument("--kinds", nargs="+", choices=SIZES, default=list(SIZES),
                        help="captures for times and instructions")
    parser.add_argument("--pdus", type=int, help="PDUs of each capture that is timed")
    parser.add_argument("--runs", type=int, default=5, help="runs of each way (default: 5)")
    parser.add_argument("--counts", type=int, default=3,
                        help="counts of instructions that a figure is the median of (default: 3)")
    parser.add_argument("--grow", nargs="+", choices=GROWTH, help="captures for growth")
    parser.add_argument("--unhealthy", nargs="+", choices=UNHEALTHY, default=UNHEALTHY,
                        help="captures for twice the work")
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000, 1_000_000, 10_000_000],
                        help="PDUs of those captures; of some, not the largest")
    parser.add_argument("--seed", type=int, default=1, help="another one makes other captures")
    parser.add_argument("--write", action="store_true", help="write the tables to " + REPORT.name)
    args = parser.parse_args()
    if set(args.parts) - set(PARTS):
        parser.error("the parts are " + ", ".join(PARTS))
    with tempfile.TemporaryDirectory(prefix="trade-bench-", dir="/var/tmp") as directory:
        tshark = measure.Tshark(args.plugin, pathlib.Path(directory))
        captures = Captures(tshark.captures, args.seed)
        for name in args.parts or PARTS:
            text = describe_machine(tshark) + "\n\n" + PARTS[name](tshark, captures, args)
            print(text, flush=True)
            if args.write:
                write_report(name, text)


if __name__ == "__main__":
    main()
