#!/bin/sh
# Races, each 200 times: two things that happen at once leave nothing broken behind, and nothing by halves.
# shellcheck disable=SC2016,SC2317
. t/lib.sh
stack --nodes 2
unlimited

# Everybody has a device whose token is known, so nobody needs to hash a password.
sql "insert into chat.users (name, password) select unnest('{alice,bob,carol,dan}'::text[]), '';
insert into chat.users (name, password) select x || n, '' from generate_series(1, 200) n, unnest('{p,q,s,t}'::text[]) x;
insert into chat.devices (user_id, name, token_hash)
	select id, 'default', sha256(name::bytea) from chat.users where name ~ '^([pq]\\d+|bob|carol)\$';
insert into chat.devices (user_id, name, token_hash) select id, d, sha256(('alice' || d)::bytea) from chat.users, unnest('{1,2}'::text[]) d where name = 'alice';
create function u(text) returns bigint stable language sql as 'select id from chat.users where name = \$1';
create function g(text) returns bigint stable language sql as 'select id from chat.conversations where name = \$1';
create function d(text) returns bigint stable language sql as 'select id from chat.conversations where u(\$1) in (lo, hi)';
create function new_group(g text, variadic members text[]) returns void language sql as
	\$\$ select chat.group_create(u(members[1]), g, '', 'open', 'joined');
	select chat.group_join(u(m), g, null) from unnest(members[2:]) m \$\$;
grant execute on all functions in schema public to chatd;
grant usage on schema public to chatd;
select new_group('g', 'alice', 'bob', 'carol')" >/dev/null
# What the daemon's role may not look at is looked up by one who may.
sql "alter function u(text) security definer; alter function g(text) security definer; alter function d(text) security definer"

say() { # WHO GROUP CID
	printf %s "select chat.send(u('$1'), 0, null, '$2', null, true, array['$3'], array['text'])"
}
broken_in() { # GROUP
	printf %s "select what || ' ' || detail from chat.invariants where conv_id = g('$1')"
}
# race SENTENCE OUTCOMES RESET A B CHECK: the outcomes are all that may be; nothing is wrong.
race() {
	t_what=$1 outcomes=$2
	shift 2
	raced=$(perl t/race.pl 200 "$@" 2>&1)
	echo "# $(echo "$raced" | head -n 1)"
	t "$t_what: nothing is broken" is "$(echo "$raced" | tail -n +2)" ''
	t "$t_what: 200 times, with no other outcome" is "$(echo "$raced" | head -n 1 | tr ' ' '\n' | awk -v all="$outcomes" '
		/\// && index(" " all " ", " " $0 " ") { ok = 1; next } /\// { print "not", $0; next } { n += $0 } END { print n }')" 200
}

section 'Over the wire'
wire() { # WHICH
	is "$(perl t/race-wire.pl "$1" 200 "$NODE_A" "$NODE_B" 2>&1)" '200 right'
}
t 'two devices send the same cid at once, 200 times: one number, heard once' wire cid
t 'stored once' is "$(sql "select count(*), count(distinct cid) from chat.messages where cid ~ '^r\\d+\$'")" '200|200'
t 'two write to each other for the first time at once, 200 times: one conversation, 1 and 2' wire first
t 'as the database says' is "$(sql "select count(*), sum(last_seq) from chat.conversations c join chat.users u on u.id = c.lo where u.name ~ '^p\\d'")" '200|400'
t 'one is put out while others speak, 200 times: nothing is heard after the kick' wire kick
t 'all of which was stored' is "$(sql "select count(*) from chat.messages where cid ~ '^k\\d+-'")" 800

section 'Function against function'
groups() {
	race 'kick against send' 'ok/ok ok/FBD' \
		"select new_group('a%d', 'alice', 'bob')" \
		"select chat.group_kick(u('alice'), 'a%d', null, 'bob', null)" "$(say bob a%d x)" \
		"$(broken_in a%d) union all select 'said after the kick' from chat.messages x join chat.messages k using (conv_id)
			where conv_id = g('a%d') and k.kind = 'kick' and x.kind = 'text' and x.seq > k.seq"
	race 'join against send' 'ok/ok' \
		"select new_group('b%d', 'alice', 'bob')" \
		"select chat.group_join(u('carol'), 'b%d', null)" "$(say bob b%d x)" \
		"$(broken_in b%d) union all select 'joined elsewhere' from chat.members m join chat.messages x on x.conv_id = m.conv_id and x.seq = m.joined_seq
			where m.conv_id = g('b%d') and m.user_id = u('carol') and (x.kind, x.sender_id) <> ('join', m.user_id)"
	race 'leave against hand-over' 'ok/ok ok/FBD NFD/ok' \
		"select new_group('d%d', 'alice', 'bob')" \
		"select chat.group_role(u('alice'), 'd%d', null, 'bob', null, 'creator')" "select chat.group_leave(u('bob'), 'd%d', null)" "$(broken_in d%d)"
	race 'the own leave against hand-over' 'ok/ok ok/FBD' \
		"select new_group('e%d', 'alice', 'bob')" \
		"select chat.group_role(u('alice'), 'e%d', null, 'bob', null, 'creator')" "select chat.group_leave(u('alice'), 'e%d', null)" "$(broken_in e%d)"
	race 'kick against hand-over' 'ok/ok ok/FBD NFD/ok' \
		"select new_group('f%d', 'alice', 'bob', 'carol'), chat.group_role(u('alice'), 'f%d', null, 'carol', null, 'admin')" \
		"select chat.group_role(u('alice'), 'f%d', null, 'bob', null, 'creator')" "select chat.group_kick(u('carol'), 'f%d', null, 'bob', null)" "$(broken_in f%d)"
	race 'ban against join' 'ok/ok ok/FBD' \
		"select new_group('h%d', 'alice')" \
		"select chat.group_ban(u('alice'), 'h%d', null, 'bob', null)" "select chat.group_join(u('bob'), 'h%d', null)" \
		"$(broken_in h%d) union all select 'banned and in' from chat.members m join chat.group_bans using (conv_id, user_id) where conv_id = g('h%d') and left_seq is null"
}
others() {
	race 'two first messages' 'ok/ok' 'select 1' \
		"select conv_id from chat.send(u('s%d'), 0, null, 't%d', null, false, '{x}', '{from s}')" \
		"select conv_id from chat.send(u('t%d'), 0, null, 's%d', null, false, '{x}', '{from t}')" \
		"select what from chat.invariants where conv_id in ({A}, {B})
			union all select format('%%s conversations', count(*)) from chat.conversations where u('s%d') in (lo, hi) having count(*) <> 1
			union all select format('numbers %%s', string_agg(seq::text, ' ' order by seq)) from chat.messages
				where sender_id in (u('s%d'), u('t%d')) having string_agg(seq::text, ' ' order by seq) is distinct from '1 2'"
	race 'the same cid twice' 'ok/ok' 'select 1' \
		"$(say bob g c%d)" "$(say bob g c%d)" \
		"select format('stored %%s times', count(*)) from chat.messages where cid = 'c%d' having count(*) <> 1
			union all select 'a hole' from chat.conversations c where name = 'g' and last_seq <> (select count(*) from chat.messages m where m.conv_id = c.id)"
	race 'block against send' 'ok/ok ok/BLK' \
		"delete from chat.blocks" \
		"select chat.block(u('s%d'), 't%d', null)" "select chat.send(u('t%d'), 0, null, 's%d', null, false, '{y}', '{y}')" \
		"select 'a hole' from chat.conversations c where id = d('s%d') and last_seq <> (select count(*) from chat.messages m where m.conv_id = c.id);
		do \$\$ begin perform chat.send(u('t%d'), 0, null, 's%d', null, false, '{z}', '{z}'); raise notice 'may still write';
			exception when sqlstate 'CHBLK' then null; end \$\$"
}
people() {
	race 'two who add each other' 'ok/ok' \
		'delete from chat.friends' \
		"select mutual from chat.friend_add(u('p%d'), 'q%d', null)" "select mutual from chat.friend_add(u('q%d'), 'p%d', null)" \
		"select 'neither saw the other: {A} {B}' where '{A}{B}' not in ('tf', 'ft', 'tt')
			union all select 'not mutual' where (select count(*) from chat.friends) <> 2"
	race 'one invitation, two people' 'ok/FBD FBD/ok' \
		"insert into chat.invites (code) values ('i%d'); update chat.settings set registration = 'invite'" \
		"select chat.user_register('i%d', 'x', 'i%d')" "select chat.user_register('j%d', 'y', 'i%d')" \
		"select 'both' where (select count(*) from chat.users where name in ('i%d', 'j%d')) <> 1"
	race 'one name, two people' 'ok/TKN TKN/ok' \
		"update chat.settings set registration = 'open'" \
		"select chat.user_register('n%d', 'x', null)" "select chat.user_register('N%d', 'y', null)" \
		"select 'both' where (select count(*) from chat.users where lower(name) = 'n%d') <> 1"
}
beside groups groups
beside others others
beside people people
together groups others people

section 'In the end'
t 'in the end every invariant holds' is "$(sql 'table chat.invariants')" ''
finish
