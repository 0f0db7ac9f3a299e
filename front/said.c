/* SPDX-License-Identifier: ISC */
#include "front/said.h"

#include <json-c/json.h>

static struct json_object *
member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

void
said_open(struct said *s, const struct event *e)
{
	struct json_object *o, *from, *group, *to;

	*s = (struct said){.json = NULL};
	if (e->entry != NULL) {
		s->entry = *e->entry;
		return;
	}
	s->json = o = json_tokener_parse(e->line);
	from = member(o, "from");
	group = member(o, "group");
	to = group != NULL ? group : member(o, "to");
	s->entry = (struct entry){
	    .conv = json_object_get_int64(member(o, "conv")),
	    .seq = json_object_get_int64(member(o, "seq")),
	    .kind = json_object_get_string(member(o, "kind")),
	    .from_id = json_object_get_int64(member(from, "id")),
	    .from_name = json_object_get_string(member(from, "name")),
	    .text = json_object_get_string(member(o, "text")),
	    .at = json_object_get_string(member(o, "at")),
	    .is_group = group != NULL,
	    .to_id = json_object_get_int64(member(to, "id")),
	    .to_name = json_object_get_string(member(to, "name")),
	};
}

void
said_close(struct said *s)
{
	json_object_put(s->json);
}
