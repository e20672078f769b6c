# findings.py
# All findings as JSON: docs/REPORT.md has the schema.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import json

from .capture import SECOND

VERSION = 1
NOT_SEEN = {"stream": None, "module": None, "multiplexer": None, "verdict": None, "where": None}


def to_ms(ns):
    return round(ns / 1e6, 6)


def make_point(row):
    return {"stream": row.stream, "module": row["Module endpoint"],
            "multiplexer": row["Multiplexer endpoint"], "verdict": row["Verdict"],
            "where": row["Where"]}


def make_seen(connection, number):
    """Returns what a point knows of a connection: without a verdict where the plugin has none."""
    stream = connection.streams.get(number)
    if stream is None:
        return dict(NOT_SEEN)
    if stream.row:
        return make_point(stream.row)
    module, multiplexer = connection.ends[number]
    return {**NOT_SEEN, "stream": stream.number, "module": module, "multiplexer": multiplexer}


def make_between(one, other, between):
    delays = between.get_delays()
    names = ("min", "p50", "p99", "max")
    return {"from": one, "to": other, "lost": between.lost_count, "delayed": len(between.held),
            "forged": len(between.forged),
            "delay_ms": dict(zip(names, map(to_ms, delays) if delays else [None] * 4)),
            "icmp": [{"frame": notice.frame, "router": notice.router, "says": notice.word,
                      "about": between.passage.source.frame[i]} for notice, i in between.notices]}


def make_clock(point):
    clock = point.clock
    if clock is None:
        return {"file": point.name, "offset_s": 0.0, "drift_ppm": 0.0, "uncertainty_s": 0.0}
    error = clock.uncertainty
    return {"file": point.name, "offset_s": round(clock.offset / SECOND, 9),
            "drift_ppm": round(clock.first.rate * 1e6, 3),
            "uncertainty_s": None if error is None else round(error / SECOND, 9)}


def describe_points(comparison):
    """Returns the findings of several points."""
    connections = []
    for connection in comparison.connections:
        seen = [make_seen(connection, number) for number in range(len(comparison.points))]
        first = next(point for point in seen if point["stream"] is not None)
        joined = connection.joined
        connections.append({
            "module": first["module"], "multiplexer": first["multiplexer"],
            "verdict": joined.verdict, "where": joined.where, "cause": joined.cause,
            "points": seen,
            "between": [make_between(*item) for item in sorted(
                connection.between, key=lambda item: item[:2])]})
    return {"version": VERSION, "points": [make_clock(point) for point in comparison.points],
            "connections": connections}


def describe_capture(capture):
    """Returns the findings of one point."""
    name = ", ".join(capture.shown_names)
    return {"version": VERSION,
            "points": [{"file": name, "offset_s": 0.0, "drift_ppm": 0.0, "uncertainty_s": 0.0}],
            "connections": [{
                "module": row["Module endpoint"], "multiplexer": row["Multiplexer endpoint"],
                "verdict": row["Verdict"], "where": row["Where"], "cause": row["Cause"],
                "points": [make_point(row)], "between": []} for row in capture.rows]}


def write(findings):
    return json.dumps(findings, indent=1, ensure_ascii=False) + "\n"
