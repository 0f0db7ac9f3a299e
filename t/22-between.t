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
finish
