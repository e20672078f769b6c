/* ready.h
 * What ready.c and tshark.c agree on: a request, a message of words and of files for the run.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_READY_H
#define TRADE_TESTS_READY_H

enum {
    REQUEST_MAX = 1 << 16, /* bytes */
    FILES_MAX = 64,
    FILES_FIRST = 256 /* above the numbers of files that a run may have */
};

#endif /* TRADE_TESTS_READY_H */
