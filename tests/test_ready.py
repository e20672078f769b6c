# test_ready.py
# Does a tshark that is forked where it is ready say what one says that is started?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import select
import subprocess
import time

import pytest

TABLES = [word for name in ("trade,health", "trade,incidents", "trade,clients", "trade,tree",
                            "trade,srt", "conv,trade", "endpoints,trade") for word in ("-z", name)]


@pytest.fixture(name="start")
def fixture_start(tshark):
    """Starts the tshark that programs find in PATH."""
    if not tshark.ready:
        pytest.skip("each run is a start of tshark's here")
    command, environment = tshark.get_tool("tshark")

    def start(*args, **options):
        return subprocess.Popen([*command, *args], env=environment, cwd=tshark.directory,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    return start


@pytest.mark.parametrize("args", (
    ("-G", "plugins"),
    ("-r", "incident.pcapng", "-q", *TABLES, "-z", "expert"),
    ("-2", "-r", "faults.pcapng", "-V", "-x"),
    ("-C", "TRADE", "-o", "trade.tcp.port:1", "-r", "talk.pcapng"),
    ("-r", "talk.pcapng", "-w", "-"),
    ("-r", "talk.pcapng", "-T", "fields", "-e", "frame.time"),
    ("-r", "talk.pcapng", "-Y", "trade.nonsense"),
    ("-r", "nowhere.pcapng"),
), ids=("plugins", "tables", "all bytes", "profile", "writes a capture", "time zone", "wrong filter",
        "no file"))
def test_says_the_same(tshark, captures, args):
    """Also on stderr and by its status. All memory is freed at the end of the one that is started."""
    if not tshark.ready:
        pytest.skip("each run is a start of tshark's here")
    assert captures
    ready, started = (run(args, "America/New_York", False) for run in (tshark.ready.run, tshark.start))
    assert (ready.returncode, ready.stdout, ready.stderr) == (
        started.returncode, started.stdout, started.stderr)
    assert ready.stdout or ready.stderr


@pytest.mark.parametrize("args", (
    ("-r", "talk.pcapng", "-T", "fields", "-e", "frame.time"),
    ("-r", "nowhere.pcapng"),
    ("-r", "talk.pcapng", "-X", "lua_script:nowhere.lua"),
), ids=("reads", "no file", "Lua"))
def test_programs_hear_the_same(tshark, captures, start, args):
    assert captures
    process = start(*args)
    started = tshark.start(args, text=False)
    assert (*process.communicate(timeout=60), process.returncode) == (
        started.stdout, started.stderr, started.returncode)


def test_a_run_has_the_files_of_who_starts_it(tshark, captures, start):
    """By number, also those that are neither output nor input."""
    if not os.path.isdir("/dev/fd"):
        pytest.skip("there is no /dev/fd, since /proc is not mounted")
    with captures["talk"].open("rb") as file:
        process = start("-r", f"/dev/fd/{file.fileno()}", "-Y", "trade", pass_fds=(file.fileno(),))
        shown, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert shown.decode() == tshark.run("-r", captures["talk"], "-Y", "trade")


def test_a_run_ends_with_who_started_it(start):
    """It waits for input, and holds the output open as long as it lives."""
    process = start("-r", "-", "-l", stdin=subprocess.PIPE)
    time.sleep(0.2)
    process.kill()
    assert select.select([process.stdout], [], [], 60)[0] and process.stdout.read() == b""
    process.stdin.close()
