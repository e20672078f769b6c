# ladder.py
# A connection as a ladder to draw: a line of time for each capture point, and the segments
# that passed between them.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

from .capture import SECOND
from .joined import Teller

DRAWN_MAX = 6000    # segments of a ladder
ROOM = 0.15         # of the time around what matters that is shown at first


class Ladder:
    """Segments: s, d: the lines that they go from and to; t, u: when, in s since the origin, u
    None where they are lost; f, g: their frames; kind: "", "held", "lost", "forged", "alone"."""

    def __init__(self, teller, connection, origin):
        self.teller, self.connection, self.origin = teller, connection, origin
        self.lines = {number: place for place, number in enumerate(connection.path)}
        self.items = []

    def at(self, ns):
        return round((ns - self.origin) / SECOND, 6)

    def add_between(self, one, other, between):
        passage = between.passage
        lost = {loss.i for loss in between.lost}
        held, forged = set(between.held), set(between.forged)
        for i, j in enumerate(passage.to):
            if i in lost:
                self._add(one, other, between, i, None, "lost")
            elif j >= 0:
                self._add(one, other, between, i, j, "held" if j in held else "")
            else:
                self._add(one, other, between, i, None, "alone")
        for j, i in enumerate(passage.back):
            if i == -1 and j not in passage.copies:
                self._add(one, other, between, None, j, "forged" if j in forged else "unseen")

    def _add(self, one, other, between, i, j, kind):
        source, sink = between.passage.source, between.passage.sink
        flow, place = (sink, j) if i is None else (source, i)
        thing = self.teller.thing(flow, place)
        self.items.append({
            "s": self.lines[one], "d": self.lines[other], "kind": kind,
            "t": None if i is None else self.at(between.time_in(i)),
            "u": None if j is None else self.at(between.time_out(j)),
            "f": None if i is None else source.frame[i], "g": None if j is None else sink.frame[j],
            "name": thing, "bare": not (flow.names[place] or flow.length(place) and
                                        flow.flags[place] & 7 or flow.flags[place] & 4)})


def make_ladder(comparison, connection, origin):
    """Returns a connection's ladder, for JSON."""
    ladder = Ladder(Teller(comparison, connection), connection, origin)
    for one, other, between in connection.between:
        ladder.add_between(one, other, between)
    items = sorted(ladder.items, key=get_time)
    times = [get_time(item) for item in items]
    marked = [get_time(item) for item in items if item["kind"] in ("lost", "held", "forged")]
    if len(items) > DRAWN_MAX:
        # What matters stays, and of the rest what has a name, and is near.
        middle = marked[0] if marked else times[len(times) // 2]
        items = sorted(items, key=lambda item: (
            item["kind"] not in ("lost", "held", "forged"), item["bare"],
            abs(get_time(item) - middle)))[:DRAWN_MAX]
        items.sort(key=get_time)
    start, end = (times[0], times[-1]) if times else (0, 1)
    low, high = (marked[0], marked[-1]) if marked else (start, end)
    room = max((high - low) * ROOM, 0.5)
    return {"lines": [comparison.points[number].name for number in connection.path],
            "start": start, "end": end, "left": len(ladder.items) - len(items),
            "from": max(start, low - room), "to": min(end, high + room), "items": items}


def get_time(item):
    return item["u"] if item["t"] is None else item["t"]
