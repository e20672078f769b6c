# incident.py
# The talk's incident, rebuilt from its tables: make_captures.py writes it.
#
# What the slides print is taken as printed: times to the microsecond, lengths, the
# Multiplexer's windows, sequence numbers (as raw ones: without the 21 MB that went
# before, Wireshark's relative ones are others). What they do not print is composed to
# fit between, with no byte missing. Slides: "Packet timestamps don't match",
# "Ping-Pong?", "RTT=188.409 ms???", "Stop talking", "But I have so much to say",
# "Sorry, busy!".
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

from trade_pdus import (
    BACKOFFICE, MARKETCONFIGURATION, DOCUMENTSYSTEM, MULTIPLEXER, SETTLEMENT, TRADER, TRADESITE,
    Capture, Conversation, clock_at, close_connection, counts, data, filler, login, new_connection,
    ping, pong, roundtrip_for_module, wall_time)

SCRIPTING, TRANQUILIZER, ZAP, RAZZAMATAZZ, ZEP, MARGIN = 99, 20, 21, 57, 93, 14
MSS, CHUNK = 1380, 20480  # each side's stack hands its data on in such pieces

# How much the capture's clock is ahead of the Multiplexer's: frame 22 of the talk.
OFFSET = 261_660
# From the Multiplexer's Ping to when it reported, less Ping to Pong on the wire: the
# times of the reports of 3.234, 5.386 and 188.409 ms bear that out, but for what the
# last one's Ping waited before it was sent.
REPORTING = 1_070

# The times of the Pings, in order of tcp.stream: frames 1 to 13 and 20 of the talk,
# 33 rounds on. Name, id, port, when in the round.
MODULES = (
    ("BackOffice", BACKOFFICE, 1181, 0),
    ("MarketConfiguration", MARKETCONFIGURATION, 1184, 88),
    ("Scripting", SCRIPTING, 1553, 91),
    ("TranquilizerUpdate", TRANQUILIZER, 1536, 249_216),
    ("DocumentSystem", DOCUMENTSYSTEM, 1177, 249_599),
    ("Settlement", SETTLEMENT, 1192, 249_652),
    ("Zap", ZAP, 1200, 249_738),
    ("Razzamatazz", RAZZAMATAZZ, 1203, 249_850),
    ("Zep", ZEP, 1546, 249_923),
    ("MarginManagement", MARGIN, 1188, 374_694),
    ("Tradesite", TRADESITE, 1170, 547_449),
)
FIRST_ROUND, ROUND, ROUNDS = wall_time("09:26:34.835500"), 30_014_400, 13


class Script:
    """What is to be sent, in order of time; times are the talk's, or in microseconds."""

    def __init__(self):
        self.steps = []

    def at(self, time, conversation, who, payload=b"", **more):
        """Sends one segment; mss: more than one, 4 microseconds apart."""
        time = wall_time(time) if isinstance(time, str) else time
        mss = more.pop("mss", None)
        while mss and len(payload) > mss:
            self.steps.append((time, conversation, who, payload[:mss], {"flags": "A", **more}))
            payload, time = payload[mss:], time + 4
        self.steps.append((time, conversation, who, payload, {"flags": "PA", **more}))

    def ack(self, time, conversation, who, **more):
        self.at(time, conversation, who, flags="A", **more)

    def play(self):
        for time, conversation, who, payload, more in sorted(self.steps, key=lambda s: s[0]):
            conversation.segment(who, payload, at=time, **more)


def _healthy(script, capture):
    """Keepalives of all modules but Trader, each 30 s both ways, and their reports.
    Returns Tradesite's connection."""
    streams = [Conversation(capture, port, seqs=(0x083BDD42 + 70_000 * n, 0x5421664F + 50_000 * n))
               for n, (_, _, port, _) in enumerate(MODULES)]
    tradesite = streams[-1]
    for round_ in range(ROUNDS):
        for n, (name, sender, _, phase) in enumerate(MODULES):
            conversation = streams[n]
            start = FIRST_ROUND + round_ * ROUND + phase + (37 * round_ + 11 * n) % 400
            script.at(start, conversation, "module", ping(sender))
            script.at(start + 190 + 7 * n, conversation, "multiplexer", pong(MULTIPLEXER))
            measured = FIRST_ROUND + round_ * ROUND + 717_829 + 481 * n
            wire = 207 + (53 * n + 29 * round_) % 300
            # A Ping waits a few microseconds before it is sent, but never less.
            waited = (13 * n + 17 * round_) % 90
            clock = clock_at(measured - OFFSET - waited)
            script.at(measured, conversation, "multiplexer", ping(MULTIPLEXER, clock))
            script.at(measured + wire, conversation, "module", pong(sender, clock))
            script.ack(measured + 203_000 + n, conversation,
                       "module" if sender == TRADESITE else "multiplexer")
            script.at(measured + 8_000 + wire, tradesite, "multiplexer",
                      roundtrip_for_module(name, wire + REPORTING + waited))
    return tradesite


# Windows above 65535 do not fit into the field: Trader's are divided by 256, as they
# were on the wire. The Multiplexer's stand as printed; before the burst none is, and
# this is what fits the field.
TRADER_WINDOW = 7868160 + 50
WINDOWS_BEFORE = {"module": TRADER_WINDOW // 256, "multiplexer": 65280}

# "Ping-Pong?": time, who sends, what. clock: the Multiplexer's Ping has one, which its
# Pong brings back; the number is how long the Ping waited before it was sent.
PING, PONG, CLOCK_PING, CLOCK_PONG, PDUS_23 = range(5)
KEEPALIVE = (
    ("09:26:56.803512", CLOCK_PING, 31),  # not shown; a Pong follows
    ("09:26:56.805702", PING, 0),  # by the delta of the first row
    ("09:26:56.806849", PONG, 0), ("09:26:56.807115", CLOCK_PONG, 0),
    ("09:27:26.815959", CLOCK_PING, 64), ("09:27:26.816078", PING, 0),
    ("09:27:26.864085", PDUS_23, 0), ("09:27:26.864242", PONG, 0),
    ("09:27:56.877668", PING, 0), ("09:27:56.877671", CLOCK_PING, 18),
    ("09:27:57.080057", CLOCK_PONG, 0), ("09:27:57.921887", PONG, 0),
    ("09:28:27.937058", CLOCK_PING, 77), ("09:28:27.937194", PING, 0),
    ("09:28:28.139867", PONG, 0), ("09:28:28.140156", CLOCK_PONG, 0),
    ("09:28:58.154115", CLOCK_PING, 0), ("09:28:58.154966", PING, 0),
    ("09:28:58.156050", PONG, 0), ("09:28:58.156279", CLOCK_PONG, 0),
    ("09:29:28.168604", CLOCK_PING, 17), ("09:29:28.171420", PING, 0),
    ("09:29:28.172611", PONG, 0), ("09:29:28.172847", CLOCK_PONG, 0),
    ("09:29:58.167667", PING, 0), ("09:29:58.169923", PONG, 0),
    ("09:29:58.370326", CLOCK_PING, 186_526), ("09:29:58.370998", CLOCK_PONG, 0),
)
# Those that the slides print; other rounds' are not in this capture.
REPORTS = (("09:28:58.157637", 3_234), ("09:29:28.174261", 5_386), ("09:29:58.372497", 188_409))


def _keepalive(script, trader, tradesite):
    for time, kind, waited in KEEPALIVE:
        who = "multiplexer" if kind in (PONG, CLOCK_PING) else "module"
        if kind == PING:
            payload = ping(TRADER)
        elif kind == PONG:
            payload = pong(MULTIPLEXER)
        elif kind == CLOCK_PING:
            clock = clock_at(wall_time(time) - OFFSET - waited)
            payload = ping(MULTIPLEXER, clock)
        else:
            payload = pong(TRADER, clock)
            if kind == PDUS_23:  # 612 bytes
                payload += b"".join(data(TRADER, 2643, filler(22, n)) for n in range(22))
        script.at(time, trader, who, payload, window=WINDOWS_BEFORE[who])
    for time, rtt in REPORTS:
        script.at(time, tradesite, "multiplexer", roundtrip_for_module("Trader", rtt))


# ---- Trader's burst, and the Multiplexer's window ----

BURST_START, BURST_END = 21_248_223 - 2 * 65535, 21_251_242
BURST_SEGMENTS = (  # "But I have so much to say": time, sequence number; PDUs end at 30309, 30331
    ("09:30:11.828855", 21219728), ("09:30:11.828859", 21221108), ("09:30:11.828863", 21222488),
    ("09:30:11.829733", 21223648), ("09:30:11.829737", 21225028), ("09:30:11.829741", 21226408),
    ("09:30:11.829745", 21227788), ("09:30:11.829749", 21229168), ("09:30:11.829791", 21230548),
    ("09:30:11.829795", 21231928), ("09:30:11.829799", 21233308), ("09:30:11.829803", 21234688),
    ("09:30:11.829892", 21236068), ("09:30:11.829896", 21237448), ("09:30:11.829901", 21238828),
    ("09:30:11.829905", 21240208), ("09:30:11.829909", 21241588), ("09:30:11.829912", 21242968),
    ("09:30:11.830179", 21244128), ("09:30:11.830184", 21245508), ("09:30:11.830187", 21246888),
    ("09:30:11.836826", 21248223), ("09:30:11.836830", 21249603), ("09:30:16.856398", 21250983),
    ("09:30:17.386582", 21251239), ("09:30:18.416293", 21251240), ("09:30:20.693836", 21251241),
)
WINDOWS = (  # "Sorry, busy!": time, acknowledged, window
    ("09:30:11.828945", 21223648, 27392), ("09:30:11.829916", 21230548, 20480),
    ("09:30:11.829963", 21244128, 6912), ("09:30:11.830267", 21248223, 2816),
    ("09:30:11.836914", 21250983, 256), ("09:30:17.074505", 21251239, 0),
    ("09:30:17.589253", 21251240, 0), ("09:30:18.634502", 21251241, 0),
    ("09:30:20.912079", 21251242, 0),
)
PUSHED = {21222488, 21242968, 21246888}


def _burst(script, trader):
    stream = b"".join(data(TRADER, 2643, filler(65530, n)) for n in range(3))
    starts = [wall_time(time) for time, _ in BURST_SEGMENTS]
    ends = [seq for _, seq in BURST_SEGMENTS[1:]] + [BURST_END]

    def send(time, seq, end, flags):
        script.at(time, trader, "module", stream[seq - BURST_START:end - BURST_START], flags=flags,
                  window=WINDOWS_BEFORE["module"])

    # Not shown: the burst up to frame 30307, in chunks of the same make, a PDU's end apart.
    seq, time = BURST_START, wall_time("09:30:11.820000")
    while seq < BURST_SEGMENTS[0][1]:
        pdu_end = BURST_START + 65535 if seq < BURST_START + 65535 else BURST_START + 2 * 65535
        pdu_start = pdu_end - 65535
        chunk_end = min(pdu_end, pdu_start + ((seq - pdu_start) // CHUNK + 1) * CHUNK)
        end = min(seq + MSS, chunk_end)
        send(time, seq, end, "PA" if end == chunk_end else "A")
        if end == chunk_end:
            script.ack(time + 40, trader, "multiplexer", ack=end, window=65280 if end <
                       BURST_SEGMENTS[0][1] - CHUNK else 27392 + CHUNK)
            time += 900
        seq, time = end, time + 4
    for (_, seq), start, end in zip(BURST_SEGMENTS, starts, ends):
        send(start, seq, end, "PA" if seq in PUSHED else "A")
    for time, acknowledged, window in WINDOWS:
        script.ack(time, trader, "multiplexer", ack=acknowledged, window=window)


# ---- The Multiplexer goes on sending ----


def _data(total, conn_id=2643, sender=TRADER):
    """Returns data PDUs of so many bytes in all."""
    out, most = b"", 65535
    while total:
        size = most if total >= most + 5 else total if total <= most else total - 5
        out += data(sender, conn_id, filler(size - 5, total % 251))
        total -= size
    return out


# Time, bytes, what: "Stop talking", "Sorry, busy!" and "Packet timestamps don't match".
LATE_PING = "09:30:28.369182"
TALKING = (
    ("09:30:11.963966", close_connection(2652), 256),
    ("09:30:25.285042", _data(2370), 0),
    (LATE_PING, ping(MULTIPLEXER, clock_at(wall_time(LATE_PING) - OFFSET - 44)), 0),
    ("09:30:34.471800", _data(2318), 0),
    ("09:30:47.263035", login(MULTIPLEXER, 2656, "XXXXXX0013", "194.134.009.004",
                              access="Read,Write"), 0),  # 52 bytes: as printed, the word is not
    ("09:30:49.499261", _data(107, 2656), 0),
    ("09:31:47.489355", _data(2370), 0),
    # Up to here the first bytes are at the printed times; of the next, 113059 bytes
    # are cut into pieces; then those of frames 31363 and 31461 on.
    ("09:31:49.864347", _data(113_059), 0),
    ("09:31:50.158695", _data(6_341), 0),
    ("09:32:12.351236", _data(40_960), 0),
)
# Time, acknowledged: what Trader confirms.
CONFIRMED = (
    ("09:30:12.176270", 277_164), ("09:30:25.285824", 279_534), ("09:30:28.571787", 279_552),
    ("09:30:34.472218", 281_870), ("09:30:47.463450", 281_922), ("09:30:49.709994", 282_029),
    ("09:31:47.489900", 284_399), ("09:31:49.982437", 397_458), ("09:31:50.159241", 403_799),
)


def _talking(script, trader):
    for time, payload, window in TALKING:
        start = wall_time(time)
        for n in range(0, len(payload), CHUNK):
            # The last chunks of a big piece follow a little later, as they are confirmed.
            pause = 0 if len(payload) == 40_960 else 900
            script.at(start + n // CHUNK * (15 * 4 + pause + (pause == 0)), trader, "multiplexer",
                      payload[n:n + CHUNK], mss=MSS, window=window)
    for time, acknowledged in CONFIRMED:
        script.ack(time, trader, "module", ack=acknowledged,
                   window=(TRADER_WINDOW - (acknowledged - 277_164)) // 256)
    script.at("09:32:12.351912", trader, "module", flags="RA", ack=405_179, window=0)


# ---- Tradesite and its clients ----

# Of the Trader's log; New Connection's times are those of the slide on it. Where slides have
# both, a Login and a Close Connection, Trader's log is 0.780 and 0.791 s later than the wire: so
# are the two Logins here that no slide shows.
CLIENTS = (
    ("09:27:34.241613", "09:27:51.096000", 2654, "XXXXXX0020", "194.134.005.027"),
    ("09:28:24.723336", "09:28:56.992000", 2655, "XXXXXX0019", "194.134.017.002"),
    ("09:30:25.717177", "09:30:47.261000", 2656, "XXXXXX0013", "194.134.009.004"),
)
# Tradesite's connection at the end: "Packet timestamps don't match".
TRADESITE_LAST = (
    ("09:31:53.888822", "module", data(TRADESITE, 2642, filler(6))),
    ("09:31:54.091036", "multiplexer", b""),
    ("09:31:54.170051", "module", data(TRADESITE, 2642, filler(6))),
    ("09:31:54.371839", "multiplexer", b""),
    ("09:31:54.888059", "module", data(TRADESITE, 2642, filler(6))),
    ("09:31:55.105074", "multiplexer", b""),
    ("09:31:59.226292", "module", data(TRADESITE, 2642, filler(6))),
    ("09:31:59.441887", "multiplexer", b""),
    ("09:32:03.349625", "multiplexer", data(TRADESITE, 2642, filler(12))),
)


def _clients(script, trader, tradesite):
    for n, (opened, login_at, conn_id, user, ip) in enumerate(CLIENTS):
        script.at(wall_time(opened) - 2_000, tradesite, "multiplexer", counts(14, 74 + n))
        script.at(opened, tradesite, "multiplexer", new_connection(conn_id, ip))
        script.at(login_at, tradesite, "module", login(TRADESITE, conn_id, user, ip, "Trader"))
        if conn_id != 2656:  # whose Login is in TALKING
            script.at(wall_time(login_at) + 1_062, trader, "multiplexer",
                      login(MULTIPLEXER, conn_id, user, ip), window=WINDOWS_BEFORE["multiplexer"])


def _tradesite(script, tradesite, sizes):
    """Brings the sequence numbers to those printed: sizes of data from 09:30:31 on."""
    for who, size, time in zip(("multiplexer", "module"), sizes,
                               ("09:30:31.500000", "09:30:32.700000")):
        if size:
            script.at(time, tradesite, who, _data(size, 2405, TRADESITE), mss=MSS)
    for time, who, payload in TRADESITE_LAST:
        script.at(time, tradesite, who, payload, flags="PA" if payload else "A")


def _sent(script, conversation, who, until):
    """Returns how many bytes one side has sent before a time."""
    return sum(len(step[3]) for step in script.steps
               if step[1] is conversation and step[2] == who and step[0] < wall_time(until))


def incident():
    capture, script = Capture("09:26:34.000000"), Script()
    tradesite = _healthy(script, capture)
    trader = Conversation(capture, 1195)
    _keepalive(script, trader, tradesite)
    _clients(script, trader, tradesite)
    _burst(script, trader)
    _talking(script, trader)
    # Where sequence numbers have to begin, to be in the end what the slides print.
    for who, seq in (("module", BURST_START), ("multiplexer", 277_140)):
        trader.ends[who].seq = seq - _sent(script, trader, who, "09:30:11.000000")
    report, last, needed = REPORTS[-1][0], TRADESITE_LAST[0][0], []
    for who, seq, last_seq in (("multiplexer", 61_425, 180_900), ("module", 137_213, 148_616)):
        before = _sent(script, tradesite, who, report)
        tradesite.ends[who].seq = seq - before
        needed.append(last_seq - seq - (_sent(script, tradesite, who, last) - before))
    _tradesite(script, tradesite, needed)
    script.play()
    return capture
