#!/bin/sh
# The terminal client: what it promises to scripts, what it remembers, and that typing and arriving do not mix.
# shellcheck disable=SC2016,SC2317,SC2059
. t/lib.sh
stack --nodes 1
user alice bob

token() { # USER DEVICE: its file
	find "$HOME/.local/state/chat/$(echo "$NODE_A" | sed 's/:/%3A/')" -path "*/$1/$2"
}
has() { # NAME REGEX: of what a spawned command said
	grep -qE -e "$2" "$dir/$1.out"
}

# A relay that lets a request to send through, waits until it is answered, and then cuts the line instead of
# passing the answer on; so with the first N connections.
relay() { # N
	cat >"$dir/relay.pl" <<'END'
use IO::Socket::INET;
$SIG{PIPE} = 'IGNORE';
my ($to, $cuts, $file) = @ARGV;
my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die;
open my $f, '>', "$file.tmp"; print $f '127.0.0.1:', $l->sockport; close $f; rename "$file.tmp", $file;
while (my $c = $l->accept) {
	my ($s, $cut, $buf) = (IO::Socket::INET->new($to), 0);
	CONN: while (1) {
		my $r = ''; vec($r, fileno($_), 1) = 1 for $c, $s;
		select $r, undef, undef, undef;
		if (vec($r, fileno($c), 1)) {
			sysread($c, $buf, 65536) or last;
			$cut = 1 if $cuts > 0 && $buf =~ /"op":"send"/;
			syswrite($s, $buf);
		}
		if (vec($r, fileno($s), 1)) {
			sysread($s, $buf, 65536) or last;
			if ($cut && $buf =~ /"seq"/) { $cuts--; last CONN; }
			syswrite($c, $buf);
		}
	}
	close $c; close $s;
}
END
	rm -f "$dir/relay.addr"
	spawn relay perl "$dir/relay.pl" "$NODE_A" "$1" "$dir/relay.addr"
	eventually 5 test -s "$dir/relay.addr"
	RELAY=$(cat "$dir/relay.addr")
}
through_relay() { # WORD…: as alice, with the login she has at the node
	mkdir -p "$HOME/.local/state/chat/$(echo "$RELAY" | sed 's/:/%3A/')"
	cp -r "$(dirname "$(token alice box-cmd)")" "$HOME/.local/state/chat/$(echo "$RELAY" | sed 's/:/%3A/')/" &&
		"$chat" -s "$RELAY" --device box -u alice "$@"
}

# Exit codes
t 'without a command and a login, at the end of input, nothing is asked twice' exits 77 c zoe </dev/null
t 'an unknown command is a usage error' exits 64 c alice frobnicate
t 'so is a missing operand' exits 64 c alice send bob
t 'and an option of another command' exits 64 c alice who --since 3
t 'no server: 69' exits 69 "$chat" -s 127.0.0.1:1 pipe </dev/null
t 'no login: 77' exits 77 c alice who
# shellcheck disable=SC2016
t 'a wrong password: 77' exits 77 sh -c 'echo wrong-password | "$1" -s "$2" login alice' - "$chat" "$NODE_A"
t 'a failed login leaves no login behind' is "$(find "$HOME" -type f ! -name '*.lock' ! -name device)" ''
t 'a taken name: 77' exits 77 c alice --password-command 'echo some-password' register Alice
t 'register takes the password from a command' c carol --password-command 'echo carol-password' register carol

# What is remembered
t 'login takes the password from standard input' log_in alice
t 'and once more for bob' log_in bob
t 'the token is for me alone' is "$(stat -c %a "$(token alice box)")" 600
t 'the password is nowhere' not grep -r alice-password "$HOME"
chmod 644 "$(token alice box-cmd)"
t 'a token that others can read is refused' exits 77 c alice who
chmod 600 "$(token alice box-cmd)"
t 'and taken when they cannot' exits 1 c alice who

# send
t 'send leaves with 0' c alice send bob hello
t 'after the commit' stored_is 1 hello
t 'send reads standard input' sh -c 'printf "two\nlines\n" | "$@"' - "$chat" -s "$NODE_A" --device box -u alice send bob -
t 'with its line breaks' is "$(sql "select body from chat.messages where body like 'two%'")" 'two
lines'
t 'nobody of that name: 67' exits 67 c alice send nobody hi
t 'no such group: 67' exits 67 c alice send '#nothing' hi
t 'no text: 64' exits 64 c alice send bob ''
t 'no UTF-8: 64' exits 64 c alice send bob "$(printf '\377')"
t 'ten at once wait for each other' sh -c '
	for i in 1 2 3 4 5 6 7 8 9 10; do "$@" "many $i" & pids="$pids $!"; done
	for p in $pids; do wait $p || exit; done' - "$chat" -s "$NODE_A" --device box -u alice send bob
t 'and are all there' stored_is 10 'many %'
relay 2
t 'a send whose answer is lost, twice, ends well' through_relay send bob again
t 'and is stored once' stored_is 1 again
close relay
relay 99
t 'one that is never answered: 75' exits 75 through_relay --timeout 2 send bob unanswered
t 'though it is stored' stored_is 1 unanswered
close relay
node postgres kill
c alice --timeout 2 send bob 'to be kept' 2>"$dir/said.send"
t 'with the database away: 75' is $? 75
t 'it says so' like "$(cat "$dir/said.send")" 'the server cannot answer just now \(.*database[^;]*\)'
cid=$(sed -n 's/.*--cid \([0-9a-f]*\) .*/\1/p' "$dir/said.send")
t 'and by which name it can be sent once' test -n "$cid"
node postgres start
t 'that works' c alice send --cid "$cid" bob 'to be kept'
t 'twice' c alice send --cid "$cid" bob 'to be kept'
t 'and stores it once' stored_is 1 'to be kept'
c alice create trio
t 'a group without its sign: 67' exits 67 c alice send trio hi
t 'with a hint' like "$(c alice send trio hi 2>&1)" "'#trio'"
node a stop
t 'a send that meets no server tries on, in vain: 69' exits 69 c alice --timeout 1 send bob late
spawn late "$chat" -s "$NODE_A" --device box -u alice send bob late
node a start
t 'or in time' eventually 20 stored_is 1 late

# listen
c bob listen --wait synced >"$dir/first"
t 'listen prints what waits, in order' is "$(sed -n 's/^[0-9: -]* alice: //p' "$dir/first" | head -n 2)" 'hello
two\u{a}lines'
t 'and acknowledges it' eventually 5 sql_is 0 "select count(*) from chat.pending where name = 'bob' and device = 'box'"
t 'so it does not come again' is "$(c bob listen --wait synced)" ''
t 'unless it is asked for' like "$(c bob listen --since 1 --wait message=2)" 'two.u\{a\}lines'
spawn listen "$chat" -s "$NODE_A" --device box -u bob --json listen
t 'listen follows' eventually 10 has listen '"synced"'
t 'a second one of the same device: 75' exits 75 c bob listen
t 'a command beside it' c bob send alice 'from beside'
t 'and a message to it' c alice send bob 'still there?'
t 'which arrives, as nobody threw it out' eventually 5 has listen '"text":"still there\?"'
node a kill
node a start
t 'a message after the server died' c alice send bob 'after the death'
t 'arrives, too' eventually 40 has listen '"text":"after the death"'
t 'once' is "$(grep -c 'after the death' "$dir/listen.out")" 1
close listen
c alice send bob 'for a command'
# shellcheck disable=SC2016
{
	t 'a failing --exec: 75' exits 75 c bob --timeout 1 listen --exec 'exit 3' --wait synced
	t 'leaves the message unacknowledged, so it comes again' \
		is "$(c bob listen --exec 'echo "$CHAT_FROM: $CHAT_TEXT"' --wait synced)" 'alice: for a command'
}
t 'and then no more' is "$(c bob listen --exec 'echo again' --wait synced)" ''

c alice send bob 'try again'
t 'one that fails is tried again' c bob listen --wait synced --exec \
	'[ -e "$HOME/tried" ] && echo "$CHAT_TEXT" >"$HOME/done" || { touch "$HOME/tried"; false; }'
t 'until it works' is "$(cat "$HOME/done")" 'try again'
spawn bot "$chat" -s "$NODE_A" --device box -u bob listen --reply \
	--exec 'jq -r .text >>"$HOME/heard"; case $CHAT_TEXT in quiet) ;; *) echo "so: $CHAT_TEXT" ;; esac'
c alice send bob one
t 'what the command prints is sent back' eventually 10 stored_is 1 'so: one'
c bob send alice 'said by myself'
c alice send bob quiet
c alice send bob two
t 'once each' eventually 10 stored_is 1 'so: two'
t 'what prints nothing sends nothing' stored_is 2 'so: %'
t 'own messages do not reach the command' is "$(tr '\n' ' ' <"$HOME/heard")" 'one quiet two '
node a kill
node a start
c alice send bob three
t 'nor does a death make it answer twice' eventually 40 stored_is 1 'so: three'
close bot
t 'a reply that was sent is not sent again' is "$(c bob listen --exec 'echo again' --wait synced --reply)" ''

# What a terminal might obey
c alice send bob "$(printf 'red \033[31m bell \007 c1 \302\233 bidi \342\200\256')"
t 'history shows what a terminal might obey' like "$(c bob history alice -n 1)" \
	'alice: red .u\{1b\}\[31m bell .u\{7\} c1 .u\{9b\} bidi .u\{202e\}$'
t 'JSON too is safe to look at' like "$(c bob --json history alice -n 1)" 'c1 .u009b bidi .u202e'
t 'and the same text' is "$(c bob --json history alice -n 1 | jq -r .text)" \
	"$(printf 'red \033[31m bell \007 c1 \302\233 bidi \342\200\256')"
t 'history pages' is "$(c bob history -n 300 alice | wc -l)" "$(sql 'select count(*) from chat.messages where conv_id = 1')"
t 'no history: 1' exits 1 c bob history carol

# pipe
t 'pipe leaves when everything is answered' is "$(printf '%s\n' '{"op":"hello"}' '{"op":"pong"}' '{broken' \
	'{"op":"ping","rid":7}' | "$chat" -s "$NODE_A" pipe | jq -r .ok)" 'true
false
true'
t 'a reply that does not come: 75' exits 75 "$chat" -s "$NODE_A" --timeout 0.3 pipe --wait never </dev/null
open cut
say cut '{"op":"hello"}'
expect cut '"ok":true'
node a kill
t_pid=$(cat "$dir/cut.proc")
wait "$t_pid"
t 'a server that dies: 69' is $? 69
rm "$dir/cut.proc"
node a start

# Interactive, line by line
t 'who is new is led through register and login' like "$(printf '1\ndora\ndora-password\n/who\n' | c '' 2>&1)" 'You are dora'
printf '/msg bob\nfrom a script\n//bin\n/create club\nhi club\n/nonsense\n' >"$dir/script"
c alice <"$dir/script" >"$dir/shown"
t 'lines go where they are meant' is "$(sql "select count(*) from chat.messages where body in ('from a script', '/bin', 'hi club')")" 3
t 'each shown when it is stored' like "$(cat "$dir/shown")" 'alice: hi club'
t 'an unknown command is never sent' stored_is 0 '%nonsense%'
t 'bob sees them' like "$(c bob </dev/null)" 'alice: from a script'
t 'a refusal shows in the exit code' exits 77 c alice <<-'END'
	/msg nobody hello?
END

# Interactive, at a terminal
type_() { # TEXT
	printf "$1" 1<>"$dir/keys"
}
case $("$chat" --version) in
*without*) skip "what it does at a terminal" "this chat is built without readline" ;;
*)

mkfifo "$dir/keys"
TERM=xterm LC_ALL=C.UTF-8 "${SHELL:-/bin/sh}" -c 'exec script -qefc "$0" /dev/null' \
	"'$chat' -s $NODE_A --device box -u alice" <>"$dir/keys" >"$dir/tty.out" 2>"$dir/tty.err" &
echo $! >"$dir/tty.proc"
t 'a terminal gets a greeting' eventually 10 has tty 'You are alice'
type_ '/msg b\thalf a '
t 'Tab completes whom to talk to' eventually 5 has tty '/msg bob half a'
c bob send alice 'in between'
t 'what arrives while I type' eventually 5 has tty 'bob.*: in between'
t 'rings' grep -q "$(printf '\a')" "$dir/tty.out"
type_ 'line\r'
t 'does not get into my line' eventually 5 stored_is 1 'half a line'
t 'which comes back with a tick' eventually 5 has tty '✓ alice.*: half a line'
type_ '\033[200~pasted\nin two\033[201~\r'
t 'a paste of two lines is one message' eventually 5 stored_is 1 "$(printf 'pasted\nin two')"
node a kill
t 'a lost server shows' eventually 5 has tty 'no connection'
type_ 'typed meanwhile\r'
t 'so does a line that waits' eventually 5 has tty '… alice.*: typed meanwhile'
node a start
t 'it is stored when the server is back' eventually 40 stored_is 1 'typed meanwhile'
node postgres kill
type_ 'into the void\r'
t 'a database that is away shows, with the line that waits' eventually 10 has tty 'the server cannot answer just now'
node postgres start
t 'and the answer comes' eventually 40 stored_is 1 'into the void'
type_ '/quit\r'
t_pid=$(cat "$dir/tty.proc")
eventually 5 not kill -0 "$t_pid" 2>/dev/null
wait "$t_pid"
t '/quit leaves with 0' is $? 0
rm "$dir/tty.proc"
;;
esac

t 'logout' c alice logout
t 'forgets the tokens' is "$(token alice box)$(token alice box-cmd)" ''
t 'nothing is inconsistent' is "$(sql 'table chat.invariants')" ''
finish
