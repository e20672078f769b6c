# story.py
# What happened on a connection, from its frames: which Pings and Pongs were seen and which
# were not, when a window was zero, what was lost or retransmitted; as lanes to draw and as
# evidence with frame numbers and filters. Judges nothing: that does the plugin.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import bisect
import collections
import dataclasses
import datetime
import itertools
import statistics
import time

from .capture import SECOND

# The verdicts of trade,health, worst first, and what each means.
VERDICTS = {
    "peer-not-reading": "A Ping was due while the other side's TCP window was zero: it could not "
                        "be sent.",
    "not-delivered": "No Ping, or no Pong, while bytes were sent three times or more and not "
                     "acknowledged: the network, or the host that they were for.",
    "reset-foreign": "An RST that does not fit the side that it names: by its TTL, IP id or "
                     "sequence number, or because that side goes on sending.",
    "refused": "Attempts to connect were refused by an RST: no program listened, or a firewall "
               "refused them.",
    "connect-unanswered": "Attempts to connect were not answered: the network, or the host that "
                          "they were for.",
    "ended-together": "One host ended most of its connections at once, though nothing was wrong "
                      "with this one.",
    "ping-missing": "Two intervals or more without a Ping, though the window was open and the "
                    "capture whole.",
    "ping-unanswered": "A Ping without a Pong.",
    "late": "One and a half to two intervals without a Ping.",
    "answered-late": "A Pong that came after more than half of the time that a side waits: a near "
                     "miss.",
    "clocks-differ": "The capture's times contradict each other: two clocks, or one that was set.",
    "capture-hole": "Something is missed, but the bytes that the capture lacks could hold it: the "
                    "capture cannot tell.",
    "idle": "Fewer than two Pings, and no byte missing.",
    "ok": "Nothing is wrong.",
}
GOOD = ("idle", "ok")
MODULE, MULTIPLEXER = 0, 1
LISTED = 8  # rows of one kind in the table of evidence
MARKS_MAX = 20_000  # marks of one kind, and points of a line, that the page carries
MARKS_LEAST = 2_000  # of each connection, however many are drawn
BANDS_MAX = 2_000  # zero windows, and holes, of a connection
DUE_MAX = 500  # Pings that are shown as missing in one gap


def rank(verdict):
    """Returns where a verdict stands, worst first; one that is not known is bad."""
    order = list(VERDICTS)
    return order.index(verdict) if verdict in VERDICTS else order.index("capture-hole") - 0.5


def format_time(ns):
    """Returns a time as the health table has it, in local time with its zone."""
    local = datetime.datetime.fromtimestamp(ns // SECOND).astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S}.{ns % SECOND // 1_000_000:03} {local.tzname()}"


def format_span(ns):
    return f"{ns / SECOND:.3f} s"


def get_zone(ns):
    """Returns the local zone at a time: its offset in seconds and its name."""
    local = time.localtime(ns // SECOND)
    return local.tm_gmtoff, local.tm_zone


@dataclasses.dataclass(slots=True)
class Span:
    """A length of time, with the frames that begin and end it. frames: None where none does."""
    start: int
    end: int
    side: int
    first: int = None
    last: int = None
    size: int = 0

    @property
    def length(self):
        return self.end - self.start


@dataclasses.dataclass(slots=True)
class Ping:
    frame: int
    time: int
    answer: tuple = None  # the Pong's frame and time


@dataclasses.dataclass(slots=True)
class Fact:
    """A row of the evidence."""
    time: int
    frame: int
    what: str
    filter: str = ""


class Connection:
    """A connection's row in the health table, and what its frames show."""

    def __init__(self, row, frames, capture, interval):
        self.row, self.frames = row, frames
        self.name = row["Module"] or row["Module endpoint"]
        self.names = (self.name, "Multiplexer" if self.name != "Multiplexer" else "Multiplexer end")
        self.port = int(row["Module endpoint"].rpartition(":")[2])
        self.capture, self.interval = capture, interval
        self.start = frames[0].time_epoch if frames else capture.start
        self.closing = next((frame for frame in frames if frame.flags & 5), None)
        self.end = self.closing.time_epoch if self.closing else capture.end or frames[-1].time_epoch
        self.is_unscaled = any(frame.window_size_scalefactor == -1 for frame in frames)
        self.by_side = [[frame for frame in frames if self.get_side(frame) == side]
                        for side in (MODULE, MULTIPLEXER)]
        self._pair()
        self._find_due()
        self.zero_windows = [span for side in (MODULE, MULTIPLEXER)
                             for span in self._find_zero_windows(side)]
        self.holes = self._find_holes()

    def get_side(self, frame):
        return MODULE if frame.srcport == self.port else MULTIPLEXER

    # ---- Pings and Pongs ----

    def _pair(self):
        """Finds each side's Pings, and the Pongs that answer them."""
        self.pings, self.pongs = ([], []), ([], [])
        by_frame = collections.defaultdict(list)
        for frame in self.frames:
            side = self.get_side(frame)
            for keyword in frame.keyword:
                if keyword == "Ping":
                    ping = Ping(frame.number, frame.time_epoch)
                    self.pings[side].append(ping)
                    by_frame[frame.number].append(ping)
        for frame in self.frames:
            answered = list(zip(frame.response_to, frame.response_time))
            for _ in range(frame.keyword.count("Pong")):
                to, after = answered.pop(0) if answered else (None, None)
                self.pongs[self.get_side(frame)].append((frame, to, after))
                for ping in by_frame.get(to, ()):
                    if not ping.answer:
                        ping.answer = frame.number, frame.time_epoch
                        break

    def _find_due(self):
        """Finds where Pings were due and not seen, by the interval of each side's own: the times
        in each gap as a range."""
        self.intervals, self.due, self.gaps = [], ([], []), []
        for side in (MODULE, MULTIPLEXER):
            times = [ping.time for ping in self.pings[side]]
            between = [b - a for a, b in zip(times, times[1:])]
            usual = (round(statistics.median_low(between)) if len(between) > 1
                     else round(self.interval * SECOND))
            self.intervals.append(usual)
            for i, ping in enumerate(self.pings[side]):
                is_last = i + 1 == len(times)
                end = self.end if is_last else times[i + 1]
                limit = end if is_last else end - usual // 2
                due = range(ping.time + usual, limit, usual) if usual else ()
                if len(due) > 0 and end - ping.time >= 1.5 * usual:
                    self.due[side].append(due[:DUE_MAX])
                    self.gaps.append(Span(ping.time, end, side, ping.frame,
                                          None if is_last else self.pings[side][i + 1].frame))

    def count_due(self, side):
        return sum(map(len, self.due[side]))

    def is_pending(self, ping):
        """Whether a Ping without a Pong may still get one, after the capture."""
        return not self.closing and self.end - ping.time < 3 * self.interval * SECOND

    def list_unanswered(self, side):
        return [ping for ping in self.pings[side]
                if not ping.answer and not self.is_pending(ping)]

    # ---- TCP ----

    def _find_zero_windows(self, side):
        """Yields when a side's window was zero: from the segment that says so to the next
        that does not. SYN, FIN and RST say nothing of the window."""
        span = None
        for frame in self.by_side[side]:
            if frame.time_epoch > self.end:
                break
            if frame.flags & 7:
                continue
            if frame.window_size == 0:
                span = span or Span(frame.time_epoch, self.end, side, frame.number)
            elif span:
                span.end, span.last = frame.time_epoch, frame.number
                yield span
                span = None
        if span:
            yield span

    def _find_holes(self):
        """Returns where the capture lacks bytes: from the sender's frame before to the one
        that comes after them."""
        lacks = self.row["Missing bytes"] not in ("", "0")
        holes = []
        for side, frames in enumerate(self.by_side):
            for before, frame in zip([None, *frames], frames):
                if frame.gap_bytes or lacks and frame.lost_segment and not frame.nothing_missing:
                    start = before.time_epoch if before else self.start
                    holes.append(Span(start, frame.time_epoch, side, before and before.number,
                                      frame.number, frame.gap_bytes or 0))
        return sorted(holes, key=lambda hole: hole.start)

    def list_resent(self):
        """Returns the frames that TCP retransmitted, and its probes, each with its kind."""
        probes = set(self._list_probes())
        return [(frame, "zero-window probe" if frame.number in probes else "retransmission"
                 if frame.retransmission else "keep-alive of TCP's")
                for frame in self.frames
                if frame.number in probes or frame.retransmission or frame.keep_alive]

    def _list_probes(self):
        """Yields the frames that probe a window of zero: those that Wireshark's TCP analysis knows,
        and single bytes that were sent meanwhile."""
        closed = [False, False]
        for frame in self.frames:
            side = self.get_side(frame)
            if frame.zero_window_probe or closed[1 - side] and frame.len == 1:
                yield frame.number
            if not frame.flags & 7:
                closed[side] = frame.window_size == 0

    # ---- Evidence ----

    def filter(self, text, side=None):
        direction = ("", f" && tcp.srcport == {self.port}",
                     f" && tcp.dstport == {self.port}")[0 if side is None else side + 1]
        return f"tcp.stream == {self.row.stream}{direction} && {text}"

    def list_facts(self):
        """Returns the evidence in order of time."""
        facts = [*self.list_ends(), *self._list_gaps(), *self._list_unanswered_facts(),
                 *self._list_slowest(), *self._list_window_facts(), *self._list_resent_facts(),
                 *self._list_hole_facts()]
        return sorted(facts, key=lambda fact: (fact.time, fact.frame or 0))

    def list_ends(self):
        names = {2: "opened the connection (SYN)", 1: "closed the connection (FIN)",
                 4: "reset the connection (RST)"}
        seen = set()
        for frame in self.frames:
            flag = frame.flags & 7
            side = self.get_side(frame)
            if flag in names and (flag, side) not in seen and not (flag == 2 and frame.flags & 16):
                seen.add((flag, side))
                yield Fact(frame.time_epoch, frame.number, f"{self.names[side]} {names[flag]}.",
                           f"frame.number == {frame.number}")

    def _list_gaps(self):
        for gap in sorted(self.gaps, key=lambda gap: -gap.length)[:LISTED]:
            who, others = self.names[gap.side], self.filter('trade.keyword == "Ping"', gap.side)
            until = (f"until its next in frame {gap.last}" if gap.last else
                     "until the connection ended" if self.closing else "until the capture ended")
            yield Fact(gap.start, gap.first, f"Last Ping of {who} before a gap of "
                       f"{format_span(gap.length)} {until}; its interval is "
                       f"{format_span(self.intervals[gap.side])}.", others)

    def _list_unanswered_facts(self):
        for side in (MODULE, MULTIPLEXER):
            pings = self.list_unanswered(side)
            for ping in pings[:LISTED]:
                yield Fact(ping.time, ping.frame, f"Ping of {self.names[side]} that no Pong "
                           "answers.", f"frame.number == {ping.frame}")
            if len(pings) > LISTED:
                yield Fact(pings[LISTED].time, pings[LISTED].frame, f"… and {len(pings) - LISTED} "
                           f"more Pings of {self.names[side]} without a Pong.",
                           self.filter("trade.ping.unanswered", side))

    def _list_slowest(self):
        for side in (MODULE, MULTIPLEXER):
            answered = [pong for pong in self.pongs[side] if pong[1]]
            if answered:
                frame, to, after = max(answered, key=lambda pong: pong[2])
                yield Fact(frame.time_epoch, frame.number, f"Slowest Pong of {self.names[side]}: "
                           f"{after * 1000:.3f} ms after the Ping in frame {to}.",
                           f"frame.number in {{{to}, {frame.number}}}")

    def _list_window_facts(self):
        for span in sorted(self.zero_windows, key=lambda span: -span.length)[:LISTED]:
            other = 1 - span.side
            held = self._describe_burst(other, span.start)
            until = (f"until frame {span.last}" if span.last else
                     "until the connection ended" if self.closing else "until the capture ended")
            yield Fact(span.start, span.first, f"Window of {self.names[span.side]} is zero for "
                       f"{format_span(span.length)}, {until}: {self.names[other]} may send "
                       f"nothing.{held}",
                       self.filter("tcp.window_size == 0 && tcp.flags.reset == 0", span.side))

    def _describe_burst(self, side, when):
        """Says how much a side sent in the 10 s before a time."""
        frames = self.by_side[side]
        stop = bisect.bisect_right(frames, when, key=lambda frame: frame.time_epoch)
        start = bisect.bisect_left(frames, when - 10 * SECOND, key=lambda frame: frame.time_epoch)
        size = sum(frame.len for frame in frames[start:stop])
        return f" In the 10 s before it had sent {size:,} bytes." if size else ""

    def _list_resent_facts(self):
        kinds = collections.defaultdict(list)
        for frame, kind in self.list_resent():
            kinds[kind, self.get_side(frame)].append(frame)
        fields = {"retransmission": "tcp.analysis.retransmission",
                  "zero-window probe": "tcp.analysis.zero_window_probe",
                  "keep-alive of TCP's": "tcp.analysis.keep_alive"}
        for (kind, side), frames in kinds.items():
            last = f", the last in frame {frames[-1].number}" if len(frames) > 1 else ""
            shown_by = (self.filter(fields[kind], side) if len(frames) > LISTED else
                        f"frame.number in {{{', '.join(str(f.number) for f in frames)}}}")
            yield Fact(frames[0].time_epoch, frames[0].number, f"First of {len(frames)} × {kind} "
                       f"by {self.names[side]}{last}.", shown_by)

    def _list_hole_facts(self):
        for hole in self.holes[:LISTED]:
            size = f"{hole.size:,} bytes" if hole.size else "bytes"
            yield Fact(hole.end, hole.last, f"Hole in the capture: {size} from "
                       f"{self.names[hole.side]} before this frame are missing.",
                       f"frame.number == {hole.last}")
        if len(self.holes) > LISTED:
            hole = self.holes[LISTED]
            yield Fact(hole.end, hole.last, f"… and {len(self.holes) - LISTED} more holes.",
                       self.filter("(trade.gap || (tcp.analysis.lost_segment && "
                                   "!trade.nothing_missing))"))

    def list_pings(self):
        """Returns all Pings in order of time: side, Ping, and what became of it."""
        pings = [(side, ping) for side in (MODULE, MULTIPLEXER) for ping in self.pings[side]]
        return sorted(pings, key=lambda pair: (pair[1].time, pair[1].frame))


# ---- Lanes ----


class Lanes:
    """A connection as lanes to draw. Times are in seconds since the capture's start. room: how
    many marks of a kind there may be."""

    def __init__(self, connection, origin, room=MARKS_MAX):
        self.connection, self.origin, self.room = connection, origin, room

    def at(self, ns):
        return round((ns - self.origin) / SECOND, 6)

    def make(self):
        connection = self.connection
        return {
            "stream": connection.row.stream, "name": connection.name,
            "start": self.at(connection.start),
            "end": self.at(max(connection.end, connection.frames[-1].time_epoch)),
            "lanes": [self._make_events(), *self._make_pings(MODULE),
                      *self._make_pings(MULTIPLEXER), self._make_window(MULTIPLEXER),
                      self._make_flight(MODULE), self._make_window(MODULE),
                      self._make_flight(MULTIPLEXER), self._make_resent()],
            "bands": self._make_bands(),
        }

    def _make_events(self):
        facts = list(self.connection.list_ends())
        group = self._make_group("end", facts, lambda fact: fact.what)
        group["names"] = {"weight": 1, "of": [
            f"{fact.what[-5:-2]}, frame {fact.frame}" for fact in facts]}
        return {"kind": "marks", "label": "Connection", "groups": [group]}

    def get_step(self, count):
        """Returns of how many marks the page has one, where there are so many."""
        return -(-count // self.room) or 1

    def _make_group(self, glyph, marks, text, hollow=False):
        """Marks of one shape; marks have a time and a frame. text: what all of them are, or a
        function of a mark. Of too many, each stands for some, which "each" says."""
        step = self.get_step(len(marks))
        marks = marks[::step]
        return {"glyph": glyph, "hollow": hollow, "each": step,
                "t": [self.at(mark.time) for mark in marks], "f": [mark.frame for mark in marks],
                "text": [text(mark) for mark in marks] if callable(text) else text}

    def _make_due(self, side):
        """Pings that were due and not seen."""
        step = self.get_step(self.connection.count_due(side))
        due = itertools.islice(itertools.chain(*self.connection.due[side]), 0, None, step)
        times = list(map(self.at, due))
        return {"glyph": "ping", "hollow": True, "each": step, "t": times,
                "f": [None] * len(times), "text": "A Ping was due about now and was not seen"}

    def _make_pings(self, side):
        """Two lanes: a side's Pings, and the other's Pongs to them."""
        connection, asker, answerer = self.connection, *self._get_names(side)
        pings = connection.pings[side]
        missed = [ping for ping in pings if not ping.answer]
        pongs = connection.pongs[1 - side]
        answers = self._make_group("pong", [
            Fact(frame.time_epoch, frame.number, "") for frame, _, _ in pongs],
            "Pong to no Ping of this capture")
        pongs = pongs[::answers["each"]]
        answers["to"] = [to for _, to, _ in pongs]
        answers["ms"] = [after and round(after * 1000, 3) for _, _, after in pongs]
        yield {"kind": "marks", "label": f"Pings of {asker}", "groups": [
            self._make_group("ping", pings, "Ping"), self._make_due(side)]}
        yield {"kind": "marks", "label": f"Pongs of {answerer}", "groups": [
            answers, self._make_group("pong", missed, self._describe_missed, True)]}

    def _describe_missed(self, ping):
        return ("No Pong before the capture ended, to the Ping" if self.connection.is_pending(ping)
                else "No Pong answers the Ping")

    def _get_names(self, side):
        names = self.connection.names
        return names[side], names[1 - side]

    def _make_series(self, label, kind, values):
        """A line in steps, of frames and values. Points that change nothing are left out; of
        too many, the greatest and the least of each stretch are kept."""
        points = []
        for frame, value in values:
            if len(points) > 1 and points[-1][1] == points[-2][1] == value:
                points.pop()
            points.append((frame.time_epoch, value, frame.number))
        if len(points) > self.room:
            points = thin_out(points, self.room // 4)
        unit = "unscaled" if kind == "area" and self.connection.is_unscaled else "bytes"
        return {"kind": kind, "label": label, "unit": unit, "t": [self.at(p[0]) for p in points],
                "v": [p[1] for p in points], "f": [p[2] for p in points]}

    def _make_window(self, side):
        return self._make_series(
            f"Window of {self.connection.names[side]}", "area",
            [(frame, frame.window_size) for frame in self.connection.by_side[side]
             if not frame.flags & 7])

    def _make_flight(self, side):
        """Bytes in flight: what a side has sent less what the other has acknowledged."""
        sent = acknowledged = None
        points = []
        for frame in self.connection.frames:
            if frame.flags & 4:
                continue
            if self.connection.get_side(frame) == side:
                sent = later(sent, frame.nxtseq)
            else:
                acknowledged = later(acknowledged, frame.ack)
            if sent is not None and acknowledged is not None:
                points.append((frame, max(subtract(sent, acknowledged), 0)))
        return self._make_series(f"In flight from {self.connection.names[side]}", "line", points)

    def _make_resent(self):
        marks = [Fact(frame.time_epoch, frame.number, f"{kind[0].upper()}{kind[1:]} by "
                      f"{self.connection.names[self.connection.get_side(frame)]}")
                 for frame, kind in self.connection.list_resent()]
        return {"kind": "marks", "label": "Retransmissions, probes",
                "groups": [self._make_group("cross", marks, lambda mark: mark.what)]}

    def _make_bands(self):
        names = self.connection.names
        bands = [{"kind": "zero", "from": self.at(span.start), "to": self.at(span.end),
                  "f": span.first, "label": f"window of {names[span.side]} zero, "
                  f"{format_span(span.length)}"}
                 for span in keep_longest(self.connection.zero_windows)]
        return bands + [
            {"kind": "hole", "from": self.at(hole.start), "to": self.at(hole.end), "f": hole.last,
             "label": f"{hole.size:,} bytes not captured" if hole.size else "not captured"}
            for hole in keep_longest(self.connection.holes)]


def keep_longest(spans):
    """Returns the longest of too many spans, in their order."""
    if len(spans) <= BANDS_MAX:
        return spans
    return sorted(sorted(spans, key=lambda span: -span.length)[:BANDS_MAX],
                  key=lambda span: span.start)


def subtract(a, b):
    """Returns the distance of two sequence numbers, which wrap at 2^32."""
    return (a - b + 2**31) % 2**32 - 2**31


def later(known, seq):
    """Returns the later of two sequence numbers, of which either may be None."""
    if known is None or seq is None:
        return seq if known is None else known
    return seq if subtract(seq, known) > 0 else known


def thin_out(points, stretches):
    """Returns first, least, greatest and last point of each of so many stretches."""
    size = -(-len(points) // stretches)
    kept = []
    for start in range(0, len(points), size):
        stretch = points[start:start + size]
        kept += sorted({stretch[0], min(stretch, key=lambda p: p[1]),
                        max(stretch, key=lambda p: p[1]), stretch[-1]})
    return kept
