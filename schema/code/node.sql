-- Nodes: heartbeats, and what becomes of the sessions of the dead.

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
	on conflict (boot_id) do update set last_seen = now(), sessions = excluded.sessions, version = excluded.version;
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
		returning s.user_id, s.quiet
	) select array_agg(d.user_id) into v_users from d where not d.quiet;
	return query select * from gone(v_users);
end $$;
comment on function node_beat(text, text, integer, text, integer, boolean)
	is 'heartbeat; with p_judge it ends the sessions of nodes that fell silent and returns whom to tell';
grant execute on function node_beat to chatd;

create or replace function node_lost(p_boot text, p_children bigint[],
	out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_users bigint[];
begin
	with d as (
		delete from sessions s where s.boot_id = p_boot and s.child = any (p_children) returning s.user_id, s.quiet
	) select array_agg(d.user_id) into v_users from d where not d.quiet;
	return query select * from gone(v_users);
end $$;
comment on function node_lost(text, bigint[]) is 'these children of a node died without a word: ends their sessions, returns whom to tell';
grant execute on function node_lost to chatd;

create or replace function node_only(p_boot text, p_children bigint[], p_last bigint,
	out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language sql security definer set search_path = chat, pg_temp as $$
	select * from node_lost(p_boot, array(
		select s.child from sessions s where s.boot_id = p_boot and s.child <= p_last and s.child <> all (p_children)));
$$;
comment on function node_only(text, bigint[], bigint) is 'of the children of a node up to p_last only these live: ends the sessions of the others';
grant execute on function node_only to chatd;

create or replace function node_counted(p_boot text, p_counters jsonb) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	perform set_config('synchronous_commit', 'off', true);
	update nodes set counters = p_counters where boot_id = p_boot;
end $$;
comment on function node_counted(text, jsonb) is 'what the node has counted since its start';
grant execute on function node_counted to chatd;

create or replace function node_turn(p_boot text, p_done bigint[], p_beat boolean, p_node text, p_pid integer, p_version text,
	p_sessions integer, p_judge boolean, p_counters jsonb,
	out part text, out id bigint, out what text, out user_id bigint, out conv_id bigint, out seq bigint, out line text,
	out fan_id bigint, out user_name text, out registration text, out role_settings text)
	returns setof record
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	part := 'letter';
	for id, what, user_id, conv_id, seq, line in
		select o.id, o.what, o.user_id, o.conv_id, o.seq, o.line from node_outbox(p_boot, p_done) o
	loop
		return next;
	end loop;
	if not p_beat then
		return;
	end if;
	part := 'fan';
	for fan_id, user_id, user_name in
		select f.fan_id, f.user_id, f.user_name from node_beat(p_node, p_boot, p_pid, p_version, p_sessions, p_judge) f
	loop
		return next;
	end loop;
	perform node_counted(p_boot, p_counters);
	part := 'settings';
	registration := (select s.registration from settings s);
	role_settings := (select string_agg(s, ', ') from role_settings() s);
	return next;
end $$;
comment on function node_turn(text, bigint[], boolean, text, integer, text, integer, boolean, jsonb)
	is 'all that a keeper asks for without a cause: the parts letter (node_outbox) and, with p_beat, fan (node_beat) and settings; '
	'what it has counted is noted then';
grant execute on function node_turn to chatd;

create or replace function node_end(p_boot text) returns void
	language sql security definer set search_path = chat, pg_temp as $$
	delete from sessions where boot_id = p_boot;
	delete from nodes where boot_id = p_boot;
$$;
comment on function node_end(text) is 'the node left in good order';
grant execute on function node_end to chatd;

create or replace function node_hands_over(p_boot text) returns void
	language sql security definer set search_path = chat, pg_temp as $$
	update nodes set handing_over = true where boot_id = p_boot;
$$;
comment on function node_hands_over(text) is 'the master leaves its name and its address to another';
grant execute on function node_hands_over to chatd;

create or replace function node_namesakes(p_boot text) returns setof integer
	language sql stable security definer set search_path = chat, pg_temp as $$
	-- One that died a moment ago looks alive still, but has no heartbeat after our first.
	select o.pid from nodes n join nodes o on o.name = n.name and o.boot_id <> n.boot_id
	where n.boot_id = p_boot and o.started_at < n.started_at and o.last_seen > n.started_at and not o.handing_over;
$$;
comment on function node_namesakes(text) is 'pids of older masters that have the same name, and live and do not hand over';
grant execute on function node_namesakes to chatd;

create or replace function node_bearers(p_node text, p_boot text) returns table (boot text, pid integer, seen timestamptz)
	language sql stable security definer set search_path = chat, pg_temp as $$
	select n.boot_id, n.pid, n.last_seen from nodes n
	where n.name = p_node and n.boot_id <> p_boot and n.last_seen > now() - interval '15 s' and not n.handing_over;
$$;
comment on function node_bearers(text, text) is 'masters that have the name and may live: one that does is seen again with its next heartbeat';
grant execute on function node_bearers to chatd;

-- PostgreSQL lets every role do this to itself. What is for the daemon alone is here or in a migration; what an administrator
-- wants of the whole database, alter database says.
create or replace function role_settings() returns setof text
	language sql stable security definer set search_path = chat, pg_temp as $$
	with given as (
		select unnest(array['statement_timeout=10s', 'lock_timeout=5s', 'idle_in_transaction_session_timeout=5s',
			'plan_cache_mode=force_generic_plan', 'jit=off', 'enable_seqscan=off', 'client_connection_check_interval=1s',
			'tcp_keepalives_idle=20', 'tcp_keepalives_interval=5', 'tcp_keepalives_count=3', 'tcp_user_timeout=10s']) as what
	), found as (
		select s as what, r.setdatabase = 0 as everywhere
		from pg_db_role_setting r join pg_roles o on o.oid = r.setrole, unnest(r.setconfig) s
		where o.rolname = 'chatd' and r.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
	)
	select f.what from found f where f.everywhere or f.what not in (select g.what from given g)
	union all
	select g.what || ' is missing' from given g
	where not exists (select from found f where not f.everywhere and split_part(f.what, '=', 1) = split_part(g.what, '=', 1))
	order by 1;
$$;
comment on function role_settings() is 'settings of the role chatd that no migration gave it, and those that it has no longer; a node that finds one says so';
grant execute on function role_settings to chatd, chat_read;
