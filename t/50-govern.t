#!/bin/sh
# What an administrator does with psql: it holds at once for those who are logged in, on every node.
# shellcheck disable=SC2016,SC2154,SC2317
. t/lib.sh
stack --nodes 2
. t/talk.sh
people alice bob carol dave erin mallory

admin() { # CALL: by somebody who may do this and nothing else
	sql "set role chat_admin; select chat.$1"
}
fails() { # REGEX STATEMENT
	! sql "$2" >"$dir/why" 2>&1 && like "$(cat "$dir/why")" "$1"
}
as_daemon_fails() { # REGEX STATEMENT
	! PGUSER=chatd psql -XAtqc "$2" >"$dir/why" 2>&1 && like "$(cat "$dir/why")" "$1"
}
reads() { # STATEMENT: as one who may only look
	sql "set role chat_read; $1"
}
dumped() { # REGEX
	pg_dump | grep -qiE "$1"
}
login_of() { # NAME PASSWORD
	printf %s "{\"op\":\"login\",\"name\":\"$1\",\"password\":\"$2\"}"
}
id() {
	sql "select id from chat.users where name = '$1'"
}

section 'Two seconds'
enter mallory@phone
enter mallory@desk "$NODE_B"
token=$(field token)
enter alice "$NODE_B"
yes alice '{"op":"friend_add","user":"mallory"}'
sql "insert into chat.friends (user_id, friend_id) select m.id, a.id from chat.users m, chat.users a where m.name = 'mallory' and a.name = 'alice'"
hears alice '"synced"'
t 'an account is disabled' admin "user_disable('mallory')"
t 'its session ends' hears mallory@phone '"bye","reason":"logged_out"' 2
t 'on both nodes' hears mallory@desk '"bye","reason":"logged_out"' 2
t 'whoever listed it hears that it has gone' hears alice '"presence".*"mallory"},"state":"offline"' 5
call x
t 'it may not log in' no x bad_credentials "$(login_of mallory mallory-password)"
t 'or resume' no x bad_credentials "{\"op\":\"resume\",\"token\":\"$token\"}"
t 'psql shows it' sql_is mallory 'select name from chat.user_list where disabled_at is not null'
t 'it is enabled again, by id' admin "user_enable($(id mallory))"
t 'and may log in' yes x "$(login_of mallory mallory-password)"
t 'not resume' no x already_logged_in "{\"op\":\"resume\",\"token\":\"$token\"}"
hang x
call x
t 'that is' no x bad_credentials "{\"op\":\"resume\",\"token\":\"$token\"}"

section 'Without Redis'
enter mallory "$NODE_B"
node redis stop
t 'Redis has gone' hears mallory degraded
t 'a user is logged out' admin "user_logout('mallory')"
t 'all the same' hears mallory '"bye","reason":"logged_out"' 3
node redis start
t 'and it is back' hears alice '"bus","state":"ok"' 10

section 'A password'
enter mallory
hash=$(echo 'battery staple' | "$chatd" --hash-passwords)
t 'a plain one is not taken' fails 'no argon2id' "select chat.user_set_password('mallory', 'battery staple')"
t 'nor is it for nobody' fails 'no such user' "select chat.user_set_password('nobody', '$hash')"
t 'a hash is' admin "user_set_password('mallory', '$hash')"
t 'the session ends' hears mallory '"bye","reason":"logged_out"' 2
t 'the old one is no more' no x bad_credentials "$(login_of mallory mallory-password)"
t 'the new one is' yes x "$(login_of mallory 'battery staple')"
hang x

section 'A name'
enter bob
enter carol "$NODE_B"
yes carol '{"op":"friend_add","user":"bob"}'
yes bob '{"op":"group_create","name":"team"}'
yes alice '{"op":"group_join","group":"team"}'
yes alice '{"op":"send","to":"bob","cid":"n1","text":"to bob"}'
yes alice '{"op":"send","to":"bob","cid":"n2","text":"to bob"}'
hears bob '"cid":|n2|to bob'
t 'one that is taken is not given' fails 'taken' "select chat.user_rename('bob', 'Alice')"
t 'nor is the own of the server' fails 'own' "select chat.user_rename('bob', 'chatd')"
t 'nor one that is none' fails 'no blank at either end' "select chat.user_rename('bob', ' bob')"
t 'another one is' admin "user_rename('bob', 'robert')"
t 'he hears of it' hears bob '"renamed","user":{"id":'"$(id robert)"',"name":"robert"}' 2
t 'so does who has him on the list' hears carol '"renamed".*robert' 2
t 'and who is in a group with him' hears alice '"renamed".*robert' 2
named() {
	yes bob '{"op":"send","to":"carol","cid":"'"$1"'","text":"my name is '"$1"'"}' &&
		hears carol '"from":{"id":[0-9]+,"name":"robert"}.*my name is '"$1"
}
t 'what he says is said by that name' eventually 2 named n3
t 'ps shows it' like "$(ps -o args= -p "$(pid_of robert)")" 'robert'
yes alice '{"op":"send","to":"robert","cid":"n4","text":"to robert"}'
t 'who writes to him' hears bob '"to":{"id":[0-9]+,"name":"robert"}.*"text":"to robert"|"text":"to robert".*"name":"robert"'
t 'nobody else is called so' eventually 2 no alice not_found '{"op":"send","to":"bob","cid":"n5","text":"x"}'

section 'A group'
enter dave "$NODE_B"
yes dave '{"op":"group_join","group":"team"}'
t 'somebody who is not in cannot take it over' fails 'not a member' "select chat.group_set_creator('team', 'erin')"
t 'a member can' admin "group_set_creator('team', 'dave')"
t 'the members hear it' hears alice '"kind":"role".*"text":"creator".*"user":{"id":[0-9]+,"name":"dave"}' 2
t 'on the other node too' hears dave '"kind":"role".*"text":"creator"' 2
t 'he is the one' sql_is dave "select creator from chat.group_list where name = 'team'"
t 'and governs' yes dave '{"op":"group_kick","group":"team","user":"alice"}'
hears alice '"group_left"'
yes alice '{"op":"group_join","group":"team"}'
t 'it is closed' admin "group_close('team')"
last_entry() { # NAME: which a catch-up may have brought before
	talk count "$1" '"kind":"leave"' && is "$line" 1
}
for who in alice bob dave; do
	t "$who hears it" hears $who '"group_left","group":{"id":[0-9]+,"name":"team"}' 2
	t 'and the last entry' eventually 2 last_entry $who
done
t 'nobody may say anything there' no alice not_found '{"op":"send","group":"team","cid":"c1","text":"x"}'
t 'its name is free' yes alice '{"op":"group_create","name":"team"}'
t 'closed once' fails 'no such group' "select chat.group_close($(sql "select max(id) - 1 from chat.conversations where kind = 'group'"))"

section 'Codes'
sql "select chat.settings_set(p_registration => 'invite')"
code=$(admin "invite_create(2, 7, 'team')")
for who in frank grace; do
	call $who "$NODE_B"
	t "$who registers with it" yes $who "{\"op\":\"register\",\"name\":\"$who\",\"password\":\"$who-password\",\"invite\":\"$code\"}"
	t 'and is in the group, which hears of it' hears alice '"kind":"join".*"name":"'$who'"' 2
done
call x
t 'a third is not' no x forbidden "{\"op\":\"register\",\"name\":\"heidi\",\"password\":\"heidi-password\",\"invite\":\"$code\"}"
sql "select chat.settings_set(p_registration => 'open')"
t 'one without a use is not made' fails 'uses' 'select chat.invite_create(0, 1)'

section 'What all nodes share'
t 'a limit and who sees whom are changed' admin "settings_set(p_presence => 'listed', p_text_day => 5000000000, p_friends => 5000)"
t 'in the settings' sql_is 'listed|5000000000|5000|open' 'select presence, text_day, friends, registration from chat.settings'
t 'which is noted, of what has changed' sql_is 'presence=listed text_day=5000000000' \
	"select detail from chat.audit where what = 'settings_set' order by id desc limit 1"
sql "select chat.settings_set(p_presence => 'listed'), chat.settings_set()"
t 'only then' sql_is 1 "select count(*) from chat.audit where detail like 'presence=%'"
t 'every limit is taken, and what a call leaves out stays' eval "admin \"settings_set(\$(
	sql \"select string_agg(format('p_%s => %s', attname, 2000000), ', ') from pg_attribute
		where attrelid = 'chat.settings'::regclass and attname ~ '^(text|strangers_hour|groups|invitations|friends|devices|search)' and attname <> 'strangers'\"))\""
t 'nine of them, and the search' sql_is '2000000|2000000|2000000|2000000|2000000|2000000|2000000|2000000|2000000|2000000|listed|allow' \
	'select text_minute, text_day, strangers_hour, groups_created, groups_joined, invitations_day, friends_hour, friends, devices, search_bytes, presence, strangers from chat.settings'
t 'a value that may not be is told' fails 'text_minute: 0 is none of the values that it may have' 'select chat.settings_set(p_text_minute => 0, p_friends => 7)'
t 'a word, too' fails 'presence: all is none' "select chat.settings_set(p_presence => 'all')"
t 'and nothing has changed' sql_is '2000000|2000000' 'select text_minute, friends from chat.settings'
t 'limits are none of the daemon'"'"'s' as_daemon_fails 'only registration and strangers' 'select chat.settings_set(p_text_day => 9000000000)'
t 'nor who sees whom' as_daemon_fails 'only registration and strangers' "select chat.settings_set('open', 'allow', 'mutual')"
t 'what it says as it starts it may' env PGUSER=chatd psql -XAtqc "select chat.settings_set('open', 'allow')"
sql "select chat.settings_set(p_presence => 'mutual', p_text_minute => 8388608, p_text_day => 268435456)"

section 'Everybody'
spawn numbered perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(PeerAddr => $ARGV[0]); $s->send($ARGV[1]); $| = 1;
	print $b while sysread($s, $b, 4096)' "$NODE_B" "{\"msgid\":1,\"id\":$(id erin),\"password\":\"erin-password\"}"
t 'erin comes with a client of old' eventually 5 grep -aq '"msgid":2' "$dir/numbered.out"
t 'is told something' admin "announce('the cellar is \"wet\" 😀')"
t 'on one node' hears alice '"announce","text":"the cellar is \\"wet\\" 😀","at":"20' 2
t 'and on the other' hears dave '"announce","text":"the cellar' 2
t 'once' silent dave '"announce"'
t 'chatd says it to her' eventually 2 grep -aqE '"name":"chatd".*the cellar is' "$dir/numbered.out"
close numbered
t 'nothing is too long' fails '1-1000' "select chat.announce(repeat('x', 1001))"

section 'An address'
t 'is denied' admin "deny('127.0.0.0/8')"
t 'who is here from there has to go' hears dave '"bye","reason":"abuse"' 2
t 'on each node' hears alice '"bye","reason":"abuse"' 2
not_served() { # ADDR
	call y "$1"
	! ask y '{"op":"ping"}' >/dev/null
}
t 'nobody comes in' eventually 3 not_served "$NODE_A"
t 'nowhere' eventually 3 not_served "$NODE_B"
node a stop
node a start
t 'nor to a node that has just begun' not_served "$NODE_A"
t 'it is taken back' is "$(admin "deny_end('127.0.0.0/8')")" t
served() {
	call y "$1" && yes y '{"op":"ping"}'
}
t 'then they are served' eventually 3 served "$NODE_A"
t 'everywhere' eventually 3 served "$NODE_B"
t 'once' is "$(admin "deny_end('127.0.0.0/8')")" f
sql "insert into chat.denied (block, at) select ('203.0.' || n || '.0/24')::cidr, now() - interval '1 hour' from generate_series(0, 255) n;
	insert into chat.denied (block, at) values ('127.0.0.0/8', now() - interval '1 day')"
admin "deny('198.51.100.0/24')"
t 'of more than 256 the newest count' eventually 3 grep -q 'ev=denied_full .*most=256 left_out=2$' "$dir/a.log"
t 'which is said, and the others are not turned away' served "$NODE_A"
sql "update chat.denied set at = now() where block = '127.0.0.0/8'"
admin "deny('198.51.101.0/24')"
t 'the newest are' eventually 3 not_served "$NODE_A"
sql 'delete from chat.denied'
admin "deny('198.51.100.0/24')" && admin "deny_end('198.51.100.0/24')" >/dev/null
t 'then they are served again' eventually 3 served "$NODE_A"
t 'their tokens are good' sql_is 0 "select count(*) from chat.devices d join chat.users u on u.id = d.user_id where u.name = 'dave' and token_hash is null"

section 'An export'
enter alice
yes alice '{"op":"send","to":"carol","cid":"e1","text":"for the export"}'
admin "user_export('alice')" >"$dir/export"
t 'it is JSON' jq -e . "$dir/export"
t 'with the name' is "$(jq -r .user.name "$dir/export")" alice
t 'the friends' is "$(jq -r '.friends[].name' "$dir/export")" mallory
t 'and what was said' is "$(jq -r '.conversations[] | select(.name == "carol") | .messages[-1].text' "$dir/export")" 'for the export'
t 'no secret' not grep -qE 'argon2|token' "$dir/export"

section 'An account that is no more'
call x
yes x '{"op":"register","name":"Ophelia","password":"ophelia-password"}'
hang x
call ophelia "$NODE_B"
yes ophelia "{\"op\":\"login\",\"name\":\"Ophelia\",\"password\":\"ophelia-password\",\"device\":\"her lute\"}"
yes alice '{"op":"friend_add","user":"Ophelia"}'
yes ophelia '{"op":"send","to":"alice","cid":"o1","text":"rosemary"}'
hears alice 'rosemary'
conv=$(number conv)
yes ophelia "{\"op\":\"edit\",\"conv\":$conv,\"seq\":1,\"cid\":\"o2\",\"text\":\"that is for remembrance\"}"
yes ophelia '{"op":"group_create","name":"denmark"}'
yes alice '{"op":"group_join","group":"denmark"}'
yes ophelia '{"op":"send","group":"denmark","cid":"o3","text":"pansies"}'
admin "user_rename('Ophelia', 'Ophelia P')"
admin "user_logout('Ophelia P')"
t 'she is logged out' hears ophelia '"bye"' 3
hang ophelia
call ophelia "$NODE_B"
yes ophelia "{\"op\":\"login\",\"name\":\"Ophelia P\",\"password\":\"ophelia-password\",\"device\":\"her lute\"}"
she=$(sql "select id from chat.users where name = 'Ophelia P'")
where_she_was() { # and what she used
	sql "select (select count(*) from chat.known_sources where user_id = $she) + (select count(*) from chat.usage where user_id = $she)"
}
t 'where she logs in from and what she does is known' is "$(where_she_was)" 2
t 'a dump has her words' eventually 2 dumped 'ophelia|rosemary|remembrance|pansies|her lute'
t 'she is erased' admin "user_erase('Ophelia P')"
t 'her session ends' hears ophelia '"bye","reason":"logged_out"' 2
t 'who listed her hears that she has gone' hears alice '"presence".*"offline"' 2
t 'the group hears that she leaves' hears alice '"kind":"leave","from":{"id":[0-9]+,"name":"erased-' 2
t 'and is not alone' sql_is alice "select creator from chat.group_list where name = 'denmark'"
not_dumped() {
	! dumped "$1"
}
t 'a dump has no byte of her' eventually 5 not_dumped 'ophelia|rosemary|remembrance|pansies|her lute'
t 'nor is it known where she was' is "$(where_she_was)" 0
t 'nor is she erased again' fails 'deleted|no such user' "select chat.user_erase('Ophelia P')"
t 'the invariants agree' is "$(broken)" ''

section 'Devices nobody uses'
enter erin@old
yes alice '{"op":"send","to":"erin","cid":"d1","text":"seen"}'
hears erin@old '"seen"'
conv=$(number conv)
yes erin@old "{\"op\":\"ack\",\"rid\":1,\"conv\":$conv,\"seq\":1}"
hang erin@old
t 'erin has gone' eventually 5 logged_out erin
t 'and it is noted' eventually 5 sql_is 1 "select acked_seq from chat.cursors where conv_id = $conv and device_id in (select id from chat.devices where name = 'old')"
device() { # AGE, TOKEN: lives after
	sql "update chat.devices set last_seen = now() - interval '$1', token_hash = case when $2 then token_hash end where name = 'old';
		set role chat_admin; select chat.devices_tidy()" >/dev/null
	sql "select count(*) from chat.devices where name = 'old'"
}
t 'a month after its last day it is there' is "$(device '31 d' true)" 1
t 'also when its token was revoked three weeks ago' is "$(device '21 d' false)" 1
t 'after another month it is not' is "$(device '31 d' false)" 0
yes alice '{"op":"send","to":"erin","cid":"d2","text":"not seen"}'
enter erin
t 'who comes back is given what is new' hears erin '"text":"not seen"'
t 'and not again what was old' silent erin '"text":"seen"'
t 'which is there to be read' yes erin '{"op":"history","to":"alice"}'
t 'all of it' is "$(field 'messages|map(.text)|join(" ")')" 'seen not seen'

section 'Who did what'
t 'is noted' sql_is 'postgres|user_disable|mallory' 'select by, what, "user" from chat.audit_list order by at limit 1'
t 'of all' sql_is 'announce deny deny_end group_close group_set_creator invite_create settings_set user_disable user_enable user_erase user_logout user_rename user_set_password' \
	"select string_agg(distinct what, ' ' order by what) from chat.audit"
t 'there is a manual' like "$(sql "set role chat_admin; select * from chat.help")" 'user_disable\(p_name text\)\|the account may not log in'
t 'in which everything has a sentence' sql_is 0 'select count(*) from chat.help where what is null'
t 'who may look may not do' fails 'permission denied' "set role chat_read; select chat.user_disable('alice')"
t 'the daemon neither' fails 'permission denied' "set role chatd; select chat.user_disable('alice')"
t 'but look' is "$(reads 'select count(*) from chat.user_list')" 9
t 'at no text' fails 'permission denied' 'set role chat_read; select body from chat.messages'
t 'nothing is left to do' eventually 5 sql_is 0 'select count(*) from chat.outbox'
t 'every invariant holds' is "$(broken)" ''
finish
