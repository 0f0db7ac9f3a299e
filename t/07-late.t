#!/bin/sh
# What is on its way in Redis while a session stops listening comes all the same. Here a proxy loses every
# UNSUBSCRIBE, so that it comes for ever: to whom it is not for any more, it is not given.
# shellcheck disable=SC1091,SC2016,SC2154
. t/lib.sh

spawn proxy perl -MIO::Socket::UNIX -MIO::Select -e '
	umask 0; # a node started by root is somebody else
	my ($here, $redis) = @ARGV;
	my $door = IO::Socket::UNIX->new(Local => $here, Listen => 64) or die "$here: $!";
	my ($all, %peer) = IO::Select->new($door);
	while (my @ready = $all->can_read) {
		for my $from (@ready) {
			if ($from == $door) {
				my $client = $door->accept;
				my $server = IO::Socket::UNIX->new(Peer => $redis) or next;
				@peer{$client, $server} = ($server, $client);
				$all->add($client, $server);
				next;
			}
			my $to = $peer{$from} or next;
			if (sysread $from, my $bytes, 65536) {
				# chat:g:0 is what a start tries its rights with.
				$bytes =~ s/\*2\r\n\$11\r\nUNSUBSCRIBE\r\n\$\d+\r\n(?!chat:g:0\r)\S*\r\n//g;
				syswrite $to, $bytes;
			} else {
				$all->remove($from, $to);
				delete @peer{$from, $to};
				close $_ for $from, $to;
			}
		}
	}' "$dir/late.sock" "$dir/run/redis.sock"
stack --nodes 1 --chatd "--redis unix:$dir/late.sock"
user alice bob

login alice
say_ok alice '{"op":"group_create","name":"g"}' >/dev/null
login bob
say_ok bob '{"op":"group_join","group":"g"}' >/dev/null
say_ok alice '{"op":"send","group":"g","cid":"1","text":"you are in"}' >/dev/null
t 'bob is in the group' expect bob 'you are in'
say_ok alice '{"op":"group_kick","group":"g","user":"bob"}' >/dev/null
t 'and is put out of it' expect bob '"kind":"kick"'
say bob "{\"op\":\"ack\",\"conv\":$(field conv),\"seq\":$(field seq)}"
stored() {
	[ "$(sql "select count(*) from chat.pending where name = 'bob'")" = 0 ]
}
t 'which he has seen' eventually 5 stored

# His session forgets the group when it looks again at what he is in.
login bob@other
say_ok bob@other '{"op":"group_create","name":"elsewhere"}' >/dev/null
t 'he is in another one' expect bob '"conv":.*"elsewhere"'
for i in 2 3 4; do say_ok alice "{\"op\":\"send\",\"group\":\"g\",\"cid\":\"$i\",\"text\":\"among us\"}" >/dev/null; done
say_ok alice '{"op":"send","to":"bob","cid":"5","text":"between us"}' >/dev/null
t 'what alice says to him arrives' expect bob 'between us'
t 'what she says to the group does not' not grep 'among us' "$dir/bob.out"
t 'though Redis brought it' is "$(redis-cli -s "$dir/run/redis.sock" pubsub numsub chat:g:1 | tail -n 1)" 2

finish
