# watch
# What trade-watch is made of: packets.py reads files that grow, ring.py has dumpcap write them,
# judge.py has tshark judge them, incidents.py keeps what was told, outputs.py tells it.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later
