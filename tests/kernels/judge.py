# judge.py
# Holds what -z trade,health says against the truth.
#
# A verdict accuses a side where its place is exactly that side, and the network where it
# is exactly that. "network-or-module" names two suspects, and is wrong only where neither
# is at fault.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

PLACES = ("module", "multiplexer", "network", "network-or-module", "network-or-multiplexer",
          "cannot-tell", "-")


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
    """Returns how much a place says of what was at fault."""
    if is_wrong(place, faults):
        return "wrong"
    if place == "-":
        return "nothing"
    if place in ("cannot-tell",):
        return "cannot tell"
    return "named" if "-or-" not in place else "one of two"
