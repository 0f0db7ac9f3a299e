-- chatd's data model. Read with \d+ chat.*: every table and column says what it holds.

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
	-- A session killed while it waits for a lock must not commit later.
	execute format('alter role chatd in database %I set client_connection_check_interval = ''1s''', current_database());
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
comment on table schema_version is 'the migrations that were applied, with the checksum of each file';

create function name_key(p_name text) returns text
	language sql immutable strict parallel safe
	return lower(normalize(p_name, nfkc));
comment on function name_key(text) is 'what makes two names the same: case and compatibility forms do not count';

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
create domain conv_kind as text check (value in ('direct', 'group'));
create domain entry_kind as text check (value in ('text', 'edit', 'delete', 'join', 'leave', 'kick', 'role', 'group'));
create domain join_policy as text check (value in ('open', 'invite'));
create domain history_policy as text check (value in ('joined', 'all'));
create domain short_text as text check (char_length(value) <= 200);

create function rfc3339(p_at timestamptz) returns text
	language sql stable strict parallel safe
	return to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
comment on function rfc3339(timestamptz) is 'a time as the protocol writes it';

create table settings (
	one boolean primary key default true check (one),
	epoch text not null default gen_random_uuid()::text,
	registration text not null default 'open' check (registration in ('open', 'invite', 'closed')),
	strangers text not null default 'allow' check (strangers in ('allow', 'deny'))
);
insert into settings default values;
comment on table settings is 'one row: what all nodes share';
comment on column settings.epoch is 'changes when the database lost acknowledged history: clients throw their cursors away';
comment on column settings.registration is 'who may register where the node does not say otherwise: open, invite, closed';
comment on column settings.strangers is 'deny: only people on the receiver''s friends list may write to it';

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
comment on column users.password is 'argon2id string';
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
comment on column devices.token_hash is 'sha256 of the login token; null: revoked';
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

create table blocks (
	user_id bigint not null references users on delete cascade,
	blocked_id bigint not null references users on delete cascade,
	since timestamptz not null default now(),
	primary key (user_id, blocked_id),
	check (user_id <> blocked_id)
);
comment on table blocks is 'user_id does not want to hear from blocked_id';

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
	created_at timestamptz not null default now(),
	unique (lo, hi)
) with (fillfactor = 40); -- one row changes with every message: leave room for HOT updates
create unique index conversations_group_name on conversations (lower(normalize(name, nfkc))) where kind = 'group';
comment on table conversations is 'a direct one has exactly the users lo and hi; a group''s id is its conversation''s id';
comment on column conversations.last_seq is 'number of the newest entry; numbers are dense from 1 on';
comment on column conversations.history_policy is 'joined: members see what came since they joined; all: everything';

create table members (
	conv_id bigint not null references conversations,
	user_id bigint not null references users,
	role text not null default 'normal' check (role in ('creator', 'admin', 'normal')),
	joined_seq bigint not null,
	left_seq bigint,
	read_seq bigint not null default 0,
	primary key (conv_id, user_id),
	check (left_seq >= joined_seq)
);
create index members_user on members (user_id);
comment on table members is 'who belongs to a conversation; who joins again gets a new interval, the log keeps the past';
comment on column members.joined_seq is 'the entry of the own join: the first one this member sees';
comment on column members.left_seq is 'the entry of the own leave or kick, the last one this member sees; null while in';
comment on column members.read_seq is 'everything up to here has been read, on whatever device';

create table cursors (
	device_id bigint not null references devices on delete cascade,
	conv_id bigint not null references conversations,
	acked_seq bigint not null,
	primary key (device_id, conv_id)
) with (fillfactor = 70);
comment on table cursors is 'everything up to acked_seq has arrived on this device; no row: nothing yet';

-- No foreign keys: they would cost a look-up each per message, and chat.append has both rows at hand.
create table messages (
	conv_id bigint not null,
	seq bigint not null,
	sender_id bigint not null,
	kind entry_kind not null,
	ref bigint,
	body text not null,
	cid text,
	sent_at timestamptz not null,
	edited_at timestamptz,
	deleted_at timestamptz,
	primary key (conv_id, seq),
	unique (conv_id, sender_id, cid)
);
create index messages_edits on messages (conv_id, ref) where kind = 'edit';
comment on table messages is 'the log of every conversation; acknowledged means that the row is here';
comment on column messages.ref is 'edit, delete: the entry meant; kick, role: the user meant';
comment on column messages.body is 'the text; role: the new role; group: what was changed';
comment on column messages.cid is 'chosen by the sender: the same one sent again is the same message';

create table nodes (
	name text not null,
	boot_id text primary key,
	pid integer not null,
	version text not null,
	started_at timestamptz not null default now(),
	last_seen timestamptz not null default now(),
	sessions integer not null default 0,
	counters jsonb not null default '{}'
) with (fillfactor = 40);
comment on table nodes is 'one row per running chatd master; last_seen is its heartbeat, in this database''s time';
comment on column nodes.boot_id is 'one run of a master';

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
comment on column sessions.child is 'n-th child of that run of the master: pids come back, this does not';

create table group_invites (
	conv_id bigint not null references conversations on delete cascade,
	user_id bigint not null references users on delete cascade,
	by_id bigint not null references users on delete cascade,
	at timestamptz not null default now(),
	primary key (conv_id, user_id)
);
comment on table group_invites is 'who may join a group that is not open';

create table group_bans (
	conv_id bigint not null references conversations on delete cascade,
	user_id bigint not null references users on delete cascade,
	by_id bigint not null references users on delete cascade,
	at timestamptz not null default now(),
	primary key (conv_id, user_id)
);
comment on table group_bans is 'who may not join a group';

create table invites (
	code text primary key,
	created_at timestamptz not null default now(),
	expires_at timestamptz,
	used_by bigint references users on delete set null,
	used_at timestamptz
);
comment on table invites is 'registration codes; each is good for one account';
