#!/bin/sh
# Hostile input: garbage, forged fields, SQL where a text is wanted. Always an answer, never harm.
# shellcheck disable=SC2016,SC2317
. t/lib.sh
stack --nodes 1
. t/talk.sh
people alice bob mallory

enter alice
enter bob

section 'From other worlds'
world() { # BYTES, with escapes
	call world && talk raw world "0 $1" && talk reply world 5 && like "$line" '"error":"bad_json"' && hang world
}
t 'TLS' world '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\n'
t 'SSH' world 'SSH-2.0-OpenSSH_9.2\r\n'
t 'the PROXY protocol where it is not expected' world 'PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n'
t 'UTF-16' world '\xff\xfe{\x00"\x00\n'
t 'a terminal' world '\x1b[A\x1b[B\n'
call zero
t 'NULs without end' talk raw zero "0 $(perl -e 'print "\\0" x 20000')"
t 'are nothing' yes zero '{"op":"ping"}'
t 'nor are blanks' talk raw zero "0 $(perl -e 'print " \\n" x 20000')"
t 'at all' yes zero '{"op":"ping"}'
t 'who sends the half of it and goes' talk raw zero '0 {"op":"login","name":"ali'
t 'is gone' hang zero

section 'SQL and signs in all that is text'
evil="'; drop table chat.messages; -- \\\\ %s \$1 \\\" \`id\` <b>"
t 'SQL as a text' yes alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"$evil\",\"text\":\"$evil\"}"
t 'is a text' is "$(sql 'select body from chat.messages')" "'; drop table chat.messages; -- \\ %s \$1 \" \`id\` <b>"
t 'and a cid' is "$(sql 'select cid = body from chat.messages')" t
t 'also for the receiver' hears bob '"kind":"text"'
t 'as it was' is "$(field text)" "'; drop table chat.messages; -- \\ %s \$1 \" \`id\` <b>"
t 'sent again it is found' yes alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"$evil\",\"text\":\"$evil\"}"
t 'as a repetition' is "$(field dup)" true
t 'it is searched for' yes bob "{\"op\":\"search\",\"text\":\"$evil\"}"
t 'and found' is "$(field 'messages|length')" 1
t 'as a name of a group' yes alice '{"op":"group_create","name":"x'\''); delete from chat.users; --","description":"'\'' || version() || '\''"}'
t 'it is one' is "$(sql "select name || '|' || description from chat.conversations where kind = 'group'")" "x'); delete from chat.users; --|' || version() || '"
t 'that can be found' yes bob '{"op":"group_find","text":"'\''); delete"}'
t 'so' is "$(field 'groups|length')" 1
t 'as somebody' no bob not_found '{"op":"friend_add","user":"alice'\'' or true --"}'
t 'as a password' call x
t 'it is just wrong' no x bad_credentials '{"op":"login","name":"alice","password":"'\'' or true --"}'
t 'also in the name' no x bad_credentials '{"op":"login","name":"alice'\'' --","password":"x"}'
t 'as a token' no x bad_credentials '{"op":"resume","token":"'\'' or true --"}'
t 'as a device' yes x '{"op":"login","name":"mallory","password":"mallory-password","device":"'\''; drop schema chat; --"}'
t 'it is one' is "$(sql "select count(*) from chat.devices where name = '''; drop schema chat; --'")" 1
t 'and revoked like any' yes x '{"op":"device_revoke","device":"'\''; drop schema chat; --"}'
t 'all tables are there' is "$(sql "select count(*) from chat.messages where conv_id > 0")" 2

section 'Fields that nobody asked for'
alice=$(sql "select id from chat.users where name = 'alice'")
t 'who speaks is not for the client to say' yes bob "{\"op\":\"send\",\"to\":\"mallory\",\"cid\":\"f\",\"text\":\"forged\",\"from\":{\"id\":$alice,\"name\":\"alice\"},\"sender\":$alice,\"user\":\"alice\",\"at\":\"2001-01-01T00:00:00Z\",\"seq\":99,\"kind\":\"kick\",\"dup\":true,\"ok\":false,\"ref\":1}"
t 'nor when, nor with which number' like "$line" '"ok":true,"conv":[0-9]+,"seq":1,"at":"20[2-9][0-9]-[^"]*"\}$'
t 'it is what it is' is "$(sql "select u.name, seq, kind, ref is null, sent_at > now() - interval '1 minute' from chat.messages m join chat.users u on u.id = sender_id where body = 'forged'")" 'bob|1|text|t|t'
t 'an account' call x2
t 'gets no id of its choice' yes x2 '{"op":"register","name":"zoe","password":"zoe-password","id":1,"user":{"id":1},"disabled_at":null}'
t 'but the next' is "$(field user.id)" "$(sql "select max(id) from chat.users")"
t 'nobody acts as another' yes bob "{\"op\":\"friend_add\",\"user\":\"mallory\",\"from\":\"alice\",\"user_id\":$alice}"
t 'but for himself' is "$(sql "select u.name from chat.friends f join chat.users u on u.id = f.user_id")" bob
t 'unknown fields do no harm' yes bob '{"op":"ping","x":1,"y":[{"z":null}],"":"","__proto__":{},"op ":"logout"}'
t 'a second op is bad' no bob bad_json '{"op":"ping","op":"logout"}'
t 'in any spelling' no bob bad_json '{"op":"ping","\u006fp":"logout"}'
t 'what is an answer or an event is no request' no bob bad_request '{"ev":"message","conv":1,"seq":1}'
t 'nor is nothing' no bob bad_request '{}'
t 'an op is a string' no bob bad_request '{"op":["ping"]}'
t 'written as it is' no bob unknown_op '{"op":"PING"}'
t 'without blanks' no bob unknown_op '{"op":" ping"}'
t 'nor is an event of mine passed on as one' yes bob '{"op":"send","to":"alice","cid":"n","text":"\"}\n{\"ev\":\"bye\",\"reason\":\"abuse\"}\n"}'
t 'but as a text' hears alice '"kind":"text".*ev.*bye'
t 'and no bye' silent alice '^\{"ev":"bye"'

section 'Whole batteries, each on a connection of its own'
case_of() { # WHICH AT-LEAST
	perl t/hostile.pl "$1" "$NODE_A" "$suite" >"$dir/$1.hostile" 2>&1
	is "$(sed '$d' "$dir/$1.hostile")" '' && [ "$(sed -n '$s/ cases$//p' "$dir/$1.hostile")" -ge "$2" ]
}
suite=../shared/jsontestsuite/test_parsing
[ -d "$suite" ] || suite=''
t 'no JSON that RFC 8259 forbids is taken, and each is answered' case_of json 200
t 'a wrong value in any field of any operation is answered, and not by internal' case_of fields 1000
t 'noise, too' case_of noise 1500
t 'nothing of it was stored in a name' is "$(sql 'select count(*) from chat.users')" 4
t 'others have not noticed' yes alice '{"op":"ping"}'

t 'nobody died' not grep -qE 'session_died|spare_died|keeper_died' "$dir/a.log"
t 'no password, text or token is in the log' not grep -qE 'alice-password|forged|drop table' "$dir/a.log"
t 'every invariant holds' is "$(broken)" ''
finish
