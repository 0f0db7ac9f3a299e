/* SPDX-License-Identifier: ISC */
#include "master/guest.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define BUCKETS 4096

struct guests guests_in[STAGES];
int guests_count[STAGES];
struct sources guests_round;
int guests_sources;

static struct sources all;
static LIST_HEAD(, source) by_key[BUCKETS];

void
guests_init(void)
{
	for (int s = 0; s < STAGES; s++)
		TAILQ_INIT(&guests_in[s]);
	TAILQ_INIT(&guests_round);
	TAILQ_INIT(&all);
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

	LIST_FOREACH(s, &by_key[bucket(key)], same_bucket)
		if (s->key == key)
			return s;
	s = mem_alloc(sizeof(*s));
	s->key = key;
	for (int i = 0; i < STAGES; i++)
		TAILQ_INIT(&s->in[i]);
	LIST_INSERT_HEAD(&by_key[bucket(key)], s, same_bucket);
	TAILQ_INSERT_TAIL(&all, s, of_all);
	return s;
}

static void
enter(struct guest *g, enum stage stage)
{
	struct source *s = g->source = find(&g->from.from);

	g->stage = stage;
	g->since = clock_ms();
	TAILQ_INSERT_TAIL(&guests_in[stage], g, of_all);
	TAILQ_INSERT_TAIL(&s->in[stage], g, of_source);
	guests_count[stage]++;
	if (s->count[stage]++ == 0 && stage == WAITING) {
		TAILQ_INSERT_TAIL(&guests_round, s, turn);
		guests_sources++;
	}
}

static void
leave(struct guest *g)
{
	struct source *s = g->source;

	TAILQ_REMOVE(&guests_in[g->stage], g, of_all);
	TAILQ_REMOVE(&s->in[g->stage], g, of_source);
	guests_count[g->stage]--;
	if (--s->count[g->stage] == 0 && g->stage == WAITING) {
		TAILQ_REMOVE(&guests_round, s, turn);
		guests_sources--;
	}
}

static void
forget_if_empty(struct source *s)
{
	for (int i = 0; i < STAGES; i++)
		if (s->count[i] > 0)
			return;
	LIST_REMOVE(s, same_bucket);
	TAILQ_REMOVE(&all, s, of_all);
	free(s);
}

struct guest *
guest_new(int fd, const struct handed *from, enum stage stage)
{
	struct guest *g = mem_alloc(sizeof(*g));

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
		free(g);
	else
		enter(g, stage);
	forget_if_empty(before);
}

void
source_had_turn(struct source *s)
{
	if (s->count[WAITING] == 0)
		return;
	TAILQ_REMOVE(&guests_round, s, turn);
	TAILQ_INSERT_TAIL(&guests_round, s, turn);
}

static int
not_in(const struct source *s)
{
	return s->count[HEADER] + s->count[SILENT] + s->count[WAITING] + s->count[PLACED] + s->count[ANSWERED];
}

struct guest *
guest_of_the_most(enum stage stage)
{
	struct source *s, *most = NULL;

	TAILQ_FOREACH(s, &all, of_all)
		if (s->count[stage] > 0 && (most == NULL || not_in(s) > not_in(most)))
			most = s;
	return most != NULL ? TAILQ_FIRST(&most->in[stage]) : NULL;
}
