/* frames.h
 * The frames of a capture that an input's segments stand for.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_FUZZ_FRAMES_H
#define TESTS_FUZZ_FRAMES_H

#include <epan/frame_data.h>
#include <glib.h>

#include "input.h"

/* The port of a Multiplexer, and one that TRADE is not known for. */
enum { FUZZ_PORT = 2107, FUZZ_OTHER = 4711 };

/* Each segment may be in two fragments, captured twice; and each connection has a last one. */
enum { FUZZ_FRAMES_MAX = 4 * FUZZ_SEGMENTS_MAX + FUZZ_CONNECTIONS };

/* A frame of the capture. */
typedef struct fuzz_frame {
    uint8_t *bytes; /* of the heap and exact in size, so that AddressSanitizer knows its end */
    unsigned captured;
    unsigned reported;
    unsigned interface;
    nstime_t when;
    frame_data fd;
    GString *known; /* what the first pass showed; NULL: it had no tree */
    GString *all;   /* what the second showed */
} fuzz_frame_t;

/* Frames, and whether packet-tcp.c gives us their bytes alike in all passes. It does not where a
 * later segment moves the zero point of relative sequence numbers, as does a SYN that an ICMP error
 * quotes; nor does it find PDUs again that begin before 2^32 and end after it; nor does it give us
 * a late segment, which may make what it keeps reach over bytes that it gave; nor one that begins
 * in the middle of what came before, where a PDU may begin that it keeps; nor, where it reassembles
 * out of order, cut the old bytes off an overlapping segment again; nor, without its analysis, call
 * us again for a segment that a PDU begun later took in; nor what is sent after a FIN. What comes
 * before a connection is recognised is not TRADE's then. */
typedef struct fuzz_capture {
    fuzz_frame_t list[FUZZ_FRAMES_MAX];
    unsigned count;
    bool is_steady;
} fuzz_capture_t;

/* What of the input's settings says how TCP treats its segments. */
typedef struct fuzz_tcp {
    bool is_in_pieces;    /* it reassembles none */
    bool is_out_of_order; /* it puts them in order */
    bool is_absolute;     /* its sequence numbers are those of the wire */
    bool is_unanalysed;
} fuzz_tcp_t;

/* Makes the frames of an input. */
void fuzz_frames_make(fuzz_capture_t *capture, const fuzz_input_t *input, const fuzz_tcp_t *tcp);

/* Writes them as a capture file. */
void fuzz_frames_write(const fuzz_capture_t *capture, const char *path);

/* Forgets that they were dissected: they come in another file. */
void fuzz_frames_renew(fuzz_capture_t *capture);

void fuzz_frames_free(fuzz_capture_t *capture);

#endif /* TESTS_FUZZ_FRAMES_H */
