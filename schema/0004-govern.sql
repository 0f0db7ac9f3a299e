-- Governing: what administrators decide, what the nodes have to do about it, and who did what. The functions are in
-- code/rule.sql.
set local role chat_owner;
set local search_path = chat;

create table outbox (
	id bigint generated always as identity primary key,
	boot_id text not null references nodes on delete cascade,
	what text not null check (what in ('look', 'names', 'tell', 'member', 'entry', 'deny', 'purge')),
	user_id bigint,
	conv_id bigint,
	seq bigint,
	line text
);
create index outbox_node on outbox (boot_id, id);
comment on table outbox is 'what a running node has to do or to publish, because SQL cannot; its keeper takes the rows away';
comment on column outbox.id is 'the order';
comment on column outbox.boot_id is 'the run of the master that is to do it';
comment on column outbox.what is
	'look: sessions of the user see whether they may go on; names: sessions forget the names they know; tell: an event to the '
	'user or the group; member: to the user, whose membership of the conversation changed; entry: an entry of a group''s log; '
	'deny, purge: the lists have changed';
comment on column outbox.user_id is 'who; entry: whose membership ends with it';
comment on column outbox.conv_id is 'which conversation';
comment on column outbox.seq is 'which entry';
comment on column outbox.line is 'the event, as the protocol writes it, without the line end';

create table audit (
	id bigint generated always as identity primary key,
	at timestamptz not null default clock_timestamp(),
	by text not null default session_user,
	what text not null,
	user_id bigint,
	conv_id bigint,
	detail text
);
create index audit_user on audit (user_id);
comment on table audit is 'which administrator did what; table chat.audit_list has the names';
comment on column audit.id is 'the order';
comment on column audit.at is 'when';
comment on column audit.by is 'the PostgreSQL role that was logged in';
comment on column audit.what is 'the function';
comment on column audit.user_id is 'to whom; names are not kept, so that nothing is left of who is erased';
comment on column audit.conv_id is 'to which group';
comment on column audit.detail is 'what else was said; never a text, a password or a user''s name';
grant select on audit to chat_admin;

create table denied (
	block cidr primary key,
	at timestamptz not null default now()
);
comment on table denied is 'from where no connection is accepted';
comment on column denied.block is 'addresses';
comment on column denied.at is 'since when';
grant select on denied to chat_read;

alter table conversations
	add column first_seq bigint not null default 1,
	add column keep_days integer check (keep_days >= 7);
comment on column conversations.first_seq is 'the first number that is kept; lower ones were purged and do not exist for anybody';
comment on column conversations.keep_days is 'group: for so many days entries are kept; null: as settings say';

alter table settings
	add column keep_days integer check (keep_days >= 7),
	add column purge_before timestamptz;
comment on column settings.keep_days is 'for so many days entries are kept; null: for ever';
comment on column settings.purge_before is 'what is older is to be purged, see purge()';

alter table invites
	add column uses integer not null default 1 check (uses > 0),
	add column used integer not null default 0,
	add column group_id bigint references conversations;
update invites set used = 1 where used_at is not null;
comment on table invites is 'registration codes';
comment on column invites.uses is 'for how many accounts it is good';
comment on column invites.used is 'how many were registered with it';
comment on column invites.group_id is 'the group these are in from the beginning';
comment on column invites.used_by is 'whose account was registered with it last';
comment on column invites.used_at is 'when that was';
