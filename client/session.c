/* SPDX-License-Identifier: ISC */
#include "client/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "client/js.h"
#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/jw.h"
#include "lib/mem.h"

#define SETTLED_MS 10000 /* up this long: the next loss starts with a short wait again */
#define REPLY_MS 20000   /* a server that says nothing this long is gone, whatever TCP believes */
#define PATIENCE_MS 60000 /* so long a request waits that the server does not want yet */
#define SOME 50
#define SILENCE_MS 75000 /* the server asks after 60 s */

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
session_init(struct session *s, const char *server, const struct link_tls *how, const char *token)
{
	*s = (struct session){
		.state = SESSION_WAITING,
		.reconnect = {.min = 500, .max = 30000},
		.repeat = {.min = 500, .max = 30000},
	};
	link_init(&s->link, server, how);
	s->token = token != NULL ? mem_strdup(token) : NULL;
	s->last = &s->first;
}

void
session_again(struct session *s, const char *token)
{
	free(s->token);
	s->token = mem_strdup(token);
	s->state = SESSION_WAITING;
	s->retry_at = s->retry_after_ms = 0;
	s->asked = s->thrown_out = false;
}

static struct ask *
queue_take(struct session *s)
{
	struct ask *a = s->first;

	s->first = a->next;
	if (s->first == NULL)
		s->last = &s->first;
	s->asked = false;
	backoff_reset(&s->repeat);
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
session_free(struct session *s)
{
	while (s->first != NULL)
		ask_free(queue_take(s));
	link_free(&s->link);
	free(s->token);
	s->token = NULL;
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
ask_finish(struct session *s, struct ask *a, const char *next)
{
	buf_cut(&a->line, a->asked);
	if (next != NULL)
		jw_str(&a->line, "next", next);
	a->rid = ++s->next_rid;
	jw_int(&a->line, "rid", a->rid);
	jw_close(&a->line, '}');
	buf_addc(&a->line, '\n');
}

void
session_ask(struct session *s, struct buf *body, enum ask_how how, answer_fn *done, void *arg)
{
	struct ask *a = mem_alloc(sizeof(*a));

	*a = (struct ask){.line = *body, .how = how, .asked = buf_len(body), .done = done, .arg = arg};
	*body = (struct buf){0};
	ask_finish(s, a, NULL);
	*s->last = a;
	s->last = &a->next;
}

void
session_tell(struct session *s, struct buf *body)
{
	jw_close(body, '}');
	buf_addc(body, '\n');
	if (s->state == SESSION_UP)
		link_put(&s->link, buf_data(body), buf_len(body));
	buf_free(body);
}

static void
give_up(struct session *s, int code, const char *why)
{
	link_close(&s->link);
	s->state = SESSION_OVER;
	s->code = code;
	snprintf(s->why, sizeof(s->why), "%s", why);
}

static void
throw_out(struct session *s, const char *why)
{
	s->thrown_out = true;
	give_up(s, EX_NOPERM, why);
}

/* true: there is more of it, and it is asked for. */
static bool
ask_on(struct session *s, struct json_object *reply)
{
	struct ask *a = s->first;
	bool more = js_true(reply, "ok") && js_true(reply, "more") && *js_str(reply, "next") != '\0';

	if ((a->how != ASK_ALL && a->how != ASK_SOME) || (!more && a->all == NULL))
		return false;
	if (a->all == NULL)
		a->all = json_object_get(reply);
	else
		js_join(a->all, reply);
	more = more && (a->how == ASK_ALL || js_len(a->all, "messages") < SOME);
	if (more)
		ask_finish(s, a, js_str(reply, "next"));
	s->asked = !more;
	return more;
}

static void
answer(struct session *s, struct json_object *reply, const char *line)
{
	struct ask *a;

	if (ask_on(s, reply))
		return;
	a = queue_take(s);
	if (a->done != NULL)
		a->done(a->arg, a->all != NULL && js_true(reply, "ok") ? a->all : reply, line);
	ask_free(a);
}

/* The request may or may not have been done: only its sender can say what to do about that. */
static void
answer_lost(struct session *s)
{
	static const char text[] = "{\"ok\":false,\"error\":\"lost\",\"message\":\"the connection was lost; whether it was done is not known\"}";
	struct json_object *reply = js_parse(text, sizeof(text) - 1);

	answer(s, reply, text);
	json_object_put(reply);
}

static void
lost(struct session *s, const char *why)
{
	int64_t now = clock_ms(), wait;
	bool was_up = s->state == SESSION_UP;

	if (strcmp(s->bye, "shutdown") == 0)
		why = "the server is shutting down";
	*s->bye = '\0';
	link_close(&s->link);
	if (!s->ever_up && !s->patient && !s->reached) {
		give_up(s, EX_UNAVAILABLE, why);
		return;
	}
	if (was_up && now - s->up_at > SETTLED_MS)
		backoff_reset(&s->reconnect);
	wait = s->retry_after_ms + backoff_failed(&s->reconnect);
	s->retry_after_ms = 0;
	s->retry_at = now + wait;
	s->state = SESSION_WAITING;
	snprintf(s->why, sizeof(s->why), "%s", why);
	if (s->asked && s->first->how == ASK_ONCE)
		answer_lost(s);
	s->asked = false;
	if (s->on_down != NULL)
		s->on_down(s->arg, why, wait);
}

static void
became_up(struct session *s, struct json_object *reply)
{
	s->state = SESSION_UP;
	s->up_at = clock_ms();
	s->ever_up = true;
	s->ask_at = 0;
	if (s->on_up != NULL)
		s->on_up(s->arg, reply);
}

static void
resume(struct session *s)
{
	struct buf b;

	s->heard_at = clock_ms();
	if (s->token == NULL) {
		became_up(s, NULL);
		return;
	}
	s->state = SESSION_RESUMING;
	s->reply_by = clock_ms() + REPLY_MS;
	b = request("resume");
	jw_str(&b, "token", s->token);
	if (s->quiet)
		jw_bool(&b, "quiet", true);
	jw_close(&b, '}');
	buf_addc(&b, '\n');
	link_put(&s->link, buf_data(&b), buf_len(&b));
	buf_free(&b);
}

/* What a person is told of the server's sentence: behind the semicolon it is for programs. */
static void
stalled(struct session *s, struct json_object *reply)
{
	char why[200];

	snprintf(why, sizeof(why), "%.*s", (int)strcspn(js_str(reply, "message"), ";"), js_str(reply, "message"));
	if (s->on_stalled != NULL)
		s->on_stalled(s->arg, why);
}

static void
take_resume_reply(struct session *s, struct json_object *reply)
{
	if (js_true(reply, "ok")) {
		became_up(s, reply);
	} else if (js_is(reply, "error", "bad_credentials")) {
		throw_out(s, "this login is no longer valid");
	} else if (js_is(reply, "error", "forbidden")) {
		give_up(s, EX_NOPERM, js_str(reply, "message"));
	} else {
		s->reached = true;
		s->retry_after_ms = js_int(reply, "retry_after_ms");
		stalled(s, reply);
		lost(s, js_str(reply, "message"));
	}
}

/* True if the request stays first in the queue and is sent again later. */
static bool
shall_repeat(struct session *s, struct json_object *reply)
{
	/* Surely not done; but who has to wait long shall know it. */
	bool busy = js_is(reply, "error", "rate_limited") && js_int(reply, "retry_after_ms") <= PATIENCE_MS;

	if (!busy && !(js_is(reply, "error", "unavailable") && s->first->how != ASK_ONCE))
		return false;
	if (!busy)
		stalled(s, reply);
	s->asked = false;
	s->ask_at = clock_ms() + js_int(reply, "retry_after_ms") + backoff_failed(&s->repeat);
	return true;
}

static void
take_bye(struct session *s, struct json_object *event)
{
	if (js_is(event, "reason", "replaced"))
		throw_out(s, "another chat took over this device");
	else if (js_is(event, "reason", "logged_out"))
		throw_out(s, "this login has been ended");
	s->retry_after_ms = js_int(event, "retry_after_ms");
	snprintf(s->bye, sizeof(s->bye), "%s", js_str(event, "reason"));
}

static void
take_line(struct session *s, const char *line, size_t n)
{
	struct json_object *obj = js_parse(line, n);
	const char *ev = js_str(obj, "ev");
	struct buf pong;

	if (obj == NULL) {
		if (n > 0)
			give_up(s, EX_PROTOCOL, "the server speaks another protocol");
	} else if (js_get(obj, "ok") != NULL) {
		if (s->state == SESSION_RESUMING)
			take_resume_reply(s, obj);
		else if (s->asked && js_int(obj, "rid") == s->first->rid && !shall_repeat(s, obj))
			answer(s, obj, line);
	} else if (strcmp(ev, "ping") == 0) {
		pong = request("pong");
		session_tell(s, &pong);
	} else if (*ev != '\0') {
		if (s->on_event != NULL)
			s->on_event(s->arg, ev, obj, line);
		if (strcmp(ev, "bye") == 0)
			take_bye(s, obj);
	}
	json_object_put(obj);
}

static void
take_lines(struct session *s)
{
	bool was_alive = s->state != SESSION_WAITING && s->state != SESSION_OVER;
	char *line;
	size_t n;

	while (was_alive && (line = link_line(&s->link, &n)) != NULL) {
		s->heard_at = clock_ms();
		take_line(s, line, n);
		was_alive = s->state == SESSION_RESUMING || s->state == SESSION_UP;
	}
}

static void
ask_next(struct session *s)
{
	int64_t now = clock_ms();
	struct buf ping;

	if (s->state != SESSION_UP)
		return;
	if (s->first == NULL && now >= s->heard_at + SILENCE_MS) {
		ping = request("ping");
		session_ask(s, &ping, ASK_REPEATABLE, NULL, NULL);
	}
	if (s->first == NULL || s->asked || now < s->ask_at)
		return;
	link_put(&s->link, buf_data(&s->first->line), buf_len(&s->first->line));
	s->asked = true;
	s->reply_by = now + REPLY_MS;
}

struct pollfd
session_pollfd(const struct session *s)
{
	return (struct pollfd){.fd = s->link.fd, .events = link_events(&s->link)};
}

int64_t
session_due(const struct session *s)
{
	switch (s->state) {
	case SESSION_WAITING:
		return s->retry_at;
	case SESSION_LINKING:
		return link_due(&s->link);
	case SESSION_RESUMING:
		return s->reply_by;
	case SESSION_UP:
		if (s->asked)
			return s->reply_by;
		return s->first != NULL ? s->ask_at : s->heard_at + SILENCE_MS;
	case SESSION_OVER:
		break;
	}
	return CLOCK_NEVER;
}

void
session_work(struct session *s, short revents)
{
	int rc = 0;

	if (s->state == SESSION_OVER)
		return;
	if (s->state == SESSION_WAITING) {
		if (clock_ms() < s->retry_at)
			return;
		s->state = SESSION_LINKING;
		rc = link_open(&s->link);
	} else {
		rc = link_work(&s->link, revents);
	}
	if (rc == 0 && s->state == SESSION_LINKING && s->link.state == LINK_UP)
		resume(s);
	take_lines(s);
	if (s->state == SESSION_OVER || s->state == SESSION_WAITING)
		return;
	if (rc < 0) {
		lost(s, s->link.why);
		return;
	}
	if ((s->state == SESSION_RESUMING || s->asked) && clock_ms() >= s->reply_by) {
		lost(s, "the server does not answer");
		return;
	}
	ask_next(s);
	if (s->link.state == LINK_UP && link_work(&s->link, 0) < 0)
		lost(s, s->link.why);
}

bool
session_run(struct session *s, const bool *done, int64_t deadline)
{
	while (!*done && s->state != SESSION_OVER && clock_ms() < deadline) {
		struct pollfd fd = session_pollfd(s);
		int64_t due = session_due(s) < deadline ? session_due(s) : deadline;

		if (poll(&fd, 1, clock_left(due)) < 0)
			fd.revents = 0;
		session_work(s, fd.revents);
	}
	return *done;
}
