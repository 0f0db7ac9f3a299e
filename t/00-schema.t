#!/bin/sh
# man/protocol.json: it says what the table of operations, the events and the errors are, and is itself a schema. What is
# said in the tests is compared with it at the end of each (t/lib.sh): here, that this finds something.
. t/lib.sh
listed() { # WHAT: in the schema
	t/schema.py --list "$1"
}
alike() { # HERE THERE
	is "$1" "$(printf '%s\n' "$2" | LC_ALL=C sort)"
}
t 'its operations are those of the table' alike "$(listed operations)" "$(sed -n '/^static const struct op ops/,/^};/s/^    {"\([a-z_]*\)".*/\1/p' handlers/table.c)"
t 'its events are those of lib/event_name.h' alike "$(listed events)" "$(sed -n 's/.*X(EVENT_[A-Z_]*, "\([a-z_]*\)".*/\1/p' lib/event_name.h)"
t 'its errors are those of lib/error.h' alike "$(listed errors)" "$(sed -n 's/.*X(E_[A-Z_]*, "\([a-z_]*\)".*/\1/p' lib/error.h)"
# shellcheck disable=SC2016
t 'it is a schema, in all its parts' /usr/bin/python3 -c '
import json, jsonschema
p = json.load(open("man/protocol.json"))
for s in [x for o in p["operations"].values() for x in o.values()] + [*p["events"].values(), *p["$defs"].values()]:
    jsonschema.Draft202012Validator.check_schema(s)'
# What the page and its client ask for and hear.
used=$(sed -nE "s/.*\bop: '([a-z_]+)'.*/\1/p; s/.*\\ball\\('([a-z_]+)'.*/\1/p; s/.*\bchange\('([a-z_]+)'.*/\1/p; s/.*\bact\('([a-z_]+)'.*/\1/p" web/*.js | sort -u)
t 'the page asks for nothing else' is "$(printf '%s\n' "$used" | grep -vxF "$(listed operations)")" ''
t 'and for most of it' [ "$(printf '%s\n' "$used" | wc -l)" -ge 25 ]
fields=$(sed -n '/@typedef {{conv/,/}} Message/p' web/chat.js | grep -oE '[{[:blank:]][a-z_]+\??: ' | tr -dc 'a-z_\n' | sort -u)
t "the type of a message in web/chat.js is the schema's" is "$fields" "$(/usr/bin/python3 -c '
import json
print("\n".join(sorted(k for k in json.load(open("man/protocol.json"))["events"]["message"]["properties"] if k != "ev")))')"

said() { # LINE…: as a transcript
	printf '1.000 %s\n' "$@" >"$dir/x.said"
	t/schema.py "$dir/x.said"
}
t 'what fits is let through' said '> {"op":"ping","rid":1}' '< {"rid":1,"ok":true,"at":"2026-03-01T12:00:00.123456Z"}' '< {"ev":"synced"}'
t 'a reply with a field too many is not' exits 1 said '> {"op":"ping"}' '< {"ok":true,"at":"2026-03-01T12:00:00.123456Z","x":1}'
t 'nor one with a field of another type' exits 1 said '> {"op":"read","conv":1,"seq":1}' '< {"ok":true,"conv":"1","seq":1}'
t 'nor one without its field' exits 1 said '> {"op":"ack","conv":1,"seq":1}' '> {"op":"read","conv":1,"seq":1}' '< {"ok":true,"conv":1}'
t 'nor an unknown event' exits 1 said '< {"ev":"surprise"}'
t 'nor an unknown error' exits 1 said '> {"op":"ping"}' '< {"ok":false,"error":"surprise","message":"x"}'
t 'nor a request that should have been refused' exits 1 said '> {"op":"send","to":"bob","group":"x","cid":"1","text":"x"}' '< {"ok":true,"conv":1,"seq":1,"at":"2026-03-01T12:00:00.123456Z"}'
finish
