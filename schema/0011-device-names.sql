-- A device is called by the same characters as a user: its name is shown in lists, logs and psql.

set local role chat_owner;
set local search_path = chat;

create or replace function session_open(p_user bigint, p_device text, p_token_hash bytea,
	p_node text, p_boot text, p_child bigint, p_pid integer, p_addr text,
	out session_id bigint, out device_id bigint, out was_online boolean, out epoch text, out replaced boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_fresh boolean;
begin
	if not name_ok(p_device) then
		perform refuse('BRQ', 'device: 1-32 characters, no control characters, no blank at either end');
	end if;
	insert into devices as d (user_id, name, token_hash) values (p_user, p_device, p_token_hash)
	on conflict (user_id, name) do update set token_hash = excluded.token_hash, last_seen = now()
	returning d.id, d.xmax = 0 into device_id, v_fresh;
	select s.session_id, s.was_online, s.replaced into session_id, was_online, replaced
	from session_start(p_user, device_id, v_fresh, p_node, p_boot, p_child, p_pid, p_addr) s;
	epoch := (select s.epoch from settings s);
end $$;
