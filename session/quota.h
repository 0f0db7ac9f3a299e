/* SPDX-License-Identifier: ISC */
/*
 * quota - how much text a user may send, in all sessions on all nodes. The database counts (chat.text_used), and is
 * told by each session of a piece of 64 KiB at a time: not of each text, which would be a row of its own, nor by the keeper
 * of all in each second, in which a session can send many pieces. So what a user sends beyond the limit is less than one
 * piece a session, and a session that sends little costs no statement.
 */
#ifndef QUOTA_H
#define QUOTA_H

#include "lib/error.h"
#include "session/session.h"

/* May the user send n more bytes of text? E_RATE_LIMITED: not for *wait ms. */
enum error quota_text(struct session *s, size_t n, int64_t *wait);
/* They were refused for *wait ms: it is counted, and said in this sentence. */
const char *quota_refused(int64_t wait);
/* They are stored. */
void quota_stored(struct session *s, size_t n);
/* The session ends: what is worth it is counted. */
void quota_end(struct session *s);

#endif
