/* framing_fuzz.c
 * A libFuzzer target: where PDUs begin in any bytes, and how long they are.
 *
 * An input is trust, whether a module sent the bytes, and which unit is asked for anew (1; ASKED_
 * bits), the id that sends control PDUs (1; 0: anybody), bytes that the snapshot length cut off
 * (1), and the bytes.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/framing.c"
#include "stream/scan.c"
#include "wire/keyword.c"
#include "wire/pdu.c"

#include <epan/exceptions.h>
#include <wsutil/wmem/wmem.h>

#include "tests/fuzz/bytes.h"

/* Of the first byte; the rest of it is trust. */
enum { ASKED_SHIFT = 3, ASKED_MASK = 0x0f, ASKED_BY_MODULE = 0x80 };

/* Ids that are known: the talk's, roughly. */
static bool is_known(uint8_t id, void *data)
{
    (void)data;
    return id < 100;
}

static bool are_same(const trade_unit_t *one, const trade_unit_t *other)
{
    return one->kind == other->kind && one->length == other->length &&
           one->needed == other->needed && one->is_open == other->is_open &&
           one->is_plain == other->is_plain;
}

/* Checks a unit at a place where enough is captured to tell. */
static void check_unit(tvbuff_t *tvb, unsigned offset, const trade_unit_t *unit,
                       const trade_senders_t *senders)
{
    const unsigned reported = tvb_reported_length(tvb) - offset;
    const unsigned captured = tvb_captured_length(tvb) - offset;

    expect(unit->length > 0 || unit->needed > 0, "a unit has bytes, or waits for more");
    expect(unit->needed == 0 || unit->needed > captured, "it waits for more than there is");
    if (unit->is_plain) {
        expect(unit->kind == TRADE_UNIT_PDU, "only a PDU's header says how long it is");
        expect(unit->length == tvb_get_ntohs(tvb, (int)offset + 1), "and it is that long");
    }
    if (unit->kind == TRADE_UNIT_UNDISSECTED)
        expect(unit->length <= reported, "what is no PDU ends with the bytes");
    if (unit->kind == TRADE_UNIT_GREETING)
        expect(senders->from_module, "only modules greet");
}

/* Asks for a unit where nothing was found out before: that changes no answer. */
static void ask_anew(tvbuff_t *tvb, unsigned offset, trade_trust_t trust, const trade_scan_t *scan,
                     const trade_unit_t *unit)
{
    trade_scan_t fresh = trade_scan_begin(tvb, &scan->senders, scan->pool);
    const trade_unit_t again = trade_find_unit(&fresh, offset, trust);
    const trade_text_t keyword = trade_scan_find_keyword(&fresh, offset);

    expect(are_same(unit, &again), "the same bytes have the same answer");
    expect(!keyword.bytes || trade_scan_is_control(scan, offset),
           "a known keyword is in a control PDU");
}

/* Walks bytes as the driver does: one unit after the other. asked: the unit to ask for anew. */
static void walk(tvbuff_t *tvb, trade_trust_t trust, trade_scan_t *scan, unsigned asked)
{
    unsigned offset = 0;

    for (unsigned i = 0; trade_scan_get_captured(scan, offset) >= TRADE_LENGTH_END; i++) {
        const trade_unit_t unit = trade_find_unit(scan, offset, trust);
        check_unit(tvb, offset, &unit, &scan->senders);
        if (i == asked)
            ask_anew(tvb, offset, trust, scan, &unit);
        if (unit.length == 0)
            break;
        offset += unit.length;
        trust = unit.kind == TRADE_UNIT_UNDISSECTED ? TRADE_TRUST_NONE : TRADE_TRUST_BOUNDARY;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static wmem_allocator_t *pool;
    bytes_t bytes = { data, size };
    const unsigned bits = take_byte(&bytes);
    const unsigned control = take_byte(&bytes), cut = take_byte(&bytes);
    const trade_senders_t senders = { .is_known = is_known,
                                      .control = control ? (int)control : TRADE_SENDER_ANY,
                                      .from_module = bits & ASKED_BY_MODULE };

    if (!pool) {
        wmem_init();
        except_init();
        pool = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE); /* each piece on its own */
    }
    /* Exact in size, so that AddressSanitizer knows its end. */
    uint8_t *exact = (uint8_t *)g_memdup2(bytes.at, bytes.left);
    tvbuff_t *tvb = tvb_new_real_data(exact, (unsigned)bytes.left, (int)(bytes.left + cut));
    trade_scan_t scan = trade_scan_begin(tvb, &senders, pool);
    walk(tvb, (trade_trust_t)(bits % (TRADE_TRUST_NONE + 1)), &scan,
         bits >> ASKED_SHIFT & ASKED_MASK);
    trade_looks_like_trade(tvb, pool);
    wmem_free_all(pool);
    tvb_free(tvb);
    g_free(exact);
    return 0;
}
