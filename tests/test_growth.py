# test_growth.py
# Does twice the work take no more than twice the instructions, on connections that are
# not healthy?
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
# Kinds of tests/hostile/make_hostile.py, and segments of the smallest capture: twice as many take
# at most RATIO times the instructions, and so many times what Wireshark takes without the plugin.
HOSTILE = {"fodder": 250, "far": 250, "bad_keywords": 250, "doubted": 250, "names": 250}
TIMES_FLOOR = 3


@pytest.fixture(scope="module")
def tshark(request):
    """The installed tshark, where its instructions can be counted."""
    plugin = request.config.getoption("--plugin").resolve()
    if not shutil.which("valgrind"):
        pytest.skip("no valgrind here, which counts instructions: install it")
    if not os.path.exists("/proc/self/maps"):
        pytest.skip("no /proc here, without which valgrind does not run")
    if b"__asan_init" in plugin.read_bytes():
        pytest.skip("this plugin is sanitized: its instructions say nothing")
    with tempfile.TemporaryDirectory(prefix="trade-tests-") as directory:
        yield measure.Tshark(plugin, pathlib.Path(directory))


@pytest.fixture(scope="module")
def ratios(tshark):
    """By case, how many times the instructions twice the PDUs take."""
    return {name: find_ratio(tshark, *case) for name, case in CASES.items()}


def find_ratio(tshark, kind, pdus, *ways):
    paths = [tshark.captures / f"{kind}-{size}.pcap" for size in (START, pdus, 2 * pdus)]
    made = []
    for size, path in zip((START, pdus, 2 * pdus), paths):
        made.append(make_bench.make(kind, size, path)["pdus"])
        path.chmod(0o644)
    runs = [(way, paths[0], path) for path in paths[1:] for way in ways if way]
    counts = tshark.count_between(runs)
    less, more = counts if len(counts) == 2 else (counts[0] - counts[1], counts[2] - counts[3])
    # The captures are not exactly twice as large.
    return 2 * (more / (made[2] - made[0])) / (less / (made[1] - made[0]))


@pytest.mark.parametrize("case", CASES)
def test_twice_the_work(ratios, case):
    assert ratios[case] <= RATIO


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile(tshark, kind):
    paths = [tshark.captures / f"{kind}-{n}.pcap" for n in (1, 2, 4)]
    for n, path in zip((1, 2, 4), paths):
        out = make_hostile.Writer(path)
        make_hostile.KINDS[kind](out, n * HOSTILE[kind])
        out.file.close()
        path.chmod(0o644)
    less, more, floor = tshark.count_between([
        ("plugin", *paths[:2]), ("plugin", *paths[1:]), ("floor", *paths[1:])])
    assert more <= RATIO * less
    assert more <= TIMES_FLOOR * floor
