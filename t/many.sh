# shellcheck shell=sh disable=SC2034
# many.sh - a group of many (t/many.pl), to be read after t/lib.sh; and how often PostgreSQL was asked, where it runs
# with track_functions=all.

# many COUNT: alice, who is logged in, makes the group crowd and has so many in it, many-1 … with a token each; sets conv.
many() {
	say_ok alice '{"op":"group_create","name":"crowd"}' >/dev/null
	sql "set search_path = chat;
	insert into users (name, password) select 'many-' || i, '' from generate_series(1, $1) i;
	insert into devices (user_id, name, token_hash) select id, 'x', sha256(name::bytea) from users where name ~ '^many-';
	select group_join(id, 'crowd', null) from users where name ~ '^many-';
	insert into cursors select d.id, c.id, c.last_seq from devices d, conversations c where d.name = 'x' and c.name = 'crowd';
	analyze" >/dev/null
	conv=$(sql "select id from chat.conversations where name = 'crowd'")
}
calls() { # FUNCTION…: of theirs
	sql "select coalesce(sum(calls), 0) from pg_stat_user_functions where funcname = any ('{$(echo "$*" | tr ' ' ,)}')"
}
called() { # COUNT FUNCTION: more often than that
	[ "$(calls "$2")" -gt "$1" ]
}
all_counted() { # a backend that has nothing to do tells what it has counted after 10 s
	eventually 30 called $(($(calls node_beat) + 4)) node_beat
}
