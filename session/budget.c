/* SPDX-License-Identifier: ISC */
#include "session/budget.h"

#include "lib/clock.h"

/* Whoever is logged in; a connection that is not; all those of one address together, on this node. */
const struct rate rate_user = {50, 40000}, rate_stranger = {250, 8000}, rate_source = {125, 40000};

/* Nobody can owe more than twice a full one: then it is the row of something else, that was lost to us or got mixed up. */
static int64_t
owed(int64_t b, const struct rate *r, int64_t now)
{
	return b > now && b <= now + 2 * r->burst * r->us ? b - now : 0;
}

/* Spends it, unless more than `most` would be spent then: *lacks says by how many µs. */
static bool
spend(budget *b, const struct rate *r, int64_t cost, int64_t most, int64_t *lacks)
{
	int64_t now = clock_ms() * 1000, before = atomic_load(b), after;

	do {
		after = now + owed(before, r, now) + cost * r->us;
		*lacks = after - now - most * r->us;
		if (*lacks > 0)
			return false;
	} while (!atomic_compare_exchange_weak(b, &before, after));
	return true;
}

bool
budget_take(budget *b, const struct rate *r, int64_t cost, int64_t *wait)
{
	int64_t lacks;

	if (spend(b, r, cost, r->burst, &lacks))
		return true;
	*wait = lacks / 1000 + 1;
	return false;
}

void
budget_charge(budget *b, const struct rate *r, int64_t cost)
{
	int64_t lacks;

	spend(b, r, cost, 2 * r->burst, &lacks); /* more than that nobody has to pay */
}

void
budget_give(budget *b, const struct rate *r, int64_t cost)
{
	atomic_fetch_sub(b, cost * r->us);
}

int64_t
budget_due(budget *b, const struct rate *r)
{
	int64_t now = clock_ms() * 1000, late = owed(atomic_load(b), r, now) - (r->burst + r->burst / 4) * r->us;

	return late > 0 ? (now + late) / 1000 + 1 : 0;
}
