/* SPDX-License-Identifier: ISC */
#include "session/tell.h"

#include <string.h>

#include "session/budget.h"
#include "session/memo.h"
#include "session/record.h"

#define PUBLISH_MAX (256 * 1024) /* Redis ends a subscriber that is some megabytes behind */

static void
publish(struct bus *bus, enum bus_kind kind, int64_t id, struct buf *records)
{
	bus_publish(bus, kind, id, buf_data(records), buf_len(records));
	buf_cut(records, 0);
}

static void
add_event(struct buf *records, int64_t session, const struct event *e)
{
	struct buf line = {0};

	event_line(&line, e);
	record_event(records, session, &line);
	buf_free(&line);
}

/* An event to one user, or to all members of a group. */
static void
tell(struct session *s, enum bus_kind kind, int64_t id, const struct event *e)
{
	struct buf records = {0};

	add_event(&records, s->id, e);
	publish(s->bus, kind, id, &records);
	buf_free(&records);
}

void
tell_fans(struct db *db, struct bus *bus, int64_t session, bool online)
{
	struct buf records = {0};
	struct fan f;

	while (db_fan_next(db, &f)) {
		add_event(&records, session, &(struct event){.kind = EVENT_PRESENCE, .user = f.user, .user_name = f.user_name,
		    .word = online ? "online" : "offline"});
		publish(bus, BUS_USER, f.id, &records);
	}
	buf_free(&records);
}

void
tell_presence(struct session *s, int64_t user, bool online)
{
	tell(s, BUS_USER, user, &(struct event){.kind = EVENT_PRESENCE, .user = s->user, .user_name = s->name,
	    .word = online ? "online" : "offline"});
}

void
tell_seen(struct session *s, int64_t user, const char *name, bool online)
{
	const struct event e = {
	    .kind = EVENT_PRESENCE, .user = user, .user_name = name, .word = online ? "online" : "offline"};

	session_event(s, &e);
	tell(s, BUS_USER, s->user, &e);
}

void
tell_sight(struct session *s, bool online)
{
	struct fan f;

	while (db_fan_next(s->db, &f))
		if (f.id == s->user)
			tell_seen(s, f.user, f.user_name, online);
		else
			tell(s, BUS_USER, f.id, &(struct event){.kind = EVENT_PRESENCE, .user = f.user, .user_name = f.user_name,
			    .word = online ? "online" : "offline"});
}

/* Entries */

static void
publish_sent(struct session *s, const struct sent *sent, struct buf *records)
{
	size_t n = buf_len(records);

	bus_publish(s->bus, sent->is_group ? BUS_GROUP : BUS_USER, sent->to_id, buf_data(records), n);
	if (!sent->is_group && sent->elsewhere)
		bus_publish(s->bus, BUS_USER, s->user, buf_data(records), n);
	buf_cut(records, 0);
}

void
tell_sent(struct session *s, const struct sent *sent, const struct send_item *const items[], size_t n)
{
	struct buf records = {0};

	for (size_t i = 0; i < n; i++) {
		struct entry e = {.conv = sent->conv, .seq = items[i]->seq, .kind = "text", .from_id = s->user,
		    .from_name = s->name, .text = items[i]->text, .cid = items[i]->cid, .at = items[i]->at,
		    .is_group = sent->is_group, .to_id = sent->to_id, .to_name = sent->to_name};

		record_entry(&records, &e, s->id, 0);
		if (i + 1 == n || buf_len(&records) >= PUBLISH_MAX)
			publish_sent(s, sent, &records);
	}
	buf_free(&records);
}

/* To all who may see it but the session `but`. Returns whether the conversation is a group. */
static bool
tell_stored(struct db *db, struct bus *bus, int64_t conv, int64_t seq, int64_t gone, int64_t but)
{
	struct buf records = {0};
	struct entry e;

	if (db_message_entry(db, conv, seq, &e) != E_OK)
		return false; /* the members learn of it from the next entry, or by their sweep */
	record_entry(&records, &e, but, gone);
	if (!e.is_group)
		bus_publish(bus, BUS_USER, e.to_id, buf_data(&records), buf_len(&records));
	publish(bus, e.is_group ? BUS_GROUP : BUS_USER, e.is_group ? conv : e.from_id, &records);
	buf_free(&records);
	return e.is_group;
}

void
tell_entry(struct session *s, int64_t conv, int64_t seq, int64_t gone)
{
	tell_stored(s->db, s->bus, conv, seq, gone, 0);
}

bool
tell_change(struct session *s, int64_t conv, int64_t seq)
{
	return tell_stored(s->db, s->bus, conv, seq, 0, s->id);
}

void
tell_delivered(struct bus *bus, int64_t session, const struct arrived *a)
{
	struct buf records = {0};

	add_event(&records, session, &(struct event){.kind = EVENT_DELIVERED, .conv = a->conv, .seq = a->seq, .user = a->user,
	    .user_name = a->user_name});
	publish(bus, BUS_USER, a->peer, &records);
	buf_free(&records);
}

void
tell_read(struct session *s, int64_t conv, int64_t seq, int64_t peer)
{
	const struct event e = {
	    .kind = EVENT_READ, .conv = conv, .seq = seq, .user = s->user, .user_name = s->name};

	tell(s, BUS_USER, s->user, &e);
	if (peer != 0)
		tell(s, BUS_USER, peer, &e);
}

void
tell_typing(struct session *s, int64_t conv, int64_t peer)
{
	/* In one place, one a second and a few at once: it costs the sender little, and each member of a group something. */
	static const struct rate often = {1000000, 5};
	int64_t wait;

	if (!budget_take(&memo_find('y', (uint64_t)s->user, (uint64_t)conv)->until, &often, 1, &wait))
		return;
	tell(s, peer != 0 ? BUS_USER : BUS_GROUP, peer != 0 ? peer : conv,
	    &(struct event){.kind = EVENT_TYPING, .conv = conv, .user = s->user, .user_name = s->name});
}

/* People and groups */

void
tell_friend_request(struct session *s, int64_t user)
{
	tell(s, BUS_USER, user, &(struct event){.kind = EVENT_FRIEND_REQUEST, .user = s->user, .user_name = s->name});
}

void
tell_friend_accepted(struct session *s, int64_t user, const char *name)
{
	const struct event mine = {.kind = EVENT_FRIEND_ACCEPTED, .user = user, .user_name = name};

	tell(s, BUS_USER, user, &(struct event){.kind = EVENT_FRIEND_ACCEPTED, .user = s->user, .user_name = s->name});
	session_event(s, &mine);
	tell(s, BUS_USER, s->user, &mine);
}

void
tell_invited(struct session *s, int64_t user, int64_t group, const char *name)
{
	tell(s, BUS_USER, user, &(struct event){.kind = EVENT_GROUP_INVITED, .group = group, .group_name = name,
	    .user = s->user, .user_name = s->name});
}

void
tell_membership(struct session *s, int64_t user, int64_t group, const char *name, bool joined)
{
	struct buf records = {0};

	record_member(&records, s->id, group);
	add_event(&records, s->id, &(struct event){.kind = joined ? EVENT_GROUP_JOINED : EVENT_GROUP_LEFT, .group = group,
	    .group_name = name});
	publish(s->bus, BUS_USER, user, &records);
	buf_free(&records);
}

void
tell_replaced(struct session *s)
{
	struct buf records = {0};

	record_replace(&records, s->id, s->device);
	publish(s->bus, BUS_USER, s->user, &records);
	buf_free(&records);
}

void
tell_revoked(struct session *s, int64_t device)
{
	struct buf records = {0};

	record_revoke(&records, s->id, device);
	publish(s->bus, BUS_USER, s->user, &records);
	buf_free(&records);
}

/* By a node */

void
tell_letter(struct db *db, struct bus *bus, const struct letter *l)
{
	struct buf records = {0}, line = {0};

	if (strcmp(l->what, "entry") == 0) {
		tell_stored(db, bus, l->conv, l->seq, l->user, 0);
		return;
	}
	buf_adds(&line, l->line);
	buf_addc(&line, '\n');
	if (l->user != 0 && l->conv != 0)
		record_member(&records, 0, l->conv);
	record_event(&records, 0, &line);
	publish(bus, l->user != 0 ? BUS_USER : BUS_GROUP, l->user != 0 ? l->user : l->conv, &records);
	buf_free(&records);
	buf_free(&line);
}
