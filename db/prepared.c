/* SPDX-License-Identifier: ISC */
#include "db/prepared.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
prepared_begin(struct prepared *p)
{
	p->state = p->wanted;
	memset(p->all, 0, sizeof(p->all));
}

struct statement *
prepared_find(struct prepared *p, const char *sql)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	struct statement *st = p->all, *end = p->all + STATEMENTS;

	while (st < end && st->sql != NULL && st->sql != sql)
		st++;
	if (st == end || st->sql == sql)
		return st < end ? st : NULL;
	for (const char *s = sql; *s != '\0'; s++)
		hash = (hash ^ (unsigned char)*s) * UINT64_C(1099511628211);
	snprintf(st->name, sizeof(st->name), "s%016" PRIx64, hash);
	st->sql = sql;
	return st;
}
