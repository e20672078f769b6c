# floors.awk
# Compares how much of each file's lines fuzzing reaches with floors.txt, which is read first; then
# comes what "llvm-cov report" says. Exits with 1 where a file is below its floor, or has none.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

FNR == NR {
    if ($0 !~ /^#/ && NF == 2)
        floors[$1] = $2
    next
}

# Name, then for regions, functions, lines: how many, how many are missed, and percent reached.
$1 ~ /\.[ch]$/ && NF >= 10 {
    percent = $10 + 0
    for (file in floors) {
        if ($1 == file || substr($1, length($1) - length(file)) == "/" file) {
            seen[file] = 1
            if (percent < floors[file]) {
                printf "%s: fuzzing reaches %.1f %% of the lines, and should %d %%\n", file, percent, floors[file]
                failed = 1
            }
        }
    }
}

END {
    for (file in floors) {
        if (!seen[file]) {
            print file ": not measured"
            failed = 1
        }
    }
    exit failed
}
