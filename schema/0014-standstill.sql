-- Nodes that stood still, all at once: a paused machine, a clock that was set. Nobody is dead.

set local role chat_owner;
set local search_path = chat;

create or replace function node_beat(p_node text, p_boot text, p_pid integer, p_version text, p_sessions integer, p_judge boolean,
	out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_users bigint[];
	v_before timestamptz := (select n.last_seen from nodes n where n.boot_id = p_boot);
begin
	perform set_config('synchronous_commit', 'off', true);
	insert into nodes as n (name, boot_id, pid, version, sessions)
	values (p_node, p_boot, p_pid, p_version, p_sessions)
	on conflict (boot_id) do update set last_seen = now(), sessions = excluded.sessions;
	-- A node judges others only after it has been beating for a while itself: when the
	-- database comes back after an outage, everybody's heartbeat is old and nobody is dead.
	-- Nor when it stood still itself (or the clock has jumped): then the others may have too.
	if not p_judge or v_before is null or v_before < now() - interval '9 s' then
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

create or replace function session_alive(p_session bigint, p_device bigint,
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
	return 'back';
end $$;
comment on function session_alive(bigint, bigint, text, text, bigint, integer, text)
	is 'null; back: it was taken for dead, and its row is there again; or why it has to end: replaced, logged_out';
