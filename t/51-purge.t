#!/bin/sh
# What is too old goes: by hand, by a retention for all or for a group. Lower numbers do not exist for anybody then.
# shellcheck disable=SC2016,SC2154,SC2317
. t/lib.sh
stack --nodes 2
. t/talk.sh
people alice bob carol dave

admin() {
	sql "set role chat_admin; select chat.$1"
}
fails() { # REGEX CALL
	! admin "$2" >"$dir/why" 2>&1 && like "$(cat "$dir/why")" "$1"
}
numbers() { # WHO OF: what the history gives
	yes "$1" "{\"op\":\"history\",$2}" && echo "$(field first) of $(field 'messages | map(.seq | tostring) | join(" ")')"
}
says() { # WHO TO N: N texts
	for i in $(seq "$3"); do
		yes "$1" "{\"op\":\"send\",$2,\"cid\":\"$1 $i $(sql 'select count(*) from chat.messages')\",\"text\":\"$i by $1\"}"
	done
}
older() { # CONV SEQ DAYS: entries up to that one
	sql "update chat.messages set sent_at = now() - interval '$3 days' where conv_id = $1 and seq <= $2"
}

enter alice
enter bob "$NODE_B"
enter carol
enter dave "$NODE_B"
says alice '"to":"bob"' 6
conv=$(number conv)
hears bob '6 by alice'
yes bob "{\"op\":\"ack\",\"rid\":1,\"conv\":$conv,\"seq\":2}"
yes alice '{"op":"group_create","name":"team","history":"all"}'
team=$(field group.id)
for who in bob carol dave; do yes $who '{"op":"group_join","group":"team"}'; done
hang bob
t 'bob is away' eventually 5 logged_out bob
says alice '"group":"team"' 4
yes carol '{"op":"group_leave","group":"team"}'
says alice '"group":"team"' 2
t 'the group has' is "$(numbers alice '"group":"team"')" '1 of 1 2 3 4 5 6 7 8 9 10 11'
older "$conv" 4 30
older "$team" 10 20

section 'By hand'
t 'nothing of this week goes' fails '7 days' "purge(now() - interval '6 days')"
t 'what is older than 25 days does' is "$(admin "purge(now() - interval '25 days')")" '(4,t)'
t 'who is there hears it' hears alice '"purged","conv":[0-9]+,"first":5}' 2
t 'lower numbers do not exist' is "$(numbers alice '"to":"bob"')" '5 of 5 6'
t 'not before others either' is "$(numbers alice '"to":"bob","after":0')" '5 of 5 6'
yes alice '{"op":"search","text":"by alice","to":"bob"}'
t 'nothing finds them' is "$(field 'messages|map(.seq|tostring)|join(" ")')" '6 5'
yes alice '{"op":"convs"}'
t 'the list of conversations says it' is "$(field "convs[]|select(.conv == $conv)|.first")" 5
t 'the next number is the next' yes alice '{"op":"send","to":"bob","cid":"next","text":"next"}'
t 'that is' is "$(number seq)" 7
t 'nothing waits that is not there' sql_is '5 6 7' "select string_agg(seq::text, ' ' order by seq) from chat.pending where name = 'bob' and conv_id = $conv"
t 'the invariants agree' is "$(broken)" ''
enter bob "$NODE_B"
t 'a device that was behind moves up' hears bob '"conv":'"$conv"',"seq":5'
t 'and goes on' hears bob '"seq":7.*"next"'
t 'without what has gone' silent bob "\"conv\":$conv,\"seq\":[34],"
t 'an edit of what is not there is refused' no alice not_found "{\"op\":\"edit\",\"conv\":$conv,\"seq\":3,\"cid\":\"e\",\"text\":\"x\"}"
t 'an acknowledgement of it is nothing' yes bob "{\"op\":\"ack\",\"rid\":2,\"conv\":$conv,\"seq\":3}"
sql "update chat.conversations set first_seq = 4 where id = $conv"
t 'the invariants see a hole at the beginning' like "$(broken)" "seq not dense\|$conv"
sql "update chat.conversations set first_seq = 5 where id = $conv"

section 'A retention'
t 'of less than 7 days is none' fails '7 days' 'retention(6)'
t 'nor for a group' fails '7 days' "group_retention('team', 1)"
t 'a group keeps its own' admin "group_retention('team', 15)"
t 'it is carried out at once' hears dave "\"purged\",\"conv\":$team,\"first\":11}" 5
t 'also on the other node' hears alice "\"purged\",\"conv\":$team,\"first\":11}" 2
t 'what is left' is "$(numbers dave '"group":"team"')" '11 of 11'
t 'who had left before was never there' no carol forbidden '{"op":"history","group":"team"}'
call x
yes x '{"op":"register","name":"erin","password":"erin-password"}'
hang x
enter erin
yes erin '{"op":"group_join","group":"team"}'
t 'who joins may look back to what there is' is "$(numbers erin '"group":"team"')" '11 of 11 12'
t 'the invariants agree' is "$(broken)" ''
older "$conv" 7 100
t 'all have one' admin 'retention(90)'
t 'which is carried out' eventually 5 sql_is 0 "select count(*) from chat.messages where conv_id = $conv"
t 'then nothing is there' is "$(numbers alice '"to":"bob"')" '8 of '
t 'nor waits' sql_is 0 "select count(*) from chat.pending where conv_id = $conv"
yes alice '{"op":"convs"}'
t 'the invariants agree, too' is "$(broken)" ''
t 'it goes on' yes bob '{"op":"send","to":"alice","cid":"on","text":"and on"}'
t 'with the next number' is "$(number seq)" 8
t 'which is heard' hears alice '"seq":8,.*"and on"'
t 'a group that has nothing left' sql "update chat.messages set sent_at = now() - interval '100 days' where conv_id = $team"
t 'is empty' eventually 5 admin "purge(now() - interval '50 days')"
t 'and still a group' yes dave '{"op":"send","group":"team","cid":"still","text":"still here"}'
t 'which is heard' hears erin '"seq":13,.*"still here"'
t 'and joined' yes carol '{"op":"group_join","group":"team"}'
t 'and left' yes carol '{"op":"group_leave","group":"team"}'

section 'Much'
sql "insert into chat.conversations (kind, name) select 'group', 'many ' || i from generate_series(1, 200) i;
insert into chat.members (conv_id, user_id, role, joined_seq) select c.id, u.id, 'creator', 1
	from chat.conversations c, chat.users u where c.name ~ '^many ' and u.name = 'dave';
insert into chat.messages (conv_id, seq, sender_id, kind, body, sent_at) select m.conv_id, i, m.user_id, 'text', 'x', now() - interval '60 days'
	from chat.members m join chat.conversations c on c.id = m.conv_id, generate_series(1, 1500) i where c.name ~ '^many ';
update chat.conversations set last_seq = 1500 where name ~ '^many '"
t_now
began=$t_now
admin "purge(now() - interval '50 days')" >"$dir/purged"
t_now
took=$((t_now - began))
t "is not waited for: $(cat "$dir/purged") in $took/100 s" [ $took -lt 400 ]
t 'the nodes end it' eventually 60 sql_is 0 "select count(*) from chat.messages where sent_at < now() - interval '50 days'"
t 'every invariant holds' is "$(broken)" ''
finish
