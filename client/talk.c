/* SPDX-License-Identifier: ISC */
#include "client/talk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/js.h"
#include "client/show.h"
#include "lib/mem.h"
#include "lib/utf8.h"

static void
deed_remove(struct deed *d)
{
	struct deed **p = &d->t->deeds;

	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
	free(d);
}

static void
deed_answered(void *arg, struct json_object *reply, const char *line)
{
	struct deed *d = arg;

	(void)line;
	d->t->stalled = false;
	d->done(d, reply);
	deed_remove(d);
}

struct deed *
talk_ask(struct talk *t, struct buf *body, enum ask_how how, const char *about,
    void (*done)(struct deed *d, struct json_object *reply))
{
	struct deed *d = mem_alloc(sizeof(*d) + strlen(about) + 1), **last = &t->deeds;

	d->t = t;
	d->done = done;
	memcpy(d->about, about, strlen(about) + 1);
	while (*last != NULL)
		last = &(*last)->next;
	*last = d;
	asks_add(&t->c.session.asks, body, how, deed_answered, d);
	return d;
}

void
talk_name(struct talk *t, struct json_object *obj, const char *key)
{
	struct buf name = {0};

	show_name(&name, obj, key);
	buf_addf(&t->out, "%s%s%s", screen_name_style(buf_str(&name)), buf_str(&name), screen_style(STYLE_PLAIN));
	buf_free(&name);
}

void
talk_line(struct talk *t)
{
	buf_addc(&t->out, '\n');
}

void
talk_say(struct talk *t, enum style style, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_adds(&t->out, screen_style(style));
	utf8_safe(&t->out, text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
	buf_adds(&t->out, screen_style(STYLE_PLAIN));
	talk_line(t);
}

void
talk_refused(struct talk *t, struct json_object *reply)
{
	talk_warn(t, "that was refused: %s", js_str(reply, "message"));
	if (!screen_edits())
		t->code = EX_NOPERM; /* for a script */
}

void
talk_learn(struct talk *t, const char *name, bool is_group)
{
	struct buf key = {0}, safe = {0};

	buf_addf(&key, "%s%s", is_group ? "#" : "", name);
	utf8_safe(&safe, buf_data(&key), buf_len(&key));
	if (*name != '\0' && strcmp(buf_str(&safe), buf_str(&key)) == 0)
		json_object_object_add(t->names, buf_str(&key), json_object_new_boolean(true));
	buf_free(&key);
	buf_free(&safe);
}

struct place *
place_named(struct talk *t, const char *label)
{
	struct place **p = &t->places;

	for (; *p != NULL; p = &(*p)->next)
		if (strcasecmp((*p)->label, label) == 0)
			return *p;
	*p = mem_alloc(sizeof(**p));
	(*p)->label = mem_strdup(label);
	return *p;
}

struct place *
place_of(const struct talk *t, int64_t conv)
{
	for (struct place *p = t->places; p != NULL; p = p->next)
		if (p->conv == conv)
			return p;
	return NULL;
}

struct place *
place_of_message(struct talk *t, struct json_object *message)
{
	struct json_object *group = js_get(message, "group"), *peer = js_get(message, "peer");
	struct place *p = place_of(t, js_int(message, "conv"));
	struct buf label = {0};

	if (p != NULL)
		return p;
	if (peer == NULL)
		peer = js_get(message, js_int(js_get(message, "from"), "id") == t->me ? "to" : "from");
	buf_addf(&label, "%s%s", group != NULL ? "#" : "", js_str(group != NULL ? group : peer, "name"));
	p = place_named(t, buf_str(&label));
	p->conv = js_int(message, "conv");
	talk_learn(t, buf_str(&label) + (group != NULL), group != NULL);
	buf_free(&label);
	return p;
}

int
place_number(struct place *p, int64_t seq)
{
	int n = 1;

	while (place_entry(p, n) != 0 && place_entry(p, n) != seq)
		n++;
	if (place_entry(p, n) == 0)
		buf_add(&p->mine, &seq, sizeof(seq));
	return n;
}

int64_t
place_entry(const struct place *p, int64_t number)
{
	int64_t seq = 0;

	if (number >= 1 && (size_t)number <= buf_len(&p->mine) / sizeof(seq))
		memcpy(&seq, buf_data(&p->mine) + (size_t)(number - 1) * sizeof(seq), sizeof(seq));
	return seq;
}

void
talk_free(struct talk *t)
{
	while (t->deeds != NULL) {
		struct deed *d = t->deeds;

		t->deeds = d->next;
		free(d);
	}
	while (t->places != NULL) {
		struct place *p = t->places;

		t->places = p->next;
		json_object_put(p->said);
		buf_free(&p->mine);
		free(p->label);
		free(p);
	}
	follow_free(&t->follow);
	client_leave(&t->c);
	json_object_put(t->names);
	json_object_put(t->hello);
	buf_free(&t->out);
	free(t->name);
	free(t->typist);
	free(t->away);
}
