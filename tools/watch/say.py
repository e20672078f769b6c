# say.py
# Messages to who runs trade-watch.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import sys


def say(text):
    """Writes a message to stderr, if that can be done."""
    try:
        print(f"trade-watch: {text}", file=sys.stderr, flush=True)
    except OSError:
        pass
