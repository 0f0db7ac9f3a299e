/* SPDX-License-Identifier: ISC */
/* world - who there is in a run, its clock and its dice, and what is written down of it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "chaos.h"
#include "lib/mem.h"

struct world w;
static FILE *logfile;
static uint64_t rng;

int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint64_t
rnd(uint64_t n)
{
	uint64_t z = rng += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return (z ^ z >> 31) % n;
}

void
broken(int rule, const char *fmt, ...)
{
	va_list ap;

	if (++w.broken[rule] > 8)
		return;
	fprintf(stderr, "# R%d broken at %.1f s: ", rule, (double)(now_ms() - w.began) / 1000);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void
record(const char *fmt, ...)
{
	va_list ap;

	if (logfile == NULL)
		return;
	fprintf(logfile, "%lld ", (long long)(now_ms() - w.began));
	va_start(ap, fmt);
	vfprintf(logfile, fmt, ap);
	va_end(ap);
	fputc('\n', logfile);
}

const char *
name_of(const struct client *c)
{
	static char s[4][64];
	static int i;

	i = (i + 1) % 4;
	snprintf(s[i], sizeof(s[i]), "%s@%s", w.users[c->user].name, c->device);
	return s[i];
}

int
user_of(const char *name)
{
	for (int i = 0; i < w.n_users; i++)
		if (strcmp(w.users[i].name, name) == 0)
			return i;
	return -1;
}

int
member_of(int g, int m)
{
	return (g * 5 + m) % w.n_users;
}

static void
populate(void)
{
	int n = w.o.pairs * 2;

	w.n_users = n;
	w.users = mem_alloc((size_t)n * sizeof(w.users[0]));
	w.n_clients = n + w.o.devices;
	w.clients = mem_alloc((size_t)w.n_clients * sizeof(w.clients[0]));
	w.n_targets = n + w.o.groups;
	w.targets = mem_alloc((size_t)w.n_targets * sizeof(w.targets[0]));
	for (int i = 0; i < n; i++)
		snprintf(w.users[i].name, sizeof(w.users[i].name), "%s-%d%c", w.o.prefix, i / 2,
		    "ab"[i % 2]);
	for (int i = 0; i < w.n_clients; i++) {
		struct client *c = &w.clients[i];

		*c = (struct client){.user = i % n,
		    .fd = -1,
		    .old_fd = -1,
		    .wanders = -1,
		    .rules = -1,
		    .ack_at = INT64_MAX,
		    .lazy = i % 16 == 5};
		snprintf(c->device, sizeof(c->device), "%c", 'a' + i / n);
		c->targets[c->n_targets++] = c->user; /* targets[u]: from user u to its peer */
	}
	for (int i = 0; i < n; i++)
		snprintf(
		    w.targets[i].name, sizeof(w.targets[i].name), "%s", w.users[i ^ 1].name);
	for (int g = 0; g < w.o.groups; g++) {
		struct target *t = &w.targets[n + g];

		*t = (struct target){.group = true, .owner = member_of(g, 0), .wanderer = -1};
		snprintf(t->name, sizeof(t->name), "%s-g%d", w.o.prefix, g);
	}
}

void
world_make(void)
{
	rng = w.o.seed;
	if (w.o.log != NULL && (logfile = fopen(w.o.log, "w")) == NULL)
		perror(w.o.log);
	w.began = now_ms();
	populate();
}
