# mail.py
# The findings as plain text, for a mail.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import textwrap

from .story import GOOD, format_time

WIDTH = 76


def clean(text):
    """Returns a text in one line, with "?" for what a terminal might obey."""
    return " ".join("".join(c if c.isprintable() else "?" for c in part)
                    for part in str(text).split())


def tell(text, first="", rest=None):
    """Returns a paragraph."""
    return textwrap.fill(clean(text), WIDTH, initial_indent=first,
                         subsequent_indent=first if rest is None else rest,
                         break_long_words=False, break_on_hyphens=False)


def tell_heading(text):
    text = clean(text)
    return f"\n{text}\n{'-' * len(text)}"


def tell_fact(fact):
    place = f", frame {fact.frame}" if fact.frame else ""
    return tell(f"{format_time(fact.time)}{place}: {fact.what}", "- ", "  ")


def tell_good(rows):
    good = [row for row in rows if row["Verdict"] in GOOD]
    return f"{len(good)} of {len(rows)} connections: nothing wrong." if good else ""


def write(header, capture, connections, facts, limits):
    """Returns the findings of one point. header: the page's title and what it is about; facts:
    each drawn connection's evidence; limits: what the capture cannot tell."""
    title, about = header
    parts = [tell(title), tell(about)]
    if capture.incidents:
        parts.append(tell_heading("Incidents"))
        parts += [tell(row["What happened"], f"{n}. ", "   ")
                  for n, row in enumerate(capture.incidents, 1)]
    own = {connection.row.stream: listed for connection, listed in zip(connections, facts)}
    for row in capture.rows:
        if row["Verdict"] not in GOOD:
            name = row["Module"] or row["Module endpoint"]
            parts.append(tell_heading(f"{name}: {row['Verdict']}"))
            parts.append(tell(f"{row['Details']} (tcp.stream == {row.stream}, where: "
                              f"{row['Where']})"))
            parts += map(tell_fact, own.get(row.stream, ()))
    parts += ["", tell(tell_good(capture.rows)), tell_heading("What the capture cannot tell")]
    parts += [tell(limit, "- ", "  ") for limit in limits]
    parts.append("")
    parts += [tell(f"{name}: SHA-256 {digest}", "", "  ")
              for name, digest in zip(capture.shown_names, capture.hashes)]
    return "\n".join(parts) + "\n"


def write_points(names, connections):
    """Returns the findings of several points. connections: each one's name and what is joined of
    all points, worst first."""
    parts = [tell(f"TRADE: what went wrong between {', '.join(names)}")]
    bad = [(name, joined) for name, joined in connections if joined.verdict not in GOOD]
    for name, joined in bad:
        parts.append(tell_heading(f"{name}: {joined.verdict}, {joined.where}"))
        parts.append(tell(joined.text))
    parts += ["", tell(f"{len(connections) - len(bad)} of {len(connections)} connections: nothing "
                       "wrong.")]
    return "\n".join(parts) + "\n"
