# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes random TRADE traffic and knows the truth about it.

A direction of a connection is a list of PDUs and a list of segments that cut
its bytes at places of their own. All randomness comes from the caller's
random.Random, so that a seed names a capture.
"""
import struct
from dataclasses import dataclass, field

PORT = 2107
MODULES = {1: "Multiplexer", 6: "CarpenterUpdate", 7: "Tradesite", 8: "Settlement",
           11: "BackOffice", 12: "Trader", 13: "MarketConfiguration", 14: "MarginManagement",
           20: "TranquilizerUpdate", 21: "Zap", 37: "DocumentSystem", 57: "Razzamatazz",
           93: "Zep", 99: "Scripting"}
HEADERS = 54  # Ethernet, IPv4 and TCP before the payload


@dataclass
class Pdu:
    """A greeting or PDU. fields: (name, value) in wire order, as tshark shows them."""
    raw: bytes
    fields: list
    info: str
    kind: str
    start: int = 0  # offset in its direction's bytes
    head: int = 0   # so many bytes make it recognisable: header, keyword and 00

    @property
    def end(self):
        return self.start + len(self.raw)

    @property
    def key(self):
        return tuple(self.fields)


@dataclass
class Frame:
    """One segment of a direction; payload is raw[start:end] of it."""
    stream: int
    to_server: bool
    start: int
    end: int
    flags: int = 0x18
    seq_shift: int = 0  # -1: the SYN


@dataclass
class Stream:
    module: int
    port: int
    pdus: dict = field(default_factory=dict)   # by to_server
    raw: dict = field(default_factory=dict)
    isn: dict = field(default_factory=dict)


def text(random, low=1, high=20):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._-"
    return "".join(random.choice(letters) for _ in range(random.randint(low, high)))


def counted(value, size):
    return bytes([size]) + value.to_bytes(size, "little")


def header(sender, length, receiver):
    return struct.pack(">BHH", sender, length, receiver)


def clock(random):
    return 3579412204816491 + random.randrange(10**12)


def make_body(random, sender, keyword):
    """Returns the body, its fields and what Info says in place of the keyword."""
    ident = random.randrange(65536)
    ip = ".".join("%03d" % random.randrange(256) for _ in range(4))
    user, module = text(random), random.choice(list(MODULES.values()))
    if keyword in ("Ping", "Pong"):
        if random.random() < 0.3:
            return b"", [], keyword
        value = clock(random)
        return counted(value, 7), [("ping_clock", str(value))], keyword
    if keyword == "Roundtrip":
        value = clock(random)
        return counted(value, 7), [("roundtrip_clock", str(value))], keyword
    if keyword == "Roundtrip for Module":
        size = random.choice((3, 4))
        value = random.randrange(256**size)
        return (module.encode() + b"\0" + counted(value, size),
                [("module", module), ("rtt_time", value / 1000)],
                "Roundtrip for Module %s is %.3f ms" % (module, value / 1000))
    if keyword == "New Connection":
        return (struct.pack(">H", ident) + ip.encode() + b"\0",
                [("conn_id", str(ident)), ("client_ip", ip)],
                "New Connection from %s (id=%d)" % (ip, ident))
    if keyword == "Close Connection":
        return (struct.pack(">H", ident), [("conn_id", str(ident))],
                "Connection closed (id=%d)" % ident)
    if keyword == "Login":
        first = sender == 7
        body = (module.encode() + b"\0" if first else b"") + struct.pack(">H", ident)
        body += b"\0".join([user.encode(), ip.encode(), b"Read", b""])
        fields = [("module", module)] if first else []
        fields += [("conn_id", str(ident)), ("username", user), ("client_ip", ip),
                   ("access", "Read")]
        return body, fields, "User %s logged in from %s%s (id=%d)" % (
            user, ip, " to " + module if first else "", ident)
    if keyword == "ModuleAndClientCount":
        clients = random.randrange(65536)
        return (struct.pack(">HH", ident, clients),
                [("module_count", str(ident)), ("client_count", str(clients))],
                "ModuleAndClientCount, Modules: %d, Clients: %d" % (ident, clients))
    if keyword == "Status":
        return user.encode() + b"\0", [("status", user)], "Status: " + user
    body = random.randbytes(random.randrange(40))
    return body, [("data", body.hex())] if body else [], keyword + " (Unknown keyword)"


KEYWORDS = ["Ping", "Pong", "Roundtrip", "Roundtrip for Module", "New Connection",
            "Close Connection", "Login", "ModuleAndClientCount", "Status"]


def make_control(random, sender, keyword=None):
    if keyword is None:
        keyword = random.choice(KEYWORDS) if random.random() < 0.95 else "X" + text(random, 1, 12)
    body, fields, said = make_body(random, sender, keyword)
    name = keyword.encode() + b"\0"
    length = 5 + len(name) + len(body)
    return Pdu(header(sender, length, 0xffff) + name + body,
               [("sender", str(sender)), ("length", str(length)), ("receiver", "65535"),
                ("keyword", keyword)] + fields,
               "%s -> Control, %s, len=%d" % (MODULES[sender], said, length), "control",
               head=5 + len(name))


def make_payload(random, size, hostile):
    """Payload of a data PDU; a hostile one looks like PDUs or like greetings."""
    kind = random.choice(["random", "text"] + ["pdus", "pieces", "greeting", "same"] * hostile)
    out = b""
    if kind == "random":
        return random.randbytes(size)
    if kind == "text":
        return (text(random, 20, 60).encode() * (size // 20 + 1))[:size]
    if kind == "same":
        return random.choice((b"\0", b"\xff", b"\x05", b"\x01\0\x05\xff\xff"))[:5] * size
    if kind == "greeting":
        name = random.choice(list(MODULES.values())).encode()
        out = bytes([11, len(name)]) + name + b"\0"
    while len(out) < size:
        out += make_control(random, random.choice(list(MODULES))).raw
        if kind == "pieces":
            cut = random.randrange(len(out))
            out = out[:cut] + out[cut + random.randrange(4):]
    return out


def make_data(random, sender, size, hostile):
    payload = make_payload(random, size - 5, hostile)[:size - 5] if size > 5 else b""
    size = 5 + len(payload)
    receiver = random.randrange(65535)
    return Pdu(header(sender, size, receiver) + payload,
               [("sender", str(sender)), ("length", str(size)), ("receiver", str(receiver))] +
               ([("data", payload.hex())] if payload else []),
               "%s -> %d, len=%d" % (MODULES[sender], receiver, size), "data")


def make_greeting(module):
    name = MODULES[module]
    return Pdu(bytes([module, len(name)]) + name.encode() + b"\0",
               [("sender", str(module)), ("length", str(len(name))), ("greeting", name)],
               "Setting up connection to " + name, "greeting")


def pick_size(random, large):
    dice = random.random()
    if dice < 0.4:
        return random.randint(5, 60)
    if dice < 0.9 or not large:
        return random.randint(5, 1500)
    if dice < 0.995:
        return random.randint(1000, 8000)
    return random.choice((65535, 65534, random.randint(30000, 65535)))


def make_pdus(random, module, to_server, count, hostile, large):
    out = [make_greeting(module)] if to_server and random.random() < 0.8 else []
    while len(out) < count:
        sender = module if to_server or random.random() < 0.2 else 1
        if random.random() < 0.6:
            out.append(make_control(random, sender))
        else:
            out.append(make_data(random, module, pick_size(random, large), hostile))
    at = 0
    for pdu in out:
        pdu.start = at
        at += len(pdu.raw)
    return out


def cut(random, pdus, style):
    """Returns the places where the bytes of a direction are cut into segments."""
    total = pdus[-1].end
    ends = [pdu.end for pdu in pdus]
    cuts, at, nxt = [0], 0, 0
    while at < total:
        mode = style if style != "mixed" else random.choice(("pdu", "several", "any", "full"))
        while ends[nxt] <= at:
            nxt += 1
        if mode == "pdu":
            step = ends[nxt] - at
        elif mode == "several":
            step = ends[min(nxt + random.randrange(12), len(ends) - 1)] - at
        elif mode == "full":
            step = 1460
        elif mode == "tiny":
            step = random.randint(1, 9)
        else:
            step = random.randint(1, 1460)
        at = min(at + min(step, 1460), total)
        cuts.append(at)
    return cuts


# Below TRADE's port, those that Wireshark registers other protocols for.
CONTESTED = (1080, 1090, 1099, 1102, 1153, 1194, 1213, 1300, 1344, 1433, 1521, 1533, 1547, 1723, 1755,
             1861, 1863, 1883, 1900, 1935, 1978, 1979, 1998, 2000, 2001, 2065, 2099)


def pick_ports(random, count):
    """Returns so many ports of modules; every other one is contested."""
    ports = set()
    while len(ports) < count:
        port = random.choice(CONTESTED) if len(ports) % 2 else random.randint(1024, 65535)
        ports |= {port} - {PORT}
    return sorted(ports)


class Capture:
    """Streams, and the frames of the capture in order."""
    snap = None  # so many bytes of each frame are captured

    def __init__(self, random, streams=6, pdus=60, hostile=True, large=True, styles=None,
                 wrap=True):
        self.streams, self.frames = [], []
        queues, ports = [], pick_ports(random, streams)
        for number in range(streams):
            module = random.choice([m for m in MODULES if m != 1])
            stream = Stream(module, ports[number])
            style = (styles or ["pdu", "several", "any", "full", "mixed", "tiny"])
            style = style[number % len(style)]
            for to_server in (True, False):
                made = make_pdus(random, module, to_server, pdus, hostile,
                                 large and style != "tiny")
                stream.pdus[to_server] = made
                stream.raw[to_server] = b"".join(pdu.raw for pdu in made)
                first = random.randrange(2**31)
                stream.isn[to_server] = random.choice((first, 2**32 - 3000)) if wrap else first
                cuts = cut(random, made, style)
                queues.append([Frame(number, to_server, a, b) for a, b in zip(cuts, cuts[1:])])
            self.streams.append(stream)
            self.frames += [Frame(number, True, 0, 0, 0x02, -1),
                            Frame(number, False, 0, 0, 0x12, -1), Frame(number, True, 0, 0, 0x10)]
        while queues:
            queue = random.choice(queues)
            for _ in range(min(random.randint(1, 8), len(queue))):
                self.frames.append(queue.pop(0))
            if not queue:
                queues.remove(queue)

    def write(self, path):
        """Writes the frames as pcap; what a frame acknowledges is of no interest here."""
        out = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)]
        acks = {}
        for number, frame in enumerate(self.frames):
            raw = make_frame(self.streams[frame.stream], frame, acks)
            kept = raw[:self.snap]
            out.append(struct.pack("<IIII", 1401952204 + number // 1000, number % 1000 * 1000,
                                   len(kept), len(raw)) + kept)
        path.write_bytes(b"".join(out))


def make_frame(stream, frame, acks):
    payload = stream.raw[frame.to_server][frame.start:frame.end]
    seq = (stream.isn[frame.to_server] + 1 + frame.start + frame.seq_shift) % 2**32
    this, other = (frame.stream, frame.to_server), (frame.stream, not frame.to_server)
    acks[this] = max(acks.get(this, 0), frame.end)
    ack = (stream.isn[not frame.to_server] + 1 + acks.get(other, 0)) % 2**32
    module, server = (b"\x0a\0\0\1", stream.port), (b"\xc0\xa8\0\1", PORT)
    src, dst = (module, server) if frame.to_server else (server, module)
    tcp = struct.pack(">HHIIBBHHH", src[1], dst[1], seq, ack if frame.flags & 0x10 else 0,
                      0x50, frame.flags, 8192, 0, 0)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0x4000, 64, 6, 0)
    return (b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + src[0] + dst[0] + tcp + payload)
