#!/bin/sh
# Secrets: a password or token is nowhere in the memory of the session that was given it, nor in a core.
# shellcheck disable=SC2016
. t/lib.sh
[ "$(id -u)" = 0 ] || skip_all 'only root reads the memory of others'
stack --nodes 1
. t/talk.sh
people alice
secrets='tr0ub4dor&3-correct-horse 12345678-numbered-horse s3cond-battery-staple'
register() { # NAME PASSWORD
	echo "{\"op\":\"register\",\"name\":\"$1\",\"password\":\"$2\"}"
}
session() { # the pid of the only one
	pgrep -P "$(cat "$dir/a.pid")" -f "chatd: $1"
}
nowhere() { # PID SECRET…
	is "$(perl t/secrets.pl "$@")" ''
}
# shellcheck disable=SC2086
set -- $secrets

call bob
t 'who registers' yes bob "$(register bob "$1")"
t 'leaves no password' nowhere "$(session session)" "$1"
t 'nor does a wrong one' no bob bad_credentials '{"op":"login","name":"bob","password":"'"$3"'"}'
t 'stay' nowhere "$(session session)" "$3"
t 'or the right one, in pieces' talk raw bob "7 {\"op\":\"login\",\"name\":\"bob\",\"password\":\"$1\"}\\n"
t 'that is answered' talk reply bob 5
t 'well' like "$line" '"ok":true'
token=$(field token)
t 'nor the token, either' nowhere "$(session bob)" "$1" "$token"
t 'this would be found' like "$(perl t/secrets.pl "$(session bob)" 'chatd: bob')" 'secret 1'
t 'spelled with escapes' yes bob "{\"op\":\"passwd\",\"old\":\"\\u0074r0ub4dor&3-correct-horse\",\"new\":\"$3\"}"
t 'two are as little there' nowhere "$(session bob)" "$1" "$3" 'r0ub4dor&3-correct-horse'
hang bob
t 'with a token' eventually 5 logged_out bob
call bob
t 'one comes back' yes bob "{\"op\":\"resume\",\"token\":\"$token\"}"
t 'and it is not there' nowhere "$(session bob)" "$token"
hang bob

section 'Numbered'
call carol
talk raw carol "0 {\"msgid\":3,\"name\":\"carol\",\"password\":\"$2\"}\\0"
t 'a numbered one registers' eventually 5 sql_is 1 "select count(*) from chat.users where name = 'carol'"
id=$(sql "select id from chat.users where name = 'carol'")
t 'and leaves no password' eventually 2 nowhere "$(session session)" "$2"
talk raw carol "0 {\"msgid\":1,\"id\":$id,\"password\":\"$2\"}\\0"
t 'logs in' eventually 5 not logged_out carol
t 'and leaves none' eventually 2 nowhere "$(session carol)" "$2"
t 'nobody else has them' eval 'for pid in $(cat "$dir/a.pid") $(session keeper); do nowhere "$pid" "$@" "$token" || break; done'

section 'Cores'
t 'there are none' like "$(cat "/proc/$(session carol)/limits")" '^Max core file size +0 +0 '
finish
