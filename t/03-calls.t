#!/bin/sh
# What PostgreSQL is asked for a login and for a send: how often, with which plans, prepared or not; and what a
# session remembers of its answers.
# shellcheck disable=SC1091,SC2154
. t/lib.sh
stack --nodes 1 --postgres '-c log_statement=all'
user alice bob

scans() { # TABLE: how often it was read whole
	sql "select seq_scan from pg_stat_user_tables where schemaname = 'chat' and relname = '$1'"
}
sends() { # NAME WHERE CID
	say "$1" "{\"op\":\"send\",$2,\"cid\":\"$3\",\"text\":\"$3\"}"
}
# How PostgreSQL was asked to send, from the line on that is given.
asked() { # WORDS FROM [_direct]: so many times
	tail -n "+$2" "$dir/postgres.log" | grep -c "execute $1: select \* from chat.send${3-}("
}
lines() {
	wc -l <"$dir/postgres.log"
}

section 'On a database that nobody has analysed, nothing is scanned'
login alice "$NODE_A"
login bob "$NODE_A"
before=$(scans messages) from=$(lines)
for i in 1 2 3 4 5 6 7 8 9 10; do
	sends alice '"to":"bob"' "$i"
	expect alice '"ok":true'
	expect bob "\"text\":\"$i\""
done
close alice bob
logged_out alice
t 'nobody has read the log whole' is "$(scans messages)" "$before"
t 'ten texts are there' sql_is 10 'select count(*) from chat.messages'
t 'which was seen' is "$(eventually 5 test "$(scans messages)" -gt "$before" && echo yes)" yes

section 'Asked again, PostgreSQL knows the question'
t 'where bob is was asked once' is "$(asked '<unnamed>' "$from")" 1
t 'and not again' is "$(asked 's[0-9a-f]\{16\}' "$from")" 0
t 'the quick way was said once as it is' is "$(asked '<unnamed>' "$from" _direct)" 1
t 'then by its name' is "$(asked 's[0-9a-f]\{16\}' "$from" _direct)" 8

section 'A login is three questions, a resume two'
calls() { # FROM: which, in their order, until the first sweep; what nodes ask is not counted
	tail -n "+$1" "$dir/postgres.log" | sed -n 's/.*execute [^:]*: select [^ ]* *\(from \)*chat\.\([a-z_]*\)(.*/\2/p' |
		sed '/^node_/d; /^acks$/d; /^sweep$/d; /^session_check/,$d' | tr '\n' ' '
}
login bob "$NODE_A"
t 'bob has had his backlog' expect bob '"synced"'
close bob
logged_out bob
from=$(lines)
login alice "$NODE_A"
expect alice '"synced"'
t 'nothing waits for alice' is "$(calls "$from")" 'user_auth session_begin catch_up '
say_ok alice '{"op":"send","to":"bob","cid":"x","text":"waiting"}'
login bob "$NODE_A"
token=$(field token)
t 'something waits for bob' expect bob '"text":"waiting"'
t 'and nothing else' expect bob '"synced"'
close bob
logged_out bob
from=$(lines)
open bob "$NODE_A"
say bob "{\"op\":\"resume\",\"token\":\"$token\"}"
t 'bob resumes' expect bob '"ok":true.*"friends":\[\],"groups":\[\]'
t 'is told again' expect bob '"text":"waiting"'
t 'and in time' expect bob '"synced"'
t 'with two questions' is "$(calls "$from")" 'session_resume catch_up '
close alice bob
logged_out alice

section 'A question that has got another meaning is asked anew'
login alice "$NODE_A"
for i in a b c; do
	sends alice '"to":"bob"' "$i"
	t "text $i" expect alice '"ok":true'
done
sql "select pg_get_functiondef('chat.send_direct'::regproc)" |
	sed 's/OUT elsewhere boolean/&, OUT more integer/; s/CREATE OR REPLACE FUNCTION/drop function chat.send_direct; &/' >"$dir/other.sql"
echo '; grant execute on function chat.send_direct to chatd' >>"$dir/other.sql"
t 'its answer has one more column' psql -XAtq -v ON_ERROR_STOP=1 -f "$dir/other.sql"
from=$(lines)
sends alice '"to":"bob"' d
t 'a text is stored all the same' expect alice '"ok":true,"conv":[0-9]*,"seq":15'
t 'asked as it is' is "$(asked '<unnamed>' "$from" _direct)" 1
sends alice '"to":"bob"' e
t 'the next one too' expect alice '"ok":true,"conv":[0-9]*,"seq":16'

section 'A name means what it means now'
group() { # NAME TEXT
	sends alice "\"group\":\"$1\"" "$2"
}
say_ok alice '{"op":"group_create","name":"team"}'
first=$(field group.id)
group team one
t 'into the group' expect alice "\"ok\":true,\"conv\":$first,"
group team two
t 'again' expect alice "\"ok\":true,\"conv\":$first,"
say_ok alice '{"op":"group_set","group":"team","name":"crew"}'
group team three
t 'renamed, it is not there any more' expect alice '"error":"not_found","message":"there is no such group"'
group crew three
t 'but under its new name' expect alice "\"ok\":true,\"conv\":$first,"
group TEAM four
expect alice '"error":"not_found"'
say_ok alice '{"op":"group_create","name":"Team"}'
second=$(field group.id)
group team four
t 'the old name is given to another' expect alice "\"ok\":true,\"conv\":$second,"
say_ok alice "{\"op\":\"group_set\",\"group\":$second,\"name\":\"other\"}"
say_ok alice "{\"op\":\"group_set\",\"group\":$first,\"name\":\"team\"}"
group team five
t 'and given back' expect alice "\"ok\":true,\"conv\":$first,"
sends alice "\"group\":$second" six
t 'an id stays' expect alice "\"ok\":true,\"conv\":$second,"

section 'What was allowed need not be any more'
login bob "$NODE_A"
sends alice '"to":"bob"' f
t 'alice may write to bob' expect alice '"ok":true'
say_ok bob '{"op":"block","user":"alice"}'
sends alice '"to":"bob"' g
t 'until he has blocked her' expect alice '"error":"blocked"'
say_ok bob '{"op":"unblock","user":"alice"}'
sends alice '"to":"bob"' h
t 'and again' expect alice '"ok":true'
sends alice '"to":"bob"' h
t 'what is said again is not stored again' expect alice '"dup":true'
sends alice '"to":"bob"' j
t 'nor does it take a number' expect alice '"seq":19,'
say_ok alice "{\"op\":\"group_leave\",\"group\":$second}"
sends alice "\"group\":$second" i
t 'nor into a group that she has left' expect alice '"error":"forbidden"'
section 'Behind a pooler nothing is prepared'
again() { # OPTION…: the servers in another shape; alice says something three times
	t/stack down "$dir" && t/stack up "$dir" --nodes 1 --postgres '-c log_statement=all' "$@" || return
	. "$dir/env"
	login alice "$NODE_A" || return
	from=$(lines)
	for i in 1 2 3; do
		say_ok alice "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"$*$i\",\"text\":\"$i\"}" || return
	done
	close alice
}
t 'chatd comes back behind one' again --pgbouncer
t 'and says three times as it is what it wants' is "$(asked '<unnamed>' "$from") $(asked '<unnamed>' "$from" _direct)" '1 2'

section 'Nor if it shall not be'
t 'chatd comes back' again --chatd '--db-prepare off'
t 'and does the same' is "$(asked '<unnamed>' "$from") $(asked '<unnamed>' "$from" _direct)" '1 2'
finish
