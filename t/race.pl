#!/usr/bin/perl
# race.pl TIMES RESET A B CHECK: runs SQL A and SQL B at the same time, each in a session of its own as the daemon has
# it, so many times; before each time RESET, after it CHECK, which returns a row for everything that is wrong. Every
# third time A is begun and committed while B waits, every third time the other way round, else both are let go at
# once. %d is the number of the time; in CHECK, {A} and {B} are what was returned. Prints how often each pair of outcomes came, and what was wrong.
use strict;
use warnings;
use IPC::Open2;
use Time::HiRes 'usleep';

my ($times, $reset, $sql_a, $sql_b, $check) = @ARGV;
my (%outcome, %wrong);
alarm 120;

# psql, which answers each command with its rows or with the code of its error, and a line END.
sub psql {
	my ($user) = @_;
	local $ENV{PGUSER} = $user;
	my $pid = open2(my $out, my $in, 'psql -XAtq 2>&1');
	$in->autoflush(1);
	print $in "\\set VERBOSITY sqlstate\n";
	return { in => $in, out => $out };
}
sub query { my ($p, $sql) = @_; print { $p->{in} } "$sql;\n\\echo END\n"; }
sub said {
	my ($p) = @_;
	my @rows;
	while (defined(my $line = readline $p->{out})) {
		chomp $line;
		return @rows if $line eq 'END';
		push @rows, $line;
	}
	die 'psql has left';
}
sub outcome {
	my (@rows) = @_;
	my ($error) = map { /ERROR:\s+CH(\w+)/ ? $1 : /(?:ERROR|FATAL):\s+(\S+)/ ? $1 : () } @rows;
	return $error // 'ok';
}

my ($owner, $a, $b) = (psql($ENV{PGUSER}), psql('chatd'), psql('chatd'));
for my $n (1 .. $times) {
	my ($r, $x, $y, $c) = map { (my $s = $_) =~ s/%d/$n/g; $s } $reset, $sql_a, $sql_b, $check;
	query($owner, $r);
	my @r = said($owner);
	die "@r" if outcome(@r) ne 'ok';
	my (@a, @b);
	if ($n % 3 == 0) {
		query($a, $x);
		query($b, $y);
		@a = said($a);
		@b = said($b);
	} else {
		my ($first, $f, $second, $s) = $n % 3 == 1 ? ($a, $x, $b, $y) : ($b, $y, $a, $x);
		query($first, "begin; $f");
		my @f = said($first);
		query($second, $s);
		usleep 2000;    # let it come to the lock
		query($first, outcome(@f) eq 'ok' ? 'commit' : 'rollback');
		said($first);
		my @s = said($second);
		@a = $n % 3 == 1 ? @f : @s;
		@b = $n % 3 == 1 ? @s : @f;
	}
	$outcome{ outcome(@a) . '/' . outcome(@b) }++;
	$c =~ s/\{A\}/@a/g;
	$c =~ s/\{B\}/@b/g;
	query($owner, $c);
	$wrong{$_}++ for said($owner);
}
print join(' ', map { "$_ $outcome{$_}" } sort keys %outcome), "\n";
print "$_: $wrong{$_}\n" for sort keys %wrong;
