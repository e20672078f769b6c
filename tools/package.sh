#!/bin/sh
# package.sh [DIRECTORY]
# Makes packages of the plugin for the Wireshark that is installed, a .tar.gz and on
# Debian a .deb, in DIRECTORY (default: packages/ in the build directory), and prints
# their names. The same source on the same system gives the same bytes. Installs missing
# Debian packages.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"
case $#:${1-} in
0: | 1:[!-]*) ;;
*) refuse "one directory, or none." ;;
esac

package_packages='
dpkg-dev         finds the packages that a package depends on
file             tells it what to look into
'

# The time of the last change, so that a package does not tell when it was made.
if [ -z "${SOURCE_DATE_EPOCH-}" ]; then
    SOURCE_DATE_EPOCH=$(git -c safe.directory="$root" -C "$root" log -1 --format=%ct 2>/dev/null) ||
        SOURCE_DATE_EPOCH=$(stat -c %Y "$root/ChangeLog")
fi
export SOURCE_DATE_EPOCH
umask 022

# Prints Debian's flags for hardening, without those that depend on the directory.
get_flags() {
    DEB_BUILD_MAINT_OPTIONS='hardening=+bindnow reproducible=-fixfilepath,-fixdebugpath' \
        dpkg-buildflags --get "$1" 2>/dev/null || :
}

# Debian's word for a build without optimization, which takes half the time.
case " ${DEB_BUILD_OPTIONS-} " in
*" noopt "*) type=Debug ;;
*) type=RelWithDebInfo ;;
esac

# shellcheck disable=SC2154 # from setup.sh
install_packages "$build_packages$package_packages"
mkdir -p "${1:-$build/packages}" || die "${1:-$build/packages} cannot be made."
target=$(CDPATH='' cd -- "${1:-$build/packages}" && pwd -P)
# Of its own, so that nothing of an older build gets in.
make_scratch "${TMPDIR:-/tmp}"
{
    cmake -G Ninja -S "$root" -B "$scratch" -DCMAKE_BUILD_TYPE="$type" \
        -DCMAKE_C_FLAGS="$(get_flags CFLAGS) $(get_flags CPPFLAGS)" \
        -DCMAKE_MODULE_LINKER_FLAGS="$(get_flags LDFLAGS)" \
        -DCMAKE_INSTALL_PREFIX=/usr -DBUILD_TESTING=OFF &&
        ninja --quiet -C "$scratch" &&
        cpack --config "$scratch/CPackConfig.cmake" -B "$scratch/packages"
} >"$scratch/log" 2>&1 || {
    cat "$scratch/log" >&2
    die "the packages could not be made: see above."
}

# CPack lets the files in the .tar.gz belong to whoever runs it, who would own /usr where
# root unpacks it there, and packs them in the order in which the file system has them.
mkdir "$scratch/tree"
for archive in "$scratch"/packages/*.tar.gz; do
    name=$(basename "$archive" .tar.gz)
    tar -xzf "$archive" -C "$scratch/tree"
    tar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
        --mtime="@$SOURCE_DATE_EPOCH" -C "$scratch/tree" -cf "$scratch/$name.tar" "$name"
    gzip -9n <"$scratch/$name.tar" >"$archive"
done

for package in "$scratch"/packages/*.deb "$scratch"/packages/*.tar.gz; do
    [ -e "$package" ] || continue
    install -m 644 "$package" "$target/"
    printf '%s\n' "$target/${package##*/}"
done
