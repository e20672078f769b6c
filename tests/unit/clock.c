/* clock.c
 * How late a PDU is said to have been sent, of clocks that drift, that are set, and that differ
 * between the hosts behind one address.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include <epan/wmem_scopes.h>

/* There is no capture file here. */
#define wmem_file_scope() NULL

#include "analysis/pings/clock.c"
#include "analysis/pings/reports.c"

/* What three hours of a Ping each 30 s come to, of which some wait. */
typedef struct outcome {
    int64_t worst;       /* delay of those that did not wait, in microseconds, */
    int64_t least;       /* and the smallest delay of those that did */
    unsigned late;       /* so many that did not wait are late by more than 100 ms */
    unsigned steps;      /* so many times a clock was set */
    trade_time_t amount; /* how far, the last time */
} outcome_t;

/* Which Pings wait, and for how many microseconds. */
static int64_t wait_none(unsigned n)
{
    (void)n;
    return 0;
}

static int64_t wait_once(unsigned n)
{
    return n == 200 ? 500000 : 0;
}

/* A window is closed for three minutes. */
static int64_t wait_in_a_row(unsigned n)
{
    return n >= 200 && n < 206 ? (206 - (int64_t)n) * 30000000 : 0;
}

/* The sender is stuck for two seconds, and then sends a lot at once. */
static int64_t wait_together(unsigned n)
{
    return n == 200 ? 2000000 : 0;
}

static outcome_t play(double ppm, int64_t set_by, unsigned set_at, int64_t (*wait)(unsigned n))
{
    trade_clock_t clock = { .is_known = false };
    outcome_t outcome = { .least = INT64_MAX };

    for (unsigned n = 0; n < 360; n++) {
        const int64_t waited = wait(n), noise = (n * 7919U) % 300;
        const trade_clock_sample_t sample = { .when = n * 30 * TRADE_SECOND + waited * 1000,
                                              .offset = 7200000000 + (int64_t)(n * 30 * ppm) +
                                                        noise + waited + (n >= set_at ? set_by : 0),
                                              .record = n };
        trade_clock_step_t step = { .amount = 0 };
        int64_t delay = 0;
        if (trade_clock_add(&clock, &sample, &delay, &step)) {
            outcome.steps++;
            outcome.amount = step.amount;
            outcome.late -= 2; /* whose delays are taken back */
        }
        if (waited == 0 && delay > outcome.worst && delay < JUMP_MIN)
            outcome.worst = delay;
        outcome.late += waited == 0 && delay > 100000;
        if (waited > 0 && delay < outcome.least)
            outcome.least = delay;
        /* A sender that is stuck has more than one PDU to send. */
        for (unsigned i = 0; wait == wait_together && waited > 0 && i < 5; i++)
            outcome.steps += trade_clock_add(&clock, &sample, &delay, &step);
    }
    return outcome;
}

static unsigned failed;

static void check(const char *what, bool holds)
{
    if (!holds) {
        printf("%s\n", what);
        failed++;
    }
}

/* ---- Several connections to one Multiplexer ---- */

static trade_record_t records[64];
static uint32_t record_count;

trade_record_t *trade_records_get(uint32_t number)
{
    return &records[number];
}

uint32_t trade_records_get_count(void)
{
    return record_count;
}

/* Two connections to one address, of which each side sends a Ping each 30 s. The Multiplexer's host
 * of the second has a clock that is 6 s behind that of the first; and that of the capture is set by
 * some seconds. Returns how often it is said to have been set, and sets *worst to the largest
 * delay, in microseconds. */
static uint32_t play_servers(int64_t set_by, int64_t *worst)
{
    trade_reports_t reports[2] = { { .pong = NULL } };
    trade_stream_t stream = { .module_direction = 0 };
    trade_multiplexer_t multiplexer = { .end.port = 2107 };
    trade_connection_t connection = { .stream = &stream, .multiplexer = &multiplexer };

    record_count = 0;
    *worst = 0;
    trade_reports_init();
    for (unsigned n = 0; n < 10; n++) {
        for (unsigned i = 0; i < 4; i++) {
            const unsigned host = i / 2;
            const trade_delivery_t delivery = { .stream = &stream,
                                                .connection = &connection,
                                                .direction = (uint8_t)(i % 2) };
            const trade_time_t sent = 1400000000 * TRADE_SECOND + (n * 30 + i * 7) * TRADE_SECOND;
            const int64_t behind = i % 2 == 1 ? host * 6 : 0;
            const trade_pdu_t pdu = { .has_clock = true,
                                      .clock = (uint64_t)(sent / 1000 - behind * 1000000 +
                                                          CLOCK_TO_UNIX_US) };
            records[record_count] = (trade_record_t){ .frame = record_count + 1 };
            record_count++;
            trade_reports_set_send_delay(&reports[host], &delivery, &pdu,
                                         sent + (n >= 5 ? set_by * TRADE_SECOND : 0));
        }
    }
    for (uint32_t i = 0; i < record_count; i++)
        *worst = records[i].send_delay > *worst ? records[i].send_delay : *worst;
    for (unsigned i = 0; i < 4; i++)
        g_free(reports[i / 2].clocks[i % 2]);
    return trade_reports_get_step()->number;
}

int main(void)
{
    int64_t worst = 0;
    outcome_t got = play(0, 0, 999, wait_none);
    check("no drift: nobody is late", got.worst < 1000 && got.late == 0 && got.steps == 0);
    got = play(50, 0, 999, wait_none);
    check("50 ppm: nobody is late", got.worst < 40000 && got.late == 0 && got.steps == 0);
    got = play(-50, 0, 999, wait_none);
    check("-50 ppm: nobody is late", got.worst < 40000 && got.late == 0 && got.steps == 0);
    got = play(50, 0, 999, wait_once);
    check("50 ppm: one is late", got.least > 490000 && got.least < 510000 && got.late == 0);
    got = play(-50, 0, 999, wait_once);
    check("-50 ppm: one is late", got.least > 490000 && got.least < 540000 && got.late == 0);
    got = play(0, 0, 999, wait_in_a_row);
    check("those behind a closed window are late", got.least > 29000000 && got.steps == 0);
    got = play(20, 2000000, 100, wait_none);
    check("a clock is set", got.steps == 1 && got.late == 0 &&
                                got.amount > 1990 * TRADE_SECOND / 1000 &&
                                got.amount < 2010 * TRADE_SECOND / 1000);
    got = play(20, -2000000, 100, wait_none);
    check("a clock is set back", got.steps == 0 && got.late == 0);
    got = play(0, 0, 999, wait_together);
    check("those that wait together are late", got.least >= 2000000 && got.steps == 0);
    check("hosts behind one address have clocks of their own",
          play_servers(0, &worst) == 0 && worst == 0);
    check("each connection's PDUs show that the capture's clock was set",
          play_servers(6, &worst) == 4 && worst == 0 &&
              trade_reports_get_step()->amount == 6 * TRADE_SECOND);
    return failed > 0;
}
