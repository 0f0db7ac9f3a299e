#!/bin/sh
# Faults: what happens when Redis, PostgreSQL, a node, a session or a reader is not there. Every bound of
# time or memory that reliability.md promises is measured here; t/25-storms.t has them all at once, t/chaos the long runs.
# shellcheck disable=SC1091,SC2016,SC2154
. t/lib.sh
. t/chaos/faults.sh

stack --nodes 3
unlimited
user alice bob carol

heard() { # NAME REGEX: anywhere so far
	grep -qE -e "$2" "$dir/$1.out"
}

login alice "$NODE_A"
expect alice '"synced"'
login bob "$NODE_B"
expect bob '"synced"'
login carol "$NODE_B"
expect carol '"synced"'
say bob '{"op":"friend_add","user":"alice"}'
expect bob '"ok":true'
say alice '{"op":"friend_add","user":"bob"}'
expect alice '"ok":true'
say alice '{"op":"send","to":"bob","cid":"0","text":"all is well"}'
t 'all is well' expect bob 'all is well' 2

section 'Redis'
node redis kill
t 'Redis dies: alice is told' expect alice '"ev":"bus","state":"degraded"' 3
t 'so is bob' expect bob '"ev":"bus","state":"degraded"' 3
say alice '{"op":"send","to":"bob","cid":"1","text":"without Redis"}'
t 'a message is acknowledged as always' expect alice '"ok":true.*"seq":2' 2
t 'and arrives by the sweep, 5 s later at most' expect bob 'without Redis' 5
node redis start
t 'Redis is back: 2 s later alice knows' expect alice '"ev":"bus","state":"ok"' 2
t 'bob too' expect bob '"ev":"bus","state":"ok"' 2
say alice '{"op":"send","to":"bob","cid":"2","text":"with Redis"}'
t 'delivery is at once again' expect bob 'with Redis' 1

kill -STOP "$(cat "$dir/redis.pid")"
say alice '{"op":"send","to":"bob","cid":"3","text":"Redis hangs"}'
t 'Redis hangs: a message is acknowledged' expect alice '"ok":true.*"seq":4' 2
kill -CONT "$(cat "$dir/redis.pid")"
t 'and delivered when it goes on' expect bob 'Redis hangs' 3

redis-cli -s "${REDIS_URL#unix:}" client kill type pubsub >/dev/null
say alice '{"op":"send","to":"bob","cid":"4","text":"cut off"}'
t 'subscriptions cut: the message comes all the same' expect bob 'cut off' 3

section "Redis that became somebody's replica"
demoted=$(redis-cli -s "${REDIS_URL#unix:}" replicaof 127.0.0.1 1)
redis-cli -s "${REDIS_URL#unix:}" client kill type pubsub >/dev/null
t 'Redis is no master any more: alice is told' expect alice '"ev":"bus","state":"degraded"' 3
expect bob '"ev":"bus","state":"degraded"' 3
say alice '{"op":"send","to":"bob","cid":"4r","text":"not by a replica"}'
t 'a message is acknowledged' expect alice '"ok":true' 2
t 'and arrives by the sweep' expect bob 'not by a replica' 5
t 'it is again' is "$demoted$(redis-cli -s "${REDIS_URL#unix:}" replicaof no one)" OKOK
t 'so bob is told' expect bob '"ev":"bus","state":"ok"' 2
expect alice '"ev":"bus","state":"ok"' 2

section 'PostgreSQL'
before=$(sql 'select string_agg(pid::text, $$ $$ order by name) from chat.session_list')
sql "select pg_terminate_backend(pid) from pg_stat_activity where application_name ~ '^chatd/'" >/dev/null
say alice '{"op":"send","to":"bob","cid":"5","text":"backends gone"}'
t 'backends terminated: the next message does not notice' expect alice '"ok":true' 3
t 'it arrives' expect bob 'backends gone' 3

if strace -o /dev/null -e trace=none true 2>/dev/null; then
	backend=$(sql "select pid from pg_stat_activity where application_name = 'chatd/a'") # alice is alone there
	spawn strace strace -o /dev/null -e trace=fdatasync -e inject=fdatasync:delay_enter=1000000 -p "$backend"
	eventually 5 traced "$backend"
	say alice '{"op":"send","rid":"c","to":"bob","cid":"5c","text":"in the middle of COMMIT"}'
	in_commit() {
		sql "select wait_event from pg_stat_activity where pid = $backend" | grep -qi walsync
	}
	t 'a backend waits for its commit to reach the disk' eventually 5 in_commit
	t 'and is terminated there' is "$(sql "select pg_terminate_backend($backend)")" t
	t 'what commits is acknowledged' expect alice '"rid":"c","ok":true' 5
	t 'it is stored once' is "$(sql "select count(*) from chat.messages where cid = '5c'")" 1
	t 'and arrives' expect bob 'middle of COMMIT' 3
	close strace
else
	skip 'a backend is terminated in the middle of COMMIT' 'strace may not trace here'
fi

node postgres kill
say alice '{"op":"send","rid":"p","to":"bob","cid":"6","text":"without PostgreSQL"}'
t 'PostgreSQL gone: nothing is acknowledged' expect alice '"rid":"p","ok":false,"error":"unavailable"' 5
eventually 10 node postgres start
t '5 s after it is back all is normal' eventually 5 say_ok alice '{"op":"send","to":"bob","cid":"6","text":"without PostgreSQL"}' 1
t 'the message arrives' expect bob 'without PostgreSQL' 3
t 'once' is "$(sql "select count(*) from chat.messages where cid = '6'")" 1
t 'the sessions are the same' is "$(sql 'select string_agg(pid::text, $$ $$ order by name) from chat.session_list')" "$before"
t 'nobody was sent away' not heard bob '"ev":"bye"'

section 'A session'
t_pid=$(pid_of bob)
kill -KILL "$t_pid"
t 'a session is killed: its row goes' eventually 5 logged_out bob
t 'alice hears that bob is gone' expect alice '"presence".*"bob".*"offline"' 5
say carol '{"op":"ping"}'
t 'its neighbour has not noticed' expect carol '"ok":true' 2
t 'and is the same process' is "$(sql 'select pid from chat.session_list where name = $$carol$$')" "$(echo "$before" | cut -d' ' -f3)"
next=$(sql 'select last_seq + 1 from chat.conversations where id = 1')
say alice '{"op":"send","to":"bob","cid":"7","text":"while you were dead"}'
t 'what is said meanwhile is stored' expect alice "\"ok\":true.*\"seq\":$next," 2
close bob
login bob "$NODE_B"
t 'and there when he is back' expect bob 'while you were dead' 2
t 'alice hears that too' expect alice '"presence".*"bob".*"online"' 5
sql "delete from chat.sessions where id = (select id from chat.session_list where name = 'bob')"
t 'a row that went by mistake comes back' eventually 5 not logged_out bob
t 'and whoever was told otherwise hears it' expect alice '"presence".*"bob".*"online"' 2

section 'A node'
close bob carol
login bob "$NODE_C"
t 'bob is on the node that will die' is "$(sql "select node from chat.online where name = 'bob'")" c
t 'alice sees him come back' expect alice '"presence".*"bob".*"online"' 5
node c kill
close bob
say alice '{"op":"send","to":"bob","cid":"8","text":"your node is dead"}'
t 'a node dies: the other goes on' expect alice "\"ok\":true.*\"seq\":$((next + 1))," 2
goes_offline() {
	section 'A node'
	t 'its users are shown offline, 20 s later at most' expect alice '"presence".*"bob".*"offline"' 20
}
beside offline goes_offline

section 'A reader that never reads'
# If it does not acknowledge either, it gets no more than a window of 256 texts. If it
# does, its session may hold 256 KiB that is not yet sent, one more fetch (256 KiB of text, at most 3 times as much
# as JSON) and what Redis sent in the meantime: 4 MB beside what every session has.
memory() { # the largest private memory of a session so far, in KB
	for t_pid in $(sql 'select pid from chat.session_list'); do
		sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$t_pid/status" 2>/dev/null
	done | sort -n | tail -n 1
}
t/chaos/build
mkdir "$dir/deaf"
base=$(memory)
(
	trap - EXIT
	peak=0
	while [ ! -e "$dir/deaf/over" ]; do
		now=$(memory)
		[ "${now:-0}" -le "$peak" ] || { peak=$now && echo "$peak" >"$dir/deaf/peak"; }
		sleep 0.05
	done
) &
t 'a reader that never reads gets all when it does' "$BUILD_DIR/chaos/driver" --addr "$NODE_A" --addr "$NODE_B" --prefix deaf \
	--pairs 2 --groups 1 --members 4 --devices 0 --deaf 1 --stay --no-wander --breaks 0 --rate 150 --pad 16000 --seconds 8 --seed 1
cp "$dir/said" "$dir/deaf/said"
echo >"$dir/deaf/over"
wait $!
t 'meanwhile its senders never waited for a second' like "$(cat "$dir/deaf/said")" ', 0 late'
takes_little() { # SENTENCE KB
	if grep -q __asan_init "$chatd"; then
		skip "$1" 'a sanitizer keeps what was freed'
	else
		t "$1 ($base KB usual, $2 KB the most)" [ "$2" -gt 0 -a "$2" -lt $((base + 4096)) ]
	fi
}
takes_little 'no session took 4 MB more than usual' "$(cat "$dir/deaf/peak")"

together offline
section 'A node'
t 'psql sees the same' is "$(sql "select string_agg(name, ' ') from chat.online where name !~ '^deaf'")" alice
login bob "$NODE_A"
t 'elsewhere they find what was said' expect bob 'your node is dead' 2
t 'alice hears of it' expect alice '"presence".*"bob".*"online"' 2
node c start
t 'the dead node comes back and takes nobody offline' is "$(sql "select string_agg(name, ' ' order by name) from chat.online where name !~ '^deaf'")" 'alice bob'

section 'A reader that only acknowledges'
user dave
login alice@noise "$NODE_A"
say_ok alice@noise '{"op":"send","to":"dave","cid":"d0","text":"hello"}' >/dev/null
spawn dave perl -MIO::Socket::INET -e '
	my ($addr, $conv) = @ARGV;
	my $s = IO::Socket::INET->new(Proto => "tcp");
	setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack "i", 4096;
	connect $s, pack_sockaddr_in +(split /:/, $addr)[1], inet_aton("127.0.0.1") or die;
	syswrite $s, qq({"op":"login","name":"dave","password":"dave-password"}\n);
	while (1) {
		select undef, undef, undef, 0.02;
		syswrite $s, qq({"op":"ack","conv":$conv,"seq":1000000}\n);
	}' "$NODE_A" "$(field conv)"
t 'dave is in, acknowledges all, and reads nothing' eventually 5 not logged_out dave
long=$(printf '%16000s' '' | tr ' ' z)
for i in $(seq 1000); do
	printf '{"op":"send","to":"dave","cid":"d%s","text":"%s"}\n' "$i" "$long"
done 1<>"$dir/alice@noise.in"
of_dave() {
	sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(pid_of dave)/status"
}
all_written() {
	now=$(of_dave)
	[ "${now:-0}" -le "$peak" ] || peak=$now
	[ "$(sql "select count(*) from chat.messages where cid ~ '^d[0-9]+$'")" = 1001 ]
}
peak=0
t 'who writes 16 MB to him is not held up' eventually 20 all_written
takes_little 'his session took no 4 MB more than usual' "$peak"
close alice@noise dave

section 'A frozen subscriber'
# Redis keeps for it what t/stack (and README) allow, 8 MB, then drops it.
kept_for_subscribers() { # the largest so far, in KB
	redis-cli -s "${REDIS_URL#unix:}" client list type pubsub | sed -n 's/.* omem=\([0-9]*\) .*/\1/p' | sort -n | tail -n 1
}
(
	trap - EXIT
	peak=0
	while [ ! -e "$dir/thawed" ]; do
		now=$(kept_for_subscribers)
		[ "${now:-0}" -le "$peak" ] || { peak=$now && echo "$peak" >"$dir/peak"; }
		sleep 0.02
	done
) &
frozen=$(pid_of bob)
kill -STOP "$frozen"
for i in $(seq 700); do
	printf '{"op":"send","to":"bob","cid":"f%s","text":"%s"}\n' "$i" "$long"
done 1<>"$dir/alice.in"
all_said() {
	[ "$(sql "select count(*) from chat.messages where cid like 'f%'")" = 700 ]
}
dropped() {
	grep -q 'overcoming of output buffer limits' "$dir/redis.log"
}
t 'a frozen subscriber: who writes 11 MB to it is not held up' eventually 20 all_said
t 'Redis drops it' eventually 15 dropped
kill -CONT "$frozen"
got_all() { # a window of 256 at a time
	say bob "{\"op\":\"ack\",\"conv\":1,\"seq\":$(grep -o '"conv":1,"seq":[0-9]*' "$dir/bob.out" | tail -n 1 | sed 's/.*://')}"
	[ "$(grep -o '"text":"zzz' "$dir/bob.out" | wc -l)" -ge 700 ]
}
t 'it gets all of it when it goes on' eventually 10 got_all
t 'in order' is "$(sed -n 's/.*"seq":\([0-9]*\),.*"text":"zzz.*/\1/p' "$dir/bob.out" | awk '$1 <= last { print "after", last, $1 } { last = $1 }')" ''
echo >"$dir/thawed"
wait $!
t "Redis never kept more than 9 MB for it ($(($(cat "$dir/peak") / 1024)) KB)" [ "$(cat "$dir/peak")" -lt 9437184 ]

finish
