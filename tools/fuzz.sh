#!/bin/sh
# fuzz.sh [SECONDS [WORKERS]]
# Fuzzes the dissector for SECONDS (600), with one worker for each processor, or WORKERS; and, for a
# tenth of that, the parts that need no dissection. Installs missing Debian packages, builds
# tests/fuzz, runs it, and says what was found. Exits with 1 if something was found, and with 3 if
# the only finding is that one pass shows something else than another.
#
# Findings are what the sanitizers and Wireshark's assertions report; a captured byte of a PDU shown
# by no field, or by two; a later pass or table that differs, except in what only it can know; an
# unreadable text in a table; a verdict without a place or a cause; an input that takes a minute.
#
# Names and prints each input that led to a finding: "base64 -d" makes the file again, and
# "TRADE_FUZZ_PCAP=x.pcap trade_fuzz INPUT" writes it as a capture for tshark.
#
# FUZZ_FAST: if set, leaves the sanitizers out: several times the inputs, but only assertions find
# mistakes.
#
# FUZZ_FLOORS: if set, also measures which lines the inputs reach, and exits with 1 if these are
# fewer than tests/fuzz/floors.txt says.
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
    [ -z "${FUZZ_FLOORS-}" ] || command -v llvm-cov >/dev/null || missing="$missing llvm"
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
    leaks=1
    # libwireshark keeps memory to its end, and loses some where a preference is wrong:
    # tests/test_leaks.py looks for what is the plugin's.
    [ "${program##*/}" != trade_fuzz ] || leaks=0
    if [ "$(id -u)" -eq 0 ]; then
        as="setpriv --reuid 65534 --regid 65534 --clear-groups"
        for own in corpus found home data logs parts profile; do
            chown -R 65534:65534 "$dir/$own"
        done
    fi
    cd "$dir/logs"
    # shellcheck disable=SC2086
    $as test -x "../$program" || {
        echo "fuzz.sh: the user 65534 cannot get to $dir: name another by FUZZ_DIR" >&2
        exit 2
    }
    # shellcheck disable=SC2086
    exec $as env HOME="$dir/home" XDG_CONFIG_HOME="$dir/home" \
        WIRESHARK_DATA_DIR="$dir/data" TRADE_FUZZ_DIFFERENCES="$dir/found" \
        LLVM_PROFILE_FILE="$dir/profile/trade_fuzz.profraw" UBSAN_OPTIONS=print_stacktrace=1 \
        ASAN_OPTIONS="${ASAN_OPTIONS:-malloc_context_size=6:detect_leaks=$leaks}" "../$program" "$@"
}

keep_directory "$dir"
install_missing
for own in corpus found home data logs parts profile; do
    mkdir -p "$dir/$own"
done
rm -rf "$dir/seeds"
rm -f "$dir"/logs/* "$dir"/found/*
cmake --fresh -G Ninja -S "$root/tests/fuzz" -B "$dir/build" -DCMAKE_C_COMPILER=clang \
    ${FUZZ_FAST:+-DFUZZ_FAST=ON} >"$dir/cmake.log"
cmake --build "$dir/build" >"$dir/build.log" || { cat "$dir/build.log"; exit 2; }
find "$root/captures" -name '*.pcap*' -exec \
    /usr/bin/python3 "$root/tests/fuzz/make_seeds.py" "$dir/seeds" {} +
cp "$root/tests/fuzz/trade.dict" "$dir/trade.dict"
# Whatever the umask: who fuzzes may be another than who made all this.
chmod -R a+rX "$dir/seeds" "$dir/trade.dict" "$dir/build"
chmod a+rx "$dir"

# Prints what the logs given say of a finding, once.
print_findings() {
    grep -ahE 'trade_fuzz: frame|does not hold|place_fuzz: |ERROR: |runtime error|failed assertion|SUMMARY' \
        "$@" | sort -u
}

# The seeds are no chance.
(run_program build/trade_fuzz -runs=0 -timeout=60 -detect_leaks=0 -artifact_prefix=../found/ ../seeds) \
    >"$dir/run.log" 2>&1 || {
    echo "FOUND in the captures:"
    print_findings "$dir/run.log"
    exit 1
}

# Parts that need no dissection: each has the same share of the time.
for part in place holes clock framing flow verdict; do
    mkdir -p "$dir/parts/$part"
    (run_program "build/${part}_fuzz" -max_total_time=$((seconds / 50 + 1)) -max_len=400 -verbosity=0 \
        -print_final_stats=1 -dict=../trade.dict -artifact_prefix=../found/ "../parts/$part") \
        >"$dir/$part.log" 2>&1 || {
        echo "FOUND in $part:"
        print_findings "$dir/$part.log"
        exit 1
    }
    awk -v part="$part" '/number_of_executed_units/ { print part ": " $2 " inputs" }' "$dir/$part.log"
done

# Without -entropic=0, libFuzzer takes longer to choose inputs than some take to run.
status=0
(run_program build/trade_fuzz -entropic=0 -workers="$workers" -jobs="$workers" -max_total_time="$seconds" -timeout=60 -report_slow_units=60 \
    -rss_limit_mb=3000 -max_len=1000 -detect_leaks=0 -print_final_stats=1 -reload=1 \
    -dict=../trade.dict -artifact_prefix=../found/ ../corpus ../seeds) \
    >"$dir/run.log" 2>&1 || status=$?

grep -ah '^stat::number_of_executed_units' "$dir"/logs/*.log |
    awk -v seconds="$seconds" '{ n += $2 } END { printf "%d inputs, %d/s\n", n, n / seconds }'
grep -aho 'cov: [0-9]* ft: [0-9]*' "$dir"/logs/fuzz-*.log | sort -t' ' -k2n | tail -1
echo "corpus: $(find "$dir/corpus" -type f | wc -l) inputs in $dir/corpus"
# Builds the program once more, to count lines, and compares what all inputs reach with the floors.
check_floors() {
    cmake --fresh -G Ninja -S "$root/tests/fuzz" -B "$dir/lines" -DCMAKE_C_COMPILER=clang \
        -DFUZZ_COVERAGE=ON >"$dir/cmake.log"
    cmake --build "$dir/lines" --target trade_fuzz >"$dir/build.log"
    chmod -R a+rX "$dir/lines"
    (run_program lines/trade_fuzz -runs=0 ../seeds ../corpus) >"$dir/run.log" 2>&1
    llvm-profdata merge -o "$dir/profile/trade_fuzz.profdata" "$dir/profile/trade_fuzz.profraw"
    llvm-cov report -instr-profile "$dir/profile/trade_fuzz.profdata" "$dir/lines/trade_fuzz" \
        >"$dir/report.txt"
    awk -f "$root/tests/fuzz/floors.awk" "$root/tests/fuzz/floors.txt" "$dir/report.txt"
}

if [ "$status" -ne 0 ] || [ -n "$(ls -A "$dir/found")" ]; then
    echo "FOUND:" "$dir"/found/*
    print_findings "$dir"/logs/*.log "$dir/run.log" || :
    for input in "$dir"/found/*; do
        printf '%s\n' "${input##*/}"
        base64 "$input"
    done
fi
# A worker goes on after a difference, and stops at anything else.
[ "$status" -eq 0 ] || exit 1
[ -z "${FUZZ_FLOORS-}" ] || check_floors || exit 1
[ -z "$(ls -A "$dir/found")" ] || exit 3
echo "nothing found"
