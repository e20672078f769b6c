# test_probes.py
# Does a frame say that nothing is missing where TCP's analysis says so, though all bytes are in the
# capture, and only there?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

from trade_pdus import MULTIPLEXER, TRADER, Capture, Conversation, data, filler, ping, wall_time

SECOND = 1_000_000
START = wall_time("10:00:00.000000")
TCP_SAYS = "tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment"
RIGHT = "TCP makes no such mistake here, as from Wireshark 4.4 on"


def make_probes(lost=None):
    """The Multiplexer closes its window, and takes two probes of one byte each. lost: "before":
    a segment before them was not captured; "after": one after them; "probe": the first itself."""
    capture = Capture()
    conversation = Conversation(capture).handshake(at=START)
    conversation.module(ping(TRADER), at=START + SECOND)
    bulk = data(TRADER, 2405, filler(1000))
    conversation.module(bulk[:100]).module(bulk[100:200], lost=lost == "before")
    conversation.module(bulk[200:500])
    conversation.ack("multiplexer", window=0)
    conversation.module(bulk[500:501], lost=lost == "probe")
    conversation.ack("multiplexer", window=0)
    conversation.module(bulk[501:502])
    conversation.ack("multiplexer", window=0)
    conversation.multiplexer(ping(MULTIPLEXER), window=0)
    conversation.ack("module")
    conversation.ack("multiplexer")
    conversation.module(bulk[502:600], lost=lost == "after")
    conversation.module(bulk[600:])
    conversation.ack("multiplexer")
    return capture


def find(tshark, path, text, *options):
    return {int(number) for number, in tshark.values(path, "frame.number",
                                                     options=("-Y", text, *options))}


@pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))
def test_probes(tshark, passes):
    path = tshark.save(make_probes())
    said = find(tshark, path, TCP_SAYS, *passes)
    if not said:
        pytest.skip(RIGHT)
    assert find(tshark, path, "trade.nothing_missing", *passes) == said
    assert find(tshark, path,
                '_ws.expert.message contains "probe a zero window"', *passes) == said


@pytest.mark.parametrize("lost", ("before", "probe"))
def test_lost_bytes_near(tshark, lost):
    """Where something is missing, as near as the largest window, nothing is said."""
    path = tshark.save(make_probes(lost))
    assert find(tshark, path, TCP_SAYS)
    assert find(tshark, path, "trade.nothing_missing") == set()


def test_lost_bytes_after(tshark):
    """What was said before they were lost stays; of their own loss, nothing is said."""
    path = tshark.save(make_probes("after"))
    whole = find(tshark, tshark.save(make_probes()), "trade.nothing_missing")
    more = find(tshark, path, TCP_SAYS) - whole
    assert more
    assert find(tshark, path, "trade.nothing_missing") == whole


def test_incident(tshark, captures):
    """The profile takes none of these frames for missing bytes, and Finding says why."""
    path = captures["incident"]
    said = find(tshark, path, TCP_SAYS)
    if not said:
        pytest.skip(RIGHT)
    assert said == {681, 682, 683, 688, 691}
    assert find(tshark, path, f"({TCP_SAYS}) && !trade.nothing_missing") == set()
    last = tshark.values(path, "_ws.expert.message", options=(
        "-Y", "trade.nothing_missing", "-E", "occurrence=l"))
    assert {message for message, in last} == {
        "Nothing is missing here: TCP's analysis does not count the bytes that probe a zero window, "
        "which are in the capture"}
