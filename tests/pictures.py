#!/usr/bin/python3
# pictures.py
# Makes the pictures of docs/: the real Wireshark on captures/, by tools/gui.sh.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import contextlib
import pathlib
import sys

from screen import ROOT, Screen

INCIDENT = ROOT / "captures" / "incident.pcapng"
TRADER = "tcp.stream == 11"
# What the documents give for the whole story, and for what matters of it.
STORY = f"{TRADER} && (trade || tcp.analysis.zero_window || tcp.flags.reset == 1)"
NEWS = f'{TRADER} && (trade.keyword == "Ping" || trade.cause || trade.ping.missing)'
# A small laptop's.
SCREEN = "1366x768"
WIDTH = 1364


@contextlib.contextmanager
def wireshark(screen, *options):
    """A Wireshark on the incident, for the length of a with."""
    screen.open(INCIDENT, *options)
    yield screen
    screen.quit()


def shoot_incident(screen, path):
    """Trader's Pings, and where they stop: the frame with which that begins is selected."""
    numbers = screen.find(INCIDENT, NEWS)
    first = screen.find(INCIDENT, f"{TRADER} && trade.cause")[0]
    with wireshark(screen):
        screen.filter(NEWS)
        screen.click(300, 250)
        screen.key("End", *["Up"] * sum(number > first for number in numbers))
        # The last tree has the cause.
        screen.click(300, 440)
        screen.key("Home", "End", "Right")
        screen.shoot(path)


def shoot_dark(screen, path):
    """The profile's colours in a dark theme: where Trader's connection begins to go wrong."""
    screen.darken()
    first, around = 679, "frame.number in {668..691, 858, 994, 1192}"
    with wireshark(screen, "-Y", f"{TRADER} && ({around})", "-g", first + 1):
        screen.shoot(path)


def shoot_pdu(screen, path):
    """The roundtrip of which the network took 0.672 ms, with its bytes."""
    report = screen.find(INCIDENT, "trade.roundtrip.slow")[0]
    around = "frame.number in {%d..%d}" % (report - 6, report + 6)
    with wireshark(screen, "-Y", around, "-g", report):
        # The last tree is TRADE's: unfolded, all its bytes are marked.
        screen.click(300, 700)
        screen.key("Home", "End", "shift+Right")
        screen.shoot(path)


def shoot_health(screen, path):
    """The table as wide as the screen."""
    with wireshark(screen, "-z", "trade,health"):
        window = screen.place("TRADE Health", 0, 0, WIDTH, 340)
        screen.shoot(path, window)


def shoot_expert(screen, path):
    """Each expert info with its own words: the worst say why."""
    with wireshark(screen):
        screen.menu("alt+a", "Up", "Return")
        window = screen.place("Expert Information", 0, 0, 1000, 460)
        screen.click(207, 406)  # Group by summary: no
        screen.click(300, 42)
        screen.key("Right")
        screen.shoot(path, window)


def shoot_response_times(screen, path):
    with wireshark(screen, "-z", "trade,srt"):
        window = screen.place("Service Response Time", 0, 0, 760, 572)
        screen.shoot(path, window)


def shoot_io_graph(screen, path):
    with wireshark(screen, "-z", "io,stat"):
        window = screen.place("I/O Graphs", 0, 0, WIDTH, 740)
        screen.settle()
        screen.click(700, 685)  # Time of day
        screen.settle()
        screen.shoot(path, window)
        screen.key("Escape")


def shoot_flow(screen, path):
    """From the last Pings on until one is missing."""
    with wireshark(screen):
        screen.filter(STORY)
        # The graph has the colours of the rows that were in sight.
        screen.click(300, 250)
        screen.key("End", "Home", *["Next"] * 10, "Home")
        screen.menu("alt+s", *["Up"] * 12, "Return")
        window = screen.place("Wireshark · Flow", 0, 0, WIDTH, 740)
        screen.click(18, 686)  # Limit to display filter
        screen.settle()
        screen.click(600, 300)
        screen.key("Next")
        screen.shoot(path, window)


PICTURES = {"incident": shoot_incident, "pdu": shoot_pdu, "health": shoot_health,
            "expert": shoot_expert, "response-times": shoot_response_times,
            "io-graph": shoot_io_graph, "flow": shoot_flow, "dark": shoot_dark}


def main():
    parser = argparse.ArgumentParser(
        description="Makes the pictures of docs/; tools/gui.sh installs what that takes.")
    parser.add_argument("plugin", type=pathlib.Path, metavar="PLUGIN", help="the trade.so")
    parser.add_argument("directory", type=pathlib.Path, metavar="DIRECTORY",
                        help="where to write them; must exist")
    parser.add_argument("names", nargs="*", metavar="PICTURE",
                        help=", ".join(PICTURES) + " (default: all)")
    parser.add_argument("--screen", default=SCREEN, metavar="WIDTHxHEIGHT")
    args = parser.parse_args()
    if set(args.names) - set(PICTURES):
        parser.error("the pictures are " + ", ".join(PICTURES))
    if not args.plugin.is_file() or not args.directory.is_dir():
        parser.error("PLUGIN is a file, DIRECTORY is a directory")
    for name in args.names or PICTURES:
        path = args.directory / f"{name}.png"
        screen = Screen(args.plugin.resolve(), args.screen)
        try:
            PICTURES[name](screen, path)
        finally:
            screen.close()
        print(f"{path}: {path.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
