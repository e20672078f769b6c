/* writer.c
 * Writes sentences into a buffer. See analysis/health/writer.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdarg.h>
#include <stdio.h>

#include "analysis/health/writer.h"

void trade_put(trade_writer_t *writer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const int length =
        vsnprintf(writer->text + writer->length, writer->size - writer->length, format, arguments);
    va_end(arguments);
    if (length > 0)
        writer->length += (size_t)length;
    if (writer->length >= writer->size)
        writer->length = writer->size - 1;
}

void trade_put_time(trade_writer_t *writer, trade_time_t when)
{
    char text[64];

    writer->naming->format_time(when, text, sizeof text);
    trade_put(writer, "%s", text);
}
