/* SPDX-License-Identifier: ISC */
#include "client/hear.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/entry.h"
#include "client/js.h"
#include "client/run.h"
#include "client/screen.h"
#include "client/show.h"
#include "lib/clock.h"
#include "lib/event_name.h"
#include "lib/mem.h"

#define TYPING_SHOWN_MS 6000 /* longer than say.c waits to tell it again */

/* Is it to me alone, or names me or one of the words that I want to hear of? */
static bool
concerns_me(const struct talk *t, struct json_object *message)
{
	const char *text = js_str(message, "text"), *words = t->c.o->highlight;
	bool yes = js_get(message, "group") == NULL || strcasestr(text, t->name) != NULL;
	char *copy = mem_strdup(words != NULL ? words : ""), *rest = copy, *word;

	while (!yes && (word = strsep(&rest, " ,")) != NULL)
		yes = *word != '\0' && strcasestr(text, word) != NULL;
	free(copy);
	return yes;
}

static void
alert(struct talk *t, struct json_object *event)
{
	if (!t->synced || !concerns_me(t, event))
		return;
	if (t->c.o->bell == NULL || strcmp(t->c.o->bell, "no") != 0)
		screen_bell();
	run_beside(t->c.o->notify_command, event);
}

static void
hear_new(struct talk *t, struct json_object *event)
{
	struct place *p = place_of_message(t, event);
	int64_t seq = js_int(event, "seq");
	bool mine = js_int(js_get(event, "from"), "id") == t->me, text = js_is(event, "kind", "text");

	if (follow_is_new(&t->follow, event)) {
		if (!follow_repeats(&t->follow, event))
			entry_show(t, event);
		if (p == t->here && !mine)
			t->typist_until = 0;
		if (seq > p->seen)
			p->seen = seq;
		if (!mine && text && (p != t->here || t->away != NULL) && seq > p->counted) {
			p->counted = seq;
			p->unread++;
			p->calls = t->synced && *p->label != '#';
		}
		if (!mine && text)
			alert(t, event);
	}
	follow_shown(&t->follow, event);
}

static void
hear_presence(struct talk *t, struct json_object *event)
{
	buf_adds(&t->out, screen_style(STYLE_DIM));
	show_name(&t->out, event, "user");
	buf_adds(&t->out, " is ");
	show_member(&t->out, event, "state");
	buf_adds(&t->out, screen_style(STYLE_PLAIN));
	talk_line(t);
}

static void
hear_delivered(struct talk *t, struct json_object *event)
{
	struct place *p = place_of(t, js_int(event, "conv"));

	if (p != NULL && js_int(event, "seq") > p->delivered)
		p->delivered = js_int(event, "seq");
}

static void
hear_read(struct talk *t, struct json_object *event)
{
	struct place *p = place_of(t, js_int(event, "conv"));
	int64_t seq = js_int(event, "seq");

	if (p == NULL)
		return;
	if (js_int(js_get(event, "user"), "id") != t->me) {
		if (seq > p->read_there)
			p->read_there = seq;
		return;
	}
	if (seq > p->read)
		p->read = seq;
	if (seq >= p->counted)
		p->unread = 0;
}

static void
hear_typing(struct talk *t, struct json_object *event)
{
	struct buf name = {0};

	if (t->here == NULL || t->here->conv != js_int(event, "conv"))
		return;
	show_name(&name, event, "user");
	free(t->typist);
	t->typist = mem_strdup(buf_str(&name));
	t->typist_until = clock_ms() + TYPING_SHOWN_MS;
	buf_free(&name);
}

/* `* bob has added you…` */
static void
hear_about(struct talk *t, struct json_object *event, const char *said, const char *key, const char *then)
{
	buf_adds(&t->out, "* ");
	talk_name(t, event, "user");
	buf_adds(&t->out, said);
	if (key != NULL)
		show_name(&t->out, event, key);
	buf_adds(&t->out, then);
}

static void
hear_invited(struct talk *t, struct json_object *event)
{
	hear_about(t, event, " invites you to #", "group", "; /join ");
	show_name(&t->out, event, "group");
	buf_adds(&t->out, " to follow");
	talk_line(t);
	talk_learn(t, js_str(js_get(event, "group"), "name"), true);
}

static void
hear_group(struct talk *t, struct json_object *event, const char *deed)
{
	buf_addf(&t->out, "* you %s #", deed);
	show_name(&t->out, event, "group");
	talk_line(t);
}

void
hear_event(void *arg, const char *ev, struct json_object *event, const char *line)
{
	struct talk *t = arg;

	(void)line;
	/* Without a default: the compiler finds the kind that nobody decided about. */
	switch (event_kind_of(ev, strlen(ev))) {
	case EVENT_ANNOUNCE:
		talk_note(t, "%s", js_str(event, "text"));
		break;
	case EVENT_BUS:
		talk_note(t, js_is(event, "state", "degraded") ? "the server is degraded: messages may take some seconds"
		                                               : "the server is well again");
		break;
	case EVENT_DELIVERED: /* in the prompt */
		hear_delivered(t, event);
		break;
	case EVENT_FRIEND_ACCEPTED:
		hear_about(t, event, " and you are friends now", NULL, "");
		talk_line(t);
		break;
	case EVENT_FRIEND_REQUEST:
		hear_about(t, event, " has added you as a friend; /add ", "user", " to answer that");
		talk_line(t);
		break;
	case EVENT_GROUP_INVITED:
		hear_invited(t, event);
		break;
	case EVENT_GROUP_JOINED:
		hear_group(t, event, "are now in");
		break;
	case EVENT_GROUP_LEFT:
		if (t->here != NULL && t->here == place_of(t, js_int(js_get(event, "group"), "id")))
			t->here = NULL;
		hear_group(t, event, "are no longer in");
		break;
	case EVENT_MESSAGE:
		hear_new(t, event);
		break;
	case EVENT_PRESENCE:
		hear_presence(t, event);
		break;
	case EVENT_READ: /* in the prompt */
		hear_read(t, event);
		break;
	case EVENT_RENAMED:
		hear_about(t, event, " has another name now", NULL, "");
		talk_line(t);
		break;
	case EVENT_SYNCED: /* noted, not shown */
		t->synced = true;
		break;
	case EVENT_TYPING: /* in the prompt */
		hear_typing(t, event);
		break;
	case EVENT_BYE:    /* hear_down() tells its reason */
	case EVENT_PING:   /* for session.h alone */
	case EVENT_PURGED: /* what has been read stays read */
	case EVENT_UNKNOWN:
	case EVENT_KINDS:
		break;
	}
}

static void
greet(struct talk *t, struct json_object *reply)
{
	const char *before = "Online: ";

	buf_addf(&t->out, "%sYou are %s at %s. ", screen_style(STYLE_DIM), t->name, t->c.o->server);
	for (size_t i = 0; i < js_len(reply, "friends"); i++) {
		struct json_object *f = js_at(reply, "friends", i);

		if (!js_is(f, "state", "online"))
			continue;
		buf_adds(&t->out, before);
		show_member(&t->out, f, "name");
		before = ", ";
	}
	buf_addf(&t->out, "%s/help shows what you can do.%s", *before == ',' ? ". " : "", screen_style(STYLE_PLAIN));
	talk_line(t);
	for (size_t i = 0; i < js_len(reply, "invitations"); i++)
		hear_invited(t, js_at(reply, "invitations", i));
}

/* Where I have talked is for Tab to know, and for the prompt what is unread there; so the greeting waits for it. */
static void
hear_convs(struct deed *d, struct json_object *reply)
{
	struct talk *t = d->t;

	for (size_t i = 0; i < js_len(reply, "convs"); i++) {
		struct json_object *conv = js_at(reply, "convs", i);
		struct place *p = place_of_message(t, conv);

		p->read = js_int(conv, "read");
		p->counted = js_int(conv, "last_seq");
		p->unread = p->entered ? 0 : (int)js_int(conv, "unread");
	}
	greet(t, t->hello);
}

static void
hear_names(struct talk *t, struct json_object *reply)
{
	for (size_t i = 0; i < js_len(reply, "friends"); i++)
		talk_learn(t, js_str(js_at(reply, "friends", i), "name"), false);
	for (size_t i = 0; i < js_len(reply, "groups"); i++)
		talk_learn(t, js_str(js_at(reply, "groups", i), "name"), true);
}

static void
hear_list(struct deed *d, struct json_object *reply)
{
	hear_names(d->t, reply);
}

/* What the answer to the login had no room for. */
static void
hear_rest(struct talk *t, struct json_object *reply, const char *list)
{
	char more[20];
	struct buf b;

	snprintf(more, sizeof(more), "%s_more", list);
	if (!js_true(reply, more))
		return;
	b = request(list);
	talk_ask(t, &b, ASK_ALL, "", hear_list);
}

void
hear_up(void *arg, struct json_object *reply)
{
	struct talk *t = arg;
	struct buf name = {0}, b;

	follow_up(&t->follow, reply);
	hear_names(t, reply);
	if (t->offline)
		talk_note(t, "connected again");
	t->offline = t->stalled = false;
	if (t->name != NULL)
		return;
	show_name(&name, reply, "user");
	t->name = mem_strdup(buf_str(&name));
	t->me = js_int(js_get(reply, "user"), "id");
	t->hello = json_object_get(reply);
	buf_free(&name);
	b = request("convs");
	talk_ask(t, &b, ASK_ALL, "", hear_convs);
	hear_rest(t, reply, "friends");
	hear_rest(t, reply, "groups");
}

void
hear_down(void *arg, const char *why, int64_t again_ms)
{
	struct talk *t = arg;

	(void)again_ms;
	if (!t->offline && !t->stalled)
		talk_warn(t, "no connection (%s); what you type is kept and sent as soon as there is one", why);
	t->offline = true;
	t->synced = false;
}

void
hear_stalled(void *arg, const char *why)
{
	struct talk *t = arg;

	if (!t->stalled)
		talk_warn(t, "the server cannot answer just now (%s); what you type is kept, and the answers will come", why);
	t->stalled = true;
}
