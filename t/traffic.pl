#!/usr/bin/perl
# traffic.pl DIR FROM FIRST-ADDR TO FIRST-ADDR ADDR: FROM sends to TO, one at a time, until DIR/stop is there. Whoever
# loses the connection comes back at ADDR with the token, like any client, and what was not answered is sent again with
# its cid. Prints "ok CID SEQ" for every answer and at the end what went wrong; DIR/traffic counts what has arrived.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Talk;
use Time::HiRes qw(time);

my ($dir, $from, $from_addr, $to, $to_addr, $addr) = @ARGV;
my (%got, %wrong);
my ($arrived, $lost, $high) = (0, 0, 0);

sub listens {
	my ($c) = @_;
	my $last = 0;
	$c->{on} = sub {
		my ($self, $line) = @_;
		my ($conv, $seq, $text) = $line =~ /^\{"ev":"message","conv":(\d+),"seq":(\d+),.*"text":"([^"]*)"/ or return;
		# Again is allowed, after a connection was lost; a hole and another order are not.
		$wrong{"order: $seq after $last"}++ if $last && $seq != $last + 1;
		$wrong{"hole: $seq after $high"}++  if !$last && $high && $seq > $high + 1;
		$wrong{"another text: $seq"}++      if exists $got{$seq} && $got{$seq} ne $text;
		$last = $seq;
		$high = $seq if $seq > $high;
		$arrived++ unless exists $got{$seq};
		$got{$seq} = $text;
		$self->put(qq({"op":"ack","conv":$conv,"seq":$seq}));
	};
	return $c;
}

my $sender = Talk->login($from, $from_addr) or die "no login of $from";
my $receiver = Talk->login($to, $to_addr, on => sub { }) or die "no login of $to";
listens($receiver);

# As client.md wants it: again and again, with a pause that grows and is never the same.
sub back {
	my ($c) = @_;
	$lost++;
	my $until = time + 60;
	for (my $pause = 0.1; time < $until; $pause = $pause < 2 ? $pause * 2 : 2) {
		my $new = Talk->new($c->{name}, $addr, token => $c->{token}, patience => 5) or next;
		listens($new) if $c == $receiver;
		my $reply = $new->ask(qq({"op":"resume","token":"$c->{token}"})) // '';
		return $new if $reply =~ /"ok":true/;
		$wrong{"resume: $reply"}++ if $reply =~ /bad_credentials/;
		$new->gone;
		select undef, undef, undef, $pause / 2 + rand $pause;
	}
	die "$c->{name} does not get in again";
}

my $n = 0;
until (-e "$dir/stop") {
	$n++;
	my $reply;
	until ($reply) {
		$receiver = back($receiver) unless $receiver->{sock};
		$sender   = back($sender)   unless $sender->{sock};
		$sender->put(qq({"op":"send","to":"$to","cid":"t$n","text":"t$n"}));
		$reply = $sender->reply(30) // next;
		if ($reply =~ /"error":"(unavailable|rate_limited)"/) {
			Talk::wait_for(0.1, sub { 0 });
			$reply = '';
		}
	}
	if ($reply =~ /"ok":true.*"seq":(\d+)/) { print "ok t$n $1\n"; }
	else                                    { $wrong{"refused: $reply"}++; }
	Talk::wait_for(0.005, sub { 0 });
	open my $f, '>', "$dir/traffic.new" or die;
	print $f $arrived;
	close $f;
	rename "$dir/traffic.new", "$dir/traffic";
}
my $until = time + 30;
while ($arrived < $n && time < $until) {
	$receiver = back($receiver) unless $receiver->{sock};
	Talk::pump(0.1);
}
$wrong{"arrived only $arrived of $n"}++ if $arrived < $n;
$wrong{'nobody ever lost a connection'}++ unless $lost;
print "$_: $wrong{$_}\n" for sort keys %wrong;
print "end\n";
