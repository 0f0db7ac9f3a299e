/* SPDX-License-Identifier: ISC */
/* act - what each command that a person types does; rest: the words behind it. */
#ifndef ACT_H
#define ACT_H

#include "client/talk.h"

/* A verb: the same for all of them. */
void act_verb(struct talk *t, const struct verb *v, char *rest);
void act_wrong_form(struct talk *t, const char *name, const char *form, const char *help);

void act_away(struct talk *t, char *rest);
void act_clear(struct talk *t, char *rest);
void act_delete(struct talk *t, char *rest);
void act_edit(struct talk *t, char *rest);
void act_group(struct talk *t, char *rest);
void act_history(struct talk *t, char *rest);
void act_me(struct talk *t, char *rest);
void act_msg(struct talk *t, char *rest);
void act_next(struct talk *t, char *rest);
void act_quit(struct talk *t, char *rest);

#endif
