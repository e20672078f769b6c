# attempts.py
# Which attempts to connect were lost between two capture points: of which the second one has no
# SYN, though it had other connections of the same two hosts all the time.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import bisect
import dataclasses

from .hosts import get_host
from .points import ACK, RST, SYN

SYNS_MIN = 3        # each of which a pause of its own would have to explain
BESIDE = 3          # other connections of the same two hosts, each at both points


@dataclasses.dataclass
class Attempt:
    """SYNs of which none came out. frame: the first one's at the source; beside: how many other
    connections of the same two hosts passed meanwhile."""
    source: object
    sink: object
    frame: int
    count: int
    beside: int


def find_lost_attempt(comparison, connection, number):
    """Returns the Attempt that a connection is, by what the point of a number has of it, or None."""
    flow = connection.streams[number].flows[0]
    syns = [i for i in range(len(flow)) if flow.flags[i] & (SYN | ACK) == SYN]
    if len(syns) < SYNS_MIN or len(syns) < len(flow) or connection.streams[number].flows[1]:
        return None
    source = comparison.points[number]
    for other, sink in enumerate(comparison.points):
        if other in connection.streams or comparison.drops[sink]:
            continue
        ways = _list_ways(comparison, (number, other), flow)
        if ways is None:
            continue
        told = _list_told(ways, [flow.when[i] for i in syns], sink)
        passed = {id(there.passage.link) for there, back in ways
                  if _is_used(there, flow.when[syns[0]], flow.when[syns[-1]])
                  and _is_used(back, flow.when[syns[0]], flow.when[syns[-1]])}
        if len(told) >= SYNS_MIN and len(passed) >= BESIDE:
            return Attempt(source, sink, flow.frame[syns[0]], len(syns), len(passed))
    return None


def _list_ways(comparison, numbers, flow):
    """Returns what lies between two points of other connections of a Flow's two hosts: (there, back)
    each; or None where one of them passes beside the second point, a device renumbers or ends
    TCP, or something was in vain that a pause of one of several hosts explains."""
    source, sink = (comparison.points[number] for number in numbers)
    hosts, begin, ways = {get_host(flow.source), get_host(flow.target)}, flow.when[0], []
    for one in comparison.connections:
        stream = one.streams.get(numbers[0])
        if stream is None or {get_host(end) for end in stream.list_ends()} != hosts or \
                not all(map(_has_data, stream.flows)) or \
                max(each.when[-1] for each in stream.flows) < begin:
            continue
        there = next((b for *_, b in one.between if (b.source, b.sink) == (source, sink)), None)
        back = next((b for *_, b in one.between if (b.source, b.sink) == (sink, source)), None)
        if there is None or back is None or _is_changed(there.passage.link) or \
                get_host(there.passage.source.source) != get_host(flow.source) or \
                any(begin <= loss.sent <= flow.when[-1] for loss in there.undecided):
            return None
        ways.append((there, back))
    return ways


def _is_changed(link):
    return link.unlike() or any(link.shifts) or link.is_ended


def _has_data(flow):
    return bool(flow) and any(flow.size[i] and not flow.flags[i] & RST for i in range(len(flow)))


def _list_told(ways, times, sink):
    """Returns the SYNs of which each would need a pause of the sink's host of its own: in between,
    the sink had something from that host."""
    heard = sorted(time for _, back in ways for time in back.passage.source.when)
    gaps = set()
    for time in times:
        place = bisect.bisect_right(heard, time)
        if 0 < place < len(heard) and sink.has_seen(time, None, None):
            gaps.add(place)
    return gaps


def _is_used(between, begin, end):
    """Whether something passed between two times."""
    return any(begin <= between.time_in(i) <= end for i, j in enumerate(between.passage.to) if j >= 0)
