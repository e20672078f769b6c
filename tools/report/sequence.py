# sequence.py
# A connection as a time-sequence graph, as tcptrace draws it: of each direction the segments by
# their sequence numbers, what was acknowledged, and the window's edge.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

from .capture import SECOND
from .story import MODULE, MULTIPLEXER, subtract

CONTROL = 0xFFFF    # the receiver of control PDUs
BEFORE, AFTER = 10 * SECOND, 20 * SECOND    # what is shown at first around what matters
ENDS = ((4, "RST"), (2, "SYN"), (1, "FIN"))
FRAMES_LEAST = 400  # of each connection that the page carries


def find_center(connection):
    """Returns which side could not send, or did not, and since when."""
    if connection.zero_windows:
        span = max(connection.zero_windows, key=lambda span: span.length)
        return 1 - span.side, span.start
    if connection.gaps:
        gap = max(connection.gaps, key=lambda gap: gap.length)
        return gap.side, gap.start
    frame = connection.row["Frame"]
    for seen in connection.frames:
        if str(seen.number) == frame:
            return connection.get_side(seen), seen.time_epoch
    return MODULE, connection.start


def choose(frames, center, room):
    """Returns the frames that are nearest in time, in their order."""
    if len(frames) <= room:
        return frames
    near = sorted(frames, key=lambda frame: abs(frame.time_epoch - center))[:room]
    return sorted(near, key=lambda frame: frame.number)


def name_pdus(frame):
    """Returns the names of the PDUs that end in a frame: each once, with how many there are."""
    names = [*frame.keyword, *(f"data, client {receiver}" for receiver in frame.receiver
                               if receiver != CONTROL)]
    return ", ".join(f"{names.count(name)} × {name}" if names.count(name) > 1 else name
                     for name in dict.fromkeys(names))


class Sequence:
    """A connection's graph, for JSON. Times are in seconds since the origin, sequence numbers
    relative to the first that is shown."""

    def __init__(self, connection, origin, room):
        self.connection, self.origin = connection, origin
        self.side, self.center = find_center(connection)
        self.frames = choose(connection.frames, self.center, max(room // 4, FRAMES_LEAST))
        self.kinds = {frame.number: kind for frame, kind in connection.list_resent()}

    def at(self, ns):
        return round((ns - self.origin) / SECOND, 6)

    def make(self):
        first, last = self.frames[0].time_epoch, self.frames[-1].time_epoch
        return {"side": self.side, "from": self.at(max(first, self.center - BEFORE)),
                "to": self.at(min(last, self.center + AFTER)), "start": self.at(first),
                "end": self.at(last), "left": len(self.connection.frames) - len(self.frames),
                "ways": [self._make_way(MODULE), self._make_way(MULTIPLEXER)]}

    def _make_way(self, side):
        """Returns what one side sent, and what the other acknowledged of it."""
        own = [frame for frame in self.frames if self.connection.get_side(frame) == side]
        others = [frame for frame in self.frames if self.connection.get_side(frame) != side
                  and frame.flags & 16 and not frame.flags & 4]
        base = own[0].seq if own else others[0].ack if others else 0
        return {"name": self.connection.names[side], "peer": self.connection.names[1 - side],
                "segments": [self._make_segment(frame, base) for frame in own
                             if frame.len or frame.flags & 7],
                "acks": [[self.at(frame.time_epoch), subtract(frame.ack, base),
                          None if frame.flags & 2 else frame.window_size, frame.number]
                         for frame in others]}

    def _make_segment(self, frame, base):
        """Returns a segment: when, from and to which byte, its frame, what TCP says of it, and the
        PDUs that end in it."""
        ends = [name for bit, name in ENDS if frame.flags & bit]
        kind = self.kinds.get(frame.number, "")
        start = subtract(frame.seq, base)
        return [self.at(frame.time_epoch), start, start + frame.len, frame.number, kind,
                ", ".join(ends + [name_pdus(frame)]).strip(", ")]
