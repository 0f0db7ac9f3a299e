#!/bin/sh
# SPDX-License-Identifier: ISC
# The parsers of lib/, each unit program a subtest.
cd "$(dirname "$0")/.." || exit 1
build=${BUILD_DIR:-build}
suite=../shared/jsontestsuite/test_parsing
n=0
bad=0
case $build in
*asan*) cases=50000 ;;
*) cases=200000 ;;
esac

# subtest NAME COMMAND...
subtest() {
	n=$((n + 1))
	name=$1
	shift
	if out=$("$@"); then
		result=ok
	else
		result='not ok'
		bad=1
	fi
	printf '%s\n' "$out" | sed 's/^/    /'
	echo "$result $n - $name"
}

subtest 'UTF-8 is decoded, cut and made safe' "$build/unit/utf8_test"
subtest 'acknowledgements understood at once' "$build/unit/ack_line_test"
subtest 'buffers, JSON writer, log, errors, clock' "$build/unit/lib_test"
if [ -d "$suite" ]; then
	subtest 'the door, with JSONTestSuite' "$build/unit/door_test" "$suite"
else
	subtest 'the door' "$build/unit/door_test"
fi
subtest 'places that come back, whatever happens to their holders' "$build/unit/slots_test"
subtest 'signals in a loop that is busy' "$build/unit/watch_test"
subtest 'who has to wait for guesses' "$build/unit/guess_test"
subtest 'a client that takes little' "$build/unit/peer_test"
subtest 'PROXY headers, addresses' "$build/unit/proxy_test"
subtest 'PROXY headers against generated input' "$build/fuzz/proxy_fuzz" $((cases / 20))
subtest 'HTTP heads, WebSocket frames, the handshake' "$build/unit/frame_test"
subtest 'heads and frames against generated input' "$build/fuzz/frame_fuzz" $((cases / 20))
for corpus in t/fuzz/corpus/*; do
	subtest "what fuzzing begins with: ${corpus##*/}" "$build/fuzz/${corpus##*/}_fuzz" "$corpus"/*
done
if [ -x "$build/fuzz/door_fuzz" ]; then
	subtest 'the door against generated input' "$build/fuzz/door_fuzz" $cases
else
	n=$((n + 1))
	echo "ok $n # skip door_fuzz is not built"
fi
echo "1..$n"
exit $bad
