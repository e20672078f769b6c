/* place_fuzz.c
 * A libFuzzer target: what holds for any place in a stream and any segment. See
 * tests/unit/place_invariants.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream/place.c"
#include "tests/unit/place_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t numbers[PLACE_NUMBERS] = { 0 };

    memcpy(numbers, data, size < sizeof numbers ? size : sizeof numbers);
    const char *broken = check_place(numbers);
    if (broken) {
        fprintf(stderr, "place_fuzz: %s\n", broken);
        abort();
    }
    return 0;
}
