# wire.py
# What both ends of a live TRADE connection need: the time as TRADE's clocks have
# it, and PDUs read from a stream.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import datetime
import struct

from trade_pdus import CONTROL

Received = collections.namedtuple("Received", "sender receiver keyword body")


def clock_now():
    """Returns microseconds since 1901 on this machine's wall clock."""
    since = datetime.datetime.now() - datetime.datetime(1901, 1, 1)
    return since // datetime.timedelta(microseconds=1)


async def read_greeting(reader):
    """Reads what a module sends first; returns its id and name."""
    module_id, count = await reader.readexactly(2)
    name = await reader.readexactly(count + 1)
    return module_id, name[:-1].decode("ascii")


async def read_pdu(reader):
    """Reads one PDU; keyword is None and body the payload where it is a data PDU."""
    sender, length, receiver = struct.unpack(">BHH", await reader.readexactly(5))
    body = await reader.readexactly(length - 5)
    if receiver != CONTROL:
        return Received(sender, receiver, None, body)
    keyword, _, body = body.partition(b"\0")
    return Received(sender, receiver, keyword.decode("ascii"), body)


def read_counted(body):
    """Returns the counted integer that a body begins with, or None where it is empty."""
    return int.from_bytes(body[1:1 + body[0]], "little") if body else None
