#!/bin/sh
# Another way of speaking is one file and one row of a table: t/front/lines.c, built into build/chatd-lines.
. t/lib.sh

t 'the front of this test has at most 60 lines' test "$(wc -l <t/front/lines.c)" -le 60
t 'and one row of front/front.c is all that is changed for it' \
	is "$(diff front/front.c "$BUILD_DIR/front/with_lines.c" | grep -c '^[<>]')" 1

mkdir "$dir/bin"
ln -s "$BUILD_DIR/chatd-lines" "$dir/bin/chatd"
BUILD_DIR=$dir/bin stack --nodes 2
user alice bob carol

# connect NAME NODE: a person with nc, to be heard with expect.
nc='$s = IO::Socket::INET->new(shift) or die; $both = IO::Select->new($s, *STDIN);
	for (;;) { for ($both->can_read) { sysread($_, $b, 4096) or exit; syswrite($_ == $s ? *STDOUT : $s, $b) } }'
connect() {
	rm -f "$dir/$1.in" && mkfifo "$dir/$1.in"
	echo 0 >"$dir/$1.heard"
	{
		perl -MIO::Socket::INET -MIO::Select -e "$nc" "$2" <&3 3<&- >"$dir/$1.out" 2>"$dir/$1.err" &
		echo $! >"$dir/$1.proc"
	} 3<>"$dir/$1.in"
}

connect alice "$NODE_A"
say alice 'LOGIN alice wrong-password'
t 'a wrong password is refused in its own words' expect alice '^no, the name or the password is wrong'
say alice 'SAY bob hi'
t 'and nothing is said before a login' expect alice '^no, log in first'
say alice 'LOGIN alice alice-password'
t 'a line logs in' expect alice '^ok$'
t 'as psql sees' is "$(sql "select node from chat.session_list where name = 'alice'")" a

login bob "$NODE_B"
connect carol "$NODE_B"
say carol 'LOGIN carol carol-password'
t 'another one does on another node' expect carol '^ok$'

say alice 'SAY bob good morning'
t 'what a line says is acknowledged' expect alice '^ok$'
t 'stored' is "$(sql 'select body from chat.messages')" 'good morning'
t 'and read by a native client' expect bob '"kind":"text","from":.*"alice".*"text":"good morning"'
say bob '{"op":"send","to":"alice","cid":"b1","text":"and to you"}'
t 'which is answered natively, on the same port' expect bob '"ok":true'
t 'and its text comes as a line, over the bus' expect alice '^bob: and to you$'
say alice 'SAY carol hello carol'
t 'two with lines understand each other' expect carol '^alice: hello carol$'

close carol
t 'who has gone is logged out' eventually 10 logged_out carol
say alice 'SAY carol are you there'
t 'who is away is written to' expect alice '^ok$'
say alice 'SAY carol see you'
t 'twice' expect alice '^ok$'
connect carol "$NODE_A"
say carol 'LOGIN carol carol-password'
t 'and finds it at the next login' expect carol '^alice: are you there$'
t 'in order' expect carol '^alice: see you$'
t 'all is well in the database' clean
finish
