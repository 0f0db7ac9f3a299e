#!/bin/sh
# Floods by users: many devices that ask for what takes long, and who types without end.
# shellcheck disable=SC2016
. t/lib.sh
stack --nodes 1
. t/talk.sh
people ann bob
enter ann
enter bob
yes ann '{"op":"group_create","name":"open"}'
open=$(field group.id)

section 'Who asks for much on many devices does so in turn with others'
turns=$((4 * $(nproc))) many=$((turns + 12))
sql 'update chat.settings set devices = 1000'
held() { # at PostgreSQL, by the lock
	sql_is "$1" "select count(*) from pg_stat_activity where application_name = 'chatd/a' and wait_event_type = 'Lock'"
}
spawn devices perl -MIO::Socket::INET -e '
	my ($addr, $count, $locked) = @ARGV;
	my @all = map {
		my $s = IO::Socket::INET->new($addr) or die;
		print $s qq({"op":"login","name":"bob","password":"bob-password","device":"d$_"}\n);
		while (<$s>) { last if /"ev":"synced"/ }
		$s } 1 .. $count;
	$| = 1;
	print "logged in\n";
	select undef, undef, undef, 0.05 until -s $locked;
	print $_ qq({"op":"group_join","group":"open","rid":7}\n) for @all;
	print "asked\n";
	my $ok = 0;
	for my $s (@all) { while (<$s>) { last unless /"rid":7/ ? do { $ok += /"ok":true/; 0 } : 1 } }
	print "$ok answered\n"' "$NODE_A" "$many" "$dir/locked"
t "$many devices of bob are there" eventually 60 grep -q '^logged in' "$dir/devices.out"
mkfifo "$dir/lock"
exec 7<>"$dir/lock"
psql -XAtq <"$dir/lock" >"$dir/locked" 2>&1 &
locker=$!
echo "begin; select 'locked' from chat.conversations where id = $open for no key update;" >&7
t 'all ask for what takes long' eventually 10 grep -q '^asked' "$dir/devices.out"
t "$turns of them stand at PostgreSQL" eventually 5 held "$turns"
t 'what is short is done meanwhile' yes ann '{"op":"send","to":"bob","cid":"short","text":"hi"}'
t 'and the others still wait' held "$turns"
printf 'commit;\n\\q\n' >&7
exec 7>&-
wait "$locker"
t 'in the end all are answered' eventually 20 grep -q "^$many answered" "$dir/devices.out"

section 'Who types without end is seen typing a few times, then once a second'
yes bob "{\"op\":\"typing\",\"conv\":$open}"
t 'ann sees it' hears ann '"ev":"typing"'
t_now
begun=$t_now
talk many bob "500 {\"op\":\"typing\",\"conv\":$open}"
yes bob "{\"op\":\"send\",\"conv\":$open,\"cid\":\"typed\",\"text\":\"at last\"}"
hears ann 'at last'
t_now
seen=$(sed -n '/"ev":"typing"/p' "$dir/ann.talk" | wc -l)
echo "# $seen times in $((t_now - begun)) ms"
t 'and then once a second' [ "$seen" -le $(((t_now - begun) / 1000 + 6)) ]

t 'all is well in the database' clean
finish
