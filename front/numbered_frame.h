/* SPDX-License-Identifier: ISC */
/* numbered_frame - native events as numbered pushes. */
#ifndef NUMBERED_FRAME_H
#define NUMBERED_FRAME_H

#include "front/numbered_state.h"

/* Bytes that s takes inside the quotes of a JSON string. */
size_t frame_escaped(const char *s, size_t n);
/* The key and the number of that row. */
void frame_number(struct buf *b, const struct dialect *d, enum row r);
/* A field under all its spellings. */
void frame_int(struct buf *b, const char *spellings, int64_t n);
void frame_str(struct buf *b, const char *spellings, const char *s);
/* Says something to the person at the client: a chat from user 0. */
void frame_tell(struct numbered *v, const char *text);
/* An event: queued as frames, or ignored. */
void frame_event(struct numbered *v, const struct event *e);

#endif
