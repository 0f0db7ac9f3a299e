/* SPDX-License-Identifier: ISC */
/*
 * group_invite, group_kick, group_ban, group_unban, group_role - what admins and the creator do with others.
 *
 *	{"op":"group_kick","group":"team","user":"bob"}
 *	{"op":"group_role","group":"team","user":"bob","role":"admin"}
 *	{"ok":true,"group":{"id":3,"name":"team"},"user":{"id":8,"name":"bob"}}
 *
 * The invited user's sessions get {"ev":"group_invited","group":{…},"user":{who invited}}.
 */
#include "db/group.h"
#include "handlers/ops.h"
#include "handlers/sight.h"
#include "lib/jw.h"
#include "session/tell.h"

static enum error
want_member(struct req *rq, struct member_of *who)
{
	enum error e = want_who(rq, "group", &who->group, &who->group_id);

	return e != E_OK ? e : want_who(rq, "user", &who->user, &who->user_id);
}

/* The answer, and what others are to know. */
static void
govern_done(struct session *s, struct req *rq, const struct governed *g, bool put_out)
{
	jw_named(&rq->body, "group", g->id, g->name);
	jw_named(&rq->body, "user", g->user, g->user_name);
	if (g->seq == 0)
		return;
	if (put_out)
		tell_membership(s, g->user, g->id, g->name, false);
	tell_entry(s, g->id, g->seq, put_out ? g->user : 0);
	if (put_out)
		sight_joined(s, g->user, g->id, false);
}

enum error
op_group_invite(struct session *s, struct req *rq)
{
	struct member_of who;
	struct governed g;
	bool invited;
	enum error e;

	if ((e = want_member(rq, &who)) != E_OK || (e = db_group_invite(s->db, s->user, &who, &g, &invited)) != E_OK)
		return e;
	if (invited)
		tell_invited(s, g.user, g.id, g.name);
	govern_done(s, rq, &g, false);
	return E_OK;
}

typedef enum error govern_fn(struct db *, int64_t, const struct member_of *, struct governed *);

static enum error
govern(struct session *s, struct req *rq, govern_fn *fn, bool put_out)
{
	struct member_of who;
	struct governed g;
	enum error e;

	if ((e = want_member(rq, &who)) != E_OK || (e = fn(s->db, s->user, &who, &g)) != E_OK)
		return e;
	govern_done(s, rq, &g, put_out);
	return E_OK;
}

enum error
op_group_kick(struct session *s, struct req *rq)
{
	return govern(s, rq, db_group_kick, true);
}

enum error
op_group_ban(struct session *s, struct req *rq)
{
	return govern(s, rq, db_group_ban, true);
}

enum error
op_group_unban(struct session *s, struct req *rq)
{
	return govern(s, rq, db_group_unban, false);
}

enum error
op_group_role(struct session *s, struct req *rq)
{
	const char *role = NULL;
	struct member_of who;
	struct governed g;
	enum error e;

	if ((e = want_member(rq, &who)) != E_OK || (e = may_word(rq, "role", "admin normal creator", &role)) != E_OK)
		return e;
	if (role == NULL)
		return refuse(rq, E_BAD_REQUEST, "role: admin, normal or creator is wanted");
	if ((e = db_group_role(s->db, s->user, &who, role, &g)) != E_OK)
		return e;
	govern_done(s, rq, &g, false);
	return E_OK;
}
