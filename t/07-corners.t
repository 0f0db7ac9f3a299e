#!/bin/sh
# Corners in which something once went wrong: each needed two things to happen in an unlucky order.
cd "$(dirname "$0")/.." || exit 1
. t/lib.sh
stack --nodes 3
user alice bob carol dan

# An object that is begun and not ended has its time after login, too, whatever else happens meanwhile.
unended() {
	section 'An object that is not ended'
	login dan "$NODE_C"
	t 'dan has his backlog' expect dan '"ev":"synced"'
	say dan '{"op":"ping",'
	t 'what he began is waited for, and not for ever' expect dan '"reason":"timeout"' 15
}
beside unended unended

section 'The size of tables'
# One that was never analyzed has -1 rows in PostgreSQL's book.
users() {
	is "$(sql "select rows_about from chat.size where what = 'users'")" 4
}
t 'the size of a fresh database is a number of rows' eventually 20 users
t 'of every table' is "$(sql 'select what from chat.size where rows_about < 0')" ''

section 'A kick that the kicker did not live to publish, met while catching up'
login alice "$NODE_A"
login bob "$NODE_B"
say alice '{"op":"group_create","rid":"g","name":"team"}'
t 'a group is made' expect alice '"rid":"g","ok":true'
say bob '{"op":"group_join","rid":"j","group":"team"}'
t 'bob joins it' expect bob '"rid":"j","ok":true'
conv=$(sql "select id from chat.group_list")
i=0
while [ $i -lt 300 ]; do
	i=$((i + 1))
	printf '{"op":"send","rid":%s,"group":"team","cid":"%s","text":"text %s"}\n' $i $i $i
done >"$dir/sends"
cat "$dir/sends" 1<>"$dir/alice.in"
t '300 texts are stored' expect alice '"rid":300,"ok":true'
t 'bob, who acknowledges nothing, has his window full' expect bob '"text":"text 255"'
alice=$(sql "select id from chat.users where name = 'alice'")
sql "select chat.group_kick($alice, 'team', null, 'bob', null)" >/dev/null
say bob "{\"op\":\"ack\",\"conv\":$conv,\"seq\":257}"
t 'after an acknowledgement bob gets the rest, up to his kick' expect bob '"kind":"kick"'
say alice '{"op":"send","rid":"s","group":"team","cid":"s","text":"a secret"}'
t 'what is said afterwards is stored' expect alice '"rid":"s","ok":true'
say bob '{"op":"ping","rid":"p"}'
t 'bob is still there' expect bob '"rid":"p","ok":true'
t 'and has not heard it' not grep -q 'a secret' "$dir/bob.out"

section 'A membership that ended and began again on another device'
# Before this one acknowledged.
login bob@x "$NODE_A"
login bob@y "$NODE_B"
say bob@x '{"op":"group_join","rid":"j","group":"team"}'
t 'bob comes back on one device' expect bob@x '"rid":"j","ok":true'
t 'the other one sees it' expect bob@y '"kind":"join"'
say bob@x '{"op":"group_leave","rid":"l","group":"team"}'
t 'he leaves' expect bob@x '"rid":"l","ok":true'
t 'the other one sees it, and acknowledges nothing' expect bob@y '"kind":"leave"'
say bob@x '{"op":"group_join","rid":"k","group":"team"}'
t 'and joins again' expect bob@x '"rid":"k","ok":true'
t 'the other one sees that' expect bob@y '"kind":"join"'
say alice '{"op":"send","rid":"w","group":"team","cid":"w","text":"welcome back"}'
t 'and hears at once what is said then' expect bob@y 'welcome back' 3

section 'What was stored is answered also to one who has left'
# What is new is refused, alone.
bob=$(sql "select id from chat.users where name = 'bob'")
send="select states, seqs, ats from chat.send($bob, 0, $conv, null, null, false"
sql "$send, '{k}', '{a}')" >/dev/null
sql "select chat.group_leave($bob, 'team', null)" >/dev/null
t 'a repeat and something new, from one who left' like "$(sql "$send, '{k,k2}', '{a,b}')")" '^[{]dup,refused[}][|][{][0-9]+,NULL[}][|][{][0-9]+,NULL[}]$'
t 'nothing new alone' like "$(sql "$send, '{k3}', '{c}')" 2>&1)" 'not a member'

section 'A logout that the database does not take has not happened'
login carol "$NODE_A"
token=$(field token)
node postgres kill
say carol '{"op":"logout","rid":1}'
t 'without a database nobody is logged out' expect carol '"rid":1,"ok":false,"error":"unavailable"'
node postgres start
out() {
	say carol '{"op":"logout","rid":2}' && expect carol '"rid":2,"ok":' 3 && like "$line" '"ok":true'
}
t 'with it she is' eventually 15 out
say carol "{\"op\":\"resume\",\"rid\":3,\"token\":\"$token\"}"
t 'and her token is dead' expect carol '"rid":3,"ok":false,"error":"bad_credentials"'

section 'Comments'
# \d+ and \df+ are the manual: nothing is without a comment.
t 'every table, view, column, function and domain says what it is' is "$(sql "select format('%s %s', c.relname, a.attname)
	from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
	where c.relnamespace = 'chat'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'c')
		and (obj_description(c.oid, 'pg_class') is null or col_description(c.oid, a.attnum) is null)
	union all
	select p.oid::regprocedure::text from pg_proc p
	where p.pronamespace = 'chat'::regnamespace and obj_description(p.oid, 'pg_proc') is null
	union all
	select t.typname from pg_type t
	where t.typnamespace = 'chat'::regnamespace and t.typtype in ('d', 'e') and obj_description(t.oid, 'pg_type') is null")" ''
t 'there are many' [ "$(sql "select count(*) from pg_description d join pg_class c on c.oid = d.objoid
	where c.relnamespace = 'chat'::regnamespace and d.classoid = 'pg_class'::regclass")" -ge 150 ]

section 'Two masters of one name'
# A mistake, unless one is dead or hands over.
master() { # NAME OPTION...
	master=$1
	shift
	spawn "$master" "$chatd" --db "host=$PGHOST port=$PGPORT user=chatd dbname=chat" --redis "$REDIS_URL" "$@"
}
login alice@stays "$NODE_B"
old=$(cat "$dir/b.pid")
kill -QUIT "$old"
t 'b hands over' eventually 5 grep -q ev=handing_over "$dir/b.log"
master heir --node b --listen "$NODE_B"
node a kill
node a start
t 'a second master of a name in use is refused' exits 78 "$chatd" --db "host=$PGHOST port=$PGPORT user=chatd dbname=chat" \
	--redis "$REDIS_URL" --node a --listen 127.0.0.1:0
beating() {
	is "$(sql "select count(*) from chat.nodes where pid in ($(cat "$dir/a.pid"), $(cat "$dir/heir.proc")) and last_seen > started_at + interval '7 s'")" 2
}
t 'the others have beaten for a while' eventually 15 beating
t 'one that follows a dead one says nothing' not grep name_taken "$dir/a.log"
t 'nor does an heir' not grep name_taken "$dir/heir.err"
t 'psql knows who hands over' is "$(sql 'select pid from chat.node_list where handing_over and alive')" "$old"
together unended
section 'In the end'
t 'no invariant is broken' is "$(sql 'table chat.invariants')" ''
finish
