# setup.sh
# What the scripts in tools/ and .ci/run share. They set $root to the checkout, then read
# this file with ".". All its messages go to stderr.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# shellcheck disable=SC2154 # root: set by who reads this file

build=$root/build

say() {
    printf '%s\n' "$*" >&2
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Prints how to use the script, from its head comment.
print_usage() {
    sed -n '1d; /^# Copyright/q; 2s/^# /usage: /; s/^#$//; s/^# //; p' "$0"
}

# Quotes a file name for the shell, where it needs that.
quote() {
    case $1 in
    *[!A-Za-z0-9_./+~:@%-]*) printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf %s "$1" ;;
    esac
}

# Answers --help and exits: answer_help "$@"
answer_help() {
    case ${1-} in
    -h | --help)
        print_usage
        exit 0
        ;;
    esac
}

# Says what is wrong with the arguments, and exits.
refuse() {
    say "${0##*/}: $*"
    print_usage >&2
    exit 2
}

# Makes a directory of this run's own, $scratch, in another. It goes when the script ends, by
# a signal or otherwise.
make_scratch() {
    scratch=$(mktemp -d "$1/trade-XXXXXX") || exit 1
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# Makes a directory that is kept for the next run, or takes the one that is there: not one that
# somebody else has put there, or may change, since files are written and removed in it.
keep_directory() {
    [ ! -h "$1" ] || die "$1 is a link: name the directory itself."
    (umask 022 && mkdir -p -- "$1") || exit 1
    found=$(find "$1" -prune -user "$(id -u)" ! -perm /022) || exit 1
    [ -n "$found" ] || die "$1 belongs to somebody else, or others may write there."
}

# The packages for building, one on each line, with its purpose.
# shellcheck disable=SC2034
build_packages='
tshark           dissects at the command line
libwireshark-dev has the headers that a plugin is built with
wireshark-dev    tells CMake where those are
libglib2.0-dev   has the headers that those include
cmake            configures the build
ninja-build      builds
gcc              compiles
libc6-dev        has the C library'\''s headers
pkgconf          finds GLib
'

# The packages for the tests, besides those.
# shellcheck disable=SC2034
test_packages='
python3-pytest   runs the tests
python3-pytest-xdist runs several at a time
python3-scapy    makes the packets that they dissect
util-linux       has setpriv: root'\''s tests run tshark as an ordinary user
debhelper        makes the package that they look into
mandoc           reads the manual page for mistakes
'

# Prints the lines, of those given, whose package is not installed.
list_missing() {
    printf '%s\n' "$1" | while read -r package purpose; do
        [ -n "$package" ] || continue
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
        [ "$state" = installed ] || printf '  %-16s %s\n' "$package" "$purpose"
    done
}

# Names the commands that are missing, on a system without apt.
check_commands() {
    missing=
    for command in tshark cmake ninja pkg-config; do
        command -v "$command" >/dev/null || missing="$missing $command"
    done
    command -v cc >/dev/null || command -v gcc >/dev/null || missing="$missing cc"
    [ -z "$missing" ] || die "not found:$missing.
This script installs packages only where there is apt-get. Use your system's package
manager to install Wireshark 4.0 or later with tshark and its development files, GLib's
development files, CMake, Ninja, pkg-config and a C compiler (for the tests also pytest
and scapy for /usr/bin/python3), then run it again."
}

# Installs those of the packages given that are missing, after saying which and why.
install_packages() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        check_commands
        return
    fi
    missing=$(list_missing "$1")
    [ -n "$missing" ] || return 0
    names=$(printf '%s\n' "$missing" | while read -r package _; do printf ' %s' "$package"; done)
    say "Missing Debian packages, to be installed now:"
    say "$missing"
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "you are not root and there is no sudo. As root, run:
  apt-get update && apt-get install$names"
        say "Installing needs root's rights: sudo may ask for your password."
        as_root=sudo
    fi
    # shellcheck disable=SC2086 # $names: a word a package
    {
        $as_root apt-get -q update </dev/null >&2 ||
            say "The package lists could not be updated; using the old ones."
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install \
            --no-install-recommends $names </dev/null >&2
    } || die "the packages could not be installed. As root, try:
  apt-get update && apt-get install$names"
}

# Builds, after configuring where that is still to be done.
build_plugin() {
    cache=$build/CMakeCache.txt
    if [ -e "$cache" ] && ! { grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache" &&
        grep -qx 'CMAKE_GENERATOR:INTERNAL=Ninja' "$cache"; }; then
        say "$build was made in another place or by another tool: making it again."
        rm -rf "$build" || die "$build cannot be removed."
    fi
    if [ ! -e "$build/build.ninja" ]; then
        say "Building in $build"
        mkdir -p "$build" || die "$build cannot be made: use a checkout of your own."
        cmake -G Ninja -S "$root" -B "$build" >"$build/configure.log" 2>&1 || {
            cat "$build/configure.log" >&2
            die "CMake failed: see above."
        }
    fi
    [ -w "$build" ] || die "$build belongs to somebody else: remove it, or use a checkout of your own."
    ninja --quiet -C "$build" </dev/null >"$build/build.log" 2>&1 || {
        cat "$build/build.log" >&2
        die "the build failed: see above."
    }
    # What remains is the compiler's warnings.
    grep -v '^ninja: ' "$build/build.log" >&2 || :
}
