#!/bin/sh
# The harness itself: green where it should be, and red for every reason it knows.
# shellcheck disable=SC2016
. t/lib.sh

# run LINES…: a test file of these lines. Its words are in DIR/run.out and .err, its directory is $kept.
run() {
	printf '%s\n' '. t/lib.sh' "$@" >"$dir/run.t"
	TMPDIR=$dir/home sh "$dir/run.t" >"$dir/run.out" 2>"$dir/run.err"
	status=$?
	kept=$(sed -n 's/^# kept: //p' "$dir/run.err")
	[ -z "$kept" ] || [ -d "$kept" ] || status=96
	rm -rf "$dir"/home/chatd-t.*
	mv "$dir/run.err" "$dir/run.said" # it may quote a sanitizer, which is no news about us
	return $status
}

red() {
	run "$@"
	is "$status, kept: ${kept:+yes}" '1, kept: yes'
}

t 'a file whose sentences are true is green' run "t 'yes' true" 'finish'
t 'and says so' is "$(cat "$dir/run.out")" "ok 1 - yes
ok 2 - all left as they were told, no log complains
1..2"
t 'and keeps nothing' is "$kept" ''

t 'a false sentence makes it red' red "t 'no' false" "t 'yes' true" 'finish'
t 'and the rest is run' like "$(cat "$dir/run.out")" '^ok 2 - yes'
t 'what the command said is shown' red "t 'no' is one two" 'finish'
t 'on stderr, where prove lets it through' like "$(cat "$dir/run.said")" '^# got: +one'
t 'with the file and the section' red "section 'The second'" "t 'no' false" 'finish'
t 'before the sentence' like "$(cat "$dir/run.said")" '^# t/run\.t, The second: not ok - no$'
t 'a file that stops half way is red' red "t 'yes' true" 'exit 0'
t 'and one that ends without its finish' red "t 'yes' true"
t 'an unset variable stops it' red "t 'yes' is \"\$nobody\" ''" 'finish'
t 'a stack that does not come up stops it' red 'BUILD_DIR=/nonexistent' 'stack' "t 'yes' true" 'finish'

for words in 'ERROR: AddressSanitizer: heap-use-after-free' 'conn.c:1:2: runtime error: overflow' \
	'ERROR: LeakSanitizer: detected memory leaks' "chatd: conn.c:1: main: Assertion \`0' failed."; do
	t "a log with ${words%%:*}… is red" red "echo \"$(printf %s "$words" | tr '`' "'")\" >\"\$dir/a.log\"" 'finish'
done
t 'a session that crashed is red' red 'echo "lvl=warn ev=session_died pid=1 child=5 pid=9 signal=11" >"$dir/a.log"' 'finish'
t 'one that was killed is not' run 'echo "lvl=warn ev=session_died pid=1 child=5 pid=9 signal=9" >"$dir/a.log"' 'finish'
t 'so is one of a client' red 'echo "x.c:1:2: runtime error: overflow" >"$dir/alice.err"' 'finish'
t 'a server that aborted is red' red 'echo "99999999 134" >"$dir/a.exit"' 'finish'
t 'one that we killed is not' run 'echo "99999999 137" >"$dir/a.exit"' 'finish'
t 'a child left behind is red' red 'setsid sleep 4 >/dev/null 2>&1 &' 'echo "$! 0" >"$dir/a.exit"' 'finish'

t 'spawn and close leave nothing' run 'spawn s sleep 60' 'pid=$(cat "$dir/s.proc")' 'close s' \
	't gone not kill -0 $pid' 'finish'
t 'the end closes what is open' run 'spawn s sleep 60' 'cp "$dir/s.proc" "$dir/../pid"' 'finish'
t 'truly' not kill -0 "$(cat "$dir/home/pid")"
t 'eventually waits' run '(sleep 0.3; : >"$dir/x") &' "t 'waits' eventually 5 test -e \"\$dir/x\"" 'finish'
t 'but not for ever' red "t 'never' eventually 0 false" 'finish'
t 'what is said beside comes together, numbered on' run "t 'one' true" 'b() { t two true; t three true; }' 'beside b b' 'together b' "t 'four' true" 'finish'
t 'in order' is "$(cut -c1-12 "$dir/run.out" | head -n 4 | tr '\n' ' ')" 'ok 1 - one ok 2 - two ok 3 - three ok 4 - four '
t 'at the finish at last' run 'b() { sleep 0.3; t late true; }' 'beside b b' "t 'early' true" 'finish'
t 'too' is "$(sed -n 2p "$dir/run.out")" 'ok 2 - late'
t 'a false sentence beside is red' red 'b() { t no false; t yes true; }' 'beside b b' 'finish'
t 'under its number' like "$(cat "$dir/run.out")" '^not ok 1 - no'
t 'what does not come to its end beside is red' red 'b() { t yes true; exit 0; }' 'beside b b' 'finish'
t 'or stumbles over an unset variable' red 'b() { t "$nobody" true; }' 'beside b b' 'finish'
t 'every test may be called by its name' is "$(find t -name '*.t' ! -perm -111)" ''
t 'exits compares the status' run "t 'three' exits 3 sh -c 'exit 3'" 'finish'
t 'and is red for another' red "t 'three' exits 3 true" 'finish'

finish
