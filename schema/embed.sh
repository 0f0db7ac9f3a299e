#!/bin/sh
# Turns the migrations into a C table: {version, file name, text}. Called by the Makefile.
set -eu
echo '#include "db/migrate.h"'
for f; do
	name=${f##*/}
	printf 'static const char m%s[] = {' "${name%%-*}"
	od -An -v -tx1 "$f" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
	echo '0};'
done
echo 'const struct migration migrations[] = {'
for f; do
	name=${f##*/}
	number=${name%%-*}
	printf '\t{%d, "%s", m%s},\n' "$(echo "$number" | sed 's/^0*//')" "$name" "$number"
done
echo '	{0, NULL, NULL},'
echo '};'
