/* SPDX-License-Identifier: ISC */
/*
 * listen - prints what arrives, or gives it to a command, and acknowledges it then
 * and not before: what was cut off by our death comes again.
 */
#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "client/commands.h"
#include "client/follow.h"
#include "client/js.h"
#include "client/run.h"
#include "client/show.h"
#include "lib/clock.h"
#include "lib/jw.h"

#define PAGE 200

typedef void again_fn(void *arg, struct json_object *message, const char *line);

/*
 * --since N: shows the entries after number N of every conversation once more, each in order and without a
 * hole to what is live.
 */
struct again {
	struct session *session;
	struct store *store;
	int64_t since; /* -1: nothing to do (any more) */
	bool started;
	struct json_object *convs; /* [CONV...], one after the other; NULL: not listed yet */
	size_t at;                 /* the one being fetched; those before it are live */
	again_fn *take;
	void *arg;
};

static void
again_init(struct again *g, struct session *s, struct store *st, int64_t since, again_fn *take,
    void *arg)
{
	*g = (struct again){.session = s, .store = st, .since = since, .take = take, .arg = arg};
}

static void
again_free(struct again *g)
{
	json_object_put(g->convs);
	g->convs = NULL;
}

static int64_t
conv_at(const struct again *g, size_t i)
{
	return json_object_get_int64(json_object_array_get_idx(g->convs, i));
}

static void take_page(void *arg, struct json_object *reply, const char *line);

static void
ask_page(struct again *g)
{
	struct buf b;

	if (g->at >= json_object_array_length(g->convs))
		return;
	b = request("history");
	jw_int(&b, "conv", conv_at(g, g->at));
	jw_int(&b, "after", store_cursor(g->store, conv_at(g, g->at)));
	jw_int(&b, "limit", PAGE);
	session_ask(g->session, &b, ASK_REPEATABLE, take_page, g);
}

static void
take_page(void *arg, struct json_object *reply, const char *line)
{
	struct again *g = arg;

	(void)line;
	for (size_t i = 0; i < js_len(reply, "messages"); i++) {
		struct json_object *m = js_at(reply, "messages", i);

		g->take(g->arg, m,
		    json_object_to_json_string_ext(
		        m, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	}
	/*
	 * Behind the last page the conversation is live: what the server pushes
	 * after this reply it read after this page, so there is no hole.
	 */
	if (!js_true(reply, "more") || js_len(reply, "messages") == 0)
		g->at++;
	ask_page(g);
}

static void
take_list(void *arg, struct json_object *reply, const char *line)
{
	struct again *g = arg;

	(void)line;
	if (!js_true(reply, "ok"))
		complain("cannot list the conversations: %s", js_str(reply, "message"));
	g->convs = json_object_new_array();
	for (size_t i = 0; i < js_len(reply, "convs"); i++) {
		int64_t conv = js_int(js_at(reply, "convs", i), "conv");

		store_set_cursor(g->store, conv, g->since);
		json_object_array_add(g->convs, json_object_new_int64(conv));
	}
	ask_page(g);
}

static void
again_start(struct again *g)
{
	struct buf b;

	if (g->since < 0 || g->started)
		return;
	g->started = true;
	b = request("convs");
	session_ask(g->session, &b, ASK_REPEATABLE, take_list, g);
}

static bool
again_wants(const struct again *g, struct json_object *message)
{
	int64_t conv = js_int(message, "conv");

	if (g->since < 0)
		return true;
	if (g->convs == NULL)
		return false;
	for (size_t i = g->at; i < json_object_array_length(g->convs); i++)
		if (conv_at(g, i) == conv)
			return false;
	return true;
}

struct listener {
	struct client c;
	struct follow follow;
	struct again again; /* --since */
	struct buf out;
	long seen[WAITS_MAX];
	bool lost, done;
	int code; /* with done: why */
};

static void
stop(struct listener *l, int code)
{
	l->done = true;
	l->code = code;
}

/* False: it could not be shown, and must come again. */
static bool
show_one(struct listener *l, struct json_object *message, const char *line)
{
	const struct options *o = l->c.o;

	if (o->exec != NULL)
		return run_for(o->exec, message, line);
	if (o->json)
		show_json(&l->out, line, strlen(line));
	else
		show_line(&l->out, message);
	buf_addc(&l->out, '\n');
	return true;
}

static void
count_waited(struct listener *l, const char *ev)
{
	const struct options *o = l->c.o;
	bool all = o->nwaits > 0;

	for (int i = 0; i < o->nwaits; i++) {
		if (strcmp(o->waits[i].ev, ev) == 0)
			l->seen[i]++;
		if (l->seen[i] < o->waits[i].n)
			all = false;
	}
	if (all && !l->done)
		stop(l, EX_OK);
}

static void
take_message(void *arg, struct json_object *message, const char *line)
{
	struct listener *l = arg;

	if (l->done)
		return;
	if (!follow_is_new(&l->follow, message)) {
		follow_shown(&l->follow, message); /* the server does not know yet */
		return;
	}
	if (show_one(l, message, line)) {
		follow_shown(&l->follow, message);
		count_waited(l, "message");
	} else {
		stop(l, EX_TEMPFAIL);
	}
}

static void
on_event(void *arg, const char *ev, struct json_object *event, const char *line)
{
	struct listener *l = arg;
	const char *note = NULL;

	if (l->done)
		return;
	if (strcmp(ev, "message") == 0) {
		if (again_wants(&l->again, event))
			take_message(l, event, line);
		return;
	}
	if (l->c.o->json && l->c.o->exec == NULL) {
		show_json(&l->out, line, strlen(line));
		buf_addc(&l->out, '\n');
	} else if (strcmp(ev, "friend_request") == 0) {
		note = "has added you as a friend";
	} else if (strcmp(ev, "friend_accepted") == 0) {
		note = "is now your friend, mutually";
	}
	if (note != NULL && l->c.o->exec == NULL) {
		buf_adds(&l->out, "* ");
		show_name(&l->out, event, "user");
		buf_addf(&l->out, " %s\n", note);
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
	follow_up(&l->follow, reply);
	again_start(&l->again);
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
	int64_t until = l->c.o->nwaits > 0 ? l->c.deadline : CLOCK_NEVER;

	while (!l->done && s->state != SESSION_OVER) {
		int64_t give_up = s->ever_up ? until : l->c.deadline;
		int64_t due = session_due(s) < give_up ? session_due(s) : give_up;
		struct pollfd fd = session_pollfd(s);

		if (poll(&fd, 1, clock_left(due)) < 0)
			fd.revents = 0;
		session_work(s, fd.revents);
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
	struct listener l = {0};
	struct session *s = &l.c.session;
	int code = client_enter(&l.c, o, STORE_FOLLOWER);

	(void)arg;
	follow_init(&l.follow, &l.c.store, s);
	again_init(&l.again, s, &l.c.store, o->since, take_message, &l);
	if (code == EX_OK) {
		s->patient = true;
		s->on_up = on_up;
		s->on_down = on_down;
		s->on_event = on_event;
		s->arg = &l;
		code = listen_run(&l);
	}
	again_free(&l.again);
	follow_free(&l.follow);
	client_leave(&l.c);
	buf_free(&l.out);
	return code;
}
