#!/bin/sh
# Logins: several machines of one name, one server under several names, and who is thrown out.
. t/lib.sh
. t/term.sh
stack --nodes 1
user alice bob

in_home() { # HOME COMMAND…
	mkdir -p "$dir/$1"
	t_home=$dir/$1
	shift
	env HOME="$t_home" "$@"
}
other=localhost:${NODE_A##*:}
devices_of() {
	sql "select string_agg(d.name, ' ' order by d.name) from chat.devices d join chat.users u on u.id = d.user_id where u.name = '$1'"
}

t 'one machine logs in' in_home one sh -c 'echo alice-password | "$0" -s "$1" login alice' "$chat" "$NODE_A"
t 'its device has the name of the machine and something of its own' \
	like "$(devices_of alice)" "^$(hostname | cut -d. -f1 | cut -c1-23 | tr -c 'a-zA-Z0-9_\n' -)-[0-9a-f]{4} [^ ]*-[0-9a-f]{4}-cmd\$"
term one env HOME="$dir/one" "$chat" -s "$NODE_A"
t 'and is open' eventually 10 shows one 'You are alice'
t 'another of the same name logs in' in_home two sh -c 'echo alice-password | "$0" -s "$1" login alice' "$chat" "$NODE_A"
t 'as another device' is "$(devices_of alice | wc -w)" 4
term two env HOME="$dir/two" "$chat" -s "$NODE_A"
t 'is open too' eventually 10 shows two 'You are alice'
t 'the server by another of its names is the same' exits 1 in_home one "$chat" -s "$other" who
t 'and in capitals' exits 1 in_home one "$chat" -s "LOCALHOST:${NODE_A##*:}" who
t 'so logging in there makes no further device' in_home one sh -c \
	'echo bob-password | "$0" -s "$1" login bob && "$0" -s "$2" -u bob send alice hi' "$chat" "$other" "$NODE_A"
t 'bob has his two' is "$(devices_of bob | wc -w)" 2
t 'the first is still there' eventually 5 shows one 'bob: hi'
t 'and the second' eventually 5 shows two 'bob: hi'
t 'neither was thrown out' not shows one 'no longer|took over'

# Thrown out: the password, not an exit
line_of one '/msg bob'
keys one -l 'half a li'
login alice
device=$(devices_of alice | tr ' ' '\n' | grep -v cmd | grep -v default | while read -r name; do
	grep -qx "$name" "$dir/one/.local/state/chat"/*/device && echo "$name"
done)
t 'the device is revoked elsewhere' say_ok alice "{\"op\":\"device_revoke\",\"rid\":1,\"device\":\"$device\"}"
t 'the person hears why, and is asked for the password' eventually 10 shows one 'this login has been ended' &&
	t 'at a prompt' eventually 5 prompts one '^password:'
line_of one 'wrong-password'
t 'again, if it is wrong' eventually 10 shows one 'wrong'
eventually 10 prompts one '^password:'
line_of one 'alice-password'
t 'then all goes on' eventually 10 prompts one '^bob.*> half a li$'
line_of one 'ne after that'
t 'with what was half typed' eventually 10 sql_is 1 "select count(*) from chat.messages where body = 'half a line after that'"
t 'a command says what to do' exits 77 in_home two sh -c '
	printf "%s\n" "{\"op\":\"login\",\"name\":\"alice\",\"password\":\"alice-password\"}" \
		"{\"op\":\"device_revoke\",\"device\":\"$(cat "$HOME"/.local/state/chat/*/device)-cmd\"}" |
		"$0" -s "$1" pipe >/dev/null
	"$0" -s "$1" who' "$chat" "$NODE_A"
t 'in a sentence' like "$(in_home two "$chat" -s "$NODE_A" who 2>&1)" 'no longer valid; once more: chat login NAME'

# A command is there for a moment only, and says so: nobody need hear of it.
wire quiet "$NODE_A"
t 'a login for a command' in_home four sh -c 'echo bob-password | "$0" -s "$1" login bob' "$chat" "$WIRE"
: >"$dir/quiet.wire"
t 'and a command' in_home four "$chat" -s "$WIRE" send alice 'in passing'
t 'come quietly' passed quiet '"op":"resume".*"quiet":true'
login alice
t 'alice looks after bob' say_ok alice '{"op":"friend_add","rid":2,"user":"bob"}'
t 'and bob after her' in_home four "$chat" -s "$WIRE" add alice
t 'whose commands' in_home four "$chat" -s "$WIRE" send alice 'in passing, too'
t 'reach her' expect alice '"text":"in passing, too"'
t 'and login' in_home five sh -c 'echo bob-password | "$0" -s "$1" login bob' "$chat" "$NODE_A"
spawn bob env HOME="$dir/four" "$chat" -s "$WIRE" listen
t 'without a word of his presence, before he stays' expect alice '"ev":"presence".*"online"' &&
	t 'once' is "$(grep -c '"ev":"presence"' "$dir/alice.out")" 1
close bob

# Invited while away
t 'bob makes a group for the invited' in_home four "$chat" -s "$WIRE" create --invite-only den
t 'invites alice' in_home four "$chat" -s "$WIRE" invite alice den
term late env HOME="$dir/two" "$chat" -s "$NODE_A" --device later -u alice
eventually 5 prompts late '^what shall it be:'
line_of late 2
eventually 5 prompts late '^password:'
line_of late alice-password
t 'who was away sees the invitation at login' eventually 10 shows late '^\* bob invites you to #den; /join den to follow$'
line_of late '/join den'
t 'and can follow' eventually 5 prompts late '^#den'
line_of late /quit

# Somebody new
sql "update chat.settings set registration = 'invite'" >/dev/null
says_invite() {
	echo '{"op":"hello"}' | "$chat" -s "$NODE_A" pipe | grep -q '"registration":"invite"'
}
t 'hello says so soon' eventually 5 says_invite
code=$(sql 'select chat.invite_create()')
mkdir "$dir/three"
term shy env HOME="$dir/three" "$chat" -s "$NODE_A"
eventually 10 prompts shy '^what shall it be:'
line_of shy 1
eventually 10 prompts shy '^name:'
keys shy C-d
t 'who is new and thinks better of it' eventually 5 test -s "$dir/shy.left"
t 'leaves in good order' is "$(cat "$dir/shy.left")" 77
term new env HOME="$dir/three" "$chat" -s "$NODE_A"
t 'who is new is led' eventually 10 prompts new '^what shall it be:'
line_of new 1
t 'to the rules' eventually 10 shows new 'a password at least 8 characters'
t 'and asked for the name first' eventually 5 prompts new '^name:'
line_of new alice
t 'then for the code, where one is needed' eventually 5 prompts new '^invite code:'
line_of new "$code"
eventually 5 prompts new '^choose a password:'
line_of new short
t 'what is too short is asked again' eventually 5 shows new 'that is too short'
line_of new 'dora-password'
eventually 5 prompts new '^the same again:'
line_of new 'dora-password'
t 'a name that is taken' eventually 10 shows new 'name is taken|is taken'
t 'is asked again' eventually 5 prompts new '^name:'
line_of new dora
t 'and nothing else is' eventually 10 shows new 'You are dora'
t 'one question each for the code and the password' is "$(screen new | grep -c 'invite code') $(screen new | grep -c 'the same again')" '1 1'

# Another password, here
line_of new /passwd
eventually 5 prompts new '^present password:'
line_of new 'dora-password'
eventually 5 prompts new '^new password:'
line_of new 'dora-another'
eventually 5 prompts new '^the same again:'
line_of new 'dora-another'
t '/passwd' eventually 10 shows new 'the password is changed'
t 'this machine goes on' exits 1 in_home three "$chat" -s "$NODE_A" who
t 'and so does the talk' eventually 5 prompts new '^>'
t 'the new one is good' in_home two sh -c 'echo dora-another | "$0" -s "$1" login dora' "$chat" "$NODE_A"

# The account is deleted
id=$(sql "select id from chat.users where name = 'dora'")
in_home three "$chat" -s "$NODE_A" send alice 'words of dora'
line_of new /unregister
t '/unregister asks for the password' eventually 5 prompts new '^password, to delete the account'
keys new -l half
keys new C-c
t 'Ctrl-C takes that back, and all goes on' eventually 5 prompts new '^>$'
line_of new /unregister
eventually 5 prompts new '^password, to delete the account'
line_of new 'wrong-password'
t 'a wrong one changes nothing' eventually 10 shows new 'refused: the password is wrong'
line_of new /unregister
eventually 5 prompts new '^password, to delete the account'
line_of new 'dora-another'
t 'the right one ends the talk' eventually 10 test -s "$dir/new.left"
t 'in good order' is "$(cat "$dir/new.left")" 0
t 'dora is no more' is "$(sql "select name from chat.users where id = $id")" "erased-$id"
t 'nor are her words' is "$(sql "select body from chat.messages where sender_id = $id")" ''
t 'nor what was remembered of her here' is "$(find "$dir/three" -path '*/dora/*')" ''
t 'a command says so' like "$(in_home three "$chat" -s "$NODE_A" -u dora who 2>&1)" 'dora is not logged in'
t 'bob deletes his by a command' in_home four sh -c 'echo bob-password | "$0" -s "$1" unregister' "$chat" "$WIRE"
t 'nothing of him is left here' is "$(find "$dir/four" -path '*/bob/*')" ''
t 'he is no more' is "$(sql "select count(*) from chat.users where name = 'bob'")" 0
t 'nothing is inconsistent' clean
finish
