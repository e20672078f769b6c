# several.py
# Several captures: of different points, or of one that are read as one? And what is made of
# those of different points.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import bisect
import dataclasses
import sys

from . import findings
from .capture import Problem, hash_file
from .comparison import Comparison
from .joined import judge
from .names import Names
from .points import Point
from .story import GOOD, rank


def say(text):
    print(f"trade-report: {text}", file=sys.stderr)


def leave_same(paths):
    """Returns files of which each is there once."""
    kept = {}
    for path in paths:
        digest = hash_file(path)
        if digest in kept:
            say(f"{path} is the same file as {kept[digest]}: it is read once.")
        kept.setdefault(digest, path)
    return list(kept.values())


def read_points(paths, options, has_events):
    """Returns these files as Points."""
    points = [Point(path, options) for path in paths]
    for point in points:
        point.read(has_events)
    return points


def compare(paths, options, is_forced, has_events):
    """Returns the Comparison of files of several points; or None where they are of one, which is
    said. is_forced: they are to be of several; has_events: as Point.read()'s."""
    points = read_points(paths, options, has_events)
    comparison = Comparison(points)
    names = " and ".join(point.name for point in points)
    frames = {pair: shared.count_frames() if is_forced or shared.has_copies() else 0
              for pair, shared in comparison.shared.items()}
    if not is_forced and not any(frames.values()):
        say(f"no TCP segments are in two of these files: {names} are taken for parts of one "
            "capture, and merged (--points takes them for capture points).")
        return None
    alike = [] if is_forced else [pair for pair, shared in comparison.shared.items()
                                  if shared.is_one_point()]
    check_same(points, alike, frames)
    if alike:
        say(f"the same segments are in {names} at the same times: they are taken for one capture "
            "point's, and merged (--points takes them for several).")
        return None
    check_apart(points, frames)
    check_rings(points, frames, is_forced)
    say(f"{names} have {sum(frames.values()):,} TCP segments in common: they are taken for "
        f"{len(points)} capture points (--same-point merges them).")
    comparison.compare()
    return comparison


def check_apart(points, frames):
    """Raises a Problem where a file has nothing in common with the others."""
    for number, point in sorted(enumerate(points), key=lambda item: len(item[1].times)):
        if not any(count for pair, count in frames.items() if number in pair):
            others = " or ".join(p.name for p in points if p is not point)
            raise Problem(f"{point.name} has no TCP segment in common with {others}: "
                          + ("it holds none." if not point.times else "it is of other connections, "
                             "or of another time. Files of one point are merged first: mergecap."))


def check_same(points, alike, frames):
    """Raises a Problem where some files are of one point, and others of another. alike: pairs that
    are of one."""
    alike = [pair for pair in alike if frames[pair]]
    if alike and len(alike) < sum(map(bool, frames.values())):
        one, other = (points[number].name for number in alike[0])
        raise Problem(f"{one} and {other} have the same segments at the same times: they are of one "
                      "point. Leave one out, or merge them first (mergecap), and give one file for "
                      "each point; or --points, if these are different points.")


def check_rings(points, frames, is_forced):
    """Says which files seem to be parts of one point's ring, as they follow each other and have
    nothing in common, though others have something in common with both; raises a Problem, unless
    each is to be of a point of its own."""
    for (i, j), number in frames.items():
        first, second = sorted((points[i], points[j]), key=lambda point: point.times[0])
        if number or first.times[-1] > second.times[0]:
            continue
        told = (f"{first.name} and {second.name} follow each other: parts of one point's ring? Merge "
                f"each point's files first, as in: mergecap -w point1.pcapng {first.name} "
                f"{second.name}; then give one file for each point")
        if not is_forced:
            raise Problem(told + "; or --points, if these are different points.")
        say(told + ".")


def align_logs(points, logs):
    """Sets each log beside the point that shows most of what it says, by that point's clock first,
    then by the first one's. Returns these points, by log."""
    beside = {}
    for log in logs:
        shown = []
        for point in points:
            align_log(point, log)
            shown.append(len(log.matches))
        beside[log] = point = points[shown.index(max(shown))]
        align_log(point, log)
        for line in log.lines:
            line.at = None if line.at is None else align_time(point, line.at)
        for match in log.matches:
            match.event = dataclasses.replace(match.event, time=point.align(
                match.event.time, match.event.frame))
    return beside


def align_log(point, log):
    log.align(point.capture, {row.stream: row["Module"] for row in point.capture.rows})


def align_time(point, time):
    """Returns a time at a point by the first point's clock, as that of the frame that follows."""
    place = min(bisect.bisect_left(point.times, time), len(point.times) - 1)
    return point.align(time, point.frames[place])


def judge_all(comparison, interval, is_anonymous, logs=()):
    """Gives each connection its verdict, worst first; with other names where asked. interval: of
    Pings in s, of a connection with few."""
    for connection in comparison.connections:
        connection.find_all_ends()
    if is_anonymous:
        anonymise(comparison, logs)
    for connection in comparison.connections:
        connection.joined = judge(comparison, connection, interval)
        absent = [point.name for number, point in enumerate(comparison.points)
                  if number not in connection.streams]
        if absent and connection.joined.verdict not in GOOD:
            connection.joined.text += f" No segment of it was found in {' or '.join(absent)}."
    comparison.connections.sort(key=lambda connection: rank(connection.joined.verdict))


def anonymise(comparison, logs):
    names = Names()
    for number, point in enumerate(comparison.points):
        names.anonymise(point.capture, logs if number == 0 else ())
    for number, point in enumerate(comparison.points, 1):
        Names.rename_files(point.capture, logs, number)
        point.name = point.capture.shown_names[0]
    for connection in comparison.connections:
        connection.ends = {number: tuple(map(names.replace, ends))
                           for number, ends in connection.ends.items()}


def write_findings(comparison):
    return findings.write(findings.describe_points(comparison))
