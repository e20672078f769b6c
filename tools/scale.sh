#!/bin/sh
# scale.sh [-d] [-e ENGINE] [-s SHARDS] [-p PORT,PORT] DIR OUT [HOST...]
# Dissects a directory of captures that is too large for one tshark, and answers questions
# about it; docs/SCALE.md says how. HOSTs are names for ssh, or ":" for this machine, which
# is the default. Where a call was ended, or a host failed, the same call once more goes on.
# So does a later one, with what captures are new.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"

shards=256
ports=2107
days=
engine=parallel
duckdb_version=1.5.6-r.1
while getopts de:s:p: option; do
    case $option in
    d) days=days ;;
    e) engine=$OPTARG ;;
    s) shards=$OPTARG ;;
    p) ports=$OPTARG ;;
    *) refuse "options are -d, -e, -s and -p." ;;
    esac
done
shift $((OPTIND - 1))
case $shards:,$ports, in
*[!0-9]*:* | :* | *:*[!0-9,]* | *,,*) refuse "SHARDS is a number, PORTs are numbers." ;;
0:*) [ -z "$days" ] || refuse "-s 0 takes captures as they are, -d cuts them." ;;
esac
case $engine in
parallel | dask | none) ;;
*) refuse "ENGINE is parallel, dask or none." ;;
esac
[ $# -ge 2 ] || refuse "two directories."
dir=$(CDPATH='' cd -- "$1" && pwd -P) || die "$1 is no directory."
out=$2
# What is read and run is a line each.
newline='
'
case $dir$out in
*"$newline"*) die "the name of a directory has a newline." ;;
esac
shift 2
case $engine:$# in
dask:1 | parallel:* | none:0) ;;
dask:*) refuse "with dask, the HOST is its scheduler's address." ;;
*) refuse "with none, there are no HOSTs." ;;
esac
[ $# -gt 0 ] || set -- :
named_hosts=$*
scale=$root/tools/scale

# ---- What there is to do, and to do it with ----

# What is a capture by its name: tcpdump -C writes day.pcap, day.pcap1, day.pcap2.
packed='\.(gz|zst|lz4)'
captures=".*\.(pcap|pcapng|cap)(\.?[0-9]+)?($packed)?"
files=$(find -L "$dir" -regextype posix-extended -name "*$newline*" -prune -o \
    -type f -iregex "$captures" -print | LC_ALL=C sort)
odd=$(find -L "$dir" -name "*$newline*" -prune -print0 | LC_ALL=C sort -z | tr '\n\0' '?\n')
[ -z "$odd" ] || say "Left out, for a newline in their names, here \"?\":
$odd"
others=$(find -L "$dir" -regextype posix-extended -name "*$newline*" -prune -o \
    ! -type d ! \( -type f -iregex "$captures" \) -print | sort)
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

[ "$engine" != dask ] || /usr/bin/python3 -c 'import distributed' 2>/dev/null ||
    die "Dask is missing. On Debian: apt-get install python3-distributed"
needed='editcap tshark node npm flock'
[ "$engine" != parallel ] || needed="parallel $needed"
for command in $needed; do
    command -v "$command" >/dev/null || die "not found: $command
On Debian: apt-get install parallel tshark nodejs npm util-linux (and, for other hosts, rsync)."
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

# A host that is gone must be noticed: ssh by itself waits for hours.
PARALLEL_SSH="${PARALLEL_SSH:-ssh} -o BatchMode=yes -o ConnectTimeout=10 \
-o ServerAliveInterval=5 -o ServerAliveCountMax=3"
export PARALLEL_SSH

# Prints a host, if it can be reached, and whether its tshark has the plugin.
ask_host() {
    ask='tshark -z help 2>&1 | grep -qF trade,rows'
    if [ "${1#*/}" = : ]; then
        sh -c "$ask" || status=$?
    else
        $PARALLEL_SSH "${1#*/}" "$ask" </dev/null || status=$?
    fi
    case ${status:-0} in
    0) printf '%s able\n' "$1" ;;
    255) say "Left out, since it can't be reached: $1" ;;
    *) printf '%s unable\n' "$1" ;;
    esac
}

# Sets hosts to those that can be reached, with commas. parallel's own --filter-hosts ends with an
# error of its own where ssh says what is wrong with a host (20221122).
find_hosts() {
    found=$(
        for host in $named_hosts; do
            ask_host "$host" &
        done
        wait
    )
    unable=$(printf '%s\n' "$found" | sed -n 's/ unable$//p')
    [ -z "$unable" ] || die "tshark has no TRADE plugin, or an old one, on: $unable
trade-doctor says why, run there by the user that ssh logs in."
    [ -n "$found" ] || die "no host can be reached of: $named_hosts"
    hosts=$(printf '%s\n' "$found" | sed 's/ able$//' | paste -sd ,)
}
[ "$engine" != parallel ] || find_hosts

# Not before: what could not begin must not be in the way of the next try.
job="captures in $dir, shards $shards, ports $ports, options ${TSHARK_OPTIONS:-}, ${days:-whole}"
is_new=
[ -e "$out" ] || is_new=yes
mkdir -p -- "$out" || die "$out cannot be made."
out=$(CDPATH='' cd -- "$out" && pwd -P)
# One run at a time. Whoever of this run's programs is still there has the lock, too.
(: >"$out/lock") 2>/dev/null || die "$out cannot be written."
exec 9>"$out/lock"
flock -n 9 || die "another run is at work in $out."
if [ -e "$out/options" ]; then
    [ "$(cat "$out/options")" = "$job" ] ||
        die "$out is there, and of another directory or options than these."
elif [ -n "$is_new" ] || [ -z "$(find "$out" -mindepth 1 ! -name lock ! -name options.new)" ]; then
    printf '%s\n' "$job" >"$out/options.new"
    mv "$out/options.new" "$out/options"
else
    die "$out is there, and of another directory or options than these."
fi

# Says how long each step took.
began=$(date +%s)
step() {
    now=$(date +%s)
    say "$(printf '%5d s  %s' $((now - began)) "$*")"
}
# From here on by relative names: what parallel runs is a line for a shell.
cd "$out"

# ---- 1. Each frame of what is new into its shard ----

mkdir -p shards rows loaded
said=$(printf '%s\n' "$files" | node "$scale/cut.js" "$shards" "$ports" . $days) ||
    die "the captures could not be cut."
step "$said; shards: $(find shards -name '*.pcap' -printf '%h\n' | sort -u | wc -l)"

# ---- 2. Rows out of each shard ----

# Prints the shards whose rows are not there yet, the largest first: no host is left waiting
# for one.
list_left() {
    find shards -name '*.pcap' -printf '%s %h\n' |
        awk '{ size[$2] += $1 } END { for (shard in size) print size[shard], shard }' |
        sort -rn | while read -r _ shard; do
        shard=${shard#shards/}
        [ -e "rows/$shard.rows" ] || [ -e "loaded/$shard" ] || printf '%s\n' "$shard"
    done
}

# What runs for each shard, {}, whatever has it run.
cp "$scale/dissect.sh" dissect.sh
dissect="./dissect.sh shards/{} rows/{}.rows -o trade.tcp.port:$ports ${TSHARK_OPTIONS:-}"

# GNU parallel gives a shard to another host where one fails.
run_parallel() {
    set -- --joblog dissect.log --retries 4
    [ ! -t 2 ] || set -- "$@" --bar
    # Nothing is transferred to this machine's own jobs, which alone have the variable.
    [ "$hosts" = : ] || set -- "$@" -S "$hosts" --workdir ... --transferfile dissect.sh \
        --transferfile 'shards/{}' --return 'rows/{}.rows' --cleanup
    TRADE_OUT=$PWD
    export TRADE_OUT
    parallel --plain "$@" "exec 9>&-; cd \"\${TRADE_OUT:-.}\" && mkdir -p rows && $dissect" >/dev/null
}

# What a run before left behind goes on with files that have no names now.
[ "$engine" = none ] || rm -f rows/*.rows.*
left=$(list_left)
if [ -n "$left" ]; then
    case $engine in
    parallel) printf '%s\n' "$left" | run_parallel || : ;;
    dask) printf '%s\n' "$left" | /usr/bin/python3 "$scale/on_dask.py" "$named_hosts" "$dissect" || : ;;
    none)
        printf '%s\n' "$left" | while read -r shard; do
            printf 'cd %s && %s\n' "$(quote "$out")" "$(printf '%s\n' "$dissect" | sed "s|{}|$shard|g")"
        done
        exit 0
        ;;
    esac
    left=$(list_left)
fi
[ -z "$left" ] || die "$(printf '%s\n' "$left" | wc -l) shards could not be dissected: see above, and $out/dissect.log.
The same call once more goes on with these."
step "dissected"

# ---- 3. Tables, and the answers ----

node "$scale/duck.js" load . "$scale"/sql/*.sql
step "loaded into $out/pdus and $out/*.parquet, answered in $out/answers"
