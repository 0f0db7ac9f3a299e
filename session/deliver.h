/* SPDX-License-Identifier: ISC */
/*
 * deliver - gives the client every entry of its conversations, each once, in
 * order. The bus says what is new, PostgreSQL what is true: whatever is not
 * exactly the next number is fetched from there.
 */
#ifndef DELIVER_H
#define DELIVER_H

#include "conn.h"

/* Loads the feeds. The bus should be up, and listening to the user and all groups. */
enum error deliver_open(struct conn *c);
/* Stores what was acknowledged and forgets the feeds. */
void deliver_close(struct conn *c);

/* A payload from the bus. */
void deliver_payload(void *conn, enum bus_kind kind, const char *payload, size_t n);

/*
 * Own sends were stored as [first, last] of a conversation, and their replies
 * are about to be written: what came before them is given to the client first.
 */
void deliver_own(struct conn *c, int64_t conv, bool group, int64_t first, int64_t last);

/* The client has everything up to seq. Numbers it was never given count as the last it was. */
void deliver_acked(struct conn *c, int64_t conv, int64_t seq);
/* Writes the acknowledgements. false: not stored, still remembered. */
bool deliver_store_acks(struct conn *c);

/* A group the user joined with entry seq: listen, and give what comes from there on. */
void deliver_joined(struct conn *c, int64_t conv, int64_t seq);

/* What can be done now: refreshing the feeds, fetching what is missing. */
void deliver_work(struct conn *c);

/* Compares with PostgreSQL, whatever the bus said. */
void deliver_sweep(struct conn *c);

#endif
