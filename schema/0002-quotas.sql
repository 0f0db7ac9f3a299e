-- What one user may do, across sessions and nodes: the limits, and what was used of them. Functions are in code/quota.sql.

set local role chat_owner;
set local search_path = chat;

alter table settings
	add column text_minute bigint not null default 8388608 check (text_minute > 0),
	add column text_day bigint not null default 268435456 check (text_day > 0),
	add column strangers_hour integer not null default 60 check (strangers_hour >= 0),
	add column groups_created integer not null default 100 check (groups_created >= 0),
	add column groups_joined integer not null default 1000 check (groups_joined >= 0),
	add column invitations_day integer not null default 500 check (invitations_day >= 0),
	add column friends_hour integer not null default 200 check (friends_hour >= 0),
	add column friends integer not null default 5000 check (friends >= 0),
	add column devices integer not null default 50 check (devices > 0),
	add column search_bytes bigint not null default 8388608 check (search_bytes >= 1048576),
	add column presence text not null default 'mutual' check (presence in ('mutual', 'listed'));
comment on column settings.text_minute is 'bytes of text that one user may send in a minute';
comment on column settings.text_day is 'bytes of text that one user may send in a day (of UTC)';
comment on column settings.strangers_hour is 'conversations that one user may begin in an hour with people who do not have that user on their lists';
comment on column settings.groups_created is 'groups of which one user may be the creator, and may create in a day';
comment on column settings.groups_joined is 'groups in which one user may be';
comment on column settings.invitations_day is 'people whom one user may invite to groups in a day';
comment on column settings.friends_hour is 'people whom one user may put on the list in an hour';
comment on column settings.friends is 'people whom one user may have on the list';
comment on column settings.devices is 'devices of one user that may resume; with one more the longest unused has to log in again';
comment on column settings.search_bytes is 'bytes of text that one search looks through before it answers, and has to be asked on; less if what it looks for is long';
comment on column settings.presence is
	'who sees whether a user is online: mutual: mutual friends and fellow members of groups; listed: everybody who has the '
	'user on the list. Of users who only ever had a numbered client everybody who listed them sees it';

create table usage (
	user_id bigint not null references users on delete cascade,
	what text not null,
	since timestamptz not null,
	n bigint not null,
	primary key (user_id, what)
) with (fillfactor = 70);
comment on table usage is 'what users used of the limits in settings that are for a time; the newest such time only';
comment on column usage.user_id is 'who';
comment on column usage.what is 'of which limit, as settings call it';
comment on column usage.since is 'when that minute, hour or day began';
comment on column usage.n is 'how much since then';
grant select on usage to chat_read;
