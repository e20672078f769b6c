#!/bin/sh
# scale.sh [-s SHARDS] [-p PORT,PORT] DIR OUT [HOST...]
# Dissects a directory of captures that is too large for one tshark, and answers questions
# about it; docs/SCALE.md says how. HOSTs are names for ssh, or ":" for this machine, which
# is the default. Where a call was ended, or a host failed, the same call once more goes on.
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
# What becomes a table of its own: each of these is -z trade,NAME. For another one, add its name.
statistics="health incidents clients"
duckdb_version=1.5.6-r.1
while getopts s:p: option; do
    case $option in
    s) shards=$OPTARG ;;
    p) ports=$OPTARG ;;
    *) refuse "options are -s and -p." ;;
    esac
done
shift $((OPTIND - 1))
case $shards:,$ports, in
*[!0-9]*:* | :* | *:*[!0-9,]* | *,,*) refuse "SHARDS is a number, PORTs are numbers." ;;
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

for command in parallel tshark editcap node npm flock; do
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
find_hosts

# Not before: what could not begin must not be in the way of the next try.
job=$(printf 'shards %s, ports %s, options %s\n' "$shards" "$ports" "${TSHARK_OPTIONS:-}"
    printf '%s\n' "$files" | tr '\n' '\0' | xargs -0 stat -L -c '%n, %s bytes, %y')
is_new=
[ -e "$out" ] || is_new=yes
mkdir -p -- "$out" || die "$out cannot be made."
out=$(CDPATH='' cd -- "$out" && pwd -P)
# One run at a time. Whoever of this run's programs is still there has the lock, too.
(: >"$out/lock") 2>/dev/null || die "$out cannot be written."
exec 9>"$out/lock"
flock -n 9 || die "another run is at work in $out."
if [ -e "$out/captures" ]; then
    [ "$(cat "$out/captures")" = "$job" ] ||
        die "$out is there, and of other captures or options than these."
elif [ -n "$is_new" ] || [ -z "$(find "$out" -mindepth 1 ! -name lock ! -name captures.new)" ]; then
    printf '%s\n' "$job" >"$out/captures.new"
    mv "$out/captures.new" "$out/captures"
else
    die "$out is there, and of other captures or options than these."
fi

# Says how long each step took.
began=$(date +%s)
step() {
    now=$(date +%s)
    say "$(printf '%5d s  %s' $((now - began)) "$*")"
}
# From here on by relative names: what parallel runs is a line for a shell.
cd "$out"

# ---- 1. Each frame into its shard ----

cut_captures() {
    rm -rf cutting
    mkdir cutting
    if [ "$shards" -gt 0 ]; then
        printf '%s\n' "$files" | node "$scale/cut.js" "$shards" "$ports" cutting ||
            die "the captures could not be cut."
    else
        # Where a link will do, no copy is made.
        printf '%s\n' "$files" | parallel --plain "cp -lL {} cutting/{#}.pcap 2>/dev/null ||
            cp {} cutting/{#}.pcap"
    fi
    # Other users dissect.
    chmod -f a+r cutting/*.pcap || :
    mv cutting shards
    step "cut into $(find shards -name '*.pcap' | wc -l) shards"
}
[ -d shards ] || cut_captures

# ---- 2. Rows out of each shard ----

# Prints the shards whose rows are not there yet, the largest first: no host is left waiting
# for one.
list_left() {
    find shards -name '*.pcap' -printf '%s %f\n' | sort -rn | while read -r _ shard; do
        [ -e "rows/${shard%.pcap}.rows" ] || printf '%s\n' "$shard"
    done
}

# Keeps the rows that are whole: the last one says so.
keep_rows() {
    for part in rows/*.part; do
        [ -e "$part" ] || continue
        case $(tail -n 1 "$part") in
        "end	"*) mv "$part" "${part%.part}.rows" ;;
        esac
    done
}

# What a host runs for a shard. One pass is enough, for the rows tell last what only later
# frames did; awk fails where that end is missing, since a host or its tshark died.
tables=
for name in $statistics; do
    tables="$tables -z trade,$name"
done
dissect="TZ=UTC tshark -n -q -r {} -o trade.tcp.port:$ports ${TSHARK_OPTIONS:-} \
-z trade,rows,/dev/fd/3$tables 3>&1 >/dev/null |
awk 'BEGIN { FS = \"\\t\" } 1; END { exit \$1 != \"end\" }'"

# Dissects the shards that are left, each on another host where one fails.
dissect_left() {
    left=$1
    set -- --joblog ../dissect.log --retries 4 --results '../rows/{/.}.part'
    [ ! -t 2 ] || set -- "$@" --bar
    # Nothing is transferred to this machine's own jobs, which alone have the variable.
    [ "$hosts" = : ] || set -- "$@" -S "$hosts" --workdir ... --transferfile '{}' --cleanup
    TRADE_SHARDS=$PWD/shards
    export TRADE_SHARDS
    (cd shards && printf '%s\n' "$left" |
        parallel --plain "$@" "exec 9>&-; cd \"\${TRADE_SHARDS:-.}\" && $dissect" >/dev/null)
}

mkdir -p rows
keep_rows
# A tshark that a run before left behind goes on with a file that has no name now.
rm -f rows/*.part*
while left=$(list_left) && [ -n "$left" ] && [ "$left" != "${failed:-}" ]; do
    # What did not succeed is tried again as long as something does.
    [ -z "${failed:-}" ] || find_hosts
    failed=$left
    dissect_left "$left" || :
    keep_rows
done
[ -z "$left" ] || die "tshark failed on $(printf '%s\n' "$left" | wc -l) shards: see above, and $out/dissect.log.
The same call once more goes on with these."
rm -f rows/*.part* rows/*.seq rows/*.err
step "dissected: $(cat rows/*.rows | wc -l) rows"

# ---- 3. Tables, and the answers ----

node "$scale/duck.js" load .
step "loaded into $out/*.parquet"
node "$scale/duck.js" ask . "$scale"/sql/*.sql
step "answered, in $out/answers"
