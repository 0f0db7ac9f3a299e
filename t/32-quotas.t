#!/bin/sh
# Floods by users: who has no business with a conversation keeps nobody waiting there, no answer is without bound, and
# what one user may do is limited across sessions and nodes.
# shellcheck disable=SC2016,SC2317
. t/lib.sh
stack --nodes 2
. t/talk.sh
people ann bob cat dan
for name in ann bob cat dan; do enter $name; done

section 'Strangers do not stand in the line for a conversation'
yes ann '{"op":"send","to":"bob","cid":"1","text":"hi"}'
direct=$(field conv)
yes ann '{"op":"group_create","name":"open"}'
open=$(field group.id)
yes ann '{"op":"group_create","name":"club","join":"invite"}'
club=$(field group.id)
yes ann '{"op":"group_ban","group":"open","user":"dan"}'
for name in open club; do
	yes ann "{\"op\":\"send\",\"group\":\"$name\",\"cid\":\"1\",\"text\":\"hi\"}"
done
yes cat '{"op":"group_join","group":"open"}'
yes cat "{\"op\":\"send\",\"conv\":$open,\"cid\":\"mine\",\"text\":\"while I am in\"}"
mine=$(field seq)
yes ann '{"op":"group_kick","group":"open","user":"cat"}'
mkfifo "$dir/lock"
exec 7<>"$dir/lock"
psql -XAtq <"$dir/lock" >"$dir/locked" 2>&1 &
locker=$!
echo "begin; select 'locked' from chat.conversations where id in ($direct, $open, $club) for no key update;" >&7
eventually 10 grep -q locked "$dir/locked"
t_now
begun=$t_now
for conv in $direct $open $club; do
	case $conv in "$club") code=not_found ;; *) code=forbidden ;; esac
	t "conv $conv: a text" no dan $code "{\"op\":\"send\",\"conv\":$conv,\"cid\":\"x\",\"text\":\"x\"}"
	t "conv $conv: another one" no dan $code "{\"op\":\"edit\",\"conv\":$conv,\"seq\":1,\"cid\":\"y\",\"text\":\"x\"}"
	t "conv $conv: none" no dan $code "{\"op\":\"delete\",\"conv\":$conv,\"seq\":1,\"cid\":\"z\"}"
	t "conv $conv: a mark" no dan forbidden "{\"op\":\"read\",\"conv\":$conv,\"seq\":1}"
	t "conv $conv: a notice" no dan $code "{\"op\":\"typing\",\"conv\":$conv}"
done
for group in open club; do
	case $group in club) code=not_found ;; *) code=forbidden ;; esac
	t "$group: a text" no dan $code "{\"op\":\"send\",\"group\":\"$group\",\"cid\":\"x\",\"text\":\"x\"}"
	for op in join leave members; do
		t "$group: $op" no dan $code "{\"op\":\"group_$op\",\"group\":\"$group\"}"
	done
	for op in invite kick ban unban; do
		t "$group: $op" no dan $code "{\"op\":\"group_$op\",\"group\":\"$group\",\"user\":\"bob\"}"
	done
	t "$group: role" no dan $code "{\"op\":\"group_role\",\"group\":\"$group\",\"user\":\"bob\",\"role\":\"admin\"}"
	t "$group: set" no dan $code "{\"op\":\"group_set\",\"group\":\"$group\",\"description\":\"\"}"
done
t 'nor does who was put out' no cat forbidden '{"op":"group_leave","group":"open"}'
t_now
t 'none of which waited' test $((t_now - begun)) -lt 500
printf 'commit;\n\\q\n' >&7
exec 7>&-
wait "$locker"
t 'who was put out still hears what became of an old text' yes cat "{\"op\":\"send\",\"conv\":$open,\"cid\":\"mine\",\"text\":\"while I am in\"}"
t 'namely' is "$(field seq) $(field dup)" "$mine true"
t 'and says no more' no cat forbidden "{\"op\":\"send\",\"conv\":$open,\"cid\":\"new\",\"text\":\"and now\"}"

t 'all is well in the database' clean
finish
