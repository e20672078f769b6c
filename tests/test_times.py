# test_times.py
# Do verdicts and texts hold whatever the capture's clock showed, and however long an interval is?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import struct

import pytest

from conftest import ROOT

SECOND = 1_000_000
INCIDENT = ROOT / "captures" / "incident.pcapng"
YEAR = 365 * 86400
BEGINNING = 1401953194  # of the incident, in s since 1970


def shift(tshark, offset=0, later=0, after=0):
    """Returns the incident's path, with the interface's clock moved by an offset in s, and all after a
    frame by so many s more."""
    whole = INCIDENT.read_bytes()
    out, at, number = [], 0, 0
    while at < len(whole):
        kind, length = struct.unpack_from("<II", whole, at)
        body = bytearray(whole[at + 8:at + length - 4])
        at += length
        if kind == 1:
            body[8:] = struct.pack("<HHqHH", 14, 8, offset, 0, 0)
        elif kind == 6:
            number += 1
            high, low = struct.unpack_from("<II", body, 4)
            time = (high << 32 | low) + (later * SECOND if number > after else 0)
            struct.pack_into("<II", body, 4, time >> 32, time & 0xFFFFFFFF)
        out.append(struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body)))
    path = tshark.make_directory() / "shifted.pcapng"
    path.write_bytes(b"".join(out))
    return path


@pytest.mark.parametrize("beginning, since", (
    (-300, "1969-12-31 23:58:43"), (-YEAR, "1969-01-01 00:03:43"),
    (5_000_000_000, "2128-06-11 08:57:03"), (8_999_999_000, "2255-03-14 15:47:03")))
def test_any_clock(tshark, beginning, since):
    *others, row = tshark.table(shift(tshark, beginning - BEGINNING), "trade,health")
    assert row[3:7] == ["peer-not-reading", "multiplexer", since, "679"]
    assert f"its TCP window was 0 from {since}.074 UTC on (frame 679), for 115.277 s" in row[8]
    assert {other[3] for other in others} == {"ok"}


@pytest.mark.parametrize("offset, later", (
    (9_223_371_736 - BEGINNING, 0), (16_725_225_600, 0), (2**62, 0), (-2**62, 0), (-100 * YEAR, 0),
    (0, 16_725_225_600)))
def test_times_that_cannot_be_held(tshark, offset, later):
    """As in 2262, 2500, or 1914: all seems to be at once."""
    rows = tshark.table(shift(tshark, offset, later, after=600), "trade,health")
    assert {tuple(row[3:5]) for row in rows} == {("clocks-differ", "-")}
    assert all("are before 1967 or after 2255" in row[8] for row in rows)


def test_rows_before_1970(tshark):
    out = tshark.make_directory() / "rows"
    out.parent.chmod(0o777)
    tshark.run("-r", shift(tshark, -300 - BEGINNING), "-q", "-z", f"trade,rows,{out}")
    rows = [line.split("\t") for line in out.read_text().splitlines()]
    _, *times = [row[3] for row in rows if row[0] == "pdu"]
    times = [int(time) for time in times]
    assert -300 * 10**9 <= times[0] < -290 * 10**9 and times == sorted(times)


@pytest.mark.parametrize("name", ("interval", "limit"))
def test_the_longest_interval_and_limit(tshark, name):
    rows = tshark.table(tshark.keep(INCIDENT), "trade,health", "-o", f"trade.{name}:4294967295")
    assert {row[3] for row in rows} <= {"ok", "peer-not-reading"}


@pytest.mark.parametrize("zone, shown", (("SUMMER-2", "SUMMER"), ("SUMMERS-2", "UTC+02:00")))
def test_a_zone_without_abbreviation(tshark, zone, shown):
    """Windows has names of zones, in the user's language: three times in a sentence, too long."""
    rows = tshark.run("-r", INCIDENT, "-q", "-z", "trade,health", timezone=zone)
    assert f"sent a Ping at 2014-06-05 09:29:58.167 {shown}; the next" in rows
