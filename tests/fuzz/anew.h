/* anew.h
 * Which protocols take part: only their state is made anew for each capture file.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_FUZZ_ANEW_H
#define TESTS_FUZZ_ANEW_H

#include <stdbool.h>

/* Returns whether a protocol takes part. name: that of its filters. */
bool fuzz_anew_is_kept(const char *name);

#endif /* TESTS_FUZZ_ANEW_H */
