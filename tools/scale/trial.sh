#!/bin/sh
# trial.sh DIR [BYTES]
# Tries tools/scale.sh: makes captures of so many bytes (1e9), dissects them uncut,
# in shards on two "hosts" that are sshds on loopback, on one of them and this machine,
# on this machine alone, on two hosts of which one is killed, and cut by time; compares.
# DIR must be new. Takes an ordinary
# user whose tshark has the TRADE plugin, and sshd and rsync: Debian's openssh-server and
# rsync.
#
# Seconds with Wireshark 4.0.17 on two busy cores: uncut 37, two hosts 34, one host and this machine
# 45, this machine 42, one host killed 65, cut by time 44. All were equal to uncut, but the last.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$here/../.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"
case $#:${1-} in
[12]:[!-]*) ;;
*) refuse "a directory, and a number of bytes at most." ;;
esac
[ "$(id -u)" != 0 ] || die "run it as an ordinary user: root's sshd takes more than this gives it."
[ ! -e "$1" ] || die "$1 is there already."
mkdir -p "$1/ssh"
dir=$(CDPATH='' cd -- "$1" && pwd -P)
bytes=${2:-1e9}
ports=2107,2108

begin() {
    printf '\n== %s\n' "$*"
}

# Two hosts, each an sshd of this user's own, and what ssh has to know of them.
for host in one two; do
    ssh-keygen -q -t ed25519 -N '' -f "$dir/ssh/$host"
    cat >"$dir/ssh/sshd-$host" <<END
ListenAddress 127.0.0.1
Port $([ $host = one ] && echo 22107 || echo 22108)
HostKey $dir/ssh/$host
PidFile $dir/ssh/$host.pid
AuthorizedKeysFile $dir/ssh/user.pub
StrictModes no
UsePAM no
END
    cat >>"$dir/ssh/config" <<END
Host $host
    HostName 127.0.0.1
    Port $([ $host = one ] && echo 22107 || echo 22108)
    IdentityFile $dir/ssh/user
    IdentitiesOnly yes
    StrictHostKeyChecking accept-new
    UserKnownHostsFile $dir/ssh/known_hosts
    LogLevel ERROR
END
done
ssh-keygen -q -t ed25519 -N '' -f "$dir/ssh/user"
trap 'kill $(cat "$dir"/ssh/*.pid) 2>/dev/null || :' EXIT
for host in one two; do
    /usr/sbin/sshd -f "$dir/ssh/sshd-$host"
done
PARALLEL_SSH="ssh -F $dir/ssh/config"
export PARALLEL_SSH

begin "Captures of $bytes bytes"
/usr/bin/python3 "$here/generate.py" "$dir/captures" "$bytes"

begin "Uncut"
sh "$here/../scale.sh" -s 1 -p $ports "$dir/captures" "$dir/uncut"
begin "In shards, on two hosts with a job each"
sh "$here/../scale.sh" -p $ports "$dir/captures" "$dir/hosts" 1/one 1/two
begin "In shards, on one host and this machine"
sh "$here/../scale.sh" -p $ports "$dir/captures" "$dir/both" 1/one 1/:
begin "In shards, on this machine"
sh "$here/../scale.sh" -p $ports "$dir/captures" "$dir/shards"
begin "In shards, on two hosts, of which one is killed when it has its first shard"
(
    until [ -e "$dir/killed/dissect.sh" ]; do
        sleep 0.2
    done
    sleep 2
    # The sshd that listens, and those of its sessions.
    listens=$(cat "$dir/ssh/two.pid")
    sessions=$(pgrep -P "$listens" || :)
    # shellcheck disable=SC2086 # a word each
    kill -9 "$listens" $sessions
) &
sh "$here/../scale.sh" -p $ports "$dir/captures" "$dir/killed" 1/one 1/two
begin "Cut by time: each of the captures by itself"
sh "$here/../scale.sh" -s 0 -p $ports "$dir/captures" "$dir/time"

status=0
compare() {
    begin "$1"
    node "$here/duck.js" equal "$dir/uncut" "$dir/$2" || status=1
    for answer in "$dir/uncut/answers"/*.csv; do
        cmp -s "$answer" "$dir/$2/answers/${answer##*/}" ||
            printf '  the answer to %s differs\n' "$(basename "$answer" .csv)"
    done
}
DUCKDB=${DUCKDB:-${XDG_CACHE_HOME:-$HOME/.cache}/trade-scale}
export DUCKDB
compare "Uncut and in shards on two hosts: must be equal" hosts
compare "Uncut and in shards on one host and this machine: must be equal" both
compare "Uncut and in shards on this machine: must be equal" shards
compare "Uncut and in shards on two hosts, one killed: must be equal" killed
must=$status
compare "Uncut and cut by time: what is lost" time
exit $must
