# test_coverage.py
# Is each field and each expert info that the plugin registers shown by some
# capture of the tests?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pathlib
import re

import pytest
from test_framing import make_cases, make_held
from test_health import make
from test_session import everything

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = [*ROOT.glob("*.c"), *ROOT.glob("*/*.c")]


def registered():
    """Returns the names of fields and expert infos in the registration arrays."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SOURCES))
    fields = re.findall(r'&hf_trade_\w+,\s*\{\s*"[^"]*",\s*"(trade\.[\w.]+)"', source)
    experts = re.findall(r'&ei_trade_\w+,\s*\{\s*"(trade\.[\w.]+)"', source)
    assert len(fields) == len(re.findall(r"{\s*&hf_trade_\w+,\s*{", source))
    assert len(experts) == len(re.findall(r"{\s*&ei_trade_\w+,\s*{", source))
    return sorted(fields + experts)


NAMES = registered()


@pytest.fixture(scope="module")
def shown(tshark, captures):
    """All names that tshark shows in the captures, the cases of framing and a capture
    in which much belongs together."""
    together = tshark.save(everything())
    pdus = [pdu for path in (*captures.values(), tshark.save(make_cases()), together)
            for pdu in tshark.pdus(path)] + tshark.pdus(together, "-2")
    pdus += tshark.pdus(tshark.save(make(1, "a_ping_is_not_acknowledged")))
    pdus += tshark.pdus(tshark.save(make_held(lost=True)), "-o", "tcp.reassemble_out_of_order:TRUE")
    return {name for pdu in pdus for name in (*pdu.experts, *(field[0] for field in pdu.fields))}


@pytest.mark.parametrize("name", NAMES)
def test_is_shown(shown, name):
    assert name in shown


def test_tshark_knows_the_same_names(tshark):
    """Nothing is registered that the sources do not name in one of the two arrays."""
    lines = (line.split("\t") for line in tshark.run("-G", "fields").splitlines())
    known = [line[2] for line in lines if line[0] == "F" and line[2].startswith("trade.")]
    assert sorted(known) == NAMES
