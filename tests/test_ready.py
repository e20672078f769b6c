# test_ready.py
# Does a tshark that is forked where it is ready say what one says that is started?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

TABLES = [word for name in ("trade,health", "trade,incidents", "trade,clients", "trade,tree",
                            "trade,srt", "conv,trade", "endpoints,trade") for word in ("-z", name)]


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
