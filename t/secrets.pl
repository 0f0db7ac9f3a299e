#!/usr/bin/perl
# secrets.pl PID SECRET... - where a process has these in its memory, one line each; run by who may read it. Of a password's
# hash that is what makes it one, as text and as bytes.
use strict;
use warnings;
use MIME::Base64;
no warnings 'portable';

my ($pid, @secrets) = @ARGV;
@secrets = map { /^\$argon2id\$.*\$(.+)/ ? ($1, decode_base64($1)) : $_ } @secrets;
open my $maps, '<', "/proc/$pid/maps" or die "maps: $!";
open my $mem,  '<', "/proc/$pid/mem"  or die "mem: $!";
while (<$maps>) {
	my ($from, $to, $what) = /^(\w+)-(\w+) r\S+ \S+ \S+ \S+ *(.*)/ or next;
	next if $what =~ /^\[v/ || hex($to) - hex($from) > 1 << 32; # what a sanitizer knows of all memory there is
	sysseek $mem, hex $from, 0 or next;
	my $bytes = '';
	sysread($mem, $bytes, hex($to) - hex($from)) or next;
	for my $i (0 .. $#secrets) {
		my $at = -1;
		printf "secret %d in %s at %x: %s\n", $i + 1, $what || 'a mapping', hex($from) + $at,
			substr($bytes, $at > 24 ? $at - 24 : 0, 64) =~ s/[^ -~]/./gr
			while ($at = index $bytes, $secrets[$i], $at + 1) >= 0;
	}
}
