/* SPDX-License-Identifier: ISC */
/*
 * websocket - browsers: HTTP first, then the native protocol, one object in each text frame. What the frames carry goes
 * through the native front itself, which speaks to a peer of ours instead of the socket's.
 */
#include <stdlib.h>
#include <string.h>

#include "front/speak.h"
#include "front/web.h"
#include "lib/frame.h"
#include "lib/mem.h"
#include "lib/title.h"
#include "session/limits.h"
#include "session/purse.h"

#define FRAME_MS 10000 /* for a head or a message that has begun */
#define REQUEST_COST 50 /* of HTTP: a page */

extern const struct front front_native;

struct websocket {
	struct peer *peer;
	struct session *session;
	char addr[ADDRESS_TEXT]; /* whose connection it is, if the proxy has said so */
	bool upgraded;
	bool closed; /* nothing may follow */
	struct frames frames;
	struct peer inner; /* whole objects, in and out; it has no socket */
	void *native;
};

static enum recognised
websocket_recognise(const char *first, size_t n)
{
	static const char *const methods[] = {"GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "TRACE ", "CONNECT "};
	enum recognised r = NOT_OURS;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		size_t len = strlen(methods[i]);

		if (memcmp(first, methods[i], n < len ? n : len) != 0)
			continue;
		if (n >= len)
			return OURS;
		r = MORE_WANTED;
	}
	return r;
}

static void *
websocket_begin(struct peer *peer, struct session *session)
{
	struct websocket *v = mem_alloc(sizeof(*v));

	*v = (struct websocket){.peer = peer, .session = session, .inner = {.fd = -1, .addr = peer->addr}};
	for (int d = 0; d < D_COUNT; d++)
		peer_disarm(&v->inner, (enum deadline)d);
	v->native = front_native.begin(&v->inner, session);
	return v;
}

static void
websocket_free(void *self)
{
	struct websocket *v = self;

	front_native.free(v->native);
	peer_free(&v->inner);
	frames_free(&v->frames);
	free(v);
}

static void
close_now(struct websocket *v)
{
	v->closed = true;
	peer_close(v->peer);
}

static void
say_close(struct websocket *v, int code, const char *why, size_t n)
{
	frame_add_close(&v->peer->out, code, why, n);
	close_now(v);
}

/* Each line becomes a frame. */
static void
pass_on(struct websocket *v)
{
	struct buf *lines = &v->inner.out;
	char *end;

	while (buf_len(lines) > 0 && (end = memchr(buf_data(lines), '\n', buf_len(lines))) != NULL) {
		size_t n = (size_t)(end - buf_data(lines));

		frame_add(&v->peer->out, OP_TEXT, buf_data(lines), n);
		buf_drop(lines, n + 1);
	}
	buf_trim(lines);
}

/* HTTP */

/* The proxy before us knows better than the socket. */
static void
believe(struct websocket *v, const struct http *h)
{
	struct address from;

	if (!v->session->node->forwarded || !web_forwarded(h, &from))
		return;
	address_text(&from, v->addr);
	v->peer->addr = v->session->place.addr = v->addr;
	title_set("session %s", v->addr);
	purse_comes_from(v->session, address_source(&from));
}

static void
http_input(struct websocket *v)
{
	struct buf *in = &v->peer->in, *out = &v->peer->out;
	struct http h;
	long n = 0;

	while (!v->upgraded && !v->closed && buf_len(in) > 0 && peer_has_room(v->peer) && purse_due(v->session) == 0) {
		n = http_parse(buf_data(in), buf_len(in), &h);
		if (n == 0)
			break;
		if (n < 0) {
			web_refuse(out, n == HTTP_LARGE ? 431 : 400);
			close_now(v);
			return;
		}
		believe(v, &h);
		switch (web_answer(v->session->node->web, &h, out)) {
		case WEB_END:
			close_now(v);
			break;
		case WEB_FRAMES:
			v->upgraded = true;
			break;
		case WEB_NEXT_REQUEST:
			break;
		}
		buf_drop(in, (size_t)n);
		purse_charge(v->session, REQUEST_COST);
	}
}

/* Frames */

/*
 * Moves whole messages to the inner peer: all that have arrived, so that sends share a commit as they do natively, but
 * one before the login, because it changes how large the next may be. The frame that was not moved.
 */
static struct frame
gather(struct websocket *v)
{
	struct buf *to = &v->inner.in;
	struct frame f;

	do {
		f = frames_next(&v->frames, &v->peer->in, session_is_on(v->session) ? OBJECT_MAX : OBJECT_MAX_NEW);
		if (f.kind == FRAME_PING)
			frame_add(&v->peer->out, OP_PONG, f.text, f.n);
		if (f.kind != FRAME_TEXT)
			continue;
		peer_disarm(v->peer, D_OBJECT);
		/* No object goes on behind a NUL, so what a frame begins it has to end. */
		buf_add(to, f.text, f.n);
		buf_add(to, "\0\n", 2);
	} while (f.kind == FRAME_PING || (f.kind == FRAME_TEXT && session_is_on(v->session) && buf_len(to) < OBJECT_MAX));
	return f;
}

static void
frames_input(struct websocket *v)
{
	struct frame f = {.kind = FRAME_TEXT};

	while (!v->closed && peer_has_room(v->peer) && purse_due(v->session) == 0 &&
	       (f.kind == FRAME_TEXT || buf_len(&v->inner.in) > 0)) {
		f = gather(v);
		front_native.input(v->native);
		pass_on(v);
		if (v->inner.reason != NULL)
			peer_end(v->peer, v->inner.reason, v->inner.retry_after);
		if (f.kind == FRAME_CLOSE || f.kind == FRAME_WRONG)
			say_close(v, f.code, f.text, f.n);
	}
	buf_trim(&v->inner.in);
}

static void
websocket_input(void *self)
{
	struct websocket *v = self;
	struct peer *p = v->peer;

	if (!v->upgraded)
		http_input(v);
	if (v->upgraded)
		frames_input(v);
	purse_charge(v->session, v->frames.taken); /* a ping, or a piece of nothing, is an operation, too */
	v->frames.taken = 0;
	/* From its first byte on there is a limit for what has begun; what only waits for room is not late. */
	if (v->closed || !peer_has_room(p))
		return;
	if (!frames_wait(&v->frames, &p->in))
		peer_disarm(p, D_OBJECT);
	else if (!peer_is_armed(p, D_OBJECT))
		peer_arm(p, D_OBJECT, FRAME_MS);
}

static int
code_of(const char *reason)
{
	return strcmp(reason, "shutdown") == 0   ? CLOSE_AWAY
	       : strcmp(reason, "abuse") == 0    ? CLOSE_POLICY
	       : strcmp(reason, "internal") == 0 ? CLOSE_INTERNAL
	                                         : CLOSE_NORMAL;
}

static void
websocket_event(void *self, const struct event *e)
{
	struct websocket *v = self;

	if (!v->upgraded || v->closed)
		return;
	front_native.event(v->native, e);
	pass_on(v);
	if (e->kind == EVENT_BYE)
		say_close(v, code_of(e->word), e->word, strlen(e->word));
}

const struct front front_websocket = {
    .recognise = websocket_recognise,
    .begin = websocket_begin,
    .input = websocket_input,
    .event = websocket_event,
    .free = websocket_free,
    .pings = true,
};
