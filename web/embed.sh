#!/bin/sh
# Turns web/ into C, see front/web.h: each file as it is and by gzip, with a tag that changes when it does.
set -eu
cd "$1"
LC_ALL=C

bytes() { # NAME, of standard input
	echo "static const unsigned char $1[] = {"
	od -An -v -tu1 | sed 's/ *\([0-9][0-9]*\)/\1,/g'
	echo '};'
}

type_of() {
	case $1 in
	*.html) echo 'text/html; charset=utf-8' ;;
	*.js) echo 'text/javascript; charset=utf-8' ;;
	*.css) echo 'text/css; charset=utf-8' ;;
	*.svg) echo image/svg+xml ;;
	*.webmanifest) echo application/manifest+json ;;
	*) echo "web/embed.sh: what is $1?" >&2 && exit 1 ;;
	esac
}

echo '#include "front/web.h"'
n=0 rows=
for f in *.html *.js *.css *.svg *.webmanifest; do
	[ -e "$f" ] || continue
	n=$((n + 1))
	bytes "plain_$n" <"$f"
	gzip -9nc "$f" | bytes "packed_$n"
	path=/$f
	[ "$f" != index.html ] || path=/
	tag=$(sha256sum <"$f" | cut -c1-16)
	type=$(type_of "$f")
	rows="$rows	{\"$path\", \"$type\", \"\\\"$tag\\\"\", plain_$n, packed_$n, sizeof(plain_$n), sizeof(packed_$n)},
"
done
printf 'const struct web_file web_files[] = {\n%s	{0},\n};\n' "$rows"
