/* framing.c
 * Where does the next PDU of a TRADE stream begin, and how long is it?
 *
 * On a whole stream the answer is easy: where the one before it ended. This
 * file is about the rest: greetings, which look like PDUs; what comes before TRADE;
 * captures that start in mid-PDU; lost segments; lengths that cannot be.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "stream/framing.h"
#include "wire/keyword.h"

/* A greeting whose count or 00 is wrong, or that stands behind other bytes, is believed from this
 * many characters on: then a PDU's length and receiver would both have to be printable. */
#define ODD_NAME_MIN 3
/* A greeting's count is a byte. */
#define NAME_MAX 255
/* To judge what follows, a header and the beginning of a keyword. */
#define LOOK_AHEAD (TRADE_HEADER_LENGTH + 2)
/* A stream, or a capture, that starts with this many bytes of text does not start with a header. */
#define START_TEXT 8
/* The first characters of a keyword that tell it well enough; no known one is shorter. */
#define KEYWORD_START 4
/* Maximum length of a data PDU that a capture is believed to start with. So many bytes are waited
 * for to tell whether a stream starts with one. */
#define START_WAIT 4096

/* Returns whether more of the bytes at offset may come: the capture has all so far. */
static bool may_grow(const trade_scan_t *scan, unsigned offset)
{
    return trade_scan_get_captured(scan, offset) == trade_scan_get_reported(scan, offset);
}

/* Returns how many of the bytes are text, in whatever encoding, up to the first that is not. */
static unsigned count_text(const uint8_t *bytes, unsigned length)
{
    unsigned i = 0;

    while (i < length && bytes[i] >= 0x20 && bytes[i] != 0x7f)
        i++;
    return i;
}

/* Returns whether the bytes at offset begin as a line of text does. */
static bool is_text(const trade_scan_t *scan, unsigned offset)
{
    return trade_scan_get_captured(scan, offset) >= START_TEXT &&
           trade_count_printable(scan->bytes + offset, START_TEXT) == START_TEXT;
}

/* ---- Greetings ---- */

/* Returns the greeting at offset that has as many characters as it counts, but no 00 behind
 * them; of length 0: it is none. */
static trade_unit_t find_open_greeting(trade_scan_t *scan, unsigned offset, unsigned counted)
{
    const unsigned length = counted + 2;
    const trade_unit_t none = { .length = 0 };
    trade_unit_t greeting = { .kind = TRADE_UNIT_GREETING, .length = length };
    const trade_hint_t next = trade_scan_follow(scan, offset + length);

    if (next == TRADE_HINT_FOR)
        return greeting;
    if (next == TRADE_HINT_AGAINST || counted < ODD_NAME_MIN ||
        trade_count_printable(scan->bytes + offset + 2, counted) < counted)
        return none;
    if (may_grow(scan, offset) && trade_scan_get_captured(scan, offset) < length + LOOK_AHEAD)
        greeting.needed = length + LOOK_AHEAD;
    return greeting;
}

/* Returns how many bytes a greeting takes at offset in whose name some bytes are no text;
 * 0: it is none. text: how many are, before the first that is not. */
static unsigned get_garbled_greeting_length(trade_scan_t *scan, unsigned offset, unsigned text)
{
    const unsigned captured = trade_scan_get_captured(scan, offset);
    const uint8_t *bytes = scan->bytes + offset;
    const unsigned counted = bytes[1], length = counted + TRADE_GREETING_OVERHEAD;
    unsigned printable = 0;

    if (captured < length)
        return may_grow(scan, offset) && bytes[2 + text] != 0 ? length : 0;
    const trade_hint_t next = trade_scan_follow(scan, offset + length);
    for (unsigned i = 2; i < counted + 2; i++)
        printable += g_ascii_isprint(bytes[i]);
    if (bytes[length - 1] != 0 || next == TRADE_HINT_AGAINST)
        return 0;
    /* If nothing that follows confirms it, data might look like it by chance. */
    return next == TRADE_HINT_FOR || printable >= counted - printable ? length : 0;
}

/* Returns the malformed greeting at offset, if nothing but a greeting is expected there; of length
 * 0: none can be made out. text: how many of its bytes are text. */
static trade_unit_t find_odd_greeting(trade_scan_t *scan, unsigned offset, unsigned text)
{
    const unsigned captured = trade_scan_get_captured(scan, offset);
    const uint8_t *bytes = scan->bytes + offset;
    const unsigned counted = bytes[1];
    const bool is_all_text = text == captured - 2;
    const trade_unit_t none = { .length = 0 };
    trade_unit_t greeting = { .kind = TRADE_UNIT_GREETING };

    if (trade_scan_follow(scan, offset) == TRADE_HINT_FOR)
        return none;
    if (counted > 0 && text >= counted)
        greeting = find_open_greeting(scan, offset, counted);
    else if (counted > 0)
        greeting.length = get_garbled_greeting_length(scan, offset, text);
    if (greeting.length > 0)
        return greeting;
    /* The count is wrong. */
    greeting.kind = TRADE_UNIT_GREETING;
    if (is_all_text && (text >= ODD_NAME_MIN || captured < TRADE_HEADER_LENGTH)) {
        greeting.length = may_grow(scan, offset) && text <= NAME_MAX ? captured : 0;
        greeting.needed = TRADE_NEEDS_MORE;
        greeting.is_open = true;
    } else if (text >= ODD_NAME_MIN && bytes[2 + text] == 0 &&
               trade_count_printable(bytes + 2, text) == text) {
        greeting.length = text + TRADE_GREETING_OVERHEAD;
    }
    return greeting;
}

/* Returns the greeting that would stand at offset; of length 0: none can. is_lenient: even one
 * that is not as it should be. */
static trade_unit_t guess_greeting(trade_scan_t *scan, unsigned offset, bool is_lenient)
{
    const unsigned captured = trade_scan_get_captured(scan, offset);
    const uint8_t *bytes = scan->bytes + offset;
    const unsigned counted = bytes[1];
    const unsigned text = is_lenient ? count_text(bytes + 2, captured - 2)
                                     : trade_count_printable(bytes + 2, captured - 2);
    const trade_unit_t none = { .length = 0 };
    const trade_unit_t counted_greeting = { .kind = TRADE_UNIT_GREETING,
                                            .length = counted + TRADE_GREETING_OVERHEAD };

    if (trade_scan_check_control(scan, offset) != TRADE_HINT_NONE)
        return none;
    if (text >= counted && captured >= counted_greeting.length && bytes[2 + counted] == 0)
        return counted > 0 || is_lenient ? counted_greeting : none;
    if (text == captured - 2 && text <= counted)
        return counted_greeting;
    return is_lenient ? find_odd_greeting(scan, offset, text) : none;
}

/* Returns whether the bytes behind a greeting, of the module that sent it, go on as its PDUs do. */
static bool goes_on_well(trade_scan_t *scan, unsigned offset, unsigned next, trade_hint_t follows)
{
    if (follows == TRADE_HINT_FOR)
        return scan->bytes[next] == scan->bytes[offset] ||
               trade_scan_check_control(scan, next) == TRADE_HINT_FOR;
    return follows == TRADE_HINT_NONE && scan->bytes[next] == scan->bytes[offset];
}

/* Returns whether what may be a greeting, with bytes behind it, is a PDU rather: its first bytes
 * are a length and a receiver, as those of PDUs of 0x01xx bytes for receivers below 256. */
static bool is_pdu_rather(trade_scan_t *scan, unsigned offset, const trade_unit_t *greeting,
                          trade_trust_t trust)
{
    const unsigned counted = scan->bytes[offset + 1], next = offset + greeting->length;
    const unsigned length = trade_scan_get_length(scan, offset);
    const bool is_odd = counted != greeting->length - TRADE_GREETING_OVERHEAD;
    const trade_hint_t as_pdu = trade_scan_follow(scan, offset);
    const trade_hint_t follows = trade_scan_follow(scan, next);

    /* Where the receiver is the sender's id, a PDU of that sender seems to follow a short name. */
    if (counted < ODD_NAME_MIN && as_pdu >= follows)
        return true;
    if (goes_on_well(scan, offset, next, follows))
        return false;
    if (as_pdu == TRADE_HINT_FOR || trust != TRADE_TRUST_FIRST)
        return true;
    /* Both may lead beyond the bytes at hand. A short name is soon there by chance. */
    if (counted < ODD_NAME_MIN)
        return counted == 0 || length >= TRADE_HEADER_LENGTH || follows == TRADE_HINT_AGAINST;
    return follows == TRADE_HINT_AGAINST && as_pdu == TRADE_HINT_NONE &&
           (is_odd || length < trade_scan_get_reported(scan, offset));
}

/* Returns the greeting at offset; of length 0: a PDU is likelier. */
static trade_unit_t find_greeting(trade_scan_t *scan, unsigned offset, trade_trust_t trust)
{
    const trade_unit_t none = { .length = 0 };
    const trade_unit_t greeting = guess_greeting(scan, offset, trust == TRADE_TRUST_FIRST);

    if (greeting.length == 0 || greeting.needed > 0 ||
        greeting.length >= trade_scan_get_captured(scan, offset) ||
        !is_pdu_rather(scan, offset, &greeting, trust))
        return greeting;
    return none;
}

/* Returns where the first greeting without fault begins from start to before end, which nothing
 * follows, or PDUs of its module; end: there is none. */
static unsigned find_later_greeting(trade_scan_t *scan, unsigned start, unsigned end)
{
    for (; start < end && trade_scan_get_captured(scan, start) > 2; start++) {
        const uint8_t *bytes = scan->bytes + start;
        const unsigned counted = bytes[1], next = start + counted + TRADE_GREETING_OVERHEAD;
        if (counted < ODD_NAME_MIN || next > scan->captured || bytes[2 + counted] != 0 ||
            trade_count_printable(bytes + 2, counted) < counted)
            continue;
        if (next == scan->reported)
            return start;
        if (next < scan->captured && goes_on_well(scan, start, next, trade_scan_follow(scan, next)))
            return start;
    }
    return end;
}

/* ---- PDUs ---- */

/* Returns the PDU at offset. One whose length cannot be is cut down to as much
 * of a header as stands before the next plausible PDU. */
static trade_unit_t find_pdu(trade_scan_t *scan, unsigned offset)
{
    trade_unit_t unit = { .kind = TRADE_UNIT_PDU, .length = trade_scan_get_length(scan, offset) };

    unit.is_plain = unit.length >= TRADE_HEADER_LENGTH;
    if (!unit.is_plain) {
        const unsigned next = trade_scan_find_pdu(scan, offset + TRADE_LENGTH_END);
        unit.length = MIN(next - offset, TRADE_HEADER_LENGTH);
    }
    return unit;
}

/* Returns whether a PDU at offset, whatever is wrong inside it, has a length that
 * leads to the end of the bytes at hand or to a good PDU. */
static bool leads_on(trade_scan_t *scan, unsigned offset)
{
    const unsigned length = trade_scan_get_length(scan, offset);

    return length >= TRADE_HEADER_LENGTH &&
           (trade_scan_leads_to_end(scan, offset) ||
            trade_scan_follow(scan, offset + length) == TRADE_HINT_FOR);
}

/* Returns whether a capture may start with a large data PDU at offset: nothing later
 * in the bytes at hand speaks against it, and it is not all text, as the middle of
 * a payload often is. */
static bool may_start(trade_scan_t *scan, unsigned offset)
{
    const unsigned looked_at = MIN(trade_scan_get_captured(scan, offset), START_TEXT);

    return trade_scan_follow(scan, offset) == TRADE_HINT_NONE &&
           trade_count_printable(scan->bytes + offset, looked_at) < looked_at;
}

/* Returns the unit at offset, the first byte captured of an established connection, if no later PDU
 * in the bytes at hand is certain. */
static trade_unit_t find_at_start(trade_scan_t *scan, unsigned offset)
{
    trade_unit_t unit = { .kind = TRADE_UNIT_UNDISSECTED,
                          .length = trade_scan_get_reported(scan, offset) };

    if (trade_scan_is_known(scan, scan->bytes[offset]) && leads_on(scan, offset))
        return find_pdu(scan, offset);
    if (!may_start(scan, offset))
        return unit;
    const trade_unit_t pdu = find_pdu(scan, offset);
    if (pdu.length <= trade_scan_get_captured(scan, offset) || !may_grow(scan, offset))
        return pdu;
    if (trade_scan_get_captured(scan, offset) < START_WAIT)
        unit.needed = TRADE_NEEDS_MORE;
    return unit;
}

/* Returns whether a PDU may begin at offset, the first byte after one that the snapshot
 * length cut off: segments often begin with a PDU, and this one would end in its segment. */
static bool ends_in_segment(trade_scan_t *scan, unsigned offset)
{
    const unsigned length = trade_scan_get_length(scan, offset);

    return length >= TRADE_HEADER_LENGTH && length <= trade_scan_get_reported(scan, offset) &&
           trade_scan_is_known(scan, scan->bytes[offset]) &&
           trade_scan_follow(scan, offset) != TRADE_HINT_AGAINST;
}

/* Returns the unit at offset if nothing confirms that a PDU begins there. */
static trade_unit_t find_again(trade_scan_t *scan, unsigned offset, trade_trust_t trust)
{
    const bool may_greet =
        scan->senders.from_module && (trust == TRADE_TRUST_FIRST || trust == TRADE_TRUST_PREAMBLE);
    unsigned start = trade_scan_find_pdu(scan, offset);

    if (may_greet)
        start = find_later_greeting(scan, offset + 1, start);
    const trade_unit_t skipped = { .kind = TRADE_UNIT_UNDISSECTED, .length = start - offset };
    if (start == offset || (offset == 0 && trade_scan_is_filled(scan)))
        return find_pdu(scan, offset);
    if ((trust == TRADE_TRUST_START || trust == TRADE_TRUST_PREAMBLE) &&
        (start == scan->reported || start == offset + trade_scan_get_length(scan, offset)))
        return find_at_start(scan, offset);
    return skipped;
}

/* ---- The first bytes of a connection ---- */

/* Returns whether the header at offset, the first of its direction, may be a PDU's: its sender is
 * known, or it is a control PDU. */
static bool is_plausible_first(trade_scan_t *scan, unsigned offset)
{
    if (trade_scan_is_control(scan, offset))
        return trade_scan_is_known(scan, scan->bytes[offset]) ||
               trade_scan_check_control(scan, offset) != TRADE_HINT_AGAINST ||
               leads_on(scan, offset);
    return trade_scan_is_known(scan, scan->bytes[offset]) && !is_text(scan, offset);
}

/* Returns where, behind offset, a greeting or a PDU of a known keyword begins; the end of the bytes
 * if there is none. The bytes before it are no PDU. */
static unsigned find_better(trade_scan_t *scan, unsigned offset)
{
    const unsigned known = trade_scan_find_known_control(scan, offset + 1, scan->reported);

    return scan->senders.from_module ? find_later_greeting(scan, offset + 1, known) : known;
}

/* Returns what stands at offset, the first byte of its direction, if that is no greeting: a PDU, or
 * what others put before TRADE, as proxies and TLS do. */
static trade_unit_t find_first(trade_scan_t *scan, unsigned offset)
{
    trade_unit_t unit = find_pdu(scan, offset);

    if (!is_plausible_first(scan, offset))
        return find_again(scan, offset, TRADE_TRUST_FIRST);
    if (trade_scan_is_control(scan, offset) || !unit.is_plain)
        return unit;
    /* A data PDU for which nothing speaks so far. */
    const bool is_whole = unit.length <= trade_scan_get_reported(scan, offset);
    const unsigned better = find_better(scan, offset);
    if (better < scan->reported && better - offset < unit.length)
        return (trade_unit_t){ .kind = TRADE_UNIT_UNDISSECTED, .length = better - offset };
    if (!is_whole && may_grow(scan, offset) && trade_scan_get_captured(scan, offset) < START_WAIT)
        unit.needed = TRADE_NEEDS_MORE;
    return unit;
}

/* Returns whether what may be a greeting that is not whole is a line of text of others rather, or
 * has TRADE in it: then nothing is waited for. */
static bool is_no_greeting(trade_scan_t *scan, unsigned offset, const trade_unit_t *greeting,
                           trade_trust_t trust)
{
    if (trust == TRADE_TRUST_START ||
        (greeting->needed == 0 && greeting->length <= trade_scan_get_reported(scan, offset)))
        return false;
    return is_text(scan, offset) || find_better(scan, offset) < scan->reported;
}

/* Returns the unit at offset if a greeting may begin there. */
static trade_unit_t find_at_first(trade_scan_t *scan, unsigned offset, trade_trust_t trust)
{
    const trade_unit_t none = { .length = 0 };

    /* Whoever greets, or sends first, may be one that nobody has met. */
    trade_scan_set_own(scan, scan->bytes[offset]);
    const trade_unit_t greeting =
        scan->senders.from_module ? find_greeting(scan, offset, trust) : none;
    const bool is_pdu =
        trust == TRADE_TRUST_FIRST && trade_scan_follow(scan, offset) == TRADE_HINT_FOR;
    trade_scan_set_own(scan, TRADE_SENDER_ANY);
    if (greeting.length > 0 && !is_no_greeting(scan, offset, &greeting, trust))
        return greeting;
    if (is_pdu)
        return find_pdu(scan, offset);
    return trust == TRADE_TRUST_FIRST ? find_first(scan, offset) : find_again(scan, offset, trust);
}

/* Returns the unit at offset, the second of a module: a greeting, if it is whole and nothing
 * follows it, or what does confirms it. Then what stood before it was none, or came too early. */
static trade_unit_t find_after_greeting(trade_scan_t *scan, unsigned offset)
{
    trade_scan_set_own(scan, scan->bytes[offset]);
    const bool is_greeting = scan->senders.from_module &&
                             find_later_greeting(scan, offset, offset + 1) == offset &&
                             trade_scan_follow(scan, offset) != TRADE_HINT_FOR;
    trade_scan_set_own(scan, TRADE_SENDER_ANY);

    return is_greeting ? guess_greeting(scan, offset, false) : find_pdu(scan, offset);
}

trade_unit_t trade_find_unit(trade_scan_t *scan, unsigned offset, trade_trust_t trust)
{
    bool is_checked = false;

    if (trade_scan_get_captured(scan, offset) < TRADE_LENGTH_END)
        return (trade_unit_t){ .kind = TRADE_UNIT_UNDISSECTED,
                               .length = trade_scan_get_reported(scan, offset) };
    switch (trust) {
    case TRADE_TRUST_BOUNDARY:
        break;
    case TRADE_TRUST_LIKELY:
        is_checked = trade_scan_follow(scan, offset) != TRADE_HINT_AGAINST;
        if (!is_checked && trade_scan_get_length(scan, offset) >= TRADE_HEADER_LENGTH &&
            !leads_on(scan, offset))
            return find_again(scan, offset, trust);
        break;
    case TRADE_TRUST_FIRST:
    case TRADE_TRUST_START:
    case TRADE_TRUST_PREAMBLE:
        return find_at_first(scan, offset, trust);
    case TRADE_TRUST_GREETED:
        return find_after_greeting(scan, offset);
    case TRADE_TRUST_CUT:
        if (ends_in_segment(scan, offset))
            break;
        return find_again(scan, offset, trust);
    case TRADE_TRUST_NONE:
        return find_again(scan, offset, trust);
    }
    trade_unit_t pdu = find_pdu(scan, offset);
    pdu.is_checked = is_checked;
    return pdu;
}

/* ---- On other ports: is this TRADE? ---- */

static const trade_senders_t anybody = { .control = TRADE_SENDER_ANY };

bool trade_begins_with_keyword(tvbuff_t *tvb)
{
    const trade_scan_t scan = trade_scan_begin(tvb, &anybody, NULL);

    return trade_scan_find_keyword(&scan, 0).bytes != NULL;
}

bool trade_looks_like_trade(tvbuff_t *tvb, wmem_allocator_t *pool)
{
    trade_scan_t scan = trade_scan_begin(tvb, &anybody, pool);

    if (scan.captured >= TRADE_HEADER_LENGTH && trade_scan_leads_to_end(&scan, 0))
        return true;
    for (unsigned i = 0; i + TRADE_HEADER_LENGTH + KEYWORD_START <= scan.captured; i++) {
        const trade_text_t text = { scan.bytes + i + TRADE_HEADER_LENGTH, KEYWORD_START };
        if (trade_scan_is_control(&scan, i) &&
            trade_scan_check_control(&scan, i) != TRADE_HINT_AGAINST &&
            trade_begins_known_keyword(text))
            return true;
    }
    return false;
}
