/* scan.c
 * What the bytes of a stream say of the guess that a PDU begins at one of them.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "stream/scan.h"
#include "wire/keyword.h"

/* A keyword that is longer is not believed where nothing vouches for its PDU. */
#define KEYWORD_MAX 256

/* Whether something holds that is found out once. */
typedef enum answer { NOT_ASKED, YES, NO } answer_t;

/* What was found out about the guess that a PDU begins at one byte. */
typedef struct guess {
    uint32_t reached;  /* where hint was decided */
    uint32_t led_from; /* the lengths lead here from the known keyword before this offset; 0: from
                          none */
    uint8_t ends;      /* an answer_t: whether the lengths lead to the end of the bytes */
    uint8_t hint;      /* of trade_scan_follow(), a trade_hint_t, */
    bool is_followed;  /* if that is set */
} guess_t;

struct trade_scan_memory {
    uint8_t is_known[UINT8_MAX + 1]; /* an answer_t, by id */
    guess_t *guesses; /* one for each byte at hand; NULL: nothing was found out about any */
};

trade_scan_t trade_scan_begin(tvbuff_t *tvb, const trade_senders_t *senders, wmem_allocator_t *pool)
{
    trade_scan_t scan = { .captured = tvb_captured_length(tvb),
                          .reported = tvb_reported_length(tvb),
                          .senders = *senders,
                          .pool = pool,
                          .own = TRADE_SENDER_ANY };

    if (scan.captured > 0)
        scan.bytes = tvb_get_ptr(tvb, 0, (int)scan.captured);
    return scan;
}

/* Returns what was found out so far. */
static struct trade_scan_memory *get_memory(trade_scan_t *scan)
{
    if (!scan->memory)
        scan->memory = wmem_new0(scan->pool, struct trade_scan_memory);
    return scan->memory;
}

/* Returns what was found out about the guess that a PDU begins at an offset. */
static guess_t *get_guess(trade_scan_t *scan, unsigned offset)
{
    struct trade_scan_memory *memory = get_memory(scan);

    if (!memory->guesses)
        memory->guesses = wmem_alloc0_array(scan->pool, guess_t, scan->captured);
    return &memory->guesses[offset];
}

/* Returns whether anything was found out about such guesses. */
static bool has_guesses(const trade_scan_t *scan)
{
    return scan->memory && scan->memory->guesses;
}

void trade_scan_set_own(trade_scan_t *scan, int id)
{
    if (scan->own == id || (id >= 0 && trade_scan_is_known(scan, (uint8_t)id)))
        return;
    scan->own = id;
    scan->memory = NULL; /* is freed with the pool */
}

bool trade_scan_is_known(trade_scan_t *scan, uint8_t id)
{
    uint8_t *answer = &get_memory(scan)->is_known[id];

    if (*answer == NOT_ASKED)
        *answer = scan->own == id || scan->senders.is_known(id, scan->senders.data) ? YES : NO;
    return *answer == YES;
}

unsigned trade_scan_get_text(const uint8_t *bytes, unsigned length, bool ascii_only)
{
    unsigned i = 0;

    while (i < length &&
           ((bytes[i] >= 0x20 && bytes[i] < 0x7f) || (bytes[i] >= 0x80 && !ascii_only)))
        i++;
    return i;
}

/* ---- One PDU ---- */

/* Judges the keyword of a control PDU whose header is at hand. */
static trade_hint_t check_keyword(const trade_scan_t *scan, unsigned offset)
{
    const unsigned in_pdu = trade_scan_get_length(scan, offset) - TRADE_HEADER_LENGTH;
    const unsigned captured = trade_scan_get_captured(scan, offset + TRADE_HEADER_LENGTH);
    const unsigned length = MIN(MIN(in_pdu, captured), KEYWORD_MAX);

    if (length == 0)
        return TRADE_HINT_NONE;
    trade_text_t text = { .bytes = scan->bytes + offset + TRADE_HEADER_LENGTH };
    text.length = trade_scan_get_text(text.bytes, length, true);
    if (text.length < length)
        return text.length > 1 && text.bytes[text.length] == 0 ? TRADE_HINT_FOR
                                                               : TRADE_HINT_AGAINST;
    if (length == in_pdu || length == KEYWORD_MAX)
        return TRADE_HINT_AGAINST;
    return trade_begins_known_keyword(text) ? TRADE_HINT_FOR : TRADE_HINT_NONE;
}

trade_hint_t trade_scan_check_control(const trade_scan_t *scan, unsigned offset)
{
    if (!trade_scan_is_control(scan, offset))
        return TRADE_HINT_NONE;
    if (trade_scan_get_length(scan, offset) < TRADE_HEADER_LENGTH + 2)
        return TRADE_HINT_AGAINST;
    return check_keyword(scan, offset);
}

/* Returns whether the sender of the control PDU at an offset is the one that is expected. */
static bool is_expected(const trade_scan_t *scan, unsigned offset)
{
    return scan->senders.control == TRADE_SENDER_ANY ||
           scan->senders.control == scan->bytes[offset];
}

trade_text_t trade_scan_find_keyword(const trade_scan_t *scan, unsigned offset)
{
    const trade_text_t none = { NULL, 0 };
    trade_text_t text = none;

    if (trade_scan_get_captured(scan, offset) <= TRADE_HEADER_LENGTH ||
        trade_scan_check_control(scan, offset) != TRADE_HINT_FOR)
        return none;
    const unsigned captured = trade_scan_get_captured(scan, offset);
    const unsigned length =
        MIN(trade_scan_get_length(scan, offset), captured) - TRADE_HEADER_LENGTH;
    text.bytes = scan->bytes + offset + TRADE_HEADER_LENGTH;
    text.length = trade_scan_get_text(text.bytes, length, true);
    return text.length < length && trade_find_keyword(text) ? text : none;
}

/* ---- PDUs that follow one another ---- */

/* Judges the guess that a PDU begins at an offset by its own bytes, of which those up to the length
 * are at hand. NONE: by where it leads. */
static trade_hint_t check_pdu(trade_scan_t *scan, unsigned offset)
{
    const trade_hint_t control = trade_scan_check_control(scan, offset);

    if (control == TRADE_HINT_FOR && !is_expected(scan, offset))
        return TRADE_HINT_AGAINST;
    if (control != TRADE_HINT_NONE)
        return control;
    return trade_scan_get_length(scan, offset) >= TRADE_HEADER_LENGTH &&
                   trade_scan_is_known(scan, scan->bytes[offset])
               ? TRADE_HINT_NONE
               : TRADE_HINT_AGAINST;
}

/* Keeps what was decided of the PDUs from an offset to the one at which it was. */
static void keep_hint(trade_scan_t *scan, unsigned offset, const guess_t *decided, unsigned at)
{
    while (offset < at) {
        guess_t *guess = get_guess(scan, offset);
        guess->is_followed = true;
        guess->hint = decided->hint;
        guess->reached = decided->reached;
        offset += trade_scan_get_length(scan, offset);
    }
}

trade_hint_t trade_scan_follow(trade_scan_t *scan, unsigned offset, unsigned *reached)
{
    guess_t found = { .hint = TRADE_HINT_NONE };
    unsigned at = offset;

    while (found.hint == TRADE_HINT_NONE && trade_scan_get_captured(scan, at) >= TRADE_LENGTH_END) {
        if (has_guesses(scan) && get_guess(scan, at)->is_followed) {
            found = *get_guess(scan, at);
            break;
        }
        found.hint = check_pdu(scan, at);
        found.reached = at;
        if (found.hint == TRADE_HINT_NONE)
            at += trade_scan_get_length(scan, at);
    }
    if (!found.is_followed && found.hint == TRADE_HINT_NONE) {
        found.reached = at;
        if (at == scan->reported && at > offset)
            found.hint = TRADE_HINT_FOR;
    }
    keep_hint(scan, offset, &found, at);
    if (reached)
        *reached = found.reached;
    return found.hint;
}

bool trade_scan_leads_to_end(trade_scan_t *scan, unsigned offset)
{
    answer_t answer = NOT_ASKED;
    unsigned at = offset;

    while (answer == NOT_ASKED && trade_scan_get_captured(scan, at) >= TRADE_LENGTH_END) {
        answer = (answer_t)get_guess(scan, at)->ends;
        if (answer == NOT_ASKED && trade_scan_get_length(scan, at) < TRADE_HEADER_LENGTH)
            get_guess(scan, at)->ends = answer = NO;
        if (answer == NOT_ASKED)
            at += trade_scan_get_length(scan, at);
    }
    if (answer == NOT_ASKED)
        answer = at == scan->reported ? YES : NO;
    for (; offset < at; offset += trade_scan_get_length(scan, offset))
        get_guess(scan, offset)->ends = answer;
    return answer == YES;
}

bool trade_scan_is_covered(const trade_scan_t *scan)
{
    unsigned at = 0;

    while (trade_scan_get_captured(scan, at) >= TRADE_LENGTH_END &&
           trade_scan_get_length(scan, at) >= TRADE_HEADER_LENGTH)
        at += trade_scan_get_length(scan, at);
    return at == scan->reported;
}

bool trade_scan_is_filled(const trade_scan_t *scan)
{
    unsigned at = 0;

    if (trade_scan_check_control(scan, 0) != TRADE_HINT_FOR)
        return false;
    while (trade_scan_get_captured(scan, at) >= TRADE_LENGTH_END) {
        if (trade_scan_get_length(scan, at) < TRADE_HEADER_LENGTH ||
            (scan->bytes[at] != scan->bytes[0] &&
             trade_scan_check_control(scan, at) == TRADE_HINT_FOR))
            return false;
        at += trade_scan_get_length(scan, at);
    }
    return at == scan->reported;
}

/* ---- The next PDU ---- */

unsigned trade_scan_find_known_control(const trade_scan_t *scan, unsigned start, unsigned end)
{
    for (; start < end; start++) {
        if (trade_scan_is_control(scan, start) && trade_scan_find_keyword(scan, start).bytes &&
            is_expected(scan, start))
            return start;
    }
    return end;
}

/* Marks where the lengths lead from the known keyword at an offset, past control PDUs of the
 * expected sender only. */
static void mark_led(trade_scan_t *scan, unsigned known)
{
    unsigned at = known;

    while (trade_scan_get_captured(scan, at) >= TRADE_LENGTH_END &&
           trade_scan_get_length(scan, at) >= TRADE_HEADER_LENGTH &&
           (is_expected(scan, at) || trade_scan_check_control(scan, at) != TRADE_HINT_FOR)) {
        at += trade_scan_get_length(scan, at);
        if (at < scan->captured)
            get_guess(scan, at)->led_from = known + 1;
    }
    /* Nothing begins at the end of the bytes: what leads there is kept at the first byte. */
    if (at == scan->reported)
        get_guess(scan, known)->led_from = known + 1;
}

/* Returns whether the lengths lead from a known keyword, which was marked, to a place. */
static bool is_led(trade_scan_t *scan, unsigned known, unsigned target)
{
    return get_guess(scan, target < scan->captured ? target : known)->led_from == known + 1;
}

/* Returns whether a PDU at an offset may be one: if not, it is not worth a closer look. */
static bool is_worth_following(trade_scan_t *scan, unsigned offset)
{
    return trade_scan_is_known(scan, scan->bytes[offset]) || trade_scan_is_control(scan, offset);
}

/* Lengths may lead on by chance: where they jump over a known keyword whose PDU leads to the same
 * place, that PDU is believed, not they. Not at a segment's start, where a PDU is likely. */
unsigned trade_scan_find_pdu(trade_scan_t *scan, unsigned offset)
{
    unsigned known = 0; /* where the next known keyword may be: no byte is searched twice */
    unsigned marked = 0;
    unsigned reached = 0;

    for (; trade_scan_get_captured(scan, offset) >= TRADE_LENGTH_END; offset++) {
        if (!is_worth_following(scan, offset) ||
            trade_scan_follow(scan, offset, &reached) != TRADE_HINT_FOR)
            continue;
        known = trade_scan_find_known_control(scan, MAX(known, offset + 1), reached);
        if (offset == 0 || known >= reached)
            return offset;
        if (marked != known)
            mark_led(scan, known);
        marked = known;
        if (!is_led(scan, known, reached))
            return offset;
    }
    return scan->reported;
}
