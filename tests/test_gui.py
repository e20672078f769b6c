# test_gui.py
# Does the real Wireshark, with windows, bear the plugin? Each capture is opened in
# the profile, with each of the plugin's statistics, and a stream of it is followed.
#
# "sh tools/gui.sh test" runs these, by themselves: whatever keeps the machine busy keeps windows
# from being there in time.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os

import pytest

from screen import ROOT, Screen

pytestmark = pytest.mark.skipif(os.environ.get("TRADE_GUI") != "1",
                                reason="windows have a command of their own: sh tools/gui.sh test")

CAPTURES = sorted(path.stem for path in (ROOT / "captures").glob("*.pcapng"))
# What the command line opens: the windows' titles, by option.
STATISTICS = {
    "trade,health": "TRADE Health",
    "trade,srt": "TRADE Service Response Time",
    "io,stat": "I/O Graphs",
}
# What the menu Statistics opens: the windows' titles, with the keys to them.
MENUS = {
    "Conversations": ("c",),
    "Endpoints": ("e",),
    "TRADE Service Response Time": ("r", "Up", "Return"),
    "TRADE PDUs": ("Up", "Return"),
}


@pytest.fixture(scope="module", name="screen")
def fixture_screen(request):
    """A screen for all tests of this file."""
    screen = Screen(request.config.getoption("--plugin").resolve())
    yield screen
    screen.close()


@pytest.mark.parametrize("name", CAPTURES)
def test_statistics_and_follow(screen, name):
    """The statistics open over a capture, and a stream is followed; nothing complains."""
    options = [word for statistic in STATISTICS for word in ("-z", statistic)]
    screen.open(ROOT / "captures" / f"{name}.pcapng", *options)
    for title in STATISTICS.values():
        screen.wait(title)
    screen.settle()
    screen.front(screen.title)
    screen.key("ctrl+alt+shift+t")
    screen.wait("Follow TCP Stream")
    screen.settle()
    screen.quit()


def test_incidents(screen):
    """The window of incidents opens. By itself: Wireshark 4.0 dies where the command line asks for
    two such tables and one of response times, of whichever protocol."""
    screen.open(ROOT / "captures" / "incident.pcapng", "-z", "trade,incidents")
    screen.wait("TRADE Incidents")
    screen.settle()
    screen.quit()


def test_menu(screen):
    """The menu Statistics has all that the plugin adds to it."""
    screen.open(ROOT / "captures" / "keepalive.pcapng")
    for title, keys in MENUS.items():
        screen.front(screen.title)
        screen.menu("alt+s", *keys)
        screen.wait(title)
    screen.quit()


def test_worst_rows_come_first(screen):
    """In the health window, whatever the order in the capture: Trader's connection is its last.
    What its Save button writes is in the order of the window."""
    screen.open(ROOT / "captures" / "incident.pcapng", "-z", "trade,health")
    screen.place("TRADE Health", 0, 0, 1364, 340)
    screen.click(1220, 317)
    screen.wait("Save")
    saved = screen.directory / "home" / "rows.txt"
    screen.type(str(saved))
    screen.key("Return")
    screen.settle()
    rows = [line.split() for line in saved.read_text().splitlines()]
    rows = [words[:4] for words in rows if words and words[0].isdigit()]
    assert rows[0] == ["1", "11", "Trader", "peer-not-reading"]
    assert [(rank, stream) for rank, stream, *_ in rows[1:]] == [
        ("14", str(number)) for number in range(11)]
    screen.quit()


def test_the_cause_is_in_sight(screen):
    """The health window, as wide as a small screen, shows the first eight columns whole: that
    many have an edge at their right."""
    screen.open(ROOT / "captures" / "incident.pcapng", "-z", "trade,health")
    window = screen.place("TRADE Health", 0, 0, 1364, 340)
    # The border, the columns, the other border.
    edges = screen.find_edges(window, 14)
    assert len(edges) - 2 >= 8, edges
    screen.quit()


@pytest.mark.parametrize("name, is_bad", (("incident", True), ("keepalive", False)))
def test_the_light_is_red_where_a_capture_is_bad(screen, name, is_bad):
    """That of the expert infos, at the bottom left: as the file opens, before anything is done."""
    screen.open(ROOT / "captures" / f"{name}.pcapng")
    assert screen.is_red(screen.front(screen.title), 16, 10) == is_bad
    screen.quit()


def test_dissects_again(screen):
    """Windows that are open bear it when the capture is read anew."""
    screen.open(ROOT / "captures" / "keepalive.pcapng", "-z", "trade,health", "-z", "trade,srt")
    screen.wait("TRADE Health")
    for _ in range(2):
        screen.front(screen.title)
        screen.key("ctrl+r")
        screen.settle()
    screen.quit()


def test_follow_a_client(screen):
    """From 4.4 on, the menu follows a client's session; before, it has no place for that."""
    capture = ROOT / "captures" / "sessions.pcapng"
    screen.open(capture, "-g", screen.find(capture, "trade.receiver < 65535")[0])
    screen.menu("alt+a", "Up", "Up", "Right", "Up", "Return")
    screen.wait("Follow TRADE Stream" if screen.version >= (4, 4) else "Follow TCP Stream")
    screen.quit()


def test_switches_to_the_profile(screen):
    """From 4.4 on, a capture with TRADE in it opens in the profile by itself."""
    used = screen.directory / "home" / "wireshark" / "profiles" / "TRADE" / "recent"
    used.unlink(missing_ok=True)
    screen.open(ROOT / "captures" / "keepalive.pcapng", profile="Default")
    screen.quit()
    # Wireshark writes this file of the profile that it is in when it ends.
    assert used.exists() == (screen.version >= (4, 4))
