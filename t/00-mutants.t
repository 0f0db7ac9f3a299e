#!/bin/sh
# The wrong servers of t/chaos/mutants are made from today's right one: each patch applies without guessing, and compiles.
. t/lib.sh

applies() { # PATCH
	rm -rf "$dir/copy" && mkdir "$dir/copy" || return
	t/chaos/mutants/copy "$dir/copy" || return
	patch -F0 -p1 -d "$dir/copy" <"$1" >"$dir/patched" || { cat "$dir/patched" && return 1; }
	sed -n 's/^patching file \(.*\.c\)$/\1/p' "$dir/patched" | while read -r file; do
		(cd "$dir/copy" && ${CC:-cc} -std=gnu11 -fsyntax-only -Werror -D_GNU_SOURCE -DCHATD_VERSION='""' -I. \
			-isystem "$(pg_config --includedir)" "$file") || return
	done
}

mkdir "$dir/copy" && t/chaos/mutants/copy "$dir/copy"
t 'all that it is built from is there' make -n -s -C "$dir/copy" B=build build/chatd
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	patch=t/chaos/mutants/$n.patch
	t "mutant $n says what it is" like "$(head -n 1 "$patch")" '^[A-Z].*\.$'
	t 'and can be made' applies "$patch"
done
t 'there are no others' is "$(find t/chaos/mutants -name '*.patch' | wc -l)" 15
finish
