/* framing.c
 * Where does the next PDU of a TRADE stream begin, and how long is it?
 *
 * On a whole stream the answer is easy: where the one before it ended. This
 * file is about the rest: greetings, which look like PDUs; captures that start
 * in mid-PDU; lost segments; lengths that cannot be.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "stream/framing.h"
#include "wire/keyword.h"

/* Maximum number of headers that are followed, before a chain counts as neither good nor bad: it
 * bounds the work that hostile bytes can cause. */
#define CHAIN_MAX 64
/* A keyword that is longer is not believed where nothing vouches for its PDU. */
#define KEYWORD_MAX 256
/* A greeting whose count or 00 is wrong is believed from this many characters on:
 * then a PDU's length and receiver would both have to be printable. */
#define ODD_NAME_MIN 3
/* A greeting's count is a byte. */
#define NAME_MAX 255
/* To judge what follows, a header and the beginning of a keyword. */
#define LOOK_AHEAD (TRADE_HEADER_LENGTH + 2)
/* A capture that starts with this many bytes of text does not start with a header. */
#define START_TEXT 8
/* The first characters of a keyword that tell it well enough; no known one is shorter. */
#define KEYWORD_START 4
/* Maximum length of a data PDU that a capture is believed to start with. */
#define START_WAIT 4096

/* What the bytes say of the guess that a PDU begins at some place. */
typedef enum evidence {
    EVIDENCE_AGAINST,
    EVIDENCE_NONE, /* too few bytes here to tell */
    EVIDENCE_FOR
} evidence_t;

static unsigned get_captured(tvbuff_t *tvb, unsigned offset)
{
    const unsigned captured = tvb_captured_length(tvb);

    return offset < captured ? captured - offset : 0;
}

static unsigned get_reported(tvbuff_t *tvb, unsigned offset)
{
    const unsigned reported = tvb_reported_length(tvb);

    return offset < reported ? reported - offset : 0;
}

/* Returns the length field of the PDU at offset. */
static unsigned get_pdu_length(tvbuff_t *tvb, unsigned offset)
{
    return tvb_get_ntohs(tvb, (int)offset + 1);
}

/* Returns how many of the bytes are text, up to the first that is not. */
static unsigned get_text_length(const uint8_t *bytes, unsigned length, bool ascii_only)
{
    unsigned i = 0;

    while (i < length && bytes[i] >= 0x20 && bytes[i] != 0x7f && (bytes[i] < 0x80 || !ascii_only))
        i++;
    return i;
}

/* Judges the keyword of a control PDU whose header is wholly captured. */
static evidence_t check_keyword(tvbuff_t *tvb, unsigned offset)
{
    const unsigned in_pdu = get_pdu_length(tvb, offset) - TRADE_HEADER_LENGTH;
    const unsigned captured = get_captured(tvb, offset + TRADE_HEADER_LENGTH);
    const unsigned length = MIN(MIN(in_pdu, captured), KEYWORD_MAX);
    trade_text_t text = { NULL, 0 };

    if (length == 0)
        return EVIDENCE_NONE;
    text.bytes = tvb_get_ptr(tvb, (int)(offset + TRADE_HEADER_LENGTH), (int)length);
    text.length = get_text_length(text.bytes, length, true);
    if (text.length < length)
        return text.length > 1 && text.bytes[text.length] == 0 ? EVIDENCE_FOR : EVIDENCE_AGAINST;
    if (length == in_pdu || length == KEYWORD_MAX)
        return EVIDENCE_AGAINST;
    return trade_begins_known_keyword(text) ? EVIDENCE_FOR : EVIDENCE_NONE;
}

/* Judges the guess that a control PDU begins at offset. */
static evidence_t check_control(tvbuff_t *tvb, unsigned offset)
{
    if (get_captured(tvb, offset) < TRADE_HEADER_LENGTH ||
        tvb_get_ntohs(tvb, (int)offset + 3) != TRADE_RECEIVER_CONTROL)
        return EVIDENCE_NONE;
    if (get_pdu_length(tvb, offset) < TRADE_HEADER_LENGTH + 2)
        return EVIDENCE_AGAINST;
    return check_keyword(tvb, offset);
}

/* Returns whether the sender of the control PDU at offset is the one that is expected. */
static bool is_expected_control(tvbuff_t *tvb, unsigned offset, const trade_senders_t *senders)
{
    return senders->control == TRADE_SENDER_ANY ||
           senders->control == tvb_get_uint8(tvb, (int)offset);
}

/* Judges the guess that a PDU begins at *offset by following the lengths: they must
 * lead to a control PDU, or exactly to the end of the bytes at hand. Moves *offset to
 * where the chain was decided. */
static evidence_t follow_chain(tvbuff_t *tvb, unsigned *offset, const trade_senders_t *senders)
{
    const unsigned end = tvb_reported_length(tvb);

    for (unsigned n = 0; n < CHAIN_MAX; n++) {
        if (*offset == end && n > 0)
            return EVIDENCE_FOR;
        if (*offset >= end || get_captured(tvb, *offset) < TRADE_LENGTH_END)
            return EVIDENCE_NONE;
        const evidence_t control = check_control(tvb, *offset);
        if (control == EVIDENCE_FOR && !is_expected_control(tvb, *offset, senders))
            return EVIDENCE_AGAINST;
        if (control != EVIDENCE_NONE)
            return control;
        const unsigned length = get_pdu_length(tvb, *offset);
        if (length < TRADE_HEADER_LENGTH ||
            !senders->is_known(tvb_get_uint8(tvb, (int)*offset), senders->data))
            return EVIDENCE_AGAINST;
        *offset += length;
    }
    return EVIDENCE_NONE;
}

/* Judges the guess that a PDU begins at offset as follow_chain() does. */
static evidence_t check_chain(tvbuff_t *tvb, unsigned offset, const trade_senders_t *senders)
{
    return follow_chain(tvb, &offset, senders);
}

/* Returns whether the lengths lead from offset exactly to the target.
 * senders: with control PDUs of the expected sender only. */
static bool leads_to(tvbuff_t *tvb, unsigned offset, unsigned target,
                     const trade_senders_t *senders)
{
    for (unsigned n = 0;
         n < CHAIN_MAX && offset < target && get_captured(tvb, offset) >= TRADE_LENGTH_END; n++) {
        if (get_pdu_length(tvb, offset) < TRADE_HEADER_LENGTH ||
            (check_control(tvb, offset) == EVIDENCE_FOR &&
             !is_expected_control(tvb, offset, senders)))
            return false;
        offset += get_pdu_length(tvb, offset);
    }
    return offset == target;
}

/* Returns where the first control PDU from start to before end begins that has a keyword
 * of the table and the expected sender; end: there is none. */
static unsigned find_known_control(tvbuff_t *tvb, unsigned start, unsigned end,
                                   const trade_senders_t *senders)
{
    while (start < end && !(trade_find_known_keyword(tvb, start).bytes &&
                            is_expected_control(tvb, start, senders)))
        start++;
    return start;
}

/* Returns where the next plausible PDU begins, from offset on; the end of the reported
 * bytes where there is none. Lengths may lead on by chance: where they jump over a known
 * keyword whose PDU leads to the same place, that PDU is believed, not they. Not at a
 * segment's start, where a PDU is likely. */
static unsigned find_start(tvbuff_t *tvb, unsigned offset, const trade_senders_t *senders)
{
    unsigned known = 0; /* where the next known keyword may be: no byte is searched twice */

    for (; get_captured(tvb, offset) >= TRADE_LENGTH_END; offset++) {
        unsigned reached = offset;
        if (follow_chain(tvb, &reached, senders) != EVIDENCE_FOR)
            continue;
        known = find_known_control(tvb, MAX(known, offset + 1), reached, senders);
        if (offset == 0 || known >= reached || !leads_to(tvb, known, reached, senders))
            return offset;
    }
    return tvb_reported_length(tvb);
}

/* Returns whether more of the bytes at offset may come: the capture has all so far. */
static bool may_grow(tvbuff_t *tvb, unsigned offset)
{
    return get_captured(tvb, offset) == get_reported(tvb, offset);
}

/* Returns the greeting at offset that has as many characters as it counts, but no 00 behind
 * them; of length 0: it is none. */
static trade_unit_t find_open_greeting(tvbuff_t *tvb, unsigned offset, unsigned counted,
                                       const trade_senders_t *senders)
{
    const unsigned length = counted + 2;
    const trade_unit_t none = { .length = 0 };
    trade_unit_t greeting = { .kind = TRADE_UNIT_GREETING, .length = length };
    const uint8_t *name = tvb_get_ptr(tvb, (int)offset + 2, (int)counted);
    const evidence_t next = check_chain(tvb, offset + length, senders);

    if (next == EVIDENCE_FOR)
        return greeting;
    if (next == EVIDENCE_AGAINST || counted < ODD_NAME_MIN ||
        get_text_length(name, counted, true) < counted)
        return none;
    if (may_grow(tvb, offset) && get_captured(tvb, offset) < length + LOOK_AHEAD)
        greeting.needed = length + LOOK_AHEAD;
    return greeting;
}

/* Returns how many bytes a greeting takes at offset in whose name some bytes are no text;
 * 0: it is none. text: how many are, before the first that is not. */
static unsigned get_garbled_greeting_length(tvbuff_t *tvb, unsigned offset, unsigned text,
                                            const trade_senders_t *senders)
{
    const unsigned captured = get_captured(tvb, offset);
    const uint8_t *bytes = tvb_get_ptr(tvb, (int)offset, (int)captured);
    const unsigned counted = bytes[1], length = counted + TRADE_GREETING_OVERHEAD;
    unsigned printable = 0;

    if (captured < length)
        return may_grow(tvb, offset) && bytes[2 + text] != 0 ? length : 0;
    const evidence_t next = check_chain(tvb, offset + length, senders);
    for (unsigned i = 2; i < counted + 2; i++)
        printable += g_ascii_isprint(bytes[i]);
    if (bytes[length - 1] != 0 || next == EVIDENCE_AGAINST)
        return 0;
    /* Where nothing that follows speaks for it, data might look like it by chance. */
    return next == EVIDENCE_FOR || printable >= counted - printable ? length : 0;
}

/* Returns the greeting at offset that is not as it should be, where nothing but a greeting is
 * expected; of length 0: none can be made out. text: how many of its bytes are. */
static trade_unit_t find_odd_greeting(tvbuff_t *tvb, unsigned offset, unsigned text,
                                      const trade_senders_t *senders)
{
    const unsigned captured = get_captured(tvb, offset);
    const unsigned counted = tvb_get_uint8(tvb, (int)offset + 1);
    const bool is_all_text = text == captured - 2;
    const trade_unit_t none = { .length = 0 };
    trade_unit_t greeting = { .kind = TRADE_UNIT_GREETING };

    if (check_chain(tvb, offset, senders) == EVIDENCE_FOR)
        return none;
    if (counted > 0 && text >= counted)
        greeting = find_open_greeting(tvb, offset, counted, senders);
    else if (counted > 0)
        greeting.length = get_garbled_greeting_length(tvb, offset, text, senders);
    if (greeting.length > 0)
        return greeting;
    /* The count is wrong. */
    greeting.kind = TRADE_UNIT_GREETING;
    if (is_all_text && (text >= ODD_NAME_MIN || captured < TRADE_HEADER_LENGTH)) {
        greeting.length = may_grow(tvb, offset) && text <= NAME_MAX ? captured : 0;
        greeting.needed = TRADE_NEEDS_MORE;
        greeting.is_open = true;
    } else if (text >= ODD_NAME_MIN && tvb_get_uint8(tvb, (int)(offset + 2 + text)) == 0 &&
               get_text_length(tvb_get_ptr(tvb, (int)offset + 2, (int)text), text, true) == text) {
        greeting.length = text + TRADE_GREETING_OVERHEAD;
    }
    return greeting;
}

/* Returns the greeting that would stand at offset; of length 0: none can. senders: NULL: only
 * one without fault. */
static trade_unit_t guess_greeting(tvbuff_t *tvb, unsigned offset, const trade_senders_t *senders)
{
    const bool lenient = senders != NULL;
    const unsigned captured = get_captured(tvb, offset);
    const uint8_t *bytes = tvb_get_ptr(tvb, (int)offset, (int)captured);
    const unsigned counted = bytes[1];
    const unsigned text = get_text_length(bytes + 2, captured - 2, !lenient);
    const trade_unit_t none = { .length = 0 };
    const trade_unit_t counted_greeting = { .kind = TRADE_UNIT_GREETING,
                                            .length = counted + TRADE_GREETING_OVERHEAD };

    if (check_control(tvb, offset) != EVIDENCE_NONE)
        return none;
    if (text >= counted && captured >= counted_greeting.length && bytes[2 + counted] == 0)
        return counted > 0 || lenient ? counted_greeting : none;
    if (text == captured - 2 && text <= counted)
        return counted_greeting;
    return lenient ? find_odd_greeting(tvb, offset, text, senders) : none;
}

/* Returns the greeting at offset; of length 0: a PDU is likelier. */
static trade_unit_t find_greeting(tvbuff_t *tvb, unsigned offset, trade_trust_t trust,
                                  const trade_senders_t *senders)
{
    const trade_unit_t none = { .length = 0 };
    const trade_unit_t greeting =
        guess_greeting(tvb, offset, trust == TRADE_TRUST_FIRST ? senders : NULL);

    if (greeting.length == 0 || greeting.needed > 0 ||
        greeting.length >= get_reported(tvb, offset) ||
        check_chain(tvb, offset + greeting.length, senders) != EVIDENCE_AGAINST)
        return greeting;
    const bool is_odd =
        tvb_get_uint8(tvb, (int)offset + 1) != greeting.length - TRADE_GREETING_OVERHEAD;
    const evidence_t as_pdu = check_chain(tvb, offset, senders);
    return as_pdu == EVIDENCE_FOR || (is_odd && as_pdu == EVIDENCE_NONE) ? none : greeting;
}

/* Returns the PDU at offset. One whose length cannot be is cut down to as much
 * of a header as stands before the next plausible PDU. */
static trade_unit_t find_pdu(tvbuff_t *tvb, unsigned offset, const trade_senders_t *senders)
{
    trade_unit_t unit = { .kind = TRADE_UNIT_PDU, .length = get_pdu_length(tvb, offset) };

    unit.is_plain = unit.length >= TRADE_HEADER_LENGTH;
    if (!unit.is_plain) {
        const unsigned next = find_start(tvb, offset + TRADE_LENGTH_END, senders);
        unit.length = MIN(next - offset, TRADE_HEADER_LENGTH);
    }
    return unit;
}

/* Returns whether PDUs take the bytes at hand from the first to the last, a control PDU
 * first, and all control PDUs have one sender, if not the one that was expected. */
static bool fills_segment(tvbuff_t *tvb)
{
    const trade_senders_t same = { .control = tvb_get_uint8(tvb, 0) };

    return check_control(tvb, 0) == EVIDENCE_FOR &&
           leads_to(tvb, 0, tvb_reported_length(tvb), &same);
}

/* Returns whether a PDU at offset, whatever is wrong inside it, has a length that
 * leads to the end of the bytes at hand or to a good PDU. */
static bool leads_on(tvbuff_t *tvb, unsigned offset, const trade_senders_t *senders)
{
    const trade_senders_t anybody = { .control = TRADE_SENDER_ANY };
    const unsigned next = offset + get_pdu_length(tvb, offset);

    return get_pdu_length(tvb, offset) >= TRADE_HEADER_LENGTH &&
           (leads_to(tvb, offset, tvb_reported_length(tvb), &anybody) ||
            check_chain(tvb, next, senders) == EVIDENCE_FOR);
}

/* Returns whether a capture may start with a large data PDU at offset: nothing later
 * in the bytes at hand speaks against it, and it is not all text, as the middle of
 * a payload often is. */
static bool may_start(tvbuff_t *tvb, unsigned offset, const trade_senders_t *senders)
{
    const unsigned looked_at = MIN(get_captured(tvb, offset), START_TEXT);
    const uint8_t *bytes = tvb_get_ptr(tvb, (int)offset, (int)looked_at);

    return check_chain(tvb, offset, senders) == EVIDENCE_NONE &&
           get_text_length(bytes, looked_at, true) < looked_at;
}

/* Returns what stands at offset, the first byte captured of a connection under way,
 * where no PDU later in the bytes at hand is sure. */
static trade_unit_t find_at_start(tvbuff_t *tvb, unsigned offset, const trade_senders_t *senders)
{
    trade_unit_t unit = { .kind = TRADE_UNIT_UNDISSECTED, .length = get_reported(tvb, offset) };

    if (senders->is_known(tvb_get_uint8(tvb, (int)offset), senders->data) &&
        leads_on(tvb, offset, senders))
        return find_pdu(tvb, offset, senders);
    if (!may_start(tvb, offset, senders))
        return unit;
    const trade_unit_t pdu = find_pdu(tvb, offset, senders);
    if (pdu.length <= get_captured(tvb, offset) || !may_grow(tvb, offset))
        return pdu;
    if (get_captured(tvb, offset) < START_WAIT)
        unit.needed = TRADE_NEEDS_MORE;
    return unit;
}

/* Returns whether a PDU may begin at offset, the first byte after one that the snapshot
 * length cut off: segments often begin with a PDU, and this one would end in its segment. */
static bool ends_in_segment(tvbuff_t *tvb, unsigned offset, const trade_senders_t *senders)
{
    const unsigned length = get_pdu_length(tvb, offset);

    return length >= TRADE_HEADER_LENGTH && length <= get_reported(tvb, offset) &&
           senders->is_known(tvb_get_uint8(tvb, (int)offset), senders->data) &&
           check_chain(tvb, offset, senders) != EVIDENCE_AGAINST;
}

/* Returns what stands at offset where nothing vouches for it. */
static trade_unit_t find_again(tvbuff_t *tvb, unsigned offset, trade_trust_t trust,
                               const trade_senders_t *senders)
{
    const unsigned start = find_start(tvb, offset, senders);
    const trade_unit_t skipped = { .kind = TRADE_UNIT_UNDISSECTED, .length = start - offset };

    if (start == offset || (offset == 0 && fills_segment(tvb)))
        return find_pdu(tvb, offset, senders);
    if (trust == TRADE_TRUST_START &&
        (start == tvb_reported_length(tvb) || start == offset + get_pdu_length(tvb, offset)))
        return find_at_start(tvb, offset, senders);
    return skipped;
}

trade_unit_t trade_find_unit(tvbuff_t *tvb, unsigned offset, trade_trust_t trust,
                             const trade_senders_t *senders)
{
    trade_unit_t unit = { .kind = TRADE_UNIT_UNDISSECTED };

    if (get_captured(tvb, offset) < TRADE_LENGTH_END) {
        unit.length = get_reported(tvb, offset);
        return unit;
    }
    if (senders->from_module && (trust == TRADE_TRUST_FIRST || trust == TRADE_TRUST_START)) {
        unit = find_greeting(tvb, offset, trust, senders);
        if (unit.length > 0)
            return unit;
    }
    if (trust == TRADE_TRUST_CUT && ends_in_segment(tvb, offset, senders))
        return find_pdu(tvb, offset, senders);
    if (trust == TRADE_TRUST_NONE || trust == TRADE_TRUST_CUT || trust == TRADE_TRUST_START ||
        (trust == TRADE_TRUST_LIKELY && check_chain(tvb, offset, senders) == EVIDENCE_AGAINST &&
         get_pdu_length(tvb, offset) >= TRADE_HEADER_LENGTH && !leads_on(tvb, offset, senders)))
        return find_again(tvb, offset, trust, senders);
    return find_pdu(tvb, offset, senders);
}

bool trade_may_be_pdu(tvbuff_t *tvb, unsigned offset)
{
    return check_control(tvb, offset) != EVIDENCE_AGAINST;
}

trade_text_t trade_find_known_keyword(tvbuff_t *tvb, unsigned offset)
{
    const trade_text_t none = { NULL, 0 };
    trade_text_t text = none;
    unsigned length = 0;

    if (get_captured(tvb, offset) <= TRADE_HEADER_LENGTH ||
        check_control(tvb, offset) != EVIDENCE_FOR)
        return none;
    length = MIN(get_pdu_length(tvb, offset), get_captured(tvb, offset)) - TRADE_HEADER_LENGTH;
    text.bytes = tvb_get_ptr(tvb, (int)(offset + TRADE_HEADER_LENGTH), (int)length);
    text.length = get_text_length(text.bytes, length, true);
    return text.length < length && trade_find_keyword(text) ? text : none;
}

bool trade_looks_like_trade(tvbuff_t *tvb)
{
    const trade_senders_t anybody = { .control = TRADE_SENDER_ANY };
    const unsigned captured = tvb_captured_length(tvb);

    if (captured >= TRADE_HEADER_LENGTH && leads_to(tvb, 0, tvb_reported_length(tvb), &anybody))
        return true;

    for (unsigned i = 0; i + TRADE_HEADER_LENGTH + KEYWORD_START <= captured; i++) {
        const trade_text_t text = { tvb_get_ptr(tvb, (int)(i + TRADE_HEADER_LENGTH), KEYWORD_START),
                                    KEYWORD_START };
        if (tvb_get_ntohs(tvb, (int)i + TRADE_LENGTH_END) == TRADE_RECEIVER_CONTROL &&
            check_control(tvb, i) != EVIDENCE_AGAINST && trade_begins_known_keyword(text))
            return true;
    }
    return false;
}
