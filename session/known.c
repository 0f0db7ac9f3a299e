/* SPDX-License-Identifier: ISC */
#include "session/known.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#define KNOWN 8 /* more at a time take turns */

struct known {
	struct one {
		struct target asked;
		int64_t conv; /* 0: free */
		char *name;
		bool group;
	} all[KNOWN];
	size_t next;
};

static bool
is_same(const struct target *a, const struct target *b)
{
	return a->conv == b->conv && a->id == b->id && a->group == b->group && (a->name == NULL) == (b->name == NULL) &&
	       (a->name == NULL || strcmp(a->name, b->name) == 0);
}

static struct one *
find(const struct session *s, const struct target *asked)
{
	for (size_t i = 0; s->known != NULL && i < KNOWN; i++)
		if (s->known->all[i].conv != 0 && is_same(&s->known->all[i].asked, asked))
			return &s->known->all[i];
	return NULL;
}

static void
clear(struct one *one)
{
	free((char *)one->asked.name);
	free(one->name);
	*one = (struct one){0};
}

bool
known_target(const struct session *s, struct target *to)
{
	const struct one *one = find(s, to);

	if (one != NULL)
		*to = (struct target){.conv = one->conv, .name = one->name, .group = one->group};
	return one != NULL;
}

void
known_learn(struct session *s, const struct target *asked, const struct sent *sent)
{
	struct one *one;

	if (find(s, asked) != NULL || sent->to_name == NULL)
		return;
	if (s->known == NULL)
		s->known = mem_alloc(sizeof(*s->known));
	one = &s->known->all[s->known->next++ % KNOWN];
	clear(one);
	*one = (struct one){
	    .asked = *asked, .conv = sent->conv, .name = mem_strdup(sent->to_name), .group = sent->is_group};
	one->asked.name = asked->name != NULL ? mem_strdup(asked->name) : NULL;
}

void
known_forget(struct session *s, const struct target *asked)
{
	struct one *one = find(s, asked);

	if (one != NULL)
		clear(one);
}

void
known_free(struct session *s)
{
	for (size_t i = 0; s->known != NULL && i < KNOWN; i++)
		clear(&s->known->all[i]);
	free(s->known);
	s->known = NULL;
}
