#!/bin/sh
# try-service.sh PACKAGE.deb
# Tries the service of a package under systemd: a Multiplexer on loopback stops reading, the journal
# must say so, no program may have rights that it does not need, and the service must stop without a
# complaint. Then the same where dumpcap has capabilities of its own. systemd runs in namespaces,
# over this system's files, which stay as they are. By hand, as root of a Debian system with systemd
# and tshark, where that may unshare and mount; two minutes.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"
unit=trade-watch@lo.service

# Puts a system together in the namespaces, and becomes its systemd.
# become_systemd PACKAGE DIRECTORY LOG
become_systemd() {
    mount -t tmpfs tmpfs "$2"
    mkdir "$2/upper" "$2/work" "$2/root"
    mount -t overlay -o "lowerdir=/,upperdir=$2/upper,workdir=$2/work" overlay "$2/root"
    dpkg-deb -x "$1" "$2/root"
    mkdir -p "$2/root/opt/trade/tests" "$2/root/outside"
    cp -R "$root/captures" "$root/tools" "$2/root/opt/trade/"
    cp -R "$root/tests/live" "$2/root/opt/trade/tests/"
    cd "$2/root"
    : >opt/log
    mount --bind "$3" opt/log
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755 tmpfs run
    mount --rbind /dev dev
    ip link set lo up
    mkdir -p etc/default
    echo "TRADE_WATCH_OPTIONS=--interval 1 --keep kept" >etc/default/trade-watch
    cat >etc/systemd/system/try.service <<END
[Unit]
SuccessAction=poweroff
FailureAction=poweroff
[Service]
Type=oneshot
ExecStart=/bin/sh /opt/trade/tools/${0##*/} --inside
StandardOutput=append:/opt/log
StandardError=append:/opt/log
END
    pivot_root . outside
    exec env container=unshare /lib/systemd/systemd --unit=try.service
}

fail() {
    journalctl --no-pager -o cat -u "$unit" | tail -n 20
    die "$*"
}

# Fails where a program has more capabilities than those (hexadecimal), or is root's.
check_rights() {
    process=$(pgrep -o -x "$1") || fail "$1 does not run."
    rights=$(sed -n 's/^CapPrm:\t*//p' "/proc/$process/status")
    [ "$((0x$rights & ~0x$2))" = 0 ] || fail "$1 has the capabilities $rights."
    [ "$(stat -c %u "/proc/$process")" != 0 ] || fail "$1 is root's."
}

# Plays an incident to the service, and fails where it is not told.
try_service() {
    since=$(date +%s)
    systemctl start "$unit"
    sleep 4
    (cd "$root/tests" && exec /usr/bin/python3 -m live.scenarios blocked) &
    sleep 5
    check_rights dumpcap 2000 # CAP_NET_RAW
    check_rights trade-watch 2000
    check_rights tshark 0
    wait
    runuser -u nobody -- grep 'incidents_total{interface="lo"}' /run/trade-watch/lo/trade.prom ||
        fail "others cannot read the figures."
    systemctl stop "$unit"
    told=$(journalctl --no-pager -o cat -u "$unit" --since "@$since")
    for event in begin end; do
        printf '%s\n' "$told" |
            grep "^{\"event\": \"$event\".*\"peer-not-reading\", \"where\": \"multiplexer\".*\"kept\": \"kept/" ||
            fail "no $event is told."
    done
    ls -d /var/lib/trade-watch/lo/kept/*/report.html || fail "no report is kept."
    ! printf '%s\n' "$told" | grep '^trade-watch: ' | grep -v -e 'no frame came' -e 'frames come again' ||
        fail "the service complains."
    [ "$(systemctl show -P Result "$unit")" = success ] || fail "the service did not end well."
}

# As "dpkg-reconfigure wireshark-common" does, and then as the unit's head says.
give_capabilities() {
    groupadd --force wireshark
    chgrp wireshark /usr/bin/dumpcap
    chmod 750 /usr/bin/dumpcap
    setcap cap_net_raw,cap_net_admin=eip /usr/bin/dumpcap
    mkdir -p "/etc/systemd/system/$unit.d"
    sed -n '/^# *\[Service\]/,/^#$/s/^# *//p' /usr/lib/systemd/system/trade-watch@.service \
        >"/etc/systemd/system/$unit.d/group.conf"
    systemctl daemon-reload
}

case $#:${1-} in
4:--boot) become_systemd "$2" "$3" "$4" ;;
1:--inside)
    try_service
    give_capabilities
    try_service
    systemd-analyze --no-pager security "$unit" | tail -n 1
    echo "The service works."
    exit 0
    ;;
1:*.deb) ;;
*) refuse "one package." ;;
esac

[ "$(id -u)" = 0 ] || die "systemd in namespaces takes root's rights."
install_packages 'systemd          runs the service
tshark           is what that takes
python3          runs it
iproute2         has loopback up
procps           finds its programs
libcap2-bin      gives dumpcap capabilities
'
make_scratch /var/tmp
mkdir "$scratch/system"
: >"$scratch/log"
# Where there are both kinds of control groups, systemd takes those of the second.
groups=/sys/fs/cgroup/unified
[ -d "$groups" ] || groups=/sys/fs/cgroup
mkdir -p "$groups/trade-try"
# systemd ends by the signal of a system that powers off.
sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$groups/trade-try" \
    unshare --fork --pid --mount --net --ipc --uts --cgroup --kill-child \
    sh "$0" --boot "$(realpath "$1")" "$scratch/system" "$scratch/log" || :
cat "$scratch/log"
find "$groups/trade-try" -depth -type d -exec rmdir {} + 2>/dev/null || :
grep -qx 'The service works.' "$scratch/log"
