/* SPDX-License-Identifier: ISC */
/* acked - part of R8: what devices have acknowledged is stored, soon, and nobody has to come again for it. */
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos.h"

#define SOON_MS 3000 /* a second is promised; this machine has other things to do */

static int64_t
number(PGresult *r, int row, int col)
{
	return strtoll(PQgetvalue(r, row, col), NULL, 10);
}

/* How far the device is by the rows of the database. */
static int64_t
cursor_of(PGresult *r, const struct client *c, int64_t conv)
{
	for (int i = 0; i < PQntuples(r); i++)
		if (number(r, i, 1) == conv && number(r, i, 0) == w.users[c->user].id &&
		    strcmp(PQgetvalue(r, i, 3), c->device) == 0)
			return number(r, i, 2);
	return 0;
}

static long
not_stored(char *why, size_t n)
{
	PGresult *r = query("select d.user_id, k.conv_id, k.acked_seq, d.name from chat.cursors k "
			    "join chat.devices d on d.id = k.device_id");
	long missing = 0;

	for (int k = 0; k < w.n_clients; k++) {
		const struct client *c = &w.clients[k];

		for (size_t i = 0; c->state == UP && i < c->n_views; i++) {
			const struct view *v = &c->views[i];
			int64_t stored = v->acked > 0 ? cursor_of(r, c, v->conv) : 0;

			if (v->acked <= stored)
				continue;
			missing++;
			snprintf(why, n, "%s acknowledged (%lld, %lld), stored is %lld", name_of(c),
			    (long long)v->conv, (long long)v->acked, (long long)stored);
		}
	}
	PQclear(r);
	return missing;
}

void
check_acked(void)
{
	int64_t end = now_ms() + SOON_MS;
	char why[200] = "";
	long missing;

	while ((missing = not_stored(why, sizeof(why))) > 0 && now_ms() < end)
		poll(NULL, 0, 200);
	if (missing > 0)
		broken(8, "%ld acknowledgements are not stored: %s", missing, why);
}
