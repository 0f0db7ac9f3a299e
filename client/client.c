/* SPDX-License-Identifier: ISC */
#include "client/client.h"

#include <stdlib.h>

#include "client/js.h"
#include "lib/clock.h"
#include "lib/jw.h"
#include "lib/mem.h"

void
client_visit(struct client *c, const struct options *o)
{
	*c = (struct client){.o = o, .store = {.lock = -1}};
	c->deadline = clock_ms() + o->timeout_ms;
	session_init(&c->session, o->server, &o->tls, NULL);
}

int
client_enter(struct client *c, const struct options *o, enum store_role role)
{
	client_visit(c, o);
	if (o->user == NULL) {
		complain("say who you are: -u NAME; or, the first time: chat login NAME");
		return EX_USAGE;
	}
	switch (store_open(&c->store, o->server, o->user, o->device, role,
	    role == STORE_COMMAND ? c->deadline : clock_ms())) {
	case -1:
		return c->store.busy ? EX_TEMPFAIL : EX_NOPERM;
	case 0:
		complain("%s is not logged in at %s from here; first: chat login %s", o->user,
		    o->server, o->user);
		return EX_NOPERM;
	}
	session_free(&c->session);
	session_init(&c->session, o->server, &o->tls, c->store.token);
	c->session.quiet = role == STORE_COMMAND;
	return EX_OK;
}

int
client_refused(struct json_object *reply)
{
	static const struct {
		const char *error;
		int code;
	} codes[] = {
		{"not_found", EX_NOUSER},
		{"bad_credentials", EX_NOPERM},
		{"blocked", EX_NOPERM},
		{"forbidden", EX_NOPERM},
		{"name_taken", EX_NOPERM},
		{"not_logged_in", EX_NOPERM},
		{"bad_request", EX_USAGE},
		{"too_large", EX_USAGE},
		{"internal", EX_TEMPFAIL},
		{"lost", EX_TEMPFAIL},
		{"rate_limited", EX_TEMPFAIL},
		{"unavailable", EX_TEMPFAIL},
	};

	complain("%s", js_str(reply, "message"));
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (js_is(reply, "error", codes[i].error))
			return codes[i].code;
	return EX_PROTOCOL;
}

int
client_failed(const struct session *s)
{
	if (!s->ever_up && !s->reached && (s->state != SESSION_OVER || s->code == EX_UNAVAILABLE)) {
		complain("cannot reach %s: %s", s->link.server, *s->why ? s->why : "no answer in time");
		return EX_UNAVAILABLE;
	}
	if (s->state == SESSION_OVER) {
		complain("%s%s", s->why, s->thrown_out ? "; once more: chat login NAME" : "");
		return s->code;
	}
	complain("no answer from %s in time%s%s; trying again is safe", s->link.server,
	    s->state == SESSION_UP ? "" : ": ", s->state == SESSION_UP ? "" : s->why);
	return EX_TEMPFAIL;
}

static void
on_answer(void *arg, struct json_object *reply, const char *line)
{
	struct client *c = arg;

	json_object_put(c->reply);
	free(c->line);
	c->reply = json_object_get(reply);
	c->line = mem_strdup(line);
	c->answered = true;
}

static void
on_stalled(void *arg, const char *why)
{
	struct client *c = arg;

	if (!c->told)
		complain("the server cannot answer just now (%s); trying on", why);
	c->told = true;
}

int
client_ask(struct client *c, struct buf *body, enum ask_how how)
{
	c->answered = false;
	c->session.on_stalled = on_stalled;
	c->session.arg = c;
	asks_add(&c->session.asks, body, how, on_answer, c);
	if (!session_run(&c->session, &c->answered, c->deadline))
		return client_failed(&c->session);
	if (!js_true(c->reply, "ok"))
		return client_refused(c->reply);
	return EX_OK;
}

void
client_leave(struct client *c)
{
	session_free(&c->session);
	store_close(&c->store);
	json_object_put(c->reply);
	free(c->line);
}
