#!/bin/sh
# Groups: who may come in, what members see and from when to when, and how a group is governed.
# shellcheck disable=SC2016,SC2317
. t/lib.sh
stack --nodes 2
unlimited
. t/talk.sh
people ann bob cat dan eve

id() { # USER
	sql "select id from chat.users where name = '$1'"
}
roles() { # GROUP: its members
	sql "select string_agg(u.name || ':' || m.role, ' ' order by u.name) from chat.members m join chat.users u on u.id = m.user_id
		join chat.conversations c on c.id = m.conv_id where c.name = '$1' and m.left_seq is null"
}
roles_are() { # GROUP ROLES
	is "$(roles "$1")" "$2"
}
log() { # GROUP: its entries
	sql "select string_agg(x.seq || ' ' || u.name || ' ' || x.kind || coalesce(' ' || r.name, '') || case when x.body <> '' then ' ' || x.body else '' end, ', ' order by x.seq)
		from chat.messages x join chat.conversations c on c.id = x.conv_id join chat.users u on u.id = x.sender_id
		left join chat.users r on r.id = x.ref and x.kind in ('kick', 'role') where c.name = '$1'"
}
says() { # GROUP TEXT
	printf %s "{\"op\":\"send\",\"group\":\"$1\",\"cid\":\"$2\",\"text\":\"$2\"}"
}
on() { # OP GROUP [USER [more fields]]
	printf %s "{\"op\":\"$1\",\"group\":\"$2\"${3:+,\"user\":\"$3\"}${4:+,$4}}"
}
sees() { # NAME GROUP: the numbers of what history shows
	yes "$1" "{\"op\":\"history\",\"group\":\"$2\",\"limit\":200}" && field 'messages|map(.seq|tostring)|join(" ")'
}

enter ann
enter bob "$NODE_B"
enter cat
enter dan "$NODE_B"
enter eve
enter bob@phone

section 'Making'
t 'ann makes a group' yes ann '{"op":"group_create","name":"Tea","description":"leaves"}'
tea=$(field group.id)
t 'and is its creator' is "$line" "{\"ok\":true,\"group\":{\"id\":$tea,\"name\":\"Tea\",\"description\":\"leaves\",\"role\":\"creator\",\"last_seq\":1,\"join\":\"open\",\"history\":\"joined\"}}"
t 'as the database says' roles_are Tea ann:creator
t 'its log begins with her' is "$(log Tea)" '1 ann join'
t 'it is open and shows what came since one joined' is "$(sql "select join_policy, history_policy, members, creator from chat.group_list")" 'open|joined|1|ann'
t 'she finds it among her groups' yes ann '{"op":"groups"}'
t 'alone' is "$(field 'groups|map([.id,.name,.description,.role,.last_seq,.join,.history]|join(" "))|join(",")')" "$tea Tea leaves creator 1 open joined"
t 'the name is taken' no bob name_taken '{"op":"group_create","name":"ＴＥＡ"}'
t 'not as a user' yes bob '{"op":"group_create","name":"ann"}'
for request in '' ',"name":7' ',"name":""' ',"name":" x"' ',"name":"x\u202e"' ",\"name\":\"$(printf '%051d' 7)\"" \
	',"name":"x","description":7' ",\"name\":\"x\",\"description\":\"$(printf '%0201d' 7)\"" ',"name":"x","join":"sometimes"' \
	',"name":"x","join":""' ',"name":"x","history":"none"' ',"name":"x","history":true'; do
	t "bad: $(printf %.40s "$request")" no bob bad_request "{\"op\":\"group_create\"$request}"
done
t '200 characters describe it' yes bob "{\"op\":\"group_create\",\"name\":\"$(printf '茶%.0s' 1 2 3 4 5 6 7 8 9 10)\",\"description\":\"$(printf '%0200d' 7 | sed 's/0/茶/g')\"}"
t 'there is nothing but what was asked for' is "$(sql "select count(*), (select count(*) from chat.messages) from chat.conversations")" '3|3'

section 'Joining'
yes ann "$(says tea one)"
talk forget bob@phone
t 'bob joins' yes bob "$(on group_join tea)"
t 'as a normal member' is "$(field group.name) $(field group.role) $(field group.last_seq)" 'Tea normal 3'
t 'ann hears it' hears ann '"kind":"join",.*"bob"'
t 'as an entry of the log' is "$(field conv) $(field seq) $(field from.name) $(field group.name)" "$tea 3 bob Tea"
t 'his phone is told' hears bob@phone '^\{"ev":"group_joined","group":\{"id":'"$tea"',"name":"Tea"\}\}$'
t 'and hears his join, too' hears bob@phone '"seq":3,"kind":"join"'
t 'once more is ok' yes bob "$(on group_join tea)"
t 'and no new entry' is "$(field group.last_seq) $(log Tea)" '3 1 ann join, 2 ann text one, 3 bob join'
yes ann "$(says tea two)"
t 'bob hears what is said from then on' hears bob '"seq":4.*"text":"two"'
t 'on the phone, too' hears bob@phone '"seq":4.*"text":"two"'
t 'not what was said before' is "$(sees bob tea)" '3 4'
t 'nobody of that name' no bob not_found "$(on group_join nothing)"
t 'no direct conversation' no bob not_found '{"op":"group_join","group":999999}'
t 'one' no bob bad_request '{"op":"group_join"}'
t 'by its id' yes cat "{\"op\":\"group_join\",\"group\":$tea}"
t 'members are listed' yes cat "$(on group_members tea)"
t 'with their roles, the creator first' is "$(field 'members|map(.name+":"+.role+":"+.state)|join(" ")')" 'ann:creator:online bob:normal:online cat:normal:online'
t 'for members' no dan forbidden "$(on group_members tea)"
t 'of something' no dan not_found "$(on group_members nothing)"
t 'that is named' no dan bad_request '{"op":"group_members"}'

section 'history: all'
t 'a group that shows everything' yes ann '{"op":"group_create","name":"Open book","history":"all"}'
yes ann "$(says 'open book' before)"
yes dan "$(on group_join 'open book')"
t 'says so to who joins' is "$(field group.join) $(field group.history)" 'open all'
t 'from the beginning' is "$(sees dan 'open book')" '1 2 3'
enter dan@new
t 'and to who logs in' is "$(field 'groups|map([.name,.join,.history]|join(" "))|join(",")')" 'Open book open all'
hears dan@new '"ev":"synced"'
t 'which does not wait for the newcomer' is "$(talk count dan@new '"conv":'"$(sql "select id from chat.conversations where name = 'Open book'")"',"seq":[12],' && echo "$line")" 0
hang dan@new

section 'join: invite'
t 'a group by invitation' yes ann '{"op":"group_create","name":"Club","join":"invite"}'
t 'is shown as one' is "$(field group.join) $(field group.history)" 'invite joined'
club=$(field group.id)
t 'is not for everybody: for who is not invited there is none' no bob not_found "$(on group_join club)"
talk forget bob
t 'ann invites bob' yes ann "$(on group_invite club bob)"
t 'says the answer' is "$(field group.name) $(field user.name)" 'Club bob'
t 'bob hears it' hears bob '"ev":"group_invited"'
t 'of whom and where' is "$(field group.id) $(field user.name)" "$club ann"
t 'the database knows' is "$(sql "select count(*) from chat.group_invites where conv_id = $club and user_id = $(id bob) and by_id = $(id ann)")" 1
t 'an invitation is no entry' is "$(log Club)" '1 ann join'
enter bob@tablet
t 'so does who comes later' is "$(field 'invitations|tostring')" \
	"[{\"group\":{\"id\":$club,\"name\":\"Club\"},\"user\":{\"id\":$(id ann),\"name\":\"ann\"}}]"
t 'inviting twice does no harm' yes ann "$(on group_invite club bob)"
t 'now he may' yes bob "$(on group_join club)"
t 'the invitation is used up' is "$(sql 'select count(*) from chat.group_invites')" 0
hang bob@tablet
enter bob@tablet
t 'nobody hears of it again' is "$(field 'invitations|tostring')" '[]'
t 'he does not invite others' no bob forbidden "$(on group_invite club cat)"
t 'nor does who is outside' no cat not_found "$(on group_invite club cat)"
t 'a member needs no invitation' yes ann "$(on group_invite club bob)"
t 'and has none' is "$(sql 'select count(*) from chat.group_invites')" 0
t 'nobody' no ann not_found "$(on group_invite club nobody)"
t 'nowhere' no ann not_found "$(on group_invite nothing bob)"
t 'who?' no ann bad_request "$(on group_invite club)"
yes bob "$(on group_leave club)"
t 'who left needs another one' no bob forbidden "$(on group_join club)"
hears ann '"kind":"leave"'

section 'Leaving, and joining again'
talk forget bob@phone
talk forget ann
t 'bob leaves' yes bob "$(on group_leave tea)"
t 'which has a name' is "$(field group.id) $(field group.name)" "$tea Tea"
t 'the others hear it' hears ann '"conv":'"$tea"',"seq":6,"kind":"leave","from":\{"id":[0-9]+,"name":"bob"\}'
t 'his phone too' hears bob@phone '"ev":"group_left","group":\{"id":'"$tea"
yes ann "$(says tea gone)"
t 'he sees up to the own leave' is "$(sees bob tea)" '3 4 5 6'
t 'and not what is said now' silent bob '"text":"gone"'
t 'on no device' silent bob@phone '"text":"gone"'
t 'he says nothing there' no bob forbidden "$(says tea here)"
t 'nor leaves twice' no bob forbidden "$(on group_leave tea)"
t 'nor sees who is there' no bob forbidden "$(on group_members tea)"
t 'it is not among his groups' yes bob '{"op":"groups"}'
t 'any more' is "$(field 'groups|map(.name)|index("Tea")')" null
t 'the log' is "$(log Tea)" '1 ann join, 2 ann text one, 3 bob join, 4 ann text two, 5 cat join, 6 bob leave, 7 ann text gone'
t 'he comes back' yes bob "$(on group_join tea)"
t 'and starts at the new join' is "$(sees bob tea)" 8
t 'with what follows' yes ann "$(says tea again)"
t 'as live' hears bob '"seq":9,.*"text":"again"'
t 'who is not in cannot leave' no dan forbidden "$(on group_leave tea)"
t 'nor leave nothing' no dan not_found "$(on group_leave nothing)"
t 'nor no group' no dan bad_request '{"op":"group_leave"}'
# what is said while one is out does not come by the backlog either
yes cat "$(on group_leave tea)"
hang cat
yes ann "$(says tea between)"
eventually 5 sql_is 0 "select count(*) from chat.online where name = 'cat'"
enter cat
hears cat '"ev":"synced"'
t 'nor is it in a backlog' is "$(talk count cat '"text":"between"' && echo "$line")" 0
yes cat "$(on group_join tea)"
yes ann "$(says tea later)"
t 'after the new join it is' hears cat '"text":"later"'
t 'again nothing from between' is "$(talk count cat '"text":"between"' && echo "$line")" 0

section 'Governing'
t 'the creator does not leave' no ann forbidden "$(on group_leave tea)"
t 'nor change the own role' no ann bad_request "$(on group_role tea ann '"role":"normal"')"
talk forget bob
t 'ann makes bob an admin' yes ann "$(on group_role tea bob '"role":"admin"')"
t 'he hears it' hears bob '"kind":"role"'
t 'whom it is about and what' is "$(field from.name) $(field user.name) $(field text)" 'ann bob admin'
t 'psql sees it' roles_are Tea 'ann:creator bob:admin cat:normal'
last=$(sql "select last_seq from chat.conversations where id = $tea")
t 'once more is ok' yes ann "$(on group_role tea bob '"role":"admin"')"
t 'and no entry' is "$(sql "select last_seq from chat.conversations where id = $tea")" "$last"
t 'an admin gives no roles' no bob forbidden "$(on group_role tea cat '"role":"admin"')"
t 'there is no such role' no ann bad_request "$(on group_role tea cat '"role":"king"')"
t 'nor none' no ann bad_request "$(on group_role tea cat)"
t 'who is not in has none' no ann not_found "$(on group_role tea dan '"role":"admin"')"
t 'nor has nobody' no ann not_found "$(on group_role tea nobody '"role":"admin"')"

talk forget cat
t 'bob, the admin, puts cat out' yes bob "$(on group_kick tea cat)"
t 'says the answer' is "$(field group.name) $(field user.name)" 'Tea cat'
t 'cat is told' hears cat '"ev":"group_left","group":\{"id":'"$tea"
t 'her last entry is the kick' hears ann '"kind":"kick"'
kick=$(field seq)
t 'which names who and whom' is "$(field from.name) $(field user.name)" 'bob cat'
yes ann "$(says tea quiet)"
t 'she sees up to it' like "$(sees cat tea)" " $kick\$"
t 'and hears nothing later' silent cat '"text":"quiet"'
t 'she says nothing' no cat forbidden "$(says tea me)"
t 'who is not in is not put out' no bob not_found "$(on group_kick tea cat)"
t 'nor is nobody' no bob not_found "$(on group_kick tea nobody)"
t 'not oneself' no bob bad_request "$(on group_kick tea bob)"
t 'not the creator' no bob forbidden "$(on group_kick tea ann)"
t 'not by anybody' no dan forbidden "$(on group_kick tea ann)"
t 'whom?' no bob bad_request "$(on group_kick tea)"
t 'a kick is no ban' yes cat "$(on group_join tea)"
yes ann "$(on group_role tea cat '"role":"admin"')"
t 'an admin does not put out another' no bob forbidden "$(on group_kick tea cat)"
t 'nor bans one' no bob forbidden "$(on group_ban tea cat)"
t 'the creator does' yes ann "$(on group_kick tea cat)"
t 'a role does not come back with a join' yes cat "$(on group_join tea)"
t 'but begins anew' is "$(field group.role)" normal

t 'bob bans cat' yes bob "$(on group_ban tea cat)"
t 'who is put out' hears cat '"ev":"group_left"'
t 'by a kick' like "$(log Tea)" 'bob kick cat$'
t 'and stays out' no cat forbidden "$(on group_join tea)"
t 'which the database knows' is "$(sql 'select count(*) from chat.group_bans')" 1
t 'one who never was in' yes bob "$(on group_ban tea eve)"
t 'can be banned, too' no eve forbidden "$(on group_join tea)"
t 'without an entry' like "$(log Tea)" 'bob kick cat$'
t 'nobody is told' silent eve '"group_left"'
t 'banned, one is not invited' no bob conflict "$(on group_invite tea eve)"
t 'not oneself' no bob bad_request "$(on group_ban tea bob)"
t 'not the creator' no bob forbidden "$(on group_ban tea ann)"
t 'not nobody' no bob not_found "$(on group_ban tea nobody)"
t 'nobody else bans' no dan forbidden "$(on group_ban tea bob)"
t 'bans end' yes bob "$(on group_unban tea cat)"
t 'once' no bob not_found "$(on group_unban tea cat)"
t 'not by anybody' no cat forbidden "$(on group_unban tea eve)"
t 'nor for nobody' no bob not_found "$(on group_unban tea nobody)"
t 'then one may join' yes cat "$(on group_join tea)"
yes ann "$(on group_invite club eve)"
yes ann "$(on group_ban club eve)"
yes ann "$(on group_unban club eve)"
t 'a ban takes the invitation away' no eve not_found "$(on group_join club)"

section 'Changing'
talk forget cat
t 'bob changes the group' yes bob '{"op":"group_set","group":"tea","name":"Green tea","description":"and black","join":"invite","history":"all"}'
t 'says the answer' is "$(field group.id) $(field group.name) $(field group.description) $(field group.role)" "$tea Green tea and black admin"
t 'with what counts now' is "$(field group.join) $(field group.history)" 'invite all'
t 'all hear it' hears cat '"kind":"group"'
t 'and what was changed' is "$(field 'text|fromjson|[.name,.description,.join,.history]|join(" ")') $(field group.name)" 'Green tea and black invite all Green tea'
t 'psql sees it' is "$(sql "select name, description, join_policy, history_policy from chat.group_list where id = $tea")" 'Green tea|and black|invite|all'
t 'the old name is free' no eve not_found "$(on group_join tea)"
t 'the policy counts' no dan not_found "$(on group_join 'green tea')"
t 'the history opens from there on: what was said before stays closed' is "$(sees cat 'green tea')" "$(sql "select string_agg(n::text, ' ') from chat.members m join chat.users u on u.id = m.user_id, generate_series(m.joined_seq, $(sql "select last_seq from chat.conversations where id = $tea")) n where u.name = 'cat' and m.conv_id = $tea")"
t 'one thing at a time' yes bob '{"op":"group_set","group":"green tea","description":""}'
t 'shows the others' is "$(field group.join) $(field group.history)" 'invite all'
t 'and leaves them' is "$(sql "select name, description, join_policy, history_policy from chat.group_list where id = $tea")" 'Green tea||invite|all'
t 'the own name in other letters' yes ann '{"op":"group_set","group":"green tea","name":"GREEN TEA"}'
t 'a taken one' no ann name_taken '{"op":"group_set","group":"green tea","name":"club"}'
t 'nothing' no ann bad_request '{"op":"group_set","group":"green tea"}'
t 'nonsense' no ann bad_request '{"op":"group_set","group":"green tea","join":"never"}'
t 'no name' no ann bad_request '{"op":"group_set","group":"green tea","name":"x "}'
t 'too long a description' no ann bad_request "{\"op\":\"group_set\",\"group\":\"green tea\",\"description\":\"$(printf '%0201d' 7)\"}"
t 'not by a normal member' no cat forbidden '{"op":"group_set","group":"green tea","join":"open"}'
t 'not by others' no dan not_found '{"op":"group_set","group":"green tea","join":"open"}'
t 'not nothing' no dan not_found '{"op":"group_set","group":"nothing","join":"open"}'
t 'it is as it was' is "$(sql "select name, description, join_policy, history_policy from chat.group_list where id = $tea")" 'GREEN TEA||invite|all'

section 'Finding'
find_() { # TEXT: names
	yes dan "{\"op\":\"group_find\",\"text\":\"$1\"}" && field 'groups|map(.name)|join(",")'
}
yes eve '{"op":"group_create","name":"Чай","description":"ЗЕЛЁНЫЙ, 100%_"}'
t 'groups are found by a part of the name' is "$(find_ boo)" 'Open book'
t 'or of the description, in any script and case' is "$(find_ зелёный)" 'Чай'
t 'in Chinese' is "$(find_ 茶茶)" '茶茶茶茶茶茶茶茶茶茶'
t 'signs are just signs' is "$(find_ '0%_')" 'Чай'
t 'and no patterns' is "$(find_ 'o%k')" ''
t 'not those by invitation' is "$(find_ tea)$(find_ club)" ''
t 'with a number of members' is "$(yes dan '{"op":"group_find","text":"book"}' && field 'groups[0].members')" 2
t 'and what one may expect' is "$(yes dan '{"op":"group_find","text":"book"}' && field 'groups[0]|"\(.join) \(.history)"')" 'open all'
t 'not more than wanted' is "$(yes dan '{"op":"group_find","text":"a","limit":1}' && field 'groups|length')" 1
t 'a text is wanted' no dan bad_request '{"op":"group_find"}'
t 'some text' no dan bad_request '{"op":"group_find","text":""}'
t 'and a limit of up to 200' no dan bad_request '{"op":"group_find","text":"a","limit":201}'

section 'Handing over'
talk forget bob
t 'ann hands the group over' yes ann "$(on group_role 'green tea' bob '"role":"creator"')"
t 'and stays as an admin' roles_are 'GREEN TEA' 'ann:admin bob:creator cat:normal'
t 'as the log says' like "$(log 'GREEN TEA')" 'ann role bob creator$'
t 'bob hears it' hears bob '"kind":"role".*"text":"creator"'
t 'she gives no more roles' no ann forbidden "$(on group_role 'green tea' cat '"role":"admin"')"
t 'he does' yes bob "$(on group_role 'green tea' ann '"role":"normal"')"
t 'she may leave' yes ann "$(on group_leave 'green tea')"
t 'he may not' no bob forbidden "$(on group_leave 'green tea')"
yes cat "$(on group_leave 'green tea')"
t 'until he is the last' yes bob "$(on group_leave 'green tea')"
t 'then it is closed' is "$(sql "select closed_at is not null from chat.conversations where id = $tea")" t
t 'and not listed' is "$(sql "select count(*) from chat.group_list where id = $tea")" 0
t 'nobody joins it by name' no dan not_found "$(on group_join 'green tea')"
t 'nor by id' no dan not_found "{\"op\":\"group_join\",\"group\":$tea}"
t 'nor finds it' is "$(yes dan '{"op":"group_find","text":"green"}' && field 'groups|length')" 0
t 'its name is free' yes dan '{"op":"group_create","name":"GREEN tea"}'
t 'for another group' is "$(field 'group.id != '"$tea"' and .group.role == "creator"')" true
t 'of which the past of the old one is no part' no dan not_found "{\"op\":\"history\",\"conv\":$tea}"
t 'who was there may still look back' yes bob "{\"op\":\"history\",\"conv\":$tea}"

section 'Many invitations'
sql "select chat.group_invite($(id dan), null, g.id, null, $(id eve))
	from (select (chat.group_create($(id dan), 'many ' || n, '', 'invite', 'joined')).id from generate_series(1, 101) n) g" >"$dir/many"
enter eve@phone
t 'a hundred are shown, and that there are more' is "$(field 'invitations|length') $(field invitations_more)" '100 true'
yes eve '{"op":"block","user":"dan"}'
hang eve@phone
enter eve@phone
t 'none of those by whom one has blocked' is "$(field 'invitations|length') $(field invitations_more)" '0 null'

t 'every invariant holds' is "$(broken)" ''
finish
