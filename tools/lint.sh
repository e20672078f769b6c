#!/bin/sh
# lint.sh
# Runs Wireshark's own checkers over the code. They are in no package: the first run fetches the
# source of the installed Wireshark from the archive of its package, and keeps the checkers in the
# build directory. Exits with 1 if they find something, and with 3 if no archive has that source.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"
[ $# = 0 ] || refuse "no arguments."
cd "$root"

# apt-get with a list of its own: of the sources of one archive.
get_with_sources() {
    apt-get -q -o Dir::State::lists="$scratch/lists" -o Dir::Etc::sourcelist="$scratch/source.list" \
        -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root "$@"
}

# Fetches Wireshark's source from the first archive in use that serves it.
fetch_source() {
    mkdir -p "$scratch/lists/partial"
    # shellcheck disable=SC2016 # apt-get expands these
    apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' >"$scratch/archives"
    while read -r archive; do
        printf '%s\n' "$archive" >"$scratch/source.list"
        ! (cd "$scratch" && get_with_sources update &&
            get_with_sources --tar-only source "wireshark=$version") || return 0
    done <"$scratch/archives"
    return 1
}

# Takes the checkers out of the source.
unpack_checkers() {
    mkdir "$scratch/tree" &&
        tar -C "$scratch/tree" --strip-components=1 --wildcards \
            -xf "$scratch"/wireshark_*.orig.tar.* '*/tools/*check*' &&
        mv "$scratch/tree/tools" "$checkers"
}

# Runs a checker, which finds something where it fails or says more than is plain.
check() {
    plain=$1
    shift
    if ! "$@" >"$scratch/said" 2>&1 || grep -Evq "$plain" "$scratch/said"; then
        say "${2##*/}:"
        cat "$scratch/said" >&2
        failed=1
    fi
}

# Lists files of the project.
list() {
    git -c safe.directory="$root" ls-files -- "$@"
}

install_packages 'perl             runs most of Wireshark'\''s checkers
python3          runs the others
bzip2            unpacks its source
xz-utils         unpacks it, too
git              lists the files'
version=$(dpkg-query -W -f '${source:Version}' tshark) || die "tshark is no package of Debian's."
checkers=$build/checkers-$version
make_scratch "${TMPDIR:-/tmp}"
mkdir -p "$build"
if [ ! -e "$checkers" ] && ! { fetch_source && unpack_checkers; } >"$scratch/log" 2>&1 </dev/null; then
    tail -n 5 "$scratch/log" >&2
    say "${0##*/}: the source of Wireshark $version is not to be had."
    exit 3
fi

failed=
# shellcheck disable=SC2046 # no file's name has a space
set -- $(list '*.c' '*.h')
# shellcheck disable=SC2046
check '^$' perl "$checkers/checkAPIs.pl" --group dissectors-prohibited \
    --group dissectors-restricted $(list '*.c' '*.h' ':!tests')
# Programs, which may end and print as no dissector may.
# shellcheck disable=SC2046
check '^$' perl "$checkers/checkAPIs.pl" $(list 'tests/*.c' 'tests/*.h')
check '^$' perl "$checkers/checkhf.pl" "$@"
check '^$' perl "$checkers/checkfiltername.pl" "$@"
check ': GPL \(v2 or later\)$' perl "$checkers/licensecheck.pl" "$@"
set --
for file in $(list '*.c' '*.h'); do
    set -- "$@" --file "$root/$file"
done
# Takes other names than these for those of Wireshark's own dissectors.
check '^(Examining:|0 warnings|/.*\.[ch] )?$' python3 "$checkers/check_typed_item_calls.py" \
    --mask --label --consecutive "$@"
[ -z "$failed" ] || exit 1
say "Wireshark $version's checkers find nothing."
