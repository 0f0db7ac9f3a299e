/* SPDX-License-Identifier: ISC */
/* budget - what a session may spend on operations: refills with time, never above a bound. */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct budget {
	int64_t left; /* thousandths */
	int64_t at;   /* when it was last refilled */
};

void budget_init(struct budget *b);
/* Takes cost. false: not enough; *wait says for how many ms. */
bool budget_take(struct budget *b, int cost, int64_t *wait);

#endif
