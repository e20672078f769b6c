# requests.py
# Clients' requests on a module's connection, each split as TRANSUM does: on the way to the module,
# in it, and on the way back. An answer is the next data PDU from the module for that client.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import bisect
import dataclasses

from .capture import SECOND
from .sequence import CONTROL
from .story import MODULE, MULTIPLEXER, later, subtract

LISTED = 12  # requests of a connection


@dataclasses.dataclass(slots=True)
class Pdu:
    """A data PDU: when its first and its last segment were seen, and the frame of the last; with
    what its receiver has acknowledged when it has all."""
    client: int
    start: int
    end: int
    frame: int
    stop: int


@dataclasses.dataclass(slots=True)
class Request:
    """A request with its answer. to_module: from its first segment until its last was acknowledged;
    in_module: from there to the answer's first segment; back: until the answer's last was
    acknowledged. In ns; None where no acknowledgement was seen."""
    request: Pdu
    answer: Pdu
    to_module: int
    in_module: int
    back: int

    @property
    def total(self):
        return self.answer.end - self.request.start


def list_pdus(frames):
    """Yields the data PDUs of one side's frames: each begins in the first segment after the PDU
    before."""
    begun = None
    for frame in frames:
        if frame.len and not frame.retransmission:
            begun = begun or frame
        ended = [*frame.keyword, *frame.receiver]
        for receiver in frame.receiver:
            if receiver != CONTROL:
                first = begun or frame
                yield Pdu(receiver, first.time_epoch, frame.time_epoch, frame.number, frame.nxtseq)
        if ended:
            begun = None


class Acknowledgements:
    """What one side acknowledged, and when."""

    def __init__(self, frames):
        self.times, self.places = [], []
        place = None
        for frame in frames:
            if frame.flags & 16 and not frame.flags & 4:
                place = later(place, frame.ack)
                self.times.append(frame.time_epoch)
                self.places.append(place)

    def find(self, pdu):
        """Returns when a PDU's last byte was acknowledged, or None."""
        at = bisect.bisect_left(self.times, pdu.end)
        while at < len(self.times):
            if subtract(self.places[at], pdu.stop) >= 0:
                return self.times[at]
            at += 1
        return None


def list_requests(connection):
    """Returns the slowest requests that were answered, the slowest first."""
    requests = list(list_pdus(connection.by_side[MULTIPLEXER]))
    answers = {}
    for answer in list_pdus(connection.by_side[MODULE]):
        answers.setdefault(answer.client, []).append(answer)
    acks = [Acknowledgements(frames) for frames in connection.by_side]
    found, taken = [], set()
    for request in reversed(requests):
        # Of several requests before one answer, the last is the one that it answers.
        own = answers.get(request.client, [])
        at = bisect.bisect_left(own, request.end, key=lambda pdu: pdu.start)
        if at < len(own) and (request.client, at) not in taken:
            taken.add((request.client, at))
            found.append((request, own[at]))
    found.sort(key=lambda pair: pair[0].start - pair[1].end)
    return [split(request, answer, acks) for request, answer in found[:LISTED]]


def split(request, answer, acks):
    arrived, returned = acks[MODULE].find(request), acks[MULTIPLEXER].find(answer)
    # An answer may bring the acknowledgement along.
    arrived = None if arrived is None else min(arrived, answer.start)
    return Request(request, answer, None if arrived is None else arrived - request.start,
                   None if arrived is None else answer.start - arrived,
                   None if returned is None else returned - answer.start)


def format_ms(ns):
    return "not seen" if ns is None else f"{ns / SECOND * 1000:.3f}"
