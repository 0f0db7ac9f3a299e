#!/bin/sh
# What the README shows is what happens: its commands are run and compared, numbers and times apart.
cd "$(dirname "$0")/.." || exit 1
. t/lib.sh
stack --nodes 2 --nginx
CHAT_SERVER=$NGINX
export CHAT_SERVER
PATH=$BUILD_DIR:$PATH

# block NAME: the indented lines below the marker, up to the next paragraph at the margin.
block() {
	awk -v mark="<!-- $1:" 'index($0, mark) { on = 1; next } on && /^[^ ]/ { exit } on { sub(/^    /, ""); print }' README.md
}

# Times, ports and trailing blanks differ; what else does is a lie.
same() {
	sed -E -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+(\+00)?/TIME/g' -e 's/127\.0\.0\.1:[0-9]+/ADDR/g' \
		-e 's/ +/ /g; s/-+/-/g; s/ $//' | grep -v '^$'
}

# follow NAME: runs the commands of the block, and prints the block anew.
follow() {
	block "$1" | grep '^\$ ' | cut -c3- | while read -r command; do
		printf '$ %s\n' "$command"
		bash -c "$command" 2>&1
	done
}

t 'the transcript is there' test "$(block transcript | grep -c '^\$ ')" -ge 8
t 'the transcript is true' is "$(follow transcript | same)" "$(block transcript | same)"

online() {
	[ "$(sql "select coalesce(string_agg(name, ' '), '') from chat.online")" = "$1" ]
}

sql 'delete from chat.devices' # those of the transcript; bob is to have one alone
login bob
t 'bob gets what the transcript left waiting' expect bob '"seq":1.*are you'
say bob '{"op":"ack","rid":"a","conv":1,"seq":1}'
t 'and acknowledges it' expect bob '"rid":"a","ok":true'
close bob
t 'then he is away' eventually 10 online ''
login alice@phone
say alice@phone '{"op":"ack","conv":1,"seq":1}'
say alice@phone '{"op":"send","rid":1,"to":"bob","cid":"x","text":"see you at nine"}'
t 'alice says something to bob, who is away' expect alice@phone '"rid":1,"ok":true'
t 'only alice is online' eventually 10 online alice
only_bob_lags() {
	[ "$(sql "select string_agg(name, ' ') from chat.lag")" = bob ]
}
t 'only bob is behind' eventually 10 only_bob_lags
one_session() {
	[ "$(sql "select string_agg(sessions::text, ' ' order by name) from chat.node_list")" = '1 0' ]
}
t 'the heartbeat tells how many sessions there are' eventually 10 one_session
t 'the five queries answer as shown' is "$(follow psql | same)" "$(block psql | same)"
# The bot
for who in bot alice; do
	echo "$who-password" | chat register $who 2>/dev/null
	echo "$who-password" | chat login $who
done
block bot | grep -v '^$' >"$dir/bot" && chmod +x "$dir/bot"
t 'the bot has five lines' is "$(wc -l <"$dir/bot")" 5
spawn bot chat -u bot listen --exec "$dir/bot" --reply
chat -u alice send bot time && chat -u alice send bot 'how are you?'
t 'it answers, as shown' eventually 10 sql_is 'alice, I only know "time".' \
	"select m.body from chat.messages m join chat.users u on u.id = m.sender_id where u.name = 'bot' and m.body like 'alice%'"
t 'with what it prints' like "$(chat -u alice history bot -n 4 | sed -n 's/.* bot: //p')" '^[0-2][0-9]:[0-5][0-9]$'
close bot
finish
