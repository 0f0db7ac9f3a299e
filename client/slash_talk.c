/* SPDX-License-Identifier: ISC */
/* slash_talk - the commands about what is said: msg, group, history, search, unread, edit, delete. */
#include <stdlib.h>

#include "client/cid.h"
#include "client/slash.h"
#include "lib/jw.h"

static void
go_and_say(struct talk *t, char *rest, bool group)
{
	const char *name = slash_take_name(t, &rest, group);
	struct buf label = {0};

	if (name == NULL) {
		talk_warn(t, group ? "which group?" : "whom?");
		return;
	}
	if (!group && *name == '#') {
		group = true;
		name++;
	}
	buf_addf(&label, "%s%s", group ? "#" : "", name);
	talk_go(t, place_named(&t->places, buf_str(&label)));
	buf_free(&label);
	if (*rest != '\0')
		say_text(t, t->here, rest);
}

void
slash_msg(struct talk *t, char *rest)
{
	go_and_say(t, rest, false);
}

void
slash_group(struct talk *t, char *rest)
{
	go_and_say(t, rest, true);
}

void
slash_unread(struct talk *t, char *rest)
{
	struct buf b = request("convs");

	(void)rest;
	deed_rows(t, &b, "convs", show_unread);
}

void
slash_history(struct talk *t, char *rest)
{
	long n = strtol(rest, NULL, 10);
	struct buf b;

	if (t->here == NULL) {
		talk_warn(t, "of what? First /msg NAME or /group NAME");
		return;
	}
	b = request("history");
	target_write(&b, t->here->label);
	jw_int(&b, "limit", n > 0 && n <= 200 ? n : 20);
	deed_rows(t, &b, "messages", NULL);
}

void
slash_search(struct talk *t, char *rest)
{
	struct buf b;

	if (*rest == '\0') {
		talk_warn(t, "for what?");
		return;
	}
	b = request("search");
	jw_str(&b, "text", rest);
	jw_int(&b, "limit", 20);
	deed_rows(t, &b, "messages", NULL);
}

/* My last entry here. NULL: complained. */
static struct place *
last_own(struct talk *t)
{
	if (t->here != NULL && t->here->own > 0)
		return t->here;
	talk_warn(t, "you have said nothing here since you came");
	return NULL;
}

static void
change_own(struct talk *t, const char *op, const char *text, const char *said)
{
	struct place *p = last_own(t);
	char cid[CID_SIZE];
	struct buf b;

	if (p == NULL)
		return;
	cid_make(cid);
	b = request(op);
	jw_int(&b, "conv", p->conv);
	jw_int(&b, "seq", p->own);
	jw_str(&b, "cid", cid);
	if (text != NULL)
		jw_str(&b, "text", text);
	deed_said(t, &b, "", said);
}

void
slash_edit(struct talk *t, char *rest)
{
	if (*rest == '\0')
		talk_warn(t, "what shall it say?");
	else
		change_own(t, "edit", rest, "edited");
}

void
slash_delete(struct talk *t, char *rest)
{
	(void)rest;
	change_own(t, "delete", NULL, "deleted");
}
