/* bytes.h
 * The fuzzer's bytes as numbers, for the fuzzers that need no dissection; and how they fail.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_FUZZ_BYTES_H
#define TESTS_FUZZ_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of them. */
typedef struct bytes {
    const uint8_t *at;
    size_t left;
} bytes_t;

/* Returns the next byte; 0: there is none. */
static inline unsigned take_byte(bytes_t *bytes)
{
    if (bytes->left == 0)
        return 0;
    bytes->left--;
    return *bytes->at++;
}

/* Returns the next two bytes. */
static inline unsigned take_pair(bytes_t *bytes)
{
    const unsigned high = take_byte(bytes);

    return high << 8 | take_byte(bytes);
}

/* Ends the program where something that must hold does not. */
static inline void expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

#endif /* TESTS_FUZZ_BYTES_H */
