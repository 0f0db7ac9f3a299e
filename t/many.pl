#!/usr/bin/perl
# many.pl ADDR COUNT CONV: so many devices come in, with the tokens many-1, many-2, …, say "in", and acknowledge each
# entry of the conversation; "all SEQ" when all of those that are still there have it, "lost N" for one that was cut off;
# "degraded" and "ok" when all have been told so of the bus. At SIGUSR1 each asks for its conversations: "answered N M", so
# many with them, so many without, and at the next one again.
use strict;
use warnings;
use IO::Poll 'POLLIN';
use IO::Socket::INET;

$| = 1;
my ($addr, $count, $conv) = @ARGV;
my (%who, %has, %bus, %answers, $synced, $poll, $ask);
$poll = IO::Poll->new;

sub come {
	my ($n) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => $addr) or die "$addr: $!";
	syswrite $s, qq({"op":"resume","token":"many-$n"}\n);
	$who{$s} = { n => $n, in => '' };
	$poll->mask($s => POLLIN);
}

sub hear {
	my ($s) = @_;
	my $c = $who{$s};
	if (!sysread $s, $c->{in}, 65536, length $c->{in}) {
		print "lost $c->{n}\n";
		$poll->remove($s);
		delete $who{$s};
		return;
	}
	while ($c->{in} =~ s/^(.*)\n//) {
		my $line = $1;
		++$synced == $count and print "in\n" if $line =~ /^\{"ev":"synced"/;
		syswrite $s, qq({"op":"ping"}\n) if $line =~ /^\{"ev":"ping"/;
		++$bus{$1} == $count and print "$1\n" and $bus{$1} = 0 if $line =~ /^\{"ev":"bus","state":"(\w+)"/;
		if ($line =~ /^\{"rid":"convs","ok":(\w+)/ && ++$answers{$1} && $answers{true} + $answers{false} == keys %who) {
			print "answered $answers{true} $answers{false}\n";
		}
		next unless $line =~ /^\{"ev":"message","conv":$conv,"seq":(\d+)/;
		syswrite $s, qq({"op":"ack","conv":$conv,"seq":$1}\n);
		print "all $1\n" if ++$has{$1} == keys %who;
	}
}

sub ask {
	$ask = 0;
	%answers = (true => 0, false => 0);
	syswrite $_, qq({"op":"convs","rid":"convs"}\n) for $poll->handles;
}

my $next = 1;
$SIG{USR1} = sub { $ask = 1 };
while (1) {
	ask() if $ask;
	# A few at a time.
	come($next++) while $next <= $count && $next - 1 - ($synced // 0) < 20;
	$poll->poll(1);
	hear($_) for $poll->handles(POLLIN);
}
