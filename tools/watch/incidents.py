# incidents.py
# Keeps which incidents were told: each is told when it begins and when it is over, and not again
# while it lasts, nor when another tshark finds it once more.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import dataclasses
import datetime

from .judge import read_time

# Verdicts that show one thing: what a side had to send did not get on.
STUCK = {"peer-not-reading", "not-delivered", "ping-missing", "ping-unanswered", "late",
         "answered-late"}
# What is no incident of the connection's: the capture's own.
CAPTURE = {"capture-hole", "clocks-differ"}
# Attempts have a port each: only their hosts are the same.
ATTEMPTS = {"refused", "connect-unanswered"}


def get_kind(verdict):
    return "stuck" if verdict in STUCK else verdict


def write_time(when):
    """Returns a time as ISO 8601 has it, in UTC; None if there is none."""
    if when is None:
        return None
    moment = datetime.datetime.fromtimestamp(when, datetime.timezone.utc)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


class Found:
    """An incident as a snapshot has it."""

    def __init__(self, row, snapshot):
        self.verdict, self.where = row["verdict"], row["where"]
        self.kind = get_kind(self.verdict)
        self.since = read_time(row["since"])
        self.until = read_time(row["until"])
        if self.since is None:
            self.since = snapshot.time
        # One without a length is over at once.
        self.is_open = row["until"] == "-" and self.verdict in STUCK
        self.says, self.hosts = row["what_happened"], row["hosts"]
        self.modules = row["modules"]
        self.count, self.of = int(row["connections"]), int(row["of"])
        streams = row["tcp_stream"].partition(" and ")[0].split(", ")
        self.rows = [snapshot.connections[stream] for stream in streams
                     if stream in snapshot.connections]
        self.ends = {self._name_ends(connection) for connection in self.rows}
        first = self.rows[0] if self.rows else {}
        self.connection = (f"{first.get('module')} {first.get('module_endpoint')} - "
                           f"{first.get('multiplexer_endpoint')}") if first else self.hosts
        is_same = first.get("verdict") == self.verdict
        self.cause = first["cause"] if is_same and first["cause"] else self.says
        number = int(row["frame"]) if row["frame"].isdigit() else 0
        self.path, self.frame = snapshot.get_place(number) if number else (None, None)

    def _name_ends(self, connection):
        ends = connection["module_endpoint"], connection["multiplexer_endpoint"]
        if self.verdict in ATTEMPTS:
            return tuple(end.rpartition(":")[0] for end in ends)
        return ends

    def get_end(self, now):
        """Returns when it was over, or now."""
        if self.is_open:
            return now
        return self.until if self.until is not None else self.since


@dataclasses.dataclass
class Incident:
    """An incident that was told."""
    number: int
    found: Found         # as it was last seen
    ends: set            # of all its connections
    first: float         # when it began
    since: float         # when it came last
    until: float | None  # when that was over; None: it lasts
    seen: float          # time of the last snapshot that had it
    times: int = 1       # how often it came
    summed_up: int = 1   # what of that was told


class Book:
    """All incidents that a tshark may still find."""

    def __init__(self, interval, quiet, overlap):
        self.interval, self.quiet, self.kept = interval, quiet, quiet + overlap
        self.incidents = []
        self.total = 0

    def update(self, snapshot):
        """Yields what is new by a snapshot: (event, incident)."""
        now = snapshot.time
        for row in snapshot.incidents:
            if row["verdict"] in CAPTURE:
                continue
            found = Found(row, snapshot)
            incident = self._find(found, now)
            if incident:
                incident.seen = now
                incident.ends |= found.ends
                yield from self._renew(incident, found, now)
            else:
                yield from self._begin(found, now)
        yield from self._close(now)

    def _find(self, found, now):
        """Returns the incident that something found is, or comes again of."""
        for incident in self.incidents:
            last = incident.seen if incident.until is None else incident.until
            if incident.found.kind == found.kind and incident.ends & found.ends and \
                    found.since <= last + self.quiet and \
                    found.get_end(now) >= incident.first - self.interval:
                return incident
        return None

    def _begin(self, found, now):
        self.total += 1
        incident = Incident(self.total, found, set(found.ends), found.since, found.since, None, now)
        self.incidents.append(incident)
        yield "begin", incident
        if not found.is_open:
            incident.until = found.get_end(now)
            yield "end", incident

    def _renew(self, incident, found, now):
        """Notes an incident that is there still, or again."""
        if incident.until is not None:
            if found.get_end(now) > incident.until + self.interval:
                incident.times += 1
                incident.found, incident.since = found, found.since
                incident.until = None if found.is_open else found.get_end(now)
            return
        # A table keeps those of before.
        if found.get_end(now) < incident.since:
            return
        changed = (found.verdict, found.where) != (incident.found.verdict, incident.found.where)
        incident.found = found
        if not found.is_open:
            incident.until = found.get_end(now)
        if incident.times == 1 and changed:
            yield "change", incident
        if incident.times == 1 and not found.is_open:
            yield "end", incident

    def _close(self, now):
        """Ends what is found no more, and sums up what came again and again."""
        for incident in list(self.incidents):
            if incident.until is None:
                if now - incident.seen > 2 * self.interval:
                    incident.until = incident.seen
                    if incident.times == 1:
                        yield "end", incident
                continue
            if now - incident.until > self.quiet:
                yield from self._sum_up(incident)
            if now - max(incident.until, incident.seen) > self.kept:
                self.incidents.remove(incident)

    @staticmethod
    def _sum_up(incident):
        if incident.times > incident.summed_up:
            incident.summed_up = incident.times
            yield "summary", incident

    def finish(self):
        """Yields the summaries that are due when no more comes."""
        for incident in self.incidents:
            yield from self._sum_up(incident)

    def count_open(self):
        """Returns how many incidents last."""
        return sum(incident.until is None for incident in self.incidents)
