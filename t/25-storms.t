#!/bin/sh
# Storms: everything happens to servers, sessions and the network at once, for a while, and all rules hold.
. t/lib.sh
. t/chaos/faults.sh
. t/many.sh

section 'All come back at once'
# An address may spend what a hundred cost, and what twenty a second do; but a login gives back what it cost.
stack --nodes 1
user alice
login alice
many 900
t_now
begun=$t_now
spawn many perl t/many.pl "$NODE_A" 900 "$conv"
t '900 of one address are in' eventually 35 grep -qx in "$dir/many.out"
t_now
echo "# after $(((t_now - begun) / 100)) s"
close many alice

section 'Faults'
t/chaos/build || exit 1
faults() {
	t 'under a storm of faults all rules hold' env CHAOS_DIR="$dir/faults" t/chaos/run --seconds 35 --every 500 -- --pairs 10 --rate 10
}
packets() {
	if (in_namespace true); then
		t 'under a storm of lost packets all rules hold' env CHAOS_DIR="$dir/packets" t/chaos/run --seconds 30 --every 2000 \
			--net --faults 'netdrop netreset netloss netloss session9' -- --pairs 10 --rate 10
	else
		skip 'under a storm of lost packets all rules hold' 'no network namespace with nft'
	fi
}
beside faults faults
beside packets packets
together faults packets
finish
