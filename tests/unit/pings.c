/* pings.c
 * Bounds of what is said of Pings: when a clock was set, which report is about which Ping, and
 * which Ping a Pong answers.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include <epan/wmem_scopes.h>

/* There is no capture file here. */
static wmem_allocator_t *pool;
#define wmem_file_scope() pool

#include "analysis/pings/clock.c"
#include "analysis/pings/outstanding.c"
#include "analysis/pings/reports.c"

enum { RECORDS = OUTSTANDING_MAX + 1 };

static trade_record_t records[RECORDS];
static uint32_t record_count;
static unsigned failed;

trade_record_t *trade_records_get(uint32_t number)
{
    return &records[number];
}

uint32_t trade_records_get_count(void)
{
    return record_count;
}

static void check(const char *what, bool holds)
{
    if (!holds) {
        printf("%s\n", what);
        failed++;
    }
}

/* ---- Clocks ---- */

/* clang-format off */
static const struct {
    const char *what;
    struct {
        int64_t when; /* ms */
        int64_t offset; /* us */
    } samples[5]; /* the first, and those after it that are not at 0 */
    int64_t delay; /* of the last */
    bool is_step;
} clocks[] = {
    { "1 s more is a delay", { { 0, 0 }, { 10000, 1000000 }, { 20000, 1000000 }, { 30000, 1000000 } }, 1000000, false },
    { "more than that, three times, is a step", { { 0, 0 }, { 10000, 1000001 }, { 20000, 1000001 }, { 30000, 1000001 } }, 0, true },
    { "they agree", { { 0, 0 }, { 10000, 2000000 }, { 20000, 2250000 }, { 30000, 2000000 } }, 0, true },
    { "one is too much above", { { 0, 0 }, { 10000, 2000000 }, { 20000, 2250001 }, { 30000, 2000000 } }, 2000000, false },
    { "they are 5 s apart", { { 0, 0 }, { 10000, 2000000 }, { 15000, 2000000 }, { 20000, 2000000 } }, 0, true },
    { "they are less apart", { { 0, 0 }, { 10000, 2000000 }, { 14999, 2000000 }, { 19999, 2000000 } }, 2000000, false },
    { "one between them is as expected", { { 0, 0 }, { 10000, 2000000 }, { 20000, 2000000 }, { 30000, 0 }, { 40000, 2000000 } }, 2000000, false },
    { "1 s less is the least of them", { { 0, 0 }, { 10000, -1000000 }, { 20000, 0 } }, 1000000, false },
    { "the least is not late", { { 0, 0 }, { 10000, -1000000 } }, 0, false },
    { "less than that is a clock that was set", { { 0, 0 }, { 10000, -1000001 }, { 20000, -1 } }, 1000000, false },
    { "10 minutes more is a delay", { { 0, 0 }, { 10000, 600000000 } }, 600000000, false },
    { "more than that is a clock that was set", { { 0, 0 }, { 10000, 600000001 } }, 0, false },
    { "before five minutes are over", { { 0, 0 }, { 100000, -500000 }, { 299999, -500000 } }, 0, false },
    { "then it drifts, but not so fast", { { 0, 0 }, { 100000, -500000 }, { 300000, -500000 } }, 40000, false },
    { "nor so fast upwards", { { 0, 0 }, { 100000, 500000 }, { 300000, 500000 } }, 440000, false },
    { "a drift shows in 75 s", { { 0, 0 }, { 75000, -500000 }, { 300000, -500000 } }, 45000, false },
    { "and not in less", { { 0, 0 }, { 74999, -500000 }, { 300000, -500000 } }, 0, false },
    { "all of those few waited", { { 0, 0 }, { 10000, 5000 }, { 300000, 5000 } }, 5000, false },
};
/* clang-format on */

static void check_clock(unsigned row)
{
    trade_clock_t clock = { .is_known = false };
    trade_clock_step_t step;
    int64_t delay = 0;
    bool is_step = false;

    for (unsigned i = 0; i < 5 && (i == 0 || clocks[row].samples[i].when > 0); i++) {
        const trade_clock_sample_t sample = { .when = clocks[row].samples[i].when * 1000000,
                                              .offset = clocks[row].samples[i].offset };
        is_step = trade_clock_add(&clock, &sample, &delay, &step);
    }
    check(clocks[row].what, delay == clocks[row].delay && is_step == clocks[row].is_step);
}

/* Returns whether a clock that is so many microseconds from the capture's is a wall clock. */
static bool is_wall_clock(int64_t offset)
{
    const trade_pdu_t pdu = { .has_clock = true, .clock = (uint64_t)(CLOCK_TO_UNIX_US - offset) };
    int64_t found = 0;

    return get_clock_offset(&pdu, 0, &found) && found == offset;
}

static void check_wall_clocks(void)
{
    const trade_pdu_t unset = { .has_clock = true, .clock = UINT64_C(1) << 63 };
    int64_t offset = 0;

    check("48 hours from it", !is_wall_clock(INT64_C(172800000000)));
    check("less than 48 hours", is_wall_clock(INT64_C(172799999999)));
    check("48 hours ahead of it", !is_wall_clock(-INT64_C(172800000000)));
    check("less than 48 hours ahead", is_wall_clock(-INT64_C(172799999999)));
    check("a clock that no time has", !get_clock_offset(&unset, 0, &offset));
}

/* ---- Reports ---- */

/* Returns whether a report of so many microseconds, for which Pongs count from a time on, is about
 * a Pong that came at 1000 ns, 5 ms after its Ping; asks twice if is_again. */
static bool is_about(uint64_t rtt, trade_time_t since, int64_t response_time, bool is_again)
{
    trade_stream_t stream = { .module_direction = 0 };
    const trade_delivery_t delivery = { .stream = &stream, .direction = 0 };
    const trade_delivery_t other = { .stream = &stream, .direction = 1 };
    const trade_record_t pong = { .frame = 7, .request_frame = 6, .response_time = response_time };
    const trade_record_t others = { .frame = 9, .request_frame = 8 };
    trade_reports_t reports = { .pong = NULL };
    trade_record_t report = { .frame = 10 };

    trade_reports_add_pong(&reports, &delivery, &pong, 1000);
    trade_reports_add_pong(&reports, &other, &others, 1000);
    if (is_again)
        trade_reports_link(&reports, &report, rtt, since);
    report = (trade_record_t){ .frame = 10 };
    trade_reports_link(&reports, &report, rtt, since);
    return report.ping_frame == 6 && report.pong_frame == 7 && report.wire_time == response_time;
}

static void check_reports(void)
{
    check("a report is about the module's Pong", is_about(5000, 1000, 5000000, false));
    check("once", !is_about(5000, 1000, 5000000, true));
    check("of a Pong that is too old", !is_about(5000, 1001, 5000000, false));
    check("that took 1 ms more", is_about(5000, 1000, 6000000, false));
    check("that took longer than it says", !is_about(5000, 1000, 6000001, false));
    check("of a time that cannot be", !is_about(INT64_MAX / 1000 + 1, 1000, 5000000, false));
}

/* ---- Which Ping a Pong answers ---- */

#define MS(time) ((time)*INT64_C(1000000))

/* clang-format off */
static const struct {
    const char *what;
    int64_t sent[3];   /* when Pings without a clock were sent, in ms; -1: there is no other */
    bool is_lost[3];   /* their answers may be missing */
    int64_t now;       /* of the Pong */
    int answered;      /* index of the Ping; -1: none */
} pongs[] = {
    { "the oldest", { 0, 1000, -1 }, { false, false }, 2000, 0 },
    { "the newest, where the oldest waited half an interval", { 0, 13500, -1 }, { false, false }, 15000, 1 },
    { "the oldest, which waited less", { 0, 13600, -1 }, { false, false }, 14999, 0 },
    { "the oldest, where the newest waited a tenth", { 0, 13499, -1 }, { false, false }, 15000, 0 },
    { "the newest, whose answer may be missing", { 0, 13500, -1 }, { false, true }, 15000, 1 },
    { "the oldest, where the newest's answer may be missing", { 0, 1000, -1 }, { false, true }, 2000, 0 },
    { "the second, as the answer of the first may be missing", { 0, 1000, -1 }, { true, false }, 2000, 1 },
    { "the newest of all", { 0, 100, 13500 }, { false, true, false }, 15000, 2 },
    { "a fresh one", { 0, -1, -1 }, { true, false }, 4999, 0 },
    { "none, as it is not fresh", { 0, -1, -1 }, { true, false }, 5000, -1 },
    { "the fresh one of two", { 0, 3000, -1 }, { true, true }, 5000, 1 },
    { "the first of two fresh ones", { 0, 3000, -1 }, { true, true }, 4999, 0 },
};
/* clang-format on */

static void check_pong(unsigned row)
{
    const trade_pdu_t pdu = { .has_clock = false };
    trade_outstanding_t outstanding = { .count = 0 };
    trade_request_t *requests[3] = { NULL, NULL, NULL };

    record_count = 0;
    for (unsigned i = 0; i < 3 && pongs[row].sent[i] >= 0; i++) {
        records[record_count++] = (trade_record_t){ .frame = i + 1 };
        trade_outstanding_add(&outstanding, &pdu, MS(pongs[row].sent[i]));
        requests[i] = outstanding.all.newest;
    }
    for (unsigned i = 0; i < 3; i++) {
        if (pongs[row].is_lost[i])
            trade_outstanding_lose_answer(&outstanding, requests[i]);
    }
    const trade_request_t *found =
        trade_outstanding_find(&outstanding, &pdu, MS(pongs[row].now), 30 * TRADE_SECOND);
    check(pongs[row].what,
          found == (pongs[row].answered < 0 ? NULL : requests[pongs[row].answered]));
}

/* Fills a list with one Ping more than it has room for. */
static void check_most(void)
{
    const trade_pdu_t pdu = { .has_clock = false };
    trade_outstanding_t outstanding = { .count = 0 };

    for (record_count = 0; record_count < RECORDS;) {
        records[record_count] = (trade_record_t){ .frame = record_count + 1 };
        record_count++;
        trade_outstanding_add(&outstanding, &pdu, 0);
        check("none is forgotten before", record_count == RECORDS || !records[0].is_answer_lost);
    }
    check("the oldest of too many is forgotten", records[0].is_answer_lost &&
                                                     !records[1].is_answer_lost &&
                                                     outstanding.count == OUTSTANDING_MAX);
}

/* Pings of 0, 1 and 2 s, of which bytes after 1 s, and those that wait since 1 s, matter. */
static void check_times(void)
{
    const trade_pdu_t pdu = { .has_clock = true, .clock = 77 };
    trade_outstanding_t outstanding = { .count = 0 };

    for (record_count = 0; record_count < 3;) {
        records[record_count] = (trade_record_t){ .frame = record_count + 1 };
        record_count++;
        trade_outstanding_add(&outstanding, &pdu, (record_count - 1) * TRADE_SECOND);
    }
    trade_outstanding_lose_answers(&outstanding, TRADE_SECOND);
    check("answers may be missing from then on",
          !records[0].is_answer_lost && records[1].is_answer_lost && records[2].is_answer_lost);
    check("of two that wait so long, the first",
          trade_outstanding_take_overdue(&outstanding, TRADE_SECOND) == &records[0]);
    check("then the second",
          trade_outstanding_take_overdue(&outstanding, TRADE_SECOND) == &records[1]);
    check("no third", !trade_outstanding_take_overdue(&outstanding, TRADE_SECOND));
    trade_request_t *oldest = trade_outstanding_find(&outstanding, &pdu, 0, TRADE_SECOND);
    check("of those with the same clock, the oldest", oldest && oldest->record == 0);
}

int main(void)
{
    wmem_init();
    pool = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    trade_outstanding_init();
    for (unsigned i = 0; i < sizeof clocks / sizeof clocks[0]; i++)
        check_clock(i);
    check_wall_clocks();
    check_reports();
    for (unsigned i = 0; i < sizeof pongs / sizeof pongs[0]; i++)
        check_pong(i);
    check_most();
    check_times();
    wmem_destroy_allocator(pool);
    wmem_cleanup();
    return failed > 0;
}
