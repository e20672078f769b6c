# packets.py
# Reads pcapng files as they grow: whole blocks only, each counted if it is a frame.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import dataclasses
import os
import struct

SECTION, INTERFACE, SIMPLE, FRAME = 0x0A0D0D0A, 1, 3, 6
LITTLE = b"\x4d\x3c\x2b\x1a"  # how a section's magic number begins if its numbers are little-endian
LARGEST = 16 << 20            # no block is larger
PIECE = 1 << 20               # bytes read at a time
RESOLUTION = 9                # the option if_tsresol


class Broken(Exception):
    """A file is no pcapng, or not from here on."""


@dataclasses.dataclass
class Place:
    """Where a piece of a file begins, or ends."""
    file: "GrowingFile"
    offset: int
    frames: int  # how many are before it in the file
    time: float  # of the last frame before it, in s since 1970


class GrowingFile:
    """A file of the ring, which dumpcap may still write."""

    def __init__(self, path):
        self.path = path
        self.handle = open(path, "rb")
        self.order = "<"
        self.head = b""        # what precedes the first frame: the section and its interfaces
        self.units = []        # of each interface: how many make a second
        self.begun = None  # time of the first frame
        self.time = 0.0    # of the last one read

    def read(self, offset, frames, longest):
        """Returns the whole blocks that follow, at most a piece of them or what was captured in so
        many seconds, and where they end."""
        data = os.pread(self.handle.fileno(), PIECE, offset)
        end, last, started = 0, None, 0.0
        while end + 12 <= len(data):
            if not offset + end:
                self._read_order(data)
            kind, size = struct.unpack_from(self.order + "II", data, end)
            if size < 12 or size > LARGEST or size % 4:
                raise Broken(f"{self.path} is no pcapng from byte {offset + end} on.")
            if end + size > len(data):
                if not end and size > PIECE:
                    raise Broken(f"{self.path} has a block of {size} bytes.")
                break
            if kind == FRAME:
                when = self._get_time(data, end) or self.time
                if last is not None and when > started + longest:
                    break
                if last is None:
                    started = when
                    self.begun = self.begun or when
                self.time, last = when, end
            if kind in (FRAME, SIMPLE):
                frames += 1
            elif not frames:
                self._add_head(kind, data[end:end + size])
            end += size
        return data[:end], Place(self, offset + end, frames, self.time)

    def _read_order(self, data):
        if data[:4] != struct.pack("<I", SECTION):
            raise Broken(f"{self.path} is no pcapng.")
        self.order = "<" if data[8:12] == LITTLE else ">"

    def _add_head(self, kind, block):
        if kind not in (SECTION, INTERFACE):
            return
        self.head += block
        if kind == INTERFACE:
            self.units.append(self._read_units(block))

    def _read_units(self, block):
        """Returns how many units of an interface's times make a second."""
        place = 16
        while place + 5 <= len(block) - 4:
            option, size = struct.unpack_from(self.order + "HH", block, place)
            if option == RESOLUTION and size == 1:
                value = block[place + 4]
                return 2 ** (value & 0x7F) if value & 0x80 else 10 ** value
            if option == 0:
                break
            place += 4 + size + (-size) % 4
        return 10 ** 6

    def _get_time(self, data, place):
        """Returns the time of the frame whose block is there; None: it is of no known interface."""
        interface, high, low = struct.unpack_from(self.order + "III", data, place + 8)
        if interface >= len(self.units):
            return None
        return ((high << 32) + low) / self.units[interface]
