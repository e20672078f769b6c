# page.py
# Writes the page: one file, with all that it takes inside. Whatever comes from a capture or
# a log goes through text() or embed().
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import base64
import hashlib
import html
import json
import pathlib
import platform
import shlex

from .capture import SECOND, describe_unread, first, get_versions
from .requests import format_ms, list_requests
from .sequence import Sequence
from .story import (BANDS_MAX, GOOD, MARKS_LEAST, MARKS_MAX, MODULE, MULTIPLEXER, VERDICTS, Fact,
                    Lanes, format_span, format_time, get_zone)

HERE = pathlib.Path(__file__).resolve().parent
ROWS_MAX = 500  # of a table
SLOWEST = 12  # roundtrips that are drawn
BAD_LEVELS = ("FATAL", "ERROR", "WARN", "WARNING")


def text(value):
    """Returns anything as HTML that shows it, and does nothing else."""
    # What of control characters and of surrogates HTML does not allow is shown as "�".
    return html.escape("".join(c if c in "\t\n" or c.isprintable() else "\ufffd"
                               for c in str(value)))


def embed(value):
    """Returns JSON that can stand in a script element."""
    dumped = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        dumped = dumped.replace(character, f"\\u{ord(character):04x}")
    return dumped


def read_part(name):
    """Returns a file that the page has inside."""
    return (HERE / name).read_text(encoding="utf-8")


def hash_source(source):
    """Returns a source for the Content-Security-Policy that lets only this text through."""
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def make_table(titles, rows, caption, total=None, kind="plain"):
    """Returns a table of cells that are HTML already. kind: what the style calls it."""
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n"
                   for row in rows)
    rest = f"<p>The first {len(rows)} of {total}.</p>" if (total or 0) > len(rows) else ""
    return (f'<div class="scroll" tabindex="0" role="region" aria-label="{text(caption)}">'
            f'<table class="{kind}">'
            f"<caption>{text(caption)}</caption><thead><tr>{head}</tr></thead>\n"
            f"<tbody>{body}</tbody></table></div>{rest}\n")


def make_details(summary, content):
    return f"<details><summary>{text(summary)}</summary>\n{content}</details>\n"


def count(n, thing):
    return f"{n} {thing}" + ("" if n == 1 else "s")


# ---- Incidents ----


def make_incident(row):
    told = [text(row["Verdict"]), f'Where: {text(row["Where"])}',
            f'{text(row["Connections"])} of {count(int(row["of"]), "connection")}',
            f'Hosts: {text(row["Hosts"])}', f'Modules: {text(row["Modules"])}']
    told += [f'Frame: {text(row["Frame"])}'] if row["Frame"] != "-" else []
    return (f'<li class="incident"><p class="cause">{text(row["What happened"])}</p>'
            f'<p class="note">{" · ".join(told)}.</p></li>\n')


def make_incidents(rows):
    """One cause, one line, however many connections it shows on."""
    if not rows:
        return ""
    more = f"<p>And {len(rows) - ROWS_MAX} more.</p>\n" if len(rows) > ROWS_MAX else ""
    items = "".join(make_incident(row) for row in rows[:ROWS_MAX])
    return ('<section id="incidents"><h2>Incidents</h2>\n'
            f'<ol class="incidents">\n{items}</ol>\n{more}</section>\n')


# ---- Verdicts ----


def make_verdict(row, is_drawn):
    stream, verdict = row["Stream"], row["Verdict"]
    link = f' <a href="#stream-{text(stream)}">Timeline and evidence</a>' if is_drawn else ""
    where = " · ".join(f"{title}: {text(row[title])}" for title in ("Where", "Frame", "Incident")
                       if row[title])
    return (f'<li class="verdict" data-stream="{text(stream)}"><h3><span class="sign" '
            f'aria-hidden="true">{"?" if verdict == "capture-hole" else "✖"}</span> '
            f'<span class="module">{text(row["Module"] or row["Module endpoint"])}</span>: '
            f'<span class="word">{text(verdict)}</span></h3>'
            f'<p class="cause">{text(row["Details"])}</p>'
            f'<p class="note">{text(VERDICTS.get(verdict, ""))} tcp.stream == {text(stream)}'
            f'{" · " + where if where else ""}.{link}</p></li>\n')


def make_verdicts(rows, drawn):
    bad = [row for row in rows if row["Verdict"] not in GOOD]
    good = [row for row in rows if row["Verdict"] in GOOD]
    items = "".join(make_verdict(row, row.stream in drawn) for row in bad)
    told = f'<ol class="verdicts">\n{items}</ol>\n' if bad else \
        "<p>No connection is in a bad state.</p>\n" if rows else \
        "<p>There is no TRADE connection in this capture.</p>\n"
    words = [f"{sum(row['Verdict'] == word for row in good)} {word}" for word in GOOD]
    if good:
        told += (f'<p class="good"><span aria-hidden="true">✔</span> '
                 f'{"The other " if bad else ""}{count(len(good), "connection")}: '
                 f'{", ".join(word for word in words if word[0] != "0")}.</p>\n')
    return told


def make_wide(cell):
    """Returns a cell that takes the more room the longer it is, so that no row becomes high."""
    kind = "sentence" if len(cell) > 200 else "phrase" if len(cell) > 40 else ""
    return f'<div class="{kind}">{text(cell)}</div>' if kind else text(cell)


def make_health(rows):
    """All of the health table, as tshark prints it."""
    if not rows:
        return ""
    titles = [text(title) for title, _ in rows[0].cells]
    shown = [[make_wide(cell) for _, cell in row.cells] for row in rows[:ROWS_MAX]]
    return make_details("The whole health table, as tshark -q -z trade,health prints it",
                        make_table(titles, shown, "TRADE Health", len(rows), "health"))


# ---- A connection ----

LEGEND = (
    ("ping", "", "Ping seen"), ("ping", "hollow", "Ping due, not seen"), ("pong", "", "Pong seen"),
    ("pong", "hollow", "Pong not seen"), ("end", "", "opened, closed or reset"),
    ("cross", "", "retransmitted, or a probe"), ("diamond", "", "line of a log"),
    ("zero", "", "window zero"), ("hole", "", "not captured"))
SEQUENCE_LEGEND = (
    ("segment", "", "segment, from its first to its last byte"),
    ("segment", "bad", "retransmitted, a probe, or an RST"), ("ack", "", "acknowledged"),
    ("edge", "", "the window's edge: up to here may be sent"), ("zero", "", "window zero"))


def make_legend(legend=LEGEND):
    items = "".join(f'<li data-glyph="{glyph}" data-style="{style}">{words}</li>'
                    for glyph, style, words in legend)
    return f'<ul class="legend">{items}</ul>'


def make_where(fact, stream, origin):
    """A button that shows a time on the connection's timeline."""
    seconds = (fact.time - origin) / SECOND
    return (f'<button type="button" class="show" data-stream="{stream}" data-t="{seconds:.6f}">'
            f"{text(format_time(fact.time))}</button>")


def make_evidence(connection, facts, origin):
    rows = [[make_where(fact, connection.row.stream, origin), text(fact.frame or ""),
             text(fact.what), f"<code>{text(fact.filter)}</code>" if fact.filter else ""]
            for fact in facts]
    return make_table(("Time", "Frame", "What was seen", "Filter that shows it"), rows,
                      f"Evidence on {connection.name}'s connection", kind="evidence")


def make_pings(connection):
    """Pings and Pongs as a table, for whoever cannot see the timeline."""
    rows = []
    pings = connection.list_pings()
    for side, ping in pings[:ROWS_MAX]:
        told = (f"{(ping.answer[1] - ping.time) / 1e6:.3f} ms" if ping.answer else
                "none before the capture ended" if connection.is_pending(ping) else "no Pong")
        rows.append([text(format_time(ping.time)), ping.frame, text(connection.names[side]),
                     ping.answer[0] if ping.answer else "", told])
    table = make_table(("Ping", "Frame", "By", "Pong's frame", "After"), rows,
                       f"Pings on {connection.name}'s connection", len(pings))
    return make_details(f"All {len(pings)} Pings as a table", table)


def describe(connection):
    """Returns the timeline in words, for a screen reader."""
    due = [f"{connection.count_due(side)} Pings of {connection.names[side]} were due and not seen"
           for side in (MODULE, MULTIPLEXER) if connection.count_due(side)]
    zero = [f"the window of {connection.names[span.side]} is zero for {format_span(span.length)}"
            for span in connection.zero_windows[:3]]
    return (f"Timeline of {connection.name}'s connection: "
            f"{'; '.join([*due, *zero]) or 'no Ping is missing, no window is zero'}. "
            "Arrow keys go from mark to mark and from lane to lane, plus and minus zoom, 0 shows "
            "all. The tables below say the same.")


def make_sequence(connection):
    """Returns the place of the time-sequence graph, and what its lines are."""
    return ("<h3>The seconds that matter, by sequence numbers</h3>\n"
            f'<div class="sequences" data-stream="{connection.row.stream}" tabindex="0" '
            'role="application" aria-roledescription="time-sequence graph" aria-label="Segments of '
            f"{text(connection.name)}'s connection by time and sequence number. Left and right go "
            "from segment to segment, up and down show the other direction, plus and minus zoom, 0 "
            f'shows all."></div>\n{make_legend(SEQUENCE_LEGEND)}\n')


def make_requests(connection, origin):
    """Clients' slowest requests to the module, split into where the time passed."""
    rows = [[make_where(Fact(own.request.start, own.request.frame, ""), connection.row.stream, origin),
             own.request.client, own.request.frame, own.answer.frame, format_ms(own.total),
             format_ms(own.to_module), format_ms(own.in_module), format_ms(own.back)]
            for own in list_requests(connection)]
    if not rows:
        return ""
    titles = ("Request", "Client's id", "Frame", "Answer's frame", "Until answered (ms)",
              "To the module (ms)", "In the module (ms)", "Back (ms)")
    return make_details(
        f"Clients' slowest requests to {connection.name}, by where the time passed",
        make_table(titles, rows, f"Requests to {connection.name}") +
        "<p>As at this capture point: to the module is until the request was acknowledged, back is "
        "until the answer was. The answer is taken to be the next data PDU from the module for that "
        "client. What passed between the client and the Multiplexer, and in the Multiplexer, this "
        "connection does not show.</p>\n")


def make_connection(connection, facts, origin):
    row, stream = connection.row, connection.row.stream
    return (f'<section id="stream-{stream}"><h2>{text(connection.name)}: {text(row["Verdict"])} '
            f'<small>{text(row["Module endpoint"])} – {text(row["Multiplexer endpoint"])}, '
            f"tcp.stream == {stream}</small></h2>\n"
            f'<div class="timeline" data-stream="{stream}" tabindex="0" role="application" '
            f'aria-roledescription="timeline" aria-label="{text(describe(connection))}"></div>\n'
            f"{make_legend()}\n{make_sequence(connection)}"
            f"{make_evidence(connection, facts, origin)}{make_requests(connection, origin)}"
            f"{make_pings(connection)}"
            "</section>\n")


# ---- Roundtrips ----


def list_roundtrips(capture):
    """Returns what the Multiplexer reported, the longest first."""
    reports = []
    for event in capture.events:
        if event.kind == "Roundtrip for Module" and "rtt_time" in event.fields:
            wire = event.fields.get("rtt_wire")
            total = float(first(event.fields["rtt_time"]))
            reports.append({
                "module": first(event.fields.get("module", "")), "f": event.frame,
                "time": event.time, "ms": total, "wire": None if wire is None else float(wire),
                "ping": event.fields.get("rtt_ping"), "pong": event.fields.get("rtt_pong")})
    return sorted(reports, key=lambda report: (-report["ms"], report["f"]))


def make_roundtrips(reports):
    if not reports:
        return ""
    by_module = {}
    for report in reports:
        by_module.setdefault(report["module"], []).append(report)
    rows = []
    for module, own in by_module.items():
        worst, wires = own[0], [r["wire"] for r in own if r["wire"] is not None]
        rows.append([text(module), len(own), f"{own[len(own) // 2]['ms']:.3f}",
                     f"{worst['ms']:.3f}",
                     "not seen" if worst["wire"] is None else f"{worst['wire']:.3f}",
                     f"{max(wires):.3f}" if wires else "not seen", worst["f"],
                     f"<code>frame.number == {worst['f']}</code>"])
    titles = ("Module", "Reports", "Median (ms)", "Longest (ms)", "of that on the wire (ms)",
              "Longest on the wire (ms)", "Frame", "Filter")
    return ('<section id="roundtrips"><h2>Roundtrips that the Multiplexer reported</h2>\n'
            "<p>Each is split into the time between Ping and Pong at this capture point, and the "
            "rest, which passed before the Ping or after the Pong: in the Multiplexer, or on "
            "the path from it.</p>\n"
            '<div class="roundtrips" role="img" aria-label="The longest roundtrips, split into '
            'wire and off the wire; the table below has the figures."></div>\n'
            f"{make_table(titles, rows[:ROWS_MAX], 'Reported roundtrips by module', len(rows))}"
            "</section>\n")


# ---- Sessions ----


def list_ids(events):
    """Returns the connection id of each session that a control PDU names."""
    return {int(first(event.fields["session"])): first(event.fields["conn_id"])
            for event in events if "session" in event.fields and "conn_id" in event.fields}


def make_sessions(capture):
    """All of the clients' table, as tshark prints it, with the connection ids that are known."""
    if not capture.clients:
        return ""
    known = list_ids(capture.events)
    rows = []
    for row in capture.clients[:ROWS_MAX]:
        number = int(row["Session"])
        cells = [make_wide(cell) for _, cell in row.cells]
        rows.append([cells[0], text(known.get(number, "-")), *cells[1:],
                     f"<code>trade.session == {number}</code>"])
    titles = [text(title) for title, _ in capture.clients[0].cells]
    table = make_table([titles[0], "Connection id", *titles[1:], "Filter"], rows, "Sessions",
                       len(capture.clients))
    return f'<section id="sessions"><h2>Clients\' sessions</h2>\n{table}</section>\n'


# ---- Logs ----


def describe_offset(log):
    """Says how a log's time goes with the capture's."""
    if log.offset is None:
        return ("None of its lines matches the capture, so its time cannot be compared with the "
                "capture's.")
    zone = format_offset(log.zone)
    clock = (f"its clock is {format_span(abs(log.ahead))} "
             f"{'ahead of' if log.ahead >= 0 else 'behind'} the capture's")
    if log.source == "clock":
        return (f"None of its lines matches the capture. By the Multiplexer's own Pings, which "
                f"carry its time, {clock}; its time zone is {zone}.")
    spread = f"spread {format_span(log.spread)}" if len(log.matches) > 1 else "spread not known"
    matches = "1 of its lines matches" if len(log.matches) == 1 else \
        f"{len(log.matches)} of its lines match"
    return f"{matches} the capture: {clock}, {spread}; its time zone is {zone}."


def make_log_facts(log, ends, connection):
    """Yields what of a log is evidence on a connection: when it ended, there and on the wire."""
    for line, event in ends:
        if event.stream == connection.row.stream:
            lag = event.time - line.at
            yield Fact(line.at, event.frame, f"{log.name}, line {line.number}: “{line.text}” "
                       f"Logged {format_span(abs(lag))} {'before' if lag >= 0 else 'after'} the "
                       f"{event.kind} was on the wire in frame {event.frame}.",
                       f"frame.number == {event.frame}")


def make_log(log, capture):
    matched = {match.line.number: match for match in log.matches}
    rows = []
    for line in log.lines[:ROWS_MAX]:
        match = matched.get(line.number)
        place = "" if line.at is None else text(format_time(line.at))
        if line.at is not None and capture.end and not capture.start <= line.at <= capture.end:
            place += " (outside the capture)"
        wire = "" if not match else (
            f"frame {match.event.frame}, {text(match.event.kind)}, "
            f"{(match.event.time - line.at) / 1e6:+.3f} ms")
        rows.append([line.number, place, text(line.level), text(line.text), wire])
    notes = [describe_offset(log)]
    if log.skipped:
        notes.append(f"{count(log.skipped, 'line')} before the first time were left out.")
    titles = ("Line", "Capture time", "Level", "Text", "On the wire")
    return (f"<h3>{text(log.name)}{': log of ' + text(log.owner) if log.owner else ''}</h3>\n"
            f'<p class="offset">{text(" ".join(notes))}</p>\n' +
            make_details(f"All {len(log.lines)} lines of {log.name}",
                         make_table(titles, rows, f"Lines of {log.name}", len(log.lines))))


def make_logs(logs, capture):
    if not logs:
        return ""
    return ('<section id="logs"><h2>Logs beside the capture</h2>\n' +
            "".join(make_log(log, capture) for log in logs) + "</section>\n")


def make_log_lanes(logs, lanes):
    """Returns a lane for each log with lines from a connection's time."""
    connection, made = lanes.connection, []
    for log in logs:
        lines = [line for line in log.lines if line.at is not None
                 and connection.start <= line.at <= connection.end]
        if lines and log.owner in ("", "Multiplexer", connection.name):
            groups = [make_log_group(log, lanes, glyph, [
                line for line in lines if (line.level in BAD_LEVELS) == (glyph == "diamond")])
                for glyph in ("tick", "diamond")]
            made.append({"kind": "marks", "label": f"Log: {log.name}", "groups": groups})
    return made


def make_log_group(log, lanes, glyph, lines):
    step = lanes.get_step(len(lines))
    lines = lines[::step]
    return {"glyph": glyph, "hollow": False, "each": step, "t": [lanes.at(line.at) for line in lines],
            "f": [None] * len(lines),
            "names": {"weight": 2 if glyph == "diamond" else 1, "of": [l.text for l in lines]},
            "text": [f"{log.name}, line {line.number}: {line.level} {line.text}"
                     for line in lines]}


# ---- What it is worth, and how it was made ----


def list_limits(capture, connections, logs):
    """Yields what the capture cannot tell, as far as it is known."""
    yield ("All times are those of the capture point. What passed in a program, or between it and "
           "the wire, it shows only by what did not come. A window of zero says that the program "
           "did not read what had come; why it did not, only that program's host can tell.")
    opened = {event.stream for event in capture.events if event.kind == "SYN"}
    late = [row for row in capture.rows if row.stream not in opened]
    if late:
        yield (f"Of {len(late)} of {count(len(capture.rows), 'connection')} the beginning was not "
               "captured: what came before is not known.")
    names = [connection.name for connection in connections if connection.is_unscaled]
    if names:
        yield (f"The handshake of {', '.join(names)} was not captured, so that the factor of its "
               "windows is not known: they are as the segments have them. Zero is zero by any "
               "factor.")
    lacks = [row for row in capture.rows if row["Missing bytes"] not in ("", "0")]
    if lacks:
        yield "Bytes are missing in the capture on: " + ", ".join(
            f"{row['Module']} ({row['Missing bytes']} bytes)" for row in lacks) + "."
    held = [row["Module"] for row in capture.rows if row["Verdict"] == "capture-hole"]
    if held:
        yield f"Of {', '.join(held)} the missing bytes could hold what is missed."
    cut = sum(1 for connection in connections for frame in connection.frames
              if frame.truncated_bytes)
    if cut:
        yield f"Of {count(cut, 'frame')} that are drawn, the capture has only the beginning."
    for connection in connections:
        for spans, words in ((connection.zero_windows, "zero windows"), (connection.holes, "holes")):
            if len(spans) > BANDS_MAX:
                yield (f"Of {len(spans):,} {words} on {connection.name}'s connection the longest "
                       f"{BANDS_MAX:,} are drawn.")
    for log in logs:
        if log.source != "lines":
            yield f"{log.name}: {describe_offset(log)}"
    if capture.unread:
        yield describe_unread(capture.unread)
    for complaint in capture.complaints:
        yield f"tshark says: {complaint}"


def make_limits(limits):
    return ('<section id="limits"><h2>What the capture cannot tell</h2>\n<ul>' +
            "".join(f"<li>{text(limit)}</li>\n" for limit in limits) + "</ul></section>\n")


def make_origin(capture, logs, arguments):
    files = [[text(name), f"{path.stat().st_size:,}", f"<code>{digest}</code>"]
             for name, path, digest in zip(capture.shown_names, capture.paths, capture.hashes)]
    merged = ("<p>The files were put into one first; frame numbers are those of that one.</p>\n"
              if len(capture.paths) > 1 else "")
    commands = "\n".join(shlex.join(command) for command in capture.commands)
    chosen = [("--anonymise", arguments.anonymise), (f"--log × {len(logs)}", logs),
              (f"--stream {arguments.stream}", arguments.stream),
              ("--set", arguments.set), ("--decode-as", arguments.decode_as)]
    options = ", ".join(name for name, is_set in chosen if is_set) or "none"
    tshark, plugin = get_versions()
    span = (f"<p>{capture.frames:,} frames from {text(format_time(capture.start))} to "
            f"{text(format_time(capture.end))}.</p>\n" if capture.frames else "")
    return ('<section id="made"><h2>How this was made</h2>\n' +
            make_table(("File", "Bytes", "SHA-256"), files, "Captures") + merged + span +
            f"<p>By trade-report of TRADE for Wireshark {text(plugin)}, "
            f"{text(tshark.rstrip('.'))}, Python {platform.python_version()}; drawn "
            "with D3. "
            f"Options: {text(options)}. The verdicts are the plugin's; these commands print "
            f"what the page was made of:</p>\n<pre>{text(commands)}</pre></section>\n")


# ---- The page ----


def get_origin(capture, connections):
    """Returns the time that the page counts from, in ns since 1970: a whole second."""
    starts = [connection.start for connection in connections] + [
        time for time in (capture.start,) if time is not None] or [0]
    return min(starts) // SECOND * SECOND


def make_data(capture, connections, logs, origin):
    offset, zone = get_zone(origin)
    stories = []
    room = max(MARKS_MAX // (len(connections) or 1), MARKS_LEAST)
    for connection in connections:
        lanes = Lanes(connection, origin, room)
        story = lanes.make()
        story["lanes"][1:1] = make_log_lanes(logs, lanes)
        story["sequence"] = Sequence(connection, origin, room).make()
        story["unscaled"] = connection.is_unscaled
        stories.append(story)
    slowest = [{**report, "time": format_time(report["time"])}
               for report in list_roundtrips(capture)[:SLOWEST]]
    return {"origin": origin // SECOND, "offset": offset, "zone": zone, "stories": stories,
            "roundtrips": slowest}


def list_evidence(connection, ends):
    """Returns a connection's evidence, with that of the logs. ends: by log, what it says of ends
    of connections."""
    told = [fact for log, own in ends.items() for fact in make_log_facts(log, own, connection)]
    return sorted([*connection.list_facts(), *told], key=lambda fact: (fact.time, fact.frame or 0))


def make_body(capture, connections, facts, limits, logs, arguments):
    origin = get_origin(capture, connections)
    parts = [make_connection(connection, own, origin)
             for connection, own in zip(connections, facts)]
    drawn = {connection.row.stream for connection in connections}
    return "".join([
        make_incidents(capture.incidents), '<section id="verdicts"><h2 class="hidden">Verdicts</h2>\n',
        make_verdicts(capture.rows, drawn), "</section>\n", *parts,
        make_logs(logs, capture), make_roundtrips(list_roundtrips(capture)),
        make_sessions(capture), '<section id="health">', make_health(capture.rows),
        "</section>\n", make_limits(limits),
        make_origin(capture, logs, arguments)])


def describe_header(capture):
    """Returns the page's title, and what it is about: how many connections are bad, and when."""
    held = sum(row["Verdict"] == "capture-hole" for row in capture.rows)
    bad = sum(row["Verdict"] not in GOOD for row in capture.rows) - held
    told = [f"{bad} of {count(len(capture.rows), 'connection')} in a bad state"]
    if held:
        told.append(f"of {held} the capture cannot tell")
    if capture.frames:
        told += [f"{format_time(capture.start)} to {format_time(capture.end)}",
                 f"all times are local, {format_offset(get_zone(capture.start)[0] * SECOND)}"]
    return f"TRADE: what went wrong in {', '.join(capture.shown_names)}", " · ".join(told)


def format_offset(ns):
    """Returns "UTC+02:00"."""
    hours, minutes = divmod(abs(ns) // (60 * SECOND), 60)
    return f"UTC{'-' if ns < 0 else '+'}{hours:02}:{minutes:02}"


def describe_zones(logs):
    """Says by which zones the logs are, that are known."""
    zones = {log.name: format_offset(log.zone) for log in logs if log.offset is not None}
    if len(set(zones.values())) == 1:
        return f" · {'the log is' if len(zones) == 1 else 'the logs are'} {zones.popitem()[1]}"
    return "".join(f" · {name} is {zone}" for name, zone in zones.items())


def make_header(capture, logs):
    title, about = describe_header(capture)
    return (f"<header><h1>{text(title)}</h1>\n<p>{text(about + describe_zones(logs))}</p>"
            "</header>\n")


def write_page(capture, connections, facts, limits, logs, arguments):
    """Returns the page."""
    style, library = read_part("page.css"), read_part("d3.min.js")
    program = "".join(map(read_part, ("chart.js", "page.js", "sequence.js")))
    policy = (f"default-src 'none'; script-src {hash_source(library)} {hash_source(program)}; "
              f"style-src {hash_source(style)}; base-uri 'none'; form-action 'none'")
    data = make_data(capture, connections, logs, get_origin(capture, connections))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>TRADE: {text(', '.join(capture.shown_names))}</title>\n"
        f"<style>{style}</style>\n</head>\n<body>\n{make_header(capture, logs)}<main>\n"
        f"{make_body(capture, connections, facts, limits, logs, arguments)}</main>\n"
        "<noscript><p>The timelines are drawn by JavaScript, which is off here; the tables have "
        "the same.</p></noscript>\n"
        f'<script type="application/json" id="data">{embed(data)}</script>\n'
        f"<script>{library}</script>\n<script>{program}</script>\n</body>\n</html>\n")
