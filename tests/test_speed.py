# test_speed.py
# Does the dissector still take as few instructions a PDU as it did?
#
# Counted by valgrind from where Wireshark calls the plugin to where it returns, with what
# Wireshark does for it meanwhile: that repeats within 0.2 %, whatever else the machine does.
# All of a run would not: Wireshark salts its hashes, which is worth 5 %. The captures are
# those that tests/bench/make_bench.py makes. The figures to hold are in speed.json, by
# version of Wireshark, since its libraries count too; a version that has none there is held to
# LIMITS alone. To accept new ones:
#
#   TRADE_ACCEPT_SPEED=1 pytest --all --plugin=PATH/trade.so test_speed.py
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import concurrent.futures
import json
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

TESTS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS / "bench"))

import make_bench  # noqa: E402
import measure  # noqa: E402

FIGURES = TESTS / "speed.json"
RISE = 1.03
PDUS = 10_000
# Kind of capture and way to run tshark.
CASES = {f"{kind}, {tree}": (kind, way) for kind in ("tiny", "dense", "midstream", "mix")
         for tree, way in (("no tree", "plugin"), ("tree", "plugin, tree"))}
# Most instructions a PDU, whatever speed.json says: soupbintcp's, by tests/bench/results.md.
LIMITS = {f"{kind}, {tree}": most for kind in ("dense", "midstream")
          for tree, most in (("no tree", 2700), ("tree", 4900))}
# What Wireshark calls for each packet.
ENTRIES = ("dissect_trade_on_port", "dissect_after_tcp")


def count_cases(tshark, cases):
    """Returns the instructions a PDU of each of these cases."""
    captures = {}
    for kind in sorted({CASES[case][0] for case in cases}):
        path = tshark.captures / f"{kind}.pcap"
        captures[kind] = path, make_bench.make(kind, PDUS, path)["pdus"]
        path.chmod(0o644)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = {case: pool.submit(tshark.count, way, captures[kind][0], ENTRIES)
                  for case, (kind, way) in CASES.items() if case in cases}
    return {case: round(count.result() / captures[CASES[case][0]][1])
            for case, count in counts.items()}


@pytest.fixture(scope="module")
def measured(request):
    """The version of Wireshark, its figures in speed.json, and those of today."""
    plugin = request.config.getoption("--plugin").resolve()
    accept = bool(os.environ.get("TRADE_ACCEPT_SPEED"))
    figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    if not shutil.which("valgrind"):
        pytest.skip("no valgrind here, which counts instructions: install it")
    if not os.path.exists("/proc/self/maps"):
        pytest.skip("no /proc here, without which valgrind does not run")
    if b"__asan_init" in plugin.read_bytes():
        pytest.skip("this plugin is sanitized: its instructions say nothing")
    with tempfile.TemporaryDirectory(prefix="trade-tests-") as directory:
        tshark = measure.Tshark(plugin, pathlib.Path(directory))
        now = count_cases(tshark, CASES if accept else {
            item.callspec.params["case"] for item in request.session.items
            if item.path == pathlib.Path(__file__)})
    assert all(now.values()), f"valgrind does not find {ENTRIES}: is the plugin stripped?"
    if accept:
        figures[tshark.version] = now
        FIGURES.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    return tshark.version, figures.get(tshark.version, {}), now


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_no_more_instructions_a_pdu(measured, case):
    version, figures, now = measured
    assert now[case] <= LIMITS.get(case, now[case])
    if case not in figures:
        pytest.skip(f"speed.json has no figure for Wireshark {version}: TRADE_ACCEPT_SPEED=1 adds it")
    assert now[case] <= figures[case] * RISE, (
        f"{case}: {now[case]} instructions a PDU with Wireshark {version}; they were "
        f"{figures[case]}. Where that is worth it: TRADE_ACCEPT_SPEED=1")
    if now[case] * RISE < figures[case]:
        print(f"{case}: {now[case]} instead of {figures[case]}: TRADE_ACCEPT_SPEED=1 keeps it so")
