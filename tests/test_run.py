# test_run.py
# Does tools/run.sh build, install for an ordinary user and end with the incident's verdict,
# and does it hand options to tshark? In the checkout that it built, does what CONTRIBUTING.md
# says of adding a keyword do so?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

from conftest import NOBODY, QUICK, ROOT

pytestmark = pytest.mark.long

# The line above which the next keyword goes.
PLACE = "The next one goes above this line."
# What is added here has other names than in the document: whoever follows that has those by now.
NAMES = {"Logout": "Trying", "REASON": "MOTIVE", "reason": "motive", "Reason": "Motive"}


@pytest.fixture(scope="module", name="checkout")
def fixture_checkout(tshark):
    """A checkout of tshark's user's, with a home beside it."""
    directory = tshark.make_directory()
    shutil.copytree(ROOT, directory / "checkout",
                    ignore=shutil.ignore_patterns(".git", "build*", "__pycache__"))
    (directory / "home").mkdir()
    if os.geteuid() == 0:
        for path in (directory, *directory.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    return directory / "checkout"


@pytest.fixture(scope="module", name="run")
def fixture_run(checkout):
    """Runs run.sh, which must succeed; returns what it writes to stdout. It builds without
    optimization, which takes half the time."""
    user = ([] if os.geteuid() != 0 else
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"])

    def run(*args, path=os.environ["PATH"]):
        done = subprocess.run(
            [*user, "sh", "tools/run.sh", *args], cwd=checkout, text=True, timeout=300,
            env={"PATH": path, "HOME": str(checkout.parent / "home"), "TZ": "Europe/Amsterdam",
                 "CMAKE_BUILD_TYPE": "Debug", **QUICK},
            capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        run.said = done.stderr
        return done.stdout

    def complain(*args):
        run(*args)
        return run.said

    run.complain = complain
    return run


def link_all_but(name, directory):
    """Makes a directory of all programs in PATH but one."""
    directory.mkdir()
    for place in map(pathlib.Path, os.environ["PATH"].split(":")):
        for program in place.glob("*") if os.access(place, os.X_OK) else ():
            if program.name != name and not (directory / program.name).is_symlink():
                (directory / program.name).symlink_to(program)
    return directory


def test_ends_with_the_verdict(run):
    text = run()
    head, verdict = text.split("\n\nTrader: peer-not-reading (multiplexer)\n")
    assert "captures/incident.pcapng" in head
    assert ("1. From 09:30:17 Multiplexer 192.168.0.1 did not read Trader's data for 115 s; its other "
            "11 connections were well, so its host and the network were: the program."
            in " ".join(head.split()))
    words = " ".join(verdict.split())
    assert words.startswith("Trader (10.0.0.1:1195) sent a Ping at 2014-06-05 09:29:58.167")
    assert "did not read, its TCP window was 0 from 2014-06-05 09:30:17.074" in words
    assert "The other 11 connections: ok" in verdict
    assert "|" not in text and "Packet comments" not in text
    assert "type: wireshark -C TRADE captures/incident.pcapng\n" in verdict


def test_says_whether_wireshark_is_installed(run, checkout):
    programs = link_all_but("wireshark", checkout.parent / "programs")
    assert run(path=str(programs)).splitlines()[-1].startswith(
        "Wireshark is not installed, only tshark.")
    (programs / "wireshark").symlink_to(shutil.which("true"))
    assert run(path=str(programs)).splitlines()[-1] == (
        f"Wireshark is installed: {programs}/wireshark")


def test_hands_options_to_tshark(run):
    text = run("-r", "captures/talk.pcapng", "-T", "fields", "-e", "trade.keyword")
    assert text == "Ping\nPing\nPing\n\n"


def test_an_old_profile_is_told_and_renewed(run, checkout):
    """It lacks a column of this version; --profile keeps it beside the new one."""
    config = checkout.parent / "home" / ".config" / "wireshark"
    run("-v")
    preferences = config / "profiles" / "TRADE" / "preferences"
    whole = preferences.read_text()
    preferences.write_text("".join(line for line in whole.splitlines(True)
                                   if "trade.connection" not in line))
    assert "has no columns of trade.connection." in run.complain("-v")
    assert preferences.read_text() != whole
    run("--profile", "-v")
    assert preferences.read_text() == whole
    (kept,) = config.glob("TRADE.2*")
    assert "trade.connection" not in (kept / "preferences").read_text()
    assert "has no columns" not in run.complain("-v")


def test_uninstall(run, checkout):
    home = checkout.parent / "home"
    run("-v")
    if not list(home.rglob("trade.so")):
        pytest.skip("the same plugin is installed for all users")
    run("--uninstall")
    assert not list(home.rglob("trade.so"))
    assert not (home / ".config" / "wireshark" / "profiles" / "TRADE").exists()
    assert list((home / ".config" / "wireshark").glob("TRADE.2*"))


def insert(path, *texts):
    """Puts each text above the line that asks for the next one."""
    parts = re.split(rf"(?m)^(?=.*{PLACE})", path.read_text(encoding="utf-8"))
    assert len(parts) == len(texts) + 1
    path.write_text(parts[0] + "".join(text + part for text, part in zip(texts, parts[1:])),
                    encoding="utf-8")


def test_keyword_takes_two_files(run, checkout):
    """Its row and its field, its test row: nothing else is edited, and the compiler warns of
    nothing."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = re.search(r"## Adding a keyword\n(.*?)\n## ", text, re.S).group(1)
    section = re.sub("|".join(NAMES), lambda name: NAMES[name.group()], section)
    rows, test = (textwrap.dedent(block) for block in
                  re.findall(r"```(?:c|python)\n(.*?) *```", section, re.S))
    row, field = rows.split("\n\n")
    run("-v")
    insert(checkout / "wire/keywords.h", row + "\n", field)
    insert(checkout / "tests/test_keywords.py", test)
    assert "warning" not in run.complain("-v")
    done = subprocess.run([sys.executable, "-I", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                           f"--plugin={checkout / 'build/trade.so'}", "test_keywords.py", "-k",
                           "Trying or without"], cwd=checkout / "tests", capture_output=True, text=True)
    assert done.returncode == 0 and "3 passed" in done.stdout, done.stdout + done.stderr
