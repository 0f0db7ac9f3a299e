#!/bin/sh
# The sandbox: a session that somebody has taken over (build/chatd-deeds) does nothing that its work does not need. It
# ends, the log says at which call, and nobody else notices. What its work needs goes on: dialling again, by name and TLS.
# shellcheck disable=SC2154
. t/lib.sh
case $(nm -u "$BUILD_DIR/chatd.o") in *__asan*) skip_all 'what a sanitizer calls no list has: there is no sandbox in this build' ;; esac

mkdir "$dir/bin"
ln -s "$BUILD_DIR/chatd-deeds" "$dir/bin/chatd"
mine=$BUILD_DIR
BUILD_DIR=$dir/bin stack --nodes 1 --tcp --chatd '--log-level info'
BUILD_DIR=$mine
. t/talk.sh
user alice bob eve
place=$dir/place
mkdir "$place" && chmod 777 "$place" && chmod o+x "$dir"
: >"$place/there" && chmod 666 "$place/there"

deed() { # VERB NAME DEED
	case $3 in exec | create | directory) path=$place/$3 ;; *) path=$place/there ;; esac
	"$1" "$2" "{\"op\":\"ping\",\"do\":\"$3\",\"path\":\"$path\"}"
}
put() { # NAME OBJECT: the answer may never come
	talk put "$@"
}
gets_it() { # NAME DEED GOT WHY
	deed yes "$1" "$2" && like "$line" "\"got\":$3,\"why\":\"$4"
}
dead=0
in_log() { # COUNT REGEX
	is "$(grep -c "$2" "$dir/a.log")" "$1"
}
dies() { # NAME DEED
	dead=$((dead + 1))
	deed put "$1" "$2" && gone "$1" && eventually 10 in_log $dead 'ev=session_died .*signal=31$' &&
		in_log $dead 'lvl=error ev=sandbox pid=[0-9]* .*syscall=[0-9]*$'
}
lives() { # that is, the others
	yes alice '{"op":"send","to":"bob","cid":"'"$1"'","text":"'"$1"'"}' && hears bob "\"text\":\"$1\"" &&
		is "$(pid_of alice) $(pid_of bob) $(cat "$dir/a.pid") $(pgrep -fx "chatd: keeper a" -P "$(cat "$dir/a.pid")")" "$people"
}

section 'what a process is'
status() { # PID WORD
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}
enter alice
enter bob
master=$(cat "$dir/a.pid")
keeper=$(pgrep -fx 'chatd: keeper a' -P "$master")
people="$(pid_of alice) $(pid_of bob) $master $keeper"
for pid in $people; do
	t "no new privileges for $(ps -o args= -p "$pid")" is "$(status "$pid" NoNewPrivs) $(status "$pid" Seccomp)" '1 2'
	t 'no capabilities' is "$(status "$pid" CapInh) $(status "$pid" CapPrm) $(status "$pid" CapEff)" '0000000000000000 0000000000000000 0000000000000000'
	t 'not root' not like " $(status "$pid" Uid) $(status "$pid" Gid) $(status "$pid" Groups) " '[[:space:]]0[[:space:]]'
done
t 'the master has one filter' is "$(status "$master" Seccomp_filters)" 1
t 'its children one more' is "$(status "$keeper" Seccomp_filters) $(status "$(pid_of alice)" Seccomp_filters)" '2 2'
t 'and may have no children' like "$(cat "/proc/$(pid_of alice)/limits")" 'Max processes +0 +0 '

section 'what it needs'
call x
t 'it reads files' gets_it x read '[0-9]+' Success
t 'dials' gets_it x udp '[0-9]+' Success
t 'sees who lives' gets_it x alive '(0|-1)' '(Success|Operation not permitted)'
t 'what no kernel has yet is not there' gets_it x future -1 'Function not implemented'
hang x

deeds='fork exec write append create nameless remove chmod directory listen packet raw netlink alg ptrace signal memory code root bpf uring namespace'
for deed in $deeds; do
	section "$deed"
	call x
	t 'who is not logged in ends' dies x "$deed"
	enter eve
	t 'who is ends, too' dies eve "$deed"
	t 'nobody else notices' lives "$deed"
	t 'nothing was done' is "$(ls "$place"; stat -c '%s %a' "$place/there")" "$(printf 'there\n0 666')"
done
t 'eve is logged out' eventually 10 logged_out eve
t 'that was all' in_log $dead 'ev=sandbox'
sed -i '/ev=sandbox /d; /ev=session_died .*signal=31$/d' "$dir/a.log" # no complaint

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
	eventually 20 [ -s "$dir/$name.ready" ]
	node=$(cat "$dir/$name.ready")
}
program="chatd-deeds"
t 'a node without' node_of off --sandbox off --db "host=$PGHOST port=$PGPORT user=chatd dbname=chat" --redis "$REDIS_URL"
for deed in $deeds; do
	[ $deed != exec ] || continue
	call x "$node"
	t "$deed returns" gets_it x "$deed" '-?[0-9]+' .
	hang x
done
call x "$node"
deed put x exec
t 'exec leaves its trace' eventually 10 [ -e "$place/exec" ]
t 'so do others' is "$(ls "$place")" "$(printf 'create\ndirectory\nexec')"
close off

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
again() { # CID
	yes alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"$1\",\"text\":\"$1\"}" && hears bob "\"text\":\"$1\"" && is "$(pid_of alice) $(pid_of bob)" "$people"
}
t 'a text arrives' again before
sql "select pg_terminate_backend(pid) from pg_stat_activity where application_name ~ '^chatd/z'" >/dev/null
redis-cli -s "${REDIS_URL#unix:}" client kill type pubsub >/dev/null
redis-cli -s "${REDIS_URL#unix:}" client kill type normal >/dev/null
t 'and after both have hung up' eventually 20 again after
t 'no call was forbidden' not grep -q 'ev=sandbox' "$dir/z.words"
close z
rm -f "$dir"/*.talk # a deed is no operation of the protocol
finish
