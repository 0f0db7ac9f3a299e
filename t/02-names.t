#!/bin/sh
# Names: what one may be made of, who looks like whom, and what becomes of names of before.
. t/lib.sh
stack --nodes 1
. t/talk.sh

call x
register() { # NAME (as it stands in JSON)
	printf %s "{\"op\":\"register\",\"name\":\"$1\",\"password\":\"some-password\"}"
}
# Hashing takes longer than all of the rest: the database is asked itself where the name is all that matters.
says() { # NAME: the protocol's code for it, ok if it may be registered; nobody is
	psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -v name="$1" 2>&1 <<-'END' | sed -nE 's/^ERROR: *CH(...):.*/\1/p; s/^ok$/&/p; t; s/^ERROR/?&/p'
		begin;
		select 'ok' from chat.user_register(:'name', '', null);
		rollback;
	END
}
u() { # CODE…: the text of these code points
	perl -CO -e 'print map { chr hex } @ARGV' "$@"
}

section 'what a name is made of'
for name in carol Zoë 'Anna Maria' "O'Neill" x_1 a.b-c 张伟 'محمد' 'ナナ' 'प्रिया' 'ＷＩＤＥ' 7up "$(u 65 301)" '1.5' 'Ελένη' "d'"; do
	t "a name: $name" is "$(says "$name")" ok
done
for name in 'carol: I owe mallory 100' 'a  b' 7 123 １２ ٣٤ '.' '- -' "a$(u A0)b" "a$(u 2003)b" "a$(u 3000)b" 'a@b' 'a/b' 'a"b' 'a\b' '<b>' '😀' \
	"$(u 301 65)" "$(u FE70)" '½' "a$(u 9)b" "a$(u 378)"; do
	t "no name: $name" is "$(says "$name")" BRQ
done
for code in 34F 61C 115F 1160 17B4 180B 180E 200B 200D 200E 2028 202E 2060 2800 3164 FE0F FEFF FFA0 E0041 E0101; do
	t "no name with U+$code in it" is "$(says "$(u 63 61 72 6F 6C "$code")") $(says "$(u 63 61 "$code" 72)") $(says "$(u "$code")")" 'BRQ BRQ BRQ'
done
t 'the client is told what is one' no x bad_request "$(register 'a: b')"
t 'in a sentence' like "$line" 'only letters and digits'
while IFS='|' read -r name why; do
	no x bad_request "$(register "$name")"
	t "what is wrong with $name" like "$line" "\"name: $why"
done <<'END'
-|signs alone are no name
...|signs alone are no name
7|digits alone are an id
a  b|blanks are allowed inside, and one at a time
 b|.* no blank at either end
END
no x bad_request "$(register "$(u 301)b")"
t 'with a mark on nothing' like "$line" 'name: an accent is allowed on a letter'

section 'reserved'
for name in chatd CHATD c.h.a.t.d 'chátd' 'сhаtd' 'ｃｈａｔｄ' erased-7 Erased-x 'erаsed-7'; do
	t "nobody is called $name" is "$(says "$name")" TKN
done
t 'but chatter' is "$(says chatter) $(says erased)" 'ok ok'

section 'look-alikes'
user carol william Al 'm10'
t 'a Cyrillic a' no x name_taken "$(register 'cаrol')"
t 'is said to look like it' like "$line" 'looks like'
t 'nobody is registered by that' is "$(sql 'select count(*) from chat.users')" 4
for name in 'саrоl' 'CАROL' caroI Caro1 carοl "c$(u 251)rol" wiIIiam 'WILLIАM' wi11iarn AI A1 rnlo MlO; do
	t "looks like another: $name" is "$(says "$name")" TKN
done
for name in carl caroll Ai bal 'm1' will carób; do
	t "does not: $name" is "$(says "$name")" ok
done
t 'who is looked up is who is called so' no x bad_credentials '{"op":"login","name":"cаrol","password":"carol-password"}'
t 'she herself is' yes x '{"op":"login","name":"CAROL","password":"carol-password"}'
hang x
slowly() { # NAME: registered, and not committed before the lock is free
	psql -XAtq -c begin -c "select 1 from chat.user_register('$1', 'x', null)" -c "select pg_advisory_lock(1)" -c commit >/dev/null
}
sql "select pg_advisory_lock(1), pg_sleep(600)" >/dev/null 2>&1 &
t 'a lock is held' eventually 10 sql_is 1 "select count(*) from pg_locks where locktype = 'advisory'"
slowly erin &
one=$!
t 'erin is about to be registered' eventually 10 sql_is 1 "select count(*) from pg_locks where locktype = 'advisory' and not granted"
{ says 'еrin' >"$dir/erin"; } &
other=$!
t 'who looks like her waits' eventually 10 sql_is 1 "select count(*) from pg_stat_activity where query ~ 'user_register' and wait_event_type = 'Lock' and wait_event <> 'advisory'"
sql "select pg_terminate_backend(pid) from pg_stat_activity where query ~ 'pg_sleep\(600'" >/dev/null
wait $one
wait $other
t 'and is refused' is "$(cat "$dir/erin")" TKN

section 'names of before'
sql "insert into chat.users (name, password) values ('cаrol', ''), ('chatd', ''), ('Dan: hi', ''), ('d' || U&'\034F' || 'ora', ''), ('erased-9', '');
	update chat.users set name = 'erased-' || id where name = 'erased-9'"
conflicts() {
	sql "select name, why, other from chat.name_conflicts order by why, name"
}
t 'are listed' is "$(conflicts)" "cаrol|looks like another|carol
chatd|looks like the server's own|
Dan: hi|would not be allowed|
d$(u 34F)ora|would not be allowed|"
t 'their users are there' is "$(sql "select count(*) from chat.user_auth('cаrol', null)")" 1
t 'what cannot be seen makes no other' is "$(says dora)" TKN
sql "update chat.users set name = 'dorothy' where name like 'd_ora'"
t 'a name that is given up is free' is "$(says dora)" ok
t 'the new one is taken' is "$(says 'dоrothy')" TKN
t 'nobody has two looks of others' is "$(sql 'select count(*) from chat.skeletons s join chat.users u on u.id = user_id where not skeleton = any (chat.name_looks(name))')" 0
t 'chat_read may look' sql "set role chat_read; table chat.name_conflicts"

section 'groups'
call carol
yes carol '{"op":"login","name":"carol","password":"carol-password"}'
for name in '!?' '😀' 'chatd' '7 of 9: news' 'cаrol'; do
	t "a group: $name" yes carol "{\"op\":\"group_create\",\"name\":\"$name\"}"
done
t 'with something to be seen' yes carol "{\"op\":\"group_create\",\"name\":\"$(u 3164 61 3164)\"}"
for codes in 3164 2800 '115F 1160' 34F FE0F FFA0 1D159 180B E0101 '2800 20 3164' '2800 A0 2800' 16FE4; do
	# shellcheck disable=SC2086
	name=$(u $codes)
	t "no group of U+$codes" no carol bad_request "{\"op\":\"group_create\",\"name\":\"$name\"}"
	like "$line" 'nothing of it would be seen' >/dev/null || t 'which is said' false
done
t 'which is said' like "$line" 'name: nothing of it would be seen'
t 'nor is one called so later' no carol bad_request "{\"op\":\"group_set\",\"group\":\"!?\",\"name\":\"$(u 3164)\"}"
t 'in whose name it is' like "$line" 'nothing of it would be seen'
sql "update chat.conversations set name = '$(u 2800)' where name = '!?'"
t 'one of before stays' yes carol "{\"op\":\"group_set\",\"group\":\"$(u 2800)\",\"description\":\"blank\"}"
finish
