#!/bin/sh
# A client that takes nothing for a while misses nothing, and keeps Redis and its session from keeping much.
# shellcheck disable=SC2016
. t/lib.sh
stack --nodes 1
. t/talk.sh
people alice bob carol
enter bob
enter alice
yes alice '{"op":"friend_add","user":"carol"}' >/dev/null
enter carol
yes carol '{"op":"friend_add","user":"alice"}' >/dev/null
hang alice carol
t 'they are gone' eventually 5 logged_out carol

# Logs in as alice, tells so, and reads on only when DIR/read is there.
cat >"$dir/frozen.pl" <<'END'
use strict;
use Socket;
my ($addr, $dir) = @ARGV;
my ($host, $port) = split /:/, $addr;
socket my $s, PF_INET, SOCK_STREAM, 0 or die;
setsockopt $s, SOL_SOCKET, SO_RCVBUF, 4096;
connect $s, sockaddr_in($port, inet_aton($host)) or die;
syswrite $s, qq({"op":"login","name":"alice","password":"alice-password"}\n);
my ($in, $said) = ('', 0);
$| = 1;
while (sysread $s, $in, 65536, length $in) {
	while ($in =~ s/^(.*)\n//) {
		print "$1\n";
		next unless $1 =~ /"synced"/ && !$said++;
		select undef, undef, undef, 0.05 until -e "$dir/read";
	}
}
END
spawn frozen perl "$dir/frozen.pl" "$NODE_A" "$dir"
t 'alice comes, and freezes' eventually 10 grep -q synced "$dir/frozen.out"
text=$(perl -e 'print "x" x 16000')
talk many bob "240 {\"op\":\"send\",\"to\":\"alice\",\"cid\":\"%d\",\"text\":\"$text\"}"
t 'bob says more than she has room for' talk replies bob 240
t 'all of it is stored' is "$line" 'ok 240'
said() { # by Redis: the most that waits there for anybody
	redis-cli -s "${REDIS_URL#unix:}" client list | sed 's/.* omem=\([0-9]*\) .*/\1/' | sort -n | tail -n 1
}
t 'Redis keeps none of it' eventually 5 eval '[ "$(said)" -lt 65536 ]'
for _ in 1 2 3; do
	enter carol
	hang carol
	eventually 5 logged_out carol
done
t 'meanwhile carol comes and goes and comes' enter carol
# That she came is told behind her backlog; what bob hears of her then, Redis has behind that.
hears carol '"synced"' && yes carol '{"op":"typing","to":"bob"}' && hears bob '"typing"'
unread() { # bytes from Redis that her session has not read yet
	ss -xpH | awk -v pid="pid=$(pid_of alice)," 'index($0, pid) { n += $3 } END { print n + 0 }'
}
t 'her session knows of it' eventually 5 eval '[ "$(unread)" = 0 ]'
memory() { # KiB of her session that nobody shares
	awk '/^Private_Dirty/ { n += $2 } END { print n }' "/proc/$(pid_of alice)/smaps"
}
t 'her session keeps less than twice the high mark' [ "$(memory)" -lt 1200 ]
touch "$dir/read"
t 'alice reads on, and hears all that was said' eventually 10 eval '[ "$(grep -c "\"text\":\"xxx" "$dir/frozen.out")" = 240 ]'
t 'in order' is "$(sed -n 's/.*"ev":"message".*"seq":\([0-9]*\),.*/\1/p' "$dir/frozen.out" | tr '\n' ' ')" "$(seq 240 | tr '\n' ' ')"
t 'and how it is with carol now' eventually 5 grep -q '"presence".*"carol".*"online"' "$dir/frozen.out"
t 'not how it was' not grep -q '"presence".*"carol".*"offline"' "$dir/frozen.out"
t 'every invariant holds' is "$(broken)" ''
finish
