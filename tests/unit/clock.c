/* clock.c
 * How late a PDU is said to have been sent, of clocks that drift and that are set.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/pings/clock.c"

#include <stdio.h>

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

int main(void)
{
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
    return failed > 0;
}
