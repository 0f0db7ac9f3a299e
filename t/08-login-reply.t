#!/bin/sh
# The login reply is one frame, whatever the user has: friends first, then groups, then members, each whole or left out.
. t/lib.sh
. t/dialect/words.sh

# JQ WANTED: of the reply
reply() {
	is "$(printf '%s\n' "$line" | jq -c "$1")" "$2"
}

short() { # the frame fits
	[ "${#line}" -lt 1024 ]
}

# HOW MANY: friends are in the reply or told behind it, each once, and whole
told_all() {
	eventually 10 told_so_many "$1"
}
told_so_many() {
	{
		printf '%s\n' "$line" | jq -r '.friends[] | fromjson | .id'
		jq -j 'select(.name == "chatd").msg' "$dir/old.out" | sed 's/.*friends: //; s/;.*//' | tr ',' '\n' | awk '{ print $1 }'
	} | sort -n >"$dir/ids"
	sql "select friend_id from chat.friends where user_id = $(id old) order by 1" | cmp - "$dir/ids" && is "$(wc -l <"$dir/ids")" "$1"
}

stack --nodes 2
t 'old has a number' enroll old b 123456
user maker
native maker
t 'a group of 101 is made' sql "
	insert into chat.users (name, password) select 'member ' || n, '-' from generate_series(1, 99) n;
	select id from chat.group_create($(id maker), 'crowd', 'everybody is here', 'open', 'joined');
	select count(g) from chat.users u, chat.group_join(u.id, 'crowd', null) g where u.id <> $(id maker);"
group=$(sql "select id from chat.group_list where name = 'crowd'")

t 'old logs in' enter old
t 'the reply fits' short
t 'the group is in it' reply '.groups | length' 1
t 'with its name' reply '.groups[0] | fromjson | [.id, .groupid, .groupname, .groupdesc]' \
	"[$group,$group,\"crowd\",\"everybody is here\"]"
t 'its creator comes first' reply '.groups[0] | fromjson | .users[0] | fromjson | [.id, .userid, .name, .role]' \
	"[$(id maker),$(id maker),\"maker\",\"creator\"]"
t 'then others as far as they fit' reply '.groups[0] | fromjson | .users | length > 3' true
t 'maker comes too' login maker "$NODE_B"
say maker "{\"op\":\"send\",\"rid\":1,\"group\":$group,\"cid\":\"1\",\"text\":\"hello crowd\"}"
t 'and is heard by old' hears old group maker 'hello crowd' "$group"
wish old group "$group" 'here I am'
t 'and old by maker' expect maker '"text":"here I am"'

sql "insert into chat.friends (user_id, friend_id) select $(id old), id from chat.users where name ~ '^member [1-6]$'"
t 'old has friends now' enter old
t 'they are in the reply' reply '[.friends[] | fromjson | .name]' \
	'["member 1","member 2","member 3","member 4","member 5","member 6"]'
t 'offline, as they are' reply '[.friends[] | fromjson | .state] | unique' '["offline"]'
t 'the group follows' reply '.groups[0] | fromjson | .groupname' '"crowd"'
t 'with fewer members' reply '.groups[0] | fromjson | .users | length | . > 0 and . < 6' true
t 'it fits' short

sql "insert into chat.friends (user_id, friend_id) select $(id old), id from chat.users where name ~ '^member' on conflict do nothing"
t 'old has 99 friends' enter old
t 'as many as fit are in the reply' reply '.friends | length | . > 12 and . < 25' true
t 'in their order, none left out between' reply '[.friends[] | fromjson | .name][1:4]' '["member 10","member 11","member 12"]'
t 'there is no place for the group, and a member would not fit' reply '.groups' null
t 'it fits' short
t 'who is missing is told by name' told_all 99
t 'and so is the group' eventually 10 grep -q "groups: $group crowd" "$dir/old.out"
wish old group "$group" 'still a member'
t 'which has not changed that old is in it' expect maker '"text":"still a member"'

section 'Names that grow when they are written as JSON in JSON'
sql "delete from chat.friends;
	update chat.users set name = left(repeat('\"\\', 24), 47) || right(name, 2) where name ~ '^member [1-8].'"
sql "insert into chat.friends (user_id, friend_id) select $(id old), id from chat.users where name ~ '^\"' order by id limit 4"
t 'friends are called """\\\\\\' enter old
t 'a few of them fit' reply '.friends | length | . > 0 and . < 4' true
t 'and are spelled right' reply '.friends[0] | fromjson | .name | .[:4]' '"\"\\\"\\"'
t 'it fits' short

section 'Forty friends and six groups'
for i in 1 2 3 4 5; do
	sql "select g.id from chat.group_create($(id old), 'circle $i', '', 'open', 'joined') g" >/dev/null
done
sql "delete from chat.friends; insert into chat.friends (user_id, friend_id) select $(id old), id from chat.users where name ~ '^.' and id <> $(id old) order by id limit 40"
t 'old comes' enter old
t 'hears of all forty' told_all 40
six_groups() {
	{
		printf '%s\n' "$line" | jq -r '.groups[]? | fromjson | .groupname'
		jq -j 'select(.name == "chatd").msg' "$dir/old.out" | grep -oE '(crowd|circle [1-5])'
	} | sort >"$dir/names"
	is "$(paste -sd, <"$dir/names")" 'circle 1,circle 2,circle 3,circle 4,circle 5,crowd'
}
t 'and of the six groups' eventually 10 six_groups
t 'each push fits' is "$(awk 'length($0) > 1023' "$dir/old.out")" ''
for i in 1 2 3 4 5; do
	sql "select chat.group_leave($(id old), 'circle $i', null)" >/dev/null
done

for i in 1 2 3 4 5 6 7 8 9; do
	sql "select g.id from chat.group_create($(id old), 'group $i', repeat('字', 20), 'open', 'joined') g" >/dev/null
done
sql "delete from chat.friends"
t 'old has ten groups' enter old
t 'as many as fit are there' reply '.groups | length | . > 3 and . < 10' true
t 'before any member is' reply '[.groups[] | fromjson | .users | length] | add | . < 3' true
t 'it fits' short
sql "update chat.users set name = 'o' || repeat('😀', 49) where id = $(id old)"
t 'a name of 197 bytes' enter old
t 'fits as well' short

t 'nothing is broken' is "$(sql 'table chat.invariants')" ''
finish
