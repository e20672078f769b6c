# test_own_keywords.py
# Can a user add keywords without a compiler, by the preference "Keywords"?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

from trade_pdus import BACKOFFICE, Capture, Conversation, control, counted, ping

LOGOUT = ('"Logout","Logout because of {reason} (id={conn_id})",'
          r'"uint16 trade.conn_id, text trade.reason \x22Reason\x22"')
ALL = ('"Every","{a}, {b}, {c}, {d}, {e}",'
       '"text trade.a, ip trade.b, uint16 trade.c, clock trade.d, duration trade.e"')


@pytest.fixture(scope="module", name="capture")
def fixture_capture(tshark):
    capture = Capture()
    module = Conversation(capture, 1195).handshake()
    module.module(control(BACKOFFICE, "Logout", b"\x0a\x55idle\0"))
    module.module(control(BACKOFFICE, "Logout", b"\x0a\x55idle\0\1"))
    module.module(control(BACKOFFICE, "Logout", b"\x0a"))
    module.module(control(BACKOFFICE, "Every", b"x\0" + b"194.134.005.011\0" + b"\0\7" +
                          counted(5, 7) + counted(1500, 3)))
    module.module(ping(BACKOFFICE))
    return tshark.save(capture)


def uat(*rows):
    return [word for row in rows for word in ("-o", f"uat:trade_keywords:{row}")]


@pytest.mark.parametrize("passes", ((), ("-2",)))
def test_info_and_fields(tshark, capture, passes):
    options = (*passes, *uat(LOGOUT, ALL), "-Y", "trade")
    assert list(tshark.infos(capture, *options).values()) == [
        "BackOffice -> Control, Logout because of idle (id=2645), len=19",
        "BackOffice -> Control, Logout because of idle (id=2645), len=20",
        "BackOffice -> Control, Logout, len=13",
        "BackOffice -> Control, x, 194.134.005.011, 7, 5, 1.500 ms, len=43",
        "BackOffice -> Control, Ping, len=10"]
    values = tshark.values(capture, "trade.reason", "trade.conn_id", "trade.c", "trade.e",
                           options=options)
    assert values == [("idle", "2645", "", ""), ("idle", "2645", "", ""), ("", "", "", ""),
                      ("", "", "7", "1.5"), ("", "", "", "")]


def test_what_is_wrong_with_a_body(tshark, capture):
    options = (*uat(LOGOUT), "-Y", "trade")
    values = tshark.values(capture, "trade.body.trailing", "trade.body.short",
                           "trade.keyword.unknown", options=options)
    assert [tuple(map(bool, row)) for row in values] == [
        (False, False, False), (True, False, False), (False, True, False), (False, False, True),
        (False, False, False)]
    tree = tshark.run("-r", capture, *options, "-V")
    assert "    Reason: idle\n" in tree


def test_filters(tshark, capture):
    for text, count in (('trade.reason == "idle"', 2), ("trade.c == 7", 1), ("trade.e > 1", 1),
                        ("trade.client_addr == 194.134.5.11", 1)):
        lines = tshark.run("-r", capture, *uat(LOGOUT, ALL), "-Y", text).splitlines()
        assert len(lines) == count, text


@pytest.mark.parametrize("row, why", (
    ('"Ping","",""', "Ping is built in"),
    ('"","",""', "needs a name"),
    ('"X","{y}",""', "names a field that the keyword has not"),
    ('"X","{y","text trade.y"', "names a field that the keyword has not"),
    ('"X","","int trade.a"', "A field is a kind"),
    ('"X","","text"', "A field is a kind"),
    ('"X","","text foo.a"', 'begins with "trade."'),
    ('"X","","text trade.A"', "lower-case letters"),
    ('"X","","text trade.data"', "for something else"),
    ('"X","","text trade.conn_id"', "keeps its kind"),
    ('"X","","' + ",".join(f"text trade.f{n}" for n in range(13)) + '"', "at most 12 fields"),
))
def test_a_row_that_is_wrong_says_why(tshark, capture, row, why):
    done = tshark._call(["-r", str(capture), *uat(row)])
    assert done.returncode != 0 and why in done.stderr, done.stderr


def test_one_name_with_two_kinds(tshark, capture):
    """What comes second is shown as data."""
    rows = uat(LOGOUT, '"Every","","uint16 trade.reason"')
    values = tshark.values(capture, "trade.reason", "trade.data", options=(*rows, "-Y", "trade"))
    assert values[0] == ("idle", "") and values[3][0] == "" and values[3][1]


def test_a_file_in_the_profile(tshark, capture):
    config = tshark.directory / "home" / "wireshark"
    config.mkdir(parents=True, exist_ok=True)
    config.chmod(0o755)
    path = config / "trade_keywords"
    path.write_text(LOGOUT + "\n")
    path.chmod(0o644)
    try:
        assert "Logout because of idle" in tshark.infos(capture, "-Y", "trade")[4]
    finally:
        path.unlink()
