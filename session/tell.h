/* SPDX-License-Identifier: ISC */
/*
 * tell - who hears what: for everything that one session tells others, the channel, the
 * event's name and its fields. Best effort, over the bus alone: what must not be lost is
 * in PostgreSQL before.
 */
#ifndef TELL_H
#define TELL_H

#include "db/group.h"
#include "db/turn.h"
#include "session/session.h"

/* That a user came or went, to those whom the database just named (db_fan_next). session 0: a node tells it. */
void tell_fans(struct db *db, struct bus *bus, int64_t session, bool online);
/* The same, where the session's own user may be among them. */
void tell_sight(struct session *s, bool online);
/* That I came or went, to one user alone: after unblocking or blocking. */
void tell_presence(struct session *s, int64_t user, bool online);

/* To my sessions: for me that user came or went. */
void tell_seen(struct session *s, int64_t user, const char *name, bool online);

/* Texts just stored, n of them in order, to whoever else may see them. */
void tell_sent(struct session *s, const struct sent *sent, const struct send_item *const items[], size_t n);
/*
 * Entry seq of a group, which was just stored, to its members, this session among
 * them. gone: the user whose membership ends with it, or 0.
 */
void tell_entry(struct session *s, int64_t conv, int64_t seq, int64_t gone);
/* The entry of an edit or a deletion, to all but this session. Returns whether the conversation is a group. */
bool tell_change(struct session *s, int64_t conv, int64_t seq);

/* To the sender: everything up to an entry has arrived. session 0: a node tells it. */
void tell_delivered(struct bus *bus, int64_t session, const struct arrived *a);
/* To my other devices and to peer, unless 0. */
void tell_read(struct session *s, int64_t conv, int64_t seq, int64_t peer);
/* To peer, or if that is 0 to the group conv. */
void tell_typing(struct session *s, int64_t conv, int64_t peer);

/* To one whom I have put on my list. */
void tell_friend_request(struct session *s, int64_t user);
/* To both: each now has the other. */
void tell_friend_accepted(struct session *s, int64_t user, const char *name);

/* To a user whom I invite. */
void tell_invited(struct session *s, int64_t user, int64_t group, const char *name);
/* To a user's other sessions: the user is in the group now, or not any more. */
void tell_membership(struct session *s, int64_t user, int64_t group, const char *name, bool joined);

/* To my other sessions: this one has the device now; a device was revoked. */
void tell_replaced(struct session *s);
void tell_revoked(struct session *s, int64_t device);

/* What an administrator's function wants to be published: an event to a user or a group, or an entry of a group. */
void tell_letter(struct db *db, struct bus *bus, const struct letter *l);

#endif
