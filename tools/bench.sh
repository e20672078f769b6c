#!/bin/sh
# bench.sh [PART...] [options]
# Measures what the TRADE plugin costs in time, instructions and memory, compared with
# Wireshark without it and with a dissector in Lua. tests/bench/results.md says what is measured
# and has the tables; --write measures and writes them again. --help lists all options.
# Installs missing Debian packages, but no plugin.
#
# A quick run: tools/bench.sh instructions --kinds dense
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
case ${1-} in
-h | --help) exec /usr/bin/python3 "$root/tests/bench/bench.py" "$1" ;;
esac

install_packages "$build_packages
python3          makes the captures and runs the programs
valgrind         counts instructions
util-linux       has setpriv: root runs tshark as an ordinary user
"
build_plugin
exec /usr/bin/python3 "$root/tests/bench/bench.py" --plugin "$build/trade.so" "$@"
