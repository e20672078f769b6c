#!/bin/sh
# try-package.sh PACKAGE.deb
# Installs a package of the plugin, and tshark, on a fresh Debian machine, and tries it: root
# and an ordinary user dissect the packaged captures, with the profile too, and run the doctor.
# Use a container or chroot: the packages and a user that it adds are left there.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
usage="usage, as root of a machine to throw away: ${0##*/} PACKAGE.deb"
case ${1-} in
-h | --help)
    echo "$usage"
    exit 0
    ;;
esac
if [ $# != 1 ] || [ ! -f "$1" ] || [ "$(id -u)" != 0 ]; then
    echo "$usage" >&2
    exit 2
fi
package=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd -P)/${1##*/}
captures=/usr/share/doc/wireshark-plugin-trade/captures
user=trade-try
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

apt-get -q update >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends tshark "$package" \
    >/dev/null
getent passwd "$user" >/dev/null || useradd --create-home "$user"

fail() {
    echo "FAILED, as $who: $*" >&2
    exit 1
}

# tshark as root or as the user, from the user's home; nothing may come on stderr
# but what Wireshark says to root.
dissect() {
    run tshark "$@" 2>"$scratch/err" || fail "tshark $*: $(cat "$scratch/err")"
    ! grep -v '^Running as user "root"\|^$' "$scratch/err" >&2 || fail "tshark $* complains"
}

run() {
    if [ "$who" = root ]; then
        "$@"
    else
        setpriv --reuid "$user" --regid "$user" --init-groups env HOME="/home/$user" "$@"
    fi
}

for who in root "$user"; do
    run trade-doctor </dev/null || fail "the doctor finds something wrong"
    dissect -r "$captures/talk.pcapng" | tee "$scratch/out"
    grep -q 'BackOffice -> Control, Ping, len=10' "$scratch/out" || fail "no Ping"
    grep -q 'Setting up connection to BackOffice' "$scratch/out" || fail "no greeting"
    dissect -r "$captures/incident.pcapng" -q -z trade,health | grep '|11 |Trader |peer-not-reading |'
    # The second time in the personal copy that the first one made.
    for _ in 1 2; do
        dissect -C TRADE -r "$captures/keepalive.pcapng" >"$scratch/out"
    done
    grep -q '188.409 *0.672 *187.737' "$scratch/out" || fail "the profile's columns lack"
done
echo "$(tshark --version 2>/dev/null | head -n 1): the package works for root and for users."
