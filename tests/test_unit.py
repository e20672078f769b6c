# test_unit.py
# The parts that hold no state of Wireshark's, each by a table of cases in C: tests/unit/NAME.c
# includes the source that it tests, and exits with 0 where all is well.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import pathlib
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "tests/unit").glob("*.c"))


@pytest.mark.parametrize("source", SOURCES, ids=[path.stem for path in SOURCES])
def test_unit(source, tmp_path):
    program = tmp_path / source.stem
    # What reads bytes reads them from Wireshark's buffers.
    needed = "wireshark" if "<epan/" in source.read_text() else "glib-2.0"
    libraries = shlex.split(subprocess.check_output(["pkg-config", "--cflags", "--libs", needed],
                                                    text=True))
    sanitizers = ["-fsanitize=undefined", "-fno-sanitize-recover"]
    # AddressSanitizer needs /proc, which a plain chroot does not have. It finds null pointers, too,
    # and compiles in four fifths of the time where its checks are calls.
    if os.path.exists("/proc/self/task"):
        sanitizers += ["-fsanitize=address", "-fno-sanitize=null,object-size",
                       "--param", "asan-instrumentation-with-call-threshold=0"]
    subprocess.run(["cc", "-std=c11", "-g", "-Wall", "-Wextra", "-Werror", *sanitizers, "-I", ROOT,
                    source, "-o", program, *libraries], check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
