# shellcheck shell=sh disable=SC2154
# talk.sh - words for long conversations, to be read after t/lib.sh. One process (t/talk.pl) holds all connections, so
# that a question and its answer cost no fork. What each said and heard is in DIR/NAME.talk.
#
#	call zoe			a connection, without a login
#	enter alice@phone "$NODE_B"	one with; $line is the session reply
#	yes alice '{"op":"ping"}'	asks, and the answer is ok
#	no alice not_found '{…}'	asks, and is refused with that code and a sentence
#	hears bob '"text":"hi"'		an event like this has come, or comes within 10 s
#	silent bob '"ev":"message"'	among those not yet heard there is none like this
#
# Replies and events are told apart: a question does not pass over an event. $line is what was said last.

mkfifo "$dir/talk.to" "$dir/talk.from"
exec 8<>"$dir/talk.to" 9<>"$dir/talk.from"
spawn talk perl t/talk.pl "$dir" 8<&- 9<&-

talk() { # VERB NAME REST
	printf '%s\n' "$*" >&8
	IFS=' ' read -r talk_status line <&9
	[ "$talk_status" = 0 ] || {
		printf '%s: %s\n' "$*" "$line" | head -c 3000
		return 1
	}
}

call() { # NAME [ADDR]
	talk call "$1" "${2:-$NODE_A}"
}

ask() { # NAME OBJECT: whatever the answer is
	talk ask "$1" "$2"
}

yes() { # NAME OBJECT
	talk ask "$1" "$2" || return
	case $line in *'"ok":true'*) ;; *) printf '%s\n%s\n' "$2" "$line" && return 1 ;; esac
}

no() { # NAME CODE OBJECT
	talk ask "$1" "$3" || return
	case $line in
	*'"ok":false,"error":"'"$2"'","message":"'?*) ;;
	*) printf 'wanted: %s\n%s\n%s\n' "$2" "$3" "$line" | head -c 3000 && return 1 ;;
	esac
}

hears() { # NAME REGEX [SECONDS]
	talk event "$1" "${3:-10}" "$2"
}

silent() { # NAME REGEX
	talk silent "$1" "$2"
}

gone() { # NAME [SECONDS]: the server has ended the connection
	talk gone "$1" "${2:-10}"
}

hang() { # NAME…: end the connection ourselves
	for t_name; do talk hang "$t_name"; done
}

enter() { # NAME[@DEVICE] [ADDR]: the backlog is still to be heard
	case $1 in *@*) t_device=${1#*@} ;; *) t_device=default ;; esac
	call "$@" &&
		yes "$1" "{\"op\":\"login\",\"name\":\"${1%%@*}\",\"password\":\"${1%%@*}-password\",\"device\":\"$t_device\"}"
}

people() { # NAME…: accounts, password NAME-password
	for t_user; do
		call "$t_user" &&
			yes "$t_user" "{\"op\":\"register\",\"name\":\"$t_user\",\"password\":\"$t_user-password\"}" || exit 1
		hang "$t_user"
	done
}

number() { # of a field in $line, without a fork: 1st "KEY":NUMBER
	t_rest=${line#*"\"$1\":"}
	t_rest=${t_rest%%[!0-9]*}
	echo "$t_rest"
}

broken() { # what chat.invariants says
	sql 'table chat.invariants'
}
