#!/bin/sh
# copy.sh WIRESHARK
# Copies the plugin's source into that of Wireshark, a directory, as plugins/epan/trade. Then
# configure Wireshark with -DCUSTOM_PLUGIN_SRC_DIR=plugins/epan/trade.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
if [ $# != 1 ] || [ ! -d "$1/plugins/epan" ]; then
    echo "usage: ${0##*/} WIRESHARK, a directory with Wireshark's source" >&2
    exit 2
fi
target=$(CDPATH='' cd -- "$1/plugins/epan" && pwd -P)/trade
mkdir -p "$target"
cd "$root"
cp -R ./*.c ./*.h wire stream analysis ui packaging/in-tree/CMakeLists.txt "$target/"
