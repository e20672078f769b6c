-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- TRADE in Lua, written after the SharkFest '17 Europe talk: one file, no state
-- beyond the greeting. It shares no code with the plugin, so that the tests can
-- hold the two against each other, and it stands for "as in the talk" where
-- speed is compared. Load it where the plugin is not:
--   tshark -X lua_script:trade_talk.lua -r capture.pcap

local trade = Proto("tradelua", "TRADE in Lua")

local PORT = 2107
local HEADER_LENGTH = 5
local CONTROL = 0xffff
local TRADESITE = 7

local modules = {
    [1] = "Multiplexer", [6] = "CarpenterUpdate", [7] = "Tradesite",
    [8] = "Settlement", [11] = "BackOffice", [12] = "Trader",
    [13] = "MarketConfiguration", [14] = "MarginManagement",
    [20] = "TranquilizerUpdate", [21] = "Zap", [37] = "DocumentSystem",
    [57] = "Razzamatazz", [93] = "Zep", [99] = "Scripting",
}

local F = {
    sender = ProtoField.uint8("tradelua.sender", "Sender", base.DEC, modules),
    length = ProtoField.uint16("tradelua.length", "Length", base.DEC),
    receiver = ProtoField.uint16("tradelua.receiver", "Receiver", base.DEC),
    data = ProtoField.bytes("tradelua.data", "Data"),
    keyword = ProtoField.stringz("tradelua.keyword", "Keyword"),
    ping_clock = ProtoField.uint64("tradelua.ping_clock", "Ping Time"),
    roundtrip_clock = ProtoField.uint64("tradelua.roundtrip_clock", "Roundtrip Clock"),
    rtt_time = ProtoField.double("tradelua.rtt_time", "Roundtrip Time"),
    module = ProtoField.stringz("tradelua.module", "Module"),
    conn_id = ProtoField.uint16("tradelua.conn_id", "Connection ID", base.DEC),
    client_ip = ProtoField.stringz("tradelua.client_ip", "Client IP"),
    username = ProtoField.stringz("tradelua.username", "Username"),
    access = ProtoField.stringz("tradelua.access", "Access"),
    module_count = ProtoField.uint16("tradelua.module_count", "Module Count", base.DEC),
    client_count = ProtoField.uint16("tradelua.client_count", "Client Count", base.DEC),
    status = ProtoField.stringz("tradelua.status", "Status"),
    greeting = ProtoField.stringz("tradelua.greeting", "Server Greeting"),
}
trade.fields = F

local short_body = ProtoExpert.new("tradelua.short", "The body ends early",
                                   expert.group.MALFORMED, expert.severity.ERROR)
local bad_length = ProtoExpert.new("tradelua.bad_length", "Shorter than its own header",
                                   expert.group.MALFORMED, expert.severity.ERROR)
trade.experts = { short_body, bad_length }

local function module_name(id)
    return modules[id] or string.format("Unknown (%d)", id)
end

-- A reader walks the body of one control PDU. `bytes` is the PDU as a Lua
-- string, which finds a terminator faster than a TvbRange does. Its take_
-- functions return nil once the body has too few bytes, and so does all after.
local Reader = {}
Reader.__index = Reader

function Reader.new(range, tree)
    return setmetatable({ range = range, tree = tree, bytes = range:raw(),
                          at = HEADER_LENGTH, failed = false }, Reader)
end

-- Returns how many bytes of the body are still unread.
function Reader:left()
    return #self.bytes - self.at
end

-- Marks the PDU as short, once.
function Reader:fail()
    if not self.failed then
        self.failed = true
        self.tree:add_proto_expert_info(short_body)
    end
end

-- Adds a zero-terminated string and returns it without its zero.
function Reader:take_text(field)
    local zero = not self.failed and self.bytes:find("\0", self.at + 1, true)
    if not zero then return self:fail() end
    local text = self.bytes:sub(self.at + 1, zero - 1)
    self.tree:add(field, self.range(self.at, zero - self.at))
    self.at = zero
    return text
end

-- Adds a 16-bit number and returns it.
function Reader:take_uint16(field)
    if self.failed or self:left() < 2 then return self:fail() end
    local range = self.range(self.at, 2)
    self.tree:add(field, range)
    self.at = self.at + 2
    return range:uint()
end

-- Returns the range of a counted integer's bytes, 1 to 8 of them.
function Reader:take_counted()
    local count = not self.failed and self.bytes:byte(self.at + 1)
    if not count or count < 1 or count > 8 or self:left() < 1 + count then
        return self:fail()
    end
    local range = self.range(self.at + 1, count)
    self.at = self.at + 1 + count
    return range
end

-- The bodies, by keyword. Each returns what Info says in place of the keyword,
-- or nil where that is the keyword itself.
local bodies = {}

bodies["Ping"] = function(reader)
    if reader:left() == 0 then return end
    local clock = reader:take_counted()
    if clock then reader.tree:add_le(F.ping_clock, clock) end
end

bodies["Pong"] = bodies["Ping"]

bodies["Roundtrip"] = function(reader)
    local clock = reader:take_counted()
    if clock then reader.tree:add_le(F.roundtrip_clock, clock) end
end

bodies["Roundtrip for Module"] = function(reader)
    local module = reader:take_text(F.module)
    local time = reader:take_counted()
    if not time then return end
    local ms = time:le_uint64():tonumber() / 1000
    reader.tree:add(F.rtt_time, time, ms):append_text(" ms")
    return string.format("Roundtrip for Module %s is %.3f ms", module, ms)
end

bodies["New Connection"] = function(reader)
    local id = reader:take_uint16(F.conn_id)
    local ip = reader:take_text(F.client_ip)
    return ip and string.format("New Connection from %s (id=%d)", ip, id)
end

bodies["Close Connection"] = function(reader)
    local id = reader:take_uint16(F.conn_id)
    return id and string.format("Connection closed (id=%d)", id)
end

bodies["Login"] = function(reader)
    local module
    if reader.bytes:byte(1) == TRADESITE then module = reader:take_text(F.module) end
    local id = reader:take_uint16(F.conn_id)
    local user = reader:take_text(F.username)
    local ip = reader:take_text(F.client_ip)
    reader:take_text(F.access)
    if not ip then return end
    return string.format("User %s logged in from %s%s (id=%d)", user, ip,
                         module and " to " .. module or "", id)
end

bodies["ModuleAndClientCount"] = function(reader)
    local module_count = reader:take_uint16(F.module_count)
    local client_count = reader:take_uint16(F.client_count)
    return client_count and string.format("ModuleAndClientCount, Modules: %d, Clients: %d",
                                          module_count, client_count)
end

bodies["Status"] = function(reader)
    local status = reader:take_text(F.status)
    return status and "Status: " .. status
end

-- Adds keyword and body of a control PDU and returns what Info says of them.
local function dissect_control(range, tree)
    local reader = Reader.new(range, tree)
    local keyword = reader:take_text(F.keyword)
    local body = bodies[keyword or ""]
    local said
    if body then
        said = body(reader) or keyword
    else
        said = (keyword or "") .. " (Unknown keyword)"
    end
    if reader:left() > 0 then tree:add(F.data, range(reader.at)) end
    return said
end

-- Adds one PDU, whole in `range`, and returns its line for Info.
local function dissect_pdu(range, root)
    local length = range(1, 2):uint()
    local receiver = range(3, 2):uint()
    local tree = root:add(trade, range)
    tree:add(F.sender, range(0, 1))
    tree:add(F.length, range(1, 2))
    local receiver_item = tree:add(F.receiver, range(3, 2))
    if length < HEADER_LENGTH then tree:add_proto_expert_info(bad_length) end

    local line = module_name(range(0, 1):uint()) .. " -> "
    if receiver == CONTROL then
        receiver_item:append_text(" (Control)")
        line = line .. "Control, " .. dissect_control(range, tree)
    else
        line = line .. receiver
        if range:len() > HEADER_LENGTH then tree:add(F.data, range(HEADER_LENGTH)) end
    end
    line = line .. ", len=" .. length
    tree:set_text((receiver == CONTROL and "Trade Control PDU : " or "Trade Data PDU : ") .. line)
    return line
end

-- Adds a greeting, whole in `range`, and returns its line for Info.
local function dissect_greeting(range, root)
    local name = range(2):stringz()
    local tree = root:add(trade, range, "Trade Server Greeting : " .. name)
    tree:add(F.sender, range(0, 1))
    tree:add(F.length, range(1, 1))
    tree:add(F.greeting, range(2))
    return "Setting up connection to " .. name
end

-- Where the first bytes of each module were dissected: the frame, and the place
-- in it, since the rest of the same segment comes in a call of its own. Found by
-- address and port, since tcp.stream is not there while no tree is built: a port
-- that is used anew has no second greeting.
local starts = {}

function trade.init()
    starts = {}
end

-- Returns the length of the greeting that `tvb` begins with, or 0 for none. The
-- greeting may be longer than what has arrived of it.
local function greeting_length(tvb)
    if tvb:len() < 2 then return 0 end
    local n = tvb(1, 1):uint()
    if n == 0 then return 0 end
    local seen = tvb(2, math.min(n + 1, tvb:len() - 2)):raw()
    local name = seen:sub(1, n)
    if name:find("[^\32-\126]") then return 0 end
    if #seen > n and seen:byte(n + 1) ~= 0 then return 0 end
    return n + 3
end

-- Returns the length of the greeting or PDU at `offset`, nil while it is
-- unknown, and whether it is a greeting.
local function unit_length(tvb, offset, first)
    local greeting = first and offset == 0 and greeting_length(tvb) or 0
    if greeting > 0 then return greeting, true end
    if tvb:len() - offset < HEADER_LENGTH then return nil, false end
    return math.max(tvb(offset + 1, 2):uint(), HEADER_LENGTH), false
end

-- Says in Info what the frame holds, over all calls for the same frame.
local function set_info(pinfo, count, line)
    count = count + (tonumber(pinfo.private.tradelua_count or "0") or 0)
    pinfo.private.tradelua_count = tostring(count)
    pinfo.cols.protocol = "TRADE"
    pinfo.cols.info = count == 1 and line or count .. " Trade PDUs"
end

function trade.dissector(tvb, pinfo, root)
    local module = pinfo.dst_port == PORT and tostring(pinfo.src) .. ":" .. pinfo.src_port
    local here = module and pinfo.number .. ":" .. tvb:offset()
    local first = module and (starts[module] or here) == here
    local offset, count, line = 0, 0, nil

    while offset < tvb:len() do
        local length, is_greeting = unit_length(tvb, offset, first)
        if not length or offset + length > tvb:len() then
            pinfo.desegment_offset = offset
            pinfo.desegment_len = length and offset + length - tvb:len()
                                  or DESEGMENT_ONE_MORE_SEGMENT
            break
        end
        local dissect = is_greeting and dissect_greeting or dissect_pdu
        line = dissect(tvb(offset, length), root)
        if first then starts[module] = here end
        count = count + 1
        offset = offset + length
    end
    if count > 0 then set_info(pinfo, count, line) end
    return tvb:len()
end

DissectorTable.get("tcp.port"):add(PORT, trade)
