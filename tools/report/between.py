# between.py
# What happened to one direction of a connection between two capture points: what was lost,
# held up, doubled, put out of order, or came from nowhere. Where a capture may lack it, nothing
# is said of the network.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import array
import bisect
import collections
import itertools
import operator
import statistics

from .capture import SECOND
from .hosts import SHORT
from .pairing import NONE, PART
from .points import ACK, FIN, RST, SYN

HELD_MIN = SECOND // 4      # more than usual
HELD_TIMES = 5              # times what is usual more than the least
BEFORE = SECOND // 20       # so long before its first copy an acknowledgement tells of another
CHANCE = 1e-5               # that a capture lacks all of some frames, by its share of others
CLEAN_MIN = 300             # segments of which a capture has each: it drops none
LOOKED_AT = 256
BEFORE_IT = 16              # segments by whose delays it is known how long the way was
NEWEST = 2000
CLOSE = SECOND // 1000
AT_ONCE = SECOND // 20


class Loss:
    """A segment that came in and is not out. first, last: its bytes; times: sent so often, none
    of them out; arrival: when the first copy of the bytes came out, ns, or None."""
    __slots__ = ("i", "first", "last", "count", "sent", "arrival", "kind")

    def __init__(self, i, first, last, count, sent):
        self.i, self.first, self.last, self.count, self.sent = i, first, last, count, sent
        self.arrival, self.kind = None, "soft"

    @property
    def size(self):
        return self.last - self.first


def group_by_bytes(losses):
    """Returns lists of losses, each of the same bytes."""
    of = collections.defaultdict(list)
    for loss in losses:
        of[loss.first].append(loss)
    return of.values()


class Ranges:
    """Ranges of bytes: (first, end, index) of segments, of which those with a byte are found."""

    def __init__(self, ranges):
        self.starts, self.ends = array.array("q"), array.array("q")
        self.indexes = array.array("i")
        for first, end, index in sorted(part for part in ranges if part[1] > part[0]):
            self.starts.append(first)
            self.ends.append(end)
            self.indexes.append(index)
        self.longest = max(map(operator.sub, self.ends, self.starts), default=0)

    def find(self, place):
        """Returns the indexes of segments that have the byte at a place."""
        low = bisect.bisect_left(self.starts, place - self.longest)
        high = bisect.bisect_right(self.starts, place)
        return [self.indexes[at] for at in range(max(low, high - LOOKED_AT), high)
                if self.ends[at] > place]


class Between:
    """One direction of a connection between two points, source and sink. Times are in ns, by the
    first point's clock.

    lost: Losses; lacking: segments that the sink's capture lacks though they came; held, forged:
    indexes of segments out; unseen: those that the source's capture lacks; undecided: what may be
    lost or not, since the sink's capture has nothing at that time; notices: ICMP messages that
    were made between, each with the index of the segment in that it quotes."""

    def __init__(self, passage, source, sink):
        self.passage, self.source, self.sink = passage, source, sink
        self.losses, self.lost, self.lacking = [], [], []
        self.held, self.forged, self.unseen, self.suspects = [], [], [], []
        self.undecided, self.notices = [], []
        self._measure()
        self._find_losses()
        self._find_unseen()

    # ---- Times ----

    def time_in(self, i):
        return self.passage.source.when[i]

    def time_out(self, j):
        return self.passage.sink.when[j]

    def delay(self, i):
        """Returns how long a segment was on its way."""
        return self.time_out(self.passage.to[i]) - self.time_in(i)

    def is_sure(self, i, j):
        passage = self.passage
        return all(point.clock is None or point.clock.is_sure(flow.frame[at]) for point, flow, at in
                   ((self.source, passage.source, i), (self.sink, passage.sink, j)))

    def _measure(self):
        """Finds delays, what was held up, and what came out of order."""
        passage = self.passage
        self.timed = array.array("i", (i for i, j in enumerate(passage.to)
                                       if j >= 0 and passage.is_whole[i] and self.is_sure(i, j)))
        values = sorted(map(self.delay, self.timed))
        # Most may have been held up: what waits is retransmitted.
        self.usual = values[len(values) // 10] if values else 0
        self.least = values[0] if values else 0
        self.reordered, newest = 0, -1
        for i in sorted(self.timed, key=passage.to.__getitem__):
            self.reordered += i < newest
            newest = max(newest, i)
        self.limit = self.least + max(HELD_MIN, HELD_TIMES * (self.usual - self.least))

    def _find_held(self, is_lacking):
        """Finds what was held up. is_lacking: whether either capture lacks frames, so that what is
        sent twice may be paired wrongly where no IP id tells."""
        passage, earliest = self.passage, float("inf")
        if is_lacking and not passage.keeps_ids:
            return
        for i in reversed(self.timed if self.knows_delays() else ()):
            j, delay = passage.to[i], self.delay(i)
            out = self.time_out(j)
            # A network keeps the order: what is overtaken by far was paired wrongly. The first
            # segment may wait for a router that looks for its neighbour. What waits for a host
            # that pauses comes when that goes on.
            if delay > self.limit and out - earliest < HELD_MIN and \
                    not passage.source.flags[i] & SYN and self._was_there(self.time_in(i)) and \
                    self.source.has_seen(out - self.usual, passage.source_stream,
                                         passage.source.source):
                self.held.append(j)
            earliest = min(earliest, out)
        self.held = self._leave_released(self.held[::-1])

    def _leave_released(self, held):
        """Returns segments that were held up without those that came all at once, though they were
        sent one after the other: so comes what waited for a host that paused."""
        kept, group = [], []
        for j in [*held, None]:
            if group and (j is None or self.time_out(j) - self.time_out(group[-1]) > AT_ONCE):
                sent = [self.time_in(self.passage.back[at]) for at in group]
                kept += group if max(sent) - min(sent) < HELD_MIN // 2 else []
                group = []
            group.append(j)
        return kept

    def get_delays(self):
        """Returns least, median, 99 % and greatest delay in ns, or None where clocks do not
        tell."""
        if not self.timed or not self.knows_delays():
            return None
        values = sorted(map(self.delay, self.timed))
        return (values[0], statistics.median_low(values),
                values[min(len(values) - 1, int(0.99 * len(values)))], values[-1])

    def knows_delays(self):
        return not any(point.clock and point.clock.is_one_way
                       for point in (self.source, self.sink))

    # ---- What came in and is not out ----

    def _list_answers(self):
        """Returns what the receiver sends, at the sink and at the source, each a Flow or None."""
        passage = self.passage
        return (passage.sink_stream.get_flow(passage.sink.target),
                passage.source_stream.get_flow(passage.source.target))

    def _read_acks(self):
        """Returns when the receiver acknowledged up to where: times and ends, both rising."""
        seen = []
        passage = self.passage
        for flow, base in zip(self._list_answers(), (self._to_source, lambda ack: ack)):
            for i in range(len(flow) if flow else 0):
                if flow.flags[i] & ACK and not flow.flags[i] & RST:
                    seen.append((flow.when[i], base(flow.ack[i])))
        times, ends, at = [], [], passage.source.seq[0]
        for time, ack in sorted(seen):
            place = at + ((ack - at + 2**31) % 2**32 - 2**31)
            if place > at and (place - at < 2**30):
                at = place
                times.append(time)
                ends.append(at)
        return times, ends

    def _to_source(self, ack):
        return ack - self.passage.shift

    def _find_losses(self):
        """Finds what is not out, and what speaks for its loss: kind is "hard" where the bytes
        were not received, "soft" where nothing tells, "lacking" where they were."""
        passage, flow = self.passage, self.passage.source
        twins = self._list_twins()
        candidates = [i for i, j in enumerate(passage.to)
                      if j in (NONE, PART) and i not in passage.vague_in and i not in twins]
        if not candidates:
            return
        self.ack_times, self.ack_ends = self._read_acks()
        sink = passage.sink
        self.outs = Ranges((passage.place(j), passage.place(j) + sink.length(j), j)
                           for j in range(len(sink)))
        self.ins = Ranges((flow.seq[i], flow.end(i), i) for i in range(len(flow)))
        left = {}
        for i in candidates:
            sent = self.time_in(i)
            if passage.to[i] == PART:
                parts = passage.missing[i]
            else:
                parts = [(self._skip_arrived(i), flow.end(i), 1)]
            for first, end, count in parts:
                loss = Loss(i, first, end, count, sent)
                self._judge(loss, left)
                if self._was_there(loss.sent) and self._was_there(
                        loss.sent + self._find_delay_before(i) - self.usual):
                    self.losses.append(loss)
                elif loss.size and self.sink.ordered[0] <= loss.sent <= self.sink.ended:
                    self.undecided.append(loss)
        del self.outs, self.ins, self.ack_times, self.ack_ends

    def _find_delay_before(self, i):
        """Returns how long segments were on their way when another one was sent, at most."""
        place = bisect.bisect_left(self.timed, i)
        return max(map(self.delay, self.timed[max(0, place - BEFORE_IT):place]),
                   default=self.usual)

    def _list_twins(self):
        """Returns segments in that may be others captured twice, of which one is not lost: the
        second, or the first where the second is out."""
        passage = self.passage
        return {first if passage.to[second] != NONE else second
                for second, first in passage.source.twins.items()}

    def _skip_arrived(self, i):
        """Returns from where on a segment has bytes that were not there when it was sent: TCP sends
        what follows them with them again."""
        passage, first = self.passage, self.passage.source.seq[i]
        while first < passage.source.end(i):
            there = [passage.place(j) + passage.sink.length(j) for j in self.outs.find(first)
                     if self.time_out(j) < self.time_in(i) + self.least]
            if not there:
                return first
            first = max(there)
        return passage.source.seq[i]

    def _find_ack(self, end):
        """Returns when the receiver first acknowledged up to there, or None."""
        at = bisect.bisect_left(self.ack_ends, end)
        return self.ack_times[at] if at < len(self.ack_times) else None

    def _judge(self, loss, left):
        """Sets a loss's kind. left: by byte, how many of its sendings are not out."""
        if not loss.size:
            return
        copies, acked = self.outs.find(loss.first), self._find_ack(loss.last)
        sendings = self.ins.find(loss.first)
        loss.arrival = min(map(self.time_out, copies), default=None)
        is_early = loss.arrival is not None and loss.arrival < loss.sent + self.least
        if is_early or acked is not None and acked < loss.sent:
            return      # retransmitted though it was there
        if acked is not None and (loss.arrival is None or acked < loss.arrival - BEFORE):
            loss.kind = "lacking"
        elif self.ack_times or len(sendings) > 1:
            # What a card put together may have been paired with another sending.
            if left.setdefault(loss.first, len(sendings) - len(copies)) > 0:
                left[loss.first] -= 1
                loss.kind = "hard"

    def _was_captured(self, j):
        """Whether the source's capture ran when a segment that came out should have come in."""
        return self.source.has_seen(self.time_out(j) - self.usual, None, None)

    def _find_unseen(self):
        """Finds what came out and did not come in: the source's capture lacks it, or it is
        forged."""
        passage, sink = self.passage, self.passage.sink
        copies = set(passage.copies)
        for j, i in enumerate(passage.back):
            if i != NONE or j in copies or j in passage.vague_out:
                continue
            if sink.flags[j] & (RST | FIN):
                self.suspects.append(j)
            elif not sink.flags[j] & SYN and self._was_captured(j):
                self.unseen.append(j)

    # ---- What it is, once all is known of both captures ----

    def decide(self, drops, opposite, hosts):
        """Decides what was lost and held up. drops: by point, the share of frames that its capture
        lacks; opposite: the other direction's, or None; hosts: Hosts."""
        self._find_held(drops[self.source] or drops[self.sink])
        self._decide_lost(drops[self.sink], hosts)
        self.opposite = opposite

    def _was_there(self, sent):
        """Whether the sink's capture ran when a segment should have come that was sent then."""
        return self.sink.has_seen(sent + self.usual, self.passage.sink_stream,
                                  self.passage.sink.target)

    def _decide_lost(self, share, hosts):
        hard = self._leave_silent([loss for loss in self.losses if loss.kind == "hard"], hosts)
        self.lacking = [loss for loss in self.losses if loss.kind == "lacking"]
        if share and hard:
            often = collections.Counter(loss.first for loss in hard)
            hard = [loss for loss in hard if often[loss.first] > 1 and
                    share ** often[loss.first] < CHANCE]
        self.lost = hard
        if hard and not share:
            self.lost = sorted(hard + [loss for loss in self.losses if loss.kind == "soft"],
                               key=lambda loss: loss.sent)

    def _leave_silent(self, hard, hosts):
        """Returns losses without those that a pause of the sink's host explains as well: it has
        nothing of the connection, from either side, while the same bytes were sent in vain, which
        came when it went on; or for so short a time nothing of its host."""
        kept, newest = [], max((loss.sent for loss in hard), default=0)
        for losses in group_by_bytes(hard):
            begin, arrival = losses[0].sent + self.usual, losses[0].arrival
            is_refused = self._was_refused(begin)
            is_short = arrival is not None and arrival - losses[0].sent <= SHORT and \
                not hosts.is_silent(self, begin) and not is_refused
            end = self.usual + losses[-1].sent if is_refused else self._find_end(losses, newest)
            if is_short or self._is_heard(begin, end):
                kept += losses
            else:
                self.undecided += losses
        return sorted(kept, key=lambda loss: loss.sent)

    def _was_refused(self, begin):
        """Whether what the receiver sends next, from a time on, says that it has no such connection:
        an RST that acknowledges nothing. It was started again, or another machine has its address
        now, and what was sent before may have met neither."""
        for flow in filter(None, self._list_answers()):
            after = bisect.bisect_right(flow.when, begin + CLOSE)
            if after < len(flow):
                return flow.flags[after] & (RST | ACK) == RST
        return False

    def _find_end(self, losses, newest):
        """Returns up to when a pause must last to explain these losses, of the same bytes. newest:
        when anything was last lost."""
        is_over = losses[0].arrival is not None
        return self.usual + (losses[-1].sent if is_over else max(losses[0].sent + SHORT, newest))

    def list_pauses(self):
        """Yields from when to when a pause of the sink's host may explain what was sent in vain,
        where that is longer than a loss takes to be made good."""
        hard = [loss for loss in self.losses if loss.kind == "hard"]
        for losses in group_by_bytes(hard):
            begin, end = losses[0].sent + self.usual, losses[0].arrival
            if end is not None and end - begin > SHORT and \
                    not self._is_heard(begin, self._find_end(losses, end)):
                yield begin, end

    def _is_heard(self, begin, end):
        """Whether the sink has anything of the connection between two times, but for RSTs: so
        answers a host that was started again, or stands in."""
        return any(not flow.flags[i] & RST
                   for flow in self.passage.sink_stream.flows if flow
                   for i in range(bisect.bisect_right(flow.when, begin + CLOSE),
                                  bisect.bisect_left(flow.when, end)))

    def decide_forged(self, drops, clean):
        """Decides what was forged; after what was lost, in both directions. clean: by point,
        how many segments of its own it has, where it lacks none."""
        for j in self.suspects:
            if self._is_forged(j, drops[self.source], clean[self.source]):
                self.forged.append(j)

    def _is_forged(self, j, share, clean):
        flags, time = self.passage.sink.flags[j], self.time_out(j)
        if not self._was_captured(j):
            return False
        goes_on = self._goes_on(j, time)
        if share:
            return goes_on
        if flags & RST:
            return goes_on or self._has_other_ttl(j) or self._answers_lost(time) or \
                bool(self.opposite and self.opposite.has_reset()) or \
                clean >= CLEAN_MIN and not self._fell_silent(time)
        return bool(flags & FIN) and goes_on

    def _goes_on(self, j, time):
        """Whether the side in whose name it came sends on what comes next."""
        flow, place = self.passage.source, self.passage.place(j)
        newest = range(max(0, len(flow) - NEWEST), len(flow))
        return any(flow.size[i] and not flow.flags[i] & RST and flow.end(i) > place and
                   self.time_in(i) > time for i in newest)

    def _fell_silent(self, time):
        """Whether the side that it claims to be from sent nothing since, for longer than ever: so
        does one that sent it. The capture may lack just that."""
        times = self.passage.source.when
        if times[-1] > time:
            return False
        usual = max((later - sooner for sooner, later in itertools.pairwise(times)), default=0)
        return self.source.ended - times[-1] > usual + SECOND

    def _has_other_ttl(self, j):
        ttls = {self.passage.sink.ttl[out] for out in self.passage.to if out >= 0}
        return bool(ttls) and self.passage.sink.ttl[j] not in ttls

    def _answers_lost(self, time):
        """Whether a segment of the other side was lost just before: who dropped it answered."""
        return bool(self.opposite) and any(
            0 <= time - loss.sent < SECOND for loss in self.opposite.lost)

    def has_reset(self):
        return any(self.passage.sink.flags[j] & RST for j in self.suspects)

    # ---- For others ----

    @property
    def lost_count(self):
        return sum(loss.count for loss in self.lost)

    @property
    def paired(self):
        return sum(j >= 0 for j in self.passage.to)

    def get_hops(self):
        """Returns how many hops are between, by most TTLs, or None."""
        passage = self.passage
        hops = collections.Counter(passage.source.ttl[i] - passage.sink.ttl[j]
                                   for i, j in passage.sure)
        return hops.most_common(1)[0][0] if hops else None
