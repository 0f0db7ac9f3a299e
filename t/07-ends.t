#!/bin/sh
# How a connection ends: the reason is said whoever found it, nothing goes round in circles meanwhile, and nobody who
# has no account keeps a process.
. t/lib.sh
stack --nodes 1 --chatd '--login-timeout 2'
user alice bob carol

# client NAME [OBJECT]…: says that, and after that keeps the connection whatever comes; `closed` when the server does.
client() {
	name=$1
	shift
	# shellcheck disable=SC2016
	spawn "$name" perl -MIO::Socket::INET -e '$| = 1; $s = IO::Socket::INET->new(shift) or die;
		syswrite $s, "$_\n" for @ARGV;
		while (sysread $s, $_, 65536) { tr/\0/\n/; print; /"conv":(\d+),"seq":(\d+).*"kind"/ and syswrite $s, qq({"op":"ack","conv":$1,"seq":$2}\n) }
		print "closed\n"; sleep 30' "$NODE_A" "$@"
	echo 0 >"$dir/$name.heard"
}
login_of() { # NAME DEVICE
	printf '{"op":"login","name":"%s","password":"%s-password","device":"%s"}' "$1" "$1" "$2"
}
ticks() { # PID: of its CPU time so far
	# shellcheck disable=SC2046
	set -- $(cut -d' ' -f14,15 "/proc/$1/stat") && echo $(($1 + $2))
}

section 'a session that is over waits without work'
login bob
client alice "$(login_of alice desk)"
t 'alice is there' expect alice '"synced"'
pid=$(pid_of alice)
say_ok bob '{"op":"send","to":"alice","cid":"1","text":"x"}'
t 'and has just acknowledged something' expect alice '"text":"x"'
login alice@desk
t 'when the device is taken over' expect alice '"bye","reason":"replaced"'
before=$(ticks "$pid")
while now=$(ticks "$pid" 2>/dev/null) && [ -n "$now" ]; do # until it has gone; it lingers for two seconds
	last=$now
	sleep 0.05
done
t 'it costs next to nothing while it lingers' [ "$((last - before))" -le 5 ]
close alice@desk

section 'the reason is said also when the sweep found it'
node redis kill
client carol "$(login_of carol desk)"
t 'carol is there without Redis' expect carol '"ok":true'
login carol@desk
t 'and is told why she has to go' expect carol '"bye","reason":"replaced"' 15
close carol@desk
node redis start

section 'a number is no ticket'
client stranger '{"msgid":99}'
t 'an unknown number has as long as anybody to log in' expect stranger '^closed$' 5
client hasty '{"msgid":6,"id":1,"toid":2,"msg":"hi"}'
t 'so has a request that needs a login' expect hasty '^closed$' 5

section 'own texts of another device, at a numbered client'
login alice@phone
alice=$(sql "select id from chat.users where name = 'alice'")
client number "{\"msgid\":1,\"id\":$alice,\"password\":\"alice-password\"}"
t 'it is logged in' expect number '"errno":0'
for i in 1 2 3 4 5 6 7 8; do
	say_ok alice@phone "{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"n$i\",\"text\":\"$(printf "%0$((i * 37))d" 1)\"}"
done
say_ok bob '{"op":"send","to":"alice","cid":"n","text":"still there"}'
t 'it gets what others say' expect number '"msg":"still there"'

section 'garbage on the bus ends nobody'
publish() { # LINE, CONV: as an entry, and as an event
	line=$1
	for head in "m $2 1 2 0 0" 'e 0'; do
		printf '%s %s\n%b\n' "$head" "$(printf '%b\n' "$line" | wc -c)" "$line" |
			redis-cli -s "${REDIS_URL#unix:}" -x publish "chat:u:$alice" >/dev/null
	done
}
say_of() { # TEXT: an event that says it
	printf '{"ev":"message","kind":"text","from":{"id":2,"name":"%s"},"text":"%s","at":"2026-03-01T12:00:00Z"}' "$1" "$2"
}
conv=90000
for line in 'abc}' '{}' '{"ev":"message"}' '{"ev":"message","kind":7,"text":[]}' "$(say_of x '\\377\\200')" \
	"$(say_of "$(printf '%02000d' 7)" x)" "$(say_of x "$(printf '%020000d' 7)")"; do
	publish "$line" $((conv += 1))
done
line=$(say_of x x)
printf 'm %s 1 %s 0 0 %s "c","text":"forged"\n%s\n' $((conv += 1)) "$alice" $((${#line} + 1)) "$line" |
	redis-cli -s "${REDIS_URL#unix:}" -x publish "chat:u:$alice" >/dev/null
t 'the bus was listened to' is "$(redis-cli -s "${REDIS_URL#unix:}" publish "chat:u:$alice" x)" 2
say_ok bob '{"op":"send","to":"alice","cid":"after","text":"after the garbage"}'
t 'the numbered client is still there' expect number '"msg":"after the garbage"'
t 'the native one, too' expect alice@phone '"text":"after the garbage"'
t 'and it was given nothing but objects' eval 'jq -c . <"$dir/alice@phone.out" >/dev/null'
t 'that say what they are' not grep -qv '^{"\(ok\|ev\|rid\)"' "$dir/alice@phone.out"
t 'and what nobody forged' not grep -q forged "$dir/alice@phone.out"
finish
