/* SPDX-License-Identifier: ISC */
#include "session/purse.h"

#include "session/memo.h"

#define PROCESS_COST 200

static budget *
of_source(const struct session *s)
{
	return &memo_find('b', s->node->source, 0)->until;
}

void
purse_begin(struct session *s)
{
	budget_charge(of_source(s), &rate_source, PROCESS_COST);
	s->spent += PROCESS_COST;
}

bool
purse_take(struct session *s, int64_t cost, int64_t *wait)
{
	if (session_is_on(s))
		return budget_take(&s->budget, &rate_user, cost, wait);
	if (!budget_take(&s->budget, &rate_stranger, cost, wait))
		return false;
	if (!budget_take(of_source(s), &rate_source, cost, wait)) {
		budget_give(&s->budget, &rate_stranger, cost);
		return false;
	}
	s->spent += cost;
	return true;
}

void
purse_refused(struct session *s)
{
	budget_charge(&s->budget, session_is_on(s) ? &rate_user : &rate_stranger, REFUSED_COST);
	if (session_is_on(s))
		return;
	budget_charge(of_source(s), &rate_source, REFUSED_COST);
	s->spent += REFUSED_COST;
}

void
purse_give_back(struct session *s, int64_t cost)
{
	budget_give(&s->budget, session_is_on(s) ? &rate_user : &rate_stranger, cost);
	if (session_is_on(s))
		return;
	budget_give(of_source(s), &rate_source, cost);
	s->spent -= cost;
}

void
purse_login(struct session *s)
{
	budget_give(of_source(s), &rate_source, s->spent);
	s->spent = 0;
	s->budget = 0;
}

int64_t
purse_due(struct session *s)
{
	int64_t own = budget_due(&s->budget, session_is_on(s) ? &rate_user : &rate_stranger);
	int64_t all = session_is_on(s) ? 0 : budget_due(of_source(s), &rate_source);

	return own > all ? own : all;
}
