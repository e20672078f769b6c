# test_layout.py
# Do the sources keep to their floors? A room includes what lies below it, never what lies above,
# and no two files include each other in a circle.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import graphlib
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ["wire", "stream", "analysis", "ui"]
TOP = {"packet-trade.c", "packet-trade.h", "plugin.c", "moduleids.h"}
FLOORS = {room: floor for floor, room in enumerate(ROOMS, 1)}
FILES = [path.relative_to(ROOT) for room in (".", *ROOMS, "analysis/*")
         for path in sorted(ROOT.glob(f"{room}/*.[ch]"))]


def get_floor(path):
    if path.name == "moduleids.h":
        return 0
    return FLOORS.get(path.parts[0], len(ROOMS) + (2 if path.name == "plugin.c" else 1))


def find_includes(path):
    names = re.findall(r'^#include "(.+)"', (ROOT / path).read_text(encoding="utf-8"), re.M)
    return [pathlib.Path(name) for name in names]


def test_top_level():
    assert {str(path) for path in FILES if len(path.parts) == 1} == TOP


@pytest.mark.parametrize("path", FILES, ids=str)
def test_includes_nothing_above(path):
    assert [str(name) for name in find_includes(path) if get_floor(name) > get_floor(path)] == []


@pytest.mark.parametrize("path", [path for path in FILES if len(path.parts) == 3], ids=str)
def test_keeps_to_its_part(path):
    """Of the parts of analysis/, health/ alone looks at another: pings/."""
    parts = {name.parts[1] for name in find_includes(path)
             if name.parts[0] == "analysis" and len(name.parts) == 3}
    assert parts <= {path.parts[1]} | ({"pings"} if path.parts[1] == "health" else set())


def test_no_circles():
    """A source and its header are one."""
    graph = {}
    for path in FILES:
        below = {name.with_suffix("") for name in find_includes(path)} - {path.with_suffix("")}
        graph.setdefault(path.with_suffix(""), set()).update(below)
    assert list(graphlib.TopologicalSorter(graph).static_order())
