/* SPDX-License-Identifier: ISC */
/* numbered_queue - frames on their way to a numbered client, and the entries they acknowledge. */
#ifndef NUMBERED_QUEUE_H
#define NUMBERED_QUEUE_H

#include "front/numbered_state.h"

/* Each takes the text of a frame, with its NUL at most FRAME_TEXT bytes, and empties b. */
void queue_reply(struct numbered *v, struct buf *b);
/* Part of entry seq of conv; last: the part that completes it. */
void queue_push(struct numbered *v, struct buf *b, int64_t conv, int64_t seq, bool last);
/* An entry of which this client gets nothing: it counts as acknowledged in its turn. */
void queue_skip(struct numbered *v, int64_t conv, int64_t seq);
/* Pushes not written yet are forgotten; their entries stay unacknowledged. */
void queue_forget(struct numbered *v);
/* The client has said something: what had arrived by then is acknowledged, if it was said in its dialect. */
void queue_heard(struct numbered *v);
/* It was not: what this login has been given is given again, in the one that is known now. */
void queue_again(struct numbered *v);
/* The user has logged out: what waits must not be in the next user's name. (A log-out that failed leaves all in its place.) */
void queue_logged_out(struct numbered *v);

/* Writes the next frame if it may be written now; when there is something to do next. */
void queue_work(struct numbered *v);
int64_t queue_due(const struct numbered *v);
void queue_free(struct numbered *v);

#endif
