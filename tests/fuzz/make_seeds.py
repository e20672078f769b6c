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
FIN, SYN, RST, ZERO_WINDOW, REPEAT, WINDOW, ACK, NETWORK = 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80
NUMBERS, OPTIONS, FRAGMENTS, ERROR, VLAN, EXTENSIONS, TUNNEL, TWICE = 1, 2, 4, 8, 16, 32, 64, 128
SCALE, SACK_PERMITTED, SACK, TIMESTAMPS = 1, 2, 4, 8
(NO_TREE, NO_COLUMNS, WRAP, INVISIBLE, BACKWARDS, IPV6, OTHER_PORT, DECODE_AS, REOPEN, SECOND_FILE,
 MODULE_IDS, BETWEEN) = (1 << bit for bit in range(12))
FRAMES_MAX = 60
# What fuzz.sh gives libFuzzer as -max_len.
SIZE_MAX = 1000
PORT = 2107


def settings(choices=0, bits=0, interval=0, limit=0, slow=0, text_module=0):
    """Returns what an input begins with."""
    return struct.pack(">HHBBBB", choices, bits, interval, limit, slow, text_module)


def encode_time(seconds):
    """Returns a time between two segments."""
    milliseconds = round(seconds * 1000)
    if milliseconds < 0:
        return struct.pack(">H", 0x10000 + max(milliseconds, -0x3fff))
    if milliseconds < 0x8000:
        return struct.pack(">H", milliseconds)
    return struct.pack(">H", 0x8000 + min(round(seconds), 0x3fff))


def encode_header(header, repeat, window, acknowledged, network):
    """Returns what announces the header, and the header; nothing where it is the usual one."""
    bits, body = header, b""
    if repeat:
        bits |= REPEAT
        body += bytes([repeat])
    if window is not None:
        bits |= WINDOW
        body += struct.pack(">H", window)
    if acknowledged:
        bits |= ACK
        body += struct.pack(">h", acknowledged)
    if network:
        bits |= NETWORK
        body += network
    return bytes([bits]) + body if bits else b""


def encode_network(bits=0, numbers=None, options=0):
    """Returns what IP and TCP's options say. numbers: IP id and TTL."""
    body = b""
    if numbers:
        bits |= NUMBERS
        body += struct.pack(">HB", *numbers)
    if options:
        bits |= OPTIONS
        body += bytes([options])
    return bytes([bits]) + body


def segment(payload=b"", connection=0, reply=False, distance=0, header=0, cut=0, seconds=None,
            repeat=0, window=None, acknowledged=0, network=b""):
    """Returns one segment in the input's format."""
    bits = connection | (FROM_MULTIPLEXER if reply else 0)
    body = b""
    if distance:
        bits |= SEQUENCE
        body += struct.pack(">h", distance)
    encoded = encode_header(header, repeat, window, acknowledged, network)
    if encoded:
        bits |= HEADER
        body += encoded
    if cut:
        bits |= CUT
        body += struct.pack(">H", cut)
    if seconds is not None:
        bits |= TIME
        body += encode_time(seconds)
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
    for options in (settings(), settings(4), settings(2, WRAP | BACKWARDS), settings(1, NO_TREE),
                    settings(0x18, INVISIBLE | SECOND_FILE)):
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
        for _ in range(12):
            talk += segment(PDUS[2], seconds=10) + segment(PDUS[3], reply=True)
            talk += segment(PDUS[4], reply=True) + segment(PDUS[5])
        talk += segment(PDUS[2], seconds=30, reply=True, header=ZERO_WINDOW)
        yield options + talk + segment(header=RST, seconds=100)
        yield options + talk + segment(header=FIN)
        across = hello + segment(PDUS[4], reply=True) + segment(PDUS[5])
        across += segment(PDUS[7], reply=True, connection=1) + segment(PDUS[8], reply=True, connection=1)
        across += segment(PDUS[10], connection=1) + segment(PDUS[11], reply=True)
        yield options + across + segment(PDUS[15]) + segment(PDUS[9], reply=True)


def handshake(scale=7):
    """Returns a connection's first segments, with the options that hosts use."""
    options = SCALE | SACK_PERMITTED | TIMESTAMPS | scale << 4
    return (segment(header=SYN, network=encode_network(numbers=(1, 128), options=options))
            + segment(header=SYN, reply=True, seconds=0.01,
                      network=encode_network(numbers=(7, 64), options=options))
            + segment(seconds=0.001, network=encode_network(options=TIMESTAMPS))
            + segment(greeting(11, b"BackOffice")))


def rounds(count, seconds=10.0, connection=0, network=b""):
    """Returns Pings of both sides and their Pongs."""
    out = b""
    for _ in range(count):
        out += segment(PDUS[2], connection, seconds=seconds, network=network)
        out += segment(PDUS[3], connection, True, seconds=0.002, network=network)
        out += segment(PDUS[2], connection, True, seconds=seconds / 2, network=network)
        out += segment(PDUS[3], connection, seconds=0.002, network=network)
    return out


def faults():
    """Yields talks in which something goes wrong, as docs/VERDICTS.md has them."""
    healthy = handshake() + rounds(4)
    sack = encode_network(options=SACK | TIMESTAMPS)
    yield healthy + segment(reply=True, window=0) + segment(PDUS[2], reply=True, seconds=20) * 6
    yield healthy + segment(PDUS[2], seconds=10) + segment(PDUS[2], distance=-10, seconds=1) * 7
    yield (healthy + segment(data(12, 2405, b"x" * 90), seconds=3)
           + segment(reply=True, acknowledged=-95, network=sack) * 4
           + segment(data(12, 2405, b"x" * 90), distance=-95, seconds=0.3))
    yield healthy + segment(PDUS[2], seconds=10) + segment(reply=True, seconds=0.04) * 3
    yield healthy + segment(PDUS[2], seconds=10) + segment(PDUS[3], reply=True, seconds=8)
    yield healthy + segment(header=RST, reply=True, seconds=1,
                            network=encode_network(numbers=(9999, 3))) + rounds(2)
    yield healthy + segment(PDUS[2], distance=40, seconds=10) + rounds(3)
    yield healthy + segment(PDUS[2], seconds=-3) + rounds(2) + segment(PDUS[2], seconds=-12)
    yield healthy + segment(seconds=4000) + rounds(2)
    yield healthy + segment(PDUS[4], reply=True) + segment(PDUS[5]) + segment(PDUS[7], reply=True)
    yield healthy + segment(PDUS[2], cut=4, seconds=9) + rounds(2)
    yield healthy + segment(header=FIN, seconds=2) + segment(header=FIN, reply=True) + handshake()
    yield handshake(0) + segment(data(12, 2405, b"y" * 40), repeat=200, window=10) + rounds(3)


def clients():
    """Returns clients' sessions: opened, logged in, with data, closed, on two connections."""
    out = handshake()
    for number in range(3):
        conn_id = struct.pack(">H", 2645 + number)
        out += segment(control(1, b"New Connection", conn_id + b"194.134.005.011\0"), 1, True)
        out += segment(control(1, b"Login", conn_id + b"User%d\000194.134.005.011\0Read\0" % number),
                       0, True, seconds=2.5)
        out += segment(data(11, 2645 + number, b"a <b>text</b>\n"), 0, True)
        out += segment(data(11, 2645 + number, b"{}"), seconds=31)
    return out + segment(control(1, b"Close Connection", conn_id), 0, True, seconds=40)


def network_seeds():
    """Yields talks as networks and settings vary."""
    for bits in (0, BACKWARDS | BETWEEN, REOPEN, SECOND_FILE | IPV6, MODULE_IDS | NO_COLUMNS,
                 OTHER_PORT, OTHER_PORT | DECODE_AS):
        for number, talk in enumerate(faults()):
            yield settings(0, bits, (0, 1, 7)[number % 3], (0, 9)[number % 2], 1) + talk
        yield settings(0, bits, 2, 5, 1, 11) + clients()
        yield settings(0, bits, text_module=12) + handshake() + segment(PDUS[14]) + rounds(1)
    for bit in range(8):
        network = encode_network(1 << bit & ~(NUMBERS | OPTIONS), (300, 63), TIMESTAMPS)
        for bits in (0, IPV6):
            talk = b"".join(segment(part, 1, network=network) for part in cut_up(b"".join(PDUS), 50))
            yield settings(0, bits) + talk + rounds(3, connection=1, network=network)
    for choice in range(12):
        yield settings(1 << choice) + handshake() + rounds(5) + clients()
    for first in range(6):
        body = bytes([first, 1, 2])
        yield settings() + segment(control(6, b"Frobnicate", body)) + segment(PDUS[2])


def capture_seeds(path):
    """Yields a capture's TRADE segments as inputs, each as long as one may be."""
    out, count, next_seq, ports, last = settings(), 0, {}, {}, None
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
        seconds = float(packet.time - last) if last is not None else 0
        header = flags & (FIN | SYN | RST)
        network = encode_network(numbers=(packet[IP].id, packet[IP].ttl))
        item = segment(payload + bytes(cut), connection, reply, distance, header, cut, seconds,
                       window=tcp.window, network=network)
        if count == FRAMES_MAX or (count > 0 and len(out) + len(item) > SIZE_MAX):
            yield out
            out, count = settings(), 0
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
    for number, seed in enumerate([*own_seeds(), *network_seeds()]):
        (args.directory / f"own-{number:04}").write_bytes(seed)
    for path in args.captures:
        for number, seed in enumerate(capture_seeds(path)):
            (args.directory / f"capture-{path.stem}-{number:04}").write_bytes(seed)


if __name__ == "__main__":
    main()
