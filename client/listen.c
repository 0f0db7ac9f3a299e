/* SPDX-License-Identifier: ISC */
/*
 * listen - prints what arrives, or gives it to a command, and acknowledges it then and not before: what was
 * cut off by our death comes again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "client/commands.h"
#include "client/js.h"
#include "client/run.h"
#include "client/show.h"
#include "lib/clock.h"
#include "lib/jw.h"
#include "lib/utf8.h"

#define PAGE 200
#define REPLY_MAX 16384

struct listener {
	struct client c;
	struct follow follow;
	int64_t me; /* 0: not connected yet */
	struct buf out;
	bool lost, done;
	int code; /* with done: why */

	/* --exec: one message after the other, each until its command has succeeded and its reply is stored */
	struct json_object *queue; /* of lines */
	bool replying;
	struct backoff failing;
	int64_t exec_at, failing_since; /* 0: not */
};

static void
stop(struct listener *l, int code)
{
	l->done = true;
	l->code = code;
}

static void
count_waited(struct listener *l, const char *ev)
{
	if (waits_are_over(l->c.o, ev) && l->c.o->waits != NULL && !l->done && json_object_array_length(l->queue) == 0)
		stop(l, EX_OK);
}

static void
exec_done(struct listener *l, struct json_object *message)
{
	l->replying = false;
	l->failing_since = 0;
	backoff_reset(&l->failing);
	follow_shown(&l->follow, message);
	json_object_array_del_idx(l->queue, 0, 1);
	count_waited(l, "message");
}

static struct json_object *
first_queued(const struct listener *l)
{
	struct json_object *line = json_object_array_get_idx(l->queue, 0);

	return js_parse(json_object_get_string(line), (size_t)json_object_get_string_len(line));
}

static void
on_replied(void *arg, struct json_object *reply, const char *line)
{
	struct listener *l = arg;
	struct json_object *message = first_queued(l);

	(void)line;
	if (!js_true(reply, "ok"))
		complain("the reply was refused: %s", js_str(reply, "message"));
	exec_done(l, message);
	json_object_put(message);
}

/* The cid comes from what is answered: however often the command runs, its reply is stored once. */
static void
send_reply(struct listener *l, struct json_object *message, struct buf *text)
{
	struct buf b = request("send");
	size_t n = utf8_fit(buf_data(text), buf_len(text), REPLY_MAX);
	char cid[64];

	while (n > 0 && buf_data(text)[n - 1] == '\n')
		n--;
	snprintf(cid, sizeof(cid), "reply-%lld-%lld", (long long)js_int(message, "conv"), (long long)js_int(message, "seq"));
	jw_int(&b, "conv", js_int(message, "conv"));
	jw_strn(&b, "text", buf_data(text), n);
	jw_str(&b, "cid", cid);
	if (n == 0 || utf8_count(buf_data(text), n) < 0) {
		if (n > 0)
			complain("the reply is not UTF-8: not sent");
		buf_free(&b);
		exec_done(l, message);
		return;
	}
	l->replying = true;
	asks_add(&l->c.session.asks, &b, ASK_REPEATABLE, on_replied, l);
}

static void
exec_failed(struct listener *l)
{
	const struct options *o = l->c.o;
	int64_t now = clock_ms();

	if (l->failing_since == 0)
		l->failing_since = now;
	l->exec_at = now + backoff_failed(&l->failing);
	complain("%s failed; %s", o->exec,
	    l->exec_at > l->failing_since + o->timeout_ms ? "the message stays unacknowledged" : "once more in a moment");
	if (l->exec_at > l->failing_since + o->timeout_ms)
		stop(l, EX_TEMPFAIL);
}

static void
exec_queued(struct listener *l)
{
	const struct options *o = l->c.o;

	while (l->me != 0 && !l->done && !l->replying && json_object_array_length(l->queue) > 0 && clock_ms() >= l->exec_at) {
		struct json_object *message = first_queued(l);
		struct buf output = {0};

		/* Own messages are no business of a bot: it would talk with itself for ever. */
		if (!follow_is_new(&l->follow, message) || js_int(js_get(message, "from"), "id") == l->me)
			exec_done(l, message);
		else if (!run_for(o->exec, message, json_object_get_string(json_object_array_get_idx(l->queue, 0)),
		             o->reply ? &output : NULL))
			exec_failed(l);
		else
			send_reply(l, message, &output);
		buf_free(&output);
		json_object_put(message);
	}
}

static void
take_message(struct listener *l, struct json_object *message, const char *line)
{
	const struct options *o = l->c.o;

	if (l->done)
		return;
	if (o->exec != NULL) {
		json_object_array_add(l->queue, json_object_new_string(line));
		exec_queued(l);
		return;
	}
	if (follow_is_new(&l->follow, message)) {
		if (o->json)
			show_json(&l->out, line, strlen(line));
		else if (!follow_repeats(&l->follow, message))
			show_line(&l->out, message);
		if (buf_len(&l->out) > 0 && buf_data(&l->out)[buf_len(&l->out) - 1] != '\n')
			buf_addc(&l->out, '\n');
		follow_outcome(&l->follow, message);
		count_waited(l, "message");
	}
	follow_shown(&l->follow, message); /* also what the server does not know yet */
}

/* What came after entry N of a conversation. An exit code; complained if not EX_OK. */
static int
catch_up(struct listener *l, struct client *past, int64_t conv)
{
	int64_t after = l->c.o->since;
	int code;

	store_set_cursor(&l->c.store, conv, after);
	do {
		struct buf b = request("history");

		jw_int(&b, "conv", conv);
		jw_int(&b, "after", after);
		jw_int(&b, "limit", PAGE);
		code = client_ask(past, &b, ASK_REPEATABLE);
		for (size_t i = 0; code == EX_OK && i < js_len(past->reply, "messages"); i++) {
			struct json_object *m = js_at(past->reply, "messages", i);

			take_message(l, m, json_object_to_json_string_ext(m, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
			after = js_int(m, "seq");
		}
		if (show_out(&l->out) < 0)
			return EX_UNAVAILABLE;
	} while (code == EX_OK && !l->done && js_true(past->reply, "more"));
	return code;
}

/*
 * --since N: what came after N in every conversation, as the device for commands. What is stored from then on
 * is pushed: our own device has not acknowledged it, and listens only after this.
 */
static int
catch_up_all(struct listener *l)
{
	struct buf b = request("convs");
	struct json_object *convs = NULL;
	struct client past;
	int code = client_enter(&past, l->c.o, STORE_COMMAND);

	if (code == EX_OK)
		code = client_ask(&past, &b, ASK_ALL);
	convs = json_object_get(past.reply);
	for (size_t i = 0; code == EX_OK && !l->done && i < js_len(convs, "convs"); i++)
		code = catch_up(l, &past, js_int(js_at(convs, "convs", i), "conv"));
	json_object_put(convs);
	buf_free(&b);
	client_leave(&past);
	return code;
}

static void
on_event(void *arg, const char *ev, struct json_object *event, const char *line)
{
	struct listener *l = arg;
	bool invited = strcmp(ev, "group_invited") == 0;

	if (l->done)
		return;
	if (strcmp(ev, "message") == 0) {
		take_message(l, event, line);
		return;
	}
	if (l->c.o->exec == NULL && l->c.o->json) {
		show_json(&l->out, line, strlen(line));
		buf_addc(&l->out, '\n');
	} else if (l->c.o->exec == NULL && (invited || strncmp(ev, "friend_", 7) == 0)) {
		buf_adds(&l->out, "* ");
		show_name(&l->out, event, "user");
		buf_adds(&l->out, invited ? " invites you to #" : strcmp(ev, "friend_request") == 0
		        ? " has added you as a friend" : " is now your friend, mutually");
		show_name(&l->out, event, "group");
		buf_addc(&l->out, '\n');
	}
	count_waited(l, ev);
}

static void
on_up(void *arg, struct json_object *reply)
{
	struct listener *l = arg;

	if (l->lost)
		complain("connected again");
	l->lost = false;
	l->me = js_int(js_get(reply, "user"), "id");
	follow_up(&l->follow, reply);
}

static void
on_down(void *arg, const char *why, int64_t again_ms)
{
	struct listener *l = arg;

	(void)again_ms;
	if (!l->lost)
		complain("no connection (%s); trying on", why);
	l->lost = true;
}

static int
listen_run(struct listener *l)
{
	struct session *s = &l->c.session;
	int64_t until = l->c.o->waits != NULL ? l->c.deadline : CLOCK_NEVER;

	while (!l->done && s->state != SESSION_OVER) {
		int64_t give_up = s->ever_up ? until : l->c.deadline;
		int64_t due = session_due(s) < give_up ? session_due(s) : give_up;
		struct pollfd fd = session_pollfd(s);

		if (l->failing_since > 0 && l->exec_at < due)
			due = l->exec_at;
		if (poll(&fd, 1, clock_left(due)) < 0)
			fd.revents = 0;
		session_work(s, fd.revents);
		exec_queued(l);
		if (show_out(&l->out) < 0)
			return EX_UNAVAILABLE; /* nobody reads: nothing is acknowledged */
		if (follow_acknowledge(&l->follow) < 0)
			return EX_TEMPFAIL;
		if (!l->done && clock_ms() >= give_up) {
			if (!s->ever_up)
				return client_failed(s);
			complain("what was awaited did not come in time");
			return EX_TEMPFAIL;
		}
	}
	session_work(s, 0); /* the last acknowledgements */
	return l->done ? l->code : client_failed(s);
}

int
cmd_listen(const struct options *o, char **arg)
{
	struct listener l = {.queue = json_object_new_array(), .failing = {.min = 500, .max = 30000}};
	struct session *s = &l.c.session;
	int code = client_enter(&l.c, o, STORE_FOLLOWER);

	(void)arg;
	follow_init(&l.follow, &l.c.store, s);
	if (code == EX_OK && o->since >= 0)
		code = catch_up_all(&l);
	if (code == EX_OK) {
		s->patient = true;
		s->on_up = on_up;
		s->on_down = on_down;
		s->on_event = on_event;
		s->arg = &l;
		code = listen_run(&l);
	}
	json_object_put(l.queue);
	follow_free(&l.follow);
	client_leave(&l.c);
	buf_free(&l.out);
	return code;
}
