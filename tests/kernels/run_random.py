#!/usr/bin/python3
# run_random.py
# Does -z trade,health accuse a healthy side? Of how many of the incidents does it name the
# one at fault, and of how many could it? Over random connections between simulated hosts.
#
# A verdict accuses the place that it names; network-or-module is wrong only where neither is at
# fault. A host that is off and a network that is cut look the same, so naming one of them is wrong
# if it was the other. A network that lost three packets of a connection by chance may be accused.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import collections
import concurrent.futures
import functools
import json
import pathlib
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
sys.path[:0] = [str(TESTS), str(ROOT / "captures")]

from conftest import Tshark  # noqa: E402
from kernels import judge  # noqa: E402
from kernels.alone import ALONE  # noqa: E402
from kernels.chance import DAMAGES, Capture  # noqa: E402
from kernels.happenings import HAPPENINGS  # noqa: E402

HEADS = ("named", "one of two", "cannot tell", "none", "wrong")


@functools.lru_cache
def get_tshark(plugin, scratch):
    """Returns a tshark, one for all captures of a process."""
    return Tshark(plugin, pathlib.Path(tempfile.mkdtemp(dir=scratch)))


def judge_seed(plugin, seed, options):
    """Makes a capture and judges it; returns (seed, what is true of it, rows): each (row, what
    is true of its connection, rate)."""
    capture = Capture(seed, options["connections"], options["damage"], options["happening"],
                      options["alone"])
    of = capture.truth()
    tshark = get_tshark(plugin, options["scratch"])
    path = tshark.directory / f"{seed}.pcap"
    capture.write(path)
    rows = judge.health(tshark, path, *judge.options(tshark, of))
    path.unlink()
    judged = judge.rate_connections(rows, of["connections"])
    if options["keep"]:
        keep_wrong(tshark, capture, of, judged, pathlib.Path(options["keep"]))
    if options["notes"]:
        with open(options["notes"], "a", encoding="utf-8") as file:
            file.write(json.dumps([seed, of["damage"], [
                [judge.said(row), rate, connection] for row, connection, rate in judged]]) + "\n")
    return seed, {name: value for name, value in of.items() if name != "connections"}, judged


def keep_wrong(tshark, capture, of, judged, directory):
    """Keeps what makes a verdict wrong, one capture a kind, as small as it stays wrong."""
    for row, connection, rate in judged:
        name = f"{connection['kind']}-{'-'.join(judge.said(row))}".replace(" ", "_")
        name = "".join(letter for letter in name if letter.isalnum() or letter in "_-")
        path = directory / f"{name}.pcap"
        if rate != "wrong" or path.exists():
            continue
        end = next(value for value in row.values() if value in of["connections"])
        for only in capture.around(end):
            capture.write(path, only)
            kept = tshark.keep(path)
            rows = judge.health(tshark, kept, *judge.options(tshark, of))
            kept.unlink()
            if any(rate == "wrong" and end in row.values() for row, _, rate in
                   judge.rate_connections(rows, of["connections"])):
                break
        path.with_suffix(".json").write_text(json.dumps(
            {"seed": capture.seed, "end": end, **connection, "interval": of["interval"],
             "port": of["port"], "said": judge.said(row), "details": row["Details"],
             "points": of["points"], "damage": of["damage"]}, indent=1), encoding="utf-8")


def show(seed, of, row, connection):
    """Prints a row that accuses a healthy side."""
    print(f"wrong: seed {seed}, stream {row['Stream']} ({connection['kind']}; at fault: "
          f"{', '.join(connection['faults']) or 'nobody'}; capture: {of['damage']}, at "
          f"{of['points']}{', on hosts' if of['on hosts'] else ''}; {of['servers']} servers): "
          "%s %s" % judge.said(row), row["Details"], flush=True)


def merge_sides(kind):
    """Returns what happened, whichever side it happened to."""
    side, _, what = kind.partition(" ")
    return f"one side {what}" if side in ("module", "multiplexer") else \
        kind.replace("module's host", "one host").replace("multiplexer's host", "one host")


class Table:
    """Counts of rates, by name; of incidents also what could be named, and was."""

    def __init__(self, head):
        self.head, self.counts = head, collections.defaultdict(collections.Counter)

    def add(self, name, connection, rate):
        counts = self.counts[name]
        counts[rate] += 1
        # What the rules prove is possible, whatever the observer has not looked for.
        if connection["could"] == "named" or connection["could"] and rate == "named":
            counts["could"] += 1
            counts["could and was"] += rate == "named"
        counts["wrong word"] += rate == "named" and "word" in connection

    def lines(self):
        """Returns the lines of a table in Markdown."""
        yield f"| {self.head} | connections | " + " | ".join(HEADS) + " | possible | of these named |"
        yield "|---" + "|---:" * (len(HEADS) + 3) + "|"
        for name in sorted(self.counts):
            yield self.line(name, self.counts[name])
        yield self.line("all", sum(self.counts.values(), collections.Counter()))

    @staticmethod
    def line(name, counts):
        total = sum(counts[head] for head in HEADS)
        cells = [f"{counts[head] / total:.1%}" if counts[head] else "0" for head in HEADS[:-1]]
        cells.append(str(counts["wrong"]))
        cells.append(f"{counts['could'] / total:.1%}" if total else "0")
        cells.append(f"{counts['could and was'] / counts['could']:.0%}" if counts["could"] else "")
        return f"| {name} | {total} | " + " | ".join(cells) + " |"


def judge_all(plugin, seeds, jobs, options):
    """Returns the tables of incidents by kind, of what needs no verdict, and of all by damage."""
    tables = Table("incident"), Table("no incident"), Table("capture")
    end = time.monotonic() + options["seconds"]
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        running = [pool.submit(judge_seed, plugin, seed, options) for seed in seeds]
        for done in concurrent.futures.as_completed(running):
            if time.monotonic() > end:
                pool.shutdown(wait=False, cancel_futures=True)
                break
            seed, of, judged = done.result()
            for row, connection, rate in judged:
                incident = connection["incident"]
                tables[not incident].add(merge_sides(connection["kind"]), connection, rate)
                if incident:
                    tables[2].add(of["damage"], connection, rate)
                if rate == "wrong":
                    show(seed, of, row, connection)
    return tables


def read_seeds(text):
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def make_parser(description, connections, damages):
    """Returns a parser of what every run over random connections takes. connections: in each
    capture, if not told otherwise; damages: of these."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("plugin", type=pathlib.Path, metavar="PLUGIN", help="the trade.so")
    parser.add_argument("--seeds", type=read_seeds, default=range(1, 51), metavar="A-B",
                        help="which captures (default: 1-50)")
    parser.add_argument("--connections", type=int, default=connections, metavar="N",
                        help=f"in each capture (default: {connections})")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    parser.add_argument("--damage", choices=damages, help="of all captures")
    parser.add_argument("--happening", choices=HAPPENINGS, help="to all connections")
    parser.add_argument("--alone", choices=ALONE, help="to single ones")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no more after these")
    parser.add_argument("--document", action="store_true",
                        help="write the tables to tests/kernels/results.md")
    return parser


def main():
    parser = make_parser("Holds verdicts on random connections against the truth.", 200, DAMAGES)
    parser.add_argument("--keep", metavar="DIR", help="leave a capture of each wrong kind there")
    parser.add_argument("--notes", metavar="FILE", help="append what is said and true there")
    args = parser.parse_args()
    options = {name: getattr(args, name)
               for name in ("connections", "damage", "happening", "alone", "keep", "notes", "seconds")}
    with tempfile.TemporaryDirectory(prefix="trade-random-") as options["scratch"]:
        pathlib.Path(options["scratch"]).chmod(0o755)
        tables = judge_all(args.plugin.resolve(), args.seeds, args.jobs, options)
    text = "\n\n".join("\n".join(table.lines()) for table in tables)
    print(text)
    if args.document:
        judge.write_document("random connections", text)
    sys.exit(any(counts["wrong"] for table in tables[:2] for counts in table.counts.values()))


if __name__ == "__main__":
    main()
