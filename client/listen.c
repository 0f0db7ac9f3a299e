/* SPDX-License-Identifier: ISC */
/*
 * listen - prints what arrives, or gives it to a command, and acknowledges it then
 * and not before: what was cut off by our death comes again.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "client/again.h"
#include "client/client.h"
#include "client/follow.h"
#include "client/js.h"
#include "client/notify.h"
#include "client/show.h"
#include "lib/clock.h"

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

/* A handler, unlike SIG_IGN, is not inherited by the command. */
static void
ignore_pipe(int sig)
{
	(void)sig;
}

/* The command gets the event as JSON on stdin and its main parts in the environment. */
static bool
hand_over(const char *command, struct json_object *message, const char *line)
{
	FILE *p;
	int status;

	notify_export(message);
	p = popen(command, "we");
	if (p == NULL) {
		complain("cannot run %s: %s", command, strerror(errno));
		return false;
	}
	/* Past stdio: a command that does not read must not make pclose fail. See ignore_pipe(). */
	dprintf(fileno(p), "%s\n", line);
	status = pclose(p);
	if (status == 0)
		return true;
	complain("%s failed; the message stays unacknowledged", command);
	return false;
}

/* False: it could not be shown, and must come again. */
static bool
show_one(struct listener *l, struct json_object *message, const char *line)
{
	const struct options *o = l->c.o;

	if (o->exec != NULL)
		return hand_over(o->exec, message, line);
	if (o->json)
		show_json(&l->out, line, strlen(line));
	else
		show_dated(&l->out, message);
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
		stop(l, EXIT_OK);
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
		stop(l, EXIT_TEMPFAIL);
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
run(struct listener *l)
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
			return EXIT_UNREACHABLE; /* nobody reads: nothing is acknowledged */
		if (follow_acknowledge(&l->follow) < 0)
			return EXIT_TEMPFAIL;
		if (!l->done && clock_ms() >= give_up) {
			if (!s->ever_up)
				return client_failed(s);
			complain("what was awaited did not come in time");
			return EXIT_TEMPFAIL;
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
	if (o->exec != NULL)
		signal(SIGPIPE, ignore_pipe);
	if (code == EXIT_OK) {
		s->patient = true;
		s->on_up = on_up;
		s->on_down = on_down;
		s->on_event = on_event;
		s->arg = &l;
		code = run(&l);
	}
	again_free(&l.again);
	follow_free(&l.follow);
	client_leave(&l.c);
	buf_free(&l.out);
	return code;
}
