# trade_pdus.py
# Builders for TRADE's PDUs, for TCP conversations that carry them, and for
# capture files: what captures/make_captures.py and the tests are made of.
#
# Nothing here depends on the time of day, on chance or on the machine: the same
# calls give the same bytes.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import datetime
import logging
import socket
import struct

PORT = 2107
CONTROL = 0xFFFF
MULTIPLEXER, CARPENTER, TRADESITE, SETTLEMENT = 1, 6, 7, 8
BACKOFFICE, TRADER, MARKETCONFIGURATION, DOCUMENTSYSTEM = 11, 12, 13, 37

# ---- Times: microseconds, as integers ----

EPOCH = datetime.datetime(1970, 1, 1)
# The talk's capture was made on this day, in UTC+2.
DAY = datetime.datetime(2014, 6, 5)
UTC_OFFSET = datetime.timedelta(hours=2)


def wall_time(text):
    """Returns the talk's "09:10:04.360322" as microseconds since 1970 in UTC."""
    time = datetime.datetime.strptime(text, "%H:%M:%S.%f").time()
    since = datetime.datetime.combine(DAY, time) - UTC_OFFSET - EPOCH
    return since // datetime.timedelta(microseconds=1)


def clock_at(time_us):
    """Returns what a module's clock in UTC+2 shows then: microseconds since 1901."""
    local = EPOCH + datetime.timedelta(microseconds=time_us) + UTC_OFFSET
    return (local - datetime.datetime(1901, 1, 1)) // datetime.timedelta(microseconds=1)


# ---- PDUs ----


def text(value):
    """Returns a text as it stands on the wire."""
    return (value if isinstance(value, bytes) else value.encode("ascii")) + b"\0"


def counted(value, size):
    """Returns a counted integer of so many bytes."""
    return bytes([size]) + value.to_bytes(size, "little")


def pdu(sender, receiver, payload=b"", length=None):
    """Returns a PDU; length: what its header says, where that is not the truth."""
    if length is None:
        length = 5 + len(payload)
    return struct.pack(">BHH", sender, length, receiver) + payload


def control(sender, keyword, body=b"", length=None):
    return pdu(sender, CONTROL, text(keyword) + body, length)


def data(sender, conn_id, payload):
    return pdu(sender, conn_id, payload)


def ping(sender, clock=None):
    return control(sender, "Ping", b"" if clock is None else counted(clock, 7))


def pong(sender, clock=None):
    return control(sender, "Pong", b"" if clock is None else counted(clock, 7))


def roundtrip(sender, clock):
    return control(sender, "Roundtrip", counted(clock, 7))


def roundtrip_for_module(module, rtt_us, size=4):
    return control(MULTIPLEXER, "Roundtrip for Module", text(module) + counted(rtt_us, size))


def new_connection(conn_id, ip):
    return control(MULTIPLEXER, "New Connection", struct.pack(">H", conn_id) + text(ip))


def close_connection(conn_id):
    return control(MULTIPLEXER, "Close Connection", struct.pack(">H", conn_id))


def login(sender, conn_id, user, ip, module=None, access="Read", end=b"\0"):
    """Returns a Login; Tradesite's own names the module. end: the talk's Logins
    (57 bytes in frame 1245, 46 in 1246) are one byte longer than the fields that
    it names; 15.lua has a 0x00 there."""
    body = b"" if module is None else text(module)
    body += struct.pack(">H", conn_id) + text(user) + text(ip) + text(access) + end
    return control(sender, "Login", body)


def counts(modules, clients):
    return control(MULTIPLEXER, "ModuleAndClientCount", struct.pack(">HH", modules, clients))


def status(sender, value):
    return control(sender, "Status", text(value))


def greeting(module_id, name, count=None):
    """Returns a greeting; count: what it says of its length, where that is not the truth."""
    name = name if isinstance(name, bytes) else name.encode("ascii")
    return bytes([module_id, len(name) if count is None else count]) + name + b"\0"


def filler(size, seed=0):
    """Returns so many bytes of payload that look like nothing in particular."""
    return bytes((seed + 7 * i + i // 251) % 256 for i in range(size))


# ---- Capture files ----


def _block(kind, body):
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _padded(value):
    return value + b"\0" * (-len(value) % 4)


class Capture:
    """The frames of a capture file. Scapy's own writer of pcapng takes times as
    floats, which cannot hold every microsecond, so this class writes the file."""

    def __init__(self, start="09:10:00.000000"):
        self.now = wall_time(start)
        self.frames = []
        self.conversations = 0

    def tick(self, at=None, step=100):
        """Returns the time of the next frame: at, or a little after the one before."""
        self.now = self.now + step if at is None else at
        return self.now

    def add(self, time_us, frame, snap=None, comment=None):
        """Adds a frame; snap: capture only so many of its bytes."""
        self.frames.append((time_us, frame[:snap], len(frame), comment))

    def write(self, path):
        """Writes the frames in order of time; those of one time as they were added."""
        out = [_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
        out.append(_block(1, struct.pack("<HHI", 1, 0, 262144)))
        for time_us, captured, length, comment in sorted(self.frames, key=lambda f: f[0]):
            body = struct.pack("<5I", 0, time_us >> 32, time_us & 0xFFFFFFFF, len(captured), length)
            body += _padded(captured)
            if comment:
                value = comment.encode("utf-8")
                body += struct.pack("<HH", 1, len(value)) + _padded(value) + bytes(4)
            out.append(_block(6, body))
        with open(path, "wb") as file:
            file.write(b"".join(out))
        return path


def merge(captures):
    """Returns a capture of all of these, each at a site of its own: 10.1.0.1 for 10.0.0.1 and
    192.1.0.1 for 192.168.0.1, and so on. They have IPv4 without VLANs, and whole headers."""
    whole = Capture()
    for site, capture in enumerate(captures, 1):
        whole.frames += [(time, b"".join((frame[:27], bytes([site]), frame[28:31], bytes([site]),
                                          frame[32:])), *rest)
                         for time, frame, *rest in capture.frames]
    return whole


def _encode_options(options):
    """Returns TCP's options as bytes."""
    # Without /proc, scapy says what of the network it cannot know. It takes half a second.
    logging.getLogger("scapy").setLevel(logging.CRITICAL + 1)
    from scapy.layers.inet import TCP
    return bytes(TCP(options=options))[20:]


def _checksum(data):
    """Returns IP's and TCP's checksum, as bytes."""
    padded = bytes(data) + bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">H", total ^ 0xFFFF)


MODULE_MAC, MULTIPLEXER_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"


class End:
    """One end of a conversation: its addresses and what it sent so far."""

    def __init__(self, mac, ip, port, seq):
        self.mac, self.ip, self.port, self.seq, self.ip_id = mac, ip, port, seq, seq & 0x7FFF
        self.isn = seq


class Conversation:
    """One TCP connection between a module and the Multiplexer.

    send() and its relatives take "module" or "multiplexer" for who sends. Times
    are the capture's next unless given. A frame with an earlier time than the
    ones before is written before them: that is how segments are reordered."""

    def __init__(self, capture, module_port=None, seqs=None, module="10.0.0.1",
                 multiplexer="192.168.0.1", port=PORT, vlan=None):
        n = capture.conversations = capture.conversations + 1
        seqs = seqs or (1000003 * n, 2000003 * n)
        self.capture, self.vlan = capture, vlan
        self.ends = {
            "module": End(MODULE_MAC, module, module_port or 20000 + n, seqs[0]),
            "multiplexer": End(MULTIPLEXER_MAC, multiplexer, port, seqs[1]),
        }

    def _frame(self, sender, receiver, payload, flags, seq, ack, window, options):
        # By hand, for scapy takes 50 times as long.
        more = _encode_options(options) if options else b""
        bits = sum(1 << "FSRPAU".index(flag) for flag in flags)
        tcp = bytearray(struct.pack(
            ">HHIIBBHHH", sender.port, receiver.port, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
            (20 + len(more)) // 4 << 4, bits, window, 0, 0) + more + payload)
        is_v6 = ":" in sender.ip
        ends = b"".join(socket.inet_pton(socket.AF_INET6 if is_v6 else socket.AF_INET, end.ip)
                        for end in (sender, receiver))
        tcp[16:18] = _checksum(ends + struct.pack(">II", len(tcp), 6) + tcp)
        if is_v6:
            ip = struct.pack(">IHBB", 6 << 28, len(tcp), 6, 127) + ends
        else:
            head = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(tcp), sender.ip_id, 0x4000, 127, 6)
            ip = head + _checksum(head + ends) + ends
        sender.ip_id = (sender.ip_id + 1) & 0xFFFF
        vlan = b"" if self.vlan is None else struct.pack(">HH", 0x8100, self.vlan)
        macs = bytes.fromhex((receiver.mac + sender.mac).replace(":", ""))
        return macs + vlan + (b"\x86\xdd" if is_v6 else b"\x08\x00") + ip + tcp

    def segment(self, who, payload=b"", at=None, flags="PA", seq=None, ack=None, window=511,
                lost=False, snap=None, comment=None, options=()):
        """Sends one segment. seq: sends it from there, and does not advance (a
        retransmission). ack: confirms so much instead of all. lost: it is sent, but
        not captured. snap: so many bytes of the payload are captured. options:
        TCP's, as scapy takes them."""
        sender = self.ends[who]
        receiver = self.ends["multiplexer" if who == "module" else "module"]
        time_us = self.capture.tick(at)
        if ack is None:
            ack = receiver.seq if "A" in flags else 0
        frame = self._frame(sender, receiver, payload, flags, sender.seq if seq is None else seq,
                            ack, window, list(options))
        if not lost:
            keep = None if snap is None else len(frame) - len(payload) + snap
            self.capture.add(time_us, frame, keep, comment)
        if seq is None:
            sender.seq += len(payload) + ("S" in flags) + ("F" in flags)
        return self

    def send(self, who, payload, mss=None, at=None, step=100, **more):
        """Sends bytes in segments of at most mss; mss may be a list of sizes, of
        which the last holds for the rest."""
        sizes = list(mss) if isinstance(mss, (list, tuple)) else [mss or len(payload)]
        while payload:
            size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
            self.segment(who, payload[:size], at=at, **more)
            payload = payload[size:]
            at = None if at is None else at + step
        return self

    def module(self, payload, **more):
        return self.send("module", payload, **more)

    def multiplexer(self, payload, **more):
        return self.send("multiplexer", payload, **more)

    def ack(self, who, **more):
        """Sends a segment without payload; window=0 closes the window."""
        return self.segment(who, flags="A", **more)

    def handshake(self, at=None):
        self.segment("module", flags="S", at=at)
        self.segment("multiplexer", flags="SA")
        return self.ack("module")

    def fin(self, who, payload=b"", **more):
        return self.segment(who, payload, flags="FPA" if payload else "FA", **more)

    def rst(self, who, **more):
        return self.segment(who, flags="RA", **more)

    def skip(self, who, size):
        """Lets bytes go by that nobody captured."""
        self.ends[who].seq += size
        return self
