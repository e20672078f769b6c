# ladder.py
# A connection as a ladder to draw: a line of time for each capture point, and the segments
# that passed between them.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import heapq

from .capture import SECOND
from .joined import Teller
from .pairing import NONE
from .points import FIN, RST, SYN

MARKED = ("lost", "held", "forged")
DRAWN_MAX = 6000    # segments of a ladder
EDGE = 40           # the part of all the time that stays free before and after
ROOM = 0.15         # of the time around what matters that is shown at first


class Ladder:
    """Segments: s, d: the lines that they go from and to; t, u: when, in s since the origin, u
    None where they are lost; f, g: their frames; kind: "", "held", "lost", "forged", "alone",
    "unseen"; or "icmp", a message that comes back from between."""

    def __init__(self, teller, connection, origin):
        self.teller, self.connection, self.origin = teller, connection, origin
        self.lines = {number: place for place, number in enumerate(connection.path)}

    def at(self, ns):
        return round((ns - self.origin) / SECOND, 6)

    def list_segments(self):
        """Yields (time, kind, what it is of, index where it goes in, where it comes out)."""
        for item in self.connection.between:
            between = item[2]
            passage = between.passage
            lost = {loss.i for loss in between.lost}
            held, forged, copies = set(between.held), set(between.forged), set(passage.copies)
            for i, j in enumerate(passage.to):
                out = j if j >= 0 and i not in lost else None
                kind = "lost" if i in lost else "alone" if out is None else \
                    "held" if j in held else ""
                yield between.time_in(i), kind, item, i, out
            for j, i in enumerate(passage.back):
                if i == NONE and j not in copies:
                    yield between.time_out(j), "forged" if j in forged else "unseen", item, None, j

    def draw(self, kind, item, i, j):
        """Returns a segment for JSON."""
        one, other, between = item
        source, sink = between.passage.source, between.passage.sink
        flow, place = (sink, j) if i is None else (source, i)
        return {
            "s": self.lines[one], "d": self.lines[other], "kind": kind,
            "t": None if i is None else self.at(between.time_in(i)),
            "u": None if j is None else self.at(between.time_out(j)),
            "f": None if i is None else source.frame[i], "g": None if j is None else sink.frame[j],
            "name": self.teller.thing(flow, place), "bare": is_bare(item, i, j)}


    def list_notices(self):
        """Yields ICMP messages that were made between the points, for JSON."""
        for one, other, between in self.connection.between:
            for notice, _ in between.notices:
                yield {"s": self.lines[other], "d": self.lines[one], "kind": "icmp", "t": None,
                       "u": self.at(notice.when), "f": None, "g": notice.frame, "bare": False,
                       "name": f"{notice.router}: {notice.word}"}


def is_bare(item, i, j):
    """Whether a segment has no PDU's beginning and no flag that matters."""
    passage = item[2].passage
    flow, place = (passage.sink, j) if i is None else (passage.source, i)
    return not (flow.names[place] or flow.flags[place] & (SYN | FIN | RST))


def make_ladder(comparison, connection, origin):
    """Returns a connection's ladder, for JSON."""
    ladder = Ladder(Teller(comparison, connection), connection, origin)
    number, marked, start, end = 0, [], None, None
    for time, kind, *_ in ladder.list_segments():
        number += 1
        start, end = min(time, start or time), max(time, end or time)
        if kind in MARKED:
            marked.append(time)
    start, end = start or origin, end or origin + SECOND
    edge = max((end - start) // EDGE, SECOND // 10)
    start, end = start - edge, end + edge
    low, high = (min(marked), max(marked)) if marked else (start, end)
    middle = low if marked else (start + end) // 2
    # What matters stays, and of the rest what has a name, and is near.
    drawn = heapq.nsmallest(DRAWN_MAX, ladder.list_segments(), key=lambda segment: (
        segment[1] not in MARKED, is_bare(*segment[2:]), abs(segment[0] - middle)))
    room = max((high - low) * ROOM, SECOND // 2)
    return {"lines": [comparison.points[number].name for number in connection.path],
            "start": ladder.at(start), "end": ladder.at(end), "left": number - len(drawn),
            "from": ladder.at(max(start, low - room)), "to": ladder.at(min(end, high + room)),
            "items": [ladder.draw(*segment[1:])
                      for segment in sorted(drawn, key=lambda segment: segment[0])] +
            list(ladder.list_notices())}
