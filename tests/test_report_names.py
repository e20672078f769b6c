# test_report_names.py
# Does trade-report --anonymise leave nothing of a name, in no form that the page has it in?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import html
import json
import random
import re
import sys

import pytest

from conftest import ROOT
from test_report import START, Reporter
from trade_pdus import (
    MULTIPLEXER, TRADER, TRADESITE, Capture, Conversation, data, filler, greeting, login,
    new_connection, ping, pong, roundtrip_for_module)

sys.path.insert(0, str(ROOT / "tools"))
from report.finder import CUT_MIN, Finder  # noqa: E402

SECOND = 1_000_000
LENGTHS = (4, 5, 15, 16, 17, 19, 20, 21, 40, 127, 128, 250)


def make_name(length, seed):
    """Returns a name of letters of which no four in a row are in a word."""
    return "".join(random.Random(seed).choices("QXZJKVW", k=length))


@pytest.fixture(scope="module", name="report")
def fixture_report(tshark):
    return Reporter(tshark)


def make_capture(names, **ends):
    """Connections of modules, of which each misses a Ping, and a client with that name, too."""
    capture = Capture()
    busy = Conversation(capture, 3999)
    for second in range(0, 155, 5):  # or the capture would seem to have paused
        busy.module(data(TRADER, 8, filler(20)), at=START + second * SECOND + 500_000)
        busy.ack("multiplexer", at=START + second * SECOND + 600_000)
    for n, name in enumerate(names):
        at = START + n * 1000
        talk = Conversation(capture, 4000 + n, **ends).handshake(at=at)
        talk.module(greeting(100 + n, name))
        talk.multiplexer(new_connection(2001 + n, "194.134.005.011"))
        talk.module(login(TRADESITE, 2001 + n, name[::-1], "194.134.005.011", name))
        talk.multiplexer(roundtrip_for_module(name, 200_000))
        for second in (1, 31, 61, 151):
            talk.module(ping(100 + n), at=at + second * SECOND)
            talk.multiplexer(pong(MULTIPLEXER), at=at + second * SECOND + 300)
    return capture


def list_texts(page):
    """Returns all that a page has but its programs and style: texts, attributes and data."""
    yield html.unescape(re.sub(r"<(style|script)[ >].*?</\1>", "", page.source, flags=re.S))
    yield json.dumps(page.data, ensure_ascii=False)
    yield page.text


def list_left(page, names):
    """Returns what of names, four letters and more, is left in a page."""
    texts = list(list_texts(page))
    return [(name[i:i + 4], text[max(text.index(name[i:i + 4]) - 40, 0):][:80])
            for name in names for i in range(len(name) - 3) for text in texts
            if name[i:i + 4] in text]


def test_names_of_all_lengths(report, tshark):
    """Also where the plugin cuts them: in "Cause" at 20 characters, in a sentence later."""
    names = [make_name(length, length) for length in LENGTHS]
    path = tshark.save(make_capture(names))
    plain = report.make(path)
    causes = [row[7] for row in plain.list_rows("TRADE Health")]
    assert any(names[-1][:20] in cause and names[-1] not in cause for cause in causes)
    assert {left for left, _ in list_left(plain, names)}
    page = report.make(path, "--anonymise")
    assert list_left(page, [*names, *(name[::-1] for name in names)]) == []
    rows = [row for row in page.list_rows("TRADE Health") if row[3] != "idle"]
    assert sorted(row[2] for row in rows) == sorted(f"Module {c}" for c in "ABCDEFGHIJKL")
    # What was the same is the same still.
    for row in rows:
        assert all(re.search(rf"{row[2]}(?!\w)", row[column]) for column in (7, 8)), row


def test_names_that_begin_alike(report, tshark):
    """A cut one is its row's own."""
    start = make_name(40, 1)
    page = report.make(tshark.save(make_capture([start + "Q", start + "X"])), "--anonymise")
    rows = [row for row in page.list_rows("TRADE Health") if row[3] != "idle"]
    assert len(rows) == 2
    for row in rows:
        assert row[2] in row[7] and row[2] in row[8], row


def test_names_with_what_the_page_changes(report, tshark):
    names = ['<QXZJ & "KVWQ">', "QXZJ  WWVV", "gw 10.9.8.7 ZZQQ", "ZQXJ|KKVV|", "KVKV'JJZZ\\QQ",
             "VVVV | WWWW | QQQQ | XXXX | ZZZZ"]
    page = report.make(tshark.save(make_capture(names)), "--anonymise")
    words = [word for name in names for word in re.findall(r"[A-Z]{4}", name)]
    assert list_left(page, [*words, "10.9.8.7"]) == []
    assert len(page.list_rows("TRADE Health")) == len(names) + 1


def test_ipv6(report, tshark):
    capture = make_capture(["QXZJ"], multiplexer="fd00:dead:beef::1", module="fd00:dead:beef::2")
    log = report.save("six.log", "2014-06-05 10:00:00,000 ERROR - No response from multiplexer: "
                      "fd00:dead:beef::9 within 30 seconds. Terminating connection.\n")
    page = report.make(tshark.save(capture), "--log", log, "--anonymise")
    assert list_left(page, ["fd00", "dead", "beef"]) == []
    assert "Terminating connection." in page.text


def test_what_of_a_log_is_no_words_of_ours(report, captures):
    log = report.save("words.log", """\
2014-06-05 10:00:00,000 QXZJKV - Received start id: 2001
2014-06-05 10:00:01,000 NOTICE - Client accept loop qxzjkv
2014-06-05 10:00:02,000 ERROR - No response from multiplexer: 10.0.0.1 within qxzj kv. Terminating connection.
2014-06-05 10:00:03,000 NOTICE - Client accept loop stopped
""")
    page = report.make(captures["sessions"], "--log", log, "--anonymise")
    assert not re.search("qxzj", page.text + json.dumps(page.data), re.I)
    rows = page.list_rows("Lines of log1")
    assert [row[2:4] for row in rows] == [
        ["", "Received start id: 2001"], ["NOTICE", "(text withheld)"],
        ["ERROR", "(text withheld)"], ["NOTICE", "Client accept loop stopped"]]


def test_files_whose_names_look_like_options(report, captures):
    path = report.directory / "-qxzj.pcapng"
    path.write_bytes(captures["sessions"].read_bytes())
    path.chmod(0o644)
    for others in ((), (captures["talk"],)):
        page = report.make("./-qxzj.pcapng", *others, "--anonymise")
        assert list_left(page, ["qxzj"]) == []


# ---- Finding ----


def find(names, text, likely=None):
    return Finder(names).replace(text, lambda name, found: f"<{names.index(name)}>", likely)


@pytest.mark.parametrize("length, found", ((CUT_MIN - 1, False), (CUT_MIN, True)))
def test_least_of_a_cut_name(length, found):
    name = make_name(30, 1)
    assert find([name], f"by {name[:length]} at") == (
        "by <0> at" if found else f"by {name[:length]} at")


def test_short_names_are_words():
    """No word that a name begins with is taken for it."""
    assert find(["PingPong", "connection Y"], "a Ping of the connection, PingPong's") == \
        "a Ping of the connection, <0>'s"


def test_plugin_cuts_no_name_below():
    code = (ROOT / "ui" / "wording.c").read_text(encoding="utf-8")
    assert int(re.search(r"define NAME_MAX_SHOWN (\d+)", code).group(1)) >= CUT_MIN
