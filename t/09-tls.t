#!/bin/sh
# TLS: who the server is, is verified; what would cross a network in clear is refused. Each refusal says what to do.
. t/lib.sh
stack --nodes 1 --nginx
user alice bob

port=${NGINX_TLS##*:}
tls() { # WORD…
	"$chat" -s "localhost:$port" --timeout 10 "$@"
}
password() { # USER COMMAND…
	t_who=$1
	shift
	echo "$t_who-password" | "$@"
}
said() { # COMMAND…
	"$@" 2>&1 </dev/null
}

t 'an unknown certificate is refused' exits 69 password alice tls --tls login alice
t 'in words' like "$(said tls --tls pipe)" 'its certificate is not to be trusted: .*; if you know better: --tls-ca FILE'
t 'no login has been stored' is "$(find "$HOME" -name '*cmd')" ''
t 'with its certificate it is who it says' password alice tls --tls-ca "$dir/tls.crt" login alice
t 'that is remembered' tls -u alice send bob 'over TLS'
t 'the message is there' sql_is 1 "select count(*) from chat.messages where body = 'over TLS'"
t 'the address is in the certificate, too' exits 1 "$chat" -s "127.0.0.1:$port" -u alice who
# 127.1 is the same address, but no name of the server's.
t 'a certificate of another name is refused' like "$(said "$chat" -s "127.1:$port" --tls --tls-ca "$dir/tls.crt" pipe)" \
	'certificate is not to be trusted: .*mismatch'
t 'a server without TLS is refused' exits 69 "$chat" -s "$NODE_A" --timeout 5 --tls pipe
t 'in words' like "$(said "$chat" -s "$NODE_A" --timeout 5 --tls pipe)" 'no TLS there'
t 'a file that is none of certificates' exits 69 tls --tls-ca /etc/passwd pipe

# A long history: what OpenSSL holds is not forgotten.
long=$(head -c 12000 /dev/zero | tr '\0' 'x')
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	tls -u alice send bob "$long"
done
t 'all of it comes' is "$(tls -u alice history bob -n 100 | grep -c xxxx)" 12
password bob tls login bob
spawn listen "$chat" -s "localhost:$port" -u bob --json listen
t 'who listens' eventually 10 grep -q synced "$dir/listen.out"
t 'hears' tls -u alice send bob 'to listen to'
t 'over TLS' eventually 10 grep -q 'to listen to' "$dir/listen.out"
node a kill
node a start
t 'after the server died' tls -u alice send bob 'after that'
t 'again' eventually 40 grep -q 'after that' "$dir/listen.out"
close listen

# In clear
t 'to another machine nothing goes in clear' exits 78 password alice "$chat" -s 192.0.2.1 login alice
t 'and the refusal says what to do' like "$(said "$chat" -s chat.example.org pipe)" 'use --tls, or --plain if that does not matter'
t 'unless it is wanted' exits 77 "$chat" -s 192.0.2.1:1 --plain -u alice who
mkdir -p "$HOME/.config/chat"
echo 'plain = yes' >"$HOME/.config/chat/config"
t 'or the configuration says so' exits 77 "$chat" -s 192.0.2.1:1 -u alice who
finish
