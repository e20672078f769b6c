# notices.py
# ICMP messages that quote a segment: which frame they are about, and whether they were made
# between two capture points.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import bisect
import collections
import dataclasses

WRAP, NONE = 2**32, -1
TYPES = (3, 4, 5, 11, 12)       # that quote what they are about; of ICMPv6 1 to 4
SLACK = 2_000_000               # ns
NEWEST = 10_000                 # segments that are looked through for the one quoted
WORDS = {
    (4, 3, 0): "network unreachable", (4, 3, 1): "host unreachable", (4, 3, 3): "port unreachable",
    (4, 3, 4): "fragmentation needed", (4, 3, 9): "prohibited", (4, 3, 10): "prohibited",
    (4, 3, 13): "prohibited", (4, 11, 0): "time exceeded on the way",
    (6, 1, 0): "no route", (6, 1, 1): "prohibited", (6, 1, 3): "address unreachable",
    (6, 1, 4): "port unreachable", (6, 2, 0): "packet too big", (6, 3, 0): "hop limit exceeded"}


@dataclasses.dataclass
class Notice:
    """An ICMP message at a point. time: ns since 1970 by its clock; when: by the first point's;
    router: who says it; ends: of the segment that it quotes, its source and target; seq, ip_id:
    the quoted ones, seq None and ip_id -1 where they are not there."""
    frame: int
    time: int
    kind: tuple
    router: str
    ends: tuple
    seq: int
    ip_id: int
    when: int = None

    @property
    def word(self):
        family, kind, code = self.kind
        return WORDS.get(self.kind, f"ICMP{'v6' if family == 6 else ''} type {kind}, code {code}")


def is_quoting(family, kind):
    return kind in TYPES if family == 4 else 1 <= kind <= 4


class Quoted:
    """The notices of a point, by the ends of the segment that they quote."""

    def __init__(self, point):
        self.by_ends = collections.defaultdict(list)
        for notice in point.notices:
            notice.when = point.align(notice.time, notice.frame)
            self.by_ends[notice.ends].append(notice)

    def list_of(self, flow):
        return self.by_ends.get((flow.source, flow.target), ())


def find_quoted(flow, notice):
    """Returns which segment of a flow a notice quotes, or None: the last that was sent before of
    that sequence number and IP id, as far as these are quoted."""
    if notice.seq is None and notice.ip_id == -1:
        return None
    last = bisect.bisect_right(flow.when, notice.when + SLACK)
    for i in range(last - 1, max(-1, last - NEWEST), -1):
        if notice.seq in (None, flow.seq[i] % WRAP) and notice.ip_id in (-1, flow.ip_id[i]):
            return i
    return None


def find_made_between(between, near, far):
    """Yields (notice, quoted segment) of messages about what a source sent that came back to it
    and did not pass the sink: what they quote did not come so far, or they would have been
    captured there. near, far: the points' Quoted."""
    passage = between.passage
    came = collections.Counter((notice.kind, notice.router)
                               for notice in far.list_of(passage.sink))
    lost = {loss.first for loss in between.lost}
    for notice in near.list_of(passage.source):
        if came[notice.kind, notice.router]:
            came[notice.kind, notice.router] -= 1
            continue
        i = find_quoted(passage.source, notice)
        if i is not None and passage.to[i] == NONE and (
                passage.source.seq[i] in lost or between.sink.has_seen(notice.when, None, None)):
            yield notice, i
