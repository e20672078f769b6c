# test_coverage.py
# Is each field and each expert info that the plugin registers shown by some
# capture of the tests, and listed in docs/FIELDS.md?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import re

import pytest
from conftest import ROOT
from test_framing import make_cases, make_held
from test_health import make
from test_keywords import make_rows
from test_session import everything


@pytest.fixture(scope="module")
def shown(tshark, captures):
    """All PDUs of the captures, of the keywords' rows, of the cases of framing and of a capture
    in which much belongs together."""
    together = tshark.save(everything())
    made = [tshark.save(capture) for capture in (make_rows(), make_cases())]
    pdus = [pdu for path in (*captures.values(), *made, together) for pdu in tshark.pdus(path)]
    told = captures["incident"], tshark.save(make(1, "a_ping_is_not_acknowledged"))
    pdus += [finding for path in told for frame in tshark.frames(path, "-2")
             for finding in frame.findings]
    return [*pdus, *tshark.pdus(together, "-2"),
            *tshark.pdus(tshark.save(make_held(lost=True)),
                         "-o", "tcp.reassemble_out_of_order:TRUE")]


def test_all_is_shown(tshark, captures, shown):
    names = {name for pdu in shown for name in (*pdu.experts, *(field[0] for field in pdu.fields))}
    if ("Trader",) in tshark.values(captures["incident"], "trade.connection"):
        names.add("trade.connection")  # made where a column asks for it only
    if tshark.version != "4.0":
        names.add("trade.nothing_missing")  # said where TCP errs, as it does no more
    assert [field.name for field in tshark.fields() if field.name not in names] == []


LIST = ROOT / "docs" / "FIELDS.md"
# What is between these is made.
MADE = re.compile(r"(?<=<!-- tshark -G fields -->\n).*(?=<!-- end -->)", re.S)
# What a type of Wireshark's is called, where that is not its own name in lower case.
TYPES = {"STRINGZ": "string", "FRAMENUM": "frame", "IPv4": "IPv4",
         "RELATIVE_TIME": "time in s", "ABSOLUTE_TIME": "date and time"}
FIELDS = """
| field | type | meaning |
|---|---|---|
"""
EXPERTS = """
| expert info | severity | says |
|---|---|---|
"""


def make_tables(tshark, severities):
    """Returns the fields and the expert infos, as docs/FIELDS.md has them."""
    fields, experts = FIELDS, EXPERTS
    for name, label, kind, meaning in tshark.fields():
        kind = kind.removeprefix("FT_")
        if kind == "NONE":
            experts += f"| `{name}` | {severities.get(name)} | {label} |\n"
        else:
            fields += f"| `{name}` | {TYPES.get(kind, kind.lower())} | {meaning} |\n"
    return fields + experts + "\n"


def test_all_is_listed(tshark, shown, request):
    """To write the lists anew: sh tools/test.sh --rewrite-golden."""
    severities = {name: severity for pdu in shown for name, severity in pdu.severities.items()}
    severities.setdefault("trade.nothing_missing", "note")
    text = LIST.read_text(encoding="utf-8")
    tables = make_tables(tshark, severities)
    if request.config.getoption("--rewrite-golden"):
        text = MADE.sub(lambda _: tables, text)
        LIST.write_text(text, encoding="utf-8")
    assert MADE.search(text).group() == tables
