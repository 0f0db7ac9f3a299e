#!/bin/sh
# Talking at a terminal: what is unread, where; edits in place; all that can be done; what is refused, and how.
# shellcheck disable=SC2317
. t/lib.sh
. t/term.sh
stack --nodes 1
user alice bob carol 'Anna Maria'

log_in alice bob carol
last_shown() { # NAME N: lines above the prompt
	screen "$1" | grep -v '^ *$' | tail -n $(($2 + 1)) | head -n "$2"
}

# What is unread
c alice send bob 'hello bob'
c bob create team 'all of us'
c alice join team
c carol join team
c bob send '#team' 'one'
c bob send alice 'two'
c carol send '#team' 'three'
echo alice-password | "$chat" -s "$NODE_A" --device new login alice
term alice "$chat" -s "$NODE_A" --device new -u alice
t 'a new device shows what is unread, and where' eventually 10 prompts alice '^\((bob 1, #team 2|#team 2, bob 1) new\)>$'
line_of alice '/msg bob'
t 'who goes there sees the last lines' eventually 5 shows alice 'alice: hello bob'
t 'and where the new ones begin' is "$(screen alice | grep -A1 -e '─ new ─' | sed 's/^[0-9:]* //')" '────── new ──────
bob: two'
t 'then there is less unread' eventually 5 prompts alice '^bob.* \(#team 2 new\)>$'
keys alice M-a
t 'Alt-a goes where something is unread' eventually 5 prompts alice '^#team>$'
t 'with its mark' is "$(screen alice | grep -A3 -e '─ new ─' | tail -n 3 | sed 's/^[0-9:]* //')" 'carol joined
bob: one
carol: three'
t 'and it is read' eventually 5 sql_is 0 "select coalesce(sum(unread), 0) from chat.unread where name = 'alice'"
c bob send alice 'while you are elsewhere'
t 'what comes is unread again' eventually 5 prompts alice '^#team \(bob 1 new\)>$'

# Edits and deletes
line_of alice '/msg bob'
line_of alice 'a mistoke'
t 'a line of mine has a number' eventually 5 shows alice '✓ alice: a mistoke  @[0-9]+$'
line_of alice '/edit a mistake'
t 'an edit shows once, in place' eventually 5 shows alice '✓ alice: a mistake \(edited\)  @'
line_of alice 'right'
t 'one more' eventually 5 shows alice '✓ alice: right  @'
number=$(screen alice | sed -n 's/.*: a mistake (edited)  @//p')
line_of alice "/edit @$number a mistake, mended"
t 'the number on the screen says which' eventually 5 stored_is 2 'a mistake, mended'
line_of alice '/delete'
t 'without one it is the last' eventually 5 shows alice '✓ alice: \(deleted\)  @'
t 'really' eventually 5 stored_is 0 right
line_of alice '/edit @99 nothing'
t 'a number that is not on the screen is refused' eventually 5 shows alice 'no line of yours here has that number'
term bob "$chat" -s "$NODE_A" --device box -u bob
t 'who was away sees the outcome' eventually 10 shows bob 'alice: a mistake, mended \(edited\)$'
t 'once' is "$(screen bob | grep -c 'mistake')" 1
t 'and what was deleted' shows bob 'alice: \(deleted\)$'
t 'once' is "$(screen bob | grep -c 'deleted')" 1
line_of bob '/msg alice'
line_of alice "/edit @$number a mistake, twice"
t 'who is there sees the new text, at its time' eventually 5 shows bob 'alice: a mistake, twice \(edited\)$'
keys bob -l '/history'
keys bob Enter
c bob history alice >"$dir/history"
t 'a history has no line for an edit' is "$(grep -c 'twice' "$dir/history") $(grep -c 'entry' "$dir/history")" '1 0'
line_of alice '/search ist'
t 'search shows where and when' eventually 5 shows alice "^  [0-9]{4}-[0-9-]+ [0-9:]+ alice to bob: a mistake, twice \(edited\)"
line_of alice '/search e'
hits() {
	screen alice | grep '^  2.*: ' | tail -n 3 | sed 's/.*: //'
}
in_order() {
	[ "$(hits)" = 'three
while you are elsewhere
a mistake, twice (edited)' ]
}
t 'the oldest first' eventually 5 in_order
t 'also for a script' is "$(c alice search one | sed 's/^[^a-z#]*//')" '#team bob: one'

# All that can be done
does() { # LINE REGEX
	line_of alice "$1"
	t "$1" eventually 5 shows alice "$2"
}
does '/add bob' 'bob is on your list of friends'
does '/friends' '  bob  online  \(has not added you\)'
does '/block carol' 'carol can no longer write to you'
does '/blocked' '^  carol$'
does '/unblock carol' 'carol may write to you again'
does '/find tea' '^  #team  3 in it  all of us'
joined=$(screen alice | grep -c 'alice joined$')
line_of alice '/create --invite-only den just us'
t '/create goes there' eventually 5 prompts alice '^#den'
t 'and shows once that it begins' is "$(screen alice | grep -c 'alice joined$')" $((joined + 1))
t 'which is for the invited' eventually 5 sql_is 'invite just us' \
	"select join_policy || ' ' || description from chat.conversations where name = 'den'"
does '/invite bob' 'bob is invited'
t 'bob sees it' eventually 5 shows bob '\* alice invites you to #den; /join den to follow'
line_of bob '/join den'
t 'and follows' eventually 5 prompts bob '^#den'
does '/members' '^  bob  normal  online'
does '/role bob admin' 'bob has that role now'
does '/set description another' '#den is changed'
t 'bob sees what was changed' eventually 5 shows bob 'alice changed the group: description another'
does '/kick bob' 'bob is out'
does '/ban bob' 'bob is out and stays out'
does '/unban bob' 'bob may come back'
does '/devices' '^  new  online'
does '/revoke box-cmd' 'box-cmd is logged out'
does '/leave' '#den: left'
t 'who has left is nowhere' eventually 5 prompts alice '^>'
line_of alice '/msg bob'
does '/me waves' '✓ \* alice waves'
t 'bob sees it as it is meant' eventually 5 shows bob '^[0-9:]+ \* alice waves$'
does '/away back at nine' 'away: who writes to you is told so once'
t 'the prompt remembers' eventually 5 prompts alice '\(away\)'
line_of bob '/msg alice'
line_of bob 'are you there?'
t 'who writes is told' eventually 5 shows bob 'alice: back at nine$'
line_of bob 'I see'
t 'once' eventually 5 shows alice 'bob: I see'
t 'really once' stored_is 1 'back at nine'
does '/away' 'you are here'

# What concerns me
cat >"$dir/note" <<'END'
#!/bin/sh
echo "$CHAT_FROM $CHAT_GROUP: $CHAT_TEXT" >>"$0.out"
END
chmod +x "$dir/note"
mkdir -p "$HOME/.config/chat"
printf 'notify_command = %s\nhighlight = deploy, build\n' "$dir/note" >"$HOME/.config/chat/config"
echo carol-password | "$chat" -s "$NODE_A" --device two login carol
term carol "$chat" -s "$NODE_A" --device two -u carol
t 'carol is there' eventually 10 prompts carol '>$'
c bob send '#team' 'of no concern'
c bob send '#team' 'is Carol there?'
c bob send '#team' 'the build is red'
c bob send carol 'hello'
t 'notify_command runs for what concerns me' eventually 5 grep -q 'bob : hello' "$dir/note.out"
t 'and for nothing else' is "$(sort "$dir/note.out")" 'bob : hello
bob team: is Carol there?
bob team: the build is red'
rm "$HOME/.config/chat/config"
sql "update chat.messages set sent_at = sent_at - interval '2 days' where body = 'of no concern'" >/dev/null
line_of carol '/group team'
day() { # of the line above: the one that says the day
	screen carol | grep -B1 -e "$1" | tail -n 2 | head -n 1
}
t 'another day has a line of its own' eventually 5 shows carol '^── .* ──$'
t 'above what was said then' like "$(day 'of no concern')" "^── $(LC_ALL=C date -d '2 days ago' +%A), "
line_of carol /quit

# Names with blanks
keys alice -l '/add Ann'
keys alice Tab
t 'a name nobody has met is not completed' eventually 5 prompts alice '/add Ann$'
keys alice C-u
echo 'Anna Maria-password' | c 'Anna Maria' login 'Anna Maria'
c 'Anna Maria' send alice 'I am here'
t 'one that was met' eventually 5 shows alice 'Anna Maria: I am here'
keys alice -l '/add Ann'
keys alice Tab
t 'is, in quotes if it must be' eventually 5 prompts alice '/add "Anna Maria"'
keys alice Enter
t 'and taken as one' eventually 5 shows alice 'Anna Maria is on your list of friends'

# What is refused
before=$(sql 'select count(*) from chat.messages')
keys alice -l '   '
keys alice Enter
does '/msg nobody' 'refused: there is no such user'
t 'at once, and we stay where we were' eventually 5 prompts alice '^bob'
refusals=$(screen alice | grep -c 'refused: there is no such user')
line_of alice '/msg nobody hi'
t 'with a text, too' eventually 5 shows alice '✗ alice → nobody: hi'
line_of alice '/add'
t 'which is said once' is "$(eventually 5 shows alice 'the form is: /add' && screen alice | grep -c 'refused: there is no such user')" $((refusals + 1))
does '/add' 'the form is: /add NAME – put someone on your list'
does '/role bob' 'the form is: /role NAME admin\|normal\|creator'
does '/history x' 'the form is: /history'
does '/frobnicate' 'there is no command /frobnicate; /help lists them'
does '/help role' '^ +what someone may do in a group'
visible() {
	t_tmux capture-pane -p -t alice | grep -v '^ *$'
}
cleared() {
	[ "$(visible | wc -l)" = 1 ] && prompts alice '^bob'
}
line_of alice /clear
t '/clear leaves the prompt' eventually 5 cleared
fits() {
	visible | grep -q '^talk  *./msg' && visible | grep -q '/quit' && visible | grep -q 'Alt.a goes where'
}
line_of alice /help
t '/help fits the screen' eventually 5 fits
wrapped() {
	visible | grep -qx '\.'
}
t 'each line of it' not wrapped
t 'none of that was sent' is "$(sql 'select count(*) from chat.messages')" "$before"
line_of alice /quit
t 'good-bye' eventually 5 test -s "$dir/alice.left"
t 'nothing is inconsistent' clean
finish
