/* words.c
 * The words for verdicts and places, where what they say begins to show, and their summaries. See
 * analysis/health/rules.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "analysis/health/rules.h"
#include "analysis/health/summary.h"

static trade_beginning_t begin_with_case(const trade_facts_t *facts)
{
    return (trade_beginning_t){ facts->frame, facts->span.start };
}

static trade_beginning_t begin_with_block(const trade_facts_t *facts)
{
    return (trade_beginning_t){ facts->block.frame, facts->block.span.start };
}

/* Returns where bytes that were not acknowledged, or zero-window probes, began. */
static trade_beginning_t begin_with_sending(const trade_facts_t *facts)
{
    if (facts->sending.times > 0)
        return (trade_beginning_t){ facts->sending.frame, facts->sending.span.start };
    if (facts->unseen.frame != 0)
        return (trade_beginning_t){ facts->unseen.frame, facts->unseen.since };
    return begin_with_block(facts);
}

/* Since when a clock was wrong is not known. */
static trade_beginning_t begin_with_clocks(const trade_facts_t *facts)
{
    if (facts->is_skewed)
        return (trade_beginning_t){ facts->skew.frame, 0 };
    return (trade_beginning_t){ facts->is_stepped ? facts->step_frame : facts->frame, 0 };
}

/* A word for what went wrong, the place in facts where it begins to show, and a summary. */
typedef struct word {
    const char *text;
    trade_beginning_t (*begin)(const trade_facts_t *facts); /* NULL: nothing went wrong */
    void (*summarize)(trade_writer_t *writer, const trade_facts_t *facts);
} word_t;

/* clang-format off */
static const word_t words[] = {
    [TRADE_VERDICT_PEER_NOT_READING] = { "peer-not-reading", begin_with_block, trade_summarize_blocked },
    [TRADE_VERDICT_NOT_DELIVERED] = { "not-delivered", begin_with_sending, trade_summarize_lost },
    [TRADE_VERDICT_RESET_FOREIGN] = { "reset-foreign", begin_with_case, trade_summarize_reset },
    [TRADE_VERDICT_REFUSED] = { "refused", begin_with_case, trade_summarize_attempts },
    [TRADE_VERDICT_CONNECT_UNANSWERED] = { "connect-unanswered", begin_with_case, trade_summarize_attempts },
    [TRADE_VERDICT_ENDED_TOGETHER] = { "ended-together", begin_with_case, trade_summarize_together },
    [TRADE_VERDICT_PING_MISSING] = { "ping-missing", begin_with_case, trade_summarize_missing },
    [TRADE_VERDICT_PING_UNANSWERED] = { "ping-unanswered", begin_with_case, trade_summarize_unanswered },
    [TRADE_VERDICT_LATE] = { "late", begin_with_case, trade_summarize_late },
    [TRADE_VERDICT_ANSWERED_LATE] = { "answered-late", begin_with_case, trade_summarize_answered_late },
    [TRADE_VERDICT_CLOCKS_DIFFER] = { "clocks-differ", begin_with_clocks, trade_summarize_clocks },
    [TRADE_VERDICT_CAPTURE_HOLE] = { "capture-hole", begin_with_case, trade_summarize_hole },
    [TRADE_VERDICT_IDLE] = { "idle", NULL, NULL },
    [TRADE_VERDICT_OK] = { "ok", NULL, NULL }
};
/* clang-format on */

/* A word for where it went wrong, and who may be to blame then. */
static const struct {
    const char *text;
    unsigned suspects;
} places[] = {
    [TRADE_WHERE_NOWHERE] = { "-", 0 },
    [TRADE_WHERE_MODULE] = { "module", TRADE_SUSPECT_MODULE },
    [TRADE_WHERE_MULTIPLEXER] = { "multiplexer", TRADE_SUSPECT_MULTIPLEXER },
    [TRADE_WHERE_NETWORK] = { "network", TRADE_SUSPECT_NETWORK },
    [TRADE_WHERE_NETWORK_OR_MODULE] = { "network-or-module",
                                        TRADE_SUSPECT_NETWORK | TRADE_SUSPECT_MODULE },
    [TRADE_WHERE_NETWORK_OR_MULTIPLEXER] = { "network-or-multiplexer",
                                             TRADE_SUSPECT_NETWORK | TRADE_SUSPECT_MULTIPLEXER },
    [TRADE_WHERE_CANNOT_TELL] = { "cannot-tell", TRADE_SUSPECT_MODULE | TRADE_SUSPECT_NETWORK |
                                                     TRADE_SUSPECT_MULTIPLEXER }
};

const char *trade_verdict_get_word(trade_verdict_t verdict)
{
    return words[verdict].text;
}

const char *trade_where_get_word(trade_where_t where)
{
    return places[where].text;
}

unsigned trade_where_get_suspects(trade_where_t where)
{
    return places[where].suspects;
}

trade_where_t trade_where_find(unsigned suspects)
{
    trade_where_t where = TRADE_WHERE_NOWHERE;

    while (where < TRADE_WHERE_CANNOT_TELL && places[where].suspects != suspects)
        where++;
    return where;
}

trade_beginning_t trade_finding_get_beginning(const trade_finding_t *finding)
{
    const word_t *word = &words[finding->verdict];

    return word->begin ? word->begin(&finding->facts) : (trade_beginning_t){ 0, 0 };
}

void trade_finding_summarize(const trade_finding_t *finding, const trade_naming_t *naming,
                             char *text, size_t size)
{
    trade_writer_t writer = { .text = text, .size = size, .naming = naming };

    text[0] = '\0';
    if (words[finding->verdict].summarize)
        words[finding->verdict].summarize(&writer, &finding->facts);
}

void trade_finding_explain(const trade_finding_t *finding, const trade_naming_t *naming, char *text,
                           size_t size)
{
    trade_writer_t writer = { .text = text, .size = size, .naming = naming };

    text[0] = '\0';
    trade_rules_explain(&writer, finding);
}

/* Adds a frame to frames in order, if there is room. 0: none. Returns how many these are then. */
static unsigned add_frame(uint32_t frames[TRADE_FRAMES_MAX], unsigned count, uint32_t frame)
{
    unsigned place = 0;

    while (place < count && frames[place] < frame)
        place++;
    if (frame == 0 || count == TRADE_FRAMES_MAX || (place < count && frames[place] == frame))
        return count;
    memmove(frames + place + 1, frames + place, (count - place) * sizeof frames[0]);
    frames[place] = frame;
    return count + 1;
}

static void put_no_time(trade_time_t when, char *text, size_t size)
{
    (void)when;
    if (size > 0)
        text[0] = '\0';
}

unsigned trade_finding_list_frames(const trade_finding_t *finding,
                                   uint32_t frames[TRADE_FRAMES_MAX])
{
    const trade_naming_t naming = { .side = { "", "" }, .format_time = put_no_time };
    char text[1];
    trade_writer_t writer = { .text = text, .size = sizeof text, .naming = &naming };

    trade_rules_explain(&writer, finding);
    writer.frame_count =
        add_frame(writer.frames, writer.frame_count, trade_finding_get_beginning(finding).frame);
    memcpy(frames, writer.frames, sizeof writer.frames);
    return writer.frame_count;
}
