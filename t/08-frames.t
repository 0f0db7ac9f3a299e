#!/bin/sh
# What numbered clients get is cut and paced so that a client which reads once per object loses nothing.
. t/lib.sh
. t/dialect/words.sh
export ASAN_OPTIONS="quarantine_size_mb=1:${ASAN_OPTIONS-}" # memory is measured below

# USER KEY TEXT: a native user writes to old; the text as it stands in JSON
write() {
	say "$1" "{\"op\":\"send\",\"rid\":\"$2\",\"to\":\"old\",\"cid\":\"$2\",\"text\":\"$3\"}"
	expect "$1" "\"rid\":\"$2\",\"ok\":true"
}

# WORD N: new pours texts WORD 1 to WORD N over old, all at once
pour() {
	seq "$2" | sed "s/.*/{\"op\":\"send\",\"rid\":\"$1-&\",\"to\":\"old\",\"cid\":\"$1-&\",\"text\":\"$1 &\"}/" \
		1<>"$dir/new.in" >"$dir/new.in"
	expect new "\"rid\":\"$1-$2\",\"ok\":true" 60
}

# FIELD VALUE: of the next push that old gets
hears_next() {
	expect old '"msg":' && is "$(field "$1")" "$2"
}

# WORD N: old has got them, each once, in order
got_all() {
	[ "$(grep -c "\"msg\":\"$1 " "$dir/old.out")" -ge "$2" ] || return # jq takes its time
	jq -r "select(.msg | strings | startswith(\"$1 \")).msg" "$dir/old.out" >"$dir/got" || return
	seq -f "$1 %g" "$2" | cmp - "$dir/got"
}

# WORD N: with what was said to another login of the same connection
got_the_rest() {
	cat "$dir/before" "$dir/old.out" | jq -r "select(.msg | strings | startswith(\"$1 \")).msg" | sort -u >"$dir/got"
	seq -f "$1 %g" "$2" | sort | cmp - "$dir/got"
}

is_done() { # old has said something, and nothing waits for it
	nods old
	eventually 10 nothing_waits old
}

nothing_waits() { # NAME
	is "$(sql "select count(*) from chat.pending where name = '$1' and device = 'numbered'")" 0
}

# The pushes that old has got since it logged in, put together, are the newest text stored
made_up() {
	jq -j 'select(.name == "new").msg' "$dir/old.out" >"$dir/got" || return
	sql "select encode(convert_to(body, 'UTF8'), 'hex') from chat.messages order by conv_id, seq desc limit 1" |
		perl -ne 'chomp; print pack "H*", $_' | cmp - "$dir/got"
}

unread() { # BYTES: so much lies unread in old's socket
	[ "$(ss -tnH "dst ${NODE_A%:*} and dport = :${NODE_A##*:}" | awk -v n="$1" '$2 > n' | wc -l)" -gt 0 ]
}

all_written() { # WORD N: old has got them, or they lie in its socket, but for one it may be reading
	unread $((($2 - 2 - $(grep -c "\"msg\":\"$1 " "$dir/old.out")) * 1024))
}

gone() { # NAME: no session is left
	is "$(sql "select count(*) from chat.session_list where name = '$1'")" 0
}

longest() { # bytes of a line that old has got
	awk '{ if (length($0) > n) n = length($0) } END { print n }' "$dir/old.out"
}

now() {
	date +%s%3N
}

stack --nodes 2
unlimited
t 'old has a number' enroll old c 123456
user new
native new
t 'new is native' login new "$NODE_B"

section 'Bursts'
t 'old is here' enter old
began=$(now)
t 'a burst of 50 is taken' pour burst 50
t 'all of it arrives' eventually 20 got_all burst 50
t 'no faster than one in 10 ms' [ $(($(now) - began)) -ge 490 ]
t 'and is acknowledged with its next word' is_done
t 'one alone is compact and has no more fields than it needs' write new alone alone
t 'nothing fills it up' expect old '"msg":"alone"\}$'

section 'Waiting messages'
close old
t 'old is away, 1,000 messages come' pour waiting 1000
t 'old is back' enter old "$NODE_B"
t 'and gets each of them once' eventually 120 got_all waiting 1000
t 'all are acknowledged' is_done
t 'old comes again' enter old
write new again again
t 'and gets only what is new' hears_next msg again
t 'that too' is_done

section 'A program that sleeps through any pause'
close old
t 'old is away, 100 messages come' pour asleep 100
t 'old is back' enter old
kill -STOP "$(cat "$dir/old.proc")"
t 'and stopped; all of them are written nevertheless' eventually 20 all_written asleep 100
kill -CONT "$(cat "$dir/old.proc")"
t 'awake again it reads them one by one' eventually 10 got_all asleep 100
t 'and they count' is_done

section 'Two users by one connection'
close old
t 'another has a number' enroll other c 123456
t 'old is here' enter old
pour later 100
wish old logout
say old "{\"msgid\":1,\"id\":$(id other),\"password\":\"123456\"}"
t 'old leaves while 100 messages arrive, another comes' expect old '"errno":0,.*"name":"other"'
wish old chat 0 'heard?'
t 'and hears nothing of them' hears_next name chatd
close old
cp "$dir/old.out" "$dir/before"
t 'old comes again' enter old
t 'and lacks none' eventually 10 got_the_rest later 100
t 'they count' is_done
close old
t 'old comes again' enter old

section 'Own words from elsewhere'
open phone "$NODE_B"
say phone '{"op":"login","name":"old","password":"123456","device":"phone"}'
t 'old is here by a native client as well' expect phone '"ok":true'
seq 300 | sed 's/.*/{"op":"send","rid":&,"to":"other","cid":"p&","text":"phone &"}/' 1<>"$dir/phone.in" >"$dir/phone.in"
t 'and says more there than may be in flight' expect phone '"rid":300,"ok":true' 30
write new after after
t 'what he is answered comes to the old one, nothing else' hears_next msg after
t 'that counts' is_done
close phone

section 'Long texts'
# All kinds of characters, 16 KiB, and every length around what fits into one or two frames
long() {
	perl -MEncode -e 'my @c = ("\"", "\\", "\n", "\t", "a", "b", "c", "é", "字", "\x{1f600}", "/", "\x{7f}");
		my ($s, $b) = ("", 0);
		for (;;) { my $c = $c[rand @c]; $b += length(encode_utf8($c)); last if $b > 16384; $s .= $c }
		print encode_utf8($s)' -Mutf8 | jq -Rs . | sed 's/^"//; s/"$//'
}
close old
t 'old listens' enter old
t 'a text of 16 KiB is taken' write new long "$(long)"
t 'and arrives in pushes that make it up' eventually 20 made_up
is_done >/dev/null
t 'several of them' [ "$(grep -c '"name":"new"' "$dir/old.out")" -gt 16 ]
t 'none longer than what they read' [ "$(longest)" -lt 1024 ]
for text in "$(printf '%6000s' '' | sed 's/ /\\u0001/g')" "$(printf '%4000s' '' | sed 's/ /字/g')" "$(printf '%4096s' '' | sed 's/ /😀/g')"; do
	close old
	enter old >/dev/null
	t 'one of a single kind' write new "kind-$(now)" "$text"
	t 'too' eventually 20 made_up
	is_done >/dev/null
done
close old
enter old >/dev/null
for i in $(seq 880 930) $(seq 1790 1830); do
	printf '{"op":"send","rid":"edge-%s","to":"old","cid":"edge-%s","text":"edge %s"}\n' "$i" "$i" "$(printf "%${i}s" '' | tr ' ' x)"
done 1<>"$dir/new.in" >"$dir/new.in"
t 'texts around the length of a frame are taken' expect new '"rid":"edge-1830","ok":true'
edges() {
	jq -j 'select(.name == "new").msg' "$dir/old.out" | sed 's/edge /\n/g' | awk 'NR > 1 { print length($0) }' >"$dir/got"
	{ seq 880 930 && seq 1790 1830; } | cmp - "$dir/got"
}
t 'and none loses a byte' eventually 20 edges
wish old chat "$(id new)" "$(long)"
t 'old itself may say 16 KiB' expect new '"ev":"message"'
t 'as it was said' is "$(field text | wc -c)" "$(($(sql 'select octet_length(body) from chat.messages order by conv_id, seq desc limit 1') + 1))"

section 'A client that is gone before it has read'
close old
t 'old is away, 30 messages come' pour unread 30
dial old c
say old deaf
wish old login
t 'old logs in and does not look' eventually 10 unread 4096
say old quit
t 'and leaves' eventually 10 gone old
t 'old comes again' enter old
t 'and has lost nothing' eventually 10 got_all unread 30
is_done >/dev/null

close old
t 'a text that takes most of a second to deliver' write new slow "$(printf '%10000s' '' | sed 's/ /\\u0001/g')"
dial old c
say old deaf
wish old login
t 'old has more than half a second of it' eventually 10 unread 64000
say old quit
t 'and leaves' eventually 10 gone old
t 'old comes again' enter old
t 'and gets all of it' eventually 10 made_up

section 'A receiver that never reads'
memory() { # of old's session, in KiB
	awk '/^VmRSS/ { print $2 }' "/proc/$(sql "select pid from chat.session_list where name = 'old'")/status"
}
close old
enter old >/dev/null
say old deaf
before=$(memory)
began=$(now)
text=$(printf '%8000s' '' | tr ' ' x)
seq 2000 | sed "s/.*/{\"op\":\"send\",\"rid\":\"deaf-&\",\"to\":\"old\",\"cid\":\"deaf-&\",\"text\":\"deaf & $text\"}/" \
	1<>"$dir/new.in" >"$dir/new.in"
t 'old reads nothing; whoever writes 16 MB to it is not held up' expect new '"rid":"deaf-2000","ok":true' 60
t 'and it costs its session little memory' [ $(($(memory) - before)) -lt 8192 ]
close old

t 'nothing is broken' is "$(sql 'table chat.invariants')" ''
finish
