#!/usr/bin/perl
# many.pl ADDR COUNT CONV: so many devices come in, with the tokens many-1, many-2, …, say "in", and acknowledge each
# entry of the conversation; "all SEQ" when all of those that are still there have it, "lost N" for one that was cut off.
use strict;
use warnings;
use IO::Poll 'POLLIN';
use IO::Socket::INET;

$| = 1;
my ($addr, $count, $conv) = @ARGV;
my (%who, %has, $synced, $poll);
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
		next unless $line =~ /^\{"ev":"message","conv":$conv,"seq":(\d+)/;
		syswrite $s, qq({"op":"ack","conv":$conv,"seq":$1}\n);
		print "all $1\n" if ++$has{$1} == keys %who;
	}
}

my $next = 1;
while (1) {
	# A few at a time.
	come($next++) while $next <= $count && $next - 1 - ($synced // 0) < 20;
	$poll->poll(1);
	hear($_) for $poll->handles(POLLIN);
}
