#!/bin/sh
# At a terminal: what is typed stays whole, whatever arrives, and readline's keys do what they do elsewhere.
. t/lib.sh
. t/term.sh
stack --nodes 1
user alice bob carol

log_in alice bob carol
from_bob() { # TEXT: and it is on alice's screen
	c bob send alice "$1" && eventually 5 shows alice "bob: $1\$"
}
term alice "$chat" -s "$NODE_A" --device box -u alice
t 'alice is there' eventually 10 shows alice 'You are alice'

# Up and Ctrl-R
line_of alice '/msg bob'
t 'somewhere' eventually 5 prompts alice '^bob>'
line_of alice '/who'
line_of alice 'the first'
line_of alice 'the second'
t 'two lines are stored' eventually 5 stored_is 1 'the second'
keys alice Up
t 'Up brings the last line back' eventually 5 prompts alice '^bob> the second$'
keys alice Up
t 'and the one before' eventually 5 prompts alice '^bob> the first$'
keys alice Up
t 'commands too' eventually 5 prompts alice '^bob> /who$'
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

# Others see that something is typed
login bob
line_of alice '/me waves'
t 'a command is nothing that others see being typed' expect bob '"text":"/me waves"'
t 'so nothing came before it' not grep -q '"ev":"typing"' "$dir/bob.out"
keys alice -l 'plain'
t 'a text is' expect bob '"ev":"typing".*"alice"'
keys alice C-u
close bob

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


# Another size
t_tmux resize-window -t alice -x 200 -y 24
keys alice -l 'a line that is rather long, so that it takes two rows, or three of them, in a window that is narrow enough'
t 'a long line' eventually 5 prompts alice 'narrow enough$'
copies() { # COUNT
	[ "$(screen alice | tr -d '\n' | grep -o 'a line that is rather' | wc -l)" = "$1" ]
}
# tmux tells the size a moment later than it has it.
told() { # WIDTH
	stty -F "$(t_tmux display-message -p -t alice '#{pane_tty}')" size | grep -q " $1\$"
}
for width in 60 40 100 50 120; do
	t_tmux resize-window -t alice -x $width -y 24
	eventually 5 told $width
	keys alice C-e
	c bob send alice "now $width"
	t "$width columns wide" eventually 5 shows alice "bob: now $width\$"
	t 'it is there once' eventually 5 copies 1
done
keys alice C-u
t_tmux resize-window -t alice -x 80 -y 24

# Each conversation has its own, and they are kept
line_of alice '/msg carol'
t 'elsewhere' eventually 5 prompts alice '^carol'
line_of alice 'for carol alone'
t 'something is said' eventually 5 stored_is 1 'for carol alone'
line_of alice '/msg bob'
t 'and back' eventually 5 prompts alice '^bob'
keys alice Up
t 'Up brings what was said here' eventually 5 prompts alice '^bob.*> /msg carol$'
keys alice Up
t 'and before, in one piece' eventually 5 prompts alice '^in two$'
keys alice C-u
line_of alice /quit
t 'good-bye' eventually 5 test -s "$dir/alice.left"
t 'what was typed is for me alone' is "$(find "$HOME" -name '*.history' ! -perm 600)" ''
term alice "$chat" -s "$NODE_A" --device box -u alice
t 'again' eventually 10 shows alice 'You are alice'
line_of alice '/msg carol'
t 'there' eventually 5 prompts alice '^carol'
keys alice Up
t 'a later run knows the lines' eventually 5 prompts alice 'carol.*> /msg bob$'
keys alice Up
t 'of this conversation' eventually 5 prompts alice 'carol.*> for carol alone$'
keys alice C-u

# A node dies
node a kill
t 'the person hears of it' eventually 10 shows alice 'no connection'
keys alice -l 'typed whi'
node a start
t 'and that it is back' eventually 40 shows alice 'connected again'
t 'the line is still there' eventually 5 prompts alice '> typed whi$'
keys alice -l 'le it was away'
keys alice Enter
t 'and goes' eventually 5 stored_is 1 'typed while it was away'
line_of alice /quit
t 'good-bye again' eventually 5 test -s "$dir/alice.left"
t 'leaves with 0' is "$(cat "$dir/alice.left")" 0
t 'nothing is inconsistent' clean
finish
