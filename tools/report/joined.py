# joined.py
# The joined verdict on a connection that was captured at several points: of each point's own
# verdict and of what lies between them. docs/VERDICTS.md has the same rules in the same order.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import bisect
import collections
import dataclasses
import re

from .capture import SECOND
from .points import FIN, RST, SYN
from .story import GOOD, format_span, format_time, rank

WEAK = ("clocks-differ", "capture-hole")
TIMED = ("late", "answered-late", "ping-missing")
SENT_OFTEN = 3      # the same bytes, none of which arrived
DELAY_SHARE = 0.5
HELD_MIN = 2        # one by itself may have waited for a host that paused
ANSWERED = 50_000_000   # ns in which what is on its way may still come
SHARE = 0.3         # of the time of an incident that must have passed between the points
LATER = 3           # halves of an interval, by which one point sees the same later than another
BESIDE = 3          # other connections of the same two hosts, each at both points
MODULE, MULTIPLEXER, NETWORK = "module", "multiplexer", "network"
WINDOW = re.compile(r"frame\.number (?:[<>=]+ (\d+)|in \{([\d, ]+)\})")
KINDS = ((RST, "RST"), (SYN, "SYN"), (FIN, "FIN"))


@dataclasses.dataclass
class Claim:
    """Something that may be the verdict. row: of the point that says it, or None where what lies
    between does; text: the sentences that prove it."""
    verdict: str
    where: str
    cause: str
    text: str
    number: int = None
    row: object = None
    span: tuple = None

    @property
    def suspects(self):
        return set(self.where.split("-or-")) if self.where not in ("-", "cannot-tell") else set()

    @property
    def is_sure(self):
        return len(self.suspects) == 1


@dataclasses.dataclass
class Episode:
    """A time in which something could not pass between two points. number: how many segments;
    ended: when it passed at last, or None."""
    between: object
    begin: int
    ended: int
    number: int
    claim: Claim
    is_held: bool = False

    def explains(self, span, least):
        """Whether it keeps what was missed in a span of time from passing, for so many ns or
        more."""
        if self.is_held or self.begin > span[1] or self.ended is not None and self.ended < span[0]:
            return False
        if self.ended is None:
            return self.number >= SENT_OFTEN
        took = min(self.ended, span[1]) - max(self.begin, span[0])
        return took >= max(SHARE * (span[1] - span[0]), least)


# ---- Words ----


class Teller:
    """Says what lies between, in sentences with frames at each point."""

    def __init__(self, comparison, connection):
        self.points, self.connection = comparison.points, connection
        row = next((row for _, row in connection.rows()), None)
        self.name = row["Module"] or row["Module endpoint"]
        self.names = {}

    def get_side(self, between):
        """Returns which side sent what passed: by the order of the points."""
        numbers = [self.points.index(point) for point in (between.source, between.sink)]
        path = self.connection.path
        return MODULE if path.index(numbers[0]) < path.index(numbers[1]) else MULTIPLEXER

    def who(self, side):
        return self.name if side == MODULE else "the Multiplexer"

    def thing(self, flow, i):
        """Returns what a segment is; of what is retransmitted, what it was."""
        name = flow.names[i] or flow.size[i] and self._find_names(flow).get(flow.seq[i])
        if name:
            return name.split(",")[-1]
        for flag, kind in KINDS:
            if flow.flags[i] & flag:
                return kind
        return f"segment of {flow.size[i]} bytes" if flow.size[i] else "acknowledgement"

    def _find_names(self, flow):
        """Returns the names of PDUs in a flow by where their segments begin."""
        if id(flow) not in self.names:
            self.names[id(flow)] = {flow.seq[i]: name for i, name in enumerate(flow.names) if name}
        return self.names[id(flow)]

    def lost(self, between, losses):
        """Says of the same bytes, sent once or often, that they were lost."""
        flow, first = between.passage.source, losses[0]
        often = (f"sent {len(losses)} times, " if len(losses) > 1 else "") + (
            "never arrived" if first.arrival is None else
            f"arrived {format_span(first.arrival - first.sent)} later")
        return (f"Frame {flow.frame[first.i]} of {between.source.name}, "
                f"{self.who(self.get_side(between))}'s {self.thing(flow, first.i)}, left at "
                f"{format_time(first.sent)}; it is not in {between.sink.name}, which saw what came "
                f"before and after; {often}: lost between the two capture points.")

    def held(self, between, i, j):
        flow, sink = between.passage.source, between.passage.sink
        took = between.time_out(j) - between.time_in(i)
        who = self.who(self.get_side(between))
        return (f"{who[0].upper()}{who[1:]}'s {self.thing(flow, i)} took {format_span(took)} from "
                f"frame {flow.frame[i]} of {between.source.name} to frame {sink.frame[j]} of "
                f"{between.sink.name}, where {format_span(between.usual)} are usual: held up "
                "between the two capture points.")

    def forged(self, between, j):
        sink = between.passage.sink
        who = self.who(self.get_side(between))
        return (f"Frame {sink.frame[j]} of {between.sink.name}, {self.kind(sink, j)} claiming to be "
                f"from {who}, is not in {between.source.name}, which saw what came before and "
                "after: forged between the two capture points.")

    def noticed(self, between, notice, i):
        flow = between.passage.source
        return (f"{notice.router} says in an ICMP message, frame {notice.frame} of "
                f"{between.source.name}, about frame {flow.frame[i]}, "
                f"{self.who(self.get_side(between))}'s {self.thing(flow, i)}: {notice.word}. The "
                f"message is not in {between.sink.name}: it was made between the two capture points.")

    @staticmethod
    def kind(flow, j):
        return next(("a " if kind[0] == "S" or kind[0] == "F" else "an ") + kind
                    for flag, kind in KINDS if flow.flags[j] & flag)


# ---- What lies between ----


def list_episodes(teller, connection):
    """Returns when something could not pass."""
    episodes = []
    for *_, between in connection.between:
        by_bytes = collections.defaultdict(list)
        for loss in between.lost:
            if loss.kind == "hard":
                by_bytes[loss.first].append(loss)
        never = sum(len(losses) for losses in by_bytes.values() if losses[0].arrival is None)
        for losses in by_bytes.values():
            episodes.append(make_lost(teller, between, losses, never))
        for j in between.held:
            i = between.passage.back[j]
            text = teller.held(between, i, j)
            claim = Claim("answered-late", NETWORK, "held up between the capture points for "
                          f"{format_span(between.time_out(j) - between.time_in(i))}", text)
            episodes.append(Episode(between, between.time_in(i), between.time_out(j), 1, claim,
                                    is_held=True))
    return sorted(episodes, key=lambda episode: episode.begin)


def make_lost(teller, between, losses, never):
    first = losses[0]
    flow = between.passage.source
    thing = teller.thing(flow, first.i)
    text = teller.lost(between, losses)
    if never > len(losses) and first.arrival is None:
        text += f" With it, {never - len(losses)} more were lost and never arrived."
    told = [teller.noticed(between, notice, i) for notice, i in between.notices
            if flow.seq[i] == first.first]
    text += f" {told[0]}" if told else ""
    verdict = "connect-unanswered" if flow.flags[first.i] & SYN else "not-delivered"
    claim = Claim(verdict, NETWORK, f"{thing} of {teller.who(teller.get_side(between))} lost "
                  f"between the capture points, {len(losses)} ×", text)
    number = never if first.arrival is None else len(losses)
    return Episode(between, first.sent, first.arrival, number, claim)


def list_forged(teller, connection):
    """Returns the claims that forged RSTs and FINs make."""
    claims = []
    for *_, between in connection.between:
        sink = between.passage.sink
        for j in between.forged:
            is_first = sink.flags[j] & RST and not any(size for size in sink.size[:j])
            word = "refused" if is_first else "reset-foreign"
            kind = teller.kind(sink, j)
            if sink.flags[j] & RST and goes_on(between, j):
                continue
            claims.append((between.time_out(j), Claim(
                word, NETWORK,
                f"{kind} claiming to be from {teller.who(teller.get_side(between))} was "
                "forged between the capture points", teller.forged(between, j))))
    return [claim for _, claim in sorted(claims, key=lambda claim: claim[0])]


def goes_on(between, j):
    """Whether the receiver goes on after a forged RST, which then was not for its window."""
    flow = between.passage.sink_stream.get_flow(between.passage.sink.target)
    time = between.time_out(j)
    return any(flow.size[i] and not flow.flags[i] & RST and
               flow.when[i] > time + ANSWERED
               for i in range(len(flow))) if flow else False


def explain_by_delay(episodes, span, least):
    """Returns the longest of the segments that were held up, where some were for half or more of
    a span of time, and for so many ns."""
    held = [episode for episode in episodes if episode.is_held and episode.begin < span[1]
            and episode.ended > span[0]]
    covered, at = 0, span[0]
    for episode in held:
        end = min(episode.ended, span[1])
        covered += max(0, end - max(at, episode.begin))
        at = max(at, end)
    if len(held) < HELD_MIN or covered < max(DELAY_SHARE * (span[1] - span[0]), least):
        return []
    return [max(held, key=lambda episode: episode.ended - episode.begin)]


# ---- What each point says ----


def list_own(comparison, connection):
    """Returns what each point says, where something is wrong."""
    claims = []
    for number, row in connection.rows():
        if row["Verdict"] not in GOOD:
            claims.append(Claim(row["Verdict"], row["Where"], row["Cause"], row["Details"], number,
                                row, get_span(connection, number)))
    return claims


def get_span(connection, number):
    """Returns from when to when an incident lasted, by the first point's clock."""
    stream = connection.streams[number]
    told = stream.row["Details"].rpartition("Filter: ")[2]
    frames = [int(part) for match in WINDOW.findall(told) for text in match
              for part in text.split(",") if part.strip()]
    first, last = (min(frames), max(frames)) if frames else (0, float("inf"))
    times = [flow.when[i] for flow in stream.flows if flow
             for i in (bisect.bisect_left(flow.frame, first),
                       bisect.bisect_right(flow.frame, last) - 1)
             if 0 <= i < len(flow) and first <= flow.frame[i] <= last]
    return (min(times), max(times)) if times else (0, 0)


def has_run(point, begin, end):
    """Whether a point captured all the time from one to another."""
    return bool(point.ordered) and point.ordered[0] <= begin and end <= point.ended


def contradict(comparison, connection, claim, least):
    """Returns the point that sees the accused side nearer and knows better, or None: it was
    there all the time, and says that this side was well, or that something else went wrong first.
    least: half an interval of Pings, in ns."""
    if claim.number not in connection.path or not claim.is_sure:
        return None
    place = connection.path.index(claim.number)
    nearer = {MULTIPLEXER: connection.path[place + 1:], MODULE: connection.path[:place][::-1]}
    for number in nearer.get(claim.where, ()):
        row, point = connection.streams[number].row, comparison.points[number]
        covers = has_run(point, *claim.span) and not comparison.drops[point]
        # Of an idle connection too little was seen.
        is_first = row and row["Verdict"] != "idle" and (row["Verdict"] == "ok" or get_span(
            connection, number)[0] <= claim.span[0] + LATER * least)
        if is_first and covers and row["Verdict"] not in WEAK and \
                claim.where not in row["Where"].split("-or-") and row["Where"] != "cannot-tell":
            return number
    return None


def is_open(connection):
    """Whether an attempt to connect, of which a point says that it was not answered, came through
    late: the connection is open at another point, where nothing is wrong with it."""
    return any(row["Verdict"] in GOOD for _, row in connection.rows()) and not any(
        between.lost for *_, between in connection.between) and len(connection.between) > 1


def came_through(connection, claim):
    """Whether the RST that a point calls forged came through another point nearer to the side in
    whose name it is, which finds nothing wrong with it."""
    if claim.verdict != "reset-foreign":
        return False
    for _, to, between in connection.between:
        if to == claim.number and any(
                between.passage.sink.flags[j] & RST and i >= 0
                for j, i in enumerate(between.passage.back)):
            others = [row for number, row in connection.rows() if number != to]
            return any(row["Verdict"] in GOOD for row in others)
    return False


# ---- The verdict ----


@dataclasses.dataclass
class Joined:
    """A connection's verdict; text: its proof, a sentence each. sentences: by point, what
    concerns its frames."""
    verdict: str
    where: str
    cause: str
    text: str
    is_between: bool = False


def judge(comparison, connection, interval):
    """Returns the joined verdict. interval: of Pings in s, where the connection's own is not
    known."""
    least = (connection.find_interval() or interval * SECOND) // 2
    teller = Teller(comparison, connection)
    own = [claim for claim in list_own(comparison, connection)
           if not is_by_set_clock(comparison, connection, claim)
           and not was_seen_elsewhere(comparison, connection, claim)]
    episodes = list_episodes(teller, connection)
    forged = list_forged(teller, connection)
    explaining = [episode for episode in episodes
                  if any(episode.explains(claim.span, least) for claim in own)]
    for claim in own:
        explaining += explain_by_delay(episodes, claim.span, least)
    refuted = [claim for claim in own if contradict(comparison, connection, claim, least) is not None
               or came_through(connection, claim)]
    refuted += [claim for claim in own if claim not in refuted and
                claim.verdict == "connect-unanswered" and is_open(connection)]
    proven = [claim for claim in own if claim.is_sure and claim not in refuted
              and claim.where != NETWORK]
    # A program that a point proves to be at fault is, whatever was lost besides.
    claims = proven + forged or [episode.claim for episode in explaining]
    claims = claims or [claim for claim in own if claim.is_sure and claim not in refuted]
    if claims:
        best = min(claims, key=lambda claim: rank(claim.verdict))
        return told(best, explaining, own, refuted)
    return judge_unsure(comparison, connection, [c for c in own if c not in refuted], refuted)


def told(best, explaining, own, refuted):
    """Returns a verdict that is proven; with the word of a point where that knows it."""
    if best.row is None and explaining and best is not None and best.verdict == "answered-late":
        words = [claim.verdict for claim in own if claim.verdict not in WEAK]
        best.verdict = min(words, key=rank) if words else best.verdict
    return Joined(best.verdict, best.where, best.cause, best.text + why_not(refuted),
                  best.row is None)


def why_not(refuted):
    return "".join(f" That {claim.where} was at fault, as one capture by itself says, the other "
                   "does not bear out." for claim in refuted if claim.where != NETWORK)


def judge_unsure(comparison, connection, own, refuted):
    """Returns the verdict where nothing is proven: what all points' suspects have in common, or
    the worst that one says."""
    strong = [claim for claim in own if claim.suspects]
    if len(strong) > 1 and overlap(strong):
        common = set.intersection(*(claim.suspects for claim in strong))
        if len(common) == 1 and not common & {NETWORK}:
            best = min(strong, key=lambda claim: rank(claim.verdict))
            where = common.pop()
            return Joined(best.verdict, where, best.cause, " ".join(c.text for c in strong))
    own = [claim for claim in own
           if not (claim.verdict in WEAK or is_over_step(comparison, connection, claim))
           or not is_well_elsewhere(comparison, connection, claim)]
    if own:
        best = min(own, key=lambda claim: (not claim.suspects, rank(claim.verdict)))
        return Joined(best.verdict, best.where, best.cause, best.text + why_not(refuted))
    if refuted and not (is_open(connection) and all(
            claim.verdict == "connect-unanswered" for claim in refuted)):
        best = min(refuted, key=lambda claim: rank(claim.verdict))
        return Joined(best.verdict, "cannot-tell", best.cause, best.text + why_not(refuted))
    rows = connection.rows()
    row = min((row for _, row in rows), key=lambda row: -rank(row["Verdict"]))
    return Joined(row["Verdict"], row["Where"], row["Cause"], row["Details"])


def is_over_step(comparison, connection, claim):
    """Whether one of the clocks was set in the time of which a point cannot tell."""
    return not claim.suspects and any(
        flow.when[max(i - 1, 0)] <= claim.span[1] and claim.span[0] <= flow.when[i]
        for number, _ in connection.rows() if comparison.points[number].clock
        for frame, _ in comparison.points[number].clock.list_steps()
        for flow in connection.streams[number].flows if flow
        for i in [bisect.bisect_left(flow.frame, frame)] if i < len(flow))


def is_by_set_clock(comparison, connection, claim):
    """Whether one of the clocks was set while the connection lasted, and a point that captured all
    the time finds nothing late or missing."""
    return claim.verdict in TIMED and is_well_elsewhere(comparison, connection, claim) and any(
        flow.frame[0] < frame <= flow.frame[-1]
        for number, _ in connection.rows() if comparison.points[number].clock
        for frame, _ in comparison.points[number].clock.list_steps()
        for flow in connection.streams[number].flows if flow)


def was_seen_elsewhere(comparison, connection, claim):
    """Whether a point misses Pings that passed beside it: another one, which captured all the time,
    has them, and their Pongs."""
    return claim.verdict == "ping-missing" and not claim.is_sure and any(
        row["Verdict"] == "ok" and has_run(comparison.points[number], *claim.span)
        for number, row in connection.rows())


def is_well_elsewhere(comparison, connection, claim):
    """Whether a point that captured all the time finds nothing wrong, where another lacks what
    would tell, or has times that contradict each other."""
    begin, end = claim.span
    return any(row["Verdict"] in GOOD and has_run(comparison.points[number], begin, end - SECOND)
               for number, row in connection.rows())


def overlap(claims):
    return max(claim.span[0] for claim in claims) <= min(claim.span[1] for claim in claims)
