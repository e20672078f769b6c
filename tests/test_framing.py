# test_framing.py
# Where does a PDU begin and end? On whole streams, however cut; and on streams
# of which bytes are missing, late, doubled or cut off.
#
# Each case is a connection of its own, known by its port, and all are in one
# capture: tshark runs once for each way of reading it.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import functools
import re

import pytest

from trade_pdus import (
    BACKOFFICE, DOCUMENTSYSTEM, MULTIPLEXER, TRADER, Capture, Conversation, close_connection,
    control, data, filler, greeting, login, ping, pong, status,
    wall_time)

FIRST_PORT = 4000


def say(word):
    """Returns a PDU of 13 bytes and the word's: one that the cases can tell from others."""
    return status(DOCUMENTSYSTEM, word)


def sketch(pdu):
    """Returns a PDU in a few words: what it is, what is missing, what is wrong."""
    cut = re.search(r"\((\w+ cut)\)", pdu.title)
    if cut:
        words = [cut[1]]
    elif pdu["trade.greeting"] is not None or pdu.title.startswith("Trade Server Greeting"):
        words = ["greeting", pdu["trade.greeting"]]
    elif pdu["trade.continuation"] is not None:
        words = ["continuation", str(pdu.end - pdu.start)]
    elif pdu["trade.undissected"] is not None:
        words = ["undissected", str(pdu.end - pdu.start)]
    elif pdu["trade.status"] is not None:
        words = [pdu["trade.status"]]
    elif pdu["trade.keyword"] is not None:
        words = [pdu["trade.keyword"][:10]]
    elif pdu["trade.receiver"] is not None:
        words = ["data", pdu["trade.receiver"], str(pdu.end - pdu.start - 5)]
    else:
        words = ["nothing"]
    for name in ("gap_bytes", "truncated_bytes"):
        if pdu[f"trade.{name}"] is not None:
            words.append(f"{name}={pdu[f'trade.{name}']}")
    told = {"trade.gap", "trade.truncated", "trade.sender.unknown"}
    return " ".join([*words, *("!" + name[6:] for name in sorted(set(pdu.experts) - told))])


# ---- Cases ----

CASES = {}
# Without its analysis of sequence numbers, TCP gives us bytes twice; we show them as such.
WITHOUT_ANALYSIS = {
    "sent_twice": ["a", "continuation 14", "b"],
    "two_sent_again_as_one": ["a", "b", "continuation 28", "c"],
    "keep_alive_byte": ["a", "continuation 1", "b"],
    "keep_alive_byte_before_the_greeting": ["continuation 1", "greeting BackOffice", "a"],
}
# What Wireshark's TCP cannot: a PDU across the wrap of absolute sequence numbers.
BEYOND_TCP = {"sequence_numbers_wrap"}
READINGS = {
    "one pass": (),
    "two passes": ("-2",),
    "absolute numbers": ("-o", "tcp.relative_sequence_numbers:FALSE"),
    "absolute numbers, two passes": ("-2", "-o", "tcp.relative_sequence_numbers:FALSE"),
    "no analysis": ("-o", "tcp.analyze_sequence_numbers:FALSE"),
    "no analysis, two passes": ("-2", "-o", "tcp.analyze_sequence_numbers:FALSE"),
}


def case(*expected, handshake=True, seqs=None, **addresses):
    """Adds a case: a function that sends what it likes on the connection it is
    given, and what tshark is to say of each PDU, in order of the frames."""

    def add(function):
        port = FIRST_PORT + len(CASES)

        def make(capture):
            conversation = Conversation(capture, port, seqs, **addresses)
            function(conversation.handshake() if handshake else conversation)

        CASES[function.__name__] = (port, make, list(expected))
        return function

    return add


A, B, C, D = (say(word) for word in "abcd")  # 14 bytes each


@case("a", "b", "c")
def share_and_span(c):
    c.module(A + B + C, mss=20)


@case("a", "b")
def one_byte_segments(c):
    c.module(A + B, mss=1)


@case("a", "data 2405 65530", "b")
def longest_pdu(c):
    c.module(A).module(data(DOCUMENTSYSTEM, 2405, filler(65530)) + B, mss=1380)


@case("a", "KKKKKKKKKK !keyword.unknown !string.long", "b")
def keyword_of_60000_bytes(c):
    c.module(A + control(DOCUMENTSYSTEM, "K" * 60000) + B, mss=1380)


@case("a", "b", "c", module="2001:db8::1", multiplexer="2001:db8::2")
def over_ipv6(c):
    c.module(A + B + C, mss=20)


@case("a", "b", "c", vlan=42)
def over_vlan(c):
    c.module(A + B + C, mss=20)


@case("a", "b", "c", seqs=(0xFFFFFFF0, 77))
def sequence_numbers_wrap(c):
    c.module(A + B + C, mss=9)


@case("a", "b", handshake=False)
def starts_at_a_pdu(c):
    c.module(A).module(B)


@case("undissected 40 !resync", "a", "b", handshake=False)
def starts_inside_a_pdu(c):
    c.module(filler(40, 3) + A).module(B)


@case("undissected 40 !resync", "a", handshake=False)
def starts_inside_a_pdu_that_fills_its_segment(c):
    c.module(filler(40, 3)).module(A)


# TCP offers again what it keeps: what was decided of it once must hold on the second pass.
@case("undissected 2 !resync", "a", handshake=False)
def starts_with_two_bytes_before_a_pdu(c):
    c.module(b"\x83\x83").module(A[:-3]).module(A[-3:])


@case("undissected 2 !resync", "a", "b", "a", handshake=False)
def starts_with_two_bytes_before_several_pdus(c):
    c.module(b"\x83\x83").module(A[:8]).module(A[8:] + B[:4]).module(B[4:] + A)


@case("undissected 39 !resync", "a", "b", handshake=False)
def starts_with_what_might_be_a_greeting(c):
    c.module(b"\x0b\x0aBackOffice\x83").module(26 * b"\x83" + A[:-3]).module(A[-3:] + B)


@case("undissected 80 !resync", "a", "b", handshake=False)
def starts_with_what_might_be_a_long_pdu(c):
    payload = bytes([DOCUMENTSYSTEM, 0x70, 0, 9, 9]) + bytes(range(128, 203))
    c.module(payload[:30]).module(payload[30:60]).module(payload[60:] + A[:-3]).module(A[-3:] + B)


@case("data 2405 3000", "a", handshake=False)
def starts_with_a_long_data_pdu(c):
    c.module(data(TRADER, 2405, filler(3000)), mss=1380).module(A)


@case("a", "Ping", "b", "Ping")
def both_directions_span(c):
    order = ping(MULTIPLEXER)
    for word in (A, B):
        c.module(word[:6]).multiplexer(order[:4]).module(word[6:]).multiplexer(order[4:])


@case("undissected 40 !resync", "Ping", "b", handshake=False)
def starts_inside_a_pdu_of_the_multiplexer(c):
    c.multiplexer(filler(40, 3) + ping(MULTIPLEXER)).module(B)


@case("data 65535 0 !length.invalid", "undissected 5 !resync", "a")
def starts_with_a_length_of_0(c):
    c.module(control(DOCUMENTSYSTEM, "Ping", length=0)).module(A)


@case("a", "data 0 0 !length.invalid", "undissected 95 !resync", "b")
def zeros(c):
    c.module(A).module(bytes(100)).module(B)


# ---- Lost, late, doubled ----


@case("a", "c gap_bytes=14")
def lost_pdu(c):
    c.module(A).module(B, lost=True).module(C)


@case("b gap_bytes=14", "c")
def lost_first_pdu(c):
    c.module(A, lost=True).module(B).module(C)


@case("a", "undissected 10 !resync", "d gap_bytes=13")
def lost_from_inside_to_inside(c):
    c.module(A + B[:5]).module(B[5:] + C[:4], lost=True).module(C[4:] + D)


@case("a", "undissected 11 !resync", "c gap_bytes=3", "d")
def lost_from_tiny_segments(c):
    c.module(A).module(B[:3], lost=True).module(B[3:] + C + D, mss=2)


# In the rest of a payload, chance has a header whose length jumps over PDUs, to another.
@case("a", "undissected 70 !resync", "b gap_bytes=1460", "c", "d")
def lost_before_what_jumps_over_pdus(c):
    chance = data(TRADER, 17114, filler(25) + B + C)[:30]
    long = data(TRADER, 2405, filler(1495) + chance)
    c.module(A).module(long[:1460], lost=True).module(long[1460:] + B + C + D)


@case("a", "undissected 70 !resync", "b gap_bytes=1460", "c", "d")
def lost_before_what_jumps_to_the_end(c):
    chance = data(TRADER, 17114, filler(25) + B + C + D)[:30]
    long = data(TRADER, 2405, filler(1495) + chance)
    c.module(A).module(long[:1460], lost=True).module(long[1460:] + B + C + D)


# But a payload may hold what looks like a PDU.
@case("a", "undissected 40 !resync", "data 2406 64 gap_bytes=1460", "c", "d")
def lost_before_data_with_a_pdu_in_it(c):
    long = data(TRADER, 2405, filler(1495))
    c.module(A).module(long[:1460], lost=True)
    c.module(long[1460:] + data(TRADER, 2406, filler(30) + B + filler(20)) + C + D)


@case("a", "data 2406 64 gap_bytes=1460", "c", "d")
def lost_before_data_that_is_pdus(c):
    c.module(A).module(data(TRADER, 2405, filler(1455)), lost=True)
    c.module(data(TRADER, 2406, B * 4 + filler(8)) + C + D)


@case("a")
def lost_before_the_last_tiny_segments(c):
    c.module(A).module(B, lost=True).module(b"\x08\0\1\1\x42\1", mss=1)


@case("a", "c gap_bytes=9")
def lost_rest_of_a_pdu(c):
    c.module(A + B[:5]).module(B[5:], lost=True).module(C)


# Wireshark's TCP keeps what came of the long PDU to itself: "up to" 1625 are missing.
@case("a", "b gap_bytes=1625", "c")
def lost_middle_of_a_long_pdu(c):
    long = data(TRADER, 2405, filler(3000))
    c.module(A).module(long[:1380]).module(long[1380:2760], lost=True).module(long[2760:] + B)
    c.module(C)


@case("a", "c gap_bytes=14", "d", "b gap_bytes=14")
def lost_twice(c):
    c.module(A).module(B, lost=True).module(C).module(D).module(A, lost=True).module(B)


@case("a", "b")
def sent_twice(c):
    c.module(A).module(A, seq=c.ends["module"].seq - 14).module(B)


@case("a", "b", "c")
def two_sent_again_as_one(c):
    c.module(A).module(B).module(A + B, seq=c.ends["module"].seq - 28).module(C)


@case("a", "data 2405 30 gap_bytes=20", "b")
def lost_before_a_data_pdu(c):
    c.module(A).skip("module", 20).module(data(TRADER, 2405, filler(30))).module(B)


# Only one end sends in a direction: what seems to come from the other is data.
@case(*["a"] * 8, "undissected 70 !resync", "b gap_bytes=5", "c")
def lost_header_of_data_that_looks_like_pdus(c):
    for _ in range(8):
        c.module(A)
    likes = data(DOCUMENTSYSTEM, 2405, pong(MULTIPLEXER) * 7)
    c.module(likes[:5], lost=True).module(likes[5:] + B).module(C)


@case(*["a"] * 8, "Pong gap_bytes=14", "b")
def lost_before_a_pdu_of_another_sender(c):
    for _ in range(8):
        c.module(A)
    c.module(A, lost=True).module(pong(TRADER)).module(B)


@case("a", "Pong gap_bytes=14", "b")
def lost_before_pdus_of_two_senders(c):
    c.module(A).module(A, lost=True).module(pong(TRADER) + B)


# What seemed a control PDU turns out to be none: so what follows need not be a long data PDU.
@case("a", "\\x01 !keyword.unknown !string.non_ascii", "undissected 45 !resync", "b", "c",
      handshake=False)
def starts_and_what_seems_a_pdu_is_none(c):
    c.module(A + control(TRADER, "", bytes(12))[:5])
    c.module(b"\x01\0" + bytes(11) + b"\x07\xd4\x80\0\0" + filler(40) + B).module(C)


@case("a", "c gap_bytes=14", "d", seqs=(0xFFFFFFE0, 9))
def lost_where_sequence_numbers_wrap(c):
    c.module(A).module(B, lost=True).module(C).module(D)


@case("b gap_bytes=13")
def lost_greeting(c):
    c.module(greeting(BACKOFFICE, "BackOffice"), lost=True).module(B)


@case("greeting BackOffice", "b gap_bytes=14")
def lost_after_a_greeting(c):
    c.module(greeting(BACKOFFICE, "BackOffice")).module(A, lost=True).module(B)


@case("a", "b")
def keep_alive_byte(c):
    c.module(A).ack("multiplexer")
    c.segment("module", b"\0", flags="A", seq=c.ends["module"].seq - 1).ack("multiplexer")
    c.module(B)


@case("a", "b", "c")
def zero_window_probes(c):
    c.module(A).ack("multiplexer", window=0)
    for _ in range(3):
        c.segment("module", B[:1], seq=c.ends["module"].seq).ack("multiplexer", window=0)
    c.ack("multiplexer", window=511).module(B).module(C)


@case("a", "data 2405 3000", "c")
def zero_window_inside_a_pdu(c):
    long = data(TRADER, 2405, filler(3000))
    c.module(A).module(long[:1380]).ack("multiplexer", window=0)
    for _ in range(3):
        c.segment("module", long[1380:1381], seq=c.ends["module"].seq)
        c.ack("multiplexer", window=0)
    c.ack("multiplexer", window=511).module(long[1380:], mss=1380).module(C)


# ---- Ends ----


@case("a", "Status !body.short !incomplete")
def fin_inside_a_pdu(c):
    c.module(A).module(B[:12]).fin("module").fin("multiplexer").ack("module")


@case("a", "Status !body.short !incomplete", "undissected 20 !resync",
      "a gap_bytes=101")  # the FIN counts as one
def fin_inside_a_pdu_and_bytes_after_it(c):
    c.module(A).module(B[:12]).fin("module").module(filler(100), lost=True)
    c.module(filler(20, 3) + A)


@case("a", "header cut !incomplete")
def fin_inside_a_header(c):
    c.module(A).module(B[:4]).fin("module").fin("multiplexer").ack("module")


@case("a", "undissected 2 !incomplete")
def fin_inside_a_length(c):
    c.module(A).module(B[:2]).fin("module").fin("multiplexer").ack("module")


@case("a", "b", "Status !body.short !incomplete")
def fin_with_more_of_a_pdu(c):
    c.module(A + B[:5]).module(B[5:] + A[:3]).fin("module", A[3:12])


@case("a", "Status !body.short !incomplete")
def fin_sent_again_inside_a_pdu(c):
    c.module(A).module(B[:12]).fin("module").fin("module").fin("multiplexer").ack("module")


@case("a", "Ping !body.short !incomplete", "b")
def fin_of_the_multiplexer_inside_a_pdu(c):
    c.module(A).multiplexer(ping(MULTIPLEXER, 7)[:-3]).fin("multiplexer").module(B).fin("module")


@case("a", "b")
def fin_with_the_rest_of_a_pdu(c):
    c.module(A[:5]).fin("module", A[5:] + B)


@case("a", "Status !body.short !incomplete")
def fin_with_a_part_of_a_pdu(c):
    c.module(A).fin("module", B[:12]).fin("multiplexer").ack("module")


@case("a", "b")
def fin_with_a_pdu(c):
    c.module(A).fin("module", B).fin("multiplexer").ack("module")


@case("a")
def rst_inside_a_pdu(c):
    c.module(A).module(B[:7]).rst("module")


@case("greeting BackOffice", "a", "greeting BackOffice", "b")
def port_reuse(c):
    c.module(greeting(BACKOFFICE, "BackOffice")).module(A)
    c.rst("module")
    for end in c.ends.values():
        end.seq += 500_000_000
    c.handshake().module(greeting(BACKOFFICE, "BackOffice") + B)


# ---- Snap length ----


@case("a", "data 2405 20 truncated_bytes=80", "b")
def cut_in_a_data_pdu(c):
    c.module(A + data(TRADER, 2405, filler(100)), snap=14 + 25).module(B)


@case("a", "keyword cut truncated_bytes=4", "nothing truncated_bytes=14", "d")
def cut_before_a_pdu(c):
    c.module(A + B + C, snap=24).module(D)


@case("a", "nothing truncated_bytes=28", "d")
def cut_between_pdus(c):
    c.module(A + B + C, snap=14).module(D)


# What is left of the header is too short to be dissected.
@case("a", "undissected 2 truncated_bytes=26", "d")
def cut_in_a_header(c):
    c.module(A + B + C, snap=16).module(D)


@case("a", "data 2405 95 truncated_bytes=1280", "continuation 100 truncated_bytes=1280",
      "continuation 100 truncated_bytes=145", "b", "c")
def cut_in_a_segment_of_a_long_pdu(c):
    c.module(A).module(data(TRADER, 2405, filler(3000)), mss=1380, snap=100).module(B).module(C)


@case(*["data 2405 20 truncated_bytes=80", "nothing truncated_bytes=105"] * 2, "a")
def cut_where_only_data_is(c):
    two = data(TRADER, 2405, filler(100)) + data(TRADER, 2406, filler(100))
    c.module(two, snap=25).module(two, snap=25).module(A)


@case("a", "data 2405 20 truncated_bytes=80", "nothing truncated_bytes=1300", "undissected 40 !resync", "b")
def cut_and_then_the_middle_of_a_pdu(c):
    c.module(A + data(TRADER, 2405, filler(100)) + data(TRADER, 2406, filler(3000))[:1300], snap=39)
    c.module(filler(40, 3) + B)


# ---- Greetings ----


@case("greeting BackOffice", "a")
def greeting_then_pdu(c):
    c.module(greeting(BACKOFFICE, "BackOffice")).module(A)


@case("a", "greeting BackOffice", "b")
def greeting_behind_a_pdu(c):
    c.module(A).module(greeting(BACKOFFICE, "BackOffice")).module(B)


@case("a", "greeting BackOffice", "b")
def greeting_behind_a_pdu_in_one_segment(c):
    c.module(A + greeting(BACKOFFICE, "BackOffice") + B)


@case("a", "b", "data 21074 849", "a")
def no_greeting_behind_two_pdus(c):
    c.module(A + B + data(BACKOFFICE, 0x5252, b"R\0" + filler(847)) + A)


@case("data 2405 11", "undissected 30 !resync", "b")
def data_instead_of_a_greeting(c):
    """What follows is doubted."""
    c.module(data(BACKOFFICE, 2405, bytes(11))).module(b"\xcb\x40\0\0\7" + bytes(25) + B)


@case("greeting BackOffice", "a", handshake=False)
def greeting_without_syn(c):
    c.segment("multiplexer", flags="SA").ack("module")
    c.module(greeting(BACKOFFICE, "BackOffice")).module(A)


@case("data 26214 300", "data 26214 1200", "a")
def no_greeting_but_data_that_is_text(c):
    text = 300 * b"x"
    pdus = data(DOCUMENTSYSTEM, 0x6666, b"name\0" + text[5:]) + data(DOCUMENTSYSTEM, 0x6666, 4 * text)
    c.module(pdus + A, mss=500)


@case("data 26214 240", "data 26214 1200", "a")
def no_greeting_but_data_that_counts_nothing(c):
    text = 240 * b"\xe9"
    pdus = data(DOCUMENTSYSTEM, 0x6666, b"name\0" + text[5:]) + data(DOCUMENTSYSTEM, 0x6666, 5 * text)
    c.module(pdus + A, mss=500)


@case("data 26214 100", "data 26214 1200", "a")
def no_greeting_but_data_that_counts_nothing_in_ascii(c):
    text = 100 * b"x"
    pdus = data(DOCUMENTSYSTEM, 0x6666, b"name\0" + text[5:]) + data(DOCUMENTSYSTEM, 0x6666, 12 * text)
    c.module(pdus + A, mss=500)


@case("greeting  !greeting.length !string.empty", "a")
def greeting_of_nothing(c):
    c.module(greeting(203, "")).module(A)


@case("greeting " + "x" * 255, "a")
def greeting_of_255(c):
    c.module(greeting(203, "x" * 255)).module(A)


@case("greeting BABCD", "a")
def greeting_with_the_look_of_a_pdu(c):
    c.module(greeting(TRADER, "BABCD") + A)


@case("data 16706 1341", "a")
def pdu_with_the_look_of_a_greeting(c):
    c.module(data(TRADER, 0x4142, b"CD\0" + filler(1338)) + A)


@case("data 12 303", "a", handshake=False)
def pdu_for_a_receiver_with_its_senders_id(c):
    """A short name, a 00, and what may be the sender again."""
    c.module(data(TRADER, TRADER, filler(303)) + A)


@case("greeting BackOffice !greeting.length", "a")
def greeting_with_a_wrong_count(c):
    c.module(greeting(BACKOFFICE, "BackOffice", count=9)).module(A)


@case("greeting BackOffice !greeting.length", "a", "b")
def greeting_with_too_high_a_count(c):
    c.module(greeting(BACKOFFICE, "BackOffice", count=200) + A).module(B)


OPEN = greeting(BACKOFFICE, "BackOffice")[:-1]


@case("greeting BackOffice !string.unterminated", "a", "data 2405 900", "b")
def greeting_without_its_end(c):
    c.module(OPEN).module(A).module(data(TRADER, 2405, filler(900)) + B)


@case("greeting BackOffice !string.unterminated", "data 2405 900", "a")
def greeting_without_its_end_before_data(c):
    c.module(OPEN).module(data(TRADER, 2405, filler(900))).module(A)


@case("greeting BackOffice !greeting.length", "a", "b")
def greeting_with_too_high_a_count_in_two_segments(c):
    c.module(greeting(BACKOFFICE, "BackOffice", count=255), mss=5).module(A).module(B)


@case("greeting BackOffice !greeting.length", "a", "b")
def greeting_with_too_low_a_count_in_two_segments(c):
    c.module(greeting(BACKOFFICE, "BackOffice", count=5), mss=9).module(A).module(B)


@case("greeting Back\\x01ffice !string.non_ascii", "a", "b")
def greeting_with_a_control_character(c):
    c.module(greeting(BACKOFFICE, "Back\1ffice")).module(A).module(B)


@case("greeting Back !greeting.length", "a", "b")
def greeting_with_its_end_inside(c):
    c.module(greeting(BACKOFFICE, "Back\0ffice")).module(A).module(B)


@case("greeting Back\\x01ffice !string.non_ascii", "a", "b")
def greeting_with_a_control_character_in_small_segments(c):
    c.module(greeting(BACKOFFICE, "Back\1ffice"), mss=3).module(A).module(B)


# None of these is a greeting, whatever it looks like.
@case("data 2405 3000", "a")
def no_greeting_but_data_with_a_zero_where_its_name_would_end(c):
    c.module(data(TRADER, 2405, b"\x83" * 8 + b"\x00\x01\x40" + filler(2989)), mss=1460).module(A)


@case("data 26084 1000", "data 26084 50", "a")
def no_greeting_but_data_that_ends_with_its_segment(c):
    c.module(data(TRADER, 26084, bytes([255, 0]) * 500) + data(TRADER, 26084, filler(50))).module(A)


@case("data 8481 100")
def no_greeting_but_a_whole_pdu_that_is_text(c):
    c.module(data(TRADER, 8481, b"35=D|49=ABC|" + b"x" * 88))


@case("greeting BackOffice", "a", "b", handshake=False)
def greeting_with_the_syn(c):
    c.segment("module", greeting(BACKOFFICE, "BackOffice") + A, flags="S")
    c.segment("multiplexer", flags="SA").module(B)


@case("greeting BackOffice", "a")
def keep_alive_byte_before_the_greeting(c):
    c.segment("module", b"\0", flags="A", seq=c.ends["module"].seq - 1)
    c.module(greeting(BACKOFFICE, "BackOffice") + A)


# Nor is a PDU whose length and receiver look like a name, where bytes follow that do not go on.
@case("data 7 300", "a")
def no_greeting_but_a_pdu_of_305_bytes(c):
    c.module(data(TRADER, 7, filler(300))).module(A)


@case("data 7 300", "a")
def no_greeting_but_a_pdu_of_305_bytes_in_two_segments(c):
    c.module(data(TRADER, 7, 300 * b"o"), mss=200).module(A)


@case("data 7 300", "a", handshake=False)
def no_greeting_but_a_pdu_of_305_bytes_without_syn(c):
    c.module(data(TRADER, 7, 300 * b"o")).module(A)


@case("data 12544 556", "a")
def no_greeting_but_a_pdu_of_561_bytes(c):
    c.module(data(TRADER, 0x3100, filler(556)), mss=300).module(A)


@case("data 7 300", "b", "a")
def no_greeting_but_a_pdu_of_a_sender_that_nobody_knows(c):
    c.module(data(203, 7, 300 * b"o") + B).module(A)


@case("greeting 1", "a")
def greeting_of_one_character(c):
    c.module(greeting(TRADER, "1")).module(A)


@case("greeting 1", "data 7 300", "a")
def greeting_of_one_character_and_data(c):
    c.module(greeting(203, "1") + data(203, 7, 300 * b"o") + A)


# ---- What comes before TRADE ----

LINE = b"PROXY TCP4 10.1.1.1 192.168.0.1 40000 2107\r\n"
BINARY = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x0a\1\1\1\xc0\xa8\0\1\x9c\x40\x08\x3b"
SOCKS = b"\5\1\0", b"\5\0", b"\5\1\0\1\xc0\xa8\0\1\x08\x3b", b"\5\0\0\1\xc0\xa8\0\1\x08\x3b"
HELLO = b"\x16\3\1\2\0\1\0\1\xfc\3\3" + filler(506, 3)
GREETING = greeting(TRADER, "Trader")


@case("undissected 44 !resync", "greeting Trader", "a", "b")
def prelude_of_a_proxy(c):
    c.module(LINE).module(GREETING).module(A).module(B)


@case("undissected 44 !resync", "greeting Trader", "a", "b")
def prelude_of_a_proxy_in_one_segment(c):
    c.module(LINE + GREETING + A).module(B)


@case("undissected 44 !resync", "greeting Trader", "data 2405 40000", "a")
def prelude_of_a_proxy_and_much_data(c):
    c.module(LINE).module(GREETING).module(data(TRADER, 2405, filler(40000)), mss=1460).module(A)


# Its first byte is the id of MarketConfiguration.
@case("undissected 28 !resync", "greeting Trader", "a", "b")
def prelude_that_might_be_a_pdu(c):
    c.module(BINARY).module(GREETING).module(A).module(B)


@case("undissected 28 !resync", "a", "b")
def prelude_that_might_be_a_pdu_and_no_greeting(c):
    c.module(BINARY).module(A).module(B)


@case("undissected 13 !resync", "greeting Trader", "undissected 12 !resync", "Ping", "a")
def prelude_of_both_sides(c):
    for n, part in enumerate(SOCKS):
        c.send("multiplexer" if n % 2 else "module", part)
    c.module(GREETING).multiplexer(ping(MULTIPLEXER, 7)).module(A)


@case("undissected 37 !resync", "undissected 39 !resync", "greeting Trader", "Ping", "a")
def prelude_of_lines(c):
    c.module(b"CONNECT 192.168.0.1:2107 HTTP/1.1\r\n\r\n")
    c.multiplexer(b"HTTP/1.1 200 Connection established\r\n\r\n")
    c.module(GREETING).multiplexer(ping(MULTIPLEXER, 7)).module(A)


@case("undissected 16 !resync", "Ping", "greeting Trader", "a")
def prelude_without_an_end(c):
    c.multiplexer(b"welcome stranger").multiplexer(ping(MULTIPLEXER, 7)).module(GREETING + A)


@case("undissected 517 !resync", "undissected 200 !resync")
def nothing_but_tls(c):
    c.module(HELLO).module(b"\x17\3\3\0\xc3" + filler(195, 5))


@case("Ping", "a")
def multiplexer_greets_nobody(c):
    c.multiplexer(ping(MULTIPLEXER)).multiplexer(A)


def make_cases():
    capture = Capture("11:00:00.000000")
    for _, make, _ in CASES.values():
        make(capture)
    return capture


@pytest.fixture(scope="module")
def cases(tshark):
    return tshark.save(make_cases())


# What a frame shows of its connection, beside its PDUs.
NOTE = "Trade : what this frame shows of the connection"


def sketch_by_port(frames):
    found = {}
    for frame in frames:
        port = min(frame.ports - {2107}, default=0)
        found.setdefault(port, []).extend(sketch(pdu) for pdu in frame.pdus
                                          if pdu.title != NOTE)
    return found


@pytest.fixture(scope="module", name="sketches")
def fixture_sketches(reader, cases):
    """Returns what a reading shows, by port."""
    return functools.lru_cache(maxsize=None)(
        lambda reading: sketch_by_port(reader.frames(cases, *READINGS[reading])))


@pytest.mark.parametrize("name, reading", [
    (name, reading) for name in CASES for reading in READINGS
    if name not in BEYOND_TCP or reading in ("one pass", "two passes")])
def test_case(sketches, name, reading):
    port, _, expected = CASES[name]
    if reading.startswith("no analysis"):
        expected = WITHOUT_ANALYSIS.get(name, expected)
    assert sketches(reading).get(port, []) == expected


def test_syn_with_bytes_that_tcp_does_not_put_together(tshark, cases):
    port, _, expected = CASES["greeting_with_the_syn"]
    frames = tshark.frames(cases, "-o", "tcp.desegment_tcp_streams:FALSE")
    assert sketch_by_port(frames)[port] == expected


@pytest.mark.parametrize("passes", ((), ("-2",)))
def test_no_case_is_malformed(reader, cases, passes):
    """Wireshark's own "Malformed" is nowhere; "Packet size limited" where the snap length cut."""
    cut = {port for name, (port, *_) in CASES.items() if name.startswith("cut_")}
    for frame in reader.frames(cases, *passes):
        assert "_ws.malformed" not in frame.notes
        assert "_ws.short" not in frame.notes or frame.ports & cut


@pytest.mark.parametrize("passes", ((), ("-2",)))
def test_every_byte_of_a_case_is_shown(reader, cases, passes):
    for pdu in reader.pdus(cases, *passes):
        assert pdu.uncovered == [], pdu.title


@pytest.mark.parametrize("name, message", (
    ("lost_pdu", "14 bytes of the stream before this PDU are missing"),
    ("lost_middle_of_a_long_pdu", "Up to 1625 bytes of the stream before this PDU are missing"),
))
def test_gap_says_how_much(tshark, cases, name, message):
    port = CASES[name][0]
    texts = [pdu.experts["trade.gap"] for frame in tshark.frames(cases) if port in frame.ports
             for pdu in frame.pdus if "trade.gap" in pdu.experts]
    assert [text.split(":")[0] for text in texts] == [message]


# ---- What is not at hand is not claimed ----

# Of a PDU, or greeting, so many bytes are at hand. Info, and fields.
IN_PART = (
    (close_connection(2645), 3, "Multiplexer, len=24 (header cut)", {"trade.receiver": None}),
    (close_connection(2645), 4, "Multiplexer, len=24 (header cut)",
     {"trade.receiver": None, "trade.data": "ff"}),
    (close_connection(2645), 5, "Multiplexer -> Control, … (keyword cut), len=24",
     {"trade.receiver": "65535", "trade.keyword": None}),
    (close_connection(2645), 14, "Multiplexer -> Control, Close Con… (keyword cut), len=24",
     {"trade.keyword": None, "trade.data": "43:6c:6f:73:65:20:43:6f:6e"}),
    (close_connection(2645), 22, "Multiplexer -> Control, Close Connection, len=24",
     {"trade.keyword": "Close Connection", "trade.conn_id": None}),
    (login(TRADER, 2645, "XXXXXX0011", "194.134.005.011"), 16, "Trader -> Control, Login, len=46",
     {"trade.conn_id": "2645", "trade.username": None, "trade.session.username": None,
      "trade.data": "58:58:58"}),
    (greeting(BACKOFFICE, "BackOffice"), 6, "Setting up connection to Back… (name cut)",
     {"trade.greeting": None, "trade.data": "42:61:63:6b"}),
)


def make_in_part(way):
    """Returns a capture of all IN_PART, cut in this way, a connection each."""
    capture = Capture("11:40:00.000000")
    for pdu, size, *_ in IN_PART:
        who = "multiplexer" if pdu[0] == MULTIPLEXER else "module"
        one = Conversation(capture).handshake()
        if way == "snapshot":
            one.send(who, pdu, snap=size)
        elif way == "segments":
            one.send(who, pdu, mss=(size, len(pdu)))
        else:
            one.send(who, pdu[:size]).fin(who)
    return capture


@pytest.mark.parametrize("passes", ((), ("-2",)))
@pytest.mark.parametrize("way, options", (
    ("snapshot", ()), ("segments", ("-o", "trade.desegment:FALSE")), ("fin", ())))
def test_in_part(reader, way, options, passes):
    path = reader.save(make_in_part(way))
    frames = [frame for frame in reader.frames(path, *options, *passes) if frame.pdus]
    firsts = {frame.stream: frame for frame in reversed(frames)}
    infos = reader.infos(path, *options, *passes)
    for n, (_, _, info, fields) in enumerate(IN_PART):
        pdu = firsts[n].pdus[0]
        assert infos[firsts[n].number].split("[")[0] == info
        assert re.sub("^Trade (.* )?(PDU|Greeting) : ", "", pdu.title) in info
        assert {name: pdu[name] for name in fields} == fields
        assert "trade.string.unterminated" not in pdu.experts
    assert firsts[0].pdus[0].title.startswith("Trade PDU : ")


def test_in_part_with_others(reader):
    capture = Capture("11:45:00.000000")
    Conversation(capture).handshake().module(A + B + C, snap=14 + 4).module(A + B + C, snap=14 + 8)
    assert [info.split("[")[0] for info in reader.infos(reader.save(capture)).values()] == [
        "2 Trade PDUs: Status, header cut", "2 Trade PDUs: Status, keyword cut"]


def test_statistics_of_pdus_in_part(tshark):
    path = tshark.save(make_in_part("snapshot"))
    out = tshark.run("-q", "-r", path, "-z", "trade,tree", "-z", "conv,trade")
    assert out.count("Close Con ") == out.count("client") == 0
    kinds = re.findall(r"^ +(\S.*?)  +(\d+) ", out.split("PDUs by sender")[0].split("PDUs  ")[1], re.M)
    assert dict(kinds) == {"Control": "4", "keyword cut": "2", "Close Connection": "1", "Login": "1",
                           "No receiver": "2", "Greeting": "1"}


# ---- Late segments: TCP's preference decides whether they come at all ----


def make_late():
    capture = Capture("11:30:00.000000")
    Conversation(capture, 5000).handshake().module(A).skip("module", 14).module(C).module(
        B, seq=1000003 + 1 + 14).module(D)
    Conversation(capture, 5001).handshake().module(A).skip("module", 14).module(C + D[:3]).module(
        A + B, seq=2000006 + 1).module(D[3:])
    return capture


@pytest.mark.parametrize("passes", ((), ("-2",)))
@pytest.mark.parametrize("in_order", ("TRUE", "FALSE"))
def test_late_segments(reader, late, in_order, passes):
    """A segment that comes late is shown where it comes; that it was missing is known for
    wrong on a second pass."""
    gap = "" if passes else " gap_bytes=14"
    again = ["continuation 14"]  # the second connection sends A once more, with B
    frames = reader.frames(late, "-o", f"tcp.reassemble_out_of_order:{in_order}", *passes)
    found = sketch_by_port(frames)
    for port, before in ((5000, []), (5001, again)):
        assert found[port] == (["a", "b", "c", "d"] if in_order == "TRUE" else
                               ["a", "c" + gap, *before, "b", "d"])


@pytest.mark.parametrize("passes", ((), ("-2",)))
@pytest.mark.parametrize("ends", (
    {}, {"vlan": 7}, {"module": "2001:db8::1", "multiplexer": "2001:db8::2"},
    {"vlan": 7, "module": "2001:db8::1", "multiplexer": "2001:db8::2"}),
    ids=("IPv4", "VLAN", "IPv6", "VLAN and IPv6"))
def test_acknowledged_before_it_was_captured(reader, ends, passes):
    """Two taps: TCP takes all that comes after its ACK for a retransmission. What is really sent
    again is shown once."""
    capture = Capture("12:00:00.000000")
    conversation = Conversation(capture, 5000, **ends).handshake().module(A)
    first = conversation.ends["module"].seq
    for pdu in (B, C + D[:3], D[3:]):
        conversation.segment("multiplexer", flags="A",
                             ack=conversation.ends["module"].seq + len(pdu))
        conversation.module(pdu)
    conversation.module(B, seq=first)
    found = sketch_by_port(reader.frames(reader.save(capture), *passes))
    assert found[5000] == ["a", "b", "c", "d"]


def make_held(lost):
    """A PDU each second, and one before them that is lost."""
    capture = Capture("12:00:00.000000")
    conversation = Conversation(capture, 5000).handshake().module(A)
    if lost:
        conversation.skip("module", len(B))
    else:
        conversation.module(B)
    for second in range(4):
        conversation.module(C, at=wall_time(f"12:00:0{second}.500000")).multiplexer(A)
    return capture


@pytest.mark.parametrize("passes", ((), ("-2",)))
@pytest.mark.parametrize("lost", (True, False))
def test_bytes_that_tcp_holds_back(reader, lost, passes):
    """Where TCP puts segments in order, all that follows a lost one is missing without a word
    of TCP's own."""
    path = reader.save(make_held(lost))
    rows = reader.values(path, "_ws.expert.message", options=(
        *passes, "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "trade.held_back"))
    assert len(rows) == ((4 if passes else 3) if lost else 0)
    assert all(f"{4 * len(C) if passes else n * len(C)} bytes" in message
               for n, (message,) in enumerate(rows, 2))
    assert not reader.values(path, "frame.number", options=(*passes, "-Y", "trade.held_back"))


@pytest.fixture(scope="module")
def late(tshark):
    return tshark.save(make_late())


# ---- Before TRADE: what waits in a PDU that may be none is not known ----


def make_before(prelude, answers):
    """Pings of both sides behind a prelude of the module's, which answers none or all."""
    capture = Capture("12:00:00.000000")
    c = Conversation(capture, 5000).handshake().module(prelude).ack("multiplexer")
    for minute in range(4):
        c.multiplexer(ping(MULTIPLEXER, minute), at=wall_time(f"12:0{minute}:30.000000"))
        c.ack("module")
        if answers:
            c.module(pong(TRADER, minute)).module(ping(TRADER)).multiplexer(pong(MULTIPLEXER))
    return capture


@pytest.mark.parametrize("prelude", (LINE, BINARY, SOCKS[0], HELLO), ids=("line", "binary", "tiny", "TLS"))
@pytest.mark.parametrize("answers, word", ((True, "ok"), (False, "capture-hole")))
def test_nobody_is_accused_behind_a_prelude(tshark, prelude, answers, word):
    path = tshark.save(make_before(prelude, answers))
    row = tshark.run("-q", "-r", path, "-z", "trade,health").split("TRADE connections")[1]
    assert [cell.strip() for cell in row.split("|")][3] == word


# What both sides say before TRADE: bytes of it have lengths, ids and ends of PDUs.
PASSWORD = (b"\5\2\0\2", b"\5\2", b"\1\4user\4pass", b"\1\0", b"\5\1\0\3\x0bmultiplexer\x08\x3b",
            b"\5\0\0\1\x0a\0\0\1\x11\x5c")
FRAME = (b"\0\0\0\x20" + 32 * b"k", b"\0\0\0\1\0")
TALKS = {5001: (SOCKS, 1), 5002: (PASSWORD, 1), 5003: (FRAME, None), 5004: (FRAME, 1),
         5005: ((b"\0\0\0",), 1),
         # What seems to be a greeting, and one of no name.
         5006: ((b"\x63\5hello\0", b"\x63\2ok\0"), None),
         5007: ((b"\x52\0\0\1" + filler(82, 3),), None)}


def make_talks():
    capture = Capture("12:00:00.000000")
    for port, (parts, mss) in TALKS.items():
        c = Conversation(capture, port).handshake(at=wall_time("12:00:00.000000"))
        for n, part in enumerate(parts):
            c.send("multiplexer" if n % 2 else "module", part, mss=mss)
        c.module(GREETING)
        for minute in range(4):
            c.module(ping(TRADER), at=wall_time(f"12:0{minute}:30.000000"))
            c.multiplexer(pong(MULTIPLEXER) + ping(MULTIPLEXER, minute)).module(pong(TRADER, minute))
            c.ack("multiplexer")
    return capture


def test_what_both_say_before_trade_hides_no_pdu(tshark):
    rows = tshark.table(tshark.save(make_talks()), "trade,health")
    assert {int(row[9].rpartition(":")[2]): (row[2], row[3], *row[11:17]) for row in rows} == {
        port: ("Trader", "ok", "4", "4", "0", "4", "4", "0") for port in TALKS}


def test_a_pdu_whose_first_bytes_look_like_a_greeting_accuses_nobody(tshark):
    """Lengths of 0x01xx and 0x02xx bytes, the first bytes alone in a segment."""
    capture = Capture("12:00:00.000000")
    for port, (length, receiver) in {5001: (0x131, 7), 5002: (0x1FF, 65), 5003: (0x241, 0x4100)}.items():
        c = Conversation(capture, port).handshake(at=wall_time("12:00:00.000000"))
        c.module(data(TRADER, receiver, filler(length - 5)), mss=[length // 256 + 3, length])
        for minute in range(4):
            c.multiplexer(ping(MULTIPLEXER, minute), at=wall_time(f"12:0{minute}:30.000000"))
            c.module(pong(TRADER, minute) + ping(TRADER)).multiplexer(pong(MULTIPLEXER))
    rows = tshark.table(tshark.save(capture), "trade,health")
    assert [(row[3], *row[11:17]) for row in rows] == 3 * [("ok", "4", "4", "0", "4", "4", "0")]


@pytest.mark.parametrize("passes", ((), ("-2",)))
def test_pdus_whose_first_bytes_look_like_a_short_greeting(reader, passes):
    """However few of these are alone in a segment."""
    capture, pdus = Capture("12:00:00.000000"), {}
    for length in (0x120, 0x131, 0x1FF, 0x241, 0x341):
        for receiver in (0, 7, 0x61, 0xFF, 0x4142, 0x6100):
            for cut in range(1, 9):
                if (length, receiver) == (0x341, 0x4142):
                    continue  # a greeting as good as "Zap"
                port = FIRST_PORT + len(pdus)
                pdus[port] = ("data", str(length), str(receiver))
                c = Conversation(capture, port).handshake()
                c.module(data(200, receiver, filler(length - 5)), mss=[cut, length])
                c.module(ping(TRADER)).multiplexer(pong(MULTIPLEXER))
    path = reader.save(capture)
    shown = reader.values(path, "tcp.srcport", "trade.length", "trade.receiver", options=(
        *passes, "-Y", "trade.sender == 200 || trade.greeting || trade.undissected"))
    assert [("data", *row[1:]) for row in shown] == list(pdus.values())


@pytest.mark.parametrize("options", ((), ("-o", "tcp.desegment_tcp_streams:FALSE")))
def test_a_short_greeting(reader, options):
    """It waits for what follows; where it cannot, it names nobody if it is alone."""
    capture = Capture("12:00:00.000000")
    for n, name in enumerate(("X", "Xy", "Xyz", "Wxyz")):
        Conversation(capture, FIRST_PORT + n).handshake().module(
            greeting(201 + n, name)).module(say("a")).module(data(201 + n, 7, b"a"))
        Conversation(capture, FIRST_PORT + 10 + n).handshake().module(
            greeting(211 + n, name) + say("a")).module(data(211 + n, 7, b"a"))
    path = reader.save(capture)
    greetings = reader.values(path, "trade.greeting", options=(*options, "-Y", "trade.greeting"))
    assert [name for name, in greetings] == ["X", "X", "Xy", "Xy", "Xyz", "Xyz", "Wxyz", "Wxyz"]
    names = reader.values(path, "trade.sender.name", options=(*options, "-Y", "trade.receiver == 7"))
    alone = [f"Unknown ({201 + n})" for n in range(2)] if options else ["X", "Xy"]
    assert [name for name, in names] == [
        name for pair in zip((*alone, "Xyz", "Wxyz"), ("X", "Xy", "Xyz", "Wxyz")) for name in pair]


@pytest.mark.parametrize("passes", ((), ("-2",)))
def test_who_sends_behind_a_loss(reader, passes):
    """Once one sender is known by eight deliveries, a PDU of another among strange bytes is none."""
    capture = Capture("12:00:00.000000")
    several = 10 * (DOCUMENTSYSTEM, MULTIPLEXER)
    for n, senders in enumerate((7 * [MULTIPLEXER], 8 * [MULTIPLEXER], several)):
        c = Conversation(capture, FIRST_PORT + n).handshake()
        for sender in senders:
            c.multiplexer(status(sender, "a"))
        c.multiplexer(A, lost=True).multiplexer(b"\1\2\3" + say("found"))
    found = reader.values(reader.save(capture), "trade.status", "trade.undissected", options=(
        *passes, "-Y", "trade.undissected"))
    assert [status for status, _ in found] == ["found", "", "found"]


def test_bytes_that_make_no_sense_may_be_pongs(tshark):
    """Nothing is missing in the capture, but what a side sent is not known."""
    capture = Capture("12:00:00.000000")
    for port, instead in ((5001, bytes(300)), (5002, b"")):
        c = Conversation(capture, port).handshake(at=wall_time("12:00:00.000000"))
        for minute in range(9):
            c.module(ping(TRADER), at=wall_time(f"12:0{minute}:10.000000"))
            c.multiplexer(pong(MULTIPLEXER) + ping(MULTIPLEXER))
            c.module(pong(TRADER) if minute < 4 else instead).ack("module").ack("multiplexer")
    rows = tshark.table(tshark.save(capture), "trade,health")
    assert [(*row[3:5], row[16]) for row in rows] == [
        ("capture-hole", "cannot-tell", "0"), ("ping-unanswered", "module", "4")]


# ---- Every way to cut a stream ----

STREAMS = {
    "two PDUs": control(DOCUMENTSYSTEM, "Status", b"Running\0") + data(DOCUMENTSYSTEM, 2405, b"abc"),
    "greeting, PDU": greeting(BACKOFFICE, "BackOffice") + ping(BACKOFFICE),
    "unknown greeting, PDU": greeting(200, "Frobnicator") + ping(200),
}


@pytest.mark.parametrize("passes", ((), ("-2",)))
@pytest.mark.parametrize("stream", STREAMS)
def test_any_cut_gives_the_same(reader, stream, passes):
    """Each connection carries the same bytes, cut in two at another place."""
    payload = STREAMS[stream]
    capture = Capture("12:00:00.000000")
    for n in range(1, len(payload) + 1):
        Conversation(capture, FIRST_PORT + n).handshake().module(payload, mss=(n, len(payload)))
    found = {}
    for frame in reader.frames(reader.save(capture), *passes):
        found.setdefault(frame.stream, []).extend(pdu.content for pdu in frame.pdus)
    assert len(found) == len(payload)
    uncut = found[len(payload) - 1]
    assert len(uncut) == 2
    assert {n: pdus for n, pdus in found.items() if pdus != uncut} == {}
