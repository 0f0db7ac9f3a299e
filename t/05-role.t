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
t 'each call names the schema' is "$(grep -oE '(select|from) [a-z_.]+\(' db/*.c | grep -vE '^db/migrate.c:| (chat|pg_catalog)\.[a-z_]+\(')" ''
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
settings() { # REGEX: of the node's log, and of chatd -t
	eventually 10 grep -q "lvl=error ev=role_settings .*$1" "$dir/a.log" && exits 78 "$chatd" -t --db "host=$PGHOST port=$PGPORT user=chatd dbname=chat" --redis "$REDIS_URL" >"$dir/said" 2>&1 &&
		like "$(cat "$dir/said")" "not the settings that it was given: .*$1" && like "$(sql 'table chat.invariants')" "$1"
}
right() {
	eventually 10 eval '[ "$(grep ev=role_settings "$dir/a.log" | tail -n 1 | grep -c lvl=info)" = 1 ]' && is "$(sql 'table chat.invariants')" '' &&
		"$chatd" -t --db "host=$PGHOST port=$PGPORT user=chatd dbname=chat" --redis "$REDIS_URL"
}
t 'as given nothing is wrong' is "$(sql 'table chat.invariants'; grep role_settings "$dir/a.log")" ''
t 'it may give itself another one' as_chatd 'alter role chatd set synchronous_commit = off'
t 'and that shows' settings 'synchronous_commit=off'
t 'until it is gone' eval 'sql "alter role chatd reset synchronous_commit" && right'
t 'another value' as_chatd "alter role chatd in database chat set lock_timeout = '1h'"
t 'shows, too' settings 'lock_timeout=1h'
t 'none' as_chatd "alter role chatd in database chat reset lock_timeout"
t 'as well' settings 'lock_timeout=5s is missing'
t 'and as given all is right' eval "sql \"alter role chatd in database chat set lock_timeout = '5s'\" && right"

# A password is of no use where the kernel says who asks.
section 'Its password'
t 'it may give itself another one' as_chatd "alter role chatd password 'of a burglar'"
daemon=$(ps -o user= -p "$(cat "$dir/a.pid")")
sed -n 's/^    \(local .*peer.*\)/\1/p' docs/operating.md >"$dir/hba"
sed -n "s/^    \(chatd  *\)chatd\(  *chatd\)\$/\1$daemon\2/p" docs/operating.md >"$dir/pg/pg_ident.conf"
cat "$dir/pg/pg_hba.conf" >>"$dir/hba"
cat "$dir/hba" >"$dir/pg/pg_hba.conf"
sql 'select pg_reload_conf()' >/dev/null
of_a_burglar() {
	PGPASSWORD='of a burglar' as_chatd 'select 1' >"$dir/refused" 2>&1
	like "$(cat "$dir/refused")" 'Peer authentication failed for user "chatd"'
}
t 'which opens nothing' eventually 5 of_a_burglar
node a stop
t 'and shuts nobody out' node a start
t 'nor their clients' enter bob

# All that chat has is there once more, and what is asked beside it: whoever uses that fails.
section 'A search_path of somebody else'"'"'s'
sql "create schema evil; grant usage on schema evil to chatd;
do \$\$
declare r record;
begin
	for r in select relname from pg_class where relnamespace = 'chat'::regnamespace and relkind in ('r', 'v') loop
		execute format('create view evil.%I as select 1 / 0 as id', r.relname);
	end loop;
	for r in select distinct proname, oidvectortypes(proargtypes) as args from pg_proc where prokind = 'f' and (pronamespace = 'chat'::regnamespace
		or proname in ('pg_backend_pid', 'current_setting', 'has_function_privilege', 'now', 'set_config', 'clock_timestamp', 'lower', 'md5'))
	loop
		execute format('create function evil.%I(%s) returns bigint language sql as ''select 1::bigint / 0''', r.proname, r.args);
	end loop;
end \$\$;
alter role chatd set search_path = evil, pg_catalog"
t 'there is enough of it' [ "$(sql "select count(*) from pg_proc where pronamespace = 'evil'::regnamespace")" -gt 100 ]
node a stop
node a start
t 'it disturbs nobody who comes' eval 'people carol && for t_user in alice bob carol; do enter $t_user || break; done'
while IFS= read -r request; do
	t "asks: $request" yes alice "$request"
done <<'END'
{"op":"send","to":"bob","cid":"k","text":"hi"}
{"op":"edit","conv":1,"seq":1,"cid":"l","text":"hello"}
{"op":"delete","conv":1,"seq":1,"cid":"m"}
{"op":"history","to":"bob"}
{"op":"search","to":"bob","text":"h"}
{"op":"read","conv":1,"seq":1}
{"op":"ack","conv":1,"seq":1,"rid":1}
{"op":"typing","to":"bob"}
{"op":"convs"}
{"op":"friend_add","user":"bob"}
{"op":"friends"}
{"op":"friend_remove","user":"bob"}
{"op":"block","user":"carol"}
{"op":"unblock","user":"carol"}
{"op":"group_create","name":"team","join":"invite"}
{"op":"group_invite","group":"team","user":"bob"}
{"op":"group_set","group":"team","description":"ours","join":"open"}
{"op":"group_find","text":"te"}
{"op":"group_members","group":"team"}
{"op":"group_ban","group":"team","user":"carol"}
{"op":"group_unban","group":"team","user":"carol"}
{"op":"groups"}
{"op":"devices"}
{"op":"passwd","old":"alice-password","new":"alice-password"}
END
t 'bob joins' yes bob '{"op":"group_join","group":"team"}'
t 'is somebody' yes alice '{"op":"group_role","group":"team","user":"bob","role":"admin"}'
t 'and leaves' yes bob '{"op":"group_leave","group":"team"}'
t 'nobody minds' not grep 'ev=db_error' "$dir/a.log"
all=$(sql "select string_agg(format('alter function %s ', oid::regprocedure), ';') from pg_proc where pronamespace = 'chat'::regnamespace and proname in ('send', 'send_direct')")
send='{"op":"send","to":"bob","cid":"n","text":"hi"}'
t 'a function without its own would' eval 'sql "$(echo "$all;" | sed "s/;/ reset search_path;/g")" && no alice internal "$send"'
t 'as one with it does not' eval 'sql "$(echo "$all;" | sed "s/;/ set search_path = chat, pg_temp;/g")" && yes alice "$send"'
sql 'alter role chatd reset search_path; drop schema evil cascade' 2>/dev/null
t 'every invariant holds' is "$(sql 'table chat.invariants')" ''
finish
