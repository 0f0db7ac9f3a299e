/* SPDX-License-Identifier: ISC */
/*
 * session - a login that outlives its connections: it reconnects with back-off, resumes by token, and asks
 * one request at a time. The first request of the queue is sent again, unchanged, until it has its answer;
 * that is what keeps both "stored once" (same cid) and the order of what a person typed.
 */
#ifndef SESSION_H
#define SESSION_H

#include "client/link.h"
#include "lib/backoff.h"

struct json_object;

enum session_state {
	SESSION_WAITING, /* until retry_at */
	SESSION_LINKING,
	SESSION_RESUMING,
	SESSION_UP,
	SESSION_OVER, /* no further attempt makes sense: code, why */
};

/* Called with the reply; line is its text. What the request cannot learn is told as error "lost". */
typedef void answer_fn(void *arg, struct json_object *reply, const char *line);

struct session {
	struct link link;
	enum session_state state;
	char *token; /* NULL: this session needs no login */

	struct ask *first, **last; /* the queue */
	bool asked;                /* first is on its way */
	int64_t next_rid;
	int64_t ask_at; /* not before: the server wants to be left alone */
	int64_t reply_by;
	int64_t heard_at, up_at, retry_at;
	int64_t retry_after_ms; /* what a bye or a refusal demanded */
	char bye[32];           /* the reason, until the connection is gone */
	struct backoff reconnect, repeat;

	/* told, any may be NULL */
	void (*on_up)(void *arg, struct json_object *reply);
	void (*on_down)(void *arg, const char *why, int64_t again_ms);
	void (*on_stalled)(void *arg, const char *why); /* the server refuses for now; it is asked again */
	void (*on_event)(void *arg, const char *ev, struct json_object *event, const char *line);
	void *arg;

	bool ever_up;
	bool reached; /* the server has at least spoken to us */
	bool thrown_out; /* it is over because the login is no longer good */
	bool quiet;   /* it is there for a moment: nobody need hear of it */
	bool patient; /* the very first connection is retried, too */
	int code;     /* why it is over: an exit code and a sentence */
	char why[256];
};

void session_init(struct session *s, const char *server, const struct link_tls *how, const char *token);
/* After it was over: once more, with a new token and all that has no answer. */
void session_again(struct session *s, const char *token);
void session_free(struct session *s);

/* {"op":op, to be filled with lib/jw.h and handed to session_ask() or session_tell(). */
struct buf request(const char *op);
#define CID_SIZE 33
/* Adds a cid: a fresh name for one thing to be stored once, however often it is sent. */
void request_cid(struct buf *body);
enum ask_how { ASK_REPEATABLE, ASK_ONCE, ASK_ALL, ASK_SOME };
/*
 * Takes body. ASK_ONCE: doing it twice would harm; after a lost link it is answered with "lost".
 * ASK_ALL: a list that may be longer than one answer; done() gets the lists of all of them in one.
 * ASK_SOME: the same, until there are as many messages as one asks for.
 */
void session_ask(struct session *s, struct buf *body, enum ask_how how, answer_fn *done, void *arg);
/* Takes body, which wants no reply; dropped if the session is not up. */
void session_tell(struct session *s, struct buf *body);
/* Is there a request without an answer? */
static inline bool
session_pending(const struct session *s)
{
	return s->first != NULL;
}

/* For a loop of one's own: poll for this, until then, and call session_work. */
struct pollfd session_pollfd(const struct session *s);
int64_t session_due(const struct session *s);
void session_work(struct session *s, short revents);

/* Runs until *done, the deadline or the session's end. Returns *done. */
bool session_run(struct session *s, const bool *done, int64_t deadline);

#endif
