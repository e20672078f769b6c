# finder.py
# Finds names in a text, whole or cut at their end.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os.path
import re

# The plugin cuts a name at 20 characters in "Cause", and elsewhere later: what has fewer than
# these is no cut name, but a word that some name begins with.
CUT_MIN = 16


class Finder:
    """Finds some names in texts. is_word: only where no letter or figure is beside them."""

    def __init__(self, names, is_word=True):
        self.names = sorted(filter(None, names), key=len, reverse=True)
        self.heads = {}
        for name in self.names:
            if len(name) > CUT_MIN:
                self.heads.setdefault(name[:CUT_MIN], []).append(name)
        before, after = (r"(?<!\w)", r"(?!\w)") if is_word else ("", "")
        choices = [f"(?:{'|'.join(map(re.escape, self.names))}){after}"]
        if self.heads:
            choices.append(f"(?P<head>{'|'.join(map(re.escape, self.heads))})")
        self.pattern = re.compile(f"{before}(?:{'|'.join(choices)})") if self.names else None

    def _find_cut(self, text, start, likely):
        """Returns the name of which most stands in a text from start on, and how much: of
        several, the likely one."""
        begun = self.heads[text[start:start + CUT_MIN]]
        lengths = {name: len(os.path.commonprefix([name, text[start:start + len(name)]]))
                   for name in begun}
        name = max(begun, key=lambda name: (lengths[name], name == likely))
        return name, lengths[name]

    def replace(self, text, put, likely=None):
        """Returns a text with put(name, what stands there of it) in place of each name. likely:
        the name to take where a cut one may be of several."""
        parts, at = [], 0
        while self.pattern and (match := self.pattern.search(text, at)):
            start, end, name = *match.span(), match.group()
            if match.lastgroup == "head":
                name, length = self._find_cut(text, start, likely)
                end = start + length
            parts += text[at:start], put(name, text[start:end])
            at = end
        return "".join([*parts, text[at:]])
