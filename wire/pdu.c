/* pdu.c
 * A PDU as it stands on the wire, and as parsed.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include <epan/packet.h>

#include "wire/compat.h"
#include "wire/pdu.h"

/* What Wireshark, too, has in place of a byte that is not ASCII. */
#define REPLACEMENT 0xfffd
/* A number that has 1 in each of its eight bytes. */
#define EACH_BYTE UINT64_C(0x0101010101010101)

/* Returns whether eight bytes are printable ASCII, 0x20 to 0x7e, in an eighth of the instructions
 * that they take one by one. */
static bool are_printable(const uint8_t *bytes)
{
    uint64_t eight = 0;

    memcpy(&eight, bytes, sizeof eight);
    /* Of a byte below 0x80, the sum has the highest bit set where the byte is 0x7f, the
     * difference where it is below 0x20; what is carried only follows such a byte. */
    return ((eight | (eight + EACH_BYTE * 0x01) | (eight - EACH_BYTE * 0x20)) & EACH_BYTE * 0x80) ==
           0;
}

unsigned trade_count_printable(const uint8_t *bytes, unsigned length)
{
    unsigned i = 0;

    while (i + sizeof(uint64_t) <= length && are_printable(bytes + i))
        i += sizeof(uint64_t);
    while (i < length && g_ascii_isprint(bytes[i]))
        i++;
    return i;
}

bool trade_text_is_printable(trade_text_t text)
{
    return trade_count_printable(text.bytes, text.length) == text.length;
}

/* Returns a text as a string, with another in place of each byte that is not printable, or is this
 * one. Lives in scope. */
static const char *escape(wmem_allocator_t *scope, trade_text_t text, uint8_t also)
{
    static const char digits[] = "0123456789abcdef";
    wmem_strbuf_t *string = wmem_strbuf_new_sized(scope, text.length + 1);

    for (unsigned i = 0; i < text.length; i++) {
        const uint8_t byte = text.bytes[i];
        const char hex[] = { '\\', 'x', digits[byte >> 4], digits[byte & 0xf] };
        if (byte > 0x7f)
            wmem_strbuf_append_unichar(string, REPLACEMENT);
        else if (byte == also || !g_ascii_isprint(byte))
            wmem_strbuf_append_len(string, hex, sizeof hex);
        else
            wmem_strbuf_append_c(string, (char)byte);
    }
    return wmem_strbuf_finalize(string);
}

const char *trade_text_get_value(wmem_allocator_t *scope, trade_text_t text)
{
    if (!trade_text_is_printable(text))
        return escape(scope, text, '\0');
    char *copy = (char *)wmem_alloc(scope, text.length + 1);
    if (text.length > 0)
        memcpy(copy, text.bytes, text.length);
    copy[text.length] = '\0';
    return copy;
}

const char *trade_text_dup(wmem_allocator_t *scope, trade_text_t text)
{
    return text.length > 0 && memchr(text.bytes, '|', text.length)
               ? escape(scope, text, '|')
               : trade_text_get_value(scope, text);
}
