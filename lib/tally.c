/* SPDX-License-Identifier: ISC */
#include "lib/tally.h"

#include <stdio.h>
#include <string.h>

#include "lib/log.h"

#define KINDS 64 /* what comes when all are taken counts with the last */

static struct kind {
	const char *ev;
	char why[48];
	long long n;
} kinds[KINDS];

void
tally(const char *ev, const char *why, const char *addr)
{
	struct kind *k = kinds;

	while (k < kinds + KINDS - 1 && k->ev != NULL && (strcmp(k->ev, ev) != 0 || strncmp(k->why, why, sizeof(k->why) - 1) != 0))
		k++;
	if (k->n++ > 0)
		return;
	k->ev = ev;
	snprintf(k->why, sizeof(k->why), "%s", why);
	log_info(ev, "why=%s addr=%s", why, addr);
}

void
tally_end(const char *addr)
{
	for (const struct kind *k = kinds; k < kinds + KINDS && k->ev != NULL; k++)
		if (k->n > 1)
			log_info(k->ev, "why=%s addr=%s count=%lld", k->why, addr, k->n);
}
