/* scan.c
 * What the bytes of a stream say of the guess that a PDU begins at one of them.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "stream/scan.h"
#include "wire/keyword.h"

/* A longer keyword is not believed unless its PDU is otherwise confirmed. */
#define KEYWORD_MAX 256

/* Whether something holds that is found out once. */
typedef enum answer { NOT_ASKED, YES, NO } answer_t;

/* What was found out about the guesses that a PDU begins at one byte or another: arrays of as many
 * as are at hand. NULL: nothing was asked. */
struct trade_scan_memory {
    uint8_t is_known[UINT8_MAX + 1]; /* an answer_t, by id */
    uint8_t *hints;                  /* 1 + what trade_scan_follow() returns; 0: not asked */
    uint32_t *reached;               /* offset at which that was decided */
    unsigned decided_from;           /* from this offset on, all hints were asked for */
    uint8_t *ends; /* an answer_t: whether the lengths lead to the end of the bytes */
    bool *is_led;  /* whether the lengths lead there from the known keyword at led_from */
    unsigned led_from;
    bool is_end_led; /* and to the end of the bytes */
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

/* Returns what was found out so far, with room for hints. */
static struct trade_scan_memory *get_hints(trade_scan_t *scan)
{
    struct trade_scan_memory *memory = get_memory(scan);

    if (!memory->hints) {
        memory->hints = wmem_alloc0_array(scan->pool, uint8_t, scan->captured);
        memory->reached = wmem_alloc_array(scan->pool, uint32_t, scan->captured);
        memory->decided_from = MAX(scan->captured, TRADE_LENGTH_END - 1) - (TRADE_LENGTH_END - 1);
    }
    return memory;
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
        *answer = scan->own == id ||
                          (scan->senders.is_known && scan->senders.is_known(id, scan->senders.data))
                      ? YES
                      : NO;
    return *answer == YES;
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
    text.length = trade_count_printable(text.bytes, length);
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
    text.length = trade_count_printable(text.bytes, length);
    return text.length < length && trade_find_keyword(text) ? text : none;
}

/* ---- PDUs that follow one another ---- */

/* Judges a PDU of which the sender and the length are at hand, if nothing else speaks for it or
 * against it. */
static trade_hint_t check_data(trade_scan_t *scan, uint8_t sender, unsigned length)
{
    return length >= TRADE_HEADER_LENGTH && trade_scan_is_known(scan, sender) ? TRADE_HINT_NONE
                                                                              : TRADE_HINT_AGAINST;
}

/* Judges the guess that a PDU begins at an offset by its own bytes, of which those up to the length
 * are at hand. NONE: its length must lead to another that decides. */
static trade_hint_t check_pdu(trade_scan_t *scan, unsigned offset)
{
    const trade_hint_t control = trade_scan_check_control(scan, offset);

    if (control == TRADE_HINT_FOR && !is_expected(scan, offset))
        return TRADE_HINT_AGAINST;
    if (control != TRADE_HINT_NONE)
        return control;
    return check_data(scan, scan->bytes[offset], trade_scan_get_length(scan, offset));
}

/* What was decided of a guess, and at which offset. */
typedef struct decision {
    trade_hint_t hint;
    unsigned reached;
} decision_t;

/* Returns whether the guess at an offset was decided. */
static bool is_decided(const trade_scan_t *scan, unsigned offset)
{
    return scan->memory && scan->memory->hints && scan->memory->hints[offset] > 0;
}

/* Returns what is decided of guesses whose lengths lead to an offset, at which one was decided or
 * the bytes at hand end. */
static decision_t get_decision(const trade_scan_t *scan, unsigned at)
{
    if (trade_scan_get_captured(scan, at) >= TRADE_LENGTH_END)
        return (decision_t){ (trade_hint_t)(scan->memory->hints[at] - 1),
                             scan->memory->reached[at] };
    return (decision_t){ at == scan->reported ? TRADE_HINT_FOR : TRADE_HINT_NONE, at };
}

/* Keeps what was decided of the guess at an offset. */
static void keep_decision(struct trade_scan_memory *memory, unsigned offset, decision_t decision)
{
    memory->hints[offset] = (uint8_t)(decision.hint + 1);
    memory->reached[offset] = decision.reached;
}

trade_hint_t trade_scan_follow(trade_scan_t *scan, unsigned offset)
{
    decision_t decision = { TRADE_HINT_NONE, offset };
    unsigned at = offset;

    if (trade_scan_get_captured(scan, offset) >= TRADE_LENGTH_END) {
        while (decision.hint == TRADE_HINT_NONE &&
               trade_scan_get_captured(scan, at) >= TRADE_LENGTH_END && !is_decided(scan, at)) {
            decision = (decision_t){ check_pdu(scan, at), at };
            if (decision.hint == TRADE_HINT_NONE)
                at += trade_scan_get_length(scan, at);
        }
        if (decision.hint == TRADE_HINT_NONE)
            decision = get_decision(scan, at);
    }
    for (; offset < at; offset += trade_scan_get_length(scan, offset))
        keep_decision(get_hints(scan), offset, decision);
    return decision.hint;
}

/* Decides all guesses from an offset on, the last first: so that where the length of one leads,
 * all is decided. Returns what was found out. */
static struct trade_scan_memory *decide_all(trade_scan_t *scan, unsigned offset)
{
    struct trade_scan_memory *memory = get_hints(scan);
    const trade_scan_t at_hand = *scan; /* which no callee changes: it stays in registers */
    uint8_t *const hints = memory->hints;
    uint32_t *const reached = memory->reached;

    for (unsigned at = memory->decided_from; at-- > offset;) {
        const unsigned length = trade_scan_get_length(&at_hand, at);
        const trade_hint_t hint = trade_scan_is_control(&at_hand, at)
                                      ? check_pdu(scan, at)
                                      : check_data(scan, at_hand.bytes[at], length);
        decision_t decision = { hint, at };
        if (hint == TRADE_HINT_NONE)
            decision = get_decision(&at_hand, at + length);
        hints[at] = (uint8_t)(decision.hint + 1);
        reached[at] = decision.reached;
    }
    memory->decided_from = MIN(memory->decided_from, offset);
    return memory;
}

bool trade_scan_leads_to_end(trade_scan_t *scan, unsigned offset)
{
    struct trade_scan_memory *memory = get_memory(scan);
    answer_t answer = NOT_ASKED;
    unsigned at = offset;

    if (!memory->ends)
        memory->ends = wmem_alloc0_array(scan->pool, uint8_t, scan->captured);
    while (answer == NOT_ASKED && trade_scan_get_captured(scan, at) >= TRADE_LENGTH_END) {
        answer = (answer_t)memory->ends[at];
        if (answer == NOT_ASKED && trade_scan_get_length(scan, at) < TRADE_HEADER_LENGTH)
            memory->ends[at] = answer = NO;
        if (answer == NOT_ASKED)
            at += trade_scan_get_length(scan, at);
    }
    if (answer == NOT_ASKED)
        answer = at == scan->reported ? YES : NO;
    for (; offset < at; offset += trade_scan_get_length(scan, offset))
        memory->ends[offset] = (uint8_t)answer;
    return answer == YES;
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

/* Sets the marks where the lengths lead from the known keyword at led_from, past control PDUs of
 * the expected sender only. */
static void set_led(trade_scan_t *scan, bool is_led)
{
    struct trade_scan_memory *memory = scan->memory;
    unsigned at = memory->led_from;

    while (trade_scan_get_captured(scan, at) >= TRADE_LENGTH_END &&
           trade_scan_get_length(scan, at) >= TRADE_HEADER_LENGTH &&
           (is_expected(scan, at) || trade_scan_check_control(scan, at) != TRADE_HINT_FOR)) {
        at += trade_scan_get_length(scan, at);
        if (at < scan->captured)
            memory->is_led[at] = is_led;
    }
    memory->is_end_led = is_led && at == scan->reported;
}

/* Returns whether the lengths lead from a known keyword to a place where a guess was decided. */
static bool leads_to(trade_scan_t *scan, unsigned known, unsigned place)
{
    struct trade_scan_memory *memory = scan->memory;

    if (!memory->is_led || memory->led_from != known) {
        if (!memory->is_led)
            memory->is_led = wmem_alloc0_array(scan->pool, bool, scan->captured);
        else
            set_led(scan, false);
        memory->led_from = known;
        set_led(scan, true);
    }
    return place < scan->captured ? memory->is_led[place] : memory->is_end_led;
}

/* Lengths may lead on by chance: if they jump over a known keyword whose PDU leads to the same
 * place, that PDU is believed, not they. This does not hold at a segment's start, where a PDU is
 * likely. */
unsigned trade_scan_find_pdu(trade_scan_t *scan, unsigned offset)
{
    unsigned known = 0; /* where the next known keyword may be: no byte is searched twice */

    if (trade_scan_get_captured(scan, offset) < TRADE_LENGTH_END)
        return scan->reported;
    if (offset == 0 && check_pdu(scan, offset) == TRADE_HINT_FOR)
        return offset;
    const struct trade_scan_memory *memory = decide_all(scan, offset);
    const uint8_t *end = memory->hints + scan->captured, *hint = memory->hints + offset;
    while ((hint = (const uint8_t *)memchr(hint, TRADE_HINT_FOR + 1, (size_t)(end - hint)))) {
        offset = (unsigned)(hint++ - memory->hints);
        const unsigned reached = memory->reached[offset];
        known = trade_scan_find_known_control(scan, MAX(known, offset + 1), reached);
        if (offset == 0 || known >= reached || !leads_to(scan, known, reached))
            return offset;
    }
    return scan->reported;
}
