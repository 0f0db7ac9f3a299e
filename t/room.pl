#!/usr/bin/perl
# room.pl VERB ADDR FROM COUNT [REST] - many clients of a waiting room, from the source address FROM; %d in it is the
# connection's number.
#   hold … BYTES	opens them, says BYTES (\r, \n, \0 and \xHH are what they are in C) on each, and stays. Each time one is closed it says how many
#			are left, and how many bytes they have heard: "12 0"
#   ask … BYTES		the same, with %d in BYTES; says how many have been answered: "12"
#   slow … OBJECT	one byte of it a second on each; who is closed comes again
#   guess … NAME	logs in as NAME with wrong passwords, each as fast as it is answered; who is closed comes again
#   stay … PREFIX	the same, and they stay: "N in" when all have been answered. At SIGUSR1 all ask for their conversations, and
#			when all are answered: "N ok"; at SIGUSR2 it says how many are still there, "N in"
#   logins … PREFIX	PREFIX1 … PREFIXn log in at once, with $PASSWORD; says how many could, the ms until the last, and who could not
#   probe … PREFIX SECONDS	for so long some of PREFIX1 … PREFIXn, one after the other, each from a connection of its own, with $PASSWORD;
#			says how many logged in, the median, the 99th percentile and the longest in ms, and how many did not
#   pipe … OBJECT	COUNT of it without waiting for answers; who is closed comes again; says how many have been taken
#   press … FIRST SECONDS AGAIN	on each FIRST, and then for so long AGAIN as fast as it is read, with escapes. Says how many bytes were
#			taken, and how many were heard, and ends
#   again … PREFIX	PREFIX1 … PREFIXn log in with $PASSWORD, hang up when that is answered, and come again; says how many could,
#			and how many could not
#   connect … RATE	opens so many a second, until it is COUNT; the last 1,000 stay; says how many there were
# With $GIVE_WAY it runs when nothing else wants to: a flood is to be a burden by what the server has to do for it, not by
# what it takes itself of the same machine.
use strict;
use warnings;
no warnings 'uninitialized';
use IO::Select;
use IO::Socket::INET;
use POSIX 'setsid';
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time sleep);

my ($verb, $addr, $from, $count, $rest, $seconds, $again) = @ARGV;
my $select = IO::Select->new;
my ($bytes, $n, $calls) = (0, 0, 0);
$| = 1;
$SIG{PIPE} = 'IGNORE';

sub give_way { # of a scheduling group of its own, where the kernel makes one for each session
	setsid();
	if (open my $group, '>', '/proc/self/autogroup') { syswrite $group, 19; }
	setpriority 0, 0, 19;
}

sub call {
	$calls++;
	my $s = IO::Socket::INET->new(PeerAddr => $addr, LocalAddr => $from =~ s/%d/$calls/r, Timeout => 60) or return;
	$s->blocking(0);
	$select->add($s);
	return $s;
}

sub escapes {
	my ($s) = @_;
	$s =~ s/\\(?:x([0-9a-f]{2})|([rn0]))/defined $1 ? chr hex $1 : { r => "\r", n => "\n", 0 => "\0" }->{$2}/ge;
	return $s;
}

sub drop { my ($s) = @_; $select->remove($s); close $s; }

sub login {
	my ($s, $name, $password) = @_;
	syswrite $s, qq({"op":"login","name":"$name","password":"$password"}\n);
}

sub hold {
	$rest = escapes($rest // '');
	for (1 .. $count) {
		my $s = call() or die "connection $_: $!";
		syswrite $s, $rest if length $rest;
	}
	print "$count 0\n";
	while ($select->count) {
		for my $s ($select->can_read) {
			my $got = sysread $s, my $in, 65536;
			if ($got) { $bytes += $got; next; }
			drop($s);
			$n++;
		}
		print $select->count, " $bytes\n" if $n;
		$n = 0;
	}
}

sub ask {
	my %answered;
	$rest = escapes($rest);
	for (1 .. $count) {
		my $s = call() or die "connection $_: $!";
		syswrite $s, $rest =~ s/%d/$_/gr;
	}
	while ($select->count) {
		for my $s ($select->can_read) {
			(sysread $s, my $in, 65536) or drop($s), next;
			print ++$n, "\n" unless $answered{$s}++;
		}
	}
}

sub slow {
	my %at;
	while (1) {
		my $s;
		while ($select->count < $count && ($s = call())) { $at{$s} = 0; }
		for $s ($select->handles) { syswrite $s, substr($rest, $at{$s}++ % length $rest, 1); }
		my $until = time + 1;
		print $select->count, "\n";
		while ((my $left = $until - time) > 0) {
			for $s ($select->can_read($left)) { sysread($s, my $in, 65536) or drop($s); }
		}
	}
}

sub guess {
	while (1) {
		my $s;
		while ($select->count < $count && ($s = call())) { login($s, $rest, 'wrong-' . $n++); }
		print "$n\n";
		for $s ($select->can_read(1)) { sysread($s, my $in, 65536) ? login($s, $rest, 'wrong-' . $n++) : drop($s); }
	}
}

sub stay {
	my (%who, %in, $ok);
	for my $i (1 .. $count) {
		my $s = call() or die "connection $i: $!";
		login($s, "$rest$i", $ENV{PASSWORD});
	}
	my ($ask, $tell) = (0, 0);
	$SIG{USR1} = sub { $ask = 1 };
	$SIG{USR2} = sub { $tell = 1 };
	my $asked = 'in';
	while ($select->count) {
		if ($ask) { $ask = $n = $ok = 0; $asked = 'ok'; %in = (); syswrite $_, qq({"op":"convs"}\n) for $select->handles; }
		if ($tell) { $tell = 0; print $select->count, " in\n"; }
		for my $s ($select->can_read(0.1)) {
			sysread $s, $in{$s}, 65536, length($in{$s} // '') or drop($s), next;
			while ($in{$s} =~ s/^(.*)\n//) {
				my $line = $1;
				next if $line !~ /^\{"ok":(\w+)/;
				$ok++ if $1 eq 'true';
				print "$ok $asked\n" if ++$n == $count;
			}
		}
	}
}

sub logins {
	my (%who, %in, @bad);
	my $begun = time;
	for my $i (1 .. $count) {
		my $s = call() or push(@bad, "$rest$i: $!") && next;
		$who{$s} = "$rest$i";
		login($s, "$rest$i", $ENV{PASSWORD});
	}
	while (keys %who) {
		my @ready = $select->can_read(60) or last;
		for my $s (@ready) {
			my $got = sysread $s, $in{$s}, 65536, length($in{$s} // '');
			$n++, delete $who{$s} if $who{$s} && ($in{$s} // '') =~ /"ok":true/;
			push(@bad, delete($who{$s}) . ": $in{$s}") if $who{$s} && (!$got || $in{$s} =~ /\n/);
			drop($s) if !$got;
		}
	}
	printf "%d %d %s\n", $n, (time - $begun) * 1000, join ' ', (sort @bad, values %who)[0 .. 2];
}

sub probe {
	my (@ms, $bad);
	my $until = time + $seconds;
	for (my $i = 1 + int rand $count; time < $until; $i = $i % $count + 1) {
		my ($begun, $in) = (time, '');
		my $s = call();
		login($s, "$rest$i", $ENV{PASSWORD}) if $s;
		while ($s && $in !~ /\n/ && $select->can_read(30)) { sysread $s, $in, 65536, length $in or last; }
		$in =~ /"ok":true/ ? push(@ms, (time - $begun) * 1000) : $bad++;
		drop($s) if $s;
	}
	@ms = sort { $a <=> $b } @ms;
	printf "%d %d %d %d %d\n", scalar @ms, $ms[ $#ms / 2 ], $ms[ $#ms * 0.99 ], $ms[-1], $bad;
}

sub pipe {
	my ($s, $left, $out) = (undef, $count * (length($rest) + 1), "$rest\n" x 5000);
	my $said = 0;
	while ($left > 0) {
		$s //= call() // next;
		my ($readable) = $select->can_read(0);
		if ($readable && !sysread $s, my $in, 65536) { drop($s); undef $s; next; }
		my $wrote = syswrite $s, $out, $left < length $out ? $left : length $out;
		$left -= $wrote // 0;
		$select->can_read(0.01) unless $wrote;
		print $count - int($left / (length($rest) + 1)), "\n" if time - $said > 0.2 && ($said = time);
	}
	print "$count\n";
	sleep 1 while $select->can_read;
}

sub press {
	my $out = escapes($again) x (16384 / length escapes $again);
	my $until = time + $seconds;
	my $heard = 0;
	my @all = map { call() // () } 1 .. $count;
	my %at;
	syswrite $_, escapes($rest) for @all;
	while ((my $left = $until - time) > 0) {
		my ($readable, $writable) = IO::Select::select($select, $select, undef, $left);
		for my $s (@{ $readable // [] }) {
			my $got = sysread $s, my $in, 65536;
			$got ? ($heard += $got) : drop($s);
		}
		for my $s (grep { defined fileno $_ } @{ $writable // [] }) {
			my $wrote = syswrite($s, $out, length($out) - $at{$s}, $at{$s}) // next;
			$bytes += $wrote;
			$at{$s} = ($at{$s} + $wrote) % length $out;
		}
	}
	print "$bytes $heard\n";
}

sub again {
	my ($done, $refused, $said, %who) = (0, 0, 0);
	my @free = map { "$rest$_" } 1 .. $count;
	while (1) {
		my $s;
		while (@free && ($s = call())) { login($s, $who{$s} = shift @free, $ENV{PASSWORD}); }
		for $s ($select->can_read(1)) {
			my $got = sysread $s, my $in, 65536;
			$got && $in =~ /"ok":true/ ? $done++ : $refused++;
			push @free, delete $who{$s};
			drop($s);
		}
		print "$done $refused\n" if time - $said > 0.2 && ($said = time);
	}
}

sub connect {
	my (@open, $begun);
	$begun = time;
	for my $i (1 .. $count) {
		my $early = $begun + $i / $rest - time;
		sleep $early if $early > 0;
		my $s = call() or next;
		setsockopt $s, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0; # the kernel keeps no port for it afterwards
		push @open, $s;
		drop(shift @open) if @open > 1000;
		print "$i\n" if $i % 100 == 0;
	}
	sleep 1000;
}

give_way() if $ENV{GIVE_WAY};
no strict 'refs';
&{"main::$verb"}();
