# test_scratch.py
# Do the tools work in no directory that somebody else has put in their way, and leave none
# behind? Nothing is built, fuzzed or dissected here: what would is stopped before.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import signal
import subprocess
import time

import pytest

from conftest import NOBODY, ROOT

KEEPERS = {"fuzz.sh": "FUZZ_DIR", "matrix.sh": "MATRIX_DIR"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about what another user does")
# Reads setup.sh as the scripts do, and then does something.
SETUP = f'set -eu; root={ROOT}; . "$root/tools/setup.sh"; '


def reset_signals():
    """What runs in the background ignores SIGINT, and so would what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def call(script, *args, **environment):
    return subprocess.run(["sh", "-c", SETUP + script, "tool.sh", *args], text=True, timeout=60,
                          env={"PATH": os.environ["PATH"], **environment}, capture_output=True,
                          check=False)


def keep(directory):
    return call('keep_directory "$1"', str(directory))


def test_a_directory_is_made_and_kept(tmp_path):
    for _ in range(2):
        assert keep(tmp_path / "new" / "here").returncode == 0
    assert (tmp_path / "new" / "here").is_dir()


def test_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to("elsewhere")
    done = keep(tmp_path / "link")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"tool.sh: {tmp_path}/link is a link: name the directory itself.\n"


@pytest.mark.parametrize("mode, is_taken", ((0o755, True), (0o700, True), (0o775, False),
                                            (0o757, False), (0o1777, False)))
def test_a_directory_that_others_write_to_is_refused(tmp_path, mode, is_taken):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(mode)
    done = keep(tmp_path / "open")
    assert done.returncode == (0 if is_taken else 1)
    assert is_taken or done.stderr == (f"tool.sh: {tmp_path}/open belongs to somebody else, or "
                                       "others may write there.\n")


@as_root
def test_a_directory_of_another_user_is_refused(tmp_path):
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", NOBODY, NOBODY)
    assert "belongs to somebody else" in keep(tmp_path / "theirs").stderr


@as_root
@pytest.mark.parametrize("script", KEEPERS)
def test_nothing_is_removed_through_anothers_link(tmp_path, script):
    """With the directory as another user may have made it."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file.log").write_text("precious", encoding="ascii")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name in ("logs", "found", "seeds"):
        (theirs / name).symlink_to(precious)
    os.chown(theirs, NOBODY, NOBODY)
    # What would install, build and make chroots ends the script.
    commands = tmp_path / "commands"
    commands.mkdir()
    for name in ("apt-get", "cmake", "debootstrap"):
        (commands / name).write_text("#!/bin/sh\nexit 9\n", encoding="ascii")
        (commands / name).chmod(0o755)
    done = subprocess.run(
        ["sh", ROOT / "tools" / script, *(["1"] if script == "fuzz.sh" else [])], text=True,
        env={"PATH": f"{commands}:{os.environ['PATH']}", KEEPERS[script]: str(theirs)},
        capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == (f"{script}: {theirs} belongs to somebody else, or others may write "
                           "there.\n")
    assert (precious / "file.log").read_text(encoding="ascii") == "precious"


@pytest.mark.parametrize("number", (None, signal.SIGINT, signal.SIGTERM))
def test_scratch_goes_however_the_script_ends(tmp_path, number):
    script = 'make_scratch "$1"; touch "$scratch/file"; sleep "$2"'
    with subprocess.Popen(["sh", "-c", SETUP + script, "tool.sh", tmp_path,
                           "0" if number is None else "30"], start_new_session=True,
                          preexec_fn=reset_signals) as run:
        if number is not None:
            while not list(tmp_path.glob("trade-*/file")):
                time.sleep(0.05)
            os.killpg(run.pid, number)
        status = run.wait(timeout=60)
    assert status == (0 if number is None else 128 + number)
    assert not list(tmp_path.iterdir())


def test_no_script_has_a_name_that_others_can_guess():
    """But for what is kept, and checked, or made with a name of its own."""
    for path in sorted((ROOT / "tools").rglob("*")):
        if path.suffix in (".sh", ".js", ".py") and path.name != "d3.min.js":
            text = path.read_text(encoding="utf-8")
            code = [line for line in text.splitlines() if not line.startswith(("#", "//"))]
            guessed = [line for line in code if "/tmp/trade" in line]
            assert not guessed or "keep_directory" in text, guessed


def test_hostile_takes_no_directory_that_is_there(tmp_path):
    """What was in the directory that is named for it stays, where it fails, too."""
    (tmp_path / "mine").write_text("mine", encoding="ascii")
    done = subprocess.run(["sh", ROOT / "tools" / "hostile.sh", "memory", "syns"], text=True,
                          env={"PATH": os.environ["PATH"], "HOSTILE_DIR": str(tmp_path),
                               "TRADE_PLUGIN": "/nonexistent/trade.so"}, capture_output=True,
                          timeout=60, check=False)
    assert done.returncode != 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
