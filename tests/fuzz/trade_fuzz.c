/* trade_fuzz.c
 * A libFuzzer target: TCP segments out of the fuzzer's bytes (input.h), dissected as a user's
 * Wireshark does it, and checks of what comes out.
 *
 * Each input is a capture file of its own. It is dissected in order, as when it is opened; again;
 * and, if it says so, backwards, as when a user clicks here and there. Asserted, beyond what the
 * sanitizers and Wireshark's own assertions see:
 *   - each captured byte of each unit in the tree is shown by exactly one field
 *   - both later visits of a frame show the same, and the first shows the same as they do, but for
 *     what only a later one can know
 *   - the statistics of both passes in order are the same, their texts are text, and a verdict has
 *     a place and a cause
 *
 * With TRADE_FUZZ_PCAP=FILE, an input is also written as a capture. With TRADE_FUZZ_DIFFERENCES=
 * DIRECTORY, an input on which passes differ is kept there, and fuzzing goes on.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include <epan/packet.h>
#include <epan/tap.h>

#include "library.h"
#include "shown.h"
#include "tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* How many differences between passes are kept of a process. */
enum { DIFFERENCES_MAX = 20 };

/* With FUZZ_BETWEEN, tables are drawn after each so many frames: drawing takes longer than to
 * dissect one. */
enum { FRAMES_BETWEEN = 8 };

/* The input that is being run. */
static const uint8_t *current;
static size_t current_size;

/* Keeps the input in a file, and goes on: a difference between passes hides nothing else. */
static void keep_difference(const char *directory, const char *what, uint32_t frame)
{
    static unsigned count;
    char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA1, current, current_size);
    char *path = g_strdup_printf("%s/difference-%s", directory, sum);

    if (count < DIFFERENCES_MAX && !g_file_test(path, G_FILE_TEST_EXISTS)) {
        count++;
        fprintf(stderr, "trade_fuzz: frame %u: %s: %s\n", frame, what, path);
        g_file_set_contents(path, (const char *)current, (gssize)current_size, NULL);
    }
    g_free(path);
    g_free(sum);
}

static void compare(const fuzz_capture_t *capture, const char *what, uint32_t frame,
                    const GString *one, const GString *other)
{
    const char *directory = g_getenv("TRADE_FUZZ_DIFFERENCES");

    if (!capture->is_steady || strcmp(one->str, other->str) == 0)
        return;
    if (!directory)
        fuzz_fail(what, frame, one->str, other->str);
    else
        keep_difference(directory, what, frame);
}

/* Shows a frame on the first pass, with as little as the input asks for. */
static void show_first(fuzz_frame_t *frame, unsigned bits)
{
    column_info *cinfo = bits & FUZZ_NO_COLUMNS ? NULL : fuzz_library_get_columns();
    epan_dissect_t *edt = NULL;

    if (!(bits & (FUZZ_NO_TREE | FUZZ_INVISIBLE))) {
        g_string_free(fuzz_show(frame, &frame->known), TRUE);
        return;
    }
    edt = fuzz_library_prepare(!(bits & FUZZ_NO_TREE), false);
    fuzz_library_dissect(edt, frame, cinfo);
    epan_dissect_free(edt);
}

static void run_first_pass(fuzz_capture_t *capture, unsigned bits)
{
    for (unsigned i = 0; i < capture->count; i++) {
        show_first(&capture->list[i], bits);
        if ((bits & FUZZ_BETWEEN) && i % FRAMES_BETWEEN == 0)
            fuzz_tables_draw();
    }
    postseq_cleanup_all_protocols();
}

static void run_second_pass(fuzz_capture_t *capture)
{
    for (unsigned i = 0; i < capture->count; i++) {
        fuzz_frame_t *frame = &capture->list[i];
        GString *known = NULL;
        frame->all = fuzz_show(frame, &known);
        if (frame->known)
            compare(capture, "the first pass showed other than the second", frame->fd.num,
                    frame->known, known);
        g_string_free(known, TRUE);
    }
}

static void run_backwards(fuzz_capture_t *capture)
{
    for (unsigned i = capture->count; i > 0; i--) {
        fuzz_frame_t *frame = &capture->list[i - 1];
        GString *known = NULL;
        GString *all = fuzz_show(frame, &known);
        compare(capture, "a later visit shows what an earlier did not", frame->fd.num, frame->all,
                all);
        g_string_free(all, TRUE);
        g_string_free(known, TRUE);
    }
}

/* Dissects the capture file as a program with windows does. */
static void run_file(fuzz_capture_t *capture, unsigned bits)
{
    fuzz_library_open();
    reset_tap_listeners();
    run_first_pass(capture, bits);
    fuzz_tables_draw();
    GString *first = fuzz_tables_get_text();
    reset_tap_listeners();
    run_second_pass(capture);
    fuzz_tables_draw();
    GString *second = fuzz_tables_get_text();
    if (bits & FUZZ_BETWEEN)
        fuzz_tables_check();
    compare(capture, "the first pass counted other than the second", capture->count, first, second);
    g_string_free(first, TRUE);
    g_string_free(second, TRUE);
    if (bits & FUZZ_BACKWARDS)
        run_backwards(capture);
}

/* Dissects the frames as tshark -M does: in the middle, all that was known of the file is
 * forgotten, but taps go on. */
static void run_forgetful(fuzz_capture_t *capture, unsigned bits)
{
    fuzz_library_open();
    reset_tap_listeners();
    for (unsigned i = 0; i < capture->count; i++) {
        if (i == capture->count / 2)
            fuzz_library_open();
        show_first(&capture->list[i], bits);
    }
    postseq_cleanup_all_protocols();
    fuzz_tables_draw();
    fuzz_tables_check();
    g_string_free(fuzz_tables_get_text(), TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fuzz_input_t input;
    static fuzz_capture_t capture;
    const char *path = g_getenv("TRADE_FUZZ_PCAP");

    current = data;
    current_size = size;
    fuzz_input_read(&input, data, size);
    const fuzz_tcp_t tcp = fuzz_library_set(&input);
    fuzz_frames_make(&capture, &input, &tcp);
    if (path)
        fuzz_frames_write(&capture, path);
    if (input.bits & FUZZ_REOPEN)
        run_forgetful(&capture, input.bits);
    else
        run_file(&capture, input.bits);
    if (input.bits & FUZZ_SECOND_FILE) {
        fuzz_frames_renew(&capture);
        run_file(&capture, input.bits);
    }
    fuzz_frames_free(&capture);
    return 0;
}

int LLVMFuzzerInitialize(int *argc _U_, char ***argv)
{
    fuzz_library_load((*argv)[0]);
    fuzz_tables_listen();
    fuzz_library_open();
    return 0;
}
