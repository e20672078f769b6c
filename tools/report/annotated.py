# annotated.py
# Writes the capture anew, with comments on the frames of each finding: to be read without the
# plugin, too.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import struct

from .aligned import (PACKET, make_block, make_comments, make_option, read_blocks,
                      start_editcap)
from .capture import Problem
from .story import GOOD

# The blocks of pcapng that Wireshark counts as frames: those that editcap writes.
FRAMES = {PACKET, 3, 9, 0x204}


def collect(capture, facts):
    """Returns the comments by frame, the verdicts first. facts: each drawn connection's evidence."""
    said = collections.defaultdict(dict)  # each comment once, in order
    for row in capture.incidents:
        if row["Frame"].isdigit():
            said[int(row["Frame"])][f"TRADE: {row['What happened']}"] = None
    for row in capture.rows:
        if row["Verdict"] not in GOOD and row["Frame"].isdigit():
            said[int(row["Frame"])][
                f"TRADE: {row['Module'] or row['Module endpoint']}: {row['Verdict']}, "
                f"{row['Where']}: {row['Cause']}"] = None
    for own in facts:
        for fact in own:
            if fact.frame:
                said[fact.frame][f"TRADE: {fact.what}"] = None
    return {frame: list(texts) for frame, texts in said.items()}


def add_comments(body, texts):
    """Returns a packet's block with comments before its other options."""
    kept, = struct.unpack_from("<I", body, 12)
    place = 20 + kept + (-kept % 4)
    return body[:place] + make_comments(texts) + (body[place:] or make_option(0, b""))


def annotate(capture, comments):
    """Yields the parts of the file: the capture as pcapng, whatever it was."""
    with start_editcap(capture.path, capture.files) as process:
        frame = 0
        for kind, body in read_blocks(process.stdout):
            frame += kind in FRAMES
            if kind == PACKET and frame in comments:
                body = add_comments(body, comments[frame])
            yield make_block(kind, body)
    if not frame and process.returncode:
        raise Problem("editcap cannot read the capture.")
