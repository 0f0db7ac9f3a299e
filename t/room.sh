# shellcheck shell=sh disable=SC2154
# room.sh - crowds before the door (t/room.pl), to be read after t/lib.sh.

crowd() { # NAME VERB FROM COUNT [REST]: t/room.pl in the background, at node a
	t_crowd=$1 t_verb=$2
	shift 2
	spawn "$t_crowd" perl t/room.pl "$t_verb" "$NODE_A" "$@"
}
says() { # NAME REGEX: the last line it said
	tail -n 1 "$dir/$1.out" | grep -qE -e "$2"
}
