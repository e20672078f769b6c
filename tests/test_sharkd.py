# test_sharkd.py
# Does what the tests read with sharkd say the same as "tshark -2"? Do preferences take effect
# with the next capture, and are they gone with the one after? Is a death reported?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import signal

import pytest

from sharkd import HIDDEN, PREFERENCES, Died
from trade_pdus import TRADER, Capture, Conversation, status

# Each preference, with another value and a capture of captures/ in which that shows; None: in
# segments that are out of order.
CHANGES = {
    "tcp.analyze_sequence_numbers": ("FALSE", None),
    "tcp.relative_sequence_numbers": ("FALSE", None),
    "tcp.reassemble_out_of_order": ("TRUE", None),
    "tcp.desegment_tcp_streams": ("FALSE", "spanning"), "trade.desegment": ("FALSE", "spanning"),
    "trade.desegment_data": ("FALSE", "spanning"), "trade.slow": ("1000", "keepalive"),
}
# Fields that are hidden in the tree, and those whose text differs between filters and PDML.
DIFFERENT = {*HIDDEN, "trade.clock"}
# Fields with bytes of their own: PDML counts from the frame's begin, sharkd from theirs.
OWN_BYTES = {"trade.client_addr", "trade.session.client_addr"}


def sketch(frames):
    """All that the tests ask of frames."""
    return [(frame.number, frame.stream, frame.ports, frame.notes,
             [(pdu.title, pdu.experts, pdu.severities, pdu.start, pdu.end,
               [field if field[4] and field[0] not in OWN_BYTES else field[:3] for field in pdu.fields
                if field[0].startswith("trade.") and field[0] not in DIFFERENT])
              for pdu in (*frame.pdus, *frame.findings)]) for frame in frames]


@pytest.mark.parametrize("name", ("faults", "greetings", "keepalive", "sessions"))
def test_it_says_what_tshark_says(tshark, sharkd, captures, name):
    path = captures[name]
    assert sketch(sharkd.frames(path)) == sketch(tshark.frames(path, "-2"))
    assert sharkd.infos(path) == tshark.infos(path, "-2")


def test_its_table_says_what_tshark_says(tshark, sharkd, captures):
    path = captures["incident"]
    assert sharkd.table(path, "trade,health") == tshark.table(path, "trade,health", "-2")


def disordered(tshark):
    """A capture that TCP shows in another way where it puts segments in order."""
    capture = Capture()
    conversation = Conversation(capture, 5000).handshake().module(status(TRADER, "a"))
    seq, size = conversation.ends["module"].seq, len(status(TRADER, "b"))
    conversation.skip("module", size).module(status(TRADER, "c"))
    conversation.module(status(TRADER, "b"), seq=seq).module(status(TRADER, "d"))
    return tshark.save(capture)


@pytest.mark.parametrize("name", sorted(PREFERENCES))
def test_a_preference_takes_effect_once(tshark, sharkd, captures, name):
    value, shows = CHANGES[name]
    path = captures[shows] if shows else disordered(tshark)

    def show(*preferences):
        return sketch(sharkd.frames(path, *preferences)), sharkd.infos(
            path, *preferences, display_filter="tcp")
    default, changed = show(), show(f"{name}:{value}")
    assert sharkd.get_preference(name) == value
    assert changed != default
    sharkd.forget()
    assert show() == default
    assert sharkd.get_preference(name) != value


def test_a_death_is_told_and_the_next_request_starts_another(sharkd, captures):
    sharkd.load(captures["talk"])
    os.kill(sharkd.process.pid, signal.SIGKILL)
    with pytest.raises(Died, match=r"died of SIGKILL when asked status.*talk\.pcapng"):
        sharkd.count_frames()
    sharkd.load(captures["talk"])
    assert sharkd.count_frames() == 4


def test_a_preference_that_would_have_no_effect_fails(sharkd, captures):
    with pytest.raises(AssertionError, match="cannot be told trade.interval"):
        sharkd.load(captures["talk"], ("trade.interval:10",))
