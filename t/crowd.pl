#!/usr/bin/perl
# crowd.pl GROUP MESSAGES SENDERS NAME... -- ADDR...: everybody (password crowd-password) logs in, spread over the
# addresses; the first ones send so many messages together, at once; everybody acknowledges what it hears. Prints for
# each sum of what it then has how many have it, and each thing that went wrong.
use strict;
use warnings;
use Digest::MD5 'md5_hex';
use FindBin;
use lib $FindBin::Bin;
use Talk;

my ($group, $messages, $senders) = splice @ARGV, 0, 3;
my @names;
push @names, shift @ARGV while @ARGV && $ARGV[0] ne '--';
shift @ARGV;
my @addrs = @ARGV;
my $each  = $messages / $senders;
my (@all, %wrong);

for my $i (0 .. $#names) {
	my $c = Talk->new($names[$i], $addrs[ $i % @addrs ]) or die "$names[$i] cannot connect";
	my $reply = $c->ask(qq({"op":"login","name":"$names[$i]","password":"crowd-password"})) // '';
	$reply =~ /"ok":true/ or die "$names[$i]: $reply";
	$c->{have} = {};
	$c->{last} = 0;
	$c->{on}   = sub {
		my ($self, $line) = @_;
		my ($seq, $kind, $text) = $line =~ /^\{"ev":"message".*"seq":(\d+),"kind":"(\w+)".*"text":"([^"]*)"/ or return;
		$wrong{'not in order'}++ if $seq <= $self->{last};
		# One who is behind also hears the own texts, as they are told to other devices.
		my $own = $line =~ /"name":"$self->{name}"\},"text"/ && $line =~ /"cid":/;
		$wrong{twice}++ if exists $self->{have}{$seq} && !$own;
		$self->{last} = $seq;
		$self->{have}{$seq} = $kind eq 'text' ? $text : $kind;
		$self->put(qq({"op":"ack","conv":$group,"seq":$seq})) if ++$self->{count} % 50 == 0;
	};
	push @all, $c;
}
for my $c (@all) {
	$c->event(qr/"synced"/) or die "$c->{name} is not synced";
}

# All at once: everybody's first message before anybody's second.
for my $n (1 .. $each) {
	$_->put(qq({"op":"send","conv":$group,"rid":$n,"cid":"$_->{name} $n","text":"$_->{name} $n"})) for @all[ 0 .. $senders - 1 ];
	Talk::pump(0);
}
for my $c (@all[ 0 .. $senders - 1 ]) {
	for (1 .. $each) {
		my $reply = $c->reply(30) // '';
		my ($n, $seq) = $reply =~ /"rid":(\d+),"ok":true.*"seq":(\d+)/ or do { $wrong{"refused: $reply"}++; next };
		$wrong{"two answers for one number"}++ if ($c->{have}{$seq} // "$c->{name} $n") ne "$c->{name} $n";
		$c->{have}{$seq} = "$c->{name} $n";
	}
}
my $complete = sub { !grep { scalar(grep { / / } values %{ $_->{have} }) < $messages } @all };
Talk::wait_for(30, $complete) or $wrong{'not complete'}++;

my %sum;
for my $c (@all) {
	my @seqs = sort { $a <=> $b } keys %{ $c->{have} };
	$wrong{"$c->{name} has a hole"}++ if @seqs != $seqs[-1] - $seqs[0] + 1;
	$sum{ md5_hex(join "\n", map { "$_ $c->{have}{$_}" } grep { $c->{have}{$_} =~ / / } @seqs) }++;
}
print "$sum{$_} have $_\n" for sort keys %sum;
print "$_: $wrong{$_}\n" for sort keys %wrong;
