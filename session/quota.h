/* SPDX-License-Identifier: ISC */
/*
 * quota - how much text a user may send, in all sessions on all nodes. The database counts (chat.text_used), and is
 * told of a piece at a time, not of each text: what a user sends beyond the limit is less than one piece a session.
 */
#ifndef QUOTA_H
#define QUOTA_H

#include "lib/error.h"
#include "session/session.h"

/* May the user send n more bytes of text? E_RATE_LIMITED: not for *wait ms. */
enum error quota_text(struct session *s, size_t n, int64_t *wait);
/* They are stored. */
void quota_stored(struct session *s, size_t n);
/* The session ends: what is worth it is counted. */
void quota_end(struct session *s);

#endif
