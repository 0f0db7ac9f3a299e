-- Messages: sending, catching up, acknowledging, looking back.

create or replace view entries as
	select m.conv_id, m.seq, m.kind::text, m.sender_id, s.name as sender_name, m.body, m.cid, m.ref,
		rfc3339(m.sent_at) as at, rfc3339(m.edited_at) as edited_at, rfc3339(m.deleted_at) as deleted_at,
		case when m.kind in ('kick', 'role') then r.name end as ref_name,
		c.kind = 'group' as is_group,
		case when c.kind = 'group' then c.id else c.lo + c.hi - m.sender_id end as to_id,
		case when c.kind = 'group' then c.name::text else p.name end as to_name
	from messages m
	join conversations c on c.id = m.conv_id
	join users s on s.id = m.sender_id
	left join users p on p.id = c.lo + c.hi - m.sender_id
	left join users r on r.id = m.ref and m.kind in ('kick', 'role');
comment on view entries is 'messages with the names that an event shows; to: the group or the receiving user';
comment on column entries.conv_id is 'the conversation';
comment on column entries.seq is 'number in the conversation';
comment on column entries.kind is 'text, edit, delete, join, leave, kick, role or group';
comment on column entries.sender_id is 'who said or did it';
comment on column entries.sender_name is 'the same, by name';
comment on column entries.body is 'the newest text; see messages';
comment on column entries.cid is 'chosen by the sender';
comment on column entries.ref is 'edit, delete: the entry meant; kick, role: the user meant';
comment on column entries.at is 'when it was stored, as the protocol writes it';
comment on column entries.edited_at is 'when the text was last replaced';
comment on column entries.deleted_at is 'when it was blanked';
comment on column entries.ref_name is 'kick, role: name of the user meant';
comment on column entries.is_group is 'whether the conversation is a group';
comment on column entries.to_id is 'the receiving user, or the group';
comment on column entries.to_name is 'the same, by name';

create or replace function direct_open(p_user bigint, p_peer bigint, out conv_id bigint)
	language plpgsql as $$
begin
	if p_user = p_peer then
		perform refuse('BRQ', 'to: that is yourself');
	end if;
	perform user_alive(null, p_peer);
	-- Both sides may write first at once: one inserts, the other waits here and then finds it.
	insert into conversations (kind, lo, hi) values ('direct', least(p_user, p_peer), greatest(p_user, p_peer))
	on conflict (lo, hi) do nothing
	returning id into conv_id;
	if conv_id is null then
		select c.id into conv_id from conversations c
		where c.lo = least(p_user, p_peer) and c.hi = greatest(p_user, p_peer);
		return;
	end if;
	if not exists (select from friends f where f.user_id = p_peer and f.friend_id = p_user) then
		perform spend(p_user, 'strangers_hour', 'hour', (select s.strangers_hour from settings s where s.one),
			'so many conversations with strangers may not be begun in one hour');
	end if;
	insert into members (conv_id, user_id, joined_seq) values (conv_id, p_user, 1), (conv_id, p_peer, 1);
end $$;
comment on function direct_open(bigint, bigint) is 'the conversation of two users, made if it is not there';

-- Functions that read and say nothing of their own rights or search_path: PostgreSQL plans them as a part of what asks.
create or replace function is_welcome(p_user bigint, p_peer bigint) returns setof boolean
	language sql stable as $$
	select true
	where not exists (select from blocks b where b.user_id = p_peer and b.blocked_id = p_user)
		and ((select s.strangers from settings s where s.one) = 'allow'
			or exists (select from friends f where f.user_id = p_peer and f.friend_id = p_user));
$$;
comment on function is_welcome(bigint, bigint)
	is 'a row if p_peer has not blocked p_user, who is no stranger where those may not write';

create or replace function may_write(p_user bigint, p_conv bigint, p_peer bigint) returns boolean
	language sql stable as $$
	select exists (select from members m where m.conv_id = p_conv and m.user_id = p_user and m.left_seq is null)
		and (p_peer is null or exists (select from is_welcome(p_user, p_peer)));
$$;
comment on function may_write(bigint, bigint, bigint)
	is 'member now, and in a direct conversation not blocked by the peer, nor a stranger where those may not write';

create or replace function hidden(p_user bigint, p_conv bigint) returns boolean
	language sql stable as $$
	select exists (select from conversations c where c.id = p_conv and c.kind = 'group' and c.join_policy = 'invite')
		and not exists (select from members m where m.conv_id = p_conv and m.user_id = p_user)
		and not exists (select from group_invites i where i.conv_id = p_conv and i.user_id = p_user);
$$;
comment on function hidden(bigint, bigint)
	is 'a group by invitation, in which this user never was and is not wanted: it is answered for like one that does not exist';

create or replace function refuse_stranger(p_user bigint, p_conv bigint) returns void
	language plpgsql as $$
begin
	if exists (select from members m where m.conv_id = p_conv and m.user_id = p_user) then
		return;
	end if;
	if hidden(p_user, p_conv) or not exists (select from conversations c where c.id = p_conv) then
		perform refuse('NFD', 'there is no such conversation');
	end if;
	perform refuse('FBD', 'you are not a member of that conversation');
end $$;
comment on function refuse_stranger(bigint, bigint)
	is 'refuses who never was in a conversation, before any lock: nobody has to wait for those who have nothing to say there';

create or replace function refuse_write(p_user bigint, p_conv bigint, p_peer bigint) returns void
	language plpgsql as $$
begin
	perform user_alive(null, p_peer)
	where p_peer is not null and exists (select from members m where m.conv_id = p_conv and m.user_id = p_user);
	if exists (select from blocks b where b.user_id = p_peer and b.blocked_id = p_user) then
		perform refuse('BLK', 'that user has blocked you');
	end if;
	if exists (select from members m where m.conv_id = p_conv and m.user_id = p_user and p_peer is not null) then
		perform refuse('FBD', 'on this server only people on a user''s list may write to that user');
	end if;
	perform refuse('FBD', 'you are not a member of that conversation');
end $$;
comment on function refuse_write(bigint, bigint, bigint) is 'says why may_write was false';

-- One lock, one number per text, no hole: the order of the steps is the point.
--	1. the increment locks the conversation until commit;
--	2. in a statement of its own, whose snapshot is younger than the lock, membership
--	   and blocks are checked and the texts stored;
--	3. were some not stored (a cid known already, or no right to write), the numbers are
--	   taken back before anybody could see them, and each text is looked at alone.
create or replace function send(p_user bigint, p_session bigint,
	p_conv bigint, p_name text, p_id bigint, p_group boolean, p_cids text[], p_texts text[],
	out conv_id bigint, out first_seq bigint, out at bigint, out is_group boolean, out to_id bigint, out to_name text,
	out elsewhere boolean, out states text[], out seqs bigint[], out ats bigint[])
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_n constant integer := cardinality(p_texts);
	v_last bigint;
	v_among boolean;
	v_stored integer;
	v_now timestamptz;
begin
	if p_conv is not null then
		conv_id := p_conv;
		to_name := p_name;
	elsif p_group then
		conv_id := group_for(p_user, p_name, p_id);
	else
		select u.id, u.name into to_id, to_name from user_of(p_name, p_id) u;
		select c.id into conv_id from conversations c
		where c.lo = least(p_user, to_id) and c.hi = greatest(p_user, to_id);
		if not found then
			conv_id := direct_open(p_user, to_id);
		end if;
	end if;
	update conversations c set last_seq = c.last_seq + v_n
	where c.id = send.conv_id and (c.name = to_name) is not false
		-- Who never was a member does not come to stand in the line for the lock.
		and (p_user in (c.lo, c.hi)
			or c.lo is null and exists (select from members m where m.conv_id = c.id and m.user_id = p_user))
	returning c.last_seq, c.lo + c.hi - p_user, p_user in (c.lo, c.hi), coalesce(c.name, to_name),
		c.lo is not null and exists (select from sessions s where s.user_id = p_user and s.id <> p_session)
	into v_last, to_id, v_among, to_name, elsewhere;
	if not found then
		perform refuse_stranger(p_user, send.conv_id);
		perform refuse('NFD', 'there is no such conversation');
	end if;
	v_now := clock_timestamp();
	insert into messages (conv_id, seq, sender_id, kind, body, cid, sent_at)
	select send.conv_id, generate_series(v_last - v_n + 1, v_last), p_user, 'text', unnest(p_texts), unnest(p_cids), v_now
	-- may_write(), written out: as a function it would be planned anew for each call. Both users of a direct
	-- conversation are its members for ever.
	where case when to_id is null
		then exists (select from members m where m.conv_id = send.conv_id and m.user_id = p_user and m.left_seq is null)
		else v_among and exists (select from is_welcome(p_user, to_id))
		end
	on conflict do nothing; -- the cid is known
	get diagnostics v_stored = row_count;
	if v_stored < v_n then
		delete from messages m where m.conv_id = send.conv_id and m.seq > v_last - v_n;
		update conversations c set last_seq = v_last - v_n where c.id = send.conv_id;
		select e.states, e.seqs, e.ats into states, seqs, ats
		from send_each(p_user, conv_id, to_id, p_cids, p_texts, v_now) e;
	end if;
	first_seq := v_last - v_n + 1;
	at := micros(v_now);
	is_group := to_id is null;
	if is_group then
		to_id := conv_id;
	elsif to_name is null then
		select u.name into to_name from users u where u.id = to_id;
	end if;
end $$;
comment on function send(bigint, bigint, bigint, text, bigint, boolean, text[], text[])
	is 'stores texts of one sender in one conversation, named as for conv_of, in one commit: the i-th has the number '
	'first_seq + i - 1 unless states is set: new, dup, conflict or refused, with the number and the time in seqs and ats; '
	'to: the group or the peer; elsewhere: the sender of a direct text has other sessions. p_conv with p_name: whoever '
	'asks knows to_name from an earlier answer; no such conversation if the group is called otherwise by now';
grant execute on function send to chatd;

create or replace function send_direct(p_user bigint, p_session bigint, p_conv bigint, p_cid text, p_text text,
	out seq bigint, out at bigint, out to_id bigint, out elsewhere boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
begin
	update conversations c set last_seq = c.last_seq + 1
	where c.id = p_conv and p_user in (c.lo, c.hi)
	returning c.last_seq, c.lo + c.hi - p_user, exists (select from sessions s where s.user_id = p_user and s.id <> p_session)
	into seq, to_id, elsewhere;
	if not found then
		return;
	end if;
	insert into messages (conv_id, seq, sender_id, kind, body, cid, sent_at)
	select p_conv, send_direct.seq, p_user, 'text', p_text, p_cid, clock_timestamp()
	where exists (select from is_welcome(p_user, to_id))
	on conflict do nothing
	returning micros(sent_at) into at;
	if not found then
		update conversations c set last_seq = c.last_seq - 1 where c.id = p_conv;
		seq := null;
	end if;
end $$;
comment on function send_direct(bigint, bigint, bigint, text, text)
	is 'the quick way of send, in the same order: one text in a direct conversation whose number is known. seq is null, and '
	'nothing was done, if it is another conversation, the cid is known, or there is no right to write: then ask send';
grant execute on function send_direct to chatd;

create or replace function sent_state(m messages, p_text text) returns text
	language sql immutable
	-- What was edited or deleted since still is the same message.
	return case when m.kind = 'text' and (m.body = p_text or m.edited_at is not null or m.deleted_at is not null)
		then 'dup' else 'conflict' end;
comment on function sent_state(messages, text) is 'what it means that a text comes with the cid of that entry';

create or replace function send_each(p_user bigint, p_conv bigint, p_peer bigint, p_cids text[], p_texts text[], p_now timestamptz,
	out states text[], out seqs bigint[], out ats bigint[])
	language plpgsql as $$
declare
	v_refused integer := 0;
	v_seq bigint;
	v messages;
begin
	for i in 1 .. cardinality(p_texts) loop
		select * into v from messages m where m.conv_id = p_conv and m.sender_id = p_user and m.cid = p_cids[i];
		if not found then
			-- Only now: what was stored while one was a member is answered also later.
			if not may_write(p_user, p_conv, p_peer) then
				v_refused := v_refused + 1;
				states[i] := 'refused';
				seqs[i] := null;
				ats[i] := null;
				continue;
			end if;
			update conversations c set last_seq = c.last_seq + 1 where c.id = p_conv returning c.last_seq into v_seq;
			insert into messages (conv_id, seq, sender_id, kind, body, cid, sent_at)
			values (p_conv, v_seq, p_user, 'text', p_texts[i], p_cids[i], p_now);
			states[i] := 'new';
			seqs[i] := v_seq;
			ats[i] := micros(p_now);
			continue;
		end if;
		states[i] := sent_state(v, p_texts[i]);
		seqs[i] := v.seq;
		ats[i] := micros(v.sent_at);
	end loop;
	if v_refused = cardinality(p_texts) then
		perform refuse_write(p_user, p_conv, p_peer);
	end if;
end $$;
comment on function send_each(bigint, bigint, bigint, text[], text[], timestamptz)
	is 'the slow way of send, under its lock: every text looked at alone';

create or replace function append(p_conv bigint, p_user bigint, p_kind text, p_ref bigint, p_body text, p_cid text,
	out seq bigint, out at timestamptz)
	language plpgsql as $$
begin
	update conversations c set last_seq = c.last_seq + 1 where c.id = p_conv returning c.last_seq into seq;
	at := clock_timestamp();
	insert into messages (conv_id, seq, sender_id, kind, ref, body, cid, sent_at)
	values (p_conv, append.seq, p_user, p_kind, p_ref, p_body, p_cid, append.at);
end $$;
comment on function append(bigint, bigint, text, bigint, text, text)
	is 'one entry that is not a plain text; the caller holds the conversation''s lock and has checked the right';

create or replace function conv_lock(p_user bigint, p_conv bigint) returns void
	language plpgsql as $$
begin
	perform refuse_stranger(p_user, p_conv);
	perform from conversations c where c.id = p_conv for no key update;
	if not found then
		perform refuse('NFD', 'there is no such conversation');
	end if;
end $$;
comment on function conv_lock(bigint, bigint) is 'locks a conversation until commit; refuses who never was in it';

create or replace function must_write(p_user bigint, p_conv bigint) returns void
	language plpgsql as $$
declare
	v_peer bigint := (select c.lo + c.hi - p_user from conversations c where c.id = p_conv);
begin
	if not may_write(p_user, p_conv, v_peer) then
		perform refuse_write(p_user, p_conv, v_peer);
	end if;
end $$;
comment on function must_write(bigint, bigint) is 'refuses who may not write in a conversation; a statement of its own, behind conv_lock: its snapshot is younger than the lock';

create or replace function entry_of_cid(p_user bigint, p_conv bigint, p_cid text, p_kind text, p_ref bigint, p_body text,
	out seq bigint, out at timestamptz)
	language plpgsql stable as $$
declare
	v messages;
begin
	select * into v from messages m where m.conv_id = p_conv and m.sender_id = p_user and m.cid = p_cid;
	if not found then
		return;
	end if;
	if (v.kind, v.ref) is distinct from (p_kind, p_ref) or (v.body <> p_body and v.deleted_at is null) then
		perform refuse('CFL', 'that cid was used for something else');
	end if;
	seq := v.seq;
	at := v.sent_at;
end $$;
comment on function entry_of_cid(bigint, bigint, text, text, bigint, text) is 'the entry that was stored when this was asked before, if it was';

create or replace function edit(p_user bigint, p_conv bigint, p_seq bigint, p_text text, p_cid text,
	out seq bigint, out at text, out dup boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v messages;
	v_at timestamptz;
begin
	perform conv_lock(p_user, p_conv);
	select e.seq, e.at, true into seq, v_at, dup from entry_of_cid(p_user, p_conv, p_cid, 'edit', p_seq, p_text) e;
	if seq is null then -- only now: what was stored while one might write is answered also later
		perform must_write(p_user, p_conv);
		dup := false;
		select * into v from messages m where m.conv_id = p_conv and m.seq = p_seq
			and m.seq >= (select s.low from span(p_user, p_conv) s);
		if not found or v.kind <> 'text' or v.deleted_at is not null then
			perform refuse('NFD', 'there is no text with that number');
		end if;
		if v.sender_id <> p_user then
			perform refuse('FBD', 'only the sender may change a text');
		end if;
		select a.seq, a.at into seq, v_at from append(p_conv, p_user, 'edit', p_seq, p_text, p_cid) a;
		update messages m set body = p_text, original = coalesce(m.original, m.body), edited_at = v_at
		where m.conv_id = p_conv and m.seq = p_seq;
	end if;
	at := rfc3339(v_at);
end $$;
comment on function edit(bigint, bigint, bigint, text, text) is 'another text for an own entry; an entry of the log itself';
grant execute on function edit to chatd;

create or replace function edited_before(p_user bigint, p_conv bigint, p_seq bigint, p_text text, p_cid text,
	out seq bigint, out at text, out dup boolean)
	returns setof record
	language sql stable security definer set search_path = chat, pg_temp as $$
	select e.seq, rfc3339(e.at), true from entry_of_cid(p_user, p_conv, p_cid, 'edit', p_seq, p_text) e where e.seq is not null;
$$;
comment on function edited_before(bigint, bigint, bigint, text, text)
	is 'what became of an edit that is sent again, by one who may send no other text now; no row: it was not stored';
grant execute on function edited_before to chatd;

create or replace function delete(p_user bigint, p_conv bigint, p_seq bigint, p_cid text,
	out seq bigint, out at text, out dup boolean)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v messages;
	v_at timestamptz;
begin
	perform conv_lock(p_user, p_conv);
	select e.seq, e.at, true into seq, v_at, dup from entry_of_cid(p_user, p_conv, p_cid, 'delete', p_seq, '') e;
	if seq is null then -- only now: what was stored while one might write is answered also later
		perform must_write(p_user, p_conv);
		dup := false;
		select * into v from messages m where m.conv_id = p_conv and m.seq = p_seq
			and m.seq >= (select s.low from span(p_user, p_conv) s);
		if not found or v.kind <> 'text' or v.deleted_at is not null then
			perform refuse('NFD', 'there is no text with that number');
		end if;
		if v.sender_id <> p_user and not exists (
			select from members m join conversations c on c.id = m.conv_id
			where m.conv_id = p_conv and m.user_id = p_user and m.role <> 'normal' and c.kind = 'group')
		then
			perform refuse('FBD', 'only the sender or an admin of the group may delete a text');
		end if;
		select a.seq, a.at into seq, v_at from append(p_conv, p_user, 'delete', p_seq, '', p_cid) a;
		-- The text is gone wherever it stood.
		update messages m set body = '', original = null, deleted_at = v_at where m.conv_id = p_conv and m.seq = p_seq;
		update messages m set body = '', deleted_at = v_at where m.conv_id = p_conv and m.ref = p_seq and m.kind = 'edit';
	end if;
	at := rfc3339(v_at);
end $$;
comment on function delete(bigint, bigint, bigint, text) is 'blanks a text and keeps its entry; an entry of the log itself';
grant execute on function delete to chatd;

create or replace function read(p_user bigint, p_conv bigint, p_seq bigint, out seq bigint, out moved boolean, out peer_id bigint)
	language plpgsql security definer set search_path = chat, pg_temp as $$
declare
	v_high bigint;
	v_was bigint;
begin
	perform set_config('synchronous_commit', 'off', true);
	select s.high into v_high from span(p_user, p_conv) s;
	select m.read_seq into v_was from members m where m.conv_id = p_conv and m.user_id = p_user for no key update;
	seq := greatest(v_was, least(p_seq, v_high));
	moved := seq > v_was;
	if moved then
		update members m set read_seq = read.seq where m.conv_id = p_conv and m.user_id = p_user;
	end if;
	-- Between two of whom one has blocked the other nobody learns what the other has read.
	select c.lo + c.hi - p_user into peer_id from conversations c
	where c.id = p_conv and not exists (
		select from blocks b where (b.user_id, b.blocked_id) in ((c.lo, c.hi), (c.hi, c.lo)));
end $$;
comment on function read(bigint, bigint, bigint) is 'moves a user''s read mark forward; peer_id: in a direct conversation, whom to tell; null: nobody';
grant execute on function read to chatd;

create or replace function typing(p_user bigint, p_conv bigint, p_name text, p_id bigint, p_group boolean,
	out conv_id bigint, out peer_id bigint)
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
begin
	conv_id := conv_of(p_user, p_conv, p_name, p_id, p_group);
	select c.lo + c.hi - p_user into peer_id from conversations c where c.id = typing.conv_id;
	if conv_id is not null and not may_write(p_user, conv_id, peer_id) then
		perform refuse_write(p_user, conv_id, peer_id);
	end if;
	if exists (select from blocks b where b.user_id = p_user and b.blocked_id = peer_id) then
		conv_id := null; -- whom I have blocked does not see what I do
	end if;
end $$;
comment on function typing(bigint, bigint, text, bigint, boolean) is 'where a typing notice goes: a group''s conversation, or the peer of a direct one; nothing is stored';
grant execute on function typing to chatd;

-- Looking back

create or replace function conv_of(p_user bigint, p_conv bigint, p_name text, p_id bigint, p_group boolean)
	returns bigint
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
declare
	v_conv bigint;
begin
	if p_conv is not null then
		select c.id into v_conv from conversations c where c.id = p_conv;
		if not found or hidden(p_user, p_conv) then
			perform refuse('NFD', 'there is no such conversation');
		end if;
	elsif p_group then
		v_conv := group_for(p_user, p_name, p_id);
	else
		select c.id into v_conv from user_of(p_name, p_id) u
		join conversations c on c.lo = least(p_user, u.id) and c.hi = greatest(p_user, u.id);
	end if;
	return v_conv;
end $$;
comment on function conv_of(bigint, bigint, text, bigint, boolean)
	is 'the conversation a request names: by its id, a group by name or id, or the one with a user (null: nothing was ever said)';
grant execute on function conv_of to chatd;

create or replace function conv_first(p_conv bigint) returns bigint
	language sql stable security definer set search_path = chat, pg_temp as $$
	select c.first_seq from conversations c where c.id = p_conv;
$$;
comment on function conv_first(bigint) is 'the first number that a conversation keeps';
grant execute on function conv_first to chatd;

create or replace function entry(p_conv bigint, p_seq bigint) returns setof entries
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select * from entries e where e.conv_id = p_conv and e.seq = p_seq;
end $$;
comment on function entry(bigint, bigint) is 'one entry, whoever asks: for the daemon to publish what it just stored';
grant execute on function entry to chatd;

create or replace function span(p_user bigint, p_conv bigint, out low bigint, out high bigint, out has_left boolean)
	language plpgsql stable as $$
begin
	select coalesce(m.low_seq, m.joined_seq), coalesce(m.left_seq, c.last_seq), m.left_seq is not null
	into low, high, has_left
	from members m join conversations c on c.id = m.conv_id
	where m.conv_id = p_conv and m.user_id = p_user;
	if not found then
		perform refuse('FBD', 'you are not a member of that conversation');
	end if;
end $$;
comment on function span(bigint, bigint) is 'the first and last entry of a conversation that a user may see; refuses who never was in it';

create or replace function body_at(m messages, p_high bigint) returns text
	language sql stable as $$
	select case when m.edited_at is null or m.deleted_at is not null or p_high is null then m.body
		else coalesce((
			select x.body from messages x
			where x.conv_id = m.conv_id and x.kind = 'edit' and x.ref = m.seq and x.seq <= p_high
			order by x.seq desc limit 1), m.original) end;
$$;
comment on function body_at(messages, bigint) is 'a text as it was when entry p_high was the newest one; null: as it is';

create or replace function entry_at(e entries, p_high bigint) returns entries
	language plpgsql stable as $$
begin
	if e.edited_at is not null and e.deleted_at is null then
		select body_at(m, p_high) into e.body from messages m where m.conv_id = e.conv_id and m.seq = e.seq;
		select rfc3339(max(x.sent_at)) into e.edited_at from messages x
		where x.conv_id = e.conv_id and x.kind = 'edit' and x.ref = e.seq and x.seq <= p_high;
	end if;
	return e;
end $$;
comment on function entry_at(entries, bigint)
	is 'an entry as it was when entry p_high was the newest one: what was edited later is not for who had left';

create or replace function history(p_user bigint, p_conv bigint, p_before bigint, p_after bigint, p_limit integer)
	returns setof entries
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
declare
	v_low bigint;
	v_high bigint;
	v_left boolean;
begin
	select s.low, s.high, s.has_left into v_low, v_high, v_left from span(p_user, p_conv) s;
	if p_after is not null then
		return query select (t.e).* from (
			select case when v_left then entry_at(e, v_high) else e end as e from entries e
			where e.conv_id = p_conv and e.seq between greatest(v_low, p_after + 1) and v_high
			order by e.seq limit p_limit) t;
	else
		return query select (t.e).* from (
			select case when v_left then entry_at(e, v_high) else e end as e from entries e
			where e.conv_id = p_conv and e.seq between v_low and least(v_high, coalesce(p_before - 1, v_high))
			order by e.seq desc limit p_limit) t
			order by (t.e).seq;
	end if;
end $$;
comment on function history(bigint, bigint, bigint, bigint, integer)
	is 'entries of a conversation, ascending: those after p_after, else the last ones before p_before';
grant execute on function history to chatd;

create or replace function seq_until(p_conv bigint, p_at timestamptz, p_low bigint, p_high bigint) returns bigint
	language plpgsql stable as $$
declare
	v_low bigint := p_low - 1;
	v_high bigint := p_high;
	v_middle bigint;
begin
	while v_low < v_high loop
		v_middle := (v_low + v_high + 1) / 2;
		if exists (select from messages m where m.conv_id = p_conv and m.seq = v_middle and m.sent_at > p_at) then
			v_high := v_middle - 1;
		else
			v_low := v_middle;
		end if;
	end loop;
	return v_low;
end $$;
comment on function seq_until(bigint, timestamptz, bigint, bigint)
	is 'the last entry between two that was stored at a time or before; p_low - 1: none';

-- What one search reads is bounded: of each conversation no more than its share of p_rows entries, the newest before
-- where it begins; and of those, newest first, so many bytes of text. Whatever is newer than the newest entry that was left
-- out has been looked at, so that is where the next one begins. Bytes are looked for, not characters: position() of bytea
-- compares by memcmp(), which for the 1024 bytes at most of what is looked for costs no more than reading the text
-- does, whereas strpos() takes up to a thousand times as long (text of a's, looking for b and as many a's).
create or replace function search_page(p_user bigint, p_conv bigint, p_text text, p_before text,
	p_at bigint, p_in bigint, p_seq bigint, p_limit integer,
	out at_time bigint, out at_conv bigint, out at_seq bigint, out entry entries)
	returns setof record
	language plpgsql volatile security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
declare
	v_rows constant integer := 20000;
	v_text bytea := convert_to(lower(p_text), 'UTF8');
	v_bytes bigint := (select s.search_bytes from settings s where s.one);
	v_until timestamptz;
	v_convs bigint[];
	v_lows bigint[];
	v_tops bigint[];
	v_lefts bigint[];
	v_share integer;
	v_end_at timestamptz; -- the newest entry that is left out
	v_end_conv bigint;
	v_end_seq bigint;
	v_n integer;
	v record;
begin
	if not pg_try_advisory_xact_lock(hashtextextended('chat.search ' || p_user, 0)) then
		perform refuse_limit('search', 'another search of yours is going on; one at a time', clock_timestamp() + interval '1 s');
	end if;
	begin
		v_until := coalesce(p_before::timestamptz, 'infinity');
	exception when others then
		perform refuse('BRQ', 'before_at: a time such as 2026-03-01T12:00:00Z is wanted');
	end;
	-- From here on a place is a time, a conversation and a number, and what is before it is looked at.
	if p_at is null or v_until <= 'epoch'::timestamptz + p_at * interval '1 microsecond' then
		p_in := 0;
		p_seq := 0;
	else
		v_until := 'epoch'::timestamptz + p_at * interval '1 microsecond';
	end if;
	if p_conv is not null then
		perform span(p_user, p_conv);
	end if;
	select array_agg(w.conv_id), array_agg(w.low), array_agg(seq_until(w.conv_id, v_until, w.low, w.high)), array_agg(w.left_seq)
	into v_convs, v_lows, v_tops, v_lefts
	from (
		select m.conv_id, coalesce(m.low_seq, m.joined_seq) as low, coalesce(m.left_seq, c.last_seq) as high, m.left_seq
		from members m join conversations c on c.id = m.conv_id
		where m.user_id = p_user and (p_conv is null or m.conv_id = p_conv)) w;
	v_share := greatest(v_rows / greatest(cardinality(v_convs), 1), 1);
	select x.sent_at, x.conv_id, x.seq into v_end_at, v_end_conv, v_end_seq
	from unnest(v_convs, v_lows, v_tops) w(conv, low, top)
	join messages x on x.conv_id = w.conv and x.seq = w.top - v_share and x.seq >= w.low
	order by x.sent_at desc, x.conv_id desc, x.seq desc limit 1;
	select c.sent_at, c.conv_id, c.seq into v
	from (
		select x.sent_at, x.conv_id, x.seq,
			sum(octet_length(x.body) + 100) over (order by x.sent_at desc, x.conv_id desc, x.seq desc) as bytes
		from unnest(v_convs, v_lows, v_tops) w(conv, low, top)
		join messages x on x.conv_id = w.conv and x.seq between greatest(w.low, w.top - v_share + 1) and w.top
		where (x.sent_at, x.conv_id, x.seq) < (v_until, p_in, p_seq)
			and (v_end_at is null or (x.sent_at, x.conv_id, x.seq) > (v_end_at, v_end_conv, v_end_seq))) c
	where c.bytes > v_bytes
	order by c.sent_at desc, c.conv_id desc, c.seq desc limit 1;
	if found then
		v_end_at := v.sent_at;
		v_end_conv := v.conv_id;
		v_end_seq := v.seq;
	end if;
	return query
		select micros(x.sent_at), x.conv_id, x.seq, case when x.left_seq is null then e else entry_at(e, x.left_seq) end
		from (
			select x.sent_at, x.conv_id, x.seq, w.left_seq
			from unnest(v_convs, v_lows, v_tops, v_lefts) w(conv, low, top, left_seq)
			join messages x on x.conv_id = w.conv and x.seq between greatest(w.low, w.top - v_share + 1) and w.top
			where (x.sent_at, x.conv_id, x.seq) < (v_until, p_in, p_seq)
				and (v_end_at is null or (x.sent_at, x.conv_id, x.seq) > (v_end_at, v_end_conv, v_end_seq))
				and x.kind = 'text' and position(v_text in convert_to(lower(x.body), 'UTF8')) > 0
				-- nobody finds what was not there yet when leaving
				and (w.left_seq is null or x.edited_at is null or position(v_text in convert_to(lower(body_at(x, w.left_seq)), 'UTF8')) > 0)
			order by x.sent_at desc, x.conv_id desc, x.seq desc
			limit p_limit) x
		join entries e on e.conv_id = x.conv_id and e.seq = x.seq
		order by x.sent_at desc, x.conv_id desc, x.seq desc;
	get diagnostics v_n = row_count;
	if v_n < p_limit and v_end_at is not null then
		return query select micros(v_end_at), v_end_conv, v_end_seq + 1, null::entries;
	end if;
end $$;
comment on function search_page(bigint, bigint, text, text, bigint, bigint, bigint, integer)
	is 'texts that contain p_text, in any script, whatever the case, newest first; only what the user may see; those before p_before '
	'and the place p_at, p_in, p_seq. Not all was read if there is a last row without an entry: it says where to go on';
grant execute on function search_page to chatd;

create or replace function search(p_user bigint, p_conv bigint, p_text text, p_before text, p_limit integer)
	returns setof entries
	language sql security definer set search_path = chat, pg_temp as $$
	select (s.entry).* from search_page(p_user, p_conv, p_text, p_before, null, null, null, p_limit) s
	where (s.entry).conv_id is not null;
$$;
comment on function search(bigint, bigint, text, text, integer) is 'what a search finds in what is read first, see search_page';
grant execute on function search to chatd;

-- Catching up

create or replace function sync(p_device bigint,
	out conv_id bigint, out is_group boolean, out is_member boolean, out base bigint, out high bigint)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select m.conv_id, c.kind = 'group', m.left_seq is null,
			greatest(coalesce(k.acked_seq, 0), m.joined_seq - 1),
			coalesce(m.left_seq, c.last_seq)
		from devices d
		join members m on m.user_id = d.user_id
		join conversations c on c.id = m.conv_id
		left join cursors k on k.device_id = d.id and k.conv_id = m.conv_id
		where d.id = p_device
			and (c.kind = 'group' and m.left_seq is null
				or coalesce(m.left_seq, c.last_seq) > greatest(coalesce(k.acked_seq, 0), m.joined_seq - 1))
		order by m.conv_id;
end $$;
comment on function sync(bigint) is 'the groups a device listens to, and every conversation in which it has not acknowledged all: base is the last number it has, high the last it may have';
grant execute on function sync to chatd;

create or replace function backlog(p_device bigint, p_convs bigint[], p_after bigint[], p_limit integer)
	returns setof entries
	language plpgsql stable security definer set search_path = chat, pg_temp rows 50 as $$
declare
	v_bytes bigint := 0;
	v_entry entries;
	v_left bigint;
begin
	for v_entry in
		select e.*
		from devices d
		cross join unnest(p_convs, p_after) with ordinality w(conv_id, after, n)
		join members m on m.conv_id = w.conv_id and m.user_id = d.user_id
		left join cursors k on k.device_id = d.id and k.conv_id = w.conv_id and w.after is null
		cross join lateral (
			select * from entries e
			where e.conv_id = w.conv_id
				and e.seq > greatest(coalesce(w.after, k.acked_seq, 0), m.joined_seq - 1)
				and (m.left_seq is null or e.seq <= m.left_seq)
			order by e.seq limit p_limit) e
		where d.id = p_device
		order by w.n, e.seq
		limit p_limit
	loop
		-- Rare: what was edited after one's leave or kick is not for who has left.
		if v_entry.edited_at is not null then
			select m.left_seq into v_left from members m join devices d on d.user_id = m.user_id
			where d.id = p_device and m.conv_id = v_entry.conv_id;
			if v_left is not null then
				v_entry := entry_at(v_entry, v_left);
			end if;
		end if;
		return next v_entry;
		v_bytes := v_bytes + octet_length(v_entry.body);
		exit when v_bytes > 262144;
	end loop;
end $$;
comment on function backlog(bigint, bigint[], bigint[], integer)
	is 'what comes after the given numbers (null: after the device''s cursor) in these conversations, within the user''s membership; stops at p_limit entries or about 256 KiB';
grant execute on function backlog to chatd;

create or replace function acks(p_devices bigint[], p_convs bigint[], p_seqs bigint[],
	out device_id bigint, out conv_id bigint, out acked_seq bigint, out peer_id bigint, out user_id bigint, out user_name text)
	returns setof record
	language plpgsql security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	-- Lost in a power cut, an acknowledgement costs a repetition and nothing else. And whoever holds a lock for long is
	-- not waited for: the same comes again, with all that has been acknowledged since.
	perform set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '300', true);
	return query
		with moved as (
			insert into cursors as k (device_id, conv_id, acked_seq)
			select d.id, m.conv_id, least(max(a.seq), coalesce(m.left_seq, c.last_seq))
			from unnest(p_devices, p_convs, p_seqs) a(device, conv, seq)
			join devices d on d.id = a.device
			join members m on m.conv_id = a.conv and m.user_id = d.user_id
			join conversations c on c.id = a.conv
			group by d.id, m.conv_id, m.left_seq, c.last_seq
			order by d.id, m.conv_id -- always the same order of locks
			on conflict on constraint cursors_pkey do update set acked_seq = excluded.acked_seq
			where k.acked_seq < excluded.acked_seq
			returning k.device_id, k.conv_id, k.acked_seq)
		select v.device_id, v.conv_id, v.acked_seq, c.lo + c.hi - u.id, u.id, u.name
		from moved v
		join conversations c on c.id = v.conv_id and c.kind = 'direct'
		join devices d on d.id = v.device_id
		join users u on u.id = d.user_id
		where not exists (
			select from blocks b where (b.user_id, b.blocked_id) in ((c.lo, c.hi), (c.hi, c.lo)));
end $$;
comment on function acks(bigint[], bigint[], bigint[])
	is 'moves the cursors of devices forward, never back, never beyond what exists; returns the peers to be told that their texts arrived';
grant execute on function acks to chatd;

create or replace function ack(p_device bigint, p_convs bigint[], p_seqs bigint[],
	out conv_id bigint, out acked_seq bigint, out peer_id bigint)
	returns setof record
	language sql security definer set search_path = chat, pg_temp as $$
	select a.conv_id, a.acked_seq, a.peer_id from acks(array_fill(p_device, array[cardinality(p_convs)]), p_convs, p_seqs) a;
$$;
comment on function ack(bigint, bigint[], bigint[]) is 'the same for one device';
grant execute on function ack to chatd;

create or replace function entry_cut(e entries) returns entries
	language plpgsql immutable as $$
begin
	e.body := left(e.body, 200);
	return e;
end $$;
comment on function entry_cut(entries) is 'an entry with no more of its text than a list shows';

create or replace function conv_page(p_user bigint, p_device bigint, p_at bigint, p_conv bigint, p_limit integer,
	out conv bigint, out high bigint, out acked bigint, out read bigint, out unread bigint, out last_at bigint, out cut boolean,
	out last entries)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select w.conv_id, w.high, greatest(coalesce(k.acked_seq, 0), w.joined_seq - 1), w.read_seq,
			(select count(*) from messages x
				where x.conv_id = w.conv_id and x.seq > greatest(w.read_seq, w.joined_seq - 1) and x.seq <= w.high
					and x.kind = 'text' and x.sender_id <> p_user),
			micros(w.sent_at), char_length(e.body) > 200, entry_cut(e)
		from (
			select m.*, x.seq as high, x.sent_at
			from members m
			join conversations c on c.id = m.conv_id
			join messages x on x.conv_id = m.conv_id and x.seq = coalesce(m.left_seq, c.last_seq)
			where m.user_id = p_user and (p_at is null or (micros(x.sent_at), m.conv_id) < (p_at, p_conv))
			order by x.sent_at desc, m.conv_id desc
			limit p_limit) w
		left join cursors k on k.device_id = p_device and k.conv_id = w.conv_id
		join entries e on e.conv_id = w.conv_id and e.seq = w.high
		order by w.sent_at desc, w.conv_id desc;
end $$;
comment on function conv_page(bigint, bigint, bigint, bigint, integer)
	is 'a user''s conversations, newest first, with the beginning of the last entry of each: so many after p_conv, whose '
	'last entry is of p_at (null: from the newest on)';
grant execute on function conv_page to chatd;

create or replace function convs(p_user bigint, p_device bigint,
	out conv bigint, out high bigint, out acked bigint, out read bigint, out unread bigint, out last entries)
	returns setof record
	language plpgsql stable security definer set search_path = chat, pg_temp as $$
#variable_conflict use_column
begin
	return query
		select m.conv_id, coalesce(m.left_seq, c.last_seq),
			greatest(coalesce(k.acked_seq, 0), m.joined_seq - 1), m.read_seq,
			(select count(*) from messages x
				where x.conv_id = m.conv_id and x.seq > greatest(m.read_seq, m.joined_seq - 1)
					and (m.left_seq is null or x.seq <= m.left_seq)
					and x.kind = 'text' and x.sender_id <> p_user),
			e
		from members m
		join conversations c on c.id = m.conv_id
		left join cursors k on k.device_id = p_device and k.conv_id = m.conv_id
		join entries e on e.conv_id = m.conv_id and e.seq = coalesce(m.left_seq, c.last_seq)
		where m.user_id = p_user
		order by e.at desc;
end $$;
comment on function convs(bigint, bigint) is 'a user''s conversations, newest first, with the last entry of each';
grant execute on function convs to chatd;
