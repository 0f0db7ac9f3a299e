/* SPDX-License-Identifier: ISC */
#include "session/budget.h"

#include "lib/clock.h"

#define RATE 20000 /* a second */
#define BURST 40000

void
budget_init(struct budget *b)
{
	*b = (struct budget){.left = BURST * INT64_C(1000), .at = clock_ms()};
}

bool
budget_take(struct budget *b, int cost, int64_t *wait)
{
	int64_t now = clock_ms();

	b->left += (now - b->at) * RATE;
	b->at = now;
	if (b->left > BURST * INT64_C(1000))
		b->left = BURST * INT64_C(1000);
	if (b->left < cost * INT64_C(1000)) {
		*wait = (cost * INT64_C(1000) - b->left) / RATE + 1;
		return false;
	}
	b->left -= cost * INT64_C(1000);
	return true;
}
