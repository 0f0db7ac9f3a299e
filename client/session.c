/* SPDX-License-Identifier: ISC */
#include "client/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "client/js.h"
#include "lib/clock.h"
#include "lib/jw.h"
#include "lib/mem.h"

#define SETTLED_MS 10000 /* up this long: the next loss starts with a short wait again */
#define REPLY_MS 20000   /* a server that says nothing this long is gone, whatever TCP believes */
#define SILENCE_MS 75000 /* the server asks after 60 s */

void
session_init(struct session *s, const char *server, const struct link_tls *how, const char *token)
{
	*s = (struct session){
		.state = SESSION_WAITING,
		.reconnect = {.min = 500, .max = 30000},
	};
	link_init(&s->link, server, how);
	s->token = token != NULL ? mem_strdup(token) : NULL;
	asks_init(&s->asks);
}

void
session_again(struct session *s, const char *token)
{
	free(s->token);
	s->token = mem_strdup(token);
	s->state = SESSION_WAITING;
	s->retry_at = s->retry_after_ms = 0;
	s->asks.sent = s->thrown_out = false;
}

void
session_free(struct session *s)
{
	asks_free(&s->asks);
	link_free(&s->link);
	free(s->token);
	s->token = NULL;
}

/* Takes body. */
static void
say_line(struct session *s, struct buf *body)
{
	jw_close(body, '}');
	buf_addc(body, '\n');
	link_put(&s->link, buf_data(body), buf_len(body));
	buf_free(body);
}

void
session_tell(struct session *s, struct buf *body)
{
	if (s->state == SESSION_UP)
		say_line(s, body);
	else
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
	asks_lost(&s->asks);
	if (s->on_down != NULL)
		s->on_down(s->arg, why, wait);
}

static void
became_up(struct session *s, struct json_object *reply)
{
	s->state = SESSION_UP;
	s->up_at = clock_ms();
	s->ever_up = true;
	s->asks.not_before = 0;
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
	say_line(s, &b);
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
		else if (asks_answer(&s->asks, obj, line))
			stalled(s, obj);
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
	const struct buf *line;
	struct buf ping;

	if (s->state != SESSION_UP)
		return;
	if (!session_pending(s) && clock_ms() >= s->heard_at + SILENCE_MS) {
		ping = request("ping");
		asks_add(&s->asks, &ping, ASK_REPEATABLE, NULL, NULL);
	}
	if ((line = asks_next(&s->asks)) == NULL)
		return;
	link_put(&s->link, buf_data(line), buf_len(line));
	s->reply_by = clock_ms() + REPLY_MS;
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
		if (s->asks.sent)
			return s->reply_by;
		return session_pending(s) ? s->asks.not_before : s->heard_at + SILENCE_MS;
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
	if ((s->state == SESSION_RESUMING || s->asks.sent) && clock_ms() >= s->reply_by) {
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
