/* SPDX-License-Identifier: ISC */
/* slash - what the commands of the interactive client share, and each of them. rest: what stands behind the command. */
#ifndef SLASH_H
#define SLASH_H

#include "client/deed.h"

/* Takes the name in front: "in quotes", or a known one, or one word. NULL: there is none. */
char *slash_take_name(const struct talk *t, char **rest, bool group);
/* The group named in rest, or the present one, without its #. NULL: complained. */
const char *slash_group_meant(struct talk *t, char **rest);

void slash_add(struct talk *t, char *rest);
void slash_block(struct talk *t, char *rest);
void slash_create(struct talk *t, char *rest);
void slash_delete(struct talk *t, char *rest);
void slash_edit(struct talk *t, char *rest);
void slash_friends(struct talk *t, char *rest);
void slash_group(struct talk *t, char *rest);
void slash_groups(struct talk *t, char *rest);
void slash_history(struct talk *t, char *rest);
void slash_invite(struct talk *t, char *rest);
void slash_join(struct talk *t, char *rest);
void slash_kick(struct talk *t, char *rest);
void slash_leave(struct talk *t, char *rest);
void slash_members(struct talk *t, char *rest);
void slash_msg(struct talk *t, char *rest);
void slash_remove(struct talk *t, char *rest);
void slash_search(struct talk *t, char *rest);
void slash_unblock(struct talk *t, char *rest);
void slash_unread(struct talk *t, char *rest);
void slash_who(struct talk *t, char *rest);

#endif
