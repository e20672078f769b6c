/* live.c
 * -z trade,live,SECONDS: draws the other statistics of the run again each time that so many
 * seconds of the capture have passed, not only at its end. For programs that watch a capture as
 * it grows, with -z trade,rows,FILE.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <wsutil/report_message.h>
#include <wsutil/strtoi.h>

#include "analysis/pings/pings.h"
#include "stream/stream.h"
#include "ui/stats.h"
#include "wire/compat.h"

#define NAME "trade,live"

/* How often to draw, in ns; 0: at the end only. */
static trade_time_t period;

/* When it was last drawn, by the capture's time. */
static trade_time_t drawn;

bool trade_live_is_on(void)
{
    return period != 0;
}

static void reset_live(void *data _U_)
{
    drawn = 0;
}

/* A time that is far from the last one, back or ahead, draws as well. */
/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_live(void *data _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                  const void *tapped _U_, tap_flags_t flags _U_)
{
    const trade_time_t now = trade_get_time(pinfo);

    if (drawn != 0 && now >= drawn && now - drawn < period)
        return TAP_PACKET_DONT_REDRAW;
    drawn = now;
    draw_tap_listeners(true);
    return TAP_PACKET_DONT_REDRAW;
}

/* Reads the seconds behind "trade,live,". Returns whether they can be had. */
static bool begin_live(const char *argument)
{
    const char *text = argument + strlen(NAME);
    uint32_t seconds = 0;
    GString *error = NULL;

    if (*text != ',' || !ws_strtou32(text + 1, NULL, &seconds) || seconds == 0) {
        report_failure("-z trade,live,SECONDS takes a number of seconds from 1 on.");
        return false;
    }
    period = seconds * TRADE_SECOND;
    error = register_tap_listener("frame", &period, NULL, TL_REQUIRES_NOTHING, reset_live, tap_live,
                                  NULL, NULL);
    if (error)
        g_string_free(error, TRUE);
    return !error;
}

/* Answers -z trade,live,SECONDS. */
static trade_answer_t answer_option(const char *argument, void *data _U_)
{
    TRADE_ANSWER(begin_live(argument));
}

void trade_live_register(void)
{
    static stat_tap_ui ui = { .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
                              .title = "TRADE Live",
                              .cli_string = NAME,
                              .tap_init_cb = answer_option };

    register_stat_tap_ui(&ui, NULL);
}
