/* survey.c
 * The incidents of a capture. See analysis/health/survey.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/dissectors/packet-tcp.h>

#include "analysis/health/survey.h"
#include "analysis/health/together.h"

/* trade_trouble_t.number of a connection's worst; one less than the others', which are numbered as
 * trade_watch_get_incident() has them. */
enum { NUMBER_WORST = 0 };

/* What the incidents are made of. */
typedef struct survey {
    wmem_allocator_t *memory; /* of all that is below; NULL: it was never made */
    trade_causes_t causes;
    const trade_watch_t **watches; /* of each subject */
    wmem_map_t *hosts;             /* number of each, from 1 on, by address */
    wmem_map_t *numbers;           /* see trade_survey_get_number(); by watch */
    wmem_map_t *outages;           /* number of each, from 1 on, by its id */
    wmem_map_t *bursts;            /* of outages in which a host ended connections; by number */
} survey_t;

static survey_t survey;

static void *allocate(size_t size)
{
    return wmem_alloc0(survey.memory, size);
}

/* Returns the number of a host. */
static uint32_t get_host(const address *addr)
{
    uint32_t number = GPOINTER_TO_UINT(wmem_map_lookup(survey.hosts, addr));

    if (number == 0) {
        number = ++survey.causes.host_count;
        wmem_map_insert(survey.hosts, addr, GUINT_TO_POINTER(number));
    }
    return number - 1;
}

/* Adds a connection. */
static void add_subject(const trade_watch_t *watch)
{
    const trade_evidence_t *evidence = &watch->health->evidence;
    const unsigned module = trade_watch_get_module(watch);
    const bool is_over = evidence->ending != TRADE_ENDING_NONE;

    survey.watches[survey.causes.subject_count] = watch;
    survey.causes.subjects[survey.causes.subject_count++] = (trade_subject_t){
        .module = get_host(&watch->ends[module].addr),
        .multiplexer = get_host(&watch->ends[!module].addr),
        .open = { evidence->first, is_over ? evidence->ended : trade_watch_get_now() },
        .is_judged =
            evidence->sides[0].pings + evidence->sides[1].pings >= 2 && watch->health->dropped == 0
    };
}

/* Finds the outage of a side's host that something found of a connection is of. */
static trade_outage_t find_side_outage(const trade_watch_t *watch, const trade_finding_t *finding,
                                       trade_time_t since, unsigned side)
{
    const trade_facts_t *facts = &finding->facts;
    const bool is_attempt = facts->kind == TRADE_CASE_ATTEMPT;
    const trade_symptom_t symptom = { since, facts->interval, is_attempt };
    const trade_host_t *host = is_attempt && side != facts->asking
                                   ? facts->attempts->server
                                   : watch->health->evidence.sides[side].host;
    const unsigned suspect =
        side == trade_watch_get_module(watch) ? TRADE_SUSPECT_MODULE : TRADE_SUSPECT_MULTIPLEXER;

    if (!host || !(trade_where_get_suspects(finding->where) & suspect))
        return (trade_outage_t){ NULL, NULL };
    return trade_together_find_outage(host, &symptom, trade_watch_get_now());
}

/* Finds the outage of a host that something found of a connection is of. Of two, it is not known
 * which. RSTs of somebody else that ended connections in one second are of one outage, too. */
static trade_outage_t find_outage(const trade_watch_t *watch, const trade_finding_t *finding,
                                  trade_time_t since)
{
    const trade_burst_t *burst = trade_together_find(&watch->health->evidence);

    if (since == 0 || finding->verdict >= TRADE_VERDICT_CLOCKS_DIFFER)
        return (trade_outage_t){ NULL, NULL };
    if (finding->verdict == TRADE_VERDICT_RESET_FOREIGN && burst &&
        (!burst->is_answering || finding->where == TRADE_WHERE_CANNOT_TELL))
        return (trade_outage_t){ burst, burst };
    const trade_outage_t one = find_side_outage(watch, finding, since, 0);
    const trade_outage_t other = find_side_outage(watch, finding, since, 1);
    if (one.id && other.id)
        return (trade_outage_t){ NULL, NULL };
    return one.id ? one : other;
}

/* Returns the number of an outage; 0: there is none. */
static uint32_t get_outage(const trade_outage_t *outage)
{
    uint32_t number;

    if (!outage->id)
        return 0;
    number = GPOINTER_TO_UINT(wmem_map_lookup(survey.outages, outage->id));
    if (number != 0)
        return number;
    number = wmem_map_size(survey.outages) + 1;
    wmem_map_insert(survey.outages, outage->id, GUINT_TO_POINTER(number));
    if (outage->burst)
        wmem_map_insert(survey.bursts, GUINT_TO_POINTER(number), (void *)outage->burst);
    return number;
}

/* Adds what was found of the newest connection. */
static void add_trouble(const trade_watch_t *watch, const trade_finding_t *finding, uint32_t number)
{
    const trade_facts_t *facts = &finding->facts;
    const trade_beginning_t beginning = trade_finding_get_beginning(finding);
    /* What a capture lacks, and clocks, have no time; an RST, or another end, has no length. */
    const bool is_lasting =
        facts->kind == TRADE_CASE_ATTEMPT
            ? facts->run->answered == 0
            : facts->span.end != 0 && facts->end_frame == 0 && facts->kind != TRADE_CASE_RESET &&
                  facts->kind != TRADE_CASE_END && facts->kind != TRADE_CASE_BLIND;

    const trade_outage_t outage = find_outage(watch, finding, beginning.when);

    survey.causes.troubles[survey.causes.trouble_count++] = (trade_trouble_t){
        .subject = survey.causes.subject_count - 1,
        .number = number,
        .verdict = finding->verdict,
        .where = finding->where,
        .span = { beginning.when, beginning.when == 0 ? 0 : MAX(beginning.when, facts->span.end) },
        .interval = facts->interval,
        .frame = beginning.frame,
        .is_lasting = is_lasting && beginning.when != 0,
        .outage = get_outage(&outage),
        .is_of_host =
            (finding->where == TRADE_WHERE_MODULE || finding->where == TRADE_WHERE_MULTIPLEXER) &&
            (!facts->is_program || facts->host_silent[facts->suspect] > 0),
        .is_answer = finding->verdict == TRADE_VERDICT_RESET_FOREIGN && facts->reset.is_answer,
        .attempts = facts->kind == TRADE_CASE_ATTEMPT ? facts->run->count : 0
    };
}

/* Adds what was found of a connection. */
static void add_watch(const trade_watch_t *watch)
{
    const trade_evidence_t *evidence = &watch->health->evidence;
    trade_judgement_t judgement;

    add_subject(watch);
    trade_watch_conclude(watch, &judgement);
    if (judgement.worst.verdict >= TRADE_VERDICT_IDLE)
        return;
    add_trouble(watch, &judgement.worst, NUMBER_WORST);
    for (unsigned i = 0; i < watch->health->incident_count && evidence->mixed_frame == 0; i++) {
        const trade_finding_t finding = trade_watch_get_incident(watch, i);
        if (!trade_findings_are_one(&finding, &judgement.worst))
            add_trouble(watch, &finding, NUMBER_WORST + 1 + i);
    }
}

/* Makes room for all connections, and forgets what was there. */
static void begin(uint32_t streams)
{
    if (!survey.memory)
        survey.memory = wmem_allocator_new(WMEM_ALLOCATOR_BLOCK);
    wmem_free_all(survey.memory);
    memset(&survey.causes, 0, sizeof survey.causes);
    survey.hosts = wmem_map_new(survey.memory, trade_address_hash, trade_address_equal);
    survey.numbers = wmem_map_new(survey.memory, g_direct_hash, g_direct_equal);
    survey.outages = wmem_map_new(survey.memory, g_direct_hash, g_direct_equal);
    survey.bursts = wmem_map_new(survey.memory, g_direct_hash, g_direct_equal);
    survey.watches = wmem_alloc0_array(survey.memory, const trade_watch_t *, streams);
    survey.causes.subjects = (trade_subject_t *)allocate(streams * sizeof *survey.causes.subjects);
}

/* Returns how many connections there are. troubles: set to how many findings there may be. */
static uint32_t count_watches(uint32_t streams, uint32_t *troubles)
{
    uint32_t count = 0;

    for (uint32_t stream = 0; stream < streams; stream++) {
        const trade_watch_t *watch = trade_watch_find(stream, UINT32_MAX);
        count += watch != NULL;
        *troubles += watch ? 1 + watch->health->incident_count : 0;
    }
    return count;
}

void trade_survey_make(void)
{
    const uint32_t streams = get_tcp_stream_count();
    uint32_t troubles = 0;

    begin(count_watches(streams, &troubles));
    survey.causes.troubles = (trade_trouble_t *)allocate(troubles * sizeof *survey.causes.troubles);
    for (uint32_t stream = 0; stream < streams; stream++) {
        const trade_watch_t *watch = trade_watch_find(stream, UINT32_MAX);
        if (watch)
            add_watch(watch);
    }
    trade_causes_find(&survey.causes, allocate);
    for (uint32_t i = 0; i < survey.causes.trouble_count; i++) {
        const trade_trouble_t *trouble = &survey.causes.troubles[i];
        if (trouble->number == NUMBER_WORST)
            wmem_map_insert(survey.numbers, survey.watches[trouble->subject],
                            GUINT_TO_POINTER(trouble->cause + 1));
    }
}

const trade_causes_t *trade_survey_get_causes(void)
{
    return &survey.causes;
}

uint32_t trade_survey_get_number(const trade_watch_t *watch)
{
    return GPOINTER_TO_UINT(wmem_map_lookup(survey.numbers, watch));
}

const trade_watch_t *trade_survey_get_watch(const trade_trouble_t *trouble)
{
    return survey.watches[trouble->subject];
}

trade_finding_t trade_survey_get_finding(const trade_trouble_t *trouble)
{
    const trade_watch_t *watch = trade_survey_get_watch(trouble);
    trade_judgement_t judgement;

    if (trouble->number != NUMBER_WORST)
        return trade_watch_get_incident(watch, trouble->number - 1 - NUMBER_WORST);
    trade_watch_conclude(watch, &judgement);
    return judgement.worst;
}

const trade_burst_t *trade_survey_get_burst(const trade_cause_t *cause)
{
    return (const trade_burst_t *)wmem_map_lookup(survey.bursts, GUINT_TO_POINTER(cause->outage));
}

/* Called when the memory of a capture file is freed, and before the program ends. */
static void forget(void)
{
    if (survey.memory)
        wmem_destroy_allocator(survey.memory);
    memset(&survey, 0, sizeof survey);
}

void trade_survey_register(void)
{
    /* What comes before needs the incidents of a file while it is closed. */
    register_init_routine(forget);
    register_shutdown_routine(forget);
}
