#!/bin/sh
# valgrind over the unit tests, and over one session's life: nothing is read that was not written, nothing is lost.
. t/lib.sh
stack --nodes 1
user alice bob

quiet() { # LOG…: valgrind had nothing to say
	cat "$@" && [ -z "$(cat "$@")" ]
}

for unit in "$BUILD_DIR"/unit/*_test; do
	[ "$unit" != "$BUILD_DIR/unit/shared_test" ] || continue # it goes through itself instruction by instruction
	t "$(basename "$unit")" valgrind -q --error-exitcode=9 --leak-check=full "$unit"
done

# Its children are looked at, too; it calls what no list of the sandbox has.
as=
[ "$(id -u)" != 0 ] || as="--user nobody:$(stat -c %G "$(readlink -f "$dir/run")")"
mkdir "$dir/valgrind" && chmod 777 "$dir/valgrind"
# With GLIBC_TUNABLES set the program does not begin again, without valgrind.
# shellcheck disable=SC2086
GLIBC_TUNABLES='' valgrind -q --vgdb=no --leak-check=full --show-leak-kinds=definite --log-file="$dir/valgrind/%p" "$BUILD_DIR/chatd" --node slow \
	--listen 127.0.0.1:0 --db "host=$PGHOST port=$PGPORT user=chatd dbname=chat" --redis "$REDIS_URL" $as --sandbox off \
	--spare 1 --login-timeout 60 --ready-fd 9 9>"$dir/slow.ready" 2>"$dir/slow.err" &
echo $! >"$dir/slow.proc"
t 'a node under valgrind' eventually 60 [ -s "$dir/slow.ready" ]
slow=$(head -n 1 "$dir/slow.ready")
open bob
say bob '{"op":"login","name":"bob","password":"bob-password"}'
t 'bob is elsewhere' expect bob '"ok":true'
open alice "$slow"
say alice '{"op":"login","name":"alice","password":"alice-password"}'
t 'alice logs in' expect alice '"ok":true' 60
t 'writes' say_ok alice '{"op":"send","rid":1,"to":"bob","cid":"k","text":"hi"}' 30
t 'is heard' expect bob '"text":"hi"' 30
say bob '{"op":"send","to":"alice","cid":"l","text":"hello"}'
t 'hears' expect alice '"text":"hello"' 30
for request in '{"op":"ack","conv":1,"seq":2,"rid":2}' '{"op":"history","to":"bob","rid":3}' '{"op":"convs","rid":4}' \
	'{"op":"friend_add","user":"bob","rid":5}' '{"op":"group_create","name":"g","rid":6}' '{"op":"search","text":"h","rid":7}' \
	'{"op":"devices","rid":8}' '{"op":"logout","rid":9}'; do
	t "$request" say_ok alice "$request" 30
done
close alice bob
kill -TERM "$(cat "$dir/slow.proc")"
t 'the node leaves' eventually 60 not kill -0 "$(cat "$dir/slow.proc")"
rm "$dir/slow.proc"
t 'every process had its log' test "$(find "$dir/valgrind" -type f | wc -l)" -ge 3
t 'and valgrind nothing to say' quiet "$dir"/valgrind/*
finish
