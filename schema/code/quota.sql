-- Limits for one user, see the table settings; what is used of those that are for a time is in the table usage.

create or replace function refuse_limit(p_limit text, p_sentence text, p_until timestamptz default null) returns void
	language plpgsql as $$
begin
	raise exception using message = p_sentence, constraint = p_limit,
		errcode = case when p_until is null then 'CHFBD' else 'CHRTL' end,
		detail = case when p_until is null then '' -- greatest() overlooks null
			else greatest(ceil(date_part('epoch', p_until - clock_timestamp()) * 1000), 1)::bigint::text end;
end $$;
comment on function refuse_limit(text, text, timestamptz)
	is 'like refuse, for the limit of that name, which the daemon counts: rate_limited, and for how many milliseconds; without p_until forbidden';

create or replace function use(p_user bigint, p_what text, p_unit text, p_n bigint, out n bigint, out until timestamptz)
	language plpgsql as $$
declare
	v_since timestamptz := date_trunc(p_unit, now(), 'UTC');
begin
	until := v_since + ('1 ' || p_unit)::interval;
	if p_n = 0 then
		n := coalesce((select u.n from usage u where u.user_id = p_user and u.what = p_what and u.since = v_since), 0);
		return;
	end if;
	insert into usage as u (user_id, what, since, n) values (p_user, p_what, v_since, p_n)
	on conflict (user_id, what) do update
		set n = case when u.since = excluded.since then u.n else 0 end + excluded.n, since = excluded.since
	returning u.n into n;
end $$;
comment on function use(bigint, text, text, bigint) is 'counts what a user does: so much in this minute, hour or day, which lasts until then';

create or replace function spend(p_user bigint, p_what text, p_unit text, p_most bigint, p_sentence text) returns void
	language plpgsql as $$
declare
	v_n bigint;
	v_until timestamptz;
begin
	select u.n, u.until into v_n, v_until from use(p_user, p_what, p_unit, 1) u;
	if v_n > p_most then
		perform refuse_limit(p_what, p_sentence, v_until);
	end if;
end $$;
comment on function spend(bigint, text, text, bigint, text) is 'counts one deed, and refuses it if there were as many as may be; then it is not counted';

-- Else who blocks or bans 1, 2, 3 … learns everybody's name.
create or replace function spend_on(p_user bigint, p_other bigint) returns void
	language plpgsql as $$
begin
	if not exists (select from members m join members o on o.conv_id = m.conv_id and o.user_id = p_other where m.user_id = p_user)
		and not exists (select from friends f where f.user_id = p_user and f.friend_id = p_other
			or f.user_id = p_other and f.friend_id = p_user) then
		perform spend(p_user, 'friends_hour', 'hour', (select s.friends_hour from settings s where s.one),
			'so many people whom you have nothing to do with are not for one hour');
	end if;
end $$;
comment on function spend_on(bigint, bigint) is 'counts like a friend who is added that p_user blocks or bans somebody with whom there was nothing before';

create or replace function text_used(p_user bigint, p_bytes bigint, out room bigint, out wait bigint)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_minute record;
	v_day record;
	v settings;
begin
	perform set_config('synchronous_commit', 'off', true);
	select * into v from settings where one;
	select * into v_day from use(p_user, 'text_day', 'day', p_bytes);
	select * into v_minute from use(p_user, 'text_minute', 'minute', p_bytes);
	room := greatest(least(v.text_day - v_day.n, v.text_minute - v_minute.n), 0);
	wait := ceil(date_part('epoch',
		case when v_day.n >= v.text_day then v_day.until else v_minute.until end - clock_timestamp()) * 1000);
end $$;
comment on function text_used(bigint, bigint)
	is 'counts texts stored by one session; room: how many bytes the user may send now; wait: when that is not enough, for so many ms';
grant execute on function text_used to chatd;

create or replace function sent_before(p_user bigint, p_conv bigint, p_name text, p_id bigint, p_group boolean,
	p_cids text[], p_texts text[], out conv_id bigint, out states text[], out seqs bigint[], out ats bigint[])
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
declare
	v messages;
begin
	conv_id := conv_of(p_user, p_conv, p_name, p_id, p_group);
	for i in 1 .. cardinality(p_texts) loop
		select * into v from messages m where m.conv_id = sent_before.conv_id and m.sender_id = p_user and m.cid = p_cids[i];
		states[i] := case when not found then 'limited' else sent_state(v, p_texts[i]) end;
		seqs[i] := v.seq;
		ats[i] := micros(v.sent_at);
	end loop;
end $$;
comment on function sent_before(bigint, bigint, text, bigint, boolean, text[], text[])
	is 'what became of texts that are sent again, by one who may send no others now: those are limited. See send';
grant execute on function sent_before to chatd;

create or replace view usage_list as
	select s.user_id, u.name, s.what, s.since, s.n
	from usage s join users u on u.id = s.user_id
	order by s.user_id, s.what;
comment on view usage_list is 'what users used of the limits for a time, see settings';
comment on column usage_list.user_id is 'who';
comment on column usage_list.name is 'the same, by name';
comment on column usage_list.what is 'of which limit';
comment on column usage_list.since is 'when that minute, hour or day began';
comment on column usage_list.n is 'how much since then';
grant select on usage_list to chat_read;
