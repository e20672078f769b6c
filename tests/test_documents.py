# test_documents.py
# Is what the documents print what tshark prints today?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import re
import shlex
import shutil
import subprocess

import pytest

from conftest import ROOT

SHOWN = [(name, block) for name in ("README.md", "docs/FINDING-THE-CAUSE.md")
         for block in re.findall(r"```console\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"),
                                 re.S)]


def simplify(line):
    """Returns a line without blanks and what Wireshark's versions draw and round otherwise:
    the widths of -z io,stat, and the seconds in which its intervals begin."""
    line = re.sub(r"^(\| [0-9-]+ [0-9:]{5}):\d\d ", r"\1 ", line)
    return " ".join(re.sub(r"-+", "-", line).split())


@pytest.mark.parametrize("name, block", SHOWN,
                         ids=(f"{name}-{n}" for n, (name, _) in enumerate(SHOWN)))
def test_output_is_real(tshark, captures, name, block):
    """Blanks aside, each line that the document prints, in order."""
    command, *lines = block.splitlines()
    words = shlex.split(command.removeprefix("$ tshark "))
    words[words.index("captures/incident.pcapng")] = captures["incident"]
    shown = (simplify(line) for line in
             tshark.run(*words, timezone="Europe/Amsterdam").splitlines())
    for line in lines:
        assert line == "…" or simplify(line) in shown, line


def test_verdicts_are_the_rules():
    """docs/VERDICTS.md has the rows of analysis/verdict.c, with case, word and place, in order."""
    code = (ROOT / "analysis/verdict.c").read_text(encoding="utf-8")
    places = {"NONE": "-", "ASKING": "side", "PEER": "peer", "NETWORK": "network",
              "NETWORK_OR_ASKING": "network-or-side", "NETWORK_OR_PEER": "network-or-peer",
              "UNKNOWN": "cannot-tell"}
    rules = [(case, verdict.lower().replace("_", "-"), places[place]) for case, verdict, place
             in re.findall(r"{ TRADE_CASE_(\w+), TRADE_VERDICT_(\w+), PLACE_(\w+),", code)]
    text = (ROOT / "docs/VERDICTS.md").read_text(encoding="utf-8")
    rows = [tuple(cell.strip(" `") for cell in line.split("|")[1:6])
            for line in text.splitlines() if re.match(r"\| (GAP|WAIT|ANSWER|RESET|BLIND) \|.*\|.*\|.*\|", line)]
    assert [(case, word, where) for case, _, word, where, _ in rows] == rules
    assert len(rules) > 40


def test_scripts_run_by_themselves():
    """Each that names its interpreter, for the documents call some without."""
    scripts = [path for room in ("tools", "captures", "tests")
               for path in (ROOT / room).rglob("*.*") if path.suffix in (".sh", ".py")
               and path.read_bytes().startswith(b"#!")]
    assert len(scripts) > 15
    assert [path for path in scripts if not os.access(path, os.X_OK)] == []


README = ROOT / "README.md"
# What is between these is made.
MADE = re.compile(r"(?<=<!-- tshark -G fields -->\n).*(?=<!-- end -->)", re.S)
# What a type of Wireshark's is called, where that is not its own name in lower case.
TYPES = {"STRINGZ": "string", "FRAMENUM": "frame", "IPv4": "IPv4",
         "RELATIVE_TIME": "time in s", "ABSOLUTE_TIME": "date and time"}
SEVERITIES = {"ERROR": "error", "WARN": "warning", "NOTE": "note", "CHAT": "chat"}
FIELDS = """
| field | in the tree | type | meaning |
|---|---|---|---|
"""
EXPERTS = """
| expert info | severity | says |
|---|---|---|
"""


def is_ours(row):
    """Returns whether a row of "tshark -G fields" is a field or expert info of TRADE's."""
    return row[0] == "F" and row[4] == "trade"


def make_tables(tshark):
    """Returns the fields and the expert infos, as the README has them. Only the sources
    tell how severe an expert info is."""
    source = (ROOT / "packet-trade.c").read_text(encoding="utf-8")
    severities = dict(re.findall(r'"(trade\.[\w.]+)", PI_\w+, PI_(\w+)', source))
    fields, experts = FIELDS, EXPERTS
    rows = (line.split("\t") for line in tshark.run("-G", "fields").splitlines())
    for _, label, name, kind, _, *_, meaning in filter(is_ours, rows):
        kind = kind.removeprefix("FT_")
        if name in severities:
            experts += f"| `{name}` | {SEVERITIES[severities[name]]} | {label} |\n"
        else:
            fields += f"| `{name}` | {label} | {TYPES.get(kind, kind.lower())} | {meaning} |\n"
    return fields + experts + "\n"


def test_fields_are_current(tshark, request):
    """To write them anew: sh tools/test.sh --rewrite-golden -k fields."""
    text = README.read_text(encoding="utf-8")
    tables = make_tables(tshark)
    if request.config.getoption("--rewrite-golden"):
        text = MADE.sub(lambda _: tables, text)
        README.write_text(text, encoding="utf-8")
    assert MADE.search(text).group() == tables


PAGE = ROOT / "docs" / "trade-dissector.4"


@pytest.mark.skipif(not shutil.which("mandoc"), reason="needs mandoc")
def test_manual_page_is_sound():
    checked = subprocess.run(["mandoc", "-Tlint", "-Wstyle", PAGE], capture_output=True, text=True,
                             timeout=60)
    # Where other pages are installed is not the page's affair.
    assert [line for line in checked.stdout.splitlines() if "referenced manual" not in line] == []


@pytest.mark.skipif(not shutil.which("mandoc"), reason="needs mandoc")
def test_manual_page_has_the_options_and_files():
    """As one types them. Others test that tshark takes the options as the page says."""
    shown = subprocess.run(["mandoc", "-Tutf8", PAGE], capture_output=True, text=True, check=True,
                           timeout=60).stdout
    shown = re.sub(".\b", "", shown)
    for said in ("--export-objects trade,directory\n", "-d trade.data==id,protocol\n",
                 "-d tcp.port==port,trade\n", "--disable-heuristic trade_tcp\n",
                 " ~/.config/wireshark/trade_modules\n",
                 " ~/.config/wireshark/profiles/TRADE/trade_modules\n"):
        assert said in shown, said


def test_manual_page_has_all_preferences_and_statistics(tshark):
    """Each preference of the plugin's, and each of its statistics."""
    page = PAGE.read_text(encoding="utf-8")
    preferences = re.findall(r"^#?(trade\.[\w.]+): ", tshark.run("-G", "currentprefs"), re.M)
    told = tshark._call(["-z", "help"])
    statistics = re.findall(r"^ *(\S*\btrade\b\S*)", told.stdout + told.stderr, re.M)
    assert {"trade.slow", "trade,health", "conv,trade"} <= {*preferences, *statistics}
    for name in (*preferences, *statistics):
        assert name in page, name
