/* shown.c
 * What a frame shows of TRADE, and what must hold for that.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <epan/packet.h>
#include <epan/conversation_filter.h>
#include <epan/decode_as.h>
#include <epan/follow.h>
#include <epan/proto.h>

#include "library.h"
#include "shown.h"

static const char trade[] = "trade";

void fuzz_fail(const char *what, uint32_t frame, const char *one, const char *other)
{
    fprintf(stderr, "trade_fuzz: frame %u: %s\n--- one\n%s--- other\n%s", frame, what, one, other);
    abort();
}

/* What a field means to a walk of the tree; bits. */
enum {
    FIELD_TRADE = 1,   /* one of TRADE's, or its line */
    FIELD_LINE = 2,    /* that line */
    FIELD_SHOWN = 4,   /* shows a unit's bytes: TRADE's do, and what library.c has others show */
    FIELD_FORWARD = 8, /* what only a later pass can know, or only a first tells */
    FIELD_EXPERT = 16
};

static const char *const forward_names[] = {
    "trade.response_in",
    "trade.unanswered_ping",
    "trade.ping.unanswered",
    "trade.verdict",
    "trade.where",
    "trade.ping.missing",
    "trade.connection",
    "trade.cause",
    "trade.first_sight",
    "trade.incident.frame",
    "trade.ping.late",
    "trade.send_delay",
    "trade.send_delay.high",
    "trade.keepalive.uncertain",
    "trade.held_back",
    "trade.pong.unexpected",
    "trade.response_to",
    "trade.gap_bytes",
    "trade.gap",
};

/* Finds out what a field means, by its name. */
static unsigned classify(const header_field_info *field)
{
    const int proto = proto_get_id_by_filter_name(trade);
    unsigned bits = 0;

    if (field->id == proto)
        bits |= FIELD_TRADE | FIELD_LINE | FIELD_SHOWN;
    if (field->parent == proto)
        bits |= FIELD_TRADE | FIELD_SHOWN;
    if (strcmp(field->abbrev, "data.data") == 0)
        bits |= FIELD_SHOWN;
    if (strcmp(field->abbrev, "_ws.expert") == 0)
        bits |= FIELD_EXPERT;
    for (unsigned i = 0; i < G_N_ELEMENTS(forward_names); i++) {
        if (strcmp(field->abbrev, forward_names[i]) == 0)
            bits |= FIELD_FORWARD;
    }
    return bits;
}

/* Returns FIELD_ bits; asks for each field once, since libFuzzer watches all that compares
 * strings. fi: NULL: none. */
static unsigned get_bits(const field_info *fi)
{
    static GHashTable *known;
    void *bits = NULL;

    if (!fi)
        return 0;
    if (!known)
        known = g_hash_table_new(g_direct_hash, g_direct_equal);
    if (!g_hash_table_lookup_extended(known, GINT_TO_POINTER(fi->hfinfo->id), NULL, &bits)) {
        bits = GUINT_TO_POINTER(classify(fi->hfinfo));
        g_hash_table_insert(known, GINT_TO_POINTER(fi->hfinfo->id), bits);
    }
    return GPOINTER_TO_UINT(bits);
}

static void append_item(GString *to, field_info *fi)
{
    char label[ITEM_LABEL_LENGTH] = "";

    if (fi->rep)
        g_strlcpy(label, fi->rep->representation, sizeof label);
    else
#if AT_LEAST(4, 6)
        proto_item_fill_label(fi, label, NULL);
#else
        proto_item_fill_label(fi, label);
#endif
    g_string_append_printf(to, "%s @%d+%d %s\n", fi->hfinfo->abbrev, fi->start, fi->length, label);
}

/* What a walk of the tree gathers. */
typedef struct walk {
    const fuzz_frame_t *frame;
    GString *all;     /* all that is shown of TRADE */
    GString *known;   /* of it, what a first pass can know */
    unsigned inside;  /* how many TRADE subtrees the node is in */
    unsigned forward; /* and how many that only a later pass can know, or only a first tells */
    const field_info *unit;
    uint8_t *shown; /* how often each byte of the unit is */
} walk_t;

/* Counts the bytes of the unit that a field shows. */
static void mark_bytes(walk_t *walk, const field_info *fi)
{
    for (int i = 0; i < fi->length; i++) {
        const int at = fi->start + i - walk->unit->start;
        if (at < 0 || at >= walk->unit->length || ++walk->shown[at] > 1)
            fuzz_fail("a byte is outside of its unit, or shown twice", walk->frame->fd.num,
                      walk->all->str, fi->hfinfo->abbrev);
    }
}

static void walk_node(proto_node *node, void *data);

/* Walks what is under the line of a unit. */
static void walk_unit(proto_node *node, walk_t *walk)
{
    walk->unit = PNODE_FINFO(node);
    walk->shown = g_new0(uint8_t, (size_t)walk->unit->length + 1);
    walk->inside++;
    proto_tree_children_foreach(node, walk_node, walk);
    walk->inside--;
    for (int i = 0; i < walk->unit->length; i++) {
        if (walk->shown[i] == 0)
            fuzz_fail("a byte is not shown", walk->frame->fd.num, walk->all->str, "");
    }
    g_free(walk->shown);
}

/* Returns whether what this node says depends on the pass: it links forward, or it is
 * said on another PDU where nothing can be known of those that follow. */
static bool is_forward(proto_node *node)
{
    const field_info *fi = PNODE_FINFO(node);
    const unsigned bits = get_bits(fi);
    proto_node *child = node->first_child;

    if (bits & FIELD_FORWARD)
        return true;
    /* A line without bytes is as its notes are. */
    if (!(bits & FIELD_EXPERT) && (!(bits & FIELD_LINE) || fi->length > 0))
        return false;
    while (child && !is_forward(child))
        child = child->next;
    return child != NULL;
}

static void walk_node(proto_node *node, void *data)
{
    walk_t *walk = (walk_t *)data;
    field_info *fi = PNODE_FINFO(node);
    const unsigned bits = get_bits(fi);
    const bool forward = is_forward(node);

    walk->forward += forward;
    if ((bits & FIELD_TRADE) || (fi && walk->inside)) {
        append_item(walk->all, fi);
        if (!walk->forward)
            append_item(walk->known, fi);
    }
    if (bits & FIELD_LINE) {
        walk_unit(node, walk);
    } else {
        if (walk->inside && (bits & FIELD_SHOWN) && !FI_GET_FLAG(fi, FI_GENERATED))
            mark_bytes(walk, fi);
        proto_tree_children_foreach(node, walk_node, walk);
    }
    walk->forward -= forward;
}

/* Returns the rest of an Info text behind what TCP's analysis puts before it, as "[TCP Port numbers
 * reused] ", not at each visit. */
static const char *skip_analysis(const char *info)
{
    const char *end = NULL;

    while (g_str_has_prefix(info, "[TCP ") && (end = strstr(info, "] ")))
        info = end + 2;
    return info;
}

/* Appends what the packet list says of a frame that shows TRADE. */
static void append_info(GString *to)
{
    const column_info *columns = fuzz_library_get_columns();

    for (int i = 0; i < (int)columns->num_cols && to->len > 0; i++) {
        if (columns->columns[i].col_fmt == COL_INFO)
            g_string_append_printf(to, "Info: %s\n", skip_analysis(columns->columns[i].col_data));
    }
}

/* Asks for what the menus offer for the selected packet. */
static void ask_menus(epan_dissect_t *edt)
{
    register_follow_t *follow = get_follow_by_name("TRADE");
    unsigned stream = 0, part = 0;

    if (!follow)
        g_error("Follow is missing");
    g_free(get_follow_conv_func(follow)(edt, &edt->pi, &stream, &part));
#if !AT_LEAST(4, 4)
    for (GList *at = packet_conv_filter_list; at; at = at->next) {
        const conversation_filter_t *filter = (const conversation_filter_t *)at->data;
        if (strcmp(filter->proto_name, trade) == 0 && filter->is_filter_valid(&edt->pi))
            g_free(filter->build_filter_string(&edt->pi));
    }
#endif
    for (GList *at = decode_as_list; at; at = at->next) {
        const decode_as_t *entry = (const decode_as_t *)at->data;
        char prompt[MAX_DECODE_AS_PROMPT_LEN] = "";
        if (strcmp(entry->name, trade) != 0)
            continue;
        entry->values->label_func(&edt->pi, prompt);
        entry->values->build_values[0](&edt->pi);
    }
}

GString *fuzz_show(fuzz_frame_t *frame, GString **known)
{
    epan_dissect_t *edt = fuzz_library_prepare(true, true);
    walk_t walk = { .frame = frame, .all = g_string_new(NULL), .known = g_string_new(NULL) };

    fuzz_library_dissect(edt, frame, fuzz_library_get_columns());
    proto_tree_children_foreach(edt->tree, walk_node, &walk);
    append_info(walk.all);
    ask_menus(edt);
    epan_dissect_free(edt);
    *known = walk.known;
    return walk.all;
}
