/* SPDX-License-Identifier: ISC */
/*
 * kept - lines of events that cannot be shown now: before the session reply, or while the client takes nothing. Of those
 * that say something of the same, the newest; of all, so much.
 */
#ifndef KEPT_H
#define KEPT_H

#include "lib/buf.h"

#define KEPT_MAX 65536

/* line: of n bytes, with its LF, made by event_line(). */
void kept_add(struct buf *kept, const char *line, size_t n);

#endif
