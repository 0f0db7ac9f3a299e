-- Groups. Whatever changes a membership is an entry of the group's own log, made under its lock.

create or replace function group_of(p_name text, p_id bigint) returns bigint
	language plpgsql stable as $$
declare
	v_conv bigint;
begin
	if p_id is not null then
		select c.id into v_conv from conversations c where c.id = p_id and c.kind = 'group';
	else
		select c.id into v_conv from conversations c
		where c.kind = 'group' and c.closed_at is null and lower(normalize(c.name, nfkc)) = lower(normalize(p_name, nfkc));
	end if;
	if v_conv is null then
		perform refuse('NFD', 'there is no such group');
	end if;
	return v_conv;
end $$;
comment on function group_of(text, bigint) is 'the group with that id, else with that name; refuses if there is none';

create or replace function group_for(p_user bigint, p_name text, p_id bigint) returns bigint
	language plpgsql stable as $$
declare
	v_conv bigint := group_of(p_name, p_id);
begin
	if hidden(p_user, v_conv) then
		perform refuse('NFD', 'there is no such group');
	end if;
	return v_conv;
end $$;
comment on function group_for(bigint, text, bigint) is 'the same for a user, to whom not every group exists';

create or replace function group_hold(p_conv bigint) returns void
	language plpgsql as $$
begin
	perform from conversations c where c.id = p_conv and c.closed_at is null for no key update;
	if not found then
		perform refuse('NFD', 'there is no such group');
	end if;
end $$;
comment on function group_hold(bigint) is 'locks a group until commit: nothing is stored in it meanwhile';

create or replace function group_lock_mine(p_user bigint, p_name text, p_id bigint, out id bigint, out role text)
	language plpgsql as $$
begin
	id := group_for(p_user, p_name, p_id);
	-- Twice: who is not a member does not wait for the lock, and keeps nobody else waiting; what counts is what is true under it.
	if role_of(id, p_user) is not null then
		perform group_hold(id);
		role := role_of(id, p_user);
	end if;
	if role is null then
		perform refuse('FBD', 'you are not a member of that group');
	end if;
end $$;
comment on function group_lock_mine(bigint, text, bigint) is 'a group of which the user is a member, locked until commit, and the user''s role';

create or replace function group_name_check(p_name text) returns void
	language plpgsql stable as $$
begin
	if not name_ok(p_name) then
		perform refuse('BRQ', 'name: 1-50 characters, no control characters, no blank at either end');
	end if;
	-- Blanks, also those that are letters, signs or marks, and what Unicode calls default-ignorable.
	if p_name ~ '^[ \u00A0\u034F\u115F\u1160\u1680\u17B4\u17B5\u180B-\u180F\u2000-\u200F\u2028-\u202F\u205F-\u206F\u2800\u3000\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFF8\U00016FE4\U0001BCA0-\U0001BCA3\U0001D159\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]*$' then
		perform refuse('BRQ', 'name: nothing of it would be seen');
	end if;
end $$;
comment on function group_name_check(text) is 'refuses a name that no group may have; null: none. It may look like any other''s: it is not who speaks';

create or replace function group_create(p_user bigint, p_name text, p_description text, p_join text, p_history text,
	out id bigint, out name text, out description text)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_most integer;
begin
	perform group_name_check(p_name);
	if char_length(p_description) > 200 then
		perform refuse('BRQ', 'description: at most 200 characters');
	end if;
	select s.groups_created into v_most from settings s where s.one;
	if (select count(*) from members m where m.user_id = p_user and m.role = 'creator' and m.left_seq is null) >= v_most then
		perform refuse_limit('groups_created', format('nobody may be the creator of more than %s groups', v_most));
	end if;
	perform spend(p_user, 'groups_created', 'day', v_most, 'so many groups may not be created in one day');
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

create or replace function group_join(p_user bigint, p_name text, p_id bigint,
	out id bigint, out name text, out description text, out role text, out last_seq bigint, out joined boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_open boolean;
	v_from bigint;
	v_most integer;
begin
	id := group_for(p_user, p_name, p_id);
	if exists (select from group_bans b where b.conv_id = group_join.id and b.user_id = p_user) then
		perform refuse('FBD', 'you are banned from that group');
	end if;
	-- Whoever may not join is refused without the lock, and so is not in anybody's way.
	if not exists (select from conversations c where c.id = group_join.id and c.join_policy = 'open')
		and not exists (select from group_invites i where i.conv_id = group_join.id and i.user_id = p_user)
		and role_of(id, p_user) is null
	then
		perform refuse('FBD', 'that group is by invitation only');
	end if;
	perform group_hold(id);
	select c.name, c.description, c.last_seq, c.join_policy = 'open', case when c.history_policy = 'all' then c.history_from end
	into name, description, last_seq, v_open, v_from
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
	select s.groups_joined into v_most from settings s where s.one;
	if (select count(*) from members m where m.user_id = p_user and m.left_seq is null) >= v_most
		and cardinality(groups_of(p_user)) >= v_most
	then
		perform refuse_limit('groups_joined', format('nobody may be in more than %s groups', v_most));
	end if;
	role := 'normal';
	select a.seq into last_seq from append(id, p_user, 'join', null, '', null) a;
	insert into members as m (conv_id, user_id, role, joined_seq, low_seq)
	values (group_join.id, p_user, group_join.role, group_join.last_seq, v_from)
	on conflict (conv_id, user_id) do update
		set role = excluded.role, joined_seq = excluded.joined_seq, low_seq = excluded.low_seq, left_seq = null,
			read_seq = excluded.joined_seq;
end $$;
comment on function group_join(bigint, text, bigint) is 'joined: false if a member already; last_seq is then the newest entry, else the own join';
grant execute on function group_join to chatd;

create or replace function group_leave(p_user bigint, p_name text, p_id bigint, out id bigint, out name text, out seq bigint)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_role text;
begin
	select g.id, g.role into id, v_role from group_lock_mine(p_user, p_name, p_id) g;
	select c.name into name from conversations c where c.id = group_leave.id;
	if v_role = 'creator' and exists (
		select from members m where m.conv_id = group_leave.id and m.user_id <> p_user and m.left_seq is null)
	then
		perform refuse('FBD', 'the creator hands the group over before leaving it');
	end if;
	select a.seq into seq from append(id, p_user, 'leave', null, '', null) a;
	update members m set left_seq = group_leave.seq, role = 'normal' where m.conv_id = group_leave.id and m.user_id = p_user;
	if v_role = 'creator' then -- and so the last one
		update conversations c set closed_at = now() where c.id = group_leave.id;
		delete from group_invites i where i.conv_id = group_leave.id;
	end if;
end $$;
comment on function group_leave(bigint, text, bigint) is 'ends the own membership; seq is the last entry one sees. The last one closes the group';
grant execute on function group_leave to chatd;

create or replace function member_page(p_user bigint, p_name text, p_id bigint, p_after bigint, p_limit integer,
	out id bigint, out name text, out role text, out online boolean)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
declare
	v_conv bigint := group_for(p_user, p_name, p_id);
begin
	if role_of(v_conv, p_user) is null then
		perform refuse('FBD', 'you are not a member of that group');
	end if;
	return query
		select u.id, u.name, m.role,
			user_online(u.id) and not exists (
				select from blocks b where (b.user_id, b.blocked_id) in ((u.id, p_user), (p_user, u.id)))
		from members m join users u on u.id = m.user_id
		where m.conv_id = v_conv and m.left_seq is null
			and (p_after is null or (m.role = 'normal', m.role, lower(u.name), u.id) > (
				select a.role = 'normal', a.role, lower(n.name), n.id from members a join users n on n.id = a.user_id
				where a.conv_id = v_conv and a.user_id = p_after))
		order by m.role = 'normal', m.role, lower(u.name), u.id
		limit p_limit;
end $$;
comment on function member_page(bigint, text, bigint, bigint, integer)
	is 'who is in the group, creator and admins first: so many after the user p_after (null: from the first on)';
grant execute on function member_page to chatd;

create or replace function group_members(p_user bigint, p_name text, p_id bigint,
	out id bigint, out name text, out role text, out online boolean)
	returns setof record
	language sql stable security definer set search_path = chat, pg_temp as $$
	select * from member_page(p_user, p_name, p_id, null, null);
$$;
comment on function group_members(bigint, text, bigint) is 'all who are in the group';
grant execute on function group_members to chatd;

create or replace function group_page(p_user bigint, p_after bigint, p_limit integer,
	out id bigint, out name text, out description text, out role text, out last_seq bigint)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select c.id, c.name::text, c.description::text, m.role, c.last_seq
		from members m join conversations c on c.id = m.conv_id
		where m.user_id = p_user and m.left_seq is null and c.kind = 'group'
			and (p_after is null or (lower(c.name), c.id) > (select lower(a.name), a.id from conversations a where a.id = p_after))
		order by lower(c.name), c.id
		limit p_limit;
end $$;
comment on function group_page(bigint, bigint, integer)
	is 'the groups a user is in: so many after the group p_after (null: from the first on)';
grant execute on function group_page to chatd;

create or replace function group_list_of(p_user bigint,
	out id bigint, out name text, out description text, out role text, out last_seq bigint)
	returns setof record
	language sql stable security definer set search_path = chat, pg_temp as $$
	select * from group_page(p_user, null, null);
$$;
comment on function group_list_of(bigint) is 'all groups a user is in';
grant execute on function group_list_of to chatd;

create or replace function invitation_list(p_user bigint, p_limit integer,
	out id bigint, out name text, out by_id bigint, out by_name text)
	returns setof record
	language plpgsql stable as $$
#variable_conflict use_column
begin
	return query
		select c.id, c.name::text, u.id, u.name
		from group_invites i
		join conversations c on c.id = i.conv_id and c.closed_at is null
		join users u on u.id = i.by_id
		where i.user_id = p_user and not exists (select from blocks b where b.user_id = p_user and b.blocked_id = i.by_id)
		order by i.at desc, c.id
		limit p_limit;
end $$;
comment on function invitation_list(bigint, integer) is 'the groups that a user has been invited to and has not joined, the newest first; by: who invited';

create or replace function group_find_page(p_text text, p_after bigint, p_limit integer,
	out id bigint, out name text, out description text, out members bigint)
	returns setof record
	language sql stable security definer set search_path = chat, pg_temp as $$
	select c.id, c.name::text, c.description::text,
		(select count(*) from members m where m.conv_id = c.id and m.left_seq is null)
	from conversations c
	where c.kind = 'group' and c.closed_at is null and c.join_policy = 'open'
		and strpos(lower(c.name || ' ' || c.description), lower(p_text)) > 0
		and (p_after is null or (lower(c.name), c.id) > (select lower(a.name), a.id from conversations a where a.id = p_after))
	order by lower(c.name), c.id
	limit p_limit;
$$;
comment on function group_find_page(text, bigint, integer)
	is 'open groups whose name or description contains a text: so many after the group p_after (null: from the first on)';
grant execute on function group_find_page to chatd;

create or replace function group_find(p_text text, p_limit integer,
	out id bigint, out name text, out description text, out members bigint)
	returns setof record
	language sql stable security definer set search_path = chat, pg_temp as $$
	select * from group_find_page(p_text, null, p_limit);
$$;
comment on function group_find(text, integer) is 'the first open groups whose name or description contains a text';
grant execute on function group_find to chatd;

-- Governing

create or replace function group_govern(p_user bigint, p_name text, p_id bigint, p_creator boolean, out id bigint, out name text, out role text)
	language plpgsql as $$
begin
	select g.id, g.role into id, role from group_lock_mine(p_user, p_name, p_id) g;
	select c.name into name from conversations c where c.id = group_govern.id;
	if p_creator and role <> 'creator' then
		perform refuse('FBD', 'only the group''s creator may do that');
	elsif role = 'normal' then
		perform refuse('FBD', 'only the group''s creator and admins may do that');
	end if;
end $$;
comment on function group_govern(bigint, text, bigint, boolean) is 'locks a group; refuses who is not its creator (p_creator) or at least an admin';

create or replace function role_of(p_conv bigint, p_user bigint) returns text
	language sql stable as $$
	select m.role from members m where m.conv_id = p_conv and m.user_id = p_user and m.left_seq is null;
$$;
comment on function role_of(bigint, bigint) is 'a member''s role; null: not a member now';

create or replace function group_invite(p_user bigint, p_name text, p_id bigint, p_who text, p_who_id bigint,
	out id bigint, out name text, out user_id bigint, out user_name text, out done boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	select g.id, g.name into id, name from group_govern(p_user, p_name, p_id, false) g;
	select u.id, u.name into user_id, user_name from user_alive(p_who, p_who_id) u;
	if exists (select from group_bans b where b.conv_id = group_invite.id and b.user_id = group_invite.user_id) then
		perform refuse('CFL', 'that user is banned from the group; unban first');
	end if;
	-- Who was invited already is not told again, and who blocked the inviter not at all.
	done := false;
	if role_of(id, user_id) is null
		and not exists (select from blocks b where b.user_id = group_invite.user_id and b.blocked_id = p_user)
	then
		insert into group_invites (conv_id, user_id, by_id) values (group_invite.id, group_invite.user_id, p_user)
		on conflict do nothing;
		done := found;
		if done then
			perform spend(p_user, 'invitations_day', 'day', (select s.invitations_day from settings s where s.one),
				'so many invitations are not for one day');
		end if;
	end if;
end $$;
comment on function group_invite(bigint, text, bigint, text, bigint) is 'lets a user join a group that is not open; done: whether the user is to be told';
grant execute on function group_invite to chatd;

create or replace function put_out(p_user bigint, p_role text, p_conv bigint, p_who bigint) returns bigint
	language plpgsql as $$
declare
	v_role text := role_of(p_conv, p_who);
	v_seq bigint;
begin
	if p_who = p_user then
		perform refuse('BRQ', 'user: that is yourself; group_leave is the way out');
	end if;
	if v_role is null then
		return null;
	end if;
	if p_role = 'admin' and v_role <> 'normal' then
		perform refuse('FBD', 'an admin may not put out another admin or the creator');
	end if;
	select a.seq into v_seq from append(p_conv, p_user, 'kick', p_who, '', null) a;
	update members m set left_seq = v_seq, role = 'normal' where m.conv_id = p_conv and m.user_id = p_who;
	return v_seq;
end $$;
comment on function put_out(bigint, text, bigint, bigint) is 'ends another''s membership with a kick entry; null: was no member';

create or replace function group_kick(p_user bigint, p_name text, p_id bigint, p_who text, p_who_id bigint,
	out id bigint, out name text, out user_id bigint, out user_name text, out seq bigint)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_role text;
begin
	select g.id, g.name, g.role into id, name, v_role from group_govern(p_user, p_name, p_id, false) g;
	select u.id, u.name into user_id, user_name from user_of(p_who, p_who_id) u;
	seq := put_out(p_user, v_role, id, user_id);
	if seq is null then
		perform refuse('NFD', 'that user is not a member of the group');
	end if;
	delete from group_invites i where i.conv_id = group_kick.id and i.user_id = group_kick.user_id;
end $$;
comment on function group_kick(bigint, text, bigint, text, bigint) is 'puts a member out; the kick is the last entry that member sees';
grant execute on function group_kick to chatd;

create or replace function group_ban(p_user bigint, p_name text, p_id bigint, p_who text, p_who_id bigint,
	out id bigint, out name text, out user_id bigint, out user_name text, out seq bigint)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_role text;
begin
	select g.id, g.name, g.role into id, name, v_role from group_govern(p_user, p_name, p_id, false) g;
	select u.id, u.name into user_id, user_name from user_of(p_who, p_who_id) u;
	seq := put_out(p_user, v_role, id, user_id);
	insert into group_bans (conv_id, user_id, by_id) values (group_ban.id, group_ban.user_id, p_user) on conflict do nothing;
	if found then
		perform spend_on(p_user, group_ban.user_id);
	end if;
	delete from group_invites i where i.conv_id = group_ban.id and i.user_id = group_ban.user_id;
end $$;
comment on function group_ban(bigint, text, bigint, text, bigint) is 'puts a user out (seq: the kick, null if no member) and keeps the user out';
grant execute on function group_ban to chatd;

create or replace function group_unban(p_user bigint, p_name text, p_id bigint, p_who text, p_who_id bigint,
	out id bigint, out name text, out user_id bigint, out user_name text)
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	select g.id, g.name into id, name from group_govern(p_user, p_name, p_id, false) g;
	select u.id, u.name into user_id, user_name from user_of(p_who, p_who_id) u;
	delete from group_bans b where b.conv_id = group_unban.id and b.user_id = group_unban.user_id;
	if not found then
		perform refuse('NFD', 'that user is not banned');
	end if;
end $$;
comment on function group_unban(bigint, text, bigint, text, bigint) is 'takes a ban back';
grant execute on function group_unban to chatd;

create or replace function group_role(p_user bigint, p_name text, p_id bigint, p_who text, p_who_id bigint, p_role text,
	out id bigint, out name text, out user_id bigint, out user_name text, out seq bigint)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_role text;
begin
	select g.id, g.name into id, name from group_govern(p_user, p_name, p_id, true) g;
	select u.id, u.name into user_id, user_name from user_of(p_who, p_who_id) u;
	if user_id = p_user then
		perform refuse('BRQ', 'user: the creator''s role changes only by handing over');
	end if;
	v_role := role_of(id, user_id);
	if v_role is null then
		perform refuse('NFD', 'that user is not a member of the group');
	end if;
	if v_role = p_role then
		return;
	end if;
	if p_role = 'creator' then
		update members m set role = 'admin' where m.conv_id = group_role.id and m.user_id = p_user;
	end if;
	update members m set role = p_role where m.conv_id = group_role.id and m.user_id = group_role.user_id;
	select a.seq into seq from append(id, p_user, 'role', user_id, p_role, null) a;
end $$;
comment on function group_role(bigint, text, bigint, text, bigint, text)
	is 'admin, normal, or creator to hand the group over (the creator stays as an admin); seq null: had that role already';
grant execute on function group_role to chatd;

create or replace function group_set(p_user bigint, p_name text, p_id bigint,
	p_new_name text, p_description text, p_join text, p_history text,
	out id bigint, out name text, out description text, out role text, out last_seq bigint)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_history text;
begin
	select g.id, g.role into id, role from group_govern(p_user, p_name, p_id, false) g;
	select c.history_policy into v_history from conversations c where c.id = group_set.id;
	perform group_name_check(p_new_name);
	if exists (
		select from conversations c where c.kind = 'group' and c.closed_at is null and c.id <> group_set.id
			and lower(normalize(c.name, nfkc)) = lower(normalize(p_new_name, nfkc)))
	then
		perform refuse('TKN', 'that name is taken');
	end if;
	begin
		update conversations c set
			name = coalesce(p_new_name, c.name), description = coalesce(p_description, c.description),
			join_policy = coalesce(p_join, c.join_policy), history_policy = coalesce(p_history, c.history_policy)
		where c.id = group_set.id
		returning c.name, c.description into name, description;
	exception when unique_violation then
		perform refuse('TKN', 'that name is taken');
	end;
	select a.seq into last_seq from append(id, p_user, 'group', null,
		json_strip_nulls(json_build_object('name', p_new_name, 'description', p_description,
			'join', p_join, 'history', p_history))::text, null) a;
	-- What was said while the group was not open to look back stays closed to those who were not there.
	if v_history = 'joined' and p_history = 'all' then
		update conversations c set history_from = group_set.last_seq where c.id = group_set.id;
	end if;
end $$;
comment on function group_set(bigint, text, bigint, text, text, text, text)
	is 'changes a group; null: stays. The entry''s text says what was changed, as JSON';
grant execute on function group_set to chatd;

-- Volatile: beside group_set() in one statement it is to see what that has changed.
create or replace function group_policies(p_id bigint, out join_policy text, out history_policy text)
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	select c.join_policy, c.history_policy into join_policy, history_policy
	from conversations c where c.id = p_id and c.kind = 'group';
end $$;
comment on function group_policies(bigint) is 'who may join a group, and what its members see';
grant execute on function group_policies to chatd;
