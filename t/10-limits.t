#!/bin/sh
# Limits: how large, how many, how long, and what happens beyond.
# shellcheck disable=SC2016,SC2317
. t/lib.sh
stack --nodes 2 --nginx --chatd '--login-timeout 3 --max-sessions 12 --spare 3'
. t/talk.sh

x() { # COUNT [CHARACTER]
	perl -e 'print $ARGV[1] x $ARGV[0]' "$1" "${2-x}"
}
ping_of() { # BYTES: a ping that is so long
	printf '{"op":"ping","x":"%s"}\n' "$(x $(($1 - 20)))"
}
people alice bob

section 'Objects begun and not finished: looked at again at the end'
enter alice@slow
talk raw alice@slow '0 {"op":"ping",'
slow=$(date +%s)

section 'Time to log in'
silent_for() { # SECONDS: late is still there, and has heard nothing
	! talk event late "$1" . && ! talk gone late 0
}
call late
yes late '{"op":"ping"}'
begun=$(date +%s%3N)
yes late '{"op":"hello"}' >/dev/null
t 'who does not log in' hears late '^\{"ev":"bye","reason":"timeout"\}$' 6
t 'has to go' gone late
t 'but not at once' [ $(($(date +%s%3N) - begun)) -ge 2500 ]
call late
t 'who says nothing may stay' silent_for 4
t 'and log in later' yes late '{"op":"login","name":"bob","password":"bob-password"}'
hang late
enter alice
t 'who is logged in stays' yes alice '{"op":"ping"}'

section 'What hello says'
t 'hello tells the limits' yes alice '{"op":"hello"}'
t 'which are' is "$(field limits)" '{
  "object": 65536,
  "object_before_login": 4096,
  "text": 16384,
  "name": 50,
  "description": 200,
  "depth": 8,
  "window": 256
}'

section 'Objects'
call new
t '4,096 bytes before login' yes new "$(ping_of 4096)"
t 'one more' no new too_large "$(ping_of 4097)"
t 'is abuse' hears new '"bye","reason":"abuse"'
t 'and ends the connection' gone new
call new
t 'so does one that never ends' talk raw new "0 {\"op\":\"ping\",\"x\":\"$(x 5000)"
t 'it is answered' talk reply new 5
t 'with the reason' like "$line" '"error":"too_large".*4096 bytes before login'
gone new
t '65,536 bytes after it' yes alice "$(ping_of 65536)"
t 'in small pieces' talk raw alice "5000 $(ping_of 65536)"
t 'too' talk reply alice 5
t 'that is' like "$line" '"ok":true'
t 'one more' no alice too_large "$(ping_of 65537)"
t 'is abuse' hears alice '"bye","reason":"abuse"'
gone alice
enter alice

section 'Depth, containers, values, numbers'
nested() { # DEPTH
	printf '{"op":"ping","x":%s1%s}' "$(x $(($1 - 1)) '[')" "$(x $(($1 - 1)) ']')"
}
t 'eight levels' yes alice "$(nested 8)"
t 'nine' no alice bad_json "$(nested 9)"
t 'three thousand' no alice bad_json "$(nested 3000)"
t '64 containers' yes alice "{\"op\":\"ping\",\"x\":[{}$(x 61 ',{}')]}"
t '65' no alice bad_json "{\"op\":\"ping\",\"x\":[{}$(x 62 ',{}')]}"
t '256 values' yes alice "{\"op\":\"ping\",\"x\":[1$(x 252 ',1')]}"
t '257' no alice bad_json "{\"op\":\"ping\",\"x\":[1$(x 253 ',1')]}"
t '2^53' yes alice '{"op":"ping","x":9007199254740992,"y":-9007199254740992}'
t 'more' no alice bad_json '{"op":"ping","x":9007199254740993}'
t 'no fractions' no alice bad_json '{"op":"ping","x":1.5}'
t 'no exponents' no alice bad_json '{"op":"ping","x":1e3}'

section 'rid'
rid() { # RID: comes back as it is
	yes alice "{\"op\":\"ping\",\"rid\":$1}" && is "$(printf '%s\n' "$line" | jq -c .rid)" "$(printf '%s\n' "$1" | jq -c .)"
}
n=0
for rid in 0 1 -1 9007199254740992 '""' '"a"' '"\"\\\u0001\u00e9\ud83d\ude00"' "\"$(x 64)\"" "\"$(x 64 '\u0001')\"" "\"$(x 21 好)\"" '"</script>"'; do
	n=$((n + 1))
	t "a rid comes back as it is, $n" rid "$rid"
done
for rid in "\"$(x 65)\"" "\"$(x 22 好)\"" true null '[]' '{}'; do
	n=$((n + 1))
	t "what is no rid is refused, $n" no alice bad_request "{\"op\":\"ping\",\"rid\":$rid}"
	case $line in *'"rid"'*) t 'it is not given back' false ;; esac
done
t 'a refusal has it, too' no alice unknown_op '{"op":"nothing","rid":"r"}'
t 'that is' is "$(field rid)" r
t 'an operation of 64 bytes is unknown' no alice unknown_op "{\"op\":\"$(x 64)\"}"
t 'of more, bad' no alice bad_request "{\"op\":\"$(x 65)\"}"

section 'Texts, names (more of them in 02, 03 and 05)'
t '16,384 bytes of text' yes alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"1\",\"text\":\"$(x 16384)\"}"
t 'not one more' no alice too_large "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"2\",\"text\":\"$(x 16385)\"}"
t '50 characters of name' yes alice "{\"op\":\"group_create\",\"name\":\"$(x 50 名)\",\"description\":\"$(x 200 述)\"}"
t 'not one more' no alice bad_request "{\"op\":\"group_create\",\"name\":\"$(x 51 名)\"}"
t 'nor of description' no alice bad_request "{\"op\":\"group_create\",\"name\":\"x\",\"description\":\"$(x 201 述)\"}"

section 'Bad JSON'
enter bob
nine() {
	talk many bob '9 nonsense' && talk replies bob 9 && is "$line" 'bad_json 9'
}
t 'nine times nonsense' nine
t 'are forgiven by one object' yes bob '{"op":"ping"}'
t 'so are nine more' nine
t 'the tenth' no bob bad_json 'nonsense'
t 'is abuse' hears bob '^\{"ev":"bye","reason":"abuse"\}$'
t 'and the end' gone bob

section 'Too much at once'
enter bob
talk many bob '300 {"op":"search","text":"nothing%d"}'
t '300 searches at once' talk replies bob 300
t 'are too many' like "$line" '^ok [0-9]+ rate_limited [0-9]+$'
talk many bob '300 {"op":"search","text":"nothing%d"}'
while talk reply bob 10; do
	case $line in *'"rate_limited"'*) break ;; esac
done
t 'the answer says how long to wait' like "$(field retry_after_ms)" '^[1-9][0-9]*$'
t 'others are not concerned' yes alice '{"op":"search","text":"nothing"}'
hang bob
enter bob
t 'whoever waits is served' yes bob '{"op":"search","text":"nothing"}'
t 'nobody was thrown out' silent bob '"bye"'

section 'What was begun at the start'
t 'who does not finish an object' hears alice@slow '"bye","reason":"timeout"' 15
t 'has 10 s' [ $(($(date +%s) - slow)) -ge 9 ]

section 'Spare children'
master=$(cat "$dir/a.pid")
spares() {
	ps -o pid=,args= --ppid "$master" | sed -n 's/^ *\([0-9]*\) chatd: spare$/\1/p'
}
spares_are() { # COUNT
	is "$(spares | wc -l)" "$1"
}
t 'spares are refilled' eventually 5 spares_are 3
# shellcheck disable=SC2046
kill -KILL $(spares)
t 'also killed ones' eventually 5 spares_are 3
call one
t 'a client notices nothing' yes one '{"op":"ping"}'
hang one
eventually 5 spares_are 3
stopped=$(spares | head -n 1)
kill -STOP "$stopped"
for n in one two three; do
	call $n
	t "with a child that hangs, a client is served: $n of three" yes $n '{"op":"ping"}'
done
t "the child is gone" eventually 5 not kill -0 "$stopped"
hang one two three
t 'the master goes on' eventually 5 spares_are 3

section '--max-sessions'
hang alice bob
closed() { # ADDR
	! talk call refused "$1" || { hang refused && return 1; }
}
listens() {
	talk call refused "$1" && hang refused
}
sessions() {
	sql "select count(*) from chat.session_list where node = 'a'"
}
eventually 5 sql_is 0 "select count(*) from chat.session_list where node = 'a'"
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
	enter "alice@$n" "$NODE_A" >/dev/null
done
t 'twelve sessions are on the node' is "$(sessions)" 12
t 'then its listener is closed' eventually 5 closed "$NODE_A"
t 'which the log says' grep -q 'ev=full .*sessions=12' "$dir/a.log"
t 'those who are in stay' yes alice@11 '{"op":"ping"}'
t 'nginx takes everybody to the other' enter bob@1 "$NGINX"
t 'one after the other' enter bob@2 "$NGINX"
t 'really' is "$(sql "select string_agg(node, ' ') from chat.online where name = 'bob'")" 'b b'
hang alice@1
t 'one leaves, and it listens again' eventually 5 listens "$NODE_A"

t 'every invariant holds' is "$(broken)" ''
finish
