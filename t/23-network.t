#!/bin/sh
# The network between client, nginx, node, Redis and PostgreSQL: packets vanish, connections are reset, a third of
# what is sent is lost. In a network namespace of our own.
# shellcheck disable=SC1091,SC2154
. t/chaos/faults.sh
in_namespace "$0" "$@" || {
	echo "1..0 # SKIP no network namespace with nft: $(echo "$why" | head -n 1)"
	exit 0
}
. t/lib.sh

stack --nodes 2 --nginx --tcp
user alice bob carol dave
login alice "$NODE_A"
expect alice '"synced"'
login bob "$NODE_B"
expect bob '"synced"'
n=0

text() {
	n=$((n + 1))
	object="{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"k$n\",\"text\":\"text $n.\"}"
}

before="$(pid_of alice) $(pid_of bob)"
text
t 'all is well' say_ok alice "$object" 1
t 'bob hears' expect bob "text $n\."

section PostgreSQL
# A call may take 12 s, connecting again included, before it counts as lost.
for how in drop reset; do
	net_begin db $how
	text
	say alice "$object"
	t "PostgreSQL, $how: nothing is acknowledged" expect alice '"ok":false,"error":"unavailable"' 16
	net_end db
	began=$(date +%s%3N)
	t 'packets get through: all is normal 5 s later' eventually 5 say_ok alice "$object" 1
	t 'and bob hears it' expect bob "text $n\." 5
	# His session may have been asking PostgreSQL something when its packets began to vanish; TCP repeats it soon.
	t 'within these 5 s' [ $(($(date +%s%3N) - began)) -le 5000 ]
done

section 'PostgreSQL and one session'
# Its way there ends, and the session too; its backend is looked for later.
backend() { # PORT
	[ -n "$(sql "select pid from pg_stat_activity where client_port = $1")" ]
}
login carol "$NODE_A"
expect carol '"synced"'
port=$(sql "select client_port from pg_stat_activity where application_name = 'chatd/a' order by backend_start desc limit 1")
t 'carol has a backend' backend "$port"
net_begin "$port" drop
close carol

section Redis
# The keeper asks a quiet bus after 10 s whether it lives, gives it 5 s, and then bob's session does; and the kernel asks after 20 s.
net_begin bus drop
text
say alice "$object"
t 'Redis, drop: a message is acknowledged as always' expect alice '"ok":true' 2
t 'bob notices after 25 s' expect bob '"ev":"bus","state":"degraded"' 27
t 'and hears it' eventually 6 grep -q "text $n\." "$dir/bob.out"
net_end bus
t 'packets get through: 2 s later bob knows' expect bob '"ev":"bus","state":"ok"' 2
text
t 'and delivery' eventually 2 say_ok alice "$object" 1
t 'is at once again' expect bob "text $n\." 1

section 'Redis and one session'
# Redis lives, says the node's keeper. The kernel asks whoever says nothing for 20 s, and takes him for dead 5 s later.
login dave "$NODE_A"
expect dave '"synced"'
subscribed=$(redis-cli -h "${REDIS_TCP%:*}" -p "${REDIS_TCP##*:}" client list type pubsub |
	sed -n "s|.* addr=[^ ]*:\([0-9]*\) .* name=chatd/a/$(pid_of dave) .*|\1|p")
net_begin "$subscribed" drop
t 'dave notices after 25 s' expect dave '"ev":"bus","state":"degraded"' 27
t 'and has another way 2 s later' expect dave '"ev":"bus","state":"ok"' 2
t 'which he did not ask for' grep -q 'ev=bus_lost .*user=dave .*timed out' "$dir/a.log"
net_end "$subscribed"
close dave
t 'the backend of a session that nobody can reach is gone after 35 s' eventually 20 not backend "$port"
net_end "$port"

t 'alice and bob have the sessions they had' is "$(pid_of alice) $(pid_of bob)" "$before"
close alice bob
finish
