#!/bin/sh
# Secrets: a password, its hash or a token is nowhere in the memory of the session that was given it, nor in a core.
# shellcheck disable=SC2016
. t/lib.sh
[ "$(id -u)" = 0 ] || skip_all 'only root reads the memory of others'
stack --nodes 1
. t/talk.sh
people alice
secrets='tr0ub4dor&3-correct-horse 12345678-numbered-horse s3cond-battery-staple'
register() { # NAME PASSWORD
	echo "{\"op\":\"register\",\"name\":\"$1\",\"password\":\"$2\"}"
}
session() { # the pid of the only one
	pgrep -P "$(cat "$dir/a.pid")" -f "chatd: $1"
}
nowhere() { # PID SECRET…
	found=$(perl t/secrets.pl "$@") && is "$found" ''
}
hash_of() { # NAME
	sql "select password from chat.users where name = '$1'"
}
# shellcheck disable=SC2086
set -- $secrets

call bob
t 'who registers' yes bob "$(register bob "$1")"
t 'leaves no password' nowhere "$(session session)" "$1"
t 'and no hash' nowhere "$(session session)" "$(hash_of bob)"
t 'nor does a wrong one' no bob bad_credentials '{"op":"login","name":"bob","password":"'"$3"'"}'
t 'stay' nowhere "$(session session)" "$3"
t 'or the right one, in pieces' talk raw bob "7 {\"op\":\"login\",\"name\":\"bob\",\"password\":\"$1\"}\\n"
t 'that is answered' talk reply bob 5
t 'well' like "$line" '"ok":true'
token=$(field token)
t 'nor the token, either' nowhere "$(session bob)" "$1" "$token"
t 'and no hash that it was compared with' nowhere "$(session bob)" "$(hash_of bob)"
t 'this would be found' like "$(perl t/secrets.pl "$(session bob)" 'chatd: bob')" 'secret 1'
old=$(hash_of bob)
t 'spelled with escapes' yes bob "{\"op\":\"passwd\",\"old\":\"\\u0074r0ub4dor&3-correct-horse\",\"new\":\"$3\"}"
t 'two are as little there' nowhere "$(session bob)" "$1" "$3" 'r0ub4dor&3-correct-horse'
t 'nor is a hash' nowhere "$(session bob)" "$old" "$(hash_of bob)"
hang bob
t 'with a token' eventually 5 logged_out bob
call bob
t 'one comes back' yes bob "{\"op\":\"resume\",\"token\":\"$token\"}"
t 'and it is not there' nowhere "$(session bob)" "$token"
hang bob

section 'Numbered'
call carol
talk raw carol "0 {\"msgid\":3,\"name\":\"carol\",\"password\":\"$2\"}\\0"
t 'a numbered one registers' eventually 5 sql_is 1 "select count(*) from chat.users where name = 'carol'"
id=$(sql "select id from chat.users where name = 'carol'")
t 'and leaves no password' eventually 2 nowhere "$(session session)" "$2"
talk raw carol "0 {\"msgid\":1,\"id\":$id,\"password\":\"$2\"}\\0"
t 'logs in' eventually 5 not logged_out carol
t 'and leaves none' eventually 2 nowhere "$(session carol)" "$2"
t 'nobody else has them' eval 'for pid in $(cat "$dir/a.pid") $(session keeper); do nowhere "$pid" "$@" "$token" || break; done'

section 'Whoever is the same user'
# Started as who it stays: of a process that was root the kernel lets nobody look into anything.
chmod o+x "$dir"
as_is='' group=$(stat -c %G "$(readlink -f "$dir/run")")
same() { # COMMAND…, as the user of the node
	$as_is setpriv --reuid=nobody --regid="$group" --clear-groups -- "$@"
}
node_of() { # NAME VARIABLE=VALUE…
	name=$1
	shift
	as_is=exec
	same env "$@" sh -c 'ulimit -c unlimited; exec "$@"' sh "$chatd" --node "$name" --listen 127.0.0.1:0 --ready-fd 9 \
		--db "host=$PGHOST port=$PGPORT user=chatd dbname=chat" --redis "$REDIS_URL" 9>"$dir/$name.ready" 2>"$dir/$name.words" &
	echo $! >"$dir/$name.proc"
	master=$! as_is=''
	eventually 20 [ -s "$dir/$name.ready" ] && call alice "$(cat "$dir/$name.ready")" &&
		yes alice '{"op":"login","name":"alice","password":"alice-password"}'
}
looks() { # PID: what it was started with, and all that it knows
	same cat "/proc/$1/environ" >/dev/null && same sh -c ': <"$0"' "/proc/$1/mem"
}
family() {
	echo "$master $(pgrep -P "$master" | tr '\n' ' ')"
}
t 'a node for tests, that shows what it has' node_of t DUMPABLE=1
for pid in $(family); do
	t "looks into $(ps -o args= -p "$pid")" looks "$pid"
done
close t
t 'one that does not' node_of n
for pid in $(family); do
	t "does not look into $(ps -o args= -p "$pid")" not looks "$pid"
	t 'which is root'"'"'s' is "$(stat -c %U "/proc/$pid/environ" "/proc/$pid/mem" | sort -u)" root
	t 'and has no core' like "$(cat "/proc/$pid/limits")" '^Max core file size +0 +0 '
done
kill -USR2 "$master"
t 'nor is it otherwise' eventually 20 grep -q 'ev=succeeded' "$dir/n.words"
t 'with its successor' not looks "$master"
close n
finish
