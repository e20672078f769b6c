/* names.h
 * Names of modules as greetings and Logins tell them, each kept once for a capture file, and
 * numbered.
 *
 * Made on the first pass, in file scope: some 80 bytes for each name.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_NAMES_H
#define TRADE_ANALYSIS_NAMES_H

#include <stdint.h>

/* Returns the number of a name, from 1; it is kept if it is new. */
uint32_t trade_names_keep(const char *name);

/* Returns the name with a number. File scope. */
const char *trade_names_get(uint32_t number);

/* Registers what makes the state anew for each capture file. */
void trade_names_register(void);

#endif /* TRADE_ANALYSIS_NAMES_H */
