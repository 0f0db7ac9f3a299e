/* SPDX-License-Identifier: ISC */
#include "session/memo.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define BUCKETS 4096
#define ROWS 8 /* of a bucket */
#ifndef MEMO_VERSION /* of what the users of rows keep in them; t/27-upgrade.t has a program with another one */
#define MEMO_VERSION 1
#endif
#define LAYOUT ((int64_t)MEMO_VERSION << 32 | (int64_t)sizeof(struct memos))

static struct memos {
	int64_t layout;
	uint64_t seed; /* differs from run to run: nobody can choose whose row his own falls on */
	struct memo row[BUCKETS][ROWS];
} *memos;

int memo_fd = -1;

void
memo_map(void)
{
	if (memo_fd >= 0) {
		memos = mem_shared("memo", sizeof(*memos), &memo_fd);
		if (memos != NULL && memos->layout == LAYOUT)
			return;
		close(memo_fd);
		memo_fd = -1;
	}
	memos = mem_shared("memo", sizeof(*memos), &memo_fd);
	memos->layout = LAYOUT;
	if (getrandom(&memos->seed, sizeof(memos->seed), 0) < 0)
		die(EX_OSERR, "getrandom", "why=%s", strerror(errno));
}

/* The finalizer of MurmurHash3. */
static uint64_t
mix(uint64_t h)
{
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

static void
clear(struct memo *m)
{
	m->n = m->next = m->since = m->until = 0;
}

struct memo *
memo_find(char what, uint64_t whom, uint64_t where)
{
	uint64_t hash = mix(mix(mix(memos->seed ^ (unsigned char)what) + whom) + where);
	int64_t key = (int64_t)(hash | 1), now = clock_ms() * 1000;
	struct memo *row = memos->row[hash >> 52], *least = row;

	for (struct memo *m = row; m < row + ROWS; m++) {
		if (m->key == key) {
			if (m->until <= now && m->until != 0)
				clear(m);
			return m;
		}
		if (m->until < least->until)
			least = m;
	}
	least->key = key;
	clear(least);
	return least;
}
