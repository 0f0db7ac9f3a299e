#!/bin/sh
# The waiting room: who says nothing costs nothing, who waits waits his turn, and many of one address delay themselves.
# shellcheck disable=SC2016,SC3045
. t/lib.sh
ulimit -n "$(ulimit -Hn)"
stack --nodes 1 --chatd '--newcomers 8'
. t/talk.sh
. t/room.sh
people alice bob

quick() { # MS NAME: logs in within that
	begun=$(date +%s%3N)
	enter "$2" || return
	hang "$2"
	took=$(($(date +%s%3N) - begun))
	[ $took -le "$1" ] || ! echo "$took ms"
}
processes() { # of the node
	ps -o pid= --ppid "$(cat "$dir/a.pid")" | wc -l
}
again() { # OPTIONS: the node, with others
	echo "$1" >"$dir/chatd.options"
	node a stop && node a start
}
newcomer() { # the child of an ANSWERED or PLACED one
	ps -o pid=,args= --ppid "$(cat "$dir/a.pid")" | sed -n 's/^ *\([0-9]*\) chatd: session .*/\1/p' | head -n 1
}

section 'Silence'
before=$(processes)
crowd silent hold 127.0.0.2 2000
t '2,000 say nothing' eventually 30 says silent '^2000 0$'
t 'which the status page counts' eventually 10 sh -c "ps -o args= $(cat "$dir/a.pid") | grep -q ', 2000 waiting'"
t 'and which costs no process' is "$(processes)" "$before"
t 'others log in meanwhile' quick 3000 alice
t 'nobody was thrown out for it' says silent '^2000 0$'

section 'One address'
crowd slow slow 127.0.0.3 100 '{"op":"ping"'
crowd guess guess 127.0.0.3 50 bob
crowd waits hold 127.0.0.3 200 '{"op":"hello"}\n'
t 'many are slow' eventually 20 says slow '^100$'
t 'others guess' eventually 20 says guess '[1-9]'
for n in 1 2 3 4 5; do
	t "the others do not notice, $n of 5" quick 3000 alice
done
t 'they do not have all places between them' [ "$(processes)" -lt 450 ]
close slow guess waits silent
t 'those who left are not waited for' eventually 10 sh -c "! ps -o args= $(cat "$dir/a.pid") | grep -q waiting"

section 'Whose connection it is'
again '--newcomers 8 --listen 127.0.0.1:0,proxy --proxy-from 127.0.0.2 --proxy-from 127.0.0.4/31'
PROXY=$(sed -n 2p "$dir/a.ready")
through() { # FROM BYTES: a login of alice behind them; says who the database takes her for
	perl -MIO::Socket::INET -e '
		my ($addr, $from, $bytes) = @ARGV;
		my $s = IO::Socket::INET->new(PeerAddr => $addr, LocalAddr => $from) or die;
		syswrite $s, eval qq("$bytes");
		syswrite $s, qq({"op":"login","name":"alice","password":"alice-password"}\n);
		$SIG{ALRM} = sub { print "silence\n"; exit };
		alarm 8;
		my $n = sysread $s, my $in, 65536;
		print("closed\n"), exit unless $n;
		print("refused\n"), exit unless $in =~ /"ok":true/;
		print "in ", `psql -XAtqc "select addr from chat.online where name = \x27alice\x27"`;
	' "$PROXY" "$1" "$2"
}
t 'version 1' is "$(through 127.0.0.2 'PROXY TCP4 203.0.113.5 192.0.2.1 4711 443\r\n')" 'in 203.0.113.5:4711'
t 'over IPv6' is "$(through 127.0.0.2 'PROXY TCP6 2001:db8::1 ::1 4711 443\r\n')" 'in [2001:db8::1]:4711'
t 'version 2' is "$(through 127.0.0.5 '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x05\xc0\0\x02\x01\x12\x67\x01\xbb')" 'in 203.0.113.5:4711'
t 'a proxy that does not say is the client itself' like "$(through 127.0.0.2 'PROXY UNKNOWN\r\n')" '^in 127.0.0.2:'
t 'one that sends no header is not listened to' is "$(through 127.0.0.2 '')" closed
t 'nor a wrong one' is "$(through 127.0.0.2 'PROXY TCP4 203.0.113.5 192.0.2.1 4711\r\n')" closed
t 'who is no proxy cannot say he was somebody else' like "$(through 127.0.0.1 'PROXY TCP4 203.0.113.5 192.0.2.1 4711 443\r\n{}\n')" '^(refused|in 127.0.0.1:)'
t 'and needs no header' like "$(through 127.0.0.1 '')" '^in 127.0.0.1:'
begun=$(date +%s%3N)
spawn late perl t/room.pl hold "$PROXY" 127.0.0.4 1 'PROXY TCP4'
t 'a header that does not end' eventually 10 says late '^0 0$'
t 'had its three seconds' [ $(($(date +%s%3N) - begun)) -ge 2900 ]
t 'on the other listener it is only a strange client' call direct "$NODE_A"
t 'who is told so' no direct bad_json 'PROXY TCP4 203.0.113.5 192.0.2.1 4711 443'
hang direct

section 'A full room'
again '--waiting-room 30 --silent-timeout 4 --newcomers 8'
crowd few hold 127.0.0.3 10
t 'ten of one address' eventually 10 says few '^10 0$'
crowd many hold 127.0.0.2 40
t 'forty of another lose twenty' eventually 10 says many '^20 0$'
t 'the ten do not' says few '^10 0$'
t 'one more finds room' quick 3000 alice
t 'silence ends' eventually 10 says few '^0 0$'
t 'without a word, for all' eventually 10 says many '^0 0$'

again '--waiting-room 60 --newcomers 8'
crowd talk slow 127.0.0.3 200 '{"op":"ping","rid":"0123456789012345678901234567890123456789"}'
t 'a room full of those who have begun to speak' eventually 20 says talk '^[1-9]'
for n in 1 2 3 4 5; do
	t "has room for one from elsewhere, $n of 5" quick 3000 alice
done
t 'and the door has stayed open' not grep -q ev=full "$dir/a.log"
close talk

section 'Those who have begun'
again '--waiting-room 16 --newcomers 1'
newcomers() {
	ps -o args= --ppid "$(cat "$dir/a.pid")" | grep -c '^chatd: session .*:'
}
crowd first slow 127.0.0.3 1 '{"op":"ping","rid":"0123456789012345678901234567890123456789"}'
has_begun() {
	first=$(newcomer)
	[ -n "$first" ]
}
t 'one has a process' eventually 5 has_begun
first=$(newcomer)
begun=$(date +%s)
crowd talk slow 127.0.0.3 15 '{"op":"ping","rid":"0123456789012345678901234567890123456789"}'
more_than() { [ "$(newcomers)" -gt "$1" ]; }
t 'more of them have no more than a quarter of the room, and their place' not eventually 11 more_than 6
t 'and who does not come to an end of it goes' eventually 5 not kill -0 "$first"
t 'after 12 s, also if it had to wait meanwhile' [ $(($(date +%s) - begun)) -le 13 ]
close first talk

section 'A place comes back'
again '--newcomers 1 --login-wait 5'
call begins
talk raw begins '0 {"op":'
eventually 5 newcomer | grep -q .
kill -KILL "$(newcomer)"
t 'from one who is killed with it' quick 3000 alice
t 'he is gone' gone begins
one_is_new() {
	newcomer | grep -q .
}
call stands
talk raw stands '0 {"op":'
t 'who does not finish' eventually 5 one_is_new
t 'makes way after a second' quick 3000 alice
kill -STOP "$(newcomer)"
t 'also if he hangs then' quick 3000 alice
kill -KILL "$(newcomer)"
gone stands

section 'A long line'
psql -qc 'begin; lock table chat.users; select pg_sleep(12)' >/dev/null &
eventually 30 sql_is 1 "select count(*) from pg_locks where relation = 'chat.users'::regclass and mode = 'AccessExclusiveLock' and granted" >/dev/null
crowd line hold 127.0.0.3 300 '{"op":"login","name":"bob","password":"no-password"}\n'
t 'who would wait too long is closed at once' eventually 10 grep -q 'ev=line_too_long' "$dir/a.log"
t 'which the log says once a second, however many' [ "$(grep -c 'ev=line_too_long' "$dir/a.log")" -le 12 ]
t 'without a byte' eventually 10 sh -c "grep -qE '^[0-9]+ 0$' '$dir/line.out'"
t 'but not those before him' sh -c "[ \$(tail -n 1 '$dir/line.out' | cut -d' ' -f1) -ge 20 ]"
kill -KILL "$(cat "$dir/line.proc")"
wait $! 2>/dev/null
t 'those who die in the line leave it' eventually 20 quick 3000 alice

section 'The end of a node'
again '--newcomers 8'
crowd silent hold 127.0.0.2 200
crowd speak hold 127.0.0.3 200 '{"op":"ping"'
t 'a full room' eventually 10 says silent '^200 0$'
master=$(cat "$dir/a.pid")
enter alice
call later
spawn b "$chatd" --version
kill -QUIT "$master"
t 'at a hand-over nobody new is let in' eventually 5 not call refused
t 'who is in the room may log in' yes later '{"op":"login","name":"bob","password":"bob-password"}'
t 'and talk' yes later '{"op":"send","to":"alice","cid":"1","text":"hi"}'
t 'with who was there' hears alice '"text":"hi"'
t 'SIGTERM ends all' node a stop
t 'those who were silent without a word' eventually 5 says silent '^0 0$'
t 'those who were logged in with one' hears later '"bye","reason":"shutdown"'
close silent speak b
node a start

section 'Four times as many'
again '--log-level info'
sql "insert into chat.users (name, password) select 'u' || n, (select password from chat.users where name = 'alice') from generate_series(1, 400) n"
export PASSWORD=alice-password
all_in() { # COUNT: log in at once; sets ms
	line=$(perl t/room.pl logins "$NODE_A" 127.0.0.1 "$1" u)
	ms=${line#* } ms=${ms%% *}
	is "${line%% *} ${line##* }" "$1 "
}
t '100 log in at once' all_in 100
few=$ms
t '400 do, each with a backend of its own' all_in 400
echo "# 100: $few ms, 400: $ms ms"

section 'An outage'
spawn stay perl t/room.pl stay "$NODE_A" 127.0.0.1 300 u
t '300 are there' eventually 180 says stay '^300 in$'
ask_all() {
	kill -USR1 "$(cat "$dir/stay.proc")"
	eventually 60 sh -c "! tail -n 1 '$dir/stay.out' | grep -q in$" && says stay '^300 ok$'
}
again_in() {
	kill -USR2 "$(cat "$dir/stay.proc")"
	eventually 5 says stay 'in$'
}
node postgres kill
node postgres start
begun=$(date +%s%3N)
backends() {
	sql "select count(*) from pg_stat_activity where application_name = 'chatd/a'"
}
t 'all ask for something at once, and get it' eventually 30 eval 'again_in && ask_all'
echo "# after $(($(date +%s%3N) - begun)) ms, with $(backends) backends"
t 'nobody was thrown out' eval 'again_in && says stay "^300 in$"'
close stay
t 'every invariant holds' is "$(broken)" ''
finish
