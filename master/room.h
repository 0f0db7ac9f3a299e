/* SPDX-License-Identifier: ISC */
/*
 * room - the waiting room. A connection is a descriptor here, and no process, until it says
 * something. Then it waits for one of the few places in which newcomers are answered; they
 * are given in turn to one address after the other, so that an address with many
 * connections delays itself. A session that is not logged in gives its place up as soon as
 * it has been answered, and wants one again with the next byte.
 */
#ifndef ROOM_H
#define ROOM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "master/config.h"
#include "master/pool.h"

void room_init(const struct config *cf);
/* Takes a client that has been accepted. */
void room_enter(int client, const struct handed *from);
/* What pool.h tells of its children. */
void room_heard(void *guest, struct child *ch, int word);
/* In each round of the loop: who has been here for too long, and who is next. */
void room_work(void);
/* Somebody's turn has come, and there is only no spare child for him. */
bool room_wants_spare(void);
int64_t room_due(void);

/* What a successor has to know: lines "guest". After pool_restore(). true: it was one. */
void room_save(FILE *f);
bool room_restore(const char *line);

int room_sessions(void); /* logged in */
/* Connections that have no child yet. */
int room_people(void);
/* No more fit in, each from an address of its own. (Else one of the address with the most makes room.) */
bool room_is_full(void);
/* The node has no room for more sessions: those who wait for one may find it elsewhere. */
void room_turn_away(void);
/* Closes all that no child has. */
void room_close(void);

#endif
