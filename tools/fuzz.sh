#!/bin/sh
# fuzz.sh [SECONDS [WORKERS]]
# Fuzzes the dissector for SECONDS (600), with one worker for each processor, or WORKERS.
# Installs missing Debian packages, builds tests/fuzz, runs it, and says what was found. Exits
# with 1 if something was found, and with 3 if the only finding is that the first pass shows
# something else than the second.
#
# Names and prints each input that led to a finding: "base64 -d" makes the file again, and
# "TRADE_FUZZ_PCAP=x.pcap trade_fuzz INPUT" writes it as a capture for tshark.
#
# FUZZ_DIR: where to build, and where the corpus grows from run to run (/var/tmp/trade-fuzz). Root
# fuzzes as the user 65534, who must be able to get there. No other user may write there.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"
seconds=${1:-600}
workers=${2:-$(nproc)}
case $seconds:$workers in
*[!0-9:]* | 0* | *:0* | :* | *:) refuse "SECONDS and WORKERS are numbers." ;;
esac
[ $# -le 2 ] || refuse "two numbers at most."
dir=${FUZZ_DIR:-/var/tmp/trade-fuzz}

# Debian's clang-N needs the libclang-rt-N-dev of the same N, for the sanitizers.
install_missing() {
    missing=
    for program in clang:clang ld.lld:lld cmake:cmake ninja:ninja-build pkg-config:pkg-config \
        setpriv:util-linux; do
        command -v "${program%%:*}" >/dev/null || missing="$missing ${program#*:}"
    done
    for package in wireshark-dev libwireshark-dev libwiretap-dev libwsutil-dev libglib2.0-dev \
        libclang-rt-dev python3-scapy; do
        dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
    done
    [ -z "$missing" ] && return
    if [ "$(id -u)" -ne 0 ]; then
        echo "fuzz.sh: install first:$missing" >&2
        exit 2
    fi
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# With no privileges, and with none of Wireshark's data files: they take long to
# read, for each new session. All paths are relative: libFuzzer starts its workers by
# a shell, and quotes nothing.
run_program() {
    program=$1
    shift
    as=
    if [ "$(id -u)" -eq 0 ]; then
        as="setpriv --reuid 65534 --regid 65534 --clear-groups"
        chown -R 65534:65534 "$dir/corpus" "$dir/found" "$dir/home" "$dir/data" "$dir/logs"
    fi
    cd "$dir/logs"
    # shellcheck disable=SC2086
    $as test -x "../build/$program" || {
        echo "fuzz.sh: the user 65534 cannot get to $dir: name another by FUZZ_DIR" >&2
        exit 2
    }
    # shellcheck disable=SC2086
    exec $as env HOME="$dir/home" XDG_CONFIG_HOME="$dir/home" \
        WIRESHARK_DATA_DIR="$dir/data" UBSAN_OPTIONS=print_stacktrace=1 \
        ASAN_OPTIONS="${ASAN_OPTIONS:-malloc_context_size=6}" "../build/$program" "$@"
}

keep_directory "$dir"
install_missing
mkdir -p "$dir/corpus" "$dir/found" "$dir/home" "$dir/data" "$dir/logs"
rm -rf "$dir/seeds"
rm -f "$dir"/logs/* "$dir"/found/*
cmake --fresh -G Ninja -S "$root/tests/fuzz" -B "$dir/build" -DCMAKE_C_COMPILER=clang >"$dir/cmake.log"
cmake --build "$dir/build" >"$dir/build.log" || { cat "$dir/build.log"; exit 2; }
find "$root/captures" -name '*.pcap*' -exec \
    /usr/bin/python3 "$root/tests/fuzz/make_seeds.py" "$dir/seeds" {} +
cp "$root/tests/fuzz/trade.dict" "$dir/trade.dict"
# Whatever the umask: who fuzzes may be another than who made all this.
chmod -R a+rX "$dir/seeds" "$dir/trade.dict" "$dir/build"
chmod a+rx "$dir"

# The seeds are no chance.
(run_program trade_fuzz -runs=0 -timeout=60 -detect_leaks=0 -artifact_prefix=../found/ ../seeds) \
    >"$dir/run.log" 2>&1 || {
    echo "FOUND in the captures:"
    grep -ahE 'trade_fuzz: frame|ERROR: |runtime error|failed assertion|SUMMARY' "$dir/run.log"
    exit 1
}

# Takes seconds: it is arithmetic.
(run_program place_fuzz -runs=200000 -max_len=24 -artifact_prefix=../found/) \
    >"$dir/place.log" 2>&1 || {
    echo "FOUND in what a segment means for a place of the stream:"
    grep -ahE 'place_fuzz: |ERROR: |runtime error|SUMMARY' "$dir/place.log"
    exit 1
}

# Leaks are looked for at the end only: after each input, libFuzzer takes the
# memory of Wireshark's session for one.
status=0
(run_program trade_fuzz -workers="$workers" -jobs="$workers" -max_total_time="$seconds" -timeout=60 -report_slow_units=60 \
    -rss_limit_mb=3000 -max_len=2000 -detect_leaks=0 -print_final_stats=1 -reload=1 \
    -dict=../trade.dict -artifact_prefix=../found/ ../corpus ../seeds) \
    >"$dir/run.log" 2>&1 || status=$?

grep -ah '^stat::number_of_executed_units' "$dir"/logs/*.log |
    awk -v seconds="$seconds" '{ n += $2 } END { printf "%d inputs, %d/s\n", n, n / seconds }'
grep -aho 'cov: [0-9]* ft: [0-9]*' "$dir"/logs/fuzz-*.log | sort -t' ' -k2n | tail -1
echo "corpus: $(find "$dir/corpus" -type f | wc -l) inputs in $dir/corpus"
if [ "$status" -ne 0 ] || [ -n "$(ls -A "$dir/found")" ]; then
    echo "FOUND:" "$dir"/found/*
    grep -ahE 'trade_fuzz: frame|ERROR: |runtime error|failed assertion|SUMMARY' "$dir"/logs/*.log | sort -u
    for input in "$dir"/found/*; do
        printf '%s\n' "${input##*/}"
        base64 "$input"
    done
    # One worker stops at each.
    for log in "$dir"/logs/*.log; do
        ! grep -aq 'ERROR: \|runtime error' "$log" ||
            grep -aq 'trade_fuzz: .*the first pass .* other than the second' "$log" || exit 1
    done
    exit 3
fi
echo "nothing found"
