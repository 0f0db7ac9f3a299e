/* SPDX-License-Identifier: ISC */
#include "session/held.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#define BYTES_MAX 65536

void
held_keep(struct held *h, const struct record *r)
{
	struct record *copy;
	char *bytes;

	if (h->n == HELD_MAX || h->bytes + r->len > BYTES_MAX)
		return; /* it is in PostgreSQL, too */
	copy = mem_alloc(sizeof(*copy) + r->len + r->cidlen);
	bytes = (char *)(copy + 1);
	*copy = *r;
	copy->line = memcpy(bytes, r->line, r->len);
	if (r->cid != NULL)
		copy->cid = memcpy(bytes + r->len, r->cid, r->cidlen);
	h->record[h->n++] = copy;
	h->bytes += r->len;
}

struct record *
held_take(struct held *h, int64_t conv, int64_t seq)
{
	for (int i = 0; i < h->n; i++) {
		struct record *r = h->record[i];

		if (r->conv != conv || r->seq != seq)
			continue;
		h->record[i] = h->record[--h->n];
		h->bytes -= r->len;
		return r;
	}
	return NULL;
}

void
held_drop(struct held *h)
{
	while (h->n > 0)
		free(h->record[--h->n]);
	h->bytes = 0;
}
