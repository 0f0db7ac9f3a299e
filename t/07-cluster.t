#!/bin/sh
# The cluster: everybody reaches everybody, whatever dies: a session, a node, Redis, PostgreSQL.
# shellcheck disable=SC2016,SC2317
. t/lib.sh
stack --nodes 3 --nginx
. t/talk.sh
people alice bob carol dan crowd traffic receiver

online() { # NAMES: who is, and where
	sql "select string_agg(name || ' ' || node, ', ' order by name) from chat.online where name in ($1)"
}
online_is() { # NAMES WANTED
	is "$(online "$1")" "$2"
}
title() { # PID
	ps -o args= -p "$1"
}
past() { # COUNT
	[ "$(cat "$dir/traffic")" -ge "$1" ]
}
moves() { # SECONDS: the traffic goes on, by some messages
	eventually "$1" past $(($(cat "$dir/traffic") + 20))
}
says() { # TEXT TO
	printf %s "{\"op\":\"send\",\"to\":\"$2\",\"cid\":\"$1\",\"text\":\"$1\"}"
}

# Somebody talks all the time, while all of this goes on.
spawn talk2 perl t/traffic.pl "$dir" traffic "$NODE_A" receiver "$NODE_C" "$NGINX"
eventually 10 test -s "$dir/traffic"

section 'A node dies'
enter dan "$NODE_C"
enter carol "$NODE_A"
yes dan '{"op":"friend_add","user":"carol"}'
yes carol '{"op":"friend_add","user":"dan"}'
t 'carol sees dan, who is on another node' is "$(field friend.state)" online
t 'psql sees where they are' online_is "'carol', 'dan', 'traffic', 'receiver'" 'carol a, dan c, receiver c, traffic a'
dan=$(pid_of dan)
t 'dan has a process' like "$(title "$dan")" '^chatd: dan 127'
token=$(talk ask dan '{"op":"devices"}' && grep -o '"token":"[0-9a-f]*"' "$dir/dan.talk" | cut -d '"' -f 4)
died=$(date +%s)
t 'his node is killed with all its sessions' node c kill
t 'he loses his connection' gone dan
t 'those who were there come back elsewhere, and their traffic goes on' moves 10
# What is seen of it takes a while. Meanwhile:

section 'Through nginx'
t 'alice comes in through nginx' enter alice "$NGINX"
t 'bob at node b' enter bob "$NODE_B"
t 'psql sees them' like "$(online "'alice', 'bob'")" '^alice [ab], bob b$'
hang carol
eventually 5 sql_is 0 "select count(*) from chat.session_list where name = 'carol'"
yes alice "$(says 'fünf 🖐' bob)"
t 'bob hears alice' hears bob '"text":"fünf 🖐"'
yes bob "$(says 你好 alice)"
t 'alice hears bob' hears alice '"text":"你好"'
for n in 1 2 3; do yes alice "$(says "$n" carol)"; yes bob "$(says "$n" carol)"; done
t 'for carol, who is offline, it waits' is "$(sql "select sender, string_agg(seq::text, ' ' order by seq) from chat.pending where name = 'carol' group by 1 order by 1")" 'alice|1 2 3
bob|1 2 3'
t 'nobody else has to wait' eventually 5 sql_is 0 "select count(*) from chat.pending where name = 'dan'"
enter carol "$NODE_B"
hears carol '"ev":"synced"'
t 'when she comes, she gets it once' is "$(talk count carol '"ev":"message"' && echo "$line")" 6
t 'she is a friend of dan still' yes carol '{"op":"friends"}'

section 'ps is a status page'
master=$(cat "$dir/a.pid")
t 'the master says how many there are' like "$(title "$master")" "^chatd: master a, $(sql "select count(*) from chat.session_list where node = 'a'") sessions, 8 spare\$"
children() {
	is "$(ps -o args= --ppid "$master" | sed "s/^chatd: //; s/ 127.*//; s/keeper a/keeper/" | sort -u | tr "\n" " ")" \
		"$( (sql "select name from chat.session_list where node = 'a'" && printf "keeper\nspare\n") | sort -u | tr "\n" " ")"
}
t 'its children are spares, sessions and a keeper' eventually 5 children
t 'PostgreSQL shows the node' is "$(sql "select distinct application_name from pg_stat_activity where application_name like 'chatd/a%' order by 1")" 'chatd/a
chatd/a/keeper'
t 'Redis, too' like "$(redis-cli -s "${REDIS_URL#unix:}" client list)" "name=chatd/b/$(pid_of bob) "
t 'nodes are listed' is "$(sql "select string_agg(name || ' ' || pid, ' ' order by name) from chat.node_list where alive and name <> 'c'")" \
	"a $master b $(cat "$dir/b.pid")"

section 'A crowd'
sql "insert into chat.users (name, password) select 'crowd' || n, (select password from chat.users where name = 'crowd') from generate_series(1, 20) n;
select chat.group_create((select id from chat.users where name = 'crowd1'), 'crowd', '', 'open', 'joined');
select chat.group_join((select id from chat.users where name = 'crowd' || n), 'crowd', null) from generate_series(2, 20) n" >/dev/null
group=$(sql "select id from chat.conversations where name = 'crowd'")
# shellcheck disable=SC2046
perl t/crowd.pl "$group" 1000 5 $(seq -f 'crowd%.0f' 20) -- "$NODE_A" "$NODE_B" >"$dir/crowd" 2>&1
t '1,000 messages from 5 senders at once: each of 20 members has all of them, the same, without a hole' is "$(cat "$dir/crowd")" \
	"20 have $(sql "select md5(string_agg(seq || ' ' || body, chr(10) order by seq)) from chat.messages where conv_id = $group and kind = 'text'")"
t 'numbered from 1 to the end' is "$(sql "select count(*), min(seq), max(seq) from chat.messages where conv_id = $group")" '1020|1|1020'
t 'acknowledged, all that was' eventually 5 sql_is 0 "select count(*) from chat.session_list where name like 'crowd%'"
t 'every invariant holds' is "$(broken)" ''

section 'A session dies'
pid=$(pid_of bob)
yes alice "$(says 'before the death' bob)"
hears bob 'before the death'
kill -KILL "$pid"
t "bob's session is killed: he notices" gone bob
t 'so does the database' eventually 5 online_is "'alice', 'bob'" "$(online "'alice'")"
t 'alice can write to him' yes alice "$(says 'while he is away' bob)"
t 'nobody else was hurt' yes carol '{"op":"ping"}'
call bob "$NODE_A"
t 'he resumes at the other node' yes bob "{\"op\":\"resume\",\"token\":\"$(grep -o '"token":"[0-9a-f]*"' "$dir/bob.talk" | tail -n 1 | cut -d '"' -f 4)\"}"
t 'and has missed nothing' hears bob '"text":"while he is away"'
yes bob '{"op":"ack","conv":1,"seq":1,"rid":1}'

section 'What became of the node'
t 'dan is shown offline' hears carol '"presence".*"dan"\},"state":"offline"' 20
t 'within 20 s of his death' [ $(($(date +%s) - died)) -le 20 ]
t 'in psql, too' online_is "'dan'" ''
t 'his session and node are cleared' is "$(sql "select count(*) from chat.session_list where name = 'dan'")$(sql "select count(*) from chat.nodes where name = 'c'")" 00
call dan "$NGINX"
t 'his token is good at another' yes dan "{\"op\":\"resume\",\"token\":\"$token\"}"
t 'where he is seen' hears carol '"presence".*"dan"\},"state":"online"'

section 'All nodes stood still, or the clock was set forward'
sessions() {
	sql "select string_agg(id::text, ' ' order by id) from chat.sessions"
}
all_beat() {
	[ "$(sql "select count(*) from chat.nodes where last_seen > now() - interval '9 s'")" = 2 ]
}
before=$(sessions)
sql "update chat.nodes set last_seen = now() - interval '20 s'"
t 'old heartbeats of all at once' eventually 6 all_beat
t 'are nobody else'"'"'s death' is "$(sessions)" "$before"

section 'Redis dies'
talk forget bob
talk forget alice
node redis kill
t 'without Redis' yes alice "$(says 'no redis' bob)"
t 'what is acknowledged is stored' is "$(sql "select count(*) from chat.messages where body = 'no redis'")" 1
t 'and delivered within some seconds' hears bob '"text":"no redis"' 8
t 'they are told' hears alice '"ev":"bus","state":"degraded"' 8
enter dan "$NODE_B" # a login without Redis
t 'who logs in without Redis' yes dan "$(says 'also without' bob)"
t 'reaches people' hears bob '"text":"also without"' 8
node redis start
t 'Redis is back' hears bob '"ev":"bus","state":"ok"' 8
hears dan '"ev":"bus","state":"ok"' 8
hears alice '"ev":"bus","state":"ok"' 8
yes alice "$(says 'redis again' bob)"
t 'then it is at once again' hears bob '"text":"redis again"' 2
t 'and nothing was lost' moves 10

section 'PostgreSQL dies'
as_owner() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid="$(stat -c %u "$dir/pg/")" --regid="$(stat -c %g "$dir/pg/")" --clear-groups -- "$@"
	else
		"$@"
	fi
}
pg_restart() {
	(cd / && as_owner "$PG_BIN/pg_ctl" -w -D "$(readlink -f "$dir/pg")" restart -m immediate) >>"$dir/postgres.log" 2>&1
}
yes alice "$(says 'before the crash' bob)"
t 'PostgreSQL crashes and starts' pg_restart
t 'what was acknowledged is there' is "$(sql "select count(*) from chat.messages where body = 'before the crash'")" 1
t 'sessions have stayed' eventually 10 yes alice "$(says 'after the crash' bob)"
t 'and hear each other' hears bob '"text":"after the crash"'
t 'the traffic goes on' moves 10
as_owner kill -STOP "$(head -n 1 "$dir/pg/postmaster.pid")"
as_owner kill -QUIT "$(head -n 1 "$dir/pg/postmaster.pid")"
as_owner kill -CONT "$(head -n 1 "$dir/pg/postmaster.pid")"
eventually 10 not sql 'select 1' >/dev/null 2>&1
t 'while it is away nothing is acknowledged' no alice unavailable "$(says 'no database' bob)"
t 'nobody logs in' call y
t 'that is' no y unavailable '{"op":"login","name":"alice","password":"alice-password"}'
t 'but all stay' yes alice '{"op":"ping"}'
t 'until it' node postgres start
t 'is back within 5 s' eventually 5 yes alice "$(says 'no database' bob)"
t 'the repetition is stored once' is "$(sql "select count(*) from chat.messages where body = 'no database'")" 1
hears bob '"text":"no database"'

section 'All of it'
t 'the traffic has survived' moves 10
: >"$dir/stop"
t 'it comes to its end' eventually 40 grep -q '^end' "$dir/talk2.out"
t 'nothing was out of order, missing or refused' is "$(grep -v '^ok ' "$dir/talk2.out")" end
t 'what was acknowledged is in the database, with that number, once' is "$(sed -n 's/^ok //p' "$dir/talk2.out" | sort | md5sum | cut -d ' ' -f 1)" \
	"$(sql "select cid || ' ' || seq from chat.messages where cid like 't%'" | sort | md5sum | cut -d ' ' -f 1)"
t 'every invariant holds' is "$(broken)" ''
finish
