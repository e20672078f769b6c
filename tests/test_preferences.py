# test_preferences.py
# What do preferences, Decode As and display filters do?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

from trade_pdus import (
    BACKOFFICE, DOCUMENTSYSTEM, MULTIPLEXER, TRADER, Capture, Conversation, data, filler, greeting,
    ping, pong, status, wall_time)

PING = "DocumentSystem -> Control, Ping, len=10"


@pytest.fixture(scope="module")
def elsewhere(tshark):
    """TRADE on a port that is not TRADE's."""
    capture = Capture()
    Conversation(capture, 1170, port=9999).handshake().module(ping(DOCUMENTSYSTEM))
    return tshark.save(capture)


def test_another_port_is_not_trade_without_the_heuristic(tshark, elsewhere):
    assert tshark.infos(elsewhere, "--disable-heuristic", "trade_tcp") == {}


@pytest.mark.parametrize("option", (
    ("-o", "trade.tcp.port:9999"),
    ("-o", "trade.tcp.port:2107,9990-9999"),
    ("-d", "tcp.port==9999,trade"),
), ids=("preference", "range", "decode as"))
def test_another_port_is_trade_where_the_user_says_so(tshark, elsewhere, option):
    assert tshark.infos(elsewhere, "--disable-heuristic", "trade_tcp", *option) == {4: PING}


# ---- Reassembly ----


@pytest.fixture(scope="module")
def spanning(tshark):
    capture = Capture()
    conversation = Conversation(capture, 1195).handshake()
    conversation.module(ping(TRADER))
    conversation.module(data(TRADER, 2405, filler(2377)) + status(TRADER, "on"), mss=1380)
    conversation.module(ping(TRADER))
    return tshark.save(capture)


@pytest.mark.parametrize("passes", ((), ("-2",)))
def test_without_reassembly(reader, spanning, passes):
    """A PDU's first segment is shown as far as it goes, its others as continuations."""
    frames = reader.frames(spanning, "-o", "trade.desegment:FALSE", *passes)[3:]
    assert [[pdu["trade.keyword"] for pdu in frame.pdus] for frame in frames] == [
        ["Ping"], [None], [None, "Status"], ["Ping"]]
    first, rest = frames[1].pdus[0], frames[2].pdus[0]
    assert first["trade.length"] == "2382"
    assert len(first["trade.data"].replace(":", "")) == 2 * 1375
    assert len(rest["trade.continuation"].replace(":", "")) == 2 * 1002
    assert frames[2].pdus[1]["trade.status"] == "on"


@pytest.mark.parametrize("passes", ((), ("-2",)))
def test_without_tcps_reassembly(reader, spanning, passes):
    """TCP itself then skips what belongs to a PDU that began before."""
    frames = reader.frames(spanning, "-o", "tcp.desegment_tcp_streams:FALSE", *passes)[3:]
    assert [[pdu["trade.keyword"] for pdu in frame.pdus] for frame in frames] == [
        ["Ping"], [None], ["Status"], ["Ping"]]
    assert len(frames[1].pdus[0]["trade.data"].replace(":", "")) == 2 * 1375


@pytest.mark.parametrize("passes", ((), ("-2",)))
def test_payload_in_pieces(reader, spanning, passes):
    """The same, but there is nothing to complain of: it is what the user asked for."""
    frames = reader.frames(spanning, "-o", "trade.desegment_data:FALSE", *passes)[3:]
    assert [[pdu["trade.keyword"] for pdu in frame.pdus] for frame in frames] == [
        ["Ping"], [None], [None, "Status"], ["Ping"]]
    first, rest = frames[1].pdus[0], frames[2].pdus[0]
    assert first.title == "Trade Data PDU : Trader -> 2405, len=2382 (its first 1380 bytes)"
    assert first["trade.length"] == "2382"
    assert (first["trade.data"] + rest["trade.continuation"]).replace(":", "") == filler(2377).hex()
    assert rest.title == "Trade : 1002 bytes of a PDU that began before"
    assert not any(pdu.experts for frame in frames for pdu in frame.pdus)
    options = ("-o", "trade.desegment_data:FALSE", *passes)
    assert reader.infos(spanning, *options, "-Y", "_ws.unreassembled || _ws.malformed") == {}


@pytest.mark.parametrize("passes", ((), ("-2",)))
def test_control_pdus_are_whole_where_payloads_are_in_pieces(reader, passes):
    """Wherever segments end: TCP still puts control PDUs together, and data PDUs' headers."""
    capture, cuts = Capture(), range(1, 12)
    sent = status(TRADER, "on") + data(TRADER, 2405, filler(3000)) + ping(TRADER)
    for cut in cuts:
        conversation = Conversation(capture, 1195 + cut).handshake()
        at = len(status(TRADER, "on")) - 6 + cut  # from before the Status ends to behind the header
        for start, end in ((0, at), (at, 1000), (1000, 3010), (3010, len(sent) - 4),
                           (len(sent) - 4, len(sent))):
            conversation.module(sent[start:end])
    frames = reader.frames(reader.save(capture), "-o", "trade.desegment_data:FALSE", *passes)
    for cut in cuts:
        pdus = [pdu for frame in frames if 1195 + cut in frame.ports for pdu in frame.pdus]
        assert [(pdu["trade.keyword"], pdu["trade.length"]) for pdu in pdus if pdu["trade.length"]] == [
            ("Status", str(len(status(TRADER, "on")))), (None, "3005"),
            ("Ping", str(len(ping(TRADER))))], cut
        assert "".join((pdu["trade.data"] or pdu["trade.continuation"] or "").replace(":", "")
                       for pdu in pdus) == filler(3000).hex(), cut
        assert not any(pdu.experts for pdu in pdus), cut


@pytest.mark.parametrize("passes", ((), ("-2",)))
@pytest.mark.parametrize("order", ("1 3 2 ping", "ping 1 2 3", "1 ping 3 2", "1 ping 2 3"))
def test_pieces_that_come_late(reader, order, passes):
    """Where TCP passes them on, they are known for a payload's, and nothing is missing."""
    capture = Capture()
    conversation = Conversation(capture, 1195).handshake()
    conversation.module(ping(TRADER))
    payload, seq = filler(2995), 1000003 + 1 + len(ping(TRADER))
    sent = data(TRADER, 2405, payload)
    pieces = {str(n + 1): (seq + 1000 * n, sent[1000 * n:][:1000]) for n in range(3)}
    pieces["ping"] = seq + 3000, ping(TRADER)
    for name in order.split():
        conversation.module(pieces[name][1], seq=pieces[name][0])
    conversation.skip("module", 3000 + len(ping(TRADER))).module(status(TRADER, "on"))
    pdus = reader.pdus(reader.save(capture), "-o", "trade.desegment_data:FALSE",
                       "-o", "tcp.analyze_sequence_numbers:FALSE", *passes)
    keywords = {"1": [None], "ping": ["Ping"]}
    assert [pdu["trade.keyword"] for pdu in pdus if pdu["trade.length"]] == [
        "Ping", *(word for name in order.split() for word in keywords.get(name, ())), "Status"]
    shown = {pdu["trade.data"] or pdu["trade.continuation"] for pdu in pdus} - {None}
    assert {text.replace(":", "") for text in shown} == {
        payload[start:end].hex() for start, end in ((0, 995), (995, 1995), (1995, 2995))}
    assert not any(pdu["trade.undissected"] for pdu in pdus)
    assert "trade.gap" not in pdus[-1].experts


@pytest.mark.parametrize("whole", ("TRUE", "FALSE"))
def test_a_payload_that_is_confirmed_before_it_is_captured(reader, whole):
    """The capture has all bytes, so that a Ping that is late is surely late."""
    capture = Capture("12:00:00.000000")
    conversation = Conversation(capture, 1195).handshake()
    conversation.module(ping(TRADER)).multiplexer(ping(MULTIPLEXER))
    conversation.multiplexer(pong(MULTIPLEXER)).module(pong(TRADER))
    sent = data(TRADER, 2405, filler(2995))
    conversation.module(sent[:1000])
    conversation.multiplexer(status(MULTIPLEXER, "on"), ack=1000003 + 1 + 20 + 3000)
    conversation.module(sent[1000:], mss=1000)
    conversation.module(ping(TRADER), at=wall_time("12:01:10.000000"))
    pdus = reader.pdus(reader.save(capture), "-o", f"trade.desegment_data:{whole}",
                       "-o", "tcp.reassemble_out_of_order:TRUE")
    late = [pdu for pdu in pdus if pdu["trade.keyword"] == "Ping"][-1]
    assert set(late.experts) == {"trade.ping.late"}


def test_with_reassembly(tshark, spanning):
    frames = tshark.frames(spanning)[3:]
    assert [[pdu["trade.keyword"] for pdu in frame.pdus] for frame in frames] == [
        ["Ping"], [], [None, "Status"], ["Ping"]]


# ---- Module ids ----


@pytest.fixture(scope="module")
def modules(tshark):
    capture = Capture()
    Conversation(capture, 1170).module(ping(200))
    Conversation(capture, 1171).module(ping(BACKOFFICE))
    Conversation(capture, 1172).handshake().module(greeting(200, "Learned")).module(ping(200))
    return tshark.save(capture)


def senders(tshark, path, *options):
    return [pdu.label("trade.sender") for pdu in tshark.pdus(path, *options)]


def test_modules_without_preference(tshark, modules):
    assert senders(tshark, modules) == [
        "Sender: Unknown (200)", "Sender: BackOffice (11)", "Sender: Learned (200)",
        "Sender: Learned (200)"]


def test_preference_adds_and_overrides(tshark, modules):
    rows = ('uat:trade_modules:"200","Frobnicator"', 'uat:trade_modules:"11","Office"')
    options = [arg for row in rows for arg in ("-o", row)]
    assert senders(tshark, modules, *options) == [
        "Sender: Frobnicator (200)", "Sender: Office (11)", "Sender: Frobnicator (200)",
        "Sender: Frobnicator (200)"]
    infos = list(tshark.infos(modules, *options).values())
    assert infos[0] == "Frobnicator -> Control, Ping, len=10"
    assert infos[1] == "Office -> Control, Ping, len=10"


def test_preference_makes_an_id_known(tshark, modules):
    first = tshark.pdus(modules, "-o", 'uat:trade_modules:"200","Frobnicator"')[0]
    assert first.experts == {}


def names(tshark, path, *options):
    return [name for name, in tshark.values(path, "trade.sender.name", options=options)]


def test_name_of_the_sender(tshark, modules):
    """It comes from the list, from the greeting, or tells the id; the preference overrides."""
    found = [tshark.values(modules, "frame.number", options=("-Y", display_filter))
             for display_filter in ('trade.sender.name == "BackOffice"',
                                    'trade.sender.name == "Learned"',
                                    'trade.sender.name matches "^Unknown"')]
    assert found == [[("2",)], [("6",), ("7",)], [("1",)]]
    given = ("-Y", "trade", "-o", 'uat:trade_modules:"200","Frobnicator"')
    assert names(tshark, modules, "-Y", "trade") == [
        "Unknown (200)", "BackOffice", "Learned", "Learned"]
    assert names(tshark, modules, *given) == [
        "Frobnicator", "BackOffice", "Frobnicator", "Frobnicator"]


def test_name_is_not_said_twice(tshark, modules):
    """The tree's line of the id has the name; the field of its own stays out of sight."""
    tree = tshark.run("-r", modules, "-O", "trade")
    assert "Sender: Learned (200)" in tree
    assert "Sender Name" not in tree


# ---- Display filters ----


@pytest.mark.parametrize("name, display_filter, expected", (
    ("keepalive", 'trade.keyword == "Ping"', {"Ping"}),
    ("keepalive", 'trade.keyword == "Ping" && trade.ping_clock', {"Ping"}),
    ("sessions", "trade.client_addr == 194.134.0.0/16", {"New Connection", "Login"}),
    ("sessions", "trade.client_addr == 194.134.17.2", {"New Connection", "Login"}),
    ("sessions", "trade.conn_id == 2645", {"New Connection", "Login", "Close Connection"}),
    ("keepalive", "trade.rtt_time > 100", {"Roundtrip for Module"}),
    ("keepalive", "trade.rtt_off_wire == 0.532", {"Roundtrip for Module"}),
    ("sessions", 'trade.status contains "Run"', {"Status"}),
))
def test_filter(reader, captures, name, display_filter, expected):
    """It lets all frames through that it should, and no other."""
    path = captures[name]
    lines = reader.values(path, "trade.keyword", options=("-2", "-Y", display_filter))
    assert {keyword for keyword, in lines} == expected


def test_filter_counts(sharkd, captures):
    def count(display_filter):
        return len(sharkd.find_frames(captures["keepalive"], display_filter))

    # Three rounds on two connections, a Ping each way.
    assert count('trade.keyword == "Ping"') == 12
    assert count('trade.keyword == "Ping" && trade.ping_clock') == 6
    assert count('trade.keyword == "Ping" && trade.sender == 1') == 6
    assert count("trade.rtt_time > 100") == 1


def test_clock_of_a_pong_is_its_pings(reader, captures):
    clocks = reader.values(captures["keepalive"], "trade.ping_clock",
                           options=("-2", "-Y", "trade.ping_clock"))
    assert len(clocks) == 12 and len(set(clocks)) == 6
