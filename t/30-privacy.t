#!/bin/sh
# What somebody may not see: the past of others' groups, what was changed after one's leave, anything across a block.
. t/lib.sh
stack --nodes 2
. t/talk.sh
user ann bob cat dan eve
for name in ann bob cat dan eve; do enter $name "$NODE_A"; done

send() { # NAME TARGET TEXT: its number in $line
	yes "$1" "{\"op\":\"send\",$2,\"cid\":\"$(date +%s%N)\",\"text\":\"$3\"}"
}
heard() { # COUNT NAME REGEX: so often since its connection began. What was sent before something that it has heard has arrived.
	talk count "$2" "$3" && is "$line" "$1"
}
texts() { # NAME GROUP: what history shows of texts
	yes "$1" "{\"op\":\"history\",\"conv\":$2,\"limit\":200}" && field 'messages|map(select(.kind == "text").text)|join(",")'
}

section 'a history policy holds from its own entry on'
yes ann '{"op":"group_create","name":"club"}'
g=$(field group.id)
send ann "\"group\":$g" secret
yes ann "{\"op\":\"group_set\",\"group\":$g,\"history\":\"all\"}"
send ann "\"group\":$g" open
yes bob "{\"op\":\"group_join\",\"group\":$g}"
t 'who joins then sees what was said since' is "$(texts bob "$g")" open
t 'and does not find what was said before' is "$(yes bob '{"op":"search","text":"secret"}' && field 'messages|length')" 0
yes ann "{\"op\":\"group_set\",\"group\":$g,\"history\":\"joined\"}"
send ann "\"group\":$g" closed
yes cat "{\"op\":\"group_join\",\"group\":$g}"
send ann "\"group\":$g" 'hello cat'
t 'closed again, it is closed for who comes' is "$(texts cat "$g")" 'hello cat'
t 'not for who was there' is "$(texts bob "$g")" 'open,closed,hello cat'
t 'and the creator has it all' is "$(texts ann "$g")" 'secret,open,closed,hello cat'

section 'who has left sees the past as it was'
send bob "\"group\":$g" 'first words'
n=$(field seq)
send bob "\"group\":$g" 'gone words'
m=$(field seq)
yes bob "{\"op\":\"edit\",\"conv\":$g,\"seq\":$n,\"cid\":\"e1\",\"text\":\"second words\"}"
yes ann "{\"op\":\"group_kick\",\"group\":$g,\"user\":\"cat\"}"
yes bob "{\"op\":\"edit\",\"conv\":$g,\"seq\":$n,\"cid\":\"e2\",\"text\":\"words about cat\"}"
yes bob "{\"op\":\"edit\",\"conv\":$g,\"seq\":$m,\"cid\":\"e3\",\"text\":\"more about cat\"}"
yes cat "{\"op\":\"history\",\"conv\":$g}"
t 'a text edited before and after is shown as it was at the kick' is "$(field "messages|map(select(.seq == $n).text)[0]")" 'second words'
t 'one edited only after as it was written' is "$(field "messages|map(select(.seq == $m))[0]|\"\\(.text) \\(.edited_at)\"")" 'gone words null'
t 'members see the newest' is "$(texts ann "$g" | grep -c 'words about cat')" 1
t 'search does not find what was written later' is "$(yes cat '{"op":"search","text":"about cat"}' && field 'messages|length')" 0
yes bob "{\"op\":\"delete\",\"conv\":$g,\"seq\":$n,\"cid\":\"d1\"}"
t 'a deleted text is blank for everybody' \
	is "$(yes cat "{\"op\":\"history\",\"conv\":$g}" && field "messages|map(select(.seq == $n).text)[0]")" ''
t 'in the database too' is "$(sql "select count(*) from chat.messages where conv_id = $g
	and (body like '%words%' or original like '%words%') and (seq = $n or ref = $n)")" 0

section 'also who was away when put out'
user fay
enter fay "$NODE_B"
yes fay "{\"op\":\"group_join\",\"group\":$g}"
yes fay '{"op":"logout"}'
send bob "\"group\":$g" 'before fay went'
n=$(field seq)
yes ann "{\"op\":\"group_kick\",\"group\":$g,\"user\":\"fay\"}"
yes bob "{\"op\":\"edit\",\"conv\":$g,\"seq\":$n,\"cid\":\"e4\",\"text\":\"about fay\"}"
yes fay '{"op":"login","name":"fay","password":"fay-password"}'
t 'what waits for fay is as it was at the kick' hears fay "\"seq\":$n,.*\"text\":\"before fay went\""
t 'the kick is the last of it' hears fay '"kind":"kick"'

section 'across a block nobody learns what the other does'
send dan '"to":"eve"' hi
conv=$(field conv)
send eve '"to":"dan"' 'hi dan'
hears dan '"text":"hi dan"' && hears eve '"text":"hi"'
yes dan '{"op":"block","user":"eve"}'
yes eve "{\"op\":\"read\",\"conv\":$conv,\"seq\":1}"
yes dan "{\"op\":\"read\",\"conv\":$conv,\"seq\":2}"
yes dan '{"op":"typing","to":"eve"}'
yes dan '{"op":"group_create","name":"eves group"}' && yes dan '{"op":"group_invite","group":"eves group","user":"bob"}'
hears bob '"ev":"group_invited"' # what was told before that has arrived
send ann '"to":"dan"' mark && hears dan '"text":"mark"'
send ann '"to":"eve"' mark && hears eve '"text":"mark"'
t 'the blocked one does not see what was read' heard 0 eve '"ev":"read"'
t 'nor what is typed' heard 0 eve '"ev":"typing"'
t 'the blocker does not see it either' heard 0 dan '"ev":"read"'
yes eve '{"op":"group_create","name":"trap"}'
t 'an invitation by the blocked is answered' yes eve '{"op":"group_invite","group":"trap","user":"dan"}'
t 'as often as it is made' yes eve '{"op":"group_invite","group":"trap","user":"dan"}'
send ann '"to":"dan"' mark2 && hears dan '"text":"mark2"'
t 'and does not arrive' heard 0 dan '"ev":"group_invited"'
t 'nor is it kept' is "$(sql "select count(*) from chat.group_invites i join chat.users u on u.id = i.user_id where u.name = 'dan'")" 0

section 'an invitation is told once'
yes dan '{"op":"group_invite","group":"eves group","user":"bob"}'
send ann '"to":"bob"' mark3 && hears bob '"text":"mark3"'
t 'however often it is made' heard 1 bob '"ev":"group_invited"'

section 'Who may know that somebody is online'
user gil hal ivy jan
for name in gil hal ivy; do enter $name; done
state() { # NAME OF
	yes "$1" '{"op":"friends"}' && field "friends|map(select(.name == \"$2\").state)[0]"
}
yes gil '{"op":"friend_add","user":"hal"}'
t 'adding somebody does not show it' is "$(field friend.state)" offline
t 'nor does the list' is "$(state gil hal)" offline
t 'nor a new login' is "$(hang gil && enter gil && field 'friends[0].state')" offline
hang hal && eventually 5 logged_out hal
enter hal "$NODE_B"
send ivy '"to":"gil"' mark && hears gil '"text":"mark"'
t 'nor an event' heard 0 gil '"presence"'
yes hal '{"op":"friend_add","user":"gil"}'
t 'who accepts sees' is "$(field friend.state)" online
t 'and is shown' hears gil '"presence".*"hal"\},"state":"online"'
t 'is told so at all devices' hears hal '"presence".*"gil"\},"state":"online"'
hang hal
t 'a friend is seen going' hears gil '"presence".*"hal"\},"state":"offline"'
enter hal "$NODE_B"
t 'and coming' hears gil '"presence".*"hal"\},"state":"online"'
yes hal '{"op":"friend_remove","user":"gil"}'
t 'taken off the list one sees nothing more' hears gil '"presence".*"hal"\},"state":"offline"'
t 'nor does who did it' hears hal '"presence".*"gil"\},"state":"offline"'
t 'in the list, too' is "$(state gil hal)" offline
yes hal '{"op":"group_create","name":"hals"}' && yes gil '{"op":"group_join","group":"hals"}'
t 'who joins a group is told at once who is there, of those on the list' hears gil '"presence".*"hal"\},"state":"online"'
t 'fellow members of a group are shown' is "$(state gil hal)" online
talk count hal '"presence"'
told=$line
yes hal '{"op":"group_kick","group":"hals","user":"gil"}'
t 'who is put out sees them no more' hears gil '"presence".*"hal"\},"state":"offline"'
t 'as the list says' is "$(state gil hal)" offline
yes gil '{"op":"group_create","name":"gils"}' && yes hal '{"op":"group_join","group":"gils"}'
t 'members see who joins' hears gil '"presence".*"hal"\},"state":"online"'
yes hal '{"op":"group_leave","group":"gils"}'
t 'and no more who has left' hears gil '"presence".*"hal"\},"state":"offline"'
yes gil '{"op":"group_join","group":"hals"}'
hears gil '"presence".*"hal"\},"state":"online"'
send ivy '"to":"hal"' mark5 && hears hal '"text":"mark5"'
t 'who has nobody of them on the list is told nothing' heard "$told" hal '"presence"'
yes gil '{"op":"block","user":"hal"}'
t 'across a block not' is "$(state gil hal)" offline
t 'nor in the group' is "$(yes gil '{"op":"group_members","group":"hals"}' && field 'members|map(select(.name == "hal").state)[0]')" offline
t 'in neither direction' is "$(yes hal '{"op":"group_members","group":"hals"}' && field 'members|map(select(.name == "gil").state)[0]')" offline
t 'the blocker sees them go' hears gil '"presence".*"hal"\},"state":"offline"'
yes gil '{"op":"unblock","user":"hal"}'
t 'and come again' hears gil '"presence".*"hal"\},"state":"online"'
call jan
yes jan '{"op":"login","name":"jan","password":"jan-password","device":"numbered"}'
yes gil '{"op":"friend_add","user":"jan"}'
t 'who only ever had a numbered client is shown to who listed them, as their servers did' is "$(field friend.state)" online
enter jan@phone
t 'until they have another one' is "$(state gil jan)" offline
yes gil '{"op":"friend_add","user":"ivy"}'
sql "update chat.settings set presence = 'listed'"
t 'where the setting says so, everybody is' is "$(state gil ivy)" online
sql "update chat.settings set presence = 'mutual'"

section 'Names are not to be had by counting'
sql "update chat.settings set friends_hour = 2"
sql "insert into chat.users (name, password) select 'nobody ' || n || 'x', '' from generate_series(1, 6) n"
n=$(sql "select min(id) from chat.users where name like 'nobody %'")
yes eve "{\"op\":\"block\",\"user\":$n}" && yes eve "{\"op\":\"block\",\"user\":$((n + 1))}"
t 'who blocks one id after the other hears few' no eve rate_limited "{\"op\":\"block\",\"user\":$((n + 2))}"
t 'who one has written with may always be blocked' yes eve '{"op":"block","user":"dan"}'
yes cat '{"op":"group_create","name":"bans"}' >/dev/null
yes cat "{\"op\":\"group_ban\",\"group\":\"bans\",\"user\":$((n + 3))}" && yes cat "{\"op\":\"group_ban\",\"group\":\"bans\",\"user\":$((n + 4))}"
t 'nor does who bans them' no cat rate_limited "{\"op\":\"group_ban\",\"group\":\"bans\",\"user\":$((n + 5))}"
sql "update chat.settings set friends_hour = default"

section 'What has arrived is not told across a block'
send hal '"to":"ivy"' one
conv=$(field conv)
hears ivy '"text":"one"'
yes hal '{"op":"block","user":"ivy"}'
yes ivy "{\"op\":\"ack\",\"conv\":$conv,\"seq\":1,\"rid\":1}"
t 'it is stored' eventually 5 sql_is 1 "select count(*) from chat.cursors where conv_id = $conv and acked_seq = 1"
send gil '"to":"hal"' mark4 && hears hal '"text":"mark4"'
t 'and not told to who has blocked' heard 0 hal '"delivered"'

section 'A group by invitation is answered for like none'
yes ivy '{"op":"group_create","name":"secret club","join":"invite"}'
club=$(field group.id)
for what in '"group_join","group":"secret club"' '"group_members","group":"secret club"' '"history","group":"secret club"' \
	'"typing","group":"secret club"' '"send","cid":"x","text":"x","group":"secret club"'; do
	no gil not_found "{\"op\":$what}" || break
	was=$line
	no gil not_found "{\"op\":$(printf %s "$what" | sed 's/secret club/no such club/')}" || break
	[ "$was" = "$line" ] || break
	was=
done
t 'by its name, in the same words' is "$was" ''
for op in history typing; do
	no gil not_found "{\"op\":\"$op\",\"conv\":$club}" && was=$line && no gil not_found "{\"op\":\"$op\",\"conv\":999999}" || break
	[ "$was" = "$line" ] || break
	was=
done
t 'and by its number' is "$was" ''
yes ivy '{"op":"group_invite","group":"secret club","user":"gil"}'
t 'to who is invited it exists' yes gil '{"op":"group_join","group":"secret club"}'

t 'all is well in the database' clean
finish
