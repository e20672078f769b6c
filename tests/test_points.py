# test_points.py
# Does trade-report find what was lost, held up or forged between two capture points, by
# whatever clocks; and nothing where nothing was, whatever the captures lack?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import json
import re
import shutil
import struct
import sys
from types import SimpleNamespace

import pytest
from scapy.layers.inet import ICMP
from scapy.layers.inet import IP as Inet
from scapy.layers.l2 import Ether
from scapy.packet import Raw

import browser as chromium
from conftest import ROOT, few
from test_report import Page, Reporter
from trade_pdus import (
    BACKOFFICE, MULTIPLEXER, TRADER, TRADESITE, Capture, Conversation, filler, greeting, login,
    ping, pong)
from two_points import (
    FAR, IP, MODULE, TwoPoints, list_again, lost, pass_routers, play_healthy, play_lost, play_round)

sys.path.insert(0, str(ROOT / "tools"))
from report.clocks import Clock, find_step  # noqa: E402
from report.comparison import find_interval  # noqa: E402
from report.joined import Claim, contradict  # noqa: E402
from report.points import Flow  # noqa: E402

START = "09:26:20.229000"
SECOND = 1_000_000  # us
HOUR = 3600 * SECOND
PORT = struct.pack(">H", 1195)
QUIET = {"ok", "idle"}


@pytest.fixture(scope="module", name="reporter")
def fixture_reporter(tshark):
    return Reporter(tshark)


class Findings:
    """What trade-report finds in two captures."""

    def __init__(self, reporter, captures, *options):
        self.paths = [capture if hasattr(capture, "exists") else reporter.tshark.save(capture)
                      for capture in captures]
        done = reporter.call(*map(str, self.paths), *options, "-o", "/dev/null", "--json", "-")
        assert done.returncode == 0, done.stderr
        self.said, self.all = done.stderr, json.loads(done.stdout)
        self.points = self.all["points"]
        self.by_port = {connection["module"].rpartition(":")[2]: connection
                        for connection in self.all["connections"]}

    def between(self, port):
        """Returns what is between the points: of what the module sent, of what came to it."""
        found = {(item["from"], item["to"]): item for item in self.by_port[port]["between"]}
        return found[0, 1], found[1, 0]

    def verdict(self, port):
        return self.by_port[port]["verdict"], self.by_port[port]["where"]

    def assert_quiet(self):
        """Nothing is wrong, and nothing between."""
        for connection in self.all["connections"]:
            assert connection["verdict"] in QUIET, connection
            for item in connection["between"]:
                assert (item["lost"], item["delayed"], item["forged"]) == (0, 0, 0), connection


OFFSETS = (0, 4_000, -4_000, 3 * SECOND, 40 * SECOND, HOUR, -HOUR)


@pytest.mark.parametrize("drift", few((0, 50e-6), 50e-6))
@pytest.mark.parametrize("offset", few(OFFSETS, -4_000, 40 * SECOND))
def test_lost_by_any_clock(reporter, offset, drift):
    points = play_lost(TwoPoints(START, 1200, offset, drift))
    found = Findings(reporter, points.captures)
    assert found.verdict("1195") == ("not-delivered", "network")
    assert found.verdict("1170") == ("ok", "-")
    forth, back = found.between("1195")
    assert (forth["lost"], back["lost"]) == tuple(points.lost) == (17, 0)
    assert all(item["lost"] == 0 for item in found.between("1170"))
    for item in (forth, back, *found.between("1170")):
        assert item["delayed"] == item["forged"] == 0
        assert item["delay_ms"]["min"] == pytest.approx(1.2, abs=0.1)
        assert item["delay_ms"]["max"] == pytest.approx(1.2, abs=0.1)
    clock = found.points[1]
    assert clock["offset_s"] == pytest.approx(offset / SECOND, abs=0.0001)
    assert clock["drift_ppm"] == pytest.approx(drift * 1e6, abs=1)
    assert 0.001 < clock["uncertainty_s"] < 0.002


@pytest.mark.parametrize("by", few((2 * SECOND, -2 * SECOND, 60 * SECOND), 2 * SECOND))
def test_a_clock_that_is_set(reporter, by):
    points = TwoPoints(START, 1200)

    def set_clock(number):
        points.offset = by if number == 4 else points.offset
    play_healthy(points, 10, set_clock)
    found = Findings(reporter, points.captures)
    for connection in found.all["connections"]:
        for item in connection["between"]:
            assert (item["lost"], item["delayed"], item["forged"]) == (0, 0, 0), connection
            assert item["delay_ms"]["max"] == pytest.approx(1.2, abs=0.1)
    assert found.points[1]["offset_s"] == pytest.approx(0, abs=0.0001)


def test_a_clock_that_is_set_when_an_interval_has_changed(reporter):
    """By the clock that was set, a Ping of the Multiplexer is missing."""
    points = TwoPoints(START, 1200)
    trader, tradesite = play_healthy(points, 5)
    at = points.start + 158 * SECOND
    for number in range(12):
        points.offset = -15 * SECOND if number > 2 else 0
        trader.module(ping(TRADER), at=at + 30 * number * SECOND)
        trader.multiplexer(pong(MULTIPLEXER)).ack("module")
        if number % 2:
            trader.multiplexer(ping(MULTIPLEXER), at=at + (30 * number + 7) * SECOND)
            trader.module(pong(TRADER)).ack("multiplexer")
        play_round(tradesite, TRADESITE, at + (30 * number + 10) * SECOND, 2700)
    found = Findings(reporter, points.captures)
    own = [point["verdict"] for point in found.by_port["1195"]["points"]]
    assert own == ["ok", "ping-missing"] and found.verdict("1195") == ("ok", "-")


def test_a_clock_that_is_set_in_an_outage(reporter):
    """What follows tells how far, and the order of its frames when: all that was lost is counted."""
    points = TwoPoints(START, 1200)
    trader, _ = play_healthy(points, 6)
    begin = points.now + 2 * SECOND
    seqs = [trader.ends[who].seq for who in ("module", "multiplexer")]
    points.cut = lambda side, frame: True
    for number, time in enumerate(list_again(begin)[:5]):
        points.offset = 2 * SECOND if number > 1 else 0
        trader.module(ping(TRADER), at=time, seq=seqs[0] if number else None, ack=seqs[1])
        trader.multiplexer(ping(MULTIPLEXER), at=time + SECOND // 10,
                           seq=seqs[1] if number else None, ack=seqs[0])
    points.cut = lambda side, frame: False
    trader.module(ping(TRADER), at=time + 5 * SECOND, seq=seqs[0], ack=seqs[1])
    trader.multiplexer(ping(MULTIPLEXER), at=time + 5 * SECOND + 1500, seq=seqs[1])
    for number in range(2):
        trader.module(pong(TRADER))
        trader.multiplexer(pong(MULTIPLEXER))
    found = Findings(reporter, points.captures)
    assert [item["lost"] for item in found.between("1195")] == points.lost == [5, 5]


def test_a_clock_that_is_set_while_one_direction_is_cut(reporter):
    """What passes the other way tells how far. After the second capture, nothing counts as lost."""
    points = TwoPoints(START, 1200)
    trader, _ = play_healthy(points, 6)
    begin, seq = points.now + 2 * SECOND, trader.ends["module"].seq
    points.cut = lambda side, frame: side == MODULE
    for number, time in enumerate(list_again(begin)):
        trader.module(ping(TRADER), at=time, seq=seq if number else None)
        points.offset = 60 * SECOND if number > 2 else 0
        if number < 5:
            trader.segment("multiplexer", ping(MULTIPLEXER), at=time + SECOND // 10, ack=seq)
    found = Findings(reporter, points.captures)
    assert [item["lost"] for item in found.between("1195")] == [5, 0]


@pytest.mark.parametrize("order", (1, -1))
def test_a_clock_that_is_set_where_no_pdu_tells(reporter, order):
    """One capture by itself cannot tell why no Ping came for so long."""
    points = TwoPoints(START, 1200)
    trader = Conversation(points, 1195).handshake()
    trader.module(greeting(TRADER, "Trader"))
    for number in range(10):
        at = points.start + (8 + 30 * number) * SECOND
        trader.module(ping(TRADER), at=at)
        trader.multiplexer(pong(MULTIPLEXER), at=at + 3_000)
        trader.ack("module", at=at + 6_000)
        points.offset = 60 * SECOND if number > 4 else 0
    found = Findings(reporter, points.captures[::order])
    connection = found.by_port["1195"]
    assert [point["verdict"] for point in connection["points"]][::order] == ["ok", "ping-missing"]
    assert connection["verdict"] == "ok"


def test_a_clock_that_is_set_before_the_end(reporter):
    """The RST seems to come before it is sent; what came is what was sent, all the same."""
    points = TwoPoints(START, 1200)
    trader, _ = play_healthy(points, 60)
    points.offset = -10 * SECOND
    trader.rst("module")
    Findings(reporter, points.captures).assert_quiet()


# ---- What a capture lacks ----


def translate(side, frame):
    """NAT: another address and port of the module's."""
    made = bytearray(frame)
    address, port = (IP + 12, IP + 20) if side == MODULE else (IP + 16, IP + 22)
    made[address:address + 4] = bytes((203, 0, 113, 9))
    made[port:port + 2] = struct.pack(">H", 10_000 + struct.unpack_from(">H", made, port)[0])
    return bytes(made)


def renumber(side, frame):
    """NAT that gives the module's direction other sequence numbers, too."""
    made = bytearray(translate(side, frame))
    at = IP + 24 if side == MODULE else IP + 28
    if side == MODULE or made[IP + 33] & 16:
        number = struct.unpack_from(">I", made, at)[0]
        struct.pack_into(">I", made, at, number + 123_456_789 & 0xFFFFFFFF)
    return bytes(made)


def make_drop(every):
    count = iter(range(1, 10**6))
    return lambda side, frame: None if next(count) % every == 0 else frame


def keep_from(number):
    count = iter(range(10**6))
    return lambda side, frame: frame if next(count) >= number else None


def keep_until(number):
    count = iter(range(10**6))
    return lambda side, frame: frame if next(count) < number else None


LACKS = {"NAT": translate, "NAT and new numbers": renumber, "drops": make_drop(9),
         "starts late": keep_from(70), "ends early": keep_until(60),
         "one direction": lambda side, frame: frame if side == MODULE else None,
         "acknowledgements filtered": lambda side, frame: frame if len(frame) > 54 else None}


@pytest.mark.parametrize("lack", few(LACKS, "NAT and new numbers", "drops", "starts late"))
def test_a_healthy_pair_has_nothing_between(reporter, lack):
    points = TwoPoints(START, 1200, 3 * SECOND)
    points.change = LACKS[lack]
    play_healthy(points, 9)
    found = Findings(reporter, points.captures)
    assert len(found.all["connections"]) == 2
    for connection in found.all["connections"]:
        assert connection["points"][0]["verdict"] in QUIET
        assert "network" not in connection["where"], connection
        for item in connection["between"]:
            assert (item["lost"], item["delayed"], item["forged"]) == (0, 0, 0), connection
    if "NAT" in lack:
        assert found.by_port["1195"]["points"][1]["module"] == "203.0.113.9:11195"
        assert all(found.verdict(port) == ("ok", "-") for port in ("1195", "1170"))


def test_what_is_lost_shows_through_nat(reporter):
    points = TwoPoints(START, 1200, -3 * SECOND)
    points.change = translate
    play_lost(points)
    found = Findings(reporter, points.captures)
    assert found.verdict("1195") == ("not-delivered", "network")
    assert found.between("1195")[0]["lost"] == 17


def test_offload_cuts_and_puts_together(reporter):
    """A card cuts what the module sends, of which one piece is lost; the capture at the
    Multiplexer has the others put together in pairs."""
    points = TwoPoints(START, 1200, 40 * SECOND)
    trader, _ = play_healthy(points, 2)
    for number in range(10):
        at, size = points.now + 50_000, 1448
        sender, far = trader.ends["module"], trader.ends["multiplexer"]
        payload = filler(6 * size, seed=number)
        first = sender.seq
        points.put(MODULE, at, trader._frame(sender, far, payload, "PA", first, far.seq, 511, ()))
        for piece in range(0, 6, 2):
            wide = 1 if (number, piece) == (4, 2) else 2
            part = payload[piece * size:(piece + wide) * size]
            points.put(FAR, at + 1200, pass_routers(trader._frame(
                sender, far, part, "PA", first + piece * size, far.seq, 511, ())))
        sender.seq = first + len(payload)
        if number == 4:
            trader.segment("module", payload[3 * size:4 * size], seq=first + 3 * size,
                           at=at + 300_000)
        trader.ack("multiplexer", at=at + 350_000)
    play_on = points.now + SECOND
    trader.module(ping(TRADER), at=play_on)
    trader.ack("multiplexer", at=play_on + 3000)
    forth, back = Findings(reporter, points.captures).between("1195")
    assert (forth["lost"], back["lost"]) == (1, 0)
    assert forth["delayed"] == forth["forged"] == back["forged"] == 0


def test_lost_with_bytes_that_had_come(reporter):
    """TCP retransmits a Pong together with a Ping that came, but whose acknowledgement did not."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    trader, _ = play_healthy(points, 5)
    at, seq = points.now + 10 * SECOND, trader.ends["module"].seq
    trader.module(ping(TRADER), at=at)
    points.cut = lambda side, frame: True
    trader.module(pong(TRADER), at=at + SECOND // 20)
    for number, time in enumerate(list_again(at + SECOND)):
        trader.module(ping(TRADER) + pong(TRADER), at=time, seq=seq)
        trader.segment("multiplexer", ping(1, 1), at=time + 50_000, ack=seq)
    found = Findings(reporter, points.captures)
    assert found.between("1195")[0]["lost"] == 9
    assert found.verdict("1195") == ("not-delivered", "network")


@pytest.mark.parametrize("then", ("it hears", "it sends", "module resets", "it is another one"))
def test_a_host_that_pauses_is_not_the_network(reporter, then):
    """Its capture pauses, too: what was sent to it meanwhile is not there. It goes on, or was started
    again."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    trader, _ = play_healthy(points, 4)
    at, seq = points.start + 128 * SECOND, trader.ends["module"].seq
    points.cut = lambda side, frame: True
    for number, time in enumerate(list_again(at)[:7]):
        trader.module(ping(TRADER), at=time, **({"seq": seq} if number else {}))
    points.cut = lambda side, frame: False
    if then == "it sends":
        trader.segment("multiplexer", ping(1, 1), at=at + 30 * SECOND, ack=seq)
    if then == "module resets":
        trader.rst("module", at=at + 38 * SECOND)
    else:
        trader.module(ping(TRADER), at=at + 38 * SECOND, seq=seq)
    if then == "it is another one":
        trader.segment("multiplexer", at=at + 38 * SECOND + 1300, flags="R")
    else:
        trader.segment("multiplexer", ping(1, 1), at=at + 39 * SECOND)
    found = Findings(reporter, points.captures)
    assert "network" != found.verdict("1195")[1]
    assert all(item["lost"] == item["forged"] == 0 for item in found.between("1195"))


def test_one_of_several_hosts_at_an_address_pauses(reporter):
    """Another one goes on meanwhile. A connection to the first has sent in vain just once."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    trader, tradesite = play_healthy(points, 4)
    backoffice = Conversation(points, 1196).handshake()
    backoffice.module(greeting(BACKOFFICE, "BackOffice"))
    at, seqs = points.now + SECOND, [one.ends["module"].seq for one in (trader, backoffice)]
    points.cut = lambda side, frame: frame[IP + 20:IP + 22] != struct.pack(">H", 1170)
    for number, time in enumerate(list_again(at)[:6]):
        trader.module(ping(TRADER), at=time, seq=seqs[0] if number else None)
        play_round(tradesite, TRADESITE, time + SECOND // 10, 2700)
    backoffice.module(ping(BACKOFFICE), at=time + SECOND)
    play_round(tradesite, TRADESITE, time + 3 * SECOND // 2, 2700)
    points.cut = lambda side, frame: False
    backoffice.module(ping(BACKOFFICE), at=time + 2 * SECOND, seq=seqs[1])
    backoffice.multiplexer(pong(MULTIPLEXER))
    trader.module(ping(TRADER), at=list_again(at)[6], seq=seqs[0])
    trader.multiplexer(pong(MULTIPLEXER))
    found = Findings(reporter, points.captures)
    assert all(item["lost"] == 0 for port in ("1195", "1196") for item in found.between(port))


@pytest.mark.parametrize("flags, lost", (("R", 0), ("RA", 2)))
def test_another_machine_takes_an_address(reporter, flags, lost):
    """What was sent at first may have met the machine of before, at another port of a switch. The
    program that ends a connection that it knows acknowledges."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    trader, tradesite = play_healthy(points, 4)
    at, seq = points.now + SECOND, trader.ends["module"].seq
    points.cut = lambda side, frame: frame[IP + 20:IP + 22] == PORT
    trader.module(ping(TRADER), at=at)
    trader.module(ping(TRADER), at=at + 200_000, seq=seq)
    points.cut = lambda side, frame: False
    play_round(tradesite, TRADESITE, at + 300_000, 2700)
    trader.module(ping(TRADER), at=at + 600_000, seq=seq)
    trader.segment("multiplexer", at=at + 601_300, flags=flags)
    play_round(tradesite, TRADESITE, at + 20 * SECOND, 2700)
    found = Findings(reporter, points.captures)
    assert found.between("1195")[0]["lost"] == lost


class Far:
    """A point that captured all the time."""
    ordered, ended = [0], 400 * 10**9


@pytest.mark.parametrize("verdict, later, number", (
    ("ping-missing", 0, 1), ("ping-missing", 40, 1), ("ping-missing", 240, None), ("ok", 240, 1),
    ("idle", 0, None)))
def test_who_knows_better(verdict, later, number):
    """The module's point proves that the Multiplexer did not answer. That the other one had no Ping
    says more of it only where that began first: the module may have given up. Where that one has
    next to nothing of the connection, as a standby that takes over, it knows nothing."""
    claim = Claim("ping-unanswered", "multiplexer", "", "", 0, None, (0, 360 * 10**9))
    row = {"Verdict": verdict, "Details": "",
           "Where": "network-or-module" if verdict == "ping-missing" else "-"}
    flow = Flow("10.0.0.1:1195", "192.168.0.1:2107")
    for frame, time in ((1, later * 10**9), (2, 400 * 10**9)):
        flow.add(frame, time, frame, 0, 1, 24, 501, -1, frame, 64, "")
    flow.when = flow.time
    comparison = SimpleNamespace(points=["near", Far()], drops=collections.Counter())
    connection = SimpleNamespace(path=[0, 1], streams={1: SimpleNamespace(row=row, flows=[flow])})
    assert contradict(comparison, connection, claim, 15 * 10**9) == number


# ---- What else is between ----


def test_held_up_between(reporter):
    points = TwoPoints(START, 1200, 3 * SECOND)

    def slow(number):
        points.delay = 20 * SECOND if number == 5 else 1200
    points_of = points.delay
    trader, tradesite = play_healthy(points, 6)
    assert points.delay == points_of
    slow(5)
    at = points.now + 10 * SECOND
    trader.module(ping(TRADER), at=at)
    trader.ack("multiplexer", at=at + 20 * SECOND + 500)
    slow(6)
    for number in range(3):
        tradesite.module(ping(7), at=at + (1 + 15 * number) * SECOND)
        tradesite.ack("multiplexer", at=at + (1 + 15 * number) * SECOND + 3000)
    forth, back = Findings(reporter, points.captures).between("1195")
    assert (forth["delayed"], forth["lost"]) == (1, 0)
    assert forth["delay_ms"]["max"] == pytest.approx(20_000, abs=1)
    assert back["lost"] == back["forged"] == 0


def test_forged_between(reporter):
    """An RST in the Multiplexer's name, which it did not send."""
    points = TwoPoints(START, 1200, -40 * SECOND)
    trader, tradesite = play_healthy(points, 5)
    sender, module = trader.ends["multiplexer"], trader.ends["module"]
    at = points.now + 10 * SECOND
    points.put(MODULE, at, pass_routers(trader._frame(sender, module, b"", "RA", sender.seq,
                                                      module.seq, 0, ())))
    points.cut = lambda side, frame: side == FAR and frame[IP + 22:IP + 24] == PORT
    for number in range(4):
        trader.multiplexer(ping(1, 1), at=at + (1 + 9 * number) * SECOND)
        tradesite.module(ping(7), at=at + (2 + 9 * number) * SECOND)
        tradesite.ack("multiplexer", at=at + (2 + 9 * number) * SECOND + 3000)
    found = Findings(reporter, points.captures)
    assert found.verdict("1195") == ("reset-foreign", "network")
    forth, back = found.between("1195")
    assert (forth["forged"], back["forged"]) == (0, 1)
    assert all(item["forged"] == 0 for item in found.between("1170"))


OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)]


def rewrite(side, frame):
    """A middlebox: other windows, a smaller MSS, and no other options."""
    made = bytearray(frame)
    struct.pack_into(">H", made, IP + 34, 77)
    if made[IP + 33] & 2:
        made[IP + 40:] = b"\2\4\5\x64" + b"\1" * (len(made) - IP - 44)
    return bytes(made)


def test_what_a_middlebox_rewrites(reporter):
    points = TwoPoints(START, 1200, 3 * SECOND)
    points.change = rewrite
    trader = Conversation(points, 1195)
    trader.segment("module", flags="S", options=OPTIONS)
    trader.segment("multiplexer", flags="SA", options=[("MSS", 1460)]).ack("module")
    for number in range(4):
        trader.module(ping(TRADER), at=points.start + (8 + 30 * number) * SECOND)
        trader.segment("multiplexer", pong(1)).ack("module")
    paths = [reporter.tshark.save(capture) for capture in points.captures]
    Findings(reporter, paths).assert_quiet()
    rows = reporter.make(*map(str, paths)).list_rows("What is between")
    assert [row[-1] for row in rows] == [
        "TTL -2; MSS 1460 becomes 1380; window scale removed; SACK permitted removed; timestamps "
        "removed", "TTL -2; MSS 1380 becomes 1460"]


@pytest.mark.parametrize("is_between", (True, False))
def test_an_icmp_message(reporter, is_between):
    """A router says that it dropped Trader's Ping: one between the points, or one beyond both,
    whose message passes both."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    trader, tradesite = play_healthy(points, 5)
    at, seq = points.now + 10 * SECOND, trader.ends["module"].seq
    points.cut = lambda side, frame: is_between and side == MODULE and \
        frame[IP + 20:IP + 22] == PORT
    for number, time in enumerate(list_again(at)):
        trader.module(ping(TRADER), at=time, **({"seq": seq} if number else {}))
        _, lost, _, _ = points.captures[MODULE].frames[-1]
        quoted = lost[IP:IP + 28]
        said = Ether(src="02:00:00:00:00:02") / Inet(src="10.9.9.9", dst="10.0.0.1") / ICMP(
            type=3, code=13) / Raw(quoted)
        points.put(MODULE, time + 2000, bytes(said))
        if not is_between:
            points.put(FAR, time + 1500, bytes(said))
        tradesite.module(ping(7), at=time + 100_000)
        tradesite.ack("multiplexer", at=time + 103_000)
    found = Findings(reporter, points.captures)
    forth, back = found.between("1195")
    page = reporter.make(*map(str, found.paths))
    told = ("10.9.9.9 says in an ICMP message, frame" in page.text,
            "prohibited. The message is not in" in page.text)
    assert told == (is_between, is_between)
    drawn = [item["name"] for ladder in page.data["ladders"].values() for item in ladder["items"]
             if item["kind"] == "icmp"]
    assert drawn == ["10.9.9.9: prohibited"] * 8 * is_between
    assert [said["says"] for said in forth["icmp"]] == ["prohibited"] * 8 * is_between
    assert back["icmp"] == []


def test_most_is_held_up(reporter):
    """What waits is retransmitted, so that most frames of the connection are late."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    trader, tradesite = play_healthy(points, 3)
    at = points.now + 10 * SECOND
    for number in range(30):
        begin = at + number * 4 * SECOND
        frame = trader._frame(trader.ends["module"], trader.ends["multiplexer"], ping(TRADER), "PA",
                              trader.ends["module"].seq, trader.ends["multiplexer"].seq, 511, ())
        trader.ends["module"].seq += len(ping(TRADER))
        points.put(MODULE, begin, frame)
        points.put(FAR, begin + 9 * SECOND, pass_routers(frame))
    for number in range(300):
        tradesite.module(ping(7), at=at + number * SECOND // 2)
        tradesite.ack("multiplexer", at=at + number * SECOND // 2 + 3000)
    for capture in points.captures:
        capture.frames.sort(key=lambda frame: frame[0])
    forth, _ = Findings(reporter, points.captures).between("1195")
    assert forth["delayed"] == 30 and forth["lost"] == 0
    assert forth["delay_ms"]["p50"] == pytest.approx(9000, abs=1)


def test_a_name_with_a_bar(reporter):
    """It would be taken for the table's."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    trader = Conversation(points, 1195).handshake()
    trader.module(greeting(TRADER, "Tra|der"))
    for number in range(4):
        trader.module(ping(TRADER), at=points.start + (8 + 30 * number) * SECOND)
        trader.segment("multiplexer", pong(1)).ack("module")
    found = Findings(reporter, points.captures)
    found.assert_quiet()
    assert [point["stream"] for point in found.by_port["1195"]["points"]] == [0, 0]


def test_a_copy_that_the_first_capture_lacks(reporter):
    """Of what is retransmitted again and again, with nothing to tell the copies by."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    points.change = lambda side, frame: frame[:IP + 4] + b"\0\0" + frame[IP + 6:]
    trader, tradesite = play_healthy(points, 4)
    at, seq = points.now + 10 * SECOND, trader.ends["module"].seq
    for number in range(6):
        trader.module(ping(TRADER), at=at + number * SECOND // 2, **({"seq": seq} if number else {}))
        if number == 5:
            del points.captures[MODULE].frames[-1]
        tradesite.module(ping(7), at=at + number * SECOND // 2 + 100_000)
        tradesite.ack("multiplexer", at=at + number * SECOND // 2 + 103_000)
    trader.ack("multiplexer", at=at + 4 * SECOND)
    forth, _ = Findings(reporter, points.captures).between("1195")
    assert (forth["delayed"], forth["lost"]) == (0, 0)
    assert forth["delay_ms"]["max"] == pytest.approx(1.2, abs=0.1)


def test_sent_again_at_once_where_frames_are_captured_twice(reporter):
    """Each copy has a twin; none of them is lost."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    points.change = lambda side, frame: frame[:IP + 4] + b"\0\0" + frame[IP + 6:]
    trader, _ = play_healthy(points, 4)
    for number in range(3):
        at, seq = points.now + 10 * SECOND, trader.ends["module"].seq
        trader.module(ping(TRADER), at=at)
        for copy in (1, 2):
            trader.module(ping(TRADER), at=at + 20 * copy, seq=seq)
        trader.ack("multiplexer", at=at + 5000)
    far = points.captures[FAR]
    far.frames = sorted([*far.frames, *((frame[0] + 2, *frame[1:]) for frame in far.frames)],
                        key=lambda frame: frame[0])
    Findings(reporter, points.captures).assert_quiet()


# ---- Files that are no such pair ----


def make_other(port):
    capture = Capture(START)
    conversation = Conversation(capture, port, seqs=(port * 77_777, port * 55_555)).handshake()
    for _ in range(3):
        conversation.module(ping(TRADER))
    return capture


def test_a_point_in_two_files(reporter, captures):
    """They are not merged with the other point's."""
    again = reporter.directory / "the-same.pcapng"
    capture = lost()[FAR]
    del capture.frames[-3:]
    capture.write(again)
    again.chmod(0o644)
    paths = list(map(str, (captures["lost-at-module"], captures["lost-at-multiplexer"], again)))
    done = reporter.call(*paths, "-o", "/dev/null")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "lost-at-multiplexer.pcapng and the-same.pcapng have the same segments" in done.stderr


def test_files_with_nothing_in_common(reporter):
    found = Findings(reporter, [make_other(4001), make_other(4002)])
    assert "no TCP segments are in two of these files" in found.said
    assert len(found.points) == 1 and len(found.all["connections"]) == 2
    done = reporter.call(*map(str, found.paths), "--points")
    assert done.returncode == 1
    assert "has no TCP segment in common with" in done.stderr and "Traceback" not in done.stderr


def test_the_same_file_twice(reporter, captures):
    other = reporter.directory / "again.pcapng"
    shutil.copy(captures["lost-at-module"], other)
    other.chmod(0o644)
    found = Findings(reporter, [captures["lost-at-module"], other])
    assert "is the same file as" in found.said
    assert len(found.points) == 1 and len(found.all["connections"]) == 2


def test_an_empty_and_a_truncated_file(reporter, captures):
    empty = reporter.directory / "empty.pcapng"
    Capture().write(empty)
    done = reporter.call(str(captures["lost-at-module"]), str(empty), "--points", "-o", "-")
    assert done.returncode == 1 and "it holds none" in done.stderr
    cut = reporter.directory / "cut.pcapng"
    cut.write_bytes(captures["lost-at-multiplexer"].read_bytes()[:-1001])
    for path in (empty, cut):
        path.chmod(0o644)
    found = Findings(reporter, [captures["lost-at-module"], cut])
    assert found.verdict("1195") == ("not-delivered", "network")
    assert found.verdict("1170") == ("ok", "-")


def test_parts_of_one_capture(reporter):
    """A ring's files; and two that overlap."""
    whole = Capture(START)
    conversation = Conversation(whole, 1195).handshake()
    for number in range(12):
        conversation.module(ping(TRADER))
        if number in (2, 9):    # alike in both parts, as what keeps a connection alive is
            conversation.ack("multiplexer", ack=7)
    parts = [Capture(START), Capture(START)]
    parts[0].frames, parts[1].frames = whole.frames[:9], whole.frames[9:]
    found = Findings(reporter, parts)
    assert "parts of one capture, and merged" in found.said and len(found.points) == 1
    parts[0].frames = whole.frames[:14]
    found = Findings(reporter, parts)
    assert "at the same times" in found.said and len(found.points) == 1


def test_rings_of_two_points(reporter):
    """The files of each are to be merged first, and that is said."""
    points = TwoPoints(START, 1200, 3 * SECOND)
    play_healthy(points, 6)
    paths = []
    for capture in points.captures:
        whole = sorted(capture.frames, key=lambda frame: frame[0])
        for frames in (whole[:40], whole[40:]):
            part = Capture(START)
            part.frames = frames
            paths.append(reporter.tshark.save(part))
    done = reporter.call(*map(str, paths))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"mergecap -w point1.pcapng {paths[0].name} {paths[1].name}; then" in done.stderr
    done = reporter.call(*map(str, paths), "--points", "-o", "/dev/null")
    assert done.returncode == 0 and "mergecap -w point1.pcapng" in done.stderr


def test_a_log_of_the_second_point(reporter):
    """Only there is what it speaks of; its clock is that point's."""
    points = TwoPoints(START, 1200, 40 * SECOND)
    trader, _ = play_healthy(points, 4)
    at = points.now + SECOND
    for number in range(3):
        trader.multiplexer(login(TRADER, 2654 + number, "user", "10.1.1.1"),
                           at=at + number * SECOND)
        del points.captures[MODULE].frames[-1]
    log = reporter.save("trader.log", "".join(
        f"2014-06-05 09:29:{number:02},000 INFO - Creating clientConnection: {2654 + number} user: "
        "user on: Trader\n" for number in range(3)))
    page = reporter.make(*[str(reporter.tshark.save(capture)) for capture in points.captures],
                         "--log", log)
    assert re.search(r"trader\.log is set beside \S+, which shows most of what it says", page.text)
    assert "3 of its lines match the capture" in page.text


def test_points_or_not_can_be_told(reporter, captures):
    pair = captures["lost-at-module"], captures["lost-at-multiplexer"]
    assert len(Findings(reporter, pair, "--same-point").points) == 1
    assert len(Findings(reporter, pair, "--points").points) == 2
    assert reporter.call(str(pair[0]), "--points").returncode == 1


# ---- What is written ----


def test_one_file_has_one_point(reporter, captures):
    found = Findings(reporter, [captures["incident"]])
    assert found.points == [{"file": "incident.pcapng", "offset_s": 0, "drift_ppm": 0,
                             "uncertainty_s": 0}]
    trader = found.by_port["1195"]
    assert (trader["verdict"], trader["where"]) == ("peer-not-reading", "multiplexer")
    assert trader["points"] == [{"stream": 11, "module": "10.0.0.1:1195", "multiplexer":
                                 "192.168.0.1:2107", "verdict": "peer-not-reading",
                                 "where": "multiplexer"}]
    assert trader["between"] == [] and set(trader) == {
        "module", "multiplexer", "verdict", "where", "cause", "points", "between"}


@pytest.fixture(scope="module", name="pair")
def fixture_pair(reporter, captures):
    """The page on two points of a real loss, and the aligned capture, by one run."""
    aligned = reporter.directory / "both.pcapng"
    return reporter.write(captures["lost-at-module"], captures["lost-at-multiplexer"], "--write",
                          aligned, timezone="Europe/Amsterdam"), aligned


def test_the_aligned_capture(reporter, pair):
    """Opens without the plugin; times are the first point's."""
    _, path = pair
    rows = [line.split("\t") for line in reporter.tshark.run(
        "-r", path, "--disable-protocol", "trade", "-T", "fields", "-e", "frame.time_epoch",
        "-e", "frame.interface_name", "-e", "ip.id", "-e", "frame.comment").splitlines()]
    sent = {row[2]: float(row[0]) for row in rows if row[1] == "lost-at-module.pcapng"}
    came = {row[2]: float(row[0]) for row in rows if row[1] == "lost-at-multiplexer.pcapng"}
    assert len(sent) > 100 and set(came) < set(sent)
    assert all(abs(abs(came[ip_id] - sent[ip_id]) - 0.0012) < 0.0001 for ip_id in came)
    comments = [row[3] for row in rows if row[3]]
    assert sum("lost between the points" in comment for comment in comments) == 17
    assert any("verdict: not-delivered, network" in comment for comment in comments)


def test_the_page(pair):
    page = Page(pair[0].read_text(encoding="utf-8"))
    assert re.search("Trader *: not-delivered *, *network", page.text)
    document = (ROOT / "docs" / "FINDING-THE-CAUSE.md").read_text(encoding="utf-8")
    quote, = re.findall(r"(?:^> .*\n)+", document, re.M)
    assert " ".join(quote.replace("\n> ", " ").removeprefix("> ").split()) in page.text
    assert "40.0031 s ahead of lost-at-module.pcapng, ± 1.2" in page.text
    assert "drifting +12.0 ppm" in page.text
    rows = {(row[0], row[1].partition(" ")[0]): row for row in page.list_rows("What is between")}
    assert rows["Trader", "lost-at-module.pcapng"][3] == "17"
    assert rows["Tradesite", "lost-at-module.pcapng"][3] == "0"


def test_names_are_replaced(reporter, captures):
    page = reporter.make(str(captures["lost-at-module"]), str(captures["lost-at-multiplexer"]),
                         "--anonymise").source
    program = page.rindex("<script>")
    for name in ("Trader", "10.0.0.1", "192.168.0.1", "lost-at"):
        assert name not in page[:program].replace("TRADE", "")


@pytest.mark.skipif(not chromium.IS_THERE, reason="needs chromium and selenium")
def test_the_ladder(pair):
    with chromium.open_browser() as browser:
        browser.show(pair[0])
        assert browser.ask("return [...document.querySelectorAll('.railname')].map("
                           "text => text.textContent)") == [
            "lost-at-module.pcapng", "lost-at-multiplexer.pcapng"]
        assert browser.ask("return document.querySelectorAll('path.end.lost').length") == 17
        before = browser.ask("return document.querySelectorAll('path.way').length")
        browser.ask("document.querySelectorAll('.ladder .tools button')[2].click()")
        assert browser.ask("return document.querySelectorAll('path.way').length") > before
        names = browser.ask("return [...document.querySelectorAll('.wayname')].map("
                            "text => text.textContent)")
        assert "Ping" in names and "Pong" in names
        assert browser.list_complaints() == []


# ---- Clocks, by numbers ----


def make_samples(delays, offset, count=200, rate=0.0, step=0):
    """Returns samples of a clock: a frame a second, forth and back by turns."""
    samples = []
    for number in range(count):
        is_forth = number % 2 == 0
        ahead = offset + rate * number * 1e9 + (step if number >= count // 2 else 0)
        value = ahead + (1 if is_forth else -1) * delays[number % len(delays)]
        samples.append((number + 1, round(number * 1e9 + ahead), round(value), is_forth))
    return samples


@pytest.mark.parametrize("offset, rate, step", (
    (0, 0, 0), (40e9, 50e-6, 0), (-3600e9, -200e-6, 0), (3e9, 0, 2e9), (3e9, 0, -0.1e9)))
def test_clock(offset, rate, step):
    clock = Clock(make_samples([1e6, 1e6, 3e6, 2e6, 7e6], offset, rate=rate, step=step))
    assert clock.offset == pytest.approx(offset, abs=0.5e6)
    assert clock.first.rate == pytest.approx(rate, abs=15e-6)
    assert [by for _, by in clock.list_steps()] == [pytest.approx(step, abs=2e6)] * bool(step)
    assert not clock.is_one_way and clock.uncertainty >= 1e6


def test_a_clock_that_is_slewed():
    """Its rate changes. No line that leaves less room than the delays is sure."""
    samples = []
    for number in range(3000):
        is_forth, time = number % 2 == 0, number / 10
        ahead = 3e9 + 500e3 * min(max(time - 100, 0), 100)
        samples.append((number + 1, round(time * 1e9 + ahead),
                        round(ahead) + (650_000 if is_forth else -650_000), is_forth))
    clock = Clock(samples)
    assert clock.uncertainty >= 0.3e6
    assert abs(clock.offset - 3e9) <= clock.uncertainty
    for frame, time, value, _ in samples[::50]:
        assert clock.at(frame, time) == pytest.approx(value, abs=1.4e6)


def test_a_clock_that_may_have_been_set_at_the_end():
    """What comes last, all of it late and in one direction, tells nothing."""
    samples = make_samples([1e6], 3e9)
    late = [(number, number * 10**9, 63 * 10**9, True) for number in (203, 204)]
    clock = Clock(samples + late)
    assert clock.is_sure(200) and not clock.is_sure(201) and not clock.is_sure(999)
    assert clock.known == 200   # the capture may have ended sooner than it seems
    back = [(205, 205 * 10**9, 3 * 10**9 - 10**6, False)]
    assert Clock(samples + late + back).is_sure(204)


def test_a_clock_that_was_set_before_what_seems_late():
    """What passed forth since seems late; one that passed back at last tells why."""
    samples = make_samples([1e6], 0)
    forth = [(number, (number + 2) * 10**9, 2 * 10**9 + 10**6, True) for number in range(201, 205)]
    back = [(205, 207 * 10**9, 2 * 10**9 - 10**6, False)]
    clock = Clock(samples + forth + back)
    assert clock.is_sure(200) and not any(map(clock.is_sure, range(201, 206)))
    assert clock.at(205, 207 * 10**9) == pytest.approx(2 * 10**9, abs=2e6)


@pytest.mark.parametrize("step, pause", ((2, 0.1), (-2, 0.1), (-2, 1.05), (-0.5, 0.1), (-60, 30)))
def test_when_a_clock_was_set(step, pause):
    """The order of frames tells, as no clock goes back, or pauses for so long."""
    times = [number / 10 + (pause - 0.1 + step) * (number > 11) for number in range(1, 21)]
    frames = range(1, 21)
    assert find_step(step * 10**9, 5, 18, frames, [time * 10**9 for time in times]) == 12


@pytest.mark.parametrize("count, delay, is_known", ((2, 1e6, True), (2, 400e6, False),
                                                    (1, 1e6, False)))
def test_a_clock_that_was_set_before_a_few_frames(count, delay, is_known):
    """A few of each direction tell how far, if no room is left for doubt."""
    samples = make_samples([1e6], 0)
    few_more = [(201 + number, (260 + number) * 10**9, round(60e9 + delay * (1, -1)[number % 2]),
                 number % 2 == 0) for number in range(2 * count)]
    clock = Clock(samples + few_more)
    assert [round(by / 1e9) for _, by in clock.list_steps()] == [60] * is_known
    assert clock.is_sure(202) == is_known


def test_a_clock_by_one_direction():
    clock = Clock([sample for sample in make_samples([1e6], 5e9) if sample[3]])
    assert clock.is_one_way and clock.uncertainty is None
    assert clock.offset == pytest.approx(5e9 + 1e6)
    # Two that contradict each other: of neither is more known.
    assert Clock([(1, 0, 0, True), (2, 1, 10**9, False)]).is_one_way


@pytest.mark.parametrize("count, usual", ((3, None), (4, 120 * 10**9)))
def test_the_interval_is_the_connections_own(count, usual):
    """Of Pings, each retransmitted at once, with a Pong; and one late."""
    flow = Flow("10.0.0.1:1195", "192.168.0.1:2107")
    for number in range(count):
        time = 10**9 * (120 * number + 60 * (number == count - 1))
        for after in (0, 10**8):
            flow.add(number, time + after, 1 + 10 * number, 1, 10, 24, 8192, -1, -1, 64, "Pong,Ping")
        flow.add(number, time + 10**9, 1 + 10 * number, 1, 10, 24, 8192, -1, -1, 64, "Roundtrip")
    assert find_interval(flow) == usual
