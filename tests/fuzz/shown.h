/* shown.h
 * What a frame shows of TRADE, and what must hold for that.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_FUZZ_SHOWN_H
#define TESTS_FUZZ_SHOWN_H

#include "frames.h"

/* Ends the program: something that must hold does not. frame: 0: it is not about one. */
void fuzz_fail(const char *what, uint32_t frame, const char *one, const char *other);

/* Dissects a frame with all that a user can ask for; returns what it shows of TRADE, and in *known
 * what of it any pass can know. Fails where a captured byte of a unit is shown by no field or by
 * two. */
GString *fuzz_show(fuzz_frame_t *frame, GString **known);

#endif /* TESTS_FUZZ_SHOWN_H */
