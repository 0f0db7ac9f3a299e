-- Two masters of one name: right while one hands over to the other, a mistake otherwise.

set local role chat_owner;
set local search_path = chat;

alter table nodes add column handing_over boolean not null default false;
comment on column nodes.handing_over is 'SIGQUIT came: takes no new clients, and lives until the last of its sessions has ended';

create function node_hands_over(p_boot text) returns void
	language sql security definer set search_path = chat, pg_temp as $$
	update nodes set handing_over = true where boot_id = p_boot;
$$;
comment on function node_hands_over(text) is 'the master leaves its name and its address to another';
grant execute on function node_hands_over to chatd;

create function node_namesakes(p_boot text) returns setof integer
	language sql stable security definer set search_path = chat, pg_temp as $$
	-- One that died a moment ago looks alive still, but has no heartbeat after our first.
	select o.pid from nodes n join nodes o on o.name = n.name and o.boot_id <> n.boot_id
	where n.boot_id = p_boot and o.started_at < n.started_at and o.last_seen > n.started_at and not o.handing_over;
$$;
comment on function node_namesakes(text) is 'pids of older masters that have the same name, and live and do not hand over';
grant execute on function node_namesakes to chatd;

create or replace view node_list as
	select name, pid, version, sessions, last_seen > now() - interval '15 s' as alive, started_at, last_seen, counters, boot_id,
		handing_over
	from nodes order by name, started_at;
comment on column node_list.handing_over is 'takes no new clients, and lives until the last of its sessions has ended';
