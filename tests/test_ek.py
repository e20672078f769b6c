# test_ek.py
# Does what "tshark -T ek" writes of TRADE fit the index template for Elasticsearch
# and OpenSearch? The template's types are taken at the engines' word: what each
# accepts is written down below.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import datetime
import ipaddress
import json
import re
import subprocess

import pytest

from conftest import ROOT

ELASTIC = ROOT / "docs" / "elastic"

TEMPLATE = ELASTIC / "trade-template.json"
KEYWORD = {"type": "keyword", "ignore_above": 8191}
# What each of Wireshark's types is mapped to. Of an expert info, which has no value, only
# null_value makes the name searchable.
MAPPINGS = {
    "FT_UINT8": {"type": "short"}, "FT_UINT16": {"type": "integer"}, "FT_UINT32": {"type": "long"},
    "FT_UINT64": {"type": "unsigned_long"}, "FT_FRAMENUM": {"type": "long"},
    "FT_DOUBLE": {"type": "double"}, "FT_RELATIVE_TIME": {"type": "double"},
    "FT_IPv4": {"type": "ip"}, "FT_STRING": KEYWORD, "FT_STRINGZ": KEYWORD,
    "FT_BYTES": {"type": "keyword", "index": False, "doc_values": False},
    "FT_ABSOLUTE_TIME": {"type": "date", "format": "strict_date_optional_time",
                         "ignore_malformed": True},
    "FT_NONE": {"type": "boolean", "null_value": True}}
# The lines of fields, and those of expert infos.
MADE = re.compile(r'(?:^ +"trade_trade_\w+": \{.*\},?\n)+', re.M)
BITS = {"short": (-2**15, 2**15), "integer": (-2**31, 2**31), "long": (-2**63, 2**63),
        "unsigned_long": (0, 2**64)}
# Lucene takes no longer term; a character has up to 4 bytes.
TERM_BYTES = 32766


def fits(value, mapping):
    """Returns whether an engine takes a value; numbers may stand in quotes."""
    kind = mapping["type"]
    if kind == "boolean":
        return value is None and mapping.get("null_value") is True or value in (True, False)
    if not isinstance(value, str):
        return False
    if kind in BITS:
        low, high = BITS[kind]
        return bool(re.fullmatch(r"-?\d+", value)) and low <= int(value) < high
    if kind == "double":
        return bool(re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", value))
    if kind == "ip":
        return bool(ipaddress.ip_address(value))
    if kind == "date":
        return is_date(value)
    assert kind == "keyword"
    is_kept_only = mapping.get("index") is False and mapping.get("doc_values") is False
    return is_kept_only or mapping["ignore_above"] * 4 <= TERM_BYTES


def is_date(value):
    """Returns whether this is strict_date_optional_time with up to nanoseconds."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z", value)
    return bool(match and datetime.datetime.fromisoformat(match.group(1)))


@pytest.fixture(scope="module")
def mappings():
    template = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    assert template["index_patterns"] == ["packets-*"]
    return template["template"]["mappings"]["properties"]


@pytest.fixture(scope="module")
def properties(mappings):
    return mappings["layers"]["properties"]["trade"]["properties"]


@pytest.fixture(scope="module")
def lines(tshark, captures):
    """All lines that -T ek writes of captures/, in two passes."""
    return [line for path in captures.values() for line in
            tshark.run("-2", "-r", path, "-Y", "trade", "-T", "ek", "-J", "frame ip tcp trade")
            .splitlines()]


def make_lines(fields, indent, end):
    """Returns the template's lines of these fields."""
    lines = [f'{" " * indent}"trade_{field.name.replace(".", "_")}": '
             f'{json.dumps(MAPPINGS[field.type])}' for field in fields]
    return ",\n".join(lines) + end


def test_template_has_all(tshark, request):
    """To write it anew: sh tools/test.sh --rewrite-golden."""
    fields = [field for field in tshark.fields() if field.type != "FT_NONE"]
    experts = [field for field in tshark.fields() if field.type == "FT_NONE"]
    made = [make_lines(fields, 16, ",\n"), make_lines(experts, 20, "\n")]
    text = TEMPLATE.read_text(encoding="utf-8")
    if request.config.getoption("--rewrite-golden"):
        parts = iter(made)
        text = MADE.sub(lambda _: next(parts), text)
        TEMPLATE.write_text(text, encoding="utf-8")
    assert MADE.findall(text) == made


def check(pdu, properties, seen):
    """Holds all that -T ek writes of a PDU against the template."""
    for name, value in pdu.items():
        if name == "_ws_expert":
            for expert in value if isinstance(value, list) else [value]:
                check(expert, properties[name]["properties"], seen)
            continue
        if not name.startswith(("trade_", "_ws_expert_")):
            continue  # Wireshark's own, as _ws_malformed
        assert name in properties, f"{name} is not in the template"
        for one in value if isinstance(value, list) else [value]:
            assert fits(one, properties[name]), f"{name}: {one!r} is no {properties[name]}"
        seen.add(name)


def test_every_value_fits_its_type(lines, mappings, properties):
    seen = set()
    for line in lines:
        document = json.loads(line)
        if "index" in document:
            assert document["index"]["_index"].startswith("packets-")
            continue
        assert mappings["timestamp"]["format"] == "epoch_millis"
        assert re.fullmatch(r"\d+", document["timestamp"])
        pdus = document["layers"]["trade"]
        for pdu in pdus if isinstance(pdus, list) else [pdus]:
            check(pdu, properties, seen)
    kinds = {properties.get(name, {}).get("type") for name in seen}
    assert kinds >= {"short", "integer", "long", "unsigned_long", "double", "ip", "keyword", "date"}
    assert "trade_trade_ping_unanswered" in seen


def test_the_documented_sed_strips_types_only(lines):
    command = re.search(r"sed '([^']*)'", (ELASTIC / "README.md").read_text()).group(1)
    stripped = subprocess.run(["sed", command], input="\n".join(lines) + "\n", text=True,
                              capture_output=True, check=True).stdout.splitlines()
    assert len(stripped) == len(lines)
    for before, after in zip(map(json.loads, lines), map(json.loads, stripped)):
        if "index" in before:
            before["index"].pop("_type", None)
        assert after == before
