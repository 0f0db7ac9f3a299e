/* SPDX-License-Identifier: ISC */
/* slash_group - the commands about groups: create, join, leave, invite, kick, members, groups. */
#include <stdio.h>
#include <string.h>

#include "client/slash.h"
#include "lib/jw.h"
#include "lib/mem.h"

/* Asks op about a group; the caller says what shall happen then. */
static struct deed *
about_group(struct talk *t, const char *op, const char *name)
{
	struct buf b = request(op);

	jw_str(&b, "group", name);
	return deed_ask(t, &b, ASK_REPEATABLE);
}

/* `#name`, and what. Caller frees. */
static char *
labelled(const char *name, const char *what)
{
	size_t n = strlen(name) + strlen(what) + 2;
	char *s = mem_alloc(n);

	snprintf(s, n, "#%s%s", name, what);
	return s;
}

void
slash_create(struct talk *t, char *rest)
{
	const char *name = slash_take_name(t, &rest, true);
	struct buf b;

	if (name == NULL) {
		talk_warn(t, "what shall it be called?");
		return;
	}
	b = request("group_create");
	jw_str(&b, "name", name);
	if (*rest != '\0')
		jw_str(&b, "description", rest);
	deed_ask(t, &b, ASK_ONCE)->go = labelled(name, "");
}

void
slash_join(struct talk *t, char *rest)
{
	const char *name = slash_take_name(t, &rest, true);

	if (name == NULL)
		talk_warn(t, "which group?");
	else
		about_group(t, "group_join", name)->go = labelled(name, "");
}

void
slash_leave(struct talk *t, char *rest)
{
	const char *name = slash_group_meant(t, &rest);

	if (name != NULL)
		about_group(t, "group_leave", name)->said = labelled(name, ": left");
}

/* op about a user in the present group. */
static void
about_guest(struct talk *t, const char *op, char *rest, const char *said)
{
	const char *name = slash_take_name(t, &rest, false), *group;
	struct buf b;

	if (name == NULL) {
		talk_warn(t, "whom?");
		return;
	}
	group = slash_group_meant(t, &rest);
	if (group == NULL)
		return;
	b = request(op);
	jw_str(&b, "group", group);
	jw_str(&b, "user", name);
	deed_said(t, &b, name, said);
}

void
slash_invite(struct talk *t, char *rest)
{
	about_guest(t, "group_invite", rest, " is invited");
}

void
slash_kick(struct talk *t, char *rest)
{
	about_guest(t, "group_kick", rest, " is out");
}

void
slash_members(struct talk *t, char *rest)
{
	const char *group = slash_group_meant(t, &rest);
	struct buf b;

	if (group == NULL)
		return;
	b = request("group_members");
	jw_str(&b, "group", group);
	deed_rows(t, &b, "members", show_member_row);
}

void
slash_groups(struct talk *t, char *rest)
{
	struct buf b = request("groups");

	(void)rest;
	deed_rows(t, &b, "groups", show_group);
}
