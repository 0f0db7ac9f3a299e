#!/bin/sh
# What the keeper does for all sessions of a node: their acknowledgements, the sweep. And when it does not, or dies.
# shellcheck disable=SC2016,SC2154
. t/lib.sh
. t/many.sh

section 'The shared memory'
whole='whoever is killed in the midst of writing to it, at whatever point, leaves nothing wrong in it'
if grep -q __asan_init "$BUILD_DIR/unit/shared_test"; then
	skip "$whole" 'it stops at each instruction, and a sanitizer has a hundred times as many'
else
	t "$whole" "$BUILD_DIR/unit/shared_test"
fi

stack --nodes 1 --pgbouncer --postgres '-c track_functions=all'
n=500
user alice bob carol
login alice
many "$n"
keeper=$(ps -o pid=,args= --ppid "$(cat "$dir/a.pid")" | awk '/chatd: keeper/ { print $1 }')

tell() { # TEXT: to the crowd; all have acknowledged it then
	say_ok alice "{\"op\":\"send\",\"group\":\"crowd\",\"cid\":\"$1\",\"text\":\"$1\"}" >/dev/null
	eventually 20 grep -qx "all $(field seq)" "$dir/many.out"
}
behind() { # COUNT: so many have not stored what they acknowledged
	sql_is "$1" "select count(*) from chat.cursors k join chat.devices d on d.id = k.device_id
		join chat.conversations c on c.id = k.conv_id where d.name = 'x' and c.id = $conv and k.acked_seq < c.last_seq"
}

section 'A crowd'
spawn many perl t/many.pl "$NODE_A" $n "$conv"
t "$n are in" eventually 60 grep -qx in "$dir/many.out"
t 'the keeper has looked after all of them' eventually 10 called 0 sweep
t_now
began=$t_now
before=$(calls acks)
for i in 1 2 3 4 5 6 7 8; do tell "text $i" || echo "# text $i did not arrive"; done
t_now
took=$(((t_now - began) / 100))
t 'what they acknowledge is stored soon' eventually 2 behind 0
eventually 15 called "$before" acks
stored=$(($(calls acks) - before))
t "all of it by few statements: $stored in $took s" [ "$stored" -le $((2 * took + 6)) ]

section 'Nobody does anything'
woken() { # how often they were, all together
	sql "select pid from chat.session_list where name ~ '^many-'" | sed 's,.*,/proc/&/status,' |
		xargs awk '/^voluntary_ctxt_switches/ { n += $2 } END { print n }'
}
pings() { # that Redis had
	redis-cli -s "${REDIS_URL#unix:}" info commandstats | sed -n 's/^cmdstat_ping:calls=\([0-9]*\),.*/\1/p' | grep . || echo 0
}
asked() { # PostgreSQL, by anybody
	sql "select xact_commit + xact_rollback from pg_stat_database where datname = 'chat'"
}
for_a_while() { # 21 s
	t_now
	[ "$t_now" -ge $((began + 2100)) ]
}
own='ack sync backlog session_check session_arrived entry'
all_counted
before=$(calls $own) acks=$(calls acks) sweeps=$(calls sweep) pings=$(pings) woken=$(woken) asked=$(asked)
t_now
began=$t_now
eventually 30 for_a_while
asked=$(($(asked) - asked)) pings=$(($(pings) - pings)) earlier=$woken woken=$(($(woken) - woken))
t "after 21 s the keeper alone has asked Redis whether it lives: $pings times" [ "$pings" -ge 1 -a "$pings" -le 5 ]
t "PostgreSQL was asked about once a second: $asked times" [ "$asked" -ge 10 -a "$asked" -le 25 ]
t "and sessions were woken once at most: $woken times, $earlier before" [ "$earlier" -ge "$n" -a $woken -le $n ]
t 'no session has asked the database anything' is "$(calls $own)" "$before"
t 'nor has the keeper stored anything' is "$(calls acks)" "$acks"
t 'or looked after them more than once' [ $(($(calls sweep) - sweeps)) -le 1 ]

if ! grep -qE "__asan_init|__llvm_profile|__gcov" "$BUILD_DIR/chatd"; then
	private=$(sql "select pid from chat.session_list where name ~ '^many-'" | sed 's,.*,/proc/&/smaps_rollup,' |
		xargs awk '/^Private/ { n += $2 } END { print int(n / '"$n"') }')
	t "each has at most 100 KB to itself: $private" [ "$private" -gt 50 -a "$private" -le 100 ]
fi
descriptors=$(sql "select pid from chat.session_list where name ~ '^many-'" | sed 's,.*,/proc/&/status,' |
	xargs awk '/^FDSize/ && $2 > n { n = $2 } END { print n }')
t "and a table for few descriptors, whatever the master has: $descriptors" [ "$descriptors" -ge 64 -a "$descriptors" -le 256 ]

section 'A lock held by somebody'
spawn lock psql -XAtq -c "begin; select from chat.cursors k join chat.devices d on d.id = k.device_id
	join chat.users u on u.id = d.user_id where u.name = 'many-7' and k.conv_id = $conv for update of k;
	select 'held'" -c 'select pg_sleep(12)' -c commit
t 'somebody holds one of the rows' eventually 5 grep -qx held "$dir/lock.out"
tell 'under a lock'
t 'all others are stored all the same' eventually 4 behind 1
beat=$(sql "select extract(epoch from now() - last_seen) < 5 from chat.nodes")
t 'the heart beats' is "$beat" t
t 'still it is held' is "$(cat "$dir/lock.out")" held
t 'who has to wait is stored afterwards' eventually 20 behind 0
close lock

section 'No keeper'
kill -STOP "$keeper"
tell 'the keeper is stopped'
kill -KILL "$keeper"
t 'killed while acknowledgements wait: they are stored' eventually 5 behind 0
new_keeper() {
	keeper=$(ps -o pid=,args= --ppid "$(cat "$dir/a.pid")" | awk '/chatd: keeper/ { print $1 }')
	[ -n "$keeper" ]
}
t 'there is another one' eventually 5 new_keeper
before=$(calls acks)
t 'which beats' eventually 10 called "$(calls node_beat)" node_beat
kill -STOP "$keeper"
tell 'this one is stopped, too'
t 'stopped for good: sessions store their own' eventually 8 behind 0
kill -CONT "$keeper"
all_counted
t 'each once' [ $(($(calls acks) - before)) -le $((n + n / 10)) ]
before=$(calls acks)
tell 'and goes on'
t 'when it goes on it does so for all again' eventually 3 behind 0
eventually 15 called "$before" acks
t 'by few statements' [ $(($(calls acks) - before)) -le 20 ]

section 'A session that dies'
killed=$(sql "select string_agg(pid::text, ' ') from (select pid from chat.session_list where name ~ '^many-1[0-9]\$') s")
say_ok alice '{"op":"send","group":"crowd","cid":"die","text":"die"}' >/dev/null
# shellcheck disable=SC2086
kill -KILL $killed
t 'ten of them' eventually 5 sql_is $((n - 10)) "select count(*) from chat.session_list where name ~ '^many-'"
t 'the others are stored' eventually 3 sql_is 0 "select count(*) from chat.pending where name ~ '^many-' and name !~ '^many-1[0-9]\$'"
close many
t 'all have left' eventually 20 sql_is 0 "select count(*) from chat.session_list where name ~ '^many-'"

section 'The sweep'
sent_by_hand() { # TO TEXT: stored, and nobody is told
	sql "select chat.send((select id from chat.users where name = 'alice'), 0, null, '$1', null, false, '{$2}', '{$2}')" >/dev/null
}
login bob
expect bob '"synced"'
sent_by_hand bob unheard
t 'what the bus never said is found soon after a login' expect bob unheard 5
say_ok bob "{\"op\":\"ack\",\"rid\":1,\"conv\":$(field conv),\"seq\":$(field seq)}"
close bob
login bob
expect bob '"synced"'
t 'who acknowledged and left at once gets nothing twice' not grep unheard "$dir/bob.out"
sql "delete from chat.sessions where id = (select id from chat.session_list where name = 'bob')"
t 'a row that went by mistake comes back' eventually 5 not logged_out bob
login carol
expect carol '"synced"'
sql "update chat.devices d set token_hash = 'another' from chat.users u where u.id = d.user_id and u.name = 'carol';
delete from chat.sessions where id = (select id from chat.session_list where name = 'carol')"
t 'but not when somebody has logged in with the device since' expect carol '"bye".*"replaced"' 5
t 'clean' clean

finish
