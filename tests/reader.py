# reader.py
# Reads captures with the options of tshark. What a second pass shows ("-2") comes from sharkd,
# which takes a tenth of the time; all else from tshark itself.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

from kernels import judge
from sharkd import HIDDEN, PREFERENCES

# The fields besides the plugin's that frames know.
KNOWN = {"frame.number", "_ws.expert.message"}


class Reader:
    """A Tshark and a Sharkd behind the calls that both have."""

    def __init__(self, tshark, sharkd):
        self.tshark, self.sharkd = tshark, sharkd
        self.save = tshark.save

    @staticmethod
    def _split(options):
        """Returns what sharkd is asked for these options: preferences and a filter. None where
        only tshark can answer."""
        left, preferences, display_filter, passes = list(options), [], "", 1
        while left:
            option = left.pop(0)
            if option == "-2":
                passes = 2
            elif option == "-o" and left[0].partition(":")[0] in PREFERENCES:
                preferences.append(left.pop(0))
            elif option == "-Y":
                display_filter = left.pop(0)
            else:
                return None
        return (preferences, display_filter) if passes == 2 else None

    def frames(self, path, *options):
        """Returns all frames of a capture."""
        asked = self._split(options)
        if not asked:
            return self.tshark.frames(path, *options)
        return self.sharkd.frames(path, *asked[0], display_filter=asked[1])

    def pdus(self, path, *options):
        """Returns all lines of the dissector's, in order."""
        return [pdu for frame in self.frames(path, *options) for pdu in frame.pdus]

    def infos(self, path, *options):
        """Returns the Info column of each frame that has TRADE in it, by number."""
        asked = self._split(options)
        if not asked:
            return self.tshark.infos(path, *options)
        return self.sharkd.infos(path, *asked[0], display_filter=asked[1] or "trade")

    def values(self, path, *fields, options=()):
        """Returns a tuple for each frame: the values of these fields of the plugin's."""
        asked = self._split(options)
        others = {field for field in fields if not field.startswith("trade.")}
        if not asked or others - KNOWN or HIDDEN.intersection(fields):
            return self.tshark.values(path, *fields, options=options)
        return [tuple(",".join(frame.get_values(field)) for field in fields)
                for frame in self.sharkd.frames(path, *asked[0], display_filter=asked[1])]

    def health(self, path, *options):
        """Returns the rows of the health table, each a dictionary by the columns' titles."""
        asked = self._split(options)
        if not asked:
            return judge.health(self.tshark, path, *options)
        return self.sharkd.rows(path, "trade,health", *asked[0])

    def table(self, path, name, *options):
        """Returns the rows of one of the plugin's tables, each a list of texts."""
        asked = self._split(options)
        if not asked:
            return self.tshark.table(path, name, *options)
        return self.sharkd.table(path, name, *asked[0])
