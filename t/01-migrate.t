#!/bin/sh
# --migrate: what it applies, what it leaves alone, which programs run with what is there. The programs of other
# releases are this one with another schema in it.
. t/lib.sh

stack --nodes 1
user alice bob
san=
nm -u "$BUILD_DIR/chatd.o" | grep -q __asan && san='-fsanitize=address,undefined'

newest=$(find schema -name '0*.sql' | sed 's,.*/0*\([0-9]*\)-.*,\1,' | sort -n | tail -n 1)
level=$(sed -n 's/^level //p' schema/level)
oldest=$(sed -n 's/^oldest //p' schema/level)
higher=$((level + 1)) highest=$((level + 2))

newest=$(find schema -name '0*.sql' | sed 's,.*/0*\([0-9]*\)-.*,\1,' | sort -n | tail -n 1)
level=$(sed -n 's/^level //p' schema/level)
oldest=$(sed -n 's/^oldest //p' schema/level)
higher=$((level + 1)) highest=$((level + 2))

# another NAME: a checkout in DIR/NAME with a schema of its own, to be edited
another() {
	mkdir "$dir/$1"
	ln -s "$PWD"/* "$dir/$1"
	rm -f "$dir/$1/schema" "$dir/$1/build"
	cp -r "$2" "$dir/$1/schema"
	mkdir -p "$dir/$1/build/schema"
	ln -s "$BUILD_DIR"/* "$dir/$1/build" 2>/dev/null
	rm -f "$dir/$1/build/chatd"
}
# edit NAME FILE SED: of its schema; has to change something
edit() {
	cp "$dir/$1/schema/$2" "$dir/before"
	sed -i "$3" "$dir/$1/schema/$2"
	not cmp -s "$dir/$1/schema/$2" "$dir/before"
}
built() { # NAME
	make -s -C "$dir/$1" B=build SAN="$san" build/chatd
}
database() { # NAME: a new one, where psql and $db lead from now on
	sql "create database $1"
	at "$1"
}
at() {
	export PGDATABASE="$1"
	db="host=$PGHOST port=$PGPORT dbname=$1"
}
migrated() { # PROGRAM: with its words in DIR/words
	env -u BUILD_DIR "$1" --migrate --db "$db user=postgres" >"$dir/words" 2>&1
}
refused() { # PROGRAM REGEX: --migrate ends with 78 and that sentence
	exits 78 migrated "$1" && like "$(cat "$dir/words")" "$2"
}
starts() { # PROGRAM
	"$1" -t --db "$db user=chatd" --redis "$REDIS_URL" >"$dir/words" 2>&1
}
not_started() { # PROGRAM REGEX
	exits 78 starts "$1" && like "$(cat "$dir/words")" "$2"
}
# Every function and relation with the transaction that touched it last
objects() {
	sql "select 'function ' || proname, xmin from pg_proc where pronamespace = 'chat'::regnamespace union all
		select 'relation ' || relname, xmin from pg_class where relnamespace = 'chat'::regnamespace union all
		select 'rule of ' || ev_class::regclass, xmin from pg_rewrite where ev_class >= 16384 order by 1"
}
same_objects() {
	objects | diff "$dir/objects" -
}
touched() { # NAME…: these and no others, of those there were
	objects | diff "$dir/objects" - | sed -n 's/^< \(.*\)|.*/\1/p' >"$dir/touched"
	is "$(cat "$dir/touched")" "$(printf '%s\n' "$@")"
}
levels() {
	sql 'select tables, code, oldest from chat.schema_levels()'
}
may() { # ROLE FUNCTION
	sql "select has_function_privilege('$1', '$2', 'execute')"
}

# As it is
at chat
objects >"$dir/objects"
t 'migrating again' migrated "$chatd"
t 'changes nothing' same_objects
t 'and says nothing' is "$(cat "$dir/words")" ''
t 'what is in schema/ is in the database, and nothing else' is \
	"$(sql "select 'function ' || proname from pg_proc where pronamespace = 'chat'::regnamespace union all
		select 'view ' || viewname from pg_views where schemaname = 'chat'" | sort)" \
	"$(sed -nE '/^create function text_of/d; s/^create (or replace )?(function|view) ([a-z_0-9]+).*/\2 \3/p' schema/0*.sql schema/code/*.sql | sort)"
t 'every function, table, view and column says what it is' is "$(sql "
	select proname from pg_proc where pronamespace = 'chat'::regnamespace and obj_description(oid, 'pg_proc') is null union all
	select relname from pg_class where relnamespace = 'chat'::regnamespace and relkind in ('r', 'v')
		and obj_description(oid, 'pg_class') is null union all
	select attrelid::regclass || '.' || attname from pg_attribute join pg_class c on c.oid = attrelid
	where relnamespace = 'chat'::regnamespace and relkind in ('r', 'v') and attnum > 0 and not attisdropped
		and col_description(attrelid, attnum) is null")" ''

# A newer one, under a running node
another next schema
t 'a release with a higher level' edit next level "s/^level .*/level $higher/"
t 'another function' edit next code/friend.sql 's/select u.id, u.name,$/select u.id, upper(u.name),/'
t 'a view with one more column' edit next code/view.sql 's/s.connected_at as since$/&, s.pid/'
t 'can be built' built next
next=$dir/next/build/chatd
t 'does not start before the database has them' not_started "$next" "has schema $newest, level $level, .* needs $newest, level $higher: run chatd --migrate"
login alice "$NODE_A"
t 'alice has a friend' say_ok alice '{"op":"friend_add","rid":1,"user":"bob"}'
objects >"$dir/objects"
t 'it migrates' migrated "$next"
t 'the level is its own' is "$(levels)" "$newest|$higher|$oldest"
t 'what did not change is not touched' touched 'function friend_page' 'relation online' 'rule of chat.online'
t 'the rights are there' is "$(may chatd 'chat.friend_page(bigint,bigint,integer)')$(may public 'chat.friend_page(bigint,bigint,integer)')" tf
t 'the view has its column' is "$(sql 'select count(pid) from chat.online')" 1
t "the running node's calls go on" say_ok alice '{"op":"friends","rid":2}'
t 'with the new function' is "$(field 'friends[0].name')" BOB
t 'and send' say_ok alice '{"op":"send","rid":3,"to":"bob","cid":"k","text":"hi"}'
node a stop
node a start
t 'the program before starts' login alice "$NODE_A"
t 'and serves' say_ok alice '{"op":"send","rid":4,"to":"bob","cid":"l","text":"hi"}'
objects >"$dir/objects"
t 'it migrates, too' migrated "$chatd"
t 'but puts nothing over the higher level' same_objects
t 'and says so' like "$(cat "$dir/words")" "ev=migrate_newer .*level=$higher ours=$level"
t 'as before' is "$(levels)" "$newest|$higher|$oldest"

# One that leaves the first behind
another last "$dir/next/schema"
echo 'alter table chat.settings add column remark text;' >"$dir/last/schema/0099-remark.sql"
t 'a third level' edit last level "s/^level .*/level $highest/; s/^oldest .*/oldest $higher/"
t 'a function that the daemon need not call' edit last code/friend.sql '/^grant execute on function friend_requests/d'
t 'no view lag any more' edit last code/view.sql '/^create or replace view lag/,/^$/d'
t 'but a file with tables' built last
last=$dir/last/build/chatd
t 'it migrates as well' migrated "$last"
t 'the levels are its own' is "$(levels)" "99|$highest|$higher"
t 'a grant that is gone is revoked' is "$(may chatd 'chat.friend_requests(bigint)')" f
t 'and nothing else changes' touched 'function friend_requests' 'relation lag' 'relation settings' 'rule of chat.lag'
t 'what is gone is dropped' is "$(sql "select to_regclass('chat.lag') is null")" t
t 'it starts' starts "$last"
t 'so does the second' starts "$next"
too_old="serves programs of level $higher or newer, and this one has $level: run a newer chatd"
t 'the first does not' not_started "$chatd" "$too_old"
t 'nor in earnest' exits 78 timeout 10 "$chatd" --db "$db user=chatd" --redis "$REDIS_URL" --listen 127.0.0.1:0
t 'nor does it migrate' refused "$chatd" "$too_old"
t 'what runs goes on' say_ok alice '{"op":"send","rid":5,"to":"bob","cid":"m","text":"hi"}'

# What goes wrong goes wrong as a whole.
database half
t 'an empty database is not started on' not_started "$chatd" 'has schema 0, level 0, .*: run chatd --migrate'
t 'a database for what goes wrong' migrated "$chatd"
another broken "$dir/last/schema"
t 'a mistake in the last view' edit broken code/view.sql 's/^	from pg_class c/	from pg_klass c/'
t 'is not found when building' built broken
objects >"$dir/objects"
t 'but when migrating' refused "$dir/broken/build/chatd" 'at=.view size. why=.*pg_klass'
t 'then nothing has changed' same_objects
t 'no table either' is "$(sql "select count(*) from information_schema.columns where column_name = 'remark'")$(levels)" "0$newest|$level|$oldest"
sql 'alter table chat.settings add column remark text'
objects >"$dir/objects"
t 'nor when something is in the way' refused "$last" 'at=0099-remark.sql why=.*already exists'
t 'nothing at all' same_objects
another edited schema
t 'an old file is edited' edit edited 0001-tables.sql 's/1-50 characters,/one to fifty characters,/'
t 'which can be built' built edited
t 'and not migrated' refused "$dir/edited/build/chatd" 'ev=migration_edited .*file=0001-tables.sql'
t 'a paragraph that makes nothing' edit edited code/node.sql '1s/$/\n\ngrant select on nodes to chatd;/'
t 'cannot be built' not built edited
sql "insert into chat.schema_version values (98, '0098-other.sql', '')"
t "somebody else's tables are not started on" not_started "$chatd" "has schema 98 of the same level $level"
t 'and nothing is put over them' refused "$chatd" "has schema 98 of the same level $level"

database old
psql -XqAt <<-END
	create schema chat;
	create table chat.schema_version (version integer primary key, file text, sha256 text, applied_at timestamptz);
	insert into chat.schema_version select n, 'file' || n, '' from generate_series(1, 14) n;
	create function chat.schema_level() returns integer language sql return 14;
	grant usage on schema chat to chatd;
END
t 'a database of before levels is not started on' not_started "$chatd" 'of before schema levels.*run chatd --migrate on a new one'
t 'nor migrated' refused "$chatd" 'of before schema levels.*run chatd --migrate on a new one'

section 'a function that took fewer arguments'
database fewer
t 'a database' migrated "$chatd"
sql "set role chat_owner;
	do \$\$ begin execute format('drop function %s', 'chat.settings_set'::regproc::regprocedure); end \$\$;
	create function chat.settings_set(p_registration text default null, p_strangers text default null) returns void language sql as 'select';
	grant execute on function chat.settings_set to chatd;
	update chat.schema_objects set sha256 = '' where object = 'function settings_set'"
t 'of before is migrated' migrated "$chatd"
t 'it is there once' sql_is 1 "select count(*) from pg_proc where proname = 'settings_set'"
t 'and a program of before calls it as ever' env PGUSER=chatd psql -XAtqc "select chat.settings_set('closed', 'deny')"
t 'which it heeds' sql_is 'closed|deny|mutual' 'select registration, strangers, presence from chat.settings'

# Locks
mkfifo "$dir/holder.in"
holding() { # STATEMENT…, in a transaction of its own that stays open
	psql -XqAt <"$dir/holder.in" >"$dir/holder.out" 2>&1 &
	holder=$!
	exec 7>"$dir/holder.in"
	printf '%s;\n' begin "$@" "select 'held'" >&7
	eventually 10 grep -q held "$dir/holder.out"
}
release() {
	exec 7>&-
	wait "$holder"
}
migrating() { # NAME PROGRAM: in the background, its words in DIR/words.NAME, its end in DIR/status.NAME
	{
		"$2" --migrate --db "$db user=postgres" >"$dir/words.$1" 2>&1
		echo $? >"$dir/status.$1"
	} 7>&- &
}
database two
holding 'select pg_advisory_xact_lock(7236684)'
migrating 1 "$chatd"
migrating 2 "$chatd"
t 'two at once wait for their turn' eventually 20 sql_is 2 "select count(*) from pg_locks where locktype = 'advisory'
	and not granted and database = (select oid from pg_database where datname = 'two')"
release
t 'the first comes through' eventually 30 [ -s "$dir/status.1" ]
t 'and the second' eventually 30 [ -s "$dir/status.2" ]
t 'both well' is "$(cat "$dir/status.1" "$dir/status.2")" "$(printf '0\n0')"
t 'one of them has done it' is "$(cat "$dir/words.1" "$dir/words.2" | grep -c 'ev=migrated')" 1

tried() { # TIMES, while others read
	PGOPTIONS='-c lock_timeout=5s' psql -XAtq -c 'select count(*) from chat.online' >>"$dir/read" 2>&1
	[ "$(grep -c 'ev=migrate_waits .*at=.view online' "$dir/words.3")" -ge "$1" ]
}
holding 'lock table chat.online in access share mode' # as a dump does
migrating 3 "$next"
t 'a dump is in the way of a migration, which tries again' eventually 60 tried 3
t 'others do not wait behind it' is "$(sort -u "$dir/read")" 0
t 'nor see a part of it' is "$(levels)" "$newest|$level|$oldest"
release
t 'it ends when the dump has ended' eventually 30 [ -s "$dir/status.3" ]
t 'well' is "$(cat "$dir/status.3") $(levels)" "0 $newest|$higher|$oldest"

section 'a database that does not say what it is'
database mute
t 'it is migrated' migrated "$chatd"
sql 'delete from chat.settings'
t 'without its settings it is refused with a sentence' refused "$chatd" 'schema'
t 'and not started on' not_started "$chatd" 'schema'

at chat
t 'the old one still serves' say_ok alice '{"op":"send","rid":6,"to":"bob","cid":"n","text":"hi"}'
finish
