/* SPDX-License-Identifier: ISC */
/* slash_friend - the commands about people: add, remove, block, unblock, who, friends. */
#include "client/slash.h"
#include "lib/jw.h"

static void
about_user(struct talk *t, const char *op, char *rest, const char *said)
{
	const char *name = slash_take_name(t, &rest, false);
	struct buf b;

	if (name == NULL) {
		talk_warn(t, "whom?");
		return;
	}
	b = request(op);
	jw_str(&b, "user", name);
	deed_said(t, &b, name, said);
}

void
slash_add(struct talk *t, char *rest)
{
	about_user(t, "friend_add", rest, " is on your list of friends");
}

void
slash_remove(struct talk *t, char *rest)
{
	about_user(t, "friend_remove", rest, " is no longer on your list of friends");
}

void
slash_block(struct talk *t, char *rest)
{
	about_user(t, "block", rest, " can no longer write to you");
}

void
slash_unblock(struct talk *t, char *rest)
{
	about_user(t, "unblock", rest, " may write to you again");
}

void
slash_who(struct talk *t, char *rest)
{
	struct buf b = request("friends");

	(void)rest;
	deed_rows(t, &b, "friends", show_online);
}

void
slash_friends(struct talk *t, char *rest)
{
	struct buf b = request("friends");

	(void)rest;
	deed_rows(t, &b, "friends", show_friend);
}
