#!/bin/sh
# The protocol is what is written: every operation and every error code has its place in the manual and in a test.
# shellcheck disable=SC2013,SC2016,SC2317
. t/lib.sh

manual=man/chatd-protocol.7
ops=$(sed -n 's/^ *{"\([a-z_]*\)",[[:space:]]*op_.*/\1/p' handlers/table.c)
errors=$(sed -n 's/.*X(E_[A-Z_]*, "\([a-z_]*\)".*/\1/p' lib/error.h)

documented() { # WORD: an item of a list names it
	grep -qE "^\\.It (.*[^a-z_])?$1([^a-z_]|\$)" "$manual" || ! echo "$manual has no .It of $1"
}
tested() { # REGEX: in a test that is not this one
	grep -lE -e "$1" t/*.t t/*.pl | grep -qv 't/00-protocol\.t' || ! echo "no test has $1"
}
used() { # OP: as a request, or by the words of 05-groups.t
	tested "\"op\":\"$1\"|[( ]on $1 "
}

t 'the table of operations was read' [ "$(echo "$ops" | wc -l)" -ge 37 ]
t 'they are in the order that the search needs' is "$ops" "$(echo "$ops" | LC_ALL=C sort -u)"
for op in $ops; do
	t "$op is documented" documented "Ic $op"
	t "$op is tested" used "$op"
	t "$op has a handler that begins with its piece of the protocol" grep -qE "\"op\":\"$op\"|^ \\* (.*, )?$op(,.*)? - " handlers/*.c
done
t 'the error codes were read' [ "$(echo "$errors" | wc -l)" -ge 15 ]
for error in $errors; do
	t "the error $error is documented" documented "$error"
	# internal means that we are wrong; what leads there is put right, so no test can.
	[ "$error" = internal ] || t "it is tested" tested "(no [^ ]+ |\")$error"
done
events=$(sed -n 's/.*X(EVENT_[A-Z_]*, "\([a-z_]*\)".*/\1/p' lib/event_name.h)
t 'the events were read' [ "$(echo "$events" | wc -l)" -ge 14 ]
for event in $events; do
	t "the event $event is documented" documented "$event"
	[ "$event" = ping ] || t 'it is tested' tested "\\\\?\"ev\\\\?\":\\\\?\"$event|hears [^ ]+ '\"$event"
done
reasons=$(sed -nE 's/.*(peer_end|session_bye)\([^"]*"([a-z_]*)".*/\2/p' ./*.c front/*.c session/*.c | sort -u)
t 'the reasons to say bye were read' [ "$(echo "$reasons" | wc -l)" -ge 5 ]
for reason in $reasons; do
	t "the reason $reason is documented" grep -qw "$reason" "$manual"
	t 'it is tested' tested "\"reason\":\"$reason\""
done
t 'no operation is documented that is not there' is "$(sed -n "/^.Sh ACCOUNT/,/^.Sh EVENTS/s/^.It Ic \\([a-z_]*\\).*/\\1/p" "$manual" | sort -u | grep -vxF "$ops")" ""
finish
