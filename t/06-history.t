#!/bin/sh
# Looking back: history to both ends, conversations with what is unread, search in any script.
# shellcheck disable=SC1003,SC2016,SC2317
. t/lib.sh
stack --nodes 1
. t/talk.sh
people ann bob cat dan

enter ann
enter bob
enter cat
enter dan

seqs() { # of the messages in $line
	field 'messages|map(.seq|tostring)|join(" ")'
}
bodies() {
	field 'messages|map(.text)|join("|")'
}
page() { # FIELDS: what bob's history then shows, and whether there is more
	yes bob "{\"op\":\"history\",\"to\":\"ann\"$1}" && echo "$(seqs) $(field more)"
}

section 'history'
t 'where nothing was ever said' yes ann '{"op":"history","to":"bob"}'
t 'there is nothing' is "$line" '{"ok":true,"conv":null,"messages":[],"more":false}'
t 'and no conversation is made' is "$(sql 'select count(*) from chat.conversations')" 0
talk many ann '230 {"op":"send","to":"bob","cid":"%d","text":"text %d"}'
talk replies ann 230
conv=$(sql 'select id from chat.conversations')
t 'history shows the last 50' is "$(page '')" "$(seq 181 230 | tr '\n' ' ')true"
yes bob '{"op":"history","to":"ann"}'
t 'ascending, as they are' is "$(field 'messages[49]|[.conv,.seq,.kind,.from.name,.to.name,.text,.cid]|map(tostring)|join(" ")')" "$conv 230 text ann bob text 230 null"
t 'with the time the database has' is "$(field 'messages[49].at')" "$(sql 'select chat.rfc3339(sent_at) from chat.messages where seq = 230')"
t 'those before' is "$(page ',"before":181,"limit":3')" '178 179 180 true'
t 'up to the beginning' is "$(page ',"before":4,"limit":3')" '1 2 3 false'
t 'or less' is "$(page ',"before":3,"limit":3')" '1 2 false'
t 'or nothing' is "$(page ',"before":1')" ' false'
t 'before what is not there yet' is "$(page ',"before":1000,"limit":2')" '229 230 true'
t 'those after' is "$(page ',"after":0,"limit":2')" '1 2 true'
t 'and so on' is "$(page ',"after":2,"limit":2')" '3 4 true'
t 'up to the end' is "$(page ',"after":228,"limit":2')" '229 230 false'
t 'or less' is "$(page ',"after":229,"limit":2')" '230 false'
t 'or nothing' is "$(page ',"after":230')" ' false'
t 'at most 200' is "$(page ',"after":0,"limit":200')" "$(seq 1 200 | tr '\n' ' ')true"
paged() { # all of it, backwards, by pages of 60
	before=100000 all=''
	while yes bob "{\"op\":\"history\",\"conv\":$conv,\"before\":$before,\"limit\":60}"; do
		all="$(seqs) $all"
		[ "$(field more)" = true ] || break
		before=$(field 'messages[0].seq')
	done
	echo "$all"
}
t 'page by page it is everything' is "$(paged)" "$(seq 1 230 | tr '\n' ' ')"
t 'by the id of a user' yes bob "{\"op\":\"history\",\"to\":$(sql "select id from chat.users where name = 'ann'"),\"limit\":1}"
t 'it is the same' is "$(field conv) $(seqs)" "$conv 230"
for request in '' ',"to":"ann","conv":1' ',"to":"ann","before":5,"after":2' ',"to":"ann","limit":0' ',"to":"ann","limit":201' \
	',"to":"ann","limit":"5"' ',"to":"ann","before":0' ',"to":"ann","after":-1' ',"to":7.5' ',"to":null' ',"conv":"1"'; do
	t "bad: $request" talk ask bob "{\"op\":\"history\"$request}"
	t 'is refused' like "$line" '"error":"bad_(request|json)"'
done
t 'not that of others' no cat forbidden "{\"op\":\"history\",\"conv\":$conv}"
t 'not of nobody' no cat not_found '{"op":"history","to":"nobody"}'
t 'not what is not there' no cat not_found '{"op":"history","conv":999999}'
t 'nor a group that is none' no cat not_found '{"op":"history","group":"nothing"}'

section 'A group: from the own join, with all entries'
yes ann '{"op":"group_create","name":"g"}'
g=$(field group.id)
yes ann '{"op":"send","group":"g","cid":"1","text":"before"}'
yes bob '{"op":"group_join","group":"g"}'
yes ann '{"op":"send","group":"g","cid":"2","text":"after"}'
yes bob '{"op":"group_leave","group":"g"}'
yes ann '{"op":"send","group":"g","cid":"3","text":"later"}'
t 'a former member sees the own time' yes bob '{"op":"history","group":"g"}'
t 'from the join to the leave' is "$(field 'messages|map("\(.seq) \(.kind) \(.from.name)")|join(", ")') $(field more)" '3 join bob, 4 text ann, 5 leave bob false'
t 'not past the ends' yes bob '{"op":"history","group":"g","before":3}'
t 'that' is "$(seqs) $(field more)" ' false'
t 'nor there' yes bob '{"op":"history","group":"g","after":5}'
t 'either' is "$(seqs) $(field more)" ' false'

section 'convs'
t 'who has no conversations' yes dan '{"op":"convs"}'
t 'has none' is "$(field convs)" '[]'
yes cat '{"op":"send","to":"bob","cid":"1","text":"hello bob"}'
yes bob '{"op":"send","to":"dan","cid":"1","text":"hello dan"}'
t "bob's conversations" yes bob '{"op":"convs"}'
t 'the newest first' is "$(field 'convs|map(if .kind == "group" then "#" + .group.name else .peer.name end)|join(" ")')" 'dan cat #g ann'
t 'with how much is not read' is "$(field 'convs|map(.unread|tostring)|join(" ")')" '0 1 1 230'
t 'and how long they are, for bob' is "$(field 'convs|map(.last_seq|tostring)|join(" ")')" '1 1 5 230'
t 'and their last entry' is "$(field 'convs|map("\(.last.from.name) \(.last.kind) \(.last.text)")|join(", ")')" 'bob text hello dan, cat text hello bob, bob leave , ann text text 230'
t 'psql counts the same' is "$(sql "select string_agg(unread::text, ' ' order by unread) from chat.unread where name = 'bob'")" '1 1 230'
yes bob "{\"op\":\"read\",\"conv\":$conv,\"seq\":200}"
yes bob "{\"op\":\"ack\",\"conv\":$conv,\"seq\":220,\"rid\":1}"
acked_is() {
	yes bob '{"op":"convs"}' && is "$(field 'convs|map(select(.peer.name == "ann"))[0]|"\(.acked) \(.read) \(.unread)"')" "$1"
}
t 'what is read and acknowledged shows' eventually 5 acked_is '220 200 30'
yes ann '{"op":"send","to":"bob","cid":"new","text":"new"}'
t 'a new message brings its conversation to the top' yes bob '{"op":"convs"}'
t 'and is not read' is "$(field 'convs[0]|"\(.peer.name) \(.last_seq) \(.unread) \(.last.text)"')" 'ann 231 31 new'

section 'search'
say_() { # FROM TO TEXT
	yes "$1" "{\"op\":\"send\",\"to\":\"$2\",\"cid\":\"$(date +%s%N)\",\"text\":\"$3\"}"
}
say_ ann bob '明天去看电影吗？'
say_ bob ann 'Straße, ÄPFEL and Œuvre'
say_ ann bob 'Привет, Мир'
say_ ann bob '100% sure'
say_ ann bob '1000 sure'
say_ ann bob 'snake_case'
say_ ann bob 'snakeXcase'
say_ ann bob 'back\\\\slash'
say_ ann bob "O'Brien said \\\"no\\\""
say_ ann cat 'a secret film: 看电影'
finds() { # NAME TEXT [MORE]
	yes "$1" "{\"op\":\"search\",\"text\":\"$2\"${3-}}" && bodies
}
t 'Chinese' is "$(finds bob 看电影)" '明天去看电影吗？'
t 'a single character of it' is "$(finds bob 影)" '明天去看电影吗？'
t 'Latin whatever the case' is "$(finds bob 'äpfel AND œUVRE')" 'Straße, ÄPFEL and Œuvre'
t 'Cyrillic, too' is "$(finds bob 'ПРИВЕТ, мир')" 'Привет, Мир'
t '% is a sign' is "$(finds bob '100%')" '100% sure'
t '_ too' is "$(finds bob 'snake_case')" 'snake_case'
t 'a backslash' is "$(finds bob 'back\\\\')" 'back\\slash'
t 'quotes' is "$(finds bob "o'brien said \\\"")" "O'Brien said \"no\""
t 'what is not there is not found' is "$(finds bob 'no such thing')" ''
t 'the newest first' is "$(finds bob 'text 22')" 'text 229|text 228|text 227|text 226|text 225|text 224|text 223|text 222|text 221|text 220|text 22'
yes bob '{"op":"search","text":"text 22"}'
t 'with all that a message has' is "$(field 'messages[0]|"\(.conv) \(.seq) \(.kind) \(.from.name) \(.to.name)"')" "$conv 229 text ann bob"
t 'as many as wanted' is "$(finds bob 'text 22' ',"limit":2')" 'text 229|text 228'
t 'the ones before' is "$(finds bob 'text 22' ",\"limit\":2,\"before_at\":\"$(sql "select chat.rfc3339(sent_at) from chat.messages where body = 'text 230'")\"")" \
	"$(sql "select string_agg(body, '|') from (select body from chat.messages where body like 'text 22%' and sent_at < (select sent_at from chat.messages where body = 'text 230') order by sent_at desc, seq desc limit 2) x")"
t 'any time will do' is "$(finds bob 影 ',"before_at":"2000-01-01T00:00:00Z"')" ''
for at in yesterdayish yesterday now infinity '' 2026-03-01 '2026-03-01 12:00:00Z' 2026-03-01T12:00Z 2026-03-01T12:00:00 \
	2026-02-30T12:00:00Z 2026-03-01T24:00:00Z '2026-03-01T12:00:00 Europe/Berlin' ' 2026-03-01T12:00:00Z'; do
	t "not a time of RFC 3339: $at" no bob bad_request "{\"op\":\"search\",\"text\":\"x\",\"before_at\":\"$at\"}"
	t 'says the refusal' like "$line" '"message":"before_at: '
done
for at in 2999-01-01t00:00:00z 2999-01-01T00:00:00.123456789+08:00 2998-12-31T23:59:60Z; do
	t "a time of RFC 3339: $at" is "$(finds bob 影 ",\"before_at\":\"$at\"")" '明天去看电影吗？'
done
t 'even one in the future' is "$(finds bob 影 ',"before_at":"2999-01-01T00:00:00Z"')" '明天去看电影吗？'
t 'within one conversation' is "$(finds ann 看电影 ',"to":"cat"')" 'a secret film: 看电影'
t 'by its id' is "$(finds ann 看电影 ",\"conv\":$conv")" '明天去看电影吗？'
t 'without it in all of mine' is "$(finds ann 看电影)" 'a secret film: 看电影|明天去看电影吗？'
t 'in one that was never begun' is "$(finds ann x ',"to":"dan"')" ''
t 'only what I may see' is "$(finds dan 看电影)" ''
t 'not in the conversations of others' no dan forbidden "{\"op\":\"search\",\"text\":\"x\",\"conv\":$conv}"
t 'nor in what is not there' no dan not_found '{"op":"search","text":"x","group":"nothing"}'
t 'nor with nobody' no dan not_found '{"op":"search","text":"x","to":"nobody"}'
t 'a former member finds from the join to the leave' is "$(finds bob 'after' ',"group":"g"')" 'after'
t 'not before' is "$(finds bob 'before')" ''
t 'not later' is "$(finds bob 'later')" ''
t 'while a member does' is "$(finds ann 'later')" later
t 'entries that are no texts are not found' is "$(finds bob bob)" 'hello bob'
yes ann '{"op":"send","to":"bob","cid":"e","text":"misspelled wurd"}'
yes ann "{\"op\":\"edit\",\"conv\":$conv,\"seq\":$(number seq),\"cid\":\"e2\",\"text\":\"a better word\"}"
t 'what was edited is found by its latest text' is "$(finds bob 'better word')" 'a better word'
t 'not by the old one' is "$(finds bob wurd)" ''
yes ann "{\"op\":\"delete\",\"conv\":$conv,\"seq\":$(sql "select max(seq) - 1 from chat.messages where conv_id = $conv"),\"cid\":\"d\"}"
t 'nor what was deleted' is "$(finds bob 'better word')" ''
for request in '' ',"text":""' ',"text":7' ",\"text\":\"$(printf '%01025d' 7)\"" ',"text":"x","limit":0' ',"text":"x","limit":201' \
	',"text":"x","before_at":7' ',"text":"x","to":"ann","conv":1' ',"text":"x","conv":0'; do
	t "bad: $(printf %.30s "$request")" no bob bad_request "{\"op\":\"search\"$request}"
done

section 'history: all'
yes ann "{\"op\":\"group_set\",\"group\":$g,\"history\":\"all\"}"
t 'opened later, it shows a former member no more than before' yes bob "{\"op\":\"history\",\"group\":$g,\"limit\":2,\"after\":0}"
t 'that is, from the own join on' is "$(seqs)" "$(sql "select joined_seq || ' ' || joined_seq + 1 from chat.members m join chat.users u on u.id = m.user_id where u.name = 'bob' and m.conv_id = $g")"
t 'what was said before is not found' is "$(finds bob before)" ''
t 'but never what came after the leave' is "$(finds bob later)" ''
t 'by history neither' yes bob "{\"op\":\"history\",\"group\":$g,\"after\":5}"
t 'that is' is "$(seqs) $(field more)" ' false'

t 'every invariant holds' is "$(broken)" ''
finish
