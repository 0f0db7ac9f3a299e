-- Sessions: who is logged in where, and who is told of it.

create or replace function user_online(p_user bigint) returns boolean
	language sql stable
	return exists (
		select from sessions s join nodes n using (boot_id)
		where s.user_id = p_user and not s.quiet and n.last_seen > now() - interval '15 s');
comment on function user_online(bigint) is 'has a session on a node that is alive, and not only a quiet one';

create or replace function source_of(p_addr text) returns cidr
	language sql immutable
	return case
		when p_addr ~ '^\[[0-9a-fA-F:.]+\]' then network(set_masklen(substring(p_addr from '^\[(.*)\]')::inet, 64))
		when p_addr ~ '^[0-9.]+:' then network(substring(p_addr from '^([0-9.]+):')::inet)
		else '::/128'::cidr
	end;
comment on function source_of(text) is 'what belongs to one person or one house, of an address as sessions.addr has it';

create or replace function source_seen(p_user bigint, p_addr text) returns void
	language plpgsql as $$
begin
	insert into known_sources as k (user_id, source) values (p_user, source_of(p_addr))
	on conflict (user_id, source) do update set last_login = now() where k.last_login < now() - interval '1 day';
	if found then
		delete from known_sources k where k.user_id = p_user and k.last_login < now() - interval '30 days';
	end if;
end $$;
comment on function source_seen(bigint, text) is 'the user has logged in from there';

create or replace function source_known(p_user bigint, p_addr text) returns boolean
	language sql stable security definer set search_path = chat, pg_temp as $$
	select exists (
		select from known_sources k
		where k.user_id = p_user and k.source = source_of(p_addr) and k.last_login > now() - interval '30 days');
$$;
comment on function source_known(bigint, text) is 'the user has logged in from there within 30 days';
grant execute on function source_known to chatd;

create or replace function session_start(p_user bigint, p_device bigint, p_fresh boolean,
	p_node text, p_boot text, p_child bigint, p_pid integer, p_addr text, p_quiet boolean,
	out session_id bigint, out was_online boolean, out replaced boolean)
	language plpgsql as $$
begin
	was_online := user_online(p_user);
	perform source_seen(p_user, p_addr);
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
	insert into sessions as s (node, boot_id, child, pid, user_id, device_id, addr, quiet)
	values (p_node, p_boot, p_child, p_pid, p_user, p_device, p_addr, p_quiet)
	on conflict (boot_id, child) do update
		set user_id = excluded.user_id, device_id = excluded.device_id, quiet = excluded.quiet
	returning s.id into session_id;
end $$;
comment on function session_start(bigint, bigint, boolean, text, text, bigint, integer, text, boolean)
	is 'one session per device: the new one takes the older one''s place';

create or replace function groups_of(p_user bigint) returns bigint[]
	language sql stable as $$
	select array(
		select m.conv_id from members m join conversations c on c.id = m.conv_id
		where m.user_id = p_user and m.left_seq is null and c.kind = 'group');
$$;
comment on function groups_of(bigint) is 'the groups a user is in';

create or replace function devices_trim(p_user bigint, p_device bigint) returns void
	language plpgsql as $$
declare
	v_most integer := (select s.devices from settings s where s.one);
	v_gone bigint[];
begin
	if (select count(*) from devices d where d.user_id = p_user and d.token_hash is not null) <= v_most then
		return;
	end if;
	select array(
		select d.id from devices d
		where d.user_id = p_user and d.token_hash is not null and d.id <> p_device
		order by exists (select from sessions s where s.device_id = d.id) desc, d.last_seen desc, d.id desc
		offset v_most - 1) into v_gone;
	update devices d set token_hash = null where d.id = any (v_gone);
	delete from sessions s where s.device_id = any (v_gone);
end $$;
comment on function devices_trim(bigint, bigint)
	is 'who logs in with one device more than may be loses the token of the longest unused one; a session that has it finds out by the sweep';

create or replace function session_begin(p_user bigint, p_password text, p_device text, p_token_hash bytea,
	p_node text, p_boot text, p_child bigint, p_pid integer, p_addr text, p_quiet boolean,
	out session_id bigint, out device_id bigint, out was_online boolean, out epoch text, out replaced boolean, out groups bigint[])
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_fresh boolean;
begin
	-- By the same characters as a user: it is shown in lists, logs and psql.
	if not name_ok(p_device) then
		perform refuse('BRQ', 'device: 1-32 characters, no control characters, no blank at either end');
	end if;
	-- The password was compared a while ago. A change of it either waits for us here, and then finds our session,
	-- or we wait for it, and find that what was compared is not the user's any more.
	perform from users u
	where u.id = p_user and u.disabled_at is null and u.password = coalesce(p_password, u.password)
	for share;
	if not found then
		perform refuse('BCR', 'the name or the password is wrong');
	end if;
	insert into devices as d (user_id, name, token_hash) values (p_user, p_device, p_token_hash)
	on conflict (user_id, name) do update set token_hash = excluded.token_hash, last_seen = now()
	returning d.id, d.xmax = 0 into device_id, v_fresh;
	select s.session_id, s.was_online, s.replaced into session_id, was_online, replaced
	from session_start(p_user, device_id, v_fresh, p_node, p_boot, p_child, p_pid, p_addr, p_quiet) s;
	perform devices_trim(p_user, device_id);
	select s.epoch, groups_of(p_user) into epoch, groups from settings s where s.one;
end $$;
comment on function session_begin(bigint, text, text, bytea, text, text, bigint, integer, text, boolean)
	is 'after a password was right, p_password being the hash it was compared with: the device, its new token, its session; p_quiet: nobody is told; '
	'groups: what to listen to before catch_up';
grant execute on function session_begin to chatd;

create or replace function session_open(p_user bigint, p_device text, p_token_hash bytea,
	p_node text, p_boot text, p_child bigint, p_pid integer, p_addr text,
	out session_id bigint, out device_id bigint, out was_online boolean, out epoch text, out replaced boolean, out groups bigint[])
	language sql security definer set search_path = chat, pg_temp as $$
	select * from session_begin(p_user, null, p_device, p_token_hash, p_node, p_boot, p_child, p_pid, p_addr, false);
$$;
comment on function session_open(bigint, text, bytea, text, text, bigint, integer, text)
	is 'session_begin, as the program of before calls it: it does not say which hash it compared with';
grant execute on function session_open to chatd;

create or replace function session_resume(p_token_hash bytea,
	p_node text, p_boot text, p_child bigint, p_pid integer, p_addr text, p_quiet boolean default false,
	out user_id bigint, out user_name text, out device_name text,
	out session_id bigint, out device_id bigint, out was_online boolean, out epoch text, out replaced boolean, out groups bigint[])
	returns setof record
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	perform from users u join devices d on d.user_id = u.id where d.token_hash = p_token_hash for share of u;
	update devices d set last_seen = now()
	from users u
	where d.token_hash = p_token_hash and d.last_seen > now() - interval '30 days'
		and u.id = d.user_id and u.disabled_at is null
	returning u.id, u.name, d.name, d.id into user_id, user_name, device_name, device_id;
	if not found then
		return;
	end if;
	select s.session_id, s.was_online, s.replaced into session_id, was_online, replaced
	from session_start(user_id, device_id, false, p_node, p_boot, p_child, p_pid, p_addr, p_quiet) s;
	select s.epoch, groups_of(user_id) into epoch, groups from settings s where s.one;
	return next;
end $$;
comment on function session_resume(bytea, text, text, bigint, integer, text, boolean)
	is 'a session by token; no row: unknown, revoked, expired or disabled';
grant execute on function session_resume to chatd;

create or replace function session_check(p_session bigint, p_device bigint, p_token_hash bytea,
	p_node text, p_boot text, p_child bigint, p_pid integer, p_addr text, p_quiet boolean default false) returns text
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_user bigint;
	v_token bytea;
begin
	perform set_config('synchronous_commit', 'off', true);
	if exists (select from denied x where addr_inet(p_addr) <<= x.block) then
		return 'abuse';
	end if;
	perform from sessions s join devices d on d.id = s.device_id join users u on u.id = d.user_id
	where s.id = p_session and d.token_hash = p_token_hash and u.disabled_at is null;
	if found then
		return null;
	end if;
	-- Gone: a newer session has or had the device, the device was revoked, or a node that took ours for dead cleared
	-- the row. Only the last is a mistake to put right. A login locks the device first, too.
	select d.user_id, d.token_hash into v_user, v_token
	from devices d join users u on u.id = d.user_id
	where d.id = p_device and d.token_hash is not null and u.disabled_at is null
	for no key update of d;
	if not found then
		return 'logged_out';
	end if;
	if v_token <> p_token_hash or exists (select from sessions s where s.device_id = p_device and s.id <> p_session) then
		return 'replaced';
	end if;
	insert into sessions (id, node, boot_id, child, pid, user_id, device_id, addr, quiet)
	overriding system value
	values (p_session, p_node, p_boot, p_child, p_pid, v_user, p_device, p_addr, p_quiet);
	return 'back';
end $$;
comment on function session_check(bigint, bigint, bytea, text, text, bigint, integer, text, boolean)
	is 'null: its row is there; back: it was taken for dead, and the row is there again; or why it has to end: replaced, logged_out, abuse';
grant execute on function session_check to chatd;

create or replace function session_name(p_session bigint) returns text
	language sql stable security definer set search_path = chat, pg_temp as $$
	select u.name from sessions s join users u on u.id = s.user_id where s.id = p_session;
$$;
comment on function session_name(bigint) is 'what the session''s user is called now';
grant execute on function session_name to chatd;

create or replace function sweep(p_sessions bigint[], p_most integer,
	out n integer, out gone boolean, out conv_id bigint, out high bigint)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select w.n::integer, u.id is null, b.conv_id, b.high
		from unnest(p_sessions) with ordinality w(session, n)
		left join sessions s on s.id = w.session
		left join devices d on d.id = s.device_id and d.token_hash is not null
		left join users u on u.id = d.user_id and u.disabled_at is null
		left join lateral (
			select m.conv_id, coalesce(m.left_seq, c.last_seq) as high
			from members m
			join conversations c on c.id = m.conv_id
			left join cursors k on k.device_id = s.device_id and k.conv_id = m.conv_id
			where m.user_id = s.user_id
				and coalesce(m.left_seq, c.last_seq) > greatest(coalesce(k.acked_seq, 0), m.joined_seq - 1)
			limit p_most) b on true
		where u.id is null or b.conv_id is not null
		order by w.n;
end $$;
comment on function sweep(bigint[], integer)
	is 'of a node''s sessions, the n-th: whose row is gone or has to go, and up to p_most conversations each in which its device has not acknowledged all';
grant execute on function sweep to chatd;

create or replace function fans(p_users bigint[], out fan_id bigint, out user_id bigint, out user_name text)
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
			and sees(f.user_id, u.id);
end $$;
comment on function fans(bigint[]) is 'who is to be told that these users came or went: logged in, has them on the list, may see it';

create or replace function session_arrived(p_user bigint, out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select * from fans(array[p_user]);
end $$;
comment on function session_arrived(bigint) is 'whom to tell that this user is online';
grant execute on function session_arrived to chatd;

-- Each part fills columns of its own, which are named as in the function that it comes from.
create or replace function catch_up(p_user bigint, p_device bigint, p_arrived boolean, p_convs integer, p_limit integer, out part text,
	out id bigint, out name text, out online boolean, out mutual boolean, out description text, out role text,
	out last_seq bigint, out join_policy text, out history_policy text,
	out is_member boolean, out base bigint, out high bigint, out fan_id bigint, out user_id bigint, out user_name text,
	out conv_id bigint, out seq bigint, out kind text, out sender_id bigint, out sender_name text, out body text, out cid text,
	out ref bigint, out at text, out edited_at text, out deleted_at text, out ref_name text, out is_group boolean,
	out to_id bigint, out to_name text)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
declare
	v_convs bigint[];
	v_after bigint[];
begin
	part := 'reach';
	for conv_id, is_group, is_member, base, high in
		select s.conv_id, s.is_group, s.is_member, s.base, s.high from sync(p_device) s
	loop
		return next;
		if high > base and coalesce(cardinality(v_convs), 0) < p_convs then
			v_convs := v_convs || conv_id;
			v_after := v_after || base;
		end if;
	end loop;
	if p_arrived then
		part := 'fan';
		for fan_id, user_id, user_name in select f.fan_id, f.user_id, f.user_name from fans(array[p_user]) f loop
			return next;
		end loop;
	end if;
	part := 'friend';
	for id, name, online, mutual in select f.id, f.name, f.online, f.mutual from friend_list(p_user) f loop
		return next;
	end loop;
	part := 'group';
	for id, name, description, role, last_seq, join_policy, history_policy in
		select g.id, g.name, g.description, g.role, g.last_seq, c.join_policy, c.history_policy
		from group_list_of(p_user) with ordinality g join conversations c on c.id = g.id order by g.ordinality
	loop
		return next;
	end loop;
	part := 'invitation';
	description := null;
	for id, name, user_id, user_name in select i.id, i.name, i.by_id, i.by_name from invitation_list(p_user, 101) i loop
		return next;
	end loop;
	if v_convs is null then
		return;
	end if;
	part := 'entry';
	name := null;
	for conv_id, seq, kind, sender_id, sender_name, body, cid, ref, at, edited_at, deleted_at, ref_name, is_group, to_id, to_name in
		select e.conv_id, e.seq, e.kind, e.sender_id, e.sender_name, e.body, e.cid, e.ref, e.at, e.edited_at, e.deleted_at,
			e.ref_name, e.is_group, e.to_id, e.to_name
		from backlog(p_device, v_convs, v_after, p_limit) e
	loop
		return next;
	end loop;
end $$;
comment on function catch_up(bigint, bigint, boolean, integer, integer)
	is 'all that a device has to hear once it listens: the parts reach (sync), fan (session_arrived, if p_arrived), friend, group, '
	'invitation, and entry (backlog, of the first p_convs conversations that are behind)';
grant execute on function catch_up to chatd;

create or replace function gone(p_users bigint[], out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql volatile as $$
#variable_conflict use_column
begin
	return query
		select * from fans(array(select u from unnest(p_users) u where not user_online(u)));
end $$;
comment on function gone(bigint[]) is 'whom to tell that those of these users who have no session left went offline';

create or replace function session_end(p_session bigint, p_logout boolean,
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
	delete from sessions s where s.id = p_session
	returning case when not s.quiet then s.user_id end into v_user;
	if p_logout then
		update devices d set token_hash = null where d.id = v_device;
	else
		update devices d set last_seen = now() where d.id = v_device;
	end if;
	return query select * from gone(array[v_user]);
end $$;
comment on function session_end(bigint, boolean) is 'the session is over, with p_logout its token too; returns whom to tell';
grant execute on function session_end to chatd;
