#!/bin/sh
# Strangers: what those who are not logged in can take away from the others, and what their guesses bring them.
# shellcheck disable=SC2016,SC2031
. t/lib.sh
stack --nodes 1 --chatd '--newcomers 8' --postgres '-c log_connections=on'
. t/talk.sh
. t/room.sh
people alice bob mallory carl
backends_are() { # COUNT: of sessions
	sql_is "$1" "select count(*) from pg_stat_activity where application_name = 'chatd/a'"
}
connections() { # that sessions have opened to PostgreSQL so far
	grep -cE 'connection authorized: user=chatd .*application_name=chatd/a( |$)' "$dir/postgres.log"
}
log_bytes() {
	wc -c <"$dir/a.log"
}

section 'Before login nothing scarce is held'
crowd native ask 127.1.0.%d 104 '{"op":"login","name":"mallory","password":"wrong-%d"}\n'
t '104 connections with a failed login each' eventually 60 says native '^104$'
t 'hold no connection to PostgreSQL' eventually 5 backends_are 0
crowd numbered ask 127.2.0.%d 104 '{"msgid":1,"id":3,"password":"wrong-%d"}\n'
t '104 numbered ones' eventually 60 says numbered '^104$'
t 'none either' eventually 5 backends_are 0
t 'they are all still there' is "$(pgrep -cP "$(cat "$dir/a.pid")" -f 'chatd: session')" 208
close native numbered
call x
yes x '{"op":"hello"}' >/dev/null
node postgres stop
t 'hello needs no database' yes x '{"op":"hello"}'
t 'to say who may register' is "$(field registration)" open
node postgres start
hang x

section 'What is refused costs, and is not said again and again'
flood() { # OBJECT: as many of them as are taken in so many MB; then how many bytes the log grew by
	before=$(log_bytes)
	perl -MIO::Socket::INET -e '
		my ($addr, $object) = @ARGV;
		$SIG{PIPE} = "IGNORE";
		my $s = IO::Socket::INET->new($addr) or die;
		$s->blocking(0);
		my ($bytes, $left, $in) = ("$object\n" x 20000, 0, "");
		my $until = time + 3;
		while (time < $until) {
			my $n = syswrite $s, $bytes;
			last unless defined $n || $!{EAGAIN};
			while (my $got = sysread $s, $in, 65536) { $left += $got; }
			select undef, undef, undef, 0.005;
		}
		print "$left\n"' "$NODE_A" "$1" >"$dir/flood"
	grew=$(($(log_bytes) - before))
	[ $grew -le 2048 ] || ! echo "the log grew by $grew bytes"
}
at_once() { # COUNT [frames]: objects from one who then waits; how many are answered, by a process that mostly sleeps
	perl -MIO::Socket::INET -e '
		my ($addr, $count, $master, $frames) = @ARGV;
		my $s = IO::Socket::INET->new(PeerAddr => $addr, LocalAddr => $frames ? "127.0.0.10" : "127.0.0.9") or die;
		my ($n, $in, $busy) = (0, "", 0);
		sub frame { !$frames ? "$_[0]\n" : pack "CCNa*", 0x81, 0x80 | length $_[0], 0, $_[0] }
		print($s "GET /chat HTTP/1.1\r\nHost: $addr\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n",
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"), $s->flush, sysread $s, $in, 65536 if $frames;
		syswrite $s, join "", map frame("{\"op\":\"hello\",\"rid\":$_}"), 1 .. $count;
		while ($n < $count && sysread $s, $in, 65536, length $in) { $n += () = $in =~ /"rid":/g; $in = substr $in, -5; }
		for (glob "/proc/[0-9]*/stat") {
			my @f = open(H, $_) ? split " ", <H> =~ s/.*\)//sr : ();
			$busy = $f[11] + $f[12] if @f && $f[1] == $master && $f[11] + $f[12] > $busy;
		}
		print "$n ", $busy < 100 ? "quietly" : "busily, $busy ticks", "\n"' "$NODE_A" "$1" "$(cat "$dir/a.pid")" ${2-}
}
t 'what was said at once is answered to the end, though it takes longer than a place is held' is "$(at_once 2400)" '2400 quietly'
t 'in frames, too' is "$(at_once 2400 frames)" '2400 quietly'
t 'a number that nobody knows' flood '{"msgid":99}'
t 'many times is abuse' eventually 5 grep -q 'ev=bye.* reason=abuse' "$dir/a.log"
t 'a numbered request before its login' flood '{"msgid":5,"toid":1,"msg":"x"}'
t 'is not done thousands of times' [ "$(cat "$dir/flood")" -lt 4000000 ]
echo "# $(cat "$dir/flood") bytes of answers in 3 s"
t 'an operation that nobody knows' flood '{"op":"nothing"}'
t 'is answered less and less often' [ "$(cat "$dir/flood")" -lt 1000000 ]
echo "# $(cat "$dir/flood") bytes of answers in 3 s"
t 'one that wants a login' flood '{"op":"convs"}'
t 'too' [ "$(cat "$dir/flood")" -lt 1000000 ]
echo "# $(cat "$dir/flood") bytes of answers in 3 s"
t 'and hello' flood '{"op":"hello"}'
t 'too, in spite of being allowed' [ "$(cat "$dir/flood")" -lt 2000000 ]
echo "# $(cat "$dir/flood") bytes of answers in 3 s"
hellos() { # one who asks without listening: how many are answered well in 3 s
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], LocalAddr => "127.0.0.7") or die;
		my ($n, $in, $until) = (0, "", time + 3);
		$s->blocking(0);
		while (time < $until) {
			syswrite $s, qq({"op":"hello"}\n) x 100;
			while (sysread $s, $in, 65536, length $in) { $n += () = $in =~ /"ok":true/g; $in = substr $in, -8; }
			select undef, undef, undef, 0.001;
		}
		print "$n\n"' "$NODE_A"
}
hellos=$(hellos)
echo "# $hellos well in 3 s"
t 'as a single connection has less than all of its address' [ "$hellos" -gt 100 -a "$hellos" -le 2400 ]
# Somebody of an address that has spent all logs in, is told how long to wait, and does so.
patient() { # stay|come: on the connection that he has, or on a new one; what he is told then
	perl -MIO::Socket::INET -e '
		my ($addr, $how) = @ARGV;
		my $login = "{\"op\":\"login\",\"name\":\"carl\",\"password\":\"carl-password\"}";
		sub come { IO::Socket::INET->new(PeerAddr => $addr, LocalAddr => "127.0.0.8") }
		sub says { my ($s, $many) = (@_); print $s "$_[2]\n" x $many; $s->flush; return map scalar <$s>, 1 .. $many }
		for (1 .. 30) {
			my $s = come();
			my ($told) = says($s, 1, $login);
			if ($told =~ /"retry_after_ms":(\d+)/) {
				$s = undef if $how eq "come";
				select undef, undef, undef, $1 / 1000;
				$s //= come();
				print says($s, 1, $login);
				exit;
			}
			$s = come();
			says($s, 700, q({"op":"nothing"}));
		}
		print "never refused\n"' "$NODE_A" "$1"
}
for how in stay come; do
	t "who waits as he was told is let in if he has to $how" sh -c "echo '$(patient $how)' | grep '\"ok\":true'"
done
enter bob
t 'who is logged in' yes bob '{"op":"ping"}'
talk many bob '6000 {"op":"nothing"}'
t 'is answered each time' talk replies bob 6000
t 'with the same' is "$line" 'unknown_op 6000'
hang bob

section 'Nobody is worth a hash who is refused in any case'
cpu() { # of all processes of the node, in us
	pgrep -P "$(cat "$dir/a.pid")" | sed 's,.*,/proc/&/schedstat,' | xargs cat | awk '{ n += $1 } END { print int(n / 1000) }'
}
takes() { # REQUEST: so much of the processor, eight times with another N
	call x
	ask x '{"op":"ping"}' >/dev/null
	before=$(cpu)
	for n in 1 2 3 4 5 6 7 8; do ask x "$(echo "$1" | sed "s/N/$n/")" >/dev/null; done
	echo $(($(cpu) - before))
}
t 'everybody who may log in can' enter alice
sql "select chat.settings_set('closed', null)" >/dev/null
call x
t 'registration is closed' no x forbidden '{"op":"register","name":"zoe","password":"zoe-password"}'
closed=$(takes '{"op":"register","name":"zoe","password":"zoe-password"}')
sql "select chat.settings_set('open', null)" >/dev/null
t 'a name is taken' no x name_taken '{"op":"register","name":"bob","password":"bob-password"}'
taken=$(takes '{"op":"register","name":"bob","password":"bob-password"}')
hashing=$(takes '{"op":"login","id":99999N,"password":"bob-password"}')
echo "# closed $closed, taken $taken, hashed $hashing us"
t 'that is said without hashing' [ $((2 * closed)) -lt "$hashing" ]
t 'in both cases' [ $((2 * taken)) -lt "$hashing" ]
hang alice

section 'Guessing'
from() { # SOURCE OBJECT [HEADER ADDR]: says what is answered there
	line=$(perl -MIO::Socket::INET -e '
		my ($from, $object, $header, $addr) = @ARGV;
		my $s = IO::Socket::INET->new(PeerAddr => $addr, LocalAddr => $from, Timeout => 5) or die;
		syswrite $s, ($header ? "$header\r\n" : "") . "$object\n";
		alarm 20;
		$s->blocking(1);
		local $/ = $object =~ /"op"/ ? "\n" : "\0";
		print scalar <$s>' "$1" "$2" "${3-}" "${4:-$NODE_A}" | tr -d '\0')
	printf '%s\n' "$line"
}
login_as() { # NAME PASSWORD
	echo "{\"op\":\"login\",\"name\":\"$1\",\"password\":\"$2\"}"
}
wrong() { # TIMES SOURCE NAME [HEADER ADDR]
	for _ in $(seq "$1"); do like "$(from "$2" "$(login_as "$3" wrong)" "${4-}" "${5-$NODE_A}")" '"bad_credentials"' || return; done
}
answers() { # REGEX FROM-ARGUMENTS
	t_wanted=$1
	shift
	like "$(from "$@")" "$t_wanted"
}
t 'four mistakes are answered, each on a connection of its own' wrong 4 127.5.0.1 bob
t 'then one waits' answers '"error":"rate_limited","message":"too many wrong passwords.*"retry_after_ms":[1-9]' 127.5.0.1 "$(login_as bob wrong)"
t 'also with the right password' answers '"rate_limited"' 127.5.0.1 "$(login_as bob bob-password)"
t 'though not from elsewhere' answers '"ok":true' 127.5.0.2 "$(login_as bob bob-password)"
t 'or as another' answers '"ok":true' 127.5.0.1 "$(login_as alice alice-password)"
t 'for a while' eventually 5 answers '"ok":true' 127.5.0.1 "$(login_as bob bob-password)"
t 'a name that nobody has' wrong 4 127.5.0.1 nobody
t 'is treated alike' answers '"rate_limited"' 127.5.0.1 "$(login_as nobody wrong)"
t 'mistakes of a numbered client' wrong 4 127.5.0.3 bob
bob=$(sql "select id from chat.users where name = 'bob'")
t 'are answered by its own error and how long to wait' \
	answers '"errmsg":"too many wrong passwords; try again in [0-9]+ s","errno":1' 127.5.0.3 "{\"msgid\":1,\"id\":$bob,\"password\":\"x\"}"

section 'Who has to wait is told so without PostgreSQL'
limited() { # REGEX TIMES FROM-ARGUMENTS: and no connection to PostgreSQL
	opened=$(connections) t_times=$2 t_regex=$1
	shift 2
	while [ $((t_times -= 1)) -ge 0 ]; do answers "$t_regex" "$@" || return; done
	is "$(connections)" "$opened"
}
guess_on() { # SOURCE OBJECT: until there are some seconds to wait; %d in the source is another one each time
	n=0 line='' ms=0
	until [ "$ms" -gt 2500 ]; do
		sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))" # as told: who goes on at once owes so much that nobody looks at it
		n=$((n % 250 + 1))
		from "$(echo "$1" | sed "s/%d/$n/")" "$2" >/dev/null
		ms=$(expr "$line" : '.*"retry_after_ms":\([0-9]*\)') || ms=0
	done
}
opened=$(connections)
guess_on 127.5.0.4 "$(login_as carl wrong)"
t 'a password that is looked at takes a connection' [ "$(connections)" -gt "$opened" ]
t 'a name that has to wait takes none' limited '"rate_limited"' 5 127.5.0.4 "$(login_as carl wrong)"
t 'nor does it with the right password' limited '"rate_limited"' 2 127.5.0.4 "$(login_as CARL carl-password)"
guess_on 127.5.0.5 "$(login_as nobody wrong)"
t 'nor does a name that nobody has' limited '"rate_limited"' 5 127.5.0.5 "$(login_as nobody wrong)"
guess_on 127.5.0.6 "{\"op\":\"login\",\"id\":$bob,\"password\":\"wrong\"}"
t 'nor a number' limited '"errno":1' 3 127.5.0.6 "{\"msgid\":1,\"id\":$bob,\"password\":\"x\"}"
t 'whoever has not to is looked at' answers '"ok":true' 127.5.0.2 "$(login_as bob bob-password)"

section 'From many addresses'
guess_on 127.6.0.%d "$(login_as alice wrong)"
t 'guesses make who comes from anywhere wait' answers '"rate_limited"' 127.6.1.1 "$(login_as alice alice-password)"
t 'and who was told so is told so again' limited '"rate_limited"' 5 127.6.1.1 "$(login_as alice alice-password)"
t 'but not from where she has logged in' answers '"ok":true' 127.5.0.1 "$(login_as alice alice-password)"
t 'which is remembered' sql_is t "select count(*) > 0 from chat.known_sources k join chat.users u on u.id = k.user_id
	where u.name = 'alice' and source = '127.5.0.1'"
sql "update chat.known_sources set last_login = now() - interval '29 days'"
t 'for 30 days' answers '"ok":true' 127.5.0.1 "$(login_as alice alice-password)"
sql "update chat.known_sources set last_login = now() - interval '31 days'"
t 'and no longer' answers '"rate_limited"' 127.5.0.1 "$(login_as alice alice-password)"

section 'About many accounts'
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do wrong 1 127.7.0.1 "nobody-$n"; done >/dev/null
t 'twenty of an office may be mistaken' answers '"ok":true' 127.7.0.1 "$(login_as carl carl-password)"
wrong 1 127.7.0.1 nobody-21 >/dev/null
t 'twenty-one are guesses' answers '"rate_limited"' 127.7.0.1 "$(login_as carl carl-password)"
t 'from there' answers '"ok":true' 127.7.0.2 "$(login_as carl carl-password)"

section 'Many at once'
echo '--newcomers 64' >"$dir/chatd.options"
node a stop && node a start
looked_at() {
	grep -c 'ev=login_refused .*why=bad_credentials addr=127.8.' "$dir/a.log"
}
crowd once ask 127.8.0.1 36 "$(login_as bob wrong-%d)\\n"
t '36 guess at the same time' eventually 30 says once '^36$'
looked_at=$(looked_at)
t 'what they guess is looked at as often as if they came one by one' \
	[ "$looked_at" -gt 0 -a "$looked_at" -le $((3 + $(getconf _NPROCESSORS_ONLN))) ]
close once
# Thirty passwords of one address are in the line for being hashed when carl comes from another; how many of them are
# answered before him.
before_carl() {
	perl -MIO::Socket::INET -MIO::Select -e '
		my ($addr, $carl) = @ARGV;
		sub says {
			my $s = IO::Socket::INET->new(PeerAddr => $addr, LocalAddr => $_[0]) or die;
			syswrite $s, "$_[1]\n";
			return $s;
		}
		my ($in, $answered, $one) = ("", 0);
		my $all = IO::Select->new(map says("127.8.0.2", q({"op":"login","name":"nobody-) . $_ % 10 . q(","password":"wrong"})), 1 .. 30);
		while ($all->count) {
			for my $s ($all->can_read(30)) {
				sysread $s, $in, 65536;
				print("$answered\n"), exit if $one && $s == $one && $in =~ /"ok":true/;
				$all->remove($s);
				$all->add($one = says("127.8.0.3", $carl)) if ++$answered == 3;
			}
		}' "$NODE_A" "$(login_as carl carl-password)"
}
t 'who comes from elsewhere has his turn among the first' [ "$(before_carl)" -le 20 ]

section 'Who is behind a proxy'
echo '--newcomers 8 --listen 127.0.0.1:0,proxy --proxy-from 127.0.0.2' >"$dir/chatd.options"
node a stop && node a start
PROXY=$(sed -n 2p "$dir/a.ready")
behind() { # ADDRESS: the header
	echo "PROXY TCP6 $1 ::1 4711 443"
}
t 'four mistakes' wrong 4 127.0.0.2 bob "$(behind 2001:db8::1)" "$PROXY"
t 'make that one wait' answers '"rate_limited"' 127.0.0.2 "$(login_as bob bob-password)" "$(behind 2001:db8::1)" "$PROXY"
t 'and its whole /64' answers '"rate_limited"' 127.0.0.2 "$(login_as bob bob-password)" "$(behind 2001:db8::ffff:1:2)" "$PROXY"
t 'but not the next one' answers '"ok":true' 127.0.0.2 "$(login_as bob bob-password)" "$(behind 2001:db8:0:1::1)" "$PROXY"
t 'which is known from now on' sql_is 1 "select count(*) from chat.known_sources where source = '2001:db8:0:1::/64'"

t 'every invariant holds' is "$(broken)" ''
finish
