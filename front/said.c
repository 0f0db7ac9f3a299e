/* SPDX-License-Identifier: ISC */
#include "front/said.h"

#include <json-c/json.h>

#include "lib/mem.h"
#include "lib/utf8.h"
#include "session/limits.h"

#define NAME_BYTES 200 /* 50 characters */

static struct json_object *
member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

/* A string of at most max bytes of UTF-8; NULL: it is none. Redis may bring anything. */
static const char *
text_of(struct json_object *o, const char *key, size_t max)
{
	struct json_object *v = member(o, key);
	size_t n = json_object_is_type(v, json_type_string) ? (size_t)json_object_get_string_len(v) : 0;

	if (v == NULL || !json_object_is_type(v, json_type_string) || n > max || utf8_count(json_object_get_string(v), n) < 0)
		return NULL;
	return json_object_get_string(v);
}

static struct json_object *
parse(const char *line, size_t n)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *o = json_tokener_parse_ex(tokener, line, (int)n);

	json_tokener_free(tokener);
	return o;
}

bool
said_open(struct said *s, const struct event *e)
{
	struct json_object *o, *from, *group, *to;

	*s = (struct said){.json = NULL};
	if (e->entry != NULL) {
		s->entry = *e->entry;
		return true;
	}
	s->json = o = parse(e->line, e->len);
	from = member(o, "from");
	group = member(o, "group");
	to = group != NULL ? group : member(o, "to");
	s->entry = (struct entry){
	    .conv = json_object_get_int64(member(o, "conv")),
	    .seq = json_object_get_int64(member(o, "seq")),
	    .kind = text_of(o, "kind", NAME_BYTES),
	    .from_id = json_object_get_int64(member(from, "id")),
	    .from_name = text_of(from, "name", NAME_BYTES),
	    .text = text_of(o, "text", TEXT_MAX),
	    .at = text_of(o, "at", NAME_BYTES),
	    .is_group = group != NULL,
	    .to_id = json_object_get_int64(member(to, "id")),
	    .to_name = text_of(to, "name", NAME_BYTES),
	};
	if (s->entry.kind != NULL && s->entry.from_name != NULL && s->entry.text != NULL && s->entry.at != NULL)
		return true;
	said_close(s);
	return false;
}

void
said_close(struct said *s)
{
	json_object_put(s->json);
}

char *
said_announced(const struct event *e)
{
	struct json_object *o = parse(e->line, e->len);
	const char *text = text_of(o, "text", TEXT_MAX);
	char *copy = text != NULL && text[0] != '\0' ? mem_strdup(text) : NULL;

	json_object_put(o);
	return copy;
}
