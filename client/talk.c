/* SPDX-License-Identifier: ISC */
#include "client/talk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/js.h"
#include "client/screen.h"
#include "lib/mem.h"
#include "lib/utf8.h"

void
talk_line(struct talk *t)
{
	buf_addc(&t->out, '\n');
}

static void __attribute__((format(printf, 3, 0)))
add_styled(struct talk *t, enum style style, const char *fmt, va_list ap)
{
	char text[1024];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	buf_adds(&t->out, screen_style(style));
	utf8_safe(&t->out, text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
	buf_adds(&t->out, screen_style(STYLE_PLAIN));
	talk_line(t);
}

void
talk_note(struct talk *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_styled(t, STYLE_DIM, fmt, ap);
	va_end(ap);
}

void
talk_warn(struct talk *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_styled(t, STYLE_WARN, fmt, ap);
	va_end(ap);
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
	struct json_object *group = js_get(message, "group"), *from = js_get(message, "from");
	struct place *p = place_of(t, js_int(message, "conv"));
	struct buf label = {0};

	if (p != NULL)
		return p;
	if (group != NULL)
		buf_addf(&label, "#%s", js_str(group, "name"));
	else
		buf_adds(&label, js_str(js_int(from, "id") == t->me ? js_get(message, "to") : from, "name"));
	p = place_named(t, buf_str(&label));
	p->conv = js_int(message, "conv");
	buf_free(&label);
	return p;
}

int
places_unread(const struct talk *t)
{
	int n = 0;

	for (const struct place *p = t->places; p != NULL; p = p->next)
		n += p->unread;
	return n;
}

void
talk_free(struct talk *t)
{
	while (t->places != NULL) {
		struct place *p = t->places;

		t->places = p->next;
		free(p->label);
		free(p);
	}
	follow_free(&t->follow);
	client_leave(&t->c);
	json_object_put(t->names);
	json_object_put(t->hello);
	buf_free(&t->out);
	free(t->name);
}
