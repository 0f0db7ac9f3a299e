#!/bin/sh
# Coming up, going down, and t/stack, which everything else here stands on.
. t/lib.sh

t '--version says which' like "$("$chatd" --version)" '^chatd [0-9.]+$'
t 'and of what' like "$("$chatd" --version)" '^libpq [0-9.]+$'
t '--help shows the options' like "$("$chatd" --help)" '--ready-fd N'
t 'an unknown option is bad usage' exits 64 "$chatd" --nonsense
t 'so is a number that is none' exits 64 "$chatd" --spare many
t 'without PostgreSQL it gives up in time' exits 69 "$chatd" --db host="$dir" --start-timeout 1 --listen 127.0.0.1:0

stack --nodes 2 --nginx >"$dir/stdout"
t 'up prints nothing' is "$(cat "$dir/stdout")" ''
for part in postgres redis a b nginx; do
	t "$part runs" kill -0 "$(cat "$dir/$part.pid")"
done
t 'env can be read without a shell' like "$(cat "$dir/env")" '^NODE_A=127.0.0.1:[0-9]+$'
t 'PGHOST leads to the database as its owner' is "$(sql 'select session_user')" postgres
t 'the nodes have told it that they are there' is "$(sql "select string_agg(name, ' ' order by name) from chat.nodes")" 'a b'
t 'acknowledged means on disk' is "$(sql "select current_setting('fsync') || current_setting('synchronous_commit')")" onon
t 'a second up is refused' exits 1 t/stack up "$dir"

db="host=$PGHOST port=$PGPORT user=chatd"
sql 'create role nobody login'
t '-t finds everything in order' "$chatd" -t --db "$db dbname=chat" --redis "$REDIS_URL"
t '-t misses PostgreSQL' exits 69 "$chatd" -t --db host="$dir" --redis "$REDIS_URL" --start-timeout 1
t 'and Redis' exits 69 "$chatd" -t --db "$db dbname=chat" --redis "unix:$dir/none" --start-timeout 1
t 'and the schema' exits 78 "$chatd" -t --db "$db dbname=template1" --redis "$REDIS_URL"
t 'and the database' exits 78 "$chatd" -t --db "$db dbname=chatt" --redis "$REDIS_URL"
t 'and the role' exits 78 "$chatd" -t --db "host=$PGHOST port=$PGPORT user=chad dbname=chat" --redis "$REDIS_URL"
t 'and what the role is for' exits 78 "$chatd" -t --db "host=$PGHOST port=$PGPORT user=nobody dbname=chat" --redis "$REDIS_URL"
none() {
	exits 78 timeout 5 "$chatd" --db "$db dbname=chatt" --redis "$REDIS_URL" --listen 127.0.0.1:0 2>"$dir/refused"
}
t 'a database that is not there is not waited for' none
t 'and named' grep -q 'why=.*database .\"chatt.\" does not exist' "$dir/refused"
t '--migrate may be repeated' "$chatd" --migrate --db "host=$PGHOST port=$PGPORT user=postgres dbname=chat"

user alice bob
t 'alice comes in through nginx' login alice "$NGINX"
t 'bob too' login bob "$NGINX"
t 'each to another node' is "$(sql "select string_agg(node, ' ' order by node) from chat.online")" 'a b'
t 'TLS is there as well, with its certificate' \
	openssl s_client -connect "$NGINX_TLS" -CAfile "$dir/tls.crt" -verify_return_error </dev/null

login carol@none "$NODE_A" >/dev/null 2>&1 # no such account: a connection without a login
old=$(cat "$dir/a.pid")
t 'a node is killed as if its machine had died' node a kill
t 'nobody of it is left' t_alone "$old"
t 'it did not leave by itself' is "$(tail -n 1 "$dir/a.exit")" "$old 137"
t 'nginx takes everybody to the other' login alice@1 "$NGINX"
t 'one after the other' login alice@2 "$NGINX"
t 'really' is "$(sql "select distinct node from chat.online where device in ('1', '2')")" b
t 'killing it twice does no harm' node a kill
t 'it starts again' node a start
t 'as another process' not is "$(cat "$dir/a.pid")" "$old"
t 'on its port' login alice@3 "$NODE_A"
t 'starting it twice does no harm' node a start
old=$(cat "$dir/a.pid")
t 'it stops' node a stop
t 'by itself and with 0' is "$(tail -n 1 "$dir/a.exit")" "$old 0"
t 'and says goodbye before' expect alice@3 '"ev":"bye","reason":"shutdown"'
t 'a node nobody has is an error' exits 1 node z start

node a start
for part in redis postgres nginx; do
	t "$part can go" node $part kill
	t "and come back: $part" node $part start
done
t 'then all is as before' eventually 10 login bob@2 "$NGINX"

old=$(cat "$dir/b.pid")
kill -INT "$old"
t 'SIGINT is as good as SIGTERM' eventually 20 grep -q "^$old 0" "$dir/b.exit"

pids=$(cat "$dir"/*.pid)
t 'down takes all of it down' t/stack down "$dir"
# shellcheck disable=SC2086
t 'really all' not kill -0 $pids
t 'down may be repeated' t/stack down "$dir"
t 'and has nothing to do where nothing is' t/stack down "$dir/none"
t 'up again finds its data' t/stack up "$dir" --nodes 1 --pgbouncer
t 'alice is still known' is "$(sql "select name from chat.users where name = 'alice'")" alice
# shellcheck disable=SC1091
. "$dir/env"
t 'and comes in through pgbouncer' login alice@4 "$NODE_A"
t 'a chatd that does not start leaves nothing behind' exits 1 t/stack up "$dir/other" --chatd --nonsense
t 'not even a server' t_alone "$(cut -d' ' -f1 "$dir/other/postgres.exit")"

section 'Whoever should read the log stands still'
mkfifo "$dir/log"
exec 7<>"$dir/log"
timeout 1 dd if=/dev/zero of="$dir/log" bs=4096 status=none
"$chatd" --node mute --db "$db dbname=chat" --redis "$REDIS_URL" --listen 127.0.0.1:0 --ready-fd 6 \
	6>"$dir/mute.ready" 2>&7 7>&- &
echo $! >"$dir/mute.proc"
t 'a node starts though nobody reads its log' eventually 10 [ -s "$dir/mute.ready" ]
t 'and serves' login alice@5 "$(cat "$dir/mute.ready")"
close mute alice@5
exec 7>&-

# make run, in a checkout of its own, stopped as a terminal stops it: the whole process group at once
mkdir "$dir/checkout"
ln -s "$PWD"/* "$dir/checkout"
rm -f "$dir/checkout/build" "$dir/checkout/var"
ln -s "$BUILD_DIR" "$dir/checkout/build"
mkdir "$dir/checkout/var"
echo '29998 29999' >"$dir/checkout/var/nginx.ports"
(cd "$dir/checkout" && exec setsid t/run </dev/null >"$dir/run.out" 2>"$dir/run.err") &
run=$!
t 'make run comes up without a terminal, too' eventually 60 grep -q '^No terminal' "$dir/run.out"
sleeps() {
	ps -o stat=,args= --ppid "$run" | grep -q "^$1.*sleep"
}
t 'there it sleeps' eventually 10 sleeps S
kill -STOP "$run" # so that the sleep is the first to go
kill -TERM "-$run"
t 'until the signal' eventually 10 sleeps Z
kill -CONT "$run"
wait "$run"
t 'and goes with 0' is $? 0
t 'and without a complaint' is "$(cat "$dir/run.err")" ''
t 'leaving nothing behind' not pgrep -f "$dir/checkout"
t/stack down "$dir/checkout/var" # if red

finish
