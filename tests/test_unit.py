# test_unit.py
# The parts that hold no state of Wireshark's, each by a table of cases in C: tests/unit/NAME.c
# includes the source that it tests, and exits with 0 where all is well. What judges a connection,
# which several test, is compiled once: see library.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import functools
import os
import pathlib
import re
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "tests/unit").glob("*.c"))


@functools.cache
def get_flags(package):
    return shlex.split(subprocess.check_output(["pkg-config", "--cflags", "--libs", package],
                                               text=True))


def compile_c(*arguments, package="glib-2.0"):
    sanitizers = ["-fsanitize=undefined", "-fno-sanitize-recover"]
    # AddressSanitizer needs /proc, which a plain chroot does not have. It finds null pointers, too,
    # and compiles in four fifths of the time where its checks are calls.
    if os.path.exists("/proc/self/task"):
        sanitizers += ["-fsanitize=address", "-fno-sanitize=null,object-size",
                       "--param", "asan-instrumentation-with-call-threshold=0"]
    subprocess.run(["cc", "-std=c11", "-g", "-Wall", "-Wextra", "-Werror", *sanitizers, "-I", ROOT,
                    *arguments, *get_flags(package)], check=True)


def list_sources(path):
    """Returns the sources that a file includes."""
    return set(re.findall(r'(?m)^#include "(.*\.c)"', path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module", name="library")
def fixture_library(tmp_path_factory):
    """What judges a connection. A source that a test includes, for what is static in it, is an
    object of its own, which the linker leaves out there; the others are one."""
    directory = tmp_path_factory.mktemp("library")
    included = set().union(*map(list_sources, (ROOT / "tests/unit").iterdir()))
    whole = list_sources(ROOT / "tests/health.h")
    parts = [{source} for source in sorted(whole & included)] + [whole - included]
    for number, part in enumerate(parts):
        source = directory / f"{number}.c"
        source.write_text("".join(f'#include "{name}"\n' for name in sorted(part)), encoding="utf-8")
        compile_c("-c", source, "-o", source.with_suffix(".o"))
    library = directory / "health.a"
    subprocess.run(["ar", "-rc", library, *directory.glob("*.o")], check=True)
    return library


@pytest.mark.parametrize("source", SOURCES, ids=[path.stem for path in SOURCES])
def test_unit(source, library, tmp_path):
    program = tmp_path / source.stem
    # What reads bytes reads them from Wireshark's buffers.
    compile_c(source, library, "-o", program,
              package="wireshark" if "<epan/" in source.read_text() else "glib-2.0")
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
