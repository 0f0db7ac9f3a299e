/* SPDX-License-Identifier: ISC */
/* session - a login that outlives its connections: it reconnects with back-off, resumes by token, and goes on asking. */
#ifndef SESSION_H
#define SESSION_H

#include "client/ask.h"
#include "client/link.h"
#include "lib/backoff.h"

enum session_state {
	SESSION_WAITING, /* until retry_at */
	SESSION_LINKING,
	SESSION_RESUMING,
	SESSION_UP,
	SESSION_OVER, /* no further attempt makes sense: code, why */
};

struct session {
	struct link link;
	enum session_state state;
	char *token; /* NULL: this session needs no login */

	struct asks asks;
	int64_t reply_by;
	int64_t heard_at, up_at, retry_at;
	int64_t retry_after_ms; /* what a bye or a refusal demanded */
	char bye[32];           /* the reason, until the connection is gone */
	struct backoff reconnect;

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

/* Takes body, which wants no reply; dropped if the session is not up. */
void session_tell(struct session *s, struct buf *body);
/* Is there a request without an answer? */
static inline bool
session_pending(const struct session *s)
{
	return s->asks.first != NULL;
}

/* For a loop of one's own: poll for this, until then, and call session_work. */
struct pollfd session_pollfd(const struct session *s);
int64_t session_due(const struct session *s);
void session_work(struct session *s, short revents);

/* Runs until *done, the deadline or the session's end. Returns *done. */
bool session_run(struct session *s, const bool *done, int64_t deadline);

#endif
