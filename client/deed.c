/* SPDX-License-Identifier: ISC */
#include "client/deed.h"

#include <stdlib.h>

#include "client/js.h"
#include "lib/mem.h"

static void
deed_remove(struct deed *d)
{
	struct deed **p = &d->t->deeds;

	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
	free(d->said);
	free(d->go);
	free(d);
}

void
deed_free(struct talk *t)
{
	while (t->deeds != NULL)
		deed_remove(t->deeds);
}

static void
show_rows(struct talk *t, const struct deed *d, struct json_object *reply)
{
	size_t before = buf_len(&t->out);

	for (size_t i = 0; i < js_len(reply, d->rows); i++) {
		size_t begun = buf_len(&t->out);

		if (d->show == NULL) {
			hear_message(t, js_at(reply, d->rows, i));
			continue;
		}
		buf_adds(&t->out, "  ");
		d->show(&t->out, js_at(reply, d->rows, i));
		if (buf_len(&t->out) == begun + 2)
			buf_cut(&t->out, begun);
		else
			talk_line(t);
	}
	if (buf_len(&t->out) == before)
		talk_note(t, "none");
}

static void
on_answer(void *arg, struct json_object *reply, const char *line)
{
	struct deed *d = arg;
	struct talk *t = d->t;

	(void)line;
	if (!js_true(reply, "ok")) {
		talk_refused(t, reply);
	} else {
		if (d->rows != NULL)
			show_rows(t, d, reply);
		if (d->said != NULL)
			talk_note(t, "%s", d->said);
		if (d->go != NULL) {
			talk_learn(t, d->go + 1, true);
			talk_go(t, place_named(&t->places, d->go));
		}
	}
	deed_remove(d);
}

struct deed *
deed_ask(struct talk *t, struct buf *body, enum ask_how how)
{
	struct deed *d = mem_alloc(sizeof(*d));

	*d = (struct deed){.next = t->deeds, .t = t};
	t->deeds = d;
	session_ask(&t->c.session, body, how, on_answer, d);
	return d;
}

void
deed_rows(struct talk *t, struct buf *body, const char *rows, show_fn *show)
{
	struct deed *d = deed_ask(t, body, ASK_REPEATABLE);

	d->rows = rows;
	d->show = show;
}

void
deed_said(struct talk *t, struct buf *body, const char *name, const char *said)
{
	struct deed *d = deed_ask(t, body, ASK_REPEATABLE);
	struct buf b = {0};

	buf_addf(&b, "%s%s", name, said);
	d->said = mem_strdup(buf_str(&b));
	buf_free(&b);
}
