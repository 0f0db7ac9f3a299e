#!/usr/bin/perl
# race-wire.pl WHICH TIMES ADDR-A ADDR-B: races over real connections, see t/07-races.t, which made the people. Prints
# how often all was right, and what was wrong.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Talk;

my ($which, $times, $addr_a, $addr_b) = @ARGV;
my (%wrong, $right);
alarm 120;
sub wrong { $wrong{ $_[0] }++; return 0; }

sub resume {
	my ($token, $addr) = @_;
	my $c = Talk->new($token, $addr, patience => 10) or die 'no connection';
	my $reply = $c->ask(qq({"op":"resume","token":"$token"})) // '';
	$reply =~ /"ok":true/ or die "$token: $reply";
	return $c;
}
# Many at once, as each takes a while.
sub meet {
	my @c;
	for my $n (@_) {
		push @c, [ map { Talk->new("$_->[0]$n", $_->[1], patience => 10) or die 'no connection' } [ p => $addr_a ], [ q => $addr_b ] ];
		$_->put(qq({"op":"resume","token":"$_->{name}"})) for @{ $c[-1] };
	}
	($_->reply // '') =~ /"ok":true/ or die "$_->{name} does not get in" for map { @$_ } @c;
	return @c;
}
sub seq { return ($_[0] // '') =~ /"ok":true.*"seq":(\d+)/ ? $1 : 0; }

my %race = (
	# Two devices of one user send the same cid at once: both are told the same number, one of them that it is a
	# repetition, and the receiver hears it once.
	cid => sub {
		my ($one, $two, $to) = (resume('alice1', $addr_a), resume('alice2', $addr_b), resume('bob', $addr_b));
		$to->event(qr/synced/);
		return sub {
			my ($n) = @_;
			$_->put(qq({"op":"send","to":"bob","cid":"r$n","text":"r$n"})) for $n % 2 ? ($one, $two) : ($two, $one);
			my ($x, $y) = ($one->reply, $two->reply);
			seq($x) && seq($x) == seq($y) or return wrong("two numbers: $x $y");
			($x . $y) =~ /"dup":true.*"dup":true/ and return wrong('two dups');
			"$x$y" =~ /"dup":true/ or return wrong('no dup');
			$to->event(qr/"text":"r$n"/) or return wrong('not heard');
			my ($conv, $seq) = ($x =~ /"conv":(\d+)/, seq($x));
			$to->ask(qq({"op":"ack","conv":$conv,"seq":$seq,"rid":1}));
			return !grep(/"text":"r$n"/, @{ $to->{events} }) || wrong('heard twice');
		};
	},
	# Two who never spoke write to each other at once: one conversation, the numbers 1 and 2, and each hears the other.
	first => sub {
		my @pairs;
		return sub {
			my ($n) = @_;
			@pairs = meet($n .. $n + 19) unless @pairs;
			my ($p, $q) = @{ shift @pairs };
			$p->put(qq({"op":"send","to":"q$n","cid":"1","text":"from p"}));
			$q->put(qq({"op":"send","to":"p$n","cid":"1","text":"from q"}));
			my ($x, $y) = ($p->reply // '', $q->reply // '');
			seq($x) * seq($y) == 2 or return wrong("numbers: $x $y");
			($x =~ /"conv":(\d+)/)[0] == ($y =~ /"conv":(\d+)/)[0] or return wrong('two conversations');
			my $ok = $p->event(qr/"text":"from q"/) && $q->event(qr/"text":"from p"/);
			$_->gone for $p, $q;
			return $ok || wrong('not heard');
		};
	},
	# A member is put out while others speak: the kick is the last that it hears, until it comes back.
	kick => sub {
		my ($admin, $speaker, $victim) = (resume('alice1', $addr_a), resume('carol', $addr_b), resume('bob', $addr_b));
		$victim->event(qr/synced/);
		return sub {
			my ($n) = @_;
			my $kick = sub { $admin->put('{"op":"group_kick","group":"g","user":"bob"}') };
			$kick->() if $n % 2;
			$speaker->put(map { qq({"op":"send","group":"g","cid":"k$n-$_","text":"k$n-$_"}) } 1 .. 3);
			$kick->() unless $n % 2;
			($admin->reply // '') =~ /"ok":true/ or return wrong('not kicked');
			seq($speaker->reply) or return wrong('not said') for 1 .. 3;
			seq($speaker->ask(qq({"op":"send","group":"g","cid":"k$n-4","text":"late"}))) or return wrong('not said');
			my ($k) = ($victim->event(qr/"kind":"kick"/) // '') =~ /"seq":(\d+)/ or return wrong('kick not heard');
			($victim->ask(qq({"op":"send","group":"g","cid":"v$n","text":"x"})) // '') =~ /forbidden/ or return wrong('still speaks');
			my ($j) = ($victim->ask('{"op":"group_join","group":"g"}') // '') =~ /"last_seq":(\d+)/ or return wrong('not back');
			my ($line) = $victim->event(qr/"ev":"message".*"group"/) // return wrong('own join not heard');
			my ($seq, $conv) = ($line =~ /"seq":(\d+)/, $line =~ /"conv":(\d+)/);
			$seq == $j or return wrong("heard after the kick: $line");
			$victim->ask(qq({"op":"ack","conv":$conv,"seq":$j,"rid":1}));
			return 1;
		};
	},
);

my $run = $race{$which}->();
for my $n (1 .. $times) {
	$right++ if $run->($n);
}
print "$right right\n";
print "$_: $wrong{$_}\n" for sort keys %wrong;
