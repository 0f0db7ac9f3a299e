/* SPDX-License-Identifier: ISC */
/*
 * follow - keeps what a device has seen: tells an entry that is new from one that
 * was shown before, and acknowledges, once per burst, what has been shown.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>

#include "client/session.h"
#include "client/store.h"

struct follow {
	struct store *store;
	struct session *session;
	struct json_object *outcomes; /* {"CONV/SEQ": when it was last changed, as shown}; NULL: none */
	struct json_object *shown; /* {"CONV": seq} since the last acknowledgement; NULL: nothing */
};

void follow_init(struct follow *f, struct store *store, struct session *session);
void follow_free(struct follow *f);
/* The session is up: its reply may carry a new token and another epoch. */
void follow_up(struct follow *f, struct json_object *reply);
bool follow_is_new(const struct follow *f, struct json_object *message);
/* It has been shown, changed since it was said; and: is this the change, which need not be shown then? */
void follow_outcome(struct follow *f, struct json_object *message);
bool follow_repeats(const struct follow *f, struct json_object *message);
/* It has been shown. */
void follow_shown(struct follow *f, struct json_object *message);
/* Stores and acknowledges what was shown. The caller has flushed its output. -1: cannot be stored. */
int follow_acknowledge(struct follow *f);

#endif
