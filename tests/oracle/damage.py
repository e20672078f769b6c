# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Damages a generated capture, and says what can still be known of it.

"Given" are the bytes that TCP hands to a dissector under the preferences of the
run: with tshark's defaults a segment before the highest one is not.
"""
from dataclasses import dataclass, replace


def drop(random, capture, share):
    """Loses a share of the segments for good."""
    capture.frames = [f for f in capture.frames if f.end == f.start or random.random() >= share]


def start_late(random, capture):
    """Cuts off the first segments of each direction, at a random place, and the handshakes."""
    seen = {}
    for frame in capture.frames:
        if frame.end > frame.start:
            seen.setdefault((frame.stream, frame.to_server), []).append(frame)
    cut = {which: random.randrange(1, max(2, len(frames) * 2 // 3))
           for which, frames in seen.items()}
    kept = {id(f) for which, frames in seen.items() for f in frames[cut[which]:]}
    capture.frames = [f for f in capture.frames if id(f) in kept]


def swap(random, capture, share):
    """Swaps neighbours: segments of one direction with nothing between them."""
    frames = capture.frames
    for i in range(len(frames) - 1):
        a, b = frames[i], frames[i + 1]
        if ((a.stream, a.to_server) == (b.stream, b.to_server) and a.end > a.start and
                b.end > b.start and b.start == a.end and random.random() < share):
            frames[i], frames[i + 1] = b, a


def repeat(random, capture, share):
    """Sends segments again some frames later, alone or as one with the next."""
    out, waiting = [], []
    for frame in capture.frames:
        out.append(frame)
        if frame.end > frame.start and random.random() < share:
            waiting.append([random.randrange(6), replace(frame)])
        for entry in waiting:
            entry[0] -= 1
        out += [entry[1] for entry in waiting if entry[0] < 0]
        waiting = [entry for entry in waiting if entry[0] >= 0]
    capture.frames = out


@dataclass
class Run:
    """Bytes of a direction that the capture has without a hole; its segments."""
    start: int
    end: int
    segments: list  # (start, end, frame number)


def find_runs(capture, stream, to_server, late_given=False):
    """Returns the runs of a direction, of the bytes that a dissector is given.
    late_given: TCP does not look at sequence numbers, and so keeps nothing back."""
    runs, highest, seen = [], 0, set()
    for number, frame in enumerate(capture.frames, 1):
        if (frame.stream, frame.to_server) != (stream, to_server) or frame.end == frame.start:
            continue
        if frame.start in seen or (frame.start < highest and not late_given):
            continue
        seen.add(frame.start)
        highest = max(highest, frame.end)
        if not runs or runs[-1].end != frame.start:
            runs.append(Run(frame.start, frame.start, []))
        runs[-1].end = frame.end
        runs[-1].segments.append((frame.start, frame.end, number))
    return runs


def find_late(capture):
    """Returns the numbers of the frames that begin before the highest byte sent so far."""
    late, highest = set(), {}
    for number, frame in enumerate(capture.frames, 1):
        which = (frame.stream, frame.to_server)
        if frame.start < highest.get(which, 0):
            late.add(number)
        highest[which] = max(highest.get(which, 0), frame.end)
    return late


def find_anchor(pdus, run, one_segment):
    """Returns the first PDU of a run that can be recognised: a control PDU with
    its keyword captured, or the head of a chain that a segment's end closes.
    one_segment: header and keyword must lie in one segment."""
    starts = {pdu.start: pdu for pdu in pdus}
    for index, pdu in enumerate(pdus):
        if pdu.start < run.start or pdu.start >= run.end:
            continue
        segment = next(s for s in run.segments if s[0] <= pdu.start < s[1])
        limit = segment[1] if one_segment else run.end
        if pdu.kind == "control" and pdu.start + pdu.head <= limit:
            return pdu
        at = pdu
        while at and at.end <= segment[1]:
            if at.kind == "control" or at.end == segment[1]:
                return pdu
            at = starts.get(at.end)
        if at and at is not pdu and at.kind == "control" and at.start + at.head <= limit:
            return pdu
    return None


def find_wanted(pdus, runs, known_start, one_segment=False):
    """Returns the PDUs that ought to be found, as (PDU, frame where it ends).
    known_start: the capture has the connection's first bytes."""
    out = []
    for run in runs:
        known = known_start and run.start == 0
        anchor = pdus[0] if known else find_anchor(pdus, run, one_segment)
        if not anchor:
            continue
        ends = iter(run.segments)
        segment = next(ends)
        for pdu in pdus:
            if pdu.start < anchor.start or pdu.end > run.end:
                continue
            while segment[1] < pdu.end:
                segment = next(ends)
            out.append((pdu, segment[2]))
    return out
