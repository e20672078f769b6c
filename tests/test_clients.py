# test_clients.py
# Does -z trade,clients say who was connected, and what was wrong with their connections?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import functools

import pytest

from test_session import everything


def read_table(text):
    """Returns the rows, each as a dictionary by the columns' titles."""
    lines = [line for line in text.splitlines() if "|" in line]
    titles, *rows = ([cell.strip() for cell in line.split("|")[:-1]] for line in lines)
    # Two columns are called "bytes".
    titles = [f"{titles[n - 1]}: bytes" if title == "bytes" else title
              for n, title in enumerate(titles)]
    return [dict(zip(titles, row)) for row in rows]


@pytest.fixture(name="rows", scope="module")
def fixture_rows(tshark):
    @functools.lru_cache
    def get_rows(path, one_pass=False):
        options = () if one_pass else ("-2",)
        return read_table(tshark.run("-r", path, "-q", "-z", "trade,clients", *options))
    return get_rows


def test_user_of_the_incident(rows, captures):
    row, = (row for row in rows(captures["incident"]) if row["User"] == "XXXXXX0013")
    assert row["Address"] == "194.134.9.4"
    assert row["Modules"] == "Trader"
    assert row["Meanwhile"].startswith("peer-not-reading, multiplexer (Trader, tcp.stream 11,")
    assert row["Longest gap to client"].startswith("130.217 s from 2014-06-05 ")
    assert row["Opened"].endswith("(frame 690)")
    assert (row["PDUs to client"], row["PDUs from client"], row["PDUs from client: bytes"]) == ("0", "1", "107")


def test_sessions_before_and_after_trouble(rows, captures):
    """Who had left by then, or came to another module, suffered nothing."""
    suffered = {row["Session"]: row["Meanwhile"] for row in rows(captures["incident"])}
    assert suffered["3"] == suffered["5"] == "-"


@pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))
def test_a_filter_limits_them(tshark, rows, captures, passes):
    """To sessions with a PDU in the frames that it selects; of these it tells all."""
    chosen = "trade.username == XXXXXX0012"
    table = read_table(tshark.run("-r", captures["sessions"], "-q", *passes,
                                  "-z", f"trade,clients,{chosen}"))
    whole = [row for row in rows(captures["sessions"]) if row["User"] == "XXXXXX0012"]
    assert [row["User"] for row in table] == ["XXXXXX0012"]
    if passes:
        assert table == whole


def test_closed_sessions(rows, captures):
    one, other = rows(captures["sessions"])
    assert (one["User"], other["User"]) == ("XXXXXX0011", "XXXXXX0012")
    assert one["Closed"].endswith("(frame 33)")
    assert (one["PDUs to client"], one["PDUs to client: bytes"]) == ("2", "337")
    assert (one["PDUs from client"], one["PDUs from client: bytes"]) == ("2", "112")
    assert one["tcp.stream"] == "0, 1"


@pytest.mark.parametrize("name", ["incident", "sessions"])
def test_one_pass(rows, captures, name):
    assert rows(captures[name], one_pass=True) == rows(captures[name])


def test_much_together(rows, tshark):
    assert len(rows(tshark.save(everything()))) > 2
