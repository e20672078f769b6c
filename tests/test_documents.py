# test_documents.py
# Is what the documents print what tshark prints today?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import json
import os
import re
import shlex
import shutil
import subprocess

import pytest

from conftest import ROOT


def list_filters():
    """Yields the filters in the documents' tables, each with its capture: the incident where
    the row names none."""
    for name in ("README.md", "docs/FIELDS.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for rows in re.findall(r"^\| filter \|.*\n.*\n((?:\|.*\n)+)", text, re.M):
            for row in rows.splitlines():
                _, wanted, _, capture, *_ = re.split(r" *(?<!\\)\| *", row)
                yield wanted.strip("`").replace(r"\|", "|"), capture.strip("`") or "incident"


FILTERS = list(list_filters())
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


def test_filters_are_found():
    """If the tables had moved, there would be nothing to test."""
    assert len(FILTERS) > 15


@pytest.mark.parametrize("wanted, name", FILTERS)
def test_filter_finds_something(sharkd, captures, wanted, name):
    """In two passes, as in Wireshark's window."""
    assert sharkd.find_frames(captures[name], wanted)


def test_verdict_is_real(tshark, captures):
    """The sentence that the README quotes is the cause in the table."""
    quote = re.search(r"(?:^> .*\n)+", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    told = tshark.run("-q", "-z", "trade,health", "-r", captures["incident"],
                      timezone="Europe/Amsterdam")
    assert " ".join(quote.group().replace("\n> ", " ").removeprefix("> ").split()) in told


def read_example(language, begin):
    """Returns the example of FOLLOW-AND-EXPORT that begins so."""
    text = (ROOT / "docs/FOLLOW-AND-EXPORT.md").read_text(encoding="utf-8")
    return re.search(rf"```{language}\n({re.escape(begin)}.*?)```", text, re.S).group(1)


SLOW = [("213", "Trader", "0.202386000"), ("214", "Multiplexer", "1.044219000"),
        ("285", "Multiplexer", "0.202673000"), ("286", "Trader", "0.203098000")]


def test_sharkd_answers_the_example(tshark, captures):
    """As tshark does, and the table has the columns' names."""
    command, environment = tshark.get_command("sh")
    asked = read_example("sh", "sharkd").replace("captures/incident.pcapng",
                                                 str(captures["incident"]))
    done = subprocess.run([*command, "-c", asked], env=environment, capture_output=True, text=True,
                          cwd=tshark.directory, timeout=60)
    loaded, tap, frames = (json.loads(line)["result"] for line in done.stdout.splitlines() if line)
    assert loaded == {"status": "OK"}
    table = tap["taps"][0]
    names = [field["c"].strip() for field in table["fields"]]
    rows = [dict(zip(names, row)) for row in table["tables"][0]["i"]]
    assert len(rows) == 12
    assert [(row["Stream"], row["Verdict"], row["Where"]) for row in rows if row["Rank"] == 1] == [
        (11, "peer-not-reading", "multiplexer")]
    assert [(str(row["num"]), *row["c"]) for row in frames] == SLOW


def test_lua_reads_the_example(tshark, captures):
    """Each slow answer, once."""
    script = tshark.make_directory() / "slow.lua"
    script.write_text(read_example("lua", "-- slow.lua"), encoding="utf-8")
    script.chmod(0o644)
    told = tshark.run("-q", "-X", f"lua_script:{script}", "-r", captures["incident"])
    assert [tuple(line.split("\t")) for line in told.splitlines()] == [
        (number, sender, "Pong", took) for number, sender, took in SLOW]


def test_verdicts_are_the_rules():
    """docs/VERDICTS.md has the rules of analysis/health/rules.c, a table a case, each with its word
    and place, in order."""
    code = (ROOT / "analysis/health/rules.c").read_text(encoding="utf-8")
    places = {"NONE": "-", "ASKING": "side", "PEER": "peer", "NETWORK": "network",
              "NETWORK_OR_ASKING": "network-or-side", "NETWORK_OR_PEER": "network-or-peer",
              "UNKNOWN": "cannot-tell"}
    rules = [(*(word.replace("_", "-") for word in (case, verdict.lower())), places[place])
             for case, verdict, place
             in re.findall(r"RULE\(([A-Z_]+), ([A-Z_]+), ([A-Z_]+),", code)]
    text = (ROOT / "docs/VERDICTS.md").read_text(encoding="utf-8")
    rows = [(case, *(cell.strip(" `|") for cell in re.split(r" \| ", row)[1:3]))
            for case, section in re.findall(r"^### ([A-Z-]+)\n(.*?)(?=^#)", text, re.M | re.S)
            for row in re.findall(r"^\|(?!---).*", section, re.M)[1:]]
    assert rows == rules
    assert len(rules) > 40
    code = (ROOT / "analysis/health/words.c").read_text(encoding="utf-8")
    words = re.findall(r'\[TRADE_VERDICT_(\w+)\] = { "(.*?)"', code)
    assert [name.lower().replace("_", "-") for name, _ in words] == [word for _, word in words]
    assert {word for _, word in words} == {word for _, word, _ in rules} | {"idle", "ok"}
    assert "If no rule holds, the verdict is `idle` with fewer than two Pings, else `ok`." in text


def test_scripts_run_by_themselves():
    """Each that names its interpreter, for the documents call some without."""
    scripts = [path for room in ("tools", "captures", "tests")
               for path in (ROOT / room).rglob("*.*") if path.suffix in (".sh", ".py")
               and path.read_bytes().startswith(b"#!")]
    assert len(scripts) > 15
    assert [path for path in scripts if not os.access(path, os.X_OK)] == []


def read_prose(path):
    """Returns a document without its blocks of code."""
    return re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)


def list_anchors(path):
    """Yields the anchors that its headings make."""
    for heading in re.findall(r"^#+ (.*)", read_prose(path), re.M):
        yield re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


def test_links_lead_to_a_file_and_a_heading():
    """Within the documents. The package has its own test, for what it leaves out."""
    documents = [path for room in (".", "docs", "docs/elastic", "captures")
                 for path in (ROOT / room).glob("*.md")]
    links = [(path, link) for path in documents
             for link in re.findall(r"\]\(([^)\s]+)\)", read_prose(path)) if "://" not in link]
    assert len(links) > 50
    for path, link in links:
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), (path.name, link)
        assert not anchor or anchor in list_anchors(target), (path.name, link)


PAGE = ROOT / "docs" / "trade-dissector.4"
PROGRAMS = {"trade-report": [ROOT / "tools" / "trade-report"],
            "trade-watch": [ROOT / "tools" / "trade-watch"],
            "trade-doctor": ["sh", ROOT / "tools" / "doctor.sh"]}


@pytest.mark.skipif(not shutil.which("mandoc"), reason="needs mandoc")
@pytest.mark.parametrize("page", [PAGE, *(ROOT / "docs" / f"{name}.1" for name in PROGRAMS)],
                         ids=lambda page: page.name)
def test_manual_page_is_sound(page):
    checked = subprocess.run(["mandoc", "-Tlint", "-Wstyle", page], capture_output=True, text=True,
                             timeout=60)
    # Where other pages are installed is not the page's affair.
    assert [line for line in checked.stdout.splitlines() if "referenced manual" not in line] == []


@pytest.mark.skipif(not shutil.which("mandoc"), reason="needs mandoc")
@pytest.mark.parametrize("name", PROGRAMS)
def test_manual_page_has_what_the_program_takes(name):
    """All options of --help, and no others."""
    told = subprocess.run([*PROGRAMS[name], "--help"], capture_output=True, text=True, check=True,
                          timeout=60).stdout
    shown = subprocess.run(["mandoc", "-Tutf8", ROOT / "docs" / f"{name}.1"], capture_output=True,
                           text=True, check=True, timeout=60).stdout
    shown = re.sub(".\b", "", shown)
    shown = shown[shown.index("DESCRIPTION"):shown.index("EXAMPLES")]
    wanted = set(re.findall(r"(?<!\w)--[a-z-]+", told)) | {"--help"}
    assert len(wanted) > 1
    assert {*re.findall(r"(?<!\w)--[a-z-]+", shown.replace("\N{HYPHEN}", "-"))} == wanted


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


def test_one_version():
    """Whatever makes packages names the version of CMakeLists.txt."""
    version, = re.findall(r"^project\(trade VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.M)
    for path, pattern in (("packaging/in-tree/CMakeLists.txt", r'VERSION="([\d.]+)"'),
                          ("packaging/nix/overlay.nix", r'version = "([\d.]+)"'),
                          (".github/workflows/build.yml", r"plugin-trade_([\d.]+)\+"),
                          ("docs/INSTALL.md", r"plugin-trade_([\d.]+)\+")):
        assert set(re.findall(pattern, (ROOT / path).read_text(encoding="utf-8"))) == {version}, path
