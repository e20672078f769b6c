/* notes.c
 * What later passes must know of a direction's bytes, by frame and sequence number.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/notes.h"

/* Hashes a note by its place, which whoever sends the segments chooses: with Wireshark's salt. */
static unsigned hash_note(const void *key)
{
    const trade_note_t *note = (const trade_note_t *)key;
    const uint32_t place[] = { note->frame, note->seq };

    return wmem_strong_hash((const uint8_t *)place, sizeof place);
}

static gboolean equal_notes(const void *a, const void *b)
{
    const trade_note_t *one = (const trade_note_t *)a, *other = (const trade_note_t *)b;

    return one->frame == other->frame && one->seq == other->seq;
}

/* Returns the note of a place, or NULL. */
static trade_note_t *find_note(const trade_notes_t *notes, uint32_t frame, uint32_t seq)
{
    const trade_note_t key = { .frame = frame, .seq = seq };

    return (trade_note_t *)wmem_map_lookup(notes->by_place, &key);
}

trade_note_t *trade_notes_add(trade_notes_t *notes, uint32_t frame, uint32_t seq)
{
    if (!notes->by_place)
        notes->by_place = wmem_map_new(wmem_file_scope(), hash_note, equal_notes);
    trade_note_t *note = find_note(notes, frame, seq);

    if (!note) {
        note = wmem_new0(wmem_file_scope(), trade_note_t);
        note->frame = frame;
        note->seq = seq;
        wmem_map_insert(notes->by_place, note, note);
        notes->last_frame = frame;
    }
    return note;
}

const trade_note_t *trade_notes_find(const trade_notes_t *notes, uint32_t frame, uint32_t seq,
                                     unsigned kinds)
{
    /* Most streams have no note but the greeting's. */
    if (!notes->by_place || frame > notes->last_frame)
        return NULL;
    const trade_note_t *note = find_note(notes, frame, seq);
    return note && (note->kinds & kinds) ? note : NULL;
}
