# hosts.py
# When a capture point had frames of a host, and what was sent to that host meanwhile: a host
# that pauses, and captures itself, has nothing on any of its connections.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import array
import bisect
import collections

SHORT = 2_000_000_000       # ns: what pauses for less is not told from a loss


def get_host(end):
    """Returns the address of "address:port"."""
    return end.rpartition(":")[0]


def join_spans(spans):
    """Returns spans of time, in order of their begins, without those that overlap."""
    joined = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    return joined


class Hosts:
    """The hosts that segments were on their way to, at the points that they did not come to."""

    def __init__(self, directions):
        """directions: Betweens that know what may be lost."""
        self.vain, self.times = collections.defaultdict(list), {}
        self.pauses = collections.defaultdict(list)
        for between in directions:
            self.pauses[self._get_key(between)] += between.list_pauses()
            self.vain[self._get_key(between)] += [
                loss.sent + between.usual for loss in between.losses if loss.kind == "hard"]
        for times in (*self.vain.values(), *self.pauses.values()):
            times.sort()
        self.pauses = {key: join_spans(spans) for key, spans in self.pauses.items()}

    @staticmethod
    def _get_key(between):
        return between.sink, get_host(between.passage.sink.target)

    def _list_times(self, key):
        """Returns when the point had frames of the host, in order."""
        if key not in self.times:
            point, host = key
            self.times[key] = array.array("q", sorted(
                time for stream in point.streams.values() for flow in stream.flows
                if flow and host in (get_host(flow.source), get_host(flow.target))
                for time in flow.when))
        return self.times[key]

    def is_silent(self, between, time):
        """Whether the receiver's host was silent around a time, though much was sent to it: from
        the first segment in vain on, for longer than a loss takes to be made good. So may one of
        several machines that have an address in common be, which another connection shows."""
        key = self._get_key(between)
        pauses = self.pauses[key]
        place = bisect.bisect_right(pauses, (time, 2**63))
        if place and time < pauses[place - 1][1]:
            return True
        times, vain = self._list_times(key), self.vain[key]
        after = bisect.bisect_left(times, time)
        first = bisect.bisect_left(vain, times[after - 1]) if after else 0
        return after < len(times) and first < len(vain) and times[after] - vain[first] > SHORT
