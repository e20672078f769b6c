# test_printable.py
# Are texts of a capture safe wherever they are shown? Such a text moves no cursor, turns no text
# round, begins no line and no cell, whatever it comes from and wherever it goes.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import re
import unicodedata

import pytest

from trade_pdus import (
    MULTIPLEXER, TRADESITE, Capture, Conversation, close_connection, control, data,
    greeting, login, merge, new_connection, ping, pong, roundtrip_for_module, status, wall_time)

SECOND = 1_000_000
START = wall_time("10:00:00.000000")
# Bidirectional controls, C1 controls, ends of lines.
CHARACTERS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x85\x9b" \
    "\u2028\u2029"
EVIL = {
    "row": b"x |1 |ok |\n1 |77 |Backoffice |peer-not-reading |network |",
    "controls": bytes(range(1, 0x20)) + b"\x7f",
    "escape": b"\x1b]0;title\x07\x1b[2J\rTrader",
    "characters": CHARACTERS.encode(),
    "invalid": bytes(range(0x80, 0x100)),
    "long": b"\xff" * 250,
    "long, with ASCII": b"ab" + b"\xe2\x80\xae" * 82,
}
# Where tshark shows a capture; each its options.
OUTPUTS = {
    "Info": (), "Info, two passes": ("-2",), "tree": ("-V",), "tree, two passes": ("-V", "-2"),
    "bytes": ("-x",), "pdml": ("-T", "pdml"), "psml": ("-T", "psml"), "json": ("-T", "json"),
    "ek": ("-T", "ek"), "tabs": ("-T", "tabs"), "tree of TRADE": ("-O", "trade"),
}
TABLES = ("trade,health", "trade,incidents", "trade,clients")
# One tshark shows these; between cells of the last two there are tabs.
STATISTICS = (*TABLES, "trade,tree", "conv,trade", "endpoints,trade", "expert")
WITH_TABS = ("trade,srt", "flow,any,standard")
MODULE = 77


def make_capture(evil):
    """One text in each place that has one, and something wrong, so that sentences name it."""
    capture = Capture()
    module = Conversation(capture).handshake(at=START)
    module.module(greeting(MODULE, evil))
    module.module(ping(MODULE), at=START + SECOND)
    module.multiplexer(pong(MULTIPLEXER))
    module.module(control(MODULE, evil, b"\x01"))
    module.module(status(MODULE, evil))
    module.multiplexer(login(MULTIPLEXER, 2405, evil, evil, access=evil))
    module.module(data(MODULE, 2405, evil))
    site = Conversation(capture).handshake()
    site.module(greeting(TRADESITE, "Tradesite"))
    site.multiplexer(new_connection(2405, evil))
    site.module(login(TRADESITE, 2405, evil, "194.134.005.011", module=evil))
    site.multiplexer(roundtrip_for_module(evil, 500_000))
    site.multiplexer(close_connection(2405))
    for n in range(1, 9):
        module.module(ping(MODULE), at=START + n * 30 * SECOND)
        module.multiplexer(pong(MULTIPLEXER))
    module.module(ping(MODULE), at=START + 270 * SECOND)
    module.ack("multiplexer")
    module.rst("module", at=START + 400 * SECOND)
    return capture


@pytest.fixture(scope="module", name="paths")
def fixture_paths(tshark):
    return {name: tshark.save(make_capture(evil)) for name, evil in EVIL.items()}


@pytest.fixture(scope="module", name="together")
def fixture_together(tshark):
    """All of these in one capture."""
    return tshark.save(merge(make_capture(evil) for evil in EVIL.values()))


def find_unsafe(text, separators):
    """Returns the characters of a text that are not safe."""
    return {character for character in text if character not in separators and
            (unicodedata.category(character) in ("Cc", "Zl", "Zp") or character in CHARACTERS)}


def show(tshark, path, options, separators="\n"):
    """Returns what tshark prints, which is safe."""
    text = tshark.print_bytes("-r", path, *options).decode("utf-8", errors="strict")
    assert find_unsafe(text, separators) == set()
    return text


def ask(*statistics):
    """Returns the options for these statistics."""
    return ("-q", *(option for name in statistics for option in ("-z", name)))


@pytest.mark.parametrize("output", OUTPUTS)
def test_outputs(tshark, together, output):
    assert show(tshark, together, OUTPUTS[output], "\n\t" if output == "tabs" else "\n")


@pytest.mark.parametrize("statistics, separators", ((STATISTICS, "\n"), (WITH_TABS, "\n\t")),
                         ids=("plain", "with tabs"))
def test_statistics(tshark, together, statistics, separators):
    text = show(tshark, together, ("-2", *ask(*statistics)), separators)
    assert text.count("\n====") >= len(statistics)


def test_follow(tshark, together):
    """Each client; of a payload's ends of lines Wireshark keeps what they are."""
    followed = [f"follow,trade,ascii,{client}" for client in range(len(EVIL))]
    text = show(tshark, together, ask(*followed), "\n\t\r")
    assert text.count("Follow: trade,ascii") == len(EVIL)


def test_values(tshark, together):
    """The values of all fields, as -T fields prints them."""
    fields = [option for field in tshark.fields() for option in ("-e", field.name)]
    show(tshark, together, ("-2", "-T", "fields", *fields), "\n\t")


def test_no_cell_is_forged(tshark, paths):
    """Each row has as many cells as its table's heading, and there are as many rows as with a plain
    name."""
    def read(path):
        text = show(tshark, path, ask(*TABLES))
        tables = [[line.count("|") for line in table.splitlines() if "|" in line]
                  for table in re.split(r"^=+\n(?=TRADE)", text, flags=re.M)[1:]]
        assert len(tables) == len(TABLES)
        return tables
    plain = read(tshark.save(make_capture(b"Zep")))
    assert all(len(table) > 1 and len(set(table)) == 1 for table in plain)
    for path in paths.values():
        assert read(path) == plain


def test_printable_values_stay(tshark, sharkd):
    """A bar, a backslash and a leading sign are values as they are."""
    name = "=A |b\\x0a"
    fields = {"trade.greeting": name, "trade.username": name, "trade.status": name,
              "trade.access": name, "trade.module": name, "trade.keyword": name}
    path = tshark.save(make_capture(name.encode()))
    rows = tshark.values(path, *fields)
    for (field, value), *shown in zip(fields.items(), *rows):
        assert value in shown, field
        escaped = value.replace("\\", "\\\\")
        assert sharkd.find_frames(path, f'{field} == "{escaped}"'), field


def test_what_is_in_their_place(tshark):
    """As in Info; of what is kept and goes into tables, a bar as well."""
    path = tshark.save(make_capture(b"a\x1b|\xff"))
    assert ("a\\x1b|\ufffd",) in tshark.values(path, "trade.username")
    assert "a\\x1b\\x7c\ufffd" in {row[0] for row in tshark.values(path, "trade.sender.name")}
    assert "|a\\x1b\\x7c\ufffd |" in tshark.run("-r", path, "-q", "-z", "trade,health")


def test_names_of_the_preference(tshark):
    r"""They may be of any script; the file has what is not printable as \x1b."""
    path = tshark.save(make_capture(b"Zep"))
    for name, shown in ((r"L\xc3\xa4ufer", "L\u00e4ufer"), (r"a\x1b[2J|\x0d", r"a\x1b[2J\x7c\x0d"),
                        (r"\xe2\x80\xaeb\xff", r"\xe2\x80\xaeb\xff"),
                        (r"a\xe2\x80\xa8\xc2\x9b", r"a\xe2\x80\xa8\xc2\x9b")):
        options = ("-o", f'uat:trade_modules:"{MODULE}","{name}"', "-z", "trade,tree")
        frames, tree = show(tshark, path, options).split("===", 1)
        assert f"{shown} -> Control, Ping, len=10" in frames
        assert shown in tree


def test_a_sentence_has_the_whole_name(tshark):
    """However long it is, and its filter is still there."""
    name = "Trader" * 40
    text = tshark.run("-r", tshark.save(make_capture(name.encode())), "-q", "-z", "trade,health")
    row, = (line for line in text.splitlines() if "|ping-unanswered |" in line)
    assert re.search(rf"{name} \(10\.0\.0\.1:\d+\) had no Pong", row)
    assert re.search(r"Filter: tcp\.stream == 0 && frame\.number >= \d+", row)
