/* SPDX-License-Identifier: ISC */
#include "session/guess.h"

#include <ctype.h>
#include <stddef.h>

#include "lib/clock.h"
#include "session/memo.h"

#define MINUTE_US INT64_C(60000000)
#define ACCOUNTS 20 /* of one source may be mistaken within ten minutes */

/* So many mistakes cost nothing; then it is a second, and each time twice as long. */
struct patience {
	int64_t free, most; /* mistakes; ms */
	int64_t memory;     /* µs after the last one */
};
static const struct patience of_pair = {3, 300000, 60 * MINUTE_US};
static const struct patience of_account = {10, 60000, 60 * MINUTE_US};
static const struct patience of_source = {ACCOUNTS, 60000, 10 * MINUTE_US};

static struct memo *
pair(uint64_t account, uint64_t source)
{
	return memo_find('p', account, source);
}

static struct memo *
account_row(uint64_t account)
{
	return memo_find('a', account, 0);
}

static struct memo *
source_row(uint64_t source)
{
	return memo_find('s', source, 0);
}

uint64_t
guess_account(int64_t id, const char *name)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	if (id != 0 || name == NULL)
		return (uint64_t)id;
	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)tolower((unsigned char)*name)) * UINT64_C(1099511628211);
	return hash | UINT64_C(1) << 63;
}

static int64_t
left(const struct memo *m)
{
	int64_t ms = m->next - clock_ms();

	return ms > 0 ? ms : 0;
}

bool
guess_is_doubtful(uint64_t account)
{
	return left(account_row(account)) > 0;
}

int64_t
guess_wait(uint64_t account, uint64_t source, bool known)
{
	int64_t own = left(pair(account, source)), all = known ? 0 : left(account_row(account)), there = left(source_row(source));
	int64_t more = own > all ? own : all;

	return more > there ? more : there;
}

int64_t
guess_told(uint64_t said, uint64_t source)
{
	int64_t own = left(memo_find('t', said, source)), there = left(source_row(source));

	return own > there ? own : there;
}

void
guess_tell(uint64_t said, uint64_t source, int64_t ms)
{
	struct memo *m;

	if (ms == 0)
		return;
	m = memo_find('t', said, source);
	m->next = clock_ms() + ms;
	m->until = m->next * 1000;
}

static void
one_more(struct memo *m, const struct patience *p)
{
	int64_t n = ++m->n - p->free - 1, now = clock_ms();
	int64_t ms = n < 0 ? 0 : n < 20 ? INT64_C(1000) << n : p->most;

	m->next = now + (ms < p->most ? ms : p->most);
	m->until = now * 1000 + p->memory;
}

/* Of a source the accounts count and, when they are too many, all its mistakes. The ten minutes begin with the first. */
static void
source_failed(struct memo *m, struct memo *first)
{
	int64_t until = m->until;

	if (m->n <= ACCOUNTS && first->since != 0 && first->since >= m->since)
		return;
	if (m->n == 0)
		m->since = clock_ms();
	first->since = clock_ms();
	one_more(m, &of_source);
	if (m->n > 1 && m->n <= ACCOUNTS)
		m->until = until;
}

void
guess_failed(uint64_t account, uint64_t source)
{
	one_more(pair(account, source), &of_pair);
	source_failed(source_row(source), pair(account, source));
}

void
guess_failed_abroad(uint64_t account)
{
	one_more(account_row(account), &of_account);
}

void
guess_succeeded(uint64_t account, uint64_t source)
{
	struct memo *m = pair(account, source);

	m->n = m->next = 0;
}
