/* SPDX-License-Identifier: ISC */
#include "client/say.h"

#include <string.h>

#include "client/entry.h"
#include "client/js.h"
#include "client/screen.h"
#include "client/show.h"
#include "client/verb.h"
#include "lib/clock.h"
#include "lib/jw.h"
#include "lib/utf8.h"

#define MOMENT_MS 700 /* then the person is told that a line waits */
#define REQUEST_MAX ((size_t)65536)
#define TYPING_MS 4000 /* so often others are told */
#define LINES 10 /* that a conversation begins with */

static struct json_object *
as_message(const char *kind, const char *text, const char *at)
{
	struct json_object *m = json_object_new_object();

	json_object_object_add(m, "kind", json_object_new_string(kind));
	json_object_object_add(m, "text", json_object_new_string(text));
	json_object_object_add(m, "at", json_object_new_string(at));
	return m;
}

static void
show_own(const struct deed *d, const char *sign, int64_t seq, const char *at)
{
	struct json_object *m = as_message("text", d->about, at);

	entry_own(d->t, d->place, sign, seq, m);
	json_object_put(m);
}

static void
say_done(struct deed *d, struct json_object *reply)
{
	struct talk *t = d->t;
	struct place *p = d->place;
	int64_t seq = js_int(reply, "seq");

	if (js_true(reply, "ok")) {
		p->conv = js_int(reply, "conv");
		talk_learn(t, p->label + (*p->label == '#'), *p->label == '#');
		if (seq > p->own)
			p->own = seq;
		show_own(d, screen_sign("✓", "ok"), seq, js_str(reply, "at"));
		return;
	}
	show_own(d, screen_sign("✗", "NOT SENT"), 0, "");
	talk_refused(t, reply);
}

void
say_text(struct talk *t, struct place *p, const char *text)
{
	struct buf b = request("send");

	verb_target(&b, p->label);
	jw_str(&b, "text", text);
	request_cid(&b);
	if (utf8_count(text, strlen(text)) < 0 || buf_len(&b) > REQUEST_MAX - 64) {
		talk_warn(t, "not sent: the text is %s", buf_len(&b) > REQUEST_MAX - 64 ? "too long" : "not UTF-8");
		buf_free(&b);
		return;
	}
	struct deed *d = talk_ask(t, &b, ASK_REPEATABLE, text, say_done);

	d->place = p;
	d->n = clock_ms();
	t->typing_at = 0;
}

static void
change_done(struct deed *d, struct json_object *reply)
{
	struct json_object *m;

	if (!js_true(reply, "ok")) {
		talk_refused(d->t, reply);
		return;
	}
	m = as_message(d->told ? "delete" : "edit", d->about, js_str(reply, "at"));
	json_object_object_add(m, "ref", json_object_new_int64(d->n));
	entry_own(d->t, d->place, screen_sign("✓", "ok"), d->n, m);
	json_object_put(m);
}

void
say_change(struct talk *t, struct place *p, int64_t seq, const char *text)
{
	struct buf b = request(text != NULL ? "edit" : "delete");
	struct deed *d;

	jw_int(&b, "conv", p->conv);
	jw_int(&b, "seq", seq);
	request_cid(&b);
	if (text != NULL)
		jw_str(&b, "text", text);
	d = talk_ask(t, &b, ASK_REPEATABLE, text != NULL ? text : "", change_done);
	d->place = p;
	d->n = seq;
	d->told = text == NULL;
}

static bool
waits(const struct deed *d)
{
	return d->done == say_done;
}

int64_t
say_due(const struct talk *t)
{
	for (const struct deed *d = t->deeds; d != NULL; d = d->next)
		if (waits(d) && !d->told)
			return d->n + MOMENT_MS;
	return CLOCK_NEVER;
}

void
say_tell_waiting(struct talk *t)
{
	for (struct deed *d = t->deeds; d != NULL; d = d->next) {
		if (!waits(d) || d->told || clock_ms() < d->n + MOMENT_MS)
			continue;
		d->told = true;
		show_own(d, screen_sign("…", "(waits)"), 0, "");
	}
}

int
say_waiting(const struct talk *t)
{
	int n = 0;

	for (const struct deed *d = t->deeds; d != NULL; d = d->next)
		n += waits(d);
	return n;
}

/* What was said there last, with a mark where the unread begin. */
static void
show_last(struct talk *t, struct place *p, struct json_object *reply)
{
	bool marked = false;

	for (size_t i = 0; i < js_len(reply, "messages"); i++) {
		struct json_object *m = js_at(reply, "messages", i);
		int64_t seq = js_int(m, "seq");

		if (!marked && p->unread > 0 && seq > p->read && js_int(js_get(m, "from"), "id") != t->me) {
			talk_note(t, "%s new %s", screen_sign("──────", "------"), screen_sign("──────", "------"));
			marked = true;
		}
		/* Where all is read, what is on the screen does not come twice. */
		if (js_int(m, "ref") == 0 && (p->unread > 0 || !entry_is_shown(p, seq)))
			entry_show(t, m);
		if (seq > p->seen)
			p->seen = seq;
	}
}

/* What is being sent there will be refused, too, and once is enough. */
static bool
is_talked_to(const struct talk *t, const struct place *p)
{
	for (const struct deed *d = t->deeds; d != NULL; d = d->next)
		if (waits(d) && d->place == p)
			return true;
	return false;
}

static void
go_done(struct deed *d, struct json_object *reply)
{
	struct talk *t = d->t;
	struct place *p = d->place;

	if (!js_true(reply, "ok")) {
		if (!is_talked_to(t, p))
			talk_refused(t, reply);
		if (t->here == p)
			t->here = d->from;
		return;
	}
	if (json_object_is_type(js_get(reply, "conv"), json_type_int))
		p->conv = js_int(reply, "conv");
	if (screen_edits() && (p->unread > 0 || !p->entered))
		show_last(t, p, reply);
	p->entered = true;
	p->unread = 0;
}

void
say_go(struct talk *t, struct place *p)
{
	struct buf b;
	struct deed *d;

	if (p == t->here && p->entered)
		return;
	b = request("history");
	verb_target(&b, p->label);
	jw_int(&b, "limit", p->unread > 180 ? 200 : p->unread > LINES ? p->unread + LINES : LINES);
	d = talk_ask(t, &b, ASK_REPEATABLE, "", go_done);
	d->place = p;
	d->from = t->here;
	t->typist_until = t->typing_at = 0;
	t->here = p; /* at once: what is typed next is meant for there */
}

void
say_read(struct talk *t)
{
	struct place *p = t->here;
	struct buf b;

	if (p == NULL || p->conv == 0 || !p->entered || p->seen <= p->read || t->away != NULL ||
	    t->c.session.state != SESSION_UP)
		return;
	p->read = p->seen;
	b = request("read");
	jw_int(&b, "conv", p->conv);
	jw_int(&b, "seq", p->seen);
	asks_add(&t->c.session.asks, &b, ASK_REPEATABLE, NULL, NULL);
}

void
say_typing(struct talk *t)
{
	const char *text = screen_typed();
	struct buf b;

	if (t->here == NULL || *text == '\0' || *text == '/' || clock_ms() < t->typing_at ||
	    (t->c.o->typing != NULL && strcmp(t->c.o->typing, "no") == 0))
		return;
	t->typing_at = clock_ms() + TYPING_MS;
	b = request("typing");
	verb_target(&b, t->here->label);
	session_tell(&t->c.session, &b);
}

void
say_away(struct talk *t)
{
	for (struct place *p = t->places; p != NULL && t->away != NULL; p = p->next)
		if (p->calls && !p->told_away) {
			p->told_away = true;
			say_text(t, p, t->away);
		}
}
