# test_sentences.py
# Is what a sentence of -z trade,health prints so? Its filter shows frames, and a time beside a
# frame is that frame's.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import datetime
import re

import pytest

from kernels.chance import DAMAGES, Capture as RandomCapture
from trade_pdus import TRADER, Capture, Conversation, ping, pong, wall_time

SECOND = 1_000_000
START = wall_time("10:00:00.000000")
FILTER = re.compile(r"frame\.number in \{(\d+(?:, \d+)*)\}|(?:tcp\.stream == (\d+)|tcp\.flags & 7)"
                    r"(?: && frame\.number >= (\d+)(?: && frame\.number <= (\d+))?)?")
TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) UTC (?:on )?\(frame (\d+)\)")
# Connections in each random capture.
CONNECTIONS = 30


def read(tshark, path):
    """Returns the sentences, each without its filter and with it alone; and time and stream of each
    frame, by its number."""
    fields = ("frame.number", "frame.time_epoch", "tcp.stream")
    lines = tshark.run("-r", path, "-T", "fields", *(word for field in fields for word in ("-e", field)),
                       "-z", "trade,health").splitlines()
    cells = [line.split(" |")[8] for line in lines if re.match(r"\d+ +\|", line)]
    frames = [line.split("\t") for line in lines if re.match(r"\d+\t", line)]
    return ([sentence.split(" Filter: ") for sentence in cells if sentence],
            {int(number): (float(time), stream) for number, time, stream in frames})


def matches(text, frames):
    """Returns whether a filter shows a frame."""
    numbers, stream, first, last = FILTER.fullmatch(text).groups()
    if numbers:
        return any(int(number) in frames for number in numbers.split(", "))
    return any(stream in (own, None) and int(first or 0) <= number <= int(last or number)
               for number, (_, own) in frames.items())


def check(tshark, path):
    """Checks all sentences of a capture, and returns them."""
    sentences, frames = read(tshark, path)
    for words, text in sentences:
        assert matches(text, frames), (words, text)
        for time, frame in TIME.findall(words):
            there = datetime.datetime.fromtimestamp(frames[int(frame)][0], datetime.timezone.utc)
            said = datetime.datetime.fromisoformat(f"{time}+00:00")
            assert abs((there - said).total_seconds()) < 0.002, (words, frame)
    return sentences


def test_other_incidents(tshark, sharkd):
    """How many there are is said before the filter."""
    capture = Capture()
    conversation = Conversation(capture, 20001).handshake(at=START)
    for n in (0, 1, 2, 3, 9, 10, 11, 17, 18, 19):
        at = START + (1 + 30 * n) * SECOND
        conversation.module(ping(TRADER), at=at).multiplexer(pong(1), at=at + 500)
        conversation.ack("module", at=at + 700)
    path = tshark.save(capture)
    (words, text), = check(tshark, path)
    assert words.endswith(" (and 1 other incident)"), words
    assert sharkd.find_frames(path, text)


def test_captures(tshark, sharkd, captures):
    """Each filter is one of Wireshark's, and finds something."""
    count = 0
    for path in captures.values():
        for _, text in check(tshark, path):
            assert sharkd.find_frames(path, text)
            count += 1
    assert count > 0


@pytest.mark.parametrize("damage", DAMAGES)
def test_random_connections(tshark, sharkd, damage):
    """Faults at random, in captures that are damaged."""
    path = tshark.make_directory() / "random.pcap"
    RandomCapture(len(damage), CONNECTIONS, damage).write(path)
    path.chmod(0o644)
    texts = {text for _, text in check(tshark, path)}
    assert texts
    for text in texts:
        assert sharkd.takes_filter(text), text


def make_half_closed(closing, ending):
    """The module's Pings are answered until one side sends a FIN. The other does not: its next
    Pings have no Pong until the connection is reset, if it is."""
    capture = Capture()
    conversation = Conversation(capture).handshake(at=START)
    for n in range(4):
        conversation.module(ping(TRADER), at=START + n * 30 * SECOND + SECOND)
        conversation.multiplexer(pong(1))
        conversation.multiplexer(ping(1))
        conversation.module(pong(TRADER))
    conversation.fin(closing, at=START + 100 * SECOND)
    other = "multiplexer" if closing == "module" else "module"
    conversation.ack(other)
    for n in range(4, 9):
        payload = ping(TRADER) if other == "module" else ping(1)
        conversation.send(other, payload, at=START + n * 30 * SECOND + SECOND)
        conversation.ack(closing)
    if ending:
        conversation.rst(ending, at=START + 300 * SECOND)
    return capture


@pytest.mark.parametrize("ending", ("module", "multiplexer", None))
@pytest.mark.parametrize("closing", ("module", "multiplexer"))
def test_half_closed(tshark, closing, ending):
    check(tshark, tshark.save(make_half_closed(closing, ending)))


def make_silent(ending):
    """The module sends no Ping after a FIN of the Multiplexer's, though it was heard."""
    capture = Capture()
    conversation = Conversation(capture).handshake(at=START)
    for n in range(4):
        conversation.module(ping(TRADER), at=START + n * 30 * SECOND + SECOND)
        conversation.multiplexer(pong(1))
    conversation.multiplexer(ping(1), at=START + 99 * SECOND)
    conversation.module(pong(TRADER))
    conversation.fin("multiplexer", at=START + 100 * SECOND)
    conversation.ack("module")
    for n in range(12):
        conversation.module(pong(TRADER), at=START + (110 + n * 20) * SECOND)
        conversation.ack("multiplexer")
    if ending:
        conversation.rst(ending, at=START + 400 * SECOND)
    return capture


def test_end_of_the_half_that_lives_on(tshark):
    """It is the frame in which that half was heard last, not the FIN of the other."""
    (words, text), = check(tshark, tshark.save(make_silent(None)))
    assert "until Unknown" not in words
    assert re.search(r"until Trader \(10\.0\.0\.1:\d+\) was heard last at "
                     r"2014-06-05 08:05:30\.000 UTC \(frame \d+\)", words), words
    assert text.endswith(re.search(r"was heard last .*?\(frame (\d+)\)", words).group(1))


def test_reset_after_a_fin(tshark):
    """The time of the RST is not given for the FIN's."""
    (words, _), = check(tshark, tshark.save(make_silent("module")))
    assert re.search(r"until Trader \(10\.0\.0\.1:\d+\) reset the connection at "
                     r"2014-06-05 08:06:40\.000 UTC", words), words
