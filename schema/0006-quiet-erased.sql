-- Sessions of which nobody is told, and accounts that are no more.

set local role chat_owner;
set local search_path = chat;

alter table sessions add quiet boolean not null default false;
comment on column sessions.quiet is 'of a command that is there for a moment: nobody is told, and it makes nobody online';
alter table users add erased_at timestamptz;
comment on column users.erased_at is 'when the account was erased; its row stays for the numbers in the logs';

-- code/ makes them with one more argument, which has a default: the program before calls the same.
drop function if exists session_start(bigint, bigint, boolean, text, text, bigint, integer, text);
drop function if exists session_open(bigint, text, bytea, text, text, bigint, integer, text);
drop function if exists session_resume(bytea, text, text, bigint, integer, text);
drop function if exists session_check(bigint, bigint, bytea, text, text, bigint, integer, text);
delete from schema_objects
where object in ('function session_start', 'function session_open', 'function session_resume', 'function session_check');
