#!/bin/sh
# doctor.sh: says in plain words whether Wireshark loads and uses the TRADE plugin,
# why it does not, and what to type. Changes nothing. Packages install it as
# trade-doctor. Exit status: 0 all is well, 1 something is wrong, 2 no answer.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -u
export LC_ALL=C

usage="usage: ${0##*/} [--root DIR] [FILE]"
tree=
capture=
case $#:${1-} in
0:) ;;
1:-h | 1:--help)
    echo "$usage
Says whether Wireshark loads and uses the TRADE plugin and, if not, why, and what to
type. Run it as the user, and in the environment, for whom TRADE is not dissected.
  FILE        a capture: says what in it is taken for another protocol, or hidden
  --root DIR  for a tshark in PATH that is installed below DIR: looks there, not below /,
              for misplaced copies (usr, opt) and for users' homes (etc/passwd)"
    exit 0
    ;;
2:--root | 3:--root)
    capture=${3-}
    tree=$(CDPATH='' cd -- "$2" && pwd) || exit 2
    tree=${tree%/}
    ;;
1:[!-]*) capture=$1 ;;
*)
    echo "$usage" >&2
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

get_folders() {
    { tshark -G folders; } 2>/dev/null
}

# Prints one of the folders that tshark names.
get_folder() {
    printf '%s\n' "$folders" | sed -n "s/^$1:[[:space:]]*//p" | head -n 1
}

# Prints "X.Y" of what a program's --version says.
get_minor() {
    { "$1" --version; } 2>/dev/null | sed -n '1s/^[^0-9]*\([0-9]*\.[0-9]*\)\..*/\1/p'
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

# Prints a user's home, by name or id.
get_home() {
    if [ -z "$tree" ]; then
        getent passwd "$1" | cut -d: -f6
    else
        awk -F: -v user="$1" -v tree="$tree" \
            '$1 == user || $3 == user { print tree $6; exit }' "$tree/etc/passwd"
    fi 2>/dev/null
}

# Prints the files that find's tests, as given, find where one may have put a plugin, right or
# wrong.
find_files() {
    homes=${HOME:-$(get_home "$(id -u)")}
    if [ -n "${SUDO_USER-}" ] && [ "$SUDO_USER" != root ]; then
        homes="$homes
$(get_home "$SUDO_USER")"
    fi
    {
        printf '%s\n' "${global%/*}" "${usual%/*}" "${personal%/*}" "$config"
        printf '%s\n' "$homes" | while read -r home; do
            printf '%s\n' "$home/.local/lib/wireshark" "$home/.wireshark" \
                "$home/.config/wireshark"
        done
        # Where tshark does not start to name it.
        [ -n "$global" ] || printf '%s\n' "${WIRESHARK_PLUGIN_DIR-}"
        for place in "$tree"/usr/lib "$tree"/usr/lib64 "$tree"/usr/lib/*-linux-* \
            "$tree"/usr/local/lib "$tree"/usr/local/lib64 "$tree"/usr/local/lib/*-linux-* \
            "$tree"/opt/wireshark*/lib; do
            printf '%s\n' "$place/wireshark"
        done
    } | while read -r place; do
        [ -d "$place" ] && find "$place/" "$@" 2>/dev/null
    done | sed 's|//*|/|g' | sort -u
}

# Prints every copy of the plugin.
list_copies() {
    find_files -name trade.so -o -name libtrade.so
}

# Is a plugin's file shorter than it says, as a full disk leaves it? The table of sections, of
# which ELF's first bytes tell, is its end.
is_cut() {
    [ -f "$1" ] && [ -r "$1" ] || return 1
    od -An -v -tu1 -N64 "$1" | awk -v size="$(wc -c <"$1")" '
        function get(at, count, value, i) {
            for (i = 0; i < count; i++) value = value * 256 + byte[at + (big ? i : count - 1 - i)]
            return value
        }
        { for (i = 1; i <= NF; i++) byte[n++] = $i }
        END {
            if (size > 3 && get(1, 3) != 4607045) exit 1
            big = byte[5] == 2
            end = byte[4] == 2 ? get(40, 8) + get(58, 2) * get(60, 2) : get(32, 4) + get(46, 2) * get(48, 2)
            exit !(size < 64 || size < end)
        }'
}

# Says what to type to get a plugin for this Wireshark.
advise_new() {
    more "Install the package for Wireshark $version (+wireshark$version in its name), or, in a" \
        "checkout of the plugin's source:"
    type_this "sh tools/run.sh"
}

# Says what to type to get a copy to where it is looked for. What root loads has to be
# root's own, so it is not moved.
advise_move() {
    if [ "$root" = yes ]; then
        type_this "install -D -m 644 $(quote "$1") $(quote "$global/epan/trade.so")"
    else
        target=$personal/epan
        type_this "mkdir -p $(quote "$target") && mv $(quote "$1") $(quote "$target/trade.so")"
    fi
}

# Is a copy for another Wireshark, by its library or by what this one says of it? Sets
# $built to which.
is_foreign() {
    wanted=$(get_soname "$1")
    if [ -n "$wanted" ] && [ -n "$soname" ] && [ "$wanted" != "$soname" ]; then
        built=$(name_soname "$wanted")
    else
        built=$(printf '%s\n' "$2" |
            sed -n 's/.*compiled for \(Wireshark \)version \([0-9]*\.[0-9]*\).*/\1\2/p')
        [ -n "$built" ]
    fi
}

# A copy in a right place, where another one was loaded.
explain_not_used() {
    if is_foreign "$1" "$said"; then
        note "Not used, since built for $built: $1"
        type_this "rm $(quote "$1")"
    elif [ "$root" = yes ]; then
        note "Not used by root: $1"
    else
        note "Not used, since another copy comes first: $1"
        type_this "rm $(quote "$1")   (or, to use this one, rm $(quote "$loaded"))"
    fi
}

# A copy in a right place that was not loaded: why?
explain_not_loaded() {
    lacking=$(ldd "$1" 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' |
        tr '\n' ' ')
    # Wireshark's complaint has the file's name without its directory; another copy has that, too.
    said=$(printf '%s\n' "$complaints" | grep -F -e trade.so -e "$1" |
        grep -F "${lacking%% *}" | head -n 1)
    if [ -n "$loaded" ]; then
        explain_not_used "$1"
        return
    elif [ "$root" = yes ] && [ "${1%/*}" = "$personal/epan" ]; then
        wrong "Personal plugins are ignored when root runs Wireshark: $1"
        more "Run Wireshark as an ordinary user (dumpcap alone needs rights, to capture)," \
            "or install the plugin for all users:"
        advise_move "$1"
    elif [ ! -r "$1" ]; then
        wrong "You may not read the plugin: $1"
        type_this "chmod a+r $(quote "$1")   (as its owner, or root)"
    elif is_foreign "$1" "$said"; then
        wrong "Built for $built, but this is Wireshark $version: $1"
        advise_new
    elif [ -n "$lacking" ]; then
        wrong "A library is missing (${lacking% }) that the plugin needs: $1"
        more "Install the package that has it. On Debian, this finds its name:"
        type_this "apt-get install apt-file && apt-file update && apt-file search ${lacking%% *}"
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
    elif is_foreign "$1" ""; then
        wrong "This plugin is for $built, but this is Wireshark $version: $1"
        more "Each X.Y of Wireshark needs its own, also after an upgrade; moving this one does not help."
        advise_new
        return
    fi
    wrong "Wireshark $version does not look here: $1"
    more "It looks in $global/epan"
    [ "$root" = yes ] || more "     and in $personal/epan"
    if [ "$root" = no ] && [ -n "${WIRESHARK_PLUGIN_DIR-}" ]; then
        more "WIRESHARK_PLUGIN_DIR is set, and replaces the directory of all users' plugins."
        type_this "unset WIRESHARK_PLUGIN_DIR"
        [ "${1%/*}" = "$usual/epan" ] || advise_move "$1"
    else
        advise_move "$1"
    fi
}

# A copy of which a part is missing.
explain_cut() {
    wrong "The plugin's file is cut short, as a full disk leaves it: $1"
    type_this "rm $(quote "$1")"
}

# A copy that is a link to a file that is not there.
explain_dangling() {
    finding=wrong
    [ -z "$loaded" ] || finding=note
    $finding "A link that points nowhere: $1"
    more "There is no $(readlink "$1"), or you may not look there."
    type_this "rm $(quote "$1")"
    [ -n "$loaded" ] || advise_new
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
        if [ -h "$copy" ] && [ ! -e "$copy" ]; then
            explain_dangling "$copy"
            continue
        elif is_cut "$copy"; then
            explain_cut "$copy"
            if [ -z "$loaded" ] || [ "$copy" = "$loaded" ]; then
                advise_new
            fi
            continue
        fi
        case ${copy%/*} in
        "${loaded%/*}") ;;
        "$global/epan" | "$personal/epan") explain_not_loaded "$copy" ;;
        *) explain_misplaced "$copy" ;;
        esac
    done <"$list"
}

# Prints the plugin's copies by whatever names, where Wireshark loads them.
list_twins() {
    find_files -path '*/epan/*.so' | while read -r file; do
        ! grep -aqs 'trade\.ping\.unanswered' "$file" || printf '%s\n' "$file"
    done
}

# tshark does not start, so that it tells nothing: is it for a copy of the plugin?
explain_no_start() {
    list_copies >"$list"
    while read -r copy; do
        ! is_cut "$copy" || explain_cut "$copy"
    done <"$list"
    if [ "$wrongs" -gt 0 ]; then
        more "Then install the plugin again."
        return
    fi
    list_twins >"$list"
    # Of one name, Wireshark loads the first only.
    [ "$(sed 's|.*/||' "$list" | sort -u | wc -l)" -gt 1 ] || return 0
    wrong "The plugin is there twice, by two names. Keep one of these:"
    while read -r copy; do
        type_this "rm $(quote "$copy")"
    done <"$list"
}

# Has a list of ports and ranges, such as "2100, 2105-2110", 2107 in it?
has_port() {
    printf '%s\n' "$1" | tr -d ' \t' | tr , '\n' | awk -F- '
        { last = NF < 2 ? $1 : $2 == "" ? 65535 : $2 }
        ($1 - 2107) * (last - 2107) <= 0 { found = 1 }
        END { exit !found }'
}

# What a file disables of the protocols that TRADE takes, for whom, and where else than in
# the file to undo that.
check_disabled() {
    [ -r "$1" ] || return 0
    for protocol in ip tcp trade; do
        grep -Eq "^[[:space:]]*$protocol([[:space:]]|\$)" "$1" || continue
        name=$(printf %s "$protocol" | tr '[:lower:]' '[:upper:]')
        wrong "The protocol $name is disabled $2, by $1"
        more "$3"
        type_this "sed -Ei '/^\\s*$protocol(\\s|\$)/d' $(quote "$1")"
    done
}

# What a profile, given by its directory, may have switched off or elsewhere.
check_profile() {
    profile=Default
    [ "$1" = "$config" ] || profile=${1##*/}
    check_disabled "$1/disabled_protos" "in the profile $profile" \
        "Switch it on in Analyze > Enabled Protocols, or:"
    content="TRADE is recognised there only by what it looks like."
    if grep -qi '^trade_tcp,0' "$1/heuristic_protos" 2>/dev/null; then
        content="TRADE is not recognised there, for heuristic_protos has its search switched off."
    fi
    port=$(sed -n 's/^trade\.tcp\.port:[[:space:]]*//p' "$1/preferences" 2>/dev/null | tail -n 1)
    if [ -n "$port" ] && ! has_port "$port"; then
        wrong "TRADE's port is $port, not 2107, in the profile $profile, by $1/preferences"
        more "$content" "Is 2107 yours? Then Edit > Preferences > Protocols > TRADE, or:"
        type_this "sed -i '/^trade\\.tcp\\.port:/d' $(quote "$1/preferences")"
    fi
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

# Prints a capture of one Ping, in Ethernet, IP and TCP to port 2107.
print_ping() {
    printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\377\377\0\0\1\0\0\0'
    printf '\0\0\0\0\0\0\0\0\100\0\0\0\100\0\0\0'
    printf '\2\0\0\0\0\2\2\0\0\0\0\1\10\0'
    printf '\105\0\0\62\0\0\0\0\100\6\266\306\300\0\2\1\300\0\2\2'
    printf '\200\0\10\73\0\0\0\1\0\0\0\1\120\30\20\0\0\0\0\0'
    printf '\14\0\12\377\377Ping\0'
}

# Prints the Lua scripts that Wireshark finds by itself and in which a line matches.
list_scripts() {
    for place in "$(get_folder 'Personal Lua Plugins')" "$(get_folder 'Global Lua Plugins')" \
        "$config/init.lua" "$shared/init.lua"; do
        [ -e "$place" ] && find -L "$place" -name '*.lua' -exec grep -Eli -e "$1" {} +
    done 2>/dev/null | sort -u
}

# Prints an expression for the lines that make a protocol of a name, in a script. In a comment,
# there is "--" before.
get_pattern() {
    printf '%s' "^([^-]|-[^-])*Proto([.]new)?[[:space:]]*[(]?[[:space:]]*[\"']$1[\"']"
}

# Reads scripts' paths as Lua says them, and prints them whole: of a long one Lua says "..." and
# the end.
complete_scripts() {
    while read -r said_path; do
        whole=
        case $said_path in
        ...*) whole=$(list_scripts '' | grep -F -e "${said_path#...}") ;;
        esac
        printf '%s\n' "${whole:-$said_path}"
    done
}

# Says how to do without a script.
advise_without() {
    case $1 in
    */init.lua) more "Take that out of it." ;;
    *) type_this "mv $(quote "$1") $(quote "$1.off")" ;;
    esac
}

# Scripts that make a protocol of the plugin's name, as that of the talk does: by their text, and
# by what tshark says of them.
check_scripts() {
    {
        list_scripts "$(get_pattern trade)"
        printf '%s\n' "$1" |
            sed -n "s/^\(.*[.]lua\):[0-9]*: .*to 'Proto'.*two protocols with the same.*/\1/p" |
            complete_scripts
    } | sort -u >"$list"
    while read -r script; do
        wrong "This Lua script makes a protocol \"trade\", as the plugin does, and fails: $script"
        more "It may be that of the talk, which the plugin replaces."
        advise_without "$script"
    done <"$list"
}

# A copy of the profile may be of an older version than that for all users.
check_copied_profile() {
    own=$config/profiles/TRADE/preferences
    whole=$shared/profiles/TRADE/preferences
    [ -r "$own" ] && [ -r "$whole" ] && [ "$own" != "$whole" ] || return 0
    missing=$(sed -n 's/.*"%Cus:\([^:]*\):.*/\1/p' "$whole" | while read -r field; do
        grep -q "%Cus:$field:" "$own" || printf ' %s' "$field"
    done)
    [ -n "$missing" ] || return 0
    note "Your profile TRADE is of another version than that for all users:" \
        "it has no columns of$missing. To have that:"
    type_this "mv $(quote "${own%/*}") $(quote "$config/TRADE.old")"
}

# Has a Ping dissected: only that shows what port 2107 is taken for.
check_ping() {
    taken=$(print_ping | tshark -r - -T fields -e frame.protocols 2>"$list")
    said=$(grep -v '^Running as user' "$list")
    if [ -n "$said" ]; then
        note "tshark says, when it starts:"
        printf '%s\n' "$said" | sed 's/^/       /'
    fi
    [ -z "$loaded" ] || check_scripts "$said"
    case :$taken: in
    *:trade:*) return ;;
    esac
    wrong "Port 2107 is dissected as ${taken:-nothing}, not as TRADE"
    # What is after TCP.
    list_scripts "(^|[^[:alnum:]_])2107([^[:alnum:]_]|\$)|$(get_pattern "$(printf %s "${taken##*:tcp:}" | sed 's/:.*//')")" >"$list"
    [ -s "$list" ] || more "Look at Analyze > Enabled Protocols and Decode As (TCP port 2107)."
    while read -r script; do
        more "This Lua script takes port 2107, or mentions it: $script"
        advise_without "$script"
    done <"$list"
}

# Other profiles come last: what they have wrong is not in the Ping's way.
check_profiles() {
    check_disabled "$shared/disabled_protos" "for all users" "As root:"
    check_profile "$config"
    [ "$wrongs" -gt 0 ] || check_ping
    for directory in "$config"/profiles/*/; do
        [ ! -d "$directory" ] || check_profile "${directory%/}"
    done
}

# Prints a line for each finding of a capture: what it is, how often, and where.
list_findings() {
    tshark -2 -r "$1" -T fields -e tcp.stream -e tcp.srcport -e tcp.dstport -e frame.protocols \
        -e trade.held_back -e trade.gap_bytes -Y "tcp.len > 0 && (trade || tcp.port == 2107 ||
            tcp.payload contains ff:ff:50:69:6e:67:00)" 2>"$list.said" | awk -F'\t' '
        $5 != "" { held++ }
        $6 != "" { gaps++ }
        $4 ~ /:trade(:|$)/ || $5 != "" { trade++; next }
        # What is after TCP; a segment that waits for others has nothing.
        $4 ~ /:tcp:/ && $4 !~ /:tcp:data$/ { other = $4; sub(/.*:tcp:/, "", other) }
        $4 ~ /:tcp:data$/ && $2 != 2107 && $3 != 2107 { other = "data" }
        other != "" {
            seen[$2]++; seen[$3]++
            one[$1] = $2; two[$1] = $3; by[$1] = other; frames[$1]++
            other = ""
        }
        END {
            print "trade", trade + 0
            if (held) print "held", held
            if (gaps) print "gaps", gaps
            # The port that most of them share is that of the server.
            for (stream in frames) {
                port = seen[one[stream]] > seen[two[stream]] ? one[stream] : two[stream]
                if (one[stream] == 2107 || two[stream] == 2107)
                    port = one[stream] == 2107 ? two[stream] : one[stream]
                taken[by[stream] " " port] += frames[stream]
            }
            for (what in taken) print "taken", taken[what], what
        }'
}

# What of a capture Wireshark takes for something else, or hides.
check_file() {
    list_findings "$1" >"$list.found"
    grep -v '^Running as user' "$list.said" >"$list"
    if [ -s "$list" ]; then
        wrong "tshark cannot read $1 to its end:"
        sed 's/^/       /' "$list"
    fi
    while read -r finding count other port; do
        case $finding in
        trade) [ -s "$list" ] || note "Frames with TRADE in $1: $count" ;;
        held)
            wrong "TCP holds bytes back in $count frames, behind segments that were not captured"
            more "Switch TCP's preference \"Reassemble out-of-order segments\" off, or:"
            type_this "tshark -o tcp.reassemble_out_of_order:FALSE -r $(quote "$1")"
            ;;
        gaps) note "$count PDUs have trade.gap: bytes before them are missing in the capture." ;;
        taken)
            wrong "$count frames that may be TRADE's are dissected as $other, by port $port"
            type_this "tshark -d tcp.port==$port,trade -r $(quote "$1")"
            ;;
        esac
    done <"$list.found"
}

if ! command -v tshark >/dev/null; then
    echo "tshark, Wireshark's command line, is not installed or not in PATH; this asks it all."
    echo "On Debian and Ubuntu, type as root: apt-get install tshark"
    exit 2
fi
list=$(mktemp) || exit 2
trap 'rm -f "$list" "$list.found" "$list.said"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

folders=$(get_folders)
complaints=$({ tshark -G plugins 2>&1 >"$list" </dev/null; } 2>/dev/null | grep -v '^Running as user')
loaded=$(sed -n 's/^\(lib\)\{0,1\}trade\.so[[:space:]].*[[:space:]]\(\/.*\)$/\2/p' "$list" | head -n 1)
global=$(get_folder 'Global Plugins')
usual=$global
[ -z "${WIRESHARK_PLUGIN_DIR-}" ] ||
    usual=$(unset WIRESHARK_PLUGIN_DIR && folders=$(get_folders) && get_folder 'Global Plugins')
personal=$(get_folder 'Personal Plugins')
# The directory of plugins is named after the version. Each start of tshark takes a while.
version=${personal##*/}
case $version in
*[!0-9.]* | '') version=$(get_minor tshark) ;;
esac
config=$(get_folder 'Personal configuration')
shared=$(get_folder 'Global configuration')
soname=$(get_soname "$(command -v tshark)")
root=no
if [ "$(id -u)" = 0 ] || [ "$(id -g)" = 0 ]; then
    root=yes
fi
if [ -z "$version" ] || [ -z "$global" ]; then
    echo "tshark does not start. It says:"
    said=$({ tshark -G folders 2>&1 >/dev/null </dev/null; } 2>/dev/null | tail -n 3)
    printf '%s\n' "${said:-nothing: a signal ended it.}"
    explain_no_start
    [ "$wrongs" = 0 ] || exit 1
    exit 2
fi

note "tshark is $(command -v tshark), Wireshark $version, run by $(id -un 2>/dev/null || id -u)"
[ "$root" = no ] || note "You are root: Wireshark ignores personal plugins and WIRESHARK_PLUGIN_DIR."
# A wireshark with the same library is of the same version. To ask it takes longer.
if command -v wireshark >/dev/null &&
    { [ -z "$soname" ] || [ "$(get_soname "$(command -v wireshark)")" != "$soname" ]; }; then
    gui=$(QT_QPA_PLATFORM=offscreen get_minor wireshark)
    if [ -n "$gui" ] && [ "$gui" != "$version" ]; then
        wrong "wireshark is $gui but tshark $version: a plugin fits one of them." \
            "This is about tshark only."
    fi
fi
check_plugin
check_profiles
check_copied_profile
if [ -n "$capture" ] && [ -n "$loaded" ]; then
    check_file "$capture"
fi
if [ "$wrongs" -eq 0 ]; then
    good "Nothing else is in the way: port 2107 is dissected as TRADE."
    exit 0
fi
exit 1
