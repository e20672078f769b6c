#!/bin/sh
# matrix.sh [suite...]
# Builds and tests the newest commit with the Wireshark of several Debian releases,
# each in a chroot of its own: bookworm (Wireshark 4.0), trixie (4.4) and sid (4.6),
# or those given. Warnings are errors, those of what is deprecated included. Takes
# root. Exits with 1 where a build or a test failed; what the archive could not serve
# of sid, which changes every day, is said and is no failure.
#
# MATRIX_DIR: where the chroots are made and kept for the next run.
# MATRIX_MIRROR: where Debian is fetched from.
#
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"

work=${MATRIX_DIR:-/var/tmp/trade-matrix}
mirror=${MATRIX_MIRROR:-}
mounted=

unmount() {
    [ -z "$mounted" ] || umount "$mounted" 2>/dev/null || umount -l "$mounted" || :
    mounted=
}

# Makes the chroot of a suite, or takes the one of an earlier run.
make_chroot() {
    chroot=$work/$1
    [ -e "$chroot.made" ] && return
    say "$1: making a chroot in $chroot"
    # A run that was killed may have left something mounted in it.
    umount -l "$chroot/proc" 2>/dev/null || :
    rm -rf --one-file-system "$chroot"
    debootstrap --variant=minbase "$1" "$chroot" ${mirror:+"$mirror"} >"$work/$1.log" 2>&1 </dev/null || return 1
    : >"$chroot.made"
}

# Runs a command in the chroot, with nothing of the user's but what the network takes.
run_in() {
    chroot=$1
    shift
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
        CFLAGS=-Werror /usr/sbin/chroot "$chroot" "$@" </dev/null
}

# Puts the newest commit, and nothing else, in the chroot.
export_commit() {
    rm -rf "$1/trade"
    mkdir "$1/trade"
    git -c safe.directory="$root" -C "$root" archive HEAD | tar -x -C "$1/trade"
}

# Builds and tests in the chroot of a suite.
test_in() {
    chroot=$work/$1
    cp /etc/resolv.conf "$chroot/etc/resolv.conf" || return 1
    if [ "$1" = sid ]; then
        say "$1: a Release file that is past its date is taken, too"
        echo 'Acquire::Check-Valid-Until "false";' >"$chroot/etc/apt/apt.conf.d/90valid"
    fi
    export_commit "$chroot" || return 1
    if mount -t proc proc "$chroot/proc" 2>/dev/null; then
        mounted=$chroot/proc
    fi
    status=0
    run_in "$chroot" sh /trade/tools/test.sh -q >"$work/$1.log" 2>&1 || status=$?
    unmount
    return "$status"
}

# Sets $result to what became of a suite. Whatever failed before the build is the archive's.
test_suite() {
    result=passed
    if ! make_chroot "$1"; then
        result='not served: no chroot could be made'
    elif ! test_in "$1"; then
        result=FAILED
        ! grep -q 'packages could not be installed' "$work/$1.log" ||
            result='not served: packages could not be installed'
    fi
    [ "$result" = passed ] || { say "$1: $result. The end of $work/$1.log:"; tail -n 40 "$work/$1.log" >&2; }
    case $1:$result in
    *:FAILED) failed=yes ;;
    sid:not*) ;;
    *:not*) failed=yes ;;
    esac
}

[ "$(id -u)" = 0 ] || die "debootstrap and chroot take root's rights."
install_packages 'debootstrap      makes the chroots
git              exports the newest commit'
mkdir -p "$work"
trap unmount EXIT
trap 'exit 1' INT TERM
failed=
table='suite      Wireshark  seconds  result'
[ $# -gt 0 ] || set -- bookworm trixie sid
for suite in "$@"; do
    start=$(date +%s)
    test_suite "$suite"
    version=$(run_in "$work/$suite" tshark --version 2>/dev/null | sed -n '1s/.* \([0-9.]*[0-9]\).*/\1/p') || version=
    counts=$(grep -aE '^[0-9]+ (passed|failed)|(passed|failed).* in ' "$work/$suite.log" | tail -n 1) || counts=
    table="$table
$(printf '%-10s %-10s %7d  %s' "$suite" "${version:--}" "$(($(date +%s) - start))" "$result${counts:+ ($counts)}")"
done
printf '%s\n' "$table"
[ -z "$failed" ]
