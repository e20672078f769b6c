#!/usr/bin/python3
# report_picture.py
# Makes docs/report.png, docs/sequence.png and docs/ladder.png: the report on the incident with its
# logs, from its top and from its time-sequence graph on, and the ladder of two capture points, as
# Chromium shows them in a window of 1366 by 768.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

import browser as chromium
from conftest import ROOT, Tshark

CAPTURES = ROOT / "captures"


def shoot(page, path, shown=None):
    """Writes a picture of a page, from an element on."""
    with chromium.open_browser() as browser:
        browser.show(page)
        if shown:
            browser.ask("document.querySelector(arguments[0]).scrollIntoView()", shown)
        browser.shoot(path)
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--strip", "--output", path, "64", path], check=True)
    print(f"{path}: {path.stat().st_size} bytes", file=sys.stderr)


def make(plugin, room):
    from test_report import Reporter
    with tempfile.TemporaryDirectory(prefix="trade-picture-") as directory:
        reporter = Reporter(Tshark(plugin, pathlib.Path(directory)))
        names = ("incident.pcapng", "incident-trader.log", "incident-multiplexer.log")
        capture, *logs = (reporter.tshark.keep(CAPTURES / name) for name in names)
        page = reporter.write(capture, "--log", logs[0], "--log", logs[1],
                              timezone="Europe/Amsterdam")
        shoot(page, room / "report.png")
        shoot(page, room / "sequence.png", "section[id^=stream] > h3")
        pair = [str(reporter.tshark.keep(CAPTURES / f"lost-at-{point}.pcapng"))
                for point in ("module", "multiplexer")]
        shoot(reporter.write(*pair, timezone="Europe/Amsterdam"), room / "ladder.png",
              "section[id^=ladder]")


def main():
    parser = argparse.ArgumentParser(
        description="Makes the pictures of the report. Takes Debian's chromium, chromium-driver "
        "and python3-selenium.")
    parser.add_argument("plugin", type=pathlib.Path, metavar="PLUGIN", help="the trade.so")
    parser.add_argument("room", type=pathlib.Path, metavar="DIRECTORY", nargs="?",
                        default=ROOT / "docs", help="where to write them (default: docs)")
    args = parser.parse_args()
    if not args.plugin.is_file():
        parser.error("PLUGIN is a file")
    if not chromium.IS_THERE:
        parser.error("chromium, chromium-driver or python3-selenium is not installed")
    make(args.plugin.resolve(), args.room.resolve())


if __name__ == "__main__":
    main()
