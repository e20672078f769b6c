# points_page.py
# Writes the page of several capture points: what lies between them, each bad connection's
# ladder, how the clocks go together.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import shlex

from .capture import SECOND, get_versions
from .joined import Teller
from .ladder import make_ladder
from .page import (ROWS_MAX, count, embed, hash_source, make_details, make_health, make_logs,
                   make_table, read_part, text)
from .points import RST
from .story import GOOD, VERDICTS, format_time, get_zone

OPTIONS = {2: "MSS", 3: "window scale", 4: "SACK permitted", 8: "timestamps"}


def format_ms(ns):
    return f"{ns / 1e6:.3f}"


def get_name(connection):
    return next(row["Module"] or row["Module endpoint"] for _, row in connection.rows())


# ---- Verdicts ----


def make_verdict(number, connection, points, is_drawn):
    joined = connection.joined
    own = " · ".join(f"{text(points[at].name)}: {text(row['Verdict'])}, {text(row['Where'])}, "
                     f"tcp.stream == {row.stream}" for at, row in connection.rows())
    link = f' <a href="#ladder-{number}">Ladder</a>' if is_drawn else ""
    return (f'<li class="verdict" data-connection="{number}"><h3><span class="sign" '
            f'aria-hidden="true">✖</span> <span class="module">{text(get_name(connection))}</span>: '
            f'<span class="word">{text(joined.verdict)}</span>, <span class="where">'
            f"{text(joined.where)}</span></h3>"
            f'<p class="cause">{text(joined.text)}</p>'
            f'<p class="note">{text(VERDICTS.get(joined.verdict, ""))} By itself, {own}.{link}</p>'
            "</li>\n")


def describe_well(comparison):
    """Says what was between on connections that are well."""
    well = [between for connection in comparison.connections
            if connection.joined.verdict in GOOD for *_, between in connection.between]
    lost, held = sum(b.lost_count for b in well), sum(len(b.held) for b in well)
    told = [f"{number} {word}" for number, word in ((lost, "lost"), (held, "held up")) if number]
    return f" Of their segments, {' and '.join(told)} between the capture points." if told else ""


def make_verdicts(comparison, drawn):
    bad = [(number, connection) for number, connection in enumerate(comparison.connections)
           if connection.joined.verdict not in GOOD]
    good = len(comparison.connections) - len(bad)
    items = "".join(make_verdict(number, connection, comparison.points, number in drawn)
                    for number, connection in bad)
    told = f'<ol class="verdicts">\n{items}</ol>\n' if bad else \
        "<p>No connection is in a bad state.</p>\n"
    if good:
        others = "The other connection" if bad and good == 1 else \
            ("The other " if bad else "") + count(good, "connection")
        told += (f'<p class="good"><span aria-hidden="true">✔</span> {others}: ok or idle.'
                 f"{describe_well(comparison)}</p>\n")
    return f'<section id="verdicts"><h2 class="hidden">Verdicts</h2>\n{told}</section>\n'


# ---- The clocks ----


def describe_clock(point, first):
    """Says how a point's clock goes with the first one's."""
    clock = point.clock
    if clock is None:
        return "the clock that all times are by"
    ahead = (f"{abs(clock.offset) / SECOND:.4f} s {'ahead of' if clock.offset >= 0 else 'behind'} "
             f"{first.name}")
    if clock.is_one_way:
        return (f"{ahead} or less: frames of one direction only are in both files, so that delay "
                "and offset cannot be told apart")
    drift = clock.first.rate * 1e6
    steps = "".join(f"; set by {by / SECOND:+.4f} s before its frame {frame}"
                    for frame, by in clock.list_steps())
    return (f"{ahead}, ± {format_ms(clock.uncertainty)} ms"
            + (f", drifting {drift:+.1f} ppm" if abs(drift) >= 0.05 else ", no drift seen") + steps)


def describe_lacks(comparison, point):
    share = comparison.drops[point]
    told = [f"lacks about {share:.2%} of the frames that passed" if share else
            "lacks no frame that is known to have passed"]
    if point.doubled:
        told.append(f"captured {count(point.doubled, 'frame')} twice; one of each counts")
    if point.icmp:
        told.append(count(point.icmp, "ICMP message"))
    return "; ".join(told)


def make_alignment(comparison):
    first = comparison.points[0]
    rows = [[text(point.name), f"{len(point.times):,}", text(describe_clock(point, first)),
             text(describe_lacks(comparison, point))] for point in comparison.points]
    titles = ("Capture point", "TCP segments", "Clock", "Capture")
    return ('<section id="alignment"><h2>The capture points and their clocks</h2>\n' +
            make_table(titles, rows, "Alignment") +
            "<p>Offsets are by the least delays in both directions, when the file begins; they are "
            "wrong by half of what one direction takes longer than the other at least. All times "
            "are by the first point's clock.</p></section>\n")


# ---- What is between ----


def read_option(kind, value):
    """Returns an option's value in words: what a device may change."""
    if kind in (2, 3):
        return " " + str(int.from_bytes(value, "big"))
    return "" if kind in (4, 8) else " " + value.hex()


def describe_options(before, after):
    """Yields what changes of the SYN's options."""
    if before is None or after is None:
        return
    for kind in sorted({*before, *after}):
        name = OPTIONS.get(kind, f"TCP option {kind}")
        if kind not in after:
            yield f"{name} removed"
        elif kind not in before:
            yield f"{name}{read_option(kind, after[kind])} added"
        elif read_option(kind, before[kind]) != read_option(kind, after[kind]):
            yield f"{name}{read_option(kind, before[kind])} becomes" \
                  f"{read_option(kind, after[kind])}"


def describe_change(between):
    """Says what changes on the way."""
    passage, told = between.passage, []
    hops = between.get_hops()
    if hops:
        told.append(f"TTL {-hops:+d}")
    if passage.source.source != passage.sink.source or passage.source.target != passage.sink.target:
        told.append(f"NAT: {passage.source.source} – {passage.source.target} becomes "
                    f"{passage.sink.source} – {passage.sink.target}")
    if passage.shift % 2**32 or passage.shift_ack % 2**32:
        told.append("sequence numbers rewritten")
    told += describe_options(passage.source.options, passage.sink.options)
    if passage.sure and not passage.keeps_ids and any(
            passage.source.ip_id[i] != passage.sink.ip_id[j] for i, j in passage.sure):
        told.append("IP ids rewritten")
    if passage.link.is_ended:
        told.append("a proxy ends TCP here: only what it passes on is compared")
    return "; ".join(told)


def make_between_row(name, between):
    delays = between.get_delays()
    times = list(map(format_ms, delays)) if delays else ["not known"] * 4
    lacking = f"{len(between.lacking)}" + (
        f" of {text(between.sink.name)}" if between.lacking else "")
    return [text(name), f"{text(between.source.name)} →<br>{text(between.sink.name)}",
            len(between.passage.source), between.lost_count,
            sum(loss.size for loss in between.lost), lacking, len(between.held),
            len(between.forged), between.reordered, len(between.passage.copies), *times,
            text(describe_change(between))]


def make_between(comparison):
    rows = [make_between_row(get_name(connection), between)
            for connection in comparison.connections
            for *_, between in sorted(connection.between, key=lambda item: (
                item[0] > item[1]) != (connection.path[0] > connection.path[-1]))]
    titles = ("Connection", "Way", "Segments in", "Lost between", "Bytes lost",
              "Arrived, but not captured", "Held up", "Forged", "Out of order", "Doubled",
              "Delay min (ms)", "median", "99 %", "max", "What changes")
    return ('<section id="between"><h2>Between the capture points</h2>\n' +
            make_table(titles, rows[:ROWS_MAX], "What is between", len(rows)) + "</section>\n")


# ---- Ladders ----


def group_losses(between):
    """Returns losses of the same bytes together, and how many are of bare acknowledgements."""
    by_bytes, bare = collections.defaultdict(list), 0
    for loss in between.lost:
        is_reset = bool(between.passage.source.flags[loss.i] & RST)
        if loss.size or is_reset:
            by_bytes[loss.first, is_reset].append(loss)
        else:
            bare += 1
    return list(by_bytes.values()), bare


def list_facts(teller, connection):
    """Returns (time, point's name, frame, sentence) of what matters on a connection."""
    facts = []
    for *_, between in connection.between:
        source, sink = between.passage.source, between.passage.sink
        for losses in group_losses(between)[0]:
            facts.append((losses[0].sent, between.source.name, source.frame[losses[0].i],
                          teller.lost(between, losses)))
        for j in between.held:
            i = between.passage.back[j]
            facts.append((between.time_in(i), between.source.name, source.frame[i],
                          teller.held(between, i, j)))
        for j in between.forged:
            facts.append((between.time_out(j), between.sink.name, sink.frame[j],
                          teller.forged(between, j)))
        for notice, i in between.notices:
            facts.append((notice.when, between.source.name, notice.frame,
                          teller.noticed(between, notice, i)))
    return sorted(facts)


def make_section(number, connection, comparison):
    teller = Teller(comparison, connection)
    facts = list_facts(teller, connection)
    rows = [[text(format_time(time)), text(name), frame, text(told)]
            for time, name, frame, told in facts[:ROWS_MAX]]
    table = make_table(("Time", "Capture point", "Frame", "What was seen"), rows,
                       f"Evidence on {get_name(connection)}'s connection", len(facts)) if facts \
        else "<p>Nothing is known to be lost, held up or forged between the capture points.</p>\n"
    bare = sum(group_losses(between)[1] for *_, between in connection.between)
    table += f"<p>{count(bare, 'bare acknowledgement')} lost besides.</p>\n" if bare else ""
    table += "".join(
        f"<p>{count(len(between.undecided), 'segment')} went in at {text(between.source.name)} and "
        f"did not come out while {text(between.sink.name)} has no frame at all: lost, or that capture "
        "paused.</p>\n" for *_, between in connection.between if between.undecided)
    ends = " – ".join(connection.ends[connection.path[0]])
    return (f'<section id="ladder-{number}"><h2>{text(get_name(connection))}: '
            f"{text(connection.joined.verdict)}, {text(connection.joined.where)} <small>{text(ends)}"
            f'</small></h2>\n<div class="ladder" data-connection="{number}" tabindex="0" '
            'role="application" aria-roledescription="ladder" aria-label="Segments between the '
            'capture points; the table below has those that matter. Arrow keys go from one to the '
            f'next, plus and minus zoom, 0 shows all."></div>\n{table}</section>\n')


# ---- The page ----


def choose(comparison, arguments):
    """Returns the numbers of the connections that are drawn: bad ones, and those asked for by
    their stream at the first point."""
    bad = [number for number, connection in enumerate(comparison.connections)
           if connection.joined.verdict not in GOOD and connection.between]
    asked = [number for number, connection in enumerate(comparison.connections)
             if connection.between and 0 in connection.streams
             and connection.streams[0].number in arguments.stream]
    return sorted({*bad[:arguments.drawn], *asked})


def make_made(comparison):
    files = [[text(point.name), f"{point.capture.paths[0].stat().st_size:,}",
              f"<code>{point.capture.hashes[0]}</code>"] for point in comparison.points]
    commands = "\n".join(shlex.join(command) for point in comparison.points
                         for command in point.capture.commands)
    tshark, plugin = get_versions()
    return ('<section id="made"><h2>How this was made</h2>\n' +
            make_table(("File", "Bytes", "SHA-256"), files, "Captures") +
            f"<p>By trade-report of TRADE for Wireshark {text(plugin)}, {text(tshark)}; drawn with "
            "D3. Each file was read by itself, by these commands; then the frames that the files have "
            "in common were paired.</p>\n<pre>"
            f"{text(commands)}</pre></section>\n")


def make_limits(comparison):
    told = ["What passed beyond the capture points they show only by what came, or did not."]
    told += [f"{point.name}: {complaint}" for point in comparison.points
             for complaint in point.capture.complaints]
    items = "".join(f"<li>{text(item)}</li>\n" for item in told)
    return f'<section id="limits"><h2>What they cannot tell</h2>\n<ul>{items}</ul></section>\n'


def make_beside(beside):
    """Says by which point each log's time is told."""
    return "".join(f"<p>{text(log.name)} is set beside {text(point.name)}, which shows most of what it "
                   "says.</p>\n" for log, point in beside.items())


def make_body(comparison, beside, drawn):
    ladders = "".join(make_section(number, comparison.connections[number], comparison)
                      for number in drawn)
    health = "".join(make_details(f"{point.name} by itself", make_health(point.capture.rows))
                     for point in comparison.points)
    return (make_verdicts(comparison, drawn) + make_alignment(comparison) +
            make_between(comparison) + ladders +
            make_logs(list(beside), comparison.points[0].capture) + make_beside(beside) +
            f'<section id="health"><h2>Each point by itself</h2>\n{health}</section>\n' +
            make_limits(comparison) + make_made(comparison))


def write_points_page(comparison, beside, arguments):
    """Returns the page. beside: by log, the point beside which it is set."""
    drawn = choose(comparison, arguments)
    origin = min((point.ordered[0] for point in comparison.points if point.ordered),
                 default=0) // SECOND * SECOND
    offset, zone = get_zone(origin)
    data = {"origin": origin // SECOND, "offset": offset, "zone": zone, "ladders": {
        number: make_ladder(comparison, comparison.connections[number], origin)
        for number in drawn}}
    style, library = read_part("page.css"), read_part("d3.min.js")
    program = read_part("chart.js") + read_part("ladder.js")
    policy = (f"default-src 'none'; script-src {hash_source(library)} {hash_source(program)}; "
              f"style-src {hash_source(style)}; base-uri 'none'; form-action 'none'")
    names = ", ".join(point.name for point in comparison.points)
    bad = sum(connection.joined.verdict not in GOOD for connection in comparison.connections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>TRADE: {text(names)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<header><h1>TRADE: what went wrong between {text(names)}</h1>\n"
        f"<p>{bad} of {count(len(comparison.connections), 'connection')} in a bad state</p>"
        f"</header>\n<main>\n{make_body(comparison, beside, drawn)}</main>\n"
        "<noscript><p>The ladders are drawn by JavaScript, which is off here; the tables have "
        "the same.</p></noscript>\n"
        f'<script type="application/json" id="data">{embed(data)}</script>\n'
        f"<script>{library}</script>\n<script>{program}</script>\n</body>\n</html>\n")
