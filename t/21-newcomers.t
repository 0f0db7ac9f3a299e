#!/bin/sh
# Newcomers that are stopped in the midst of their login, at each system call of it, with whatever they hold then: a
# place, a turn at hashing, one at connecting to PostgreSQL; as many at once as there are turns. Others log in meanwhile,
# as soon as what was held is taken for lost; and when those who were stopped are killed, too.
# shellcheck disable=SC1091,SC2016,SC2154
. t/lib.sh
. t/chaos/faults.sh

strace -o /dev/null -e trace=none true 2>/dev/null || skip_all 'strace may not trace here'
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" PASSWORD=other-password
turns=$((2 * $(nproc))) # at connecting; half as many at hashing
most=12                 # of one call: later ones meet nothing new
stack --nodes 1 --chatd "--newcomers $((2 * turns))"
. t/talk.sh
people other
sql "insert into chat.users (name, password) select p || n, (select password from chat.users where name = 'other')
	from (values ('victim'), ('u')) v(p), generate_series(1, $turns) n" >/dev/null

newcomers() { # PIDs
	ps -o pid=,args= --ppid "$(cat "$dir/a.pid")" | sed -n 's/^ *\([0-9]*\) chatd: session [^ ]*$/\1/p'
}
there_are() { # COUNT of them
	[ "$(newcomers | wc -l)" = "$1" ]
}
traced_all() {
	for p in $victims; do
		traced "$p" || return
	done
}
count() { # REGEX: in what strace said
	grep -cE "$1" "$dir/strace"
}
others_log_in() { # from another address, soon
	said=$(perl t/room.pl logins "$NODE_A" 127.0.0.9 1 u)
	ms=${said#* } ms=${ms%% *}
	[ "$ms" -le "$longest" ] || longest=$ms
	[ "${said%% *}" = 1 ] && [ "$ms" -le "$soon" ] || ! echo "$said"
}

# point CALL K: false if no victim came so far as to be stopped there.
point() {
	for i in $(seq $turns); do
		call "victim$i" && yes "victim$i" '{"op":"hello"}' || exit 1
	done
	eventually 5 there_are "$turns"
	victims=$(newcomers)
	: >"$dir/strace"
	# shellcheck disable=SC2046
	spawn strace strace -o "$dir/strace" -e "trace=$1" -e "inject=$1:signal=STOP:when=$2" $(printf -- '-p %d ' $victims)
	eventually 10 traced_all
	for i in $(seq $turns); do
		talk put "victim$i" "{\"op\":\"login\",\"name\":\"victim$i\",\"password\":\"other-password\"}"
	done
	eventually 10 stopped_or_in
	stopped=$(count 'stopped by SIGSTOP')
	if [ "$stopped" -gt 0 ]; then
		t "$stopped stopped after $1 $2: others log in" others_log_in
		# shellcheck disable=SC2086
		kill -KILL $victims
		t 'and when they are killed there' others_log_in
	fi
	close strace
	# shellcheck disable=SC2086
	kill -CONT $victims 2>/dev/null # who was stopped since
	for i in $(seq $turns); do
		hang "victim$i"
	done
	eventually 10 all_have_gone
	[ "$stopped" -gt 0 ]
}
stopped_or_in() {
	[ "$(count 'stopped by SIGSTOP')" -gt 0 ] || ! newcomers | grep -q .
}
all_have_gone() {
	for p in $victims; do
		! kill -0 "$p" 2>/dev/null || return
	done
}

section 'All turns'
points=0 longest=0
soon=6000 # two turns at hashing, which are the longest
for call in futex mmap munmap socket connect getsockopt poll sendto recvfrom close; do
	k=1
	while [ $k -le $most ] && point $call $k; do
		points=$((points + 1)) k=$((k + 1))
	done
done
echo "# the longest wait was $longest ms"
t "$points points" [ $points -ge 20 ]
t 'nobody is left behind' eventually 10 sql_is '' "select name from chat.session_list where name <> 'other'"

section 'The only place'
echo '--newcomers 1' >"$dir/chatd.options"
node a stop && node a start
turns=1 soon=16500 # others are given it, too, after 15 s
point sendto 2
t 'clean' clean
finish
