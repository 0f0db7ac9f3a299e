/* SPDX-License-Identifier: ISC */
/* frame - the frames of WebSocket (RFC 6455) as a server meets them, and its handshake. Texts only, no extensions. */
#ifndef FRAME_H
#define FRAME_H

#include <stdint.h>

#include "lib/buf.h"

enum frame_kind {
	FRAME_NONE, /* more bytes are wanted */
	FRAME_TEXT, /* a whole message: text, n */
	FRAME_PING, /* text, n go back in a pong */
	FRAME_CLOSE, /* code goes back, and that is the end */
	FRAME_WRONG, /* code and text, n say why that is the end */
};

enum frame_opcode { OP_MORE = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

/* Why a connection is closed (RFC 6455, 7.4.1). */
enum frame_code {
	CLOSE_NORMAL = 1000,
	CLOSE_AWAY = 1001,
	CLOSE_PROTOCOL = 1002,
	CLOSE_NOT_TEXT = 1003,
	CLOSE_NOT_UTF8 = 1007,
	CLOSE_POLICY = 1008,
	CLOSE_TOO_LARGE = 1009,
	CLOSE_INTERNAL = 1011,
};

/* Zero at the beginning. */
struct frames {
	struct buf text; /* the message's fragments so far */
	bool begun;      /* there were some */
	bool given;      /* text was given out */
	size_t used;     /* bytes of in that were given out */
	int taken;       /* frames, for who counts them */
};

struct frame {
	enum frame_kind kind;
	const char *text; /* until the next call */
	size_t n;
	int code;
};

/* The next one from in, of at most limit bytes with all its fragments. What was given out by the last call is taken off in. */
struct frame frames_next(struct frames *f, struct buf *in, size_t limit);
/* A message has begun, and is not whole: of its fragments, or of the bytes in in. */
bool frames_wait(const struct frames *f, const struct buf *in);
void frames_free(struct frames *f);

void frame_add(struct buf *out, enum frame_opcode op, const char *text, size_t n);
void frame_add_close(struct buf *out, int code, const char *why, size_t n);

/* What the client's key is answered with (4.2.2), in base64; false: it is no key. */
#define FRAME_ACCEPT 29
bool frame_accept(const char *key, size_t n, char accept[FRAME_ACCEPT]);

#endif
