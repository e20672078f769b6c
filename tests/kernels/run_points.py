#!/usr/bin/python3
# run_points.py
# Does trade-report, given two captures of the same connections, accuse the network, or a
# side, wrongly? Does it say of more than was lost that it was lost? Over random connections
# between simulated hosts.
#
# The second clock is ahead or behind by up to an hour, drifts by 50 ppm, or is set in between; one
# of the captures is damaged, or a NAT between them changes addresses, ports and numbers.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import compileall
import concurrent.futures
import functools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
sys.path[:0] = [str(TESTS), str(ROOT / "captures")]

from conftest import Tshark  # noqa: E402
from kernels import judge  # noqa: E402
from kernels.pairs import DAMAGES, Pair  # noqa: E402
from kernels.run_random import make_parser  # noqa: E402

RATES = (*judge.RATES, "as alone")
HEADS = (*judge.RATES, "wrong at a point by itself, too", "lost", "said to be", "more than were",
         "held up wrongly", "forged wrongly", "offset wrong")
PAGES = 20      # of so many pairs, one has its page written
COUNTS = ("lost", "said", "more", "held", "forged", "clock")


class Reporter:
    """trade-report, as tshark's user runs it."""

    def __init__(self, plugin, scratch):
        self.tshark = Tshark(plugin, pathlib.Path(tempfile.mkdtemp(dir=scratch)))
        self.directory = self.tshark.make_directory()
        shutil.copytree(ROOT / "tools" / "report", self.directory / "report",
                        ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "tools" / "trade-report", self.directory)
        compileall.compile_dir(self.directory / "report", quiet=1)
        for path in (self.directory, *self.directory.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o755)

    def ask(self, *arguments, page=os.devnull):
        """Returns the findings. page: where the page goes."""
        command, env = self.tshark.get_command(self.directory / "trade-report")
        path = self.directory / "findings.json"
        done = subprocess.run([*command, *map(str, arguments), "-o", page, "--json", path],
                              env=env, cwd=self.directory, capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return json.loads(path.read_text(encoding="utf-8")), done.stderr


@functools.cache
def get_reporter(plugin, scratch):
    """Returns a Reporter, one for all pairs of a process."""
    return Reporter(plugin, scratch)


def judge_seed(plugin, seed, options):
    """Makes a pair and judges it; returns (seed, damage, rows): each (rate, counts, note)."""
    pair = Pair(seed, options["connections"], options["damage"], options["happening"],
                options["alone"])
    if not all(pair.files):
        return seed, pair.damage, []
    reporter = get_reporter(plugin, options["scratch"])
    paths = [reporter.directory / "a.pcap", reporter.directory / "b.pcap"]
    for number, path in enumerate(paths):
        pair.write(number, path)
    capture = pair.capture
    settings = ("--set", f"trade.interval:{capture.interval}", "--set",
                f"trade.limit:{3 * capture.interval}", "--set", f"trade.tcp.port:{capture.port}")
    # The page takes as long again as half of the rest, and is made of the same.
    page = os.devnull if seed % PAGES else reporter.directory / "report.html"
    found, _ = reporter.ask(*paths, *settings, page=page)
    rows = []
    if len(found["points"]) < 2:
        rows.append(("none", {}, f"taken for one point: {pair.points} {pair.damage}"))
        return seed, pair.damage, rows
    truth = pair.truth()
    rows = [rate_connection(connection, truth, pair) for connection in found["connections"]
            if connection["module"] in truth]
    note = check_clock(found["points"][1], pair)
    if note:
        rows.append(("none", {"clock": 1}, note))
    return seed, pair.damage, rows


def check_clock(point, pair):
    """Returns what is wrong with an offset, or None."""
    if pair.damage == "one direction only" or point["uncertainty_s"] is None:
        return None
    first = min(frame[0] for frame in pair.files[1])
    true = pair.offset + pair.drift * (first - pair.capture.frames[0][0])
    common = max(min(frame[0] for frame in frames) for frames in pair.files)
    if pair.step and common >= pair.step[0]:
        true += pair.step[1]
    wrong = abs(point["offset_s"] - true)
    if wrong > point["uncertainty_s"] + 0.0005:
        return (f"clock: {point['offset_s']} instead of {true}, ± {point['uncertainty_s']}, drift "
                f"{pair.drift}, step {pair.step}")
    return None


def rate_connection(found, truth, pair):
    of = truth[found["module"]]
    rate = judge.rate(found["where"], of["faults"])
    own = [(point["verdict"], point["where"]) for point in found["points"]]
    if rate == "wrong" and any(judge.is_wrong(where, of["faults"]) for _, where in own):
        rate = "as alone"   # a point by itself says so
    said = sum(between["lost"] for between in found["between"])
    true = sum(of["lost"])
    whole = pair.capture.world.on_hosts
    counts = {"lost": true, "said": said,
              "more": max(0, said - true) if not whole or not true else 0,
              "held": sum(between["delayed"] for between in found["between"]) *
              (not of["slow"]),
              "forged": sum(between["forged"] for between in found["between"]) * (not of["wall"])}
    counts["incident"] = bool(of["all"])
    note = ""
    if "alone" in rate or rate == "wrong" or counts["more"] or counts["held"] or counts["forged"]:
        note = (f"{rate} {found['module']} {found['verdict']} {found['where']} of {of['kind']} "
                f"{sorted(of['faults'])}; own {own}; {counts}; at {pair.points}, {pair.damage} "
                f"in {pair.damaged}{', on hosts' if whole else ''}: {found['cause']}")
    return rate, counts, note


def make_table(results):
    """Returns a table in Markdown of incidents by damage."""
    lines = ["| capture | pairs | connections | " + " | ".join(HEADS) + " |",
             "|---" + "|---:" * (len(HEADS) + 2) + "|"]
    total = collections.Counter()
    for damage in (*sorted(set(DAMAGES)), "all"):
        counts = total if damage == "all" else results[damage]
        rated = sum(counts[rate] for rate in RATES)
        if not rated:
            continue
        cells = [f"{counts[rate] / rated:.1%}" if counts[rate] else "0"
                 for rate in judge.RATES[:-1]]
        cells += [str(counts[name]) for name in ("wrong", "as alone", *COUNTS)]
        lines.append(f"| {damage} | {counts['pairs']} | {rated} | " + " | ".join(cells) + " |")
        if damage != "all":
            total.update(counts)
    return "\n".join(lines)


def judge_all(args, options):
    """Judges pairs until the time is up, or SIGTERM comes. Returns counts by damage."""
    results, judged = read_counts(args.sum), 0
    end = [time.monotonic() + args.seconds]
    signal.signal(signal.SIGTERM, lambda *_: end.__setitem__(0, 0))
    with concurrent.futures.ProcessPoolExecutor(
            args.jobs, initializer=signal.signal,
            initargs=(signal.SIGTERM, signal.SIG_DFL)) as pool:
        running = {pool.submit(judge_seed, args.plugin.resolve(), seed, options): seed
                   for seed in args.seeds}
        for done in concurrent.futures.as_completed(running):
            if time.monotonic() > end[0]:
                pool.shutdown(wait=False, cancel_futures=True)
                break
            judged += 1
            if done.exception():
                print(f"seed {running[done]}: {done.exception()}", flush=True)
                results["none"]["wrong"] += 1
            else:
                add_up(results, *done.result())
            if not judged % 50:
                print(f"{judged} pairs", flush=True)
                write_counts(args.sum, results)
    print(f"{judged} pairs", flush=True)
    write_counts(args.sum, results)
    return results


def read_counts(path):
    """Returns the counts by damage that an earlier run left."""
    known = json.loads(path.read_text(encoding="ascii")) if path and path.exists() else {}
    return collections.defaultdict(collections.Counter, {
        damage: collections.Counter(counts) for damage, counts in known.items()})


def write_counts(path, results):
    if path:
        path.write_text(json.dumps(results, indent=1), encoding="ascii")


def add_up(results, seed, damage, rows):
    results[damage]["pairs"] += 1
    for rate, counts, note in rows:
        if counts.get("incident") or rate in ("wrong", "as alone"):
            results[damage][rate] += 1
        results[damage].update({name: counts.get(name, 0) for name in COUNTS})
        if note:
            print(f"seed {seed}: {note}", flush=True)


def main():
    parser = make_parser("Holds joined verdicts on random connections against the truth.", 60,
                         sorted(set(DAMAGES)))
    parser.add_argument("--sum", type=pathlib.Path, metavar="FILE",
                        help="add to the counts that another run left there, and leave them there")
    args = parser.parse_args()
    options = {name: getattr(args, name)
               for name in ("connections", "damage", "happening", "alone")}
    with tempfile.TemporaryDirectory(prefix="trade-points-",
                                     ignore_cleanup_errors=True) as options["scratch"]:
        pathlib.Path(options["scratch"]).chmod(0o755)
        results = judge_all(args, options)
    text = make_table(results)
    print(text)
    if args.document:
        judge.write_document("random pairs", text)
    sys.exit(any(counts["wrong"] for counts in results.values()))


if __name__ == "__main__":
    main()
