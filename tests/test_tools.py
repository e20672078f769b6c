# test_tools.py
# Do the project's programs say how they are used, and do nothing else then?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import shutil
import subprocess

import pytest

from conftest import ROOT, TESTS

SCRIPTS = sorted(path for room in ("tools", "captures", "tests", ".ci")
                 for path in (ROOT / room).rglob("*")
                 if path.is_file() and path.suffix != ".in" and path.read_bytes().startswith(b"#!"))
PROGRAMS = {str(path.relative_to(ROOT)): [path] for path in SCRIPTS}
for script in ("cut.js", "duck.js"):
    PROGRAMS[f"tools/scale/{script}"] = ["node", ROOT / "tools" / "scale" / script]
PROGRAMS["tests/live/scenarios.py"] = ["/usr/bin/python3", "-m", "live.scenarios"]
# All that these are given goes to tshark, to pytest and to bench.py.
HAND_ON = {"tools/run.sh", "tools/test.sh", "tools/bench.sh"}
# Those to which argparse gives "-h" with "--help": one is asked for both.
ALIKE = {str(path.relative_to(ROOT)) for path in SCRIPTS if b"argparse" in path.read_bytes()}
# What it takes to say how they are used: none installs, builds or dissects with these.
COMMANDS = ("dirname", "id", "node", "nproc", "sed")


@pytest.fixture
def call(tmp_path):
    """Calls a program in an empty directory, with no commands but those few."""
    commands, empty = tmp_path / "commands", tmp_path / "empty"
    commands.mkdir()
    empty.mkdir()
    for command in filter(shutil.which, COMMANDS):
        (commands / command).symlink_to(shutil.which(command))

    def call(name, *args):
        if name.endswith(".js") and not shutil.which("node"):
            pytest.skip("not installed: node")
        done = subprocess.run([*PROGRAMS[name], *args], cwd=empty, text=True,
                              env={"PATH": str(commands), "PYTHONPATH": str(TESTS)},
                              capture_output=True, timeout=60, check=False)
        assert not list(empty.iterdir())
        return done

    return call


def test_all_programs_are_found():
    assert len(PROGRAMS) > 20


@pytest.mark.parametrize("name, option", [
    (name, option) for name in PROGRAMS for option in ("--help", "-h")
    if option == "--help" or name not in ALIKE])
def test_help(call, name, option):
    done = call(name, option)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage") and len(done.stdout.splitlines()) < 40


@pytest.mark.parametrize("name", sorted(set(PROGRAMS) - HAND_ON))
def test_wrong_arguments(call, name):
    done = call(name, "--no-such-option")
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage" in done.stderr


def test_source_is_copied_into_that_of_wireshark(tmp_path):
    """By a relative name, as docs/INSTALL.md has it."""
    (tmp_path / "wireshark" / "plugins" / "epan").mkdir(parents=True)
    subprocess.run(["sh", ROOT / "packaging" / "in-tree" / "copy.sh", "wireshark"], cwd=tmp_path, check=True,
                   timeout=60)
    copied = tmp_path / "wireshark" / "plugins" / "epan" / "trade"
    assert (copied / "wire" / "keywords.h").exists()
    assert "add_wireshark_plugin_library" in (copied / "CMakeLists.txt").read_text(encoding="utf-8")
