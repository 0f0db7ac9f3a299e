/* SPDX-License-Identifier: ISC */
#include "handlers/sight.h"

#include "lib/jw.h"
#include "session/tell.h"

enum error
want_sight(struct session *s, struct req *rq, struct sight *was)
{
	const char *name;
	int64_t id;
	enum error e = want_who(rq, "user", &name, &id);

	return e != E_OK ? e : db_sight(s->db, s->user, name, id, was);
}

void
sight_changed(struct session *s, const struct sight *was)
{
	struct sight is;

	if (db_sight(s->db, s->user, NULL, was->id, &is) != E_OK)
		return; /* their lists show it */
	if (is.lists && is.shown != was->shown)
		tell_presence(s, is.id, is.shown);
	if (is.seen != was->seen)
		tell_seen(s, is.id, is.name, is.seen);
}

enum error
sight_change(struct session *s, struct req *rq, sight_fn *fn)
{
	struct friend_row f;
	struct sight was;
	enum error e;

	if ((e = want_sight(s, rq, &was)) != E_OK || (e = fn(s->db, s->user, NULL, was.id, &f)) != E_OK)
		return e;
	jw_named(&rq->body, "user", f.id, f.name);
	sight_changed(s, &was);
	return E_OK;
}

void
sight_joined(struct session *s, int64_t user, int64_t group, bool joined)
{
	if (db_group_sight(s->db, user, group, joined) == E_OK)
		tell_sight(s, joined);
}
