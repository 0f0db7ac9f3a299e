#!/bin/sh
# A dialect is a table in a file: for each of contrib/dialects/ a client that is made of it does all that old clients do,
# on a listener that speaks it. Who speaks another form is refused, once, and told.
. t/lib.sh
. t/dialect/words.sh

tables=$(cd contrib/dialects && ls ./*.conf | sed 's,./,,; s/\.conf//' | grep -vx '[abc]')
cat >"$dir/own.conf" <<'END'
key	type	# as nobody else calls it
login	10 uid secret
login-reply	20 result why uid nick people rooms
register	11 nick secret
register-reply	21 result why uid
chat	12 uid to,toid body
chat-push	uid nick to when body
friend	13 uid friend
create	14 uid room about
join	15 uid roomid
group	16 uid roomid body
group-push	uid nick roomid when body
group-item	roomid room about members
logout	17 uid
END
row() { # DIALECT: its line in the README
	r_row="| \`$1\` | \`$(number "$1" login | tr -d '"' | cut -d: -f1)\`"
	for r_word in login register; do
		r_row="$r_row | $(conf "$1" $r_word) → $(conf "$1" $r_word-reply)"
	done
	for r_word in chat friend create join group logout; do r_row="$r_row | $(conf "$1" $r_word)"; done
	grep -qF "$r_row |" README.md || ! echo "the README has no $r_row"
}
conf() { # DIALECT WORD: the number in its file
	awk -v word="$2" '$1 == word { print $2 }' "contrib/dialects/$1.conf"
}
for table in a b c $tables; do
	t "the README has the table of $table" row "$table"
done

options=
for table in $tables; do
	options="$options --listen 127.0.0.1:0,dialect=$table"
done
stack --nodes 2 --chatd "$options --listen 127.0.0.1:0,dialect=$dir/own.conf"

listener() { # DIALECT: of node a
	n=1
	for l in $tables own; do
		n=$((n + 1))
		[ "$l" != "$1" ] || sed -n "${n}p" "$dir/a.ready"
	done
}

made() { # NAME: the group; its id is in $group
	group=$(sql "select id from chat.group_list where name = '$1'") && [ -n "$group" ]
}

waiting() { # NAME, how many texts
	is "$(sql "select count(*) from chat.pending where name = '$1' and kind = 'text'")" "$2"
}

transcript() { # DIALECT: wang of this dialect, nora with chatd's own client
	wang=wang-$1 nora=nora-$1 addr=$(listener "$1")
	user "$nora"
	native "$nora"
	t "$1: wang registers" enroll "$wang" "$1" 123456 "$addr"
	t "$1: wang logs in" enter "$wang" "$addr"
	t 'nora too, at the other node' login "$nora" "$NODE_B"
	wish "$wang" friend "$(id "$nora")"
	t "$1: nora hears that wang added her" expect "$nora" "friend_request.*\"name\":\"$wang\""
	wish "$wang" chat "$(id "$nora")" 'hello nora'
	t "$1: wang's chat reaches nora" expect "$nora" '"ev":"message".*"text":"hello nora"'
	say "$nora" "{\"op\":\"send\",\"rid\":2,\"to\":\"$wang\",\"cid\":\"1\",\"text\":\"hello wang\"}"
	t "$1: and back" hears "$wang" chat "$nora" 'hello wang'
	wish "$wang" create "mixed-$1" 'both kinds'
	t "$1: wang creates a group" eventually 10 made "mixed-$1"
	say_ok "$nora" "{\"op\":\"group_join\",\"rid\":3,\"group\":$group}" >"$dir/join-$1"
	wish "$wang" group "$group" 'hello team'
	t "$1: wang's group chat reaches nora" expect "$nora" "\"text\":\"hello team\".*\"group\":.\"id\":$group"
	say "$nora" "{\"op\":\"send\",\"rid\":4,\"group\":$group,\"cid\":\"2\",\"text\":\"hello from nora\"}"
	t "$1: and back" hears "$wang" group "$nora" 'hello from nora' "$group"
	wish "$wang" logout
	t "$1: wang logs out" eventually 10 logged_out "$wang"
	for i in 1 2 3; do say "$nora" "{\"op\":\"send\",\"to\":\"$wang\",\"cid\":\"w$i\",\"text\":\"waiting $i\"}"; done
	t "$1: what is said meanwhile waits" eventually 10 waiting "$wang" 3
	wish "$wang" login
	t "$1: wang logs in again by the same connection" expect "$wang" "\"$(table "$1" login-reply 1)\":0"
	for i in 1 2 3; do
		t "$1: and gets what waited: $i" hears "$wang" chat "$nora" "waiting $i"
	done
	nods "$wang"
	t 'nothing waits any more' eventually 10 waiting "$wang" 0
	wish "$wang" chat "$(id "$nora")" ''
	t "$1: a refusal is told" expect "$wang" 'not sent'
	t 'by chatd' like "$line" '"chatd"'
	join "$wang" 999999
	t "$1: another too" expect "$wang" 'group not joined'
	close "$wang" "$nora"
}
join() { wish "$1" join "$2"; }

first() { for table in d g camel; do transcript $table; done; }
second() { for table in f h ac; do transcript $table; done; }
t 'each table has a client here' is "$(echo $tables)" 'ac camel d f g h'
beside first first
beside second second
together first second

section 'A file of our own'
dial me "$dir/own.conf" "$(listener own)"
say me '{"type":11,"nick":"own","secret":"1"}'
t 'its words are understood' expect me '"uid":'
t 'and its answers have its words' is "$(shape '[.type, .result]')" '21|0'
id=$(field uid)
say me "{\"type\":10,\"uid\":$id,\"secret\":\"2\"}"
t 'so have refusals' expect me '"why":"'
say me "{\"type\":10,\"uid\":$id,\"secret\":\"1\"}"
t 'and logins' expect me '"nick":"own"'
say me '{"nick":"own"}'
t 'what has no number is no request' expect me 'does not fit'
close me

section 'Who speaks another form'
unfit() { # REGEX: how often it is in the log of node a
	grep -c "ev=unfit .*$1" "$dir/a.log"
}
is_logged() {
	[ "$(unfit "$1")" = 1 ]
}
t 'somebody of C has a number' enroll cao c 123456
t 'comes where D is spoken' enter cao "$(listener d)"
wish cao chat 0 hidden
t 'and is told, in C, that this program does not fit' expect cao '"msgid":6.*"name":"chatd".*does not fit'
t 'which is in the log, with what it can be known by' is "$(unfit 'dialect=d key=msgid number=6 fields=msgid,id,name,toid,msg,time')" 1
t 'and not what it said' not grep hidden "$dir/a.log"
wish cao chat 0 'too much'
wish cao group 1 'too much'
wish cao friend "$(id nora-d)"
wish cao logout
t 'nothing it asks for is done' sql_is 1 "select count(*) from chat.online where name = 'cao'"
t 'it is logged once' is_logged user=cao
t 'nothing of it is done' is "$(sql "select count(*) from chat.friends where user_id = $(id cao)")" 0
t 'no more is said' is "$(grep -c . "$dir/cao.out")" 2
close cao
dial cao b "$(listener d)"
say cao "{\"msgId\":1002,\"id\":$(id cao),\"password\":\"123456\"}"
t 'B is refused there' eventually 10 is_logged 'key=msgId number=1002'
close cao
rm -f "$dir/cao.err"

user nobody
native nobody
t 'on a listener that was told nothing, C' enroll two c 123456
t 'logs in' enter two
wish two friend "$(id nobody)"
t 'and shows it' eventually 10 sql_is c "select dialect from chat.users where name = 'two'"
say two "{\"msgid\":6,\"id\":$(id two),\"friendid\":$(id cao)}"
t 'who then asks in A is refused' expect two '"name":"chatd".*does not fit.*because it began with it'
t 'logged' is "$(unfit 'dialect=c key=msgid number=6 fields=msgid,id,friendid')" 1
t 'nothing of it is done' is "$(sql "select count(*) from chat.friends where user_id = $(id two)")" 1
say two "{\"msgId\":1005,\"id\":$(id two),\"friendid\":$(id cao)}"
say two "{\"msgid\":5,\"id\":$(id two),\"toid\":$(id nobody),\"msg\":\"wrong\"}"
wish two chat "$(id nobody)" right
t 'it goes on in its own' eventually 10 sql_is right \
	"select body from chat.messages where sender_id = $(id two) and kind = 'text'"
t 'and is what it was' sql_is c "select dialect from chat.users where name = 'two'"
close two

section 'Tables that are none'
refused() { # LINES, what is wrong
	printf '%b' "$1" >"$dir/wrong.conf"
	exits 78 "$chatd" --dialect "$dir/wrong.conf" && like "$(cat "$dir/said")" "$2"
}
t 'an unknown word' refused 'key msgid\nlogout 1\nfriends 3\n' 'line 3: no such word'
t 'no number' refused 'key msgid\nlogin one\n' 'line 2: a number'
t 'half the fields' refused 'key msgid\nchat 1 id\n' 'line 2: either no fields or all'
t 'too many' refused 'key msgid\njoin 1 id groupid group\n' 'line 2: either'
t 'a name that is none' refused 'key msgid\njoin 1 id gr"oup\n' 'line 2: either'
t 'a number twice' refused "$(sed 's/^chat.*/chat 1/' contrib/dialects/d.conf)" 'means something else already: chat'
t 'a request that is missing' refused "$(grep -v ^friend contrib/dialects/d.conf)" 'missing.*: friend'
t 'no key' refused "$(grep -v ^key contrib/dialects/d.conf)" 'missing.*: key'
t 'no file' exits 78 "$chatd" --dialect ./nowhere
t 'a name that is not built in' exits 64 "$chatd" --dialect z
t 'nor behind a listener' exits 64 "$chatd" --listen 127.0.0.1:0,dialect=z
t 'and nothing else may stand there' exits 64 "$chatd" --listen 127.0.0.1:0,dialekt=a

t 'nothing is broken' clean
finish
