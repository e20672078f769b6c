# clocks.py
# By how much the clock of one capture point is ahead of another's, and how fast that changes:
# by the least delays in both directions, as NTP has it. What passes forth comes no earlier than
# it was sent, by true clocks, nor does what passes back: the truth is between.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import bisect
import copy

SECOND = 1_000_000_000
RATE_MAX = 1e-3         # 1000 ppm: no clock is worse
SLACK = 150_000         # ns by which times of one instant may contradict each other
CARE = 0.05             # a drift must be worth so much of what it explains
ROUNDS = 48
RATES = 16
PIECE_MIN = 4           # samples of each direction that make a clock's setting known
PIECE_LEAST = 2         # the same, where they leave as little room as another setting's do
ROOM = 1_000_000        # ns more
SAMPLES_MAX = 50_000
LATE = 250_000_000      # ns
NEVER = 2**62           # a frame


def make_hull(points, sign):
    """Returns the lower hull (sign 1) or the upper one (-1) of (x, y)."""
    hull = []
    for x, y in sorted(points):
        y *= sign
        if hull and hull[-1][0] == x:
            if hull[-1][1] <= y:
                continue
            hull.pop()
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (x - hull[-2][0]) >= \
                (y - hull[-2][1]) * (hull[-1][0] - hull[-2][0]):
            hull.pop()
        hull.append((x, y))
    return [(x, sign * y) for x, y in hull]


class Fit:
    """A clock's line between the differences that were seen: those of frames that passed forth
    are above it, those of frames that passed back below. low, high: hulls of (time, ns)."""

    def __init__(self, forth, back):
        times = [x for x, _ in (*forth, *back)]
        self.middle = (min(times) + max(times)) / 2
        self.begin, self.length = min(times), max(times) - min(times)
        self.high = [(x - self.middle, y) for x, y in make_hull(forth, 1)]
        self.low = [(x - self.middle, y) for x, y in make_hull(back, -1)]
        self.rate = self._find_rate()
        self.gap = self.measure(self.rate)
        low, high = self.bounds(self.rate)
        self.level = high if low is None else low if high is None else (low + high) / 2

    def bounds(self, rate):
        return (max((y - rate * x for x, y in self.low), default=None),
                min((y - rate * x for x, y in self.high), default=None))

    def measure(self, rate):
        """Returns the room between both, ns: below 0 where no such clock is possible."""
        low, high = self.bounds(rate)
        return float("inf") if None in (low, high) else high - low

    def _find_rate(self):
        if not self.low or not self.high:
            return 0.0

        def worth(rate):
            return self.measure(rate) - CARE * abs(rate) * self.length
        low, high = -RATE_MAX, RATE_MAX
        for _ in range(ROUNDS):
            one, two = low + (high - low) / 3, high - (high - low) / 3
            if worth(one) < worth(two):
                low = one
            else:
                high = two
        rate = (low + high) / 2
        return rate if worth(rate) > worth(0) else 0.0

    def at(self, time):
        """Returns by how much the clock is ahead, in ns."""
        return self.level + self.rate * (time - self.middle)

    def shift(self, step):
        """Returns the same clock, set by so many ns: its times are others, too."""
        other = copy.copy(self)
        other.begin, other.middle, other.level = (
            value + step for value in (self.begin, self.middle, self.level))
        other.low, other.high = ([(x, y + step) for x, y in hull] for hull in (self.low, self.high))
        return other

    def get_uncertainty(self, time):
        """Returns by how much it may be wrong at a time, in ns, with any drift that is possible;
        None where only one direction was seen."""
        if not self.low or not self.high:
            return None
        here = self.at(time)
        slow, fast = (self._find_last_rate(sign) for sign in (-1, 1))
        tried = [slow + (fast - slow) * step / RATES for step in range(RATES + 1)]
        ends = [bound + rate * (time - self.middle)
                for rate in tried for bound in self.bounds(rate)]
        return max(max(ends) - here, here - min(ends), 0)

    def _find_last_rate(self, sign):
        """Returns the greatest rate (sign 1), or the least (-1), by which a clock is possible."""
        near, far = self.rate, sign * RATE_MAX
        for _ in range(ROUNDS // 2):
            middle = (near + far) / 2
            if self.measure(middle) >= 0:
                near = middle
            else:
                far = middle
        return near


def is_possible(samples):
    """Whether one clock without a step gives all these."""
    forth = [(time, value) for _, time, value, is_forth in samples if is_forth]
    back = [(time, value) for _, time, value, is_forth in samples if not is_forth]
    if not forth or not back:
        return True
    fit = Fit(forth, back)
    return max(fit.gap, fit.measure(0)) >= -SLACK


def find_end(samples, start):
    """Returns up to where samples are of one setting of the clock, from a start."""
    step, end = 64, start + 1
    while end < len(samples) and is_possible(samples[start:min(end + step, len(samples))]):
        end = min(end + step, len(samples))
        step *= 2
    if end == len(samples):
        return end
    end = halve(end, min(end + step, len(samples)),
                lambda middle: is_possible(samples[start:middle]))
    # What follows a change of rate makes the room small before it contradicts.
    half = (start + end) // 2
    room = measure_room(samples[start:half]) / 2
    if room == float("inf") or measure_room(samples[start:end]) >= room:
        return end
    return halve(half, end, lambda middle: measure_room(samples[start:middle]) >= room)


def halve(low, high, holds):
    """Returns the last place, from one for which something holds up to before another one for
    which it does not."""
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low


def measure_room(samples):
    """Returns how much room samples leave for a clock's line, in ns."""
    return make_fit(samples).gap if samples else float("inf")


def find_step(step, low, high, frames, times):
    """Returns the last frame before which a clock may have been set by so many ns, of those from
    one to another, if it was this point's: time goes on by any clock that is right."""
    first, end = bisect.bisect_left(frames, low), bisect.bisect_left(frames, high)
    if not 0 < first <= end < len(frames):
        return high
    pauses = [(times[at] - times[at - 1], frames[at]) for at in range(first, end + 1)]
    found = [frame for pause, frame in pauses
             if (pause >= step - SLACK if step > 0 else pause <= max(step / 2, -LATE))]
    return found[-1] if found else high


class Clock:
    """How a point's clock goes with another's. samples: (frame at the point, time there, time
    there less time at the other, whether it passed towards the point), in order of frames; frames,
    times: all of the point's, by its clock."""

    def __init__(self, samples, frames=(), times=()):
        parts, start = [], 0
        while start < len(samples):
            end = find_end(samples, start)
            parts.append(samples[start:end])
            start = end
        settle(parts)
        kept = choose_known(parts)
        # What contradicts the rest: segments that were paired wrongly, or while it was set.
        self.unsure = [(part[0][0], NEVER if part is parts[-1] else part[-1][0])
                       for part in parts if part not in kept]
        self.pieces, self.guess = [], None
        self.known = NEVER      # up to which frame anything is known of its times
        self._set_pieces(join(kept), frames, times)
        self._doubt_end(samples)
        # Then delay and offset cannot be told apart.
        self.is_one_way = any(not fit.low or not fit.high for _, fit in self.pieces)
        if parts[0] not in kept and not self.is_one_way:
            self._guess_begin(parts[0], parts[1][0][0], frames, times)
        if parts[-1] not in kept:
            self._guess_end(parts[-1], parts[-2], frames, times)
        self.start = times[0] if times else self.first.begin
        self.settings = self.pieces + [self.guess] * bool(self.guess)
        self.firsts = [first for first, _ in self.settings]

    def _set_pieces(self, parts, frames, times):
        """Sets from which frame on which line holds. A step shows only on what passes one way at
        first: the last samples of a part may be of the next one, which explains them better."""
        fits = [make_fit(part) for part in parts]
        for number, fit in enumerate(fits):
            if not number:
                self.pieces.append((0, fit))
                continue
            first, last = parts[number][0][0], parts[number - 1][0][0]
            for sample in reversed(parts[number - 1]):
                if not explains_better(fit, fits[number - 1], sample):
                    last = sample[0]
                    break
                first = sample[0]
            self.unsure.append((last + 1, first - 1))
            step = fit.at(parts[number][0][1]) - fits[number - 1].at(parts[number - 1][-1][1])
            self.pieces.append((find_step(step, last + 1, first, frames, times), fit))

    def _doubt_end(self, samples):
        """Takes for unsure what follows the last sample that is in time, if all since is of one
        direction: the clock may have been set."""
        before = samples[-1][0]
        for frame, time, value, is_forth in reversed(samples):
            before = frame
            late = (value - self.at_last(time)) * (1 if is_forth else -1)
            if is_forth != samples[-1][3] or late < LATE:
                break
        if before < samples[-1][0]:
            self.unsure.append((before + 1, NEVER))
            # What passed forth may have come earlier than it seems, what passed back did not.
            self.known = before if samples[-1][3] else NEVER

    def _guess_begin(self, part, first, frames, times):
        """Guesses likewise how the clock was set at first. first: the first sample's frame since."""
        if len(part) < PIECE_MIN or count_less(part):
            return
        fit = self.pieces[0][1]
        step = measure_step(part, fit)
        self.pieces[0] = find_step(-step, part[-1][0] + 1, first, frames, times), fit
        self.pieces.insert(0, (0, fit.shift(step)))

    def _guess_end(self, part, before, frames, times):
        """Guesses how far the clock was set before the last part, where what passed one way alone
        shows that it was: by the least delay that was usual. What seemed late just before, it
        explains. before: the part before it."""
        if self.is_one_way:
            self.known = min(self.known, part[0][0] - 1)
            return
        fit = self.pieces[-1][1]
        step = measure_step(part, fit)
        # One alone may be paired wrongly: it may only make the end come sooner.
        if len(part) < PIECE_LEAST and step < 0:
            return
        guess, first = fit.shift(step), part[0][0]
        last = 0
        for sample in reversed(before):
            if not explains_better(guess, fit, sample):
                last = sample[0]
                break
            first = sample[0]
        self.unsure.append((last + 1, NEVER))
        self.guess = find_step(step, last + 1, first, frames, times), guess

    def at_last(self, time):
        """Returns by how much it is ahead as its last setting has it, in ns."""
        return self.pieces[-1][1].at(time)

    def at(self, frame, time):
        """Returns by how much it is ahead at a frame of the point, in ns."""
        if len(self.firsts) == 1:
            return self.pieces[0][1].at(time)
        return self.settings[max(bisect.bisect_right(self.firsts, frame) - 1, 0)][1].at(time)

    def is_sure(self, frame):
        return not self.unsure or not any(first <= frame <= last for first, last in self.unsure)

    @property
    def first(self):
        return self.pieces[0][1]

    @property
    def offset(self):
        """By how much it was ahead when the file began, in ns."""
        return self.first.at(self.start)

    @property
    def uncertainty(self):
        """By how much the offset may be wrong, in ns; None where only one direction was seen."""
        return self.first.get_uncertainty(self.start)

    def list_steps(self):
        """Yields (frame, ns by which the clock was set there)."""
        for (_, before), (frame, after) in zip(self.pieces, self.pieces[1:]):
            yield frame, after.at(after.begin) - before.at(before.begin + before.length)


def measure_step(part, fit):
    """Returns by how many ns a clock was set before these samples, or after them, if the least delay
    was as it is by its other setting."""
    levels = [find(value + sign * fit.gap / 2 for *_, value, is_forth in part if is_forth == way)
              for way, sign, find in ((False, 1, max), (True, -1, min))
              if any(is_forth == way for *_, is_forth in part)]
    return (sum(levels) / len(levels) - fit.at(part[0][1])) / (1 - fit.rate)


def thin(samples, count, last):
    """Returns samples in order; where there are many, only those that bound a clock. count: how
    many there are; last: the point's last frame."""
    if count <= SAMPLES_MAX:
        return sorted(samples)
    width = -(-last // (SAMPLES_MAX // 2))
    kept = {}
    for sample in samples:
        frame, _, value, is_forth = sample
        place = frame // width, is_forth
        if place not in kept or (value < kept[place][2]) == is_forth:
            kept[place] = sample
    return sorted(kept.values())


def count_less(samples):
    """Returns how many there are of the direction of which there are less."""
    forth = sum(is_forth for *_, is_forth in samples)
    return min(forth, len(samples) - forth)


def explains_better(fit, other, sample):
    """Whether a sample is nearer to one setting of the clock than to another, and possible by it."""
    _, time, value, is_forth = sample
    mine, its = ((1 if is_forth else -1) * (value - one.at(time)) for one in (fit, other))
    return -SLACK <= mine < its


def settle(parts):
    """Gives to each part the last samples of the one before it that it explains better."""
    for before, part in zip(parts, parts[1:]):
        if not count_less(part):
            continue
        fit, other = make_fit(part), make_fit(before)
        end = len(before)
        while end > 1 and explains_better(fit, other, before[end - 1]):
            end -= 1
        part[:0] = before[end:]
        del before[end:]


def choose_known(parts):
    """Returns the parts of the samples that show how the clock was set."""
    known = [part for part in parts if count_less(part) >= PIECE_MIN] or [max(parts, key=len)]
    room = min(make_fit(part).gap for part in known)
    if room == float("inf"):
        return known
    return [part for part in parts if part in known or count_less(part) >= PIECE_LEAST
            and make_fit(part).gap <= 2 * max(room, 0) + ROOM]


def join(parts):
    """Returns parts, of which those are one that one setting of the clock gives."""
    joined = []
    for part in parts:
        if joined and is_possible(joined[-1] + part):
            joined[-1] = joined[-1] + part
        else:
            joined.append(part)
    return joined


def make_fit(samples):
    return Fit([(time, value) for _, time, value, is_forth in samples if is_forth],
               [(time, value) for _, time, value, is_forth in samples if not is_forth])
