/* SPDX-License-Identifier: ISC */
/*
 * known - which conversation a target meant when this session last sent there, so that the database need not
 * look the name up for every text. Names may change: what is known is only ever tried first.
 */
#ifndef KNOWN_H
#define KNOWN_H

#include "session/session.h"

/* Turns *to into what it meant last time, borrowed until the next call here. false: it is not known. */
bool known_target(const struct session *s, struct target *to);
/* What the database said to it, and that this is not true any more. */
void known_learn(struct session *s, const struct target *asked, const struct sent *sent);
void known_forget(struct session *s, const struct target *asked);
void known_free(struct session *s);

#endif
