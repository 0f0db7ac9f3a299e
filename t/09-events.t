#!/bin/sh
# Every event of lib/event_name.h, provoked for real: what a person sees of it. One that nobody decided about is red.
# shellcheck disable=SC2317
. t/lib.sh
. t/term.sh
stack --nodes 1
user alice bob carol

log_in alice bob carol
lines() {
	screen alice | grep -cv '^ *$'
}

# carol says nothing for as long as it takes until the server asks whether she is there.
wire carol "$NODE_A"
echo carol-password | "$chat" -s "$WIRE" --device idle login carol
term carol "$chat" -s "$WIRE" --device idle -u carol
t 'carol is there' eventually 10 shows carol 'You are carol'
term alice "$chat" -s "$NODE_A" --device box -u alice
t 'alice is there' eventually 10 shows alice 'You are alice'
login alice@phone
login bob
do_() { # NAME OBJECT
	say_ok "$1" "$2"
}

event_friend_request() { # shown
	do_ bob '{"op":"friend_add","rid":1,"user":"alice"}'
	t 'friend_request is shown' eventually 5 shows alice '^\* bob has added you as a friend; /add bob to answer that'
}
event_friend_accepted() { # shown
	do_ alice@phone '{"op":"friend_add","rid":1,"user":"bob"}'
	t 'friend_accepted is shown' eventually 5 shows alice '^\* bob and you are friends now'
}
event_presence() { # shown
	close bob
	t 'presence is shown: away' eventually 10 shows alice 'bob is offline'
	login bob
	t 'and back' eventually 10 shows alice 'bob is online'
}
event_message() { # shown
	do_ bob '{"op":"send","rid":2,"to":"alice","cid":"m1","text":"hi alice"}'
	t 'message is shown' eventually 5 shows alice 'bob: hi alice$'
}
event_delivered() { # noted: in the prompt
	line_of alice '/msg bob'
	line_of alice 'are you there'
	t 'a line is stored' eventually 5 shows alice '✓ alice.*: are you there'
	t 'and one tick until it has arrived' prompts alice '^bob> *$'
	expect bob '"text":"are you there"'
	do_ bob '{"op":"ack","rid":3,"conv":1,"seq":2}'
	t 'delivered shows in the prompt' eventually 5 prompts alice '^bob ✓✓> *$'
}
event_read() { # noted: in the prompt
	before=$(lines)
	do_ bob '{"op":"read","rid":4,"conv":1,"seq":2}'
	line_of alice '/msg carol'
	do_ bob '{"op":"send","rid":5,"to":"alice","cid":"m2","text":"one more"}'
	t 'what is new shows in the prompt' eventually 5 prompts alice '1 new'
	do_ alice@phone '{"op":"read","rid":2,"conv":1,"seq":3}'
	t 'until another device of mine has read it' eventually 5 prompts alice '^carol> *$'
	t 'and takes no line' is "$(lines)" $((before + 1))
}
event_group_invited() { # shown
	do_ bob '{"op":"group_create","rid":6,"name":"team","join":"invite"}'
	do_ bob '{"op":"group_invite","rid":7,"group":"team","user":"alice"}'
	t 'group_invited is shown' eventually 5 shows alice '^\* bob invites you to #team; /join team to follow$'
}
event_group_joined() { # shown
	do_ alice@phone '{"op":"group_join","rid":3,"group":"team"}'
	t 'group_joined is shown' eventually 5 shows alice '^\* you are now in #team'
}
event_group_left() { # shown
	line_of alice '/group team'
	t 'alice is in the group' eventually 5 prompts alice '^#team'
	do_ bob '{"op":"group_kick","rid":8,"group":"team","user":"alice"}'
	t 'group_left is shown' eventually 5 shows alice '^\* you are no longer in #team'
	t 'who is in it is nowhere then' eventually 5 prompts alice '^>'
}
event_typing() { # noted: in the prompt
	line_of alice '/msg bob'
	t 'alice is with bob' eventually 5 prompts alice '^bob[^(]*> *$'
	before=$(lines)
	do_ bob '{"op":"typing","rid":9,"to":"alice"}'
	t 'typing shows in the prompt' eventually 5 prompts alice '^bob[^(]* \(typing\)> *$'
	t 'and takes no line' is "$(lines)" "$before"
	t 'for a while' eventually 10 prompts alice '^bob[^(]*> *$'
	do_ bob '{"op":"typing","rid":10,"to":"alice"}'
	t 'again' eventually 5 prompts alice '^bob[^(]* \(typing\)> *$'
	do_ bob '{"op":"send","rid":11,"to":"alice","cid":"m3","text":"typed"}'
	t 'until it is said' eventually 2 prompts alice '^bob[^(]*> *$'
}
event_announce() { # shown
	sql "select chat.announce('tea at five')" >/dev/null
	t 'announce is shown' eventually 5 shows alice 'tea at five'
}
event_renamed() { # shown
	sql "select chat.user_rename('bob', 'robert')"
	t 'renamed is shown' eventually 5 shows alice '^\* robert has another name now'
	sql "select chat.user_rename('robert', 'bob')"
	t 'each time' eventually 5 shows alice '^\* bob has another name now'
}
event_purged() { # noted
	sql "update chat.messages set sent_at = now() - interval '9 days' where conv_id = 1 and seq = 1;
		select chat.purge(now() - interval '8 days')" >/dev/null
	t 'purged comes' eventually 5 passed alice '"ev":"purged"'
	t 'and is not shown' not shows wired purged
}
event_synced() { # noted
	wire alice "$NODE_A"
	echo alice-password | "$chat" -s "$WIRE" --device wired login alice
	term wired "$chat" -s "$WIRE" --device wired -u alice
	t 'a second screen' eventually 10 shows wired 'You are alice'
	t 'synced comes' eventually 5 passed alice '"ev":"synced"'
	t 'and is not shown' not shows wired synced
}
event_bus() { # shown
	node redis kill
	t 'bus is shown: degraded' eventually 30 shows alice 'the server is degraded'
	node redis start
	t 'and well again' eventually 30 shows alice 'the server is well again'
}
event_bye() { # noted: its reason is told when the connection has gone
	node a stop
	t 'bye shows when the connection goes' eventually 10 shows alice 'no connection \(the server is shutting down\)'
	node a start
	t 'until it is back' eventually 40 shows alice 'connected again'
}
event_ping() { # not for people
	t 'ping comes' eventually 90 passed carol '"ev":"ping"'
	t 'and is answered' eventually 5 passed carol '"op":"pong"'
	t 'and not shown' is "$(screen carol | grep -v '^ *$' | grep -cv -e 'You are carol' -e 'tea at five' -e '^> *$' -e 'box:')" 0
}

names=$(sed -n 's/.*X(EVENT_[A-Z_]*, "\([a-z_]*\)").*/\1/p' lib/event_name.h)
t 'the list has names' test "$(echo "$names" | wc -l)" -ge 14
for name in friend_request friend_accepted presence message delivered read group_invited group_joined group_left \
	announce renamed typing synced purged ping bus bye; do
	"event_$name"
	names=$(echo "$names" | grep -vx "$name")
done
t 'somebody decided about every name' is "$names" ''
finish
