# several.py
# Several captures: of different points, or of one that are read as one? And what is made of
# those of different points.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import sys

from . import findings
from .capture import Problem, hash_file
from .comparison import Comparison
from .joined import judge
from .names import Names
from .points import Point
from .story import rank


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


def read_points(paths, options):
    """Returns these files as Points."""
    points = [Point(path, options) for path in paths]
    for point in points:
        point.read()
    return points


def compare(paths, options, is_forced):
    """Returns the Comparison of files of several points; or None where they are of one, which is
    said. is_forced: they are to be of several."""
    points = read_points(paths, options)
    comparison = Comparison(points)
    names = " and ".join(point.name for point in points)
    frames = {pair: shared.count_frames() if is_forced or shared.has_copies() else 0
              for pair, shared in comparison.shared.items()}
    if not is_forced and not any(frames.values()):
        say(f"no TCP segments are in two of these files: {names} are taken for parts of one "
            "capture, and merged (--points takes them for capture points).")
        return None
    if not is_forced and any(shared.is_one_point() for shared in comparison.shared.values()):
        say(f"the same segments are in {names} at the same times: they are taken for one capture "
            "point's, and merged (--points takes them for several).")
        return None
    check_apart(points, frames)
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


def judge_all(comparison, interval, is_anonymous, logs=()):
    """Gives each connection its verdict, worst first; with other names where asked. interval: of
    Pings, in s."""
    for connection in comparison.connections:
        connection.find_all_ends()
    if is_anonymous:
        anonymise(comparison, logs)
    for connection in comparison.connections:
        connection.joined = judge(comparison, connection, interval)
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
