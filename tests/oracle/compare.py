# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds what tshark showed against what the generator knows."""
import collections
import difflib

from . import damage


def find_pdus_by_frame(capture):
    """Returns the PDUs that end in each frame of an undamaged capture."""
    out, done = collections.defaultdict(list), collections.Counter()
    for number, frame in enumerate(capture.frames, 1):
        pdus, which = capture.streams[frame.stream].pdus[frame.to_server], (frame.stream,
                                                                           frame.to_server)
        while done[which] < len(pdus) and pdus[done[which]].end <= frame.end:
            out[number].append(pdus[done[which]])
            done[which] += 1
    return out


def find_differences(capture, units):
    """Returns, for each frame that is not as it should be: (frame, truth, shown)."""
    truth, shown = find_pdus_by_frame(capture), collections.defaultdict(list)
    for unit in units:
        shown[unit.frame].append(unit.key)
    return [(n, [pdu.key for pdu in truth[n]], shown[n])
            for n in range(1, len(capture.frames) + 1) if [p.key for p in truth[n]] != shown[n]]


class Verdict:
    """What a dissector made of a damaged capture."""

    def __init__(self):
        self.wanted = 0      # PDUs that could be found
        self.missed = []     # of those, the ones that were not, in words
        self.false = []      # PDUs shown where none begins
        self.gaps = 0        # holes told rightly
        self.bad_gaps = []   # told wrongly, or not at all

    @property
    def share(self):
        return 1 - len(self.missed) / self.wanted


def judge(capture, units, known_start, late_given=False):
    """known_start: the capture has the connections' first bytes."""
    verdict = Verdict()
    for number, stream in enumerate(capture.streams):
        for to_server in (True, False):
            mine = [unit for unit in units if unit.is_pdu and
                    capture.frames[unit.frame - 1].stream == number and
                    capture.frames[unit.frame - 1].to_server == to_server]
            runs = damage.find_runs(capture, number, to_server, late_given)
            judge_direction(verdict, stream.pdus[to_server], runs, mine, known_start)
    return verdict


def judge_direction(verdict, pdus, runs, units, known_start):
    ends = find_ends(pdus, runs)
    located = locate(verdict, pdus, ends, units)
    found = {pdu.start for pdu, _ in located}
    for pdu, frame in damage.find_wanted(pdus, runs, known_start):
        verdict.wanted += 1
        if pdu.start not in found:
            verdict.missed.append("frame %d: %s" % (frame, pdu.info))
    judge_gaps(verdict, runs, located, known_start)


def find_ends(pdus, runs):
    """Returns the PDUs that are whole in a run, by the frame where they end."""
    out = collections.defaultdict(list)
    for run in runs:
        for pdu in pdus:
            if run.start <= pdu.start and pdu.end <= run.end:
                out[next(s[2] for s in run.segments if s[1] >= pdu.end)].append(pdu)
    return out


def locate(verdict, pdus, ends, units):
    """Pairs PDUs with what was shown of them. A PDU that TCP completed with a
    segment out of order is known by its content alone, if no other is like it."""
    located, odd, shown = [], [], collections.defaultdict(list)
    likes = collections.defaultdict(list)
    for pdu in pdus:
        likes[pdu.key].append(pdu)
    for unit in units:
        shown[unit.frame].append(unit)
    for frame, mine in shown.items():
        truth = ends.get(frame, [])
        matcher = difflib.SequenceMatcher(None, [hash(pdu.key) for pdu in truth],
                                          [hash(unit.key) for unit in mine], autojunk=False)
        rest = set(range(len(mine)))
        for a, b, count in matcher.get_matching_blocks():
            located += zip(truth[a:a + count], mine[b:b + count])
            rest -= set(range(b, b + count))
        odd += [mine[i] for i in rest]
    found = {pdu.start for pdu, _ in located}
    for unit in odd:
        like = likes[unit.key]
        if len(like) == 1 and like[0].start not in found:
            located.append((like[0], unit))
            found.add(like[0].start)
        else:
            verdict.false.append("frame %d: %s" % (unit.frame, unit.title))
    return sorted(located, key=lambda pair: pair[0].start)


def judge_gaps(verdict, runs, located, known_start):
    """A hole must be told on the first PDU after it, and nowhere else. What TCP
    kept of a PDU that it could not complete counts as missing: "Up to". So does
    a hole that was open at that time, and that a PDU in a later frame filled."""
    holes, reached = [], 0 if known_start else runs[0].start if runs else 0
    for run in sorted(runs, key=lambda run: run.start):
        if run.start > reached:
            holes.append((reached, run.start))
        reached = max(reached, run.end)
    filled = [(hole[1], unit.frame) for hole in holes for pdu, unit in located
              if pdu.start <= hole[0] and hole[1] <= pdu.end]
    holes = [hole for hole in holes if hole[1] not in dict(filled)]
    for pdu, unit in located:
        missing = 0
        while holes and holes[0][1] <= pdu.start:
            start, end = holes.pop(0)
            missing += end - start
        said = int(unit.others.get("gap_bytes", "0"))
        bound = any(text.startswith("Up to") for text in unit.experts)
        was_open = any(end <= pdu.start and frame > unit.frame for end, frame in filled)
        if said == missing or (bound and said > missing and (missing > 0 or was_open)):
            verdict.gaps += missing > 0
        else:
            verdict.bad_gaps.append("frame %d, %s: %d bytes missing, %s%d told" % (
                unit.frame, pdu.info, missing, "up to " * bound, said))
