/* notes.h
 * What later passes must know of a direction's bytes, by frame and sequence number.
 *
 * A note for each place that differs from "the next PDU begins here, and its header says how long
 * it is": at most one for each TCP segment, each gap before a PDU, and each piece that is no PDU;
 * none on a healthy stream but for the greeting, and the rest of a payload shown in pieces. Each
 * takes some 100 bytes, in wmem_file_scope().
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_NOTES_H
#define TRADE_STREAM_NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include <epan/wmem_scopes.h>

/* What a note is about; bits of trade_note_t.kinds. */
enum {
    TRADE_NOTE_SEGMENT =
        1U << 0,               /* the segment that begins here was shown in part, or ends a hole */
    TRADE_NOTE_UNIT = 1U << 1, /* a unit of which the header alone would tell otherwise */
    TRADE_NOTE_WAIT = 1U << 2, /* the first pass waited for more bytes here */
    TRADE_NOTE_GAP = 1U << 3   /* the first PDU after bytes that are missing */
};

/* What the first pass found at a place. File scope. */
typedef struct trade_note {
    uint32_t frame;
    uint32_t seq; /* sequence number of the first byte */
    uint8_t kinds;
    uint8_t unit_kind;    /* of a unit: a trade_unit_kind_t */
    bool is_cut_off;      /* of a unit: the connection ends inside it */
    bool ends_hole;       /* of a segment: the bytes behind it were captured before it */
    bool is_upper_bound;  /* of a gap: gap is the most that can be missing */
    uint32_t unit_length; /* of a unit */
    uint32_t shown;       /* of a segment: how many of its first bytes were shown before */
    uint32_t gap;         /* bytes missing */
} trade_note_t;

/* The notes of a direction. Zeroed: none. */
typedef struct trade_notes {
    wmem_map_t *by_place; /* each its own key; NULL while there is none */
    uint32_t last_frame;  /* that has one */
} trade_notes_t;

/* Returns the note of a place, made if it is new, for the first pass to write. */
trade_note_t *trade_notes_add(trade_notes_t *notes, uint32_t frame, uint32_t seq);

/* Returns the note of a place if it is of one of these kinds, or NULL. */
const trade_note_t *trade_notes_find(const trade_notes_t *notes, uint32_t frame, uint32_t seq,
                                     unsigned kinds);

#endif /* TRADE_STREAM_NOTES_H */
