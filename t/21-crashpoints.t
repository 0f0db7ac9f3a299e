#!/bin/sh
# Crash points: a session is killed just before its 1st, 2nd, 3rd … write (to the client, PostgreSQL, Redis, the log)
# while it sends, delivers, takes an acknowledgement, logs in, joins. Wherever it dies: what was asked again is there
# once, what was said arrives, no number is missing.
# shellcheck disable=SC1091,SC2016,SC2154
. t/lib.sh
. t/chaos/faults.sh

strace -o /dev/null -e trace=none true 2>/dev/null || skip_all 'strace may not trace here'
most=40 # more than any operation has

stack --nodes 1
user alice bob

gone() {
	! kill -0 "$1" 2>/dev/null
}

# doom PID: it dies before its k-th $call from now on. strace counts each system call on its own.
doom() {
	doomed=$1
	spawn strace strace -f -o /dev/null -e trace=sendto,write,sendmsg -e "inject=$call:signal=KILL:when=$k" -p "$1"
	eventually 5 traced "$1" || echo "cannot trace $1"
}

# spared MS: still alive after so long?
spared() {
	t_spared=0 t_end=$(($(date +%s%3N) + $1))
	until [ "$(date +%s%3N)" -gt "$t_end" ]; do
		gone "$doomed" && t_spared=1 && break
		sleep 0.02
	done
	kill "$(cat "$dir/strace.proc")" 2>/dev/null
	wait "$(cat "$dir/strace.proc")" 2>/dev/null
	rm -f "$dir/strace.proc"
	return $t_spared
}

in_again() { # NAME: on a new connection, with all that waits
	[ ! -e "$dir/$1.proc" ] || close "$1"
	login "$1" && expect "$1" '"synced"'
}

# every OPERATION LEAST: all its points; there have to be some.
every() {
	points=0
	for call in sendto write sendmsg; do
		k=1
		while [ $k -le $most ]; do
			n=$call$k
			"point_$1" || break
			points=$((points + 1)) k=$((k + 1))
		done
		in_again alice
		in_again bob
	done >"$dir/every"
	grep -E '^(not )?ok' "$dir/every"
	t "$1: $points crash points" [ "$points" -ge "$2" ]
}

in_again alice && in_again bob || exit 1

point_send() {
	doom "$(pid_of alice)"
	say alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"s$n\",\"text\":\"send $n\"}"
	! spared 700 || return 1
	t "send, killed before $call $k: the sender comes back" in_again alice
	t 'and asks again' say_ok alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"s$n\",\"text\":\"send $n\"}"
	t 'it is there once' is "$(sql "select count(*) from chat.messages where cid = 's$n'")" 1
	say_ok alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"t$n\",\"text\":\"then $n\"}" >/dev/null
	t 'it arrives' expect bob "\"send $n\""
	t 'and what comes after it' expect bob "\"then $n\""
	t 'no invariant is broken' clean
}

point_deliver() {
	doom "$(pid_of bob)"
	say_ok alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"d$n\",\"text\":\"deliver $n\"}" >/dev/null
	! spared 700 || return 1
	close bob
	login bob
	t "deliver, killed before $call $k: it is in the backlog" expect bob "\"deliver $n\""
	t 'to its end' expect bob '"synced"'
}

point_ack() {
	last=$(sql 'select last_seq from chat.conversations')
	doom "$(pid_of bob)"
	say bob "{\"op\":\"ack\",\"rid\":\"k\",\"conv\":1,\"seq\":$((last - 1))}"
	! spared 1800 || return 1
	t "ack, killed before $call $k: the cursor is not ahead" [ "$(sql "select coalesce(max(acked_seq), 0) from chat.cursors k
		join chat.devices d on d.id = k.device_id join chat.users u on u.id = d.user_id where u.name = 'bob'")" -lt "$last" ]
	close bob
	login bob
	t 'what was not acknowledged comes again' expect bob "\"conv\":1,\"seq\":$last,"
	expect bob '"synced"' >/dev/null
	say_ok alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"a$n\",\"text\":\"after $n\"}" >/dev/null
	t 'and what comes after it' expect bob "\"after $n\""
}

point_login() {
	close bob
	eventually 5 logged_out bob
	say_ok alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"l$n\",\"text\":\"login $n\"}" >/dev/null
	open bob
	say_ok bob '{"op":"hello"}' >/dev/null
	doom "$(ps -o pid=,args= --ppid "$(cat "$dir/a.pid")" | awk '/chatd: session / { print $1 }' | tail -n 1)"
	say bob '{"op":"login","name":"bob","password":"bob-password"}'
	! spared 1000 || return 1
	close bob
	login bob
	t "login, killed before $call $k: the next one gets what waits" expect bob "\"login $n\""
	t 'to its end' expect bob '"synced"'
	t 'and is the only one' is "$(sql "select count(*) from chat.session_list where name = 'bob'")" 1
}

point_join() {
	say_ok bob "{\"op\":\"group_create\",\"name\":\"g$n\"}" >/dev/null
	doom "$(pid_of alice)"
	say alice "{\"op\":\"group_join\",\"group\":\"g$n\"}"
	! spared 700 || return 1
	in_again alice >/dev/null
	t "join, killed before $call $k: joining again is fine" say_ok alice "{\"op\":\"group_join\",\"group\":\"g$n\"}"
	t 'and is one entry' is "$(sql "select count(*) from chat.messages m join chat.conversations c on c.id = m.conv_id
		where c.name = 'g$n' and m.kind = 'join' and m.seq > 1")" 1
	say_ok bob "{\"op\":\"send\",\"group\":\"g$n\",\"cid\":\"j\",\"text\":\"joined $n\"}" >/dev/null
	t 'what is said there arrives' expect alice "\"joined $n\""
	t 'no invariant is broken' clean
}

every send 3
every deliver 1
every ack 2
every login 6
every join 5

finish
