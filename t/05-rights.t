#!/bin/sh
# Rights: every operation on a conversation, by everybody in turn. Exactly those succeed that may; whoever is refused
# has changed nothing: all tables are compared, byte by byte.
# shellcheck disable=SC2016,SC2317
. t/lib.sh
stack --nodes 2
. t/talk.sh

group_actors='stranger former kicked banned invited normal admin creator'
direct_actors='blocked peer'
# shellcheck disable=SC2086
people $group_actors $direct_actors

# What the tables hold, but for heartbeats and sessions.
sql "create function snapshot(p_but text) returns text language plpgsql as \$\$
declare r text; v text; c bigint; a text := '';
begin
	for r in select relname from pg_class where relnamespace = 'chat'::regnamespace and relkind = 'r'
		and relname not in ('nodes', 'sessions', p_but) order by 1
	loop
		execute format('select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from chat.%I t', r) into c, v;
		a := a || format('%s: %s %s, ', r, c, v);
	end loop;
	return a;
end \$\$" 2>&1

# Everybody has said two things in the group before it came as it did. The texts of others: one for each who may delete.
sql "insert into chat.users (name, password) select n, '' from unnest('{blocker,pal,deputy,newcomer,va,vc,ba,bc,ua,uc,ra}'::text[]) n;
create function u(text) returns bigint language sql as 'select id from chat.users where name = \$1';
create function say(who text, text) returns void language sql as
	\$\$ select chat.send(u(who), 0, null, 'g', null, true, array[who || \$2], array[who || \$2]) \$\$;
create function entry(text) returns bigint language sql as 'select max(seq) from chat.messages where cid = \$1';
select chat.group_create(u('creator'), 'g', '', 'open', 'joined');
select chat.group_join(u(n), 'g', null), say(n, '-1'), say(n, '-2')
	from unnest('{former,kicked,banned,normal,admin,deputy,va,vc,ba,bc,ua,uc,ra}'::text[]) n;
select say('creator', '-1'), say('creator', '-2');
select chat.group_role(u('creator'), 'g', null, n, null, 'admin') from unnest('{admin,deputy}'::text[]) n;
select chat.group_leave(u('former'), 'g', null);
select chat.group_kick(u('creator'), 'g', null, 'kicked', null);
select chat.group_ban(u('creator'), 'g', null, n, null) from unnest('{banned,ua,uc}'::text[]) n;
select chat.group_invite(u('creator'), 'g', null, 'invited', null);
select chat.group_set(u('creator'), 'g', null, null, null, 'invite', null);
select chat.send(u(a), 0, null, b, null, false, array[a || '-1', a || '-2'], array[a || '-1', a || '-2'])
	from (values ('blocked', 'blocker'), ('blocker', 'blocked'), ('peer', 'pal'), ('pal', 'peer')) x(a, b);
select chat.block(u('blocker'), 'blocked', null)" >/dev/null
group=$(sql "select id from chat.conversations where name = 'g'")
blocked=$(sql "select conv_id from chat.messages where cid = 'blocked-1'")
peer=$(sql "select conv_id from chat.messages where cid = 'peer-1'")
entry() { # CID
	sql "select entry('$1')"
}
x_admin=$(entry va-1) x_creator=$(entry vc-1) x_pal=$(entry pal-1) x_blocker=$(entry blocker-1)
at=a
# shellcheck disable=SC2086
for who in $group_actors $direct_actors; do
	case $at in a) at=b addr=$NODE_A ;; b) at=a addr=$NODE_B ;; esac
	enter "$who" "$addr" && hears "$who" '"ev":"synced"' || exit 1
	read -r own_1 own_2 <<END
$(sql "select coalesce(entry('$who-1'), $x_admin), coalesce(entry('$who-2'), $x_admin)" | tr '|' ' ')
END
	eval "own_1_$who=$own_1 own_2_$who=$own_2"
done

# WHO REQUEST: sets request. %C conversation, %O and %P own texts, %X that of another, %T the other side, %v who suffers
fill() {
	eval "own_1=\$own_1_$1 own_2=\$own_2_$1"
	case $1 in
	blocked) conv=$blocked x=$x_blocker to=blocker ;;
	peer) conv=$peer x=$x_pal to=pal ;;
	*) conv=$group x=$x_admin to=pal ;;
	esac
	v=a
	[ "$1" != creator ] || x=$x_creator v=c
	[ "$3" != direct ] || [ "$1" != stranger ] || conv=$peer x=$x_pal
	request=$(printf '%s\n' "$2" | sed "s/%C/$conv/g; s/%O/$own_1/g; s/%P/$own_2/g; s/%X/$x/g; s/%T/$to/g; s/%v/$v/g")
}

refused_cleanly() { # WHO CODE REQUEST
	no "$@" && is "$(sql "select snapshot('')")" "$before"
}
changes_nothing() { # WHO REQUEST
	yes "$@" && is "$(sql "select snapshot('')")" "$before"
}
changes_something() { # WHO REQUEST
	yes "$@" && not is "$(sql "select snapshot('cursors')")" "$before"
}

# f forbidden, b blocked, n not_found, c conflict, r bad_request; = is ok and changes nothing, + is ok and does
cell() { # PASS WHO WHAT MARK REQUEST
	case $4 in
	f) code=forbidden ;; b) code=blocked ;; n) code=not_found ;; c) code=conflict ;; r) code=bad_request ;;
	=) [ "$1" = 2 ] || t "$2: $3: looks, and changes nothing" changes_nothing "$2" "$5" && return ;;
	+) [ "$1" = 1 ] || { before=$(sql "select snapshot('cursors')") && t "$2: $3: may" changes_something "$2" "$5"; } && return ;;
	*) t "$2: $3: $4?" false && return ;;
	esac
	[ "$1" = 2 ] || t "$2: $3: $code" refused_cleanly "$2" "$code" "$5"
}

matrix() { # PASS KIND ACTORS, of lines: OPERATION | one mark for each | REQUEST
	while IFS='|' read -r what marks json; do
		# shellcheck disable=SC2086
		set -- "$1" "$2" "$3" $marks
		for who in $3; do
			mark=$4
			fill "$who" "$json" "$2"
			pass=$1 kind=$2 actors=$3
			shift 4
			set -- "$pass" "$kind" "$actors" "$@"
			cell "$pass" "$who" "$what" "$mark" "$request"
		done
	done
}

#	stranger former kicked banned invited normal admin creator
cat >"$dir/group" <<'END'
send|		n f f f f + + +|{"op":"send","group":"g","cid":"new","text":"x"}
send by conv|	n f f f f + + +|{"op":"send","conv":%C,"cid":"new 2","text":"x"}
history|	n = = = f = = =|{"op":"history","group":"g"}
search|		n = = = f = = =|{"op":"search","conv":%C,"text":"x"}
typing|		n f f f f = = =|{"op":"typing","group":"g"}
read|		f + + + f + + +|{"op":"read","conv":%C,"seq":%O}
edit own|	n f f f f + + +|{"op":"edit","conv":%C,"seq":%O,"cid":"e","text":"x"}
edit another's|	n f f f f f f f|{"op":"edit","conv":%C,"seq":%X,"cid":"f","text":"x"}
delete own|	n f f f f + + +|{"op":"delete","conv":%C,"seq":%P,"cid":"d"}
delete another's|n f f f f f + +|{"op":"delete","conv":%C,"seq":%X,"cid":"g"}
members|	n f f f f = = =|{"op":"group_members","group":"g"}
invite one who is banned|n f f f f f c c|{"op":"group_invite","group":"g","user":"banned"}
kick|		n f f f f f + +|{"op":"group_kick","group":"g","user":"v%v"}
kick one who is not in|n f f f f f n n|{"op":"group_kick","group":"g","user":"newcomer"}
kick an admin|	n f f f f f f +|{"op":"group_kick","group":"g","user":"deputy"}
kick the creator|n f f f f f f r|{"op":"group_kick","group":"g","user":"creator"}
ban|		n f f f f f + +|{"op":"group_ban","group":"g","user":"b%v"}
ban an admin|	n f f f f f f +|{"op":"group_ban","group":"g","user":"deputy"}
ban the creator|n f f f f f f r|{"op":"group_ban","group":"g","user":"creator"}
unban|		n f f f f f + +|{"op":"group_unban","group":"g","user":"u%v"}
invite|		n f f f f f + +|{"op":"group_invite","group":"g","user":"u%v"}
unban one who is not|n f f f f f n n|{"op":"group_unban","group":"g","user":"newcomer"}
give a role|	n f f f f f f +|{"op":"group_role","group":"g","user":"ra","role":"admin"}
give a role to who is not in|n f f f f f f n|{"op":"group_role","group":"g","user":"newcomer","role":"admin"}
become creator|	n f f f f f f r|{"op":"group_role","group":"g","user":"creator","role":"creator"}
set|		n f f f f f + +|{"op":"group_set","group":"g","description":"%P"}
leave|		n f f f f + + f|{"op":"group_leave","group":"g"}
join|		n f f f + = = =|{"op":"group_join","group":"g"}
END
#	stranger blocked peer
cat >"$dir/direct" <<'END'
send by conv|	f b +|{"op":"send","conv":%C,"cid":"new","text":"x"}
history|	f = =|{"op":"history","conv":%C}
search|		f = =|{"op":"search","conv":%C,"text":"x"}
typing|		f b =|{"op":"typing","conv":%C}
read|		f + +|{"op":"read","conv":%C,"seq":1}
edit own|	f b +|{"op":"edit","conv":%C,"seq":%O,"cid":"e","text":"x"}
edit another's|	f b f|{"op":"edit","conv":%C,"seq":%X,"cid":"f","text":"x"}
delete own|	f b +|{"op":"delete","conv":%C,"seq":%P,"cid":"d"}
delete another's|f b f|{"op":"delete","conv":%C,"seq":%X,"cid":"g"}
history with|	= = =|{"op":"history","to":"%T"}
typing to|	= b =|{"op":"typing","to":"%T"}
send to|	+ b +|{"op":"send","to":"%T","cid":"new 2","text":"x"}
send as to a group|n n n|{"op":"send","group":%C,"cid":"new 3","text":"x"}
join|		n n n|{"op":"group_join","group":%C}
leave|		n n n|{"op":"group_leave","group":%C}
members|	n n n|{"op":"group_members","group":%C}
invite|		n n n|{"op":"group_invite","group":%C,"user":"va"}
kick|		n n n|{"op":"group_kick","group":%C,"user":"va"}
ban|		n n n|{"op":"group_ban","group":%C,"user":"va"}
unban|		n n n|{"op":"group_unban","group":%C,"user":"va"}
give a role|	n n n|{"op":"group_role","group":%C,"user":"va","role":"admin"}
set|		n n n|{"op":"group_set","group":%C,"description":"x"}
END

section 'An acknowledgement of what is not mine is nothing'
before=$(sql "select snapshot('')")
t 'there is something to compare' like "$before" 'messages: [0-9]+ [0-9a-f]{32}, .*users: 21 '
t 'stranger: ack: changes nothing' changes_nothing stranger "{\"op\":\"ack\",\"conv\":$group,\"seq\":2,\"rid\":1}"
t 'stranger: ack of a direct one: changes nothing' changes_nothing stranger "{\"op\":\"ack\",\"conv\":$peer,\"seq\":2,\"rid\":1}"
# First all who are refused or look only, so that they find everything as it was; then all who may, in the order given.
matrix 1 group "$group_actors" <"$dir/group"
matrix 1 direct "stranger $direct_actors" <"$dir/direct"
t 'nobody was left out' is "$(sql "select snapshot('')")" "$before"
matrix 2 group "$group_actors" <"$dir/group"
matrix 2 direct "stranger $direct_actors" <"$dir/direct"

t 'every invariant holds' is "$(broken)" ''
finish
