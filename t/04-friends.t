#!/bin/sh
# Friends: lists that are one-sided, requests, who sees whom online, blocks, strangers.
# shellcheck disable=SC2016,SC2317
. t/lib.sh
stack --nodes 2
. t/talk.sh
people alice bob carol dave

lists() { # who is on whose list
	sql "select coalesce(string_agg(a.name || '>' || b.name, ' ' order by a.name, b.name), '')
		from chat.friends f join chat.users a on a.id = f.user_id join chat.users b on b.id = f.friend_id"
}
blocks() {
	sql "select coalesce(string_agg(a.name || '>' || b.name, ' ' order by a.name, b.name), '')
		from chat.blocks k join chat.users a on a.id = k.user_id join chat.users b on b.id = k.blocked_id"
}
offline() { # USER: has no session left
	eventually 5 sql_is 0 "select count(*) from chat.session_list where name = '$1'"
}
id() { # USER
	sql "select id from chat.users where name = '$1'"
}
says() { # NAME TO: some text
	cid=$(date +%s%N)
	printf %s "{\"op\":\"send\",\"to\":\"$2\",\"cid\":\"$cid\",\"text\":\"$cid\"}"
}

enter alice
enter bob "$NODE_B"
enter bob@phone

section 'One-sided'
t 'nobody is a friend' yes alice '{"op":"friends"}'
t 'at first' is "$(field friends) $(field requests)" '[] []'
t 'alice puts bob on her list' yes alice '{"op":"friend_add","user":"bob"}'
t 'at once' is "$line" "{\"ok\":true,\"friend\":{\"id\":$(id bob),\"name\":\"bob\",\"state\":\"offline\",\"mutual\":false}}"
t 'which does not show her whether he is online' is "$(sql "select count(*) from chat.online where name = 'bob'")" 2
t 'in one direction' is "$(lists)" 'alice>bob'
t 'bob hears of it' hears bob "^\\{\"ev\":\"friend_request\",\"user\":\\{\"id\":$(id alice),\"name\":\"alice\"\\}\\}\$"
t 'on each of his devices' hears bob@phone '"ev":"friend_request"'
t 'and finds it' yes bob '{"op":"friends"}'
t 'among the requests' is "$(field friends) $(field 'requests[0].name')" '[] alice'
t 'alice finds him' yes alice '{"op":"friends"}'
t 'on her list' is "$(field 'friends[0].name') $(field 'friends[0].state') $(field 'friends[0].mutual') $(field requests)" 'bob offline false []'
t 'once more is no news' yes alice "{\"op\":\"friend_add\",\"user\":$(id bob)}"
t 'for nobody' silent bob '"friend_request"'
t 'nor for the database' is "$(lists)" 'alice>bob'
t 'nobody of that name' no alice not_found '{"op":"friend_add","user":"nobody"}'
t 'nobody of that id' no alice not_found '{"op":"friend_add","user":999999}'
t 'not oneself' no alice bad_request '{"op":"friend_add","user":"alice"}'
t 'somebody' no alice bad_request '{"op":"friend_add"}'
t 'one' no alice bad_request '{"op":"friend_add","user":["bob"]}'

section 'Mutual'
t 'bob puts alice on his' yes bob '{"op":"friend_add","user":"Alice"}'
t 'so they both have' is "$(field friend.mutual) $(field friend.name)" 'true alice'
t 'alice hears that' hears alice "^\\{\"ev\":\"friend_accepted\",\"user\":\\{\"id\":$(id bob),\"name\":\"bob\"\\}\\}\$"
t 'bob, too' hears bob '"ev":"friend_accepted","user":\{"id":[0-9]+,"name":"alice"\}'
t 'and his phone' hears bob@phone '"ev":"friend_accepted"'
t 'now each sees the other: alice' hears alice '"presence".*"bob"\},"state":"online"'
t 'and bob' hears bob '"presence".*"alice"\},"state":"online"'
t 'no request is left' yes bob '{"op":"friends"}'
t 'but a friend' is "$(field 'friends[0].name') $(field 'friends[0].mutual') $(field requests)" 'alice true []'
t 'the login tells it' enter alice@phone
t 'like friends does' is "$(field 'friends[0].name') $(field 'friends[0].state') $(field 'friends[0].mutual')" 'bob online true'
hang alice@phone

section 'Presence, as older servers showed it'
sql "update chat.settings set presence = 'listed'"
enter carol
yes carol '{"op":"friend_add","user":"bob"}'
talk forget alice
talk forget carol
hang bob@phone
eventually 5 sql_is 1 "select count(*) from chat.online where name = 'bob'"
t 'one device of two leaves: nobody is told' silent alice '"presence"'
hang bob
t 'the last one does' hears alice "^\\{\"ev\":\"presence\",\"user\":\\{\"id\":$(id bob),\"name\":\"bob\"\\},\"state\":\"offline\"\\}\$"
t 'everybody is told who has bob on the list' hears carol '"presence".*"bob"\},"state":"offline"'
t 'the list shows it' yes alice '{"op":"friends"}'
t 'so' is "$(field 'friends[0].state')" offline
enter bob "$NODE_B"
t 'he comes back' hears alice '"presence".*"bob"\},"state":"online"'
hears carol '"presence".*"bob"\},"state":"online"'
enter bob@phone
t 'his second device is no news' silent alice '"presence"'
t 'logging out' yes bob@phone '{"op":"logout"}'
t 'of one neither' silent alice '"presence"'
yes bob '{"op":"logout"}'
t 'of all is' hears alice '"presence".*"bob"\},"state":"offline"'
hears carol '"state":"offline"'
hang bob bob@phone
enter bob "$NODE_B"
hears alice '"state":"online"'
hears carol '"state":"online"'
talk forget bob
hang carol
offline carol
enter carol
t 'who is on no list of mine is not shown to me' silent bob '"presence"'
pid=$(sql "select pid from chat.session_list where name = 'bob'")
kill -KILL "$pid"
t 'a session that was killed' hears alice '"presence".*"bob"\},"state":"offline"'
t 'is gone from the database' is "$(sql "select count(*) from chat.session_list where name = 'bob'")" 0
enter bob "$NODE_B"
hears alice '"state":"online"'

section 'Removing'
sql "update chat.settings set presence = 'mutual'"
t 'alice takes bob off her list' yes alice '{"op":"friend_remove","user":"bob"}'
t 'says the answer' is "$(field user.name)" bob
t 'he sees her no more' hears bob '"presence".*"alice"\},"state":"offline"'
t 'nor she him' hears alice '"presence".*"bob"\},"state":"offline"'
t "bob's list stays as it is" is "$(lists)" 'bob>alice carol>bob'
t 'he is on hers no more' no alice not_found '{"op":"friend_remove","user":"bob"}'
t 'nor is nobody' no alice not_found '{"op":"friend_remove","user":"nobody"}'
t 'nor nothing' no alice bad_request '{"op":"friend_remove"}'
talk forget alice
hang bob
offline bob
t 'she does not see him go' silent alice '"presence"'
enter bob "$NODE_B"
t 'she finds him among her requests' yes alice '{"op":"friends"}'
t 'again' is "$(field 'requests[0].name')" bob
yes alice '{"op":"friend_add","user":"bob"}'
t 'adding him once more accepts' hears bob '"friend_accepted"'

section 'Blocks'
enter dave
yes dave '{"op":"friend_add","user":"alice"}'
yes alice '{"op":"friend_add","user":"dave"}'
yes dave "$(says dave alice)"
dc=$(field conv)
talk forget dave
talk forget alice
t 'nobody is blocked' yes alice '{"op":"blocks"}'
t 'at first' is "$(field blocks)" '[]'
t 'alice blocks dave' yes alice '{"op":"block","user":"dave"}'
t 'says the answer' is "$line" "{\"ok\":true,\"user\":{\"id\":$(id dave),\"name\":\"dave\"}}"
t 'and the database' is "$(blocks)" 'alice>dave'
t 'for dave she goes offline' hears dave '"presence".*"alice"\},"state":"offline"'
t 'as he does for her' hears alice '"presence".*"dave"\},"state":"offline"'
t 'and stays so' yes dave '{"op":"friends"}'
t 'on his list' is "$(field 'friends[0].state')" offline
was=$(sql 'select count(*) from chat.messages')
t 'he cannot write to her' no dave blocked "$(says dave alice)"
t 'nor there' no dave blocked "{\"op\":\"send\",\"conv\":$dc,\"cid\":\"x\",\"text\":\"x\"}"
t 'nor be seen typing' no dave blocked '{"op":"typing","to":"alice"}'
t 'nor mend what he said' no dave blocked "{\"op\":\"edit\",\"conv\":$dc,\"seq\":1,\"cid\":\"x\",\"text\":\"x\"}"
t 'nor ask to be a friend' no dave blocked '{"op":"friend_add","user":"alice"}'
t 'none of it is stored' is "$(sql 'select count(*) from chat.messages')" "$was"
t 'nor counted' is "$(broken)" ''
t 'nor heard' silent alice 'dave'
yes dave '{"op":"history","to":"alice"}'
t 'he may look back' is "$(field 'messages|length')" 1
t 'others are not concerned' yes bob "$(says bob alice)"
t 'blocks lists him' yes alice '{"op":"blocks"}'
t 'alone' is "$(field 'blocks|map(.name)|join(" ")')" dave
t 'blocking twice does no harm' yes alice '{"op":"block","user":"dave"}'
t 'he is told once' silent dave '"presence"'
hang alice
offline alice
enter alice
t 'he does not see her come and go' silent dave '"presence"'
t 'not oneself' no alice bad_request '{"op":"block","user":"alice"}'
t 'nobody of that name' no alice not_found '{"op":"block","user":"nobody"}'
t 'somebody' no alice bad_request '{"op":"block"}'
t 'who is not blocked is not unblocked' no alice not_found '{"op":"unblock","user":"bob"}'
t 'nor is nobody' no alice not_found '{"op":"unblock","user":"nobody"}'
t 'nor nothing' no alice bad_request '{"op":"unblock"}'
t 'alice unblocks dave' yes alice '{"op":"unblock","user":"dave"}'
t 'says the answer' is "$(field user.name) $(blocks)" 'dave '
t 'she sees him again' hears alice '"presence".*"dave"\},"state":"online"'
t 'he sees her again' hears dave '"presence".*"alice"\},"state":"online"'
t 'and writes' yes dave "$(says dave alice)"
t 'without a hole' is "$(field seq)" 2
t 'what she hears' hears alice '"seq":2,"kind":"text","from":\{"id":[0-9]+,"name":"dave"\}'
yes alice '{"op":"block","user":"carol"}'
t 'who never spoke cannot begin to' no carol blocked "$(says carol alice)"
t 'and leaves no empty conversation behind' is "$(sql "select count(*) from chat.conversations where $(id carol) in (lo, hi)")" 0
t 'nor a request' no carol blocked '{"op":"friend_add","user":"alice"}'
yes bob '{"op":"friend_remove","user":"alice"}'
yes alice '{"op":"block","user":"bob"}'
yes bob '{"op":"friends"}'
t 'a request of one who is blocked is not shown' yes bob '{"op":"block","user":"alice"}'
yes bob '{"op":"friends"}'
t 'to me' is "$(field 'requests|map(.name)|join(" ")')" carol
yes bob '{"op":"unblock","user":"alice"}'
yes alice '{"op":"unblock","user":"bob"}'

section 'strangers=deny'
sql "select chat.settings_set(null, 'deny')" >/dev/null
t 'where strangers may not write' no dave forbidden "$(says dave carol)"
t 'to nobody' no carol forbidden "$(says carol dave)"
t "who is on the receiver's list may" yes bob "$(says bob alice)"
t 'which the sender decides nothing about' no alice forbidden "$(says alice bob)"
t 'also not by typing' no alice forbidden '{"op":"typing","to":"bob"}'
yes bob '{"op":"friend_add","user":"alice"}'
t 'but the receiver' yes alice "$(says alice bob)"
yes bob '{"op":"group_create","name":"g"}'
yes carol '{"op":"group_join","group":"g"}'
t 'a group knows no strangers' yes carol '{"op":"send","group":"g","cid":"g","text":"g"}'
sql "select chat.settings_set(null, 'allow')" >/dev/null
t 'else everybody may write to everybody' yes bob "$(says bob carol)"
t 'who then hears it' hears carol '"kind":"text".*"to":\{"id":[0-9]+,"name":"carol"'

t 'every invariant holds' is "$(broken)" ''
finish
