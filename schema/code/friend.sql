-- Friends: one-sided and immediate; mutual when both have added each other.

create or replace function sees(p_viewer bigint, p_user bigint) returns boolean
	language plpgsql stable as $$
begin
	if exists (select from blocks b where (b.user_id, b.blocked_id) in ((p_user, p_viewer), (p_viewer, p_user))) then
		return false;
	end if;
	if exists (select from friends f where f.user_id = p_viewer and f.friend_id = p_user)
		and (exists (select from friends f where f.user_id = p_user and f.friend_id = p_viewer)
			or (select s.presence from settings s where s.one) = 'listed'
			or not exists (select from devices d where d.user_id = p_user and d.name <> 'numbered'))
	then
		return true;
	end if;
	return exists (
		select from members a
		join members b on b.conv_id = a.conv_id and b.user_id = p_viewer and b.left_seq is null
		join conversations c on c.id = a.conv_id and c.kind = 'group'
		where a.user_id = p_user and a.left_seq is null);
end $$;
comment on function sees(bigint, bigint)
	is 'whether p_viewer may know if p_user is online, see settings.presence; nobody does across a block, in neither direction';

create or replace function sight(p_user bigint, p_name text, p_id bigint,
	out id bigint, out name text, out lists boolean, out shown boolean, out seen boolean)
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
begin
	select u.id, u.name into id, name from user_of(p_name, p_id) u;
	lists := exists (select from friends f where f.user_id = sight.id and f.friend_id = p_user);
	shown := user_online(p_user) and sees(id, p_user);
	seen := user_online(id) and sees(p_user, id);
end $$;
comment on function sight(bigint, text, bigint)
	is 'another user and p_user: lists: has p_user on the list; shown: sees p_user online; seen: p_user sees the other online';
grant execute on function sight to chatd;

create or replace function group_sight(p_user bigint, p_conv bigint, p_in boolean, out fan_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select f.user_id, u.id, u.name
		from (
			select a.user_id, a.friend_id from friends a where a.user_id = p_user
			union all
			select b.user_id, b.friend_id from friends b where b.friend_id = p_user) f
		join members m on m.conv_id = p_conv and m.user_id = f.user_id + f.friend_id - p_user and m.left_seq is null
		join users u on u.id = f.friend_id
		where not exists (select from friends r where r.user_id = f.friend_id and r.friend_id = f.user_id)
			and exists (select from sessions s where s.user_id = f.user_id)
			and user_online(f.friend_id) and sees(f.user_id, f.friend_id) = p_in;
end $$;
comment on function group_sight(bigint, bigint, boolean)
	is 'p_user has joined a group (p_in), or is out of it: who is to be told, as by fans, that somebody is online, or is seen no more. '
	'The user and members, where only one has the other on the list: friends on both sides see each other anyway';
grant execute on function group_sight to chatd;

create or replace function friend_add(p_user bigint, p_name text, p_id bigint,
	out id bigint, out name text, out online boolean, out mutual boolean, out added boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_most integer;
	v_hour integer;
begin
	select u.id, u.name into id, name from user_alive(p_name, p_id) u;
	if id = p_user then
		perform refuse('BRQ', 'user: that is yourself');
	end if;
	if exists (select from blocks b where b.user_id = friend_add.id and b.blocked_id = p_user) then
		perform refuse('BLK', 'that user has blocked you');
	end if;
	-- The pair is locked in one order, so that two who add each other at once see each other.
	perform from users u where u.id in (p_user, friend_add.id) order by u.id for no key update;
	insert into friends (user_id, friend_id) values (p_user, friend_add.id) on conflict do nothing;
	added := found;
	if added then
		select s.friends, s.friends_hour into v_most, v_hour from settings s where s.one;
		if (select count(*) from friends f where f.user_id = p_user) > v_most then
			perform refuse_limit('friends', format('nobody may have more than %s people on the list', v_most));
		end if;
		perform spend(p_user, 'friends_hour', 'hour', v_hour, 'so many people may not be added in one hour');
	end if;
	mutual := exists (select from friends f where f.user_id = friend_add.id and f.friend_id = p_user);
	online := user_online(id) and sees(p_user, id);
end $$;
comment on function friend_add(bigint, text, bigint) is 'puts a user on p_user''s list; added: was not there yet; mutual: each has the other';
grant execute on function friend_add to chatd;

create or replace function friend_remove(p_user bigint, p_name text, p_id bigint, out id bigint, out name text)
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	select u.id, u.name into id, name from user_of(p_name, p_id) u;
	delete from friends f where f.user_id = p_user and f.friend_id = friend_remove.id;
	if not found then
		perform refuse('NFD', 'that user is not on your list');
	end if;
end $$;
comment on function friend_remove(bigint, text, bigint) is 'takes a user off p_user''s list; refuses if not on it';
grant execute on function friend_remove to chatd;

create or replace function block(p_user bigint, p_name text, p_id bigint, out id bigint, out name text, out hidden boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	select u.id, u.name into id, name from user_of(p_name, p_id) u;
	if id = p_user then
		perform refuse('BRQ', 'user: that is yourself');
	end if;
	insert into blocks (user_id, blocked_id) values (p_user, block.id) on conflict do nothing;
	hidden := found and exists (select from friends f where f.user_id = block.id and f.friend_id = p_user);
	if found then
		perform spend_on(p_user, block.id);
	end if;
end $$;
comment on function block(bigint, text, bigint) is 'p_user does not want to hear from that user; hidden: who has p_user on the list and is to see p_user go offline';
grant execute on function block to chatd;

create or replace function unblock(p_user bigint, p_name text, p_id bigint, out id bigint, out name text, out hidden boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	select u.id, u.name into id, name from user_of(p_name, p_id) u;
	delete from blocks b where b.user_id = p_user and b.blocked_id = unblock.id;
	if not found then
		perform refuse('NFD', 'that user is not blocked');
	end if;
	hidden := exists (select from friends f where f.user_id = unblock.id and f.friend_id = p_user);
end $$;
comment on function unblock(bigint, text, bigint) is 'takes a block back; hidden: who has p_user on the list and is to see p_user online again';
grant execute on function unblock to chatd;

create or replace function block_page(p_user bigint, p_after bigint, p_limit integer, out id bigint, out name text)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select u.id, u.name from blocks b join users u on u.id = b.blocked_id
		where b.user_id = p_user
			and (p_after is null or (lower(u.name), u.id) > (select lower(a.name), a.id from users a where a.id = p_after))
		order by lower(u.name), u.id
		limit p_limit;
end $$;
comment on function block_page(bigint, bigint, integer)
	is 'whom a user has blocked: so many after the user p_after (null: from the first on)';
grant execute on function block_page to chatd;

create or replace function block_list(p_user bigint, out id bigint, out name text)
	returns setof record
	language sql stable security definer set search_path = chat, pg_temp as $$
	select * from block_page(p_user, null, null);
$$;
comment on function block_list(bigint) is 'all whom a user has blocked';
grant execute on function block_list to chatd;

create or replace function friend_page(p_user bigint, p_after bigint, p_limit integer,
	out id bigint, out name text, out online boolean, out mutual boolean)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select u.id, u.name,
			user_online(u.id) and sees(p_user, u.id),
			exists (select from friends r where r.user_id = u.id and r.friend_id = p_user)
		from friends f join users u on u.id = f.friend_id
		where f.user_id = p_user
			and (p_after is null or (lower(u.name), u.id) > (select lower(a.name), a.id from users a where a.id = p_after))
		order by lower(u.name), u.id
		limit p_limit;
end $$;
comment on function friend_page(bigint, bigint, integer)
	is 'who is on the list, so many after the user p_after (null: from the first on)';
grant execute on function friend_page to chatd;

create or replace function friend_list(p_user bigint,
	out id bigint, out name text, out online boolean, out mutual boolean)
	returns setof record
	language sql stable security definer set search_path = chat, pg_temp as $$
	select * from friend_page(p_user, null, null);
$$;
comment on function friend_list(bigint) is 'all who are on the list';
grant execute on function friend_list to chatd;

create or replace function friend_request_page(p_user bigint, p_after bigint, p_limit integer, out id bigint, out name text)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select u.id, u.name
		from friends f join users u on u.id = f.user_id
		where f.friend_id = p_user
			and not exists (select from friends r where r.user_id = p_user and r.friend_id = f.user_id)
			and not exists (select from blocks b where b.user_id = p_user and b.blocked_id = f.user_id)
			and (p_after is null or (f.since, f.user_id) > (
				select coalesce(max(a.since), '-infinity'), p_after from friends a where a.user_id = p_after and a.friend_id = p_user))
		order by f.since, f.user_id
		limit p_limit;
end $$;
comment on function friend_request_page(bigint, bigint, integer)
	is 'who has p_user on the list without being on p_user''s: so many after the user p_after (null: from the first on)';
grant execute on function friend_request_page to chatd;

create or replace function friend_requests(p_user bigint, out id bigint, out name text)
	returns setof record
	language sql stable security definer set search_path = chat, pg_temp as $$
	select * from friend_request_page(p_user, null, null);
$$;
comment on function friend_requests(bigint) is 'all who have p_user on the list without being on p_user''s';
grant execute on function friend_requests to chatd;
