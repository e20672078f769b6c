# clocks.py
# The TCP timestamps of simulated hosts.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import random
import struct

RATES = (None, None, 1000, 1000, 1000, 250, 100, 10, 1)  # ticks a second; None: it sends none


class Clock:
    """A host's clock, as its timestamps show it on one connection."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.rate = rng.choice(RATES)
        self.first = rng.randrange(2**32)
        self.drift = 1 + rng.uniform(-100, 100) / 1_000_000
        # That of a virtual machine stands still while it is moved.
        self.stands_still = rng.random() < 0.5

    def stamp(self, segment):
        """Returns the timestamp of a segment."""
        time = segment.sent
        if self.stands_still:
            time -= sum(min(end, segment.sent) - begin
                        for begin, end in segment.sender.pauses if begin < segment.sent)
        return int(self.first + time * self.drift * self.rate) & 0xFFFFFFFF


def make_option(clocks, segment, side):
    """Returns the option of a segment, or nothing: both hosts have to send it, and who resets in
    another's name does not."""
    if any(clock.rate is None for clock in clocks) or segment.foreign is not None or \
            not segment.has_id:
        return b""
    echo = clocks[1 - side].stamp(segment.echo) if segment.echo else 0
    return struct.pack(">BBBBII", 1, 1, 8, 10, clocks[side].stamp(segment), echo)
