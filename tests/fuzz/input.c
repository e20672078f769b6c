/* input.c
 * What the fuzzer's bytes say: settings, and TCP segments.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "input.h"

#define WINDOW_USUAL 0xf000
#define MILLISECOND INT64_C(1000000)
#define SECOND INT64_C(1000000000)

typedef struct reader {
    const uint8_t *at;
    size_t left;
} reader_t;

static unsigned read_uint8(reader_t *reader)
{
    if (reader->left == 0)
        return 0;
    reader->left--;
    return *reader->at++;
}

static unsigned read_uint16(reader_t *reader)
{
    const unsigned high = read_uint8(reader);

    return high << 8 | read_uint8(reader);
}

static int read_distance(reader_t *reader)
{
    return (int16_t)read_uint16(reader);
}

/* Returns a time between two segments, in ns. */
static int64_t read_time(reader_t *reader)
{
    const unsigned value = read_uint16(reader);

    if (value < 0x8000)
        return value * MILLISECOND;
    if (value < 0xc000)
        return (value - 0x8000) * SECOND;
    return ((int64_t)value - 0x10000) * MILLISECOND;
}

/* Reads what IP and TCP's options say. */
static void read_network(reader_t *reader, fuzz_segment_t *segment)
{
    segment->network = read_uint8(reader);
    if (segment->network & NETWORK_NUMBERS) {
        segment->ip_id = read_uint16(reader);
        segment->ttl = read_uint8(reader);
    }
    if (segment->network & NETWORK_OPTIONS)
        segment->options = read_uint8(reader);
}

/* Reads what TCP's header says. */
static void read_header(reader_t *reader, fuzz_segment_t *segment)
{
    segment->header = read_uint8(reader);
    if (segment->header & HEADER_REPEAT)
        segment->repeat = 1 + read_uint8(reader);
    if (segment->header & HEADER_WINDOW)
        segment->window = read_uint16(reader);
    if (segment->header & HEADER_ZERO_WINDOW)
        segment->window = 0;
    if (segment->header & HEADER_ACK)
        segment->ack_distance = read_distance(reader);
    if (segment->header & HEADER_NETWORK)
        read_network(reader, segment);
}

/* Reads a segment that comes after another. */
static void read_segment(reader_t *reader, fuzz_segment_t *segment, int64_t last, unsigned number)
{
    const unsigned bits = read_uint8(reader);

    *segment = (fuzz_segment_t){ .connection = bits & SEGMENT_CONNECTION,
                                 .from_multiplexer = bits & SEGMENT_FROM_MULTIPLEXER,
                                 .window = WINDOW_USUAL,
                                 .ip_id = number,
                                 .repeat = 1 };
    if (bits & SEGMENT_SEQUENCE)
        segment->seq_distance = read_distance(reader);
    if (bits & SEGMENT_HEADER)
        read_header(reader, segment);
    if (bits & SEGMENT_CUT)
        segment->cut = read_uint16(reader);
    /* No two segments come at the same time unless the input says so. */
    segment->when = last + (bits & SEGMENT_TIME ? read_time(reader) : 37 * MILLISECOND / 1000);
    segment->length = bits & SEGMENT_LONG ? read_uint16(reader) : read_uint8(reader);
    if (segment->length > reader->left)
        segment->length = (unsigned)reader->left;
    segment->bytes = reader->at;
    reader->at += segment->length;
    reader->left -= segment->length;
}

void fuzz_input_read(fuzz_input_t *input, const uint8_t *data, size_t size)
{
    reader_t reader = { data, size };
    int64_t last = 0;

    input->choices = read_uint16(&reader);
    input->bits = read_uint16(&reader);
    input->interval = read_uint8(&reader);
    input->limit = read_uint8(&reader);
    input->slow = read_uint8(&reader);
    input->text_module = read_uint8(&reader);
    for (input->count = 0; reader.left > 0 && input->count < FUZZ_SEGMENTS_MAX; input->count++) {
        fuzz_segment_t *segment = &input->segments[input->count];
        read_segment(&reader, segment, last, input->count);
        last = segment->when;
    }
}
