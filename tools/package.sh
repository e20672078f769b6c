#!/bin/sh
# package.sh [DIRECTORY]
# package.sh --source DIRECTORY
# Makes packages of the plugin for the Wireshark that is installed, a .tar.gz and on
# Debian a .deb, in DIRECTORY (default: packages/ in the build directory), and prints
# their names. The same source on the same system gives the same bytes. Installs missing
# Debian packages.
# --source makes no package, but a new DIRECTORY with the source and debian/, as
# dpkg-buildpackage, debuild and sbuild take it.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"
case $#:${1-}:${2-} in
0:: | 1:[!-]*: | 2:--source:[!-]*) ;;
*) refuse "one directory, or none." ;;
esac

package_packages='
debhelper        makes Debian packages
'

# The time of the last change, so that a package does not tell when it was made.
if [ -z "${SOURCE_DATE_EPOCH-}" ]; then
    SOURCE_DATE_EPOCH=$(git -c safe.directory="$root" -C "$root" log -1 --format=%ct 2>/dev/null) ||
        SOURCE_DATE_EPOCH=$(stat -c %Y "$root/ChangeLog")
fi
export SOURCE_DATE_EPOCH
umask 022

# Puts the source in a new directory, with debian/ where Debian's tools look for it. The version is
# CMake's, and who makes the package is in debian/control.
export_source() {
    mkdir "$1" || return 1
    tar -C "$root" --exclude=./.git --exclude='./build*' --exclude=./packages --exclude=__pycache__ -cf - . |
        tar -C "$1" --no-same-owner -xf -
    cp -R "$root/packaging/debian" "$1/"
    cat >"$1/debian/changelog" <<END
wireshark-plugin-trade ($version) unstable; urgency=medium

  * What is new is in the file ChangeLog beside this one.

 -- $(sed -n 's/^Maintainer: //p' "$1/debian/control")  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
END
}

version=$(sed -n 's/^project(trade VERSION \([0-9.]*\) .*/\1/p' "$root/CMakeLists.txt")
if [ "${1-}" = --source ]; then
    export_source "$2" || die "$2 cannot be made."
    exit 0
fi

# shellcheck disable=SC2154 # from setup.sh
install_packages "$build_packages$package_packages"
mkdir -p "${1:-$build/packages}" || die "${1:-$build/packages} cannot be made."
target=$(CDPATH='' cd -- "${1:-$build/packages}" && pwd -P)
# Of its own, so that nothing of an older build gets in.
make_scratch "${TMPDIR:-/tmp}"
export_source "$scratch/source"

# Builds, and makes the .deb where that can be done.
make_deb() {
    cd "$scratch/source" || return 1
    if command -v dh >/dev/null; then
        # Flags of the user's would replace Debian's. What is needed to build is here: see above.
        env -u CFLAGS -u CPPFLAGS -u LDFLAGS DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-} noautodbgsym" \
            dpkg-buildpackage --build=binary --no-sign --no-check-builddeps --no-pre-clean
    else
        cmake -G Ninja -B obj -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX=/usr \
            -DBUILD_TESTING=OFF &&
            ninja -C obj
    fi
}

# Makes the .tar.gz of what was built. Whoever makes it: root, who unpacks it in /usr, must own that.
make_tar() {
    name=wireshark-plugin-trade_$version+wireshark$(pkg-config --modversion wireshark | cut -d. -f1,2)_$(uname -m)
    DESTDIR=$scratch/tree cmake --install "$scratch"/source/obj* --strip &&
        mv "$scratch/tree/usr" "$scratch/tree/$name" &&
        tar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
            --mtime="@$SOURCE_DATE_EPOCH" -C "$scratch/tree" -cf "$scratch/$name.tar" "$name" &&
        gzip -9n "$scratch/$name.tar"
}

(make_deb && make_tar) >"$scratch/log" 2>&1 </dev/null || {
    cat "$scratch/log" >&2
    die "the packages could not be made: see above."
}

for package in "$scratch"/*.deb "$scratch"/*.tar.gz; do
    [ -e "$package" ] || continue
    install -m 644 "$package" "$target/"
    printf '%s\n' "$target/${package##*/}"
done
