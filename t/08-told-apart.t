#!/bin/sh
# How the dialects are told apart: by key, by number and fields, by memory, by --dialect. And what people type by hand.
. t/lib.sh
. t/dialect/words.sh

# TEXT NUMBER: native writes to old, who gets it under that number
writes() {
	say native "{\"op\":\"send\",\"rid\":\"$1\",\"to\":\"old\",\"cid\":\"$1\",\"text\":\"$1\"}"
	expect old "\"msg\":\"$1\"" && is "$(field msgid)" "$2"
}

remembered() {
	sql "select dialect from chat.users where name = 'old'"
}

# OPTION…: a node with these, at $third
third() {
	rm -f "$dir/third.ready"
	READY="$dir/third.ready" spawn third sh -c 'exec "$0" "$@" 9>"$READY"' "$chatd" --node c --listen 127.0.0.1:0 \
		--ready-fd 9 --db "host=$PGHOST port=$PGPORT user=chatd dbname=chat" --redis "$REDIS_URL" "$@"
	eventually 10 test -s "$dir/third.ready" && third=$(cat "$dir/third.ready")
}

remembers() { # LETTER
	is "$(remembered)" "$1"
}

waits() { # NAME, how many texts
	is "$(sql "select count(*) from chat.pending where name = '$1' and kind = 'text'")" "$2"
}

made() {
	group=$(sql "select id from chat.group_list where name = '$1'") && [ -n "$group" ]
}

both_out() {
	is "$(sql "select count(*) from chat.online where name in ('ann', 'cao')")" 0
}

logs_in() {
	wish "$1" login
	expect "$1" '"errno":0'
}

stack --nodes 2
user native old
native native old
t 'native is here' login native
echo a >"$dir/old.letter" # a strict client of C would abort below, as the real ones do

section 'The same login in A and C'
t 'old, of whom nothing is known, comes' enter old "$NODE_A" old-password
t 'and is taken for one who speaks C, whom another number would hurt' writes one 6
t 'that is not worth remembering' is "$(remembered)" ''
say old "{\"msgid\":6,\"id\":$(id old),\"friendid\":$(id native)}"
t 'its next request is one of A' expect native friend_request
t 'from then on it is spoken to in A' writes two 5
t 'which is remembered' is "$(remembered)" a
t 'old comes again, to another node' enter old "$NODE_B" old-password
t 'and is spoken to in A' writes three 5
say old "{\"msgid\":7,\"id\":$(id old),\"friendid\":$(id native)}"
t 'until it has changed its mind' eventually 10 remembers c
t 'and hears it' writes four 6
close old
sql "update chat.users set dialect = 'b' where name = 'old'"
t 'somebody of B comes with the key of the others' enter old "$NODE_B" old-password
t 'and is a stranger again' writes five 6
close old
sql "update chat.users set dialect = null where name = 'old'"
t 'a node may be told what strangers speak' third --dialect a
t 'a stranger comes to it' enter old "$third" old-password
t 'and is spoken to in A' writes six 5
close old third
t 'there are no others but by a table' exits 64 "$chatd" --dialect z

section 'One number, two meanings'
t 'ann speaks A' enroll ann a 123456
t 'cao speaks C' enroll cao c 123456
t 'ann is here' enter ann
t 'cao too' enter cao
say ann "{\"msgid\":7,\"userid\":$(id ann),\"groupname\":\"seven\",\"groupdesc\":\"\"}"
say cao "{\"msgid\":7,\"id\":$(id cao),\"friendid\":$(id native)}"
t '7 adds a friend in C' expect native "friend_request.*cao"
t '7 makes a group in A' eventually 10 made seven
say cao "{\"msgid\":9,\"id\":$(id cao),\"groupid\":$group}"
say cao "{\"msgid\":10,\"id\":$(id cao),\"groupid\":$group,\"msg\":\"ten\"}"
t '9 joins and 10 speaks in C' hears ann group cao ten "$group"
say ann "{\"msgid\":9,\"userid\":$(id ann),\"groupid\":$group,\"msg\":\"nine\"}"
t '9 speaks in A' hears cao group ann nine "$group"
say ann "{\"msgid\":10,\"id\":$(id ann)}"
say cao "{\"msgid\":3,\"id\":$(id cao)}"
t '10 and 3 log out' eventually 10 both_out
say ann '{"msgid":3,"name":"anna","password":"1"}'
t '3 registers in A' expect ann '"errno":0.*"msgid":4'
say cao '{"msgid":4,"name":"caoc","password":"1"}'
t '4 in C' expect cao '"errno":0.*"msgid":5'

section 'As people type it'
t 'ben speaks B' enroll ben b 123456
t 'ben is here' enter ben
t 'cao is back' logs_in cao
say ben "raw {\"msgId\":1004,\"fromid\":$(id ben),\"toid\":$(id cao),\"msg\":\"hello\"}\\n"
t 'a chat without name and time' hears cao chat ben hello
t 'has both when it arrives' like "$(shape '[.name, .time]')" '^ben\|[0-9]{4}-'
say ben "{\"msgId\":1005,\"id\":$(id ben),\"friendId\":$(id native),\"msg\":\"add me\"}"
t 'a friend with a word' expect native 'friend_request.*ben'
say ben "{\"msgId\":1007,\"id\":$(id ben),\"groupid\":$group}"
say ben "{\"msgId\":1008,\"id\":$(id ben),\"groupid\":$group,\"msg\":\"hello group\"}"
t 'a group chat without name and time' hears cao group ben 'hello group' "$group"
t 'ann is not there; it waits for her' eventually 10 waits ann 1

section 'People at a menu take their time'
# So does making an account, which is part of the 2 s.
t 'a node that is short of patience' third --login-timeout 2 --silent-timeout 600
native_one() { # NAME: says something, and does not log in
	open "$1" "$third"
	say "$1" '{"op":"ping"}'
}
native_one brief
dial slow a "$third"
wish slow register 123456
t 'who registers there' expect slow '"errno":0'
field id >"$dir/slow.id"
t 'is still welcome when native ones are not' expect brief '"bye"'
native_one brief2
t 'even later' expect brief2 '"bye"'
t 'to log in' logs_in slow
wish slow logout
native_one brief3
t 'and, logged out, later still' expect brief3 '"bye"'
t 'again' logs_in slow
finish
