# points.py
# A capture point: one file, what the plugin says of it, and all its TCP segments, by
# connection and direction.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import array
import bisect
import heapq
import itertools
import struct
import sys

from .capture import SECOND, TABLES, Capture, parse_time
from .clocks import NEVER
from .notices import Notice, is_quoting

FIN, SYN, RST, ACK = 1, 2, 4, 16
NOP, MSS = 1, 2        # the options
NAMES = ("trade.greeting", "trade.module", "trade.sender.name")
FIELDS = (
    "frame.number", "frame.time_epoch", "tcp.stream", "tcp.seq_raw", "tcp.ack_raw", "tcp.len",
    "tcp.flags", "tcp.window_size_value", "tcp.options.timestamp.tsval", "tcp.options",
    "ip.id", "ip.ttl", "ipv6.hlim", "tcp.srcport", "tcp.dstport", "ip.src", "ipv6.src", "ip.dst",
    "ipv6.dst", "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code",
    "trade.keyword", *NAMES)
PLAIN = len(FIELDS) - len(NAMES) - 1    # fields before the keywords, of which all are wanted
TWIN = 1_000_000       # ns: copies of a frame in one file, by a tap of both sides of a switch
TWINS_MIN = 0.3        # the share of frames from which all are taken to be captured twice
IDS_MIN = 4            # a host that numbers its packets has more IP ids
RECENT = 256
GAP_TIMES = 3          # a pause is longer than so many usual ones
BACKOFF = 2.5          # TCP doubles the distance of retransmissions


class Flow:
    """One direction of a connection at a point: a column for each thing, in the file's order.
    time: ns since 1970; when: the same by the first point's clock; seq: counts on where TCP's
    wraps, the same modulo 2^32; ack: raw. options: of the SYN, by their kind. twins: which segments
    may be another one captured twice: {index: that one's}."""
    __slots__ = ("source", "target", "frame", "time", "seq", "ack", "size", "flags", "window",
                 "stamp", "ip_id", "ttl", "names", "when", "options", "isn", "at", "recent", "older",
                 "twins")

    def __init__(self, source, target):
        self.source, self.target = source, target
        self.frame, self.ack, self.window = array.array("I"), array.array("I"), array.array("I")
        self.time, self.seq, self.stamp = array.array("q"), array.array("q"), array.array("q")
        self.size, self.ip_id = array.array("i"), array.array("i")
        self.flags, self.ttl = array.array("H"), array.array("h")
        self.names = []     # the keywords in a frame, or ""
        self.when = self.options = self.isn = self.at = None
        self.recent, self.older, self.twins = {}, {}, {}

    def __len__(self):
        return len(self.frame)

    def add(self, frame, time, seq, ack, size, flags, window, stamp, ip_id, ttl, names):
        """Adds a segment."""
        if self.at is None:
            self.at = seq
        place = self.at + ((seq - self.at + 2**31) % 2**32 - 2**31)
        if not flags & RST and abs(place - self.at) < 2**30:
            self.at = place
        self._find_twin(len(self.frame), time, (seq, ack, size, flags, window, stamp, ip_id))
        self.frame.append(frame)
        self.time.append(time)
        self.seq.append(place)
        self.ack.append(ack)
        self.size.append(size)
        self.flags.append(flags)
        self.window.append(window)
        self.stamp.append(stamp)
        self.ip_id.append(ip_id)
        self.ttl.append(ttl)
        self.names.append(names)
        if flags & SYN and self.isn is None:
            self.isn = seq

    def _find_twin(self, index, time, key):
        # A twin is of one frame: the next alike may be retransmitted, at once.
        before = self.recent.pop(key, self.older.pop(key, None))
        if before is not None and 0 <= time - self.time[before] < TWIN:
            self.twins[index] = before
            return
        if len(self.recent) > RECENT:
            self.recent, self.older = {}, self.recent
        self.recent[key] = index

    def settle_twins(self, is_doubled):
        """Leaves one of each frame that was captured twice; returns how many it leaves out.
        is_doubled: whether all twins are that; else only those are that have an IP id of their
        own."""
        self.recent = self.older = None
        if not is_doubled and len(set(self.ip_id)) <= IDS_MIN:
            return 0
        if not is_doubled:
            self.twins = {i: of for i, of in self.twins.items() if self.ip_id[i]}
        number = len(self.twins)
        if number:
            self._drop_twins()
        self.twins = {}
        return number

    def _drop_twins(self):
        keep = [i for i in range(len(self)) if i not in self.twins]
        for name in ("frame", "time", "seq", "ack", "size", "flags", "window", "stamp", "ip_id",
                     "ttl"):
            column = getattr(self, name)
            setattr(self, name, array.array(column.typecode, (column[i] for i in keep)))
        self.names = [self.names[i] for i in keep]

    def length(self, i):
        """Returns how many sequence numbers a segment takes."""
        return self.size[i] + bool(self.flags[i] & SYN) + bool(self.flags[i] & FIN)

    def end(self, i):
        return self.seq[i] + self.length(i)


class Stream:
    """A TCP connection at a point. flows: of the end that was seen first, of the other."""
    __slots__ = ("number", "flows", "row")

    def __init__(self, number):
        self.number, self.flows, self.row = number, [None, None], None

    def get_flow(self, source):
        """Returns the flow that an end sends, or None."""
        return next((flow for flow in self.flows if flow and flow.source == source), None)

    def get_mss(self, source):
        """Returns the largest segment that an end takes, by its SYN, or None."""
        flow = self.get_flow(source)
        value = flow.options.get(MSS, b"") if flow and flow.options else b""
        return int.from_bytes(value, "big") or None

    def list_ends(self):
        flow = self.flows[0]
        return flow.source, flow.target


def last(value):
    """Returns the last of several values: the innermost, where packets are in packets."""
    return value.rpartition(",")[2] if "," in value else value


def head(value):
    """Returns the first of several values as a number: the outermost."""
    return int(value.partition(",")[0] or 0)


def read_options(text):
    """Returns the TCP options in hex digits: {kind: value}."""
    data, options, at = bytes.fromhex(text.replace(":", "")), {}, 0
    while at < len(data) and data[at]:
        if data[at] == NOP:
            at += 1
            continue
        size = data[at + 1] if at + 1 < len(data) else 0
        if size < 2:
            break
        options[data[at]] = data[at + 2:at + size]
        at += size
    return options


def write_end(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Point:
    """A capture point: a file. times, frames: of all its segments, in the file's order;
    ordered: their times by the first point's clock."""

    def __init__(self, path, options):
        self.capture = Capture([path], options)
        self.name = self.capture.shown_names[0]
        self.streams = {}
        self.times, self.frames = array.array("q"), array.array("I")
        self.notices, self.icmp = [], 0     # ICMP that quotes a segment; how many there are
        self.clock = None       # of the first point: None
        self.ordered, self.usual, self.ended = [], 0, 0
        self.doubled = 0        # frames that were captured twice, of which one counts

    def read(self, has_events):
        """Reads verdicts and segments. has_events: what clients and the Multiplexer said, too."""
        if has_events:
            self.capture.read_overview(True)
        fields = [part for name in FIELDS for part in ("-e", name)]
        table, names = [], set()
        for line in self.capture.run(["-Y", "tcp || icmp || icmpv6", "-T", "fields",
                                      "-E", "separator=/t", *fields, *TABLES],
                                     f"Reading the segments of {self.name}"):
            if table or line.startswith("====="):
                table.append(line)
                continue
            # tshark writes a tab in a text as "\\t".
            texts = line.rstrip("\n").split("\t")
            for text in filter(None, texts[-len(NAMES):]):
                names.update((text, *text.split(",")))
            if len(texts) >= len(FIELDS):
                self._read_segment(texts, "," in line)
        if not has_events:
            self.capture.read_tables(table, names)
        for row in self.capture.rows:
            if row.stream in self.streams:
                self.streams[row.stream].row = row
        flows = [flow for stream in self.streams.values() for flow in stream.flows if flow]
        twins = sum(len(flow.twins) for flow in flows)
        is_doubled = twins > TWINS_MIN * sum(map(len, flows))
        self.doubled = sum(flow.settle_twins(is_doubled) for flow in flows)

    def _read_segment(self, texts, has_several):
        """has_several: whether any field may have several values."""
        (frame, time, _, seq, _, _, _, _, _, _, ip_id, _, _, source, target, src, src6, dst, dst6,
         kind, code, kind6, code6, *_) = texts
        if kind or kind6:
            self.icmp += 1
            said = (4, head(kind), head(code)) if kind else (6, head(kind6), head(code6))
            if source and target and is_quoting(*said[:2]):
                ends = (write_end(last(src or src6), last(source)),
                        write_end(last(dst or dst6), last(target)))
                self.notices.append(Notice(
                    int(frame), parse_time(last(time)), said, (src or src6).partition(",")[0], ends,
                    int(last(seq)) if seq else None,
                    int(last(ip_id), 16) if "," in ip_id and kind else -1))
            return
        keywords = texts[PLAIN]
        self._add_segment(*(map(last, texts[:PLAIN]) if has_several else texts[:PLAIN]), keywords)

    def _add_segment(self, frame, time, number, seq, ack, size, flags, window, stamp, options, ip_id,
                     ttl, hops, source, target, src, src6, dst, dst6, *more):
        """Adds a segment by the values of its fields."""
        if not (seq and number and size):
            return
        number, time = int(number), parse_time(time)
        self.times.append(time)
        self.frames.append(int(frame))
        stream = self.streams.get(number)
        if stream is None:
            stream = self.streams[number] = Stream(number)
        here = write_end(src or src6, source)
        flow = stream.flows[0]
        if flow is None or flow.source != here:
            place = 0 if flow is None else 1
            flow = stream.flows[place]
            if flow is None:
                there = write_end(dst or dst6, target)
                flow = stream.flows[place] = Flow(sys.intern(here), sys.intern(there))
        flags = int(flags, 16)
        flow.add(int(frame), time, int(seq), int(ack or 0), int(size), flags, int(window or 0),
                 int(stamp or -1), int(ip_id, 16) if ip_id and not src6 else -1,
                 int(ttl or hops or 0), sys.intern(more[-1]))
        if flags & SYN and flow.options is None and options:
            flow.options = read_options(options)

    # ---- When the file holds what passed ----

    def align(self, time, frame):
        """Returns a time here by the first point's clock."""
        return time if self.clock is None else round(time - self.clock.at(frame, time))

    def find_pauses(self):
        """Finds how long nothing is captured at most, as a rule; once the clock is known."""
        for stream in self.streams.values():
            for flow in filter(None, stream.flows):
                flow.when = array.array("q", map(self.align, flow.time, flow.frame)) \
                    if self.clock else flow.time
        self.ordered = self.times
        if self.clock:
            self.ordered = array.array("q", map(self.align, self.times, self.frames))
        if any(a > b for a, b in itertools.pairwise(self.ordered)):
            self.ordered = array.array("q", sorted(self.ordered))
        place = max(3, len(self.ordered) // 100)
        gaps = heapq.nlargest(place + 1, (b - a for a, b in itertools.pairwise(self.ordered)))
        self.usual = GAP_TIMES * gaps[place] if len(gaps) > place else 0
        self.ended = self._find_end()
        times = read_capture_times(self.capture.paths[0])
        if times and self.times and times[0] <= self.times[0] and times[1] >= self.times[-1]:
            # What came just before the end may not have been written.
            self.ended += max(0, times[1] - self.times[-1] - SECOND)

    def _find_end(self):
        """Returns when the last frame was captured of which the time is known."""
        last = self.clock.known if self.clock else NEVER
        if last == NEVER:
            return self.ordered[-1] if self.ordered else 0
        sure = bisect.bisect_right(self.frames, last)
        return max(map(self.align, self.times[:sure], self.frames[:sure]), default=0)

    def has_seen(self, time, stream, source):
        """Returns whether what passed at a time, by the first point's clock, would be here: the
        capture ran, as frames before and after show. stream, source: whose retransmissions
        explain a pause."""
        if not self.ordered or not self.ordered[0] <= time <= self.ended:
            return False
        place = bisect.bisect_right(self.ordered, time)
        before = self.ordered[place - 1]
        after = self.ordered[place] if place < len(self.ordered) else self.ended
        if after - before <= max(self.usual, SECOND // 2):
            return True
        return self._is_backoff(stream.get_flow(source) if stream else None, after)

    def _is_backoff(self, flow, after):
        """Returns whether a pause in the capture, up to a time, is the distance of two
        retransmissions, as the one before it announced: there was nothing to send."""
        if flow is None:
            return False
        at = bisect.bisect_left(flow.when, after)
        if at >= len(flow) or not flow.size[at]:
            return False
        sent = [flow.time[i] for i in range(max(0, at - 400), at + 1)
                if flow.seq[i] == flow.seq[at] and flow.size[i]]
        return len(sent) > 2 and sent[-1] - sent[-2] <= BACKOFF * (sent[-2] - sent[-3])


def read_capture_times(path):
    """Returns when a capture began and ended in ns, where its program noted that in pcapng's
    statistics at the file's end, or None."""
    try:
        with open(path, "rb") as file:
            if file.read(12)[:12][8:12] != b"\x4d\x3c\x2b\x1a":
                return None
            place = file.seek(0, 2)
            while place > 40:
                file.seek(place - 4)
                size = struct.unpack("<I", file.read(4))[0]
                if not 12 <= size <= 65536 or size > place:
                    return None
                file.seek(place - size)
                block = file.read(size)
                if struct.unpack("<I", block[:4])[0] != 5:
                    return None
                times = read_statistics(block)
                if times:
                    return times
                place -= size
    except (OSError, struct.error):
        pass
    return None


def read_statistics(block):
    """Returns begin and end of an interface statistics block, in ns; the unit is taken for ns or
    us, whichever is a time of our days."""
    options, at = {}, 20
    while at + 4 <= len(block) - 4:
        kind, size = struct.unpack_from("<HH", block, at)
        if kind == 0:
            break
        if kind in (2, 3) and size == 8:
            high, low = struct.unpack_from("<II", block, at + 4)
            value = high << 32 | low
            options[kind] = value if value > 10**17 else value * 1000
        at += 4 + (size + 3 & ~3)
    return (options[2], options[3]) if len(options) == 2 else None
