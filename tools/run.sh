#!/bin/sh
# run.sh [--profile | --uninstall] [tshark options]
# Builds the TRADE plugin, installs it and the profile TRADE for you (as root: for all users),
# and runs tshark with the options given; then only tshark writes to stdout. Without options,
# prints the verdict on each bad connection in captures/incident.pcapng, and what to type
# next. Installs missing Debian packages.
#
# --profile    puts this version's profile in the place of yours, of which a copy is kept
# --uninstall  only removes the plugin, and the profile, of which a copy is kept
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"

# Prints one of the folders that "tshark -G folders" names. Each start of tshark takes a while.
get_folder() {
    printf '%s\n' "$folders" | sed -n "s/^$1:[[:space:]]*//p"
}

# Puts a copy of a file or directory in a place, by way of another beside it: a full disk leaves
# what was there, and nothing that is cut. put COPY PLACE BESIDE
put() {
    if mkdir -p "${2%/*}" && rm -rf "$3" && cp -R "$1" "$3" && diff -r "$1" "$3" >/dev/null &&
        chmod -R a-x,u=rwX,go=rX "$3" && mv -f "$3" "$2"; then
        return
    fi
    rm -rf "$3"
    return 1
}

# Root's Wireshark ignores personal plugins, so root's go where all users' do.
install_for_all() {
    installed=$(get_folder 'Global Plugins')/epan/trade.so
    profile=$(get_folder 'Global configuration')/profiles/TRADE
    if ! { cmp -s "$build/trade.so" "$installed" && diff -r "$root/profile/TRADE" "$profile"; } \
        >/dev/null 2>&1; then
        (umask 022 && cmake --install "$build" --component wireshark) >&2 ||
            die "the plugin could not be installed."
        say "Installed for all users: $installed"
    fi
}

# Wireshark loads the plugin for all users first, and no second one of the same name.
install_for_user() {
    personal=$(get_folder 'Personal Plugins')/epan/trade.so
    global=$(get_folder 'Global Plugins')/epan/trade.so
    installed=$personal
    if cmp -s "$build/trade.so" "$global"; then
        installed=$global
        if [ -e "$personal" ]; then
            rm "$personal" || die "$personal cannot be removed."
            say "Removed $personal: the same is installed for all users."
        fi
        return
    fi
    if ! cmp -s "$build/trade.so" "$personal"; then
        put "$build/trade.so" "$personal" "$personal.new" ||
            die "the plugin cannot be written to $personal."
        say "Installed for you: $(quote "$personal")"
    fi
    if [ -e "$global" ]; then
        say "Note: your Wireshark prefers another copy of the plugin, installed for all users:
  $global
Remove it, as root, to have this one. This run of tshark leaves it out."
        WIRESHARK_PLUGIN_DIR=$build/no-plugins
        export WIRESHARK_PLUGIN_DIR
    fi
}

# Prints the fields that this version's profile has columns of, and another has not.
list_missing_columns() {
    sed -n 's/.*"%Cus:\([^:]*\):.*/\1/p' "$root/profile/TRADE/preferences" |
        while read -r field; do
            grep -q "%Cus:$field:" "$1/preferences" 2>/dev/null || printf ' %s' "$field"
        done
}

# Moves the profile out of the way: all that is in profiles/ is a profile.
put_profile_aside() {
    kept=$config/TRADE.$(date +%Y%m%d-%H%M%S)
    mv "$profile" "$kept" || die "$profile cannot be moved."
    say "Your profile of before is kept: $(quote "$kept")"
}

# The user may have changed a profile that is there, so it is left alone, if not told otherwise.
install_profile_for_user() {
    config=$(get_folder 'Personal configuration')
    profile=$config/profiles/TRADE
    [ "$task" != --profile ] || [ ! -e "$profile" ] || put_profile_aside
    if [ ! -e "$profile" ]; then
        put "$root/profile/TRADE" "$profile" "$config/TRADE.new" ||
            die "the profile cannot be written to $profile."
        say "Installed for you, to choose in Wireshark's bottom right corner: $(quote "$profile")"
        return
    fi
    missing=$(list_missing_columns "$profile")
    [ -z "$missing" ] ||
        say "Your profile TRADE is of another version: it has no columns of$missing.
To have this version's, and keep a copy of yours, type: sh $(quote "$root/tools/run.sh") --profile"
}

# Removes what this script installs: as root, for all users; else for you.
uninstall() {
    if [ "$(id -u)" = 0 ]; then
        config=$(get_folder 'Global configuration')
        plugin=$(get_folder 'Global Plugins')/epan/trade.so
    else
        config=$(get_folder 'Personal configuration')
        plugin=$(get_folder 'Personal Plugins')/epan/trade.so
    fi
    profile=$config/profiles/TRADE
    if [ -e "$plugin" ]; then
        rm "$plugin" || die "$plugin cannot be removed."
        say "Removed $(quote "$plugin")"
    else
        say "There is no $(quote "$plugin")"
    fi
    [ ! -e "$profile" ] || put_profile_aside
}

# Makes sure that tshark loads the file that was installed, not another or none.
check_loaded() {
    tab=$(printf '\t')
    plugins=$(tshark -G plugins 2>/dev/null | grep '^trade\.so') || plugins=
    case $plugins in
    *"$tab$installed") ;;
    '')
        why=$(tshark -G plugins 2>&1 >/dev/null) || :
        die "tshark does not load $installed.
${why:-It gives no reason. See the section \"Building by hand\" of docs/INSTALL.md.}"
        ;;
    *) die "tshark loads another copy of the plugin than $installed: ${plugins##*"$tab"}" ;;
    esac
}

# Of the tables of incidents and of health, prints the incidents' sentences, with their numbers.
print_incidents() {
    awk -F ' *[|]' '
        $1 == "Incident" { for (i = 1; i <= NF; i++) column[$i] = i; is_here = 1 }
        $1 == "Rank" { is_here = 0 }
        is_here && $1 ~ /^[0-9]+$/ { printf "%d. %s\n", $1, $column["What happened"] }' | fold -s -w 88
}

# Of the same, prints the bad rows of health, each as module, verdict, place and
# the whole sentence, and counts others.
print_verdicts() {
    awk -F ' *[|]' '
        $1 == "Rank" { for (i = 1; i <= NF; i++) column[$i] = i; is_here = 1 }
        $1 == "Incident" { is_here = 0 }
        !is_here || $1 !~ /^[0-9]+$/ { next }
        $column["Verdict"] == "ok" { good++; next }
        { printf "%s: %s (%s)\n%s\n", $column["Module"], $column["Verdict"], $column["Where"],
              $column["Details"] }
        END { printf "The other %d connections: ok\n", good }' | fold -s -w 88
}

# Says what went wrong in the incident, and how to see it in Wireshark.
show_incident() {
    capture=$root/captures/incident.pcapng
    tables=$(tshark -r "$capture" -q -z trade,incidents -z trade,health) ||
        die "tshark cannot read $capture."
    capture=${capture#"$(pwd -P)/"}
    printf '\nWhat went wrong in %s, by tshark -q -z trade,incidents:\n\n' "$capture"
    printf '%s\n' "$tables" | print_incidents
    printf '\nOn each connection, by tshark -q -z trade,health:\n\n'
    printf '%s\n' "$tables" | print_verdicts
    printf '\nSee it in Wireshark, type: wireshark -C TRADE %s\n' "$(quote "$capture")"
    if command -v wireshark >/dev/null; then
        echo "Wireshark is installed: $(command -v wireshark)"
    elif command -v apt-get >/dev/null; then
        echo "Wireshark is not installed, only tshark. As root, type: apt-get install wireshark"
    else
        echo "Wireshark is not installed, or not in PATH, only tshark."
    fi
}

task=
case ${1-} in
--profile | --uninstall)
    task=$1
    shift
    ;;
esac
if [ "$task" = --uninstall ]; then
    [ $# = 0 ] || refuse "--uninstall takes no options."
    folders=$(tshark -G folders 2>/dev/null) || :
    uninstall
    exit
fi
install_packages "$build_packages"
build_plugin
folders=$(tshark -G folders 2>/dev/null) || :
if [ "$(id -u)" = 0 ]; then
    install_for_all
else
    install_for_user
    install_profile_for_user
fi
check_loaded
[ $# = 0 ] || exec tshark "$@"
show_incident
