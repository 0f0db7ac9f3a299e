#!/usr/bin/perl
# talk.pl DIR - the exchange behind the words of t/talk.sh: commands come in by DIR/talk.to, one a line; each is
# answered by one line in DIR/talk.from: 0, 1 (no) or 2 (no such thing), a blank, and what there is to say.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Talk;

my ($dir) = @ARGV;
my %c;

sub escapes {
	my ($s) = @_;
	$s =~ s/\\(?:x([0-9a-fA-F]{2})|([nrt0\\]))/defined $1 ? chr hex $1 : { n => "\n", r => "\r", t => "\t", 0 => "\0", '\\' => '\\' }->{$2}/ge;
	return $s;
}

# What NAME heard that nobody asked for, for a person who looks for what went wrong.
sub unheard {
	my ($c) = @_;
	my @e = (@{ $c->{replies} }, @{ $c->{events} });
	splice @e, 0, @e - 20, '...' if @e > 20;
	return join ' ', @e, $c->{sock} ? () : '(closed)';
}

my %verb = (
	call => sub {
		my ($name, $addr) = @_;
		delete($c{$name})->gone if $c{$name};
		open my $log, '>>', "$dir/$name.talk" or die;
		$log->autoflush(1);
		$c{$name} = Talk->new($name, $addr, log => $log);
		return $c{$name} ? (0, '') : (delete $c{$name}, 1, "connect: $!")[1, 2];
	},
	hang => sub { my ($c) = @_; $c->gone; return (0, ''); },
	put  => sub { my ($c, $object) = @_; $c->put($object); return (0, ''); },
	# Each %d becomes 1, 2, 3 ... N.
	many => sub {
		my ($c, $rest) = @_;
		my ($n, $object) = split / /, $rest, 2;
		$c->put(map { (my $o = $object) =~ s/%d/$_/g; $o } 1 .. $n);
		return (0, '');
	},
	# N bytes at a time, with time between them to arrive alone; 0: all at once.
	raw => sub {
		my ($c, $rest) = @_;
		my ($n, $bytes) = split / /, $rest, 2;
		$bytes = escapes($bytes);
		while ($n > 0 && length $bytes > $n) {
			$c->bytes(substr $bytes, 0, $n, '');
			Talk::pump(0.001);
		}
		$c->bytes($bytes);
		return (0, '');
	},
	# The object in two parts, once for every place to cut it, each time with an answer; says how many were ok.
	split => sub {
		my ($c, $object) = @_;
		my $ok = 0;
		for my $at (1 .. length($object) - 1) {
			$c->bytes(substr $object, 0, $at);
			select undef, undef, undef, 0.001;
			$c->bytes(substr $object, $at);
			$ok++ if ($c->reply // '') =~ /"ok":true/;
		}
		return (0, "$ok of " . (length($object) - 1));
	},
	reply => sub {
		my ($c, $seconds) = @_;
		my $line = $c->reply($seconds);
		return defined $line ? (0, $line) : (1, 'no reply, but: ' . unheard($c));
	},
	# N replies; says which codes, or ok, came how often.
	replies => sub {
		my ($c, $n) = @_;
		my %n;
		for (1 .. $n) {
			my $line = $c->reply(20) // '"error":"none"';
			$n{ $line =~ /"ok":true/ ? 'ok' : $line =~ /"error":"(\w+)"/ ? $1 : '?' }++;
		}
		return (0, join ' ', map { "$_ $n{$_}" } sort keys %n);
	},
	ask => sub {
		my ($c, $object) = @_;
		my $line = $c->ask($object);
		return defined $line ? (0, $line) : (1, 'no reply, but: ' . unheard($c));
	},
	event => sub {
		my ($c, $rest) = @_;
		my ($seconds, $like) = split / /, $rest, 2;
		my $line = $c->event(qr/$like/, $seconds);
		return defined $line ? (0, $line) : (1, 'not heard, but: ' . unheard($c));
	},
	# Is there none among those not yet heard? What was sent before our ping's answer has arrived by then.
	silent => sub {
		my ($c, $like) = @_;
		$c->ask('{"op":"ping"}') if $c->{sock};
		my @hit = grep { /$like/ } @{ $c->{events} };
		return @hit ? (1, "@hit") : (0, '');
	},
	# How many such events there were since the connection began.
	count => sub {
		my ($c, $like) = @_;
		$c->ask('{"op":"ping"}') if $c->{sock};
		return (0, scalar grep { /$like/ } @{ $c->{all} });
	},
	forget => sub { my ($c) = @_; $c->ask('{"op":"ping"}'); $c->{events} = []; $c->{all} = []; return (0, ''); },
	# Has the server closed it?
	gone => sub {
		my ($c, $seconds) = @_;
		return Talk::wait_for($seconds, sub { !$c->{sock} }) ? (0, '') : (1, 'still open');
	},
);

open my $from, '+<', "$dir/talk.from" or die;
open my $to,   '+<', "$dir/talk.to"   or die;
$from->autoflush(1);
my $in = '';
while (1) {
	my $at = index $in, "\n";
	if ($at < 0) {
		sysread $to, $in, 262144, length $in or die;
		next;
	}
	my $command = substr $in, 0, $at + 1, '';
	chomp $command;
	my ($verb, $name, $rest) = split / /, $command, 3;
	my $fn = $verb{$verb};
	my ($status, $said) = eval {
		  !$fn            ? (2, "talk.pl: what is $verb?")
		: $verb eq "call" ? $fn->($name, $rest)
		: $c{$name}       ? $fn->($c{$name}, $rest // "")
		:                   (2, "nobody called $name has called");
	};
	($status, $said) = (2, $@) if $@;
	$said =~ tr/\n/ /;
	print $from "$status $said\n";
}
