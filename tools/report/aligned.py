# aligned.py
# Writes the frames of several points as one capture: by the first point's clock, each point an
# interface of its own, with comments on the frames that matter.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import heapq
import struct
import subprocess

from .capture import SECOND, Problem, name_argument
from .joined import Teller
from .story import GOOD

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
IF_NAME, IF_RESOLUTION, COMMENT = 2, 9, 1
COMMENT_MAX = 60_000


def make_option(code, value):
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def make_block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def read_blocks(file):
    """Yields (type, body) of the blocks of a little-endian pcapng file."""
    while len(head := file.read(8)) == 8:
        kind, size = struct.unpack("<II", head)
        rest = file.read(size - 8) if size >= 12 else b""
        if len(rest) != size - 8:
            return
        yield kind, rest[:-4]


def start_editcap(path, files=()):
    """Starts what writes a capture as pcapng, whatever it is: its standard output. files: numbers
    of open files that it reads."""
    try:
        return subprocess.Popen(["editcap", "-F", "pcapng", name_argument(path), "-"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=files)
    except FileNotFoundError as error:
        raise Problem("editcap is not installed; Debian's wireshark-common has it.") from error


def make_comments(texts):
    """Returns a packet's options that have these texts."""
    return b"".join(make_option(COMMENT, text.encode("utf-8", "replace")[:COMMENT_MAX])
                    for text in texts)


def read_resolution(body):
    """Returns how many ticks of an interface's clock a second has."""
    at = 8
    while at + 4 <= len(body):
        code, size = struct.unpack_from("<HH", body, at)
        if code == IF_RESOLUTION and size:
            value = body[at + 4]
            return 2 ** (value & 127) if value & 128 else 10 ** value
        at += 4 + (size + 3 & ~3)
        if not code:
            break
    return 1_000_000


class Reader:
    """Reads a point's file as pcapng, whatever it is."""

    def __init__(self, number, point, comments):
        self.number, self.point, self.comments = number, point, comments
        self.links, self.ticks = [], []     # of the interfaces in the file

    def read(self):
        """Yields (time in ns, number of the point, number of the frame, link type, packet)."""
        with start_editcap(self.point.capture.paths[0]) as process:
            frame = 0
            for kind, body in read_blocks(process.stdout):
                if kind == INTERFACE:
                    self.links.append(struct.unpack_from("<H", body)[0])
                    self.ticks.append(read_resolution(body))
                elif kind == PACKET:
                    frame += 1
                    yield self._read_packet(frame, body)

    def _read_packet(self, frame, body):
        interface, high, low, kept, whole = struct.unpack_from("<IIIII", body)
        ticks = self.ticks[interface]
        time = (high << 32 | low) * SECOND // ticks
        place = 20 + kept + (-kept % 4)
        return (self.point.align(time, frame), self.number, frame, self.links[interface],
                (kept, whole, body[20:20 + kept], body[place:], self.comments.get(frame, ())))


def make(comparison):
    """Yields the parts of the file."""
    yield make_block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + make_option(
        4, b"trade-report") + make_option(0, b""))
    comments = comment(comparison)
    readers = [Reader(number, point, comments[number])
               for number, point in enumerate(comparison.points)]
    interfaces = {}
    for time, number, _, link, packet in heapq.merge(*(reader.read() for reader in readers),
                                                     key=lambda item: item[:3]):
        if (number, link) not in interfaces:
            interfaces[number, link] = len(interfaces)
            yield make_interface(comparison.points[number], link)
        yield make_packet(time, interfaces[number, link], packet)


def make_interface(point, link):
    name = point.name.encode()[:1000]
    return make_block(INTERFACE, struct.pack("<HHI", link, 0, 262144) + make_option(IF_NAME, name) +
                      make_option(IF_RESOLUTION, b"\x09") + make_option(0, b""))


def make_packet(time, interface, packet):
    kept, whole, data, options, comments = packet
    time = max(time, 0)
    made = make_comments(comments)
    if made and not options:
        options = make_option(0, b"")
    return make_block(PACKET, struct.pack("<IIIII", interface, time >> 32, time & 0xFFFFFFFF, kept,
                                          whole) + data + bytes(-kept % 4) + made + options)


# ---- Comments ----


def comment(comparison):
    """Returns comments, by the number of the point and the frame's."""
    said = collections.defaultdict(lambda: collections.defaultdict(list))
    for connection in comparison.connections:
        for one, other, between in connection.between:
            comment_between(said, one, other, between)
        for number, row in connection.rows():
            if connection.joined.verdict not in GOOD and row["Frame"].isdigit():
                joined = connection.joined
                said[number][int(row["Frame"])].append(
                    f"verdict: {joined.verdict}, {joined.where}: {joined.text}")
    return said


def comment_between(said, one, other, between):
    source, sink = between.passage.source, between.passage.sink
    names = f"{between.source.name} and {between.sink.name}"
    for loss in between.lost:
        said[one][source.frame[loss.i]].append(f"lost between the points {names}")
    for notice, i in between.notices:
        said[one][notice.frame].append(f"made between the points {names}, about frame "
                                       f"{source.frame[i]}: {notice.word}")
    for j in between.held:
        i = between.passage.back[j]
        took = (between.time_out(j) - between.time_in(i)) / SECOND
        for number, frame in ((one, source.frame[i]), (other, sink.frame[j])):
            said[number][frame].append(
                f"held up between the points {names}: {took:.3f} s from frame {source.frame[i]} "
                f"to frame {sink.frame[j]}")
    for j in between.forged:
        said[other][sink.frame[j]].append(
            f"forged between the points {names}: {Teller.kind(sink, j)} that is not in "
            f"{between.source.name}")
