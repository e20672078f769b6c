#!/bin/sh
# matrix.sh [suite...]
# Installs and tests the newest commit with the Wireshark of several Debian releases, each in
# its own chroot, by tools/run.sh and then tools/test.sh: bookworm (Wireshark 4.0), trixie
# (4.4) and sid (4.6), or those named. Nothing is mounted there, and root has no more rights
# than in a plain container; only to count instructions, valgrind gets a /proc, where that is
# allowed. Compiler warnings, those about deprecated functions included, are errors. Also makes
# the package and tries it in a fresh chroot.
# Must be run by root.
# Exits with 1 if a build, a test or a package failed, and with 3 if the archive could not
# provide a release; for sid, which changes every day, that is only reported.
#
# MATRIX_DIR: where the chroots are made, and kept for the next run (/var/tmp/trade-matrix).
# MATRIX_MIRROR: the mirror to fetch Debian from.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"
for suite in "$@"; do
    case $suite in
    '' | -* | */*) refuse "$suite is no release of Debian." ;;
    esac
done

work=${MATRIX_DIR:-/var/tmp/trade-matrix}
mirror=${MATRIX_MIRROR:-}

# Makes the chroot of a suite and a .tar of how it is when new, or takes those of an
# earlier run.
make_chroot() {
    chroot=$work/$1
    [ ! -e "$chroot.tar" ] || return 0
    say "$1: making a chroot in $chroot"
    rm -rf --one-file-system "$chroot"
    debootstrap --variant=minbase "$1" "$chroot" ${mirror:+"$mirror"} >"$chroot.log" 2>&1 </dev/null &&
        # Nobody minds when they do not outlive a power cut.
        echo force-unsafe-io >"$chroot/etc/dpkg/dpkg.cfg.d/unsafe-io" &&
        tar -C "$chroot" -cf "$chroot.part" . && mv "$chroot.part" "$chroot.tar"
}

# Runs a command in the chroot, with nothing of the user's but what the network takes, and
# without root's rights to mount, to trace, to set up networks and to make devices.
run_in() {
    chroot=$1
    shift
    setpriv --bounding-set=-sys_admin,-sys_ptrace,-net_admin,-mknod \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
        CFLAGS=-Werror /usr/sbin/chroot "$chroot" "$@" </dev/null
}

# Counts the instructions a PDU in a chroot. What is mounted is so for this alone, and goes with it.
count_in() {
    if ! unshare --mount true 2>/dev/null; then
        echo "Instructions are not counted: nothing can be mounted here."
        return 0
    fi
    # shellcheck disable=SC2016 # $0 and $@ are the inner shell's
    run_in "$1" sh -c 'DEBIAN_FRONTEND=noninteractive apt-get -q -y install valgrind' &&
        unshare --mount sh -c 'mount -t proc proc "$0/proc" && exec /usr/sbin/chroot "$0" "$@"' "$1" \
            env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 CFLAGS=-Werror \
            sh /trade/tools/test.sh -q --all test_speed.py -k 'dense or mix' </dev/null
}

# Puts the newest commit, and nothing else, in the chroot.
export_commit() {
    rm -rf "$1/trade"
    mkdir "$1/trade"
    git -c safe.directory="$root" -C "$root" archive HEAD | tar -x -C "$1/trade"
}

# Lets a chroot of a suite reach the archive; of sid, a Release file past its date is taken, too.
connect() {
    cp /etc/resolv.conf "$2/etc/resolv.conf" || return 1
    [ "$1" != sid ] || echo 'Acquire::Check-Valid-Until "false";' >"$2/etc/apt/apt.conf.d/90valid"
}

# Builds and tests in the chroot of a suite.
test_in() {
    chroot=$work/$1
    rm -f "$chroot.log"
    connect "$1" "$chroot" || return 1
    export_commit "$chroot" || return 1
    status=0
    for command in run.sh 'test.sh -q'; do
        # shellcheck disable=SC2086 # a word each
        [ "$status" != 0 ] || run_in "$chroot" sh /trade/tools/$command >>"$chroot.log" 2>&1 || status=$?
    done
    if [ "$status" = 0 ]; then
        count_in "$chroot" >>"$chroot.log" 2>&1 || status=$?
    fi
    if [ "$status" = 0 ]; then
        run_in "$chroot" sh /trade/tools/package.sh /trade/packages >>"$chroot.log" 2>&1 || status=$?
    fi
    return "$status"
}

# Tries the package that was made of a suite in a fresh chroot of it.
try_package() {
    chroot=$work/$1.fresh
    rm -rf --one-file-system "$chroot" && mkdir -p "$chroot" &&
        tar -C "$chroot" -xf "$work/$1.tar" || return 1
    mkdir "$chroot/try"
    connect "$1" "$chroot" || return 1
    cp "$work/$1"/trade/packages/*.deb "$work/$1/trade/tools/try-package.sh" "$chroot/try/" || return 1
    status=0
    run_in "$chroot" sh -c 'sh /try/try-package.sh /try/*.deb' >>"$work/$1.log" 2>&1 || status=$?
    [ "$status" != 0 ] || rm -rf --one-file-system "$chroot"
    return "$status"
}

# Sets $result to what became of a suite. Whatever failed before the build is the archive's.
test_suite() {
    result=passed
    if [ ! -e "$work/$1.tar" ]; then
        result='not served: no chroot could be made'
    elif ! { test_in "$1" && try_package "$1"; }; then
        result=FAILED
        ! grep -q 'packages could not be installed' "$work/$1.log" ||
            result='not served: packages could not be installed'
    fi
    [ "$result" = passed ] || {
        say "$1: $result. The end of $work/$1.log:"
        tail -n 40 "$work/$1.log" >&2 || :
    }
    case $1:$result in
    *:FAILED) failed=1 ;;
    sid:not*) ;;
    *:not*) failed=${failed:-3} ;;
    esac
}

[ "$(id -u)" = 0 ] || die "debootstrap and chroot take root's rights."
keep_directory "$work"
install_packages 'debootstrap      makes the chroots
git              exports the newest commit'
failed=
table='suite      Wireshark  seconds  result'
[ $# -gt 0 ] || set -- bookworm trixie sid
# Unpacking takes no more than one processor: all at once.
for suite in "$@"; do
    make_chroot "$suite" &
done
wait
for suite in "$@"; do
    start=$(date +%s)
    test_suite "$suite"
    version=$(run_in "$work/$suite" tshark --version 2>/dev/null | sed -n '1s/.* \([0-9.]*[0-9]\).*/\1/p') || version=
    counts=$(grep -aE '^[0-9]+ (passed|failed)|(passed|failed).* in ' "$work/$suite.log" | head -n 1) || counts=
    ! grep -q ': the package works' "$work/$suite.log" || counts="${counts:+$counts, }the package works"
    table="$table
$(printf '%-10s %-10s %7d  %s' "$suite" "${version:--}" "$(($(date +%s) - start))" "$result${counts:+ ($counts)}")"
done
printf '%s\n' "$table"
exit "${failed:-0}"
