# test_ways.py
# Is a connection judged the same whichever way its packets and its PDUs come: through tunnels,
# extension headers and fragments, on any port, through a proxy, by whatever calls the dissector?
# And where it cannot be judged, is that said?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import struct

import pytest
from scapy.compat import raw
from scapy.contrib.erspan import ERSPAN_II
from scapy.contrib.gtp import GTP_U_Header
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import (
    ICMP, IP, TCP, UDP, IPOption_LSRR, IPOption_NOP, IPOption_RR, fragment)
from scapy.layers.inet6 import (
    HBHOptUnknown, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting, Jumbo, PadN, RouterAlert, fragment6)
from scapy.layers.ipsec import AH
from scapy.layers.l2 import GRE, CookedLinux, Dot1Q, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.layers.vxlan import VXLAN

from trade_pdus import (
    BACKOFFICE, DOCUMENTSYSTEM, MULTIPLEXER, TRADER, TRADESITE, Capture, Conversation,
    close_connection, data, filler, greeting, login, new_connection, ping, pong, wall_time)
from test_health import SECOND, START, health

PASSES = pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))
IPV6 = {"module": "2001:db8::1", "multiplexer": "2001:db8::2"}
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


def pings_stop(capture, port=20001, syn=True, **more):
    """Trader sends data and Pings, then Pongs only."""
    conversation = Conversation(capture, port, **more)
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


def window_closes(capture, port=20002, **more):
    """The Multiplexer's window falls to zero, and Trader gives up."""
    conversation = Conversation(capture, port, **more).handshake(at=START)
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
    """Both, with times that only this capture has."""
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


def outer_in_fragments(packet):
    outer = IP(id=packet.id, **OUTER) / GRE() / packet
    return [raw(mark(0x800) / part) for part in fragment(outer, 600)]


def ip_length_zero(packet):
    frame = bytearray(raw(mark(0x800) / packet))
    frame[16:18] = bytes(2)
    return [bytes(frame)]


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
                          ERSPAN_II() / mark(0x800) / ip),
    "GTP": after_ether(lambda ip: mark(0x800) / IP(**OUTER) / UDP(sport=2152, dport=2152) /
                       GTP_U_Header(teid=5) / ip),
    "authentication header": after_ether(lambda ip: mark(0x800) / rebuild(
        IP(src=ip.src, dst=ip.dst, ttl=ip.ttl, id=ip.id, flags=ip.flags, proto=51) /
        AH(nh=6, spi=1, seq=1, icv=bytes(12)) / ip.payload)),
    "source route": after_ether(lambda ip: mark(0x800) / rebuild(
        ip, dst="172.16.9.9", options=[IPOption_LSRR(pointer=4, routers=[ip.dst])])),
    "source route at its end": after_ether(lambda ip: mark(0x800) / rebuild(
        ip, options=[IPOption_LSRR(pointer=8, routers=["172.16.9.9"])])),
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


def jumbo(packet):
    """A jumbogram: the length is in a hop-by-hop option, that of the header is 0."""
    hop = IPv6ExtHdrHopByHop(options=[Jumbo(jumboplen=8 + len(packet.payload))])
    frame = bytearray(raw(v6(packet, hop)))
    frame[18:20] = bytes(2)
    return [bytes(frame)]


def in_fragments6(packet, *before, size=700, inside=()):
    made = IPv6(src=packet.src, dst=packet.dst, hlim=packet.hlim)
    for header in (*before, IPv6ExtHdrFragment(id=1 + in_fragments6.count), *inside):
        made = made / header
    in_fragments6.count += 1
    made = made / packet.payload
    parts = fragment6(made, size) if len(raw(made)) > size else [made]
    return [raw(mark(0x86dd) / part) for part in parts]


in_fragments6.count = 0
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
        lambda ip: v6(ip, AH(nh=6, spi=1, seq=1, icv=bytes(12)))),
    "all of them": after_ether(lambda ip: v6(
        ip, IPv6ExtHdrHopByHop(options=OPTIONS), IPv6ExtHdrDestOpt(options=LONG),
        IPv6ExtHdrRouting(segleft=0, addresses=["2001:db8::9"]), IPv6ExtHdrFragment(id=9),
        AH(nh=60, spi=1, seq=1, icv=bytes(12)), IPv6ExtHdrDestOpt(options=OPTIONS))),
    "jumbogram": jumbo,
    "6in4": after_ether(lambda ip: mark(0x800) / IP(proto=41, **OUTER) / ip),
    "GRE": after_ether(lambda ip: mark(0x800) / IP(**OUTER) / GRE(proto=0x86dd) / ip),
    "VLAN": after_ether(lambda ip: mark(0x8100) / Dot1Q(vlan=7, type=0x86dd) / ip),
    "IPv6 in IPv6 in fragments": lambda ip: [
        raw(mark(0x86dd) / part) for part in fragment6(
            IPv6(**OUTER6) / IPv6ExtHdrFragment(id=ip.payload.seq & 0xffffffff or 1) / ip, 700)],
}


def encapsulate(frames, kind, encapsulation):
    """Returns (time, bytes) of the frames' packets in another encapsulation; a packet's parts come
    at its time."""
    return [(time_us, part) for time_us, frame, *_ in frames
            for part in encapsulation(kind(frame[14:]))]


def expected(tshark, **more):
    """The plain capture's table, which says what happened."""
    rows = table(tshark, save(tshark, [frame[:2] for frame in incident(**more)]))
    assert {port: (row["verdict"], row["where"], row["missing"]) for port, (row,) in rows.items()} == {
        20001: ("ping-missing", "module", "0"), 20002: ("peer-not-reading", "multiplexer", "0")}
    return rows


@PASSES
@pytest.mark.parametrize("name", IN_IPV4)
def test_ipv4(tshark, name, passes):
    path = save(tshark, encapsulate(incident(), IP, IN_IPV4[name]))
    assert table(tshark, path, *passes) == expected(tshark)


@PASSES
@pytest.mark.parametrize("name", IN_IPV6)
def test_ipv6(tshark, name, passes):
    path = save(tshark, encapsulate(incident(**IPV6), IPv6, IN_IPV6[name]))
    assert table(tshark, path, *passes) == expected(tshark, **IPV6)


@pytest.mark.parametrize("link, head", (
    (LINUX, lambda ip: raw(CookedLinux(proto=0x800) / ip)), (RAW, raw)), ids=("SLL", "raw IP"))
def test_link_types(tshark, link, head):
    path = save(tshark, encapsulate(incident(), IP, lambda ip: [head(ip)]), link)
    assert table(tshark, path) == expected(tshark)
