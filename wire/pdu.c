/* pdu.c
 * A PDU as it stands on the wire, and as parsed.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include <epan/packet.h>
#include <epan/charsets.h>

#include "wire/pdu.h"

/* The highest bit of each of eight bytes. */
#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Returns whether all bytes of a text are ASCII. */
static bool is_ascii(trade_text_t text)
{
    uint64_t all = 0, eight = 0;
    unsigned i = 0;

    for (; i + sizeof eight <= text.length; i += sizeof eight) {
        memcpy(&eight, text.bytes + i, sizeof eight);
        all |= eight;
    }
    for (; i < text.length; i++)
        all |= text.bytes[i];
    return (all & HIGH_BITS) == 0;
}

const char *trade_text_dup(wmem_allocator_t *scope, trade_text_t text)
{
    /* get_ascii_string() takes 28 instructions a byte. */
    if (!is_ascii(text))
        return (const char *)get_ascii_string(scope, text.bytes, (int)text.length);
    char *copy = (char *)wmem_alloc(scope, text.length + 1);
    if (text.length > 0)
        memcpy(copy, text.bytes, text.length);
    copy[text.length] = '\0';
    return copy;
}

const char *trade_text_get_terminated(wmem_allocator_t *scope, trade_text_t text)
{
    return is_ascii(text) ? (const char *)text.bytes : trade_text_dup(scope, text);
}

bool trade_text_is(trade_text_t text, const char *string)
{
    return strlen(string) == text.length && memcmp(string, text.bytes, text.length) == 0 &&
           is_ascii(text);
}
