/* SPDX-License-Identifier: ISC */
/*
 * outbox - what administrators did by SQL, carried out on this node by its keeper: sessions are told to look, events
 * are published, the list of denied addresses is kept; and what has to be done now and then by some node.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"
#include "db/db.h"

struct outbox;

/* All borrowed. boot: this run of the master. */
struct outbox *outbox_new(struct db *db, struct bus *bus, const char *boot);
void outbox_free(struct outbox **o);
/* To be called when outbox_due() says so, or sooner. true: the master has to poke sessions. */
bool outbox_work(struct outbox *o);
int64_t outbox_due(const struct outbox *o);

#endif
