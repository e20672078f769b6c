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

const char *trade_format_time(trade_writer_t *writer, trade_time_t when)
{
    char *text = writer->times[writer->time_count++ % TRADE_TIMES_MAX];

    writer->naming->format_time(when, text, sizeof writer->times[0]);
    return text;
}

/* Notes a frame that the filter shows. */
static void note_frame(trade_writer_t *writer, uint32_t frame)
{
    if (writer->frame_count < TRADE_FRAMES_MAX)
        writer->frames[writer->frame_count++] = frame;
}

void trade_put_filter(trade_writer_t *writer, const uint32_t *frames, unsigned count)
{
    bool is_first = true;

    for (uint32_t next = 0;;) {
        uint32_t least = UINT32_MAX;
        for (unsigned i = 0; i < count; i++) {
            if (frames[i] > next && frames[i] < least)
                least = frames[i];
        }
        if (least == UINT32_MAX)
            break;
        trade_put(writer, is_first ? " Filter: frame.number in {%u" : ", %u", least);
        note_frame(writer, least);
        is_first = false;
        next = least;
    }
    if (is_first)
        trade_put(writer, " Filter: tcp.stream == %u", writer->naming->stream);
    else
        trade_put(writer, "}");
}

void trade_put_range_filter(trade_writer_t *writer, uint32_t first, uint32_t last)
{
    const bool is_reversed = last > 0 && last < first;
    const uint32_t end = is_reversed ? first : last;

    first = is_reversed ? last : first;
    trade_put(writer, " Filter: tcp.stream == %u && frame.number >= %u", writer->naming->stream,
              first);
    note_frame(writer, first);
    if (end == 0)
        return;
    trade_put(writer, " && frame.number <= %u", end);
    note_frame(writer, end);
}
