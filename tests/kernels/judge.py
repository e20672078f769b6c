# judge.py
# Holds what -z trade,health says against the truth.
#
# A verdict accuses a side where its place is exactly that side, and the network where it
# is exactly that. "network-or-module" names two suspects, and is wrong only where neither
# is at fault.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import functools
import pathlib
import re

DOCUMENT = pathlib.Path(__file__).resolve().parent / "results.md"
PLACES = ("module", "multiplexer", "network", "network-or-module", "network-or-multiplexer",
          "cannot-tell", "-")
RATES = ("named", "one of two", "cannot tell", "none", "wrong")


def read_rows(text):
    """Returns the health table's rows as dicts by title; of two columns of one title the
    first, which is the module's."""
    titles, rows = [], []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if "Verdict" in cells:
            titles = cells
        elif titles and cells[0].isdigit():
            rows.append(dict(reversed(list(zip(titles, cells)))))
    return rows


def health(tshark, path, *options):
    """Returns the rows of a capture."""
    return read_rows(tshark.run("-r", path, "-q", *options, "-z", "trade,health"))


def said(row):
    """Returns verdict and place. A plugin without the column Where accuses by its word."""
    return row["Verdict"], row.get("Where", "-")


def is_wrong(place, faults):
    """Whether this place accuses only those that are at no fault."""
    return place in PLACES[:5] and not set(place.split("-or-")) & set(faults)


def rate(place, faults):
    """Returns how much a place says of what was at fault: one of RATES."""
    if is_wrong(place, faults):
        return "wrong"
    if place not in PLACES[:5]:
        return "cannot tell" if place == "cannot-tell" else "none"
    return "one of two" if "-or-" in place else "named"


@functools.lru_cache
def knows_limit(tshark):
    """Whether the plugin has the preference for how long a side waits for a Pong."""
    return "trade.limit:" in tshark.run("-G", "currentprefs")


def options(tshark, of):
    """Returns tshark's options for a capture of which this is true."""
    port = ("-o", f"trade.tcp.port:{of['port']}") if "port" in of else ()
    limit = ("-o", f"trade.limit:{3 * of['interval']}") if knows_limit(tshark) else ()
    return "-o", f"trade.interval:{of['interval']}", *port, *limit


def hold_against(rows, of):
    """Returns "right" where a row says what is right, "wrong" where any accuses a healthy
    side, else "less"."""
    if any(is_wrong(said(row)[1], of["faults"]) for row in rows):
        return "wrong"
    right = any(verdict in of["verdicts"] and place in of["where"]
                for verdict, place in map(said, rows))
    return "right" if right else "less"


def rate_connections(rows, connections):
    """Returns (row, what is true of its connection, rate) of each row whose connection is
    known, by the module's end: the verdict may take the Multiplexer's for it."""
    ends = [(row, next((end for end in row.values() if end in connections), None)) for row in rows]
    known = [(row, connections[end]) for row, end in ends if end]
    return [(row, of, rate(said(row)[1], of["faults"])) for row, of in known]


def write_document(name, table):
    """Replaces what stands between a name and its end in results.md."""
    text = DOCUMENT.read_text(encoding="utf-8")
    made, count = re.subn(f"(?<=<!-- {name} -->\n).*(?=<!-- end of {name} -->)",
                          lambda _: table + "\n", text, flags=re.S)
    assert count == 1, f"no place for {name} in {DOCUMENT}"
    DOCUMENT.write_text(made, encoding="utf-8")
