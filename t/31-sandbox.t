#!/bin/sh
# The sandbox: a process that somebody has taken over (build/chatd-deeds) does nothing that its work does not need. It ends,
# the log says at which call, and nobody else notices; the master alone takes its node along. What their work needs goes on:
# dialling again, by name and TLS, and handing over. Nobody looks into their memory, which has an end, too.
# shellcheck disable=SC2154
. t/lib.sh
case $(nm -u "$BUILD_DIR/chatd.o") in *__asan*) skip_all 'what a sanitizer calls no list has: there is no sandbox in this build' ;; esac

mkdir "$dir/bin"
ln -s "$BUILD_DIR/chatd-deeds" "$dir/bin/chatd"
mine=$BUILD_DIR
export DEEDS="$dir/orders"
BUILD_DIR=$dir/bin stack --nodes 1 --tcp --chatd '--log-level info'
BUILD_DIR=$mine
. t/talk.sh
user alice bob eve
place=$dir/place
mkdir "$place" && chmod 777 "$place" && chmod o+x "$dir"
: >"$place/there" && chmod 666 "$place/there"
log=$dir/a.log

order() { # PID DEED [HOW MUCH]
	case $2 in exec | create | directory) path=$place/$2 ;; *) path=${3:-$place/there} ;; esac
	echo "$2 $path" >"$DEEDS" && kill -WINCH "$1"
}
logs() { # PID REGEX
	grep -qE "pid=$1( user=[a-z]+)? $2" "$log"
}
gets_it() { # PID DEED GOT WHY
	order "$1" "$2" && eventually 10 logs "$1" "do=$2 got=$3 why=\"?$4"
}
is_gone() { # PID
	[ ! -d "/proc/$1" ]
}
count() { # of calls that were not made
	grep -c 'lvl=error ev=sandbox pid=[0-9]* .*syscall=[0-9]*$' "$log"
}
dies() { # PID DEED
	before=$(count)
	order "$1" "$2" && eventually 10 is_gone "$1" && logs "$1" 'syscall=[0-9]+$' && is "$(count)" $((before + 1))
}
buried() { # PID WHO
	eventually 10 grep -qE "ev=$2_died .*pid=$1 (signal|status)=31\$" "$log"
}
lives() { # that is, the others
	yes alice '{"op":"send","to":"bob","cid":"'"$1"'","text":"'"$1"'"}' && hears bob "\"text\":\"$1\"" &&
		is "$(pid_of alice) $(pid_of bob) $(cat "$dir/a.pid")" "$people"
}
untouched() {
	is "$(ls "$place"; stat -c '%s %a' "$place/there")" "$(printf 'there\n0 666')"
}
whose() { # NAME: the first of the master's children that is called so
	pgrep -f "^chatd: $1" -P "$(cat "$dir/a.pid")" | head -n 1
}
another() { # NAME PID: there is one, and it is not this
	pid=$(whose "$1") && [ -n "$pid" ] && [ "$pid" != "$2" ]
}

section 'what a process is'
status() { # PID WORD
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}
enter alice
enter bob
master=$(cat "$dir/a.pid")
keeper=$(whose 'keeper a')
people="$(pid_of alice) $(pid_of bob) $master"
for pid in $people $keeper; do
	t "no new privileges for $(ps -o args= -p "$pid")" is "$(status "$pid" NoNewPrivs) $(status "$pid" Seccomp)" '1 2'
	t 'no capabilities' is "$(status "$pid" CapInh) $(status "$pid" CapPrm) $(status "$pid" CapEff)" '0000000000000000 0000000000000000 0000000000000000'
	t 'not root' not like " $(status "$pid" Uid) $(status "$pid" Gid) $(status "$pid" Groups) " '[[:space:]]0[[:space:]]'
done
t 'the master has one filter' is "$(status "$master" Seccomp_filters)" 1
t 'its children one more' is "$(status "$keeper" Seccomp_filters) $(status "$(pid_of alice)" Seccomp_filters)" '2 2'
t 'and may have no children' like "$(cat "/proc/$(pid_of alice)/limits")" 'Max processes +0 +0 '

section 'what it needs'
enter eve
for pid in "$(pid_of eve)" "$(whose spare)" "$keeper" "$master"; do
	name=$(ps -o args= -p "$pid")
	t "$name reads files" gets_it "$pid" read '[0-9]+' Success
	t 'dials' gets_it "$pid" dial '[0-9]+' Success
	t 'where servers are elsewhere, that, too' gets_it "$pid" internet '[0-9]+' Success
	t 'sees who lives' gets_it "$pid" alive '(0|-1)' '(Success|Operation not permitted)'
	t 'what no kernel has yet is not there' gets_it "$pid" future -1 'Function not implemented'
done

deeds='write append create nameless chmod directory packet raw netlink alg ptrace memory root bpf uring namespace'
more='exec fork remove listen signal code' # the master's work
for deed in $more $deeds; do
	section "$deed"
	spare=$(whose spare)
	t 'who has nobody to serve yet ends' dies "$spare" "$deed"
	t 'and is replaced' buried "$spare" spare
	call x
	yes x '{"op":"hello"}'
	pid=$(whose session)
	t 'who is not logged in ends' dies "$pid" "$deed"
	t 'and hears no more' gone x
	t 'is buried' buried "$pid" session
	enter eve
	pid=$(pid_of eve)
	t 'who is ends, too' dies "$pid" "$deed"
	t 'hears no more, either' gone eve
	t 'is buried beside' buried "$pid" session
	keeper=$(whose 'keeper a')
	t 'the keeper ends' dies "$keeper" "$deed"
	t 'nobody else notices' lives "$deed"
	t 'nor is it missed for long' eventually 5 another 'keeper a' "$keeper"
	t 'by the name of which it was buried' buried "$keeper" keeper
	t 'nothing was done' untouched
done
t 'eve is logged out' eventually 10 logged_out eve

section 'Memory'
yes alice '{"op":"send","to":"eve","cid":"before","text":"before"}'
enter eve
hears eve '"text":"before"'
yes eve '{"op":"send","to":"bob","cid":"acknowledged","text":"acknowledged"}'
pid=$(pid_of eve)
t 'who takes all there is ends' eval 'order "$pid" grow && gone eve'
t 'and says why' logs "$pid" 'bytes=1048576$'
t 'nobody else notices' lives grown
t 'what was acknowledged is there' stored_is 1 acknowledged
t 'and only that user is logged out' eventually 5 logged_out eve
enter eve
t 'to come back, and miss nothing' hears eve '"text":"before"'
pid=$(pid_of eve)
hang eve
left() { # KIB: eve, with no more than that
	enter eve && pid=$(pid_of eve) && order "$pid" hoard "$1" && eventually 10 logs "$pid" 'do=hoard'
}
t 'with none left' left 0
t 'who asks for something ends' eval 'talk put eve "{\"op\":\"convs\"}" && gone eve'
t 'and says why' logs "$pid" 'bytes=[0-9]+$'
t 'with a little' left 16
t 'one goes on' yes eve '{"op":"send","to":"bob","cid":"a little","text":"a little"}'
own='{"op":"passwd","old":"eve-password","new":"eve-password"}'
t 'but for a password it does not do' eval 'talk put eve "$own" && gone eve'
t 'and that is why, not that it were wrong' logs "$pid" 'bytes=[0-9]+$'
enter eve
t 'it is as right as it was' yes eve "$own"
t 'and nobody else notices' lives again

section 'The master'
end_of() { # PID
	eventually 10 grep -qx "$1 159" "$dir/a.exit" # that of SIGSYS
}
sessions_end() {
	hears alice '"ev":"bye","reason":"shutdown"' && gone alice && eventually 5 logged_out alice && logged_out bob
}
again() {
	BUILD_DIR=$dir/bin t/stack node "$dir" a start
}
yes alice '{"op":"send","to":"bob","cid":"last","text":"last words"}'
alive=true
for deed in $deeds; do
	master=$(cat "$dir/a.pid")
	t "$deed: it ends" dies "$master" "$deed"
	t 'whoever started it is told' end_of "$master"
	! $alive || t 'its sessions say goodbye, and end' sessions_end
	alive=false
	t 'nothing was done' untouched
	again
done
t 'begun again, it serves' enter bob
t 'what was acknowledged' hears bob '"text":"last words"'
master=$(cat "$dir/a.pid")
kill -USR2 "$master"
t 'it becomes its successor' eventually 10 logs "$master" 'sessions=1 waiting=0$'
t 'with the one filter' is "$(status "$master" Seccomp_filters)" 1
t 'which holds' dies "$master" packet
again
sed -i '/ev=sandbox /d; /_died .*=31$/d' "$log" # no complaint
sed -i '/ 159$/d' "$dir/a.exit"

# Without it all of that is tried in earnest: so it is the sandbox that forbids it.
section 'off'
tcp=${PG_TCP#*:}
node_of() { # NAME OPTION…: a node of its own
	name=$1 as=''
	shift
	[ "$(id -u)" != 0 ] || as="--user nobody:$(stat -c %G "$(readlink -f "$dir/run")")"
	# shellcheck disable=SC2086
	"$BUILD_DIR/$program" --node "$name" --listen 127.0.0.1:0 $as --ready-fd 9 "$@" 9>"$dir/$name.ready" 2>"$dir/$name.words" &
	echo $! >"$dir/$name.proc"
	log=$dir/$name.words
	eventually 20 [ -s "$dir/$name.ready" ]
	node=$(cat "$dir/$name.ready") master=$(cat "$dir/$name.proc")
}
a_session() { # of node; sets pid
	call x "$node" && yes x '{"op":"hello"}' && pid=$(pgrep -f '^chatd: session' -P "$master")
}
program=chatd-deeds near="host=$PGHOST port=$PGPORT user=chatd dbname=chat"
t 'a node without' node_of off --sandbox off --db "$near" --redis "$REDIS_URL"
for deed in $more $deeds internet; do
	[ $deed != exec ] || continue
	a_session
	t "$deed returns" gets_it "$pid" "$deed" '-?[0-9]+' .
	hang x
done
a_session
order "$pid" exec
t 'exec leaves its trace' eventually 10 [ -e "$place/exec" ]
t 'so do others' is "$(ls "$place")" "$(printf 'create\ndirectory\nexec')"
close off
: >"$place/there"

section 'Servers at Unix sockets'
t 'a node that is near them' node_of near --db "$near" --redis "$REDIS_URL"
a_session
t 'dials' gets_it "$pid" dial '[0-9]+' Success
t 'and is let no farther' dies "$pid" internet
t 'nor its keeper' dies "$(pgrep -f '^chatd: keeper near' -P "$master")" internet
close near

section 'dialling again'
program=chatd
redis_port=${REDIS_TCP#*:}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=localhost \
	-keyout "$dir/pg/server.key" -out "$dir/pg/server.crt" 2>/dev/null
chown "$(stat -c %u:%g "$dir/pg/PG_VERSION")" "$dir/pg/server.key" "$dir/pg/server.crt"
chmod 600 "$dir/pg/server.key"
cp "$dir/pg/server.crt" "$place/root.crt"
chmod 644 "$place/root.crt"
sql 'alter system set ssl = on' && sql 'select pg_reload_conf()' >/dev/null
t 'PostgreSQL speaks TLS' eventually 10 sql_is on 'show ssl'
t 'a node that dials by name and TLS' node_of z --db "host=localhost port=$tcp user=chatd dbname=chat sslmode=verify-full sslrootcert=$place/root.crt" \
	--redis "redis://localhost:$redis_port"
hang alice bob
enter alice "$node"
enter bob "$node"
t 'does' sql_is t "select bool_and(ssl) and count(*) > 2 from pg_stat_ssl join pg_stat_activity using (pid) where application_name ~ '^chatd/z'"
people="$(pid_of alice) $(pid_of bob)"
arrives() { # CID
	yes alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"$1\",\"text\":\"$1\"}" && hears bob "\"text\":\"$1\"" && is "$(pid_of alice) $(pid_of bob)" "$people"
}
t 'a text arrives' arrives before
sql "select pg_terminate_backend(pid) from pg_stat_activity where application_name ~ '^chatd/z'" >/dev/null
redis-cli -s "${REDIS_URL#unix:}" client kill type pubsub >/dev/null
redis-cli -s "${REDIS_URL#unix:}" client kill type normal >/dev/null
t 'and after both have hung up' eventually 20 arrives after
t 'no call was forbidden' not grep -q 'ev=sandbox' "$dir/z.words"

section 'What a session takes at most'
hang bob
eventually 5 logged_out bob
text=$(perl -e 'print "\\u0001" x 10000') # as long as it may be, both ways
talk many alice "100 {\"op\":\"send\",\"to\":\"bob\",\"cid\":\"%d\",\"text\":\"$text\"}"
t 'much is said to bob' eval 'talk replies alice 100 && is "$line" "ok 100"'
enter bob "$node"
t 'and he hears it all' hears bob '"ev":"synced"' 60
pid=$(pid_of bob)
for request in '"history","to":"alice","limit":100' '"search","to":"alice","text":"nothing"' '"convs"' '"friends"' '"groups"' \
	'"passwd","old":"bob-password","new":"bob-password"'; do
	t "he asks: $request" yes bob "{\"op\":$request}"
done
rest=$(($(awk '/^Max address space/ { print $4 }' "/proc/$pid/limits") / 1024 - $(status "$pid" VmPeak | sed 's/ kB//')))
echo "# a session over TLS had $(status "$pid" VmPeak) at most, and $rest KiB left"
t 'it stays well below its limit' [ "$rest" -gt $((48 * 1024)) ]
[ "$(id -u)" != 0 ] || t 'and TLS leaves no hash' is "$(perl t/secrets.pl "$pid" "$(sql "select password from chat.users where name = 'bob'")")" ''
close z
rm -f "$dir"/*.talk # a deed is no operation of the protocol
finish
