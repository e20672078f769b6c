# packets.py
# The bytes of simulated segments, and of routers' ICMP, where they are captured.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import struct

from kernels.simulate import Icmp
from kernels.stack import ACK, SYN

# ICMPv6's type and code, by ICMP's.
VERSION_6 = {(3, 0): (1, 0), (3, 1): (1, 3), (3, 4): (2, 0), (3, 13): (1, 1), (11, 0): (3, 0)}
QUOTED = 28


def checksum(raw):
    total = sum(struct.unpack(f">{len(raw) // 2}H", raw[:len(raw) // 2 * 2]))
    total += raw[-1] << 8 if len(raw) % 2 else 0
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def text_end(connection):
    """Returns the module's end as Wireshark writes it."""
    machine = connection.module.host_number
    if connection.ipv6:
        return f"[fd00:a::{machine:x}]:{connection.port}"
    high, low = divmod(machine, 250)
    return f"10.0.{high}.{low + 1}:{connection.port}"


def address(connection, side):
    machine = connection.module.host_number
    if connection.ipv6:
        last, net = (machine, b"\x0a") if side == 0 else (1, b"\x0b")
        return b"\xfd\0\0" + net + bytes(10) + struct.pack(">H", last)
    high, low = divmod(machine, 250)
    return bytes((10, 0, high, low + 1)) if side == 0 else b"\xc0\xa8\0\1"


def router(word, ipv6):
    if ipv6:
        return b"\xfd\0\0\xfe" + bytes(11) + bytes([word.router])
    return bytes((10, 254, word.router, 1))


def make_options(segment):
    """Returns a segment's TCP options."""
    socket = segment.sender
    connection = socket.connection
    options = b""
    if segment.flags & SYN:
        options = struct.pack(">BBHBBBB", 2, 4, min(socket.traits.mss, 65495), 1, 3, 3,
                              socket.scale)
        if socket.traits.sack:
            options += b"\1\1\4\2"
    if segment.ts:
        options += b"\1\1\10\12" + struct.pack(">II", *segment.ts)
    if segment.sacks:
        base = connection.isn[1 - socket.side] + 1
        options += b"\1\1\5" + bytes([2 + 8 * len(segment.sacks)])
        for start, end in segment.sacks:
            options += struct.pack(">II", base + start & 0xFFFFFFFF, base + end & 0xFFFFFFFF)
    return options


def make_tcp(segment, port):
    """Returns the TCP header and the payload."""
    socket = segment.sender
    connection, side = socket.connection, socket.side
    options = make_options(segment)
    syn = bool(segment.flags & SYN)
    seq = connection.isn[side] + segment.seq + (not syn) & 0xFFFFFFFF
    ack = connection.isn[1 - side] + segment.ack + 1 & 0xFFFFFFFF if segment.flags & ACK else 0
    ports = (connection.port, port)[::-1 if side else 1]
    return struct.pack(">HHIIBBHHH", *ports, seq, ack, (20 + len(options)) * 4, segment.flags,
                       min(segment.window >> (0 if syn else socket.scale), 65535), 0, 0) + \
        options + segment.payload


def make_ip(connection, side, ttl, ip_id, tcp):
    src, dst = address(connection, side), address(connection, 1 - side)
    if connection.ipv6:
        return struct.pack(">IHBB", 6 << 28, len(tcp), 6, ttl) + src + dst
    head = struct.pack(">BBHHHBBH", 0x45, 0, min(20 + len(tcp), 65535), ip_id, 0x4000, ttl, 6, 0)
    return head + src + dst


def make_icmp(word, ttl, port):
    """Returns the IP packet of a router's word."""
    quoted, connection = word.quoted, word.quoted.sender.connection
    side = quoted.sender.side
    tcp = make_tcp(quoted, port)
    inner = (make_ip(connection, side, word.quoted_ttl, quoted.ip_id, tcp) + tcp)
    kind, code = word.kind, word.code
    if connection.ipv6:
        kind, code = VERSION_6[kind, code]
    inner = inner[:(40 if connection.ipv6 else 20) + QUOTED]
    body = struct.pack(">BBHI", kind, code, 0, word.mtu) + inner
    src, dst = router(word, connection.ipv6), address(connection, side)
    if connection.ipv6:
        body = struct.pack(">BBH", kind, code, checksum(
            src + dst + struct.pack(">II", len(body), 58) + body)) + body[4:]
        return struct.pack(">IHBB", 6 << 28, len(body), 58, ttl) + src + dst + body
    body = struct.pack(">BBH", kind, code, checksum(body)) + body[4:]
    head = struct.pack(">BBHHHBBH", 0x45, 0xC0, 20 + len(body), word.quoted.seq & 0xFFFF, 0, ttl, 1,
                       0) + src + dst
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body


def make_frame(port, vlan, point, segment, ttl):
    """Returns the bytes of a segment, or of a router's word, where it is captured."""
    connection = segment.sender.connection
    if isinstance(segment, Icmp):
        packet, source = make_icmp(segment, ttl, port), b"\2\0\0\0\0\xfe"
    else:
        tcp = make_tcp(segment, port)
        side = segment.sender.side
        packet = make_ip(connection, side, ttl, segment.ip_id, tcp) + tcp
        near = point == 2 * side and segment.foreign is None
        source = segment.machine.mac if near else b"\2\0\0\0\0\2"
    kind = b"\x86\xdd" if connection.ipv6 else b"\x08\0"
    tag = b"" if vlan is None else struct.pack(">HH", 0x8100, vlan)
    return b"\2\0\0\0\0\1" + source + tag + kind + packet
