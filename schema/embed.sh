#!/bin/sh
# Turns schema/ into C, see db/migrate.h. Called by the Makefile.
#
# A file in code/ is paragraphs, with an empty line between them and none within. One that is not all comment makes one
# function or view, with `create or replace`, and says everything about it: comments and grants too. It is applied as a
# whole when it has changed. PostgreSQL replaces neither a function's arguments nor its result columns, and lets a view
# only grow at its end: what changes more gets a new name, and the old one stays here until schema/level says that
# nobody calls it. A paragraph that is taken away takes its function or view with it.
set -eu
cd "$1"
LC_ALL=C
echo '#include "db/migrate.h"'
sed -nE 's/^(level|oldest) ([0-9]+)$/const int schema_\1 = \2;/p' level

echo 'const struct migration migrations[] = {'
for f in [0-9]*.sql; do
	number=${f%%-*}
	printf '\t{%d, "%s",\n' "$(echo "$number" | sed 's/^0*//')" "$f"
	sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' "$f"
	echo '	},'
done
echo '	{0, NULL, NULL},'
echo '};'

echo 'const struct schema_object schema_objects[] = {'
for f in code/*.sql; do
	sed 's/[\\"]/\\&/g; s/..*/"&\\n"/' "$f" | awk -v file="$f" '
		function end() {
			if (sql && !object) {
				print file ": a paragraph that makes nothing:\n" text >"/dev/stderr"
				exit bad = 1
			}
			if (object)
				printf "\t{\"%s\", \"%s\",\n%s\t},\n", object, file, text
			object = text = sql = ""
		}
		/^$/ { end(); next }
		!/^"--/ { sql = 1 }
		/^"create or replace (function|view) / && !object {
			split($0, word, /[ (]/)
			object = word[4] " " word[5]
		}
		{ text = text $0 "\n" }
		END { if (!bad) end(); exit bad }'
done
echo '	{NULL, NULL, NULL},'
echo '};'
