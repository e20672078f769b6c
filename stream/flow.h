/* flow.h
 * One direction of a TCP connection: which byte comes next, what is missing, and what later
 * passes need to know of its bytes.
 *
 * State is written on the first pass only and lives in wmem_file_scope(): until the capture file
 * is closed or dissected anew. TRADE_HOLES_MAX holes are remembered in each direction; for notes,
 * see stream/notes.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_FLOW_H
#define TRADE_STREAM_FLOW_H

#include <epan/packet.h>

#include "stream/framing.h"
#include "stream/holes.h"
#include "stream/notes.h"
#include "wire/pdu.h"
#include "wire/time.h"

/* Returns when the packet was captured. */
static inline trade_time_t trade_get_time(const packet_info *pinfo)
{
    return trade_time_make(pinfo->abs_ts.secs, pinfo->abs_ts.nsecs);
}

/* Bytes that are missing before a PDU. */
typedef struct trade_gap {
    uint32_t bytes;      /* 0: none */
    bool is_upper_bound; /* bytes is the most that can be missing */
} trade_gap_t;

/* The module that sends PDUs of a kind, by the deliveries whose PDUs are certain: in data that
 * looks like PDUs, others may seem to send. */
typedef struct trade_sender {
    uint8_t id;      /* of the last sender */
    uint8_t count;   /* deliveries that were counted, up to the number needed to believe them */
    bool is_several; /* more than one module sent */
} trade_sender_t;

/* One direction of a connection. Lives in its stream. */
typedef struct trade_flow {
    /* For all passes. */
    trade_notes_t notes;
    uint32_t lossy_from; /* bytes are missing after this frame; 0: none are */
    trade_held_t held;   /* since TCP gave something last; as the first pass left it */

    /* For the first pass only. */
    trade_place_t place;  /* of the next byte; 0 before the first */
    trade_holes_t *holes; /* bytes that were not given to us; NULL: none are missing so far */
    trade_gap_t gap;      /* missing, and not yet reported on a PDU */
    trade_sender_t control_sender;
    bool is_begun;         /* place is set */
    bool joined_midway;    /* earlier bytes were captured, but not given to us */
    bool start_known;      /* the first byte of the direction is known, from a SYN */
    bool fin_seen;         /* a FIN of this direction was captured */
    bool is_uncertain;     /* what TCP buffers may be no PDU: nothing confirms it */
    uint32_t acknowledged; /* the other side told that it had bytes up to here, of which we lacked
                              some; 0: it did not */
    unsigned losses; /* how often bytes were missing or made no sense: PDUs may have been there */
} trade_flow_t;

/* Bytes that TCP delivers in one call of the dissector, and what is known of them before they are
 * looked at. Lives as long as the call. */
typedef struct trade_delivery {
    struct trade_stream *stream;         /* NULL: not called by TCP, nothing is known */
    struct trade_connection *connection; /* the stream's; NULL: as above */
    const struct tcp_analysis *tcp;      /* what TCP knows of it; NULL: as above */
    trade_flow_t *flow;                  /* the direction of the bytes */
    trade_flow_t *peer;                  /* the other direction */
    unsigned direction;                  /* index of the flow */
    uint32_t seq;                        /* sequence number of the first byte */
    uint32_t segment_end;                /* and of the byte behind the packet's segment */
    trade_trust_t trust;                 /* of the first byte that was not shown before */
    unsigned already_shown; /* bytes at the start that belong to PDUs shown, or begun, before */
    unsigned buffered;      /* bytes at the start that TCP had buffered */
    bool from_module;       /* a module may have sent this */
    bool fin_follows;       /* a FIN follows the bytes */
    bool is_revisit;        /* a later pass: what the first decided holds */
    bool after_loss;        /* bytes of this flow are missing, or its start is: a PDU that seems to
                               begin may be none */
    bool ends_hole;         /* the bytes that follow were captured, and delivered, before */
} trade_delivery_t;

/* What became of the bytes of a delivery. */
typedef struct trade_outcome {
    unsigned length;               /* reported bytes that it had */
    trade_place_t place;           /* behind them */
    bool lacks_greeting;           /* a PDU stood where a greeting was due */
    bool has_losses;               /* bytes made no sense, or were not captured */
    bool is_uncertain;             /* as in trade_flow_t */
    trade_sender_t control_sender; /* of its control PDUs; count: of these */
    trade_sender_t data_sender;    /* of its data PDUs */
} trade_outcome_t;

/* Fills in what is known of a delivery's first bytes. length: reported bytes at hand;
 * acknowledged: sequence number up to which its sender has the other direction's bytes. */
void trade_flow_begin(trade_delivery_t *delivery, packet_info *pinfo, unsigned length,
                      uint32_t acknowledged);

/* Records, on the first pass, where the next PDU is expected. */
void trade_flow_end(const trade_delivery_t *delivery, packet_info *pinfo,
                    const trade_outcome_t *outcome);

/* Remembers, on the first pass, which unit begins at a place of the stream if its header does not
 * say so, or that the dissector waits there. seq: of its first byte. */
void trade_flow_note_unit(const trade_delivery_t *delivery, packet_info *pinfo, uint32_t seq,
                          const trade_unit_t *unit);

/* Fills in, on a later pass, what trade_flow_note_unit() remembered of a place. Returns whether it
 * remembered anything. */
bool trade_flow_recall_unit(const trade_delivery_t *delivery, packet_info *pinfo, uint32_t seq,
                            trade_unit_t *unit);

/* Returns the gap before a PDU, if it is the first PDU after it. seq: of the PDU's first byte. */
trade_gap_t trade_flow_take_gap(const trade_delivery_t *delivery, packet_info *pinfo, uint32_t seq);

/* Returns what is missing before a PDU that told of it in this frame, as far as it is missing by
 * now. flow: NULL: the PDU came without TCP. seq: of the PDU's first byte. */
trade_gap_t trade_flow_find_gap(const trade_flow_t *flow, uint32_t frame, uint32_t seq);

/* Returns whether bytes from seq up to before end were not given to us so far: they are behind
 * those that were, or in a hole. */
bool trade_flow_lacks(const trade_flow_t *flow, uint32_t seq, uint32_t end);

/* Returns whether TCP did not give us all that was sent before a sequence number. */
bool trade_flow_is_short_of(const trade_flow_t *flow, uint32_t end);

#endif /* TRADE_STREAM_FLOW_H */
