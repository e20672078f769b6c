# split.awk
# usage: awk -v directory=DIR -f split.awk SHARD.rows...
#        Puts the rows of each kind into DIR/KIND.tsv, with their shard before them, and the
#        names of the columns once.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

BEGIN { FS = "\t" }

FNR == 1 {
    split("", seen)
    shard = FILENAME
    sub(/.*\//, "", shard)
    sub(/\.rows$/, "", shard)
}

$1 in seen {
    print shard "\t" $0 > (directory "/" $1 ".tsv")
    next
}

# The first row of a kind names its columns. "end" has none.
{
    seen[$1]
    if (!($1 in columns)) {
        columns[$1] = $0
        print "shard\t" $0 > (directory "/" $1 ".tsv")
    } else if ($1 != "end" && columns[$1] != $0) {
        print FILENAME ": another version of the plugin wrote these rows" > "/dev/stderr"
        exit 1
    }
}
