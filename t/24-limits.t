#!/bin/sh
# Limits: what happens when there is no more of something. PostgreSQL has no connection left, a process no
# descriptor, the kernel no process, PostgreSQL no disk: who is here stays, nothing is acknowledged that is not
# stored, and all is normal 5 s after there is enough again.
# shellcheck disable=SC1091,SC2154
. t/lib.sh
. t/chaos/faults.sh

disk=''
if own_disk 300 2>"$dir/why"; then
	disk=1
	trap 't/stack down "$dir"; umount -l "$dir/pg"; t_exit' EXIT
fi
stack --nodes 1 --postgres '-c max_connections=30 -c max_wal_size=64MB'
user alice bob carol
login alice
expect alice '"synced"'
login bob
expect bob '"synced"'
n=0

# What alice says and bob hears, as the N-th text.
text() {
	n=$((n + 1))
	object="{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"k$n\",\"text\":\"text $n.\"}"
}

# All sessions lose theirs.
terminate() {
	sql "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chatd/a'" >/dev/null
}

serves() {
	echo '{"op":"ping"}' | "$chat" -s "$NODE_A" pipe 2>&1 | grep '"ok":true'
}

# Processor time a process has used, in 1/100 s.
ticks() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}
before="$(pid_of alice) $(pid_of bob)"
master=$(cat "$dir/a.pid")
alices=$(pid_of alice)

section 'max_connections'
crowd_begin
t 'PostgreSQL has no connection left' eventually 20 is_crowded
text
say alice "$object"
t 'who has one goes on' expect alice '"ok":true' 2
t 'to the other' expect bob "text $n\." 2
open carol
say carol '{"op":"login","name":"carol","password":"carol-password"}'
t 'who has none is told' expect carol '"ok":false,"error":"unavailable"' 5
terminate
crowd_begin
t 'others take also those that sessions had' eventually 20 is_crowded
text
say alice "$object"
t 'then nothing is acknowledged' expect alice '"ok":false,"error":"unavailable"' 5
crowd_end
t 'there are connections again: all is normal 5 s later' eventually 5 say_ok alice "$object" 1
t 'and bob hears it' expect bob "text $n\." 5
t 'carol comes in by the connection she had' eventually 5 say_ok carol '{"op":"login","name":"carol","password":"carol-password"}' 1
close carol

section 'EMFILE'
terminate
fds_begin "$alices"
text
say alice "$object"
t 'a session without descriptors cannot reach PostgreSQL: nothing is acknowledged' expect alice '"error":"unavailable"' 5
t 'the log says why' grep -q 'db_unreachable.*Too many open files' "$dir/a.log"
fds_end "$alices"
t 'with descriptors it can, 5 s later' eventually 5 say_ok alice "$object" 1
t 'and bob hears it' expect bob "text $n\." 5

fds_begin "$master"
spent=$(ticks "$master")
open carol
say carol '{"op":"login","name":"carol","password":"carol-password"}'
t 'a master without descriptors says so' eventually 5 grep -q 'ev=accept.*Too many open files' "$dir/a.log"
text
say alice "$object"
t 'its sessions go on' expect alice '"ok":true' 2
t 'among themselves' expect bob "text $n\." 2
t 'nobody comes in' not expect carol '"ok":' 1
t 'it does not spin' [ $(($(ticks "$master") - spent)) -lt 20 ]
fds_end "$master"
close carol
t 'with descriptors it takes clients, 5 s later' eventually 5 serves

section 'fork'
if forks_begin "$master"; then
	ps -o pid=,args= --ppid "$master" | awk '/chatd: spare/ { print $1 }' | xargs kill -KILL
	t 'the kernel has no process left: the master says so' eventually 5 grep -q 'ev=spawn_failed' "$dir/a.log"
	spent=$(ticks "$master")
	text
	say alice "$object"
	t 'who is here goes on' expect alice '"ok":true' 2
	t 'with the others' expect bob "text $n\." 2
	open carol
	say carol '{"op":"login","name":"carol","password":"carol-password"}'
	t 'who comes waits' not expect carol '"ok":' 1
	t 'it does not spin' [ $(($(ticks "$master") - spent)) -lt 20 ]
	forks_end
	t 'there are processes again: who waited is in, 6 s later' expect carol '"ok":true' 6
	close carol
else
	skip 'the kernel has no process left' 'strace may not trace here'
fi

section 'The disk'
if [ -n "$disk" ]; then
	disk_begin
	for _ in $(seq 500); do # until the page that is begun is full too
		text
		say alice "$object"
		expect alice '"ok":' 15
		case $line in *'"ok":false'*) break ;; esac
	done
	t 'the disk is full: nothing is acknowledged' like "$line" '"error":"unavailable"'
	t 'nor later' not eventually 2 say_ok alice "$object" 1
	disk_end
	t 'there is room again: all is normal 5 s later' eventually 5 say_ok alice "$object" 1
	t 'and bob hears it' expect bob "text $n\." 5
else
	skip 'PostgreSQL has a full disk' "$(head -n 1 "$dir/why")"
fi

t 'alice and bob have the sessions they had' is "$(pid_of alice) $(pid_of bob)" "$before"
t 'every text is there once' is "$(sql 'select count(*), count(distinct cid) from chat.messages')" "$n|$n"
t 'no invariant is broken' clean
finish
