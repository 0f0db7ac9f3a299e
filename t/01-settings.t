#!/bin/sh
# What can be said to chatd, by whom, and what it answers before it serves anybody; and what supervisors are told.
# shellcheck disable=SC2016
. t/lib.sh
stack --nodes 1

shows() { # OPTION: value and origin
	"$@" "$chatd" --print-config
}
value() { # NAME COMMAND…: its line
	name=$1
	shift
	shows "$@" | sed -n "s/^$name=//p" | tr '\t' ' '
}
wrong() { # STATUS SENTENCE COMMAND…: one sentence, and nothing else
	status=$1 sentence=$2
	shift 2
	exits "$status" "$@" 2>"$dir/wrong" >&2 && is "$(wc -l <"$dir/wrong")" 1 && like "$(cat "$dir/wrong")" "$sentence"
}

section 'Where a value comes from'
t 'the default' is "$(value spare env)" '8 # default'
t 'the environment' is "$(value spare env CHATD_SPARE=5)" '5 # CHATD_SPARE'
echo 6 >"$dir/spare"
t 'a file it names' is "$(value spare env CHATD_SPARE_FILE="$dir/spare")" "6 # CHATD_SPARE_FILE=$dir/spare"
t 'the flag wins' is "$(CHATD_SPARE=5 "$chatd" --spare 7 --print-config | grep '^spare')" "$(printf 'spare=7\t# --spare')"
t 'listeners of the environment, several' is "$(value listen env CHATD_LISTEN='127.0.0.1:1 unix:/x,proxy')" \
	'127.0.0.1:1 unix:/x,proxy # CHATD_LISTEN'
t 'two arguments are a listener' like "$("$chatd" 127.0.0.1 7 --print-config)" '^listen=127.0.0.1:7'
t 'every option is there' is "$("$chatd" --print-config | sed 's/=.*//')" \
	"$("$chatd" --help | sed -n 's/^  --\([a-z-]*\) [^ ].*/\1/p')"

section 'Secrets'
echo 'host=db.example user=chatd password=hunter2' >"$dir/db"
echo 'redis://chatd:hunter2@bus.example:6380' >"$dir/redis"
secret() {
	CHATD_DB_FILE=$dir/db CHATD_REDIS_FILE=$dir/redis "$chatd" --print-config
}
t 'in files' like "$(secret)" "^redis=redis://chatd:\*\*\*@bus.example:6380.# CHATD_REDIS_FILE=$dir/redis\$"
t 'are not shown' not like "$(secret)" hunter2
t 'of the rest everything is' like "$(secret)" '^db=.*user=chatd password=\*\*\* host=db.example'
t 'nor those of a URI' is "$("$chatd" --db 'postgresql://chatd:hunter2@h/chat' --print-config | grep -c hunter2)" 0
t 'a file that is not there' wrong 78 "^chatd: CHATD_DB_FILE: $dir/none: No such file" env CHATD_DB_FILE="$dir/none" "$chatd" -t
t 'both' wrong 64 'CHATD_DB and CHATD_DB_FILE are both set' env CHATD_DB_FILE="$dir/db" CHATD_DB=x "$chatd" -t

section 'Wrong ones'
t 'an unknown option' wrong 64 '^chatd: --nod: there is no such option; the nearest is --node\.$' "$chatd" --nod a
t 'a number that is none' wrong 64 '^chatd: --spare: a number from 1 to 1000 is wanted, not "many"\.$' "$chatd" --spare many
t 'in the environment' wrong 64 '^chatd: CHATD_SPARE: a number' env CHATD_SPARE=many "$chatd"
t 'one too large for any number' wrong 64 'a number from 1' "$chatd" --spare 99999999999999999999
t 'a word' wrong 64 'one of allow.deny is wanted, not "perhaps"' "$chatd" --strangers perhaps
t 'a value that is missing' wrong 64 '^chatd: --node: its value is missing' "$chatd" --node
t 'one that is too many' wrong 64 '^chatd: --migrate: it takes no value' "$chatd" --migrate=yes
t 'a listener' wrong 64 '^chatd: --listen: HOST:PORT' "$chatd" --listen 5001
t 'half a listener' wrong 64 'HOST and PORT are wanted together' "$chatd" 127.0.0.1
t 'words that mean nothing' wrong 64 'is not understood' "$chatd" 127.0.0.1 1 more
t 'a conninfo' wrong 64 '^chatd: --db: missing "="' "$chatd" --db nonsense
t 'a URL' wrong 64 '^chatd: --redis: ' "$chatd" --redis nonsense
t 'a name' wrong 64 '^chatd: --node: ' "$chatd" --node 'a b'
t 'an unknown CHATD_ is a warning with the nearest name' like "$(CHATD_MAXSESSIONS=5 "$chatd" --print-config 2>&1)" \
	'lvl=warn ev=unknown_setting .*name=CHATD_MAXSESSIONS nearest=CHATD_MAX_SESSIONS$'

section 'Who cannot be reached'
gone() { # OPTION VALUE: what is said about it
	"$chatd" -t "$@" 2>&1
}
t 'PostgreSQL: host, port, reason' like "$(gone --db 'host=127.0.0.1 port=1')" '127.0.0.1.*port 1 .*Connection refused'

db="host=$PGHOST port=$PGPORT user=chatd dbname=chat"
t 'Redis: host, port, reason' like "$(gone --db "$db" --redis redis://127.0.0.1:1)" 'Redis at 127.0.0.1:1: Connection refused'
t 'its socket, too' like "$(gone --db "$db" --redis unix:/none)" 'Redis at unix:/none: No such file'

section 'Signals'
echo 'warn' >"$dir/level"
echo "$db" >"$dir/db"
sql "create role another login in role chatd"
CHATD_LOG_LEVEL_FILE=$dir/level CHATD_DB_FILE=$dir/db CHATD_NODE_FILE=$dir/node
export CHATD_LOG_LEVEL_FILE CHATD_DB_FILE CHATD_NODE_FILE
echo s >"$dir/node"
"$chatd" --redis "$REDIS_URL" --listen 127.0.0.1:0 --ready-fd 6 6>"$dir/s.addr" 2>"$dir/s.err" &
s=$!
echo $s >"$dir/s.proc"
t 'a node with its settings in files' eventually 10 [ -s "$dir/s.addr" ]
at=$(cat "$dir/s.addr")
t 'the level counts' not grep -q lvl=info "$dir/s.err"
user alice bob
login alice "$at"
kill -USR1 $s
echo info >"$dir/level"
kill -HUP $s
t 'SIGHUP reads them again' eventually 5 grep -q 'ev=reread .*option=log-level value=info' "$dir/s.err"
kill -USR1 $s
t 'SIGUSR1: the node' eventually 5 grep -q 'ev=status .*sessions=1 ' "$dir/s.err"
echo "$db" | sed 's/user=chatd/user=another/' >"$dir/db"
echo z >"$dir/node"
kill -HUP $s
t 'what cannot change is said' eventually 5 grep -q 'ev=reread .*option=node value=z why="that takes a restart"' "$dir/s.err"
login bob "$at"
t 'who comes from now on uses another role' eventually 10 sql_is 1 \
	"select count(*) from pg_stat_activity a join chat.session_list s on a.usename = 'another' and application_name = 'chatd/s' where s.name = 'bob'"
t 'the keeper, too' eventually 10 sql_is t \
	"select count(*) > 0 from pg_stat_activity where usename = 'another' and application_name = 'chatd/s/keeper'"
t 'who was there stays' say_ok alice '{"op":"ping"}'
kill -USR1 $s
t 'SIGUSR1: each session says who it is' eventually 5 grep -q 'ev=session .*user=bob addr=127.0.0.1:' "$dir/s.err"
echo nonsense >"$dir/level"
kill -HUP $s
t 'what is wrong changes nothing' eventually 5 grep -q 'lvl=error ev=reread .*one of error.warn.info.debug' "$dir/s.err"
t 'and hurts nobody' say_ok bob '{"op":"ping"}'
close alice bob s
unset CHATD_LOG_LEVEL_FILE CHATD_DB_FILE CHATD_NODE_FILE

section 'A supervisor that listens'
cat >"$dir/supervisor" <<'END'
use Socket; use IO::Socket::INET; use IO::Socket::UNIX; use POSIX;
# NOTIFY LOG COMMAND…: opens a socket, tells in LOG what it is told.
my ($at, $log, @command) = @ARGV;
my $hear = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $at) or die;
my $port = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => 0)->sockport;
my $door = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => $port, ReuseAddr => 1) or die;
open my $out, '>', $log or die; $out->autoflush;
print $out 'PORT=', $door->sockport, "\n";
my $pid = fork;
if (!$pid) {
	$^F = 3;
	POSIX::dup2(fileno $door, 3);
	@ENV{qw(LISTEN_PID LISTEN_FDS NOTIFY_SOCKET WATCHDOG_USEC)} = ($$, 1, $at, 1000000);
	exec @command or die;
}
$SIG{TERM} = sub { kill TERM => $pid };
$SIG{CHLD} = sub { waitpid $pid, 0; print $out "EXIT=$?\n"; exit };
my $said;
while (1) { print $out "$said\n" if defined $hear->recv($said, 1000) }
END
spawn v perl "$dir/supervisor" "$dir/notify" "$dir/told" "$chatd" --node v --db "$db" --redis "$REDIS_URL" --max-sessions 2
t 'is told when it is ready' eventually 10 grep -qsx READY=1 "$dir/told"
at=127.0.0.1:$(sed -n 's/^PORT=//p' "$dir/told")
t 'its socket is the listener' login alice "$at"
t 'is told how it goes' eventually 5 grep -qx 'STATUS=sessions=1' "$dir/told"
t 'and that it lives' eventually 5 grep -qx WATCHDOG=1 "$dir/told"
login bob "$at"
closed() {
	! perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => shift)' "$at"
}
t 'a full node refuses, though the supervisor has the socket, too' eventually 5 closed
close bob
t 'and takes the next one again' eventually 5 login bob "$at"
close v
t 'is told that it stops' grep -qx STOPPING=1 "$dir/told"
t 'it was a drain' grep -qx EXIT=0 "$dir/told"
finish
