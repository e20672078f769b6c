/* reports.c
 * What the clocks in PDUs show, and what the Multiplexer reports. See analysis/pings/reports.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/pings/clock.h"
#include "analysis/pings/reports.h"

#define CLOCK_TO_UNIX_US (TRADE_CLOCK_TO_UNIX * 1000000)
/* A clock that is further than this from the time of capture is no wall clock:
 * zones are 14 hours from UTC at most. */
#define CLOCK_OFFSET_MAX_US (INT64_C(48) * 3600 * 1000000)
/* The capture's times are this exact, at worst. */
#define CAPTURE_ERROR_NS INT64_C(1000000)

static trade_step_t last_step; /* of all clocks */

/* Sets the difference between capture time and the PDU's clock, in microseconds. Returns false if
 * the PDU has no clock, or one that was never set. */
static bool get_clock_offset(const trade_pdu_t *pdu, trade_time_t now, int64_t *offset)
{
    if (!pdu->has_clock || pdu->clock > INT64_MAX / 2)
        return false;
    *offset = now / 1000 - ((int64_t)pdu->clock - CLOCK_TO_UNIX_US);
    return *offset < CLOCK_OFFSET_MAX_US && -CLOCK_OFFSET_MAX_US < *offset;
}

/* Notes that a clock was set, and takes back what was said of the PDUs that showed it. */
static void note_step(const trade_clock_step_t *step)
{
    for (unsigned i = 0; i + 1 < TRADE_CLOCK_JUMPS; i++)
        trade_records_get(step->jumps[i].record)->send_delay = step->delays[i];
    if (step->amount <= 0)
        return;
    last_step = (trade_step_t){ .number = last_step.number + 1,
                                .span = step->span,
                                .amount = step->amount,
                                .frame = trade_records_get(step->jumps[0].record)->frame };
}

void trade_reports_set_send_delay(trade_reports_t *reports, const trade_delivery_t *delivery,
                                  const trade_pdu_t *pdu, trade_time_t now)
{
    const uint32_t number = trade_records_get_count() - 1;
    trade_record_t *record = trade_records_get(number);
    trade_clock_sample_t sample = { .when = now, .record = number };
    struct trade_clock **clock = &reports->clocks[delivery->direction];
    trade_clock_step_t step;

    if (!get_clock_offset(pdu, now, &sample.offset))
        return;
    if (!*clock)
        *clock = wmem_new0(wmem_file_scope(), trade_clock_t);
    if (trade_clock_add(*clock, &sample, &record->send_delay, &step))
        note_step(&step);
    record->has_send_delay = true;
}

void trade_reports_add_pong(trade_reports_t *reports, const trade_delivery_t *delivery,
                            const trade_record_t *pong, trade_time_t now)
{
    if (!trade_stream_is_from_module(delivery))
        return;
    reports->pong = pong;
    reports->pong_time = now;
}

void trade_reports_link(trade_reports_t *reports, trade_record_t *report, uint64_t rtt,
                        trade_time_t since)
{
    const trade_record_t *pong = reports->pong;

    if (!pong || rtt > INT64_MAX / 1000 ||
        pong->response_time - CAPTURE_ERROR_NS > (int64_t)rtt * 1000 || reports->pong_time < since)
        return;
    report->ping_frame = pong->request_frame;
    report->pong_frame = pong->frame;
    report->wire_time = pong->response_time;
    reports->pong = NULL;
}

const trade_step_t *trade_reports_get_step(void)
{
    return &last_step;
}

void trade_reports_init(void)
{
    last_step = (trade_step_t){ .number = 0 };
}
