#!/bin/bash
# docs/operating.md: every line of it, in its order, on a PostgreSQL with scram over TCP and a Redis with an ACL.
# shellcheck disable=SC2016,SC2034
. t/lib.sh
stack --nodes 1 >/dev/null # for PG_BIN alone
top=$PWD
PATH=$PG_BIN:$BUILD_DIR:$PATH
unset BUILD_DIR PGHOST PGPORT PGDATABASE PGUSER

as_pg=
[ "$(id -u)" != 0 ] || as_pg='setpriv --reuid=postgres --regid=postgres --init-groups --'
port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}
place=$(mktemp -d /var/tmp/chatd-op.XXXXXX)
chmod 755 "$place"
echo owner-secret >"$place/password" && chmod 644 "$place/password"
cluster() { # NAME PORT
	mkdir "$place/$1" && chmod 700 "$place/$1"
	[ -z "$as_pg" ] || chown postgres: "$place/$1"
	(cd / && $as_pg initdb -N -D "$place/$1" -U postgres -A scram-sha-256 --pwfile="$place/password" -E UTF8 --locale=C.UTF-8) >"$dir/$1.initdb" 2>&1
	# shellcheck disable=SC2086
	spawn "$1" $as_pg "$PG_BIN/postgres" -D "$place/$1" -p "$2" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off
	eventually 20 "$PG_BIN/pg_isready" -q -h 127.0.0.1 -p "$2"
}
first=$(port) && t 'a cluster that wants passwords' cluster first "$first"
second=$(port) && t 'and a fresh one' cluster second "$second"
bus=$(port)
spawn bus redis-server --port "$bus" --bind 127.0.0.1 --save '' --dir "$dir"
a=$(port) b=$(port)
printf '127.0.0.1:*:*:postgres:owner-secret\n' >"$HOME/.pgpass" && chmod 600 "$HOME/.pgpass"

mkdir "$dir/here"
lines() {
	sed -n 's/^    \$ //p' "$top/docs/operating.md" | sed -E "s/(port=|PGPORT=)5432/\\1$first/g; s/(port=|-p )5433/\\1$second/g
		s/6379/$bus/g; s/127.0.0.1:5001/127.0.0.1:$a/g; s/127.0.0.1:5002/127.0.0.1:$b/g"
}
t 'there are many lines' [ "$(lines | wc -l)" -ge 40 ]
cd "$dir/here" || exit 1
# What waits for something that does not come is red.
perl -e 'sleep 100; kill TERM => shift' $$ >"$dir/watch" 2>&1 &
echo $! >"$dir/watch.proc"
while IFS= read -r command; do
	# Some set variables for those behind them.
	t_count=$((t_count + 1))
	if eval "$command" >"$dir/words" 2>&1 </dev/null; then
		echo "ok $t_count - $command"
	else
		t_red=1
		echo "not ok $t_count - $command"
		sed 's/^/# /' "$dir/words" >&2
	fi
done < <(lines)
kill "$(cat b.pid)"
eventually 10 grep -q 'ev=bye .*node=b' b.log
cd "$top" || exit 1
BUILD_DIR=${chatd%/chatd}
close watch bus first second
rm -rf "$place"
finish
