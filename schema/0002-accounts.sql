-- Accounts, devices, sessions and nodes: the functions the daemon calls.

set local role chat_owner;
set local search_path = chat;

create function refuse(p_code text, p_sentence text) returns void
	language plpgsql as $$
begin
	raise exception using errcode = 'CH' || p_code, message = p_sentence;
end $$;
comment on function refuse(text, text) is 'ends the call with a protocol error (lib/error.h has the codes); everything it did is undone';

create function schema_level() returns integer
	language sql stable security definer set search_path = chat, pg_temp
	return (select max(version) from schema_version);
comment on function schema_level() is 'newest migration applied';
grant execute on function schema_level to chatd;

-- Users

create function user_of(p_name text, p_id bigint, out id bigint, out name text)
	language plpgsql stable as $$
begin
	if p_id is not null then
		select u.id, u.name into id, name from users u where u.id = p_id;
	else
		select u.id, u.name into id, name from users u where lower(normalize(u.name, nfkc)) = lower(normalize(p_name, nfkc));
	end if;
	if id is null then
		perform refuse('NFD', 'there is no such user');
	end if;
end $$;
comment on function user_of(text, bigint) is 'the user with that id, else with that name; refuses if there is none';

create function settings_get(out registration text, out strangers text)
	language sql stable security definer set search_path = chat, pg_temp
	as 'select s.registration, s.strangers from settings s';
comment on function settings_get() is 'what all nodes share';
grant execute on function settings_get to chatd, chat_admin;

create function settings_set(p_registration text, p_strangers text) returns void
	language sql security definer set search_path = chat, pg_temp as $$
	update settings set registration = coalesce(p_registration, registration), strangers = coalesce(p_strangers, strangers);
$$;
comment on function settings_set(text, text) is 'changes what all nodes share; null: stays';
grant execute on function settings_set to chatd, chat_admin;

create function invite_create(p_days integer default 30) returns text
	language sql security definer set search_path = chat, pg_temp as $$
	insert into invites (code, expires_at)
	values (replace(gen_random_uuid()::text, '-', ''), now() + make_interval(days => p_days))
	returning code;
$$;
comment on function invite_create(integer) is 'a code with which one account may be registered within so many days';
grant execute on function invite_create to chat_admin;

create function user_register(p_name text, p_password text, p_invite text, out id bigint, out name text)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_mode text := (select registration from settings);
	v_password text;
begin
	if not name_ok(p_name) then
		perform refuse('BRQ', 'name: 1-50 characters, no control characters, no blank at either end');
	end if;
	-- A call repeated because its answer was lost carries the same salted hash.
	select u.id, u.name, u.password into id, name, v_password
	from users u where lower(normalize(u.name, nfkc)) = lower(normalize(p_name, nfkc));
	if found and v_password = p_password then
		return;
	end if;
	if v_mode = 'closed' then
		perform refuse('FBD', 'registration is closed on this server');
	end if;
	if v_mode = 'invite' then
		perform from invites i
		where i.code = p_invite and i.used_at is null and (i.expires_at is null or i.expires_at > now())
		for update;
		if not found then
			perform refuse('FBD', 'registration needs a valid invite code');
		end if;
	end if;
	if id is not null then
		perform refuse('TKN', 'that name is taken');
	end if;
	insert into users (name, password) values (p_name, p_password)
	on conflict do nothing
	returning users.id, users.name into id, name;
	if id is null then
		perform refuse('TKN', 'that name is taken');
	end if;
	if v_mode = 'invite' then
		update invites i set used_by = user_register.id, used_at = now() where i.code = p_invite;
	end if;
end $$;
comment on function user_register(text, text, text) is 'a new account; settings.registration decides who may';
grant execute on function user_register to chatd;

create function user_auth(p_name text, p_id bigint, out id bigint, out name text, out password text, out dialect text)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	if p_id is not null then
		return query
			select u.id, u.name, u.password, u.dialect from users u
			where u.disabled_at is null and u.id = p_id;
	else
		return query
			select u.id, u.name, u.password, u.dialect from users u
			where u.disabled_at is null and lower(normalize(u.name, nfkc)) = lower(normalize(p_name, nfkc));
	end if;
end $$;
comment on function user_auth(text, bigint) is 'what the daemon compares a password with; no row: unknown or disabled';
grant execute on function user_auth to chatd;

create function user_passwd(p_user bigint, p_device bigint, p_old text, p_new text, out device_id bigint)
	returns setof bigint
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	update users u set password = p_new where u.id = p_user and u.password in (p_old, p_new);
	if not found then
		perform refuse('BCR', 'the old password is wrong');
	end if;
	update devices d set token_hash = null where d.user_id = p_user and d.id <> p_device;
	delete from sessions s where s.user_id = p_user and s.device_id <> p_device;
	return query select d.id from devices d where d.user_id = p_user and d.id <> p_device;
end $$;
comment on function user_passwd(bigint, bigint, text, text) is 'a new password hash in place of the old one; revokes the other devices and returns them';
grant execute on function user_passwd to chatd;

create function device_list(p_user bigint,
	out name text, out created_at text, out last_seen text, out online boolean)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select d.name, rfc3339(d.created_at), rfc3339(d.last_seen), exists (
			select from sessions s join nodes n using (boot_id)
			where s.device_id = d.id and n.last_seen > now() - interval '15 s')
		from devices d where d.user_id = p_user and d.token_hash is not null
		order by d.last_seen desc, d.id;
end $$;
comment on function device_list(bigint) is 'the devices of a user that could resume, the one last used first';
grant execute on function device_list to chatd;

create function device_revoke(p_user bigint, p_name text) returns bigint
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_device bigint;
begin
	update devices d set token_hash = null where d.user_id = p_user and d.name = p_name and d.token_hash is not null
	returning d.id into v_device;
	if not found then
		perform refuse('NFD', 'there is no such device');
	end if;
	delete from sessions s where s.device_id = v_device;
	return v_device;
end $$;
comment on function device_revoke(bigint, text) is 'ends a device''s token and sessions; returns its id';
grant execute on function device_revoke to chatd;

-- Sessions

create function user_online(p_user bigint) returns boolean
	language sql stable
	return exists (
		select from sessions s join nodes n using (boot_id)
		where s.user_id = p_user and n.last_seen > now() - interval '15 s');
comment on function user_online(bigint) is 'has a session on a node that is alive';

create function session_start(p_user bigint, p_device bigint, p_fresh boolean,
	p_node text, p_boot text, p_child bigint, p_pid integer, p_addr text,
	out session_id bigint, out was_online boolean, out replaced boolean)
	language plpgsql as $$
begin
	was_online := user_online(p_user);
	-- A new device of a user who acknowledged elsewhere starts at the present end.
	if p_fresh and exists (
		select from devices d join cursors k on k.device_id = d.id
		where d.user_id = p_user and d.id <> p_device)
	then
		insert into cursors (device_id, conv_id, acked_seq)
		select p_device, m.conv_id, coalesce(m.left_seq, c.last_seq)
		from members m join conversations c on c.id = m.conv_id
		where m.user_id = p_user;
	end if;
	delete from sessions s where s.device_id = p_device and (s.boot_id, s.child) <> (p_boot, p_child);
	replaced := found;
	insert into sessions as s (node, boot_id, child, pid, user_id, device_id, addr)
	values (p_node, p_boot, p_child, p_pid, p_user, p_device, p_addr)
	on conflict (boot_id, child) do update set user_id = excluded.user_id, device_id = excluded.device_id
	returning s.id into session_id;
end $$;
comment on function session_start(bigint, bigint, boolean, text, text, bigint, integer, text)
	is 'one session per device: the new one takes the older one''s place';

create function session_open(p_user bigint, p_device text, p_token_hash bytea,
	p_node text, p_boot text, p_child bigint, p_pid integer, p_addr text,
	out session_id bigint, out device_id bigint, out was_online boolean, out epoch text, out replaced boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_fresh boolean;
begin
	insert into devices as d (user_id, name, token_hash) values (p_user, p_device, p_token_hash)
	on conflict (user_id, name) do update set token_hash = excluded.token_hash, last_seen = now()
	returning d.id, d.xmax = 0 into device_id, v_fresh;
	select s.session_id, s.was_online, s.replaced into session_id, was_online, replaced
	from session_start(p_user, device_id, v_fresh, p_node, p_boot, p_child, p_pid, p_addr) s;
	epoch := (select s.epoch from settings s);
end $$;
comment on function session_open(bigint, text, bytea, text, text, bigint, integer, text)
	is 'after a password was right: the device, its new token, its session';
grant execute on function session_open to chatd;

create function session_resume(p_token_hash bytea,
	p_node text, p_boot text, p_child bigint, p_pid integer, p_addr text,
	out user_id bigint, out user_name text, out device_name text,
	out session_id bigint, out device_id bigint, out was_online boolean, out epoch text, out replaced boolean)
	returns setof record
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	update devices d set last_seen = now()
	from users u
	where d.token_hash = p_token_hash and d.last_seen > now() - interval '30 days'
		and u.id = d.user_id and u.disabled_at is null
	returning u.id, u.name, d.name, d.id into user_id, user_name, device_name, device_id;
	if not found then
		return;
	end if;
	select s.session_id, s.was_online, s.replaced into session_id, was_online, replaced
	from session_start(user_id, device_id, false, p_node, p_boot, p_child, p_pid, p_addr) s;
	epoch := (select s.epoch from settings s);
	return next;
end $$;
comment on function session_resume(bytea, text, text, bigint, integer, text)
	is 'a session by token; no row: unknown, revoked, expired or disabled';
grant execute on function session_resume to chatd;

create function session_alive(p_session bigint, p_device bigint,
	p_node text, p_boot text, p_child bigint, p_pid integer, p_addr text) returns text
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	perform set_config('synchronous_commit', 'off', true);
	perform from sessions s where s.id = p_session;
	if found then
		return null;
	end if;
	-- Gone: a newer session has the device, the device was revoked, or a node that
	-- took ours for dead cleared the row. Only the last is a mistake to put right.
	if not exists (
		select from devices d join users u on u.id = d.user_id
		where d.id = p_device and d.token_hash is not null and u.disabled_at is null)
	then
		return 'logged_out';
	end if;
	if exists (select from sessions s where s.device_id = p_device) then
		return 'replaced';
	end if;
	insert into sessions (id, node, boot_id, child, pid, user_id, device_id, addr)
	overriding system value
	select p_session, p_node, p_boot, p_child, p_pid, d.user_id, d.id, p_addr from devices d where d.id = p_device;
	return null;
end $$;
comment on function session_alive(bigint, bigint, text, text, bigint, integer, text)
	is 'null, or why the session has to end: replaced, logged_out';
grant execute on function session_alive to chatd;

create function fans(p_users bigint[], out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql stable as $$
#variable_conflict use_column
begin
	return query
		select distinct f.user_id, u.id, u.name
		from users u
		join friends f on f.friend_id = u.id
		join sessions s on s.user_id = f.user_id
		where u.id = any (p_users)
			and not exists (select from blocks b where b.user_id = u.id and b.blocked_id = f.user_id);
end $$;
comment on function fans(bigint[]) is 'who is to be told that these users came or went: logged in, has them on the list, not blocked by them';

create function session_arrived(p_user bigint, out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select * from fans(array[p_user]);
end $$;
comment on function session_arrived(bigint) is 'whom to tell that this user is online';
grant execute on function session_arrived to chatd;

create function gone(p_users bigint[], out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql volatile as $$
#variable_conflict use_column
begin
	return query
		select * from fans(array(select u from unnest(p_users) u where not user_online(u)));
end $$;
comment on function gone(bigint[]) is 'whom to tell that those of these users who have no session left went offline';

create function session_end(p_session bigint, p_logout boolean,
	out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_user bigint;
	v_device bigint;
begin
	-- The device first, as a login does: two who meet would wait for each other.
	select s.device_id into v_device from sessions s where s.id = p_session;
	perform from devices d where d.id = v_device for no key update;
	delete from sessions s where s.id = p_session returning s.user_id into v_user;
	if p_logout then
		update devices d set token_hash = null where d.id = v_device;
	else
		update devices d set last_seen = now() where d.id = v_device;
	end if;
	return query select * from gone(array[v_user]);
end $$;
comment on function session_end(bigint, boolean) is 'the session is over, with p_logout its token too; returns whom to tell';
grant execute on function session_end to chatd;

-- Nodes

create function node_lost(p_boot text, p_children bigint[],
	out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_users bigint[];
begin
	with d as (
		delete from sessions s where s.boot_id = p_boot and s.child = any (p_children) returning s.user_id
	) select array_agg(d.user_id) into v_users from d;
	return query select * from gone(v_users);
end $$;
comment on function node_lost(text, bigint[]) is 'these children of a node died without a word: ends their sessions, returns whom to tell';
grant execute on function node_lost to chatd;

create function node_only(p_boot text, p_children bigint[], p_last bigint,
	out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language sql security definer set search_path = chat, pg_temp as $$
	select * from node_lost(p_boot, array(
		select s.child from sessions s where s.boot_id = p_boot and s.child <= p_last and s.child <> all (p_children)));
$$;
comment on function node_only(text, bigint[], bigint) is 'of the children of a node up to p_last only these live: ends the sessions of the others';
grant execute on function node_only to chatd;

create function node_beat(p_node text, p_boot text, p_pid integer, p_version text, p_sessions integer, p_judge boolean,
	out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_users bigint[];
begin
	perform set_config('synchronous_commit', 'off', true);
	insert into nodes as n (name, boot_id, pid, version, sessions)
	values (p_node, p_boot, p_pid, p_version, p_sessions)
	on conflict (boot_id) do update set last_seen = now(), sessions = excluded.sessions;
	-- A node judges others only after it has been beating for a while itself: when the
	-- database comes back after an outage, everybody's heartbeat is old and nobody is dead.
	if not p_judge then
		return;
	end if;
	delete from nodes n where n.boot_id in (
		select o.boot_id from nodes o where o.last_seen < now() - interval '15 s' for update skip locked);
	with d as (
		delete from sessions s
		where not exists (select from nodes n where n.boot_id = s.boot_id)
		returning s.user_id
	) select array_agg(d.user_id) into v_users from d;
	return query select * from gone(v_users);
end $$;
comment on function node_beat(text, text, integer, text, integer, boolean)
	is 'heartbeat; with p_judge it ends the sessions of nodes that fell silent and returns whom to tell';
grant execute on function node_beat to chatd;

create function node_end(p_boot text) returns void
	language sql security definer set search_path = chat, pg_temp as $$
	delete from sessions where boot_id = p_boot;
	delete from nodes where boot_id = p_boot;
$$;
comment on function node_end(text) is 'the node left in good order';
grant execute on function node_end to chatd;
