# test_siblings.py
# Does -z trade,health ask the other connections of the hosts what they showed, and of none that
# is healthy that it is not?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether

from kernels import judge
from trade_pdus import (
    BACKOFFICE, MULTIPLEXER, SETTLEMENT, TRADER, TRADESITE, Capture, Conversation, greeting, ping,
    pong)

SECOND = 1_000_000
MODULES = ((TRADER, "Trader", 1195), (TRADESITE, "Tradesite", 1170), (SETTLEMENT, "Settlement", 1192),
           (BACKOFFICE, "BackOffice", 1203))


class Site:
    """Connections of modules on a host with the Multiplexer, that send Pings each 30 s; times in
    seconds."""

    def __init__(self, count=4, near=0.01, hosts=("10.0.0.1",) * 4):
        self.capture = Capture()
        self.start = self.capture.now + SECOND
        self.lives = []
        for n, (module, name, port) in enumerate(MODULES[:count]):
            conversation = Conversation(self.capture, port, module=hosts[n])
            at = self.start - SECOND // 2 + n * 1000
            conversation.segment("module", flags="S", at=at)
            conversation.segment("multiplexer", flags="SA", at=at + 5000)
            conversation.ack("module", at=at + 5000 + round(near * 1000))
            conversation.module(greeting(module, name))
            self.lives.append((module, conversation))

    def at(self, seconds):
        return self.start + round(seconds * SECOND)

    def beat(self, n, seconds, asking=("module", "multiplexer")):
        """A round of a connection."""
        module, conversation = self.lives[n]
        if "module" in asking:
            conversation.module(ping(module), at=self.at(seconds))
            conversation.multiplexer(pong(MULTIPLEXER), at=self.at(seconds + 0.002))
            conversation.ack("module", at=self.at(seconds + 0.04))
        if "multiplexer" in asking:
            conversation.multiplexer(ping(MULTIPLEXER), at=self.at(seconds + 1))
            conversation.module(pong(module), at=self.at(seconds + 1.002))
            conversation.ack("multiplexer", at=self.at(seconds + 1.04))

    def rounds(self, numbers, first, last, **more):
        for seconds in range(first, last, 30):
            for n in numbers:
                self.beat(n, seconds + n * 4, **more)
        return self

    def lose(self, n, seconds, who="module", peer="multiplexer"):
        """A Ping of a side is lost, again and again, until it gives up after 90 s."""
        module, conversation = self.lives[n]
        asked = ping(module if who == "module" else MULTIPLEXER)
        seq, ack = conversation.ends[who].seq, conversation.ends[peer].seq
        conversation.send(who, asked, at=self.at(seconds))
        for k in range(9):
            conversation.send(who, asked, seq=seq, ack=ack, at=self.at(seconds + 0.3 * 2 ** k))
        conversation.rst(who, at=self.at(seconds + 90), ack=ack)

    def number(self, change):
        """Gives each frame another TTL and IP id: change(its packet) returns both, or None."""
        frames = sorted(self.capture.frames, key=lambda frame: frame[0])
        for i, (when, frame, *rest) in enumerate(frames):
            packet = Ether(frame)
            packet[IP].ttl, packet[IP].id = change(packet)
            del packet[IP].chksum
            frames[i] = (when, bytes(packet), *rest)
        self.capture.frames[:] = frames
        return self



def counts_up(counts, key):
    counts[key] = counts.get(key, 5000 * len(counts)) + 1
    return counts[key] & 0xFFFF


def numbering(key, ttl=lambda packet: 64 if packet[IP].src == "10.0.0.1" else 61):
    """Returns a change for number(): ids count up by what key(packet) returns."""
    counts = {}
    return lambda packet: (ttl(packet), counts_up(counts, key(packet)))


def host(packet):
    return packet[IP].src


def socket(packet):
    return packet[IP].src, packet[IP].sport, packet[IP].dport


def server(packet):
    """Behind the Multiplexer's address are two servers, of which one has Trader only."""
    return packet[IP].src, packet[IP].src != "10.0.0.1" and packet[IP].dport == 1195


def row_of(reader, site, port=1195, options=()):
    rows = reader.health(reader.save(site.capture), *options)
    row, = [row for row in rows if row["Module endpoint"].endswith(f":{port}")]
    others = {judge.said(other) for other in rows if other is not row}
    return judge.said(row), row["Details"], others


PASSES = pytest.mark.parametrize("passes", ((), ("-2",)))


@PASSES
@pytest.mark.parametrize("key, place, says", (
    (host, "network-or-multiplexer", "The other 3 connections of the host of the Multiplexer"),
    (socket, "network-or-multiplexer", "The other 3 connections of the host of the Multiplexer "
     "(192.168.0.1:2107) were well meanwhile: so was that host, or another one behind"),
    (server, "network-or-multiplexer", "The other 3 connections of the host of the Multiplexer"),
))
def test_one_connection_is_forgotten(reader, passes, key, place, says):
    """A firewall forgets it, or its server fails behind a virtual address: a balancer may count the
    IP ids of several servers."""
    site = Site().rounds(range(4), 0, 120).rounds(range(1, 4), 120, 300)
    site.lose(0, 120)
    site.number(numbering(key))
    said, details, others = row_of(reader, site, options=passes)
    assert (said, others) == (("not-delivered", place), {("ok", "-")}), details
    assert says in details


def test_all_connections_are_lost(reader):
    """A host pauses, or the way to it is cut: one cause for all."""
    site = Site().rounds(range(4), 0, 120)
    for n in range(4):
        site.lose(n, 120 + n * 4)
    site.number(numbering(host))
    said, details, others = row_of(reader, site, options=("-2",))
    assert {said} == others == {("not-delivered", "network-or-multiplexer")}, details
    assert "None of the other 3 connections of the host of the Multiplexer (192.168.0.1:2107) was " \
        "well meanwhile: there may be one cause for all, that host or the path to it." in details


@pytest.mark.parametrize("key, who, peer, place", (
    (host, "module", "multiplexer", "network-or-multiplexer"),
    (socket, "module", "multiplexer", "network-or-multiplexer"),
    (socket, "multiplexer", "module", "network-or-module"),
    (host, "multiplexer", "module", "network-or-module"),
))
def test_modules_on_hosts_of_their_own(reader, key, who, peer, place):
    """What the Multiplexer's host does with others is told even where it is not suspected."""
    site = Site(hosts=[f"10.0.0.{n + 1}" for n in range(4)])
    site.rounds(range(4), 0, 120).rounds(range(1, 4), 120, 300)
    site.lose(0, 120, who, peer)
    site.number(numbering(key, lambda packet: 61))
    said, details, others = row_of(reader, site, options=("-2",))
    assert (said, others) == (("not-delivered", place), {("ok", "-")}), details
    assert "The other 3 connections of the host of the Multiplexer (192.168.0.1:2107) were well " \
        "meanwhile: so was that host, or another one behind the same address." in details


@PASSES
@pytest.mark.parametrize("near, ttls, place", (
    (0.01, (64, 61), "module"),                 # at the module's host
    (0.3, (64, 61), "network-or-module"),       # beside it, or so it seems
    (0.01, (63, 61), "cannot-tell"),            # near it, but a router is between
    (30, (61, 64), "network-or-module"),        # at the Multiplexer's host
))
def test_a_module_hangs_and_nobody_else_asks(reader, passes, near, ttls, place):
    """Neither side is seen any more, but other connections are."""
    modules = {"asking": ("module",)}
    site = Site(near=near).rounds(range(4), 0, 120, **modules).rounds(range(1, 4), 120, 330, **modules)
    site.number(numbering(socket, lambda packet: ttls[packet[IP].src != "10.0.0.1"]))
    said, details, others = row_of(reader, site, options=passes)
    assert (said, others) == (("ping-missing", place), {("ok", "-")}), details
    assert "though other connections of the two hosts were, both ways" in details


def test_a_module_hangs_and_no_other_is_there(reader):
    site = Site(count=1).rounds((0,), 0, 120, asking=("module",))
    Conversation(site.capture, 5000, port=80, module="10.9.9.9").module(b"GET /", at=site.at(330))
    site.number(numbering(socket))
    said, details, _ = row_of(reader, site, options=("-2",))
    assert said == ("ping-missing", "cannot-tell"), details


@pytest.mark.parametrize("ways, place", ((("module", "multiplexer"), "module"),
                                         (("module",), "cannot-tell")))
def test_a_module_hangs_beside_another_protocol(reader, ways, place):
    """Connections of the two hosts that are not TRADE's show that the capture ran, if they were
    captured both ways."""
    site = Site(count=1).rounds((0,), 0, 120, asking=("module",))
    other = Conversation(site.capture, 5000, port=8080)
    for seconds in range(0, 330, 10):
        for who in ways:
            other.send(who, b"hello", at=site.at(seconds))
    site.number(numbering(socket))
    said, details, _ = row_of(reader, site, options=("-2",))
    assert said == ("ping-missing", place), details


@PASSES
@pytest.mark.parametrize("key", (host, socket, server))
def test_a_reset_with_another_ttl(reader, passes, key):
    """By a firewall; or, behind a virtual address, by another server, or by a balancer that may count
    the IP ids of all."""
    site = Site().rounds(range(4), 0, 120).rounds(range(1, 4), 120, 300)
    site.lives[0][1].rst("multiplexer", at=site.at(125))
    change = numbering(key)
    site.number(lambda packet: (58, 0) if packet["TCP"].flags.R else change(packet))
    said, details, others = row_of(reader, site, options=passes)
    assert (said, others) == (("reset-foreign", "cannot-tell"), {("ok", "-")}), details
