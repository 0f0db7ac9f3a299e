-- chatd's data model. Read with \d+ chat.*: every table and column says what it holds. Functions and views are in code/.
-- A file here is applied once and never edited: what changes is a new file, which leaves the program before able to run.

do $$
declare
	r text;
begin
	foreach r in array array['chat_owner nologin', 'chatd login', 'chat_read nologin', 'chat_admin nologin'] loop
		if not exists (select from pg_roles where rolname = split_part(r, ' ', 1)) then
			execute 'create role ' || r;
		end if;
	end loop;
	-- Limits belong to the role, not to the session: pgbouncer would lose a SET.
	execute format('alter role chatd in database %I set statement_timeout = ''10s''', current_database());
	execute format('alter role chatd in database %I set lock_timeout = ''5s''', current_database());
	execute format('alter role chatd in database %I set idle_in_transaction_session_timeout = ''5s''', current_database());
	execute format('revoke temporary on database %I from public', current_database());
	-- Most sessions ask each question a few times only: planning it anew five times, as is the
	-- default, would be most of the work.
	execute format('alter role chatd in database %I set plan_cache_mode = force_generic_plan', current_database());
	execute format('alter role chatd in database %I set jit = off', current_database());
	-- A generic plan made while the tables are empty would scan them whole for as long as the session lives.
	execute format('alter role chatd in database %I set enable_seqscan = off', current_database());
	-- A session killed while it waits for a lock must not commit later.
	execute format('alter role chatd in database %I set client_connection_check_interval = ''1s''', current_database());
	-- A backend whose client cannot be reached any more ends after half a minute, not after two hours: what it
	-- holds is one of max_connections. Unix sockets ignore this.
	execute format('alter role chatd in database %I set tcp_keepalives_idle = 20', current_database());
	execute format('alter role chatd in database %I set tcp_keepalives_interval = 5', current_database());
	execute format('alter role chatd in database %I set tcp_keepalives_count = 3', current_database());
	execute format('alter role chatd in database %I set tcp_user_timeout = ''10s''', current_database());
end $$;

grant chat_read to chat_admin;
create schema chat authorization chat_owner;
comment on schema chat is 'chatd, the cluster chat server: tables, the functions the daemon calls, views that answer questions';
grant usage on schema chat to chatd, chat_read, chat_admin;

set local role chat_owner;
set local search_path = chat;
-- Nothing here is for everybody: each function says who may call it.
alter default privileges revoke execute on functions from public;

create table schema_version (
	version integer primary key,
	file text not null,
	sha256 text not null,
	applied_at timestamptz not null default now()
);
comment on table schema_version is 'the files with tables that were applied, with the checksum of each';
comment on column schema_version.version is 'number of the file';
comment on column schema_version.file is 'its name in schema/';
comment on column schema_version.sha256 is 'of its text as it was applied, in hex; an edited file is refused';
comment on column schema_version.applied_at is 'when';

create table schema_objects (
	object text primary key,
	file text not null,
	sha256 text not null,
	applied_at timestamptz not null default now()
);
comment on table schema_objects is 'the functions and views that were applied, as they are now';
comment on column schema_objects.object is 'what it is, and its name';
comment on column schema_objects.file is 'where it stands, in schema/code/';
comment on column schema_objects.sha256 is 'of its text as it was applied, in hex; another text is applied';
comment on column schema_objects.applied_at is 'when';

-- Not in code/: constraints stand on it. What else is to be allowed one day is a new file here.
create function name_ok(p_name text) returns boolean
	language sql immutable strict parallel safe
	return char_length(p_name) between 1 and 50
		-- control, format and private-use characters
		and p_name !~ '[\u0001-\u001F\u007F-\u009F\u00AD\u0600-\u0605\u061C\u06DD\u070F\u08E2\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\uE000-\uF8FF\uFEFF\uFFF9-\uFFFB\U000110BD\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0001-\U000E007F\U000F0000-\U0010FFFF]'
		and p_name !~ '^[ \u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]'
		and p_name !~ '[ \u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]$';
comment on function name_ok(text) is '1-50 characters, none of them control, format or private-use, no blank at either end';

-- Domains, not CHECKs: those of a table are planned and run anew for every row that changes, whatever
-- changes in it, and conversations has a row that changes with every message.
create domain group_name as text check (name_ok(value));
comment on domain group_name is 'a group''s name, see name_ok';
create domain conv_kind as text check (value in ('direct', 'group'));
comment on domain conv_kind is 'direct: two users; group';
create domain entry_kind as text check (value in ('text', 'edit', 'delete', 'join', 'leave', 'kick', 'role', 'group'));
comment on domain entry_kind is 'what an entry of a log is: a text, a change of one, or of the group';
create domain join_policy as text check (value in ('open', 'invite'));
comment on domain join_policy is 'open: anyone may join; invite: the invited';
create domain history_policy as text check (value in ('joined', 'all'));
comment on domain history_policy is 'joined: members see what came since they joined; all: everything';
create domain short_text as text check (char_length(value) <= 200);
comment on domain short_text is 'at most 200 characters';

create table settings (
	one boolean primary key default true check (one),
	epoch text not null default gen_random_uuid()::text,
	registration text not null default 'open' check (registration in ('open', 'invite', 'closed')),
	strangers text not null default 'allow' check (strangers in ('allow', 'deny')),
	code_level integer not null default 0,
	oldest_level integer not null default 0
);
insert into settings default values;
comment on table settings is 'one row: what all nodes share';
comment on column settings.one is 'keeps it to one row';
comment on column settings.epoch is 'changes when the database lost acknowledged history: clients throw their cursors away';
comment on column settings.registration is 'who may register where the node does not say otherwise: open, invite, closed';
comment on column settings.strangers is 'deny: only people on the receiver''s friends list may write to it';
comment on column settings.code_level is 'level of the program whose functions and views are here (schema/level)';
comment on column settings.oldest_level is 'level of the oldest program that may still run with them';

create table users (
	id bigint generated always as identity primary key,
	name text not null check (name_ok(name)),
	password text not null,
	created_at timestamptz not null default now(),
	disabled_at timestamptz,
	dialect text check (dialect in ('a', 'b', 'c'))
);
create unique index users_name on users (lower(normalize(name, nfkc)));
comment on table users is 'accounts';
comment on column users.id is 'never given again';
comment on column users.name is 'as it was registered; unique whatever the case and form, see name_key';
comment on column users.password is 'argon2id string';
comment on column users.created_at is 'when it was registered';
comment on column users.disabled_at is 'since when the account may not log in';
comment on column users.dialect is 'the numbered protocol this user''s client spoke last';

create table devices (
	id bigint generated always as identity primary key,
	user_id bigint not null references users on delete cascade,
	name text not null check (char_length(name) between 1 and 32),
	token_hash bytea,
	created_at timestamptz not null default now(),
	last_seen timestamptz not null default now(),
	unique (user_id, name)
);
create unique index devices_token on devices (token_hash);
comment on table devices is 'what a user logs in with; each has its own cursors and its own token';
comment on column devices.id is 'cursors and sessions refer to it';
comment on column devices.user_id is 'whose it is';
comment on column devices.name is 'what the client calls it at login';
comment on column devices.token_hash is 'sha256 of the login token; null: revoked';
comment on column devices.created_at is 'of the first login with it';
comment on column devices.last_seen is 'the token dies 30 days after this';

create table friends (
	user_id bigint not null references users on delete cascade,
	friend_id bigint not null references users on delete cascade,
	since timestamptz not null default now(),
	primary key (user_id, friend_id),
	check (user_id <> friend_id)
);
create index friends_of on friends (friend_id);
comment on table friends is 'friend_id is on user_id''s list; mutual when the opposite row exists too';
comment on column friends.user_id is 'whose list it is';
comment on column friends.friend_id is 'who is on it';
comment on column friends.since is 'when it was added';

create table blocks (
	user_id bigint not null references users on delete cascade,
	blocked_id bigint not null references users on delete cascade,
	since timestamptz not null default now(),
	primary key (user_id, blocked_id),
	check (user_id <> blocked_id)
);
comment on table blocks is 'user_id does not want to hear from blocked_id';
comment on column blocks.user_id is 'who blocks';
comment on column blocks.blocked_id is 'whom';
comment on column blocks.since is 'since when';

create table conversations (
	id bigint generated always as identity primary key,
	kind conv_kind not null,
	last_seq bigint not null default 0,
	lo bigint references users,
	hi bigint references users,
	name group_name,
	description short_text not null default '',
	join_policy join_policy not null default 'open',
	history_policy history_policy not null default 'joined',
	history_from bigint not null default 1,
	closed_at timestamptz,
	created_at timestamptz not null default now(),
	unique (lo, hi)
) with (fillfactor = 40); -- one row changes with every message: leave room for HOT updates
create unique index conversations_group_name on conversations (lower(normalize(name, nfkc))) where kind = 'group' and closed_at is null;
comment on table conversations is 'a direct one has exactly the users lo and hi; a group''s id is its conversation''s id';
comment on column conversations.id is 'conv in the protocol';
comment on column conversations.kind is 'direct or group';
comment on column conversations.last_seq is 'number of the newest entry; numbers are dense from 1 on';
comment on column conversations.lo is 'direct: the user with the lower id';
comment on column conversations.hi is 'direct: the other one';
comment on column conversations.name is 'group: unique whatever the case and form, see name_key';
comment on column conversations.description is 'group: what it is for';
comment on column conversations.join_policy is 'open: anyone may join; invite: the invited';
comment on column conversations.history_policy is 'joined: who joins sees what comes from then on; all: also what came before, from history_from on';
comment on column conversations.history_from is 'under all: the entry from which on who joins may look back; what was said under joined before stays closed';
comment on column conversations.closed_at is 'group: when the last member left; its name is free again, its past belongs to nobody';
comment on column conversations.created_at is 'when it began';

create table members (
	conv_id bigint not null references conversations,
	user_id bigint not null references users,
	role text not null default 'normal' check (role in ('creator', 'admin', 'normal')),
	joined_seq bigint not null,
	left_seq bigint,
	low_seq bigint,
	read_seq bigint not null default 0,
	primary key (conv_id, user_id),
	check (left_seq >= joined_seq),
	check (low_seq <= joined_seq)
);
create index members_user on members (user_id);
comment on table members is 'who belongs to a conversation; who joins again gets a new interval, the log keeps the past';
comment on column members.conv_id is 'the conversation';
comment on column members.user_id is 'who belongs to it, or did';
comment on column members.role is 'creator (a group with members has one), admin or normal';
comment on column members.joined_seq is 'the entry of the own join: the first one that is delivered';
comment on column members.low_seq is 'the first entry this member may look back to, by the history policy at the time of the join; null: the own join';
comment on column members.left_seq is 'the entry of the own leave or kick, the last one this member sees; null while in';
comment on column members.read_seq is 'everything up to here has been read, on whatever device';

create table cursors (
	device_id bigint not null references devices on delete cascade,
	conv_id bigint not null references conversations,
	acked_seq bigint not null,
	primary key (device_id, conv_id)
) with (fillfactor = 70);
comment on table cursors is 'everything up to acked_seq has arrived on this device; no row: nothing yet';
comment on column cursors.device_id is 'whose';
comment on column cursors.conv_id is 'in which conversation';
comment on column cursors.acked_seq is 'the newest entry that arrived, and with it all before';

-- No foreign keys: they would cost a look-up each per message, and chat.append has both rows at hand.
create table messages (
	conv_id bigint not null,
	seq bigint not null,
	sender_id bigint not null,
	kind entry_kind not null,
	ref bigint,
	body text not null,
	original text,
	cid text,
	sent_at timestamptz not null,
	edited_at timestamptz,
	deleted_at timestamptz,
	primary key (conv_id, seq),
	unique (conv_id, sender_id, cid)
);
create index messages_edits on messages (conv_id, ref) where kind = 'edit';
comment on table messages is 'the log of every conversation; acknowledged means that the row is here';
comment on column messages.conv_id is 'the conversation';
comment on column messages.seq is 'number in the conversation: 1, 2, 3 ... without holes';
comment on column messages.sender_id is 'who said or did it';
comment on column messages.kind is 'text; edit, delete: of an earlier text; join, leave, kick, role, group: what happened in the group';
comment on column messages.original is 'what an edited text said first, for those who left before it was edited; null: not edited, or deleted';
comment on column messages.ref is 'edit, delete: the entry meant; kick, role: the user meant';
comment on column messages.body is 'the text; role: the new role; group: what was changed';
comment on column messages.cid is 'chosen by the sender: the same one sent again is the same message';
comment on column messages.sent_at is 'when it was stored';
comment on column messages.edited_at is 'when body was replaced by that of the newest edit';
comment on column messages.deleted_at is 'when body was blanked';

create table nodes (
	name text not null,
	boot_id text primary key,
	pid integer not null,
	version text not null,
	started_at timestamptz not null default now(),
	last_seen timestamptz not null default now(),
	sessions integer not null default 0,
	counters jsonb not null default '{}',
	handing_over boolean not null default false
) with (fillfactor = 40);
comment on table nodes is 'one row per running chatd master; last_seen is its heartbeat, in this database''s time';
comment on column nodes.name is '--node; two masters share it while one hands over to the other';
comment on column nodes.boot_id is 'one run of a master';
comment on column nodes.pid is 'of the master, on its machine';
comment on column nodes.version is 'of the program';
comment on column nodes.started_at is 'of the first heartbeat';
comment on column nodes.last_seen is 'of the newest heartbeat; after 15 s without one the node is taken for dead';
comment on column nodes.sessions is 'how many connections there were at that moment';
comment on column nodes.counters is 'not used yet';
comment on column nodes.handing_over is 'SIGQUIT came: takes no new clients, and lives until the last of its sessions has ended';

create table sessions (
	id bigint generated always as identity primary key,
	node text not null,
	boot_id text not null,
	child bigint not null,
	pid integer not null,
	user_id bigint not null references users on delete cascade,
	device_id bigint not null references devices on delete cascade,
	addr text not null,
	connected_at timestamptz not null default now(),
	unique (boot_id, child)
);
create index sessions_user on sessions (user_id);
create index sessions_device on sessions (device_id);
comment on table sessions is 'one row per logged-in session; it counts only while its node''s heartbeat is fresh';
comment on column sessions.id is 'never given again';
comment on column sessions.node is 'name of the node it is on';
comment on column sessions.boot_id is 'the run of that node''s master, see nodes';
comment on column sessions.child is 'n-th child of that run of the master: pids come back, this does not';
comment on column sessions.pid is 'of its process, on the node''s machine';
comment on column sessions.user_id is 'who is logged in';
comment on column sessions.device_id is 'with which device: one session each';
comment on column sessions.addr is 'where the client is, for people to read';
comment on column sessions.connected_at is 'of the login';

create table group_invites (
	conv_id bigint not null references conversations on delete cascade,
	user_id bigint not null references users on delete cascade,
	by_id bigint not null references users on delete cascade,
	at timestamptz not null default now(),
	primary key (conv_id, user_id)
);
comment on table group_invites is 'who may join a group that is not open';
comment on column group_invites.conv_id is 'the group';
comment on column group_invites.user_id is 'who may join';
comment on column group_invites.by_id is 'who invited';
comment on column group_invites.at is 'when';

create table group_bans (
	conv_id bigint not null references conversations on delete cascade,
	user_id bigint not null references users on delete cascade,
	by_id bigint not null references users on delete cascade,
	at timestamptz not null default now(),
	primary key (conv_id, user_id)
);
comment on table group_bans is 'who may not join a group';
comment on column group_bans.conv_id is 'the group';
comment on column group_bans.user_id is 'who may not join';
comment on column group_bans.by_id is 'who banned';
comment on column group_bans.at is 'when';

create table invites (
	code text primary key,
	created_at timestamptz not null default now(),
	expires_at timestamptz,
	used_by bigint references users on delete set null,
	used_at timestamptz
);
comment on table invites is 'registration codes; each is good for one account';
comment on column invites.code is 'what is given at registration';
comment on column invites.created_at is 'when it was made';
comment on column invites.expires_at is 'when it stops being good; null: never';
comment on column invites.used_by is 'whose account was registered with it';
comment on column invites.used_at is 'when; null: still good';
