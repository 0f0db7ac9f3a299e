/* SPDX-License-Identifier: ISC */
#include "client/place.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/js.h"
#include "lib/buf.h"
#include "lib/mem.h"

struct place *
place_named(struct places *all, const char *label)
{
	struct place **p = &all->first;

	for (; *p != NULL; p = &(*p)->next)
		if (strcasecmp((*p)->label, label) == 0)
			return *p;
	*p = mem_alloc(sizeof(**p));
	(*p)->label = mem_strdup(label);
	return *p;
}

struct place *
place_of(const struct places *all, int64_t conv)
{
	for (struct place *p = all->first; p != NULL; p = p->next)
		if (p->conv == conv)
			return p;
	return NULL;
}

struct place *
place_of_message(struct places *all, struct json_object *message, int64_t me)
{
	struct json_object *group = js_get(message, "group"), *from = js_get(message, "from");
	struct place *p = place_of(all, js_int(message, "conv"));
	struct buf label = {0};

	if (p != NULL)
		return p;
	if (group != NULL)
		buf_addf(&label, "#%s", js_str(group, "name"));
	else
		buf_adds(&label, js_str(js_int(from, "id") == me ? js_get(message, "to") : from, "name"));
	p = place_named(all, buf_str(&label));
	p->conv = js_int(message, "conv");
	buf_free(&label);
	return p;
}

int
places_unread(const struct places *all)
{
	int n = 0;

	for (const struct place *p = all->first; p != NULL; p = p->next)
		n += p->unread;
	return n;
}

void
places_free(struct places *all)
{
	while (all->first != NULL) {
		struct place *p = all->first;

		all->first = p->next;
		free(p->label);
		free(p);
	}
}
