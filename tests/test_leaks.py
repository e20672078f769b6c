# test_leaks.py
# Does tools/hostile.sh find memory that the plugin loses, by name, and none where there is none?
# "hostile.sh leaks" itself looks at all captures, which takes minutes.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import ROOT

pytestmark = [pytest.mark.long, pytest.mark.skipif(
    not shutil.which("valgrind") or not pathlib.Path("/proc/self").exists(),
    reason="needs valgrind, and /proc for that")]
# A plugin of one file, which asks for memory as it registers.
SOURCE = """
#include <stdlib.h>
#define EXPORT __attribute__((visibility("default")))
EXPORT const char plugin_version[] = "1.0.0";
EXPORT const int plugin_want_major = %s;
EXPORT const int plugin_want_minor = %s;
EXPORT void plugin_register(void)
{
    char *volatile kept = malloc(1234);
    if (%d)
        free(kept);
    kept = NULL;
}
"""


def look(tshark, plugin, *options, capture="talk"):
    """Returns the status, and what is said."""
    directory = tshark.make_directory()
    environment = {"PATH": os.environ["PATH"], "TRADE_PLUGIN": str(plugin), "HOME": str(directory),
                   "HOSTILE_DIR": str(directory),
                   "HOSTILE_CAPTURES": str(ROOT / "captures" / f"{capture}.pcapng")}
    done = subprocess.run(["sh", ROOT / "tools" / "hostile.sh", "leaks", *options], text=True,
                          env=environment, capture_output=True, timeout=600, check=False)
    assert list(directory.iterdir()) == []
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("is_freed", (False, True))
def test_memory_is_lost(tshark, tmp_path, is_freed):
    """In a file of one of the plugin's names, which tshark has unloaded when valgrind reports."""
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "health.c").write_text(
        SOURCE % (*tshark.version.split("."), is_freed), encoding="ascii")
    subprocess.run(["cc", "-g", "-shared", "-fPIC", "-o", "trade.so", "ui/health.c"],
                   cwd=tmp_path, check=True)
    status, said = look(tshark, tmp_path / "trade.so", "-q")
    if is_freed:
        assert status == 0 and "calls that are the plugin's: 0\n" in said, said
    else:
        assert status == 1 and "calls that are the plugin's: 1\n" in said, said
        line = 1 + SOURCE[:SOURCE.index("malloc(")].count("\n")
        assert f"1     health.c:{line}\n" in said, said
        assert "memory that the plugin asked for is lost" in said


def test_the_plugin_loses_none(tshark):
    status, said = look(tshark, tshark.installed, "-2", "-V")
    assert status == 0 and "calls that are the plugin's: 0\n" in said, said


def test_the_tables_lose_none(tshark):
    """tshark frees none of its tables, but the plugin those that are its own."""
    tables = ("trade,rows,/dev/null", "trade,tree", "trade,srt", "trade,health", "trade,incidents",
              "trade,clients",
              "conv,trade", "endpoints,trade")
    options = [word for table in tables for word in ("-z", table)]
    status, said = look(tshark, tshark.installed, "-q", *options, capture="sessions")
    assert status == 0 and "calls that are the plugin's: 0\n" in said, said


def test_a_run_that_fails_tells_nothing(tshark):
    status, said = look(tshark, tshark.installed, "-z", "no,such,statistic")
    assert status == 1 and "failed: see above" in said
