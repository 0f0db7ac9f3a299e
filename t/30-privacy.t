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
t 'the blocked one does not see what was read' silent eve '"ev":"read"'
t 'nor what is typed' silent eve '"ev":"typing"'
t 'the blocker does not see it either' silent dan '"ev":"read"'
yes eve '{"op":"group_create","name":"trap"}'
t 'an invitation by the blocked is answered' yes eve '{"op":"group_invite","group":"trap","user":"dan"}'
t 'as often as it is made' yes eve '{"op":"group_invite","group":"trap","user":"dan"}'
send ann '"to":"dan"' mark2 && hears dan '"text":"mark2"'
t 'and does not arrive' silent dan '"ev":"group_invited"'
t 'nor is it kept' is "$(sql "select count(*) from chat.group_invites i join chat.users u on u.id = i.user_id where u.name = 'dan'")" 0

section 'an invitation is told once'
yes dan '{"op":"group_invite","group":"eves group","user":"bob"}'
send ann '"to":"bob"' mark3 && hears bob '"text":"mark3"'
t 'however often it is made' silent bob '"ev":"group_invited"'

t 'all is well in the database' clean
finish
