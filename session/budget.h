/* SPDX-License-Identifier: ISC */
/*
 * budget - what somebody may spend on operations: refills with time, never above a bound. One number, the time at which
 * it would be full again, so that several processes may spend from the same one. What is refused costs, too, and may
 * bring it into debt: then nothing more is read until that is paid.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct rate {
	int64_t us;    /* for a cost of 1 to come back */
	int64_t burst; /* cost that a full one holds */
};
extern const struct rate rate_user, rate_stranger, rate_source;

typedef _Atomic(int64_t) budget; /* µs by clock_ms()'s clock; 0: full */

/* Takes cost. false: not enough; *wait says for how many ms, if nothing is charged meanwhile. */
bool budget_take(budget *b, const struct rate *r, int64_t cost, int64_t *wait);
/* Takes it in any case. */
void budget_charge(budget *b, const struct rate *r, int64_t cost);
void budget_give(budget *b, const struct rate *r, int64_t cost);
/* When the debt is small enough to go on, by clock_ms(); 0: it is. */
int64_t budget_due(budget *b, const struct rate *r);

#endif
