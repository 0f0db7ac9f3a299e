/* SPDX-License-Identifier: ISC */
/* record_fuzz - what a bus record is read as lies within the payload, and comes out again as it went in. */
#include "session/event.h"
#include "session/record.h"
#include "t/fuzz/alone.h"

static void
must_lie_within(const char *s, size_t len, const char *from, const char *end)
{
	MUST(len == 0 || (s >= from && s <= end && len <= (size_t)(end - s)));
}

/* Written again and read again it is the same. */
static void
must_come_again(const struct record *r)
{
	const struct entry e = {.conv = r->conv, .seq = r->seq, .from_id = r->from, .from_name = "n", .to_name = "n", .at = "",
	    .kind = "text", .text = "hi", .cid = r->cid != NULL ? "k" : NULL};
	struct buf b = {0}, line = {0};
	struct record again;
	const char *p;
	size_t n;

	if ((r->conv | r->seq | r->from) >= INT64_C(1) << 53) /* no line says so much */
		return;
	buf_add(&line, r->line, r->len);
	switch (r->type) {
	case 'm':
		record_entry(&b, &e, r->session, r->gone);
		break;
	case 'e':
		record_event(&b, r->session, &line);
		break;
	case 'x':
		record_replace(&b, r->session, r->device);
		break;
	case 'r':
		record_revoke(&b, r->session, r->device);
		break;
	default:
		record_member(&b, r->session, r->conv);
	}
	p = buf_data(&b);
	n = buf_len(&b);
	MUST(record_next(&p, &n, &again) == 1 && n == 0);
	MUST(again.type == r->type && again.conv == r->conv && again.seq == r->seq && again.from == r->from);
	MUST(again.session == r->session && again.gone == r->gone && again.device == r->device);
	MUST((again.cid != NULL) == (r->cid != NULL));
	buf_free(&b);
	buf_free(&line);
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
			if (event_line_kind(r.line, r.len) != EVENT_UNKNOWN)
				MUST(memcmp(r.line + strlen("{\"ev\":\""), event_name(event_line_kind(r.line, r.len)), 3) == 0);
		}
		must_come_again(&r);
		if (r.type == 'm')
			must_lie_within(r.cid, r.cidlen, copy, end);
	}
	MUST(got == -1 || n == 0);
	free(copy);
	return 0;
}
