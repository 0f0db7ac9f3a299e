/* SPDX-License-Identifier: ISC */
/* seen - what each device has seen of each conversation, and what stands where for all. */
#include <string.h>

#include "chaos.h"
#include "lib/mem.h"

struct view *
view_of(struct client *c, int64_t conv)
{
	for (size_t i = 0; i < c->n_views; i++)
		if (c->views[i].conv == conv)
			return &c->views[i];
	if (c->n_views == c->cap_views) {
		c->cap_views = c->cap_views != 0 ? c->cap_views * 2 : 8;
		c->views = mem_realloc(c->views, c->cap_views * sizeof(c->views[0]));
	}
	c->views[c->n_views] = (struct view){.conv = conv, .last = -1};
	return &c->views[c->n_views++];
}

bool
view_has(const struct view *v, int64_t seq)
{
	return seq > 0 && (size_t)seq < v->cap && v->got[seq];
}

void
mark(struct view *v, int64_t seq)
{
	if ((size_t)seq >= v->cap) {
		size_t cap = (size_t)seq * 2 + 64;

		v->got = mem_realloc(v->got, cap);
		memset(v->got + v->cap, 0, cap - v->cap);
		v->cap = cap;
	}
	v->got[seq] = 1;
}

static struct log {
	int64_t conv;
	int64_t *what; /* by number; 0: nobody saw it */
	size_t cap;
	int64_t end;
} *logs;
static size_t n_logs;

static struct log *
log_of(int64_t conv)
{
	for (size_t i = 0; i < n_logs; i++)
		if (logs[i].conv == conv)
			return &logs[i];
	logs = mem_realloc(logs, (n_logs + 1) * sizeof(logs[0]));
	logs[n_logs] = (struct log){.conv = conv};
	return &logs[n_logs++];
}

int64_t
log_end(int64_t conv)
{
	return log_of(conv)->end;
}

void
same_for_all(const struct client *c, int64_t conv, int64_t seq, int64_t what)
{
	struct log *l = log_of(conv);

	if ((size_t)seq >= l->cap) {
		size_t cap = (size_t)seq * 2 + 64;

		l->what = mem_realloc(l->what, cap * sizeof(int64_t));
		memset(l->what + l->cap, 0, (cap - l->cap) * sizeof(int64_t));
		l->cap = cap;
	}
	if (seq > l->end)
		l->end = seq;
	if (l->what[seq] == 0)
		l->what[seq] = what;
	else if (l->what[seq] != what)
		broken(3, "%s sees %lld at (%lld, %lld), others %lld", name_of(c),
		    (long long)what, (long long)conv, (long long)seq, (long long)l->what[seq]);
}
