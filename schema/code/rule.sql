-- Governing: for administrators with psql. `table chat.help` lists what there is. Each function takes a name (text) or
-- an id (bigint), is noted in chat.audit, and holds for living sessions on every node within two seconds: SQL cannot
-- publish, so what is to be done there is left in chat.outbox.

create or replace view help as
	select split_part(p.proname, '_', 1) as topic,
		format('%s(%s)', p.proname, pg_get_function_arguments(p.oid)) as call,
		obj_description(p.oid, 'pg_proc') as what
	from pg_proc p
	where p.pronamespace = 'chat'::regnamespace and has_function_privilege('chat_admin', p.oid, 'execute')
	order by split_part(p.proname, '_', 1), p.proname, pg_get_function_arguments(p.oid);
comment on view help is 'what administrators may call';
comment on column help.topic is 'what it is about';
comment on column help.call is 'the function and its arguments';
comment on column help.what is 'what it does';
grant select on help to chat_admin;

create or replace view audit_list as
	select a.at, a.by, a.what, u.name as user, c.name as group, a.detail
	from audit a left join users u on u.id = a.user_id left join conversations c on c.id = a.conv_id
	order by a.id;
comment on view audit_list is 'which administrator did what';
comment on column audit_list.at is 'when';
comment on column audit_list.by is 'the PostgreSQL role that was logged in';
comment on column audit_list.what is 'the function';
comment on column audit_list.user is 'to whom, by the name of today';
comment on column audit_list.group is 'to which group';
comment on column audit_list.detail is 'what else was said';
grant select on audit_list to chat_admin;

create or replace view user_list as
	select u.id, u.name, u.created_at, u.disabled_at,
		exists (select from sessions s join nodes n using (boot_id)
			where s.user_id = u.id and n.last_seen > now() - interval '15 s') as online,
		(select max(d.last_seen) from devices d where d.user_id = u.id) as last_seen,
		(select count(*) from devices d where d.user_id = u.id) as devices,
		(select count(*) from members m join conversations c on c.id = m.conv_id
			where m.user_id = u.id and m.left_seq is null and c.kind = 'group') as groups,
		(select count(*) from friends f where f.user_id = u.id) as friends
	from users u
	order by u.name;
comment on view user_list is 'every account';
comment on column user_list.id is 'the user''s';
comment on column user_list.name is 'the same, by name';
comment on column user_list.created_at is 'when it was registered';
comment on column user_list.disabled_at is 'since when it may not log in';
comment on column user_list.online is 'has a session on a node that is alive';
comment on column user_list.last_seen is 'when one of its devices was last here; null: it never logged in';
comment on column user_list.devices is 'how many it has';
comment on column user_list.groups is 'how many it is in';
comment on column user_list.friends is 'how many are on its list';
grant select on user_list to chat_read;

create or replace function audit_note(p_what text, p_user bigint, p_conv bigint, p_detail text) returns void
	language sql as $$
	insert into audit (what, user_id, conv_id, detail) values (p_what, p_user, p_conv, p_detail);
$$;
comment on function audit_note(text, bigint, bigint, text) is 'who is logged in did this';

-- The outbox

create or replace function outbox_all(p_what text, p_user bigint) returns void
	language sql as $$
	insert into outbox (boot_id, what, user_id) select n.boot_id, p_what, p_user from nodes n order by n.boot_id;
$$;
comment on function outbox_all(text, bigint) is 'every node is to do that';

create or replace function outbox_one(p_what text, p_user bigint, p_conv bigint, p_seq bigint, p_line text) returns void
	language sql as $$
	insert into outbox (boot_id, what, user_id, conv_id, seq, line)
	select n.boot_id, p_what, p_user, p_conv, p_seq, p_line from nodes n
	where n.last_seen > now() - interval '15 s'
	order by n.counters = '{}', n.last_seen desc limit 1; -- a program of before counts nothing, nor does it look in here
$$;
comment on function outbox_one(text, bigint, bigint, bigint, text) is 'one living node is to publish that; if there is none, nobody is there to hear it';

create or replace function node_outbox(p_boot text, p_done bigint[],
	out id bigint, out what text, out user_id bigint, out conv_id bigint, out seq bigint, out line text)
	returns setof record
	language plpgsql security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	perform set_config('synchronous_commit', 'off', true);
	delete from outbox o where o.boot_id = p_boot and o.id = any (p_done);
	return query
		select o.id, o.what, o.user_id, o.conv_id, o.seq, o.line from outbox o where o.boot_id = p_boot order by o.id limit 1000;
end $$;
comment on function node_outbox(text, bigint[]) is 'what the keeper of a node has to do next; p_done: what it has done goes';
grant execute on function node_outbox to chatd;

create or replace function event_user(p_user bigint) returns text
	language sql stable as $$
	select format('{"id":%s,"name":%s}', u.id, to_json(u.name)) from users u where u.id = p_user;
$$;
comment on function event_user(bigint) is 'a user, as an event shows it';

create or replace function event_group(p_conv bigint) returns text
	language sql stable as $$
	select format('{"id":%s,"name":%s}', c.id, to_json(c.name::text)) from conversations c where c.id = p_conv;
$$;
comment on function event_group(bigint) is 'a group, as an event shows it';

create or replace function put_off(p_user bigint) returns void
	language plpgsql as $$
begin
	update devices set token_hash = null where user_id = p_user and token_hash is not null;
	perform outbox_all('look', p_user);
end $$;
comment on function put_off(bigint) is 'the user''s tokens die, and its sessions end';

create or replace function addr_inet(p_addr text) returns inet
	language sql immutable strict
	return case when p_addr ~ '^[0-9.]+:[0-9]+$' then split_part(p_addr, ':', 1)::inet
		when p_addr ~ '^\[[0-9a-fA-F:.]+\]:[0-9]+$' then substring(p_addr from '^\[(.*)\]')::inet end;
comment on function addr_inet(text) is 'the address in sessions.addr; null: it is none';

-- Users

create or replace function user_disable(p_user bigint) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	perform user_alive(null, p_user);
	update users set disabled_at = now() where id = p_user and disabled_at is null;
	perform put_off(p_user), audit_note('user_disable', p_user, null, null);
end $$;
create or replace function user_disable(p_name text) returns void
	language sql security definer set search_path = chat, pg_temp as $$ select user_disable((user_alive(p_name, null)).id) $$;
comment on function user_disable(bigint) is 'the account may not log in; its sessions end and its tokens die';
comment on function user_disable(text) is 'the account may not log in; its sessions end and its tokens die';
grant execute on function user_disable(bigint), user_disable(text) to chat_admin;

create or replace function user_enable(p_user bigint) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	perform user_alive(null, p_user);
	update users set disabled_at = null where id = p_user;
	perform audit_note('user_enable', p_user, null, null);
end $$;
create or replace function user_enable(p_name text) returns void
	language sql security definer set search_path = chat, pg_temp as $$ select user_enable((user_alive(p_name, null)).id) $$;
comment on function user_enable(bigint) is 'the account may log in again, with its password';
comment on function user_enable(text) is 'the account may log in again, with its password';
grant execute on function user_enable(bigint), user_enable(text) to chat_admin;

-- SQL cannot make the hash, and a password does not belong into PostgreSQL's log.
create or replace function user_set_password(p_user bigint, p_hash text) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	perform user_alive(null, p_user);
	if p_hash !~ '^\$argon2id\$v=19\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$' then
		perform refuse('BRQ', 'that is no argon2id string; `chatd --hash-passwords` makes one of each line it reads');
	end if;
	update users set password = p_hash where id = p_user;
	perform put_off(p_user), audit_note('user_set_password', p_user, null, null);
end $$;
create or replace function user_set_password(p_name text, p_hash text) returns void
	language sql security definer set search_path = chat, pg_temp as $$ select user_set_password((user_alive(p_name, null)).id, p_hash) $$;
comment on function user_set_password(bigint, text) is 'another password, as `chatd --hash-passwords` prints it; sessions end and tokens die';
comment on function user_set_password(text, text) is 'another password, as `chatd --hash-passwords` prints it; sessions end and tokens die';
grant execute on function user_set_password(bigint, text), user_set_password(text, text) to chat_admin;

create or replace function user_logout(p_user bigint) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	perform user_alive(null, p_user);
	perform put_off(p_user), audit_note('user_logout', p_user, null, null);
end $$;
create or replace function user_logout(p_name text) returns void
	language sql security definer set search_path = chat, pg_temp as $$ select user_logout((user_alive(p_name, null)).id) $$;
comment on function user_logout(bigint) is 'ends all sessions and tokens; who knows the password may log in again';
comment on function user_logout(text) is 'ends all sessions and tokens; who knows the password may log in again';
grant execute on function user_logout(bigint), user_logout(text) to chat_admin;

create or replace function user_rename(p_user bigint, p_new text) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_line text;
begin
	perform user_alive(null, p_user);
	perform name_check(p_new);
	begin
		update users set name = p_new where id = p_user;
	exception when unique_violation then
		perform refuse('TKN', 'that name is taken');
	end;
	if exists (select from skeletons s where s.skeleton = any (name_looks(p_new)) and s.user_id <> p_user) then
		perform refuse('TKN', 'that name looks like one that is taken');
	end if;
	v_line := format('{"ev":"renamed","user":%s}', event_user(p_user));
	perform outbox_all('names', p_user), outbox_one('tell', p_user, null, null, v_line);
	perform outbox_one('tell', f.user_id, null, null, v_line) from friends f
	where f.friend_id = p_user and not exists (select from blocks b where b.user_id = p_user and b.blocked_id = f.user_id);
	perform outbox_one('tell', null, g, null, v_line) from unnest(groups_of(p_user)) g;
	perform audit_note('user_rename', p_user, null, null);
end $$;
create or replace function user_rename(p_name text, p_new text) returns void
	language sql security definer set search_path = chat, pg_temp as $$ select user_rename((user_alive(p_name, null)).id, p_new) $$;
comment on function user_rename(bigint, text) is 'another name; its sessions, friends and groups are told';
comment on function user_rename(text, text) is 'another name; its sessions, friends and groups are told';
grant execute on function user_rename(bigint, text), user_rename(text, text) to chat_admin;

create or replace function user_erase(p_user bigint, p_keep_texts boolean default false) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_online boolean := user_online(p_user);
begin
	perform user_alive(null, p_user);
	perform outbox_all('look', p_user);
	perform case e.part
		when 'fan' then outbox_one('tell', e.fan_id, null, null,
			format('{"ev":"presence","user":{"id":%s,"name":%s},"state":"offline"}', e.user_id, to_json(e.user_name)))
		when 'entry' then outbox_one('entry', null, e.conv_id, e.seq, null) end
	from account_erase(p_user, p_keep_texts) e
	where e.part = 'entry' or v_online;
	perform audit_note('user_erase', p_user, null, case when p_keep_texts then 'texts kept' end);
end $$;
create or replace function user_erase(p_name text, p_keep_texts boolean default false) returns void
	language sql security definer set search_path = chat, pg_temp as $$ select user_erase((user_alive(p_name, null)).id, p_keep_texts) $$;
comment on function user_erase(bigint, boolean)
	is 'the account is no more; its texts are blanked or kept. Its row stays, called erased-ID, so that no number is missing';
comment on function user_erase(text, boolean)
	is 'the account is no more; its texts are blanked or kept. Its row stays, called erased-ID, so that no number is missing';
grant execute on function user_erase(bigint, boolean), user_erase(text, boolean) to chat_admin;

create or replace function user_export(p_user bigint) returns json
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
begin
	perform user_alive(null, p_user);
	return (select json_build_object(
		'user', json_build_object('id', u.id, 'name', u.name, 'created_at', rfc3339(u.created_at), 'disabled_at', rfc3339(u.disabled_at)),
		'devices', coalesce((
			select json_agg(json_build_object('name', d.name, 'created_at', rfc3339(d.created_at), 'last_seen', rfc3339(d.last_seen))
				order by d.id)
			from devices d where d.user_id = u.id), '[]'),
		'sessions', coalesce((
			select json_agg(json_build_object('node', s.node, 'addr', s.addr, 'since', rfc3339(s.connected_at)) order by s.id)
			from sessions s where s.user_id = u.id), '[]'),
		'friends', coalesce((
			select json_agg(json_build_object('id', o.id, 'name', o.name, 'since', rfc3339(f.since)) order by o.id)
			from friends f join users o on o.id = f.friend_id where f.user_id = u.id), '[]'),
		'blocks', coalesce((
			select json_agg(json_build_object('id', o.id, 'name', o.name, 'since', rfc3339(b.since)) order by o.id)
			from blocks b join users o on o.id = b.blocked_id where b.user_id = u.id), '[]'),
		'conversations', coalesce((
			select json_agg(json_build_object('conv', c.id, 'kind', c.kind::text, 'name', coalesce(c.name, p.name), 'role', m.role,
				'messages', coalesce((
					select json_agg(json_strip_nulls(json_build_object('seq', e.seq, 'kind', e.kind,
						'from', json_build_object('id', e.sender_id, 'name', e.sender_name), 'text', e.body, 'at', e.at,
						'edited_at', e.edited_at, 'deleted_at', e.deleted_at)) order by e.seq)
					from history(u.id, c.id, null, 0, null) e), '[]')) order by c.id)
			from members m join conversations c on c.id = m.conv_id left join users p on p.id = c.lo + c.hi - u.id
			where m.user_id = u.id), '[]'))
		from users u where u.id = p_user);
end $$;
create or replace function user_export(p_name text) returns json
	language sql stable security definer set search_path = chat, pg_temp as $$ select user_export((user_alive(p_name, null)).id) $$;
comment on function user_export(bigint) is 'all that is stored of a user and what the user may see, as JSON';
comment on function user_export(text) is 'all that is stored of a user and what the user may see, as JSON';
grant execute on function user_export(bigint), user_export(text) to chat_admin;

-- Groups

create or replace function group_held(p_group bigint) returns bigint
	language plpgsql as $$
begin
	perform group_hold(group_of(null, p_group));
	return p_group;
end $$;
comment on function group_held(bigint) is 'the group with that id, locked until commit';

-- The creator's leave is the last entry, for all: as when the last one leaves.
create or replace function group_close(p_group bigint) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_conv bigint := group_held(p_group);
	v_creator bigint := (select m.user_id from members m where m.conv_id = v_conv and m.left_seq is null and m.role = 'creator');
	v_seq bigint;
begin
	select a.seq into v_seq from append(v_conv, v_creator, 'leave', null, '', null) a;
	perform outbox_one('member', m.user_id, v_conv, null, format('{"ev":"group_left","group":%s}', event_group(v_conv)))
	from members m where m.conv_id = v_conv and m.left_seq is null;
	perform outbox_one('entry', v_creator, v_conv, v_seq, null);
	update members m set left_seq = v_seq, role = 'normal' where m.conv_id = v_conv and m.left_seq is null;
	update conversations c set closed_at = now() where c.id = v_conv;
	delete from group_invites i where i.conv_id = v_conv;
	perform audit_note('group_close', null, v_conv, null);
end $$;
create or replace function group_close(p_name text) returns void
	language sql security definer set search_path = chat, pg_temp as $$ select group_close(group_of(p_name, null)) $$;
comment on function group_close(bigint) is 'ends a group for all its members; its name is free again';
comment on function group_close(text) is 'ends a group for all its members; its name is free again';
grant execute on function group_close(bigint), group_close(text) to chat_admin;

create or replace function group_set_creator(p_group bigint, p_user bigint) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_conv bigint := group_held(p_group);
	v_creator bigint := (select m.user_id from members m where m.conv_id = v_conv and m.left_seq is null and m.role = 'creator');
	v_seq bigint;
begin
	perform user_alive(null, p_user);
	if role_of(v_conv, p_user) is null then
		perform refuse('NFD', 'that user is not a member of the group');
	end if;
	if p_user <> v_creator then
		update members m set role = 'admin' where m.conv_id = v_conv and m.user_id = v_creator;
		update members m set role = 'creator' where m.conv_id = v_conv and m.user_id = p_user;
		select a.seq into v_seq from append(v_conv, v_creator, 'role', p_user, 'creator', null) a;
		perform outbox_one('entry', null, v_conv, v_seq, null);
	end if;
	perform audit_note('group_set_creator', p_user, v_conv, null);
end $$;
create or replace function group_set_creator(p_name text, p_user text) returns void
	language sql security definer set search_path = chat, pg_temp as $$
	select group_set_creator(group_of(p_name, null), (user_alive(p_user, null)).id);
$$;
comment on function group_set_creator(bigint, bigint) is 'a member takes the group over; the creator so far stays as an admin';
comment on function group_set_creator(text, text) is 'a member takes the group over; the creator so far stays as an admin';
grant execute on function group_set_creator(bigint, bigint), group_set_creator(text, text) to chat_admin;

create or replace function group_retention(p_group bigint, p_days integer) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	perform keep_days_ok(p_days), group_held(p_group);
	update conversations c set keep_days = p_days where c.id = p_group;
	perform outbox_one('purge', null, null, null, null), audit_note('group_retention', null, p_group, p_days::text);
end $$;
create or replace function group_retention(p_name text, p_days integer) returns void
	language sql security definer set search_path = chat, pg_temp as $$ select group_retention(group_of(p_name, null), p_days) $$;
comment on function group_retention(bigint, integer) is 'the group''s entries are kept for so many days, 7 or more; null: as long as all others';
comment on function group_retention(text, integer) is 'the group''s entries are kept for so many days, 7 or more; null: as long as all others';
grant execute on function group_retention(bigint, integer), group_retention(text, integer) to chat_admin;

-- The server

create or replace function announce(p_text text) returns bigint
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_line text := format('{"ev":"announce","text":%s,"at":"%s"}', to_json(p_text), rfc3339(clock_timestamp()));
	v_users bigint;
begin
	if char_length(p_text) not between 1 and 1000 then
		perform refuse('BRQ', 'text: 1-1000 characters');
	end if;
	select count(outbox_one('tell', s.user_id, null, null, v_line) is null) into v_users
	from (select distinct s.user_id from sessions s) s;
	perform audit_note('announce', null, null, null);
	return v_users;
end $$;
comment on function announce(text) is 'says something to everybody who is online now, and how many users that are; nothing is stored';
grant execute on function announce to chat_admin;

create or replace function deny(p_block cidr) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	insert into denied (block) values (p_block) on conflict do nothing;
	perform outbox_all('deny', null);
	perform outbox_all('look', s.user_id)
	from (select distinct s.user_id from sessions s where addr_inet(s.addr) <<= p_block) s;
	perform audit_note('deny', null, null, p_block::text);
end $$;
comment on function deny(cidr) is 'no node accepts connections from there, and sessions from there end; their tokens stay good elsewhere';
grant execute on function deny to chat_admin;

create or replace function deny_end(p_block cidr) returns boolean
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	delete from denied d where d.block = p_block;
	if not found then
		return false;
	end if;
	perform outbox_all('deny', null), audit_note('deny_end', null, null, p_block::text);
	return true;
end $$;
comment on function deny_end(cidr) is 'takes a deny() back; false: there was none';
grant execute on function deny_end to chat_admin;

create or replace function node_denied() returns setof text
	language sql stable security definer set search_path = chat, pg_temp as $$
	select d.block::text from denied d order by d.at desc;
$$;
comment on function node_denied() is 'from where no connection is accepted, the newest first';
grant execute on function node_denied to chatd;

-- What goes

create or replace function keep_days_ok(p_days integer) returns void
	language plpgsql stable as $$
begin
	if p_days < 7 then
		perform refuse('BRQ', 'nothing younger than 7 days may go: until then a text may be sent again with its cid');
	end if;
end $$;
comment on function keep_days_ok(integer) is 'refuses what would take away the cids of texts that may still be repeated';

create or replace function purge_conv(p_conv bigint, p_before timestamptz, p_most integer) returns bigint
	language plpgsql as $$
declare
	v_was bigint;
	v_first bigint;
	v_line text;
begin
	select c.first_seq into v_was from conversations c where c.id = p_conv for no key update;
	select coalesce(
		(select m.seq from messages m where m.conv_id = p_conv and m.seq >= v_was and m.sent_at >= p_before order by m.seq limit 1),
		c.last_seq + 1) into v_first
	from conversations c where c.id = p_conv;
	v_first := least(v_first, v_was + p_most);
	if v_first = v_was then
		return 0;
	end if;
	delete from messages m where m.conv_id = p_conv and m.seq < v_first;
	update conversations c set first_seq = v_first, history_from = greatest(c.history_from, v_first) where c.id = p_conv;
	-- Whoever left before the first entry that is kept was never here.
	delete from cursors k using members m, devices d
	where m.conv_id = p_conv and m.left_seq < v_first and d.user_id = m.user_id and k.device_id = d.id and k.conv_id = p_conv;
	delete from members m where m.conv_id = p_conv and m.left_seq < v_first;
	-- What is delivered begins at joined_seq at the earliest: with it all devices that are behind move up.
	update members m set joined_seq = greatest(m.joined_seq, v_first),
		low_seq = case when m.low_seq < v_first then v_first else m.low_seq end
	where m.conv_id = p_conv and least(m.joined_seq, m.low_seq) < v_first;
	v_line := format('{"ev":"purged","conv":%s,"first":%s}', p_conv, v_first);
	perform outbox_one('tell', u, case when c.kind = 'group' then p_conv end, null, v_line)
	from conversations c, unnest(case when c.kind = 'group' then array[null::bigint] else array[c.lo, c.hi] end) u
	where c.id = p_conv;
	return v_first - v_was;
end $$;
comment on function purge_conv(bigint, timestamptz, integer)
	is 'takes away the oldest entries of a conversation, at most p_most, up to the first that is not older; returns how many';

create or replace function purge_some(p_after bigint, p_ms integer, out upto bigint, out entries bigint)
	language plpgsql as $$
declare
	v_end constant timestamptz := clock_timestamp() + make_interval(secs => p_ms / 1000.0);
	v_n bigint;
	v_most constant integer := 1000;
	v record;
begin
	entries := 0;
	for v in
		select c.id, x.before from conversations c
		cross join settings s
		cross join lateral (select greatest(s.purge_before, now() - make_interval(days => coalesce(c.keep_days, s.keep_days)))) x(before)
		join messages m on m.conv_id = c.id and m.seq = c.first_seq and m.sent_at < x.before
		where c.id > p_after
		order by c.id
	loop
		loop
			v_n := purge_conv(v.id, v.before, v_most);
			entries := entries + v_n;
			exit when v_n < v_most or clock_timestamp() > v_end;
		end loop;
		if clock_timestamp() > v_end then
			upto := case when v_n < v_most then v.id else v.id - 1 end;
			return;
		end if;
	end loop;
end $$;
comment on function purge_some(bigint, integer)
	is 'takes away what is older than it may be, in conversations above p_after, for so many milliseconds; upto: goes on behind that one; null: all is done';

create or replace function purge(p_before timestamptz, out entries bigint, out done boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_upto bigint;
begin
	if p_before > now() - interval '7 days' then
		perform keep_days_ok(0);
	end if;
	update settings s set purge_before = greatest(s.purge_before, p_before);
	perform audit_note('purge', null, null, p_before::text);
	select p.upto, p.entries into v_upto, entries from purge_some(0, 1500) p;
	done := v_upto is null;
	if not done then
		perform outbox_one('purge', null, null, null, null);
	end if;
end $$;
comment on function purge(timestamptz)
	is 'takes away all entries that are older, in steps: locks are held for two seconds at most, and what is not done by then the nodes do';
grant execute on function purge to chat_admin;

create or replace function retention(p_days integer) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	perform keep_days_ok(p_days);
	update settings set keep_days = p_days;
	perform outbox_one('purge', null, null, null, null), audit_note('retention', null, null, p_days::text);
end $$;
comment on function retention(integer) is 'entries are kept for so many days, 7 or more, where a group has no retention of its own; null: for ever';
grant execute on function retention to chat_admin;

-- A user who comes back after all that is not to get everything again: where the last device was is where the user's
-- membership begins to be delivered; what it may look back to stays.
create or replace function devices_tidy(p_most integer default 1000) returns bigint
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_gone bigint[];
begin
	select array_agg(d.id) into v_gone from (
		select d.id from devices d
		where d.last_seen < now() - case when d.token_hash is null then interval '30 days' else interval '60 days' end
			and not exists (select from sessions s where s.device_id = d.id)
		order by d.id limit p_most for update skip locked) d;
	update members m set low_seq = coalesce(m.low_seq, m.joined_seq),
		joined_seq = greatest(m.joined_seq, least(k.acked + 1, m.left_seq))
	from (
		select d.user_id, k.conv_id, max(k.acked_seq) as acked
		from devices d join cursors k on k.device_id = d.id
		where d.id = any (v_gone)
			and not exists (select from devices o where o.user_id = d.user_id and o.id <> all (v_gone))
		group by d.user_id, k.conv_id) k
	where m.user_id = k.user_id and m.conv_id = k.conv_id and k.acked >= m.joined_seq;
	delete from devices d where d.id = any (v_gone);
	return coalesce(cardinality(v_gone), 0);
end $$;
comment on function devices_tidy(integer) is 'removes devices, with their cursors, that were not used for 30 days after their token died, and returns how many; the nodes do it now and then';
grant execute on function devices_tidy to chat_admin;

create or replace function node_tidy(p_after bigint) returns bigint
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_upto bigint;
begin
	-- One node at a time.
	if not pg_try_advisory_xact_lock(7236685) then
		return null;
	end if;
	select p.upto into v_upto from purge_some(p_after, 300) p;
	if v_upto is null then
		perform devices_tidy(1000);
	end if;
	return v_upto;
end $$;
comment on function node_tidy(bigint) is 'a keeper''s daily work in steps: what is too old goes, and devices nobody uses; returns the conversation to go on behind';
grant execute on function node_tidy to chatd;
