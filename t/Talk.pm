# Talk - clients for tests that speak for many at once. All connections are read together, whichever is waited for,
# so none of them ever holds the server up. What was sent and heard is kept in DIR/NAME.talk.
package Talk;
use strict;
use warnings;
use IO::Socket::INET;
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(time);

my %open;    # by file number

# A connection. Tries for a while, as what listens may be coming back.
sub new {
	my ($class, $name, $addr, %o) = @_;
	my $self = bless { name => $name, in => '', replies => [], events => [], all => [], log => $o{log}, %o }, $class;
	my $until = time + ($o{patience} // 0);
	until ($self->{sock} = IO::Socket::INET->new(PeerAddr => $addr, Timeout => 5)) {
		return if time >= $until;
		select undef, undef, undef, 0.05;
	}
	setsockopt $self->{sock}, IPPROTO_TCP, TCP_NODELAY, 1;
	$self->{sock}->blocking(0);
	$open{ fileno $self->{sock} } = $self;
	return $self;
}

sub note {
	my ($self, $what) = @_;
	return unless $self->{log};
	print { $self->{log} } sprintf "%.3f %s\n", time, $what;
}

sub bytes {
	my ($self, $bytes) = @_;
	local $SIG{PIPE} = 'IGNORE';
	$self->note("> $bytes");
	while (length $bytes && $self->{sock}) {
		my $n = syswrite $self->{sock}, $bytes;
		if (defined $n) { substr $bytes, 0, $n, ''; }
		elsif ($!{EAGAIN}) { pump(0.01, $self); }
		else { $self->gone; }
	}
	return $self;
}

sub put {
	my ($self, @objects) = @_;
	return $self->bytes(join '', map { "$_\n" } @objects);
}

sub gone {
	my ($self) = @_;
	return unless $self->{sock};
	$self->note('# closed');
	delete $open{ fileno $self->{sock} };
	close delete $self->{sock};
}

sub heard {
	my ($self, $line) = @_;
	$self->note("< $line");
	if ($line =~ /^\{"ev":/) {
		push @{ $self->{events} }, $line;
		push @{ $self->{all} },    $line;
		$self->{on}->($self, $line) if $self->{on};
	} else {
		push @{ $self->{replies} }, $line;
	}
}

# Reads what there is, from all; waits for so many seconds if there is nothing.
sub pump {
	my ($seconds, $writer) = @_;
	my ($r, $w) = ('', '');
	vec($r, $_, 1) = 1 for keys %open;
	vec($w, fileno $writer->{sock}, 1) = 1 if $writer && $writer->{sock};
	return unless select $r, $w, undef, $seconds;
	for my $c (grep { vec $r, fileno $_->{sock}, 1 } values %open) {
		my $n = sysread $c->{sock}, $c->{in}, 262144, length $c->{in};
		if (!defined $n) { $c->gone unless $!{EAGAIN}; next; }
		while ($c->{in} =~ s/\A([^\n]*)\n//) { $c->heard($1); }
		$c->gone if $n == 0;
	}
	return 1;
}

# Pumps until something is true. undef: it did not become so.
sub wait_for {
	my ($seconds, $true) = @_;
	my $until = time + $seconds;
	my $is;
	until ($is = $true->()) {
		my $left = $until - time;
		return if $left <= 0;
		pump($left);
	}
	return $is;
}

# The next reply.
sub reply {
	my ($self, $seconds) = @_;
	wait_for($seconds // 10, sub { @{ $self->{replies} } || !$self->{sock} });
	return shift @{ $self->{replies} };
}

# As a polite client: too much at once is asked again when it may be.
sub ask {
	my ($self, $object, $seconds) = @_;
	while (1) {
		my $line = $self->put($object)->reply($seconds) // return;
		# Who was too quick comes again soon; who used up a quota does not.
		return $line unless $line =~ /"error":"rate_limited".*"retry_after_ms":(\d+)/ && $1 <= 5000;
		wait_for($1 / 1000, sub { 0 });
	}
}

# The next event like that; those before it are passed over.
sub event {
	my ($self, $like, $seconds) = @_;
	my $next = 0;
	return wait_for($seconds // 10, sub {
		for (; $next < @{ $self->{events} }; $next++) {
			next unless $self->{events}[$next] =~ $like;
			return (splice @{ $self->{events} }, 0, $next + 1)[-1];
		}
		return;
	});
}

# login NAME[@DEVICE]: with the password that t/lib.sh gives to NAME.
sub login {
	my ($class, $who, $addr, %o) = @_;
	my ($name, $device) = split /@/, $who;
	my $self = $class->new($who, $addr, patience => 10, %o) or return;
	my $reply = $self->ask(sprintf '{"op":"login","name":"%s","password":"%s-password","device":"%s"}',
		$name, $name, $device // 'default') // '';
	($self->{token}) = $reply =~ /"token":"(\w+)"/;
	($self->{id})    = $reply =~ /"user":\{"id":(\d+)/;
	return unless $self->{token};
	return $self;
}

1;
