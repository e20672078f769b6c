/* subdissectors.c
 * What other dissectors decode: payloads, by module id, and the bodies of other keywords.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include <epan/decode_as.h>
#include <epan/exceptions.h>
#include <epan/packet.h>

#include "ui/export.h"
#include "ui/subdissectors.h"
#include "wire/compat.h"

static dissector_table_t keyword_table;        /* trade.keyword: bodies of other keywords */
static dissector_table_t payload_table;        /* trade.data: payloads by module id */
static heur_dissector_list_t payload_guessers; /* trade.data */
static bool payload_is_wanted;                 /* by any of those for trade.data */

bool trade_has_subdissector(packet_info *pinfo, trade_text_t keyword)
{
    return dissector_get_string_handle(keyword_table, trade_text_get_value(pinfo->pool, keyword)) !=
           NULL;
}

bool trade_is_for_subdissectors(const trade_pdu_t *pdu)
{
    return pdu->is_foreign || (pdu->role == TRADE_ROLE_DATA && payload_is_wanted);
}

/* The ends of a packet, which dissectors of tunnels change. */
typedef struct ends {
    address dl_src, dl_dst, net_src, net_dst, src, dst;
    port_type ptype;
    uint32_t srcport, destport;
} ends_t;

/* Returns a packet's ends. */
static ends_t get_ends(const packet_info *pinfo)
{
    return (ends_t){ .dl_src = pinfo->dl_src,
                     .dl_dst = pinfo->dl_dst,
                     .net_src = pinfo->net_src,
                     .net_dst = pinfo->net_dst,
                     .src = pinfo->src,
                     .dst = pinfo->dst,
                     .ptype = pinfo->ptype,
                     .srcport = pinfo->srcport,
                     .destport = pinfo->destport };
}

static void restore_ends(packet_info *pinfo, const ends_t *ends)
{
    pinfo->dl_src = ends->dl_src;
    pinfo->dl_dst = ends->dl_dst;
    pinfo->net_src = ends->net_src;
    pinfo->net_dst = ends->net_dst;
    pinfo->src = ends->src;
    pinfo->dst = ends->dst;
    pinfo->ptype = ends->ptype;
    pinfo->srcport = ends->srcport;
    pinfo->destport = ends->destport;
}

/* Calls them. Returns how many bytes they took. */
static int call(const trade_pdu_t *pdu, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    heur_dtbl_entry_t *entry = NULL;
    int taken = 0;

    if (pdu->is_foreign)
        return dissector_try_string_with_data(keyword_table,
                                              trade_text_get_value(pinfo->pool, pdu->keyword_text),
                                              tvb, pinfo, tree, true, (void *)pdu);
    taken = dissector_try_uint(payload_table, pdu->sender, tvb, pinfo, tree);
    if (taken == 0 && dissector_try_heuristic(payload_guessers, tvb, pinfo, tree, &entry, NULL))
        taken = (int)tvb_captured_length(tvb);
    return taken;
}

unsigned trade_call_subdissectors(const trade_pdu_t *pdu, tvbuff_t *tvb, packet_info *pinfo,
                                  proto_tree *tree)
{
    const bool writable = col_get_writable(pinfo->cinfo, -1);
    const ends_t ends = get_ends(pinfo);
    volatile int taken = 0; /* setjmp() might lose it */

    /* The columns are not theirs. */
    col_set_writable(pinfo->cinfo, -1, false);
    TRY
    {
        taken = call(pdu, tvb, pinfo, tree);
    }
    FINALLY
    {
        col_set_writable(pinfo->cinfo, -1, writable);
        /* Nor are the packet's ends, which are the connection's, and TCP's reassembly. */
        restore_ends(pinfo, &ends);
        pinfo->desegment_len = 0;
    }
    ENDTRY;
    return (unsigned)MAX(taken, 0);
}

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static void note_dissector(const char *table _U_, ftenum_t type _U_, void *key _U_, void *value,
                           void *data _U_)
{
    payload_is_wanted |= dtbl_entry_get_handle((dtbl_entry_t *)value) != NULL;
}

static void note_heuristic(const char *table _U_, heur_dtbl_entry_t *entry, void *data _U_)
{
    payload_is_wanted |= entry->enabled;
}

/* Finds out, before a capture file is dissected, whether anybody wants payloads: to ask
 * for each would cost 300 instructions a data PDU. */
static void find_subdissectors(void)
{
    payload_is_wanted = false;
    dissector_table_foreach("trade.data", note_dissector, NULL);
    heur_dissector_table_foreach("trade.data", note_heuristic, NULL);
}

static void format_prompt(packet_info *pinfo, char *prompt)
{
    snprintf(prompt, MAX_DECODE_AS_PROMPT_LEN, "Payload of module %d as",
             trade_export_find_module(pinfo));
}

static void *find_module(packet_info *pinfo)
{
    return GINT_TO_POINTER(MAX(trade_export_find_module(pinfo), 0));
}

void trade_subdissectors_register(int proto)
{
    static build_valid_func values[] = { find_module };
    static decode_as_value_t value = { format_prompt, 1, values };
    static decode_as_t decode_as = { .name = "trade",
                                     .table_name = "trade.data",
                                     .num_items = 1,
                                     .values = &value,
                                     .populate_list = decode_as_default_populate_list,
                                     .reset_value = decode_as_default_reset,
                                     .change_value = decode_as_default_change };

    keyword_table = register_dissector_table("trade.keyword", "TRADE keyword", proto, FT_STRING,
                                             0 /* case matters */);
    payload_table =
        register_dissector_table("trade.data", "TRADE module", proto, FT_UINT8, BASE_DEC);
    payload_guessers = register_heur_dissector_list("trade.data", proto);
    register_decode_as(&decode_as);
    register_init_routine(find_subdissectors);
}

void trade_subdissectors_offer(void)
{
    static const char *const payloads[] = { "data", "data-text-lines", "json", "xml", "fix" };

    for (size_t i = 0; i < array_length(payloads); i++) {
        dissector_handle_t payload = find_dissector(payloads[i]);
        if (payload)
            dissector_add_for_decode_as("trade.data", payload);
    }
}
