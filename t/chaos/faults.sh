# shellcheck shell=sh disable=SC2034,SC2154,SC3045
# faults.sh - what the world does to servers, for t/chaos/faults and the tests. The stack's env is loaded and $dir
# is its directory. What lasts is begun and ended by two words.

# The network, by rules of nft in a network namespace of our own (in_namespace): what is dropped is dropped on the
# way in, so that the sender sees nothing.

# Begin SCRIPT (this one) again in a network namespace where nobody else's packets are. Needs root and nft.
in_namespace() { # SCRIPT [ARGUMENT]…
	[ "${CHAOS_NET-}" != "$$" ] || return 0
	why=$(unshare -n sh -ec 'ip link set lo up
		nft "add table inet chaos_try; add chain inet chaos_try in { type filter hook input priority 0; }
		add rule inet chaos_try in numgen random mod 100 < 30 reject with tcp reset"' 2>&1) || return 1
	exec unshare -n sh -c 'ip link set lo up && CHAOS_NET=$$ && export CHAOS_NET && exec "$@"' sh "$@"
}

# Where a link's packets go: client-nginx, nginx-node, node-Redis or node-PostgreSQL.
ports_of() { # client|node|bus|db|PORT
	case $1 in
	client) echo "${NGINX##*:}" ;;
	node) for n in $NODES; do sed 's/.*://' "$dir/$n.addr"; done | paste -sd, ;;
	bus) echo "${REDIS_TCP##*:}" ;;
	db) echo "${PG_TCP##*:}" ;;
	*) echo "$1" ;;
	esac
}

# to: what goes to the server; from: what it answers.
net_begin() { # LINK drop|reset|loss [to|from]
	[ -n "${CHAOS_NET-}" ] || return 1 # not in everybody's network
	case $2 in
	drop) verdict=drop ;;
	reset) verdict='tcp flags & rst == 0 reject with tcp reset' ;; # which has to get through itself
	loss) verdict='numgen random mod 100 < 30 drop' ;;
	esac
	{
		echo "add table inet chaos_$1; add chain inet chaos_$1 in { type filter hook input priority 0; }"
		[ "${3-}" = from ] || echo "add rule inet chaos_$1 in tcp dport { $(ports_of "$1") } $verdict"
		[ "${3-}" = to ] || echo "add rule inet chaos_$1 in tcp sport { $(ports_of "$1") } $verdict"
	} | nft -f -
}

net_end() { # LINK
	nft delete table inet "chaos_$1" 2>/dev/null
}

# Descriptors: none can be had any more, those that are open stay.
fds_begin() { # PID
	fds "$1" 3
}

fds_end() { # PID
	fds "$1" "$(ulimit -Hn)"
}

fds() { # PID MOST: as the one who it is; root may not everywhere
	as=
	[ "$(id -u)" != 0 ] || as=$(sed -nE 's/^Uid:\t([0-9]+).*/setpriv --reuid=\1/p; s/^Gid:\t([0-9]+).*/--regid=\1 --clear-groups --/p' "/proc/$1/status")
	$as prlimit --pid "$1" --nofile="$2": 2>/dev/null
}

traced() { # PID
	grep -q '^TracerPid:[^0-9]*[1-9]' "/proc/$1/status"
}

# Processes: the kernel has no room for another child of PID.
forks_begin() { # PID
	strace -o /dev/null -e trace=clone,clone3,fork,vfork -e inject=clone,clone3,fork,vfork:error=EAGAIN \
		-p "$1" 2>/dev/null &
	forks=$!
	while kill -0 $forks 2>/dev/null; do
		! traced "$1" || return 0
		sleep 0.1
	done
	return 1 # we may not trace
}

forks_end() {
	kill "$forks" 2>/dev/null
	wait "$forks" 2>/dev/null
}

# PostgreSQL's connections: others take all there are but the superuser's.
crowd=''
crowd_begin() {
	want=$(sql_value 'show max_connections')
	while [ "$want" -gt 0 ]; do
		"$PG_BIN/psql" -XAtq -U chatd -c 'select pg_sleep(600)' >/dev/null 2>&1 &
		crowd="$crowd $!"
		want=$((want - 1))
	done
}

is_crowded() {
	! "$PG_BIN/psql" -XAtq -U chatd -c 'select 1' >/dev/null 2>&1
}

crowd_end() {
	# shellcheck disable=SC2086
	kill $crowd 2>/dev/null
	crowd=''
	sql_value "select count(pg_terminate_backend(pid)) from pg_stat_activity where query = 'select pg_sleep(600)'" >/dev/null
}

sql_value() {
	"$PG_BIN/psql" -XAtqc "$1"
}

# PostgreSQL's disk, if it is one of its own (own_disk): full to the last byte.
own_disk() { # MB, before the stack is up
	mkdir -p "$dir/pg" && mount -t tmpfs -o "size=$1m,mode=0700" chatd-chaos "$dir/pg"
}

disk_begin() {
	# What is freed meanwhile, such as a segment that is recycled, goes too.
	head -c 100G /dev/zero >"$dir/pg/filler" 2>/dev/null
	! cat /dev/zero >>"$dir/pg/filler" 2>/dev/null
}

disk_end() {
	rm -f "$dir/pg/filler"
	t/stack node "$dir" postgres start
}
