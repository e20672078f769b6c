# test_lua.py
# Can a script in Lua read every field of ours, and does it get the value that tshark prints?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections

import pytest

from trade_pdus import MULTIPLEXER, TRADER, Capture, Conversation, data, login, new_connection

# What Lua's value of a field says as tshark does.
PLAIN = {"FT_UINT8", "FT_UINT16", "FT_UINT32", "FT_UINT64", "FT_FRAMENUM", "FT_STRING",
         "FT_STRINGZ", "FT_IPv4"}
SCRIPT = """
local names = { %s }
local fields = {}
for i, name in ipairs(names) do fields[i] = Field.new(name) end
local listener = Listener.new("frame")
function listener.packet(pinfo)
    for i, name in ipairs(names) do
        for _, info in ipairs({ fields[i]() }) do
            local all = { tostring(info), tostring(info.display), tostring(info.range),
                          tostring(info.source), tostring(info.type) }
            print(string.format("lua\\t%%d\\t%%s\\t%%s\\t%%d", pinfo.number, name,
                                tostring(info.value), #all))
        end
    end
end
"""


@pytest.fixture(scope="module", name="fields")
def fixture_fields(tshark):
    return tshark.fields()


@pytest.fixture(scope="module", name="read")
def fixture_read(tshark, fields):
    """Returns what a script reads of all fields, {(frame, name): [value]}, and what tshark prints of
    the plain ones meanwhile, with blanks between a frame's values."""
    names = [field.name for field in fields] + ["trade", "trade.judgement"]
    plain = [field.name for field in fields if field.type in PLAIN]
    script = tshark.make_directory() / "read.lua"
    script.write_text(SCRIPT % ", ".join(f'"{name}"' for name in names), encoding="utf-8")
    script.chmod(0o644)

    def read(path, *options, alone=False):
        values, printed = collections.defaultdict(list), {}
        load = ("-X", f"lua_script:{script}", *options)
        rows = ((line.split("\t") for line in tshark.run("-r", path, "-q", *load).splitlines())
                if alone else
                tshark.values(path, "frame.number", *plain, options=(*load, "-E", "aggregator=/s")))
        for word, *cells in rows:
            if word == "lua":
                number, name, value, count = cells
                assert count == "5"
                values[int(number), name].append(value)
            else:
                printed.update({(int(word), name): cell for name, cell in zip(plain, cells) if cell})
        return values, printed
    return read


@pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))
def test_all_fields_of_all_captures(read, captures, passes):
    for path in captures.values():
        values, printed = read(path, *passes)
        assert printed and {key: " ".join(values[key]) for key in printed} == printed


def test_an_address_in_the_last_bytes(tshark, read):
    """It is shown where fewer than four bytes follow, and of a session where none does. The script
    alone asks for fields."""
    capture = Capture()
    conversation = Conversation(capture).handshake()
    conversation.multiplexer(new_connection(2405, "9.8.7.6"))
    conversation.multiplexer(login(MULTIPLEXER, 2405, "ann", "194.134.005.011", end=b""))
    conversation.module(data(TRADER, 2405, b""))
    values, _ = read(tshark.save(capture), alone=True)
    assert values[4, "trade.client_addr"] == values[4, "trade.session.client_addr"] == ["9.8.7.6"]
    assert values[5, "trade.client_addr"] == ["194.134.5.11"]
    assert values[6, "trade.session.client_addr"] == ["9.8.7.6"]


def test_a_listener_is_called_for_each_pdu(tshark, captures):
    """A frame of the talk has several."""
    script = tshark.make_directory() / "count.lua"
    script.write_text("""
local listener, calls = Listener.new("trade"), 0
function listener.packet() calls = calls + 1 end
function listener.draw() print(calls) end
""", encoding="utf-8")
    script.chmod(0o644)
    told = tshark.run("-q", "-X", f"lua_script:{script}", "-r", captures["multi-pdu"])
    frames = tshark.values(captures["multi-pdu"], "trade.sender", options=("-Y", "trade"))
    senders = [sender for row in frames for sender in row[0].split(",") if sender]
    assert int(told) == len(senders) > len(frames)
