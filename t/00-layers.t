#!/bin/sh
# The layers, enforced on the objects: each folder may only look down, each library has one folder.
cd "$(dirname "$0")/.." || exit 1
b=${CHATD_BUILD:-build}
n=0 red=0

# only SENTENCE SYMBOLS ALLOWED: no object but those matching ALLOWED uses the symbols.
only() {
	n=$((n + 1))
	found=$(cd "$b" && find . -name '*.o' | sed 's,^\./,,' | grep -vE "^($3)" | while read -r o; do
		nm -u "$o" | grep -qE " ($2)" && echo "$o"
	done)
	if [ -z "$found" ]; then
		echo "ok $n - $1"
	else
		red=1
		echo "not ok $n - $1"
		echo "$found" | sed 's/^/# /' >&2
	fi
}

# includes SENTENCE FOLDER REGEX: no file of the folder includes what matches.
includes() {
	n=$((n + 1))
	found=$(grep -nE "^#include \"($3)" "$2"/*.[ch] /dev/null)
	if [ -z "$found" ]; then
		echo "ok $n - $1"
	else
		red=1
		echo "not ok $n - $1"
		echo "$found" | sed 's/^/# /' >&2
	fi
}

[ -e "$b/chatd.o" ] || {
	echo '1..0 # SKIP nothing is built'
	exit 1
}
only 'libpq is used in db/ alone' 'PQ[a-z]' 'db/'
only 'hiredis is used in bus/ alone' '(redis[A-Z]|freeReplyObject)' 'bus/'
only 'libsodium is used by handlers/password.c alone' '(crypto_|sodium_|randombytes)' 'handlers/password\.o'
only 'json-c is used by the handlers, the dialects and the client alone' 'json_(object|tokener)' 'handlers/|dialect|client/'
only 'only the master forks' 'v?fork$' 'pool\.o|keeper\.o|client/'
only 'only the master accepts' 'accept4?$' 'listen\.o'
only 'only the master and the sessions'"'"' sockets pass descriptors' '(sendmsg|recvmsg)$' 'pool\.o'
includes 'lib/ looks at nothing else' lib '(db|bus|handlers|client|schema)/|conn|pool|config|event|deliver'
includes 'db/ looks at lib/ alone' db '(bus|handlers|client)/|conn|pool|config|event|deliver'
includes 'bus/ looks at lib/ alone' bus '(db|handlers|client)/|conn|pool|config|event|deliver'
includes 'the client looks at lib/ alone' client '(db|bus|handlers)/|conn|pool|event|deliver'
includes 'handlers do not see how db/ talks to PostgreSQL' handlers 'db/run\.h'
echo "1..$n"
exit $red
