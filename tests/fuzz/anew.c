/* anew.c
 * Which protocols take part: only their state is made anew for each capture file.
 *
 * For a new file, Wireshark has more than 2 000 routines make state anew, of all protocols, and
 * asks c-ares for the system's DNS servers: 1.6 ms, of which our protocols take a tenth. So these
 * functions stand before libwireshark's and c-ares' own: an executable's come first. Whoever
 * registers belongs to the protocol that was registered last.
 *
 * Where a version of Wireshark does not let them stand there, all goes on as it would, slower.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "anew.h"

/* What <epan/packet.h>, <epan/proto.h>, <epan/reassemble.h> and <ares.h> declare. */
int proto_register_protocol(const char *name, const char *short_name, const char *filter_name);
void register_init_routine(void (*routine)(void));
void register_cleanup_routine(void (*routine)(void));
void reassembly_table_register(void *table, const void *functions);
int ares_library_init(int flags);

/* The protocol that was registered last; "": none was, and what registers is Wireshark's own. */
static const char *current = "";

bool fuzz_anew_is_kept(const char *name)
{
    static const char *const kept[] = {
        "",     "frame", "eth", "ethertype",       "vlan", "ip", "icmp", "icmpv6", "tcp", "data",
        "json", "xml",   "fix", "data-text-lines", "trade"
    };

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (strcmp(name, kept[i]) == 0)
            return true;
    }
    /* ipv6, and its extension headers. */
    return strncmp(name, "ipv6", 4) == 0;
}

/* Returns whether who registers takes part. caller: an address in it: what is in this program is
 * the plugin, which also registers when all protocols are there. */
static bool is_kept_from(const void *caller)
{
    Dl_info there, here;

    return fuzz_anew_is_kept(current) ||
           (dladdr(caller, &there) && dladdr(&current, &here) && there.dli_fbase == here.dli_fbase);
}

/* Returns the function that this one stands before. */
static void *find_next(const char *name)
{
    void *next = dlsym(RTLD_NEXT, name);

    if (!next)
        abort();
    return next;
}

int proto_register_protocol(const char *name, const char *short_name, const char *filter_name)
{
    typedef int (*function_t)(const char *, const char *, const char *);

    current = filter_name;
    return ((function_t)find_next(__func__))(name, short_name, filter_name);
}

void register_init_routine(void (*routine)(void))
{
    if (is_kept_from(__builtin_return_address(0)))
        ((void (*)(void (*)(void)))find_next(__func__))(routine);
}

void register_cleanup_routine(void (*routine)(void))
{
    if (is_kept_from(__builtin_return_address(0)))
        ((void (*)(void (*)(void)))find_next(__func__))(routine);
}

void reassembly_table_register(void *table, const void *functions)
{
    if (is_kept_from(__builtin_return_address(0)))
        ((void (*)(void *, const void *))find_next(__func__))(table, functions);
}

/* Fails: then c-ares is not asked for anything. */
int ares_library_init(int flags)
{
    (void)flags;
    return 1;
}
