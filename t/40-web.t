#!/bin/sh
# The browser's side: HTTP, the upgrade, frames, and the native protocol inside them. What a page does with it: t/slow/browser.t
. t/lib.sh
stack --nodes 2 --nginx --chatd '--web-origin https://chat.example'
user alice bob carol dan

beside web /usr/bin/python3 t/web.py "$NODE_A" "$NGINX" "$NGINX_WEB"

section 'Whose connection it is'
from() { # USER: as psql sees it
	sql "select addr from chat.session_list where name = '$1'"
}
through() { # NAME ADDR: carol comes in by it
	mkfifo "$dir/$1.in"
	/usr/bin/python3 t/web.py "$2" "$2" "$2" carol <"$dir/$1.in" >"$dir/$1.out" 2>"$dir/$1.err" &
	exec 5>"$dir/$1.in"
	eventually 10 grep -q 'carol is in' "$dir/$1.out"
}
leave() {
	exec 5>&-
	eventually 10 logged_out carol
}
t 'carol comes by HTTP' through by_proxy "$NODE_A"
t 'a proxy that is ours is believed, its last word' is "$(from carol)" 203.0.113.7:0
t 'she goes' leave
t 'she comes by nginx' through by_nginx "$NGINX_WEB"
t 'which does not pass on what she says' like "$(from carol)" '^127\.0\.0\.1:0$'
t 'she goes' leave
t 'she comes by TCP' through by_tcp "$NGINX"
t 'there the header of HTTP counts for nothing' like "$(from carol)" '^127\.0\.0\.1:[1-9]'
t 'she goes' leave

section 'Who guesses and spends behind a proxy'
beside guesser /usr/bin/python3 t/web.py "$NODE_A" "$NODE_A" "$NODE_A" guesser
together guesser

section 'Beside the others'
login carol@native "$NODE_B"
login dan "$NODE_A"
say dan '{"op":"send","to":"carol","cid":"n1","text":"from a terminal"}'
t 'a native client is heard as before' expect carol@native 'from a terminal'
together web

section 'Without the web'
node a stop
echo '--web off' >"$dir/chatd.options"
node a start
status() {
	perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(shift) or die; print $s shift =~ s/_/\r\n/gr; print scalar <$s>' "$NODE_A" "$1"
}
t 'there is no page' like "$(status 'GET / HTTP/1.1_Host: x__')" '^HTTP/1.1 404 '
t 'and no upgrade' like "$(status 'GET /chat HTTP/1.1_Host: x_Upgrade: websocket_Connection: upgrade_Sec-WebSocket-Version: 13_Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==__')" '^HTTP/1.1 404 '
t 'a native client is served' login dan "$NODE_A"
t 'an origin has a scheme' exits 64 "$chatd" --web-origin chat.example
t 'all is well in the database' clean
finish
