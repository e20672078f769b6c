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
# From the first column to the middle of the last row's cause, the rest of the cause, and
# all that follows, in two parts.
HEALTH_PARTS = ("1298x228+11+10", "1524x18+1309+220", "1207x238+2833+0", "1535x238+4040+0")
# All that a screen shows is in the picture, but for the windows that are placed.
SCREEN_SIZES = {"health": "5600x900"}


@contextlib.contextmanager
def wireshark(screen, *options):
    """A Wireshark on the incident, for the length of a with."""
    screen.open(INCIDENT, *options)
    yield screen
    screen.quit()


def shoot_incident(screen, path):
    """Trader's window closes, the Multiplexer goes on sending, Trader resets."""
    story = (f"{TRADER} && (trade || tcp.flags.reset == 1 || "
             "tcp.srcport == 2107 && tcp.len == 0 && tcp.window_size < 30000)")
    numbers = screen.find(INCIDENT, story)
    closed = screen.find(INCIDENT, f"{TRADER} && tcp.analysis.zero_window")[0]
    with wireshark(screen, "-Y", story, "-g", numbers[-1]):
        # Ten rows back, which stay in sight above the last.
        screen.click(300, 300)
        screen.key("End")
        screen.key(*["Up"] * sum(number > closed for number in numbers))
        screen.shoot(path)


def shoot_pdu(screen, path):
    """The roundtrip of which the network took 0.672 ms, with its bytes."""
    report = screen.find(INCIDENT, "trade.roundtrip.slow")[0]
    around = "frame.number in {%d..%d}" % (report - 6, report + 6)
    with wireshark(screen, "-Y", around, "-g", report):
        # The last tree is TRADE's: unfolded, all its bytes are marked.
        screen.click(300, 850)
        screen.key("Home", "End", "shift+Right")
        screen.shoot(path)


def shoot_health(screen, path):
    """A table that is as wide as three pictures, in parts, one below the other."""
    with wireshark(screen, "-z", "trade,health"):
        window = screen.place("TRADE Health", 0, 0, 5590, 330)
        # Room for the arrow in the first column's header.
        screen.click(69, 22, times=2)
        screen.click(700, 60)
        screen.key("End")
        parts = []
        for crop in HEALTH_PARTS:
            parts.append(path.with_suffix(f".{len(parts)}.png"))
            screen.shoot(parts[-1], window, crop)
        screen.stack(path, *parts)


def shoot_response_times(screen, path):
    with wireshark(screen, "-z", "trade,srt"):
        window = screen.place("Service Response Time", 0, 0, 760, 572)
        screen.shoot(path, window)


def shoot_io_graph(screen, path):
    with wireshark(screen, "-z", "io,stat"):
        window = screen.place("I/O Graphs", 0, 0, 1200, 720)
        screen.shoot(path, window)


PICTURES = {"incident": shoot_incident, "pdu": shoot_pdu, "health": shoot_health,
            "response-times": shoot_response_times, "io-graph": shoot_io_graph}


def main():
    parser = argparse.ArgumentParser(
        description="Makes the pictures of docs/; tools/gui.sh installs what that takes.")
    parser.add_argument("plugin", type=pathlib.Path, metavar="PLUGIN", help="the trade.so")
    parser.add_argument("directory", type=pathlib.Path, metavar="DIRECTORY",
                        help="where to write them; must exist")
    parser.add_argument("names", nargs="*", metavar="PICTURE",
                        help=", ".join(PICTURES) + " (default: all)")
    args = parser.parse_args()
    if set(args.names) - set(PICTURES):
        parser.error("the pictures are " + ", ".join(PICTURES))
    if not args.plugin.is_file() or not args.directory.is_dir():
        parser.error("PLUGIN is a file, DIRECTORY is a directory")
    for name in args.names or PICTURES:
        path = args.directory / f"{name}.png"
        screen = Screen(args.plugin.resolve(), SCREEN_SIZES.get(name, "1600x900"))
        try:
            PICTURES[name](screen, path)
        finally:
            screen.close()
        print(f"{path}: {path.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
