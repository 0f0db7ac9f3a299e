/* SPDX-License-Identifier: ISC */
#include "handlers/show.h"

#include <time.h>

#include "lib/clock.h"
#include "session/deliver.h"
#include "session/event.h"
#include "session/tell.h"

void
show_now(struct buf *b, const char *key)
{
	char text[CLOCK_TEXT];
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	clock_text(text, (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	jw_str(b, key, text);
}

void
show_message(struct buf *b, const struct entry *e)
{
	jw_open(b, NULL, '{');
	event_message(b, e);
	jw_close(b, '}');
}

void
show_friend(struct buf *b, const char *key, const struct friend_row *f)
{
	jw_open(b, key, '{');
	jw_int(b, "id", f->id);
	jw_str(b, "name", f->name);
	jw_str(b, "state", f->online ? "online" : "offline");
	jw_bool(b, "mutual", f->mutual);
	jw_close(b, '}');
}

void
show_friends(struct session *s, struct buf *b, struct page *p)
{
	struct friend_row f;
	size_t begun;

	jw_open(b, "friends", '[');
	do {
		begun = buf_len(b);
		if (!db_friend_next(s->db, &f))
			break;
		show_friend(b, NULL, &f);
	} while (page_row(p, b, begun, (const int64_t[3]){f.id}));
	jw_close(b, ']');
}

void
show_group(struct buf *b, const char *key, const struct group_row *g)
{
	jw_open(b, key, '{');
	jw_int(b, "id", g->id);
	jw_str(b, "name", g->name);
	jw_str(b, "description", g->description);
	jw_str(b, "role", g->role);
	jw_int(b, "last_seq", g->last_seq);
	jw_str(b, "join", g->join);
	jw_str(b, "history", g->history);
	jw_close(b, '}');
}

void
show_groups(struct session *s, struct buf *b, struct page *p)
{
	struct group_row g;
	size_t begun;

	jw_open(b, "groups", '[');
	do {
		begun = buf_len(b);
		if (!db_group_next(s->db, &g))
			break;
		show_group(b, NULL, &g);
	} while (page_row(p, b, begun, (const int64_t[3]){g.id}));
	jw_close(b, ']');
}

void
show_people(struct session *s, struct buf *b, const char *key, struct page *p)
{
	struct friend_row f;
	size_t begun;

	jw_open(b, key, '[');
	do {
		begun = buf_len(b);
		if (!db_friend_request_next(s->db, &f))
			break;
		jw_named(b, NULL, f.id, f.name);
	} while (page_row(p, b, begun, (const int64_t[3]){f.id}));
	jw_close(b, ']');
}

void
show_invitations(struct session *s, struct buf *b)
{
	struct invitation_row i;
	int n = 0;

	jw_open(b, "invitations", '[');
	for (; n < INVITATIONS && db_invitation_next(s->db, &i); n++) {
		jw_open(b, NULL, '{');
		jw_named(b, "group", i.group, i.group_name);
		jw_named(b, "user", i.user, i.user_name);
		jw_close(b, '}');
	}
	jw_close(b, ']');
	if (n == INVITATIONS && db_invitation_next(s->db, &i))
		jw_bool(b, "invitations_more", true);
}

void
show_change(struct session *s, struct buf *b, int64_t conv, const struct change *ch)
{
	bool group;

	jw_int(b, "conv", conv);
	jw_int(b, "seq", ch->seq);
	jw_str(b, "at", ch->at);
	if (ch->dup)
		jw_bool(b, "dup", true);
	group = tell_change(s, conv, ch->seq);
	if (!ch->dup)
		deliver_own(s, conv, group, ch->seq, ch->seq);
}
