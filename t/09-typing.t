#!/bin/sh
# At a terminal: what is typed stays whole, whatever arrives, and readline's keys do what they do elsewhere.
. t/lib.sh
. t/term.sh
stack --nodes 1
user alice bob

c() { # USER WORD…
	t_who=$1
	shift
	"$chat" -s "$NODE_A" --device box -u "$t_who" --timeout 10 "$@"
}
for who in alice bob; do
	echo "$who-password" | c "$who" login "$who"
done
stored_is() { # COUNT TEXT
	is "$(sql "select count(*) from chat.messages where body = '$2'")" "$1"
}
from_bob() { # TEXT: and it is on alice's screen
	c bob send alice "$1" && eventually 5 shows alice "bob: $1\$"
}
term alice "$chat" -s "$NODE_A" --device box -u alice
t 'alice is there' eventually 10 shows alice 'You are alice'

# Up and Ctrl-R
line_of alice '/msg bob'
line_of alice 'the first'
line_of alice 'the second'
t 'two lines are stored' eventually 5 stored_is 1 'the second'
keys alice Up
t 'Up brings the last line back' eventually 5 prompts alice '^bob> the second$'
keys alice Up
t 'and the one before' eventually 5 prompts alice '^bob> the first$'
keys alice Up
t 'commands too' eventually 5 prompts alice '^bob> /msg bob$'
keys alice Down Down C-a C-k
keys alice -l 'a third'
t 'what was found can be changed' eventually 5 prompts alice '^bob> a third$'
keys alice Enter
t 'and sent' eventually 5 stored_is 1 'a third'
keys alice C-r
keys alice -l seco
t 'Ctrl-R searches' eventually 5 prompts alice "seco.: the second$"
t 'while something arrives' from_bob 'in the middle of a search'
t 'it goes on' eventually 5 prompts alice "seco.: the second$"
keys alice Enter
t 'Enter sends what was found' eventually 5 stored_is 2 'the second'

# What arrives does not disturb
keys alice -l '半分 half 😀 a'
t 'wide characters are typed' eventually 5 prompts alice '^bob> 半分 half 😀 a$'
t 'something arrives' from_bob 'is that half a line'
t 'the line is still there' eventually 5 prompts alice '^bob> 半分 half 😀 a$'
keys alice -l ' line'
keys alice Enter
t 'and whole when it is sent' eventually 5 stored_is 1 '半分 half 😀 a line'
t_tmux set-buffer "$(printf 'pasted 一\nin two')"
t_tmux paste-buffer -p -t alice
t 'a paste of two lines' eventually 5 prompts alice 'in two'
keys alice Enter
t 'is one message' eventually 5 stored_is 1 "$(printf 'pasted 一\nin two')"

keys alice -l /quit
keys alice Enter
t 'and good-bye' eventually 5 test -s "$dir/alice.left"
t 'leaves with 0' is "$(cat "$dir/alice.left")" 0
t 'nothing is inconsistent' clean
finish
