-- Views named for questions: `table chat.online`, `table chat.pending`, `table chat.invariants` ...

create or replace view online as
	select s.user_id, u.name, d.name as device, s.node, s.addr, s.connected_at as since
	from sessions s
	join nodes n using (boot_id)
	join users u on u.id = s.user_id
	join devices d on d.id = s.device_id
	where n.last_seen > now() - interval '15 s'
	order by u.name, d.name;
comment on view online is 'who is online, and where';
comment on column online.user_id is 'who';
comment on column online.name is 'the same, by name';
comment on column online.device is 'with which device';
comment on column online.node is 'on which node';
comment on column online.addr is 'from where';
comment on column online.since is 'when it logged in';
grant select on online to chat_read;

create or replace view session_list as
	select s.id, u.name, d.name as device, s.node, s.pid, s.addr, s.connected_at
	from sessions s join users u on u.id = s.user_id join devices d on d.id = s.device_id
	order by s.id;
comment on view session_list is 'one row per logged-in session, also of nodes that may be dead';
comment on column session_list.id is 'the session';
comment on column session_list.name is 'who is logged in';
comment on column session_list.device is 'with which device';
comment on column session_list.node is 'on which node';
comment on column session_list.pid is 'its process there; killing it hurts nobody else';
comment on column session_list.addr is 'from where';
comment on column session_list.connected_at is 'when it logged in';
grant select on session_list to chat_read;

create or replace view conversation_list as
	select c.id, c.kind, coalesce(c.name, lo.name || ' - ' || hi.name) as name, c.last_seq,
		(select count(*) from members m where m.conv_id = c.id and m.left_seq is null) as members, c.created_at
	from conversations c left join users lo on lo.id = c.lo left join users hi on hi.id = c.hi
	order by c.id;
comment on view conversation_list is 'every conversation, its members and its length';
comment on column conversation_list.id is 'conv in the protocol';
comment on column conversation_list.kind is 'direct or group';
comment on column conversation_list.name is 'the group''s, or those of the two';
comment on column conversation_list.last_seq is 'number of the newest entry';
comment on column conversation_list.members is 'how many are in it now';
comment on column conversation_list.created_at is 'when it began';
grant select on conversation_list to chat_read;

create or replace view reach as
	select m.user_id, d.id as device_id, d.name as device, m.conv_id,
		greatest(coalesce(k.acked_seq, 0), m.joined_seq - 1) as acked,
		coalesce(m.left_seq, c.last_seq) as high
	from members m
	join conversations c on c.id = m.conv_id
	left join devices d on d.user_id = m.user_id
	left join cursors k on k.device_id = d.id and k.conv_id = m.conv_id;
comment on view reach is 'how far each device is in each conversation; a user who never logged in has one row without a device';
comment on column reach.user_id is 'a member, also a former one';
comment on column reach.device_id is 'one of its devices';
comment on column reach.device is 'the same, by name';
comment on column reach.conv_id is 'the conversation';
comment on column reach.acked is 'the last entry that arrived there, or the last it need not get';
comment on column reach.high is 'the last entry it is to get';

create or replace view pending as
	select r.user_id, u.name, r.device, r.conv_id, x.seq, x.kind, s.name as sender, octet_length(x.body) as bytes, x.sent_at
	from reach r
	join users u on u.id = r.user_id
	join messages x on x.conv_id = r.conv_id and x.seq > r.acked and x.seq <= r.high and x.sender_id <> r.user_id
	join users s on s.id = x.sender_id
	order by r.user_id, r.device, r.conv_id, x.seq;
comment on view pending is 'what waits for whom: one row per entry and device that has not acknowledged it';
comment on column pending.user_id is 'for whom';
comment on column pending.name is 'the same, by name';
comment on column pending.device is 'on which device; null: never logged in';
comment on column pending.conv_id is 'in which conversation';
comment on column pending.seq is 'number of the entry there';
comment on column pending.kind is 'text, or what else it is';
comment on column pending.sender is 'from whom';
comment on column pending.bytes is 'length of the text';
comment on column pending.sent_at is 'when it was stored';
grant select on pending to chat_read;

create or replace view unread as
	select m.user_id, u.name, m.conv_id, count(*) as unread
	from members m
	join users u on u.id = m.user_id
	join messages x on x.conv_id = m.conv_id and x.seq > greatest(m.read_seq, m.joined_seq - 1)
		and (m.left_seq is null or x.seq <= m.left_seq) and x.kind = 'text' and x.sender_id <> m.user_id
	group by m.user_id, u.name, m.conv_id
	order by u.name, m.conv_id;
comment on view unread is 'how many texts each user has not read, by conversation';
comment on column unread.user_id is 'who';
comment on column unread.name is 'the same, by name';
comment on column unread.conv_id is 'in which conversation';
comment on column unread.unread is 'how many texts of others are behind the read mark';
grant select on unread to chat_read;

create or replace view lag as
	select r.user_id, u.name, r.device, r.conv_id, r.acked, r.high as last_seq, r.high - r.acked as behind
	from reach r join users u on u.id = r.user_id
	where r.high > r.acked
	order by behind desc;
comment on view lag is 'who is behind, and by how much';
comment on column lag.user_id is 'who';
comment on column lag.name is 'the same, by name';
comment on column lag.device is 'on which device; null: never logged in';
comment on column lag.conv_id is 'in which conversation';
comment on column lag.acked is 'the last entry that arrived there';
comment on column lag.last_seq is 'the last entry it is to get';
comment on column lag.behind is 'the difference';
grant select on lag to chat_read;

create or replace view group_list as
	select c.id, c.name, c.description, c.join_policy, c.history_policy, c.last_seq,
		count(m.user_id) as members, max(u.name) filter (where m.role = 'creator') as creator, c.created_at
	from conversations c
	left join members m on m.conv_id = c.id and m.left_seq is null
	left join users u on u.id = m.user_id
	where c.kind = 'group' and c.closed_at is null
	group by c.id
	order by c.name;
comment on view group_list is 'every group that has members';
comment on column group_list.id is 'the group''s, and its conversation''s';
comment on column group_list.name is 'the group''s';
comment on column group_list.description is 'what it is for';
comment on column group_list.join_policy is 'open: anyone may join; invite: the invited';
comment on column group_list.history_policy is 'joined: who joins sees what comes from then on; all: also what came before';
comment on column group_list.last_seq is 'number of the newest entry';
comment on column group_list.members is 'how many are in it now';
comment on column group_list.creator is 'who governs it';
comment on column group_list.created_at is 'when it was made';
grant select on group_list to chat_read;

create or replace view name_conflicts as
	select u.id as user_id, u.name, 'would not be allowed' as why, null::bigint as other_id, null::text as other
	from users u where not name_allowed(u.name)
	union all
	select u.id, u.name, 'looks like the server''s own', null, null from users u
	where name_reserved(u.name) and u.name <> 'erased-' || u.id
	union all
	select u.id, u.name, 'looks like another', o.id, o.name
	from users u
	join skeletons s on s.skeleton = any (name_looks(u.name)) and s.user_id <> u.id
	join users o on o.id = s.user_id
	order by 1, 3, 4;
comment on view name_conflicts is 'names of before that nobody could register now; they stay, and their users may log in';
comment on column name_conflicts.user_id is 'whose name it is';
comment on column name_conflicts.name is 'the same, by name';
comment on column name_conflicts.why is 'what is wrong with it';
comment on column name_conflicts.other_id is 'whom it looks like, who was here before';
comment on column name_conflicts.other is 'the same, by name';
grant select on name_conflicts to chat_read;

create or replace view node_list as
	select name, pid, version, sessions, last_seen > now() - interval '15 s' as alive, started_at, last_seen, counters, boot_id,
		handing_over
	from nodes order by name, started_at;
comment on view node_list is 'every running master, and whether its heartbeat is fresh';
comment on column node_list.name is '--node';
comment on column node_list.pid is 'of the master, on its machine';
comment on column node_list.version is 'of the program';
comment on column node_list.sessions is 'how many connections there were at the last heartbeat';
comment on column node_list.alive is 'the last heartbeat is younger than 15 s';
comment on column node_list.started_at is 'of the first heartbeat';
comment on column node_list.last_seen is 'of the last one';
comment on column node_list.counters is 'what was counted since its start, as of the last heartbeat; see the manual';
comment on column node_list.boot_id is 'one run of a master';
comment on column node_list.handing_over is 'takes no new clients, and lives until the last of its sessions has ended';
grant select on node_list to chat_read;

create or replace view size as
	select c.relname as what,
		case when c.reltuples < 0 then pg_stat_get_live_tuples(c.oid) else c.reltuples::bigint end as rows_about,
		pg_size_pretty(pg_total_relation_size(c.oid)) as size
	from pg_class c where c.relnamespace = 'chat'::regnamespace and c.relkind = 'r'
	order by pg_total_relation_size(c.oid) desc;
comment on view size is 'how big it is';
comment on column size.what is 'the table';
comment on column size.rows_about is 'how many rows it has, as of the last vacuum or analyze; before the first, as counted since PostgreSQL last crashed';
comment on column size.size is 'on disk, with its indexes';
grant select on size to chat_read;

create or replace view invariants as
	select 'seq not dense' as what, c.id as conv_id,
		format('first_seq %s, last_seq %s, entries %s, from %s to %s', c.first_seq, c.last_seq, m.n, m.low, m.high) as detail
	from conversations c
	cross join lateral (select count(*) n, min(seq) low, max(seq) high from messages x where x.conv_id = c.id) m
	where m.n <> c.last_seq - c.first_seq + 1 or m.low <> c.first_seq or m.high <> c.last_seq
	union all
	select 'cursor beyond the end', k.conv_id, format('device %s acked %s of %s', k.device_id, k.acked_seq, c.last_seq)
	from cursors k join conversations c on c.id = k.conv_id where k.acked_seq > c.last_seq
	union all
	select 'read mark beyond the end', m.conv_id, format('user %s read %s of %s', m.user_id, m.read_seq, c.last_seq)
	from members m join conversations c on c.id = m.conv_id where m.read_seq > c.last_seq
	union all
	select 'membership beyond the end', m.conv_id, format('user %s joined %s left %s of %s', m.user_id, m.joined_seq, m.left_seq, c.last_seq)
	from members m join conversations c on c.id = m.conv_id
	-- Where all was purged, or had arrived before the last device went, what is delivered begins with the next entry.
	where c.kind = 'group' and greatest(m.joined_seq - 1, m.left_seq) > c.last_seq or m.left_seq < m.joined_seq
	union all
	select 'membership before what is kept', m.conv_id, format('user %s joined %s may see from %s, kept from %s', m.user_id, m.joined_seq, m.low_seq, c.first_seq)
	from members m join conversations c on c.id = m.conv_id
	where least(m.joined_seq, m.low_seq) < c.first_seq
	union all
	select 'direct conversation without exactly its two members', c.id, format('lo %s hi %s', c.lo, c.hi)
	from conversations c where c.kind = 'direct' and (
		(c.lo < c.hi and c.name is null) is not true
		or (select count(*) from members m where m.conv_id = c.id) <> 2
		or (select count(*) from members m where m.conv_id = c.id and m.user_id in (c.lo, c.hi) and m.left_seq is null) <> 2)
	union all
	select 'group without exactly one creator', c.id,
		format('%s creators', (select count(*) from members m where m.conv_id = c.id and m.left_seq is null and m.role = 'creator'))
	from conversations c where c.kind = 'group'
		and exists (select from members m where m.conv_id = c.id and m.left_seq is null)
		and (select count(*) from members m where m.conv_id = c.id and m.left_seq is null and m.role = 'creator') <> 1
	union all
	select 'closed group with members, or one without that is not closed', c.id, format('closed at %s', c.closed_at)
	from conversations c where c.kind = 'group'
		and (c.closed_at is null) <> exists (select from members m where m.conv_id = c.id and m.left_seq is null)
	union all
	select 'sender was never a member', x.conv_id, format('seq %s sender %s', x.seq, x.sender_id)
	from messages x
	where not exists (select from members m where m.conv_id = x.conv_id and m.user_id = x.sender_id)
	union all
	select 'spoke after leaving', x.conv_id, format('seq %s sender %s', x.seq, x.sender_id)
	from (
		select x.conv_id, x.seq, x.sender_id, x.kind,
			last_value(y.kind) over (partition by x.conv_id, x.seq order by y.seq
				rows between unbounded preceding and unbounded following) as was, y.seq as at
		from messages x
		join messages y on y.conv_id = x.conv_id and y.seq < x.seq
			and (y.sender_id = x.sender_id and y.kind in ('join', 'leave') or y.kind = 'kick' and y.ref = x.sender_id)
		where x.kind <> 'join') x
	where x.was in ('leave', 'kick')
	group by x.conv_id, x.seq, x.sender_id
	union all
	select 'the role chatd has not the settings that it was given', null, s from role_settings() s;
comment on view invariants is 'must be empty: every row is something that is broken';
comment on column invariants.what is 'which invariant is broken';
comment on column invariants.conv_id is 'in which conversation';
comment on column invariants.detail is 'how';
grant select on invariants to chat_read;
