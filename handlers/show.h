/* SPDX-License-Identifier: ISC */
/* show - what several replies write alike. */
#ifndef SHOW_H
#define SHOW_H

#include "db/friend.h"
#include "db/group.h"
#include "handlers/page.h"
#include "handlers/request.h"
#include "lib/jw.h"
#include "session/session.h"

/* The node's time. */
void show_now(struct buf *b, const char *key);
void show_message(struct buf *b, const struct entry *e);
void show_friend(struct buf *b, const char *key, const struct friend_row *f);
void show_group(struct buf *b, const char *key, const struct group_row *g);
/* The lists that the newest call of the database has brought, as far as the page goes. */
void show_friends(struct session *s, struct buf *b, struct page *p);
void show_groups(struct session *s, struct buf *b, struct page *p);
/* Users with nothing but their names. */
void show_people(struct session *s, struct buf *b, const char *key, struct page *p);
void show_invitations(struct session *s, struct buf *b);
/* edit, delete: the answer, and others learn what was stored. */
void show_change(struct session *s, struct buf *b, int64_t conv, const struct change *ch);

#endif
