#!/bin/sh
# hostile.sh memory [KIND...] | heuristic [DIRECTORY] | leaks [tshark options]
# memory: how much memory and time hostile captures take.
# heuristic: how often something else is mistaken for TRADE: a million random segments, and
# the captures in DIRECTORY.
# leaks: what valgrind says about captures/, and whose code lost memory: Wireshark's own loses 1856
# bytes in 29 blocks with -V, with and without the plugin. With options, of one run
# with these. Exits with 1 where the plugin's did.
#
# Each compares tshark with the plugin to tshark without it. Installs missing Debian packages.
#
# HOSTILE_DIR: where a directory of this run's own is made for captures (up to 300 MB), and removed
# (/var/tmp).
# HOSTILE_COUNTS: the size of the smaller and the larger capture: "100000 1000000".
# HOSTILE_OPTIONS: more options for tshark in "memory", such as "-2" or "-z trade,health".
# HOSTILE_CAPTURES: for "leaks", files instead of captures/.
# TRADE_PLUGIN: the trade.so to use instead of building it.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"

counts=${HOSTILE_COUNTS:-100000 1000000}
all_kinds='syns connections greetings pings clocks roundtrips clients client logins data holes nonsense'

# Puts the plugin where tshark finds it; root's tshark runs as a user who may load it.
prepare() {
    if [ -z "${TRADE_PLUGIN:-}" ]; then
        install_packages "$build_packages"
        build_plugin
    fi
    version=$(tshark --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9]*\.[0-9]*\).*/\1/p')
    make_scratch "${HOSTILE_DIR:-/var/tmp}"
    dir=$scratch
    mkdir -p "$dir/plugins/$version/epan" "$dir/none" "$dir/home"
    cp "${TRADE_PLUGIN:-$build/trade.so}" "$dir/plugins/$version/epan/trade.so"
    chmod -R a+rX "$dir"
    as=
    if [ "$(id -u)" = 0 ]; then
        as='setpriv --reuid 65534 --regid 65534 --clear-groups'
        chown 65534:65534 "$dir/home"
    fi
    run_tshark "$dir/plugins" tshark -G plugins | grep -q '^trade\.so' ||
        die "tshark does not load the plugin from $dir: name another directory by HOSTILE_DIR."
}

# Runs a command with the plugins of a directory: run_tshark PLUGINS COMMAND...
run_tshark() {
    plugins=$1
    shift
    # shellcheck disable=SC2086 # $as: words
    $as env HOME="$dir/home" XDG_CONFIG_HOME="$dir/home" WIRESHARK_PLUGIN_DIR="$plugins" LC_ALL=C "$@"
}

make_capture() {
    /usr/bin/python3 "$root/tests/hostile/make_hostile.py" "$1" "$2" "$dir/$1.pcap"
    chmod a+r "$dir/$1.pcap"
}

# Prints the peak of memory in KiB and the user's time in seconds.
measure() {
    file=$1
    shift
    # shellcheck disable=SC2086 # options: words
    run_tshark "$dir/plugins" /usr/bin/time -f '%M %U' tshark -n -r "$file" -T fields -e frame.number "$@" \
        ${HOSTILE_OPTIONS:-} 2>&1 >"$dir/out" | tail -n 1
}

compare_memory() {
    [ $# -gt 0 ] || eval "set -- $all_kinds"
    printf '%-12s %9s %10s %12s %10s %9s %11s\n' kind count 'MiB with' 'MiB without' 'bytes each' \
        's with' 's without'
    for kind in "$@"; do
        for count in $counts; do
            make_capture "$kind" "$count"
            with=$(measure "$dir/$kind.pcap")
            without=$(measure "$dir/$kind.pcap" --disable-protocol trade)
            echo "$with $without" | awk -v kind="$kind" -v count="$count" '
                { printf "%-12s %9d %10.0f %12.0f %10.0f %9.1f %11.1f\n", kind, count, $1 / 1024,
                         $3 / 1024, ($1 - $3) * 1024 / count, $2, $4 }'
            rm "$dir/$kind.pcap"
        done
    done
}

# Prints how many frames tshark takes for TRADE, and how many there are.
count_taken() {
    taken=$(run_tshark "$dir/plugins" tshark -n -r "$1" -Y trade -T fields -e frame.number 2>/dev/null |
        wc -l)
    all=$(run_tshark "$dir/plugins" tshark -n -r "$1" -T fields -e frame.number 2>/dev/null | wc -l)
    echo "$taken $all"
}

check_heuristic() {
    make_capture random 1000000
    echo "random segments: $(count_taken "$dir/random.pcap" |
        awk '{ print $2 " frames, " $1 " taken for TRADE" }')"
    [ $# -gt 0 ] || return 0
    for capture in "$1"/*; do
        [ -f "$capture" ] || continue
        cp "$capture" "$dir/capture"
        chmod a+r "$dir/capture"
        echo "$(count_taken "$dir/capture") $capture"
    done | awk '{ files++; taken += $1; all += $2 } $1 > 0 { print $3 ": " $1 " taken" }
        END { print files " files: " all " frames, " taken " taken for TRADE" }'
}

# What Wireshark's own statistics keep for the rows that a plugin adds: tshark frees none of it.
wiresharks_rows='(stats_tree_|init_srt_table|add_conversation_table_data|add_endpoint_table_data)'

# Prints the calls of a log of valgrind's that are in the plugin's own files. Valgrind gives a file
# by its path, or where it has no line, the library alone.
list_ours() {
    sources=$(cd "$root" &&
        printf '%s\n' ./*.c wire/*.c stream/*.c analysis/*.c analysis/*/*.c ui/*.c |
        sed 's|^\./||; s|\.|[.]|g' | paste -s -d '|')
    sed 's/^==[0-9]*== *//' "$1" | awk -v rows=": $wiresharks_rows" \
        -v ours="[(/]($sources):[0-9]+[)]|[(]in .*/trade[.]so[)]" '
        BEGIN { RS = ""; FS = "\n" }
        / lost in loss record / && $0 ~ rows { next }
        { for (i = 1; i <= NF; i++) if ($i ~ ours) print $i }'
}

# Prints what valgrind sums up of a run over the capture, and counts what names the plugin. It keeps
# what it knows of the plugin, which tshark unloads before valgrind reports.
look_for_leaks() {
    plugins=$1
    shift
    if ! run_tshark "$plugins" G_SLICE=always-malloc G_DEBUG=gc-friendly \
        WIRESHARK_EXTCAP_DIR=/nonexistent valgrind --leak-check=full --show-leak-kinds=definite,indirect,possible \
        --num-callers=40 --keep-debuginfo=yes --fullpath-after= tshark -n -r "$dir/all.pcapng" "$@" \
        >"$dir/out" 2>"$dir/valgrind.log"; then
        cat "$dir/valgrind.log" >&2
        die "tshark, or valgrind, failed: see above."
    fi
    sed -n -E 's/^==[0-9]+== +((definitely|indirectly|possibly) lost|ERROR SUMMARY)/  \1/p' \
        "$dir/valgrind.log"
    ours=$(list_ours "$dir/valgrind.log")
    echo "  calls that are the plugin's: $(printf '%s' "$ours" | grep -c '')"
    [ -z "$ours" ] || {
        printf '%s\n' "$ours" | sed 's/.*[(/]\([a-z-]*\.c:\)/    \1/; s/)$//' | sort | uniq -c | sort -rn
        leaking=1
    }
}

# All of the plugin's statistics, each of which is a way for memory to be lost.
statistics='trade,tree trade,srt trade,health trade,incidents trade,clients conv,trade endpoints,trade'

check_leaks() {
    # shellcheck disable=SC2086 # a file each
    mergecap -a -w "$dir/all.pcapng" ${HOSTILE_CAPTURES:-"$root"/captures/*.pcap*}
    chmod a+r "$dir/all.pcapng"
    leaking=
    if [ $# -gt 0 ]; then
        echo "tshark $*"
        look_for_leaks "$dir/plugins" "$@"
    else
        compare_leaks
    fi
    [ -z "$leaking" ] || die "memory that the plugin asked for is lost: see above."
}

# With the plugin and without it.
compare_leaks() {
    for options in '' '-2 -V'; do
        echo "tshark $options, without the plugin"
        # shellcheck disable=SC2086 # $options: words
        look_for_leaks "$dir/none" $options
        echo "tshark $options, with it"
        # shellcheck disable=SC2086
        look_for_leaks "$dir/plugins" $options
    done
    options='-q -z trade,rows,/dev/null'
    for statistic in $statistics; do
        options="$options -z $statistic"
    done
    echo "tshark $options"
    # shellcheck disable=SC2086
    look_for_leaks "$dir/plugins" $options
    echo "tshark -q -z io,phs -z conv,tcp -z endpoints,tcp, without the plugin"
    look_for_leaks "$dir/none" -q -z io,phs -z conv,tcp -z endpoints,tcp
}

what=${1:-}
[ $# = 0 ] || shift
case $what in
memory)
    for kind in "$@"; do
        case " $all_kinds " in
        *" $kind "*) ;;
        *) refuse "there is no $kind; kinds are $all_kinds." ;;
        esac
    done
    install_packages 'time             measures memory'
    prepare
    compare_memory "$@"
    ;;
heuristic)
    [ $# = 0 ] || { [ $# = 1 ] && [ -d "$1" ]; } || refuse "one directory, or none."
    prepare
    check_heuristic "$@"
    ;;
leaks)
    install_packages 'valgrind         finds leaks
wireshark-common has mergecap'
    prepare
    check_leaks "$@"
    ;;
*) refuse "say memory, heuristic or leaks." ;;
esac
