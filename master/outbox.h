/* SPDX-License-Identifier: ISC */
/*
 * outbox - what administrators did by SQL, carried out on this node by its keeper: sessions are told to look, events
 * are published, the list of denied addresses is kept; and what has to be done now and then by some node.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/bus.h"
#include "db/db.h"

struct outbox;

/* All borrowed. */
struct outbox *outbox_new(struct db *db, struct bus *bus);
void outbox_free(struct outbox **o);
/* The letters carried out since the last call of db_turn(). LETTERS of them: there are more. */
const int64_t *outbox_done(const struct outbox *o, size_t *n);
/* After such a call, whose letters it reads. true: the master has to poke sessions. */
bool outbox_work(struct outbox *o);

#endif
