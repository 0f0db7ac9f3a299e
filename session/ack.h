/* SPDX-License-Identifier: ISC */
/*
 * ack - what the client has acknowledged: noted at once, stored within a second by the node's keeper for all sessions
 * together, or else a little later by ourselves; and told to those who wrote it.
 */
#ifndef ACK_H
#define ACK_H

#include "session/feed.h"
#include "session/session.h"

/* The client has everything up to seq. */
void ack_take(struct session *s, int64_t conv, int64_t seq);
/* It has been given everything up to seq and takes more, but has not said that it has it. */
void ack_arrived(struct session *s, int64_t conv, int64_t seq);
/* It has everything of which ack_arrived() was told. */
void ack_all(struct session *s);
/* f->acked has moved. */
void ack_note(struct session *s, struct feed *f);
/* Stores what waits for it, and was not stored by the keeper in good time. When to come back: s->delivery->store_at. */
void ack_work(struct session *s);
/* Stores what is not stored yet, handed over or not. false: not stored, still remembered. */
bool ack_store(struct session *s);

#endif
