#!/bin/sh
# Crash points: a session is killed just before its 1st, 2nd, 3rd … write (to the client, PostgreSQL, Redis, the log)
# while it sends, delivers, takes an acknowledgement and goes, logs in, joins; or a keeper while it stores what it was
# handed. Wherever it dies: what was asked again is there once, what was said arrives, no number is missing. (Handing
# over makes no system call: t/unit/shared_test.c kills after each instruction.)
# shellcheck disable=SC1091,SC2016,SC2154
. t/lib.sh
. t/chaos/faults.sh

strace -o /dev/null -e trace=none true 2>/dev/null || skip_all 'strace may not trace here'
most=40 # more than any operation has

# What strace holds cannot be looked through for leaks when it exits; everything else a sanitizer sees still counts.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
stack --nodes 3

gone() {
	! kill -0 "$1" 2>/dev/null
}

# doom PID: it dies before its k-th $call from now on. strace counts each system call on its own.
doom() {
	doomed=$1
	spawn "strace-$op" strace -f -o /dev/null -e trace=sendto,write,sendmsg -e "inject=$call:signal=KILL:when=$k" -p "$1"
	eventually 20 traced "$1" || echo "cannot trace $1"
}

# spared MS COMMAND…: still alive so long after the command has come true, which shows that all was done?
spared() {
	t_after=$(($1 / 10)) t_spared=0
	shift
	eventually 10 gone_or "$@"
	t_now
	t_after=$((t_now + t_after))
	until [ "$t_now" -gt "$t_after" ]; do
		gone "$doomed" && t_spared=1 && break
		sleep 0.02
		t_now
	done
	kill "$(cat "$dir/strace-$op.proc")" 2>/dev/null
	wait "$(cat "$dir/strace-$op.proc")" 2>/dev/null
	rm -f "$dir/strace-$op.proc"
	return $t_spared
}

gone_or() {
	gone "$doomed" || "$@"
}

heard() { # NAME REGEX
	grep -q "$2" "$dir/$1.out"
}

in_again() { # NAME: on a new connection, with all that waits
	[ ! -e "$dir/$1.proc" ] || close "$1"
	login "$1" "$at" && expect "$1" '"synced"'
}

last_seq() {
	sql "select last_seq from chat.conversations where id = $conv"
}

acked() { # by bob
	sql "select coalesce(max(acked_seq), 0) from chat.cursors k
		join chat.devices d on d.id = k.device_id join chat.users u on u.id = d.user_id where u.name = '$bob' and k.conv_id = $conv"
}

acked_is() {
	is "$(acked)" "$1"
}

# every OPERATION LEAST [ADDR]: all its points, with people of its own; there have to be some.
every() {
	op=$1 at=${3:-$NODE_A} alice=alice-$1 bob=bob-$1 points=0
	section "$op"
	user "$alice" "$bob"
	in_again "$alice" && in_again "$bob" || exit 1
	for n in 1 2; do
		say_ok "$alice" "{\"op\":\"send\",\"to\":\"$bob\",\"cid\":\"$n\",\"text\":\"$n\"}" || exit 1
	done
	conv=$(field conv)
	for call in sendto write sendmsg; do
		k=1
		while [ $k -le $most ]; do
			n=$call$k
			"point_$op" || break
			points=$((points + 1)) k=$((k + 1))
		done
		in_again "$alice"
		in_again "$bob"
	done >"$dir/every-$op"
	grep -E '^(not )?ok' "$dir/every-$op"
	t "$op: $points crash points" [ "$points" -ge "$2" ]
}

point_send() {
	doom "$(pid_of "$alice")"
	say "$alice" "{\"op\":\"send\",\"rid\":\"$n\",\"to\":\"$bob\",\"cid\":\"s$n\",\"text\":\"send $n\"}"
	! spared 500 heard "$alice" "\"rid\":\"$n\"" || return 1
	t "send, killed before $call $k: the sender comes back" in_again "$alice"
	t 'and asks again' say_ok "$alice" "{\"op\":\"send\",\"to\":\"$bob\",\"cid\":\"s$n\",\"text\":\"send $n\"}"
	t 'it is there once' is "$(sql "select count(*) from chat.messages where cid = 's$n'")" 1
	say_ok "$alice" "{\"op\":\"send\",\"to\":\"$bob\",\"cid\":\"t$n\",\"text\":\"then $n\"}" >/dev/null
	t 'it arrives' expect "$bob" "\"send $n\""
	t 'and what comes after it' expect "$bob" "\"then $n\""
	t 'no invariant is broken' clean
}

point_deliver() {
	doom "$(pid_of "$bob")"
	say_ok "$alice" "{\"op\":\"send\",\"to\":\"$bob\",\"cid\":\"d$n\",\"text\":\"deliver $n\"}" >/dev/null
	! spared 500 heard "$bob" "\"deliver $n\"" || return 1
	close "$bob"
	login "$bob" "$at"
	t "deliver, killed before $call $k: it is in the backlog" expect "$bob" "\"deliver $n\""
	t 'to its end' expect "$bob" '"synced"'
}

# The client acknowledges and goes: its session hands over, stores what the keeper has not yet, and ends.
point_ack() {
	last=$(last_seq)
	doom "$(pid_of "$bob")"
	say_ok "$bob" "{\"op\":\"ack\",\"rid\":\"k\",\"conv\":$conv,\"seq\":$((last - 1))}" 3 >/dev/null
	close "$bob"
	eventually 10 gone "$doomed"
	spared 0 true
	! eventually 5 left "$doomed" || return 1
	t "ack, killed before $call $k: the cursor is not ahead" [ "$(acked)" -lt "$last" ]
	login "$bob" "$at"
	t 'what was not acknowledged comes again' expect "$bob" "\"conv\":$conv,\"seq\":$last,"
	expect "$bob" '"synced"' >/dev/null
	say_ok "$alice" "{\"op\":\"send\",\"to\":\"$bob\",\"cid\":\"a$n\",\"text\":\"after $n\"}" >/dev/null
	t 'and what comes after it' expect "$bob" "\"after $n\""
}

left() { # PID: of its own accord; false if it was killed
	grep -q "ev=session_died.* pid=$1 " "$dir"/?.log && return 1
	grep -q "ev=session_died.* pid=$1\$" "$dir"/?.log && return 1
	[ -z "$(sql "select pid from chat.session_list where pid = $1")" ]
}

keeper_of() { # NODE
	ps -o pid=,args= --ppid "$(cat "$dir/$1.pid")" | awk '/chatd: keeper/ { print $1 }'
}

has_keeper() {
	[ -n "$(keeper_of c)" ]
}

# The keeper takes what bob's session handed over, stores it, and tells alice.
point_keeper() {
	eventually 5 has_keeper
	last=$(last_seq)
	say_ok "$alice" "{\"op\":\"send\",\"to\":\"$bob\",\"cid\":\"k$n\",\"text\":\"keep $n\"}" >/dev/null
	expect "$bob" "\"keep $n\"" >/dev/null
	doom "$(keeper_of c)"
	say "$bob" "{\"op\":\"ack\",\"conv\":$conv,\"seq\":$((last + 1))}"
	! spared 300 acked_is $((last + 1)) || return 1
	t "keeper, killed before $call $k: what it had taken is stored" eventually 5 acked_is $((last + 1))
	say_ok "$alice" "{\"op\":\"send\",\"to\":\"$bob\",\"cid\":\"K$n\",\"text\":\"kept $n\"}" >/dev/null
	t 'what comes after it arrives' expect "$bob" "\"kept $n\""
	t 'no invariant is broken' clean
}

point_login() {
	close "$bob"
	eventually 5 logged_out "$bob"
	say_ok "$alice" "{\"op\":\"send\",\"to\":\"$bob\",\"cid\":\"l$n\",\"text\":\"login $n\"}" >/dev/null
	open "$bob" "$at"
	say_ok "$bob" '{"op":"hello"}' >/dev/null
	doom "$(ps -o pid=,args= --ppid "$(cat "$dir/b.pid")" | awk '/chatd: session / { print $1 }' | tail -n 1)"
	say "$bob" "{\"op\":\"login\",\"name\":\"$bob\",\"password\":\"$bob-password\"}"
	! spared 500 heard "$bob" '"synced"' || return 1
	close "$bob"
	login "$bob" "$at"
	t "login, killed before $call $k: the next one gets what waits" expect "$bob" "\"login $n\""
	t 'to its end' expect "$bob" '"synced"'
	t 'and is the only one' is "$(sql "select count(*) from chat.session_list where name = '$bob'")" 1
}

point_join() {
	say_ok "$bob" "{\"op\":\"group_create\",\"name\":\"g$n\"}" >/dev/null
	doom "$(pid_of "$alice")"
	say "$alice" "{\"op\":\"group_join\",\"rid\":\"$n\",\"group\":\"g$n\"}"
	! spared 500 heard "$alice" "\"rid\":\"$n\"" || return 1
	in_again "$alice" >/dev/null
	t "join, killed before $call $k: joining again is fine" say_ok "$alice" "{\"op\":\"group_join\",\"group\":\"g$n\"}"
	t 'and is one entry' is "$(sql "select count(*) from chat.messages m join chat.conversations c on c.id = m.conv_id
		where c.name = 'g$n' and m.kind = 'join' and m.seq > 1")" 1
	say_ok "$bob" "{\"op\":\"send\",\"group\":\"g$n\",\"cid\":\"j\",\"text\":\"joined $n\"}" >/dev/null
	t 'what is said there arrives' expect "$alice" "\"joined $n\""
	t 'no invariant is broken' clean
}

beside send every send 3
beside deliver every deliver 1
beside ack every ack 3
beside keeper every keeper 1 "$NODE_C" # nobody else's keeper
beside login every login 6 "$NODE_B" # nobody else comes in there
beside join every join 5
together send deliver ack keeper login join

finish
