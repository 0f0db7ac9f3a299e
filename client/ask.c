/* SPDX-License-Identifier: ISC */
#include "client/ask.h"

#include <stdlib.h>

#include "client/js.h"
#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/jw.h"
#include "lib/mem.h"

#define PATIENCE_MS 60000 /* so long a request waits that the server does not want yet */
#define SOME 50

struct ask {
	struct ask *next;
	struct buf line;
	int64_t rid;
	enum ask_how how;
	size_t asked; /* bytes of line: what is asked, without what is ours */
	struct json_object *all; /* ASK_ALL: the answers so far, in one; NULL: none */
	answer_fn *done;
	void *arg;
};

void
asks_init(struct asks *q)
{
	*q = (struct asks){.last = &q->first, .repeat = {.min = 500, .max = 30000}};
}

static struct ask *
take_first(struct asks *q)
{
	struct ask *a = q->first;

	q->first = a->next;
	if (q->first == NULL)
		q->last = &q->first;
	q->sent = false;
	backoff_reset(&q->repeat);
	return a;
}

static void
ask_free(struct ask *a)
{
	json_object_put(a->all);
	buf_free(&a->line);
	free(a);
}

void
asks_free(struct asks *q)
{
	while (q->first != NULL)
		ask_free(take_first(q));
}

struct buf
request(const char *op)
{
	struct buf b = {0};

	jw_open(&b, NULL, '{');
	jw_str(&b, "op", op);
	return b;
}

void
request_cid(struct buf *body)
{
	char cid[CID_SIZE];

	hex_random(cid, (CID_SIZE - 1) / 2);
	jw_str(body, "cid", cid);
}

/* What is asked gets its number, and where to go on: NULL: from the beginning. */
static void
ask_finish(struct asks *q, struct ask *a, const char *next)
{
	buf_cut(&a->line, a->asked);
	if (next != NULL)
		jw_str(&a->line, "next", next);
	a->rid = ++q->next_rid;
	jw_int(&a->line, "rid", a->rid);
	jw_close(&a->line, '}');
	buf_addc(&a->line, '\n');
}

void
asks_add(struct asks *q, struct buf *body, enum ask_how how, answer_fn *done, void *arg)
{
	struct ask *a = mem_alloc(sizeof(*a));

	*a = (struct ask){.line = *body, .how = how, .asked = buf_len(body), .done = done, .arg = arg};
	*body = (struct buf){0};
	ask_finish(q, a, NULL);
	*q->last = a;
	q->last = &a->next;
}

/* true: there is more of it, and it is asked for. */
static bool
ask_on(struct asks *q, struct json_object *reply)
{
	struct ask *a = q->first;
	bool more = js_true(reply, "ok") && js_true(reply, "more") && *js_str(reply, "next") != '\0';

	if ((a->how != ASK_ALL && a->how != ASK_SOME) || (!more && a->all == NULL))
		return false;
	if (a->all == NULL)
		a->all = json_object_get(reply);
	else
		js_join(a->all, reply);
	more = more && (a->how == ASK_ALL || js_len(a->all, "messages") < SOME);
	if (more)
		ask_finish(q, a, js_str(reply, "next"));
	q->sent = !more;
	return more;
}

static void
answer(struct asks *q, struct json_object *reply, const char *line)
{
	struct ask *a;

	if (ask_on(q, reply))
		return;
	a = take_first(q);
	if (a->done != NULL)
		a->done(a->arg, a->all != NULL && js_true(reply, "ok") ? a->all : reply, line);
	ask_free(a);
}

/* The request may or may not have been done: only its sender can say what to do about that. */
static void
answer_lost(struct asks *q)
{
	static const char text[] = "{\"ok\":false,\"error\":\"lost\",\"message\":\"the connection was lost; whether it was done is not known\"}";
	struct json_object *reply = js_parse(text, sizeof(text) - 1);

	answer(q, reply, text);
	json_object_put(reply);
}

void
asks_lost(struct asks *q)
{
	if (q->sent && q->first->how == ASK_ONCE)
		answer_lost(q);
	q->sent = false;
}

bool
asks_answer(struct asks *q, struct json_object *reply, const char *line)
{
	bool busy, away;

	if (!q->sent || js_int(reply, "rid") != q->first->rid)
		return false;
	/* Surely not done; but who has to wait long shall know it. */
	busy = js_is(reply, "error", "rate_limited") && js_int(reply, "retry_after_ms") <= PATIENCE_MS;
	away = js_is(reply, "error", "unavailable") && q->first->how != ASK_ONCE;
	if (!busy && !away) {
		answer(q, reply, line);
		return false;
	}
	q->sent = false;
	q->not_before = clock_ms() + js_int(reply, "retry_after_ms") + backoff_failed(&q->repeat);
	return away;
}

const struct buf *
asks_next(struct asks *q)
{
	if (q->first == NULL || q->sent || clock_ms() < q->not_before)
		return NULL;
	q->sent = true;
	return &q->first->line;
}
