#!/bin/sh
# Ten thousand messages through WebSockets that nobody here wrote, byte for byte; and what an idle one costs.
cd "$(dirname "$0")/../.." || exit 1
. t/lib.sh
t_file=t/slow/soak.t
stack --nodes 2 --nginx --pgbouncer
user alice bob idle-native idle-web

section 'Ten thousand'
t 'python3-websockets, on two nodes: each once, in order, as it was' /usr/bin/python3 t/soak.py "$NODE_A" "$NGINX_WEB" 10000
cat "$t_said"
if command -v node >"$dir/which" && (cd "$dir" && npm install --silent --no-save ws >npm.said 2>&1); then
	t 'web/chat.js with node-ws, cut ten times: the same' env WS_FROM="$dir/x.js" node t/soak.mjs "$NGINX" "$NODE_B" 10000
	cat "$t_said"
	# The bot of chatd-protocol(7), as it stands there.
	sed -n '/^A bot:/,/^\.Ed/{/^A bot:/d;/^\./d;p;}' man/chatd-protocol.7 |
		sed "s/127.0.0.1:7000/$NODE_A/; s/bob-demo/bob-password/" >"$dir/bot.mjs"
	cp web/chat.js "$dir" && echo '{"type":"module"}' >"$dir/package.json"
	spawn bot node "$dir/bot.mjs"
	t "the manual's bot logs in" eventually 20 sql_is 1 "select count(*) from chat.session_list where device = 'bot'"
	login alice "$NODE_B"
	say alice '{"op":"send","to":"bob","cid":"bot1","text":"time"}'
	t 'and knows the time' expect alice '"text":"20[0-9][0-9]-[0-9-]*T[0-9:.]*Z"'
	close bot alice
else
	skip 'web/chat.js with node-ws' 'no node, or npm does not reach ws'
fi

section 'Idle'
sql 'update chat.settings set devices = 1000'
# What the kernel has for the sessions of a node: memory (what several share, each its part of it) and page tables, in KB.
cost() { # KIND
	/usr/bin/python3 t/idle.py "$1" "$NODE_A" 200
}
# The first two hundred share pages with a young master that later ones do not: they do not count.
cost native >"$dir/first"
native=$(cost native)
web=$(cost web)
echo "# an idle session: native $native KB, WebSocket $web KB"
t 'both are measured' [ "$((${native:-0} * ${web:-0}))" -gt 0 ]
t 'an idle WebSocket costs at most 5 % more than a native session' [ "$((web * 100))" -le "$((native * 105))" ]
t 'all is well in the database' clean
finish
