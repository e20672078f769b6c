/* info.c
 * What the Info column and the tree's line say of a PDU, and Info of a frame with several.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include <epan/packet.h>
#include <epan/proto_data.h>
#include <wsutil/utf8_entities.h>
#include <wsutil/wslog.h>

#include "ui/info.h"
#include "ui/template.h"
#include "wire/compat.h"
#include "wire/keyword.h"
#include "wire/modules.h"

/* Info shows at most this many bytes of a text. */
#define TEXT_MAX 80
/* Most lines are no longer. */
#define INFO_LENGTH 160
/* Maximum number of PDU kinds listed in the Info of a frame. */
#define KINDS_MAX 8
/* Digits in a 32-bit decimal. */
#define MAX_DIGITS 10

/* ---- Values ---- */

/* Appends a text of the packet: cut if it is long, made printable. */
static void append_text(wmem_strbuf_t *info, trade_text_t text)
{
    const unsigned shown = MIN(text.length, TEXT_MAX);
    const unsigned printable = trade_count_printable(text.bytes, shown);

    wmem_strbuf_append_len(info, (const char *)text.bytes, printable);
    for (unsigned i = printable; i < shown; i++) {
        if (g_ascii_isprint(text.bytes[i]))
            wmem_strbuf_append_c(info, (char)text.bytes[i]);
        else
            wmem_strbuf_append_printf(info, "\\x%02x", text.bytes[i]);
    }
    if (shown < text.length)
        wmem_strbuf_append(info, UTF8_HORIZONTAL_ELLIPSIS);
}

/* Appends a number in decimal: wmem_strbuf_append_printf() would take 300 instructions. */
static void append_number(wmem_strbuf_t *info, uint32_t number)
{
    char digits[MAX_DIGITS];
    unsigned start = MAX_DIGITS;

    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    wmem_strbuf_append_len(info, digits + start, MAX_DIGITS - start);
}

void trade_info_append_kind(wmem_strbuf_t *info, trade_kind_t kind, const trade_value_t *value)
{
    switch (kind) {
    case TRADE_KIND_TEXT:
    case TRADE_KIND_CLIENT_IP:
        append_text(info, value->text);
        break;
    case TRADE_KIND_UINT16:
        append_number(info, (uint32_t)value->number);
        break;
    case TRADE_KIND_CLOCK:
        wmem_strbuf_append_printf(info, "%" PRIu64, value->number);
        break;
    case TRADE_KIND_DURATION:
        wmem_strbuf_append_printf(info, "%.3f ms", trade_get_milliseconds(value->number));
        break;
    case TRADE_KIND_END:
        break;
    }
}

/* ---- Templates, of wire/keywords.h ---- */

/* Those of the keywords, in the order of trade_keywords[]. */
static trade_template_t templates[TRADE_KEYWORD_COUNT];

/* Appends what a keyword's template makes of a PDU. */
static void append_template(wmem_strbuf_t *info, const trade_pdu_t *pdu,
                            const trade_template_t *template)
{
    for (unsigned i = 0; i < template->count; i++) {
        const trade_part_t *part = &template->parts[i];
        if (part->needs != TRADE_NO_FIELD && !trade_pdu_has(pdu, part->needs))
            continue;
        wmem_strbuf_append_len(info, part->text, part->length);
        if (part->field != TRADE_NO_FIELD && trade_pdu_has(pdu, part->field))
            trade_info_append_kind(info, trade_fields[part->field].kind, &pdu->values[part->field]);
    }
}

void trade_info_register(void)
{
    for (unsigned i = 0; i < TRADE_KEYWORD_COUNT; i++) {
        const char *text = trade_keywords[i].info;
        const char *wrong = text ? trade_template_read(text, &templates[i]) : NULL;
        if (wrong)
            ws_error("wire/keywords.h: an Info template is wrong: %s", wrong);
    }
}

/* ---- One PDU ---- */

/* Appends what there is of a text that the capture, or the segment, cut. */
static void append_cut_text(wmem_strbuf_t *info, const trade_pdu_t *pdu, const char *what)
{
    append_text(info, pdu->cut_text);
    wmem_strbuf_append_printf(info, UTF8_HORIZONTAL_ELLIPSIS " (%s cut)", what);
}

/* Appends the name that a greeting gives. */
static void append_greeting(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    if (pdu->cut_text.bytes)
        append_cut_text(info, pdu, "name");
    else
        append_text(info, pdu->greeting);
}

/* Appends what the keyword and its body say; of a body that is not whole, only the keyword. */
static void append_keyword(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    const trade_template_t *template =
        pdu->keyword && pdu->keyword->info ? &templates[pdu->keyword - trade_keywords] : NULL;

    if (pdu->keyword_text.length == 0) {
        append_cut_text(info, pdu, "keyword");
    } else if (template && pdu->complete) {
        append_template(info, pdu, template);
    } else if (pdu->own_info) {
        wmem_strbuf_append(info, pdu->own_info);
    } else {
        append_text(info, pdu->keyword_text);
        if (!pdu->keyword && !pdu->is_foreign && !pdu->is_own && pdu->complete)
            wmem_strbuf_append(info, " (Unknown keyword)");
    }
}

/* Appends what Info says between sender and length. */
static void append_receiver(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    if (!pdu->has_receiver)
        return;
    if (!trade_pdu_is_control(pdu)) {
        wmem_strbuf_append(info, " -> ");
        append_number(info, pdu->receiver);
        return;
    }
    wmem_strbuf_append(info, " -> Control");
    if (pdu->keyword_text.length == 0 && !pdu->cut_text.bytes)
        return;
    wmem_strbuf_append(info, ", ");
    append_keyword(info, pdu);
}

/* Returns whether the bytes at hand end in the PDU's header. */
static bool is_header_cut(const trade_pdu_t *pdu)
{
    return pdu->kind == TRADE_UNIT_PDU && !pdu->has_receiver && pdu->length >= TRADE_HEADER_LENGTH;
}

const char *trade_info_get(wmem_allocator_t *pool, const trade_pdu_t *pdu)
{
    wmem_strbuf_t *info = wmem_strbuf_new_sized(pool, INFO_LENGTH);

    if (pdu->kind == TRADE_UNIT_GREETING) {
        wmem_strbuf_append(info, "Setting up connection to ");
        append_greeting(info, pdu);
    } else if (pdu->kind == TRADE_UNIT_UNDISSECTED) {
        wmem_strbuf_append_printf(info, "%u bytes not dissected", pdu->length);
    } else {
        wmem_strbuf_append(info, pdu->sender_name ? pdu->sender_name
                                                  : trade_format_unknown(pool, pdu->sender));
        append_receiver(info, pdu);
        wmem_strbuf_append(info, ", len=");
        append_number(info, pdu->length);
        if (is_header_cut(pdu))
            wmem_strbuf_append(info, " (header cut)");
    }
    return wmem_strbuf_get_str(info);
}

const char *trade_info_get_title(wmem_allocator_t *pool, const trade_pdu_t *pdu, const char *info)
{
    wmem_strbuf_t *title = wmem_strbuf_new_sized(pool, INFO_LENGTH);

    if (pdu->kind == TRADE_UNIT_GREETING) {
        wmem_strbuf_append(title, "Trade Server Greeting : ");
        append_greeting(title, pdu);
        return wmem_strbuf_get_str(title);
    }
    if (pdu->kind == TRADE_UNIT_UNDISSECTED)
        wmem_strbuf_append(title, "Trade : ");
    else if (!pdu->has_receiver)
        wmem_strbuf_append(title, "Trade PDU : ");
    else
        wmem_strbuf_append(title, trade_pdu_is_control(pdu) ? "Trade Control PDU : "
                                                            : "Trade Data PDU : ");
    wmem_strbuf_append(title, info);
    return wmem_strbuf_get_str(title);
}

/* ---- A frame with several PDUs ---- */

struct trade_summary {
    unsigned count;    /* of PDUs */
    const char *first; /* what Info says of the first */
    const char *info;  /* what an earlier call wrote; NULL: there was none */
    struct {
        trade_text_t label;
        unsigned count;
    } kinds[KINDS_MAX]; /* in order of first appearance */
    unsigned kind_count;
};

trade_summary_t *trade_summary_find(packet_info *pinfo, int proto)
{
    if (!col_get_writable(pinfo->cinfo, COL_INFO))
        return NULL;
    trade_summary_t *summary = (trade_summary_t *)p_get_proto_data(pinfo->pool, pinfo, proto, 0);

    if (!summary) {
        summary = wmem_new0(pinfo->pool, trade_summary_t);
        p_add_proto_data(pinfo->pool, pinfo, proto, 0, summary);
    }
    return summary;
}

/* Returns what a PDU is called in the Info of a frame with several. */
static trade_text_t get_label(const trade_pdu_t *pdu)
{
    const char *label = "Data";

    if (pdu->kind == TRADE_UNIT_GREETING)
        label = "Greeting";
    else if (pdu->kind == TRADE_UNIT_UNDISSECTED)
        label = "not dissected";
    else if (pdu->length < TRADE_HEADER_LENGTH)
        label = "bad length";
    else if (is_header_cut(pdu))
        label = "header cut";
    else if (pdu->keyword)
        return (trade_text_t){ (const uint8_t *)pdu->keyword->name, pdu->keyword->length };
    else if (trade_pdu_is_control(pdu) && pdu->keyword_text.length > 0)
        return pdu->keyword_text;
    else if (trade_pdu_is_control(pdu))
        label = pdu->cut_text.bytes ? "keyword cut" : "no keyword";
    return (trade_text_t){ (const uint8_t *)label, (unsigned)strlen(label) };
}

/* Returns whether two labels are the same. Those of the keyword table are at the same place. */
static bool is_same(trade_text_t one, trade_text_t other)
{
    return one.bytes == other.bytes ||
           (one.length == other.length && memcmp(one.bytes, other.bytes, one.length) == 0);
}

bool trade_summary_add(trade_summary_t *summary, const trade_pdu_t *pdu)
{
    const trade_text_t label = get_label(pdu);
    unsigned i = 0;

    while (i < summary->kind_count && !is_same(summary->kinds[i].label, label))
        i++;
    if (i == summary->kind_count && i < KINDS_MAX)
        summary->kinds[summary->kind_count++].label = label;
    if (i < KINDS_MAX)
        summary->kinds[i].count++;
    return summary->count++ == 0;
}

void trade_summary_set_first(trade_summary_t *summary, const char *info)
{
    summary->first = info;
}

/* Returns what Info says of all PDUs of the frame so far. Lives as long as the packet. */
static const char *get_frame_info(packet_info *pinfo, const trade_summary_t *summary)
{
    unsigned others = summary->count;

    if (summary->count == 1)
        return summary->first;
    wmem_strbuf_t *info = wmem_strbuf_new_sized(pinfo->pool, INFO_LENGTH);
    append_number(info, summary->count);
    wmem_strbuf_append(info, " Trade PDUs");
    for (unsigned i = 0; i < summary->kind_count; i++) {
        wmem_strbuf_append(info, i == 0 ? ": " : ", ");
        append_text(info, summary->kinds[i].label);
        if (summary->kinds[i].count > 1) {
            wmem_strbuf_append(info, " x");
            append_number(info, summary->kinds[i].count);
        }
        others -= summary->kinds[i].count;
    }
    if (others > 0)
        wmem_strbuf_append_printf(info, ", %u others", others);
    return wmem_strbuf_get_str(info);
}

/* Takes what an earlier call wrote for the same frame out of Info, if TCP would keep
 * it; what TCP wrote before it stays. Returns what is to be written. */
static const char *replace_info(packet_info *pinfo, const trade_summary_t *summary,
                                const char *info)
{
    const char *text = col_get_text(pinfo->cinfo, COL_INFO);
    const char *ours = text ? strstr(text, summary->info) : NULL;

    if (!ours)
        return info;
    info = wmem_strdup_printf(pinfo->pool, "%.*s%s", (int)(ours - text), text, info);
    col_clear_fence(pinfo->cinfo, COL_INFO);
    return info;
}

void trade_summary_write(trade_summary_t *summary, packet_info *pinfo)
{
    if (!summary || summary->count == 0)
        return;
    const char *info = get_frame_info(pinfo, summary);
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "TRADE");
    col_add_str(pinfo->cinfo, COL_INFO, summary->info ? replace_info(pinfo, summary, info) : info);
    summary->info = info;
}
