#!/bin/sh
# Accounts: register, login, resume, logout, passwd, devices, tokens, who may register.
# shellcheck disable=SC2013,SC2016,SC2317
. t/lib.sh
stack --nodes 2
. t/talk.sh

users_are() { # COUNT
	is "$(sql 'select count(*) from chat.users')" "$1"
}
register() { # NAME (as it stands in JSON)
	printf %s "{\"op\":\"register\",\"name\":\"$1\",\"password\":\"some-password\"}"
}
login_of() { # NAME [PASSWORD [DEVICE]]
	printf %s "{\"op\":\"login\",\"name\":\"$1\",\"password\":\"${2-$1-password}\",\"device\":\"${3-default}\"}"
}
resume() { # TOKEN
	printf %s "{\"op\":\"resume\",\"token\":\"$1\"}"
}
online() {
	sql "select coalesce(string_agg(name || '@' || device || ' ' || node, ', ' order by name, device), '') from chat.online"
}
online_is() {
	is "$(online)" "$1"
}
device_row() { # NAME DEVICE COLUMNS
	sql "select $3 from chat.devices d join chat.users u on u.id = d.user_id where u.name = '$1' and d.name = '$2'"
}

section 'Before a login'
call x
t 'hello says who is there' yes x '{"op":"hello"}'
t 'and what it speaks' like "$line" '"server":"chatd","version":"[0-9.]+","protocol":1,"limits":\{.*\},"registration":"open"'
t 'ping tells the time' yes x '{"op":"ping","rid":"p"}'
t 'in UTC' like "$(field at)" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z$'
t 'pong' talk put x '{"op":"pong"}'
t 'has no reply' yes x '{"op":"ping","rid":2}'
t 'the next one is to the next request' is "$(field rid)" 2
t 'an unknown operation' no x unknown_op '{"op":"frobnicate"}'
t 'a missing one' no x bad_request '{"rid":1}'
refused_all=yes
for op in $(sed -nE 's/^ *\{"([a-z_]*)", op_[a-z_]*, (LOGGED_IN|IN_TURN).*/\1/p' handlers/table.c); do
	no x not_logged_in "{\"op\":\"$op\"}" >>"$dir/not" 2>&1 || refused_all=$op
done
t 'whatever needs a login is refused without' is "$refused_all $(wc -l <"$dir/not")" 'yes 0'

section 'register'
t 'alice registers' yes x '{"op":"register","name":"alice","password":"alice-password"}'
t 'and hears her id' is "$(field user.id)" "$(sql "select id from chat.users where name = 'alice'")"
t 'and name' is "$(field user.name)" alice
t 'it does not log in' no x not_logged_in '{"op":"friends"}'
t 'the password is stored as an argon2id hash' like "$(sql 'select password from chat.users')" '^\$argon2id\$v=19\$m=19456,t=2,'
t 'the name is taken' no x name_taken "$(register alice)"
t 'in any case' no x name_taken "$(register ALICE)"
t 'also in full width' no x name_taken "$(register 'ａｌｉｃｅ')"
t 'also in other letters' no x name_taken "$(register 'aℓice')"
t 'a name keeps its form' yes x "$(register 'Ｚｏｅ')"
t 'and is found by another' yes x "$(login_of zoe some-password)"
t 'as it was written' is "$(field user.name)" 'Ｚｏｅ'
yes x '{"op":"logout"}'
t 'a ligature is its letters' yes x "$(register 'eﬃe')"
t 'so these are taken' no x name_taken "$(register EFFIE)"

now=$(sql 'select count(*) from chat.users')
for name in '' ' ann' 'ann ' '\u00a0ann' 'ann\u3000' 'a\u0007nn' 'a\nnn' 'a\u007fnn' 'a\u0085nn' 'a\u200bnn' 'a\u200fnn' \
	'\u202eann' '\ufeffann' 'a\ue000nn' 'a\u00adnn' 'a\udb40\udc41nn' 'a\udbff\udffdnn' "$(printf '%051d' 7)"; do
	t "no name: \"$name\"" no x bad_request "$(register "$name")"
done
for request in '{"op":"register"}' '{"op":"register","name":"ann"}' '{"op":"register","password":"ann-password"}' \
	'{"op":"register","name":7,"password":"ann-password"}' '{"op":"register","name":"ann","password":12345678}' \
	'{"op":"register","name":["ann"],"password":"ann-password"}' '{"op":"register","name":null,"password":"ann-password"}' \
	'{"op":"register","name":"ann","password":"7 bytes"}' '{"op":"register","name":"ann","password":""}' \
	"{\"op\":\"register\",\"name\":\"ann\",\"password\":\"$(printf '%0257d' 7)\"}" \
	'{"op":"register","name":"ann","password":"ann-password","invite":7}'; do
	t "no registration: $(printf %.60s "$request")" no x bad_request "$request"
done
t 'nobody of those is there' users_are "$now"
fifty=$(printf '名%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 \
	36 37 38 39 40 41 42 43 44 45 46 47 48 49 50)
t 'fifty characters are a name' yes x "$(register "$fifty")"
t 'so is one' yes x "$(register ß)"
t 'with blanks and signs inside' yes x "$(register "Robert' OR 'a' --_.")"
t 'which stand there as they are' is "$(sql "select count(*) from chat.users where name = 'Robert'' OR ''a'' --_.'")" 1
t 'eight bytes are a password' yes x '{"op":"register","name":"eight","password":"8 bytes!"}'
t 'so are 256' yes x "{\"op\":\"register\",\"name\":\"long\",\"password\":\"$(printf '%0256d' 7)\"}"
t 'all of which count' no x bad_credentials "$(login_of long "$(printf '%0255d' 7)")"
t 'really' yes x "$(login_of long "$(printf '%0256d' 7)")"
hang x

section 'login'
people bob carol
call x
t 'a wrong password' no x bad_credentials "$(login_of alice wrong-password)"
wrong=$line
t 'an unknown name' no x bad_credentials "$(login_of nobody wrong-password)"
t 'is answered the same' is "$line" "$wrong"
t 'an unknown id, too' no x bad_credentials '{"op":"login","id":999999,"password":"wrong-password"}'
t 'and so' is "$line" "$wrong"
sql "update chat.users set disabled_at = now() where name = 'carol'"
t 'and a disabled account' no x bad_credentials "$(login_of carol)"
t 'in the same words' is "$line" "$wrong"
sql "update chat.users set disabled_at = null where name = 'carol'"
t 'a refused login leaves no device' is "$(sql "select count(*) from chat.devices d join chat.users u on u.id = d.user_id where u.name in ('alice', 'carol')")" 0
t 'nor a session' online_is ''
for request in '{"op":"login","password":"alice-password"}' '{"op":"login","name":"alice"}' \
	'{"op":"login","name":"alice","id":1,"password":"alice-password"}' \
	'{"op":"login","name":true,"password":"alice-password"}' '{"op":"login","id":"1","password":"alice-password"}' \
	'{"op":"login","id":0,"password":"alice-password"}' '{"op":"login","name":"alice","password":7}' \
	"$(login_of alice alice-password '')" "$(login_of alice alice-password "$(printf '%033d' 7)")"; do
	t "no login: $(printf %.70s "$request")" no x bad_request "$request"
done
for device in 'a\u000ab' 'a\u001b[2Jb' 'a\u007fb' 'a\u0085b' 'a\u202eb' ' a' 'a '; do
	t "no device: $device" no x bad_request "$(login_of alice alice-password "$device")"
	t 'says the refusal' like "$line" '"message":"device: .*control'
done
t 'nor is there one then' is "$(sql "select name from chat.devices where name ~ 'a.?b|^ | $'")" ''
call z
t 'but a phone' yes z "$(login_of bob bob-password "Bob's 手机 📱")"
hang z
sql "delete from chat.devices where name ~ '^Bob'"
t 'alice logs in' yes x '{"op":"login","name":"alice","password":"alice-password"}'
t 'and hears who she is' is "$(field user.name)" alice
t 'on a device called default' is "$(field device)" default
t 'the epoch' is "$(field epoch)" "$(sql 'select epoch from chat.settings')"
t 'no friends and groups yet' is "$(field friends) $(field groups)" '[] []'
token=$(field token)
t 'a token of 256 bits' like "$token" '^[0-9a-f]{64}$'
t 'of which only the hash is stored' is "$(device_row alice default "token_hash = sha256('$token')")" t
t 'then the backlog ends' hears x '^\{"ev":"synced"\}$'
t 'psql sees her' online_is 'alice@default a'
pid=$(sql "select pid from chat.session_list where name = 'alice'")
t 'and her process, which says so' like "$(ps -o args= -p "$pid")" '^chatd: alice 127\.0\.0\.1:[0-9]+$'
t 'at the address of her connection' is "$(sql "select addr from chat.session_list where name = 'alice'")" "$(ps -o args= -p "$pid" | sed 's/.* //')"
t 'no second login' no x already_logged_in "$(login_of bob)"
t 'no resume' no x already_logged_in "$(resume "$token")"
t 'no registration' no x already_logged_in "$(register dora)"

section 'logout'
t 'alice logs out' yes x '{"op":"logout"}'
t 'she is offline' online_is ''
t 'there is nothing to log out of' no x not_logged_in '{"op":"logout"}'
t 'the token has died' no x bad_credentials "$(resume "$token")"
t 'which the database knows' is "$(device_row alice default 'token_hash is null')" t
t 'no token is none' no x bad_request '{"op":"resume"}'
t 'nor is a number' no x bad_request '{"op":"resume","token":7}'
t 'the connection goes on: as bob, by his id' yes x "{\"op\":\"login\",\"id\":$(sql "select id from chat.users where name = 'bob'"),\"password\":\"bob-password\"}"
t 'who is online instead' online_is 'bob@default a'
hang x
t 'a closed connection ends the session' eventually 5 online_is ''

section 'resume'
enter alice@phone
token=$(field token)
hang alice@phone
eventually 5 online_is ''
call x "$NODE_B"
t 'a token is good at the other node' yes x "$(resume "$token")"
t 'for the same device' is "$(field device) $(field user.name) $(field token)" "phone alice $token"
t 'seen there' online_is 'alice@phone b'
call y
t 'and once more' yes y "$(resume "$token")"
t 'which ends the older session' hears x '^\{"ev":"bye","reason":"replaced"\}$'
t 'and its connection' gone x
t 'the newer one stays' yes y '{"op":"ping"}'
t 'alone' online_is 'alice@phone a'
t 'a login of the same device' enter alice@phone "$NODE_B"
t 'does the same' hears y '"bye","reason":"replaced"'
t 'with another token' not is "$(field token)" "$token"
t 'the older one of which is dead' call x
t 'for ever' no x bad_credentials "$(resume "$token")"
t 'no other token will do' no x bad_credentials "$(resume "$(printf '%064d' 0)")"

section 'Devices side by side'
enter alice@phone
phone=$(field token)
enter alice@desk "$NODE_B"
desk=$(field token)
enter alice
t 'different devices live side by side' online_is 'alice@default a, alice@desk b, alice@phone a'
t 'none of them is replaced' silent alice@phone '"bye"'
t 'devices lists them' yes alice '{"op":"devices"}'
t 'the last one first' is "$(field 'devices|map(.device)|join(" ")')" 'default desk phone'
t 'all online' is "$(field 'devices|map(.online)|all')" true
t 'with two times each' like "$(field 'devices[0].created_at') $(field 'devices[0].last_seen')" '^[0-9T:.-]+Z [0-9T:.-]+Z$'
hang alice@desk
t 'one is away' eventually 5 online_is 'alice@default a, alice@phone a'
t 'which devices shows' yes alice '{"op":"devices"}'
t 'as such' is "$(field 'devices|map(select(.online|not).device)|join(" ")')" desk
t 'revoking a device' yes alice '{"op":"device_revoke","device":"phone"}'
t 'ends its session' hears alice@phone '^\{"ev":"bye","reason":"logged_out"\}$'
t 'and connection' gone alice@phone
t 'and token' no x bad_credentials "$(resume "$phone")"
t 'psql agrees' online_is 'alice@default a'
t 'devices leaves it out' yes alice '{"op":"devices"}'
t 'and only it' is "$(field 'devices|map(.device)|sort|join(" ")')" 'default desk'
t 'it cannot be revoked twice' no alice not_found '{"op":"device_revoke","device":"phone"}'
t 'nor one that never was' no alice not_found '{"op":"device_revoke","device":"toaster"}'
t 'nor none' no alice bad_request '{"op":"device_revoke"}'
t 'nor a number' no alice bad_request '{"op":"device_revoke","device":7}'
enter bob
t 'nobody revokes that of another' no bob not_found '{"op":"device_revoke","device":"desk"}'
t 'it still lives' yes x "$(resume "$desk")"
yes x '{"op":"logout"}'
t 'the own device' yes bob '{"op":"device_revoke","device":"default"}'
t 'is no exception' hears bob '"bye","reason":"logged_out"'

section 'Tokens expire'
aged() { # INTERVAL: since carol's phone was last seen
	sql "update chat.devices set last_seen = now() - interval '$1' where name = 'phone' and user_id = (select id from chat.users where name = 'carol')"
}
enter carol@phone
token=$(field token)
hang carol@phone
eventually 5 online_is 'alice@default a'
call y
aged '29 days 23:59'
t 'a token that is not quite 30 days old' yes y "$(resume "$token")"
t 'is as young as ever from then on' is "$(device_row carol phone "last_seen > now() - interval '1 minute'")" t
hang y
eventually 5 online_is 'alice@default a'
aged '30 days 00:01'
call y
t 'one that is older has expired' no y bad_credentials "$(resume "$token")"
t 'the password still helps' enter carol@phone
hang carol@phone

section 'passwd'
enter alice@phone
phone=$(field token)
enter alice@desk "$NODE_B"
desk=$(field token)
enter alice
token=$(field token)
hash=$(sql "select password from chat.users where name = 'alice'")
t 'passwd wants the old password' no alice bad_credentials '{"op":"passwd","old":"wrong-password","new":"new-password"}'
t 'and a long enough new one' no alice bad_request '{"op":"passwd","old":"alice-password","new":"7 bytes"}'
t 'and both' no alice bad_request '{"op":"passwd","new":"new-password"}'
t 'nothing happens else' is "$(sql "select password from chat.users where name = 'alice'")" "$hash"
t 'and nobody goes' silent alice@phone '"bye"'
t 'alice has a new password' yes alice '{"op":"passwd","old":"alice-password","new":"new-password"}'
t 'the phone has to go' hears alice@phone '"bye","reason":"logged_out"'
t 'also from the other node' hears alice@desk '"bye","reason":"logged_out"'
t 'with its token' no x bad_credentials "$(resume "$phone")"
t 'and this one' no x bad_credentials "$(resume "$desk")"
t 'she stays' yes alice '{"op":"ping"}'
t 'alone' online_is 'alice@default a'
t 'the old password is no more' no x bad_credentials "$(login_of alice)"
t 'the new one is' yes x "$(login_of alice new-password tablet)"
hang x
call x
t 'her own token lives' yes x "$(resume "$token")"
hang x

section 'epoch'
sql "update chat.settings set epoch = 'another'"
t 'after lost history' enter bob
t 'every login says so' is "$(field epoch)" another
hang bob

section 'Who may register'
setting() { # REGISTRATION
	sql "select chat.settings_set('$1', null)" >/dev/null
}
invite() {
	sql 'set role chat_admin; select chat.invite_create()'
}
invited() { # NAME CODE
	printf %s "{\"op\":\"register\",\"name\":\"$1\",\"password\":\"some-password\",\"invite\":\"$2\"}"
}
now=$(sql 'select count(*) from chat.users')
call x "$NODE_B"
setting closed
says() { # REGISTRATION
	yes x '{"op":"hello"}' && is "$(field registration)" "$1"
}
t 'hello soon tells when registration is closed' eventually 5 says closed
t 'then nobody registers' no x forbidden "$(register dora)"
t 'not even with a code' no x forbidden "$(invited dora "$(invite)")"
setting invite
t 'hello tells when one must be invited' eventually 5 says invite
t 'without a code' no x forbidden "$(register dora)"
t 'or with a wrong one' no x forbidden "$(invited dora 0123456789abcdef)"
code=$(invite)
sql "update chat.invites set expires_at = now() - interval '1 s' where code = '$code'"
t 'or an old one' no x forbidden "$(invited dora "$code")"
t 'nobody is let in' users_are "$now"
code=$(invite)
t 'a code is not used up by a name that is taken' no x name_taken "$(invited alice "$code")"
t 'but by one that is free' yes x "$(invited dora "$code")"
t 'who then is there' users_are $((now + 1))
t 'once' no x forbidden "$(invited dave "$code")"
t 'as the database says' is "$(sql "select u.name from chat.invites i join chat.users u on u.id = i.used_by where code = '$code'")" dora
t 'the daemon cannot make codes' not env PGUSER=chatd psql -XAtqc 'select chat.invite_create()'
setting open
t 'open again' yes x "$(register dave)"
hang x

section 'quiet'
call ann
t 'ann' yes ann "$(register ann)"
people ben
hang ann
call ann
yes ann "$(login_of ann some-password)"
enter ben
yes ann '{"op":"friend_add","user":"ben"}'
t 'ben looks after ann' yes ben '{"op":"friend_add","user":"ann"}'
t 'who is here' hears ben '"presence","user":{[^}]*"ann"},"state":"online"'
yes ann '{"op":"logout"}'
t 'who goes' hears ben '"presence","user":{[^}]*"ann"},"state":"offline"'
t 'a quiet login' yes ann "$(login_of ann some-password cmd | sed 's/}$/,"quiet":true}/')"
token=$(field token)
t 'is a session like others' online_is 'ann@cmd a, ben@default a'
t 'but makes nobody online' yes ben '{"op":"friends"}'
t 'for others' is "$(field 'friends[0].state')" offline
t 'what is said arrives' yes ben '{"op":"send","to":"ann","cid":"q","text":"psst"}'
t 'at once' hears ann '"text":"psst"'
call loud
t 'a session that is not quiet beside it' yes loud "$(login_of ann some-password loud)"
t 'is told of' hears ben '"presence","user":{[^}]*"ann"},"state":"online"'
hang loud
t 'so is its end' hears ben '"presence","user":{[^}]*"ann"},"state":"offline"'
hang ann
eventually 5 online_is 'ben@default a'
call ann "$NODE_B"
t 'a quiet resume' yes ann "$(resume "$token" | sed 's/}$/,"quiet":true}/')"
pid=$(sql "select pid from chat.session_list where name = 'ann'")
kill -9 "$pid"
t 'that is killed' eventually 10 online_is 'ben@default a'
yes ben '{"op":"ping"}'
t 'of all that nobody heard' silent ben '"presence"'
call x
t 'quiet is true or false' no x bad_request '{"op":"resume","token":"x","quiet":"yes"}'

section 'account_delete'
people eve fay gus hal
call x
for who in eve eve@phone fay gus; do
	t "$who" enter $who
done
yes fay '{"op":"friend_add","user":"eve"}'
yes eve '{"op":"friend_add","user":"fay"}'
yes eve '{"op":"block","user":"gus"}'
yes eve '{"op":"group_create","name":"club"}'
yes fay '{"op":"group_join","group":"club"}'
yes gus '{"op":"group_join","group":"club"}'
yes eve '{"op":"group_role","group":"club","user":"gus","role":"admin"}'
yes eve '{"op":"send","group":"club","cid":"g","text":"of eve in club"}'
yes eve '{"op":"group_create","name":"alone"}'
yes eve '{"op":"send","to":"fay","cid":"d","text":"of eve to fay"}'
conv=$(field conv)
yes eve "{\"op\":\"edit\",\"conv\":$conv,\"seq\":1,\"cid\":\"e\",\"text\":\"of eve, changed\"}"
yes fay '{"op":"send","to":"eve","cid":"d","text":"of fay"}'
id=$(sql "select id from chat.users where name = 'eve'")
t 'wants the password' no eve bad_request '{"op":"account_delete"}'
t 'the right one' no eve bad_credentials '{"op":"account_delete","password":"eve-pass"}'
enter hal
for n in 1 2 3 4 5; do
	enter hal@$n # which forgives
done
for n in 1 2 3 4 5; do
	ask hal@$n '{"op":"account_delete","password":"hal-guess"}'
done
t 'guessing makes wait, as at a login' grep -q 'rate_limited","message":"too many wrong passwords' "$dir/hal@5.talk"
t 'with it' yes eve '{"op":"account_delete","password":"eve-password"}'
t 'the session ends' hears eve '^{"ev":"bye","reason":"logged_out"}$'
t 'as do all of them' hears eve@phone '^{"ev":"bye","reason":"logged_out"}$'
t 'with their connections' gone eve@phone
either='"presence","user":{[^}]*"eve"},"state":"offline"|"kind":"leave","from":{[^}]*"erased-'
both() { # in the order in which the bus has them
	hears fay "$either" && hears fay "$either"
}
t 'her friends see her go, and who is in a group with her' both
t 'she cannot come back' no x bad_credentials "$(login_of eve)"
t 'her row is there, without her name' is "$(sql "select name from chat.users where id = $id")" "erased-$id"
t 'which nobody else can have' no x name_taken "$(register "erased-$id")"
t 'nor one that reads like it' no x name_taken "$(register "ＥRASED-12345")"
t 'no device, session, friend or block of hers' is "$(sql "select (select count(*) from chat.devices where user_id = $id),
	(select count(*) from chat.sessions where user_id = $id), (select count(*) from chat.friends where $id in (user_id, friend_id)),
	(select count(*) from chat.blocks where user_id = $id and blocked_id = (select id from chat.users where name = 'gus'))")" '0|0|0|0'
t 'no text' is "$(sql "select count(*) from chat.messages where sender_id = $id and body ~ 'eve' or original ~ 'eve'")" 0
t 'what others said is there' is "$(sql "select seq from chat.messages where conv_id = $conv and body = 'of fay'")" 3
t 'her group has another creator, the admin' is "$(sql "select creator from chat.group_list where name = 'club'")" gus
t 'the one without others is closed' is "$(sql "select count(*) from chat.group_list where name = 'alone'")" 0
t 'the past can be read' yes fay "{\"op\":\"history\",\"conv\":$conv}"
t 'but for her words' is "$(field 'messages|map(.text)|join("/")')" '//of fay'
t 'nobody writes to her' no fay not_found "{\"op\":\"send\",\"conv\":$conv,\"cid\":\"late\",\"text\":\"late\"}"
t 'also by her number' no fay not_found "{\"op\":\"send\",\"to\":$id,\"cid\":\"late\",\"text\":\"late\"}"
t 'nor did before' no hal not_found "{\"op\":\"send\",\"to\":$id,\"cid\":\"late\",\"text\":\"late\"}"
t 'or befriends her' no hal not_found "{\"op\":\"friend_add\",\"user\":$id}"
t 'or invites her' no gus not_found "{\"op\":\"group_invite\",\"group\":\"club\",\"user\":$id}"
t 'the name is free again' yes x "$(register eve)"
t 'for another' not is "$(field user.id)" "$id"
t 'it happens once' is "$(sql "select count(*) from chat.account_erase($id, false)")" 0
t 'an operator may keep the texts' sql "select from chat.user_erase((select id from chat.users where name = 'fay'), true)"
t 'which are there' is "$(sql "select body from chat.messages where conv_id = $conv and seq = 3")" 'of fay'
hang x

t 'every invariant holds' is "$(broken)" ''
finish
