/* library.c
 * libwireshark with the plugin, as a user's Wireshark has it: loaded once, with a capture file
 * after the other.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdlib.h>
#include <string.h>

#include <epan/column.h>
#include <epan/epan.h>
#include <epan/exceptions.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/tap.h>
#include <epan/timestamp.h>
#include <epan/tvbuff.h>
#include <epan/uat-int.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>
#include <wsutil/wslog.h>

#include "anew.h"
#include "library.h"

void plugin_register(void);

/* A preference that an input can turn. */
typedef struct choice {
    const char *name;
    const char *usual, *other;
    bool is_other;
} choice_t;

enum { CHOICE_IN_PIECES = 0, CHOICE_OUT_OF_ORDER = 2, CHOICE_ABSOLUTE = 3, CHOICE_NO_ANALYSIS = 4 };

static choice_t choices[] = {
    { "tcp.desegment_tcp_streams", "TRUE", "FALSE", false },
    { "trade.desegment", "TRUE", "FALSE", false },
    { "tcp.reassemble_out_of_order", "FALSE", "TRUE", false },
    { "tcp.relative_sequence_numbers", "TRUE", "FALSE", false },
    { "tcp.analyze_sequence_numbers", "TRUE", "FALSE", false },
    { "trade.desegment_data", "TRUE", "FALSE", false },
    { "tcp.no_subdissector_on_error", "TRUE", "FALSE", false },
    { "tcp.try_heuristic_first", "FALSE", "TRUE", false },
    { "tcp.check_checksum", "FALSE", "TRUE", false },
    { "tcp.calculate_timestamps", "TRUE", "FALSE", false },
    { "ip.defragment", "TRUE", "FALSE", false },
    { "ipv6.defragment", "TRUE", "FALSE", false },
};

static epan_t *session;
static uint32_t frame_number;
static column_info columns;
static unsigned text_module; /* of Decode As; 0: none */
static bool has_module_ids, is_decoded_as;

/* Sets a preference by its name in Wireshark's files. */
static void set_preference(const char *name, const char *value)
{
    char *error = NULL;
    char *assignment = g_strdup_printf("%s:%s", name, value);

    if (prefs_set_pref(assignment, &error) != PREFS_SET_OK)
        g_error("no preference %s: %s", name, error ? error : "");
    g_free(error);
    g_free(assignment);
}

static void set_number(const char *name, unsigned value)
{
    char *text = g_strdup_printf("%u", value);

    set_preference(name, text);
    g_free(text);
}

static void set_module_ids(bool wanted)
{
    if (wanted == has_module_ids)
        return;
    has_module_ids = wanted;
    if (wanted) {
        set_preference("uat:trade_modules", "\"11\",\"Back Office\"");
        set_preference("uat:trade_modules", "\"201\",\"Caf\xc3\xa9\"");
    } else {
        uat_clear(uat_get_table_by_name("Module IDs"));
    }
}

/* Says in Decode As what the other port and a module's payload are. */
static void set_decode_as(bool wants_port, unsigned module)
{
    if (wants_port != is_decoded_as && wants_port)
        dissector_change_uint("tcp.port", FUZZ_OTHER, find_dissector("trade"));
    else if (wants_port != is_decoded_as)
        dissector_reset_uint("tcp.port", FUZZ_OTHER);
    is_decoded_as = wants_port;
    if (module == text_module)
        return;
    if (text_module)
        dissector_reset_uint("trade.data", text_module);
    if (module)
        dissector_change_uint("trade.data", module, find_dissector("data-text-lines"));
    text_module = module;
}

fuzz_tcp_t fuzz_library_set(const fuzz_input_t *input)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(choices); i++) {
        const bool other = input->choices >> i & 1;
        if (other != choices[i].is_other)
            set_preference(choices[i].name, other ? choices[i].other : choices[i].usual);
        choices[i].is_other = other;
    }
    set_number("trade.interval", input->interval);
    set_number("trade.limit", input->limit);
    set_number("trade.slow", input->slow * 10);
    set_module_ids(input->bits & FUZZ_MODULE_IDS);
    set_decode_as((input->bits & FUZZ_OTHER_PORT) && (input->bits & FUZZ_DECODE_AS),
                  input->text_module);
    prefs_apply_all();
    return (fuzz_tcp_t){ .is_in_pieces = choices[CHOICE_IN_PIECES].is_other,
                         .is_out_of_order = choices[CHOICE_OUT_OF_ORDER].is_other,
                         .is_absolute = choices[CHOICE_ABSOLUTE].is_other,
                         .is_unanalysed = choices[CHOICE_NO_ANALYSIS].is_other };
}

static const nstime_t *get_time(struct packet_provider_data *provider _U_, uint32_t number _U_)
{
    static const nstime_t none;

    return &none;
}

static const char *get_interface(struct packet_provider_data *provider _U_, uint32_t number
#if AT_LEAST(4, 4)
                                 ,
                                 unsigned section _U_
#endif
)
{
    return number == 0 ? "eth0" : "eth1";
}

void fuzz_library_open(void)
{
    static const struct packet_provider_funcs functions = { .get_frame_ts = get_time,
                                                            .get_interface_name = get_interface };

    if (session)
        epan_free(session);
    session = epan_new(NULL, &functions);
    frame_number = 0;
}

epan_dissect_t *fuzz_library_prepare(bool has_tree, bool is_visible)
{
    return epan_dissect_new(session, has_tree, is_visible);
}

static void set_record(wtap_rec *rec, const fuzz_frame_t *frame)
{
    rec->rec_type = REC_TYPE_PACKET;
    rec->presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN | WTAP_HAS_INTERFACE_ID;
    rec->ts = frame->when;
    rec->tsprec = WTAP_TSPREC_NSEC;
    rec->rec_header.packet_header.interface_id = frame->interface;
    rec->rec_header.packet_header.caplen = frame->captured;
    rec->rec_header.packet_header.len = frame->reported;
    rec->rec_header.packet_header.pkt_encap = WTAP_ENCAP_ETHERNET;
}

void fuzz_library_dissect(epan_dissect_t *edt, fuzz_frame_t *frame, column_info *cinfo)
{
    wtap_rec rec;

#if AT_LEAST(4, 6)
    wtap_rec_init(&rec, frame->captured);
    wtap_setup_packet_rec(&rec, WTAP_ENCAP_ETHERNET);
    ws_buffer_append(&rec.data, frame->bytes, frame->captured);
#else
    wtap_rec_init(&rec);
#endif
    set_record(&rec, frame);
    if (frame->fd.num == 0)
        frame_data_init(&frame->fd, ++frame_number, &rec, 0, 0);
#if AT_LEAST(4, 6)
    epan_dissect_run_with_taps(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &rec, &frame->fd, cinfo);
#else
    epan_dissect_run_with_taps(
        edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &rec,
        tvb_new_real_data(frame->bytes, frame->captured, (int)frame->reported), &frame->fd, cinfo);
#endif
    wtap_rec_cleanup(&rec);
}

column_info *fuzz_library_get_columns(void)
{
    return &columns;
}

/* ---- Loading ---- */

/* Decodes the body of a keyword, "Frobnicate", or throws, by its first byte: as others' do. */
static int dissect_body(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree, void *data _U_)
{
    static const long exceptions[] = { ReportedBoundsError, BoundsError, FragmentBoundsError };
    const int length = (int)tvb_captured_length(tvb);
    const uint8_t first = length > 0 ? *tvb_get_ptr(tvb, 0, 1) : 0;
    const bool is_throwing = first > 0 && first <= G_N_ELEMENTS(exceptions);
    const int taken = is_throwing ? length : MIN(length, first);

    if (taken > 0)
        proto_tree_add_item(tree, proto_registrar_get_id_byname("data.data"), tvb, 0, taken,
                            ENC_NA);
    if (is_throwing)
        THROW(exceptions[first - 1]);
    return taken;
}

static void disable_others(void)
{
    void *cookie = NULL;

    for (int id = proto_get_first_protocol(&cookie); id != -1;
         id = proto_get_next_protocol(&cookie)) {
        if (!fuzz_anew_is_kept(proto_get_protocol_filter_name(id)) &&
            proto_can_toggle_protocol(id) && !proto_is_pino(find_protocol_by_id(id)))
            proto_set_decoding(id, FALSE);
    }
}

/* Does what a program does before it reads a file. */
static void begin_program(const char *name)
{
    ws_log_set_level(LOG_LEVEL_WARNING);
    init_process_policies();
#if AT_LEAST(4, 6)
    g_free(configuration_init(name));
#else
    g_free(configuration_init(name, NULL));
#endif
    timestamp_set_type(TS_RELATIVE);
    timestamp_set_precision(TS_PREC_AUTO);
    timestamp_set_seconds_type(TS_SECONDS_DEFAULT);
    wtap_init(FALSE);
    plugin_register();
    if (!epan_init(NULL, NULL, FALSE))
        g_error("libwireshark does not start");
    build_column_format_array(&columns, epan_load_settings()->num_cols, TRUE);
}

void fuzz_library_load(const char *name)
{
    char wrong[] = "uat:trade_modules:\"300\",\"Beyond\"";
    char *error = NULL;

#if __has_feature(address_sanitizer)
    /* Each allocation on its own, so that it sees overruns. */
    g_setenv("WIRESHARK_DEBUG_WMEM_OVERRIDE", "simple", FALSE);
    g_setenv("G_SLICE", "always-malloc", FALSE);
#endif
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    g_setenv("WIRESHARK_ABORT_ON_DISSECTOR_BUG", "1", FALSE);
    g_setenv("WIRESHARK_ABORT_ON_TOO_MANY_ITEMS", "1", FALSE);
    begin_program(name);
    disable_others();
    dissector_add_string(
        "trade.keyword", "Frobnicate",
        create_dissector_handle(dissect_body, proto_get_id_by_filter_name("data")));
    if (prefs_set_pref(wrong, &error) == PREFS_SET_OK)
        g_error("a module id of 300 is taken");
    g_free(error);
}
