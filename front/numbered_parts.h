/* SPDX-License-Identifier: ISC */
/* dialect_parts - what the dialect_*.c files share, and nobody else sees. */
#ifndef DIALECT_PARTS_H
#define DIALECT_PARTS_H

#include "front/numbered.h"
#include "handlers/handlers.h"

/* The known clients read once, 1,024 bytes, and take that for one object. With its NUL. */
#define FRAME_MAX 1024
/* What fills a frame up, at least: ,"fill":"" */
#define FRAME_FILL 10
/* Most text of a frame, with its NUL, so that it can be filled up. */
#define FRAME_TEXT (FRAME_MAX - FRAME_FILL)

enum wish { W_LOGIN, W_REGISTER, W_CHAT, W_FRIEND, W_CREATE, W_JOIN, W_GROUP_CHAT, W_LOGOUT, W_COUNT };

/* A frame that waits or was written, or an entry of which the client gets no frame. */
struct mark {
	size_t len;        /* with its NUL, in c->out until written; 0: nothing to write */
	bool push;
	int64_t conv, seq; /* the entry it completes; seq 0: none */
	int64_t due;       /* written: when it counts as acknowledged (clock_ms) */
};

struct dialect {
	char letter;   /* 'a', 'b' or 'c': how this client is spoken to, */
	bool revealed; /* known from its requests rather than guessed, */
	char stored;   /* and what the database remembers of its user; 0: nothing */
	char cid[40];  /* of the last text sent */
	uint64_t cids;

	struct mark *marks; /* [first, sent) written, [sent, n) waiting */
	size_t first, sent, n, cap;
	bool in_flight;   /* the last frame written has not arrived yet */
	int64_t written_at;
	int64_t look_at;  /* when to ask again whether it has */
	int64_t next_at;  /* no frame before this */
};

/* dialect_form.c */

struct form {
	enum wish wish;
	char letter;
	bool certain; /* no other dialect has such a request */
};
/* What a request is. false: its number is none, or unknown. guess: the dialect to assume where its fields do not tell. */
bool form_find(const struct req *rq, char guess, struct form *f);
/* "msgid" or "msgId", and the numbers of what the server sends. */
const char *form_key(char letter);
int form_push(char letter, bool group);
int form_reply(char letter, enum wish w);

/* dialect_queue.c: each takes the text of a frame, with its NUL at most FRAME_TEXT bytes, and empties b. */

void queue_reply(struct conn *c, struct buf *b);
/* Part of entry seq of conv; last: the part that completes it. */
void queue_push(struct conn *c, struct buf *b, int64_t conv, int64_t seq, bool last);
/* An entry of which this client gets nothing: it counts as acknowledged in its turn. */
void queue_skip(struct conn *c, int64_t conv, int64_t seq);
/* Pushes not written yet are forgotten; their entries stay unacknowledged. */
void queue_forget(struct conn *c);
/* The user logs out: what has arrived is acknowledged, the rest must not be in the next user's name. */
void queue_logout(struct conn *c);

/* dialect_frame.c */

/* Bytes that s takes inside the quotes of a JSON string. */
size_t frame_escaped(const char *s, size_t n);
/* Says something to the person at the client: a chat from user 0. */
void frame_tell(struct conn *c, const char *text);

/* dialect_login.c */

/* The id of the user in a native reply. */
int64_t reply_user(const struct req *done);

/* The login reply, from the native one in done: friends and groups as far as they fit. */
void login_reply(struct conn *c, struct req *done, struct buf *b);

#endif
