#!/bin/sh
# For scripts: every command has its --json and its exit code, is in chat(1), and completes.
. t/lib.sh
stack --nodes 1
unlimited
user alice bob carol

log_in alice bob carol
gives() { # JQ-FILTER WANTED COMMAND…
	t_filter=$1 t_wanted=$2
	shift 2
	is "$("$@" | jq -r "$t_filter" | tr '\n' ' ' | sed 's/ $//')" "$t_wanted"
}

t 'add' gives .friend.name bob c alice --json add bob
t 'friends' gives .name bob c alice --json friends
t 'who: nobody is online' exits 1 c alice who
t 'create' gives '.group.join' invite c alice --json create --invite-only team 'what for'
t 'also in two words' gives '.group.description' 'what for' c alice --json group create open 'what for'
t 'invite' c alice invite bob team
t 'join' c bob join team
t 'groups' gives .name 'open team' c alice --json groups
t 'members' gives .name 'alice bob' c alice --json members team
t 'role' c alice role bob admin team
t 'set' gives .group.description another c alice --json set team description another
t 'find' gives .name open c carol --json find ope
t 'who is not invited: 67, as if it were not there' exits 67 c carol join team
t 'send' gives .seq 1 c alice --json send bob 'a word'
t 'to a group' c alice send '#team' 'another word'
t 'history' gives .text 'a word' c bob --json history alice
t 'search, the oldest first' gives .text 'a word another word' c bob --json search word
t 'nothing found: 1' exits 1 c bob search nothing
t 'unread' gives .unread '1 1' sh -c '"$@" | sort' - "$chat" -s "$NODE_A" --device box -u bob --json unread
t 'kick' c alice kick bob team
t 'ban' c alice ban bob team
t 'the banned: 77' exits 77 c bob join team
t 'unban' c alice unban bob team
t 'leave' c bob join open
t 'leave indeed' c bob leave open
t 'block' c alice block carol
t 'blocked' gives .name carol c alice --json blocked
t 'the blocked: 77' exits 77 c carol send alice hi
t 'unblock' c alice unblock carol
t 'remove' c alice remove bob
t 'no friends: 1' exits 1 c alice friends
t 'devices' gives .device 'box box-cmd' sh -c '"$@" | sort' - "$chat" -s "$NODE_A" --device box -u carol --json devices
t 'revoke' c carol revoke box
t 'nobody of that name: 67' exits 67 c alice add nobody
t 'a word too few: 64' exits 64 c alice kick bob
t 'a word too many: 64' exits 64 c alice add bob carol
t 'with the right form' like "$(c alice add bob carol 2>&1)" 'the form is: chat add NAME'
t 'a group is named by a script' like "$(c alice members 2>&1)" 'the form is: chat members GROUP$'
t 'what takes no word takes none' like "$(c alice passwd now 2>&1)" 'the form is: chat passwd'
t 'a text of several words' like "$(c alice send bob a b 2>&1)" 'quote the text'
t 'passwd takes both passwords from standard input' \
	sh -c 'printf "alice-password\nanother-password\n" | "$@"' - "$chat" -s "$NODE_A" --device box -u alice passwd
t 'and this machine goes on' c alice send bob 'with the same login'
t 'the new one is good' sh -c 'echo another-password | "$@"' - "$chat" -s "$NODE_A" --device box login alice
sql "update chat.settings set registration = 'invite'" >/dev/null
t 'without a code: 77' exits 77 sh -c 'echo dora-password | "$@"' - "$chat" -s "$NODE_A" register dora
t 'with one' sh -c 'echo dora-password | "$@"' - "$chat" -s "$NODE_A" register --invite "$(sql 'select chat.invite_create()')" dora

# What is remembered and configured
"$chat" --print-config >"$dir/config"
t 'the configuration is printed with comments' like "$(cat "$dir/config")" '^#notify_command = $'
mkdir -p "$HOME/.config/chat"
sed "s/^#*user = .*/user = bob/; s/^#*server = .*/server = $NODE_A/; s/^#*device = .*/device = box/" "$dir/config" \
	>"$HOME/.config/chat/config"
t 'and read again' "$chat" history alice
echo 'colour = green' >>"$HOME/.config/chat/config"
t 'an unknown setting: 78' exits 78 "$chat" history alice
t 'in a sentence' like "$("$chat" history alice 2>&1)" 'config, line [0-9]+: that is no setting; chat --print-config shows them'
rm "$HOME/.config/chat/config"

# What there is
commands=$("$chat" help | sed -n 's/^ *chat \([a-z]*\).*/\1/p')
t 'help lists them' test "$(echo "$commands" | wc -l)" -ge 30
in_manual() {
	for command in $commands; do
		grep -qE "^\.It Ic $command( |\$)" man/chat.1 || echo "$command"
	done
}
t 'chat(1) explains each' is "$(in_manual)" ''
in_options() {
	sed -n 's/.*{"\([a-z-]*\)", \(no\|required\)_argument.*/\1/p' client/chat.c | while read -r option; do
		grep -qE -e "-$option|Fl n" man/chat.1 || echo "$option"
	done
}
t 'and the options' is "$(in_options)" ''
completes() { # WANTED WORD…
	t_wanted=$1
	shift
	is "$(PATH=$BUILD_DIR:$PATH CHAT_SERVER=$NODE_A CHAT_USER=alice CHAT_DEVICE=box bash -c '. contrib/chat.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _chat; echo "${COMPREPLY[@]}"' - "$@")" "$t_wanted"
}
t 'bash completes commands' completes search chat sea
t 'and names' completes '#team' chat send '#te'

# What a terminal might obey: every character, at the begin, in the middle and at the end of a word; 60 sequences
cat >"$dir/unsafe.pl" <<'END'
use strict; no warnings; binmode STDOUT, ':utf8';
my ($text, $n) = ('', 0);
sub flush_ { printf "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"u%d\",\"text\":\"%s\"}\n", $n++, $text if $text ne ''; $text = ''; }
for my $cp (1 .. 0xd7ff, 0xe000 .. 0x10ffff) {
	my $ch = chr $cp;
	$ch = sprintf '\\u%04x', $cp if $cp < 0x20 || $cp == 0x22 || $cp == 0x5c;
	$text .= "${ch}a${ch}b${ch} ";
	flush_() if $cp % 800 == 0;
}
flush_();
for my $seq (map { ('[' . $_, ']' . $_ . ';x', 'P' . $_, '(' . $_) } 0 .. 14) {
	$text .= "\\u001b$seq\\u0007\\u001b\\\\";
}
flush_();
END
(
	printf '{"op":"login","name":"alice","password":"another-password"}\n'
	perl "$dir/unsafe.pl"
) | "$chat" -s "$NODE_A" --timeout 60 pipe | grep -c '"seq"' >"$dir/count"
t 'they are stored' test "$(cat "$dir/count")" -ge 1390
unsafe() { # COMMAND…: prints what is, and how much was looked at
	"$@" 2>&1 </dev/null | perl -e 'use strict; my ($n, %bad) = 0;
		while (my $line = <STDIN>) {
			utf8::decode($line) or $bad{"no UTF-8"}++;
			chomp $line; $n += length $line;
			$bad{sprintf "%04x", ord $1}++ while $line =~ /([\x00-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}])/g;
		}
		print join(" ", sort keys %bad), $n > 5_000_000 ? "" : "only $n";'
}
t 'history prints none of them' is "$(unsafe c bob history -n 3000 alice)" ''
t 'nor as JSON' is "$(unsafe c bob --json history -n 3000 alice)" ''
t 'nor does a talk' is "$(unsafe c bob)" ''
t 'nor listen' is "$(unsafe c bob listen --since 0 --wait "message=$(cat "$dir/count")")" ''
t 'nothing is inconsistent' clean
finish
