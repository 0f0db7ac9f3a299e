#!/bin/sh
# A thousand sessions of one node, and what all of them need goes away and comes back: nobody is thrown out, nothing is
# lost, it is soon as before, and they do not all ask for the same at once.
# shellcheck disable=SC2016,SC2086,SC2154,SC3045
. t/lib.sh
. t/many.sh

n=${SESSIONS:-1000}
ulimit -n "$(ulimit -Hn)"
stack --nodes 1 --pgbouncer --postgres '-c track_functions=all'
user alice
login alice
many "$n"

tell() { # TEXT: to the crowd; sets seq
	say_ok alice "{\"op\":\"send\",\"group\":\"crowd\",\"cid\":\"$1\",\"text\":\"$1\"}" && seq=$(field seq)
}
all_have() { # SEQ
	grep -qx "all $1" "$dir/many.out"
}
says() { # WORDS: its last ones
	[ "$(tail -n 1 "$dir/many.out")" = "$1" ]
}
ask() { # all, and waits for the answers
	heard=$(grep -c ^answered "$dir/many.out")
	kill -USR1 "$(cat "$dir/many.proc")"
	eventually 30 more_answers
}
more_answers() {
	[ "$(grep -c ^answered "$dir/many.out")" -gt "$heard" ]
}
all_are_answered() {
	ask && says "answered $n 0"
}
stored() {
	is "$(sql "select count(*) from chat.cursors k join chat.devices d on d.id = k.device_id
		join chat.conversations c on c.id = k.conv_id where d.name = 'x' and c.id = $conv and k.acked_seq < c.last_seq")" 0
}
within() { # SECONDS WHAT COMMAND…: from $t_began on; says how long it took
	limit=$1 what=$2
	shift 2
	eventually $((limit * 4)) "$@"
	t_now
	echo "# $what: $(((t_now - t_began) * 10)) ms"
	[ $((t_now - t_began)) -le $((limit * 100)) ]
}
begin() {
	t_now
	t_began=$t_now
}

spawn many perl t/many.pl "$NODE_A" "$n" "$conv"
t "$n are in" eventually 120 grep -qx in "$dir/many.out"

section 'Redis'
all_counted
own='sync session_check' asked=$(calls $own)
node redis kill
t 'all are told' eventually 10 grep -qx degraded "$dir/many.out"
begin
t 'without it texts are stored' tell 'without Redis'
within 5 "all $n have it by the sweep after" all_have "$seq" >"$dir/took" && slow=0 || slow=1
t 'and arrive within five seconds' is $slow 0
cat "$dir/took"
t 'one more' tell 'just before Redis is back'
node redis start
begin
within 2 'after its return all have it after' all_have "$seq" >"$dir/took" && slow=0 || slow=1
t 'what was missed arrives within two seconds of its return' is $slow 0
cat "$dir/took"
t 'all are told that it is back' eventually 5 grep -qx ok "$dir/many.out"
tell 'with Redis'
begin
t 'at once again' within 1 'then after' all_have "$seq"
all_counted
# Some may, where other tests make the keeper late; by themselves all would.
t 'it is not the sessions that look whether they missed something' [ $(($(calls $own) - asked)) -lt $((n / 5)) ]

section 'Redis hangs'
all_told() { # WORD
	[ "$(grep -cx "$1" "$dir/many.out")" -eq 2 ]
}
kill -STOP "$(cat "$dir/redis.pid")"
begin
within 25 'all notice that it hangs after' all_told degraded >"$dir/took" && slow=0 || slow=1
t 'the keeper notices it for all, and each for itself then' is $slow 0
cat "$dir/took"
begin
t 'without it texts are stored' tell 'Redis hangs'
within 5 "all $n have it by the sweep after" all_have "$seq" >"$dir/took" && slow=0 || slow=1
t 'and arrive within five seconds' is $slow 0
cat "$dir/took"
kill -CONT "$(cat "$dir/redis.pid")"
t 'it goes on: all are told' eventually 5 all_told ok

section 'PostgreSQL'
asker=$(sql "select pid from chat.session_list where name = 'alice'")
keeper=$(ps -o pid=,args= --ppid "$(cat "$dir/a.pid")" | awk '/chatd: keeper/ { print $1 }')
kill -STOP "$(cat "$dir/redis.pid")"
tell 'on its way when it goes' >/dev/null
node postgres kill
kill -CONT "$(cat "$dir/redis.pid")"
t 'what is on its way arrives' eventually 5 all_have "$seq"
keeper_failed() { # COUNT
	[ "$(grep -cE "ev=db_(lost|unreachable) pid=$keeper " "$dir/a.log")" -ge "$1" ]
}
t 'that it was acknowledged cannot be stored' eventually 20 keeper_failed 5
t 'without it everybody is answered' ask
t 'that it is not there' says "answered 0 $n"
asks() { # COUNT: alice, one after the other
	for i in $(seq "$1"); do
		say alice "{\"op\":\"convs\",\"rid\":$i}"
		expect alice "\"rid\":$i,\"ok\":false,\"error\":\"unavailable\"" || return
	done
}
lost() { # lines of alice's session about it
	grep -c "ev=db_lost pid=$asker " "$dir/a.log"
}
begin
t 'who asks again and again is answered each time' asks 50
t_now
t 'and the log says so once a second' [ "$(lost)" -ge 1 -a "$(lost)" -le $(((t_now - t_began) / 100 + 2)) ]
echo "# $(lost) times in $(((t_now - t_began) * 10)) ms"
node postgres start
begin
within 5 "all $n are answered after" all_are_answered >"$dir/took" && slow=0 || slow=1
t 'five seconds after its return everything is answered' is $slow 0
cat "$dir/took"
t 'what they acknowledged meanwhile is stored' within 5 'stored after' stored
all_counted
t 'by few statements' [ "$(calls acks)" -le 20 ]
t 'nobody was thrown out' not grep -q lost "$dir/many.out"
t 'clean' clean

finish
