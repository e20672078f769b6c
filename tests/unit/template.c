/* template.c
 * Are Info templates taken apart as wire/keywords.h describes them?
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdbool.h>
#include <stdio.h>

#include "ui/template.c"
#include "wire/keyword.c"

#define NO TRADE_NO_FIELD
#define FIVE "{conn_id}{conn_id}{conn_id}{conn_id}{conn_id}"

/* A template, what is wrong with it, and its parts. */
static const struct {
    const char *text;
    const char *wrong;
    unsigned count;
    struct {
        const char *text;
        trade_field_id_t field, needs;
    } parts[4];
} cases[] = {
    { "Hello", NULL, 1, { { "Hello", NO, NO } } },
    { "", NULL, 1, { { "", NO, NO } } },
    { "Status: {status}", NULL, 2, { { "Status: ", TRADE_FIELD_STATUS, NO }, { "", NO, NO } } },
    { "{conn_id} is {status}.",
      NULL,
      3,
      { { "", TRADE_FIELD_CONN_ID, NO }, { " is ", TRADE_FIELD_STATUS, NO }, { ".", NO, NO } } },
    { "In[ to {module}] (id)",
      NULL,
      4,
      { { "In", NO, NO },
        { " to ", TRADE_FIELD_MODULE, TRADE_FIELD_MODULE },
        { "", NO, TRADE_FIELD_MODULE },
        { " (id)", NO, NO } } },
    { "{nothing}", "nothing}", 1, { { "", NO, NO } } },
    { "{conn}", "conn}", 1, { { "", NO, NO } } },
    { "[no field]", "", 1, { { "", NO, NO } } },
    { FIVE FIVE FIVE, NULL, 16, { { "", TRADE_FIELD_CONN_ID, NO } } },
    { FIVE FIVE FIVE "{conn_id}",
      FIVE FIVE FIVE "{conn_id}",
      16,
      { { "", TRADE_FIELD_CONN_ID, NO } } },
};

/* Returns whether a case turns out as it should. */
static bool check_case(unsigned i)
{
    trade_template_t template;
    const char *wrong = trade_template_read(cases[i].text, &template);

    if (!wrong != !cases[i].wrong || (wrong && strcmp(wrong, cases[i].wrong) != 0) ||
        template.count != cases[i].count)
        return false;
    for (unsigned part = 0; part < template.count && part < 4 && cases[i].parts[part].text;
         part++) {
        const trade_part_t *found = &template.parts[part];
        if (found->length != strlen(cases[i].parts[part].text) ||
            memcmp(found->text, cases[i].parts[part].text, found->length) != 0 ||
            found->field != cases[i].parts[part].field ||
            found->needs != cases[i].parts[part].needs)
            return false;
    }
    return true;
}

int main(void)
{
    trade_template_t template;
    int failed = 0;

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!check_case(i)) {
            printf("%s\n", cases[i].text);
            failed = 1;
        }
    }
    for (unsigned i = 0; i < TRADE_KEYWORD_COUNT; i++) {
        if (trade_keywords[i].info && trade_template_read(trade_keywords[i].info, &template)) {
            printf("of %s\n", trade_keywords[i].name);
            failed = 1;
        }
    }
    return failed;
}
