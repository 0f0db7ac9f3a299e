/* SPDX-License-Identifier: ISC */
#include "master/guest.h"

#include "lib/clock.h"

struct all_guests guests;

void
guests_init(void)
{
	for (int s = 0; s < STAGES; s++)
		TAILQ_INIT(&guests.in[s]);
	TAILQ_INIT(&guests.round);
	for (int i = 0; i <= GUEST_MANY; i++)
		TAILQ_INIT(&guests.by_here[i]);
}

void
guests_drop(void)
{
	mem_drop(guests);
}

/* Anybody may choose an address, but not so that many fall into one bucket: the seed differs from run to run. */
static unsigned
bucket(uint64_t key)
{
	static uint64_t seed;

	if (seed == 0)
		seed = (uint64_t)clock_jitter(INT64_MAX) | 1;
	return (unsigned)((key ^ seed) * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

static struct source *
find(const struct address *a)
{
	uint64_t key = address_source(a);
	struct source *s;

	LIST_FOREACH(s, &guests.by_key[bucket(key)], same_bucket)
		if (s->key == key)
			return s;
	s = mem_own(&guests.source_memory, sizeof(*s));
	s->key = key;
	for (int i = 0; i < STAGES; i++)
		TAILQ_INIT(&s->in[i]);
	LIST_INSERT_HEAD(&guests.by_key[bucket(key)], s, same_bucket);
	TAILQ_INSERT_TAIL(&guests.by_here[0], s, same_here);
	return s;
}

static int
rank(const struct source *s)
{
	return s->here < GUEST_MANY ? s->here : GUEST_MANY;
}

/* One more or less in that stage. */
static void
recount(struct source *s, enum stage stage, int by)
{
	int line = guests_line(s->count);

	guests.count[stage] += by;
	s->count[stage] += by;
	if (line == 0 && guests_line(s->count) > 0) {
		TAILQ_INSERT_TAIL(&guests.round, s, turn);
		guests.sources++;
	} else if (line > 0 && guests_line(s->count) == 0) {
		TAILQ_REMOVE(&guests.round, s, turn);
		guests.sources--;
	}
	if (stage == IN || stage == LEAVING)
		return;
	TAILQ_REMOVE(&guests.by_here[rank(s)], s, same_here);
	s->here += by;
	TAILQ_INSERT_TAIL(&guests.by_here[rank(s)], s, same_here);
	if (rank(s) > guests.most)
		guests.most = rank(s);
	while (guests.most > 0 && TAILQ_EMPTY(&guests.by_here[guests.most]))
		guests.most--;
}

static void
enter(struct guest *g, enum stage stage)
{
	struct source *s = g->source = find(&g->from.from);

	g->stage = stage;
	g->since = clock_ms();
	TAILQ_INSERT_TAIL(&guests.in[stage], g, of_all);
	TAILQ_INSERT_TAIL(&s->in[stage], g, of_source);
	recount(s, stage, 1);
}

static void
leave(struct guest *g)
{
	struct source *s = g->source;

	TAILQ_REMOVE(&guests.in[g->stage], g, of_all);
	TAILQ_REMOVE(&s->in[g->stage], g, of_source);
	recount(s, g->stage, -1);
}

static void
forget_if_empty(struct source *s)
{
	for (int i = 0; i < STAGES; i++)
		if (s->count[i] > 0)
			return;
	LIST_REMOVE(s, same_bucket);
	TAILQ_REMOVE(&guests.by_here[0], s, same_here);
	mem_disown(&guests.source_memory, s);
}

struct guest *
guest_new(int fd, const struct handed *from, enum stage stage)
{
	struct guest *g = mem_own(&guests.memory, sizeof(*g));

	g->watch.fd = -1;
	g->fd = fd;
	g->from = *from;
	enter(g, stage);
	return g;
}

void
guest_move(struct guest *g, enum stage stage)
{
	struct source *before = g->source;

	leave(g);
	if (stage == NOWHERE)
		mem_disown(&guests.memory, g);
	else
		enter(g, stage);
	forget_if_empty(before);
}

void
source_had_turn(struct source *s)
{
	if (guests_line(s->count) == 0)
		return;
	TAILQ_REMOVE(&guests.round, s, turn);
	TAILQ_INSERT_TAIL(&guests.round, s, turn);
}

int
guests_line(const int count[STAGES])
{
	return count[WAITING] + count[WANTING];
}

/* In the order in which they came. */
struct guest *
source_next(const struct source *s)
{
	struct guest *a = TAILQ_FIRST(&s->in[WAITING]), *b = TAILQ_FIRST(&s->in[WANTING]);

	return a == NULL || (b != NULL && b->since < a->since) ? b : a;
}

struct guest *
guest_of_the_most(const enum stage stages[])
{
	struct source *s;

	for (int n = guests.most; n > 0; n--)
		TAILQ_FOREACH(s, &guests.by_here[n], same_here)
			for (const enum stage *stage = stages; *stage != NOWHERE; stage++)
				if (s->count[*stage] > 0)
					return *stage == WAITING ? TAILQ_LAST(&s->in[WAITING], guests) : TAILQ_FIRST(&s->in[*stage]);
	return NULL;
}
