# test_speed.py
# Does the dissector still take as few instructions a PDU as it did?
#
# Counted by valgrind, so that neither the machine nor what else it does matters, on
# captures that tests/bench/make_bench.py makes, as the difference of a larger and
# a smaller one and over what Wireshark takes without the plugin. The figures to hold
# are in speed.json, by version of Wireshark, since its libraries count too. To accept
# new ones:
#
#   TRADE_ACCEPT_SPEED=1 pytest --plugin=PATH/trade.so test_speed.py
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

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
RISE = 1.10
# Kind of capture, PDUs in the smaller and in the larger one, way with and without plugin.
CASES = {
    "dense, no tree": ("dense", (1_000, 21_000), "plugin", "floor"),
    "mix, tree": ("mix", (1_000, 9_000), "plugin, tree", "floor, tree"),
}


def count_added(tshark):
    """Returns for each case the instructions a PDU that the plugin adds."""
    runs, pdus = [], []
    for kind, sizes, *ways in CASES.values():
        paths = [tshark.captures / f"{kind}-{size}.pcap" for size in sizes]
        made = [make_bench.make(kind, size, path) for size, path in zip(sizes, paths)]
        for path in paths:
            path.chmod(0o644)
        pdus.append(made[1]["pdus"] - made[0]["pdus"])
        runs += [(way, *paths) for way in ways]
    # Wireshark's hash tables differ from run to run.
    counts = tshark.count_between(runs, times=3)
    return {name: round((counts[2 * n] - counts[2 * n + 1]) / pdus[n])
            for n, name in enumerate(CASES)}


@pytest.fixture(scope="module")
def measured(request):
    """The version of Wireshark, its figures in speed.json or None, and those of today."""
    plugin = request.config.getoption("--plugin").resolve()
    accept = bool(os.environ.get("TRADE_ACCEPT_SPEED"))
    figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    if not shutil.which("valgrind"):
        pytest.skip("no valgrind here, which counts instructions: install it")
    if b"__asan_init" in plugin.read_bytes():
        pytest.skip("this plugin is sanitized: its instructions say nothing")
    with tempfile.TemporaryDirectory(prefix="trade-tests-") as directory:
        tshark = measure.Tshark(plugin, pathlib.Path(directory))
        if tshark.version not in figures and not accept:
            pytest.skip(f"speed.json has no figures for Wireshark {tshark.version}: "
                        "TRADE_ACCEPT_SPEED=1 adds them")
        now = count_added(tshark)
    if accept:
        figures[tshark.version] = now
        FIGURES.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    return tshark.version, figures[tshark.version], now


@pytest.mark.parametrize("case", CASES)
def test_no_more_instructions_a_pdu(measured, case):
    version, figures, now = measured
    assert now[case] <= figures[case] * RISE, (
        f"{case}: {now[case]} instructions a PDU over Wireshark {version}'s own; they were "
        f"{figures[case]}. Where that is worth it: TRADE_ACCEPT_SPEED=1")
    if now[case] * RISE < figures[case]:
        print(f"{case}: {now[case]} instead of {figures[case]}: TRADE_ACCEPT_SPEED=1 keeps it so")
