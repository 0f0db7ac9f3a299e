#!/bin/sh
# What the older clients do from register to log out, in each of their dialects, on two nodes, and with native users.
. t/lib.sh
. t/dialect/words.sh
export TZ=Asia/Shanghai # their times are the server's local ones
stack --nodes 2

# DIALECT DIALECT: zhang at node a, li at node b
transcript() {
	zhang=zhang-$1$2 li=li-$1$2
	t "$1-$2: zhang registers" enroll "$zhang" "$1" 123456 "$NODE_A"
	t "$1-$2: li registers at the other node" enroll "$li" "$2" 6 "$NODE_B"
	t "$1-$2: zhang logs in" enter "$zhang" "$NODE_A"
	t 'and gets his number and name' is "$(shape '[.msgid // .msgId, .id, .name]')" \
		"$(case $1 in b) echo 1003 ;; *) echo 2 ;; esac)|$(id "$zhang")|$zhang"
	t 'neither friends nor groups, having none' is "$(shape '[.friends, .groups]')" 'null|null'
	t "$1-$2: li logs in" enter "$li" "$NODE_B" 6

	wish "$zhang" friend "$(id "$li")"
	t "$1-$2: zhang adds li" eventually 10 has_friend "$zhang" "$li"
	wish "$zhang" chat "$(id "$li")" 'hello li'
	t "$1-$2: zhang's chat reaches li" hears "$li" chat "$zhang" 'hello li'
	t 'its time is the server'\''s, in local time' recent "$(field time)"
	wish "$li" chat "$(id "$zhang")" 'hello zhang'
	t "$1-$2: and back" hears "$zhang" chat "$li" 'hello zhang'

	wish "$zhang" create "team-$1$2" 'us two'
	t "$1-$2: zhang creates a group" eventually 10 group_of "team-$1$2"
	wish "$li" join "$group"
	t "$1-$2: li joins it" eventually 10 members "$group" 2
	wish "$zhang" group "$group" 'hello team'
	t "$1-$2: zhang's group chat reaches li" hears "$li" group "$zhang" 'hello team' "$group"
	wish "$li" group "$group" 'hello from li'
	t "$1-$2: and back" hears "$zhang" group "$li" 'hello from li' "$group"

	wish "$li" logout
	t "$1-$2: li logs out" eventually 10 offline "$li"
	for i in 1 2 3; do wish "$zhang" chat "$(id "$li")" "waiting $i"; done
	wish "$zhang" group "$group" 'waiting 4'
	t 'what is said meanwhile waits' eventually 10 waiting "$li" 4
	wish "$li" login '' 6
	t "$1-$2: li logs in again, by the same connection" expect "$li" '"errno":0'
	for i in 1 2 3; do
		t "$1-$2: and gets what waited: $i" hears "$li" chat "$zhang" "waiting $i"
	done
	t "$1-$2: in the group too" hears "$li" group "$zhang" 'waiting 4' "$group"
	nods "$li"
	t 'nothing waits any more' eventually 10 waiting "$li" 0

	t "$1-$2: zhang logs in anew" enter "$zhang" "$NODE_B"
	t 'his friend is there' is "$(shape '.friends[0] | fromjson | [.id, .name, .state]')" "$(id "$li")|$li|online"
	t 'his group too' is "$(shape '.groups[0] | fromjson | [.id, .groupid, .groupname, .groupdesc]')" \
		"$group|$group|team-$1$2|us two"
	t 'and who is in it' is "$(shape '[.groups[0] | fromjson | .users[] | fromjson | .id, .userid, .name, .role]')" \
		"$(id "$zhang")|$(id "$zhang")|$zhang|creator|$(id "$li")|$(id "$li")|$li|normal"
	t "$1-$2: nothing else was said to either" like "$(rest "$zhang")$(rest "$li")" '^$'
	t 'the dialects are remembered' is "$(sql "select string_agg(dialect, '' order by id) from chat.users
		where id in ($(id "$zhang"), $(id "$li"))")" "$1$2"
	close "$zhang" "$li"
}

has_friend() {
	is "$(sql "select count(*) from chat.friends where user_id = $(id "$1") and friend_id = $(id "$2")")" 1
}

group_of() { # NAME; its id is in $group
	group=$(sql "select id from chat.group_list where name = '$1'")
	[ -n "$group" ]
}

members() {
	is "$(sql "select members from chat.group_list where id = $1")" "$2"
}

offline() {
	is "$(sql "select count(*) from chat.online where name = '$1'")" 0
}

waiting() { # of texts
	is "$(sql "select count(*) from chat.pending where name = '$1' and kind = 'text'")" "$2"
}

rest() { # what NAME has not been expected to hear
	tail -n +$(($(cat "$dir/$1.heard") + 1)) "$dir/$1.out"
}

recent() {
	like "$1" '^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$' || return
	[ $(($(date +%s) - $(date -d "$1" +%s))) -lt 60 ] && [ "$(date -d "$1" +%s)" -le "$(date +%s)" ]
}

# Three at a time, as they mostly wait.
alike() { transcript a a; transcript b b; transcript c c; }
unlike() { transcript a c; transcript b a; transcript c b; }
beside alike alike
beside unlike unlike

# DIALECT: wang, numbered, and nora, native
native_transcript() {
	wang=wang-$1 nora=nora-$1
	t "$1-native: wang registers" enroll "$wang" "$1" 123456 "$NODE_A"
	user "$nora"
	native "$nora"
	t "$1-native: wang logs in" enter "$wang" "$NODE_A"
	t 'nora too, at the other node' login "$nora" "$NODE_B"
	wish "$wang" friend "$(id "$nora")"
	t "$1-native: nora hears that wang added her" expect "$nora" "friend_request.*\"name\":\"$wang\""
	say "$nora" "{\"op\":\"friend_add\",\"rid\":1,\"user\":\"$wang\"}"
	t 'she adds him' expect "$nora" '"rid":1,"ok":true.*"mutual":true'

	wish "$wang" chat "$(id "$nora")" 'hello nora'
	t "$1-native: wang's chat reaches nora" expect "$nora" '"ev":"message".*"text":"hello nora"'
	t 'with his name' is "$(field from.name)" "$wang"
	say "$nora" "{\"op\":\"send\",\"rid\":2,\"to\":\"$wang\",\"cid\":\"1\",\"text\":\"hello wang\"}"
	t "$1-native: and back" hears "$wang" chat "$nora" 'hello wang'
	nods "$wang"
	t 'she is told that it arrived' expect "$nora" '"ev":"delivered"'

	wish "$wang" create "mixed-$1" 'both kinds'
	t "$1-native: wang creates a group" eventually 10 group_of "mixed-$1"
	say "$nora" "{\"op\":\"group_join\",\"rid\":3,\"group\":$group}"
	t 'nora joins it' expect "$nora" '"rid":3,"ok":true'
	wish "$wang" group "$group" 'hello team'
	t "$1-native: wang's group chat reaches nora" expect "$nora" "\"text\":\"hello team\".*\"group\":.\"id\":$group"
	say "$nora" "{\"op\":\"send\",\"rid\":4,\"group\":$group,\"cid\":\"2\",\"text\":\"hello from nora\"}"
	t "$1-native: and back" hears "$wang" group "$nora" 'hello from nora' "$group"

	wish "$wang" logout
	t "$1-native: wang logs out" eventually 10 offline "$wang"
	say "$nora" "{\"op\":\"send\",\"rid\":5,\"to\":\"$wang\",\"cid\":\"3\",\"text\":\"first, edited\"}"
	t 'nora writes' expect "$nora" '"rid":5,"ok":true'
	conv=$(field conv) seq=$(field seq)
	say "$nora" "{\"op\":\"edit\",\"rid\":6,\"conv\":$conv,\"seq\":$seq,\"cid\":\"4\",\"text\":\"first\"}"
	t 'thinks again' expect "$nora" '"rid":6,"ok":true'
	say "$nora" "{\"op\":\"send\",\"rid\":7,\"to\":\"$wang\",\"cid\":\"5\",\"text\":\"oops\"}"
	t 'writes' expect "$nora" '"rid":7,"ok":true'
	say "$nora" "{\"op\":\"delete\",\"rid\":8,\"conv\":$conv,\"seq\":$(field seq),\"cid\":\"6\"}"
	t 'takes back' expect "$nora" '"rid":8,"ok":true'
	say "$nora" "{\"op\":\"send\",\"rid\":9,\"to\":\"$wang\",\"cid\":\"7\",\"text\":\"last\"}"
	t 'and writes' expect "$nora" '"rid":9,"ok":true'
	t "$1-native: wang comes to the other node" enter "$wang" "$NODE_B"
	t 'and gets what it says by now' hears "$wang" chat "$nora" 'first'
	t 'without what was taken back' hears "$wang" chat "$nora" 'last'
	t "$1-native: nothing else was said to wang" is "$(rest "$wang")" ''
	nods "$wang"
	t 'and nothing waits' eventually 10 waiting "$wang" 0

	t "$1-native: wang is here by a native client as well" as_native "$wang" "$NODE_A"
	say "$wang@phone" "{\"op\":\"send\",\"rid\":1,\"to\":\"$nora\",\"cid\":\"8\",\"text\":\"from my phone\"}"
	t 'and writes by it' expect "$wang@phone" '"rid":1,"ok":true'
	say "$nora" "{\"op\":\"send\",\"rid\":10,\"to\":\"$wang\",\"cid\":\"9\",\"text\":\"got it\"}"
	t "$1-native: the answer comes to his old client, his own words do not" hears "$wang" chat "$nora" 'got it'
	t 'and to the phone' expect "$wang@phone" '"text":"got it"'
	close "$wang" "$wang@phone" "$nora"
}

as_native() {
	open "$1@phone" "$2"
	say "$1@phone" "{\"op\":\"login\",\"name\":\"$1\",\"password\":\"123456\",\"device\":\"phone\"}"
	expect "$1@phone" '"ok":true'
}

natives() { native_transcript a; native_transcript b; native_transcript c; }
beside natives natives
together alike unlike natives

t 'nothing is broken' is "$(sql 'table chat.invariants')" ''
finish
