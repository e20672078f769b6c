/* sentences.c
 * What each sentence beside a verdict says, word by word, with what it leaves out.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "tests/unit/health.h"

#define AT(seconds) ((seconds)*TRADE_SECOND)
#define SPAN(from, to)                                                                             \
    {                                                                                              \
        AT(from), AT(to)                                                                           \
    }

/* The module (0) asks from 100 s on, frame 10, to 200 s, frame 30. */
#define GAP_NEAR(end)                                                                              \
    .near = (end), .kind = TRADE_CASE_GAP, .span = SPAN(100, 200), .interval = AT(30),             \
    .frame = 10, .is_own = true
#define GAP GAP_NEAR(-1)
#define WAIT                                                                                       \
    .kind = TRADE_CASE_WAIT, .span = SPAN(100, 200), .interval = AT(30), .frame = 10, .near = -1
#define CLOSED .is_closed = true, .ending = TRADE_ENDING_RST, .end_frame = 30
#define BLOCK                                                                                      \
    {                                                                                              \
        .span = SPAN(110, 190), .sum = AT(80), .frame = 12, .times = 1, .shown = AT(150),          \
        .is_zero = true                                                                            \
    }
#define SENDING                                                                                    \
    {                                                                                              \
        .span = { AT(105), 0 }, .last = AT(109), .heard = AT(104), .frame = 11, .last_frame = 14,  \
        .times = 3                                                                                 \
    }

/* clang-format off */
static const struct {
    void (*explain)(trade_writer_t *writer, const trade_facts_t *facts);
    trade_facts_t facts;
    const char *text;
} rows[] = {
    { trade_explain_blocked, { GAP, CLOSED, .block = BLOCK },
      "the module sent a Ping at 100.000; the next was due at 130.000 and could not leave: "
      "the Multiplexer did not read, its TCP window was 0 from 110.000 on (frame 12), for "
      "80.000 s. No Ping left for 100.000 s, until the module reset the connection at "
      "200.000 (frame 30). Filter: tcp.stream == 7 && frame.number >= 10 && frame.number <= "
      "30" },
    { trade_explain_blocked, { GAP, .end_frame = 30, .is_both = true,
        .block = { .span = SPAN(110, 190), .sum = AT(60), .frame = 12, .times = 2, .window = 9 } },
      "the module sent a Ping at 100.000; the next was due at 130.000 and could not leave: "
      "the Multiplexer did not read, its TCP window was full, or too small for a Ping (9 "
      "bytes) from 110.000 on (frame 12), for 60.000 s in 2 periods within 80.000 s; so was "
      "that of the module: each waits for the other to read. No Ping left for 100.000 s, "
      "until one did at 200.000 (frame 30). Filter: tcp.stream == 7 && frame.number >= 10 && "
      "frame.number <= 30" },
    { trade_explain_blocked, { WAIT, .is_gone = true, .block = BLOCK },
      "the module had no Pong for its Ping of 100.000 (frame 10), and none could leave: the "
      "module closed its TCP window, which was 0 from 110.000 on (frame 12), for 80.000 s; "
      "while it was closed, nothing of it reached this capture point after 150.000: its host "
      "may have paused or gone, or what it sent was lost. No Pong came for 100.000 s, until "
      "the end of the capture. Filter: tcp.stream == 7 && frame.number >= 10" },
    { trade_explain_blocked, { .kind = TRADE_CASE_GAP, .span = SPAN(100, 200), .near = -1, .block = BLOCK },
      "No Ping of the module was seen, and none could leave: the Multiplexer did not read, "
      "its TCP window was 0 from 110.000 on (frame 12), for 80.000 s. No Ping left for "
      "100.000 s, until the end of the capture. Filter: tcp.stream == 7 && frame.number >= 12" },
    { trade_explain_nobody, { GAP_NEAR(1), CLOSED,
        .block = { .span = SPAN(110, 190), .frame = 12, .probes = 4, .probe_frame = 20 } },
      "the Multiplexer closed its TCP window at 110.000 (frame 12) and was not heard again: it "
      "answered none of the 4 zero-window probes of the module, the last in frame 20. They, or "
      "the answers, were lost in the network, or its host is gone. No Ping left for 100.000 s, "
      "until the module reset the connection at 200.000 (frame 30). By the handshake, the "
      "capture point is near the Multiplexer. Filter: tcp.stream == 7 && frame.number >= 12 && "
      "frame.number <= 30" },
    { trade_explain_nobody, { WAIT, .block = { .span = SPAN(110, 190), .frame = 12, .probes = 4, .probe_frame = 20 } },
      "the module closed its TCP window at 110.000 (frame 12) and was not heard again: it "
      "answered none of the 4 zero-window probes of the Multiplexer, the last in frame 20. "
      "They, or the answers, were lost in the network, or its host is gone. No Pong came for "
      "100.000 s, until the end of the capture. Filter: tcp.stream == 7 && frame.number >= 12" },
    { trade_explain_not_delivered, { GAP_NEAR(0), CLOSED, .sending = SENDING },
      "the module sent its bytes of 105.000 (frame 11) 3 times in 4.000 s, and the Multiplexer "
      "acknowledged none of them: from 104.000 on, nothing from the Multiplexer reached this "
      "capture point, not even an acknowledgement. They were lost in the network, or what it "
      "sent was, or its host is gone: whether it sent Pings is not known. No other Ping of the "
      "module came for 100.000 s, until the module reset the connection at 200.000 (frame 30). "
      "By the handshake, the capture point is near the module. Filter: frame.number in {10, "
      "11, 14, 30}" },
    { trade_explain_not_delivered, { WAIT, .duplicate_acks = 2, .sacks = 1,
        .sending = { .span = SPAN(100, 150), .last = AT(109), .heard = AT(108), .frame = 10, .last_frame = 14, .acked_frame = 25, .times = 3, .alive = 2, .is_ping = true } },
      "the module sent its Ping of 100.000 (frame 10) 3 times in 9.000 s, and the Multiplexer "
      "did not acknowledge them until 150.000 (frame 25): they, or the acknowledgements, were "
      "lost in the network: the Multiplexer was heard meanwhile, and had not received them. No "
      "Pong for the Ping of the module came for 100.000 s, until the end of the capture. the "
      "Multiplexer sent 2 duplicate and 1 selective acknowledgements. Filter: frame.number in "
      "{10, 14, 25}" },
    { trade_explain_not_delivered, { WAIT, .sender = 1,
        .sending = { .span = SPAN(105, 190), .last = AT(109), .heard = AT(189), .silence = SPAN(110, 188), .frame = 11, .last_frame = 14, .acked_frame = 25, .times = 3 } },
      "the Multiplexer sent its bytes of 105.000 (frame 11) 3 times in 4.000 s, and the module "
      "did not acknowledge them until 190.000 (frame 25): between 110.000 and 188.000, nothing "
      "from the module reached this capture point, not even an acknowledgement. They were lost "
      "in the network, or what it sent was, or its host paused: whether it sent Pings is not "
      "known. No Pong for the Ping of the module came for 100.000 s, until the end of the "
      "capture. Filter: frame.number in {10, 11, 14, 25}" },
    { trade_explain_silence, { GAP, .is_steady = true, .is_offered = true, .is_idle = true, .idle = AT(170) },
      "the module sends a Ping every 30.000 s, but none between 100.000 (frame 10) and "
      "200.000 (100.000 s); the window of the other side was open and the capture is whole: "
      "none reached this capture point, and no retransmitted bytes waited for an "
      "acknowledgement; the module was heard meanwhile: it acknowledged what was sent at "
      "170.000, and had sent nothing more; no Ping came until the end of the capture. "
      "Filter: tcp.stream == 7 && frame.number >= 10" },
    { trade_explain_silence, { GAP, .end_frame = 30, .is_quiet = true, .again = SENDING },
      "the module sends a Ping every 30.000 s, but none between 100.000 (frame 10) and "
      "200.000 (100.000 s); none reached this capture point, nor did the other side show "
      "that it could take one; bytes of frame 11, sent 3 times, waited for an "
      "acknowledgement meanwhile; nothing of either side was seen for more than an interval; "
      "it may keep to a longer interval by now; it was sent late, at 200.000 (frame 30). "
      "Filter: tcp.stream == 7 && frame.number >= 10 && frame.number <= 30" },
    { trade_explain_silence, { .kind = TRADE_CASE_GAP, .span = SPAN(100, 200), .interval = AT(30), .frame = 10, .near = -1, CLOSED },
      "the module sends a Ping every 30.000 s by the preference, though it has not shown "
      "that itself, but none between 100.000 (frame 10) and 200.000 (100.000 s); none "
      "reached this capture point, nor did the other side show that it could take one, and "
      "no retransmitted bytes waited for an acknowledgement; nothing shows that the "
      "module was there and had none to send; no Ping came until the module reset the "
      "connection at 200.000 (frame 30). Filter: tcp.stream == 7 && frame.number >= 10 && "
      "frame.number <= 30" },
    { trade_explain_silence, { GAP, .is_full = true, .is_blocked = true, .block = BLOCK },
      "the module sends a Ping every 30.000 s, but none between 100.000 (frame 10) and "
      "200.000 (100.000 s); it was not sent when it was due, and from 110.000 on (frame 12) "
      "the window of the other side was closed, for 80.000 s; no Ping came until the end of "
      "the capture. Filter: tcp.stream == 7 && frame.number >= 10" },
    { trade_explain_silence, { GAP, .is_full = true, .is_blocked_when_due = true, .block = BLOCK },
      "the module sends a Ping every 30.000 s, but none between 100.000 (frame 10) and 200.000 "
      "(100.000 s); from 110.000 on (frame 12) the window of the other side was full of bytes "
      "in flight, for 80.000 s; no Ping came until the end of the capture. Filter: tcp.stream "
      "== 7 && frame.number >= 10" },
    { trade_explain_unanswered, { WAIT, .acked_after = AT(1), .ping = { .acked_frame = 11 }, .is_idle = true, CLOSED },
      "the module had no Pong from the Multiplexer for its Ping of 100.000 (frame 10) within "
      "100.000 s, until the module reset the connection at 200.000 (frame 30); the TCP of "
      "the Multiplexer acknowledged it (frame 11) after 1.000 s: the network carried it, the "
      "program did not answer; the capture of the answering side is whole. Filter: "
      "tcp.stream == 7 && frame.number >= 10 && frame.number <= 30" },
    { trade_explain_unanswered, { WAIT, .acked_after = AT(1), .ping = { .acked_frame = 11 } },
      "the module had no Pong from the Multiplexer for its Ping of 100.000 (frame 10) within "
      "100.000 s, until the end of the capture; the TCP of the Multiplexer acknowledged it "
      "(frame 11) after 1.000 s: the network carried it, but nothing shows that the "
      "Multiplexer had no Pong to send since: the program did not answer, or what it sent "
      "did not come here. Filter: tcp.stream == 7 && frame.number >= 10" },
    { trade_explain_unanswered, { WAIT, .acked_after = -1, .is_closed = true, .ending = TRADE_ENDING_REUSED, .end_frame = 30 },
      "the module had no Pong from the Multiplexer for its Ping of 100.000 (frame 10) within "
      "100.000 s, until the SYN of the next connection between the same ends at 200.000 (frame "
      "30); the capture of the answering side is whole, but no acknowledgement of the Ping was "
      "seen. Filter: tcp.stream == 7 && frame.number >= 10 && frame.number <= 30" },
    { trade_explain_answered_late, { WAIT, .limit = AT(90), .end_frame = 30, .acked_after = AT(1), .ping = { .acked_frame = 11, .times = 2 } },
      "A Pong of the Multiplexer came 100.000 s after the Ping of the module, sent at "
      "100.000 (frame 10): at 200.000 (frame 30). The limit is 90.000 s. The Ping was sent 2 "
      "times and acknowledged after 1.000 s (frame 11). Filter: frame.number in {10, 11, 30}" },
    { trade_explain_answered_late, { WAIT, .limit = AT(90), .end_frame = 30, .acked_after = -1 },
      "A Pong of the Multiplexer came 100.000 s after the Ping of the module, sent at "
      "100.000 (frame 10): at 200.000 (frame 30). The limit is 90.000 s. The Ping was sent 1 "
      "times and its acknowledgement was not seen. Filter: frame.number in {10, 30}" },
    { trade_explain_clocks, { GAP, .is_skewed = true, .skew = { .lead = AT(4) } },
      "Two capture points are in this file, and one shows bytes up to 4.000 s before the other: "
      "their clocks differ, or the network between them is that slow. What was late is not known. "
      "Give trade-report the file of each point. Filter: frame.number in {10}" },
    { trade_explain_clocks, { GAP, .is_skewed = true, .skew = { .count = 1, .duplicates = 2, .backwards = 3, .amount = AT(4), .frame = 5, .other_frame = 3 } },
      "The capture's times contradict each other by up to 4.000 s: 1 segment came after "
      "it was acknowledged, or with an old acknowledgement, 2 frames were captured again, "
      "time went back 3 times. Its parts were captured by clocks that differ: what was "
      "late is not known. Filter: frame.number in {3, 5, 10}" },
    { trade_explain_clocks, { GAP, .is_skewed = true, .skew = { .beyond = 7, .frame = 5 } },
      "The times of 7 frames are before 1967 or after 2255: they are not known, nor how long "
      "anything took. Filter: frame.number in {5, 10}" },
    { trade_explain_clocks, { GAP, .is_stepped = true, .step = AT(60), .step_frame = 20 },
      "The capture's clock was set by 60.000 s before frame 20, by the clocks in the PDUs: "
      "100.000 s without what was due are not as long as they seem. Filter: frame.number in "
      "{10, 20}" },
    { trade_explain_pause, { GAP, .connections = 2, .pause = SPAN(120, 180), .pause_frame = 20, .end_frame = 30 },
      "Nothing of 2 connections was captured between 120.000 and 180.000 (frame 20), for "
      "60.000 s: the capture paused, its clock was set, or nothing came to it. What the module "
      "sent meanwhile is not known. Filter: frame.number in {10, 20, 30}" },
    { trade_explain_hole, { GAP, .end_frame = 30 },
      "the module sends a Ping every 30.000 s, but none between 100.000 (frame 10) and 200.000 "
      "(100.000 s); but bytes in which one could be are missing from the capture, so it cannot "
      "tell. Filter: tcp.stream == 7 && frame.number >= 10 && frame.number <= 30" },
    { trade_explain_hole, { WAIT },
      "the module had no Pong from the Multiplexer for its Ping of 100.000 (frame 10) within "
      "100.000 s; but bytes in which it could be are missing from the capture, so it cannot "
      "tell. Filter: tcp.stream == 7 && frame.number >= 10" },
    { trade_explain_reset, { .is_ttl_other = true,
        .reset = { .frame = 30, .when = AT(200), .side = 1, .ttl = 61, .usual_ttl = 128, .ip_id = 7, .usual_id = 900, .distance = 5 } },
      "The RST claiming to be from the Multiplexer at 200.000 (frame 30) does not fit it: TTL "
      "61, usually 128; IP id 7 after 900; sequence number in the window, 5 bytes from what is "
      "due; its path may have changed, or another host sent it; nothing from it was seen "
      "afterwards. Filter: frame.number in {30}" },
    { trade_explain_reset, { .is_ttl_other = true, .heard_after = AT(202),
        .reset = { .frame = 30, .when = AT(200), .side = 1, .ttl = 64, .usual_ttl = 62 } },
      "The RST claiming to be from the Multiplexer at 200.000 (frame 30) does not fit it: TTL "
      "64, usually 62; sequence number in the window, 0 bytes from what is due; its path may "
      "have changed, or another host sent it; what was seen from it afterwards, until 202.000, "
      "may have been sent before. Filter: frame.number in {30}" },
    { trade_explain_reset, { .is_ttl_other = true, .is_reset_foreign = true,
        .reset = { .frame = 30, .when = AT(200), .side = 1, .is_outside = true, .distance = -5, .later_frame = 40, .later = AT(201) } },
      "The RST claiming to be from the Multiplexer at 200.000 (frame 30) does not fit it: "
      "sequence number outside the window, so that TCP ignores it, -5 bytes from what is due; "
      "later frames of its host have the usual TTL; and it goes on sending, at 201.000 (frame "
      "40). Filter: frame.number in {30, 40}" },
    { trade_explain_held, { .asking = 1, .held = { .bytes = 28, .frame = 20, .since = AT(150) } },
      "TCP holds back 28 bytes of the Multiplexer from 150.000 on (frame 20), behind bytes "
      "that are missing from the capture: what is in them is not known. Switch its preference "
      "\"Reassemble out-of-order segments\" off. Filter: tcp.stream == 7 && frame.number >= 20" },
    { trade_explain_apart, { .mixed_frame = 20 },
      "Two capture points are in this file. That by which the connection is judged shows nothing "
      "of it any more, while the other goes on (frame 20): it may have stopped, or what was sent "
      "was lost between the two. Give trade-report the file of each point. Filter: tcp.stream == "
      "7" },
    { trade_explain_mixed, { .mixed_frame = 20 },
      "Two connections with the same addresses and ports are in the capture at the same time, "
      "by their sequence numbers: in two networks, or one that goes on after a SYN between the "
      "same ends (frame 20). Wireshark's TCP takes them for one and passes only some of their "
      "PDUs on, so the capture cannot tell. Filter: tcp.stream == 7" },
    { trade_explain_unread, { .unread = 3, .unread_frame = 20 },
      "The TCP header of 3 frames is not in the capture as a whole, or is where it cannot be "
      "read, first in frame 20: what TCP did is not known. Filter: frame.number in {20}" },
    { trade_explain_little_seen, { .missing = 100, .cuts = 2 },
      "Fewer than two Pings were seen, but of what the module sent, 100 bytes are missing from "
      "the capture and 2 segments are cut, so it cannot tell. Filter: tcp.stream == 7" },
    { trade_explain_unanswered, { WAIT, .acked_after = -1, .is_closed = true, .end_frame = 30, .ended_by = 1 },
      "the module had no Pong from the Multiplexer for its Ping of 100.000 (frame 10) within "
      "100.000 s, until the Multiplexer was heard last at 200.000 (frame 30); the capture of "
      "the answering side is whole, but no acknowledgement of the Ping was seen. Filter: "
      "tcp.stream == 7 && frame.number >= 10 && frame.number <= 30" },
    { trade_explain_unanswered, { WAIT, .acked_after = -1, .is_closed = true, .ending = TRADE_ENDING_FIN, .end_frame = 30 },
      "the module had no Pong from the Multiplexer for its Ping of 100.000 (frame 10) within "
      "100.000 s, until the module closed the connection at 200.000 (frame 30); the capture "
      "of the answering side is whole, but no acknowledgement of the Ping was seen. Filter: "
      "tcp.stream == 7 && frame.number >= 10 && frame.number <= 30" },
};
/* clang-format on */

static void format_time(trade_time_t when, char *text, size_t size)
{
    snprintf(text, size, "%.3f", (double)when / 1e9);
}

static const trade_naming_t naming = { { "the module", "the Multiplexer" }, 7, format_time };

/* Writes a sentence into so many bytes. */
static const char *explain_row(unsigned row, size_t size)
{
    static char text[1024];
    trade_writer_t writer = { .text = text, .size = size, .naming = &naming };

    memset(text, '#', sizeof text);
    rows[row].explain(&writer, &rows[row].facts);
    return text;
}

int main(void)
{
    unsigned failed = 0;

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text = explain_row(i, 1024);
        if (strcmp(text, rows[i].text) != 0) {
            printf("%u: %s\n", i, text);
            failed++;
        }
        text = explain_row(i, 40);
        if (strlen(text) != 39 || strncmp(text, rows[i].text, 39) != 0 || text[40] != '#') {
            printf("%u is not cut: %s\n", i, text);
            failed++;
        }
    }
    return failed > 0;
}
