-- Groups. Whatever changes a membership is an entry of the group's own log, made under its lock.

set local role chat_owner;
set local search_path = chat;

create function group_lock(p_name text, p_id bigint) returns bigint
	language plpgsql as $$
declare
	v_conv bigint := group_of(p_name, p_id);
begin
	perform from conversations c where c.id = v_conv for no key update;
	return v_conv;
end $$;
comment on function group_lock(text, bigint) is 'the group, locked until commit: nothing is stored in it meanwhile';

create function group_create(p_user bigint, p_name text, p_description text, p_join text, p_history text,
	out id bigint, out name text, out description text)
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	if not name_ok(p_name) then
		perform refuse('BRQ', 'name: 1-50 characters, no control characters, no blank at either end');
	end if;
	if char_length(p_description) > 200 then
		perform refuse('BRQ', 'description: at most 200 characters');
	end if;
	insert into conversations as c (kind, name, description, join_policy, history_policy)
	values ('group', p_name, p_description, p_join, p_history)
	on conflict do nothing
	returning c.id, c.name, c.description into id, name, description;
	if id is null then
		perform refuse('TKN', 'that name is taken');
	end if;
	insert into members (conv_id, user_id, role, joined_seq) values (group_create.id, p_user, 'creator', 1);
	perform append(id, p_user, 'join', null, '', null);
end $$;
comment on function group_create(bigint, text, text, text, text) is 'a new group; its log begins with the creator''s join';
grant execute on function group_create to chatd;

create function group_join(p_user bigint, p_name text, p_id bigint,
	out id bigint, out name text, out description text, out role text, out last_seq bigint, out joined boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_open boolean;
begin
	id := group_lock(p_name, p_id);
	select c.name, c.description, c.last_seq, c.join_policy = 'open' into name, description, last_seq, v_open
	from conversations c where c.id = group_join.id;
	select m.role into role from members m where m.conv_id = group_join.id and m.user_id = p_user and m.left_seq is null;
	joined := not found;
	if not joined then
		return;
	end if;
	if exists (select from group_bans b where b.conv_id = group_join.id and b.user_id = p_user) then
		perform refuse('FBD', 'you are banned from that group');
	end if;
	delete from group_invites i where i.conv_id = group_join.id and i.user_id = p_user;
	if not found and not v_open then
		perform refuse('FBD', 'that group is by invitation only');
	end if;
	-- A group that everybody has left belongs to whoever comes first.
	role := case when exists (select from members m where m.conv_id = group_join.id and m.left_seq is null)
		then 'normal' else 'creator' end;
	select a.seq into last_seq from append(id, p_user, 'join', null, '', null) a;
	insert into members as m (conv_id, user_id, role, joined_seq) values (group_join.id, p_user, group_join.role, group_join.last_seq)
	on conflict (conv_id, user_id) do update
		set role = excluded.role, joined_seq = excluded.joined_seq, left_seq = null, read_seq = excluded.joined_seq;
end $$;
comment on function group_join(bigint, text, bigint) is 'joined: false if a member already; last_seq is then the newest entry, else the own join';
grant execute on function group_join to chatd;

create function group_leave(p_user bigint, p_name text, p_id bigint, out id bigint, out name text, out seq bigint)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_role text;
begin
	id := group_lock(p_name, p_id);
	select c.name into name from conversations c where c.id = group_leave.id;
	select m.role into v_role from members m where m.conv_id = group_leave.id and m.user_id = p_user and m.left_seq is null;
	if not found then
		perform refuse('FBD', 'you are not a member of that group');
	end if;
	if v_role = 'creator' and exists (
		select from members m where m.conv_id = group_leave.id and m.user_id <> p_user and m.left_seq is null)
	then
		perform refuse('FBD', 'the creator hands the group over before leaving it');
	end if;
	select a.seq into seq from append(id, p_user, 'leave', null, '', null) a;
	update members m set left_seq = group_leave.seq, role = 'normal' where m.conv_id = group_leave.id and m.user_id = p_user;
end $$;
comment on function group_leave(bigint, text, bigint) is 'ends the own membership; seq is the last entry one sees';
grant execute on function group_leave to chatd;

create function group_members(p_user bigint, p_name text, p_id bigint,
	out id bigint, out name text, out role text, out online boolean)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
declare
	v_conv bigint := group_of(p_name, p_id);
begin
	if not exists (select from members m where m.conv_id = v_conv and m.user_id = p_user and m.left_seq is null) then
		perform refuse('FBD', 'you are not a member of that group');
	end if;
	return query
		select u.id, u.name, m.role,
			user_online(u.id) and not exists (select from blocks b where b.user_id = u.id and b.blocked_id = p_user)
		from members m join users u on u.id = m.user_id
		where m.conv_id = v_conv and m.left_seq is null
		order by m.role = 'normal', m.role, lower(u.name), u.id;
end $$;
comment on function group_members(bigint, text, bigint) is 'who is in the group, creator and admins first';
grant execute on function group_members to chatd;

create function group_list_of(p_user bigint,
	out id bigint, out name text, out description text, out role text, out last_seq bigint)
	returns setof record
	language sql stable security definer set search_path = chat, pg_temp as $$
	select c.id, c.name, c.description, m.role, c.last_seq
	from members m join conversations c on c.id = m.conv_id
	where m.user_id = p_user and m.left_seq is null and c.kind = 'group'
	order by lower(c.name), c.id;
$$;
comment on function group_list_of(bigint) is 'the groups a user is in';
grant execute on function group_list_of to chatd;
