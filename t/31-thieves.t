#!/bin/sh
# Who knows the old password, or has a device that was revoked, is out: whatever went on at that moment, and also while
# nobody can be told.
# shellcheck disable=SC2016,SC2317
. t/lib.sh
stack --nodes 2
. t/talk.sh
people ann bob cat

login_of() { # NAME [DEVICE]
	printf %s "{\"op\":\"login\",\"name\":\"$1\",\"password\":\"$1-password\",\"device\":\"${2:-default}\"}"
}
sessions() { # NAME: its devices with a session
	sql "select coalesce(string_agg(device, ' ' order by device), '') from chat.session_list where name = '$1'"
}
tokens() { # NAME: its devices that may resume
	sql "select coalesce(string_agg(d.name, ' ' order by d.name), '') from chat.devices d join chat.users u on u.id = d.user_id
		where u.name = '$1' and d.token_hash is not null"
}
# A change of the user's row that is not committed until it is told to; the login is between its two questions then.
begin_change() { # SET WHERE
	mkfifo "$dir/change"
	exec 7<>"$dir/change"
	psql -XAtq <"$dir/change" >"$dir/change.out" 2>&1 &
	change=$!
	printf "begin;\nupdate chat.users set %s where %s;\nselect 'changed';\n" "$1" "$2" >&7
	eventually 10 grep -q changed "$dir/change.out"
}
end_change() {
	printf 'commit;\n\\q\n' >&7
	exec 7>&-
	wait "$change"
	rm "$dir/change" "$dir/change.out"
}
waits() { # for the change to be over
	is "$(sql "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%chat.session_begin%'")" 1
}

section 'A login that was verified before, and opened after'
another=$(sql "select password from chat.users where name = 'bob'")
call thief
begin_change "password = '$another'" "name = 'ann'"
t 'the old password is right still' talk put thief "$(login_of ann)"
t 'but the session waits for what goes on' eventually 10 waits
end_change
t 'and is refused' talk reply thief 10
t 'as a wrong password is' like "$line" '"ok":false,"error":"bad_credentials","message":"the name or the password is wrong"'
t 'there is no session' is "$(sessions ann)" ''
t 'nor a token' is "$(tokens ann)" ''
t 'the connection goes on, for who knows better' yes thief '{"op":"login","name":"ann","password":"bob-password"}'
t 'and had become nobody' is "$(sessions ann)" default
hang thief

call thief
begin_change 'disabled_at = now()' "name = 'cat'"
talk put thief "$(login_of cat)"
t 'an account that is disabled meanwhile' eventually 10 waits
end_change
t 'is refused' talk reply thief 10
t 'in the same words' like "$line" '"error":"bad_credentials","message":"the name or the password is wrong"'
t 'and has no session' is "$(sessions cat)$(tokens cat)" ''
sql "update chat.users set disabled_at = null where name = 'cat'"
hang thief

section 'Twelve log in while the password is changed'
enter bob@own
i=0
while [ $((i += 1)) -le 12 ]; do
	call "thief$i" "$([ $((i % 2)) = 0 ] && echo "$NODE_A" || echo "$NODE_B")"
done
i=0
while [ $((i += 1)) -le 12 ]; do
	talk put "thief$i" "$(login_of bob "d$i")"
done
t 'bob changes it' yes bob@own '{"op":"passwd","old":"bob-password","new":"new-password"}'
i=0 in=0
while [ $((i += 1)) -le 12 ]; do
	talk reply "thief$i" 30
	case $line in *'"ok":true'*) in=$((in + 1)) ;; esac
done
echo "# $in of 12 were in before the change"
t 'nobody of them is in' eventually 5 sql_is own "select string_agg(device, ' ') from chat.session_list where name = 'bob'"
t 'nor may come back' is "$(tokens bob)" own
i=0
while [ $((i += 1)) -le 12 ]; do hang "thief$i"; done
hang bob@own

section 'What was revoked does not come back, also while nobody can be told'
another=$(sql "select password from chat.users where name = 'ann'")
call ann@desk && yes ann@desk '{"op":"login","name":"ann","password":"bob-password","device":"desk"}'
call ann@phone "$NODE_B" && yes ann@phone '{"op":"login","name":"ann","password":"bob-password","device":"phone"}'
stolen=$(sql "select id from chat.session_list where name = 'ann' and device = 'phone'")
node redis kill
hears ann@phone '"ev":"bus","state":"degraded"'
pid=$(sql "select pid from chat.session_list where id = $stolen")
kill -STOP "$pid"
t 'the phone is revoked' yes ann@desk '{"op":"device_revoke","device":"phone"}'
call ann@phone2 "$NODE_A"
t 'found again, it logs in' yes ann@phone2 '{"op":"login","name":"ann","password":"bob-password","device":"phone"}'
hang ann@phone2
t 'and goes' eventually 10 sql_is desk "select string_agg(device, ' ') from chat.session_list where name = 'ann' and device <> 'default'"
t 'its token stays' like "$(tokens ann)" 'phone'
kill -CONT "$pid"
t 'the session of before ends, when it looks' hears ann@phone '"ev":"bye","reason":"(replaced|logged_out)"' 15
t 'and its connection' gone ann@phone
t 'it has not come back' is "$(sessions ann | tr ' ' '\n' | grep -c phone)" 0
node redis start

t 'all is well in the database' clean
finish
