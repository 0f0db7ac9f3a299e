#!/bin/sh
# SIGUSR2: another program takes the process over, and nobody who is connected notices. The other programs are this one
# with another version, another schema, another layout of the shared memory; and some that are none.
# shellcheck disable=SC2016
. t/lib.sh
. t/many.sh
stack --nodes 1
db="host=$PGHOST port=$PGPORT user=chatd dbname=chat"
san=
nm -u "$BUILD_DIR/chatd.o" | grep -q __asan && san='-fsanitize=address,undefined'

# version N: this program, saying that it is 0.1.N
version() {
	V="0.1.$1" perl -pe 's/0\.1\.0(?=\0)/$ENV{V}/g' "$chatd" >"$dir/version-$1" && chmod +x "$dir/version-$1"
}
# another NAME: a checkout in DIR/NAME whose schema may be edited
another() {
	mkdir -p "$dir/$1/build/schema" "$dir/$1/build/session"
	ln -s "$PWD"/* "$dir/$1" 2>/dev/null
	rm -f "$dir/$1/schema"
	cp -r schema "$dir/$1/schema"
	ln -s "$BUILD_DIR"/* "$dir/$1/build" 2>/dev/null
	ln -s "$BUILD_DIR"/session/* "$dir/$1/build/session" 2>/dev/null
	rm -f "$dir/$1/build/chatd"
}
put() { # FILE: where the node's program is, as a package does: a new file under the old name
	cp "$1" "$dir/new" && chmod +x "$dir/new" && mv "$dir/new" "$dir/chatd.now"
}
keeper() {
	ps -o pid=,args= --ppid "$node" | awk '/chatd: keeper/ { print $1 }'
}
runs() { # VERSION
	sql_is "0.1.$1" "select version from chat.nodes where pid = $node"
}
since() { # N REGEX: so many lines of the log are like that
	[ "$(grep -cE "$2" "$dir/node.err")" -ge "$1" ]
}
works() { # NAME: somebody may come, and be told something by alice
	login "$1" "$at" && expect "$1" '"synced"' && say_ok alice "{\"op\":\"send\",\"rid\":9,\"to\":\"bob\",\"cid\":\"$1\",\"text\":\"for $1\"}" &&
		expect "$1" "for $1"
}

put "$chatd"
"$dir/chatd.now" --node up --listen 127.0.0.1:0 --db "$db" --redis "$REDIS_URL" --start-timeout 2 --ready-fd 6 \
	6>"$dir/node.addr" 2>"$dir/node.err" &
node=$!
echo $node >"$dir/node.proc"
t 'a node' eventually 10 [ -s "$dir/node.addr" ]
at=$(cat "$dir/node.addr")
NODE_A=$at
user alice bob

n=100
login alice "$at"
many "$n"
spawn many perl t/many.pl "$at" $n "$conv"
t "$n sessions" eventually 60 grep -qx in "$dir/many.out"
tell() { # TEXT: to the crowd; all of them have it, and have acknowledged it
	say_ok alice "{\"op\":\"send\",\"group\":\"crowd\",\"cid\":\"$1\",\"text\":\"$1\"}" >/dev/null && seq=$(field seq) &&
		eventually 20 grep -qx "all $seq" "$dir/many.out"
}
behind() { # COUNT: so many have not stored what they acknowledged
	sql_is "$1" "select count(*) from chat.cursors k join chat.devices d on d.id = k.device_id
		join chat.conversations c on c.id = k.conv_id where d.name = 'x' and c.id = $conv and k.acked_seq < c.last_seq"
}
sessions() {
	sql "select string_agg(pid::text, ' ' order by id) from chat.sessions where boot_id = (select boot_id from chat.nodes where pid = $node)"
}
t 'they hear each other' tell before

section 'A newer program'
version 1
put "$dir/version-1"
before=$(sessions) boot=$(sql "select boot_id from chat.nodes where pid = $node")
# SIGTERM may come while it connects, which is no refusal.
perl -MIO::Socket::INET -MErrno -e '
	$| = 1; my ($n, $bad) = (0, 0); my $end = 0; $SIG{TERM} = sub { $end = 1 };
	until ($end) { $n++; my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0]) or $!{EINTR} or $bad++; select undef, undef, undef, 0.002 }
	print "$n tries, $bad refused\n"' "$at" >"$dir/knock.out" &
echo $! >"$dir/knock.proc"
perl -MIO::Socket::INET -e '
	$| = 1; my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0]) or die; print "here\n"; $SIG{USR1} = sub {}; select undef, undef, undef, 60;
	print $s qq({"op":"login","name":"bob","password":"bob-password","device":"silent"}\n); print scalar <$s>; sleep 60' "$at" >"$dir/silent.out" &
silent=$!
echo $silent >"$dir/silent.proc"
guess() { # a password, for somebody who does not exist: until that has to wait
	echo '{"op":"login","name":"nobody","password":"wrong"}' | "$BUILD_DIR/chat" -s "$at" pipe | grep -q rate_limited
}
t 'somebody waits in silence' eventually 5 grep -qx here "$dir/silent.out"
t 'who guesses has to wait' eventually 10 guess
kill -USR2 "$node"
t 'takes the process over' eventually 10 since 1 'ev=succeeded .*sessions=101 '
t 'who guessed has to wait still' guess
t 'with the same pid and another version' eventually 10 runs 1
t 'as the same node' is "$(sql "select boot_id from chat.nodes where pid = $node")" "$boot"
t 'with another keeper' eventually 5 [ -n "$(keeper)" ]
t 'every session is the process it was' is "$(sessions)" "$before"
t 'they hear each other as before' tell after
t 'what they acknowledge is stored' eventually 5 behind 0
t 'who comes now is served' works bob@1
kill -USR1 $silent
t 'who waited in silence, too' eventually 5 grep -q '"ok":true' "$dir/silent.out"
kill "$(cat "$dir/knock.proc")"
t 'nobody was refused meanwhile' eventually 5 grep -qE '^[0-9]{2,} tries, 0 refused' "$dir/knock.out"
t 'ps shows it' like "$(ps -o args= -p "$node")" '^chatd: master up, 10[0-9] sessions'

section 'One that does not check'
before=$(keeper)
refused() { # N PROGRAM: the n-th one
	put "$2" && kill -USR2 "$node" && eventually 20 since "$1" 'lvl=error ev=successor .*all stays as it was'
}
t 'a program that fails' refused 1 /bin/false
t 'one that does something else' refused 2 /bin/true
printf '#!/bin/sh\nexec sleep 60\n' >"$dir/hangs"
t 'one that hangs' refused 3 "$dir/hangs"
echo nonsense >"$dir/nonsense"
t 'a file that is none' refused 4 "$dir/nonsense"
rm "$dir/chatd.now"
kill -USR2 "$node"
t 'none at all' eventually 20 since 5 'lvl=error ev=successor .*all stays as it was'
t 'all is as it was' runs 1
t 'the keeper, too' is "$(keeper)" "$before"
t 'and works' works bob@2
t 'for all' tell 'still here'

section 'A migration in between'
another next
sed -i "s/^level .*/level 77/" "$dir/next/schema/level"
make -s -C "$dir/next" B=build SAN="$san" build/chatd >"$dir/make.out" 2>&1
t 'a program that wants another schema' [ -x "$dir/next/build/chatd" ]
t 'does not take over before the database has it' refused 6 "$dir/next/build/chatd"
t 'it says why' grep -q 'run chatd --migrate' "$dir/node.err"
t 'after --migrate' "$dir/chatd.now" --migrate --db "host=$PGHOST port=$PGPORT user=postgres dbname=chat"
kill -USR2 "$node"
t 'it does' eventually 10 since 2 ev=succeeded
t 'for the second time' works bob@3
t 'the first sessions still hear each other' tell 'level 77'
t 'and are stored' eventually 5 behind 0

section 'Another layout of the shared memory'
another layout
cp "$dir/next/schema/level" "$dir/layout/schema/level"
rm "$dir/layout/build/session/shared.o" "$dir/layout/build/session/memo.o"
make -s -C "$dir/layout" B=build SAN="$san" CFLAGS='-DSHARED_VERSION=99 -DMEMO_VERSION=99' build/chatd >"$dir/make.out" 2>&1
t 'a program that has one' [ -x "$dir/layout/build/chatd" ]
put "$dir/layout/build/chatd"
t 'who guesses has to wait' eventually 10 guess
kill -USR2 "$node"
t 'takes over' eventually 10 since 3 ev=succeeded
t 'and remembers nothing that it would take for something else' not guess
t 'who comes now is served' works bob@4
t 'the old ones hear everything' tell 'another layout'
t 'and store what they acknowledge themselves' eventually 15 behind 0

section 'Twice at once'
put "$dir/next/build/chatd"
kill -USR2 "$node"
eventually 2 since 1 'ev=successor .*check=' >/dev/null
kill -USR2 "$node"
t 'is once, or twice' eventually 10 since 4 ev=succeeded
t 'and works' works bob@5

section 'The end'
t 'no invariant is broken' clean
kill -TERM "$node"
all_lost() {
	[ "$(grep -c ^lost "$dir/many.out")" = $n ]
}
t 'everybody has to go, the oldest too' eventually 10 all_lost
wait "$node"
t 'it ends as any node does' is $? 0
t 'nobody is left' eventually 5 sql_is 0 'select count(*) from chat.sessions'
rm -f "$dir/node.proc"
close silent

section 'Under supervisors'
put "$dir/next/build/chatd"
mkdir "$dir/sv"
cat >"$dir/sv/run" <<END
#!/bin/sh
exec "$dir/chatd.now" --node sv --listen 127.0.0.1:0 --db '$db' --redis '$REDIS_URL' --ready-fd 6 6>"$dir/sv.addr" 2>"$dir/sv.log"
END
chmod +x "$dir/sv/run"
succeeded() { # LOG
	grep -q ev=succeeded "$1"
}
if command -v runsv >/dev/null; then
	spawn runsv runsv "$dir/sv"
	t 'runsv starts it' eventually 10 [ -s "$dir/sv.addr" ]
	login bob@sv "$(cat "$dir/sv.addr")"
	before=$(cat "$dir/sv/supervise/pid")
	sv 2 "$dir/sv"
	t 'sv 2 replaces it' eventually 10 succeeded "$dir/sv.log"
	t 'runsv has noticed nothing' is "$(cat "$dir/sv/supervise/pid")" "$before"
	t 'nor has bob' say_ok bob@sv '{"op":"ping"}'
	sv down "$dir/sv" >/dev/null
	t 'and stops it' expect bob@sv '"bye".*shutdown'
	close runsv
else
	skip 'under runsv' 'there is none'
fi
if command -v supervisord >/dev/null; then
	cat >"$dir/supervisord.conf" <<-END
		[supervisord]
		nodaemon=true
		logfile=$dir/supervisord.log
		pidfile=$dir/supervisord.pid
		[program:chatd]
		command=sh $dir/sv/run
		startretries=0
	END
	rm -f "$dir/sv.addr"
	spawn supervisord supervisord -c "$dir/supervisord.conf"
	t 'supervisord starts it' eventually 20 [ -s "$dir/sv.addr" ]
	login bob@sd "$(cat "$dir/sv.addr")"
	kill -USR2 "$(pgrep -f -P "$(cat "$dir/supervisord.proc")" 'chatd: master sv')"
	t 'SIGUSR2 replaces it' eventually 10 succeeded "$dir/sv.log"
	t 'bob is still there' say_ok bob@sd '{"op":"ping"}'
	t 'supervisord has noticed nothing' is "$(grep -cE 'spawned|exited' "$dir/supervisord.log")" 1
	close supervisord
else
	skip 'under supervisord' 'there is none'
fi
cat >"$dir/notify.pl" <<'END'
use Socket; use IO::Socket::UNIX; $| = 1;
my $hear = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => shift) or die;
my $said; while (1) { print "$said\n" if defined $hear->recv($said, 1000) }
END
spawn hear perl "$dir/notify.pl" "$dir/notify"
eventually 5 [ -S "$dir/notify" ]
NOTIFY_SOCKET="$dir/notify" "$dir/chatd.now" --node n --listen 127.0.0.1:0 --db "$db" --redis "$REDIS_URL" 2>"$dir/n.err" &
echo $! >"$dir/n.proc"
told() { # REGEX COUNT
	[ "$(grep -cE "$1" "$dir/hear.out")" -ge "$2" ]
}
t 'with NOTIFY_SOCKET: ready' eventually 10 told '^READY=1' 1
kill -USR2 "$(cat "$dir/n.proc")"
t 'it reloads' eventually 10 told '^RELOADING=1' 1
t 'and is ready again' eventually 10 told '^READY=1' 2
t 'as the same process' is "$(sed -n 's/^MAINPID=//p' "$dir/hear.out" | sort -u)" "$(cat "$dir/n.proc")"
close n hear
finish
