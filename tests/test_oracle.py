# test_oracle.py
# Thousands of random PDUs, cut into segments at random, healthy and damaged:
# does the plugin show what the generator made, and what a dissector in Lua that
# shares no code with it shows?
#
# usage: [TRADE_ORACLE_SEEDS=0:50] pytest tests/test_oracle.py
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import io
import os
import pathlib
import random
import re

import pytest

from oracle import compare, damage
from oracle.generator import CONTESTED, Capture
from oracle.observe import read_pdml

LUA = pathlib.Path(__file__).parent / "bench" / "trade_talk.lua"
# In these notes nothing is wrong: the generator uses keywords that no table has.
HARMLESS = re.compile(
    r"Unknown keyword|[\d.]+ m?s( roundtrip| for this answer|: sent so much| after the Ping)|"
    "This Ping seems|This Pong answers no|No Ping before|No Pong answers|The Ping in frame|"
    "Data of a client after|The Pong that seems")
# Without segments of a few bytes: TCP of 4.6, or without its analysis, offers those that come
# late again.
STYLES = ["pdu", "several", "any", "full", "mixed"]
IN_ORDER = ("-o", "tcp.reassemble_out_of_order:TRUE")
NO_ANALYSIS = ("-o", "tcp.analyze_sequence_numbers:FALSE")
# Out of order segments are passed on, as in the profile TRADE.
PASSED_ON = ("-o", "tcp.no_subdissector_on_error:FALSE")
IN_PIECES = ("-o", "trade.desegment_data:FALSE")
FIRST, END = map(int, os.environ.get("TRADE_ORACLE_SEEDS", "0:1").split(":"))


@pytest.fixture(params=range(FIRST, END))
def rng(request):
    return random.Random(request.param)


@pytest.fixture
def dissect(tshark, tmp_path):
    """Returns a function that dissects a capture, in C or in Lua."""
    def run(capture, *options, proto="trade"):
        path = tmp_path / "oracle.pcap"
        capture.write(path)
        if proto == "tradelua":
            script = tshark.keep(LUA)
            options = ("--disable-protocol", "trade", "-X", f"lua_script:{script}", *options)
        # Most frames only have a part of a PDU.
        xml = tshark.run("-r", tshark.keep(path), *options, "-Y", proto, "-T", "pdml", "-J", proto)
        return list(read_pdml(io.BytesIO(xml.encode()), proto))
    return run


def strip(units):
    """Returns what a second pass must show just as the first did: the PDUs, without
    the links forward that only it knows."""
    return [(unit.frame, unit.key, unit.others.get("gap_bytes")) for unit in units if unit.is_pdu]


def without_gaps(stripped):
    return [unit[:2] for unit in stripped]


def strip_steady(capture, units, tshark):
    """Returns the same without what comes late: such a segment completes a PDU from 4.4 on, but
    in TCP's first pass only. A dissector in Lua sees the same."""
    late = damage.find_late(capture) if tshark.version != "4.0" else ()
    return [unit for unit in strip(units) if unit[0] not in late]


def find_complaints(units):
    return [(unit.frame, text) for unit in units for text in unit.experts
            if not HARMLESS.match(text)]


def count_headers(capture, units):
    """Returns how often each PDU stands in each direction; of a data PDU only the header counts."""
    found = collections.Counter()
    for unit in units:
        frame = capture.frames[unit.frame - 1]
        found[frame.stream, frame.to_server, get_header(unit.key)] += 1
    return found


def get_port(capture, unit):
    return capture.streams[capture.frames[unit.frame - 1].stream].port


def get_header(key):
    return key if dict(key).get("receiver", "65535") == "65535" else key[:3]


def check_healthy(capture, units):
    assert not compare.find_differences(capture, units)[:3]
    assert not find_complaints(units)[:3]


def test_healthy(rng, dissect):
    capture = Capture(rng, streams=6, pdus=150)
    units = dissect(capture)
    check_healthy(capture, units)
    assert strip(dissect(capture, "-2")) == strip(units)


def test_lua_agrees(rng, dissect):
    capture = Capture(rng, streams=6, pdus=150)
    lua = dissect(capture, proto="tradelua")
    assert not compare.find_differences(capture, lua)[:3]
    assert ([(unit.frame, unit.size, unit.title) for unit in dissect(capture)] ==
            [(unit.frame, unit.size, unit.title) for unit in lua])


def test_without_sequence_analysis(rng, dissect):
    capture = Capture(rng, streams=6, pdus=80, wrap=False)
    check_healthy(capture, dissect(capture, *NO_ANALYSIS))


def test_reordered_and_repeated_put_in_order(rng, dissect, tshark):
    if tshark.version != "4.0":
        pytest.skip("from 4.4 on TCP itself loses some of these: a dissector in Lua, too")
    capture = Capture(rng, streams=6, pdus=80)
    damage.swap(rng, capture, 0.05)
    damage.repeat(rng, capture, 0.05)
    units = [unit for unit in dissect(capture, *IN_ORDER) if unit.size]
    for number, stream in enumerate(capture.streams):
        for to_server, pdus in stream.pdus.items():
            assert [pdu.key for pdu in pdus] == [
                unit.key for unit in units
                if (capture.frames[unit.frame - 1].stream,
                    capture.frames[unit.frame - 1].to_server) == (number, to_server)]
    assert not find_complaints(units)
    assert strip(dissect(capture, "-2", *IN_ORDER)) == strip(units)


def test_payloads_in_pieces(rng, dissect):
    capture = Capture(rng, streams=6, pdus=150)
    units = dissect(capture, *IN_PIECES)
    whole = count_headers(capture, dissect(capture))
    assert count_headers(capture, (unit for unit in units if "continuation" not in unit.others)) == whole
    assert not find_complaints(units)[:3]
    assert strip(dissect(capture, "-2", *IN_PIECES)) == strip(units)


def test_damaged_payloads_in_pieces(rng, dissect, tshark):
    """Nothing is found that was not sent, and hardly less than where payloads are put together."""
    capture = Capture(rng, streams=10, pdus=100, hostile=False, styles=STYLES)
    damage.drop(rng, capture, 0.01)
    damage.swap(rng, capture, 0.05)
    damage.repeat(rng, capture, 0.05)
    units = dissect(capture, *IN_PIECES)
    found, whole = (count_headers(capture, (unit for unit in shown if unit.is_pdu))
                    for shown in (units, dissect(capture)))
    assert (whole - found).total() <= whole.total() / 1000
    sent = collections.Counter(
        (number, to_server, get_header(pdu.key)) for number, stream in enumerate(capture.streams)
        for to_server, pdus in stream.pdus.items() for pdu in pdus)
    assert (found - sent).total() <= sent.total() / 1000
    assert (without_gaps(strip_steady(capture, dissect(capture, "-2", *IN_PIECES), tshark)) ==
            without_gaps(strip_steady(capture, units, tshark)))


def check_damaged(verdict):
    assert verdict.share >= 0.98, verdict.missed[:5]
    assert len(verdict.false) <= verdict.wanted / 1000, verdict.false[:5]
    assert not verdict.bad_gaps[:5]


def test_lost_segments(rng, dissect):
    capture = Capture(rng, streams=10, pdus=150, hostile=False)
    damage.drop(rng, capture, 0.02)
    units = dissect(capture)
    verdict = compare.judge(capture, units, known_start=True)
    check_damaged(verdict)
    assert verdict.gaps > 10
    assert strip(dissect(capture, "-2")) == strip(units)


@pytest.mark.parametrize("options", ((), PASSED_ON, NO_ANALYSIS))
def test_reordered_and_repeated(rng, dissect, tshark, options):
    """Of segments that come late hardly anything is lost. That a hole was filled is known on
    the second pass, but where TCP keeps what made a PDU whole."""
    capture = Capture(rng, streams=10, pdus=100, hostile=False, styles=STYLES, wrap=False)
    damage.swap(rng, capture, 0.05)
    damage.repeat(rng, capture, 0.05)
    units, again = dissect(capture, *options), dissect(capture, "-2", *options)
    verdict = compare.judge(capture, units, known_start=True, late_given=True)
    assert verdict.share >= 0.98, verdict.missed[:5]
    assert not verdict.false[:5]
    assert (without_gaps(strip_steady(capture, again, tshark)) ==
            without_gaps(strip_steady(capture, units, tshark)))
    assert not options or not [unit.title for unit in again if "gap_bytes" in unit.others][:3]


def test_capture_starts_late(rng, dissect):
    # In segments of a few bytes no keyword speaks for TRADE against another protocol.
    capture = Capture(rng, streams=20, pdus=150, hostile=False, styles=STYLES)
    damage.start_late(rng, capture)
    units, again = dissect(capture), dissect(capture, "-2")
    verdict = compare.judge(capture, units, known_start=False)
    assert verdict.share >= 0.95, verdict.missed[:5]
    assert len(verdict.false) <= verdict.wanted / 1000, verdict.false[:5]
    assert verdict.gaps == 0 and not verdict.bad_gaps[:5]
    one, two = (collections.Counter((frame, tuple(key)) for frame, key, _ in strip(shown))
                for shown in (units, again))
    assert not one - two
    # Where another protocol is registered for the other port: what came before the first
    # segment that spoke for TRADE.
    free = [unit for unit in units if get_port(capture, unit) not in CONTESTED]
    assert strip(free) == strip(unit for unit in again if get_port(capture, unit) not in CONTESTED)


@pytest.mark.parametrize("snap", (60, 80, 150))
def test_cut_by_the_snapshot_length(rng, dissect, snap):
    """What fields and Info say of a PDU is what was sent, as far as it was captured."""
    capture = Capture(rng, streams=10, pdus=100, hostile=False)
    capture.snap = snap
    sent = {(number, to_server, pdu.key[:n]) for number, stream in enumerate(capture.streams)
            for to_server, pdus in stream.pdus.items() for pdu in pdus
            for n in range(2, len(pdu.key) + 1)}
    units = [unit for unit in dissect(capture) if unit.is_pdu]
    false = []
    for unit in units:
        frame = capture.frames[unit.frame - 1]
        key = unit.key[:-1] if unit.key[-1][0] == "data" else unit.key
        claims = re.search("-> ([0-9]+|Control)", unit.title)
        if ((frame.stream, frame.to_server, key) not in sent or
                (claims and ("receiver", claims[1].replace("Control", "65535")) not in key)):
            false.append((unit.frame, unit.title))
    assert len(units) > 400
    assert len(false) <= len(units) / 200, false[:5]
    assert strip(dissect(capture, "-2")) == strip(units)
