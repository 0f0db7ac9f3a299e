#!/bin/sh
# Strangers: what those who are not logged in can take away from the others, and what their guesses bring them.
# shellcheck disable=SC2016
. t/lib.sh
stack --nodes 1 --chatd '--newcomers 8'
. t/talk.sh
people alice bob
backends_are() { # COUNT: of sessions
	sql_is "$1" "select count(*) from pg_stat_activity where application_name = 'chatd/a'"
}
crowd() { # NAME VERB FROM COUNT [REST]: t/room.pl in the background, at node a
	t_crowd=$1 t_verb=$2
	shift 2
	spawn "$t_crowd" perl t/room.pl "$t_verb" "$NODE_A" "$@"
}
says() { # NAME REGEX: the last line it said
	tail -n 1 "$dir/$1.out" | grep -qE -e "$2"
}
log_bytes() {
	wc -c <"$dir/a.log"
}

section 'Before login nothing scarce is held'
crowd native ask 127.1.0.%d 104 '{"op":"login","name":"bob","password":"wrong-%d"}\n'
t '104 connections with a failed login each' eventually 60 says native '^104$'
t 'hold no connection to PostgreSQL' eventually 5 backends_are 0
crowd numbered ask 127.2.0.%d 104 '{"msgid":1,"id":1,"password":"wrong-%d"}\n'
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
enter bob
t 'who is logged in' yes bob '{"op":"ping"}'
talk many bob '6000 {"op":"nothing"}'
t 'is answered each time' talk replies bob 6000
t 'with the same' is "$line" 'unknown_op 6000'
hang bob

section 'Nobody is worth a hash who is refused in any case'
hashes() { # REQUEST: the ms it takes, seen from outside, best of 3
	for _ in 1 2 3; do
		begun=$(date +%s%N)
		ask x "$1" >/dev/null
		echo $((($(date +%s%N) - begun) / 1000))
	done | sort -n | head -n 1
}
t 'everybody who may log in can' enter alice
sql "select chat.settings_set('closed', null)" >/dev/null
call x
t 'registration is closed' no x forbidden '{"op":"register","name":"zoe","password":"zoe-password"}'
closed=$(hashes '{"op":"register","name":"zoe","password":"zoe-password"}')
sql "select chat.settings_set('open', null)" >/dev/null
t 'a name is taken' no x name_taken '{"op":"register","name":"bob","password":"bob-password"}'
taken=$(hashes '{"op":"register","name":"bob","password":"bob-password"}')
hashing=$(hashes '{"op":"login","name":"nobody","password":"bob-password"}')
echo "# closed $closed us, taken $taken us, a hash $hashing us"
t 'that is said without hashing' [ $((2 * closed)) -lt "$hashing" ]
t 'in both cases' [ $((2 * taken)) -lt "$hashing" ]
t 'every invariant holds' is "$(broken)" ''
finish
