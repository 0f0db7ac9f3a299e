/* SPDX-License-Identifier: ISC */
/*
 * crowd - what the keeper does for all sessions of the node together: stores what they acknowledged, and finds out who
 * of them missed something or is over. One call of the database at a time, none of which may take long, so that a lock
 * that somebody holds keeps nobody else waiting, and no heartbeat.
 */
#ifndef CROWD_H
#define CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/bus.h"
#include "db/db.h"

struct crowd;

/* Both are borrowed; calls of db become short. */
struct crowd *crowd_new(struct db *db, struct bus *bus);
void crowd_free(struct crowd **c);
/* At most one call of the database of each kind. Returns whether the master has to poke sessions. */
bool crowd_work(struct crowd *c);
int64_t crowd_due(const struct crowd *c);
/* These children have ended: what they handed over is taken, and their slots are free. Sorts them. */
void crowd_lost(struct crowd *c, int64_t children[], size_t n);
/* The same for all up to last but these. */
void crowd_only(struct crowd *c, int64_t last, int64_t children[], size_t n);

#endif
