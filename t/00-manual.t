#!/bin/sh
# The manuals and what is installed: chatd(8) says what chatd --help says, and everything is where it belongs.
. t/lib.sh

mandoc=$(command -v mandoc)
for page in man/*.[178]; do
	sentence="$page has nothing that mandoc warns of"
	if [ -n "$mandoc" ]; then
		t "$sentence" is "$("$mandoc" -Tlint -W warning "$page" 2>&1)" ''
	else
		skip "$sentence" 'there is no mandoc'
	fi
done

page=man/chatd.8
"$chatd" --help >"$dir/help"
# Both as words: [--node NAME] …
usage() {
	sed -n '1s/^usage: chatd //p' "$dir/help" | sed 's/\] \[/]\n[/g'
}
synopsis() {
	sed -n '/^.Sh SYNOPSIS/,/^.Sh DESCRIPTION/{s/^.Op Fl -/[--/;s/^.Op Fl /[-/;s/^.Op Ar /[/;s/ Ar / /;s/^\[.*/&]/p}' "$page"
}
t 'SYNOPSIS is what usage says' is "$(synopsis)" "$(usage)"
options() {
	sed -nE 's/^  --?([a-z-]+).*/\1/p' "$dir/help"
}
t 'there are many options' [ "$(options | wc -l)" -ge 25 ]
for option in $(options); do
	t "$option is described" grep -qE "^\\.It Fl -?$option( |\$)" "$page"
done
for variable in $(grep -ohE 'getenv\("[A-Z_]+"' ./*.c master/*.c lib/*.c | sed 's/.*("//; s/"//' | sort -u | grep -v DUMPABLE); do
	t "the variable $variable is described" grep -qE "^\\.It Ev .*$variable" "$page"
done
for signal in $(sed -n 's/.*handled\[\] = {\(.*\)};/\1/p' master/loop.c | tr -d ','); do
	t "$signal is described" grep -qE "^\\.It Dv .*$signal" "$page"
done
for status in $("$chatd" --help | sed -n '/^Exit status/,$p' | grep -oE '\b(0|[67][0-9])\b' | sort -u); do
	t "exit status $status is described" grep -qx ".It $status" "$page"
done
completed() {
	PATH=$BUILD_DIR:$PATH bash -c '. contrib/chatd.bash; COMP_WORDS=(chatd "$@"); COMP_CWORD=$#; _chatd; echo "${COMPREPLY[*]}"' - "$@"
}
t 'bash completes options' is "$(completed --max)" --max-sessions
t 'and their words' is "$(completed --registration o)" open

section 'make install'
files() {
	(cd "$dir/root" && find . -type f -o -type l | sed 's/^\.//' | sort)
}
t 'installs' make -s install PREFIX=/usr DESTDIR="$dir/root" B="$BUILD_DIR"
for file in sbin/chatd bin/chat share/man/man8/chatd.8 share/man/man1/chat.1 share/man/man7/chatd-protocol.7 \
	share/bash-completion/completions/chat share/bash-completion/completions/chatd share/doc/chatd/examples/nginx.conf \
	share/doc/chatd/examples/chatd.service share/doc/chatd/examples/haproxy.cfg share/chatd/schema/0001-tables.sql; do
	t "$file is there" [ -s "$dir/root/usr/$file" ]
done
t 'only below PREFIX' is "$(files | grep -v '^/usr/')" ''
t 'what it installs runs' like "$("$dir/root/usr/sbin/chatd" --version)" '^chatd '
touch "$dir/root/usr/bin/other"
t 'uninstall' make -s uninstall PREFIX=/usr DESTDIR="$dir/root" B="$BUILD_DIR"
t 'leaves what it did not bring' is "$(files)" /usr/bin/other

section 'contrib'
analyze=$(command -v systemd-analyze)
score() { # FILE: systemd finds it exposed no more than 2 of 10
	systemd-analyze security --offline=true --threshold=20 "$1" >"$dir/score"
}
for unit in chatd.service chatd@.service; do
	if [ -n "$analyze" ]; then
		sed "s|/usr/sbin/chatd|$chatd|; /^Documentation/d" "contrib/$unit" >"$dir/$unit"
		t "systemd understands $unit" is "$(systemd-analyze verify "$dir/$unit" 2>&1)" ''
		t 'and finds it exposed to 2 of 10 at most' score "$dir/$unit"
	else
		skip "systemd understands $unit" 'there is no systemd-analyze'
	fi
done
t 'runit runs a shell script' sh -n contrib/runit/run
finish
