# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later
