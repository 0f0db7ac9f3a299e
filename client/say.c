/* SPDX-License-Identifier: ISC */
#include "client/say.h"

#include <stdlib.h>
#include <string.h>

#include "client/js.h"
#include "client/screen.h"
#include "client/verb.h"
#include "lib/clock.h"
#include "lib/jw.h"
#include "lib/mem.h"
#include "lib/utf8.h"

#define MOMENT_MS 700 /* then the person is told that a line waits */
#define REQUEST_MAX ((size_t)65536)

struct say {
	struct say *next;
	struct talk *t;
	struct place *place;
	char *text;
	int64_t typed_at;
	bool told;
};

static void
say_remove(struct say *s)
{
	struct say **p = &s->t->said;

	while (*p != s)
		p = &(*p)->next;
	*p = s->next;
	free(s->text);
	free(s);
}

static void
add_own(struct talk *t, const char *sign, const struct say *s, const char *at)
{
	buf_adds(&t->out, screen_style(STYLE_DIM));
	show_time(&t->out, at);
	buf_addf(&t->out, "%s%s %s%s", *at != '\0' ? " " : "", sign, t->name,
	    screen_style(STYLE_PLAIN));
	if (s->place != t->here) {
		buf_addf(&t->out, " %s ", screen_sign("→", "->"));
		utf8_safe(&t->out, s->place->label, strlen(s->place->label));
	}
	buf_adds(&t->out, ": ");
	show_text(&t->out, s->text, strlen(s->text));
}

static void
stored(struct say *s, struct json_object *reply)
{
	struct place *p = s->place;

	p->conv = js_int(reply, "conv");
	talk_learn(s->t, p->label + (*p->label == '#'), *p->label == '#');
	if (js_int(reply, "seq") > p->own)
		p->own = js_int(reply, "seq");
	add_own(s->t, screen_sign("✓", "ok"), s, js_str(reply, "at"));
	talk_line(s->t);
}

static void
say_answered(void *arg, struct json_object *reply, const char *line)
{
	struct say *s = arg;

	(void)line;
	if (js_true(reply, "ok")) {
		stored(s, reply);
	} else {
		buf_adds(&s->t->out, screen_style(STYLE_WARN));
		add_own(s->t, screen_sign("✗", "NOT SENT"), s, "");
		buf_adds(&s->t->out, screen_style(STYLE_WARN));
		buf_adds(&s->t->out, " (");
		show_member(&s->t->out, reply, "message");
		buf_addf(&s->t->out, ")%s", screen_style(STYLE_PLAIN));
		talk_line(s->t);
		if (!screen_edits())
			s->t->code = EX_NOPERM; /* for a script */
	}
	say_remove(s);
}

void
say_text(struct talk *t, struct place *p, const char *text)
{
	struct buf b = request("send");
	struct say *s, **last = &t->said;

	verb_target(&b, p->label);
	jw_str(&b, "text", text);
	request_cid(&b);
	if (utf8_count(text, strlen(text)) < 0 || buf_len(&b) > REQUEST_MAX - 64) {
		talk_warn(t, "not sent: the text is %s",
		    buf_len(&b) > REQUEST_MAX - 64 ? "too long" : "not UTF-8");
		buf_free(&b);
		return;
	}
	s = mem_alloc(sizeof(*s));
	*s = (struct say){.t = t, .place = p, .text = mem_strdup(text), .typed_at = clock_ms()};
	while (*last != NULL)
		last = &(*last)->next;
	*last = s;
	session_ask(&t->c.session, &b, ASK_REPEATABLE, say_answered, s);
}

int64_t
say_due(const struct talk *t)
{
	for (const struct say *s = t->said; s != NULL; s = s->next)
		if (!s->told)
			return s->typed_at + MOMENT_MS;
	return CLOCK_NEVER;
}

void
say_tell_waiting(struct talk *t)
{
	for (struct say *s = t->said; s != NULL; s = s->next) {
		if (s->told || clock_ms() < s->typed_at + MOMENT_MS)
			continue;
		s->told = true;
		add_own(t, screen_sign("…", "(waits)"), s, "");
		talk_line(t);
	}
}

int
say_waiting(const struct talk *t)
{
	int n = 0;

	for (const struct say *s = t->said; s != NULL; s = s->next)
		n++;
	return n;
}

void
say_free(struct talk *t)
{
	while (t->said != NULL)
		say_remove(t->said);
}

void
say_read(struct talk *t)
{
	struct place *p = t->here;
	struct buf b;

	if (p == NULL || p->conv == 0 || p->seen <= p->read || t->c.session.state != SESSION_UP)
		return;
	p->read = p->seen;
	b = request("read");
	jw_int(&b, "conv", p->conv);
	jw_int(&b, "seq", p->seen);
	session_ask(&t->c.session, &b, ASK_REPEATABLE, NULL, NULL);
}

void
say_go(struct talk *t, struct place *p)
{
	t->here = p;
	p->unread = 0;
	say_read(t);
}
