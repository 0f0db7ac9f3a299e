/* SPDX-License-Identifier: ISC */
/* name - this run's own identity, and whether another living node bears its name. */
#ifndef NAME_H
#define NAME_H

#include "master/config.h"

/* Makes cf->node.boot: the first half says which machine (and which of its containers) it is on. */
void name_make(struct config *cf);
/* Dies if a living node bears our name; to know that of one on another machine it waits for a heartbeat. */
void name_check(const struct config *cf);

#endif
