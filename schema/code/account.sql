-- Accounts, devices and what all nodes share. How a file here is written: embed.sh.

create or replace function name_key(p_name text) returns text
	language sql immutable strict parallel safe
	return lower(normalize(p_name, nfkc));
comment on function name_key(text) is 'what makes two names the same: case and compatibility forms do not count';

create or replace function rfc3339(p_at timestamptz) returns text
	language sql stable strict parallel safe
	return to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
comment on function rfc3339(timestamptz) is 'a time as the protocol writes it';

create or replace function micros(p_at timestamptz) returns bigint
	language sql stable parallel safe
	return round(date_part('epoch', p_at) * 1000000)::bigint;
comment on function micros(timestamptz) is 'a time as microseconds since 1970, for the daemon to write it out';

create or replace function refuse(p_code text, p_sentence text) returns void
	language plpgsql as $$
begin
	raise exception using errcode = 'CH' || p_code, message = p_sentence;
end $$;
comment on function refuse(text, text) is 'ends the call with a protocol error (lib/error.h has the codes); everything it did is undone';

create or replace function schema_levels(out tables integer, out code integer, out oldest integer)
	language sql stable security definer set search_path = chat, pg_temp
	as 'select (select max(v.version) from schema_version v), s.code_level, s.oldest_level from settings s';
comment on function schema_levels() is 'newest file with tables, level of the functions, level of the oldest program that may run';
grant execute on function schema_levels to chatd;

-- Users

create or replace function user_of(p_name text, p_id bigint, out id bigint, out name text)
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

create or replace function settings_get(out registration text, out strangers text)
	language sql stable security definer set search_path = chat, pg_temp
	as 'select s.registration, s.strangers from settings s';
comment on function settings_get() is 'what all nodes share';
grant execute on function settings_get to chatd, chat_admin;

-- The one of before had the first two arguments only, which is how nodes call it. Limits are none of theirs.
drop function if exists settings_set(text, text);
create or replace function settings_set(p_registration text default null, p_strangers text default null, p_presence text default null,
	p_text_minute bigint default null, p_text_day bigint default null, p_strangers_hour integer default null,
	p_groups_created integer default null, p_groups_joined integer default null, p_invitations_day integer default null,
	p_friends_hour integer default null, p_friends integer default null, p_devices integer default null,
	p_search_bytes bigint default null) returns void
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_new jsonb := jsonb_strip_nulls(jsonb_build_object('registration', p_registration, 'strangers', p_strangers, 'presence', p_presence,
		'text_minute', p_text_minute, 'text_day', p_text_day, 'strangers_hour', p_strangers_hour,
		'groups_created', p_groups_created, 'groups_joined', p_groups_joined, 'invitations_day', p_invitations_day,
		'friends_hour', p_friends_hour, 'friends', p_friends, 'devices', p_devices, 'search_bytes', p_search_bytes));
	v_changed text;
	v_wrong text;
begin
	if v_new - array['registration', 'strangers'] <> '{}'
		and not (pg_has_role(session_user, 'chat_admin', 'member') or pg_has_role(session_user, 'chat_owner', 'member'))
	then
		perform refuse('FBD', 'only registration and strangers are for the role chatd to change');
	end if;
	select string_agg(format('%s=%s', n.key, n.value), ' ' order by n.key) into v_changed
	from (select * from settings where one for update) s, jsonb_each_text(v_new) n
	where to_jsonb(s) ->> n.key <> n.value;
	if v_changed is null then
		return;
	end if;
	begin
		update settings s set (registration, strangers, presence, text_minute, text_day, strangers_hour, groups_created, groups_joined,
			invitations_day, friends_hour, friends, devices, search_bytes)
		= (select n.registration, n.strangers, n.presence, n.text_minute, n.text_day, n.strangers_hour, n.groups_created, n.groups_joined,
			n.invitations_day, n.friends_hour, n.friends, n.devices, n.search_bytes from jsonb_populate_record(s, v_new) n);
	exception when check_violation then
		get stacked diagnostics v_wrong = constraint_name;
		v_wrong := substring(v_wrong from '^settings_(.*)_check$');
		perform refuse('BRQ', format('%s: %s is none of the values that it may have', v_wrong, v_new ->> v_wrong));
	end;
	perform audit_note('settings_set', null, null, v_changed);
end $$;
comment on function settings_set is 'changes what all nodes share, see the columns of settings; null: stays';
grant execute on function settings_set to chatd, chat_admin;

create or replace function invite_create(p_uses integer, p_days integer default 30, p_group text default null) returns text
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_code text := replace(gen_random_uuid()::text, '-', '');
begin
	if p_uses < 1 then
		perform refuse('BRQ', 'uses: 1 or more');
	end if;
	insert into invites (code, expires_at, uses, group_id)
	values (v_code, now() + make_interval(days => p_days), p_uses, case when p_group is not null then group_of(p_group, null) end);
	perform audit_note('invite_create', null, i.group_id, format('%s uses, %s days', p_uses, p_days)) from invites i where i.code = v_code;
	return v_code;
end $$;
create or replace function invite_create(p_days integer default 30) returns text
	language plpgsql security definer set search_path = chat, pg_temp as $$ begin return invite_create(1, p_days, null); end $$;
comment on function invite_create(integer, integer, text)
	is 'a code with which so many accounts may be registered within so many days (null: for ever); they are in that group from the beginning';
comment on function invite_create(integer) is 'a code with which one account may be registered within so many days';
grant execute on function invite_create(integer, integer, text), invite_create(integer) to chat_admin;

create or replace function invite_take(p_code text, p_user bigint) returns void
	language plpgsql as $$
declare
	v_group bigint;
	v_seq bigint;
begin
	update invites i set used = i.used + 1, used_by = p_user, used_at = now() where i.code = p_code
	returning i.group_id into v_group;
	if not exists (select from conversations c where c.id = v_group and c.closed_at is null) then
		return;
	end if;
	insert into group_invites (conv_id, user_id, by_id) values (v_group, p_user, p_user);
	select g.last_seq into v_seq from group_join(p_user, null, v_group) g where g.joined;
	perform outbox_one('entry', null, v_group, v_seq, null);
end $$;
comment on function invite_take(text, bigint) is 'the new account was registered with that code, which is good';

create or replace function name_fault(p_name text) returns text
	language plpgsql stable strict security definer set search_path = chat, pg_temp as $$
declare
	v_kinds text; -- one letter for each character: as it is written, a blank, as it is compared
begin
	if not name_ok(p_name) then
		return '1 to 50 characters are wanted, none of them invisible, and no blank at either end';
	end if;
	select string_agg(case when t.ch ~ '[ ._''-]' then t.ch else coalesce((
			select case when ascii(t.ch) < r.behind then left(r.kind, 1) end
			from name_characters r where r.first <= ascii(t.ch) order by r.first desc limit 1), '?') end, '' order by t.i)
		into v_kinds
	from string_to_table(p_name || ' ' || normalize(p_name, nfkc), null) with ordinality t(ch, i);
	return case
		when v_kinds ~ '[?]' then 'only letters and digits of any script are allowed, single blanks inside, and the signs . _ - '''
		when v_kinds ~ '^ |  | $' then 'blanks are allowed inside, and one at a time'
		when v_kinds ~ '^m| m' then 'an accent is allowed on a letter, not at the beginning of a word'
		when v_kinds ~ '^d+ d+$' then 'digits alone are an id; a letter or a sign is wanted, too'
		when v_kinds !~ '[ld]' then 'signs alone are no name; a letter or a digit is wanted, too'
	end;
end $$;
comment on function name_fault(text) is 'what is wrong with the characters of a name; null: nothing';

create or replace function name_allowed(p_name text) returns boolean
	language sql stable strict security definer set search_path = chat, pg_temp
	as 'select name_fault(p_name) is null';
comment on function name_allowed(text) is 'letters, marks and digits of any script, the signs . _ - '', single blanks inside; neither digits nor signs alone';
grant execute on function name_allowed to chat_read, chat_admin;

create or replace function name_reserved(p_name text) returns boolean
	language plpgsql stable strict security definer set search_path = chat, pg_temp as $$
begin
	-- Also in capitals that look so, and with accents, blanks and signs.
	return exists (select from unnest(name_looks(p_name) || name_looks(upper(p_name))) l
		where l like 'erased-%' or regexp_replace(normalize(l, nfd), '[\u0300-\u036F]|[^a-z0-9\u00A1-\U0010FFFF]', '', 'g') = 'chatd');
end $$;
comment on function name_reserved(text) is 'chatd itself speaks under this name, or under one that looks like it; erased accounts are called erased-…';
grant execute on function name_reserved to chat_read, chat_admin;

create or replace function name_check(p_name text) returns void
	language plpgsql stable as $$
declare
	v_fault text := name_fault(p_name);
begin
	if v_fault is not null then
		perform refuse('BRQ', 'name: ' || v_fault);
	end if;
	if name_reserved(p_name) then
		perform refuse('TKN', 'that name is the server''s own');
	end if;
end $$;
comment on function name_check(text) is 'refuses a name that nobody may have';

create or replace function user_register(p_name text, p_password text, p_invite text, out id bigint, out name text)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_mode text := (select registration from settings);
	v_password text;
	v_invited boolean;
begin
	perform name_check(p_name);
	-- A call repeated because its answer was lost carries the same salted hash.
	select u.id, u.name, u.password into id, name, v_password
	from users u where lower(normalize(u.name, nfkc)) = lower(normalize(p_name, nfkc));
	if found and v_password = p_password then
		return;
	end if;
	if v_mode = 'closed' then
		perform refuse('FBD', 'registration is closed on this server');
	end if;
	perform from invites i
	where i.code = p_invite and i.used < i.uses and (i.expires_at is null or i.expires_at > now())
	for update;
	v_invited := found;
	if v_mode = 'invite' and not v_invited then
		perform refuse('FBD', 'registration needs a valid invite code');
	end if;
	if id is not null then
		perform refuse('TKN', 'that name is taken');
	end if;
	if p_password is null then
		return;
	end if;
	insert into users (name, password) values (p_name, p_password)
	on conflict do nothing
	returning users.id, users.name into id, name;
	if id is null then
		perform refuse('TKN', 'that name is taken');
	end if;
	-- Waits for whoever is about to take what this looks like.
	if exists (select from skeletons s where s.skeleton = any (name_looks(p_name)) and s.user_id <> user_register.id) then
		perform refuse('TKN', 'that name looks like one that is taken');
	end if;
	if v_invited then
		perform invite_take(p_invite, id);
	end if;
end $$;
comment on function user_register(text, text, text) is 'a new account; settings.registration decides who may; without a password it only refuses what it would refuse';
grant execute on function user_register to chatd;

create or replace function user_auth(p_name text, p_id bigint, out id bigint, out name text, out password text, out dialect text)
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

create or replace function user_passwd(p_user bigint, p_device bigint, p_old text, p_new text, out device_id bigint)
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

create or replace function user_alive(p_name text, p_id bigint, out id bigint, out name text)
	language plpgsql stable as $$
begin
	select u.id, u.name into id, name from user_of(p_name, p_id) u;
	if exists (select from users u where u.id = user_alive.id and u.erased_at is not null) then
		perform refuse('NFD', 'that account was deleted');
	end if;
end $$;
comment on function user_alive(text, bigint) is 'as user_of; refuses an account that was erased, too';

create or replace function account_erase(p_user bigint, p_keep_texts boolean,
	out part text, out device_id bigint, out fan_id bigint, out user_id bigint, out user_name text,
	out conv_id bigint, out seq bigint)
	returns setof record
	language plpgsql security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
declare
	v_name text := 'erased-' || p_user;
	v_role text;
	v_heir bigint;
begin
	-- Whoever refers to the user anew (a membership, a friend) waits for this lock.
	perform from users u where u.id = p_user and u.erased_at is null for update;
	if not found then
		return;
	end if;
	part := 'fan';
	for fan_id, user_id, user_name in select f.fan_id, f.user_id, f.user_name from fans(array[p_user]) f loop
		return next;
	end loop;
	part := 'device';
	for device_id in select d.id from devices d where d.user_id = p_user loop
		return next;
	end loop;
	part := 'entry';
	for conv_id in select m.conv_id from members m where m.user_id = p_user order by m.conv_id loop
		perform from conversations c where c.id = account_erase.conv_id for no key update;
		select m.role into v_role from members m join conversations c on c.id = m.conv_id
		where m.conv_id = account_erase.conv_id and m.user_id = p_user and m.left_seq is null and c.kind = 'group';
		if v_role = 'creator' then
			select m.user_id into v_heir from members m
			where m.conv_id = account_erase.conv_id and m.user_id <> p_user and m.left_seq is null
			order by m.role = 'normal', m.joined_seq, m.user_id limit 1;
			if found then
				select g.seq into seq from group_role(p_user, null, account_erase.conv_id, null, v_heir, 'creator') g;
				return next;
			end if;
		end if;
		if v_role is not null then
			select g.seq into seq from group_leave(p_user, null, account_erase.conv_id) g;
			return next;
		end if;
		if not p_keep_texts then
			update messages m set body = '', original = null, deleted_at = coalesce(m.deleted_at, now())
			where m.conv_id = account_erase.conv_id and m.sender_id = p_user and m.kind in ('text', 'edit');
		end if;
	end loop;
	delete from known_sources k where k.user_id = p_user;
	delete from usage u where u.user_id = p_user;
	delete from friends f where f.user_id = p_user or f.friend_id = p_user;
	delete from group_invites i where i.user_id = p_user;
	delete from group_bans b where b.user_id = p_user;
	delete from blocks b where b.user_id = p_user or b.blocked_id = p_user;
	-- A direct conversation keeps its two members. What the other one writes into it is refused by this.
	insert into blocks (user_id, blocked_id)
	select p_user, c.lo + c.hi - p_user from members m join conversations c on c.id = m.conv_id
	where m.user_id = p_user and c.kind = 'direct';
	while exists (select from users u where name_key(u.name) = v_name) loop -- an import brought it
		v_name := v_name || '-';
	end loop;
	update users u set name = v_name, password = 'erased', dialect = null,
		disabled_at = coalesce(u.disabled_at, now()), erased_at = now()
	where u.id = p_user;
	delete from devices d where d.user_id = p_user; -- the sessions with them
end $$;
comment on function account_erase(bigint, boolean)
	is 'the account is no more: its row is called erased-ID from now on, so that no number is missing; devices, sessions, '
	'friends, blocks and invitations go, its groups are left (handed over to an admin, else to the oldest member), its texts '
	'are blanked or kept. The parts fan, who is to be told that the user is offline; device, whose sessions have to end; '
	'entry, what the groups'' logs say of it. Of one that was erased before it does nothing';
grant execute on function account_erase to chatd;

create or replace function user_dialect(p_user bigint, p_dialect text) returns void
	language sql security definer set search_path = chat, pg_temp as $$
	update users set dialect = p_dialect where id = p_user and dialect is distinct from p_dialect;
$$;
comment on function user_dialect(bigint, text) is 'remembers which numbered protocol a user''s client speaks';
grant execute on function user_dialect to chatd;

create or replace function device_list(p_user bigint,
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

create or replace function device_revoke(p_user bigint, p_name text) returns bigint
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
