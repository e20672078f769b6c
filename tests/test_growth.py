# test_growth.py
# Does twice the work take no more than twice the instructions, on connections that are
# not healthy, and in tables? And does no table take much more than what it is made from?
#
# Counted by valgrind, so that neither the machine nor what else it does matters, on
# captures that tests/bench/make_bench.py makes: one begins with the other, which has half
# as many PDUs.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

for directory in ("bench", "hostile"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / directory))

from conftest import few  # noqa: E402

import make_bench  # noqa: E402
import make_hostile  # noqa: E402
import measure  # noqa: E402

# Twice the PDUs take at most so many times the instructions.
RATIO = 2.6
# PDUs of a capture that stands for what starting takes.
START = 200
# Kind of capture, PDUs of the smaller one, how tshark runs, and what is taken off: what
# Wireshark takes without the plugin, or nothing where that would take off too much.
CASES = {
    "unexpected": ("unexpected", 2_500, "plugin", "floor"),
    "unanswered": ("unanswered", 2_500, "plugin", "floor"),
    "unanswered, health": ("unanswered", 4_000, "health", None),
}
# The kind of capture that tries a table most, PDUs of the smaller one, and at most so many times
# the instructions of the same run without the table.
TABLES = {
    "trade,health": ("one-way", 4_000, 3),
    "trade,incidents": ("one-way", 4_000, 3),
    "trade,clients": ("shared", 6_000, 3),
    "trade,tree": ("keywords", 3_000, 3),
    "trade,srt": ("dense", 4_000, 3),
    "trade,rows,/dev/null": ("one-way", 4_000, 3),
    "conv,trade": ("late", 3_000, 3),
    "endpoints,trade": ("late", 3_000, 3),
}
# Segments of the smallest hostile capture: twice as many take at most RATIO times the instructions.
SEGMENTS = 250
# Kinds of tests/hostile/make_hostile.py, and at most so many times the instructions that Wireshark
# takes without the plugin.
HOSTILE = {"fodder": 3, "far": 3, "bad_keywords": 3, "doubted": 3, "names": 3}


@pytest.fixture(scope="module", name="counting")
def fixture_counting(request):
    """A tshark whose instructions can be counted."""
    plugin = request.config.getoption("--plugin").resolve()
    if not shutil.which("valgrind"):
        pytest.skip("no valgrind here, which counts instructions: install it")
    if not os.path.exists("/proc/self/maps"):
        pytest.skip("no /proc here, without which valgrind does not run")
    if b"__asan_init" in plugin.read_bytes():
        pytest.skip("this plugin is sanitized: its instructions say nothing")
    with tempfile.TemporaryDirectory(prefix="trade-tests-") as directory:
        yield measure.Tshark(plugin, pathlib.Path(directory))


def make(tshark, kind, size):
    """Returns the path of a capture, and how many PDUs it has."""
    path = tshark.captures / f"{kind}-{size}.pcap"
    pdus = make_bench.make(kind, size, path)["pdus"]
    path.chmod(0o644)
    return path, pdus


def find_ratio(tshark, kind, pdus, *ways):
    paths, made = zip(*(make(tshark, kind, size) for size in (START, pdus, 2 * pdus)))
    runs = [(way, paths[0], path) for path in paths[1:] for way in ways if way]
    counts = tshark.count_between(runs)
    less, more = counts if len(counts) == 2 else (counts[0] - counts[1], counts[2] - counts[3])
    # The captures are not exactly twice as large.
    return 2 * (more / (made[2] - made[0])) / (less / (made[1] - made[0]))


@pytest.mark.parametrize("case", few(CASES))
def test_twice_the_work(counting, case):
    assert find_ratio(counting, *CASES[case]) <= RATIO


@pytest.mark.parametrize("table", few(TABLES))
def test_tables(counting, table):
    kind, pdus, times = TABLES[table]
    measure.WAYS[table] = (*measure.TRADE, ["-q", "-z", table])
    (start, _), (less, _), (more, _) = (make(counting, kind, n) for n in (START, pdus, 2 * pdus))
    half, whole, without = counting.count_between(
        [(table, start, less), (table, start, more), ("plugin", start, more)])
    assert whole <= RATIO * half
    assert whole <= times * without


@pytest.mark.parametrize("kind", few(HOSTILE))
def test_hostile(counting, kind):
    paths = [counting.captures / f"{kind}-{n}.pcap" for n in (1, 2, 4)]
    for n, path in zip((1, 2, 4), paths):
        out = make_hostile.Writer(path)
        make_hostile.KINDS[kind](out, n * SEGMENTS)
        out.file.close()
        path.chmod(0o644)
    less, more, floor = counting.count_between([
        ("plugin", *paths[:2]), ("plugin", *paths[1:]), ("floor", *paths[1:])])
    assert more <= RATIO * less
    assert more <= HOSTILE[kind] * floor
