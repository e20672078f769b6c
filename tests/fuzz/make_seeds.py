#!/usr/bin/python3
# make_seeds.py
# Writes the fuzzer's first inputs: each capture given as trade_fuzz.c's list of
# segments, and the protocol's own examples.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import logging
import pathlib
import struct

# Of a packet's comment scapy says that it is invalid, whatever it is.
logging.getLogger("scapy").setLevel(logging.CRITICAL + 1)

from scapy.layers.inet import IP, TCP  # noqa: E402
from scapy.layers.l2 import Ether  # noqa: E402, F401
from scapy.utils import rdpcap  # noqa: E402

FROM_MULTIPLEXER, SEQUENCE, HEADER, CUT, TIME, LONG = 0x04, 0x08, 0x10, 0x20, 0x40, 0x80
FIN, SYN, RST, ZERO_WINDOW = 0x01, 0x02, 0x04, 0x08
FRAMES_MAX = 60
# What fuzz.sh gives libFuzzer as -max_len.
SIZE_MAX = 2000
PORT = 2107


def segment(payload=b"", connection=0, reply=False, distance=0, header=0, cut=0, seconds=0):
    """Returns one segment in the input's format."""
    bits = connection | (FROM_MULTIPLEXER if reply else 0)
    body = b""
    if distance:
        bits |= SEQUENCE
        body += struct.pack(">h", distance)
    if header:
        bits |= HEADER
        body += bytes([header])
    if cut:
        bits |= CUT
        body += struct.pack(">H", cut)
    if seconds:
        bits |= TIME
        body += bytes([seconds])
    if len(payload) > 255:
        bits |= LONG
        body += struct.pack(">H", len(payload))
    else:
        body += bytes([len(payload)])
    return bytes([bits]) + body + payload


def control(sender, text, body=b""):
    """Returns a control PDU."""
    rest = text + b"\0" + body
    return struct.pack(">BHH", sender, len(rest) + 5, 0xFFFF) + rest


def data(sender, connection_id, payload):
    """Returns a data PDU."""
    return struct.pack(">BHH", sender, len(payload) + 5, connection_id) + payload


def greeting(sender, name):
    """Returns a greeting."""
    return bytes([sender, len(name)]) + name + b"\0"


CLOCK = bytes.fromhex("071b88aadb46b60c")
PDUS = [
    greeting(11, b"BackOffice"),
    greeting(200, b"TradesiteZep"),
    control(37, b"Ping"),
    control(1, b"Pong"),
    control(1, b"Ping", CLOCK),
    control(37, b"Pong", CLOCK),
    control(1, b"Roundtrip", CLOCK),
    control(1, b"Roundtrip for Module", b"FinancialModule\0" + bytes.fromhex("04acd40a00")),
    control(1, b"New Connection", struct.pack(">H", 2645) + b"194.134.005.011\0"),
    control(1, b"Close Connection", struct.pack(">H", 2645)),
    control(7, b"Login", b"BackOffice\0" + struct.pack(">H", 2645) + b"XXXXXX0011\000194.134.005.011\0Read\0"),
    control(1, b"Login", struct.pack(">H", 2645) + b"XXXXXX0011\000194.134.005.011\0Read\0"),
    control(1, b"ModuleAndClientCount", struct.pack(">HH", 14, 73)),
    control(6, b"Status", b"Running\0"),
    control(6, b"Frobnicate", b"\1\2\3"),
    data(12, 2405, bytes(range(40))),
    data(12, 2405, b""),
]


def cut_up(stream, size):
    """Returns the stream as pieces of size bytes."""
    return [stream[i : i + size] for i in range(0, len(stream), size)]


def own_seeds():
    """Yields the protocol's examples: whole, cut, torn, out of order, after a SYN."""
    hello = segment(header=SYN) + segment(header=SYN, reply=True)
    everything = b"".join(PDUS)
    for options in (b"\0\0", b"\4\0", b"\2\4", b"\1\1", b"\x18\x08"):
        for pdu in PDUS:
            yield options + hello + segment(pdu)
            yield options + segment(pdu, reply=True) + segment(PDUS[2])
        yield options + hello + segment(everything)
        yield options + segment(everything, cut=30) + segment(everything)
        for size in (1, 7, 33):
            pieces = cut_up(everything, size)[: FRAMES_MAX]
            yield options + hello + b"".join(map(segment, pieces))
            late = pieces[:1] + [pieces[2], pieces[1]] + pieces[3:]
            head, tail = late[0], late[3:]
            yield (options + hello + segment(head) + segment(pieces[2], distance=size)
                   + segment(pieces[1], distance=-2 * size) + b"".join(map(segment, tail)))
            yield (options + hello + segment(head) + segment(pieces[2], distance=size)
                   + b"".join(map(segment, tail)) + segment(head, distance=-len(everything)))
        talk = hello + segment(PDUS[0])
        for second in range(12):
            talk += segment(PDUS[2], seconds=10) + segment(PDUS[3], reply=True)
            talk += segment(PDUS[4], reply=True) + segment(PDUS[5])
        talk += segment(PDUS[2], seconds=30, reply=True, header=ZERO_WINDOW)
        yield options + talk + segment(header=RST, seconds=100)
        yield options + talk + segment(header=FIN)
        across = hello + segment(PDUS[4], reply=True) + segment(PDUS[5])
        across += segment(PDUS[7], reply=True, connection=1) + segment(PDUS[8], reply=True, connection=1)
        across += segment(PDUS[10], connection=1) + segment(PDUS[11], reply=True)
        yield options + across + segment(PDUS[15]) + segment(PDUS[9], reply=True)


def capture_seeds(path):
    """Yields a capture's TRADE segments as inputs, each as long as one may be."""
    out, count, next_seq, ports, last = b"\0\0", 0, {}, {}, None
    for packet in rdpcap(str(path)):
        if IP not in packet or TCP not in packet:
            continue
        tcp = packet[TCP]
        if PORT not in (tcp.sport, tcp.dport):
            continue
        flow = (packet[IP].src, tcp.sport, packet[IP].dst, tcp.dport)
        reply = tcp.sport == PORT
        module = flow[2:] if reply else flow[:2]
        connection = ports.setdefault(module, len(ports) % 4)
        flags = int(tcp.flags)
        reported = packet[IP].len - 4 * (packet[IP].ihl + tcp.dataofs)
        payload = bytes(tcp.payload)[:reported]
        cut = min(reported - len(payload), 0xFFFF)
        distance = (tcp.seq - next_seq.get(flow, tcp.seq) + 0x8000) % 0x10000 - 0x8000
        seconds = min(int(packet.time - last), 255) if last is not None else 0
        header = flags & (FIN | SYN | RST) | (ZERO_WINDOW if tcp.window == 0 else 0)
        item = segment(payload + bytes(cut), connection, reply, distance, header, cut, seconds)
        if count == FRAMES_MAX or (count > 0 and len(out) + len(item) > SIZE_MAX):
            yield out
            out, count = b"\0\0", 0
        out += item
        next_seq[flow] = tcp.seq + reported + bool(flags & 2) + bool(flags & 1)
        last = packet.time
        count += 1
    if count > 0:
        yield out


def main():
    parser = argparse.ArgumentParser(description="Writes the fuzzer's first inputs.")
    parser.add_argument("directory", type=pathlib.Path, metavar="DIRECTORY",
                        help="is made if need be")
    parser.add_argument("captures", nargs="*", type=pathlib.Path, metavar="CAPTURE",
                        help="becomes inputs, besides the protocol's examples")
    args = parser.parse_args()
    missing = [str(path) for path in args.captures if not path.is_file()]
    if missing:
        parser.error("no such file: " + ", ".join(missing))
    args.directory.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(own_seeds()):
        (args.directory / f"own-{number:03}").write_bytes(seed)
    for path in args.captures:
        for number, seed in enumerate(capture_seeds(path)):
            (args.directory / f"capture-{path.stem}-{number:03}").write_bytes(seed)


if __name__ == "__main__":
    main()
