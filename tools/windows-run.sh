#!/bin/sh
# windows-run.sh [DIRECTORY]
# Runs the plugin in a tshark for Windows, by wine: compares what that shows of captures/ with
# tests/golden/, and its statistics with those of the tshark that is installed. Builds that tshark
# first, by mingw-w64, from the source of Debian 12's Wireshark 4.0 and of the libraries it takes:
# half an hour on two busy processors. DIRECTORY (default: /var/tmp/trade-windows) keeps it for the
# next run, of two minutes. Of Wireshark's dissectors it has those near TCP, and what they need.
# Exit status 3: the archive does not serve what this takes.
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
gcc-mingw-w64-x86-64-win32 compiles for Windows
g++-mingw-w64-x86-64-win32 is what CMake asks for, too
libz-mingw-w64-dev has zlib for Windows
libgcrypt-mingw-w64-dev has libgcrypt for Windows
libgpg-error-mingw-w64-dev has what that takes
wine64           runs the result
meson            configures GLib
dpkg-dev         unpacks sources
bzip2            unpacks that of Wireshark
xz-utils         unpacks that of GLib
flex             makes scanners
perl             makes parts of Wireshark
python3          makes others
util-linux       has setpriv: root'\''s tshark ignores the plugin
'
# What TRADE needs; then what these link with.
dissectors='arp|data|dns|eth|ethertype|frame|gre|http|icmp|icmpv6|ip|ipv6|llc|media|null|ppp|raw|sctp|sll|socks
tcp|tls|tls-utils|udp|vlan|vxlan|file|media-type|text-media|line-based-text
6lowpan|acse|ber|cmp|cms|coseventcomm|crmf|dap|dcerpc|dcerpc-lsa|dcerpc-misc|dcerpc-ndr|dcerpc-netlogon
dcerpc-nt|dcerpc-samr|disp|dop|dsp|dtls|e212|giop|gquic|gssapi|http2|idmp|ieee8023|isl|kerberos|ldap|netbios
nt-oui|ntlmssp|ocsp|p1|per|pingpongprotocol|pkcs1|pkcs10|pkcs12|pkinit|pkix1explicit|pkix1implicit|pres|quic
radius|radius_packetcable|ros|rtcp|rtp|rtse|ses|smb|smb-browse|smb-common|smb-direct|smb-logon|smb-mailslot
smb-pipe|smb-sidsnooping|smb2|spnego|srtp|wccp|windows-common|x509af|x509ce|x509if|x509sat|ziop'
tool=x86_64-w64-mingw32

# Runs a step, with what it says in a log, if its result is not there yet.
make_once() {
    [ ! -e "$work/done/$1" ] || return 0
    say "$1: see $work/$1.log"
    ("make_$1") >"$work/$1.log" 2>&1 </dev/null || {
        tail -n 20 "$work/$1.log" >&2
        die "$1 failed: see above."
    }
    : >"$work/done/$1"
}

# Runs apt-get with a list of sources of our own: the system's may have none.
get_sources() {
    apt-get -q -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/apt/lists" -o APT::Sandbox::User="$(id -un)" "$@"
}

make_sources() {
    rm -rf "$work/source"
    mkdir -p "$work/apt/lists/partial" "$work/source"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "http://deb.debian.org/debian bookworm main" >"$work/apt/sources.list"
    get_sources update
    cd "$work/source"
    # Without Debian's patches, none of which is for Windows.
    get_sources source --download-only wireshark glib2.0 pcre2 c-ares
    for archive in *.orig.tar.*; do
        [ "${archive%.asc}" != "$archive" ] || tar -xf "$archive"
    done
    for name in wireshark glib pcre2 c-ares; do
        mv "$name"-[v0-9]* "$name"
    done
}

# How CMake and Meson cross-compile.
make_tools() {
    cat >"$work/mingw.cmake" <<END
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(CMAKE_C_COMPILER $tool-gcc-win32)
set(CMAKE_CXX_COMPILER $tool-g++-win32)
set(CMAKE_RC_COMPILER $tool-windres)
set(CMAKE_FIND_ROOT_PATH $prefix /usr/$tool)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
END
    cat >"$work/mingw.meson" <<END
[binaries]
c = '$tool-gcc-win32'
cpp = '$tool-g++-win32'
ar = '$tool-ar'
strip = '$tool-strip'
windres = '$tool-windres'
pkgconfig = 'pkg-config'
[properties]
pkg_config_libdir = ['$prefix/lib/pkgconfig', '/usr/$tool/lib/pkgconfig']
needs_exe_wrapper = true
[host_machine]
system = 'windows'
cpu_family = 'x86_64'
cpu = 'x86_64'
endian = 'little'
END
}

# Configures, builds and installs a library: its name, CMake's options.
build_library() {
    cd "$work/source/$1"
    shift
    cmake -G Ninja -B build -DCMAKE_TOOLCHAIN_FILE="$work/mingw.cmake" \
        -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_BUILD_TYPE=Release "$@"
    nice -n 5 ninja -C build install
}

make_pcre2() {
    build_library pcre2 -DBUILD_SHARED_LIBS=ON -DBUILD_STATIC_LIBS=OFF -DPCRE2_BUILD_TESTS=OFF \
        -DPCRE2_BUILD_PCRE2GREP=OFF
}

make_cares() {
    build_library c-ares -DCARES_BUILD_TESTS=OFF -DCARES_BUILD_TOOLS=OFF
}

# A libintl that translates nothing.
make_intl() {
    mkdir -p "$1"
    cat >"$1/meson.build" <<'END'
project('proxy-libintl', 'c')
intl_dep = declare_dependency(include_directories: include_directories('.'))
END
    cat >"$1/libintl.h" <<'END'
#define gettext(text) ((char *)(text))
#define dgettext(domain, text) ((void)(domain), (char *)(text))
#define dcgettext(domain, text, category) ((void)(domain), (void)(category), (char *)(text))
#define ngettext(one, many, n) ((char *)((n) == 1 ? (one) : (many)))
#define dngettext(domain, one, many, n) ((void)(domain), (char *)((n) == 1 ? (one) : (many)))
#define textdomain(domain) ((char *)(domain))
#define bindtextdomain(domain, directory) ((void)(domain), (char *)(directory))
#define bind_textdomain_codeset(domain, codeset) ((void)(domain), (char *)(codeset))
END
}

# Wireshark takes neither GObject nor GIO, so libffi need not be there: only be named.
make_glib() {
    cd "$work/source/glib"
    make_intl subprojects/proxy-libintl
    printf '%s\n' 'Name: libffi' 'Description: not there' 'Version: 3.4' \
        >"$prefix/lib/pkgconfig/libffi.pc"
    meson setup build --cross-file "$work/mingw.meson" --prefix "$prefix" --buildtype release \
        -Dtests=false -Dnls=disabled
    headers=$prefix/include/glib-2.0
    mkdir -p "$headers/glib" "$prefix/lib/glib-2.0/include"
    for module in glib gmodule gthread; do
        nice -n 5 ninja -C build "$module/lib$module-2.0-0.dll"
        cp "build/$module/lib$module-2.0-0.dll" "$prefix/bin/"
        cp "build/$module/lib$module-2.0.dll.a" "$prefix/lib/"
    done
    cp -R glib/*.h glib/deprecated build/glib/*.h "$headers/glib/"
    cp glib/glib.h gmodule/gmodule.h "$headers/"
    cp build/glib/glibconfig.h "$prefix/lib/glib-2.0/include/"
    cp build/meson-private/g*.pc "$prefix/lib/pkgconfig/"
}

# Changes Wireshark's source: what keeps it from being cross-compiled, and from being built with few
# dissectors.
change_wireshark() {
    # A program that runs here makes the parsers.
    gcc -w -o "$work/lemon" tools/lemon/lemon.c
    sed -i "s|COMMAND \$<TARGET_FILE:lemon>|COMMAND $work/lemon|" cmake/modules/UseLemon.cmake
    # Windows' file names have no case.
    for header in VersionHelpers Windows Ws2tcpip; do
        echo "#include <$(echo "$header" | tr '[:upper:]' '[:lower:]').h>" >"$prefix/include/$header.h"
    done
    # Missing where there is no libpcap.
    sed -i 's|^#include "capture/capture-wpcap.h"|#include <wsutil/feature_list.h>\n&|' \
        capture/capture-wpcap.c
    # Few dissectors: one that is not there is no dissector to decode as, and statistics of these go.
    sed -i "/^set(DISSECTOR_FILES/i\\
foreach(list DISSECTOR_SRC PIDL_DISSECTOR_SRC ASN1_DISSECTOR_SRC CLEAN_ASN1_DISSECTOR_SRC DIRTY_ASN1_DISSECTOR_SRC NCP2222_DISSECTOR_SRC CORBA_IDL_DISSECTOR_SRC DIRTY_CORBA_IDL_DISSECTOR_SRC CLEAN_CORBA_IDL_DISSECTOR_SRC DISSECTOR_SUPPORT_SRC)\\
list(FILTER \${list} INCLUDE REGEX \"/(packet|file)-($(printf %s "$dissectors" | tr '\n' '|'))[.]c\$\")\\
endforeach()" epan/dissectors/CMakeLists.txt
    sed -i '/^dissector_add_for_decode_as(const char/,/^{/s/^{/{\n\tif (handle == NULL) return;/' \
        epan/packet.c
    sed -i -E '/tap-(camelsrt|gsm_astat|sipstat|rtspstat|wspstat|rpcprogs)\.c/d' CMakeLists.txt
    # What RTCP would show of a mobile network's groups: another function, for nothing calls it.
    sed -i '0,/LINK_FLAGS "/s//&-Wl,--defsym=de_sm_tmgi=call_data_dissector /' epan/CMakeLists.txt
}

configure_wireshark() {
    cd "$work/source/wireshark"
    # So it takes its libraries from us, and downloads none.
    MSYSTEM=MINGW64 cmake -G Ninja -B build -DCMAKE_TOOLCHAIN_FILE="$work/mingw.cmake" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O1 -DHAVE_C99_VSNPRINTF=1 \
        -DPython3_EXECUTABLE=/usr/bin/python3 \
        -DCUSTOM_PLUGIN_SRC_DIR=plugins/epan/trade "$@"
}

# All that can be left out is.
make_wireshark() {
    cd "$work/source/wireshark"
    change_wireshark
    sh "$root/packaging/in-tree/copy.sh" .
    # shellcheck disable=SC2046 # a word an option
    configure_wireshark $(sed -n 's/^[[:space:]]*option(\([BE][A-Z]*_[A-Za-z0-9_]*\) .*/-D\1=OFF/p' \
        CMakeOptions.txt | grep -v -e ENABLE_ZLIB -e BUILD_tshark -e ENABLE_PLUGINS)
    nice -n 5 ninja -C build tshark
    cp "$prefix"/bin/*.dll "/usr/$tool/bin"/lib*-*.dll build/run/
    cp "$(find "/usr/$tool" -name zlib1.dll)" build/run/
}

# Builds the plugin as users on Windows are told to, within Wireshark's source.
build_windows_plugin() {
    rm -rf "$work/source/wireshark/plugins/epan/trade"
    sh "$root/packaging/in-tree/copy.sh" "$work/source/wireshark"
    (configure_wireshark && nice -n 5 ninja -C build trade) >"$work/plugin.log" 2>&1 </dev/null || {
        tail -n 40 "$work/plugin.log" >&2
        die "the plugin does not build: see above."
    }
    ! grep 'plugins/epan/trade.*warning:' "$work/plugin.log" >&2 || die "the compiler warns: see above."
}

# A command for each tshark. Wine needs neither .NET nor a browser.
write_commands() {
    cat >"$work/tshark" <<END
#!/bin/sh
export WINEPREFIX='$work/wine' WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml=
exec /usr/lib/wine/wine64 '$work/source/wireshark/build/run/tshark.exe' "\$@"
END
    linux=$(tshark --version 2>/dev/null | sed -n '1s/.* \([0-9]*\.[0-9]*\)\..*/\1/p')
    rm -rf "$work/linux"
    mkdir -p "$work/linux/$linux/epan"
    cp "$build/trade.so" "$work/linux/$linux/epan/"
    chmod -R go+rX "$work/linux"
    as_user=
    [ "$(id -u)" != 0 ] || as_user='setpriv --reuid=65534 --regid=65534 --clear-groups'
    cat >"$work/tshark-linux" <<END
#!/bin/sh
HOME=/nonexistent WIRESHARK_PLUGIN_DIR='$work/linux' exec $as_user tshark "\$@"
END
    chmod +x "$work/tshark" "$work/tshark-linux"
}

# Prints all statistics of a capture by a tshark; where rows go to, as that tshark has it.
print_statistics() {
    "$1" -q -r "$2" -z trade,health -z trade,incidents -z trade,clients -z trade,tree -z trade,srt \
        -z "trade,rows,$work/rows/$3" 2>/dev/null
    echo rows
    cat "$work/rows/$3"
}

# Compares statistics of both. Lines end otherwise on Windows.
compare_statistics() {
    rm -rf "$work/rows"
    mkdir "$work/rows"
    chmod 1777 "$work/rows"
    wrong=0
    for capture in "$root"/captures/*.pcapng; do
        print_statistics "$work/tshark-linux" "$capture" linux >"$work/expected"
        print_statistics "$work/tshark" "$capture" windows | tr -d '\r' >"$work/shown"
        if ! grep -q '^TRADE Health' "$work/expected" || ! cmp -s "$work/expected" "$work/shown"; then
            wrong=$((wrong + 1))
            say "${capture##*/}: statistics differ"
            diff "$work/expected" "$work/shown" | head -n 6 >&2
        fi
        rm -f "$work/rows"/*
    done
    [ "$wrong" = 0 ]
}

# shellcheck disable=SC2154 # from setup.sh
(install_packages "$build_packages$windows_packages") || exit 3
work=${1:-/var/tmp/trade-windows}
keep_directory "$work"
work=$(CDPATH='' cd -- "$work" && pwd -P)
prefix=$work/prefix
mkdir -p "$work/done" "$prefix/bin" "$prefix/lib/pkgconfig"
export PKG_CONFIG_LIBDIR="$prefix/lib/pkgconfig:/usr/$tool/lib/pkgconfig"
(make_once sources) || exit 3
for step in tools pcre2 cares glib wireshark; do
    make_once "$step"
done
build_windows_plugin
(unset PKG_CONFIG_LIBDIR && build_plugin)
write_commands
export TZ=UTC
"$work/tshark" -G plugins 2>/dev/null | grep trade.dll || die "tshark does not load the plugin."
/usr/bin/python3 "$root/tests/check_golden.py" "$work/tshark"
compare_statistics || die "statistics differ: see above."
echo "Wireshark for Windows shows the same as that of this system."
