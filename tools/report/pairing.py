# pairing.py
# Finds what two capture points have in common: connections first, then segments, each copy
# once. Whatever a device between them rewrites, the handshake's initial sequence numbers, what
# was sent and what it acknowledges show it.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import array
import bisect
import collections
import hashlib
import itertools
import statistics

from .points import ACK, FIN, RST, SYN

WRAP = 2**32
KEYS_MAX = 2048        # segments of a flow by which its connection is found
IDS_MIN = 0.9          # of the pairs have the same IP id where nobody rewrites it
LOOKED_AT = 64         # copies of the same bytes that are compared
OWN_ACKS = 0.5         # fewer of the bare acknowledgements pair where a proxy ends TCP
FEW = 4
VAGUE = 1_000_000_000  # ns
LATE = 250_000_000     # ns more than usual
USUAL_OF = 1000        # segments that tell what is usual
IN_STEP = 100_000_000  # ns: waits that differ by less are alike
KEYS = ("window", "stamp"), ("window",), ()
KEPT_MIN = 0.1         # of the segments pair by a key of which no part is rewritten
NEAR = 65536           # bytes: the window that all TCPs may offer
ETHERNET = 1460        # bytes in a segment
NONE, PART = -1, -2


class Link:
    """A connection at two points. flows: of one direction at the first point and at the second;
    of the other. shifts: by how much sequence numbers are more at the second, of either."""

    def __init__(self, first, second, flows, shifts=(0, 0)):
        self.first, self.second, self.flows, self.shifts = first, second, flows, shifts
        self.is_ended = False   # by a proxy, which has a connection of its own on either side

    def unlike(self):
        """Whether addresses or ports differ."""
        return self.first.list_ends() not in (self.second.list_ends(),
                                              self.second.list_ends()[::-1])


def list_flows(stream):
    return [flow for flow in stream.flows if flow]


def list_keys(flow):
    """Yields what marks a flow's segments with data, of many some, and its handshake. Of a flow
    with twice as many, every second one that is yielded of the other is."""
    every = 1
    while len(flow) // every > KEYS_MAX:
        every *= 2
    for i, size in enumerate(flow.size):
        flags = flow.flags[i]
        if flags & SYN:
            yield flow.seq[i] % WRAP, flow.ack[i] if flags & ACK else -1, -1
        elif size and not flags & RST:
            key = flow.seq[i] % WRAP, flow.ack[i], size
            if every == 1 or (key[0] * 2654435761 + key[1]) % WRAP % every == 0:
                yield key


def pair_streams(first, second):
    """Returns the connections that two points have in common, as Links."""
    index = {}
    for stream in first.streams.values():
        for flow in list_flows(stream):
            mark = stream.number, flow.source
            for key in list_keys(flow):
                marks = index.get(key, ())
                if len(marks) < LOOKED_AT and mark not in marks:
                    index[key] = (*marks, mark)
    votes = {}
    for stream in second.streams.values():
        here = votes.setdefault(stream.number, collections.Counter())
        for flow in list_flows(stream):
            for key in list_keys(flow):
                for number, source in index.get(key, ()):
                    here[number, source, flow.source] += 1
    links = choose(first, second, votes)
    return links + list(join_by_ends(first, second, links))


def join_by_ends(first, second, links):
    """Yields Links of connections that have no segment in common, as where one point's capture
    began after all of it was lost between: of the same ends, and near in sequence numbers."""
    ours, theirs = (
        {stream.list_ends(): stream for stream in point.streams.values() if stream not in linked}
        for point, linked in ((first, {link.first for link in links}),
                              (second, {link.second for link in links})))
    for ends, stream in ours.items():
        other = theirs.get(ends) or theirs.get(ends[::-1])
        both = [(flow, other.get_flow(flow.source)) for flow in list_flows(stream)] if other else ()
        both = [pair for pair in both if all(pair)]
        if both and all(are_near(*pair) for pair in both):
            yield join(stream, other, both[0][0].source, both[0][0].source)


def are_near(flow, other):
    """Whether two Flows are of the same sequence numbers, but for what was in flight."""
    last = (flow.seq[-1] - other.seq[0]) % WRAP
    return min(last, WRAP - last) < NEAR


def choose(first, second, votes):
    """Returns the Links that most votes are for: of the same ends first, then of others."""
    found, taken = [], set()
    for same in (True, False):
        ranked = []
        for number, counts in votes.items():
            for (other, source, here), count in counts.items():
                is_same = source == here and first.streams[other].get_flow(source).target == \
                    second.streams[number].get_flow(here).target
                if is_same == same:
                    ranked.append((-count, other, number, source, here))
        for _, other, number, source, here in sorted(ranked):
            if ("first", other) in taken or ("second", number) in taken:
                continue
            taken |= {("first", other), ("second", number)}
            found.append(join(first.streams[other], second.streams[number], source, here))
    return found


def join(one, other, source, here, shifts=(0, 0)):
    """Returns a Link of two streams, of which these ends are the same one."""
    mine, its = one.get_flow(source), other.get_flow(here)
    back, its_back = one.get_flow(mine.target), other.get_flow(its.target)
    return Link(one, other, ((mine, its), (back, its_back)), shifts)


# ---- By payload, where sequence numbers are rewritten ----


def hash_payloads(point, numbers):
    """Returns {hash of a payload: (stream, source, seq)} of payloads that came once."""
    found, often = {}, set()
    chosen = ", ".join(map(str, sorted(numbers)))
    for line in point.capture.run(
            ["-Y", f"tcp.stream in {{{chosen}}} && tcp.len > 0", "-T", "fields", "-E",
             "separator=|", "-e", "tcp.stream", "-e", "tcp.srcport", "-e", "tcp.seq_raw",
             "-e", "tcp.payload"], f"Reading the payloads of {point.name}"):
        number, port, seq, payload = line.rstrip("\n").split("|")
        if not (seq and payload) or "," in seq:
            continue
        key = hashlib.blake2b(payload.encode(), digest_size=8).digest()
        if key in found:
            often.add(key)
        found[key] = int(number), port, int(seq)
    return {key: value for key, value in found.items() if key not in often}


def pair_by_payload(first, second, links):
    """Returns further Links: of connections that sent the same, at a constant distance of
    sequence numbers in each direction. One with a verdict at either point is asked for."""
    ours = set(first.streams) - {link.first.number for link in links}
    theirs = set(second.streams) - {link.second.number for link in links}
    if not ours or not theirs or not any(
            point.streams[number].row for point, numbers in ((first, ours), (second, theirs))
            for number in numbers):
        return []
    known = hash_payloads(first, ours)
    votes = collections.Counter()
    for key, (number, port, seq) in hash_payloads(second, theirs).items():
        if key in known:
            other, its_port, its_seq = known[key]
            votes[other, number, its_port, port, (seq - its_seq) % WRAP] += 1
    return list(join_by_votes(first, second, votes))


def find_source(stream, port):
    return next((flow.source for flow in list_flows(stream)
                 if flow.source.endswith(f":{port}")), None)


def join_by_votes(first, second, votes):
    """Yields the Links that these votes are for; each direction's shift by most of its own."""
    pairs = collections.Counter()
    for (other, number, *_), count in votes.items():
        pairs[other, number] += count
    taken = set()
    for (other, number), count in pairs.most_common():
        if count < 2 or ("first", other) in taken or ("second", number) in taken:
            continue
        ports = {}
        for (one, two, its_port, port, shift), part in sorted(votes.items(), key=lambda v: -v[1]):
            if (one, two) == (other, number):
                ports.setdefault((its_port, port), (shift, part))
        its_port, port = max(ports, key=lambda pair: ports[pair][1])
        source, here = (find_source(first.streams[other], its_port),
                        find_source(second.streams[number], port))
        if source is None or here is None:
            continue
        taken |= {("first", other), ("second", number)}
        link = join(first.streams[other], second.streams[number], source, here)
        shifts = [get_shift(pair, ports) for pair in link.flows]
        link.shifts = tuple(0 if shift is None else shift for shift in shifts)
        yield link


def get_shift(pair, ports):
    """Returns the shift of a direction: by its payloads, or by the handshake."""
    if None in pair:
        return None
    here = tuple(flow.source.rpartition(":")[2] for flow in pair)
    if here in ports:
        return ports[here][0]
    if None not in (pair[0].isn, pair[1].isn):
        return (pair[1].isn - pair[0].isn) % WRAP
    return None


# ---- Segments ----


class Pairs:
    """Pairs of segments, in and out, as two columns."""

    def __init__(self, pairs=()):
        self.ins, self.outs = array.array("i"), array.array("i")
        for i, j in pairs:
            self.ins.append(i)
            self.outs.append(j)

    def __len__(self):
        return len(self.ins)

    def __iter__(self):
        return zip(self.ins, self.outs)

    def turn(self):
        """Returns the same with out for in."""
        other = Pairs()
        other.ins, other.outs = self.outs, self.ins
        return other


class Passage:
    """One direction of a connection from a point where it comes in to one where it goes out.
    to: by segment in, the one out, NONE or PART of it; back: by segment out, the one in."""

    def __init__(self, link, source, sink, shift, shift_ack):
        self.link, self.source, self.sink = link, source, sink
        self.is_forward = source in link.flows[0][:1] + link.flows[1][:1]
        self.source_stream, self.sink_stream = (link.first, link.second)[::
                                                1 if self.is_forward else -1]
        self.shift, self.shift_ack = shift, shift_ack
        self.to = array.array("i", [NONE]) * len(source)
        self.back = array.array("i", [NONE]) * len(sink)
        self.missing = {}       # of segments that are out in part: (first byte, last, segments)
        self.sure = Pairs()     # what was sent once and came once, or is in step
        self.alike = []         # (in, out): segments that differ by IP id at most
        self.in_step = set()    # of those in self.sure, which were sent several times: segments in
        self.keeps_ids = False
        self.usual = None       # ns, or None where clocks do not tell
        self.copies = []        # segments out that came in once less
        self.vague_in, self.vague_out = set(), set()
        self.is_whole = array.array("b", bytes(len(source)))  # paired one to one

    def key_in(self, i, columns):
        """Returns what a segment in and its copy have in common. columns: one of KEYS."""
        flow, is_ack = self.source, self.source.flags[i] & ACK
        return ((flow.seq[i] + self.shift) % WRAP,
                (flow.ack[i] + self.shift_ack) % WRAP if is_ack else -1,
                flow.size[i], flow.flags[i] & (FIN | SYN | RST | ACK),
                *(getattr(flow, name)[i] for name in columns))

    def key_out(self, j, columns):
        flow, is_ack = self.sink, self.sink.flags[j] & ACK
        return (flow.seq[j] % WRAP, flow.ack[j] if is_ack else -1, flow.size[j],
                flow.flags[j] & (FIN | SYN | RST | ACK),
                *(getattr(flow, name)[j] for name in columns))

    def group(self):
        """Finds which segments are the same but for the IP id, in and out. A device between may
        rewrite or remove timestamps, and windows: then by the rest."""
        least = KEPT_MIN * min(len(self.source), len(self.sink))
        for columns in KEYS:
            self._group_by(columns)
            if len(self.sure) + sum(len(outs) for _, outs in self.alike) >= least:
                break

    def _group_by(self, columns):
        """Groups by these columns, too. Keys are kept by their hashes, which take less room."""
        first, more, came = {}, {}, {}
        for i in range(len(self.source)):
            key = hash(self.key_in(i, columns))
            if key in first:
                more.setdefault(key, ([first[key]], []))[0].append(i)
            else:
                first[key] = i
        for j in range(len(self.sink)):
            key = hash(self.key_out(j, columns))
            if key not in first:
                continue
            if key in came:
                more.setdefault(key, ([first[key]], []))[1].append(came.pop(key))
            if key in more:
                more[key][1].append(j)
            else:
                came[key] = j
        self.alike = [(ins, outs) for ins, outs in more.values() if outs]
        self.sure = Pairs((first[key], j) for key, j in came.items())

    def _pair_in_step(self):
        """Pairs what was sent several times, and came as often, after the same times: TCP waits
        longer each time. Once another time may have passed, as where a clock was set."""
        left = []
        for ins, outs in self.alike:
            if len(ins) == len(outs) and self.source.length(ins[0]) and self._is_in_step(ins, outs):
                self.in_step.update(ins)
                for i, j in zip(ins, outs):
                    self.sure.ins.append(i)
                    self.sure.outs.append(j)
            else:
                left.append((ins, outs))
        self.alike = left

    def _is_in_step(self, ins, outs):
        waits = [[b - a for a, b in itertools.pairwise(map(flow.time.__getitem__, indexes))]
                 for flow, indexes in ((self.source, ins), (self.sink, outs))]
        same = [one for one, other in zip(*waits) if abs(one - other) < IN_STEP]
        return len(same) > 1 and len(same) >= len(ins) - 2 and max(same) - min(same) > 2 * IN_STEP

    def find_sure(self):
        """Pairs what came once at either point, for the clocks."""
        self.group()
        self._pair_in_step()
        source, sink = self.source.ip_id, self.sink.ip_id
        same = sum(source[i] == sink[j] for i, j in self.sure)
        self.keeps_ids = same >= IDS_MIN * len(self.sure) and \
            len({source[i] for i in self.sure.ins}) > FEW
        if self.keeps_ids and same < len(self.sure):
            self.sure = Pairs((i, j) for i, j in self.sure if source[i] == sink[j])

    def turn(self):
        """Returns the same direction as it would be the other way: out is in."""
        other = Passage(self.link, self.sink, self.source, -self.shift, -self.shift_ack)
        other.alike = [(outs, ins) for ins, outs in self.alike]
        other.keeps_ids = self.keeps_ids
        other.sure = self.sure.turn()
        other.in_step = {j for i, j in self.sure if i in self.in_step}
        return other

    def set(self, i, j):
        self.to[i], self.back[j], self.is_whole[i] = j, i, 1

    def match(self, delay_of):
        """Pairs all segments. delay_of(i, j): ns from in to out by the clocks, or None where
        they are not known."""
        delays = [delay_of(i, j) for i, j in itertools.islice(self.sure, USUAL_OF)]
        self.usual = None if None in delays or not delays else statistics.median_low(delays)
        for i, j in self.sure:
            if is_possible(delay_of(i, j)):
                self.set(i, j)
            elif self.keeps_ids or i in self.in_step:   # it is the same: a clock was set
                self.vague_in.add(i)
                self.vague_out.add(j)
        for ins, outs in self.alike:
            self._match_alike(ins, outs, delay_of)
        self.alike = []
        self._match_simply(delay_of)
        self._match_ranges(delay_of)

    def _match_alike(self, ins, outs, delay_of):
        """Pairs segments that differ by IP id at most: by that, else in order of time."""
        if self.keeps_ids:
            by_id = collections.defaultdict(lambda: ([], []))
            for i in ins:
                by_id[self.source.ip_id[i]][0].append(i)
            for j in outs:
                by_id[self.sink.ip_id[j]][1].append(j)
            for alike in by_id.values():
                if all(alike):
                    self._match_in_order(*alike, delay_of)
            return
        self._match_in_order(ins, outs, delay_of)

    def _match_in_order(self, ins, outs, delay_of):
        """Pairs each segment out with the last in before it. Of bare acknowledgements that are
        all alike, what is left, and what would have been long on its way, says nothing."""
        if len(ins) == len(outs) == 1:
            if is_possible(delay_of(ins[0], outs[0])):
                self.set(ins[0], outs[0])
            return
        is_bare = not self.source.length(ins[0])
        at = len(ins) - 1
        for j in reversed(outs):
            while at >= 0 and not is_possible(delay_of(ins[at], j)):
                at -= 1
            delay = delay_of(ins[at], j) if at >= 0 else None
            if len(outs) > len(ins) and not is_bare and self._is_late(delay):
                # The source's capture lacks one of them: this one, as others were not late.
                self.vague_out.add(j)
                continue
            if at < 0 or is_bare and delay is not None and delay > VAGUE:
                (self.vague_out.add if is_bare else self.copies.append)(j)
                continue
            self.set(ins[at], j)
            at -= 1
        if is_bare:
            self.vague_in.update(i for i in ins if self.to[i] == NONE)

    def _is_late(self, delay):
        return None not in (delay, self.usual) and delay > self.usual + LATE

    def _match_simply(self, delay_of):
        """Pairs what is left and has the same bytes, though a device changed more."""
        waiting = collections.defaultdict(list)
        for j, i in enumerate(self.back):
            if i == NONE and self.sink.length(j):
                waiting[self.sink.seq[j] % WRAP, self.sink.size[j],
                        self.sink.flags[j] & (SYN | FIN | RST)].append(j)
        for i, j in enumerate(self.to):
            if j != NONE or not self.source.length(i):
                continue
            outs = waiting.get(((self.source.seq[i] + self.shift) % WRAP, self.source.size[i],
                                self.source.flags[i] & (SYN | FIN | RST)), ())
            for j in outs[:LOOKED_AT]:
                same_id = not self.keeps_ids or self.source.ip_id[i] == self.sink.ip_id[j]
                if same_id and is_possible(delay_of(i, j)):
                    self.set(i, j)
                    outs.remove(j)
                    break

    def _match_ranges(self, delay_of):
        """Pairs what a card put together or cut, by the bytes."""
        outs = sorted((self.place(j), j) for j, i in enumerate(self.back)
                      if i == NONE and self.sink.size[j] and not self.sink.flags[j] & SYN)
        if not outs:
            return
        starts = [start for start, _ in outs]
        longest = max(self.sink.size)
        largest = self.sink_stream.get_mss(self.sink.target) or max(longest, ETHERNET)
        used = set()
        for i in reversed(range(len(self.source))):
            size = self.source.size[i]
            if self.to[i] != NONE or not size or self.source.flags[i] & SYN:
                continue
            start = self.source.seq[i]
            low = bisect.bisect_left(starts, start - longest)
            high = bisect.bisect_left(starts, start + size)
            near = [j for _, j in outs[low:high][:LOOKED_AT * 4]
                    if self.place(j) + self.sink.size[j] > start and is_possible(delay_of(i, j))]
            self._cover(i, [j for j in near if (j, start) not in used], used, largest)

    def place(self, j):
        """Returns where a segment out begins, by the numbers of those in."""
        if not self.sure:
            return self.sink.seq[j] - self.shift
        i, other = self.sure.ins[0], self.sure.outs[0]
        return self.sink.seq[j] - self.sink.seq[other] + self.source.seq[i]

    def _cover(self, i, near, used, largest):
        """Notes which of a segment's bytes came out with these. largest: bytes of a segment."""
        start, end = self.source.seq[i], self.source.seq[i] + self.source.size[i]
        at, missing, reached = start, [], []
        for j in sorted(near, key=self.place):
            begin = self.place(j)
            stop = begin + self.sink.size[j]
            if stop <= at:
                continue
            missing += [(at, begin)] if begin > at else []
            at = min(end, stop)
            reached.append(j)
            used.add((j, start))
        missing += [(at, end)] if end > at else []
        if not reached:
            return
        for j in reached:
            self.back[j] = i
        self.to[i] = PART if missing else reached[-1]
        if missing:
            self.missing[i] = [(first, last, -(-(last - first) // largest))
                               for first, last in missing]


def is_possible(delay):
    """Whether a segment may have taken so long: it does not come before it is sent."""
    return delay is None or delay >= -2_000_000


def make_passages(link):
    """Returns the Passages of a Link, from its first point to its second, of each direction that
    both saw."""
    return [Passage(link, flow, other, link.shifts[number], link.shifts[1 - number])
            for number, (flow, other) in enumerate(link.flows) if flow and other]


def find_proxy(link, passages):
    """Notes where TCP ends between the points: sequence numbers differ, and bare
    acknowledgements of one side are not on the other."""
    if not any(link.shifts):
        return
    bare = paired = 0
    for passage in passages:
        for i in range(len(passage.source)):
            if not passage.source.length(i) and not passage.source.flags[i] & RST:
                bare += 1
                paired += passage.to[i] != NONE
    link.is_ended = bare >= FEW and paired < OWN_ACKS * bare
