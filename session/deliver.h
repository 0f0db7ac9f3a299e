/* SPDX-License-Identifier: ISC */
/*
 * deliver - gives the client every entry of its conversations, each once, in
 * order. The bus says what is new, PostgreSQL what is true: whatever is not
 * exactly the next number is fetched from there.
 */
#ifndef DELIVER_H
#define DELIVER_H

#include "session/session.h"

/* From here on what the bus brings is looked at, and kept until deliver_open(). */
void deliver_begin(struct session *s);
/* The user is in this group, as far as is known: its channel is listened to, too. */
void deliver_group(struct session *s, int64_t conv);
/* Loads the feeds. The bus should be up, and listening to the user and all groups. arrived: see db_session_catch_up(). */
enum error deliver_open(struct session *s, bool arrived);
/* Forgets the feeds; what was acknowledged was stored before. */
void deliver_close(struct session *s);
/* deliver_open() was well. */
bool deliver_is_open(const struct session *s);

/* A payload from the bus. */
void deliver_payload(void *session, enum bus_kind kind, const char *payload, size_t n);

/*
 * Own sends were stored as [first, last] of a conversation, and their replies
 * are about to be written: what came before them is given to the client first.
 */
void deliver_own(struct session *s, int64_t conv, bool group, int64_t first, int64_t last);

/* What the client has been given since it logged in was no use to it: it is given again. */
void deliver_again(struct session *s);

/* A group the user joined with entry seq: listen, and give what comes from there on. */
void deliver_joined(struct session *s, int64_t conv, int64_t seq);
/* The user's memberships may have changed: ask PostgreSQL soon. */
void deliver_resync(struct session *s);

/* What can be done now, and when to come back at the latest. */
void deliver_work(struct session *s);
int64_t deliver_due(const struct session *s);

#endif
