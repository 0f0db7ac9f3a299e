#!/bin/sh
# What a node says of itself by HTTP, and in chat.nodes.
# shellcheck disable=SC2016,SC2154,SC2317
. t/lib.sh
stack --nodes 2 --chatd "--metrics 127.0.0.1:0"
. t/talk.sh
people alice bob

at=$(sed -n 's/.*ev=metrics .*at=//p' "$dir/a.log" | tail -n 1)
get() { # PATH
	curl -s --max-time 5 "http://$at$1"
}
status() { # PATH
	curl -s -o /dev/null -w '%{http_code}' --max-time 5 "http://$at$1"
}
value() { # METRIC: with its label
	get /metrics | awk -v m="$1" '$1 == m { print $2 }'
}
value_is() { # METRIC NUMBER
	is "$(value "$1")" "$2"
}
is_status() { # STATUS PATH
	is "$(status "$2")" "$1"
}

section 'HTTP'
t 'where it answers is in the log' like "$at" '^127.0.0.1:[0-9]+$'
t 'it is alive' is "$(get /healthz)" ok
t 'and ready' eventually 5 is_status 200 /readyz
t 'there is nothing else' is "$(status /)" 404
t 'and nothing to be done' is "$(curl -s -o /dev/null -w '%{http_code}' -X POST "http://$at/metrics")" 405
t 'the type is that of the format' like "$(curl -si "http://$at/metrics" | tr -d '\r')" '^Content-Type: text/plain; version=0.0.4; charset=utf-8$'
t 'there are some' like "$(get /metrics)" '^chatd_sessions 0$'
t 'promtool finds nothing' is "$(get /metrics | promtool check metrics 2>&1)" ''
many() { # those who ask and say nothing, or never end, are in nobody's way
	perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(PeerAddr => $ARGV[0]) } 1 .. 40;
		syswrite($_, "GET /met") for grep { $_ } @s; syswrite($s[39], "x" x 9000); sleep 20' "$at"
}
many &
slow=$!
t 'many that never end are in nobody'\''s way' eventually 5 is_status 200 /healthz
kill $slow

section 'What is counted'
enter alice
token=$(field token)
call x
no x bad_credentials '{"op":"login","name":"alice","password":"wrong-password"}'
no x not_logged_in '{"op":"friends"}'
yes x "{\"op\":\"login\",\"name\":\"alice\",\"password\":\"alice-password\",\"device\":\"other\"}"
enter bob
t 'logins' value_is 'chatd_logins_total{result="ok"}' 3
t 'those that were refused' value_is 'chatd_logins_total{result="refused"}' 1
t 'the sessions there are' eventually 5 value_is chatd_sessions 3
yes alice '{"op":"send","to":"bob","cid":"1","text":"one"}'
yes alice '{"op":"send","to":"bob","cid":"2","text":"two"}'
yes alice '{"op":"send","to":"bob","cid":"2","text":"two"}'
hears bob '"two"'
hears x '"two"'
t 'texts' value_is chatd_messages_stored_total 2
t 'the one that came again' value_is chatd_messages_resent_total 1
t 'what was given to bob and to the other device' value_is chatd_messages_delivered_total 4
t 'requests refused, by reason' value_is 'chatd_requests_refused_total{reason="not_logged_in"}' 1
sql "update chat.settings set strangers_hour = 0, text_minute = 1"
no x rate_limited '{"op":"send","to":"bob","cid":"4","text":"beyond the piece that is left"}'
no x rate_limited '{"op":"edit","conv":1,"seq":1,"cid":"5","text":"beyond it, too"}'
sql "insert into chat.users (name, password) values ('carol', '')"
no bob rate_limited '{"op":"send","to":"carol","cid":"1","text":"x"}'
sql "update chat.settings set strangers_hour = 60, text_minute = 8388608"
t 'what was beyond a limit of text: a text and an edit' value_is 'chatd_limited_total{limit="text_minute"}' 2
t 'or beyond another one' value_is 'chatd_limited_total{limit="strangers_hour"}' 1
t 'not beyond those that were kept' is "$(get /metrics | awk '/^chatd_limited_total/ { n += $2 } END { print n }')" 3
yes x '{"op":"logout"}'
t 'a log-out' value_is 'chatd_sessions_ended_total{reason="logout"}' 1
kill -KILL "$(sql "select pid from chat.session_list where name = 'bob'")"
t 'a session that died' eventually 5 value_is 'chatd_sessions_ended_total{reason="died"}' 1
hang alice
t 'one whose client has gone' eventually 5 value_is 'chatd_sessions_ended_total{reason="client"}' 1
call alice
t 'a resume' yes alice "{\"op\":\"resume\",\"token\":\"$token\"}"
t 'is counted as one' value_is 'chatd_logins_total{result="resumed"}' 1
sum_is_count() {
	get /metrics | awk '/^chatd_db_calls_total/ { n += $2 } /^chatd_db_call_seconds_count/ { c = $2 } /le="\+Inf"/ { i = $2 }
		END { if (n != c || i != c || c < 20) { print n, c, i; exit 1 } }'
}
t 'each call of the database has its place in the histogram' eventually 5 sum_is_count
some_memory() {
	[ "$(value chatd_session_memory_bytes)" -gt 20000 ]
}
t 'a session has memory' eventually 10 some_memory
t 'psql shows it' eventually 10 sql_is '3|1|2' "select counters->>'logins', counters->>'logins_resumed', counters->>'messages_stored' from chat.node_list where name = 'a'"
t 'of each node its own' eventually 10 sql_is 0 "select counters->>'messages_stored' from chat.node_list where name = 'b'"

section 'What is away'
node redis stop
t 'without Redis it is not ready' eventually 10 is_status 503 /readyz
t 'as it says' is "$(get /readyz)" 'Redis does not answer'
t 'nor is the bus up' value_is chatd_bus_up 0
t 'it is alive' is "$(status /healthz)" 200
node redis start
t 'with it, it is' eventually 10 is_status 200 /readyz
degraded_seconds() {
	value chatd_bus_degraded_seconds_total | awk '{ exit !($1 > 0.1 && $1 < 30) }'
}
t 'so long it was away' degraded_seconds
node postgres stop
t 'without PostgreSQL it is not ready' eventually 20 is_status 503 /readyz
t 'and the metrics go on' value_is chatd_db_up 0
node postgres start
t 'with it, it is' eventually 20 is_status 200 /readyz

section 'For others'
get /metrics >"$dir/metrics"
known() { # FILE: every metric it names is there
	grep -oE 'chatd_[a-z_]+' "$1" | sed -E 's/_(bucket|sum|count)$//' | sort -u | while read -r metric; do
		grep -q "^# TYPE $metric " "$dir/metrics" || echo "$metric"
	done
}
t 'the rules are rules' promtool check rules contrib/prometheus/chatd.rules.yml
t 'which name metrics there are' is "$(known contrib/prometheus/chatd.rules.yml)" ''
t 'the dashboard is JSON' jq -e '.panels | length > 5' contrib/grafana/chatd.json
t 'which names metrics there are' is "$(known contrib/grafana/chatd.json)" ''
t 'a name that is none is found' is "$(echo 'chatd_nonsense' >"$dir/nonsense" && known "$dir/nonsense")" chatd_nonsense

section 'A Unix socket'
unix() {
	curl -s --unix-socket "$dir/metrics.sock" http://x/healthz
}
spawn c "$chatd" --node c --listen 127.0.0.1:0 --db "host=$PGHOST port=$PGPORT dbname=$PGDATABASE user=chatd" --redis "$REDIS_URL" --metrics "unix:$dir/metrics.sock"
answers() {
	is "$(unix)" ok
}
t 'answers as well' eventually 10 answers
close c
t 'every invariant holds' is "$(broken)" ''
finish
