/* tables.h
 * All statistics of the plugin, as tshark's -z and the GUI's windows have them.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_FUZZ_TABLES_H
#define TESTS_FUZZ_TABLES_H

#include <glib.h>

/* Has all of them listen. */
void fuzz_tables_listen(void);

/* Draws them all, as at the end of a capture. Fails where a verdict lacks its words. */
void fuzz_tables_draw(void);

/* Fails where the tree is empty, or the file of rows is not whole. */
void fuzz_tables_check(void);

/* Returns what of their text is the same on each pass. Fails where one is no text. */
GString *fuzz_tables_get_text(void);

#endif /* TESTS_FUZZ_TABLES_H */
