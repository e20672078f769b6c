-- extend.lua
-- Adds a keyword and a payload to the TRADE dissector, as an example to start from.
--
-- usage: tshark -X lua_script:docs/extend.lua -r FILE
--
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later

-- A keyword that the plugin does not know: "Heartbeat", with a counter (2 bytes).
local heartbeat = Proto("trade_heartbeat", "TRADE Heartbeat")
local counter = ProtoField.uint16("trade_heartbeat.counter", "Counter")
heartbeat.fields = { counter }

function heartbeat.dissector(body, pinfo, tree)
    if body:len() < 2 then
        return 0
    end
    tree:add(heartbeat, body(0, 2)):add(counter, body(0, 2))
    return 2
end

DissectorTable.get("trade.keyword"):add("Heartbeat", heartbeat)

-- The payload of data PDUs of module 12, Trader: an order's number (4 bytes) and its text.
local order = Proto("trade_order", "TRADE Order")
local number = ProtoField.uint32("trade_order.number", "Number")
local text = ProtoField.string("trade_order.text", "Text")
order.fields = { number, text }

function order.dissector(payload, pinfo, tree)
    if payload:len() < 5 then
        return 0
    end
    local subtree = tree:add(order, payload())
    subtree:add(number, payload(0, 4))
    subtree:add(text, payload(4))
    return payload:len()
end

DissectorTable.get("trade.data"):add(12, order)
