/* SPDX-License-Identifier: ISC */
#include "session/purse.h"

#include "lib/clock.h"
#include "session/memo.h"

#define REFUSED_COST 10 /* of whatever is refused */
#define REFUSED_STRANGER 40 /* the same, of a stranger, for all of his address: the next of them gets a place for being refused, too */
#define PROCESS_COST 200
#define COMING_COST (2 * PROCESS_COST) /* at most, with what is said before a login */
#define NOTHING 64 /* bytes that say nothing, for a cost of 1: between two objects there may be a line's end */
#define HERD_MS 250 /* all of an address would wake at the same moment, and all but one for nothing */

/* Logins of an account from one address that cost nothing, within ten minutes; one with a password is worth several. */
#define FREE_LOGINS 240
#define FREE_US INT64_C(600000000)
#define PASSWORD_LOGINS 4

static budget *
of_source(const struct session *s)
{
	return &memo_find('b', s->source, 0)->until;
}

void
purse_begin(struct session *s)
{
	budget_charge(of_source(s), &rate_source, PROCESS_COST);
	s->spent += PROCESS_COST;
}

void
purse_comes_from(struct session *s, uint64_t source)
{
	int64_t spent = s->source == s->node->source ? s->spent : 0; /* a proxy may pass on one after the other */

	if (source == s->source)
		return;
	budget_give(of_source(s), &rate_source, spent);
	s->source = source;
	s->spent = spent;
	budget_charge(of_source(s), &rate_source, spent);
	db_dial_in(s->node->dialing, source);
}

/* Being told so costs as well. */
static bool
take(budget *b, const struct rate *r, int64_t cost, int64_t told, int64_t *wait)
{
	if (budget_take(b, r, cost, wait))
		return true;
	*wait += told * r->us / 1000 + 1;
	return false;
}

bool
purse_take(struct session *s, int64_t cost, int64_t *wait)
{
	if (session_is_on(s))
		return take(&s->budget, &rate_user, cost, REFUSED_COST, wait);
	if (!take(&s->budget, &rate_stranger, cost, REFUSED_COST, wait))
		return false;
	if (!take(of_source(s), &rate_source, cost, REFUSED_STRANGER + COMING_COST, wait)) { /* many hang up and come anew */
		budget_give(&s->budget, &rate_stranger, cost);
		return false;
	}
	s->spent += cost;
	return true;
}

void
purse_charge(struct session *s, int64_t cost)
{
	budget_charge(&s->budget, session_is_on(s) ? &rate_user : &rate_stranger, cost);
	if (session_is_on(s))
		return;
	budget_charge(of_source(s), &rate_source, cost);
	s->spent += cost;
}

void
purse_refused(struct session *s)
{
	const int64_t more = REFUSED_STRANGER - REFUSED_COST;

	purse_charge(s, REFUSED_COST);
	if (session_is_on(s))
		return;
	budget_charge(of_source(s), &rate_source, more);
	s->spent += more;
}

void
purse_nothing(struct session *s, size_t bytes)
{
	if (bytes >= NOTHING)
		purse_charge(s, (int64_t)(bytes / NOTHING));
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
purse_login(struct session *s, bool by_password)
{
	struct memo *logins = memo_find('l', (uint64_t)s->user, s->source);
	const int64_t cost = by_password ? PASSWORD_LOGINS : 1;

	if (logins->n == 0)
		logins->until = clock_ms() * 1000 + FREE_US;
	if (atomic_fetch_add(&logins->n, cost) + cost <= FREE_LOGINS)
		budget_give(of_source(s), &rate_source, s->spent);
	s->spent = 0; /* of the connection: who logs in and out again and again has spent it */
}

int64_t
purse_due(struct session *s)
{
	int64_t own = budget_due(&s->budget, session_is_on(s) ? &rate_user : &rate_stranger);
	int64_t all = session_is_on(s) ? 0 : budget_due(of_source(s), &rate_source);

	all += all > 0 ? clock_jitter(HERD_MS) : 0;
	return own > all ? own : all;
}
