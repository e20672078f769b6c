# test_report_page.py
# How the report's page is laid out, in a real Chromium: on a desk, on a phone, in the dark and on
# paper. And do all texts of this project say the same of the incident?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import re

import pytest

from conftest import ROOT
from test_report import (  # noqa: F401
    fixture_browser, fixture_incident, fixture_logs, fixture_page, fixture_report, get_lane,
    in_chromium, place_of)
from trade_pdus import (
    MULTIPLEXER, TRADER, Capture, Conversation, data, filler, ping, pong, wall_time)

START, SECOND = wall_time("10:00:00.000000"), 1_000_000

OPEN = "document.querySelectorAll('details').forEach(d => { d.open = true; });"
# Elements that reach out of the window, and of themselves.
WIDE = """
    return [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, .hidden') &&
        e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80));"""
ROWS = """
    return [...document.querySelectorAll('tr')].map(row => row.getBoundingClientRect().height);"""
# Texts of the pictures of which some is outside.
CUT = """
    return [...document.querySelectorAll('svg text')].filter(text => {
        const own = text.getBoundingClientRect();
        const all = text.closest('svg').getBoundingClientRect();
        return own.left < all.left - 1 || own.right > all.right + 1;
    }).map(text => text.textContent);"""


@pytest.fixture(scope="module", name="wide")
def fixture_wide(report, captures, logs):
    """A report with names that are long, and with connections that are well."""
    return report.write(captures["incident"], *logs, "--stream", "1",
                        timezone="Europe/Amsterdam")


@in_chromium
@pytest.mark.parametrize("width, height", ((1366, 768), (1920, 1080), (390, 844)))
@pytest.mark.parametrize("scheme", ("light", "dark"))
def test_fits_the_screen(browser, wide, width, height, scheme):
    """Nothing is wider than the screen but tables that scroll; pictures are at their own scale."""
    browser.show(wide, width, height, prefers_color_scheme=scheme).ask(OPEN)
    assert browser.ask(WIDE) == []
    assert browser.ask("return document.documentElement.scrollWidth") <= width
    assert browser.ask(CUT) == []
    assert browser.ask("return [...document.querySelectorAll('.timeline > svg')]"
                       ".every(s => Math.abs(s.clientWidth - s.viewBox.baseVal.width) < 3)")


@in_chromium
@pytest.mark.parametrize("width, most", ((1366, 200), (390, 200)))
def test_no_row_is_high(browser, wide, width, most):
    browser.show(wide, width, 768).ask(OPEN)
    assert max(browser.ask(ROWS)) <= most


@in_chromium
def test_fits_the_paper(browser, wide):
    """A4 in landscape, of which the margins leave 277 mm."""
    browser.show(wide, 1047, 700, media="print").ask(OPEN)
    assert browser.ask("return document.documentElement.scrollWidth") <= 1047
    assert max(browser.ask(ROWS)) <= 700


@in_chromium
def test_names_stand_whole(browser, wide):
    """The longest module's name, beside its lane, and above it on a phone."""
    names = "return [...document.querySelectorAll('svg .name')].map(t => t.textContent)"
    for width in (1366, 390):
        assert "Window of MarketConfiguration" in browser.show(wide, width, 768).ask(names)


# ---- The time-sequence graph ----


def test_sequence_has_what_the_capture_has(page):
    """Of Trader, which could not send: the burst, the window's edge until it is zero, the probes."""
    graph = page.data["stories"][0]["sequence"]
    way = graph["ways"][graph["side"]]
    assert (way["name"], way["peer"], graph["left"]) == ("Trader", "Multiplexer", 0)
    by_frame = {segment[3]: segment for segment in way["segments"]}
    assert by_frame[618][5] == "data, client 2643" and by_frame[497][5] == "Ping"
    assert [frame for frame, segment in by_frame.items() if segment[4]] == [680, 682, 684]
    assert by_frame[1192][5] == "RST"
    closing = next(ack for ack in way["acks"] if ack[2] == 0)
    assert closing[3] == 679 and graph["from"] < closing[0] < graph["to"]
    # All that was sent by then was acknowledged: the edge is where the last segment ends.
    assert closing[1] == max(segment[2] for frame, segment in by_frame.items() if frame < 679)


def test_of_many_frames_the_near_ones_are_drawn(report, tshark):
    """Around what matters: here the only gap. What is farther off is counted."""
    capture = Capture()
    conversation = Conversation(capture, 4000)
    for number in range(6000):
        at = START + (number + 60 * (number >= 3000)) * SECOND
        conversation.module(ping(TRADER), at=at)
    graph = report.make(tshark.save(capture)).data["stories"][0]["sequence"]
    frames = [segment[3] for segment in graph["ways"][0]["segments"]]
    assert len(frames) == 5000 and graph["left"] == 1000
    assert frames[0] < 3000 < frames[-1]


@in_chromium
def test_sequence_is_drawn(browser, incident):
    """At 1366 by 768 all of it is on one screen, with the names of what is bad."""
    browser.show(incident, 1366, 768)
    assert browser.list_complaints() == []
    assert browser.ask("return document.querySelector('.sequences').offsetHeight") < 500
    names = "return [...document.querySelectorAll('.pduname')].map(t => t.textContent)"
    assert browser.ask(names).count("zero-window probe") == 3
    assert "data, client 2643" in browser.ask(names)
    count = "return document.querySelectorAll(arguments[0]).length"
    assert browser.ask(count, ".sequences path.segment.bad") == 3
    assert browser.ask(count, ".sequences rect.band.zero") == 1
    browser.ask("document.querySelector('.sequences').scrollIntoView()")
    browser.move(*place_of(browser, ".sequences path.segment[data-frame='680']"))
    said = browser.ask("return document.querySelector('.sequences .tip').innerText")
    assert "zero-window probe, frame 680" in said and "1 byte from" in said
    assert "its window was 0 (unscaled), frame 679" in said


@in_chromium
def test_sequence_by_keys(browser, incident):
    """The live region says each segment; up and down show the other direction."""
    browser.show(incident)
    press = ("const g = document.querySelector('.sequences'); g.focus();"
             "for (const key of arguments[0]) g.dispatchEvent(new KeyboardEvent('keydown', {key}));"
             "return g.querySelector('[aria-live]').textContent")
    assert "Multiplexer acknowledged up to" in browser.ask(press, ["ArrowRight"])
    assert "Trader acknowledged up to" in browser.ask(press, ["ArrowDown", "ArrowRight"])


# ---- Requests ----


def test_requests_are_split(report, tshark):
    """To the module 20 ms, of which 15 are the second segment's; in it 400 ms; back 30 ms. Of two
    requests before an answer the second is answered; another client's answer is not taken."""
    capture = Capture()
    site, ms = Conversation(capture, 4000).handshake(at=START), 1000
    at = START + SECOND
    site.multiplexer(data(TRADER, 8, filler(10)), at=at - 100 * ms)
    site.ack("module", at=at - 99 * ms)
    pdu = data(TRADER, 8, filler(2000))
    site.multiplexer(pdu[:1400], at=at)
    site.multiplexer(pdu[1400:], at=at + 15 * ms)
    site.ack("module", at=at + 20 * ms)
    site.module(data(TRADER, 9, filler(10)), at=at + 300 * ms)
    site.module(data(TRADER, 8, filler(10)), at=at + 420 * ms)
    site.ack("multiplexer", at=at + 450 * ms)
    page = report.make(tshark.save(capture), "--stream", "0")
    (row,) = page.list_rows("Requests to ")
    assert row[1:] == ["8", "7", "10", "420.000", "20.000", "400.000", "30.000"]


# ---- One truth ----


def test_all_texts_say_the_same(page, report, tshark, captures):
    """The page, the tables of tshark, and the documents."""
    story = " ".join((ROOT / "docs" / "FINDING-THE-CAUSE.md").read_text(encoding="utf-8").split())
    assert "3 × zero-window probe by Trader" in page.text and "three zero-window probes" in story
    window = get_lane(page.data["stories"][0], "Window of Trader")
    least = min(value for value in window["v"] if value)
    assert f"from {max(window['v'])} to {least}" in story and window["unit"] == "unscaled"
    clients = [[cell.strip() for cell in line.split("|")][:-1] for line in tshark.run(
        "-r", captures["incident"], "-q", "-z", "trade,clients",
        timezone="Europe/Amsterdam").splitlines() if line[:1].isdigit()]
    assert [row[0] for row in clients] == list("0123456")
    assert [[row[0], *row[2:-1]] for row in page.list_rows("Sessions")] == clients


def test_says_whose_time_it_is(page, report, captures):
    """At the top, with the logs' beside it."""
    top = re.search(r"<header>.*?</header>", page.source, re.S).group()
    assert "all times are local, UTC+02:00 · the logs are UTC+02:00" in top
    other = report.make(captures["keepalive"], timezone="UTC")
    assert "all times are local, UTC+00:00</p>" in other.source


def test_a_capture_hole_is_no_bad_state(report, tshark):
    """What the capture cannot tell is counted by itself."""
    capture = Capture()
    conversation = Conversation(capture, 4000)
    for at in (1, 31, 61, 151):
        conversation.module(ping(TRADER), at=START + at * SECOND)
        conversation.multiplexer(pong(MULTIPLEXER), at=START + at * SECOND + 300)
        if at == 61:
            conversation.skip("module", 4000)
    page = report.make(tshark.save(capture))
    assert '<span class="word">capture-hole</span>' in page.source
    assert "0 of 1 connection in a bad state · of 1 the capture cannot tell · " in page.text
    assert ")., " not in page.text
