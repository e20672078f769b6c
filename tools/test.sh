#!/bin/sh
# test.sh [pytest options]
# Builds the TRADE plugin and passes its tests, which run the installed tshark with
# it. What is missing is installed from Debian's packages. Installs no plugin.
# Files given to pytest are named as from tests/.
#
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"

install_packages "$build_packages$test_packages"
build_plugin
cd "$root/tests"
# -I: Debian's pytest and scapy, whatever else the user has for Python.
exec /usr/bin/python3 -I -m pytest --plugin="$build/trade.so" "$@"
