#!/bin/sh
# Catch-up: a login listens first, has that confirmed, and reads then. What is stored while Redis has not answered yet
# (it is stopped for that moment) belongs to the backlog, however soon a sweep would find it afterwards.
# shellcheck disable=SC1091,SC2154
. t/lib.sh

stack --nodes 1
user alice bob
redis=$(cat "$dir/redis.pid")
sql "select chat.send((select id from chat.users where name = 'alice'), 0, null, 'bob', null, false, '{0}', '{0}')" >/dev/null

between() { # N: said when bob's session has its row and waits for Redis
	kill -STOP "$redis"
	open bob
	say bob '{"op":"login","name":"bob","password":"bob-password"}'
	eventually 5 not logged_out bob
	sql "select chat.send((select id from chat.users where name = 'alice'), 0, null, 'bob', null, false, '{$1}', '{between $1}')" >/dev/null
	kill -CONT "$redis"
	expect bob '"synced"' || return
	text=$(place "between $1") end=$(place '"synced"')
	close bob
	# After a second without Redis a session begins without it, which is another matter.
	! grep -q '"degraded"' "$dir/bob.out"
}
place() { # REGEX: the line in which bob heard it
	grep -nm1 "$1" "$dir/bob.out" | cut -d: -f1
}
comes_first() { # TEXT's place, END's
	[ "${1:-$2}" -lt "$2" ] || ! cat "$dir/bob.out"
}

n=0 tries=0
while [ $n -lt 5 ] && [ $((tries += 1)) -le 20 ]; do
	between $tries || continue
	n=$((n + 1))
	t "what is stored while a login waits for Redis is in its backlog, $n of 5 (R2)" comes_first "$text" "$end"
done
t 'Redis was waited for' is $n 5

section 'A text that an older session of the device was about to store, found there, and published'
bob=$(sql "select id from chat.users where name = 'bob'") alice=$(sql "select id from chat.users where name = 'alice'")
read -r conv seq <<END
$(sql "select id || ' ' || last_seq from chat.conversations where $alice in (lo, hi) and $bob in (lo, hi)")
END
record() { # SEQ FROM TEXT: as a session publishes it that is neither
	line=$(printf '{"ev":"message","conv":%s,"seq":%s,"kind":"text","from":{"id":%s,"name":"x"},"text":"%s","at":"2026-03-01T12:00:00Z"}' "$conv" "$1" "$2" "$3")
	printf 'm %s %s %s 999999 0 %s\n%s\n' "$conv" "$1" "$2" $((${#line} + 1)) "$line"
}
login alice
say_ok alice '{"op":"send","to":"bob","cid":"before","text":"before"}'
seq=$((seq + 1))
mkfifo "$dir/orders"
psql -XAtq <"$dir/orders" >"$dir/held" &
exec 7>"$dir/orders"
echo "begin; select chat.send($bob, 0, null, 'alice', null, false, '{hers}', '{hers}');" >&7
t 'bob has stored, and not committed' eventually 5 [ -s "$dir/held" ]
say alice '{"op":"send","rid":7,"to":"bob","cid":"own","text":"own"}'
t 'alice waits for that' eventually 5 sql_is 1 "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
{ record $((seq + 1)) "$bob" hers && record $((seq + 2)) "$alice" own; } |
	redis-cli -s "${REDIS_URL#unix:}" -x publish "chat:u:$alice" >/dev/null
echo 'commit;' >&7
exec 7>&-
t 'she is told that hers is stored, after his' expect alice "\"rid\":7,\"ok\":true.*\"seq\":$((seq + 2))"
t 'his she has heard' grep -q "\"seq\":$((seq + 1)),.*hers" "$dir/alice.out"
t 'and hers not as news' not grep -q '"ev":"message".*"text":"own"' "$dir/alice.out"

section 'A subscription that is cut, alone'
login bob
session=$(sql "select pid from chat.session_list where name = 'bob'")
redis() {
	redis-cli -s "${REDIS_URL#unix:}" "$@"
}
cut_off() { # N: said when nobody listens for bob; nobody publishes it, and the keeper sees no outage
	kill -STOP "$session"
	redis client kill id "$(redis client list type pubsub | sed -n "s,^id=\([0-9]*\) .* name=chatd/a/$session .*,\1,p")" >"$dir/killed"
	sql "select chat.send($alice, 0, null, 'bob', null, false, '{cut $1}', '{cut $1}')" >/dev/null
	kill -CONT "$session"
	eventually 2 grep -q "\"text\":\"cut $1\"" "$dir/bob.out" && grep -qx 1 "$dir/killed"
}
for n in 1 2 3 4 5; do
	t "what is stored meanwhile comes with the new one, $n of 5 (R2)" cut_off $n
done
finish
