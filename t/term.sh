# shellcheck shell=sh disable=SC2034,SC2154
# term.sh - the words for the client at a terminal, after t/lib.sh: tmux is the terminal.
#
#	term alice "$chat" -s "$NODE_A" -u alice
#	keys alice '/msg bob' Enter
#	t 'bob is there' eventually 5 shows alice 'bob> $'

case $("$chat" --version) in *without*) skip_all 'this chat is built without readline' ;; esac

t_tmux() {
	LC_ALL=C.UTF-8 tmux -S "$dir/tmux" -f /dev/null "$@"
}
trap 't_tmux kill-server 2>/dev/null; t_exit' EXIT

term() { # NAME COMMAND…: a terminal of 80 by 24; what the command leaves with is in DIR/NAME.left
	t_term=$1
	shift
	printf "'%s' " "$@" >"$dir/$t_term.run"
	rm -f "$dir/$t_term.left"
	# shellcheck disable=SC2016
	t_tmux new-session -d -s "$t_term" -x 80 -y 24 \
		"TERM=xterm-256color LC_ALL=C.UTF-8 sh -c '. \"\$0\"; echo \$? >\"\$1\"' '$dir/$t_term.run' '$dir/$t_term.left'"
}

keys() { # NAME KEY…: as tmux send-keys
	t_term=$1
	shift
	t_tmux send-keys -t "$t_term" "$@"
}

line_of() { # NAME TEXT: typed, with Enter
	keys "$1" -l "$2" && keys "$1" Enter
}

screen() { # NAME: all that it shows, and what has scrolled away
	t_tmux capture-pane -p -J -S - -t "$1" | sed 's, *$,,'
}

shows() { # NAME REGEX
	screen "$1" | grep -qE -e "$2"
}

prompts() { # NAME REGEX: the last line that is not empty
	screen "$1" | grep -v '^ *$' | tail -n 1 | grep -qE -e "$2"
}

# wire NAME ADDR: a relay; what passes is in DIR/NAME.wire, its address in $WIRE.
wire() {
	cat >"$dir/wire.pl" <<'END'
use IO::Socket::INET;
$SIG{PIPE} = 'IGNORE';
$SIG{CHLD} = 'IGNORE';
my ($to, $file) = @ARGV;
my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die;
open my $log, '>>', "$file.wire"; $log->autoflush(1);
open my $f, '>', "$file.tmp"; print $f '127.0.0.1:', $l->sockport; close $f; rename "$file.tmp", "$file.addr";
while (my $c = $l->accept) {
	next if fork;
	my $s = IO::Socket::INET->new($to) or exit;
	my %other = (fileno $c => $s, fileno $s => $c);
	while (1) {
		my $r = ''; vec($r, fileno($_), 1) = 1 for $c, $s;
		select $r, undef, undef, undef;
		for ($c, $s) {
			next unless vec $r, fileno($_), 1;
			sysread $_, my $buf, 65536 or exit;
			syswrite $log, $buf;
			syswrite $other{fileno $_}, $buf;
		}
	}
}
END
	rm -f "$dir/$1.addr" && : >"$dir/$1.wire"
	spawn "wire-$1" perl "$dir/wire.pl" "$2" "$dir/$1"
	eventually 5 test -s "$dir/$1.addr"
	WIRE=$(cat "$dir/$1.addr")
}
passed() { # NAME REGEX: over that wire
	grep -qE -e "$2" "$dir/$1.wire"
}
