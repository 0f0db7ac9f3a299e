-- From where an account logs in: whoever guesses its password elsewhere must not keep it from doing so.

set local role chat_owner;
set local search_path = chat;

create table known_sources (
	user_id bigint not null references users on delete cascade,
	source cidr not null,
	last_login timestamptz not null default now(),
	primary key (user_id, source)
);
comment on table known_sources is 'from where an account logged in within 30 days: guesses from elsewhere do not delay its logins from there';
comment on column known_sources.user_id is 'the account';
comment on column known_sources.source is 'an IPv4 address or the /64 of an IPv6 one; ::/128: a Unix socket';
comment on column known_sources.last_login is 'of the newest login from there, up to a day older';
