# test_ends.py
# What routers say by ICMP, connections that end together, attempts to connect that fail:
# does -z trade,health say so, and accuse nobody whom the capture does not prove to be at fault?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import re

import pytest

from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach, ICMPv6PacketTooBig, ICMPv6TimeExceeded, IPv6)
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from test_health import MOST_WAYS, OPTIONS, Life, beat, health, linux
from trade_pdus import TRADER, Capture, Conversation, data, filler, greeting, ping

BEGIN = "09:59:00.000000"
ROUTER, ROUTER_6 = "10.0.0.254", "fd00::fe"


def read(reader, capture, *options):
    """Returns the rows of a capture by the module's port, of which each has one."""
    return {port: row for port, (row,) in health(reader, reader.save(capture), *options).items()}


def expect(row, verdict, where, cause=""):
    assert (row["verdict"], row["where"]) == (verdict, where), row["cause"]
    assert re.search(cause, row["cause"]), row["cause"]


def change(capture, **fields):
    """Changes fields in the IP header of the newest frame."""
    when, frame, length, comment = capture.frames[-1]
    packet = Ether(frame)
    ip = packet[IP] if IP in packet else packet[IPv6]
    for name, value in fields.items():
        setattr(ip, name, value)
    if IP in packet:
        del ip.chksum
    capture.frames[-1] = (when, bytes(packet), length, comment)


# ---- What routers say ----


def say(capture, message, at, router=None, quoted_ttl=126, ttl=255, size=None, seq=0):
    """Adds an ICMP message about the newest frame, as it was when it came to the router. size: so many
    bytes of the quoted packet. seq: how far its sequence number is moved."""
    quoted = Ether(capture.frames[-1][1]).payload
    quoted[TCP].seq += seq
    if IP in quoted:
        quoted.ttl = quoted_ttl
        del quoted.chksum
        outside = IP(src=router or ROUTER, dst=quoted.src, ttl=ttl)
    else:
        quoted.hlim = quoted_ttl
        outside = IPv6(src=router or ROUTER_6, dst=quoted.src, hlim=ttl)
    capture.add(Life.time(at), bytes(Ether() / outside / message / Raw(bytes(quoted)[:size])))


def unreachable(code, **more):
    return ICMP(type=3, code=code, **more)


IPV6 = {"module": "fd00::1", "multiplexer": "fd00:1::1"}
PROHIBITED = "router 10.0.0.254 said in frame 27 of frame 26: communication prohibited"

# What is said about the third of eight sendings of a Ping, and what is to be said of it.
MESSAGES = {
    "prohibited": (unreachable(13), {}, "network", PROHIBITED + ", so they were lost in the network"),
    "prohibited, in 8 bytes": (unreachable(13), {"size": 28}, "network", PROHIBITED),
    "host prohibited": (unreachable(10), {}, "network", "host prohibited"),
    "too large": (unreachable(4, nexthopmtu=1400), {}, "network",
                  "fragmentation needed, at most 1400 bytes, so"),
    "expired": (ICMP(type=11, code=0), {"quoted_ttl": 1}, "network", "time to live exceeded"),
    "expired, they say": (ICMP(type=11, code=0), {"quoted_ttl": 2}, None, ""),
    "not put together": (ICMP(type=11, code=1), {"quoted_ttl": 1}, None, ""),
    "no such port": (unreachable(3), {}, None, ""),
    "host unreachable": (unreachable(1), {}, "network-or-multiplexer",
                         "its host is gone.* Besides, router 10.0.0.254 said in frame 27 of frame "
                         "26: host unreachable[.]"),
    "network unreachable": (unreachable(0), {}, "network-or-multiplexer", "network unreachable"),
    "prohibited by the host": (unreachable(13), {"router": "192.168.0.1"}, "network-or-multiplexer",
                               "Besides, the host 192.168.0.1 said in frame 27"),
    "prohibited by its sender": (unreachable(13), {"router": "10.0.0.1"}, None, ""),
    "of bytes before": (unreachable(13), {"seq": -1}, None, ""),
    "of bytes behind": (unreachable(13), {"seq": 10}, None, ""),
    "of the last byte": (unreachable(13), {"seq": 9}, "network", "communication prohibited"),
    "quoted before it was sent": (unreachable(13), {"quoted_ttl": 128}, None, ""),
    "quoted where it was sent": (unreachable(13), {"quoted_ttl": 127}, "network", ""),
    "from far": (unreachable(13), {"quoted_ttl": 126, "ttl": 246}, "network", ""),
    "from too far": (unreachable(13), {"quoted_ttl": 126, "ttl": 245}, None, ""),
    "too near": (unreachable(13), {"quoted_ttl": 118}, None, ""),
    "near": (unreachable(13), {"quoted_ttl": 119}, "network", ""),
    "prohibited, IPv6": (ICMPv6DestUnreach(code=1), IPV6, "network",
                         "router fd00::fe said in frame 27 of frame 26: communication prohibited"),
    "unreachable, IPv6": (ICMPv6DestUnreach(code=3), IPV6, "network-or-multiplexer",
                          "address unreachable"),
    "no route, IPv6": (ICMPv6DestUnreach(code=0), IPV6, "network-or-multiplexer", "no route"),
    "too large, IPv6": (ICMPv6PacketTooBig(mtu=1300), IPV6, "network",
                        "packet too big, at most 1300 bytes"),
    "expired, IPv6": (ICMPv6TimeExceeded(code=0), {"quoted_ttl": 0, **IPV6}, "network",
                      "hop limit exceeded"),
}


def told(message, more, told_at=91.4001, waits=(0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4)):
    """A Ping that is never acknowledged, and a message about one of its sendings."""
    capture = Capture(BEGIN)
    ends = {name: more[name] for name in IPV6 if name in more}
    more = {name: value for name, value in more.items() if name not in IPV6}
    life = beat(linux(capture, **ends), 0, 3)
    seq, ack = life.conversation.ends["module"].seq, life.unheard("module")
    life.send("module", ping(TRADER), 90, ack=ack)
    for wait in waits:
        if 90 + wait > told_at and message:
            say(capture, message, told_at, **more)
            message = None
        life.send("module", ping(TRADER), 90 + wait, seq=seq, ack=ack)
    if message:
        say(capture, message, told_at, **more)
    life.conversation.rst("module", at=life.time(180), ack=ack)
    return capture


# Those that are read in one pass, too: what of a message counts does not depend on it.
IN_ONE_PASS = ("prohibited", "of bytes behind", "prohibited, IPv6")


@pytest.mark.parametrize("name, options", [
    (name, OPTIONS[way]) for name in MESSAGES for way in OPTIONS
    if "two passes" in way or (way == "default" and name in IN_ONE_PASS)])
def test_router(reader, name, options):
    message, more, where, cause = MESSAGES[name]
    row = read(reader, told(message, more), *options)[1195]
    expect(row, "not-delivered", where or "network-or-multiplexer", cause)
    assert ("said in frame" in row["cause"]) == (where is not None)


def test_router_that_speaks_after_the_last_sending(reader):
    """What is not retransmitted may have been acknowledged, had it been."""
    row = read(reader, told(unreachable(13), {}, told_at=115.5))[1195]
    expect(row, "not-delivered", "network-or-multiplexer")
    assert "said in frame" not in row["cause"]


def test_router_that_is_not_right(reader):
    """The connection goes on well."""
    capture = Capture(BEGIN)
    life = beat(linux(capture), 0, 3)
    seq, ack = life.conversation.ends["module"].seq, life.unheard("module")
    life.send("module", ping(TRADER), 90, ack=ack)
    say(capture, unreachable(13), 90.1)
    life.send("module", ping(TRADER), 90.2, seq=seq, ack=ack)
    beat(life, 4, 9)
    row = read(reader, capture)[1195]
    assert row["verdict"] != "not-delivered" and "said in frame" not in row["cause"]


def test_black_hole(reader):
    """Large segments do not get further, small ones do."""
    capture = Capture(BEGIN)
    life = beat(linux(capture), 0, 3)
    module = life.conversation.ends["module"]
    seq, ack = module.seq, life.unheard("module")
    payload = data(TRADER, 2405, filler(1455))
    life.send("module", payload, 85, ack=ack)
    for wait in (0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4):
        life.send("module", payload, 85 + wait, seq=seq, ack=ack)
        say(capture, unreachable(4, nexthopmtu=1400), 85 + wait + 0.001, size=28)
    life.conversation.rst("module", at=life.time(180), ack=ack)
    expect(read(reader, capture)[1195], "not-delivered", "network",
           "sent its bytes of .* router 10.0.0.254 said .*: fragmentation needed, at most 1400 bytes")


def test_the_cause_is_on_the_message(tshark):
    path = tshark.save(told(*MESSAGES["prohibited"][:2]))
    assert tshark.values(path, "frame.number", options=("-2", "-Y", "trade.cause")) == [
        ("23",), ("27",), ("32",)]


def test_a_message_is_no_segment(reader):
    """What it quotes counts as neither sent nor heard again."""
    rows = [read(reader, told(message, {}))[1195] for message in (unreachable(13), None)]
    assert "8 times in 25.400 s" in rows[0]["cause"] and "8 times in 25.400 s" in rows[1]["cause"]
    for column in ("module_pings", "module_unanswered", "multiplexer_pings", "longest_gap", "missing"):
        assert rows[0][column] == rows[1][column]


# ---- Connections that end together ----

MODULES = 12


def platform(capture, count=MODULES, multiplexer="192.168.0.1", hosts=1, begun=True):
    """Connections of modules to one Multiplexer, healthy for three rounds."""
    lives = [Life(capture, 4000 + n, 20 + n, f"Module{n}", interval=30, phase=n * 0.01,
                  is_start_captured=begun, module=f"10.0.{n % hosts}.1", multiplexer=multiplexer)
             for n in range(count)]
    for life in lives:
        beat(life, 0, 3)
    return lives


def reset_all(lives, at=80, who="multiplexer", apart=0.001):
    for n, life in enumerate(lives):
        life.conversation.rst(who, at=life.time(at + n * apart))


def close_all(lives, at=80, who="multiplexer", apart=0.001):
    other = "module" if who == "multiplexer" else "multiplexer"
    for n, life in enumerate(lives):
        life.conversation.fin(who, at=life.time(at + n * apart))
        life.conversation.fin(other, at=life.time(at + n * apart + 0.0003))


def knock(capture, port, at, answer=None, host="10.0.0.1", multiplexer="192.168.0.1", **fields):
    """An attempt to connect: answered by an RST ("refused"), by a connection ("accepted"), or not."""
    conversation = Conversation(capture, port, module=host, multiplexer=multiplexer)
    conversation.segment("module", flags="S", at=Life.time(at))
    if answer == "refused":
        conversation.segment("multiplexer", flags="RA", at=Life.time(at + 0.0002))
    elif answer == "accepted":
        conversation.segment("multiplexer", flags="SA", at=Life.time(at + 0.0002))
    if fields:
        change(capture, **fields)
    if answer == "accepted":
        conversation.ack("module", at=Life.time(at + 0.0004))
        conversation.module(greeting(20, "Module0"), at=Life.time(at + 0.0006))
    return conversation


def resend_syn(conversation, at, waits=(1, 3, 7)):
    for wait in waits:
        seq = conversation.ends["module"].isn
        conversation.segment("module", flags="S", at=Life.time(at + wait), seq=seq)


@MOST_WAYS
@pytest.mark.parametrize("hosts", (1, 12))
def test_all_reset_at_once(reader, hosts, options):
    """Whoever did it: a firewall can reset connections in the Multiplexer's name."""
    capture = Capture(BEGIN)
    reset_all(platform(capture, hosts=hosts))
    rows = read(reader, capture, *options)
    assert len(rows) == MODULES
    for row in rows.values():
        expect(row, "ended-together", "network-or-multiplexer",
               "its host ended 12 of its 12 connections within 0.011 s, from .* 0 by FIN and 12 by RST")
        assert row["summary"] == "Multiplexer's side ended 12 of 12 connections within 0.011 s"


def test_all_reset_and_then_refused(reader):
    """A firewall can do both, with the TTL and the IP ids of the host."""
    capture = Capture(BEGIN)
    reset_all(platform(capture))
    for n in range(5):
        knock(capture, 5000 + n, 85 + 10 * n, "refused")
    knock(capture, 5010, 140, "accepted")
    rows = read(reader, capture)
    for port in range(4000, 4000 + MODULES):
        expect(rows[port], "ended-together", "network-or-multiplexer",
               "or a firewall reset them in its name[.] "
               "Then it refused 5 attempts to connect, first at .*After 60.000 s it answered such an "
               "attempt, at ")
    expect(rows[5000], "refused", "network-or-multiplexer", "in 5 attempts of its host with 5 SYNs "
           ".* 5 RSTs refused them, first at .*with TTL 127: that of the host's other frames, which a "
           "firewall can give it as well, .*in its name. After 55.000 s one was answered")
    assert set(rows) == {*range(4000, 4000 + MODULES), 5000, 5010}


@pytest.mark.parametrize("fields", ({"ttl": 63}, {"ttl": 126}), ids=str)
def test_all_reset_and_then_refused_by_another(reader, fields):
    """Nor does another TTL tell who it was."""
    capture = Capture(BEGIN)
    reset_all(platform(capture))
    knock(capture, 5000, 85, "refused", **fields)
    rows = read(reader, capture)
    expect(rows[4000], "ended-together", "network-or-multiplexer", "or a firewall reset them")
    expect(rows[5000], "refused", "network-or-multiplexer", "no other frame of the host has it")


def test_all_reset_by_rsts_that_do_not_fit(reader):
    capture = Capture(BEGIN)
    for life in platform(capture):
        life.conversation.rst("multiplexer", at=life.time(80))
        change(capture, ttl=63, id=0)
    knock(capture, 5000, 85, "refused")
    expect(read(reader, capture)[4003], "ended-together", "network-or-multiplexer",
           "or a firewall reset them")


def test_all_closed_and_connected_anew(reader):
    """A FIN is sent by the host itself."""
    capture = Capture(BEGIN)
    close_all(platform(capture))
    knock(capture, 5000, 85, "accepted", ttl=63)
    expect(read(reader, capture)[4000], "ended-together", "multiplexer", "After 5.000 s it answered")


@pytest.mark.parametrize("answer", ("refused", None))
def test_all_closed_and_not_connected_anew(reader, answer):
    capture = Capture(BEGIN)
    close_all(platform(capture))
    knock(capture, 5000, 85, answer)
    expect(read(reader, capture)[4000], "ended-together", "multiplexer",
           "Then it refused 1 attempt" if answer else "Of 1 SYN to it since then, none was answered")


def test_another_machine_answers(reader):
    capture = Capture(BEGIN)
    reset_all(platform(capture))
    conversation = Conversation(capture, 5000)
    conversation.segment("module", flags="S", at=Life.time(85))
    conversation.segment("multiplexer", flags="SA", at=Life.time(85.0002))
    change(capture, ttl=126)
    conversation.ack("module")
    conversation.module(greeting(20, "Module0"))
    expect(read(reader, capture)[4000], "ended-together", "network-or-multiplexer",
           "with TTL 126 instead of 127: by another machine, or over another path")


def send_from(capture, first, host, card):
    """The host's frames from that one on come from a network card, over no router."""
    for number, (when, frame, length, comment) in enumerate(capture.frames[first:], first):
        packet = Ether(frame)
        if packet[IP].src == host:
            packet.src, packet.ttl = card, 128
            del packet[IP].chksum
            capture.frames[number] = (when, bytes(packet), length, comment)


@pytest.mark.parametrize("card, where, cause", [
    ("02:00:00:00:00:01", "network-or-multiplexer", r"an attempt to connect, at [^,]* \(frame \d+\)\."),
    ("02:00:00:00:00:02", "network-or-multiplexer", "from another network card: of another machine, "
     "or another one of it")], ids=("same", "other"))
def test_connections_begin_on_a_card(reader, card, where, cause):
    capture = Capture(BEGIN)
    reset_all(platform(capture))
    before = len(capture.frames)
    for n in range(3):
        knock(capture, 5000 + n, 85 + n, "accepted")
    send_from(capture, 0, "192.168.0.1", "02:00:00:00:00:01")
    send_from(capture, before, "192.168.0.1", card)
    expect(read(reader, capture)[4000], "ended-together", where, cause)


@pytest.mark.parametrize("is_heard, where, cause", [
    (True, "network-or-multiplexer", "12 of its 13 connections within 13.2"),
    # Their host may have captured, and paused: then the Multiplexer may have given them up.
    (False, "cannot-tell", "nothing of the host of Module11 .* came here for 2[0-9][.0-9]* s")])
def test_a_standby_that_knows_of_no_connection(reader, is_heard, where, cause):
    """It resets each as soon as something comes of its module."""
    capture = Capture(BEGIN)
    lives = platform(capture)
    other = Life(capture, 4099, 99, "Other", interval=30, module="10.0.0.1")
    for at in range(1, 105, 5 if is_heard else 30):
        other.send("module", ping(99), at)
        other.ack("multiplexer", at + 0.04)
    for n, life in enumerate(lives):
        at = 90.2 + 1.2 * n
        life.send("module", ping(20 + n), at)
        conversation = life.conversation
        conversation.segment("multiplexer", flags="R", at=life.time(at + 0.0003))
    expect(read(reader, capture)[4011], "ended-together", where, cause)


def test_all_of_a_host_reset_at_once(reader):
    """Of another host, none is."""
    capture = Capture(BEGIN)
    lives = platform(capture, hosts=2)
    reset_all(lives[::2], who="module")
    for life in lives[1::2]:
        beat(life, 3, 5)
    rows = read(reader, capture)
    expect(rows[4000], "ended-together", "network-or-module", "6 of its 6 connections")
    expect(rows[4001], "ok", "-")


NOT_TOGETHER = {
    "closed, and that was all": lambda lives, capture: close_all(lives),
    "modules close": lambda lives, capture: (close_all(lives, who="module"),
                                             knock(capture, 5000, 85, "accepted")),
    "not at once": lambda lives, capture: reset_all(lives, apart=0.6),
    "two of twelve": lambda lives, capture: reset_all(lives[:2]),
    "half of them": lambda lives, capture: reset_all(lives[:6]),
}


@pytest.mark.parametrize("name", NOT_TOGETHER)
def test_not_together(reader, name):
    capture = Capture(BEGIN)
    NOT_TOGETHER[name](platform(capture), capture)
    expect(read(reader, capture)[4000], "ok", "-")


@pytest.mark.parametrize("count, verdict", ((1, "ok"), (2, "ended-together")))
def test_all_that_there_are(reader, count, verdict):
    capture = Capture(BEGIN)
    reset_all(platform(capture, count))
    assert read(reader, capture)[4000]["verdict"] == verdict


@pytest.mark.parametrize("snap, verdict", ((54, "capture-hole"), (None, "ended-together")))
def test_ends_where_no_pings_are_captured(reader, snap, verdict):
    """Whether anything was wrong before is not known."""
    capture = Capture(BEGIN)
    reset_all(platform(capture))
    capture.frames = [(when, frame[:snap], length, comment)
                      for when, frame, length, comment in capture.frames]
    assert read(reader, capture)[4000]["verdict"] == verdict


@pytest.mark.parametrize("count, verdict", ((6, "ok"), (7, "ended-together")))
def test_most_of_them(reader, count, verdict):
    capture = Capture(BEGIN)
    reset_all(platform(capture)[:count])
    assert read(reader, capture)[4000]["verdict"] == verdict


@pytest.mark.parametrize("apart, count", ((1.0 / 11, 12), (1.0 / 10, 11)))
def test_within_a_second(reader, apart, count):
    capture = Capture(BEGIN)
    reset_all(platform(capture), apart=apart)
    assert f"ended {count} of its 12" in read(reader, capture)[4000]["cause"]


def test_modules_that_give_up_together_have_their_reason(reader):
    """Nobody answers them: then they are not at fault for their resets."""
    capture = Capture(BEGIN)
    lives = platform(capture)
    beat(Life(capture, 1170, TRADER, "Trader", interval=30, multiplexer="192.168.1.1"), 0, 6)
    for n, life in enumerate(lives):
        life.send("module", ping(20 + n), 90 + n * 0.01)
        life.ack("multiplexer", 90.04 + n * 0.01)
    reset_all(lives, at=180, who="module")
    rows = read(reader, capture)
    assert {rows[life.conversation.ends["module"].port]["verdict"] for life in lives} == {
        "ping-unanswered"}


# ---- Attempts to connect ----


@MOST_WAYS
def test_refused(reader, options):
    """By somebody of whom nothing else is known."""
    capture = Capture(BEGIN)
    for n in range(3):
        knock(capture, 5000 + n, 10 * n, "refused")
    (row,) = read(reader, capture, *options).values()
    expect(row, "refused", "network-or-multiplexer",
           "tried to connect to the Multiplexer [(]192.168.0.1:2107[)], in 3 attempts of its host "
           "with 3 SYNs from .* [(]frame 1[)] on: 3 RSTs refused them, first at .* [(]frame 2[)], with "
           "TTL 127: no other frame of the host has it.* None was answered until the end of the "
           "capture[.] Filter: ")
    assert row["module_end"] == "10.0.0.1:5000" and row["frame"] == "2"
    assert re.match("3 attempts to connect: 3 refused, from ..:..:.. on$", row["summary"])


@MOST_WAYS
def test_not_answered(reader, options):
    capture = Capture(BEGIN)
    beat(linux(capture), 0, 3)
    for n in range(4):
        resend_syn(knock(capture, 5000 + n, 100 + 20 * n), 100 + 20 * n)
    row = read(reader, capture, *options)[5000]
    expect(row, "connect-unanswered", "network-or-multiplexer",
           "in 4 attempts of its host with 16 SYNs .* neither an answer nor a refusal")
    assert row["summary"].startswith("4 attempts to connect not answered, from ")


def test_not_answered_by_nobody(reader):
    """Whether there is such a host is not known."""
    capture = Capture(BEGIN)
    resend_syn(knock(capture, 5000, 100), 100)
    expect(read(reader, capture)[5000], "connect-unanswered", "cannot-tell",
           "nor did any other frame of that host: whether it exists is not known")


@pytest.mark.parametrize("code, where", ((13, "network"), (1, "network-or-multiplexer")))
def test_not_answered_but_by_a_router(reader, code, where):
    capture = Capture(BEGIN)
    beat(linux(capture), 0, 3)
    conversation = knock(capture, 5000, 100)
    say(capture, unreachable(code), 100.001, size=28)
    resend_syn(conversation, 100)
    expect(read(reader, capture)[5000], "connect-unanswered", where,
           "About a SYN, router 10.0.0.254 said in frame")


def test_answered_at_last(reader):
    capture = Capture(BEGIN)
    beat(linux(capture), 0, 3)
    for n in range(3):
        resend_syn(knock(capture, 5000 + n, 100 + 20 * n), 100 + 20 * n)
    knock(capture, 5009, 160, "accepted")
    rows = read(reader, capture)
    expect(rows[5000], "connect-unanswered", "network-or-multiplexer", "After 60.000 s one was answered")
    assert 5001 not in rows and rows[5009]["verdict"] == "idle"


@MOST_WAYS
def test_another_connects_meanwhile(reader, options):
    """What failed is said of the connection whose SYNs were not answered, not of one that was."""
    capture = Capture(BEGIN)
    beat(linux(capture), 0, 3)
    late = knock(capture, 5000, 100)
    resend_syn(late, 100, (1, 2.2))
    knock(capture, 5001, 102.6, "accepted")
    resend_syn(late, 100, (3,))
    late.segment("multiplexer", flags="SA", at=Life.time(103.008))
    late.ack("module", at=Life.time(103.009))
    late.module(greeting(21, "Module1"), at=Life.time(103.01))
    rows = read(reader, capture, *options)
    expect(rows[5000], "connect-unanswered", "network-or-multiplexer",
           "in 1 attempt of its host with 3 SYNs .* After 3.008 s one was answered")
    expect(rows[5001], "idle", "-")


@pytest.mark.parametrize("waits, rows", (((1,), 0), ((1, 1.9), 0), ((1, 2), 1), ((3,), 0)))
def test_how_many_syns(reader, waits, rows):
    capture = Capture(BEGIN)
    resend_syn(knock(capture, 5000, 100), 100, waits)
    assert len(read(reader, capture)) == rows


ANSWERED = {
    "by a SYN": lambda conversation: conversation.segment("multiplexer", flags="SA"),
    "as its ACK shows": lambda conversation: conversation.ack("module", seq=conversation.ends["module"].seq),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_answered(reader, name):
    """Where the answer itself need not be in the capture."""
    capture = Capture(BEGIN)
    conversation = knock(capture, 5000, 100)
    ANSWERED[name](conversation)
    resend_syn(conversation, 100)
    assert not read(reader, capture)


def test_reset_that_does_not_answer(reader):
    """It acknowledges another SYN, or none."""
    capture = Capture(BEGIN)
    for n, (flags, ack) in enumerate((("R", 0), ("RA", 7))):
        conversation = knock(capture, 5000 + n, 100 + n)
        conversation.segment("multiplexer", flags=flags, ack=ack)
    assert not read(reader, capture)


def test_frames_captured_twice(reader):
    capture = Capture(BEGIN)
    knock(capture, 5000, 100, "refused")
    for n in range(2):
        when, *rest = capture.frames[n]
        capture.frames.append((when + 1000, *rest))
    # CONTRIBUTING, known problems.
    cause = "in 1 attempt of its host with 1 SYN .* 1 RST refused them"
    if reader.tshark.version != "4.0":
        cause = "in 2 attempts of its host with 2 SYNs .* 2 RSTs refused them"
    expect(read(reader, capture)[5000], "refused", "network-or-multiplexer", cause)


def test_a_scan_has_no_more_rows_than_are_kept(reader):
    """Of hosts that refuse, and of ports of one host."""
    capture = Capture(BEGIN)
    for n in range(300):
        knock(capture, 5000, n * 0.001, "refused", multiplexer=f"192.168.{n // 200}.{n % 200 + 1}")
    for n in range(300):
        knock(capture, 6000 + n, 1 + n * 0.001, "refused")
    (row, *others), = [health(reader, reader.save(capture))[5000]]
    assert len(others) == 255
    assert "in 301 attempts of its host with 301 SYNs" in row["cause"]
