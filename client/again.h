/* SPDX-License-Identifier: ISC */
/*
 * again - `listen --since N`: shows the entries after number N of every
 * conversation once more, each in order and without a hole to what is live.
 */
#ifndef AGAIN_H
#define AGAIN_H

#include <stdbool.h>

#include "client/session.h"
#include "client/store.h"

typedef void again_fn(void *arg, struct json_object *message, const char *line);

struct again {
	struct session *session;
	struct store *store;
	int64_t since; /* -1: nothing to do (any more) */
	bool started;
	struct json_object *convs; /* [CONV...], one after the other; NULL: not listed yet */
	size_t at;                 /* the one being fetched; those before it are live */
	again_fn *take;
	void *arg;
};

void again_init(struct again *g, struct session *s, struct store *st, int64_t since, again_fn *take,
    void *arg);
void again_free(struct again *g);
/* The session is up; only the first time matters. */
void again_start(struct again *g);
/* False for an event that comes too early: it will be fetched in its place. */
bool again_wants(const struct again *g, struct json_object *message);

#endif
