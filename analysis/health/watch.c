/* watch.c
 * Watches the connections with TRADE of a capture. See analysis/health/watch.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/hostmap.h"
#include "analysis/health/hosts.h"
#include "analysis/health/mistakes.h"
#include "analysis/health/notices.h"
#include "analysis/health/siblings.h"
#include "analysis/health/watch.h"
#include "stream/headers.h"
#include "stream/icmp.h"
#include "stream/tcp.h"

/* 2 to this power: how many connections are found again without asking Wireshark. */
#define RECENT_BITS 10
/* Segments without payload kept before a connection is judged: a handshake and one more. */
#define HANDSHAKE_MAX 4

/* The segments of a connection before its first payload. */
typedef struct trade_handshake {
    trade_segment_t segments[HANDSHAKE_MAX];
    unsigned count;
} trade_handshake_t;

static wmem_map_t *watches;                      /* trade_watch_t, by TCP stream */
static wmem_map_t *by_ends;                      /* the newest trade_watch_t of two ends */
static wmem_map_t *notes;                        /* trade_watch_note_t, by frame */
static trade_watch_note_t *newest;               /* of the newest frame; NULL: none */
static trade_watch_t *recent[1U << RECENT_BITS]; /* watches found lately; by get_slot() */
static trade_health_context_t context;
static trade_time_t alive_at[2]; /* of two capture points, that near Multiplexers, near modules */
static uint32_t steps_taken;     /* of trade_reports_get_step() */
static trade_time_t limit_ns = 90 * TRADE_SECOND;

/* ---- Which connection ---- */

/* Returns the last bytes of an address as a number; 0: it is too short. */
static uint32_t get_address_tail(const address *addr)
{
    uint32_t tail = 0;

    if (addr->len >= (int)sizeof tail)
        memcpy(&tail, (const uint8_t *)addr->data + addr->len - sizeof tail, sizeof tail);
    return tail;
}

/* Returns where in recent[] a packet's connection is, the same in both directions. */
static unsigned get_slot(const packet_info *pinfo)
{
    const uint32_t ends = get_address_tail(&pinfo->src) ^ get_address_tail(&pinfo->dst) ^
                          (pinfo->srcport + pinfo->destport);

    return ends * 0x9e3779b1U >> (32 - RECENT_BITS); /* Fibonacci hashing */
}

/* Returns whether a packet is of this connection, for sure. TCP notes which conversation a packet
 * is of before we see it, but a SYN may begin another one. */
static bool is_of_watch(const trade_watch_t *watch, const packet_info *pinfo)
{
    return pinfo->num <= watch->conversation->last_frame && trade_ends_are_of(watch->ends, pinfo);
}

/* Returns a hash of a connection's two ends, in whichever order. */
static guint hash_ends(const void *key)
{
    const trade_watch_t *watch = (const trade_watch_t *)key;

    return trade_end_hash(&watch->ends[0]) + trade_end_hash(&watch->ends[1]);
}

/* Returns whether two connections have the same ends, in whichever order. */
static gboolean have_same_ends(const void *a, const void *b)
{
    const trade_watch_t *one = (const trade_watch_t *)a;
    const trade_end_t *ends = ((const trade_watch_t *)b)->ends;

    return (trade_end_is(&one->ends[0], &ends[0].addr, ends[0].port) &&
            trade_end_is(&one->ends[1], &ends[1].addr, ends[1].port)) ||
           (trade_end_is(&one->ends[0], &ends[1].addr, ends[1].port) &&
            trade_end_is(&one->ends[1], &ends[0].addr, ends[0].port));
}

/* Returns a new connection, whose first frame this is. */
static trade_watch_t *add_watch(packet_info *pinfo, const conversation_t *conversation,
                                struct tcp_analysis *tcp)
{
    trade_watch_t *watch = wmem_new0(wmem_file_scope(), trade_watch_t);
    const unsigned direction = tcp->fwd == &tcp->flow2;

    watch->conversation = conversation;
    watch->tcp = tcp;
    watch->stream = tcp->stream;
    copy_address_wmem(wmem_file_scope(), &watch->ends[direction].addr, &pinfo->src);
    copy_address_wmem(wmem_file_scope(), &watch->ends[!direction].addr, &pinfo->dst);
    watch->ends[direction].port = pinfo->srcport;
    watch->ends[!direction].port = pinfo->destport;
    wmem_map_insert(watches, GUINT_TO_POINTER(tcp->stream), watch);
    return watch;
}

/* ---- What is reported of a frame ---- */

/* Returns what is reported of the newest frame, made if nothing was. */
static trade_watch_note_t *get_note(const trade_watch_t *watch, uint32_t frame)
{
    if (!newest) {
        newest = wmem_new0(wmem_file_scope(), trade_watch_note_t);
        newest->watch = watch;
        wmem_map_insert(notes, GUINT_TO_POINTER(frame), newest);
    }
    return newest;
}

/* Notes that a connection ends with a frame, and what is known of it. */
static void note_end(const trade_watch_t *watch, uint32_t frame)
{
    trade_watch_note_t *note = get_note(watch, frame);
    trade_judgement_t judgement;

    trade_watch_conclude(watch, &judgement);
    note->ended = watch;
    note->verdict = judgement.worst.verdict;
    note->where = judgement.worst.where;
}

/* Notes that a side's Ping is missing since a frame, if it is. */
static void note_missing(trade_watch_t *watch, unsigned side, uint32_t frame)
{
    trade_finding_t finding;

    if (!trade_health_find_missing(watch->health, &context, side, &finding))
        return;
    trade_watch_note_t *note = get_note(watch, frame);
    note->is_missing[side] = true;
    note->missing[side] = finding;
    watch->reported[side][watch->reported_count[side]++ % TRADE_REPORTED_MAX] = note;
}

/* Notes what a frame shows of its connection. */
static void note_frame(trade_watch_t *watch, const trade_seen_t *seen, uint32_t frame)
{
    for (unsigned side = 0; side < 2; side++) {
        if (trade_health_is_overdue(watch->health, side))
            note_missing(watch, side, frame);
    }
    if (seen->ping_frame > 0) {
        trade_watch_note_t *note = get_note(watch, frame);
        note->ping_frame = seen->ping_frame;
        note->ping_times = seen->ping_times;
    }
    if (seen->is_end)
        note_end(watch, frame);
}

/* ---- Feeding the evidence ---- */

/* Ends the connection before that of a new one: a SYN of the same ends shows that it is over. */
static void end_former(trade_watch_t *watch, const packet_info *pinfo, bool is_syn)
{
    trade_watch_t *former = (trade_watch_t *)wmem_map_insert(by_ends, watch, watch);

    watch->former = former;
    if (!former || !is_syn)
        return;
    trade_spaces_inherit(&watch->spaces, &former->spaces, trade_get_time(pinfo));
    trade_capture_forget(&context.capture, &former->heard);
    if (!former->health || former->health->evidence.ending != TRADE_ENDING_NONE)
        return;
    trade_evidence_reuse(&former->health->evidence, trade_get_time(pinfo), pinfo->num);
    if (former->connection)
        note_end(former, pinfo->num);
}

/* Returns the connection of a packet, made if it is new and may be TRADE's; NULL: it may not, or
 * TCP knows of none. */
static trade_watch_t *get_watch(packet_info *pinfo, bool is_syn)
{
    trade_watch_t **slot = &recent[get_slot(pinfo)];

    if (*slot && !is_syn && is_of_watch(*slot, pinfo))
        return *slot;
    const conversation_t *conversation = trade_tcp_find_conversation(pinfo);
    struct tcp_analysis *tcp = trade_tcp_find(conversation);
    if (!tcp)
        return NULL;
    trade_watch_t *watch = (trade_watch_t *)wmem_map_lookup(watches, GUINT_TO_POINTER(tcp->stream));
    if (!watch && !trade_tcp_is_own_port(pinfo) && !trade_connection_find(tcp->stream))
        return NULL;
    if (!watch) {
        watch = add_watch(pinfo, conversation, tcp);
        end_former(watch, pinfo, is_syn);
    }
    *slot = watch;
    return watch;
}

static void *allocate(size_t size)
{
    return wmem_alloc0(wmem_file_scope(), size);
}

/* Begins to judge a connection, with what came before. */
static void begin_health(trade_watch_t *watch)
{
    const trade_handshake_t *const handshake = watch->handshake;

    watch->health = wmem_new0(wmem_file_scope(), trade_health_t);
    trade_evidence_init(&watch->health->evidence, allocate, context.usual);
    trade_hostmap_join(&watch->health->evidence, watch->ends, &context.slices);
    watch->health->evidence.is_another = watch->former != NULL;
    for (unsigned i = 0; handshake && i < handshake->count; i++)
        trade_evidence_add(&watch->health->evidence, &handshake->segments[i]);
    wmem_free(wmem_file_scope(), watch->handshake);
    watch->handshake = NULL;
}

/* Keeps a segment until the connection is judged: most that are only attempted never are. Returns
 * whether it need not be judged yet. */
static bool keep_handshake(trade_watch_t *watch, const trade_segment_t *segment)
{
    if (segment->length > 0 || (watch->handshake && watch->handshake->count == HANDSHAKE_MAX))
        return false;
    if (!watch->handshake)
        watch->handshake = wmem_new0(wmem_file_scope(), trade_handshake_t);
    watch->handshake->segments[watch->handshake->count++] = *segment;
    return true;
}

/* Notes which side is the module's: by its PDUs, or by ports until these show it. */
static void set_module(trade_watch_t *watch)
{
    const trade_connection_t *connection = watch->connection;
    const trade_end_t *multiplexer = &connection->multiplexer->end;
    const int direction = connection->stream->module_direction;

    watch->health->evidence.module =
        direction >= 0
            ? (uint8_t)direction
            : (uint8_t)trade_end_is(&watch->ends[0], &multiplexer->addr, multiplexer->port);
}

/* Tells the evidence how sure the dissector is of what it was given. */
static void set_uncertain(trade_watch_t *watch)
{
    trade_evidence_t *evidence = &watch->health->evidence;

    for (unsigned side = 0; side < 2; side++) {
        const trade_flow_t *flow = &watch->connection->stream->flows[side];
        trade_evidence_set_uncertain(evidence, side, flow->losses,
                                     trade_flow_is_short_of(flow, evidence->sides[side].next));
    }
}

/* Withdraws that Pings of these sides, a bit each, are missing: they keep to other intervals than
 * was known. */
static void withdraw(trade_watch_t *watch, unsigned sides)
{
    const trade_evidence_t *evidence = &watch->health->evidence;

    for (unsigned side = 0; side < 2; side++) {
        const unsigned count = (sides & (1U << side)) ? watch->reported_count[side] : 0;
        const trade_time_t since = evidence->now - 4 * evidence->sides[side].rhythm.own;
        for (unsigned i = 0; i < MIN(count, TRADE_REPORTED_MAX); i++) {
            trade_watch_note_t *note = watch->reported[side][i];
            if (note->missing[side].facts.span.start >= since)
                note->is_missing[side] = false;
        }
    }
}

/* Tells what the clocks in PDUs show of the capture's. */
static void take_step(void)
{
    const trade_step_t *step = trade_reports_get_step();

    if (step->number == steps_taken)
        return;
    steps_taken = step->number;
    trade_capture_add_step(&context.capture, step->span, step->amount, step->frame);
}

/* Returns whether a connection has TRADE by now. */
static bool has_trade(trade_watch_t *watch)
{
    if (!watch->connection)
        watch->connection = trade_connection_find(watch->stream);
    return watch->connection != NULL;
}

/* Returns what the records of a connection are added to. */
static trade_tally_target_t get_target(trade_watch_t *watch)
{
    return (trade_tally_target_t){ .tallies = &watch->tallies,
                                   .health = watch->health,
                                   .context = &context,
                                   .points = &watch->points,
                                   .stream = watch->stream };
}

/* Adds what the dissector recorded of this frame, and of those before whose bytes it shows. */
static void add_records(trade_watch_t *watch, uint32_t frame)
{
    const trade_tally_target_t target = get_target(watch);

    withdraw(watch, trade_tally_add_held(&target));
    withdraw(watch, trade_tally_add_frame(&target, frame));
    take_step();
}

/* Gives a segment, and what the dissector made of it, to the evidence. */
static void feed(trade_watch_t *watch, const trade_segment_t *segment)
{
    trade_evidence_t *evidence = &watch->health->evidence;
    const unsigned saying = trade_tcp_get_saying(watch->tcp);

    if (saying)
        trade_mistakes_note(evidence, segment, saying);
    const trade_seen_t seen = trade_evidence_add(evidence, segment);

    if (seen.is_end)
        trade_capture_forget(&context.capture, &watch->heard);
    if (!has_trade(watch))
        return;
    set_module(watch);
    set_uncertain(watch);
    add_records(watch, segment->frame);
    note_frame(watch, &seen, segment->frame);
}

/* Notes that the segments of several connections are in the stream of this one. */
static void note_mixed(trade_watch_t *watch, const trade_segment_t *segment)
{
    if (!watch || !watch->health || watch->health->evidence.mixed_frame != 0)
        return;
    watch->health->evidence.mixed_frame = segment->frame;
    watch->health->evidence.mixed_since = segment->when;
}

/* Notes which of the capture's points a connection is judged by. is_own: it shows this segment. */
static void note_point(trade_watch_t *watch, const trade_segment_t *segment, bool is_own)
{
    trade_evidence_t *evidence = &watch->health->evidence;
    trade_time_t *seen = trade_points_find_alive(&watch->points, evidence->module, alive_at);

    if (seen && is_own)
        *seen = segment->when;
    evidence->seen = seen ? seen : watch->points.is_several ? &watch->points.judged : NULL;
    evidence->skew.lead = watch->points.lead;
}

/* Notes what two capture points show together of a connection's RSTs. */
static void note_forged(trade_watch_t *watch)
{
    trade_reset_t *reset = &watch->health->evidence.reset;
    const uint32_t forged = trade_points_find_forged(&watch->points, reset->side);

    reset->other_frame =
        forged != 0 && forged == reset->frame ? watch->points.sides[!reset->side].reset.other : 0;
}

/* Notes a segment of the point by which its connection is not judged. */
static void add_copy(trade_watch_t *watch, const trade_segment_t *segment)
{
    if (!watch->health && segment->length > 0)
        begin_health(watch);
    if (!has_trade(watch) || !watch->health)
        return;
    trade_evidence_t *evidence = &watch->health->evidence;
    const trade_tally_target_t target = get_target(watch);

    if (segment->frame == watch->points.frame)
        trade_evidence_forget_copies(evidence);
    withdraw(watch, trade_tally_hold_frame(&target, segment->frame));
    if (evidence->mixed_frame != 0 || evidence->ending != TRADE_ENDING_NONE ||
        !trade_points_is_ahead(&watch->points, segment, context.usual / 4, evidence->seen))
        return;
    evidence->is_apart = true;
    evidence->mixed_frame = segment->frame;
    evidence->mixed_since = watch->points.judged;
}

/* Gives a segment to the evidence, or keeps it for that. is_mixed: with it, it is certain that the
 * segments are of several connections. */
static void add_segment(trade_watch_t *watch, const trade_segment_t *segment, bool is_mixed)
{
    trade_capture_hear(&context.capture, &watch->heard);
    if (!watch->health && (watch->attempt.stands_for || !keep_handshake(watch, segment)))
        begin_health(watch);
    if (watch->health)
        watch->health->evidence.attempts = watch->attempt.stands_for;
    if (is_mixed)
        note_mixed(watch, segment);
    if (is_mixed && trade_spaces_has_former(&watch->spaces))
        note_mixed(watch->former, segment);
    if (watch->health)
        feed(watch, segment);
    else if (segment->flags & (TRADE_TCP_FIN | TRADE_TCP_RST))
        trade_capture_forget(&context.capture, &watch->heard);
}

/* Notes that the headers of a frame cannot be read, as if the capture lacks them. */
static void note_unread(packet_info *pinfo)
{
    /* Where the header is cut, TCP gives up before it knows of a connection. */
    if (trade_tcp_is_own_port(pinfo))
        (void)get_tcp_conversation_data(NULL, pinfo);
    trade_watch_t *watch = get_watch(pinfo, false);

    if (!watch)
        return;
    if (!watch->health)
        begin_health(watch);
    trade_evidence_t *evidence = &watch->health->evidence;
    if (evidence->unread++ == 0)
        evidence->unread_frame = pinfo->num;
    evidence->now = context.capture.now;
    evidence->now_frame = pinfo->num;
    trade_stream_claim_unseen(pinfo, trade_tcp_find_own_port(pinfo));
    if (has_trade(watch))
        set_module(watch);
}

/* Notes what becomes of an attempt to connect, and for which that failed its connection stands. */
static void watch_attempt(trade_watch_t *watch, packet_info *pinfo, const trade_segment_t *segment)
{
    const trade_end_t *ends = watch->ends;
    trade_attempt_t *attempt = &watch->attempt;

    if (attempt->is_over)
        return;
    if (!attempt->of && trade_attempt_is_syn(segment) &&
        trade_tcp_takes_port(ends[!segment->side].port))
        attempt->of = trade_hostmap_get_attempts(&ends[segment->side], &ends[!segment->side]);
    if (trade_attempt_add(attempt, segment))
        trade_stream_claim_unseen(pinfo, ends[!attempt->opener].port);
}

/* Notes an ICMP message about a segment. Returns whether the frame has one. */
static bool watch_notice(tvbuff_t *frame, packet_info *pinfo)
{
    trade_end_t ends[2];
    trade_notice_t notice;
    const struct tcp_analysis *tcp = trade_icmp_read(frame, pinfo, &notice, ends);
    trade_watch_t *watch =
        tcp ? (trade_watch_t *)wmem_map_lookup(watches, GUINT_TO_POINTER(tcp->stream)) : NULL;

    if (!watch)
        return tcp != NULL;
    notice.when = context.capture.now;
    notice.side = !trade_end_is(&watch->ends[0], &ends[0].addr, ends[0].port);
    trade_attempt_add_notice(&watch->attempt, &notice);
    if (watch->health && trade_evidence_add_notice(&watch->health->evidence, &notice))
        get_note(watch, pinfo->num);
    return true;
}

/* Returns whether a frame has an ICMP message. */
static bool has_icmp(const packet_info *pinfo)
{
    return proto_is_frame_protocol(pinfo->layers, "icmp") ||
           proto_is_frame_protocol(pinfo->layers, "icmpv6");
}

/* Watches a frame that may be of a connection with TRADE. Returns whether it is of one that is
 * judged. */
static bool watch_segment(tvbuff_t *frame, packet_info *pinfo)
{
    trade_segment_t segment;

    if (!trade_headers_read_segment(frame, pinfo, &segment)) {
        /* What ICMP quotes is cut as well. */
        if (!watch_notice(frame, pinfo) && !has_icmp(pinfo))
            note_unread(pinfo);
        return false;
    }
    trade_watch_t *watch = get_watch(pinfo, segment.flags & TRADE_TCP_SYN);
    if (!watch)
        return false;
    segment.when = context.capture.now;
    segment.side = watch->tcp->fwd == &watch->tcp->flow2;
    if (segment.is_unseen && !watch->connection)
        trade_stream_claim_unseen(pinfo, trade_tcp_find_own_port(pinfo));
    const bool is_own = !trade_points_add(&watch->points, &segment, allocate);
    if (watch->health)
        note_point(watch, &segment, is_own);
    if (is_own) {
        const bool is_mixed = trade_spaces_add(&watch->spaces, &segment);
        watch_attempt(watch, pinfo, &segment);
        add_segment(watch, &segment, is_mixed);
    } else {
        add_copy(watch, &segment);
    }
    if (watch->health && (segment.flags & TRADE_TCP_RST))
        note_forged(watch);
    return watch->health != NULL;
}

const trade_watch_note_t *trade_watch_frame(tvbuff_t *frame, packet_info *pinfo)
{
    if (PINFO_FD_VISITED(pinfo))
        return (const trade_watch_note_t *)wmem_map_lookup(notes, GUINT_TO_POINTER(pinfo->num));
    newest = NULL;
    trade_capture_add(&context.capture, trade_get_time(pinfo), pinfo->num, context.usual);
    if (pinfo->ptype == PT_NONE && has_icmp(pinfo)) {
        watch_notice(frame, pinfo);
        return newest;
    }
    if (pinfo->ptype != PT_TCP)
        return NULL;
    trade_slices_set(&context.slices, context.capture.now, context.usual);
    if (!trade_tcp_may_be_trade(pinfo) || !watch_segment(frame, pinfo))
        trade_hostmap_hear(pinfo, &context.slices);
    return newest;
}

/* ---- What is known ---- */

const trade_watch_t *trade_watch_find(uint32_t stream, uint32_t frame)
{
    const trade_watch_t *watch =
        (const trade_watch_t *)wmem_map_lookup(watches, GUINT_TO_POINTER(stream));

    return watch && watch->health && watch->connection &&
                   (watch->attempt.stands_for || watch->connection->stream->first_frame <= frame)
               ? watch
               : NULL;
}

const trade_watch_t *trade_watch_find_of(packet_info *pinfo)
{
    const struct tcp_analysis *tcp =
        pinfo->ptype == PT_TCP ? trade_tcp_find(trade_tcp_find_conversation(pinfo)) : NULL;

    return tcp ? trade_watch_find(tcp->stream, pinfo->num) : NULL;
}

void trade_watch_conclude(const trade_watch_t *watch, trade_judgement_t *judgement)
{
    const trade_flow_t *flows = watch->connection->stream->flows;
    const trade_held_t held[2] = { flows[0].held, flows[1].held };

    trade_health_conclude(watch->health, &context, held, judgement);
}

trade_finding_t trade_watch_get_incident(const trade_watch_t *watch, unsigned number)
{
    return trade_health_get_incident(watch->health, &context, number);
}

trade_time_t trade_watch_get_interval(const trade_watch_t *watch, unsigned side)
{
    return trade_health_get_interval(&context, &watch->health->evidence.sides[side]);
}

trade_time_t trade_watch_get_now(void)
{
    return context.capture.now;
}

void trade_watch_set_limit(trade_time_t limit)
{
    limit_ns = limit;
}

/* Called before a capture file is dissected. */
static void init_watch(void)
{
    memset(recent, 0, sizeof recent);
    memset(&context, 0, sizeof context);
    steps_taken = 0;
    memset(alive_at, 0, sizeof alive_at);
    context.usual = trade_pings_get_interval();
    context.limit = limit_ns;
}

void trade_watch_register(void)
{
    watches =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    notes =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    by_ends =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), hash_ends, have_same_ends);
    trade_mistakes_register();
    trade_hostmap_register();
    register_init_routine(init_watch);
}
