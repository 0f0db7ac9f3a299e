#!/usr/bin/perl
# hostile.pl WHICH ADDR [DIR]: what nobody should send, over a connection of mallory's (password mallory-password). Prints
# what it did not like about the answers, and "N cases".
#	json	what RFC 8259 forbids, alone and inside a request; DIR: also all n_* of JSONTestSuite
#	fields	every operation with every kind of wrong value in each of its fields
#	noise	random bytes, whole requests with a few of them changed
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Talk;

alarm 120;
my ($which, $addr, $dir) = @ARGV;
my ($cases, %wrong) = 0;
my $c;

sub enter { $c = Talk->login('mallory', $addr) or die 'no login'; }
sub wrong { $wrong{"@_"}++; }

# The replies up to that to a ping of our own. undef: the connection has ended.
my $mark = 0;
sub answers {
	my ($bytes) = @_;
	my @got;
	$mark++;
	$c->bytes($bytes . qq({"op":"ping","rid":"mark$mark"}\n));
	while (1) {
		my $line = $c->reply(10) // return;
		return \@got if $line =~ /^\{"rid":"mark$mark","ok":true/;
		if ($line =~ /^\{"rid":"mark$mark",.*"retry_after_ms":(\d+)/) {
			Talk::wait_for($1 / 1000, sub { 0 });
			$c->bytes(qq({"op":"ping","rid":"mark$mark"}\n));
			next;
		}
		push @got, $line;
	}
}

# Every operation and the fields that its file names.
sub operations {
	my %op;
	for my $file (glob 'handlers/*.c') {
		local (@ARGV, $/) = $file;
		my $code = <>;
		my %field = map { $_ => 1 } $code =~ /(?:want|may)_\w+\(rq, "(\w+)"/g;
		$field{$_} = 1 for $code =~ /want_target/ ? qw(to group conv) : (), $code =~ /want_entry/ ? qw(conv seq) : (),
			$code =~ /want_member/ ? qw(group user) : ();
		$op{$_} = [ sort keys %field ] for $code =~ /^op_(\w+)\(struct session/gm;
	}
	return %op;
}

my %run = (
	json => sub {
		my %case = map { $_ => $_ } (
			'{', '}', '[', ']', '[]', '[1]', '""', '"a"', '1', 'true', 'null', ',', ':', '{"a"}', '{"a":}', '{:1}', '{"a":1,}',
			'{,"a":1}', '{"a":1,,"b":2}', '{"a":1"b":2}', '{"a" 1}', '{"a":1:2}', "{'a':1}", '{a:1}', '{"a":1;}', '{"a":[1,]}',
			'{"a":[,1]}', '{"a":[1 2]}', '{"a":[1}', '{"a":{1]}', '{"a":01}', '{"a":-}', '{"a":+1}', '{"a":.5}', '{"a":1.}', '{"a":1e}',
			'{"a":0x10}', '{"a":NaN}', '{"a":Infinity}', '{"a":-Infinity}', '{"a":True}', '{"a":nul}', '{"a":truee}', '{"a":"\\x41"}',
			'{"a":"\\u12"}', '{"a":"\\u12G4"}', '{"a":"\\u0000"}', '{"\\u0000":1}', '{"a":"\\ud800"}', '{"a":"\\udc00"}',
			'{"a":"\\ud800\\ud800"}', '{"a":"\\ud800x"}', "{\"a\":\"\t\"}", "{\"a\":\"\0\"}", "{\"a\":\"\x1f\"}", "{\"a\":\"\n\"}",
			"{\"a\":\"\xff\"}", "{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\xe0\x80\xaf\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xf4\x90\x80\x80\"}",
			"{\"a\":\"\xe5\xa5\"}", "{\"a\":\"\x80\"}", "{\"\xff\":1}", "\xef\xbb\xbf{}", "\xfe\xff\0{\0}", '{"a":1,"a":2}', '{"a":1,"\\u0061":2}',
			'{"a":1}/**/', '{"a":1}//', '#{"a":1}', '{"a":1 /* */}', "{\"a\":\x0c1}", '<a/>', 'GET / HTTP/1.1', "\x16\x03\x01\x02\x00", '{"a":"',
			'{"a":"\\', '{"a":{"b":[', '{"op":"ping"', '{"op"', "{\"a\":1\0}", "{\0}");
		if ($dir) {
			for my $file (glob "$dir/n_*.json") {
				open my $f, '<', $file or die;
				local $/;
				$case{$file} = <$f>;
			}
		}
		enter();
		for my $name (sort keys %case) {
			my $bytes = $case{$name};
			next if length $bytes > 60000;    # too large, which is another story
			# The ! ends whatever is still open, in a string and outside.
			for my $sent ($bytes, qq({"op":"ping","x":$bytes}), qq({"op":"ping",$bytes:1})) {
				next if $sent ne $bytes && $bytes =~ /^(|"a"|""|1|true|null|\[\]|\[1\]|\{\}\}.*)$/s;    # valid in there
				$cases++;
				my $got = answers("$sent\n!\n") or do { wrong("ended by: $sent"); enter(); next };
				wrong("taken: $sent: @$got") if grep { /"ok":true/ } @$got;
				wrong("not bad_json: $sent: @$got") unless grep { /"error":"bad_json"/ } @$got;
			}
		}
	},
	fields => sub {
		my @value = ('null', 'true', '0', '-1', '1', '9007199254740992', '""', '"x"', '"' . 'x' x 300 . '"', '[]', '{}', '[[1]]', '"%s%n\\\\"',
			q("'; drop table chat.users; --"), '"\\u0001"', '"\\ufffe"', '999999');
		my %op = operations();
		wrong('no operations') unless keys %op > 30;
		# These would end the login, or keep the processors busy.
		delete @op{qw(logout passwd register login resume device_revoke)};
		enter();
		for my $op (sort keys %op) {
			my $token = $c->{token};
			$c->gone;
			$c = Talk->new('mallory', $addr, token => $token);    # each with a budget of its own
			($c->ask(qq({"op":"resume","token":"$token"})) // '') =~ /"ok":true/ or die 'no resume';
			my @others = ([ conv => 1 ], [ seq => 1 ], [ user => '"mallory"' ], [ group => '"none"' ], [ text => '"t"' ], [ cid => '"c"' ]);
			for my $field (@{ $op{$op} }, 'rid', 'x') {
				my @more = map { qq("$_->[0]":$_->[1]) } grep { $_->[0] ne $field && ($_->[0] ne 'conv' || $field !~ /^(to|group)$/) } @others;
				for my $value (@value) {
					$cases++;
					my $request = '{' . join(',', qq("op":"$op","$field":$value), @more) . '}';
					# Some are not answered when all is well.
					my $got = $op =~ /^(ack|pong)$/ ? answers("$request\n") : [ $c->ask($request) // () ];
					$got && (@$got || $op =~ /^(ack|pong)$/) or return wrong("not answered: $request");
					wrong("$request: @$got") if grep { /"error":"(internal|bad_json|unavailable|unknown_op)"/ } @$got;
				}
			}
		}
	},
	noise => sub {
		srand 7;
		enter();
		my @request = ('{"op":"send","to":"mallory","cid":"c","text":"好 \\ud83d\\ude00 \\"x\\""}', '{"op":"history","conv":1,"limit":5}',
			'{"op":"group_find","text":"a"}', '{"rid":[{"a":"b"}],"op":"friends"}');
		for my $n (1 .. 1500) {
			my $bytes = $request[ rand @request ];
			substr $bytes, rand length $bytes, 1, chr rand 256 for 0 .. rand 3;
			$bytes = join '', map { chr rand 256 } 0 .. rand 400 if $n % 5 == 0;
			$cases++;
			my $got = answers("$bytes\n!\n");
			if (!$got) {
				# Ten lines of nonsense in a row are its right.
				wrong("no reason: $n") unless grep { /"reason":"abuse"/ } @{ $c->{events} };
				enter();
			} else {
				wrong("internal: $n: @$got") if grep { /"error":"(internal|unavailable)"/ } @$got;
			}
		}
	},
);
$run{$which}->();
print "$_: $wrong{$_}\n" for sort keys %wrong;
print "$cases cases\n";
