#!/bin/sh
# The page in two browsers, each on another node behind nginx: from registering to logging out, with a killed node between.
cd "$(dirname "$0")/../.." || exit 1
. t/lib.sh
t_file=t/slow/browser.t
for what in chromium chromedriver; do
	command -v $what >"$dir/which" || skip_all "no $what here"
done
stack --nodes 2 --nginx

# The accessibility check is a package of npm's.
axe=
(cd "$dir" && npm pack --silent axe-core >axe.tgz.name 2>axe.said && tar xzf axe-core-*.tgz package/axe.min.js) &&
	axe=$dir/package/axe.min.js
[ -n "$axe" ] || skip 'accessibility by axe-core' 'npm does not reach it'
screens=${SCREENS:-$dir}
beside page env TMPDIR="$dir" /usr/bin/python3 t/slow/browser.py "$NGINX" "$dir" "$screens" ${axe:+"$axe"}
together page
t 'all is well in the database' clean
finish
