# test_ways.py
# Is a connection judged the same whichever way its packets and its PDUs come: through tunnels,
# extension headers and fragments, on any port, through a proxy, by whatever calls the dissector?
# And where it cannot be judged, is that said?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import functools
import itertools
import re
import struct
import zlib

import pytest
from scapy.compat import raw
from scapy.contrib.gtp import GTP_U_Header
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import (
    IP, UDP, IPOption_LSRR, IPOption_NOP, IPOption_RR, fragment)
from scapy.layers.inet6 import (
    HBHOptUnknown, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting, PadN, RouterAlert, fragment6)
from scapy.layers.ipsec import AH
from scapy.layers.l2 import GRE, CookedLinux, Dot1Q, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from trade_pdus import (
    BACKOFFICE, MULTIPLEXER, TRADER, TRADESITE, Capture, Conversation,
    close_connection, data, filler, greeting, login, new_connection, ping, pong, status,
    wall_time)
from test_health import SECOND, START, health

PASSES = pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))
ETHERNET, LINUX, RAW = 1, 113, 101


# ---- What happens, whichever way ----


def exchange(conversation, at, module=True):
    """A Ping and a Pong of each side; module: it sends its own Ping."""
    if module:
        conversation.module(ping(TRADER), at=at)
        conversation.multiplexer(pong(MULTIPLEXER), at=at + 500)
        conversation.ack("module", at=at + 700)
    conversation.multiplexer(ping(MULTIPLEXER), at=at + 10000)
    conversation.module(pong(TRADER), at=at + 10500)
    conversation.ack("multiplexer", at=at + 10700)


def pings_stop(capture, syn=True, **more):
    """Trader sends data and Pings, then Pongs only."""
    conversation = Conversation(capture, 20001, **more)
    if syn:
        conversation.handshake(at=START)
        conversation.module(greeting(TRADER, "Trader"), at=START + 1000)
    for n in range(9):
        at = START + SECOND + 30 * n * SECOND
        exchange(conversation, at, n < 5)
        if n < 5:
            conversation.module(data(TRADER, 2405, filler(1395)), at=at + SECOND)
            conversation.ack("multiplexer", at=at + SECOND + 100)
    return conversation


def window_closes(capture, **more):
    """The Multiplexer's window falls to zero, and Trader gives up."""
    conversation = Conversation(capture, 20002, **more).handshake(at=START)
    conversation.module(greeting(TRADER, "Trader"), at=START + 1000)
    for n in range(3):
        exchange(conversation, START + SECOND + 30 * n * SECOND)
    conversation.module(data(TRADER, 2405, filler(1395)), at=START + 62 * SECOND)
    conversation.ack("multiplexer", at=START + 62 * SECOND + 100, window=0)
    for n in range(8):
        conversation.multiplexer(ping(MULTIPLEXER), at=START + (65 + 10 * n) * SECOND, window=0)
        conversation.ack("module", at=START + (65 + 10 * n) * SECOND + 100)
    conversation.rst("module", at=START + 150 * SECOND)
    return conversation


def incident(**more):
    """Both, in the order of time."""
    capture = Capture()
    pings_stop(capture, **more)
    window_closes(capture, **more)
    return sorted(capture.frames, key=lambda frame: frame[0])


def save(tshark, frames, link=ETHERNET, snap=None):
    """Writes (time, bytes) as a capture of a link type; snap: so many bytes of each."""
    tshark.files += 1
    path = tshark.directory / f"ways-{tshark.files}.pcap"
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)]
    for time_us, frame in frames:
        kept = frame[:snap]
        out.append(struct.pack("<IIII", time_us // SECOND, time_us % SECOND, len(kept), len(frame)))
        out.append(kept)
    path.write_bytes(b"".join(out))
    return tshark._readable(path)


KEPT = ("module", "verdict", "where", "since", "module_pings", "module_answered",
        "module_unanswered", "multiplexer_pings", "multiplexer_answered", "multiplexer_unanswered",
        "response_min", "response_max", "longest_gap", "module_closed", "multiplexer_closed",
        "missing")


def table(tshark, path, *options):
    """Returns what the health table says, but for numbers of frames, in the order of ports."""
    rows = health(tshark, path, *options)
    return {port: [{name: row[name] for name in KEPT} for row in rows[port]] for port in sorted(rows)}


# ---- Headers before TCP's ----

OUTER = {"src": "172.16.0.1", "dst": "172.16.0.2"}
OUTER6 = {"src": "2001:db8:f::1", "dst": "2001:db8:f::2"}


ERSPAN_HEADER = Raw(struct.pack(">HHI", 1 << 12 | 7, 3, 0))  # version II


def after_ether(make):
    """An encapsulation that replaces what stands before the IP packet."""
    return lambda packet: [raw(make(packet))]


def mark(kind):
    return Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", type=kind)


def rebuild(packet, **more):
    """Returns an IP packet whose lengths and sums are counted anew."""
    ip = packet.copy()
    for name in ("len", "chksum", "ihl", "plen"):
        if name in ip.fields:
            delattr(ip, name)
    for name, value in more.items():
        setattr(ip, name, value)
    return ip


def in_fragments(packet, size, order=1):
    ip = rebuild(packet, flags=0)
    if len(ip.payload) <= size:
        return [raw(mark(0x800) / ip)]
    return [raw(mark(0x800) / part) for part in fragment(ip, size)][::order]


IDS = itertools.count(1)


def outer_in_fragments(packet):
    outer = IP(id=next(IDS), **OUTER) / GRE() / packet
    return [raw(mark(0x800) / part) for part in fragment(outer, 600)]


def ip_length_zero(packet):
    frame = bytearray(raw(mark(0x800) / packet))
    frame[16:18] = bytes(2)
    return [bytes(frame)]


def replace_tcp(packet, number, content):
    """Returns an IP packet with something else in the place of TCP."""
    made = rebuild(packet, **{"proto" if packet.version == 4 else "nh": number})
    made.remove_payload()
    return made / Raw(content)


def in_esp(packet, spi, check=b""):
    """Returns a packet in ESP that encrypts nothing. check: what authenticates it."""
    inside = raw(packet.payload)
    pad = -(len(inside) + 2) % 4
    return replace_tcp(packet, 50, struct.pack(">II", spi, next(IDS)) + inside +
                       bytes(range(1, pad + 1)) + bytes([pad, 6]) + check)


def compressed(packet):
    pack = zlib.compressobj(wbits=-15)
    return replace_tcp(packet, 108, struct.pack(">BBH", 6, 0, 2) +
                       pack.compress(raw(packet.payload)) + pack.flush())


IN_IPV4 = {
    "plain": after_ether(lambda ip: mark(0x800) / ip),
    "VLAN": after_ether(lambda ip: mark(0x8100) / Dot1Q(vlan=7, type=0x800) / ip),
    "QinQ": after_ether(lambda ip: mark(0x88a8) / Dot1Q(vlan=7, type=0x8100) /
                        Dot1Q(vlan=8, type=0x800) / ip),
    "MPLS": after_ether(lambda ip: mark(0x8847) / MPLS(label=17, s=0) / MPLS(label=18, s=1) / ip),
    "PPPoE": after_ether(lambda ip: mark(0x8864) / PPPoE(sessionid=3) / PPP(proto=0x21) / ip),
    "GRE": after_ether(lambda ip: mark(0x800) / IP(**OUTER) / GRE() / ip),
    "IP in IP": after_ether(lambda ip: mark(0x800) / IP(proto=4, **OUTER) / ip),
    "IP in IP of the same hosts": after_ether(
        lambda ip: mark(0x800) / IP(proto=4, src=ip.src, dst=ip.dst) / ip),
    "IP in IP in IP": after_ether(
        lambda ip: mark(0x800) / IP(proto=4, **OUTER) / IP(proto=4, **OUTER) / ip),
    "IPv4 in IPv6": after_ether(lambda ip: mark(0x86dd) / IPv6(nh=4, **OUTER6) / ip),
    "VXLAN": after_ether(lambda ip: mark(0x800) / IP(**OUTER) / UDP(sport=4000, dport=4789) /
                         VXLAN(vni=9, flags=8) / mark(0x800) / ip),
    "VXLAN in VXLAN": after_ether(
        lambda ip: mark(0x800) / IP(**OUTER) / UDP(sport=4000, dport=4789) / VXLAN(vni=9, flags=8) /
        mark(0x800) / IP(**OUTER) / UDP(sport=4000, dport=4789) / VXLAN(vni=8, flags=8) /
        mark(0x800) / ip),
    "ERSPAN": after_ether(lambda ip: mark(0x800) / IP(**OUTER) / GRE(proto=0x88be, seqnum_present=1) /
                          ERSPAN_HEADER / mark(0x800) / ip),
    "GTP": after_ether(lambda ip: mark(0x800) / IP(**OUTER) / UDP(sport=2152, dport=2152) /
                       GTP_U_Header(teid=5) / ip),
    "authentication header": after_ether(lambda ip: mark(0x800) / rebuild(
        IP(src=ip.src, dst=ip.dst, ttl=ip.ttl, id=ip.id, flags=ip.flags, proto=51) /
        AH(nh=6, payloadlen=4, spi=1, seq=1, icv=bytes(12)) / ip.payload)),
    "source route": after_ether(lambda ip: mark(0x800) / rebuild(
        ip, dst="172.16.9.9", options=[IPOption_LSRR(pointer=4, routers=[ip.dst])])),
    "source route at its end": after_ether(lambda ip: mark(0x800) / rebuild(
        ip, options=[IPOption_LSRR(pointer=8, routers=["172.16.9.9"])])),
    "ESP, decrypted": after_ether(lambda ip: mark(0x800) / in_esp(ip, 1)),
    "ESP with 96 bits, decrypted": after_ether(lambda ip: mark(0x800) / in_esp(ip, 2, 12 * b"\xee")),
    "ESP, found to be plain": after_ether(lambda ip: mark(0x800) / in_esp(ip, 3, 12 * b"\xee")),
    "ESP with 128 bits, found to be plain": after_ether(
        lambda ip: mark(0x800) / in_esp(ip, 3, 16 * b"\xee")),
    "compressed": after_ether(lambda ip: mark(0x800) / compressed(ip)),
    "options": after_ether(lambda ip: mark(0x800) / rebuild(
        ip, options=[IPOption_NOP(), IPOption_RR(pointer=4, routers=["0.0.0.0"] * 8)])),
    "padding": lambda ip: [raw(mark(0x800) / ip) + bytes(46)],
    "length 0": ip_length_zero,
    "fragments": lambda ip: in_fragments(ip, 600),
    "fragments, the last first": lambda ip: in_fragments(ip, 600, -1),
    "tiny fragments": lambda ip: in_fragments(ip, 16),
    "GRE in fragments": outer_in_fragments,
}


def v6(packet, *headers):
    """Returns an IPv6 packet with these extension headers before TCP."""
    made = IPv6(src=packet.src, dst=packet.dst, hlim=packet.hlim)
    for header in headers:
        made = made / header
    return mark(0x86dd) / made / packet.payload


def in_fragments6(packet, *before, size=700, inside=()):
    made = IPv6(src=packet.src, dst=packet.dst, hlim=packet.hlim)
    for header in (*before, IPv6ExtHdrFragment(id=next(IDS)), *inside):
        made = made / header
    made = made / packet.payload
    parts = fragment6(made, size) if len(raw(made)) > size else [made]
    return [raw(mark(0x86dd) / part) for part in parts]


OPTIONS = [RouterAlert(), PadN(optdata=bytes(2))]
LONG = [HBHOptUnknown(otype=0x1e, optdata=bytes(40))]
IN_IPV6 = {
    "plain": after_ether(v6),
    "hop by hop": after_ether(lambda ip: v6(ip, IPv6ExtHdrHopByHop(options=OPTIONS))),
    "long hop by hop": after_ether(lambda ip: v6(ip, IPv6ExtHdrHopByHop(options=LONG))),
    "destination": after_ether(lambda ip: v6(ip, IPv6ExtHdrDestOpt(options=OPTIONS))),
    "routing at its end": after_ether(
        lambda ip: v6(ip, IPv6ExtHdrRouting(segleft=0, addresses=["2001:db8::9"]))),
    "routing": after_ether(lambda ip: mark(0x86dd) / IPv6(
        src=ip.src, dst="2001:db8::9", hlim=ip.hlim) /
        IPv6ExtHdrRouting(segleft=1, addresses=[ip.dst]) / ip.payload),
    "atomic fragment": lambda ip: in_fragments6(ip, size=2000),
    "fragments": in_fragments6,
    "fragments behind hop by hop": lambda ip: in_fragments6(
        ip, IPv6ExtHdrHopByHop(options=OPTIONS)),
    "destination in fragments": lambda ip: in_fragments6(
        ip, inside=(IPv6ExtHdrDestOpt(options=OPTIONS),)),
    "authentication header": after_ether(
        lambda ip: v6(ip, AH(nh=6, payloadlen=4, spi=1, seq=1, icv=bytes(12)))),
    "ESP, decrypted": after_ether(lambda ip: mark(0x86dd) / in_esp(ip, 1)),
    "ESP, found to be plain": after_ether(lambda ip: mark(0x86dd) / in_esp(ip, 3, 12 * b"\xee")),
    "compressed": after_ether(lambda ip: mark(0x86dd) / compressed(ip)),
    "all of them": after_ether(lambda ip: v6(
        ip, IPv6ExtHdrHopByHop(options=OPTIONS), IPv6ExtHdrDestOpt(options=LONG),
        IPv6ExtHdrRouting(segleft=0, addresses=["2001:db8::9"]), IPv6ExtHdrFragment(id=9),
        AH(nh=60, payloadlen=4, spi=1, seq=1, icv=bytes(12)), IPv6ExtHdrDestOpt(options=OPTIONS))),
    "6in4": after_ether(lambda ip: mark(0x800) / IP(proto=41, **OUTER) / ip),
    "GRE": after_ether(lambda ip: mark(0x800) / IP(**OUTER) / GRE(proto=0x86dd) / ip),
    "VLAN": after_ether(lambda ip: mark(0x8100) / Dot1Q(vlan=7, type=0x86dd) / ip),
    "IPv6 in IPv6 in fragments": lambda ip: [
        raw(mark(0x86dd) / part) for part in fragment6(
            IPv6(**OUTER6) / IPv6ExtHdrFragment(id=next(IDS)) / ip, 700)],
}


def encapsulate(frames, kind, encapsulation):
    """Returns (time, bytes) of the frames' packets in another encapsulation; a packet's parts come
    at its time."""
    return [(time_us, part) for time_us, frame, *_ in frames
            for part in encapsulation(kind(frame[14:]))]


def get_esp_options(tshark):
    """Returns what makes Wireshark look into ESP: the keys of two associations, and a guess."""
    more = "" if tshark.version == "4.0" else ',"32-bit"'
    return ("-o", "esp.enable_encryption_decode:TRUE",
            "-o", "esp.enable_null_encryption_decode_heuristic:TRUE",
            *(arg for version in ("IPv4", "IPv6") for spi, check in (
                (1, "NULL"), (2, "ANY 96 bit authentication [no checking]"))
              for arg in ("-o", f'uat:esp_sa:"{version}","*","*","{spi:#x}","NULL","","{check}",""{more}')))


WAYS = [(kind, name) for kind, ways in ((IP, IN_IPV4), (IPv6, IN_IPV6)) for name in ways]


@functools.lru_cache(maxsize=None)
def save_all_ways(tshark):
    """Writes a capture of all ways, a pair of hosts each; returns its path."""
    frames = []
    for number, (kind, name) in enumerate(WAYS):
        hosts = ("10.1.%d.1", "10.1.%d.2") if kind is IP else ("2001:db8:%x::1", "2001:db8:%x::2")
        module, multiplexer = (host % (number + 1) for host in hosts)
        ways = IN_IPV4 if kind is IP else IN_IPV6
        frames += encapsulate(incident(module=module, multiplexer=multiplexer), kind, ways[name])
    return save(tshark, sorted(frames, key=lambda frame: frame[0]))


@functools.lru_cache(maxsize=None)
def all_ways(reader, *options):
    """Returns what happened to each pair of hosts, by their way."""
    found = {}
    for rows in health(reader, save_all_ways(reader.tshark), *get_esp_options(reader.tshark),
                       *options).values():
        for row in rows:
            host, _, port = row["module_end"].rpartition(":")
            number = int(host.split(".")[2]) if "." in host else int(
                host.strip("[]").split(":")[2], 16)
            found.setdefault(WAYS[number - 1], {})[int(port)] = {name: row[name] for name in KEPT}
    return found


@PASSES
@pytest.mark.parametrize("kind, name", WAYS, ids=lambda way: getattr(way, "__name__", way))
def test_the_way_does_not_matter(reader, kind, name, passes):
    found = all_ways(reader, *passes)
    plain = found[kind, "plain"]
    assert [(plain[port]["verdict"], plain[port]["where"], plain[port]["missing"])
            for port in (20001, 20002)] == [
        ("ping-missing", "module", "0"), ("peer-not-reading", "multiplexer", "0")]
    assert found.get((kind, name)) == plain


def jumbogram(size):
    """Returns frames of IPv6 in which Trader sends data PDUs of so many bytes in one segment, then
    its Pings stop."""
    capture = Capture()
    conversation = Conversation(capture, 20001, module="2001:db8::1", multiplexer="2001:db8::2")
    conversation.handshake(at=START).module(greeting(TRADER, "Trader"), at=START + 1000)
    frames = [each[:2] for each in capture.frames]
    payload = b"".join(data(TRADER, 2405, filler(995)) for _ in range(size // 1000))
    for n in range(9):
        count = len(capture.frames)
        exchange(conversation, START + SECOND + 30 * n * SECOND, n < 5)
        if n < 5:
            conversation.segment("module", at=START + (2 + 30 * n) * SECOND)
            conversation.ends["module"].seq += len(payload)
            conversation.ack("multiplexer")
        for at, frame, *_ in capture.frames[count:]:
            if n < 5 and at == START + (2 + 30 * n) * SECOND:
                options = bytes([6, 0, 0xc2, 4]) + struct.pack(">I", 28 + len(payload))
                frame = frame[:18] + bytes(3) + frame[21:54] + options + frame[54:] + payload
            frames.append((at, frame))
    return frames


@PASSES
@pytest.mark.parametrize("size", (70_000, 90_000))
def test_jumbograms(tshark, size, passes):
    path = save(tshark, jumbogram(size))
    (row,), = health(tshark, path, *passes).values()
    assert (row["verdict"], row["where"], row["missing"], row["module_pings"]) == (
        "ping-missing", "module", "0", "5")
    frames = tshark.values(path, "trade.receiver", options=("-Y", "trade.data", *passes))
    assert [len(receivers.split(",")) for receivers, in frames] == 5 * [size // 1000]


@pytest.mark.parametrize("link, head", (
    (LINUX, lambda ip: raw(CookedLinux(proto=0x800) / ip)), (RAW, raw)), ids=("SLL", "raw IP"))
def test_link_types(reader, link, head):
    path = save(reader.tshark, encapsulate(incident(), IP, lambda ip: [head(ip)]), link)
    plain = save(reader.tshark, [each[:2] for each in incident()])
    assert table(reader, path, "-2") == table(reader, plain, "-2")


# ---- How a connection becomes TRADE's ----


@pytest.fixture(scope="module", name="elsewhere")
def fixture_elsewhere(tshark):
    """A capture of another port, and what is said of it where that is TRADE's by preference."""
    path = save(tshark, [each[:2] for each in incident(port=9999)])
    return path, table(tshark, path, "-o", "trade.tcp.port:9999")


@pytest.mark.parametrize("option", ("tcp.port==9999,trade", "tcp.port==20001-20002,trade"))
def test_decode_as(tshark, elsewhere, option):
    """The user may name either end; the Multiplexer is where its PDUs come from."""
    path, by_preference = elsewhere
    assert {row["verdict"] for row, in by_preference.values()} == {
        "ping-missing", "peer-not-reading"}
    assert table(tshark, path, "-d", option) == by_preference


LUA = """
local trade = Dissector.get("trade")
local wrapper = Proto("wrapper", "Wrapper")
function wrapper.dissector(tvb, pinfo, tree)
  return trade:call(tvb, pinfo, tree)
end
DissectorTable.get("tcp.port"):add(9999, %s)
"""


@pytest.mark.parametrize("what", ("trade", "wrapper"))
def test_lua(tshark, elsewhere, what):
    """A script gives the port to TRADE, or calls it without what TCP tells."""
    directory = tshark.make_directory()
    script = directory / "ways.lua"
    script.write_text(LUA % what)
    script.chmod(0o644)
    path, wanted = elsewhere
    got = table(tshark, path, "-X", f"lua_script:{script}")
    assert {port: (row["verdict"], row["where"], row["module_pings"], row["multiplexer_answered"])
            for port, (row,) in got.items()} == {
        port: (row["verdict"], row["where"], row["module_pings"], row["multiplexer_answered"])
        for port, (row,) in wanted.items()}


def proxied(kind):
    """Pings stop behind a proxy, to which the module speaks first."""
    capture = Capture()
    port = {"SOCKS": 1080, "PROXY": 9999}.get(kind, 3128)
    conversation = Conversation(capture, 20001, port=port).handshake(at=START - 2 * SECOND)
    if kind == "SOCKS":
        conversation.module(b"\x05\x01\x00").multiplexer(b"\x05\x00")
        conversation.module(b"\x05\x01\x00\x01\xc0\xa8\x00\x01" + struct.pack(">H", 2107))
        conversation.multiplexer(b"\x05\x00\x00\x01\xc0\xa8\x00\x01" + struct.pack(">H", 2107))
    elif kind == "PROXY":
        conversation.module(b"PROXY TCP4 172.16.0.9 192.168.0.1 4242 2107\r\n")
    else:
        host = b"192.168.0.1:2107" if kind == "HTTP" else b"multiplexer.lan:2107"
        conversation.module(b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (host, host))
        conversation.multiplexer(b"HTTP/1.1 200 Connection established\r\n\r\n")
    for n in range(9):
        at = START + SECOND + 30 * n * SECOND
        exchange(conversation, at, n < 5)
        if n < 5:
            conversation.module(data(TRADER, 2405, filler(3000)), mss=1400, at=at + SECOND)
            conversation.ack("multiplexer", at=at + SECOND + 1000)
    return [each[:2] for each in capture.frames]


@PASSES
@pytest.mark.parametrize("kind", ("SOCKS", "HTTP", "HTTP by name", "PROXY"))
def test_proxies(reader, kind, passes):
    row, = health(reader, save(reader.tshark, proxied(kind)), *passes)[20001]
    assert (row["verdict"], row["where"], row["missing"], row["module_pings"],
            row["multiplexer_answered"]) == ("ping-missing", "module", "0", "5", "9")


# ---- A Multiplexer that is found out late ----


@pytest.mark.parametrize("options", ((), ("-d", "tcp.port==40001-40003,trade"),
                                     ("-d", "tcp.port==50000,trade")),
                         ids=("heuristic", "the modules' ports", "the Multiplexer's"))
def test_a_multiplexer_on_a_high_port(reader, options):
    """Sessions are of one Multiplexer, and keep their users, whenever it shows which end it is."""
    capture = Capture()
    firsts = ("control", "data", "several")
    for site, first in enumerate(firsts):
        ends = {"module": f"10.0.{site}.1", "multiplexer": f"192.168.{site}.1", "port": 50000}
        tradesite = Conversation(capture, 40001, **ends)
        backoffice = Conversation(capture, 40002, **ends)
        if first != "control" and options:
            backoffice.module(data(BACKOFFICE, 2405, filler(30)))
        if first == "several" and options:
            tradesite.module(data(TRADESITE, 2405, filler(30)))
        for conversation, sender in ((tradesite, TRADESITE), (backoffice, BACKOFFICE)):
            conversation.module(ping(sender)).multiplexer(pong(MULTIPLEXER))
        for n in range(3):
            conn_id = 2643 + n
            tradesite.multiplexer(new_connection(conn_id, "194.134.005.011"))
            tradesite.multiplexer(
                login(TRADESITE, conn_id, f"ann{n}", "194.134.005.011", "BackOffice"))
            backoffice.multiplexer(login(BACKOFFICE, conn_id, f"ann{n}", "194.134.005.011"))
            backoffice.module(data(BACKOFFICE, conn_id, filler(40)))
            tradesite.multiplexer(close_connection(conn_id))
    path = reader.save(capture)
    users = reader.values(path, "trade.session", "trade.session.username", options=(
        *options, "-2", "-Y", "trade.receiver >= 2643 && trade.receiver <= 2645"))
    assert [user for _, user in users] == len(firsts) * ["ann0", "ann1", "ann2"]
    rows = [row for rows in health(reader, path, *options).values() for row in rows]
    assert sorted(row["multiplexer_end"] for row in rows) == sorted(
        2 * [f"192.168.{site}.1:50000" for site in range(len(firsts))])
    assert sorted(row["module"] for row in rows) == 3 * ["BackOffice"] + 3 * ["Tradesite"]


@pytest.mark.parametrize("module", ("10.0.0.1", "203.0.113.1"))
def test_which_end_is_the_modules(reader, module):
    """On another port, without a SYN: the one that sent the first control PDU that is whole, unless
    one of the Multiplexer's shows otherwise; if there was none, that of the higher port."""
    capture = Capture()
    first, other = (Conversation(capture, port, module=module, port=9999)
                    for port in (40001, 40002))
    none = Conversation(capture, 40003, module=module, multiplexer="192.168.0.2", port=9999)
    first.module(ping(203)).multiplexer(login(204, 2643, "ann", "194.134.005.011"))
    other.multiplexer(login(204, 2644, "bob", "194.134.005.012")).module(ping(203))
    other.multiplexer(pong(MULTIPLEXER))
    none.multiplexer(status(204, "on")[:-1]).module(data(204, 2645, filler(30)))
    rows = health(reader, reader.save(capture))
    assert {port: (row["module"], row["multiplexer_end"]) for port, (row,) in rows.items()} == {
        40001: ("Unknown (203)", "192.168.0.1:9999"), 40002: ("Unknown (203)", "192.168.0.1:9999"),
        40003: (f"{module}:40003", "192.168.0.2:9999")}


# ---- Two connections of the same addresses and ports ----


def verdicts(reader, frames, *options):
    path = save(reader.tshark, sorted((each[:2] for each in frames), key=lambda each: each[0]))
    return [(row["verdict"], row["where"])
            for rows in health(reader, path, *options).values() for row in rows]


def talk(capture, start, seqs, count=8, syn=True, fin=True, **more):
    conversation = Conversation(capture, 20001, seqs=seqs, **more)
    if syn:
        conversation.handshake(at=start)
        conversation.module(greeting(TRADER, "Trader"), at=start + 1000)
    for n in range(count):
        exchange(conversation, start + SECOND + 30 * n * SECOND)
    if fin:
        conversation.fin("module", at=start + 30 * count * SECOND)
        conversation.fin("multiplexer").ack("module")
    return conversation


def in_vxlan(frames, vni):
    return [(time_us, raw(mark(0x800) / IP(**OUTER) / UDP(sport=4000, dport=4789) /
                          VXLAN(vni=vni, flags=8) / frame)) for time_us, frame, *_ in frames]


SEQS = {"far": (900_000_000, 2_000_000_000), "near": (1_500_000, 3_000_000)}


def two_networks(way="VLAN", seqs=SEQS["far"], syn=True, shift=2.5 * SECOND):
    one, other = Capture(), Capture()
    talk(one, START, (1000, 5000), syn=syn, vlan=10 if way == "VLAN" else None)
    talk(other, START + int(shift), seqs, syn=syn, vlan=20 if way == "VLAN" else None)
    frames = [in_vxlan(capture.frames, vni) if way == "VXLAN" else [
        (time_us, (bytes([2, 0, 0, 0, vni, 1]) if way == "MAC" else frame[:6]) + frame[6:])
        for time_us, frame, *_ in capture.frames] for vni, capture in ((1, one), (2, other))]
    return frames[0] + frames[1]


@pytest.mark.parametrize("syn", (True, False), ids=("SYN", "no SYN"))
@pytest.mark.parametrize("seqs", SEQS.values(), ids=SEQS)
@pytest.mark.parametrize("way", ("VLAN", "VXLAN", "MAC"))
@pytest.mark.parametrize("shift", (2.5 * SECOND, 75 * SECOND), ids=("interleaved", "later"))
def test_two_networks_with_the_same_hosts(reader, way, seqs, syn, shift):
    got = verdicts(reader, two_networks(way, seqs, syn, shift), "-2")
    assert got and set(got) == {("capture-hole", "cannot-tell")}


def stray_syn():
    """A SYN of the same ends, which the Multiplexer answers with what it waits for."""
    capture = Capture()
    conversation = talk(capture, START, (1000, 5000), count=3, fin=False)
    conversation.segment("module", flags="S", seq=77_000_000, at=START + 80 * SECOND)
    conversation.ack("multiplexer")
    for n in range(3, 6):
        exchange(conversation, START + SECOND + 30 * n * SECOND)
    return capture.frames


@PASSES
@pytest.mark.parametrize("make", (two_networks, stray_syn))
def test_what_cannot_be_one_connection(reader, make, passes):
    assert set(verdicts(reader, make(), *passes)) == {("capture-hole", "cannot-tell")}


def one_after_the_other():
    capture = Capture()
    talk(capture, START, (1000, 5000))
    talk(capture, START + 400 * SECOND, SEQS["far"])
    return capture.frames


def after_a_crash():
    """The Multiplexer's last bytes are in flight when the module begins anew."""
    capture = Capture()
    conversation = talk(capture, START, (1000, 5000), fin=False)
    talk(capture, START + 250 * SECOND, SEQS["far"])
    conversation.multiplexer(data(TRADER, 2405, filler(50)), at=START + 250 * SECOND + 150)
    return capture.frames


def failover():
    """Halfway, the module's host takes another network card."""
    capture = Capture()
    talk(capture, START, (1000, 5000))
    frames = sorted(capture.frames, key=lambda frame: frame[0])
    half = len(frames) // 2
    return frames[:half] + [(at, frame[:6] + bytes([2, 0, 0, 0, 9, 9]) + frame[12:])
                            for at, frame, *_ in frames[half:]]


def asymmetric():
    """Each direction in a VLAN of its own."""
    capture = Capture()
    talk(capture, START, (1000, 5000))
    return [(at, frame[:12] + struct.pack(">HH", 0x8100, frame[5]) + frame[12:])
            for at, frame, *_ in capture.frames]


def copied(delay):
    """A mirror port shows each frame in two VLANs."""
    capture = Capture()
    talk(capture, START, (1000, 5000))
    return [(at + vlan * delay, frame[:12] + struct.pack(">HH", 0x8100, 10 + vlan) + frame[12:])
            for at, frame, *_ in capture.frames for vlan in (0, 1)]


def copied_soon():
    return copied(30)


def copied_late():
    return copied(5000)


@pytest.mark.parametrize("make", (one_after_the_other, after_a_crash, failover, asymmetric,
                                  copied_soon, copied_late))
def test_one_network_is_not_taken_for_two(reader, make):
    assert {verdict for verdict, _ in verdicts(reader, make(), "-2")} == {"ok"}
    if make is copied_late:
        assert {verdict for verdict, _ in verdicts(reader, make())} == {"ok"}


# ---- What cannot be seen ----


@PASSES
def test_headers_without_payload_are_told_of(reader, passes):
    path = save(reader.tshark, [each[:2] for each in incident()], snap=54)
    rows = health(reader, path, *passes)
    assert {port: [(row["verdict"], row["where"]) for row in rows[port]] for port in rows} == {
        20001: [("capture-hole", "cannot-tell")], 20002: [("capture-hole", "cannot-tell")]}


@PASSES
@pytest.mark.parametrize("snap", (38, 46, 49, 50, 53))
def test_cut_headers_are_told_of(tshark, snap, passes):
    """TCP gives up before its header ends, or even before it knows of a connection."""
    path = save(tshark, [each[:2] for each in incident()], snap=snap)
    rows = health(tshark, path, *passes)
    for port, first in ((20001, 1), (20002, 2)):
        row, = rows[port]
        assert (row["verdict"], row["where"], row["frame"], row["module_end"], row["end"]) == (
            "capture-hole", "cannot-tell", str(first), f"10.0.0.1:{port}", "open")
        assert re.fullmatch(r"The TCP header of \d+ frames is not in the capture as a whole, .* "
                            r"first in frame \d+: .*", row["cause"])
        _, text = row["cause"].split(" Filter: ")
        assert tshark.values(path, "frame.number", options=("-Y", text))[0] == (str(first),)


# ---- What is not TRADE's ----


def test_other_connections_take_no_memory(tshark):
    """One connection is recognised; of the others, nothing is kept."""
    capture = Capture()
    Conversation(capture, 20001, port=9999).module(ping(TRADER)).multiplexer(pong(MULTIPLEXER))
    for port in range(200):
        Conversation(capture, 30000 + port, port=8081).handshake().module(b"x" * 20)
    rows = health(tshark, tshark.save(capture))
    assert list(rows) == [20001]
