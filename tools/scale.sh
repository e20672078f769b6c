#!/bin/sh
# scale.sh [-s SHARDS] [-p PORT,PORT] DIR OUT [HOST...]
# Dissects a directory of captures that is too large for one tshark, and answers questions
# about it; docs/SCALE.md says how. HOSTs are names for ssh, or ":" for this machine, which
# is the default. OUT must not exist.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"

shards=16
ports=2107
duckdb_version=1.5.6-r.1
while getopts s:p: option; do
    case $option in
    s) shards=$OPTARG ;;
    p) ports=$OPTARG ;;
    *) refuse "options are -s and -p." ;;
    esac
done
shift $((OPTIND - 1))
case $shards:$ports in
*[!0-9]*:* | :* | *:*[!0-9,]* | *:) refuse "SHARDS is a number, PORTs are numbers." ;;
esac
[ $# -ge 2 ] || refuse "two directories."
dir=$(CDPATH='' cd -- "$1" && pwd -P) || die "$1 is no directory."
out=$2
[ ! -e "$out" ] || die "$out is there already."
shift 2
[ $# -gt 0 ] || set -- :
hosts=$(printf '%s,' "$@")
hosts=${hosts%,}
scale=$root/tools/scale

# What is a capture by its name: tcpdump -C writes day.pcap, day.pcap1, day.pcap2.
packed='\.(gz|zst|lz4)'
captures=".*\.(pcap|pcapng|cap)(\.?[0-9]+)?($packed)?"
files=$(find -L "$dir" -regextype posix-extended -type f -iregex "$captures" |
    LC_ALL=C sort)
others=$(find -L "$dir" -regextype posix-extended ! -type d ! \( -type f -iregex "$captures" \) |
    sort)
[ -z "$others" ] || say "Left out, no files with a capture's name (docs/SCALE.md):
$others"
# A capture that lies there packed, too, would be counted twice. The unpacked one sorts first.
repeated=$(printf '%s\n' "$files" | awk '
    { name = $0; if (match(tolower(name), /\.(gz|zst|lz4)$/)) name = substr(name, 1, RSTART - 1) }
    seen[name]++')
[ -z "$repeated" ] || {
    say "Left out, packed copies by their names of others that are taken:
$repeated"
    files=$(printf '%s\n' "$files" | grep -vxF -e "$repeated")
}
[ -n "$files" ] || die "no captures in $dir."

for command in parallel tcpdump mergecap tshark node npm; do
    command -v "$command" >/dev/null || die "not found: $command
On Debian: apt-get install parallel tcpdump tshark nodejs npm (and, for other hosts, rsync)."
done

# Where npm keeps DuckDB for this script.
DUCKDB=${DUCKDB:-${XDG_CACHE_HOME:-$HOME/.cache}/trade-scale}
export DUCKDB
[ -d "$DUCKDB/node_modules/@duckdb/node-api" ] || {
    say "Fetching DuckDB with npm into $DUCKDB"
    npm install --loglevel=error --no-audit --no-fund --prefix "$DUCKDB" \
        "@duckdb/node-api@$duckdb_version" >&2 ||
        die "npm failed. Install @duckdb/node-api yourself and set DUCKDB to where you did."
}
DUCKDB=$(CDPATH='' cd -- "$DUCKDB" && pwd -P)

parallel --plain --nonall -S "$hosts" 'tshark -G plugins | grep -Eq "^(lib)?trade\.so"' || {
    die "tshark has no TRADE plugin on one of: $hosts. trade-doctor says why, run there by the user
that ssh logs in."
}

# Not before: what could not begin must not be in the way of the next try.
mkdir -p "$out/cut" "$out/shards" "$out/csv"
out=$(CDPATH='' cd -- "$out" && pwd -P)

# Says how long each step took.
began=$(date +%s)
step() {
    now=$(date +%s)
    say "$(printf '%5d s  %s' $((now - began)) "$*")"
}

# Prints tcpdump's filter for a shard: the Multiplexer's address and port decide.
print_filter() {
    filter=
    for port in $(printf '%s' "$ports" | tr , ' '); do
        filter="$filter${filter:+ or }(ip and tcp dst port $port and (ip[16:4] + $port) % $shards = $1)"
        filter="$filter or (ip and tcp src port $port and not tcp dst port $port"
        filter="$filter and (ip[12:4] + $port) % $shards = $1)"
        filter="$filter or (ip6 and tcp dst port $port and (ip6[36:4] + $port) % $shards = $1)"
        filter="$filter or (ip6 and tcp src port $port and not tcp dst port $port"
        filter="$filter and (ip6[20:4] + $port) % $shards = $1)"
    done
    # "vlan" moves all offsets after it.
    printf '%s or (vlan and (%s))' "$filter" "$filter"
}

# 1. Every file into a piece for each shard, and the pieces of a shard, in order of
#    time, into one file. One shard is all that there is, uncut.
# From here on by relative names: what parallel runs is a line for a shell.
cd "$out"
if [ "$shards" -gt 1 ]; then
    # tcpdump does not read what is compressed.
    mkdir cut/unpacked
    printf '%s\n' "$files" | grep -Ei "$packed\$" |
        parallel --plain "editcap -F nsecpcap {} cut/unpacked/{#}.pcap" || die "editcap failed."
    files=$(printf '%s\n' "$files" | grep -Eiv "$packed\$" || :
        find cut/unpacked -type f)
    i=0
    while [ "$i" -lt "$shards" ]; do
        print_filter "$i" >"cut/$i.filter"
        mkdir "cut/$i"
        i=$((i + 1))
    done
    # -Z: or root's tcpdump becomes a user who may not write there.
    printf '%s\n' "$files" | parallel --plain "tcpdump -Z $(id -un) -r {1} -w cut/{2}/{#}.pcap \
--time-stamp-precision=nano -F cut/{2}.filter" :::: - ::: $(seq 0 $((shards - 1))) \
        2>cut/tcpdump.log || {
        cat cut/tcpdump.log >&2
        die "tcpdump failed."
    }
    rm -r cut/unpacked
    step "cut into $shards shards"
    # A file of 24 bytes has no packets.
    find cut -name '*.pcap' -size -25c -delete
    find cut -mindepth 1 -type d -empty -delete
    find cut -mindepth 1 -type d |
        parallel --plain "mergecap -F nsecpcap -w shards/{/}.pcap {}/*.pcap"
    rm -r cut
elif [ "$shards" -eq 1 ]; then
    printf '%s\n' "$files" | tr '\n' '\0' | xargs -0 mergecap -F nsecpcap -w shards/0.pcap
else
    printf '%s\n' "$files" | parallel --plain "cp {} shards/{#}.pcap"
fi
chmod a+r shards/*.pcap
step "merged: $(find shards -name '*.pcap' | wc -l) shards that have packets"

# 2. A line a frame with TRADE in it. Two passes, for some of what a PDU means only
#    later frames tell. Text cannot have a tab, for tshark writes \t.
tshark="tshark -2 -o trade.tcp.port:$ports ${TSHARK_OPTIONS:-} -Y trade -T fields -E separator=/t \
-E occurrence=a -E aggregator=$(printf '\037')"
while read -r _ field _; do
    tshark="$tshark -e $field"
done <"$scale/fields.tsv"
# The largest first, so that no host is left waiting for it.
cd shards
by_size=$(find . -name '*.pcap' -printf '%s %f\n' | sort -rn | cut -d ' ' -f 2)
if [ "$hosts" = : ]; then
    printf '%s\n' "$by_size" |
        parallel --plain --joblog ../dissect.log "$tshark -r {} >../csv/{.}.csv" || failed=$?
else
    # Nothing is transferred to this machine's own jobs, which alone have the variable.
    TRADE_SHARDS=$PWD
    export TRADE_SHARDS
    # shellcheck disable=SC2016 # the job expands it
    printf '%s\n' "$by_size" |
        parallel --plain --joblog ../dissect.log -S "$hosts" --workdir ... --transferfile {} \
            --return '{.}.csv' --cleanup \
            'cd "${TRADE_SHARDS:-.}" && '"$tshark -r {} >{.}.csv" || failed=$?
    find . -name '*.csv' -exec mv {} ../csv/ \;
fi
cd ..
[ -z "${failed:-}" ] || die "tshark failed on a shard: see above, and $out/dissect.log."
step "dissected: $(cat csv/*.csv | wc -l) frames"

# 3. A table, and the answers.
node "$scale/duck.js" load . "$scale/fields.tsv" "$ports"
step "loaded into $out/frames.parquet"
node "$scale/duck.js" ask . "$scale/sql/totals.sql" "$scale/sql/coverage.sql" \
    "$scale/sql/p99-roundtrips.sql" "$scale/sql/unanswered-pings.sql" \
    "$scale/sql/busiest-sessions.sql"
step "answered, in $out/answers"
