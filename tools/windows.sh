#!/bin/sh
# windows.sh [DIRECTORY]
# Compiles the plugin for Windows by mingw-w64, with the headers of the Wireshark that is installed,
# and links trade.dll, in DIRECTORY (default: windows/ in the build directory). This shows that the
# source is portable; no Wireshark can load the DLL, for what is Windows' own in the headers of
# GLib and Wireshark is made up. Has clang parse the source as Microsoft's C, too, without
# extensions of GCC's. Exit status 3: the archive does not serve mingw-w64.
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

windows_packages='
gcc-mingw-w64-x86-64 compiles for Windows
binutils-mingw-w64-x86-64 links for Windows
clang            parses the C of Microsoft
'
# shellcheck disable=SC2154 # from setup.sh
(install_packages "$build_packages$windows_packages") || exit 3
target=${1:-$build/windows}
mkdir -p "$target/include/glib" || die "$target cannot be made."
target=$(CDPATH='' cd -- "$target" && pwd -P)
tool=x86_64-w64-mingw32

# What is Windows' own in GLib, and in Wireshark before 4.4: as far as the plugin's source needs it.
# long has 32 bits there.
make_headers() {
    sed -e 's/^typedef .* long gint64;/typedef signed long long gint64;/' \
        -e 's/^typedef unsigned long guint64;/typedef unsigned long long guint64;/' \
        -e 's/^typedef \(signed \|unsigned \)long \(gs*size\|gintptr\|guintptr\);/typedef \1long long \2;/' \
        -e 's/^\(#define GLIB_SIZEOF_LONG\) .*/\1 4/' \
        -e 's/"l\([diu]\)"/"ll\1"/; s/"l\([xX]\)"/"ll\1"/; s/^\(#define G_G[A-Z0-9]*_MODIFIER\) "l"/\1 "ll"/' \
        -e '/TO_POINTER\|POINTER_TO/s/(gu*long)/(gsize)/; /GLIB_HAVE_ALLOCA_H/d' \
        -e 's/^#define G_OS_UNIX/#define G_OS_WIN32\n#define G_PLATFORM_WIN32/' \
        "$(pkg-config --variable=libdir glib-2.0)/glib-2.0/include/glibconfig.h" \
        >"$target/include/glibconfig.h"
    : >"$target/include/glib/gwin32.h"
    : >"$target/include/config.h"
}

compile() {
    includes=$(pkg-config --cflags-only-I glib-2.0 | tr ' ' '\n' | grep -v '/lib/' | tr '\n' ' ')
    wireshark=$(pkg-config --variable=includedir wireshark)/wireshark
    version=$(sed -n 's/^project(trade VERSION \([0-9.]*\) .*/\1/p' "$root/CMakeLists.txt")
    cd "$root"
    rm -rf "$target/objects"
    mkdir "$target/objects"
    # shellcheck disable=SC2016,SC2086 # expanded by that shell; a word an option
    printf '%s\n' *.c wire/*.c stream/*.c analysis/*.c analysis/*/*.c ui/*.c |
        xargs -P "$(nproc)" -I FILE sh -c 'object=$(printf %s "$1" | tr / _) && shift &&
            exec "$@" -o "$0/$object.o"' "$target/objects" FILE \
            "$tool-gcc" -c FILE -std=gnu11 -O1 -Wall -Wextra -Werror -I"$target/include" -I"$root" \
            $includes -isystem "$wireshark" -DTRADE_PLUGIN_VERSION="\"$version\""
}

# With mingw-w64's headers, which then lack an assumption of Microsoft's, and have attributes where
# those have none. clang takes GCC's __attribute__ all the same.
parse() {
    mkdir -p "$target/include/microsoft"
    {
        echo '#include_next <_mingw.h>'
        for name in DEPRECATED DEPRECATED_MSVC2005 NORETURN; do
            printf '#undef __MINGW_ATTRIB_%s\n#define __MINGW_ATTRIB_%s\n' "$name" "$name"
        done
        echo '#define __analysis_assume(condition)'
    } >"$target/include/microsoft/_mingw.h"
    echo '#include <basetsd.h>' >"$target/include/microsoft/BaseTsd.h" # where case matters
    # shellcheck disable=SC2086 # a word an option
    printf '%s\n' *.c wire/*.c stream/*.c analysis/*.c analysis/*/*.c ui/*.c |
        xargs -P "$(nproc)" -I FILE clang FILE --target=x86_64-pc-windows-msvc -fsyntax-only -std=c11 \
            -Wall -Wextra -Wpedantic -Wvla -Wno-unused-parameter -Werror -I"$target/include" -I"$root" \
            $includes -isystem "$wireshark" -isystem "$target/include/microsoft" \
            -isystem "/usr/$tool/include" -DTRADE_PLUGIN_VERSION="\"$version\""
}

# Links, with an import library of all that the plugin takes from Wireshark and GLib.
link() {
    "$tool-gcc" -shared "$target"/objects/*.o -o "$target/trade.dll" 2>"$target/link.log" || :
    {
        echo 'LIBRARY libwireshark.dll'
        echo EXPORTS
        sed -n "s/.*undefined reference to [\`']\(__imp_\)\{0,1\}\([A-Za-z0-9_]*\)'.*/\2/p" \
            "$target/link.log" | sort -u
    } >"$target/wireshark.def"
    "$tool-dlltool" -d "$target/wireshark.def" -l "$target/libwireshark.a"
    "$tool-gcc" -shared "$target"/objects/*.o -L"$target" -lwireshark -o "$target/trade.dll"
}

# Wireshark's loader asks for these, and for nothing else.
check_exports() {
    "$tool-objdump" -p "$target/trade.dll" |
        sed -n '/^\[Ordinal\/Name Pointer\] Table/,/^$/s/.*\(plugin_[a-z_]*\|trade_[a-z_]*\)$/\1/p' |
        sort >"$target/exports"
    printf 'plugin_%s\n' describe register version want_major want_minor |
        cmp -s - "$target/exports" || die "trade.dll exports: $(tr '\n' ' ' <"$target/exports")"
}

make_headers
compile
parse
link
check_exports
printf '%s\n' "$target/trade.dll"
