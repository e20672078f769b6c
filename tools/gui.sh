#!/bin/sh
# gui.sh [PICTURE... | test]
# Makes the pictures in docs/ again, or those named: incident, pdu, health,
# response-times, io-graph. The real Wireshark opens captures/incident.pcapng in the
# profile TRADE, on a screen that nobody sees. With "test" instead, passes the tests
# that do the same. What is missing is installed from Debian's packages.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"
for name in "$@"; do
    case $name in
    incident | pdu | health | response-times | io-graph) ;;
    test) [ $# = 1 ] || refuse "\"test\" stands alone." ;;
    *) refuse "there is no picture $name." ;;
    esac
done

gui_packages='
wireshark         dissects in windows
xvfb              is the screen
openbox           arranges the windows
xdotool           presses keys
imagemagick       takes pictures
fonts-dejavu-core has the letters
pngquant          makes the pictures smaller
optipng           makes them smaller still
util-linux        has setpriv: root'\''s Wireshark runs as an ordinary user
'

# shellcheck disable=SC2154 # from setup.sh
install_packages "$build_packages$gui_packages"
build_plugin
cd "$root/tests"
if [ "${1-}" = test ]; then
    install_packages "$test_packages"
    TRADE_GUI=1 exec /usr/bin/python3 -I -m pytest --plugin="$build/trade.so" test_gui.py
fi
exec /usr/bin/python3 pictures.py "$build/trade.so" "$root/docs" "$@"
