#!/bin/sh
# What the older servers died of, or lost: as input before and after login, and as trouble with their servers.
. t/lib.sh
. t/dialect/words.sh

# Bytes that are no request at all, in strict's spelling. The NUL that their clients send comes behind.
cat >"$dir/rubbish" <<'END'
x
[1,2,3]
{"msgid":1,
{"msgid"
{"msgid":1,"id":1,"password":"a","password":"b"}
{"msgid":01}
{"msgid":1.5}
{"msgid":1e3}
{"msgid":99999999999999999999}
{"msgid":5,"msg":"\xff\xfe"}
{"msgid":5,"msg":"\x01"}
{"msgid":5,"msg":"\\ud800"}
{"msgid":5,"msg":"\\u0000"}
{'msgid':1}
"msgid"
null
{"msgid":5,"toid":[[[[[[[[[[1]]]]]]]]]]}
\x7fELF
END

# Objects with a number that means nothing: not worth an answer.
cat >"$dir/unknown" <<'END'
{"msgid":99}
{"msgid":-1}
{"msgid":0,"op":1}
{"msgid":"1"}
{"msgid":null}
{"msgid":[1]}
{"msgid":{"a":1}}
{"msgid":2,"errno":0}
{"msgid":9007199254740992}
END

# Requests that lack something, have it in another type, or mean what is not there.
cat >"$dir/lacking.a" <<'END'
{"msgid":5}
{"msgid":5,"id":ME,"toid":"YOU","msg":"wrong"}
{"msgid":5,"id":ME,"toid":YOU}
{"msgid":5,"id":ME,"toid":YOU,"msg":7}
{"msgid":5,"id":ME,"toid":YOU,"msg":["wrong"]}
{"msgid":5,"id":ME,"toid":YOU,"msg":null}
{"msgid":5,"id":ME,"toid":YOU,"msg":""}
{"msgid":5,"id":"ME","toid":YOU,"msg":"wrong"}
{"msgid":5,"id":ME,"toid":0,"msg":"wrong"}
{"msgid":5,"id":ME,"toid":-1,"msg":"wrong"}
{"msgid":5,"id":ME,"toid":ME,"msg":"wrong"}
{"msgid":5,"id":ME,"toid":9007199254740992,"msg":"wrong"}
{"msgid":6,"id":ME}
{"msgid":6,"id":ME,"friendid":"YOU"}
{"msgid":6,"id":ME,"friendid":999999}
{"msgid":6,"id":ME,"friendid":ME}
{"msgid":7,"userid":ME,"groupdesc":"wrong"}
{"msgid":7,"userid":ME,"groupname":5,"groupdesc":"wrong"}
{"msgid":7,"userid":ME,"groupname":"","groupdesc":"wrong"}
{"msgid":8,"userid":ME}
{"msgid":8,"userid":ME,"groupid":"1"}
{"msgid":8,"userid":ME,"groupid":999999}
{"msgid":9,"userid":ME,"msg":"wrong"}
{"msgid":9,"userid":ME,"groupid":999999,"msg":"wrong"}
{"msgid":10,"id":"ME"}
{"msgid":10,"id":ME,"groupid":GROUP}
END
cat >"$dir/lacking.b" <<'END'
{"msgId":1004}
{"msgId":1004,"fromid":ME,"toid":YOU}
{"msgId":1004,"fromid":ME,"toid":YOU,"msg":{"wrong":1}}
{"msgId":1004,"fromid":"ME","toid":YOU,"msg":"wrong"}
{"msgId":1005,"id":ME}
{"msgId":1006,"id":ME}
{"msgId":1007,"id":ME}
{"msgId":1008,"id":ME}
{"msgId":1008,"id":ME,"groupid":999999,"msg":"wrong"}
{"msgId":1009,"id":"ME"}
END

# Requests in somebody else's name.
cat >"$dir/forged.a" <<'END'
{"msgid":5,"id":YOU,"name":"YOU","toid":YOU,"msg":"wrong"}
{"msgid":5,"id":ME,"fromid":YOU,"toid":YOU,"msg":"wrong"}
{"msgid":6,"id":YOU,"friendid":ME}
{"msgid":7,"userid":YOU,"groupname":"wrong","groupdesc":""}
{"msgid":8,"userid":YOU,"groupid":GROUP}
{"msgid":9,"userid":YOU,"groupid":GROUP,"msg":"wrong"}
{"msgid":10,"id":YOU}
END
cat >"$dir/forged.b" <<'END'
{"msgId":1004,"fromid":YOU,"toid":YOU,"msg":"wrong"}
{"msgId":1004,"fromid":0,"toid":YOU,"msg":"wrong"}
{"msgId":1005,"id":YOU,"friendId":ME}
{"msgId":1006,"id":YOU,"groupname":"wrong","groupdesc":""}
{"msgId":1007,"id":YOU,"groupid":GROUP}
{"msgId":1008,"id":YOU,"groupid":GROUP,"msg":"wrong"}
{"msgId":1009,"id":YOU}
END

# FILE COMMAND…: the command with each of its lines, for the user $me
with_each() {
	w_file=$1
	shift
	sed "s/ME/$(id "$me")/g; s/YOU/$(id gao)/g; s/GROUP/$group/g" "$dir/$w_file" >"$dir/lines-$me"
	while read -r w_line <&4; do
		"$@" "$w_line" || { echo "$w_line" && return 1; }
	done 4<"$dir/lines-$me"
}

first_words() { # over a connection of their own
	dial stranger a
	say stranger "raw $1\\0"
	expect stranger '"ok":false,"error":"bad_json"'
	close stranger
	rm "$dir/stranger.err"
}

rubbish() { # told, and what follows is understood
	say "$me" "raw $1\\0"
	is_told "$me" . && refused "{$(number "$letter" chat)}" # ten in a row would be too much
}

greet() { # with a number that means nothing
	case $(letter "$me") in b) say "$me" '{"msgId":99}' ;; *) say "$me" '{"msgid":99}' ;; esac
}

unknown() {
	say "$me" "$1"
}

refused() {
	say "$me" "$1"
	is_told "$me" "${why-.}"
}

works() { # $me and gao hear each other
	w_count=$((w_count + 1))
	wish "$me" chat "$(id gao)" "works $w_count" && hears gao chat "$me" "works $w_count" &&
		wish gao chat "$(id "$me")" "works $w_count" && hears "$me" chat gao "works $w_count" &&
		nods "$me" gao && eventually 10 sql_is 0 "select count(*) from chat.pending where name in ('$me', 'gao')"
}
w_count=0

logs_in() { # by the connection that is there
	wish "$me" login
	expect "$me" '"errno":' && like "$line" '"errno":0'
}

heard() { # TEXT [SECONDS]: from liu by gao
	wish liu chat "$(id gao)" "$1"
	expect gao "\"msg\":\"$1\"" "${2-10}"
}

waiting() { # bytes, for gao
	is "$(sql "select coalesce(sum(bytes), 0) from chat.pending where name = 'gao'")" "$1"
}

all_parts() { # bytes of the texts that are one character repeated have come to gao
	is "$(jq -j 'select(.msg | strings | test("^([0-9])\\1*$")).msg' "$dir/gao.out" | wc -c)" "$1"
}

unquoted() { # what a JSON string's inside means
	printf '"%s"\n' "$1" | jq -r .
}

offline() {
	is "$(sql "select count(*) from chat.online where name = '$1'")" 0
}

stored() { # TEXT, how often
	is "$(sql "select count(*) from chat.messages where body = '$1'")" "$2"
}

stack --nodes 2 --chatd '--login-timeout 60' # a slow machine takes its time over the rubbish
t 'liu has a number' enroll liu a 123456
t 'bai too' enroll bai b 123456
t 'gao too' enroll gao c 123456
t 'gao listens' enter gao "$NODE_B"
sql "select g.id from chat.group_create($(id gao), 'secret', '', 'open', 'joined') g" >"$dir/group"
group=$(cat "$dir/group") me=liu

t 'rubbish as the first words is answered, in the native way' with_each rubbish first_words

hostile() {
	me=$1 letter=$(letter $me)
	dial $me "$letter"
	greet
	t "$me begins with a number that is none, and is told" is_told $me 'does not fit'
	t "$me is not logged in: rubbish is told" with_each rubbish rubbish
	t 'unknown numbers are passed over' with_each unknown unknown
	t 'whatever lacks something is refused' with_each "lacking.$letter" refused
	t 'so is what does not, before login' with_each "forged.$letter" refused
	t 'nothing of it is stored' stored wrong 0
	t "$me logs in by the same connection" logs_in
	t "$me is logged in: rubbish is told" with_each rubbish rubbish
	t 'unknown numbers are passed over' with_each unknown unknown
	t 'whatever lacks something is refused' with_each "lacking.$letter" refused
	why='speak for nobody else'
	t 'so is who speaks for others' with_each "forged.$letter" refused
	unset why
	t 'nothing of it is stored' stored wrong 0
}
beside liu hostile liu
beside bai hostile bai
together liu bai
for me in liu bai; do
	t "$me works as before" works
done

section 'Framing'
me=liu
say liu "raw {$(number a chat),\"id\":$(id liu),\"toid\":$(id gao),\"msg\":\"one\"}\\0{$(number a chat),\"id\":$(id liu),\"toid\":$(id gao),\"msg\":\"two\"}\\0"
t 'two objects in one segment are two' hears gao chat liu one
t 'really' hears gao chat liu two
say liu "raw {$(number a chat),\"id\":$(id liu),\"toid\":$(id gao),\"msg\":\"three\"}{$(number a chat),\"id\":$(id liu),\"toid\":$(id gao),\"msg\":\"four\"}\\n"
t 'without anything between them as well' hears gao chat liu three
t 'really' hears gao chat liu four
say liu "bytes {$(number a chat),\"id\":$(id liu),\"toid\":$(id gao),\"msg\":\"five\"}\\0"
t 'one in as many segments as it has bytes is one' hears gao chat liu five
say liu "raw {$(number a chat),\"id\":$(id liu),\"toid\":$(id gao),"
say liu "raw \"msg\":\"six\"}"
t 'one in two, without a NUL' hears gao chat liu six
say liu "raw {$(number a chat),\"id\":$(id liu),\"toid\":$(id gao)}\\0\\0\\n\\0"
t 'NULs and newlines between objects mean nothing' is_told liu msg
t 'and no more than that' works

section 'Characters'
sql_name='Robert'\'' OR '\''a'\'' --'
quotes='\"\\\"\\\\ {\"msgid\":10} '\'' \"'
me=odd
dial odd c
wish odd register 123456 "$sql_name"
t 'SQL is a name like any other' expect odd '"errno":0'
field id >"$dir/odd.id"
wish odd register 123456 "$quotes"
t 'quotes and backslashes are none' expect odd '"errno":1'
wish odd register 123456 "$sql_name"
t 'taken names are refused' expect odd '"errno":1'
t 'with the number of the answer' is "$(shape '[.msgid, .errno]')" '5|1'
wish odd register 123456 ''
t 'no name is none' expect odd '"errno":1'
wish odd register 123456 "$(printf '%51s' '' | tr ' ' n)"
t '51 characters are too many' expect odd '"errno":1'
wish odd register 123456 "$(printf '%50s' '' | sed 's/ /字/g')"
t '50 are not, of whatever size' expect odd '"errno":0'
wish odd register '' shy
t 'no password is none' expect odd '"errno":1'
t "$sql_name logs in" logs_in
for text in "$sql_name" "$quotes" 'null' '\u0001\n\t\u007f\ud83d\ude00'; do
	wish odd chat "$(id gao)" "$text"
	t 'a text is a text' expect gao '"msg":'
	t 'as it was said' is "$(shape '[.name, .msg]')" "$sql_name|$(unquoted "$text")"
done
t 'nothing was dropped' sql 'select from chat.users'
close odd

section 'Who is who'
me=liu
say liu "{\"msgid\":1,\"id\":$(id liu),\"password\":\"123456\"}"
t 'a second login by one connection is refused' expect liu '"errno":2'
t 'with a sentence' is "$(field 'errmsg | length > 5')" true
say liu "{\"msgid\":1,\"id\":$(id bai),\"password\":\"1\"}"
t 'somebody else'\''s too' expect liu '"errno":2'
t 'the first one goes on' works
for letter in a b c; do
	dial wrong $letter
	wish wrong login 999999 123456
	t "$letter: a number that nobody has is refused" expect wrong "\"errno\":$(case $letter in b) echo 3 ;; *) echo 1 ;; esac)"
	unknown=$(field errmsg)
	wish wrong login "$(id gao)" wrong
	t "$letter: so is a wrong password" expect wrong '"errno":[13],'
	t 'in the same words' is "$(field errmsg)" "$unknown"
	say wrong "{$(number $letter login),\"id\":\"$(id gao)\",\"password\":\"123456\"}"
	t 'and a number in quotes' expect wrong '"errno":[13],'
	say wrong "{$(number $letter login),\"id\":$(id gao),\"password\":123456}"
	t 'or a password without' expect wrong '"errno":[13],'
	say wrong "{$(number $letter login)}"
	t 'and nothing at all' expect wrong '"errno":[13],'
	close wrong
done
cp "$dir/liu.id" "$dir/twin.id" && dial twin a "$NODE_B" && me=twin
t 'liu logs in elsewhere, and is not refused for ever' logs_in
t 'the older connection ends' expect liu '^closed'
wish twin chat "$(id gao)" 'me again'
t 'the newer one stays' expect gao '"msg":"me again"'
close twin liu
me=liu
t 'node a dies while liu is there' enter liu "$NODE_A"
node a kill
node a start
t 'liu is back at once' enter liu "$NODE_A"
t 'as if nothing had been' works
kill -KILL "$(sql "select pid from chat.session_list where name = 'liu'")"
t 'his session is killed' expect liu '^closed'
t 'and he is back' enter liu "$NODE_B"
t 'with all that goes with it' heard 'back again'

section 'Long texts to somebody who is away'
wish gao logout
t 'gao is away' eventually 10 offline gao
for size in 499 500 501 1023 1024 1025 5000 16000; do
	wish liu chat "$(id gao)" "$(printf "%${size}s" '' | tr ' ' "$((size % 10))")"
done
wish liu chat "$(id gao)" "$(printf '%16385s' '' | tr ' ' x)"
t '16,385 bytes are too much' is_told liu '16384'
t 'all the others wait' eventually 10 waiting 25572
wish gao login
t 'and are delivered to the last byte' eventually 20 all_parts 25572
nods gao
t 'nothing waits' eventually 10 waiting 0
say liu 'raw {"msgid":5,"msg":"'
say liu 'fill 70000'
t 'an object of 70,000 bytes is told' is_told liu '65536'
t 'and ends the connection' expect liu '^closed'

section 'PostgreSQL and Redis'
t 'liu is back' enter liu "$NODE_A"
t 'all is well' heard 'all is well'
node postgres stop
wish liu chat "$(id gao)" lost
t 'without PostgreSQL nothing is accepted' is_told liu 'not sent: the database'
dial early c "$NODE_B"
wish early login "$(id bai)"
t 'nobody can log in' expect early '"errno":1'
close early
node postgres start
t 'but all is well when it is back' eventually 20 heard 'is back' 1
node redis kill
t 'without Redis it takes longer' heard slowly 15
node redis start
t 'until it is back' eventually 20 heard 'Redis is back' 1
redis() { redis-cli -s "${REDIS_URL#unix:}" "$@" >/dev/null; }
redis config set requirepass secret
redis -a secret --no-auth-warning client kill type normal
redis -a secret --no-auth-warning client kill type pubsub
t 'a Redis that wants a password all of a sudden is like none' heard 'without password' 15
port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport')
redis -a secret --no-auth-warning config set port "$port"
third() { "$chatd" --node c --listen 127.0.0.1:0 --db "host=$PGHOST port=$PGPORT user=chatd dbname=chat" --start-timeout 1 "$@"; }
t 'a node that does not know it does not start, and says why' exits 78 third --redis "redis://127.0.0.1:$port"
t 'nor does one that knows it wrong' exits 78 third --redis "redis://:wrong@127.0.0.1:$port"
export READY="$dir/third.ready"
spawn third sh -c 'exec "$0" "$@" 9>"$READY"' "$chatd" --node c --listen 127.0.0.1:0 --ready-fd 9 \
	--db "host=$PGHOST port=$PGPORT user=chatd dbname=chat" --redis "redis://:secret@127.0.0.1:$port"
t 'the one that knows it does' eventually 10 test -s "$dir/third.ready"
t 'liu comes to it' enter liu "$(cat "$dir/third.ready")"
t 'and is heard' heard 'with a password'
close liu third
redis -a secret --no-auth-warning config set requirepass ''
t 'without the password the others recover' enter liu
t 'all is well' eventually 20 heard 'all is well again' 1

t 'nobody died but whom we killed' is "$(cat "$dir/a.log" "$dir/b.log" | grep -c 'ev=session_died')" 1
t 'nothing is broken' is "$(sql 'table chat.invariants')" ''
finish
