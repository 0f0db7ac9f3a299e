/* SPDX-License-Identifier: ISC */
/* ack - what the client has acknowledged: remembered at once, stored a little later, told to those who wrote it. */
#ifndef ACK_H
#define ACK_H

#include "session/session.h"

/* The client has everything up to seq. */
void ack_take(struct session *s, int64_t conv, int64_t seq);
/* It has been given everything up to seq and takes more, but has not said that it has it. */
void ack_arrived(struct session *s, int64_t conv, int64_t seq);
/* It has everything of which ack_arrived() was told. */
void ack_all(struct session *s);
/* Stores what was acknowledged. false: not stored, still remembered. */
bool ack_store(struct session *s);

#endif
