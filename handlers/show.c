/* SPDX-License-Identifier: ISC */
/* show - what several operations write or tell alike. */
#include <stdio.h>
#include <time.h>

#include "db/friend.h"
#include "db/group.h"
#include "session/deliver.h"
#include "session/event.h"
#include "handlers/handlers.h"

void
show_now(struct buf *b, const char *key)
{
	char text[48];
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%06ldZ", ts.tv_nsec / 1000);
	jw_str(b, key, text);
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

enum error
show_friends(struct conn *c, struct buf *b)
{
	struct friend_row f;
	enum error e = db_friend_list(c->db, c->user);

	if (e != E_OK)
		return e;
	jw_open(b, "friends", '[');
	while (db_friend_next(c->db, &f))
		show_friend(b, NULL, &f);
	jw_close(b, ']');
	return E_OK;
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

enum error
show_groups(struct conn *c, struct buf *b)
{
	struct group_row g;
	enum error e = db_group_list(c->db, c->user);

	if (e != E_OK)
		return e;
	jw_open(b, "groups", '[');
	while (db_group_next(c->db, &g))
		show_group(b, NULL, &g);
	jw_close(b, ']');
	return E_OK;
}

/* To all who may see it but the session `but`. Returns whether the conversation is a group. */
static bool
publish(struct conn *c, int64_t conv, int64_t seq, int64_t gone, int64_t but)
{
	struct entry e;
	struct buf records = {0};

	if (db_message_entry(c->db, conv, seq, &e) != E_OK)
		return false; /* the members learn of it from the next entry, or by their sweep */
	record_entry(&records, &e, but, gone);
	if (e.is_group) {
		conn_publish(c, BUS_GROUP, conv, &records);
	} else {
		conn_publish(c, BUS_USER, e.to_id, &records);
		conn_publish(c, BUS_USER, c->user, &records);
	}
	buf_free(&records);
	return e.is_group;
}

void
publish_entry(struct conn *c, int64_t conv, int64_t seq, int64_t gone)
{
	publish(c, conv, seq, gone, 0);
}

void
answer_change(struct conn *c, struct req *rq, int64_t conv, const struct change *ch)
{
	int64_t seq = ch->seq;
	bool dup = ch->dup, group;

	jw_int(&rq->body, "conv", conv);
	jw_int(&rq->body, "seq", seq);
	jw_str(&rq->body, "at", ch->at);
	if (dup)
		jw_bool(&rq->body, "dup", true);
	group = publish(c, conv, seq, 0, c->session);
	if (!dup)
		deliver_own(c, conv, group, seq, seq);
}

void
tell_revoked(struct conn *c, int64_t device)
{
	struct buf records = {0};

	record_revoke(&records, c->session, device);
	conn_publish(c, BUS_USER, c->user, &records);
	buf_free(&records);
}

void
tell_membership(struct conn *c, int64_t user, const struct group_row *g, bool joined)
{
	struct buf line = {0}, records = {0};

	event_begin(&line, joined ? "group_joined" : "group_left");
	jw_named(&line, "group", g->id, g->name);
	event_end(&line);
	record_member(&records, c->session, g->id);
	record_event(&records, c->session, &line);
	conn_publish(c, BUS_USER, user, &records);
	buf_free(&line);
	buf_free(&records);
}
