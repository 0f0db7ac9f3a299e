/* SPDX-License-Identifier: ISC */
/* native - the protocol of chatd itself: a line of JSON for each reply and event. */
#include <stdlib.h>
#include <string.h>

#include "front/object.h"
#include "front/speak.h"
#include "handlers/table.h"
#include "lib/ack_line.h"
#include "lib/jw.h"
#include "lib/mem.h"
#include "session/ack.h"
#include "session/limits.h"
#include "session/purse.h"

struct native {
	struct peer *peer;
	struct session *session;
	struct objects objects;
	struct req *held, **end; /* requests that wait to be answered by one call */
	int n_held;
};

/* Whoever nobody else knows is told in JSON what was wrong. */
static enum recognised
native_recognise(const char *first, size_t n)
{
	(void)first;
	(void)n;
	return OURS;
}

static void *
native_begin(struct peer *peer, struct session *session)
{
	struct native *v = mem_alloc(sizeof(*v));

	v->peer = peer;
	v->session = session;
	v->end = &v->held;
	objects_init(&v->objects, peer, session);
	return v;
}

static void
native_free(void *self)
{
	struct native *v = self;

	request_free(v->held);
	free(v);
}

static void
native_answer(struct native *v, const struct req *rq)
{
	struct buf *out = &v->peer->out;
	bool ok = rq->error == E_OK;

	if (rq->silent && (ok || rq->rid[0] == '\0'))
		return;
	jw_open(out, NULL, '{');
	if (rq->rid[0] != '\0')
		jw_raw(out, "rid", rq->rid, strlen(rq->rid));
	jw_bool(out, "ok", ok);
	if (ok && buf_len(&rq->body) > 0)
		jw_raw(out, NULL, buf_data(&rq->body), buf_len(&rq->body));
	if (!ok) {
		jw_str(out, "error", error_wire(rq->error));
		jw_str(out, "message", rq->why[0] != '\0' ? rq->why : error_sentence(rq->error));
	}
	if (!ok && rq->retry_after > 0)
		jw_int(out, "retry_after_ms", rq->retry_after);
	jw_close(out, '}');
	buf_addc(out, '\n');
}

static void
native_run(struct native *v, struct req *batch)
{
	table_run(v->session, batch);
	for (const struct req *rq = batch; rq != NULL; rq = rq->next)
		native_answer(v, rq);
	request_free(batch);
}

static void
native_flush(struct native *v)
{
	struct req *batch = v->held;

	v->held = NULL;
	v->end = &v->held;
	v->n_held = 0;
	if (batch != NULL)
		native_run(v, batch);
}

static void
native_refuse(struct native *v, enum error e, const char *why)
{
	struct req rq = {.error = e};

	native_flush(v); /* replies keep the order of the requests */
	refuse(&rq, e, "%s", why);
	native_answer(v, &rq);
}

static void
native_take(struct native *v, const struct object *o)
{
	struct req *rq = request_parse(o->json, o->n);

	if (v->held != NULL && (v->n_held == SEND_MAX || !table_joins(v->held, rq)))
		native_flush(v);
	if (table_admit(v->session, rq) != E_OK) {
		native_flush(v);
		native_answer(v, rq);
		request_free(rq);
	} else if (table_waits(rq)) {
		*v->end = rq;
		v->end = &rq->next;
		v->n_held++;
	} else {
		native_run(v, rq);
	}
}

/* One more message has arrived: what native_take() would do, for a line that says just that. */
static bool
native_took_ack(struct native *v, const struct object *o)
{
	int64_t conv, seq, wait;

	if (!session_is_on(v->session) || !ack_line(o->json, o->n, &conv, &seq))
		return false;
	native_flush(v);
	if (!session_is_on(v->session) || !purse_take(v->session, ACK_COST, &wait))
		return false;
	ack_take(v->session, conv, seq);
	return true;
}

static void
native_input(void *self)
{
	struct native *v = self;
	struct object o;
	int got;

	while ((got = objects_next(&v->objects, session_is_on(v->session) ? OBJECT_MAX : OBJECT_MAX_NEW, &o)) != 0)
		if (got < 0)
			native_refuse(v, o.error, o.why);
		else if (!native_took_ack(v, &o))
			native_take(v, &o);
	native_flush(v);
}

static void
native_event(void *self, const struct event *e)
{
	struct native *v = self;

	if (e->line != NULL)
		buf_add(&v->peer->out, e->line, e->len);
	else
		event_line(&v->peer->out, e);
}

const struct front front_native = {
    .recognise = native_recognise,
    .begin = native_begin,
    .input = native_input,
    .event = native_event,
    .free = native_free,
    .pings = true,
};
