#!/bin/sh
# The role chatd: all that it may do in the database, and what it may not.
. t/lib.sh
stack --nodes 1
. t/talk.sh
user alice bob

as_chatd() { # STATEMENT
	PGUSER=chatd psql -XAtq -v ON_ERROR_STOP=1 -c "$1"
}
refused() { # STATEMENT: for want of a right
	not as_chatd "$1" >"$dir/refused" 2>&1 && like "$(cat "$dir/refused")" 'permission denied|must be (owner|superuser|a superuser)'
}

section 'what it may do'
t 'it may call what schema/code/ grants it, and nothing else' is \
	"$(sql "select distinct proname from pg_proc where pronamespace = 'chat'::regnamespace and has_function_privilege('chatd', oid, 'execute') order by 1")" \
	"$(sed -nE 's/^grant execute on function ([a-z_0-9]+).* to .*\<chatd\>.*/\1/p' schema/code/*.sql | sort -u)"
t 'all of it is of chat_owner, with its own search_path' sql_is '' "select proname from pg_proc
	where pronamespace = 'chat'::regnamespace and has_function_privilege('chatd', oid, 'execute')
	and not (prosecdef and proowner = 'chat_owner'::regrole and 'search_path=chat, pg_temp' = any (proconfig))"
t 'each call names the schema' is "$(grep -oE '(select|from) [a-z_.]+\(' db/*.c | grep -vE '^db/migrate.c:| (chat\.[a-z_]+|pg_backend_pid)\(')" ''
t 'one function gives a hash away' sql_is user_auth.password "select proname || '.' || a from pg_proc, unnest(proargnames) with ordinality n(a, i)
	where pronamespace = 'chat'::regnamespace and has_function_privilege('chatd', pg_proc.oid, 'execute')
	and (proargmodes[i] in ('o', 't') and a ~ 'password|hash')"
t 'and none a row of a table that has some' sql_is '' "select proname from pg_proc join pg_type t on t.oid = prorettype
	where pronamespace = 'chat'::regnamespace and has_function_privilege('chatd', pg_proc.oid, 'execute')
	and typrelid in ('chat.users'::regclass, 'chat.devices'::regclass)"
t 'it has no right on any table, view or sequence' sql_is '' "select relname from pg_class where relnamespace = 'chat'::regnamespace and
	case relkind when 'S' then has_sequence_privilege('chatd', oid, 'usage, select, update') when 'i' then false
	else has_table_privilege('chatd', oid, 'select, insert, update, delete, truncate, references, trigger') or has_any_column_privilege('chatd', oid, 'select, insert, update, references') end"
t 'it can create nothing anywhere' sql_is '' "select nspname from pg_namespace where has_schema_privilege('chatd', oid, 'create')
	union all select 'database' where has_database_privilege('chatd', current_database(), 'create, temporary')"
t 'it is nothing but a login' sql_is 'f f f f f f t' "select concat_ws(' ', rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
	exists (select from pg_auth_members m where m.member = r.oid), rolcanlogin) from pg_roles r where rolname = 'chatd'"
t 'and owns nothing' sql_is 0 "select count(*) from pg_shdepend where refobjid = 'chatd'::regrole and deptype = 'o'"

section 'what it tries'
while IFS= read -r statement; do
	t "refused: $statement" refused "$statement"
done <<'END'
select * from chat.users
select password from chat.users
select * from chat.devices
table chat.online
insert into chat.users (name, password) values ('eve', '')
update chat.users set password = ''
select chat.user_of('alice', null)
select chat.skeleton('x')
select chat.invite_create()
select rolpassword from pg_authid
select * from pg_statistic
select lo_create(0)
select lo_creat(-1)
select lo_from_bytea(0, 'x')
select pg_terminate_backend(pid) from pg_stat_activity where usename = 'chatd' and pid <> pg_backend_pid()
select pg_cancel_backend(pid) from pg_stat_activity where usename = 'chatd' and pid <> pg_backend_pid()
create table public.x ()
create table chat.x ()
create temp table x ()
create function chat.x() returns int language sql return 1
create schema x
create role x
alter role chatd superuser
alter role chat_owner login
alter role chat_owner password 'x'
set role chat_owner
drop function chat.user_auth
alter function chat.send owner to chatd
copy (select 1) to program 'true'
select pg_read_file('/etc/passwd')
END
t 'hashes by what a view leaves in the statistics: none' is "$(as_chatd "select count(*) from pg_stats where schemaname = 'chat'")" 0

# This nobody can forbid it. So nothing depends on it, and it shows.
section 'its own settings'
call alice
t 'nothing is broken' is "$(sql 'table chat.invariants')" ''
t 'it may give itself a search_path' as_chatd 'alter role chatd set search_path = pg_temp, public'
node a stop
node a start
t 'nobody minds' enter alice
t 'alice writes' yes alice '{"op":"send","to":"bob","cid":"k","text":"hi"}'
t 'but it shows' like "$(sql 'table chat.invariants')" '^the role chatd has settings that nobody here gave it\|\|search_path='
sql 'alter role chatd reset search_path'
t 'until somebody takes it away' is "$(sql 'table chat.invariants')" ''
finish
