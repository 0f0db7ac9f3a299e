#!/bin/sh
# nginx and haproxy as they are deployed: who comes through either goes to another node when one dies, is full or drains,
# by TLS too, and is known by the address it has.
# shellcheck disable=SC2016
. t/lib.sh
stack --nodes 2 --nginx --chatd '--max-sessions 6'
user alice bob carol

port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}
balancers=nginx
if command -v haproxy >/dev/null || [ -x /usr/sbin/haproxy ]; then
	PATH=$PATH:/usr/sbin
	balancers='nginx haproxy'
	HAPROXY=127.0.0.1:$(port) HAPROXY_TLS=127.0.0.1:$(port)
	cat "$dir/tls.crt" "$dir/tls.key" >"$dir/chat.pem"
	sed "s/maxconn 20000/maxconn 1000/; s/bind :7000/bind $HAPROXY/; s,# TLS: bind :7443 ssl crt /etc/haproxy/chat.pem,bind $HAPROXY_TLS ssl crt $dir/chat.pem,
		s/127.0.0.1:5001/$(cat "$dir/a.proxy")/; s/127.0.0.1:5002/$(cat "$dir/b.proxy")/" contrib/haproxy.cfg >"$dir/haproxy.cfg"
	t 'haproxy finds nothing wrong' haproxy -c -q -f "$dir/haproxy.cfg"
	spawn haproxy haproxy -db -f "$dir/haproxy.cfg"
else
	skip 'haproxy, too' 'there is none'
fi

# from ADDRESS NAME DEVICE SERVER: comes in from that address and stays
from() {
	spawn "$2@$3" perl -MIO::Socket::INET -e '$| = 1;
		my $s = IO::Socket::INET->new(LocalAddr => $ARGV[0], PeerAddr => $ARGV[3]) or exit 1;
		print $s qq({"op":"login","name":"$ARGV[1]","password":"$ARGV[1]-password","device":"$ARGV[2]"}\n);
		print while <$s>' "$@"
	eventually 10 grep -q '"ok":' "$dir/$2@$3.out" && grep -q '"ok":true' "$dir/$2@$3.out"
}
on() { # DEVICE NODE
	sql_is "$2" "select node from chat.online where device = '$1'"
}
gone() {
	sql_is 0 "select count(*) from chat.online where name = '$1'"
}
tls() { # SERVER: a greeting
	printf '%s\n' '{"op":"hello"}' | timeout 10 openssl s_client -quiet -verify_quiet -CAfile "$dir/tls.crt" -verify_return_error \
		-connect "$1" 2>/dev/null | head -n 1
}
seen_again() { # by the checks of haproxy, which are a second apart
	! grep -h 'Server nodes/' "$dir/haproxy.out" "$dir/haproxy.err" | awk '{ last[$0 ~ "nodes/a" ? "a" : "b"] = $0 } END { print last["a"]; print last["b"] }' |
		grep -q 'is DOWN'
}
for who in $balancers; do
	section "$who"
	[ "$who" = nginx ] || t 'both nodes are there again' eventually 10 seen_again
	case $who in nginx) at=$NGINX tls=$NGINX_TLS ;; *) at=$HAPROXY tls=$HAPROXY_TLS ;; esac
	t 'one comes in' from 127.0.0.5 alice "$who-1" "$at"
	t 'another too' from 127.0.0.6 bob "$who-2" "$at"
	t 'each to another node' is "$(sql 'select count(distinct node) from chat.online')" 2
	t 'known by the address it has' like "$(sql "select addr from chat.online where device = '$who-1'")" '^127.0.0.5:'
	pid=$(pid_of alice)
	t 'in ps' like "$(ps -o args= -p "$pid")" '^chatd: alice 127.0.0.5:'
	t 'in the log' grep -q "ev=login .*user=alice .*addr=127.0.0.5:.*" "$dir/a.log" "$dir/b.log"
	t 'by TLS somebody comes in as well' like "$(tls "$tls")" '"ok":true'
	close "alice@$who-1" "bob@$who-2"
	eventually 10 gone alice && eventually 10 gone bob

	node a kill
	t 'a node that died: all come to the other' from 127.0.0.5 alice "$who-3" "$at"
	t 'at once, and again' from 127.0.0.5 alice "$who-4" "$at"
	t 'there' on "$who-4" b
	node a start
	for i in 5 6 7 8 9 10; do from 127.0.0.7 carol "$who-$i" "$at"; done
	full() {
		sql_is 6 "select count(*) from chat.online where node = 'b'"
	}
	# Fill b by its own door.
	left=$((6 - $(sql "select count(*) from chat.online where node = 'b'")))
	for i in 1 2 3 4 5 6; do [ "$i" -gt "$left" ] || from 127.0.0.1 bob "$who-b$i" "$NODE_B"; done
	t 'a node is full' eventually 10 full
	t 'who comes then goes to the other' from 127.0.0.5 alice "$who-11" "$at"
	t 'there' on "$who-11" a
	for i in 3 4 11; do close "alice@$who-$i"; done
	for i in 5 6 7 8 9 10; do close "carol@$who-$i"; done
	for i in 1 2 3 4 5 6; do [ "$i" -gt "$left" ] || close "bob@$who-b$i"; done
	for name in alice bob carol; do eventually 10 gone $name; done

	t 'one who will be sent home' from 127.0.0.5 alice "$who-12" "$NODE_A"
	kill -STOP "$(pid_of alice)" # so that the drain lasts
	kill -TERM "$(cat "$dir/a.pid")"
	t 'a node drains' eventually 5 grep -q 'ev=draining' "$dir/a.log"
	t 'who comes then goes to the other' from 127.0.0.6 bob "$who-13" "$at"
	t 'there' on "$who-13" b
	kill -CONT "$(pid_of alice)"
	ended() {
		! kill -0 "$(cat "$dir/a.pid")" 2>/dev/null
	}
	eventually 15 ended
	close "alice@$who-12" "bob@$who-13"
	: >"$dir/a.log"
	node a start
done
[ "$balancers" = nginx ] || close haproxy
finish
