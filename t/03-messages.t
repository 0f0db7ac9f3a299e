#!/bin/sh
# Messages: sending, catching up, acknowledging; read, typing, edit, delete; how objects may arrive.
# shellcheck disable=SC1003,SC2016,SC2317
. t/lib.sh
stack --nodes 2
. t/talk.sh
people alice bob carol dave eve

id() { # USER
	sql "select id from chat.users where name = '$1'"
}
rows() { # everything that was ever said
	sql 'select count(*) from chat.messages'
}
send() { # TO CID TEXT (as they stand in JSON)
	printf '%s\n' "{\"op\":\"send\",\"to\":\"$1\",\"cid\":\"$2\",\"text\":\"$3\"}"
}
ack() { # NAME CONV SEQ: stored when the reply is there, as logging out and in would
	yes "$1" "{\"op\":\"ack\",\"conv\":$2,\"seq\":$3,\"rid\":1}"
}
cursor() { # USER DEVICE CONV
	sql "select coalesce((select acked_seq from chat.cursors k join chat.devices d on d.id = k.device_id join chat.users u on u.id = d.user_id
		where u.name = '$1' and d.name = '$2' and k.conv_id = $3), 0)"
}
cursor_is() { # USER DEVICE CONV SEQ
	is "$(cursor "$1" "$2" "$3")" "$4"
}
pending() { # USER: device conv:seq…
	sql "select coalesce(string_agg(coalesce(device, '-') || ' ' || conv_id || ':' || seq, ' ' order by device, conv_id, seq), '')
		from chat.pending where name = '$1'"
}
pending_is() {
	is "$(pending "$1")" "$2"
}

enter alice
enter bob "$NODE_B"

section 'send'
t 'alice writes to bob' yes alice '{"op":"send","rid":"s","to":"bob","cid":"c1","text":"hi"}'
t 'it is number 1' is "$(field rid) $(field seq) $(field dup)" 's 1 null'
conv=$(field conv) at=$(field at)
t 'and stored as the answer says' is \
	"$(sql "select conv_id, seq, s.name, kind, body, cid, chat.rfc3339(sent_at) from chat.messages m join chat.users s on s.id = sender_id")" \
	"$conv|1|alice|text|hi|c1|$at"
t 'bob hears it on the other node' hears bob '"ev":"message"'
t 'as it is' is "$line" "{\"ev\":\"message\",\"conv\":$conv,\"seq\":1,\"kind\":\"text\",\"from\":{\"id\":$(id alice),\"name\":\"alice\"},\"text\":\"hi\",\"at\":\"$at\",\"to\":{\"id\":$(id bob),\"name\":\"bob\"}}"
t 'alice names him by his id' yes alice "{\"op\":\"send\",\"to\":$(id bob),\"cid\":\"c2\",\"text\":\"id\"}"
t 'or their conversation' yes alice "{\"op\":\"send\",\"conv\":$conv,\"cid\":\"c3\",\"text\":\"conv\"}"
t 'and goes on counting' is "$(field conv) $(field seq)" "$conv 3"
t 'bob gets both' hears bob '"seq":3,.*"text":"conv"'
t 'his answer is number 4' yes bob "$(send alice c1 'hi yourself')"
t 'in the same conversation' is "$(field conv) $(field seq) $(field dup)" "$conv 4 null"
t 'alice hears it' hears alice '"seq":4,"kind":"text","from":\{"id":[0-9]+,"name":"bob"\}'
t 'who sent gets the reply and not the event' silent alice '"name":"alice"},"text"'
t 'one conversation, two members' is "$(sql "select kind, (select string_agg(u.name, ' ' order by u.name) from chat.members m join chat.users u on u.id = m.user_id where conv_id = c.id) from chat.conversations c")" 'direct|alice bob'

yes alice '{"op":"group_create","name":"Tea"}'
tea=$(field group.id)
yes bob '{"op":"group_join","group":"tea"}'
t 'alice writes to a group by its name' yes alice '{"op":"send","group":"TEA","cid":"c1","text":"cake?"}'
t 'which is a conversation' is "$(field conv) $(field seq) $(field dup)" "$tea 3 null"
t 'bob hears it' hears bob '"text":"cake\?"'
t 'with the group and no receiver' is "$(field group.id) $(field group.name) $(field to)" "$tea Tea null"
t 'by its id' yes alice "{\"op\":\"send\",\"group\":$tea,\"cid\":\"c2\",\"text\":\"id\"}"
t 'by its conversation' yes bob "{\"op\":\"send\",\"conv\":$tea,\"cid\":\"c3\",\"text\":\"conv\"}"
t 'which go on counting' is "$(field seq)" 5
t 'a cid is known by sender and conversation: no dup here' is \
	"$(sql "select count(*) from chat.messages where cid = 'c1'")" 3

section 'The same cid again'
talk forget bob
t 'the same object once more' yes alice '{"op":"send","rid":"s","to":"bob","cid":"c1","text":"hi"}'
t 'has the first answer' is "$(field conv) $(field seq) $(field at) $(field dup)" "$conv 1 $at true"
t 'also from the other node' enter alice@b "$NODE_B"
t 'and by another name' yes alice@b "{\"op\":\"send\",\"conv\":$conv,\"cid\":\"c1\",\"text\":\"hi\"}"
t 'the first' is "$(field seq) $(field dup)" '1 true'
t 'with another text it is a conflict' no alice conflict "$(send bob c1 'hi there')"
t 'in another conversation it is another message' yes alice "$(send carol c1 'hi there')"
t 'of its own' is "$(field seq) $(field dup)" '1 null'
t 'stored once each' is "$(sql "select count(*) from chat.messages where cid = 'c1'")" 4
t 'a cid of 64 bytes' yes alice "$(send bob "$(printf '%064d' 1)" fence)"
t 'follows without a hole' is "$(field seq)" 5
t 'and is the next that bob hears' hears bob '"ev":"message"'
t 'so there was no repetition' is "$(field text)" fence
hang alice@b

section 'Errors'
was=$(rows)
for request in '"to":"bob","cid":"e"' '"to":"bob","text":"e"' '"to":"bob","cid":"e","text":""' '"to":"bob","cid":"","text":"e"' \
	"\"to\":\"bob\",\"cid\":\"$(printf '%065d' 1)\",\"text\":\"e\"" '"to":"bob","cid":1,"text":"e"' '"to":"bob","cid":"e","text":1' \
	'"to":"bob","cid":"e","text":null' '"to":"bob","cid":"e","text":["e"]' '"cid":"e","text":"e"' \
	'"to":"bob","group":"tea","cid":"e","text":"e"' '"to":"bob","conv":1,"cid":"e","text":"e"' '"to":true,"cid":"e","text":"e"' \
	'"to":0,"cid":"e","text":"e"' '"to":-1,"cid":"e","text":"e"' '"conv":"1","cid":"e","text":"e"' '"conv":0,"cid":"e","text":"e"' \
	'"group":{},"cid":"e","text":"e"' '"to":"alice","cid":"e","text":"e"'; do
	t "bad: $(printf %.50s "$request")" no alice bad_request "{\"op\":\"send\",$request}"
done
t 'the message names the field' like "$(field message)" '^to: '
t 'nobody of that name' no alice not_found "$(send nobody e e)"
t 'nobody of that id' no alice not_found '{"op":"send","to":999999,"cid":"e","text":"e"}'
t 'no such group' no alice not_found '{"op":"send","group":"nothing","cid":"e","text":"e"}'
t 'a direct conversation is no group' no alice not_found "{\"op\":\"send\",\"group\":$conv,\"cid\":\"e\",\"text\":\"e\"}"
t 'no such conversation' no alice not_found '{"op":"send","conv":999999,"cid":"e","text":"e"}'
enter eve
t 'that of others' no eve forbidden "{\"op\":\"send\",\"conv\":$conv,\"cid\":\"e\",\"text\":\"e\"}"
t 'that group' no eve forbidden '{"op":"send","group":"tea","cid":"e","text":"e"}'
t 'none of it was stored' is "$(rows)" "$was"
t 'nor counted' is "$(broken)" ''
hang eve

section 'Texts, byte for byte'
# They are sent as JSON, and compared with what jq makes of the same JSON.
byte() { # REPEAT TEXT
	perl -e 'print $ARGV[1] x $ARGV[0]' "$1" "$2"
}
sum() {
	md5sum | cut -d ' ' -f 1
}
n=0
arrives() { # TEXT (as it stands in JSON)
	n=$((n + 1))
	yes alice "$(send bob "byte$n" "$1")" && hears bob "\"cid\":\"byte$n\"|\"seq\":$(number seq),"
	wanted=$(printf '"%s"\n' "$1" | jq -j . | sum)
	is "$(printf '%s\n' "$line" | jq -j .text | sum)" "$wanted" &&
		is "$(sql "select md5(body) from chat.messages where cid = 'byte$n'")" "$wanted"
}
t 'Chinese' arrives '你好，世界！今天晚上吃什么？'
t 'emoji, joined and coloured' arrives '👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪'
t 'the same as escapes' arrives '\ud83d\udc69\u200d\ud83d\udc67 \uD83C\uDFFD'
t 'quotes' arrives '\"double\" '\''single'\'' `back` „unten“ «»'
t 'backslashes' arrives '\\ \\\\ \\n \\u0041 C:\\dir\\'
t 'what SQL, printf and HTML might take' arrives "'; drop table chat.messages; -- %s %n \$1 </script> {} [] :"
t 'line ends and tabs' arrives 'one\ntwo\r\nthree\ttab'
t 'control characters' arrives '\u0001\u001f\u007f\u0080\u009f\b\f'
t 'Arabic, Hebrew, combining, byte order marks' arrives 'مرحبا שלום e\u0301 \ufeff\u202e\u2028'
t 'the first and the last characters' arrives '\u0020\ue000\ufffd\uffff\ud800\udc00\udbff\udfff'
t 'blanks around' arrives '   x   '
t '16,384 bytes' arrives "$(byte 16384 x)"
t '16,384 bytes of Chinese' arrives "$(byte 5461 好)x"
t '16,384 bytes, escaped to six times as many characters' no alice too_large "$(send bob long "$(byte 16384 '\u0001')")"
hears alice '"bye"' && gone alice
enter alice
t '10,000 of them' arrives "$(byte 10000 '\u0001')"
t 'one byte more is too large' no alice too_large "$(send bob byte "$(byte 16385 x)")"
t 'also in Chinese' no alice too_large "$(send bob byte "$(byte 5462 好)")"
t 'the connection goes on' yes alice '{"op":"ping"}'

section 'In order, and at most 256 in flight'
t 'bob acknowledges what he has' ack bob "$conv" 999999
t 'not more than there is' eventually 5 cursor_is bob default "$conv" "$(sql "select last_seq from chat.conversations where id = $conv")"
ack bob "$tea" 999999
talk forget bob
talk many alice '400 {"op":"send","to":"bob","cid":"many%d","text":"many %d"}'
t 'alice sends 400 without waiting' talk replies alice 400
t 'all are stored' is "$line" 'ok 400'
t 'each with the next number' is "$(sql "select count(distinct seq - substr(cid, 5)::int) from chat.messages where cid like 'many%'")" 1
t 'bob has 256' hears bob '"text":"many 256"'
t 'and no more' silent bob '"many'
t 'he did not miss one' is "$(talk count bob '"many' && echo "$line")" 256
first=$(sql "select seq from chat.messages where cid = 'many1'")
ack bob "$conv" $((first + 99))
t 'he acknowledges 100 and gets 100' hears bob '"text":"many 356"'
t 'exactly' silent bob '"many'
ack bob "$conv" $((first + 399))
t 'then the rest' hears bob '"text":"many 400"'
t 'all 400, in order' is "$(sed -n 's/^[0-9.]* < .*"text":"many \([0-9]*\)".*/\1/p' "$dir/bob.talk" | tr '\n' ' ')" "$(seq 400 | tr '\n' ' ')"
ack bob "$conv" $((first + 399))

section 'ack'
enter dave
talk forget dave
yes alice "$(send dave d1 one)"
dc=$(field conv)
yes alice "$(send dave d2 two)"
yes alice "$(send dave d3 three)"
hears dave '"text":"three"'
t 'an ack without rid' talk put dave "{\"op\":\"ack\",\"conv\":$dc,\"seq\":2}"
t 'has no reply' yes dave '{"op":"ping","rid":9}'
t 'this is of the next' is "$(field rid)" 9
t 'it is stored soon' eventually 5 cursor_is dave default "$dc" 2
t 'and alice hears that it arrived' hears alice "^\\{\"ev\":\"delivered\",\"conv\":$dc,\"seq\":2,\"user\":\\{\"id\":$(id dave),\"name\":\"dave\"\\}\\}\$"
t 'an ack with rid' yes dave "{\"op\":\"ack\",\"conv\":$dc,\"seq\":1,\"rid\":\"a\"}"
t 'has one' is "$(field rid)" a
t 'of more than there is' ack dave "$dc" 1000000
t 'counts to the end' eventually 5 cursor_is dave default "$dc" 3
ack dave "$dc" 1
t 'of a conversation that is not mine' ack dave "$conv" 5
t 'bad acks' no dave bad_request '{"op":"ack","rid":1}'
t 'for example' no dave bad_request "{\"op\":\"ack\",\"conv\":$dc,\"seq\":0,\"rid\":1}"
t 'are refused also without rid, silently' talk put dave '{"op":"ack","seq":"x"}'
yes dave '{"op":"ping","rid":10}'
t 'so' is "$(field rid)" 10
hang dave
t 'dave is gone' eventually 5 logged_out dave
t 'a cursor never goes back' is "$(cursor dave default "$dc")" 3
sql "select chat.ack((select d.id from chat.devices d join chat.users u on u.id = d.user_id where u.name = 'dave'), array[$dc, $conv], '{1000000,1}')" >/dev/null
t 'nor beyond, nor to other conversations, whoever asks' is "$(sql "select conv_id, acked_seq from chat.cursors k join chat.devices d on d.id = k.device_id where d.user_id = $(id dave)")" "$dc|3"
t 'in a group nobody hears of it' ack bob "$tea" 5
yes alice "$(send bob d4 four)"
hears bob '"text":"four"'
ack bob "$conv" 999999
t 'when the direct one is heard of' hears alice '"ev":"delivered","conv":'"$conv"
t 'the group was not' silent alice '"ev":"delivered","conv":'"$tea"

section 'Offline'
carol=$(sql "select id from chat.conversations where lo = least($(id alice), $(id carol)) and hi = greatest($(id alice), $(id carol))")
yes alice "$(send carol o2 zwei)"
yes bob "$(send carol o1 eins)"
other=$(field conv)
yes alice "$(send carol o3 '三')"
t 'psql shows what waits for one who never logged in' pending_is carol "$(printf -- '- %s:1 - %s:2 - %s:3 - %s:1' "$carol" "$carol" "$carol" "$other")"
t 'with its sender and length' is "$(sql "select kind, sender, bytes from chat.pending where name = 'carol' and conv_id = $carol and seq = 3")" 'text|alice|3'
t 'carol logs in' enter carol "$NODE_B"
t 'and gets it' hears carol '"ev":"synced"'
backlog() { # NAME: what it heard since it called last, as conv:seq
	sed -n '/ > {"op":"\(login\|resume\)"/h; /"ev":"message"/H; ${ x; p; }' "$dir/$1.talk" |
		sed -n 's/.*"ev":"message","conv":\([0-9]*\),"seq":\([0-9]*\),.*/\1:\2/p' | tr '\n' ' '
}
t 'each once, in order, by conversation' is "$(backlog carol)" "$carol:1 $carol:2 $carol:3 $other:1 "
hang carol
enter carol
hears carol '"ev":"synced"'
t 'not acknowledged, it comes again' is "$(backlog carol)" "$carol:1 $carol:2 $carol:3 $other:1 "
ack carol "$carol" 2
ack carol "$other" 1
t 'psql sees the acknowledgement' eventually 5 pending_is carol "default $carol:3"
hang carol
enter carol
hears carol '"ev":"synced"'
t 'what is left comes again' is "$(backlog carol)" "$carol:3 "
t 'live traffic goes on there' yes alice "$(send carol o4 vier)"
t 'where the backlog ended' hears carol '"seq":4,.*"text":"vier"'
ack carol "$carol" 4
eventually 5 pending_is carol ''
hang carol
enter carol
hears carol '"ev":"synced"'
t 'then nothing waits' is "$(backlog carol)" ''

section 'Several devices'
enter carol@phone "$NODE_B"
hears carol@phone '"ev":"synced"'
t 'a new device of one who acknowledged elsewhere starts at the end' is "$(backlog carol@phone)" ''
enter alice@phone "$NODE_B"
talk forget alice@phone
talk forget carol
yes alice "$(send carol s1 both)"
seq=$(field seq)
t 'a message reaches the one' hears carol '"text":"both"'
t 'and the other' hears carol@phone '"text":"both"'
t 'without its cid' is "$(field cid)" null
t "and the sender's other one" hears alice@phone '"text":"both"'
t 'with it' is "$(field cid) $(field from.name) $(field to.name)" 's1 alice carol'
ack carol@phone "$carol" "$seq"
t 'an ack of one' eventually 5 cursor_is carol phone "$carol" "$seq"
t 'does not move the other' cursor_is carol default "$carol" 4
t 'for which it still waits' pending_is carol "default $carol:$seq"
hang alice@phone
eventually 5 sql_is 0 "select count(*) from chat.online where device = 'phone' and name = 'alice'"
yes alice "$(send carol s2 'while the phone is off')"
enter alice@phone
t 'the own message waits for the own other device' hears alice@phone '"text":"while the phone is off"'
t 'with the cid' is "$(field cid)" s2
hang carol@phone
eventually 5 sql_is 0 "select count(*) from chat.online where device = 'phone' and name = 'carol'"
enter eve
t 'a conversation that begins later' yes eve "$(send carol n1 new)"
enter carol@phone
t 'is new to a device that was away' hears carol@phone '"seq":1,.*"text":"new"'
hang carol@phone alice@phone

section 'read'
talk forget alice
t 'carol has read up to 3' yes carol "{\"op\":\"read\",\"conv\":$carol,\"seq\":3}"
t 'says the answer' is "$(field conv) $(field seq)" "$carol 3"
t 'alice hears it' hears alice "^\\{\"ev\":\"read\",\"conv\":$carol,\"seq\":3,\"user\":\\{\"id\":$(id carol),\"name\":\"carol\"\\}\\}\$"
t 'the mark never goes back' yes carol "{\"op\":\"read\",\"conv\":$carol,\"seq\":1}"
t 'but stays' is "$(field seq) $(sql "select read_seq from chat.members where conv_id = $carol and user_id = $(id carol)")" '3 3'
t 'nobody is told of that' silent alice '"ev":"read"'
t 'nor does it go beyond the end' yes carol "{\"op\":\"read\",\"conv\":$carol,\"seq\":1000000}"
last=$(sql "select last_seq from chat.conversations where id = $carol")
t 'but there' is "$(field seq) $(sql "select read_seq from chat.members where conv_id = $carol and user_id = $(id carol)")" "$last $last"
t 'psql counts what is not read' is "$(sql "select unread from chat.unread where name = 'carol' and conv_id = $carol")" ''
enter bob@phone
talk forget bob
talk forget alice
yes bob@phone "{\"op\":\"read\",\"conv\":$tea,\"seq\":4}"
t 'my other device hears what I read' hears bob '"ev":"read","conv":'"$tea"',"seq":4'
yes bob@phone "{\"op\":\"read\",\"conv\":$conv,\"seq\":2}"
hears alice '"ev":"read"'
t 'the others of a group do not' is "$(field conv)" "$conv"
hang bob@phone
t 'nobody marks what others say' no eve forbidden "{\"op\":\"read\",\"conv\":$conv,\"seq\":1}"
t 'nor what is not there' no eve forbidden '{"op":"read","conv":999999,"seq":1}'
t 'nor without a number' no eve bad_request "{\"op\":\"read\",\"conv\":$conv}"

section 'typing'
was=$(rows)
t 'alice is typing' yes alice '{"op":"typing","to":"bob"}'
t 'bob sees it' hears bob "^\\{\"ev\":\"typing\",\"conv\":$conv,\"user\":\\{\"id\":$(id alice),\"name\":\"alice\"\\}\\}\$"
t 'in the group' yes alice '{"op":"typing","group":"tea"}'
t 'he sees it, too' hears bob '"ev":"typing","conv":'"$tea"
t 'in any conversation' yes bob "{\"op\":\"typing\",\"conv\":$tea}"
hears alice '"ev":"typing"'
t 'who types does not' silent bob '"ev":"typing"'
t 'it is not stored' is "$(rows)" "$was"
t 'to one with whom nobody spoke' yes alice '{"op":"typing","to":"eve"}'
t 'makes no conversation' is "$(sql "select count(*) from chat.conversations where $(id eve) in (lo, hi)")" 1
t 'nobody types where he is not' no eve forbidden '{"op":"typing","group":"tea"}'
t 'nor there' no eve forbidden "{\"op\":\"typing\",\"conv\":$conv}"
t 'nor to nobody' no eve not_found '{"op":"typing","to":"nobody"}'
t 'nor nowhere' no eve bad_request '{"op":"typing"}'

section 'edit'
entry() { # SEQ COLUMNS
	sql "select $2 from chat.messages where conv_id = $conv and seq = $1"
}
last_is() {
	is "$(sql "select last_seq from chat.conversations where id = $conv")" "$1"
}
yes alice "$(send bob e1 helo)"
seq=$(field seq)
talk forget bob
edit() { # SEQ CID TEXT
	printf '%s\n' "{\"op\":\"edit\",\"conv\":$conv,\"seq\":$1,\"cid\":\"$2\",\"text\":\"$3\"}"
}
t 'alice mends a text' yes alice "$(edit "$seq" e2 hello)"
t 'by an entry of its own' is "$(field conv) $(field seq)" "$conv $((seq + 1))"
t 'bob hears it' hears bob '"kind":"edit"'
t 'with what it is about' is "$(field seq) $(field ref) $(field text) $(field from.name)" "$((seq + 1)) $seq hello alice"
t 'the entry says so for ever' is "$(entry "$seq" 'body, edited_at is not null') $(entry $((seq + 1)) 'kind, ref, body')" "hello|t edit|$seq|hello"
t 'history has the latest' yes bob "{\"op\":\"history\",\"to\":\"alice\",\"after\":$((seq - 1))}"
t 'and says when' like "$(field 'messages[0].text') $(field 'messages[0].edited_at') $(field 'messages[1].kind') $(field 'messages[1].ref')" "^hello 20[0-9T:.-]+Z edit $seq\$"
t 'the same again' yes alice "$(edit "$seq" e2 hello)"
t 'is the same' is "$(field seq) $(field dup)" "$((seq + 1)) true"
t 'with another text it is a conflict' no alice conflict "$(edit "$seq" e2 hallo)"
t 'with the cid of a message, too' no alice conflict "$(edit "$seq" e1 hallo)"
t 'and the other way round' no alice conflict "$(send bob e2 hello)"
t 'the message sent again is still that message' yes alice "$(send bob e1 helo)"
t 'with its number' is "$(field seq) $(field dup)" "$seq true"
t 'bob does not mend what alice said' no bob forbidden "$(edit "$seq" b1 bye)"
t 'nor what nobody said' no bob not_found "$(edit 999999 b1 bye)"
t 'an edit is no text' no alice not_found "$(edit $((seq + 1)) e3 bye)"
t 'nor does eve' no eve forbidden "$(edit "$seq" x bye)"
t 'nor elsewhere' no eve not_found '{"op":"edit","conv":999999,"seq":1,"cid":"x","text":"bye"}'
t 'a text is wanted' no alice bad_request "$(edit "$seq" e3 '')"
t 'not too large' no alice too_large "$(edit "$seq" e3 "$(byte 16385 x)")"
t 'and a cid' no alice bad_request "$(edit "$seq" '' x)"
t 'and a number' no alice bad_request "{\"op\":\"edit\",\"conv\":$conv,\"text\":\"x\",\"cid\":\"e3\"}"
t 'nothing of that was counted' last_is $((seq + 1))

section 'delete'
delete() { # SEQ CID
	printf '%s\n' "{\"op\":\"delete\",\"conv\":$conv,\"seq\":$1,\"cid\":\"$2\"}"
}
talk forget bob
t 'bob does not delete what alice said' no bob forbidden "$(delete "$seq" d1)"
t 'nor does eve' no eve forbidden "$(delete "$seq" d1)"
t 'nor anybody what nobody said' no alice not_found "$(delete 999999 d1)"
t 'a cid is wanted' no alice bad_request "$(delete "$seq" '')"
t 'nothing was deleted' entry "$seq" 'deleted_at is null'
t 'alice takes it back' yes alice "$(delete "$seq" d1)"
t 'by an entry of its own' is "$(field seq)" $((seq + 2))
t 'bob hears it' hears bob '"kind":"delete"'
t 'with what it is about' is "$(field seq) $(field ref) $(field text)" "$((seq + 2)) $seq "
t 'the text is gone wherever it stood' is "$(sql "select count(*) from chat.messages where conv_id = $conv and body like 'h%llo'")" 0
t 'the entries are there' is "$(entry "$seq" 'kind, body, deleted_at is not null') $(entry $((seq + 1)) 'kind, body')" 'text||t edit|'
t 'so in history' yes bob "{\"op\":\"history\",\"conv\":$conv,\"after\":$((seq - 1))}"
t 'with the time' like "$(field 'messages[0].text')|$(field 'messages[0].deleted_at')|$(field 'messages[2].ref')" "^\\|20[0-9T:.-]+Z\\|$seq\$"
t 'the same again' yes alice "$(delete "$seq" d1)"
t 'is the same' is "$(field seq) $(field dup)" "$((seq + 2)) true"
t 'it is deleted once' no alice not_found "$(delete "$seq" d2)"
t 'and not mended any more' no alice not_found "$(edit "$seq" e4 back)"
t 'the edit sent again is no news' yes alice "$(edit "$seq" e2 hello)"
t 'nor the message' yes alice "$(send bob e1 helo)"
t 'which is' is "$(field seq) $(field dup)" "$seq true"
last_is $((seq + 2))

yes bob '{"op":"send","group":"tea","cid":"g1","text":"rude"}'
seq=$(field seq)
yes bob '{"op":"send","group":"tea","cid":"g2","text":"mild"}'
t 'an admin deletes what others say in the group' yes alice "{\"op\":\"delete\",\"conv\":$tea,\"seq\":$seq,\"cid\":\"g1\"}"
t 'but does not put words into their mouths' no alice forbidden "{\"op\":\"edit\",\"conv\":$tea,\"seq\":$((seq + 1)),\"cid\":\"g2\",\"text\":\"nice\"}"
yes alice '{"op":"send","group":"tea","cid":"g3","text":"hm"}'
t 'a member does not delete those of others' no bob forbidden "{\"op\":\"delete\",\"conv\":$tea,\"seq\":$(number seq),\"cid\":\"g4\"}"
yes bob "{\"op\":\"edit\",\"conv\":$tea,\"seq\":$((seq + 1)),\"cid\":\"g6\",\"text\":\"milder\"}"
milder=$(field seq)
yes bob '{"op":"send","group":"tea","cid":"g7","text":"gone"}'
gone=$(field seq)
yes bob "{\"op\":\"delete\",\"conv\":$tea,\"seq\":$gone,\"cid\":\"g8\"}"
yes alice '{"op":"group_kick","group":"tea","user":"bob"}'
t 'who was put out hears what became of an edit' yes bob "{\"op\":\"edit\",\"conv\":$tea,\"seq\":$((seq + 1)),\"cid\":\"g6\",\"text\":\"milder\"}"
t 'namely' is "$(field seq) $(field dup)" "$milder true"
t 'and of a deletion' yes bob "{\"op\":\"delete\",\"conv\":$tea,\"seq\":$gone,\"cid\":\"g8\"}"
t 'with its number' is "$(field seq) $(field dup)" "$((gone + 1)) true"
t 'with other words it is a conflict' no bob conflict "{\"op\":\"edit\",\"conv\":$tea,\"seq\":$((seq + 1)),\"cid\":\"g6\",\"text\":\"mildest\"}"
t 'and nothing new is edited' no bob forbidden "{\"op\":\"edit\",\"conv\":$tea,\"seq\":$((seq + 1)),\"cid\":\"g9\",\"text\":\"mildest\"}"
t 'nor deleted' no bob forbidden "{\"op\":\"delete\",\"conv\":$tea,\"seq\":$((seq + 1)),\"cid\":\"g9\"}"
yes bob '{"op":"group_join","group":"tea"}'
yes bob "$(send alice k1 hello)"
hello=$(field seq)
yes bob "$(edit "$hello" k2 hi)"
yes alice '{"op":"block","user":"bob"}'
t 'so does who was blocked' yes bob "$(edit "$hello" k2 hi)"
t 'who changes nothing either' no bob blocked "$(edit "$hello" k3 ho)"
yes alice '{"op":"unblock","user":"bob"}'
t 'the log itself is not deleted' no alice not_found "{\"op\":\"delete\",\"conv\":$tea,\"seq\":1,\"cid\":\"g5\"}"
hang eve carol dave

section 'How objects arrive'
t 'an object may be cut at every byte' talk split alice '{"op":"send","to":"bob","cid":"split","text":"好 \ud83d\ude00 \\ \" }"}'
t 'it always arrives' is "$line" "$(printf %s '{"op":"send","to":"bob","cid":"split","text":"好 \ud83d\ude00 \\ \" }"}' | wc -c | awk '{ print $1 - 1 " of " $1 - 1 }')"
t 'stored once' is "$(sql "select body from chat.messages where cid = 'split'")" '好 😀 \ " }'
framed() { # BYTES-AT-ONCE SEPARATOR: three requests of any kind
	talk raw alice "$1 {\"op\":\"ping\",\"rid\":1}$2{\"op\":\"typing\",\"to\":\"bob\",\"rid\":2}$2{\"rid\":\"3\",\"op\":\"nothing\"}$2" &&
		talk reply alice 5 && like "$line" '"rid":1,"ok":true' && talk reply alice 5 && like "$line" '"rid":2,"ok":true' &&
		talk reply alice 5 && like "$line" '"rid":"3","ok":false,"error":"unknown_op"'
}
for part in 0 1 7; do
	case $part in 0) how='in one segment' ;; *) how="$part byte(s) at a time" ;; esac
	t "ended by LF, $how" framed $part '\n'
	t "by CRLF, $how" framed $part '\r\n'
	t "by NUL, $how" framed $part '\0'
	t "by nothing, $how" framed $part ''
	t "with white space and NULs between, $how" framed $part ' \t\n\0\0 \r\n'
done
t 'the answers keep the order of the requests' talk raw alice '0 {"op":"send","to":"bob","cid":"o1","text":"1","rid":1}{"op":"send","to":"bob","cid":"o2","rid":2}{"op":"send","to":"bob","cid":"o3","text":"3","rid":3}{"op":"ping","rid":4}nonsense\n{"op":"send","to":"nobody","cid":"o4","text":"4","rid":5}{"op":"send","group":"tea","cid":"o5","text":"5","rid":6}{"op":"send","to":"bob","cid":"o1","text":"1","rid":7}{"op":"send","to":"bob","cid":"o1","text":"not 1","rid":8}{"op":"send","to":"bob","cid":"o9","text":"9","rid":9}'
got=''
for _ in 1 2 3 4 5 6 7 8 9 10; do
	talk reply alice 5
	case $line in *'"ok":true'*) how=ok ;; *) how=$(field error) ;; esac
	got="$got$(field rid):$how$(field dup | sed 's/null//; s/true/-dup/') "
done
t 'all of them' is "$got" '1:ok 2:bad_request 3:ok 4:ok null:bad_json 5:not_found 6:ok 7:ok-dup 8:conflict 9:ok '
t 'and are stored in order' is "$(sql "select string_agg(body, ' ' order by seq) from chat.messages where conv_id = $conv and cid like 'o_'")" '1 3 9'

t 'every invariant holds' is "$(broken)" ''
finish
