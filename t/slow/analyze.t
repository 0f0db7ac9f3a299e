#!/bin/sh
# The analyzers say nothing of all C there is, and would say something if there were something to say.
. t/lib.sh

t 'make analyze has nothing to say' make -s analyze B="$BUILD_DIR"
cat >"$dir/planted.c" <<'END'
#include <stdlib.h>

int planted(int n);

int
planted(int n)
{
	char *p = malloc(4);

	if (p == NULL)
		return 0;
	free(p);
	free(p);
	return n;
}
END
finds() { # TARGET
	! make -s B="$dir/build" ANALYZED="$dir/planted.c" "$dir/build/analyze/$1" >"$dir/found" 2>&1 &&
		cat "$dir/found" && grep -q 'planted.c:13:.*free' "$dir/found"
}
for by in gcc tidy scan; do
	t "a planted fault is found: $by" finds "$dir/planted.c.$by"
done
t 'a planted fault is found: cppcheck' finds cppcheck
finish
