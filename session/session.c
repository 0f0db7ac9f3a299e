/* SPDX-License-Identifier: ISC */
#include "session/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/counts.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/title.h"

void
session_init(struct session *s, const struct node *node, const struct viewer *viewer, void *view, const char *addr,
    int64_t child)
{
	char app[80];

	snprintf(app, sizeof(app), "chatd/%s", node->name);
	*s = (struct session){.node = node, .viewer = viewer, .view = view, .source = node->source, .db = db_new(node->db, app)};
	db_dial_in(node->dialing, s->source);
	db_prepare(s->db, strcmp(node->db_prepare, "auto") == 0);
	s->place = (struct place){
	    .node = node->name, .boot = node->boot, .child = child, .pid = (int)getpid(), .addr = addr};
}

void
session_free(struct session *s)
{
	db_close(&s->db);
}

bool
session_is_on(const struct session *s)
{
	return s->user != 0;
}

void
session_named(struct session *s, const char *name)
{
	free(s->name);
	s->name = mem_strdup(name);
	log_user(name);
	title_set("%s %s", name, s->place.addr);
}

void
session_event(struct session *s, const struct event *e)
{
	if (e->kind == EVENT_MESSAGE)
		count(C_DELIVERED);
	s->viewer->event(s->view, e);
}

bool
session_has_room(const struct session *s)
{
	return s->viewer->has_room(s->view);
}

bool
session_is_gone(const struct session *s)
{
	return s->viewer->is_gone(s->view);
}

void
session_bye(struct session *s, const char *reason)
{
	s->viewer->bye(s->view, reason);
}
