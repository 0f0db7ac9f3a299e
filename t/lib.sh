# shellcheck shell=sh
# lib.sh - the words of the tests. A file reads like a conversation and runs from the top of the checkout:
#
#	. t/lib.sh
#	stack --nodes 2
#	user alice bob
#
#	section 'Messages'
#	login alice "$NODE_A"
#	say alice '{"op":"send","rid":1,"to":"bob","cid":"k","text":"hi"}'
#	t 'a message is acknowledged' expect alice '"rid":1,"ok":true'
#	t 'with the first number' is "$(field seq)" 1
#	t 'and stored' is "$(sql 'select count(*) from chat.messages')" 1
#	finish
#
# On the way out all servers must leave as told, with no child behind and nothing from a sanitizer in a log.
# A red file keeps its directory and says where.

set -u
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME
case ${BUILD_DIR:=build} in /*) ;; *) BUILD_DIR=$PWD/$BUILD_DIR ;; esac
export BUILD_DIR
dir=$(mktemp -d "${TMPDIR:-/tmp}/chatd-t.XXXXXX") || exit 1
mkdir "$dir/home"
export HOME="$dir/home"
# shellcheck disable=SC2034
chatd=$BUILD_DIR/chatd chat=$BUILD_DIR/chat
line='' t_count=0 t_red=0 t_done=0 t_section='' t_said=$dir/said
t_file=t/$(basename "$0")

# stack [OPTION]…: servers of our own, see t/stack. STACK_OPTIONS runs everything once more in another shape.
stack() {
	# shellcheck disable=SC2086
	t/stack up "$dir" "$@" ${STACK_OPTIONS-} || exit 1
	# shellcheck disable=SC1091
	. "$dir/env"
	PATH=$PG_BIN:$PATH # Debian's psql is a wrapper, 20 times as slow
}

node() { # NAME start|stop|kill
	t/stack node "$dir" "$@"
}

sql() {
	psql -XAtq -v ON_ERROR_STOP=1 -c "$*"
}

# Where a few users say and make what many would.
unlimited() {
	sql "update chat.settings set text_minute = 1::bigint << 40, text_day = 1::bigint << 40, strangers_hour = 1000000,
		groups_created = 1000000, groups_joined = 1000000, invitations_day = 1000000, friends_hour = 1000000"
}

# section WORDS: what the sentences from here on are about. Red ones say it.
section() {
	t_section=$*
}

# t SENTENCE COMMAND…: the sentence is true if the command succeeds. What it says is shown if not.
t() {
	t_count=$((t_count + 1)) t_sentence=$1
	shift
	if "$@" >"$t_said" 2>&1; then
		echo "ok $t_count - $t_sentence"
	else
		t_red=1
		echo "not ok $t_count - $t_sentence"
		{
			printf '%s%s: not ok - %s\n%s\n' "$t_file" "${t_section:+, $t_section}" "$t_sentence" "$*"
			cat "$t_said"
		} | head -n 40 | sed 's/^/# /' >&2
	fi
}

# beside NAME COMMAND…: meanwhile, by another process with sentences and variables of its own; for what has to wait long.
# Connections are those of the directory, so it calls its own by names of its own.
beside() {
	t_name=$1
	shift
	{
		trap - EXIT
		t_count=0 t_said=$dir/said-$t_name t_over=$dir/$t_name.lane.over
		"$@"
		echo over >"$t_over"
	} >"$dir/$t_name.lane" &
	echo $! >"$dir/$t_name.lane.pid"
}

# together NAME…: waits for them, and says what they had to say.
together() {
	for t_name; do
		read -r t_pid <"$dir/$t_name.lane.pid"
		wait "$t_pid"
		while IFS= read -r t_words; do
			case $t_words in
			'ok '* | 'not ok '*)
				t_count=$((t_count + 1)) t_ok=${t_words%%ok *}ok t_words=${t_words#*ok }
				echo "$t_ok $t_count ${t_words#* }"
				[ "$t_ok" = ok ] || t_red=1
				;;
			*) printf '%s\n' "$t_words" ;;
			esac
		done <"$dir/$t_name.lane"
		[ -s "$dir/$t_name.lane.over" ] || t "$t_name came to its end" false
		rm -f "$dir/$t_name.lane"*
	done
}

# skip SENTENCE REASON: this machine cannot show it.
skip() {
	t_count=$((t_count + 1))
	echo "ok $t_count - $1 # SKIP $2"
}

# skip_all REASON: nor anything else of this file. Before stack.
skip_all() {
	echo "1..0 # SKIP $1"
	rm -rf "$dir"
	trap - EXIT
	exit 0
}

is() { # GOT WANTED
	[ "$1" = "$2" ] || ! printf 'got:    %s\nwanted: %s\n' "$1" "$2"
}

sql_is() { # WANTED STATEMENT: asked each time, so eventually can wait for it
	is "$(sql "$2")" "$1"
}

like() { # GOT REGEX
	printf '%s\n' "$1" | grep -qE -e "$2" || ! printf 'got:         %s\nwanted like: %s\n' "$1" "$2"
}

not() {
	! "$@"
}

exits() { # STATUS COMMAND…
	t_want=$1 t_got=0
	shift
	"$@" || t_got=$?
	is "exit status $t_got" "exit status $t_want"
}

# eventually SECONDS COMMAND…: the only wait there is.
eventually() {
	t_now
	t_seconds=$1
	shift
	t_until $((t_now + t_seconds * 100)) 0.01 "$@"
}

t_now() { # in 1/100 s, without a fork
	read -r t_now _ </proc/uptime
	t_now=${t_now%.*}${t_now#*.}
}

# A function's arguments are its own, so what is waited for may wait itself. Asks soon at first, then less often.
t_until() { # END PAUSE COMMAND…
	until t_rest "$@"; do
		t_now
		[ "$t_now" -lt "$1" ] || return 1
		sleep "$2"
		case $2 in
		0.01)
			t_end=$1
			shift 2
			t_until "$t_end" 0.05 "$@"
			return
			;;
		esac
	done
}

t_rest() {
	shift 2
	"$@"
}

# spawn NAME COMMAND…: in the background with its words in DIR/NAME.out and .err, until the end or close NAME.
spawn() {
	t_name=$dir/$1
	shift
	env --default-signal=INT,QUIT "$@" </dev/null >"$t_name.out" 2>"$t_name.err" &
	echo $! >"$t_name.proc"
}

# open NAME [ADDR]: a connection to hold a conversation over, with DIR/NAME.in, .out and .err.
open() {
	rm -f "$dir/$1.in" && mkfifo "$dir/$1.in"
	echo 0 >"$dir/$1.heard"
	: >"$dir/$1.out"
	# Open it before the client runs, or what say writes first is lost; for reading and writing, so that the
	# client never sees an end.
	{
		"$chat" -s "${2:-$NODE_A}" pipe <&3 3<&- >"$dir/$1.out" 2>"$dir/$1.err" &
		echo $! >"$dir/$1.proc"
	} 3<>"$dir/$1.in"
}

say() { # NAME OBJECT
	# For reading too: does not hang if the client is gone.
	printf '%s\n' "$2" 1<>"$dir/$1.in"
}

# expect NAME REGEX [SECONDS]: a line that NAME gets after the last one expected; it is in $line then.
expect() {
	eventually "${3:-10}" t_hear "$1" "$2" && return
	printf '%s has not heard: %s\nbut since then:\n' "$1" "$2"
	tail -n +$(($(cat "$dir/$1.heard") + 1)) "$dir/$1.out" "$dir/$1.err"
	return 1
}

# say_ok NAME OBJECT [SECONDS]: and its answer, in $line, is ok. `eventually 5 say_ok NAME OBJECT 1` asks again
# as clients do, with the same cid.
say_ok() {
	say "$1" "$2"
	expect "$1" '"ok":' "${3:-10}" && like "$line" '"ok":true'
}

t_hear() {
	read -r t_at <"$dir/$1.heard"
	t_hit=$(tail -n +$((t_at + 1)) "$dir/$1.out" | grep -nEm1 -e "$2") || return 1
	t_at=$((t_at + ${t_hit%%:*}))
	# Whole lines only.
	[ "$(wc -l <"$dir/$1.out")" -ge $t_at ] || return 1
	line=${t_hit#*:}
	echo $t_at >"$dir/$1.heard"
}

field() { # a path in $line: seq, user.name
	printf '%s\n' "$line" | jq -r ".$1"
}

close() { # NAME…, of open or spawn
	for t_name; do
		read -r t_pid <"$dir/$t_name.proc" && kill "$t_pid" 2>/dev/null
		eventually 10 not kill -0 "$t_pid" 2>/dev/null || kill -KILL "$t_pid"
		wait "$t_pid"
		rm -f "$dir/$t_name.proc"
	done
}

# user NAME…: accounts, password NAME-password.
user() {
	for t_user; do
		open "$t_user"
		say "$t_user" "{\"op\":\"register\",\"name\":\"$t_user\",\"password\":\"$t_user-password\"}"
		expect "$t_user" '"ok":' && like "$line" '"ok":true' || exit 1
		close "$t_user"
	done
}

# login NAME[@DEVICE] [ADDR]: open, logged in. The backlog is still to be expected.
login() {
	case $1 in *@*) t_device=${1#*@} ;; *) t_device=default ;; esac
	open "$@"
	say "$1" "{\"op\":\"login\",\"name\":\"${1%%@*}\",\"password\":\"${1%%@*}-password\",\"device\":\"$t_device\"}"
	expect "$1" '"ok":' && like "$line" '"ok":true'
}

# c USER WORD…: chat as that user, on a machine called box; log_in USER…: which remembers the login from then on.
c() {
	t_who=$1
	shift
	"$chat" -s "$NODE_A" --device box -u "$t_who" --timeout 10 "$@"
}

log_in() {
	for t_user; do
		echo "$t_user-password" | c "$t_user" login "$t_user" || return
	done
}

stored_is() { # COUNT TEXT: with % for anything
	sql_is "$1" "select count(*) from chat.messages where body like '$2'"
}

pid_of() { # USER: of its session
	sql "select pid from chat.session_list where name = '$1'"
}

logged_out() { # USER
	[ -z "$(pid_of "$1")" ]
}

clean() {
	is "$(sql 'table chat.invariants')" ''
}

t_down() {
	t_bad=0
	for t_pid in "$dir"/*.lane.pid; do
		[ ! -e "$t_pid" ] || { read -r t_pid <"$t_pid" && kill "$t_pid" && wait "$t_pid"; } 2>/dev/null
	done
	for t_proc in "$dir"/*.proc; do
		[ ! -e "$t_proc" ] || close "$(basename "$t_proc" .proc)"
	done
	t/stack down "$dir" || t_bad=1
	for t_talk in "$dir"/*.talk; do
		[ ! -e "$t_talk" ] || { t/schema.py "$dir"/*.talk || t_bad=1; } # what was said is what the manual allows
		break
	done
	t/complaints "$dir"/?.log "$dir"/*.err || t_bad=1
	for t_exit in "$dir"/?.exit; do
		[ -e "$t_exit" ] || continue
		while read -r t_pid t_status; do
			# 137: node NAME kill
			case $t_status in 0 | 137) ;; *) t_bad=1 && echo "${t_exit%.exit} left with $t_status" ;; esac
			eventually 2 t_alone "$t_pid" || { t_bad=1 && ps -o pid,ppid,stat,args --sid "$t_pid"; }
		done <"$t_exit"
	done
	return $t_bad
}

t_alone() { # nobody but zombies in this session
	! ps -o stat= --sid "$1" | grep -q '^[^Z]'
}

finish() {
	for t_name in "$dir"/*.lane.pid; do
		[ ! -e "$t_name" ] || together "$(basename "$t_name" .lane.pid)"
	done
	t 'all left as they were told, no log complains' t_down
	t_done=1
	echo "1..$t_count"
	exit $t_red
}

t_exit() {
	trap - EXIT
	if [ $t_done = 0 ]; then
		t_red=1
		echo "# $t_file${t_section:+, $t_section}: did not come to its finish" >&2
		t_down >&2
	fi
	if [ $t_red = 0 ]; then
		rm -rf "$(readlink -f "$dir/pg")" "$dir"
	else
		echo "# kept: $dir" >&2
	fi
	exit $t_red
}
trap t_exit EXIT
trap 'exit 130' HUP INT TERM
