#!/bin/sh
# doctor.sh: says in plain words whether Wireshark loads and uses the TRADE plugin,
# why it does not, and what to type. Changes nothing. Packages install it as
# trade-doctor. Exit status: 0 all is well, 1 something is wrong, 2 no answer.
#
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
export LC_ALL=C

case ${1-} in
'') ;;
-h | --help)
    echo "usage: ${0##*/}
Says whether Wireshark loads and uses the TRADE plugin, why it does not, and what to
type. Run it as the user, and with the environment, for whom TRADE is not dissected."
    exit 0
    ;;
*)
    echo "usage: ${0##*/}" >&2
    exit 2
    ;;
esac

wrongs=0

good() {
    printf 'ok     %s\n' "$*"
}

note() {
    printf 'note   %s\n' "$*"
}

wrong() {
    wrongs=$((wrongs + 1))
    printf 'WRONG  %s\n' "$*"
}

# Lines that belong to the last finding.
more() {
    printf '       %s\n' "$@"
}

type_this() {
    printf '       type: %s\n' "$@"
}

# Quotes a file name for the shell, where it needs that.
quote() {
    case $1 in
    *[!A-Za-z0-9_./+~:@%-]*) printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf %s "$1" ;;
    esac
}

# Prints one of the folders that tshark names.
get_folder() {
    printf '%s\n' "$folders" | sed -n "s/^$1:[[:space:]]*//p" | head -n 1
}

# Prints "X.Y" of what a program's --version says.
get_minor() {
    "$1" --version 2>/dev/null | sed -n '1s/^[^0-9]*\([0-9]*\.[0-9]*\)\..*/\1/p'
}

# Prints the libwireshark.so.N that a program or plugin asks for.
get_soname() {
    ldd "$1" 2>/dev/null | sed -n 's/^[[:space:]]*\(libwireshark\.so\.[0-9]*\).*/\1/p' | head -n 1
}

# Prints the Wireshark that has a libwireshark.so.N.
name_soname() {
    case ${1##*.} in
    16) echo "Wireshark 4.0" ;;
    17) echo "Wireshark 4.2" ;;
    18) echo "Wireshark 4.4" ;;
    19) echo "Wireshark 4.6" ;;
    *) echo "another Wireshark ($1)" ;;
    esac
}

# Prints every copy of the plugin where one may have put it, right or wrong.
list_copies() {
    homes=$HOME
    if [ -n "${SUDO_USER-}" ] && [ "$SUDO_USER" != root ]; then
        homes="$homes
$(getent passwd "$SUDO_USER" | cut -d: -f6)"
    fi
    {
        printf '%s\n' "${global%/*}" "${personal%/*}" "$config"
        printf '%s\n' "$homes" | while read -r home; do
            printf '%s\n' "$home/.local/lib/wireshark" "$home/.wireshark" \
                "$home/.config/wireshark"
        done
        for place in /usr/lib /usr/lib64 /usr/lib/*-linux-* /usr/local/lib /usr/local/lib64 \
            /usr/local/lib/*-linux-* /opt/wireshark*/lib; do
            printf '%s\n' "$place/wireshark"
        done
    } | while read -r place; do
        [ -d "$place" ] && find "$place/" -name trade.so 2>/dev/null
    done | sed 's|//*|/|g' | sort -u
}

# Says what to type to get a plugin for this Wireshark.
advise_new() {
    more "Install the package for Wireshark $version, or, in a checkout of the plugin's source:"
    type_this "sh tools/run.sh"
}

# Says what to type to get a copy to where it is looked for.
advise_move() {
    target=$personal/epan
    [ "$root" = no ] || target=$global/epan
    type_this "mkdir -p $(quote "$target") && mv $(quote "$1") $(quote "$target/trade.so")"
}

# A copy in a right place that was not loaded: why?
explain_not_loaded() {
    said=$(printf '%s\n' "$complaints" | grep -F -e trade.so -e "$1" | head -n 1)
    wanted=$(get_soname "$1")
    lacking=$(ldd "$1" 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' |
        tr '\n' ' ')
    if [ "$root" = yes ] && [ "${1%/*}" = "$personal/epan" ]; then
        wrong "Personal plugins are ignored when root runs Wireshark: $1"
        more "Run Wireshark as an ordinary user (dumpcap alone needs rights, to capture)," \
            "or install the plugin for all users:"
        type_this "install -D -m 644 $(quote "$1") $(quote "$global/epan/trade.so")"
    elif [ ! -r "$1" ]; then
        wrong "You may not read the plugin: $1"
        type_this "chmod a+r $(quote "$1")   (as its owner, or root)"
    elif [ -n "$wanted" ] && [ -n "$soname" ] && [ "$wanted" != "$soname" ]; then
        wrong "Built for $(name_soname "$wanted"), but this is Wireshark $version: $1"
        advise_new
    elif built=$(expr "$said" : '.*compiled for Wireshark version \([0-9.]*[0-9]\)'); then
        wrong "Built for Wireshark $built, but this is Wireshark $version: $1"
        advise_new
    elif [ -n "$lacking" ]; then
        wrong "A library is missing (${lacking% }) that the plugin needs: $1"
        more "Install the package that has it. On Debian, this finds its name:"
        type_this "apt-get install apt-file && apt-file update && apt-file search ${lacking%% *}"
    elif [ -n "$loaded" ]; then
        note "Not used, since another copy comes first: $1"
        type_this "rm $(quote "$1")   (or, to use this one, rm $(quote "$loaded"))"
        return
    else
        wrong "Wireshark does not load the plugin: $1"
        advise_new
    fi
    [ -z "$said" ] || more "Wireshark says: $said"
}

# A copy where Wireshark does not look.
explain_misplaced() {
    if [ -n "$loaded" ]; then
        note "Wireshark does not look at this copy: $1"
        return
    fi
    wrong "Wireshark $version does not look here: $1"
    more "It looks in $global/epan"
    [ "$root" = yes ] || more "     and in $personal/epan"
    wanted=$(get_soname "$1")
    if [ -n "$wanted" ] && [ -n "$soname" ] && [ "$wanted" != "$soname" ]; then
        more "Besides, this copy is for $(name_soname "$wanted"): moving it does not help."
        advise_new
    elif [ -n "${WIRESHARK_PLUGIN_DIR-}" ]; then
        more "WIRESHARK_PLUGIN_DIR is set, and replaces the directory of all users' plugins."
        type_this "unset WIRESHARK_PLUGIN_DIR"
        advise_move "$1"
    else
        advise_move "$1"
    fi
}

check_plugin() {
    copies=$(list_copies)
    if [ -n "$loaded" ]; then
        good "The plugin is loaded: $loaded"
    elif [ -z "$copies" ]; then
        wrong "The plugin is not installed: there is no trade.so where Wireshark $version looks"
        more "($global/epan" "and $personal/epan)" "nor where it might be by mistake."
        advise_new
    fi
    printf '%s\n' "$copies" | grep -v '^$' >"$list"
    while read -r copy; do
        case ${copy%/*} in
        "${loaded%/*}") ;;
        "$global/epan" | "$personal/epan") explain_not_loaded "$copy" ;;
        *) explain_misplaced "$copy" ;;
        esac
    done <"$list"
}

# What a profile, given by its directory, may have switched off or elsewhere.
check_profile() {
    profile=Default
    [ "$1" = "$config" ] || profile=${1##*/}
    if grep -qx trade "$1/disabled_protos" 2>/dev/null; then
        wrong "The protocol TRADE is disabled in the profile $profile, by $1/disabled_protos"
        more "Switch it on in Analyze > Enabled Protocols, or:"
        type_this "sed -i '/^trade\$/d' $(quote "$1/disabled_protos")"
    fi
    content="TRADE is recognised there only by what it looks like."
    if grep -qi '^trade_tcp,0' "$1/heuristic_protos" 2>/dev/null; then
        content="TRADE is not recognised there, for heuristic_protos has its search switched off."
    fi
    port=$(sed -n 's/^trade\.tcp\.port:[[:space:]]*//p' "$1/preferences" 2>/dev/null | tail -n 1)
    case ,$port, in
    ,, | *,2107,*) ;;
    *)
        wrong "TRADE's port is $port, not 2107, in the profile $profile, by $1/preferences"
        more "$content" "Is 2107 yours? Then Edit > Preferences > Protocols > TRADE, or:"
        type_this "sed -i '/^trade\\.tcp\\.port:/d' $(quote "$1/preferences")"
        ;;
    esac
    decoded=$(sed -n 's/^decode_as_entry: tcp\.port,2107,[^,]*,//p' \
        "$1/decode_as_entries" 2>/dev/null | tail -n 1)
    case $decoded in
    '' | trade | TRADE) ;;
    *)
        wrong "Port 2107 is decoded as $decoded in the profile $profile, by $1/decode_as_entries"
        more "$content" "Delete the line in Analyze > Decode As, or:"
        type_this "sed -i '/^decode_as_entry: tcp\\.port,2107,/d' $(quote "$1/decode_as_entries")"
        ;;
    esac
    if grep -qi '^trade\.desegment:[[:space:]]*FALSE' "$1/preferences" 2>/dev/null ||
        grep -qi '^tcp\.desegment_tcp_streams:[[:space:]]*FALSE' "$1/preferences" 2>/dev/null; then
        note "PDUs in several segments are not put together in the profile $profile," \
            "by preference: see $1/preferences, *desegment*"
    fi
}

check_profiles() {
    check_profile "$config"
    for directory in "$config"/profiles/*/; do
        [ ! -d "$directory" ] || check_profile "${directory%/}"
    done
}

if ! command -v tshark >/dev/null; then
    echo "tshark, Wireshark's command line, is not installed or not in PATH; this asks it all."
    echo "On Debian and Ubuntu, type as root: apt-get install tshark"
    exit 2
fi
list=$(mktemp) || exit 2
trap 'rm -f "$list"' EXIT

version=$(get_minor tshark)
folders=$(tshark -G folders 2>/dev/null)
complaints=$(tshark -G plugins 2>&1 >"$list" </dev/null | grep -v '^Running as user')
loaded=$(sed -n 's/^trade\.so[[:space:]].*[[:space:]]\(\/.*\)$/\1/p' "$list" | head -n 1)
global=$(get_folder 'Global Plugins')
personal=$(get_folder 'Personal Plugins')
config=$(get_folder 'Personal configuration')
soname=$(get_soname "$(command -v tshark)")
root=no
if [ "$(id -u)" = 0 ] || [ "$(id -g)" = 0 ]; then
    root=yes
fi
if [ -z "$version" ] || [ -z "$global" ]; then
    echo "tshark does not say its version and folders; try: tshark -G folders"
    exit 2
fi

note "tshark is $(command -v tshark), Wireshark $version, run by $(id -un 2>/dev/null || id -u)"
[ "$root" = no ] || note "You are root: Wireshark ignores personal plugins and WIRESHARK_PLUGIN_DIR."
if command -v wireshark >/dev/null; then
    gui=$(QT_QPA_PLATFORM=offscreen get_minor wireshark)
    if [ -n "$gui" ] && [ "$gui" != "$version" ]; then
        wrong "wireshark is $gui but tshark $version: a plugin fits one of them." \
            "This is about tshark only."
    fi
fi
check_plugin
check_profiles
if [ "$wrongs" -eq 0 ]; then
    good "Nothing else is in the way: port 2107 is dissected as TRADE."
    exit 0
fi
exit 1
