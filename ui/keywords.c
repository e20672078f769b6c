/* keywords.c
 * Keywords of the user's. See ui/keywords.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include <epan/packet.h>
#include <epan/uat.h>

#include "ui/info.h"
#include "ui/keywords.h"
#include "wire/compat.h"
#include "wire/keyword.h"

/* What begins the filter name of each field. */
#define PREFIX "trade."

/* The kinds of fields, as the user calls them. */
static const struct {
    const char *name;
    trade_kind_t kind;
} kind_names[] = { { "text", TRADE_KIND_TEXT },
                   { "ip", TRADE_KIND_CLIENT_IP },
                   { "uint16", TRADE_KIND_UINT16 },
                   { "clock", TRADE_KIND_CLOCK },
                   { "duration", TRADE_KIND_DURATION } };

/* A field of a body. */
typedef struct own_field {
    trade_shown_t as; /* its id is set when it is registered */
    char *filter_name;
    char *label; /* "": the filter name */
} own_field_t;

/* A row of the preference. */
typedef struct keyword_row {
    char *name;   /* as on the wire */
    char *info;   /* "": the keyword */
    char *fields; /* as the user wrote them */
} keyword_row_t;

/* A row as it is used. */
typedef struct own_keyword {
    const keyword_row_t *row;
    own_field_t *fields;
    unsigned count;
    unsigned known; /* so many of these, the first, could be registered */
} own_keyword_t;

static keyword_row_t *keyword_rows;
static unsigned keyword_row_count;
static own_keyword_t *keywords; /* of each row */
static unsigned keyword_count;
static hf_register_info *own_hfs; /* the fields that are registered for these */
static unsigned own_hf_count;
static int proto_trade = -1;

UAT_CSTRING_CB_DEF(keyword_rows, name, keyword_row_t)
UAT_CSTRING_CB_DEF(keyword_rows, info, keyword_row_t)
UAT_CSTRING_CB_DEF(keyword_rows, fields, keyword_row_t)

/* ---- The list of fields: kind filter-name "Label", ... ---- */

static void free_fields(own_field_t *fields, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        g_free(fields[i].filter_name);
        g_free(fields[i].label);
    }
    g_free(fields);
}

/* Returns the field of that name that is registered for the user's keywords; NULL: none is. */
static const hf_register_info *find_own(const char *name)
{
    for (unsigned i = 0; i < own_hf_count; i++) {
        if (strcmp(own_hfs[i].hfinfo.abbrev, name) == 0)
            return &own_hfs[i];
    }
    return NULL;
}

/* Returns what a filter name may not be; NULL: it may. */
static const char *find_fault(const char *name, trade_kind_t kind)
{
    trade_kind_t known = kind;

    if (!g_str_has_prefix(name, PREFIX) || !name[strlen(PREFIX)])
        return "begins with \"" PREFIX "\"";
    for (const char *at = name; *at; at++) {
        if (!g_ascii_islower(*at) && !g_ascii_isdigit(*at) && !strchr("._", *at))
            return "has lower-case letters, digits, dots and underscores only";
    }
    if (trade_values_find(name, &known) >= 0)
        return known == kind ? NULL : "of the built-in keywords keeps its kind";
    return !find_own(name) && proto_registrar_get_byname(name)
               ? "is not one that TRADE has for something else"
               : NULL;
}

/* Sets *kind to that of a name. Returns whether there is one. */
static bool find_kind(const char *name, trade_kind_t *kind)
{
    for (unsigned i = 0; i < array_length(kind_names); i++) {
        if (strcmp(kind_names[i].name, name) == 0) {
            *kind = kind_names[i].kind;
            return true;
        }
    }
    return false;
}

/* Returns a label without its quotation marks, which may be missing; g_free() it. */
static char *read_label(char *text)
{
    const char *label = g_strstrip(text);
    const size_t length = strlen(label);
    const bool is_quoted = length >= 2 && label[0] == '"' && label[length - 1] == '"';

    return is_quoted ? g_strndup(label + 1, length - 2) : g_strdup(label);
}

/* Reads a field: its kind, its filter name, and its label, which may be left out. Returns what is
 * wrong with it, to be g_free()d; NULL: nothing. */
static char *read_field(const char *text, own_field_t *field)
{
    char **words = g_strsplit_set(text, " \t", 3);
    const unsigned count = g_strv_length(words);
    trade_kind_t kind = TRADE_KIND_TEXT;
    const char *fault = NULL;
    char *wrong = NULL;

    if (count < 2 || !find_kind(words[0], &kind))
        wrong = g_strdup_printf("A field is a kind (text, ip, uint16, clock or duration), a filter "
                                "name and a \"Label\", not: %s",
                                text);
    else if ((fault = find_fault(words[1], kind)) != NULL)
        wrong = g_strdup_printf("A filter name %s; not so: %s", fault, words[1]);
    else
        *field = (own_field_t){ .as = { kind, -1 },
                                .filter_name = g_strdup(words[1]),
                                .label = count > 2 ? read_label(words[2]) : g_strdup("") };
    g_strfreev(words);
    return wrong;
}

/* Reads a list of fields; free_fields() them. Returns what is wrong with it, to be g_free()d; NULL:
 * nothing. */
static char *read_fields(const char *text, own_field_t **fields, unsigned *count)
{
    char **parts = g_strsplit(text, ",", -1);
    const unsigned most = g_strv_length(parts);
    char *wrong = most > TRADE_FIELD_COUNT
                      ? g_strdup_printf("A keyword has at most %d fields", TRADE_FIELD_COUNT)
                      : NULL;

    *fields = g_new0(own_field_t, MAX(most, 1));
    *count = 0;
    for (unsigned i = 0; i < most && !wrong; i++) {
        if (g_strstrip(parts[i])[0])
            wrong = read_field(parts[i], &(*fields)[*count]);
        *count += parts[i][0] && !wrong;
    }
    g_strfreev(parts);
    return wrong;
}

/* ---- What Info says ---- */

/* Returns the number of the field that a template names, up to the closing brace; count: none. */
static unsigned find_named(const own_field_t *fields, unsigned count, const char *name)
{
    const size_t length = strcspn(name, "}");
    unsigned i = 0;

    while (i < count && (strlen(fields[i].filter_name) != strlen(PREFIX) + length ||
                         strncmp(fields[i].filter_name + strlen(PREFIX), name, length) != 0))
        i++;
    return i;
}

/* Returns what Info says of a PDU whose body is whole. Lives as long as the packet. */
static const char *format_info(wmem_allocator_t *pool, const own_keyword_t *keyword,
                               const trade_pdu_t *body)
{
    wmem_strbuf_t *info = wmem_strbuf_new(pool, NULL);

    for (const char *rest = keyword->row->info; *rest;) {
        const size_t plain = strcspn(rest, "{");
        wmem_strbuf_append_len(info, rest, plain);
        rest += plain;
        if (!*rest)
            break;
        const unsigned field = find_named(keyword->fields, keyword->count, ++rest);
        if (field < keyword->count)
            trade_info_append_kind(info, keyword->fields[field].as.kind, &body->values[field]);
        rest += strcspn(rest, "}");
        rest += *rest != '\0';
    }
    return wmem_strbuf_get_str(info);
}

/* ---- The preference ---- */

static void *copy_row(void *to, const void *from, size_t size _U_)
{
    keyword_row_t *new_row = (keyword_row_t *)to;
    const keyword_row_t *old_row = (const keyword_row_t *)from;

    new_row->name = g_strdup(old_row->name);
    new_row->info = g_strdup(old_row->info ? old_row->info : "");
    new_row->fields = g_strdup(old_row->fields ? old_row->fields : "");
    return new_row;
}

static void free_row(void *row)
{
    keyword_row_t *keyword_row = (keyword_row_t *)row;

    g_free(keyword_row->name);
    g_free(keyword_row->info);
    g_free(keyword_row->fields);
}

/* Returns what is wrong with a template, to be g_free()d; NULL: nothing. */
static char *check_info(const char *info, const own_field_t *fields, unsigned count)
{
    for (const char *brace = strchr(info, '{'); brace; brace = strchr(brace + 1, '{')) {
        if (!strchr(brace, '}') || find_named(fields, count, brace + 1) == count)
            return g_strdup_printf("Info names a field that the keyword has not: %s", brace);
    }
    return NULL;
}

/* Returns whether a row makes sense; else sets *error to why not. */
static trade_bool_t check_row(void *row, char **error)
{
    const keyword_row_t *keyword_row = (const keyword_row_t *)row;
    const char *name = keyword_row->name ? keyword_row->name : "";
    const trade_text_t text = { (const uint8_t *)name, (unsigned)strlen(name) };
    own_field_t *fields = NULL;
    unsigned count = 0;

    if (text.length == 0 || !trade_text_is_printable(text))
        *error = g_strdup("A keyword needs a name of printable ASCII, as it is on the wire");
    else if (trade_find_keyword(text))
        *error = g_strdup_printf("%s is built in", name);
    else
        *error = read_fields(keyword_row->fields ? keyword_row->fields : "", &fields, &count);
    if (!*error && keyword_row->info)
        *error = check_info(keyword_row->info, fields, count);
    free_fields(fields, count);
    return *error == NULL;
}

/* Returns the id of a field, which is registered if it is new; -1: another keyword has it with
 * another type. */
static int register_field(const own_field_t *field)
{
    trade_kind_t kind = field->as.kind;
    const int built_in = trade_values_find(field->filter_name, &kind);
    const hf_register_info *known = find_own(field->filter_name);

    if (built_in >= 0)
        return built_in;
    if (known)
        return known->hfinfo.type == trade_kind_describe(kind, "", "", "").type ? *known->p_id : -1;
    const char *label = field->label[0] ? field->label : field->filter_name;
    hf_register_info *hf = &own_hfs[own_hf_count++];
    *hf = (hf_register_info){
        g_new(int, 1), trade_kind_describe(kind, g_strdup(label), g_strdup(field->filter_name),
                                           g_strdup("A field of the preference \"Keywords\""))
    };
    *hf->p_id = -1;
    proto_register_field_array(proto_trade, hf, 1);
    return *hf->p_id;
}

/* Takes back what the rows of before had. Wireshark frees the fields when nothing uses them. */
static void reset_rows(void)
{
    for (unsigned i = 0; i < own_hf_count; i++) {
        proto_deregister_field(proto_trade, *own_hfs[i].p_id);
        g_free(own_hfs[i].p_id);
    }
    if (own_hfs)
        proto_add_deregistered_data(own_hfs);
    for (unsigned i = 0; i < keyword_count; i++)
        free_fields(keywords[i].fields, keywords[i].count);
    g_free(keywords);
    keywords = NULL;
    own_hfs = NULL;
    keyword_count = own_hf_count = 0;
}

/* Takes a keyword from its row. */
static void apply_row(own_keyword_t *keyword, const keyword_row_t *row)
{
    keyword->row = row;
    g_free(read_fields(row->fields, &keyword->fields, &keyword->count));
    for (; keyword->known < keyword->count; keyword->known++) {
        own_field_t *field = &keyword->fields[keyword->known];
        field->as.hf = register_field(field);
        if (field->as.hf < 0)
            return;
    }
}

/* Takes the keywords from the rows; called after each change. */
static void apply_rows(void)
{
    reset_rows();
    keywords = g_new0(own_keyword_t, keyword_row_count);
    own_hfs = g_new0(hf_register_info, keyword_row_count * TRADE_FIELD_COUNT);
    for (; keyword_count < keyword_row_count; keyword_count++)
        apply_row(&keywords[keyword_count], &keyword_rows[keyword_count]);
}

/* ---- A PDU ---- */

static const own_keyword_t *find_keyword(trade_text_t text)
{
    for (unsigned i = 0; i < keyword_count; i++) {
        const char *name = keywords[i].row->name;
        if (strlen(name) == text.length && memcmp(name, text.bytes, text.length) == 0)
            return &keywords[i];
    }
    return NULL;
}

bool trade_keywords_add(trade_cursor_t *at)
{
    const own_keyword_t *keyword = find_keyword(at->pdu->keyword_text);
    trade_pdu_t body = { .complete = true };
    trade_cursor_t inside = *at;
    bool is_whole = true;

    if (!keyword)
        return false;
    inside.pdu = &body;
    body.length = at->pdu->length;
    for (unsigned i = 0; i < keyword->known && is_whole; i++) {
        const trade_field_id_t place = (trade_field_id_t)i;
        const trade_bytes_t from = trade_get_bytes(&inside);
        const trade_shown_t *as = &keyword->fields[i].as;
        const trade_parsed_t parsed = trade_parse_kind(&body, as->kind, place, &from);
        trade_add_kind(&inside, as, place, &parsed);
        is_whole = parsed.state == TRADE_PARSED_WHOLE;
    }
    at->offset = inside.offset;
    at->pdu->is_own = true;
    at->pdu->complete &= body.complete && keyword->known == keyword->count;
    if (at->pdu->complete && keyword->row->info[0])
        at->pdu->own_info = format_info(at->pinfo->pool, keyword, &body);
    return true;
}

void trade_keywords_register(module_t *preferences, int proto)
{
    static uat_field_t fields[] = {
        UAT_FLD_CSTRING(keyword_rows, name, "Keyword", "As it is on the wire"),
        UAT_FLD_CSTRING(
            keyword_rows, info, "Info",
            "What Info says; {reason} is the value of trade.reason. Empty: the keyword"),
        UAT_FLD_CSTRING(keyword_rows, fields, "Fields",
                        "In wire order: kind filter-name \"Label\", ... The kinds are text, ip, "
                        "uint16, clock and duration"),
        UAT_END_FIELDS
    };
    uat_t *uat = uat_new("Keywords", sizeof(keyword_row_t), "trade_keywords", true, &keyword_rows,
                         &keyword_row_count, UAT_AFFECTS_DISSECTION | UAT_AFFECTS_FIELDS, NULL,
                         copy_row, check_row, free_row, apply_rows, reset_rows, fields);

    proto_trade = proto;
    prefs_register_uat_preference(preferences, "keywords", "Keywords",
                                  "Keywords of this installation that TRADE's documentation does "
                                  "not give, and the fields of their bodies.",
                                  uat);
}
