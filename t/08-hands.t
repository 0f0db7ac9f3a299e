#!/bin/sh
# Old clients in people's hands: they stand at a menu, listen for hours, are frozen and killed, and speak what nobody
# guessed. What must not be lost then, and what must not be said.
. t/lib.sh
. t/dialect/words.sh

mkdir "$dir/bin"
ln -s "$BUILD_DIR/chatd-hasty" "$dir/bin/chatd" # two minutes are three seconds
BUILD_DIR=$dir/bin stack --nodes 2 --nginx --chatd '--silent-timeout 8 --login-timeout 3'
BUILD_DIR=${chatd%/chatd}

# NAME WORD N: wei writes WORD 1 to WORD N
pour() {
	seq "$3" | sed "s/.*/{\"op\":\"send\",\"rid\":\"$2-&\",\"to\":\"$1\",\"cid\":\"$2-&\",\"text\":\"$2 &\"}/" \
		1<>"$dir/wei.in" >"$dir/wei.in"
	expect wei "\"rid\":\"$2-$3\",\"ok\":true" 60
}

# NAME NUMBER WORD N: all of them, each once, in order, under that number
got() {
	[ "$(grep -c "\"msgid\":$2,.*\"msg\":\"$3 " "$dir/$1.out")" -ge "$4" ] || return
	jq -r "select(.msgid == $2 and (.msg | strings | startswith(\"$3 \"))).msg" "$dir/$1.out" >"$dir/got-$1" || return
	seq -f "$3 %g" "$4" | cmp - "$dir/got-$1"
}

waits() { # NAME, how many texts
	is "$(sql "select count(*) from chat.pending where name = '$1' and kind = 'text'")" "$2"
}

passed() { # MS since $began
	[ $(($(date +%s%3N) - began)) -ge "$1" ]
}

kill_it() { # NAME: at once, whatever it has not read
	kill -KILL "$(cat "$dir/$1.proc")"
	wait "$(cat "$dir/$1.proc")" 2>/dev/null
	rm -f "$dir/$1.proc"
	eventually 10 logged_out "$1"
}

user wei gus
native wei gus
t 'wei, who writes to the others, is native' login wei "$NODE_B"

section 'At the menu'
began=$(date +%s%3N)
dial silent a
dial still c "$NODE_B"
dial slow c
open native
say native '{"op":"ping"}'
t 'who has said something has 3 s to log in' expect native '"bye","reason":"timeout"' 10
t 'who has said nothing is not cut then' is "$(cat "$dir/silent.out" "$dir/still.out" "$dir/slow.out")" ''
wish slow register 123456 slow
t 'and registers later' expect slow '"errno":0'
field id >"$dir/slow.id"
t 'people take their time there too' eventually 20 passed 7000
wish slow login
t 'and log in' expect slow '"errno":0'
dial half c
say half 'raw {"ms'
t 'half a word shows no language' expect half '^closed' 20
t 'so nothing is said to it either' is "$(cat "$dir/half.out")" closed
t 'silence for too long ends it' expect silent '^closed' 20
t 'not much too early' passed 7900
t 'without a word' is "$(cat "$dir/silent.out")" closed
dial still c "$NODE_B"
dial menu c "$NODE_B"
wish menu register 1 menu
t 'one is at the menu, one registered' expect menu '"errno":0'
node b stop
t 'node b leaves: the one at the menu hears nothing' expect still '^closed' 20
t 'really nothing' is "$(cat "$dir/still.out")" closed
t 'the other neither' expect menu '^closed' 20
t 'but the end' is "$(grep -c . "$dir/menu.out")" 2
node b start
t 'wei is back' eventually 10 login wei "$NODE_B"
close native slow

section 'Hours of silence behind nginx'
# A clock 1,200 times as fast: what nginx waits 24 h for it waits 72 s for, and 5 minutes are a quarter of a second.
perl -pe 's{^(\s*proxy_timeout )(\d+)([hms])}{$1 . int($2 * {h => 3600, m => 60, s => 1}->{$3} * 1000 / 1200) . "ms"}e' \
	"$dir/nginx.conf" >"$dir/nginx.fast" && cp "$dir/nginx.fast" "$dir/nginx.conf"
t 'the clock is turned' grep -q 'proxy_timeout [0-9]*ms' "$dir/nginx.conf"
node nginx stop
node nginx start
t 'idle has a number' enroll idle c 123456 "$NGINX"
t 'logs in' enter idle "$NGINX"
began=$(date +%s%3N)
t 'two hours pass' eventually 20 passed 6000
t 'idle is there' pour idle hours 1
t 'and hears what is said' hears idle chat wei 'hours 1'
t 'so_keepalive finds the dead, on every port' is "$(grep -c 'listen .*so_keepalive=' nginx.conf contrib/tls.conf | cut -d: -f2 | paste -sd,)" 1,1
close idle

section 'Frozen, and killed later'
for way in "$NODE_A" "$NGINX"; do
	fay=fay-${way##*:}
	t "$way: fay has a number" enroll "$fay" c 123456
	t 'logs in' enter "$fay" "$way"
	kill -STOP "$(cat "$dir/$fay.proc")"
	pour "$fay" frozen 20
	began=$(date +%s%3N)
	t 'is frozen, while its kernel takes 20 texts' eventually 10 passed 1500
	t 'which does not count' waits "$fay" 20
	t 'and killed' kill_it "$fay"
	t 'comes again' enter "$fay" "$way"
	t 'and has lost none' eventually 10 got "$fay" 6 frozen 20
	t 'they do not count yet' waits "$fay" 20
	nods "$fay"
	t 'but when it has said anything they do' eventually 10 waits "$fay" 0
	pour "$fay" more 3
	t 'three more' eventually 10 got "$fay" 6 more 3
	kill_it "$fay"
	t 'are repeated if it ends' enter "$fay" "$way"
	t 'all of them' eventually 10 got "$fay" 6 more 3
	t 'and what was said for before is not' not grep -q 'frozen' "$dir/$fay.out"
	t 'with patience they count by themselves' eventually 10 waits "$fay" 0
	t 'not at once' passed 2000
	kill_it "$fay"
	t 'nothing comes a third time' enter "$fay" "$way"
	pour "$fay" last 1
	t 'but what is new' hears "$fay" chat wei 'last 1'
	wish "$fay" logout
	t 'whoever logs out has all of it' eventually 10 waits "$fay" 0
	close "$fay"
done

export READY="$dir/third.ready"
section 'A wrong guess'
pour gus guess 300
echo a >"$dir/gus.letter"
t 'gus, of whom nothing is known, comes with a client of A' enter gus "$NODE_A" gus-password
t 'is taken for one of C, and given all of it' eventually 20 got gus 6 guess 300
began=$(date +%s%3N)
t 'time passes' eventually 10 passed 4000
nods gus
t 'but nothing counts' waits gus 300
kill_it gus
t 'gus comes again' enter gus "$NODE_A" gus-password
t 'to hear the same' eventually 20 got gus 6 guess 300
wish gus friend "$(id wei)"
t 'asks for something in A' expect wei 'friend_request.*gus'
t 'and gets everything, in A' eventually 20 got gus 5 guess 300
nods gus
t 'that counts' eventually 10 waits gus 0
t 'and is remembered' is "$(sql "select dialect from chat.users where name = 'gus'")" a
wish gus logout
pour gus known 5
t 'the next time' enter gus "$NODE_A" gus-password
t 'it is A from the beginning' eventually 10 got gus 5 known 5
nods gus
t 'which counts' eventually 10 waits gus 0
close gus

sql "update chat.users set dialect = 'c' where name = 'gus'"
pour gus changed 5
t 'gus is remembered for C, and comes with A' enter gus "$NODE_A" gus-password
t 'he is spoken to in C' eventually 10 got gus 6 changed 5
t 'which counts after a while' eventually 10 waits gus 0
wish gus chat "$(id wei)" hello
t 'he speaks in A' expect wei '"text":"hello"'
t 'and is told again what he could not understand' eventually 10 got gus 5 changed 5
close gus

spawn third sh -c 'exec "$0" "$@" 9>"$READY"' "$chatd" --node c --listen 127.0.0.1:0 --dialect a --ready-fd 9 \
	--db "host=$PGHOST port=$PGPORT user=chatd dbname=chat" --redis "$REDIS_URL"
t 'a node that guesses A' eventually 10 test -s "$READY"
t 'caro speaks C' enroll caro c 123456
sql "update chat.users set dialect = null where name = 'caro'"
pour caro fatal 5
t 'and comes there' enter caro "$(cat "$READY")"
t 'which ends her client, as it was measured' expect caro '^ABORT'
eventually 10 logged_out caro
rm -f "$dir/caro.err"
t 'but loses nothing' waits caro 5
t 'elsewhere' enter caro
t 'she gets it' eventually 10 got caro 6 fatal 5
close caro third

section 'Names'
dial new c
taken() { # NAME
	wish new register 123456 "$1"
	expect new '"errno":1'
}
for name in chatd CHATD ' chatd ' 'ｃｈａｔｄ' 'chatd.' 'c h a t d' 'chátd' 'сhatd' 'chаtd' 'СНАТD' 'chaτd' 'ⅽhatⅾ' '-=chatd=-' 'ꓚꓧꓮꓔꓓ' 'chat𝐝'; do
	t "nobody is called \"$name\"" taken "$name"
done
free() {
	wish new register 123456 "$1"
	expect new '"errno":0'
}
for name in chat chatdog chatd-5 chatter 'chat d2' чат; do
	t "but somebody may be called \"$name\"" free "$name"
done
open wei2
say wei2 '{"op":"register","name":"Chatd","password":"long enough"}'
t 'natively neither' expect wei2 '"error":"name_taken"'
close wei2
wish new register 123456 '  blanks  '
t 'blanks at the ends of a name are no reason to refuse it' expect new '"errno":0'
t 'they are left out' is "$(sql "select name from chat.users where id = $(field id)")" blanks
t 'so it is taken now' taken 'blanks '
close new

section 'A log-out that fails'
t 'ned has a number' enroll ned c 123456
pour ned later 200
t 'and logs in, to 200 texts' enter ned
t 'the first have come' eventually 10 grep -q '"msg":"later 9"' "$dir/ned.out"
node postgres kill
wish ned logout
node postgres start
t 'when he could not be logged out, wei is back' eventually 30 say_ok wei '{"op":"send","to":"ned","cid":"after-1","text":"after 1"}' 5
t 'nothing of what waited is lost' eventually 30 got ned 6 later 200
t 'nor what came then' eventually 10 got ned 6 after 1
close ned

t 'nothing is broken' clean
finish
