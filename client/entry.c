/* SPDX-License-Identifier: ISC */
#include "client/entry.h"

#include <stdio.h>
#include <string.h>

#include "client/js.h"
#include "client/screen.h"
#include "client/show.h"
#include "lib/utf8.h"

#define KEY_MAX 24

/* What begins a line: its time, behind a line of the day if that is another than the last one's. */
static void
begin(struct talk *t, const char *at)
{
	struct buf day = {0};
	int now = *at != '\0' ? show_day(&day, at) : 0;

	if (now != 0 && now != t->day) {
		talk_note(t, "%s %s %s", screen_sign("──", "--"), buf_str(&day), screen_sign("──", "--"));
		t->day = now;
	}
	buf_free(&day);
	if (*at == '\0')
		return;
	buf_adds(&t->out, screen_style(STYLE_DIM));
	show_time(&t->out, at);
	buf_addf(&t->out, "%s ", screen_style(STYLE_PLAIN));
}

/* A key of p->said. */
static const char *
as_key(char key[KEY_MAX], int64_t seq)
{
	snprintf(key, KEY_MAX, "%lld", (long long)seq);
	return key;
}

static void
remember(struct place *p, int64_t seq, const char *at)
{
	char key[KEY_MAX];

	if (p->said == NULL)
		p->said = json_object_new_object();
	json_object_object_add(p->said, as_key(key, seq), json_object_new_string(at));
}

bool
entry_is_shown(const struct place *p, int64_t seq)
{
	char key[KEY_MAX];

	return js_get(p->said, as_key(key, seq)) != NULL;
}

/* When the entry that a change is about was said, if it is on the screen; else when it was changed. */
static const char *
said_at(const struct place *p, struct json_object *message)
{
	char key[KEY_MAX];
	const char *at = js_str(p->said, as_key(key, js_int(message, "ref")));

	return *at != '\0' ? at : js_str(message, "at");
}

/* sign: it is mine, on its way; NULL: as others see it. own: the number of my entry; 0: it has none. */
static void
add_entry(struct talk *t, struct place *p, const char *at, const char *sign, int64_t own, struct json_object *message)
{
	const char *act = show_is_act(message) ? "* " : "";
	bool mine = sign != NULL || js_int(js_get(message, "from"), "id") == t->me;

	begin(t, at);
	if (sign != NULL) {
		buf_addf(&t->out, "%s%s %s%s%s", screen_style(STYLE_DIM), sign, act, t->name, screen_style(STYLE_PLAIN));
	} else {
		buf_adds(&t->out, act);
		talk_name(t, message, "from");
	}
	if (p != t->here && (mine || *p->label == '#')) {
		buf_addf(&t->out, " %s ", screen_sign("→", "->"));
		utf8_safe(&t->out, p->label, strlen(p->label));
	}
	show_body(&t->out, message, true);
	if (own > 0)
		buf_addf(&t->out, "  %s@%d%s", screen_style(STYLE_DIM), place_number(p, own), screen_style(STYLE_PLAIN));
	talk_line(t);
}

void
entry_own(struct talk *t, struct place *p, const char *sign, int64_t seq, struct json_object *message)
{
	const char *at = seq > 0 ? said_at(p, message) : "";

	if (seq > 0 && js_get(message, "ref") == NULL)
		remember(p, seq, at);
	add_entry(t, p, at, sign, seq, message);
}

void
entry_show(struct talk *t, struct json_object *message)
{
	struct place *p = place_of_message(t, message);
	int64_t seq = js_int(message, "seq"), ref = js_int(message, "ref");
	bool text = js_is(message, "kind", "text") || ref > 0;
	bool mine = text && js_int(js_get(message, "from"), "id") == t->me;

	if (ref == 0)
		remember(p, seq, js_str(message, "at"));
	follow_outcome(&t->follow, message);
	if (mine && ref == 0 && seq > p->own)
		p->own = seq;
	add_entry(t, p, said_at(p, message), NULL, mine ? ref > 0 ? ref : seq : 0, message);
}
