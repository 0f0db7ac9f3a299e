#!/usr/bin/perl
# layers.pl BUILD - who needs whom, from the includes of every file and the undefined symbols of every object.
# Prints the folders' graph, then TAP: each folder looks only down, neither folders nor the files of a folder are in a
# circle, each library and the master's own calls are used where they belong.
use strict;
use warnings;

my $build = shift // 'build';
my (@said, $red);

sub ok {
	my ($sentence, @why) = @_;
	push @said, (@why ? 'not ok ' : 'ok ') . (1 + @said) . " - $sentence\n";
	print STDERR map { "# $_\n" } $said[-1] =~ s/\n//r, @why if @why;
	$red = 1 if @why;
}

# Two programs, which share lib/ and know nothing of each other.
my %program = (
	chatd => [ glob('chatd.[ch] conn.[ch] {master,front,session,handlers,db,bus,lib}/*.[ch]') ],
	chat  => [ glob('{client,lib}/*.[ch]') ],
);

# A file's two halves are one: what its header promises, its code keeps.
sub stem { $_[0] =~ s/\.[cho]$//r }
sub folder { $_[0] =~ m{^(.*)/} ? $1 : stem($_[0]) }

my %needs; # of an object's stem: the symbols it does not define

# edge{FROM}{TO}: why, for stems.
sub edges {
	my @files = @_;
	my (%edge, %home);
	my %known = map { $_ => 1 } @files;

	for my $file (@files) {
		open my $in, '<', $file or die "$file: $!";
		while (<$in>) {
			next unless /^#include "(.*)"/;
			ok("$file includes by the path from the top", "$1") unless $known{$1};
			$edge{ stem($file) }{ stem($1) } //= "$file includes $1" if stem($1) ne stem($file);
		}
	}
	my @objects = grep { -e "$build/$_.o" } map { /(.*)\.c$/ ? $1 : () } @files;
	die "$build: nothing is built\n" unless @objects;
	# build/session/tell.o:0000000000000000 T tell_read
	for (split /\n/, `nm -A -g @{[ map { "$build/$_.o" } @objects ]}`) {
		my ($stem, $kind, $symbol) = m{^\Q$build\E/(.*)\.o:\s*[0-9a-f]* (\w) (\w+)} or next;
		$kind eq 'U' ? push @{ $needs{$stem} }, $symbol : ($home{$symbol} = $stem);
	}
	for my $stem (@objects) {
		for my $symbol (@{ $needs{$stem} // [] }) {
			my $to = $home{$symbol} // next;
			$edge{$stem}{$to} //= "$stem.c needs $symbol of $to.c" if $to ne $stem;
		}
	}
	return \%edge;
}

# A circle in the graph as a list of reasons; empty: there is none.
sub circle {
	my ($edge) = @_;
	my (%state, @path, @found);
	my $visit;

	$visit = sub {
		my ($node) = @_;
		$state{$node} = 1;
		push @path, $node;
		for my $to (sort keys %{ $edge->{$node} // {} }) {
			next if @found;
			if (!$state{$to}) {
				$visit->($to);
			} elsif ($state{$to} == 1) {
				my ($from) = grep { $path[$_] eq $to } 0 .. $#path;
				my @ring = (@path[ $from .. $#path ], $to);
				@found = map { $edge->{ $ring[$_] }{ $ring[ $_ + 1 ] } } 0 .. $#ring - 1;
			}
		}
		pop @path;
		$state{$node} = 2;
	};
	$visit->($_) for grep { !$state{$_} } sort keys %$edge;
	return @found;
}

my %allowed = (
	chatd    => 'master conn handlers session db bus lib',
	master   => 'front handlers session db bus lib',
	conn     => 'front session lib',
	front    => 'handlers session db lib',
	handlers => 'session db lib',
	session  => 'bus db lib',
	bus      => 'lib',
	db       => 'lib',
	lib      => '',
	client   => 'lib',
);

for my $name (sort keys %program) {
	my $stems = edges(@{ $program{$name} });
	my %between;

	for my $from (sort keys %$stems) {
		for my $to (sort keys %{ $stems->{$from} }) {
			$between{ folder($from) }{ folder($to) } //= $stems->{$from}{$to} if folder($from) ne folder($to);
		}
	}
	print "# $name\n";
	for my $from (grep { $between{$_} } qw(chatd master conn front handlers session bus db client)) {
		printf "#   %-8s -> %s\n", $from, join ' ', sort keys %{ $between{$from} };
	}
	ok("$name: the folders are in no circle", circle(\%between));
	ok("$name: each looks only at folders it may look at",
		map { my $from = $_; map { " $allowed{$from} " =~ / \Q$_\E / ? () : $between{$from}{$_} } sort keys %{ $between{$from} } }
		sort keys %between);
	my %inside;
	for my $from (keys %$stems) {
		folder($from) eq folder($_) and $inside{ folder($from) }{$from}{$_} = $stems->{$from}{$_} for keys %{ $stems->{$from} };
	}
	for my $folder (sort keys %inside) {
		next if $folder eq 'lib' && $name eq 'chat';
		ok("the files of $folder/ are in no circle", circle($inside{$folder}));
	}
}
sub slurp { local (@ARGV, $/) = @_; <> }

sub only {
	my ($sentence, $symbols, $where) = @_;
	ok($sentence, map { my $stem = $_; map { "$stem.c calls $_" } grep { /^(?:$symbols)/ } @{ $needs{$stem} } }
		grep { !/^(?:$where)/ } sort keys %needs);
}
only('libpq is used in db/ alone', 'PQ[a-z]', 'db/');
only('hiredis is used in bus/ alone', 'redis[A-Z]|freeReplyObject', 'bus/');
only('libsodium is used by handlers/password.c alone', 'crypto_|sodium_|randombytes', 'handlers/password$');
only('json-c is used by the handlers, the fronts and the client alone', 'json_(?:object|tokener)', 'handlers/|front/|client/');
only('only the master forks', 'v?fork$', 'master/|client/');
only('only the master accepts', 'accept4?$', 'master/');
only('only the master passes descriptors', '(?:sendmsg|recvmsg)$', 'master/');
ok('nobody outside db/ sees how it talks to PostgreSQL',
	grep { !m{^db/} && slurp($_) =~ m{^#include "db/(?:run|args|dial|wire)\.h"}m } map { @$_ } values %program);

print @said, "1..", scalar @said, "\n";
exit($red ? 1 : 0);
