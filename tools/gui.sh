#!/bin/sh
# gui.sh [PICTURE... | test]
# Makes the pictures in docs/ again, or those named: incident, pdu, health, expert,
# response-times, io-graph, flow, dark. Wireshark itself opens captures/incident.pcapng in the
# profile TRADE, on a virtual screen of 1366x768. With "test" instead, runs the tests that
# work the same way. Installs missing Debian packages.
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
    incident | pdu | health | expert | response-times | io-graph | flow | dark) ;;
    test) [ $# = 1 ] || refuse "\"test\" takes no other arguments." ;;
    *) refuse "there is no picture $name." ;;
    esac
done

gui_packages='
wireshark         dissects in windows
xvfb              is the virtual screen
openbox           arranges the windows
xdotool           presses keys
imagemagick       takes screenshots
fonts-dejavu-core has the fonts
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
    TRADE_GUI=1 exec /usr/bin/python3 -I -m pytest --all --plugin="$build/trade.so" test_gui.py
fi
install_packages '
qt5ct             has the dark theme of one picture
'
exec /usr/bin/python3 pictures.py "$build/trade.so" "$root/docs" "$@"
