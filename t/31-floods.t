#!/bin/sh
# Floods by nobody: silent, slow, guessing, pipelining and connecting ones of one address, each beside fifty pairs who
# talk and others who log in. FLOOD=full (make flood): in the size in which they are to be borne, and with the bounds that
# are promised: a second for 99 of 100 logins, twice the quiet time for 99 of 100 messages. That wants a machine of its own,
# on which the floods themselves run when nobody else wants to; beside other tests, who come and go, medians are compared.
# shellcheck disable=SC2016,SC3045
. t/lib.sh
ulimit -n "$(ulimit -Hn)"
case ${FLOOD-} in
full) silent=5000 slow=500 guess=150 again=40 objects=1000000 connects=20000 limit=2000 seconds=${SECONDS_EACH:-10} percent=99 times=2 again_measured= ;;
*) silent=1000 slow=100 guess=50 again=4 objects=100000 connects=2000 limit=200 seconds=3 percent=50 times=3 again_measured='1 2 3' ;;
esac
stack --nodes 1 --chatd "--max-sessions $limit" --postgres '-c max_connections=2200'
. t/talk.sh
export PASSWORD=correct-horse
people victim
user_like() { # PREFIX COUNT: accounts with that password, and a device named bench with the token bench-N
	sql "set search_path = chat;
insert into users (name, password) select '$1' || i, (select password from users where name = 'first') from generate_series(0, $2) i;
insert into devices (user_id, name, token_hash) select id, 'bench', sha256(convert_to('bench-' || substr(name, 2), 'UTF8'))
	from users where name ~ '^$1[0-9]+\$'"
}
call first
yes first '{"op":"register","name":"first","password":"correct-horse"}' >/dev/null
hang first
user_like u 99
sql "set search_path = chat;
insert into users (name, password) select 'q' || i, (select password from users where name = 'first') from generate_series(1, 3000) i;
insert into users (name, password) select 'r' || i, (select password from users where name = 'first') from generate_series(1, $again) i"

crowd() { # NAME VERB COUNT [REST]: t/room.pl in the background
	t_crowd=$1 t_verb=$2
	shift 2
	spawn "$t_crowd" env ${FLOOD:+GIVE_WAY=1} perl t/room.pl "$t_verb" "$NODE_A" 127.0.0.3 "$@"
}
says() { # NAME REGEX: the last line it said
	tail -n 1 "$dir/$1.out" | grep -qE -e "$2"
}
processes() { # of the node
	ps -o pid= --ppid "$(cat "$dir/a.pid")" | wc -l
}
of_pairs() { # KEY
	tr ' ' '\n' <"$dir/pairs" | sed -n "s/^$1=//p"
}
used() { # PID: ms of one core until now
	awk -v ticks="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); printf "%d\n", ($12 + $13) * 1000 / ticks }' "/proc/$1/stat"
}
# Fifty pairs talk, four hundred messages a second in all; and who comes logs in. Sets messages, logins: what so many of a
# hundred need at most, in ms.
measure() { # WORDS [NAME of who floods]
	[ -z "${2-}" ] || flooder=$(cat "$dir/$2.proc") begun=$(date +%s%3N) before=$(used "$flooder")
	perl t/room.pl probe "$NODE_A" 127.0.0.1 3000 q "$((seconds + 1))" >"$dir/logins" &
	"$BUILD_DIR/chat-bench" pairs -n 50 -f 10 -r 400 -w 1 -s "$seconds" -o 0 -a "$NODE_A" >"$dir/pairs" || return
	wait $!
	read -r many median logins longest bad <"$dir/logins"
	echo "# beside $1: messages p50 $(of_pairs deliver_p50_ms) p99 $(of_pairs deliver_p99_ms) ms; $many logins p50 $median p99 $logins longest $longest ms"
	[ -z "${2-}" ] || echo "# whose own part is $((($(used "$flooder") - before) * 100 / ($(date +%s%3N) - begun)))% of a core"
	messages=$(of_pairs "deliver_p${percent}_ms")
	is "$(of_pairs missing) $(of_pairs errors) $bad" '0 0 0'
}
# How it is when nobody floods, now.
quiet() {
	eventually 20 sh -c "! ps -o args= $(cat "$dir/a.pid") | grep -q waiting"
	t 'nobody is lost when it is quiet' measure nobody
	grep '^#' "$t_said"
	quiet=$messages
}
# In the midst of a flood nobody is lost, and nobody waits.
bearable() {
	[ "$logins" -lt 1000 ] && awk "BEGIN { exit !($messages <= $times * $quiet) }"
}
beside_flood() { # NAME WORDS
	t 'beside them nobody is lost or refused' measure "$2" "$1"
	grep '^#' "$t_said"
	# A flood is there all the time, and what another test does is not.
	for _ in $again_measured; do
		bearable || { t 'nor the next time' measure "$2" "$1" && grep '^#' "$t_said"; }
	done
	t '99 of 100 log in within a second' [ "$logins" -lt 1000 ]
	t "$percent of 100 messages take no more than $times times as long as before" \
		awk "BEGIN { exit !($messages <= $times * $quiet) }"
}

measure nobody >/dev/null # the caches are filled
quiet

section 'Silence'
before=$(processes)
rss() { awk '/^Rss/ { n += $2 } END { print n }' "/proc/$(cat "$dir/a.pid")/smaps_rollup"; }
# The kernel's, for the other ends of the connections as well. Beside other tests it is not theirs alone.
kernel() {
	awk '/^Slab:/ { n += $2 } /^TCP:/ { n += $NF * 4 } END { print n }' /proc/meminfo /proc/net/sockstat
}
kib=$(rss) kernel=$(kernel)
crowd silent hold "$silent"
t "$silent say nothing" eventually 60 says silent "^$silent 0\$"
t 'and cost no process' [ $(($(processes) - before)) -le 2 ]
kib=$(($(rss) - kib)) kernel=$(($(kernel) - kernel))
echo "# $((kib * 1024 / silent)) bytes of the master for each, and $((kernel * 1024 / silent)) of the kernel with the other end's"
[ -n "${FLOOD-}" ] || kernel=0
t 'nor 16 KiB each' [ $((kib + kernel)) -lt $((16 * silent)) ]
beside_flood silent "$silent silent ones"
close silent

section 'Slow ones'
crowd begun hold 1 '{"op":"login","na'
begun=$(date +%s)
newcomer() {
	pgrep -P "$(cat "$dir/a.pid")" -f 'chatd: session'
}
eventually 5 newcomer >/dev/null
t 'who has begun an object costs less than 300 KiB' \
	[ "$(awk '/^Private_Dirty/ { n += $2 } END { print n }' "/proc/$(newcomer | head -n 1)/smaps_rollup")" -lt 300 ]
t 'and is sent away' eventually 15 says begun '^0 '
t 'after 12 s' [ $(($(date +%s) - begun)) -le 12 ]
close begun
crowd slow slow "$slow" '{"op":"login","name":"victim","password":"slow"}'
t "$slow say a byte a second" eventually 30 says slow "^$slow\$"
beside_flood slow "$slow slow ones"
close slow

section 'Guessing'
quiet
since=$(date +%s)
crowd guess guess "$guess" victim
t "$guess guess" eventually 20 says guess '^[1-9]'
beside_flood guess "$guess who guess"
took=$(($(date +%s) - since)) guesses=$(tail -n 1 "$dir/guess.out") hashed=$(grep -c 'ev=login_refused .*why=bad_credentials' "$dir/a.log")
echo "# $guesses guesses, of which $hashed were looked at"
close guess
t 'who goes on is answered so often only as his address can pay' [ "$guesses" -le $((1500 + 250 * (took + 1))) ]
t 'the password was looked at a few times only' [ "$hashed" -le 40 ]
t 'and the log has a line for each of them and reason, not for each guess' \
	[ "$(grep -c 'ev=login_refused' "$dir/a.log")" -le $((3 * guess)) ]

section 'Logging in'
crowd again again "$again" r
t "$again log in and hang up again and again, until they cannot" eventually 200 says again ' [1-9]'
beside_flood again "$again who log in and hang up"
close again

section 'Pipelining'
quiet
for object in '{"op":"hello"}' '{}' 'x' '{"msgid":99}'; do
	crowd pipe pipe "$objects" "$object"
	t "$objects of $object" eventually 20 says pipe '^[1-9]'
	beside_flood pipe "$objects of $object"
	close pipe
done

section 'Nothing, again and again'
head='GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
most=20000000 # the kernel's buffers take some of it
little() { # FIRST AGAIN, for five seconds: it is there and answers, and takes little
	perl t/room.pl press "$NODE_A" 127.0.0.4 1 "$1" 5 "$2" >"$dir/press"
	read -r taken heard <"$dir/press"
	echo "$taken bytes taken, $heard heard"
	[ "$taken" -gt 0 ] && [ "$taken" -lt $most ] && { [ "$heard" -gt 0 ] || [ -z "$1" ]; }
}
t 'empty lines are not read as fast as they come' little '' '\n'
t 'nor behind an object' little '{"op":"hello"}' '\n'
t 'nor what follows something bad' little 'x' 'x'
t 'nor pings' little "$head" '\x89\x80\0\0\0\0'
t 'nor pieces of no message' little "$head\\x01\\x80\\0\\0\\0\\0" '\0\x80\0\0\0\0'
question='HEAD / HTTP/1.1\r\nHost: x\r\n\r\n'
t 'nor questions for the page' little "$question" "$question"

section 'Connecting'
quiet
crowd connect connect "$connects" 1000
beside_flood connect "a thousand a second who connect, with $limit as the limit of who may be logged in"
t "$connects did" eventually 30 says connect "^$connects\$"
t 'who has not logged in is none of them' not grep -q ev=full "$dir/a.log"
close connect
turns() { # that the master had
	awk '/^voluntary/ { print $2 }' "/proc/$(cat "$dir/a.pid")/status"
}
before=$(turns) since=$(date +%s%3N)
crowd connect connect 2000 1000
t '2,000 more do' eventually 30 says connect '^2000$'
turns=$(($(turns) - before)) took=$(($(date +%s%3N) - since))
echo "# the master woke $turns times for them in $took ms"
t 'for whom the master wakes every four milliseconds at most' [ "$turns" -gt 0 -a "$turns" -lt $((took * 3 / 10 + 200)) ]
close connect

t 'nobody died' not grep -qE 'session_died|spare_died|keeper_died' "$dir/a.log"
t 'the log has stayed small' [ "$(wc -c <"$dir/a.log")" -lt $((4 * 1024 * 1024)) ]
echo "# $(wc -c <"$dir/a.log") bytes of log, of which: $(sed 's/.* \(ev=[a-z_]*\) .*/\1/' "$dir/a.log" | sort | uniq -c | sort -rn | head -n 4 | tr -s ' \n' ' ')"
t 'every invariant holds' is "$(broken)" ''
finish
