/* library.h
 * libwireshark with the plugin, as a user's Wireshark has it: loaded once, with a capture file
 * after the other.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_FUZZ_LIBRARY_H
#define TESTS_FUZZ_LIBRARY_H

#include <epan/column-info.h>
#include <epan/epan_dissect.h>
#include <ws_version.h>

#include "frames.h"
#include "input.h"

#define AT_LEAST(major, minor)                                                                     \
    (WIRESHARK_VERSION_MAJOR > (major) ||                                                          \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* Loads it. name: of the program. */
void fuzz_library_load(const char *name);

/* Sets preferences and Decode As as the input says, and tells what of that is TCP's. Takes effect
 * with the next file. */
fuzz_tcp_t fuzz_library_set(const fuzz_input_t *input);

/* Forgets all that was known of the file before, and begins another. */
void fuzz_library_open(void);

/* Returns a new dissection. */
epan_dissect_t *fuzz_library_prepare(bool has_tree, bool is_visible);

/* Dissects a frame, and gives it to the taps. cinfo: NULL: no columns. */
void fuzz_library_dissect(epan_dissect_t *edt, fuzz_frame_t *frame, column_info *cinfo);

/* Returns the columns that a user sees. */
column_info *fuzz_library_get_columns(void);

#endif /* TESTS_FUZZ_LIBRARY_H */
