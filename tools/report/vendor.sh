#!/bin/sh
# vendor.sh [--check]
# Makes d3.min.js again: the parts of D3 that page.js draws with, from the npm registry
# in the versions named below, as one file with their licences. With --check, makes it
# elsewhere and compares. Takes npm and the network.
#
# D3 is well maintained, makes SVG that prints well and can be styled by CSS, and is small: 94 KB
# with its licences.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set -eu
room=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$room/../..
# shellcheck source=tools/setup.sh
. "$root/tools/setup.sh"
answer_help "$@"
case $#:${1-} in
0: | 1:--check) ;;
*) refuse "--check, or nothing." ;;
esac

parts='d3-array@3.2.5 d3-axis@3.0.1 d3-color@3.1.1 d3-dispatch@3.0.2 d3-drag@3.0.1 d3-ease@3.0.2
d3-format@3.1.3 d3-interpolate@3.0.2 d3-path@3.1.1 d3-scale@4.0.3 d3-selection@3.0.1
d3-shape@3.2.1 d3-time@3.1.1 d3-time-format@4.1.1 d3-timer@3.0.2 d3-transition@3.0.2
d3-zoom@3.0.1 internmap@2.0.3'
bundler=esbuild@0.28.2

# Prints the comment that the file begins with: what is in it, and each licence once.
print_licences() {
    printf '/*!\nParts of D3, https://d3js.org, from https://registry.npmjs.org:\n%s\n' "$parts"
    mkdir licences
    for part in $parts; do
        text=node_modules/${part%@*}/LICENSE
        sum=$(cksum <"$text" | tr -d ' ')
        printf ' %s' "${part%@*}" >>"licences/$sum.names"
        cp "$text" "licences/$sum.text"
    done
    for text in licences/*.text; do
        printf '\nThe licence of%s:\n\n' "$(cat "${text%.text}.names")"
        cat "$text"
    done
    printf '*/\n'
}

make_scratch "${TMPDIR:-/tmp}"
cd "$scratch"
echo '{"private": true}' >package.json
# shellcheck disable=SC2086 # $parts: a word a package
npm install --loglevel=error --no-audit --no-fund --save-exact $parts $bundler >&2
cat >entry.js <<'END'
export { bisectLeft, bisectRight } from "d3-array";
export { axisBottom } from "d3-axis";
export { scaleLinear } from "d3-scale";
export { pointer, select } from "d3-selection";
export { area, curveStepAfter, line } from "d3-shape";
export { zoom, zoomIdentity } from "d3-zoom";
END
npx esbuild entry.js --bundle --minify --format=iife --global-name=d3 --legal-comments=none \
    --charset=ascii --log-level=error --outfile=d3.js
{
    print_licences
    cat d3.js
} >d3.min.js
if [ "${1-}" = --check ]; then
    cmp d3.min.js "$room/d3.min.js"
else
    cp d3.min.js "$room/d3.min.js"
    sha256sum "$room/d3.min.js"
fi
