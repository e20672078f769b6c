#!/usr/bin/python3
# report_picture.py
# Makes docs/report.png: the report on the incident with its logs, as Chromium shows it in a
# window of 1366 by 768.
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


def make(plugin, path):
    from test_report import Reporter
    with tempfile.TemporaryDirectory(prefix="trade-picture-") as directory:
        reporter = Reporter(Tshark(plugin, pathlib.Path(directory)))
        names = ("incident.pcapng", "incident-trader.log", "incident-multiplexer.log")
        capture, *logs = (reporter.tshark.keep(CAPTURES / name) for name in names)
        page = reporter.write(capture, "--log", logs[0], "--log", logs[1],
                              timezone="Europe/Amsterdam")
        with chromium.open_browser() as browser:
            browser.show(page)
            browser.shoot(path)
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--strip", "--output", path, "64", path], check=True)


def main():
    parser = argparse.ArgumentParser(
        description="Makes the picture of the report. Takes Debian's chromium, chromium-driver "
        "and python3-selenium.")
    parser.add_argument("plugin", type=pathlib.Path, metavar="PLUGIN", help="the trade.so")
    parser.add_argument("path", type=pathlib.Path, metavar="FILE", nargs="?",
                        default=ROOT / "docs" / "report.png",
                        help="where to write it (default: docs/report.png)")
    args = parser.parse_args()
    if not args.plugin.is_file():
        parser.error("PLUGIN is a file")
    if not chromium.IS_THERE:
        parser.error("chromium, chromium-driver or python3-selenium is not installed")
    make(args.plugin.resolve(), args.path.resolve())
    print(f"{args.path}: {args.path.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
