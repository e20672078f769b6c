# report
# What trade-report is made of: capture.py asks tshark, story.py finds the evidence,
# logs.py reads logs, names.py replaces names, which finder.py finds, page.py makes the page,
# which page.js draws, and output.py writes it.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later
