# shellcheck shell=sh disable=SC2154
# words.sh - words for numbered clients, beside those of lib.sh:
#
#	enroll zhang a 123456			an account by dialect A; its id is $(id zhang)
#	enter zhang "$NODE_B"			dial and log in; $line is the reply
#	wish zhang chat "$(id li)" 'hello'	login register chat friend create join group logout
#	hears li chat zhang 'hello'		a push that is right in all its fields
#
# A strict client that aborts says so in its output, where every expect meets it. Beside the dialects a, b and c, which
# these words know, there are those of a file: a name is that of contrib/dialects/NAME.conf, and client and requests are
# made of it.

dial() { # NAME DIALECT [ADDR]: a strict client; say and expect work with it
	case $2 in a | b | c | */*) w_table=$2 ;; *) w_table=contrib/dialects/$2.conf ;; esac
	rm -f "$dir/$1.in" && mkfifo "$dir/$1.in"
	echo 0 >"$dir/$1.heard"
	: >"$dir/$1.out"
	echo "$2" >"$dir/$1.letter"
	{
		"$BUILD_DIR/dialect/strict" "$w_table" "${3:-$NODE_A}" <&3 3<&- >"$dir/$1.out" 2>"$dir/$1.err" &
		echo $! >"$dir/$1.proc"
	} 3<>"$dir/$1.in"
}

letter() {
	cat "$dir/$1.letter"
}

id() {
	cat "$dir/$1.id"
}

number() { # DIALECT WISH
	case $1 in
	a | b | c) ;;
	*)
		table "$1" "$2" number
		return
		;;
	esac
	case $2 in
	login) set -- "$1" 1 1002 1 ;;
	register) set -- "$1" 3 1000 4 ;;
	chat) set -- "$1" 5 1004 6 ;;
	friend) set -- "$1" 6 1005 7 ;;
	create) set -- "$1" 7 1006 8 ;;
	join) set -- "$1" 8 1007 9 ;;
	group) set -- "$1" 9 1008 10 ;;
	logout) set -- "$1" 10 1009 3 ;;
	esac
	case $1 in a) echo "\"msgid\":$2" ;; b) echo "\"msgId\":$3" ;; c) echo "\"msgid\":$4" ;; esac
}

# DIALECT WORD number|FIELD: of a table, "key":NUMBER or the first spelling of field 1, 2, …
table() {
	awk -v word="$2" -v field="$3" '
		BEGIN {
			fields["login"] = "id password"; fields["register"] = "name password"; fields["chat"] = "id toid msg"
			fields["friend"] = "id friendid"; fields["create"] = "id groupname groupdesc"; fields["join"] = "id groupid"
			fields["group"] = "id groupid msg"; fields["logout"] = "id"
			fields["chat-push"] = "id name toid time msg"; fields["group-push"] = "id name groupid time msg"
			fields["login-reply"] = "errno errmsg id name friends groups"
			fields["group-item"] = "groupid groupname groupdesc users"
		}
		{ sub(/#.*/, "") }
		$1 == "key" { key = $2 }
		$1 == word {
			pushed = word ~ /-/
			if (!pushed) n = $2
			if (NF > 2) { $1 = ""; if (!pushed) $2 = ""; fields[word] = $0 }
		}
		END {
			if (field == "number") { print "\"" key "\":" n; exit }
			split(fields[word], f, " "); split(f[field], one, ","); print one[1]
		}' "contrib/dialects/$1.conf"
}

# DIALECT WORD VALUE…: a request made of a table, a value for each field, as it stands in JSON
request() {
	w_dialect=$1 w_word=$2 w_field=0
	printf '{%s' "$(number "$1" "$2")"
	shift 2
	for w_value; do
		w_field=$((w_field + 1))
		printf ',"%s":%s' "$(table "$w_dialect" "$w_word" $w_field)" "$w_value"
	done
	printf '}\n'
}

# NAME WISH [ARGUMENT]…
wish_of_table() {
	case $2 in
	login) set -- "$1" "$2" "${3:-$w_id}" "\"${4:-123456}\"" ;;
	register) set -- "$1" "$2" "\"${4-$1}\"" "\"$3\"" ;;
	chat | group) set -- "$1" "$2" "$w_id" "$3" "\"$4\"" ;;
	create) set -- "$1" "$2" "$w_id" "\"$3\"" "\"$4\"" ;;
	friend | join) set -- "$1" "$2" "$w_id" "$3" ;;
	logout) set -- "$1" "$2" "$w_id" ;;
	esac
	w_name=$1
	shift
	say "$w_name" "$(request "$w_letter" "$@")"
}

# NAME WISH [ARGUMENT]…, as the old programs write it; texts as they stand in JSON.
wish() {
	w_letter=$(letter "$1") w_id=$(cat "$dir/$1.id" 2>/dev/null)
	case $w_letter in
	a | b | c) ;;
	*)
		wish_of_table "$@"
		return
		;;
	esac
	w_time='"time":"2020-02-20 20:20:20"' w_name="\"name\":\"$1\""
	case $w_letter in a) w_user=userid ;; *) w_user=id ;; esac
	case $w_letter in b) w_from=fromid w_friend=friendId ;; *) w_from=id w_friend=friendid ;; esac
	case $2 in
	login) w_rest="\"id\":${3:-$w_id},\"password\":\"${4:-123456}\"" ;;
	register) w_rest="\"name\":\"${4-$1}\",\"password\":\"$3\"" ;;
	chat) w_rest="\"$w_from\":$w_id,$w_name,\"toid\":$3,\"msg\":\"$4\",$w_time" ;;
	friend) w_rest="\"id\":$w_id,\"$w_friend\":$3" ;;
	create) w_rest="\"$w_user\":$w_id,\"groupname\":\"$3\",\"groupdesc\":\"$4\"" ;;
	join) w_rest="\"$w_user\":$w_id,\"groupid\":$3" ;;
	group) w_rest="\"$w_user\":$w_id,$w_name,\"groupid\":$3,\"msg\":\"$4\",$w_time" ;;
	logout) w_rest="\"id\":$w_id" ;;
	esac
	say "$1" "{$(number "$w_letter" "$2"),$w_rest}"
}

nods() { # NAME…: a byte that means nothing but that somebody is there
	for w_name; do say "$w_name" 'raw \n'; done
}

enroll() { # NAME DIALECT PASSWORD [ADDR]
	dial "$1" "$2" "${4:-$NODE_A}"
	wish "$1" register "$3"
	expect "$1" errno && like "$line" '"errno":0' || return
	field id >"$dir/$1.id"
	close "$1"
}

enter() { # NAME [ADDR] [PASSWORD]
	[ ! -e "$dir/$1.proc" ] || close "$1"
	dial "$1" "$(letter "$1")" "${2:-$NODE_A}"
	wish "$1" login '' "${3:-123456}"
	expect "$1" '"errno":' && like "$line" '"errno":0'
}

shape() { # jq's view of $line
	printf '%s\n' "$line" | jq -r "$1 | map(tostring) | join(\"|\")"
}

hears_by_table() {
	w_letter=$(letter "$1") w_number=$(number "$w_letter" "$2") w_shape=
	expect "$1" "\"$(table "$w_letter" "$2-push" 5)\":" || return
	for w_field in 1 2 3 5; do w_shape="$w_shape,.$(table "$w_letter" "$2-push" $w_field)"; done
	like "$line" "${w_number}[,}]" && is "$(shape "[${w_shape#,}]")" "$(id "$3")|$3|${5-$(id "$1")}|$4"
}

# NAME chat|group FROM TEXT [GROUP]: the next push is this, whatever the dialect.
hears() {
	case $(letter "$1") in
	a | b | c) ;;
	*)
		hears_by_table "$@"
		return
		;;
	esac
	expect "$1" '"msg":' || return
	w_number=$(number "$(letter "$1")" "$2")
	if [ "$2" = chat ]; then
		is "$(shape '[.msgid, .msgId, .id, .fromid, .name, .toid, .msg]')" \
			"$(w_both "$w_number")|$(id "$3")|$(id "$3")|$3|$(id "$1")|$4"
	else
		is "$(shape '[.msgid, .msgId, .id, .userid, .name, .groupid, .msg]')" \
			"$(w_both "$w_number")|$(id "$3")|$(id "$3")|$3|$5|$4"
	fi
}

w_both() { # what jq shows of both keys
	case $1 in *msgid*) echo "${1#*:}|null" ;; *) echo "null|${1#*:}" ;; esac
}

# NAME: a refusal, told by chatd itself
is_told() {
	expect "$1" '"name":"chatd"' && like "$line" "$2" &&
		like "$(shape '[.id, .fromid, .toid]')" "^0\|0\|(0|$(id "$1"))\$"
}

native() { # NAME…: ids of native users
	for w_name; do sql "select id from chat.users where name = '$w_name'" >"$dir/$w_name.id"; done
}
