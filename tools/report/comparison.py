# comparison.py
# Several capture points side by side: which connections they share, in which order a
# connection passes them, how their clocks go together, and what happened between.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import functools
import itertools
import statistics

from .between import Between
from .clocks import Clock, thin
from .hosts import Hosts
from .notices import Quoted, find_made_between
from .pairing import find_proxy, make_passages, pair_by_payload, pair_streams

CLOSE = 20_000      # ns: nearer points are not told apart by times
FEW = 3
COPIES_MIN = 0.1    # of the segments of connections that both have, in files of two points
SAME_TIMES = 0.9    # of the shared frames: of two files of one capture point


class Shared:
    """What two points share. is_forward: whether modules' frames pass the first one first."""

    def __init__(self, first, second):
        self.first, self.second = first, second
        self.links = pair_streams(first, second)
        self.links += pair_by_payload(first, second, self.links)
        self.passages = {}
        for link in self.links:
            self.passages[link] = make_passages(link)
            for passage in self.passages[link]:
                passage.find_sure()

    def count_frames(self):
        return sum(len(passage.sure) for passages in self.passages.values()
                   for passage in passages)

    def has_copies(self):
        """Whether what is in both are copies: a ring's next file may have bytes that are sent
        again, and acknowledgements that are alike."""
        copies, segments = 0, [0, 0]
        for link in self.links:
            for passage in self.passages[link]:
                copies += sum(passage.source.length(i) > 0 for i, _ in passage.sure)
            for pair in link.flows:
                for number, flow in enumerate(pair):
                    if flow:
                        segments[number] += sum(flow.length(i) > 0 for i in range(len(flow)))
        return copies >= COPIES_MIN * max(min(segments), 1)

    def is_one_point(self):
        """Whether frames that both have are one capture's: of the same times to 1 us."""
        same = total = 0
        for passages in self.passages.values():
            for passage in passages:
                for i, j in passage.sure:
                    if not passage.source.length(i):
                        continue
                    total += 1
                    same += abs(passage.source.time[i] - passage.sink.time[j]) <= 1000 and \
                        passage.source.ttl[i] == passage.sink.ttl[j]
        return bool(total) and same >= SAME_TIMES * total

    # ---- The order of the points ----

    def orient(self):
        """Turns each direction so that it passes its source first."""
        told = {link: tell_order(link, self.passages[link]) for link in self.links}
        usual = sum(told.values()) or self._tell_by_ttl() or 1
        for link in self.links:
            forward = (told[link] or usual) > 0
            self.passages[link] = [
                passage if (passage.source is link.flows[module_side(link)][0]) == forward
                else passage.turn() for passage in self.passages[link]]

    def _tell_by_ttl(self):
        """Returns 1 where modules' frames have fewer hops left at the second point, -1 where
        more, or 0."""
        votes = collections.Counter()
        for link in self.links:
            for passage in self.passages[link]:
                sign = 1 if passage.source is link.flows[module_side(link)][0] else -1
                for i, j in itertools.islice(passage.sure, FEW):
                    less = passage.source.ttl[i] - passage.sink.ttl[j]
                    votes[sign * ((less > 0) - (less < 0))] += 1
        return (votes[1] > votes[-1]) - (votes[1] < votes[-1])

    def list_samples(self):
        """Yields samples for the second point's clock, by the first one's, which is known."""
        for passage in itertools.chain.from_iterable(self.passages.values()):
            is_forth = passage.is_forward
            here, there = ((passage.sink, passage.source) if is_forth else
                           (passage.source, passage.sink))
            for i, j in passage.sure:
                at, its = (j, i) if is_forth else (i, j)
                before = self.first.align(there.time[its], there.frame[its])
                yield here.frame[at], here.time[at], here.time[at] - before, is_forth


def module_side(link):
    """Returns which direction of a Link is the module's: 0 or 1."""
    for stream, number in ((link.first, 0), (link.second, 1)):
        if stream.row:
            module = stream.row["Module endpoint"]
            for side in (0, 1):
                flow, other = link.flows[side][number], link.flows[1 - side][number]
                if flow and flow.source == module or other and other.target == module:
                    return side
    return 0


def tell_order(link, passages):
    """Returns 1 where the module's frames pass the first point first, -1 where the second, 0
    where times do not tell. Between the points, what passes one way takes the clocks' difference
    and the delay, what passes the other way that difference without it."""
    if len(passages) < 2:
        return 0
    module = link.flows[module_side(link)][0]
    steps = sorted((passage.sink.frame[j], passage.source is module,
                    passage.sink.time[j] - passage.source.time[i])
                   for passage in passages for i, j in passage.sure)
    between = [(one[2] - other[2]) * (1 if one[1] else -1)
               for one, other in zip(steps, steps[1:]) if one[1] != other[1]]
    if len(between) < FEW:
        return 0
    middle = statistics.median(between)
    return 0 if abs(middle) < CLOSE else 1 if middle > 0 else -1


# ---- Connections ----


def find_interval(flow):
    """Returns the usual distance of Pings in a Flow in ns, or None of fewer than four; what is
    retransmitted counts once."""
    times, newest = [], -1
    for i, names in enumerate(flow.names):
        if "Ping" in names.split(",") and flow.seq[i] > newest:
            times.append(flow.time[i])
            newest = flow.seq[i]
    return statistics.median_low(b - a for a, b in itertools.pairwise(times)) \
        if len(times) > 3 else None


class Connection:
    """A connection at all points. streams: by point's number; path: the points' numbers from
    the module on; between: (from, to, Between) of points that follow each other."""

    def __init__(self):
        self.streams, self.path, self.between = {}, [], []
        self.links = []
        self.ends, self.joined = {}, None   # by point, the module's end and the Multiplexer's

    def find_all_ends(self):
        """Finds which end is the module's at each point, by those that have a verdict."""
        for number, row in self.rows():
            self.ends[number] = row["Module endpoint"], row["Multiplexer endpoint"]
        for (one, other), link in self.links:
            flows = link.flows[module_side(link)]
            for number, flow in ((one, flows[0]), (other, flows[1])):
                if flow:
                    self.ends.setdefault(number, (flow.source, flow.target))
        for number, stream in self.streams.items():
            self.ends.setdefault(number, stream.list_ends())

    def find_interval(self):
        """Returns the usual distance of a side's Pings in ns, the longer one's if they differ; None
        of a connection with too few."""
        return max((usual for stream in self.streams.values() for usual in
                    map(find_interval, filter(None, stream.flows)) if usual), default=None)

    def rows(self):
        """Returns (number, row) of the points that have a verdict."""
        return [(number, self.streams[number].row) for number in sorted(self.streams)
                if self.streams[number].row]


class Comparison:
    """Points, what they share and what is between."""

    def __init__(self, points):
        self.points = points
        self.shared = {(i, j): Shared(points[i], points[j])
                       for i, j in itertools.combinations(range(len(points)), 2)}

    def compare(self):
        """Finds all that is between."""
        for shared in self.shared.values():
            shared.orient()
        self._set_clocks()
        self._match()
        self.connections = self._gather()
        self._look_between()
        self._decide()

    def _set_clocks(self):
        """Sets each point's clock, by one that is known already."""
        self.apart = []
        known = [0]
        while len(known) < len(self.points):
            ways = [(shared.count_frames(), pair) for pair, shared in self.shared.items()
                    if (pair[0] in known) != (pair[1] in known) and shared.count_frames()]
            if not ways:
                break
            _, (one, other) = max(ways)
            shared = self.shared[one, other]
            if one in known:
                samples, new = shared.list_samples(), other
            else:
                samples, new = turn_samples(shared), one
            point = self.points[new]
            samples = thin(samples, shared.count_frames(), point.frames[-1])
            point.clock = Clock(samples, point.frames, point.times)
            known.append(new)
        self.apart = [i for i in range(len(self.points)) if i not in known]
        for point in self.points:
            point.find_pauses()

    def _match(self):
        for (one, other), shared in self.shared.items():
            ends = {True: (self.points[one], self.points[other]),
                    False: (self.points[other], self.points[one])}
            for link, passages in shared.passages.items():
                for passage in passages:
                    passage.match(make_delays(passage, *ends[passage.is_forward]))
                find_proxy(link, passages)

    def _gather(self):
        """Returns connections, of streams at all points."""
        of = {}
        for (one, other), shared in self.shared.items():
            for link in shared.links:
                keys = (one, link.first.number), (other, link.second.number)
                both = [of.get(key) or Connection() for key in keys]
                made = both[0]
                if both[1] is not made:
                    made.streams.update(both[1].streams)
                    made.links += both[1].links
                made.streams.update({one: link.first, other: link.second})
                made.links.append(((one, other), link))
                for number, stream in made.streams.items():
                    of[number, stream.number] = made
        for number, point in enumerate(self.points):
            for stream in point.streams.values():
                if stream.row and (number, stream.number) not in of:
                    of[number, stream.number] = alone = Connection()
                    alone.streams[number] = stream
        found = list({id(connection): connection for connection in of.values()}.values())
        return [connection for connection in found if connection.rows()]

    def _look_between(self):
        for connection in self.connections:
            links = dict(connection.links)
            connection.path = self._order(connection, links)
            for one, other in zip(connection.path, connection.path[1:]):
                pair = min(one, other), max(one, other)
                link = links.get(pair)
                for passage in self.shared[pair].passages[link] if link else ():
                    way = pair if passage.is_forward else pair[::-1]
                    connection.between.append((*way, Between(
                        passage, self.points[way[0]], self.points[way[1]])))

    def _order(self, connection, links):
        """Returns the points' numbers in the order in which the module's frames pass them."""
        def compare(one, other):
            pair = min(one, other), max(one, other)
            if pair not in links:
                return one - other
            passages = self.shared[pair].passages[links[pair]]
            module = links[pair].flows[module_side(links[pair])]
            for passage in passages:
                is_module = passage.source in module
                first = pair[0] if passage.is_forward == is_module else pair[1]
                return -1 if first == one else 1
            return one - other
        return sorted(connection.streams, key=functools.cmp_to_key(compare))

    # ---- What the captures lack, and what was lost ----

    def _list_between(self):
        return [between for connection in self.connections for *_, between in connection.between
                if not between.passage.link.is_ended]

    def _decide(self):
        lacks, has = collections.Counter(), collections.Counter()
        for between in self._list_between():
            lacks[between.sink] += sum(loss.kind == "lacking" for loss in between.losses)
            lacks[between.source] += len(between.unseen)
            has[between.sink] += between.paired
            has[between.source] += between.paired
        self.drops = {point: lacks[point] / max(1, lacks[point] + has[point])
                      for point in self.points}
        clean = {point: 0 if lacks[point] else has[point] for point in self.points}
        hosts = Hosts(self._list_between())
        for connection in self.connections:
            for one, other, between in connection.between:
                if between.passage.link.is_ended:
                    continue
                opposite = next((b for f, t, b in connection.between
                                 if (f, t) == (other, one)), None)
                between.decide(self.drops, opposite, hosts)
        quoted = {point: Quoted(point) for point in self.points}
        for between in self._list_between():
            between.decide_forged(self.drops, clean)
            between.notices = list(find_made_between(between, quoted[between.source],
                                                     quoted[between.sink]))


def make_delays(passage, source, sink):
    """Returns a function that tells ns from a segment in to one out, or None where clocks do not
    tell."""
    if any(point.clock and point.clock.is_one_way for point in (source, sink)):
        return lambda i, j: None
    begun, ended = passage.source.when, passage.sink.when
    return lambda i, j: ended[j] - begun[i]


def turn_samples(shared):
    """Yields samples for the first point's clock, by the second one's, which is known."""
    for passage in itertools.chain.from_iterable(shared.passages.values()):
        here, there = ((passage.source, passage.sink) if passage.is_forward else
                       (passage.sink, passage.source))
        for i, j in passage.sure:
            at, its = (i, j) if passage.is_forward else (j, i)
            before = shared.second.align(there.time[its], there.frame[its])
            yield here.frame[at], here.time[at], here.time[at] - before, not passage.is_forward
