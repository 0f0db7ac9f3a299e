#!/bin/sh
# What chatd looks at before it says that it is ready: that its sessions may do what they have to, that there is room
# for them, that nobody has its name.
# shellcheck disable=SC2016
. t/lib.sh
stack --nodes 1 --pgbouncer
db="host=$PGHOST port=$PGPORT user=chatd dbname=chat"

check() { # STATUS REGEX OPTION…: how -t ends, and what it says
	status=$1 words=$2
	shift 2
	exits "$status" "$chatd" -t --db "$db" --redis "$REDIS_URL" "$@" >"$dir/words" 2>&1
	t_got=$?
	[ "$t_got" = 0 ] && like "$(cat "$dir/words")" "$words"
}

section 'The rights of the Redis user'
acl='resetchannels &chat:* -@all +auth +client|setname +role +ping +publish +subscribe +unsubscribe +info'
port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport')
mkdir "$dir/acl"
spawn acl redis-server --port "$port" --bind 127.0.0.1 --dir "$dir/acl" --save '' --maxclients 500
at() { # USER:PASSWORD@
	echo "redis://${1}127.0.0.1:$port"
}
answers() {
	redis-cli -p "$port" ping >/dev/null 2>&1
}
t 'a Redis with an ACL' eventually 5 answers
# shellcheck disable=SC2086
redis-cli -p "$port" acl setuser chatd on '>secret' $acl >/dev/null
t 'the line of the manual suffices' check 0 'are right' --redis "$(at chatd:secret@)"
for right in '+publish' '+subscribe' '+unsubscribe' '+ping' '+role' '+client|setname'; do
	redis-cli -p "$port" acl setuser chatd "-${right#+}" >/dev/null
	t "$right: its lack is named" check 78 "the right [+]$(printf %s "${right#+}" | sed 's/|/[|]/') is missing" --redis "$(at chatd:secret@)"
	redis-cli -p "$port" acl setuser chatd "$right" >/dev/null
done
redis-cli -p "$port" acl setuser chatd resetchannels '&chat:u:*' >/dev/null
t 'so are the channels' check 78 'the right &chat:\* is missing' --redis "$(at chatd:secret@)"
redis-cli -p "$port" acl setuser chatd '&chat:*' >/dev/null
t 'a wrong password' check 78 'Redis at 127.0.0.1:[0-9]+: WRONGPASS' --redis "$(at chatd:wrong@)"
redis-cli -p "$port" acl setuser chatd -publish >/dev/null
t 'a node does not start then, either' exits 78 timeout 10 "$chatd" --db "$db" --redis "$(at chatd:secret@)" --listen 127.0.0.1:0
redis-cli -p "$port" acl setuser chatd +publish >/dev/null

section 'The rights of the role'
sql 'create role half login; grant usage on schema chat to half; grant execute on function chat.schema_levels() to half'
t 'a function it may not call is named' check 78 'may not execute chat\..*grant it the role chatd' --db "host=$PGHOST port=$PGPORT user=half dbname=chat"
sql 'alter role half set default_transaction_read_only = on; grant chatd to half'
t 'a standby is not taken' check 69 'only read' --db "host=$PGHOST port=$PGPORT user=half dbname=chat"

section 'Room'
t 'more than max_connections was asked for' check 78 '149[0-9] connections .*room for 149[0-9] sessions, not for 5000' --max-sessions 5000
t 'the default adapts, and says so' check 0 'lvl=warn ev=limit .*max_sessions=149[0-9] .*PostgreSQL'
sql "create role few login connection limit 20 in role chatd"
t 'the limit of a role counts' check 78 '20 connections .*room for 17 sessions, not for 18' --max-sessions 18 --db "host=$PGHOST port=$PGPORT user=few dbname=chat"
t 'so many fit' check 0 'are right' --max-sessions 17 --db "host=$PGHOST port=$PGPORT user=few dbname=chat"
pooled="host=$PGHOST port=6477 user=chatd dbname=chat"
t 'behind a pooler it is a hint' check 0 'lvl=info ev=pooler .*max_client_conn' --max-sessions 5000 --db "$pooled"
t 'maxclients of Redis' check 78 'Redis takes 500 connections .*room for 248 sessions, not for 300' --max-sessions 300 --redis "$(at chatd:secret@)"
redis-cli -p "$port" acl setuser chatd -info >/dev/null
t 'if it does not tell it, a hint' check 0 'ev=bus_limit .*maxclients' --max-sessions 300 --redis "$(at chatd:secret@)"

few() { # DESCRIPTORS STATUS REGEX OPTION…
	(
		ulimit -n "$1" && shift
		check "$@" --db "$pooled"
	)
}
t 'few descriptors: the default adapts' few 1000 0 'ev=limit .*max_sessions=[67][0-9]* waiting_room=2[0-9]* .*1000 descriptors'
t 'far too few are refused' few 64 78 '64 descriptors are allowed'
t 'explicit values that do not fit, too' few 1000 78 '1000 descriptors .*900 sessions, 900 waiting .* want' --max-sessions 900 --waiting-room 900
t 'one explicit: the other adapts' few 1000 0 'max_sessions=900 waiting_room=' --max-sessions 900 --spare 2
t 'if something is left' few 1000 78 '1000 descriptors .*990 sessions' --max-sessions 990
t 'pid_max' check 78 "kernel.(pid|threads).max.*room for [0-9]+ sessions, not for 1000000" --max-sessions 1000000 --db "$pooled" --redis "$(at chatd:secret@)"

section 'A name'
twin() {
	timeout 20 "$chatd" --node "$1" --db "$db" --redis "$REDIS_URL" --listen 127.0.0.1:0 2>"$dir/twin"
}
t_now
began=$t_now
t 'that a living node bears is refused' exits 78 twin a
t_now
t 'within a beat' [ $((t_now - began)) -lt 500 ]
t 'and it is said whose it is' grep -q "ev=name_taken .*node=a of=$(cat "$dir/a.pid") why=" "$dir/twin"
t 'before it is ready' not grep -q ev=listening "$dir/twin"
node a kill
t_now
began=$t_now
node a start
t_now
t 'one that died on this machine is not waited for' [ $((t_now - began)) -lt 250 ]
sql "insert into chat.nodes (name, boot_id, pid, version) values ('far', 'of another machine', 77, '0')"
spawn far "$chatd" --node far --db "$db" --redis "$REDIS_URL" --listen 127.0.0.1:0
t 'one on another machine may live' eventually 5 grep -q 'ev=waiting .*heartbeat' "$dir/far.err"
t 'until it does not beat' eventually 8 grep -q ev=ready "$dir/far.err"
close far
finish
