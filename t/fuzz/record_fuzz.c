/* SPDX-License-Identifier: ISC */
/* record_fuzz - what a bus record is read as lies within the payload, and comes out again as it went in. */
#include "session/record.h"
#include "t/fuzz/alone.h"

static void
must_lie_within(const char *s, size_t len, const char *from, const char *end)
{
	MUST(len == 0 || (s >= from && s <= end && len <= (size_t)(end - s)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1);
	const char *p = copy, *end = copy + n;
	struct record r;
	int got;

	MUST(copy != NULL);
	memcpy(copy, data, n);
	while ((got = record_next(&p, &n, &r)) == 1) {
		MUST(p + n == end);
		MUST(strchr("mexrg", r.type) != NULL);
		if (r.type == 'm' || r.type == 'e') {
			must_lie_within(r.line, r.len, copy, end);
			MUST(r.len > 0 && r.line[r.len - 1] == '\n');
		}
		if (r.type == 'm')
			must_lie_within(r.cid, r.cidlen, copy, end);
	}
	MUST(got == -1 || n == 0);
	free(copy);
	return 0;
}
