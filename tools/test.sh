#!/bin/sh
# test.sh [pytest options]
# Builds the TRADE plugin and runs its tests with the installed tshark. Installs missing
# Debian packages, but no plugin.
# Files for pytest are named relative to tests/. Several files' tests run at a time, unless
# you say "-n 0"; "--all" runs the cases that take long, too. Says of each skipped test why.
# /usr/bin/python3 -m pytest --help lists pytest's options.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"

install_packages "$build_packages$test_packages"
build_plugin
cd "$root/tests"
# -I: Debian's pytest and scapy, whatever else the user has for Python.
set -- --plugin="$build/trade.so" -rs "$@"
# A file's tests share captures, and are left together. Some wait for windows and live captures: one
# process more than there are processors.
! /usr/bin/python3 -I -c 'import xdist' 2>/dev/null ||
    set -- -n "$(($(nproc 2>/dev/null || echo 1) + 1))" --dist loadfile "$@"
exec /usr/bin/python3 -I -m pytest "$@"
