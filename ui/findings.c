/* findings.c
 * What the judgement of a connection says of its frames, in the packet list.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/tap.h>

#include "analysis/health/mistakes.h"
#include "analysis/health/survey.h"
#include "ui/findings.h"
#include "ui/modules.h"
#include "ui/wording.h"

/* Of its own, so that "trade" finds frames that have PDUs. */
static int proto_judgement = -1;

static int hf_trade_connection = -1;
static int hf_trade_verdict = -1;
static int hf_trade_where = -1;
static int hf_trade_incident_frame = -1;

static int ett_trade_findings = -1;

static int expert_tap;       /* what Expert Information listens to */
static uint32_t first_frame; /* of the capture's that has TRADE; 0: none so far */

static expert_field ei_trade_ping_missing = EI_INIT;
static expert_field ei_trade_ping_not_delivered = EI_INIT;
static expert_field ei_trade_cause = EI_INIT;
static expert_field ei_trade_first_sight = EI_INIT;
static expert_field ei_trade_nothing_missing = EI_INIT;

/* What is added to, for one frame. */
typedef struct place {
    tvbuff_t *tvb;
    packet_info *pinfo;
    proto_item *item;
    proto_tree *tree;
} place_t;

/* Adds an expert info; text: of which Wireshark shows the first bytes. g_free()s it. */
static void add_expert(const place_t *at, expert_field *expert, char *text)
{
    trade_wording_cut(text, ITEM_LABEL_LENGTH);
    expert_add_info_format(at->pinfo, at->item, expert, "%s", text);
    g_free(text);
}

/* Adds that a side's Ping was due before this frame and did not come. */
static void add_missing_ping(const place_t *at, const trade_watch_note_t *note, unsigned side)
{
    const trade_finding_t *finding = &note->missing[side];
    const trade_facts_t *facts = &finding->facts;
    char *who = trade_wording_format_side(note->watch, side);
    char *due = trade_wording_format_time(facts->span.start + facts->interval);

    add_expert(at, &ei_trade_ping_missing,
               g_strdup_printf(
                   "%.3f s without a Ping of %s, since frame %u; one was due at %s: %s, %s",
                   (double)(facts->span.end - facts->span.start) / 1e9, who, facts->frame, due,
                   trade_verdict_get_word(finding->verdict), trade_where_get_word(finding->where)));
    g_free(who);
    g_free(due);
}

/* Adds a generated text. */
static void add_text(const place_t *at, int hf, const char *text)
{
    proto_item_set_generated(proto_tree_add_string(at->tree, hf, at->tvb, 0, 0, text));
}

/* Returns whether something went wrong with the connection, not with the capture or its clocks. */
static bool is_wrong(const trade_finding_t *finding)
{
    return finding->verdict < TRADE_VERDICT_CLOCKS_DIFFER;
}

/* Adds a verdict and its place, to the heading, too. */
static void add_words(const place_t *at, trade_verdict_t verdict, trade_where_t where)
{
    const char *place = trade_where_get_word(where);

    add_text(at, hf_trade_verdict, trade_verdict_get_word(verdict));
    add_text(at, hf_trade_where, place);
    proto_item_append_text(at->item, ": %s", trade_verdict_get_word(verdict));
    if (strcmp(place, "-") != 0)
        proto_item_append_text(at->item, " (%s)", place);
}

/* Adds a link to a frame. */
static void add_link(const place_t *at, uint32_t frame)
{
    proto_item_set_generated(
        proto_tree_add_uint(at->tree, hf_trade_incident_frame, at->tvb, 0, 0, frame));
}

/* Adds why something went wrong, and links to the frames that show it. */
static void add_cause(const place_t *at, const trade_watch_t *watch, const trade_finding_t *finding)
{
    uint32_t frames[TRADE_FRAMES_MAX];
    const unsigned count = trade_finding_list_frames(finding, frames);

    add_expert(at, &ei_trade_cause, trade_wording_summarize(watch, finding));
    for (unsigned i = 0; i < count; i++)
        add_link(at, frames[i]);
}

/* Adds what is known of a connection that ends: on the first pass, what was known by then, which
 * makes Wireshark show at once that something is wrong; later, all that the capture tells. */
static void add_verdict(const place_t *at, const trade_watch_note_t *note)
{
    trade_judgement_t judgement;

    if (!PINFO_FD_VISITED(at->pinfo) && note->verdict >= TRADE_VERDICT_CLOCKS_DIFFER) {
        add_words(at, note->verdict, note->where);
        return;
    }
    trade_watch_conclude(note->ended, &judgement);
    add_words(at, judgement.worst.verdict, judgement.worst.where);
    if (is_wrong(&judgement.worst))
        add_cause(at, note->ended, &judgement.worst);
}

/* Adds the heading below which all else stands. watch: the frame's connection, or NULL. */
static void add_heading(place_t *at, proto_tree *tree, const trade_watch_t *watch)
{
    at->item = proto_tree_add_item(tree, proto_judgement, at->tvb, 0, 0, ENC_NA);
    at->tree = proto_item_add_subtree(at->item, ett_trade_findings);
    proto_item_set_text(at->item, "TRADE connection");
    if (watch)
        proto_item_append_text(at->item, " %u", watch->stream);
}

/* Adds what a note tells of its frame. */
static void add_note(const place_t *at, const trade_watch_note_t *note)
{
    for (unsigned side = 0; side < 2; side++) {
        if (note->is_missing[side])
            add_missing_ping(at, note, side);
    }
    if (note->ping_frame > 0)
        expert_add_info_format(at->pinfo, at->item, &ei_trade_ping_not_delivered,
                               "%u times sent by now: the Ping of frame %u, which is not yet "
                               "acknowledged",
                               note->ping_times, note->ping_frame);
    if (note->ended)
        add_verdict(at, note);
}

/* Adds that nothing is missing, whatever TCP says. */
static void add_mistake(const place_t *at, trade_mistake_t mistake)
{
    expert_add_info_format(at->pinfo, at->item, &ei_trade_nothing_missing,
                           mistake == TRADE_MISTAKE_PROBE
                               ? "Nothing is missing here: TCP's analysis does not count the bytes "
                                 "that probe a zero window, which are in the capture"
                               : "Nothing is missing here, whatever TCP's analysis says: all bytes "
                                 "up to here are in the capture");
}

/* Returns whether a note has anything to show. */
static bool is_worth_showing(const trade_watch_note_t *note)
{
    return note &&
           (note->is_missing[0] || note->is_missing[1] || note->ping_frame > 0 || note->ended);
}

/* Returns whether a frame is the one to look at first, or has the ICMP message that tells why. */
static bool is_first(const trade_finding_t *finding, uint32_t frame)
{
    return is_wrong(finding) && (trade_finding_get_beginning(finding).frame == frame ||
                                 finding->facts.notice.frame == frame);
}

/* Sets *finding to the incident that begins with a frame, as all of the capture shows it. Returns
 * whether there is one. */
static bool find_beginning(const trade_watch_t *watch, uint32_t frame, trade_finding_t *finding)
{
    trade_judgement_t judgement;

    trade_watch_conclude(watch, &judgement);
    *finding = judgement.worst;
    for (unsigned i = 0; !is_first(finding, frame); i++) {
        if (i == watch->health->incident_count)
            return false;
        *finding = trade_watch_get_incident(watch, i);
    }
    return true;
}

/* Returns whether all of the capture was seen, and somebody asks what that tells of a frame. */
static bool is_asked(const place_t *at, const proto_tree *tree)
{
    return PINFO_FD_VISITED(at->pinfo) && (tree || have_tap_listener(expert_tap));
}

/* Adds the worst incident of the capture to its first frame, where it is seen when the file opens.
 * Returns whether there is one, on another frame. */
static bool add_first_sight(place_t *at, proto_tree *tree)
{
    if (at->pinfo->num != first_frame || !is_asked(at, tree))
        return false;
    trade_survey_make();
    const trade_causes_t *causes = trade_survey_get_causes();
    if (causes->cause_count == 0)
        return false;
    const trade_cause_t *worst = &causes->causes[0];
    const trade_trouble_t *telling = &causes->troubles[worst->telling];
    const trade_finding_t finding = trade_survey_get_finding(telling);
    if (!is_wrong(&finding) || worst->frame == 0 || worst->frame == at->pinfo->num)
        return false;
    char *cause = trade_wording_summarize(trade_survey_get_watch(telling), &finding);

    at->item = proto_tree_add_item(tree, proto_judgement, at->tvb, 0, 0, ENC_NA);
    at->tree = proto_item_add_subtree(at->item, ett_trade_findings);
    if (causes->cause_count == 1)
        proto_item_set_text(at->item, "1 TRADE incident: frame %u: %s", worst->frame, cause);
    else
        proto_item_set_text(at->item, "%u TRADE incidents, the worst: frame %u: %s",
                            causes->cause_count, worst->frame, cause);
    add_link(at, worst->frame);
    add_expert(at, &ei_trade_first_sight, g_strdup_printf("Frame %u: %s", worst->frame, cause));
    g_free(cause);
    return true;
}

/* Adds the module whose connection a frame is of, bare acknowledgements included, where somebody
 * asks for it. */
static void add_connection(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const trade_watch_t *watch = NULL;

    if (!tree || !proto_field_is_referenced(tree, hf_trade_connection))
        return;
    watch = trade_watch_find_of(pinfo);
    if (!watch)
        return;
    const char *name = trade_modules_name(pinfo->pool, watch->connection,
                                          PINFO_FD_VISITED(pinfo) ? UINT32_MAX : pinfo->num);
    proto_item *item = proto_tree_add_string(tree, hf_trade_connection, tvb, 0, 0, name);
    proto_item_set_generated(item);
    proto_item_set_hidden(item);
}

/* Returns the connection of a frame whose incidents can be told by now, or which an ICMP message is
 * about; NULL: there is none, or nobody asks. */
static const trade_watch_t *find_told(const place_t *at, const proto_tree *tree,
                                      const trade_watch_note_t *note)
{
    if (!is_asked(at, tree))
        return NULL;
    const trade_watch_t *own = trade_watch_find_of(at->pinfo);
    /* An ICMP message is no frame of the connection that it is about. */
    return !own && note && note->watch->connection ? note->watch : own;
}

/* Adds what a note, the incident that begins with a frame, and a mistake of TCP's analysis tell of
 * it. Returns whether there is anything. */
static bool add_reported(place_t *at, proto_tree *tree, const trade_watch_note_t *note,
                         trade_mistake_t mistake)
{
    trade_finding_t beginning;
    const trade_watch_t *watch = find_told(at, tree, note);
    const bool is_beginning = watch && find_beginning(watch, at->pinfo->num, &beginning);
    const bool is_shown = is_worth_showing(note);

    if (!is_shown && !is_beginning && !mistake)
        return false;
    add_heading(at, tree, !watch && note ? note->watch : watch);
    if (mistake)
        add_mistake(at, mistake);
    if (is_shown)
        add_note(at, note);
    /* The end says it anyhow. */
    if (is_beginning && !(is_shown && note->ended)) {
        add_words(at, beginning.verdict, beginning.where);
        add_cause(at, watch, &beginning);
    }
    return true;
}

void trade_findings_note_pdu(const packet_info *pinfo)
{
    if (first_frame == 0)
        first_frame = pinfo->num;
}

bool trade_findings_add(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                        const trade_watch_note_t *note)
{
    place_t at = { .tvb = tvb, .pinfo = pinfo };
    trade_mistake_t mistake = trade_mistakes_find(pinfo->num);

    if (mistake && !trade_watch_find_of(pinfo))
        mistake = TRADE_MISTAKE_NONE;
    /* Incidents are looked for when all of the capture was seen. */
    const bool is_sight = add_first_sight(&at, tree);
    const bool is_reported =
        (note || mistake || PINFO_FD_VISITED(pinfo)) && add_reported(&at, tree, note, mistake);

    add_connection(tvb, pinfo, tree);
    return is_sight || is_reported;
}

/* Called before a capture file is dissected. */
static void forget_first(void)
{
    first_frame = 0;
}

void trade_findings_register(int proto)
{
    /* clang-format off */
    static hf_register_info hf[] = {
        { &hf_trade_connection,
          { "Connection", "trade.connection", FT_STRING, BASE_NONE, NULL, 0,
            "The module whose connection this frame is of, on every frame; made where a column or a "
            "filter asks for it", HFILL } },
        { &hf_trade_verdict,
          { "Verdict", "trade.verdict", FT_STRING, BASE_NONE, NULL, 0,
            "What went wrong with the connection that ends here, as -z trade,health says; with two "
            "passes, also on the frame to look at first", HFILL } },
        { &hf_trade_where,
          { "Where", "trade.where", FT_STRING, BASE_NONE, NULL, 0,
            "Where it went wrong: module, multiplexer, network", HFILL } },
        { &hf_trade_incident_frame,
          { "Frame of the incident", "trade.incident.frame", FT_FRAMENUM, BASE_NONE, NULL, 0,
            "A frame that shows what went wrong: on those with the cause", HFILL } }
    };
    static ei_register_info ei[] = {
        { &ei_trade_ping_missing,
          { "trade.ping.missing", PI_SEQUENCE, PI_WARN,
            "A Ping was due before this frame and did not come", EXPFILL } },
        { &ei_trade_ping_not_delivered,
          { "trade.ping.not_delivered", PI_SEQUENCE, PI_WARN,
            "A Ping is retransmitted again and again, and not acknowledged", EXPFILL } },
        { &ei_trade_cause,
          { "trade.cause", PI_SEQUENCE, PI_ERROR,
            "The cause: on the frame to look at first, and on the last", EXPFILL } },
        { &ei_trade_first_sight,
          { "trade.first_sight", PI_SEQUENCE, PI_NOTE,
            "The worst of the capture's incidents: on the first frame with TRADE", EXPFILL } },
        { &ei_trade_nothing_missing,
          { "trade.nothing_missing", PI_SEQUENCE, PI_NOTE,
            "TCP's analysis says that a segment is missing here, but all bytes are in the capture", EXPFILL } }
    };
    /* clang-format on */
    static int *ett[] = { &ett_trade_findings };

    proto_judgement = proto_register_protocol_in_name_only("TRADE connection", "TRADE connection",
                                                           "trade.judgement", proto, FT_PROTOCOL);
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
    /* Wireshark's own: it gives the id of that one, whoever comes first. */
    expert_tap = register_tap("expert");
    register_init_routine(forget_first);
}
