# test_two_points.py
# What is said of a file that was merged of two captures, made near the module and near the
# Multiplexer: does it judge by one of them, whatever their clocks?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import functools
import subprocess

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from kernels import judge
from test_retransmissions import SECOND, beat, connect
from trade_pdus import MULTIPLEXER, TRADESITE, Capture, ping

DELAY = 40  # between the points, in microseconds: less than any answer takes
HOPS = 3
OFFSETS = (0, 4_000, -4_000, 3 * SECOND, -3 * SECOND, 40 * SECOND, -40 * SECOND, 3600 * SECOND)


def seen_at(capture, at_module, offset=0, unseen=(), forged=()):
    """Returns what a point near one side captures of what both sides send. offset: of its clock;
    unseen: the frames that do not come to it; forged: the frames that only come to it."""
    view = Capture()
    for number, (time_us, frame, _, _) in enumerate(capture.frames):
        packet = Ether(frame)
        is_near = (packet[TCP].sport != 2107) == at_module
        if number in unseen:
            continue
        if not is_near:
            packet[IP].ttl -= HOPS
            del packet[IP].chksum
        side, router = ("11", "1f") if at_module else ("22", "2f")
        packet.src, packet.dst = (f"02:00:00:00:00:{end}" for end in
                                  ((side, router) if is_near else (router, side)))
        view.add(time_us + (0 if is_near else DELAY) + offset, bytes(packet))
    for time_us, packet in forged:
        view.add(time_us + offset, bytes(packet))
    return view


def merge(reader, views, *options):
    paths = [reader.save(view) for view in views]
    merged = paths[0].with_suffix(".merged.pcapng")
    subprocess.run(["mergecap", *options, "-w", merged, *paths], check=True)
    merged.chmod(0o644)
    return merged


def judge_all(reader, path, passes=("-2",)):
    rows = reader.health(path, *passes)
    assert rows
    return [(*judge.said(row), row["Details"]) for row in rows]


@functools.cache
def healthy(rounds=5):
    """Three connections at the same time."""
    capture = Capture()
    conversations = [connect(capture, 1195 + number) for number in range(3)]
    start = capture.now
    for number, conversation in enumerate(conversations):
        beat(conversation, start + number * 300_000, range(rounds))
    capture.frames.sort(key=lambda frame: frame[0])
    return capture


@functools.cache
def seen_healthy(at_module, unseen=()):
    return seen_at(healthy(), at_module, unseen=unseen)


def shift(view, offset):
    """Returns what a point captures whose clock is so far ahead."""
    shifted = Capture()
    shifted.frames = [(time_us + offset, *rest) for time_us, *rest in view.frames]
    return shifted


@pytest.mark.parametrize("passes, options", (((), ()), (("-2",), ("-I", "none"))))
@pytest.mark.parametrize("offset", OFFSETS)
def test_healthy_connections(reader, offset, passes, options):
    path = merge(reader, (seen_healthy(True), shift(seen_healthy(False), offset)), *options)
    said = judge_all(reader, path, passes)
    assert [entry[:2] for entry in said] == [("ok", "-")] * 3, said


@pytest.mark.parametrize("late", ("module", "multiplexer"))
@pytest.mark.parametrize("offset", OFFSETS)
def test_a_point_that_starts_late(reader, offset, late):
    """What the clocks make of it may be said; nobody is accused."""
    unseen = range(len(healthy().frames) // 3)
    views = (seen_healthy(True, unseen if late == "module" else ()),
             shift(seen_healthy(False, unseen if late == "multiplexer" else ()), offset))
    for verdict, place, details in judge_all(reader, merge(reader, views)):
        assert place in ("-", "cannot-tell"), (verdict, details)


def test_a_point_that_ends_early(reader):
    """Before the other goes on for long, nothing is wrong; then it cannot tell."""
    capture = healthy(8)
    unseen = range(len(capture.frames) * 2 // 3, len(capture.frames))
    said = judge_all(reader, merge(reader, (seen_at(capture, True, unseen=unseen),
                                            seen_at(capture, False))))
    assert [entry[:2] for entry in said] == [("capture-hole", "cannot-tell")] * 3, said
    assert all("trade-report" in entry[2] for entry in said)


def reset_of(capture, number, sport):
    """A firewall's RST after a frame, claiming to be from a side of the first connection."""
    time_us, frame, _, _ = capture.frames[number]
    packet = Ether(frame)
    if packet[TCP].sport != sport:
        packet[IP].src, packet[IP].dst = packet[IP].dst, packet[IP].src
        packet[TCP].sport, packet[TCP].dport = packet[TCP].dport, packet[TCP].sport
        packet[TCP].seq, packet[TCP].ack = packet[TCP].ack, packet[TCP].seq
    packet[TCP].flags, packet[IP].ttl, packet[IP].id = "RA", 62, 0
    packet[TCP].remove_payload()
    del packet[IP].chksum, packet[TCP].chksum, packet[IP].len
    side, router = ("11", "1f") if sport == 2107 else ("22", "2f")
    packet.src, packet.dst = f"02:00:00:00:00:{router}", f"02:00:00:00:00:{side}"
    return time_us + SECOND, packet


@pytest.mark.parametrize("offset", (0, 4_000, -4_000, 40 * SECOND, -40 * SECOND))
def test_a_firewall_resets_both_sides(reader, offset):
    """Each point shows an RST that the other does not."""
    capture = Capture()
    one, two = connect(capture), connect(capture, 1196, TRADESITE, "Tradesite")
    start = capture.now
    beat(one, start, range(4))
    beat(two, start + 300_000, range(5), TRADESITE)
    last = max(number for number, (_, frame, _, _) in enumerate(capture.frames)
               if 1195 in (Ether(frame)[TCP].sport, Ether(frame)[TCP].dport))
    views = (seen_at(capture, True, forged=[reset_of(capture, last, 2107)]),
             seen_at(capture, False, offset, forged=[reset_of(capture, last, 1195)]))
    said = judge_all(reader, merge(reader, views))
    assert len(said) == 2, said
    first, second = sorted(said, reverse=True)
    assert first[:2] == ("reset-foreign", "network"), first[2]
    assert second[:2] == ("ok", "-"), second[2]


@pytest.mark.parametrize("offset", (0, 40 * SECOND, -40 * SECOND))
def test_an_orderly_reset(reader, offset):
    """The Multiplexer resets, and both points show it."""
    capture = Capture()
    one = beat(connect(capture, 1195), capture.now, range(4))
    one.multiplexer(ping(MULTIPLEXER)).ack("module").rst("multiplexer")
    views = seen_at(capture, True), seen_at(capture, False, offset)
    (verdict, place, details), = judge_all(reader, merge(reader, views))
    assert (verdict, place) == ("ok", "-"), details


@pytest.mark.parametrize("offset", (0, 40 * SECOND, -40 * SECOND))
def test_copies_are_no_retransmissions(reader, offset):
    rows = reader.health(merge(reader, (seen_healthy(True), shift(seen_healthy(False), offset))), "-2")
    for row in rows:
        assert (row["Module's Pings"], row["Module's answered"]) == ("5", "5"), row
