-- Views named for questions: `table chat.online`, `table chat.pending`, `table chat.invariants` ...

set local role chat_owner;
set local search_path = chat;

create view online as
	select s.user_id, u.name, d.name as device, s.node, s.addr, s.connected_at as since
	from sessions s
	join nodes n using (boot_id)
	join users u on u.id = s.user_id
	join devices d on d.id = s.device_id
	where n.last_seen > now() - interval '15 s'
	order by u.name, d.name;
comment on view online is 'who is online, and where';

create view session_list as
	select s.id, u.name, d.name as device, s.node, s.pid, s.addr, s.connected_at
	from sessions s join users u on u.id = s.user_id join devices d on d.id = s.device_id
	order by s.id;
comment on view session_list is 'one row per logged-in session, also of nodes that may be dead';

create view conversation_list as
	select c.id, c.kind, coalesce(c.name, lo.name || ' - ' || hi.name) as name, c.last_seq,
		(select count(*) from members m where m.conv_id = c.id and m.left_seq is null) as members, c.created_at
	from conversations c left join users lo on lo.id = c.lo left join users hi on hi.id = c.hi
	order by c.id;
comment on view conversation_list is 'every conversation, its members and its length';

create view reach as
	select m.user_id, d.id as device_id, d.name as device, m.conv_id,
		greatest(coalesce(k.acked_seq, 0), m.joined_seq - 1) as acked,
		coalesce(m.left_seq, c.last_seq) as high
	from members m
	join conversations c on c.id = m.conv_id
	left join devices d on d.user_id = m.user_id
	left join cursors k on k.device_id = d.id and k.conv_id = m.conv_id;
comment on view reach is 'how far each device is in each conversation; a user who never logged in has one row without a device';

create view pending as
	select r.user_id, u.name, r.device, r.conv_id, x.seq, x.kind, s.name as sender, octet_length(x.body) as bytes, x.sent_at
	from reach r
	join users u on u.id = r.user_id
	join messages x on x.conv_id = r.conv_id and x.seq > r.acked and x.seq <= r.high and x.sender_id <> r.user_id
	join users s on s.id = x.sender_id
	order by r.user_id, r.device, r.conv_id, x.seq;
comment on view pending is 'what waits for whom: one row per entry and device that has not acknowledged it';

create view unread as
	select m.user_id, u.name, m.conv_id, count(*) as unread
	from members m
	join users u on u.id = m.user_id
	join messages x on x.conv_id = m.conv_id and x.seq > greatest(m.read_seq, m.joined_seq - 1)
		and (m.left_seq is null or x.seq <= m.left_seq) and x.kind = 'text' and x.sender_id <> m.user_id
	group by m.user_id, u.name, m.conv_id
	order by u.name, m.conv_id;
comment on view unread is 'how many texts each user has not read, by conversation';

create view lag as
	select r.user_id, u.name, r.device, r.conv_id, r.acked, r.high as last_seq, r.high - r.acked as behind
	from reach r join users u on u.id = r.user_id
	where r.high > r.acked
	order by behind desc;
comment on view lag is 'who is behind, and by how much';

create view group_list as
	select c.id, c.name, c.description, c.join_policy, c.history_policy, c.last_seq,
		count(m.user_id) as members, max(u.name) filter (where m.role = 'creator') as creator, c.created_at
	from conversations c
	left join members m on m.conv_id = c.id and m.left_seq is null
	left join users u on u.id = m.user_id
	where c.kind = 'group'
	group by c.id
	order by c.name;
comment on view group_list is 'every group';

create view node_list as
	select name, pid, version, sessions, last_seen > now() - interval '15 s' as alive, started_at, last_seen, counters, boot_id
	from nodes order by name, started_at;
comment on view node_list is 'every running master, and whether its heartbeat is fresh';

create view size as
	select c.relname as what, c.reltuples::bigint as rows_about, pg_size_pretty(pg_total_relation_size(c.oid)) as size
	from pg_class c where c.relnamespace = 'chat'::regnamespace and c.relkind = 'r'
	order by pg_total_relation_size(c.oid) desc;
comment on view size is 'how big it is';

create view invariants as
	select 'seq not dense' as what, c.id as conv_id,
		format('last_seq %s, entries %s, from %s to %s', c.last_seq, m.n, m.low, m.high) as detail
	from conversations c
	cross join lateral (select count(*) n, min(seq) low, max(seq) high from messages x where x.conv_id = c.id) m
	where coalesce(m.high, 0) <> c.last_seq and m.n > 0 or m.n <> coalesce(m.high - m.low + 1, 0)
		or m.n = 0 and c.kind = 'group'
	union all
	select 'cursor beyond the end', k.conv_id, format('device %s acked %s of %s', k.device_id, k.acked_seq, c.last_seq)
	from cursors k join conversations c on c.id = k.conv_id where k.acked_seq > c.last_seq
	union all
	select 'read mark beyond the end', m.conv_id, format('user %s read %s of %s', m.user_id, m.read_seq, c.last_seq)
	from members m join conversations c on c.id = m.conv_id where m.read_seq > c.last_seq
	union all
	select 'membership beyond the end', m.conv_id, format('user %s joined %s left %s of %s', m.user_id, m.joined_seq, m.left_seq, c.last_seq)
	from members m join conversations c on c.id = m.conv_id
	where c.kind = 'group' and greatest(m.joined_seq, m.left_seq) > c.last_seq or m.left_seq < m.joined_seq
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
	group by x.conv_id, x.seq, x.sender_id;
comment on view invariants is 'must be empty: every row is something that is broken';

grant select on online, session_list, conversation_list, pending, unread, lag, group_list, node_list, size, invariants to chat_read;
