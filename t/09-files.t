#!/bin/sh
# The client's files: who knows whom has no circle, x.c and x.h being one, and none is long.
cd "$(dirname "$0")/.." || exit 1
b=${CHATD_BUILD:-build}
n=0 red=0

ok() { # SENTENCE COMPLAINT
	n=$((n + 1))
	[ -z "$2" ] && echo "ok $n - $1" && return
	red=1
	echo "not ok $n - $1"
	echo "$2" | sed 's/^/# /' >&2
}
stems() {
	for file in client/*.c; do basename "$file" .c; done
}
# Pairs: who knows, who is known.
by_include() {
	grep -oE '^#include "client/[a-z_]+' client/*.[ch] | sed -E 's,client/([a-z_]+)\.[ch]:.*client/,\1 ,'
}
by_symbol() {
	for stem in $(stems); do
		nm "$b/client/$stem.o" | awk -v s="$stem" '$(NF-1) ~ /^[TDBRC]$/ { print s, $NF, "def" } $(NF-1) == "U" { print s, $NF, "use" }'
	done | awk '$3 == "def" { def[$2] = $1 } $3 == "use" { use[$1 " " $2] } END {
		for (u in use) { split(u, w, " "); if (w[2] in def) print w[1], def[w[2]] } }'
}

pairs=$( (by_include; by_symbol) | sort -u | awk '$1 != $2')
ok 'both ways to know somebody are seen' "$(for pair in 'chat commands' 'interact say' 'session link'; do
	echo "$pairs" | grep -qx "$pair" || echo "not seen: $pair"
done)"
ok 'no circle' "$(echo "$pairs" | tsort 2>&1 >/dev/null)"
ok 'a circle would be seen' "$( (echo "$pairs"; echo 'link interact') | tsort 2>&1 | grep -q loop || echo 'not seen')"
ok 'fewer than 25 .c files' "$(stems | wc -l | awk '$1 >= 25')"
ok 'no file of more than 400 lines' "$(wc -l client/*.[ch] | awk '$1 > 400 && $2 != "total"')"
ok 'no function of the same name in two files, even static' "$(for file in client/*.c; do
	grep -A1 '^static' "$file" | grep -oE '^[a-z_]+\(' | sort -u
done | sort | uniq -d)"
echo "1..$n"
exit $red
