/* SPDX-License-Identifier: ISC */
#include "client/hear.h"

#include <string.h>

#include "client/js.h"
#include "client/run.h"
#include "client/screen.h"
#include "client/show.h"
#include "lib/event_name.h"
#include "lib/mem.h"

static void
add_name(struct talk *t, struct json_object *obj, const char *key)
{
	buf_adds(&t->out, screen_style(STYLE_NAME));
	show_name(&t->out, obj, key);
	buf_adds(&t->out, screen_style(STYLE_PLAIN));
}

void
hear_message(struct talk *t, struct json_object *message)
{
	struct place *p = place_of_message(t, message);
	bool mine = js_int(js_get(message, "from"), "id") == t->me;
	bool text = js_is(message, "kind", "text");
	size_t n;
	const char *s = js_strn(message, "text", &n);

	buf_adds(&t->out, screen_style(STYLE_DIM));
	show_time(&t->out, js_str(message, "at"));
	buf_addf(&t->out, "%s ", screen_style(STYLE_PLAIN));
	add_name(t, message, "from");
	if (p != t->here && (mine || js_get(message, "group") != NULL)) {
		buf_addf(&t->out, " %s ", screen_sign("→", "->"));
		show_where(&t->out, message);
	}
	buf_adds(&t->out, text ? ": " : " ");
	if (text && js_get(message, "edited_at") == NULL && js_get(message, "deleted_at") == NULL)
		show_text(&t->out, s, n);
	else
		show_deed(&t->out, message);
	talk_line(t);
}

static void
hear_new(struct talk *t, struct json_object *event)
{
	struct place *p = place_of_message(t, event);
	int64_t seq = js_int(event, "seq");
	bool mine = js_int(js_get(event, "from"), "id") == t->me;

	talk_learn(t, p->label + (*p->label == '#'), *p->label == '#');
	if (follow_is_new(&t->follow, event)) {
		hear_message(t, event);
		if (seq > p->seen)
			p->seen = seq;
		if (mine && seq > p->own)
			p->own = seq;
		if (!mine && p != t->here)
			p->unread++;
		if (!mine && t->synced)
			run_beside(t->c.o->notify_command, event);
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
	struct json_object *user = js_get(event, "user");
	bool mine = js_int(user, "id") == t->me || js_is(event, "user", t->name);

	if (p == NULL)
		return;
	if (mine && js_int(event, "seq") >= p->seen)
		p->unread = 0;
	else if (!mine && js_int(event, "seq") > p->read_there)
		p->read_there = js_int(event, "seq");
}

static void
hear_request(struct talk *t, struct json_object *event)
{
	buf_adds(&t->out, "* ");
	add_name(t, event, "user");
	buf_adds(&t->out, " has added you as a friend; /add ");
	show_name(&t->out, event, "user");
	buf_adds(&t->out, " to answer that");
	talk_line(t);
}

static void
hear_accepted(struct talk *t, struct json_object *event)
{
	buf_adds(&t->out, "* ");
	add_name(t, event, "user");
	buf_adds(&t->out, " and you are friends now");
	talk_line(t);
}

static void
hear_group(struct talk *t, struct json_object *event, const char *deed)
{
	buf_addf(&t->out, "* you %s #", deed);
	show_name(&t->out, event, "group");
	talk_line(t);
}

static void
hear_invited(struct talk *t, struct json_object *event)
{
	buf_adds(&t->out, "* ");
	add_name(t, event, "user");
	buf_adds(&t->out, " invites you to #");
	show_name(&t->out, event, "group");
	buf_adds(&t->out, "; /join ");
	show_name(&t->out, event, "group");
	buf_adds(&t->out, " to follow");
	talk_line(t);
	talk_learn(t, js_str(js_get(event, "group"), "name"), true);
}

static void
hear_bus(struct talk *t, struct json_object *event)
{
	if (js_is(event, "state", "degraded"))
		talk_note(t, "the server is degraded: messages may take some seconds");
	else
		talk_note(t, "the server is well again");
}

void
hear_event(void *arg, const char *ev, struct json_object *event, const char *line)
{
	struct talk *t = arg;

	(void)line;
	/* Without a default: the compiler finds the kind that nobody decided about. */
	switch (event_kind_of(ev, strlen(ev))) {
	case EVENT_BUS:
		hear_bus(t, event);
		break;
	case EVENT_DELIVERED:
		hear_delivered(t, event);
		break;
	case EVENT_FRIEND_ACCEPTED:
		hear_accepted(t, event);
		break;
	case EVENT_FRIEND_REQUEST:
		hear_request(t, event);
		break;
	case EVENT_GROUP_INVITED:
		hear_invited(t, event);
		break;
	case EVENT_GROUP_JOINED:
		hear_group(t, event, "are now in");
		break;
	case EVENT_GROUP_LEFT:
		hear_group(t, event, "are no longer in");
		break;
	case EVENT_MESSAGE:
		hear_new(t, event);
		break;
	case EVENT_PRESENCE:
		hear_presence(t, event);
		break;
	case EVENT_READ:
		hear_read(t, event);
		break;
	case EVENT_SYNCED:
		t->synced = true; /* noted, not shown */
		break;
	case EVENT_BYE:    /* hear_down() tells its reason */
	case EVENT_PING:   /* for session.h alone */
	case EVENT_TYPING: /* not shown: it would move the screen at every key of somebody else's */
	case EVENT_UNKNOWN:
	case EVENT_KINDS:
		break;
	}
}

static void
learn_names(struct talk *t, struct json_object *reply)
{
	for (size_t i = 0; i < js_len(reply, "friends"); i++)
		talk_learn(t, js_str(js_at(reply, "friends", i), "name"), false);
	for (size_t i = 0; i < js_len(reply, "groups"); i++)
		talk_learn(t, js_str(js_at(reply, "groups", i), "name"), true);
}

static void
greet(struct talk *t, struct json_object *reply)
{
	int friends = 0;

	buf_addf(&t->out, "%sYou are ", screen_style(STYLE_DIM));
	show_name(&t->out, reply, "user");
	buf_addf(&t->out, " at %s. ", t->c.o->server);
	for (size_t i = 0; i < js_len(reply, "friends"); i++) {
		struct json_object *f = js_at(reply, "friends", i);

		if (!js_is(f, "state", "online"))
			continue;
		buf_adds(&t->out, friends++ > 0 ? ", " : "Online: ");
		show_member(&t->out, f, "name");
	}
	buf_addf(&t->out, "%s/help shows what you can do.%s", friends > 0 ? ". " : "",
	    screen_style(STYLE_PLAIN));
	talk_line(t);
}

/* Whom I have talked with is for Tab to know, so the greeting waits for it. */
static void
hear_convs(void *arg, struct json_object *reply, const char *line)
{
	struct talk *t = arg;

	(void)line;
	for (size_t i = 0; i < js_len(reply, "convs"); i++) {
		struct json_object *conv = js_at(reply, "convs", i), *group = js_get(conv, "group");

		talk_learn(t, js_str(group != NULL ? group : js_get(conv, "peer"), "name"), group != NULL);
	}
	greet(t, t->hello);
}

static void
hear_first(struct talk *t, struct json_object *reply)
{
	struct buf name = {0}, b = request("convs");

	show_name(&name, reply, "user");
	t->name = mem_strdup(buf_str(&name));
	t->me = js_int(js_get(reply, "user"), "id");
	t->hello = json_object_get(reply);
	for (size_t i = 0; i < js_len(reply, "invitations"); i++)
		hear_invited(t, js_at(reply, "invitations", i));
	session_ask(&t->c.session, &b, ASK_REPEATABLE, hear_convs, t);
	buf_free(&name);
}

void
hear_up(void *arg, struct json_object *reply)
{
	struct talk *t = arg;

	follow_up(&t->follow, reply);
	learn_names(t, reply);
	if (t->name == NULL)
		hear_first(t, reply);
	else if (t->offline)
		talk_note(t, "connected again");
	t->offline = false;
}

void
hear_down(void *arg, const char *why, int64_t again_ms)
{
	struct talk *t = arg;

	(void)again_ms;
	if (!t->offline)
		talk_warn(t, "no connection (%s); what you type is kept and sent as soon as there is one",
		    why);
	t->offline = true;
	t->synced = false;
}
