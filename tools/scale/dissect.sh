#!/bin/bash
# dissect.sh SHARD ROWS [OPTION...]
# Dissects a shard of tools/scale.sh: the captures in the directory SHARD, in order of time, as one.
# Writes its rows into the file ROWS, whole or not at all. OPTIONs are tshark's.
#
# It takes nothing but Wireshark's commands and the plugin, and may be run anywhere, any number of
# times, at the same time, too: the rows are the same.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -euo pipefail
case ${1-} in
-h | --help)
    sed -n '1d; /^# Copyright/q; 2s/^# /usage: /; s/^#$//; s/^# //; p' "$0"
    exit
    ;;
esac
[[ $# -ge 2 && $1 != -* ]] || {
    sed -n '2s/^# /usage: /p' "$0" >&2
    exit 2
}
shard=$1 rows=$2
shift 2
# What becomes a table of its own: each of these is -z trade,NAME. For another one, add its name.
for name in health incidents clients; do
    set -- "$@" -z "trade,$name"
done

# mergecap has all files open at once.
ulimit -n "$(ulimit -H -n)"
export LC_ALL=C TZ=UTC
was=$(ls "$shard")
part=$(mktemp "$rows.XXXXXX")
trap 'rm -f "$part"' EXIT

# Writes the rows of a file. One pass is enough, for the rows tell last what only later frames did.
dissect() {
    tshark -n -q -z trade,rows,/dev/fd/3 -r "$@" 3>"$part" >/dev/null
}

case $was in
*[[:space:]]*) mergecap -F nsecpcap -w - "$shard"/* | dissect - "$@" ;;
*) dissect "$shard/$was" "$@" ;;
esac
# The last row says that they are whole: a host or its tshark may die.
[[ $(tail -n 1 "$part") == "end	"* ]]
chmod a+r "$part"
mv "$part" "$rows"
# Of another run, which changed the shard meanwhile, they would be wrong.
[ "$(ls "$shard")" = "$was" ] || {
    rm -f "$rows"
    exit 1
}
