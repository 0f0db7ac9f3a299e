/* SPDX-License-Identifier: ISC */
/* limits - whether the machine and the servers have room for what was asked for. */
#ifndef LIMITS_H
#define LIMITS_H

#include "db/facts.h"
#include "master/config.h"

/*
 * Values that were given and cannot work end the start with the numbers; defaults are lowered, with a warning. bus_clients: what
 * Redis takes, 0: not known.
 */
void limits_fit(struct config *cf, const struct db_facts *facts, int bus_clients);

#endif
