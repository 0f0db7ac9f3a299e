#!/bin/sh
# contrib/import-mysql, with a dump of MariaDB 10.11 of what such a server holds, and of what it should not.
. t/lib.sh
. t/dialect/words.sh

import() { # OPTION… DUMP
	contrib/import-mysql --chatd "$chatd" "$@"
}

# NAME ID a|b|c PASSWORD: an imported user comes with an old client
comes() {
	echo "$2" >"$dir/$1.id"
	echo "$3" >"$dir/$1.letter"
	enter "$1" "$NODE_A" "$4"
}

# NAME ID TEXT [GROUP]: the next push is from that user
gets() {
	expect "$1" '"msg":' || return
	is "$(shape '[.id, .groupid, .msg]')" "$2|${4-null}|$3"
}

# NAME GROUP:ID TEXT,TEXT: what the user has heard from another, in a group or (null) alone
said() {
	is "$(jq -r "select(.msg and .id == ${2#*:} and .groupid == ${2%:*}).msg | gsub(\"\n\"; \" \")" "$dir/$1.out" | paste -sd,)" "$3"
}

quiet() { # NAME has heard nothing that was not expected
	is "$(tail -n +$(($(cat "$dir/$1.heard") + 1)) "$dir/$1.out")" ''
}

stack --nodes 2
export PGTZ=Asia/Shanghai # theirs
t 'it is imported' import --dialect c t/dialect/mariadb.sql
cp "$dir/said" "$dir/told"
t 'it tells what names had to change' like "$(cat "$dir/told")" 'user 23: the name " blanks " becomes "blanks"'
t 'two that are the same' like "$(cat "$dir/told")" 'user 25: the name "Ｂｏｂ" becomes "Ｂｏｂ~25"'
t 'control characters' like "$(cat "$dir/told")" 'user 26: the name "tab\\there" becomes "tab here"'
t 'groups without anybody' like "$(cat "$dir/told")" 'group 5 "nobody here" has no members'
t 'whose creator was not one' like "$(cat "$dir/told")" 'group 7: its creator is user 19'
t 'messages that cannot be read' is "$(grep -c 'cannot be read' "$dir/told")" 3
t 'or delivered' is "$(grep -c 'does not exist\|do not belong' "$dir/told")" 3
t 'and how much it was' is "$(tail -n 1 "$dir/told")" \
	'12 users, 4 friends, 5 groups with 11 members, 7 waiting messages'
t 'nothing is broken' is "$(sql 'table chat.invariants')" ''
t 'without a dialect it is refused' exits 64 import t/dialect/mariadb.sql
t 'with the reason' like "$(cat "$dir/said")" 'shows nothing of what it is sent'
t 'a second time it is refused' not import --dialect c t/dialect/mariadb.sql
t 'and nothing happens' is "$(sql 'select count(*) from chat.users')" 12
t 'no password is plain' is "$(sql "select count(*) from chat.users where password not like '\$argon2id\$%'")" 0
t 'names are what they were' is "$(sql 'select name from chat.users where id = 22')" "O'Brien \"\\\" ; -- /* */"
t 'descriptions too' is "$(sql 'select description from chat.group_list where id = 2')" '每周一本书; "慢慢" 读
第二行'
t 'one creator each' is "$(sql "select string_agg(creator, ',' order by id) from chat.group_list")" \
	'zhang san,高洋,li si,wu yang,Bob'
t 'messages keep their time' is "$(sql "select sent_at at time zone 'UTC' from chat.messages where body = 'hello li si'")" \
	'2020-02-20 12:20:20'

t 'zhang san logs in by his number' comes 'zhang san' 13 c 123456
t 'with his name' is "$(field name)" 'zhang san'
t 'his friends' is "$(shape '[.friends[] | fromjson | .id]')" '15|21'
t 'his groups' is "$(shape '[.groups[] | fromjson | .id]')" '1|2'
t 'what waits for him' gets 'zhang san' 21 'only you missed this' 1
t 'li si comes' comes 'li si' 15 c 666666
t 'and gets what waits for him' eventually 10 said 'li si' null:13 'hello li si,第三条 两行'
t 'from gao, of dialect B' eventually 10 said 'li si' null:21 'B says "hi" and \ too'
t 'from the group' eventually 10 said 'li si' 1:13 'meeting at 8'
t 'from another member' eventually 10 said 'li si' 1:22 "it's late; I'll come"
t 'gao yang, whose name is Chinese, comes' comes gao 21 c 密码1314520
t 'and gets what was said in the group' gets gao 13 'meeting at 8' 1
t 'wu yang, whose password has quotes' comes wu 19 c 'it'\''s \\ \"quoted\"'
t 'for whom nothing waits' quiet wu
t 'O'\''Brien' comes obrien 22 c 1
t 'who hears nothing that was said before' quiet obrien
wish 'zhang san' group 1 'and now?'
t 'but what is said now' gets obrien 13 'and now?' 1
t 'smile' comes smile 40 c 'p😀'
t 'liu shuo' comes liu 16 c 123456
t 'gets the one message of his that could be read' gets liu 15 'no time'
t 'nobody without a password' not comes nopassword 41 c ''
t 'somebody new' enroll new a 123456
t 'gets a number that nobody had, not even who is gone' is "$(id new)" 61
t 'so does a new group' is "$(sql "select id > 9 from chat.group_create(61, 'new', '', 'open', 'joined')")" t
t 'nothing is broken' is "$(sql 'table chat.invariants')" ''

section 'Other forms of dump'
sed -E '/^INSERT/{N;s/\n//;:a;s/\),$/),/;/;$/!{N;s/\n//;ba}}' t/dialect/mariadb.sql >"$dir/one-line.sql" # as before MariaDB 10.7
t 'one line for each table is the same' is "$(import --dialect none --print "$dir/one-line.sql" | sed 's/argon.*//')" \
	"$(import --dialect none --print t/dialect/mariadb.sql | sed 's/argon.*//')"
cat >"$dir/columns.sql" <<'END'
INSERT INTO `chat`.`user` (`password`,`name`,`id`) VALUES ('a\\','it''s',0x37);
insert ignore into allgroup (groupdesc, id, groupname) values (_utf8mb4'x',3,'g');
INSERT INTO `other` VALUES (1,'); INSERT INTO `user` VALUES (1,\'2\',\'3\');');
END
t 'columns have names' like "$(import --dialect none --print "$dir/columns.sql" | grep -A1 'copy old_user' | tail -n 1)" '1	7	it'\''s	.argon'
t 'strings are no statements' is "$(import --dialect none --print "$dir/columns.sql" | grep -A2 'copy old_user' | tail -n 1)" '\.'
printf "INSERT INTO User VALUES (1,'\\377','a');" >"$dir/latin1.sql"
t 'what is not UTF-8 is refused' not import --dialect none "$dir/latin1.sql"
t 'with the way out' like "$(cat "$dir/said")" 'default-character-set'
echo "INSERT INTO User VALUES (1,'a'" >"$dir/short.sql"
t 'half a dump too' not import --dialect none "$dir/short.sql"
t 'and no dump at all' not import --dialect none /dev/null
t 'bad usage is bad usage' exits 64 import --dialect d t/dialect/mariadb.sql
finish
