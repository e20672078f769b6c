# test_extension.py
# Can others decode what the plugin does not, and get at the payloads?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import pathlib
import struct

import pytest

from trade_pdus import (
    BACKOFFICE, TRADER, Capture, Conversation, close_connection, control, data, new_connection,
    ping)

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "extend.lua"


@pytest.fixture(scope="module")
def capture(tshark):
    capture = Capture()
    trader = Conversation(capture, 1195).handshake()
    trader.module(control(TRADER, "Heartbeat", struct.pack(">H", 7)) + ping(TRADER))
    trader.module(control(TRADER, "Heartbeat", b"\x07\x00\x01"))
    trader.module(data(TRADER, 2405, struct.pack(">I", 4711) + b"buy") + data(TRADER, 2406, b"{}"))
    trader.multiplexer(data(TRADER, 2405, b"done"))
    other = Conversation(capture, 1181).handshake()
    other.multiplexer(new_connection(2407, "194.134.005.011"))
    other.module(data(BACKOFFICE, 2405, b"<order/>"))
    other.multiplexer(close_connection(2405))
    return tshark.save(capture)


def lines(tshark, capture, *options):
    return [line.strip() for line in tshark.run("-r", capture, "-V", *options).splitlines()]


def test_example_adds_a_keyword_and_a_payload(tshark, capture):
    lua = f"lua_script:{tshark.keep(EXAMPLE)}"
    fields = ("trade_heartbeat.counter", "trade_order.number", "trade_order.text")
    values = tshark.values(capture, *fields, options=("-X", lua))
    assert [row for row in values if any(row)] == [
        ("7", "", ""), ("1792", "", ""), ("", "4711", "buy")]
    infos = tshark.infos(capture, "-X", lua)
    assert infos[4] == "2 Trade PDUs: Heartbeat, Ping"
    assert infos[5] == "Trader -> Control, Heartbeat, len=18"
    # What the example leaves of a body is still shown.
    assert tshark.values(capture, "trade.data", options=("-X", lua))[4] == ("01",)
    assert tshark.run("-r", capture, "-X", lua, "-Y", "trade.keyword.unknown") == ""

def test_a_keywords_body_that_is_cut_off_is_shown(tshark):
    capture = Capture()
    trader = Conversation(capture, 1195).handshake()
    trader.module(control(TRADER, "Heartbeat", b"\x07\x00\x01"), snap=16)
    lua = f"lua_script:{tshark.keep(EXAMPLE)}"
    assert tshark.values(tshark.save(capture), "trade.data", options=("-X", lua))[3] == ("07",)


def test_without_the_example_the_keyword_is_unknown(tshark, capture):
    assert tshark.infos(capture)[5] == "Trader -> Control, Heartbeat (Unknown keyword), len=18"


@pytest.mark.parametrize("module, what, line", (
    (TRADER, "json", "JavaScript Object Notation"),
    (BACKOFFICE, "xml", "eXtensible Markup Language"),
    (TRADER, "data-text-lines", "Line-based text data (1 lines)"),
    (TRADER, "data", "Data (2 bytes)"),
))
def test_decode_as(tshark, capture, module, what, line):
    decode = ("-d", f"trade.data=={module},{what}")
    assert line in lines(tshark, capture, *decode)
    assert line not in lines(tshark, capture)
    assert tshark.infos(capture, *decode) == tshark.infos(capture)


def test_a_malformed_payload_does_not_end_the_segment(tshark):
    """Nor where a filter asks for fields, but not for the sizes that TCP shows of PDUs."""
    capture = Capture()
    trader = Conversation(capture, 1195).handshake()
    trader.module(ping(TRADER))
    trader.module(data(TRADER, 2405, b"no") + ping(TRADER) + data(TRADER, 2405, b"no") + ping(TRADER))
    path = tshark.save(capture)
    script = tshark.make_directory() / "arp.lua"
    script.write_text(f'DissectorTable.get("trade.data"):add({TRADER}, Dissector.get("arp"))\n')
    script.chmod(0o644)
    options = ("-X", f"lua_script:{script}")
    for sizes in ("", " && tcp.pdu.size"):
        found = tshark.run("-r", path, *options, "-Y",
                           '_ws.malformed && trade.keyword == "Ping"' + sizes)
        assert [line.split()[0] for line in found.splitlines()] == ["5"]
    assert tshark.values(path, "trade.keyword", options=options)[4] == ("Ping,Ping",)
    assert len(tshark.values(path, "tcp.pdu.size", options=options)[4][0].split(",")) == 4
    table = tshark.run("-r", path, *options, "-q", "-z",
                       "io,stat,0,COUNT(trade.keyword)trade.keyword")
    assert [line.split()[5] for line in table.splitlines() if "<>" in line] == ["3"]


def test_a_tunnel_inside_leaves_the_packet_its_ends(tshark):
    """A payload's own addresses are not those of the connection, nor of the PDUs behind it."""
    inner = bytes.fromhex("4500001400010000400100000101010102020202")
    capture = Capture()
    trader = Conversation(capture, 1195).handshake()
    trader.module(ping(TRADER))
    trader.module(data(TRADER, 2405, inner) + ping(TRADER))
    path = tshark.save(capture)
    script = tshark.make_directory() / "ip.lua"
    script.write_text(f'DissectorTable.get("trade.data"):add({TRADER}, Dissector.get("ip"))\n')
    script.chmod(0o644)
    options = ("-X", f"lua_script:{script}")
    sources, expected = (tshark.values(path, "_ws.col.Source", "trade.keyword", options=more)
                         for more in (options, ()))
    assert sources == expected
    assert "2.2.2.2" in tshark.run("-r", path, *options, "-T", "fields", "-e", "ip.dst")
    table = tshark.run("-r", path, *options, "-q", "-z", "trade,health")
    assert table == tshark.run("-r", path, "-q", "-z", "trade,health")


GREEDY = """
local greedy = Proto("greedy", "Asks TCP for more")
function greedy.dissector(tvb, pinfo, tree)
    pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
    return tvb:len()
end
DissectorTable.get("trade.data"):add(%d, greedy)
""" % TRADER


@pytest.mark.parametrize("passes", ((), ("-2",)))
def test_a_payload_cannot_ask_for_more_of_the_stream(tshark, captures, passes):
    """Each PDU is shown once, as without that dissector."""
    script = tshark.make_directory() / "greedy.lua"
    script.write_text(GREEDY)
    script.chmod(0o644)
    fields = ("frame.number", "trade.sender", "trade.length", "_ws.col.Info")
    found, expected = (tshark.values(captures["incident"], *fields, options=(*passes, *more))
                       for more in (("-X", f"lua_script:{script}"), ()))
    assert found == expected


def follow(tshark, capture, session, *options):
    output = tshark.run("-r", capture, "-q", "-z", f"follow,trade,ascii,{session}", *options)
    return output.split("=\n", 1)[1].rsplit("\n=", 1)[0].splitlines()


@pytest.mark.parametrize("passes", ((), ("-2",)))
def test_follow_is_of_one_session_over_its_connections(tshark, capture, passes):
    text = follow(tshark, capture, 0, *passes)
    assert text[0] == "Follow: trade,ascii"
    assert text[1] == "Filter: trade.session == 0"
    payload = [line.strip() for line in text[4:]]
    assert payload == ["7", "...gbuy", "4", "done", "8", "<order/>"]
    assert "{}" in "\n".join(follow(tshark, capture, 1, *passes))


def test_follow_tells_the_sides_apart(tshark, capture):
    text = follow(tshark, capture, 0)
    # What the module sends is indented, as a server's side is.
    assert [line.startswith("\t") for line in text[4:]] == [True, False, False, False, True, False]


def test_export_objects(tshark, capture):
    target = tshark.directory / "objects"
    target.mkdir()
    if os.geteuid() == 0:
        os.chown(target, 65534, 65534)
    tshark.run("-r", capture, "-q", "--export-objects", f"trade,{target}")
    found = {path.name.rsplit("-", 1)[0]: path.read_bytes() for path in target.iterdir()}
    # Two payloads of frame 6 are of two sessions.
    assert found == {
        "session-0-frame-6": b"\x00\x00\x12\x67buy", "session-1-frame-6": b"{}",
        "session-0-frame-7": b"done", "session-0-frame-12": b"<order/>"}
