/* SPDX-License-Identifier: ISC */
/*
 * sandbox - what a process of ours may still do when somebody else has taken it over: as little as its
 * role needs. The kernel holds it to that; nothing is ever given back.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

#include "master/filter.h"
#include "session/node.h"

/* A sanitizer looks at itself with calls that no list here has. */
#ifdef SANITIZED
#define SANDBOX_DEFAULT "off"
#else
#define SANDBOX_DEFAULT "on"
#endif

/* From root to USER, or USER:GROUP, without any other rights. NULL: stays who it is. Dies with a sentence. */
void sandbox_user(const char *user);
/*
 * By the master, which is in it from then on; on: else there is none, not for children either. again: it is in it since the
 * program before, whose list of calls it keeps: lists only ever add up, and there is a limit to that.
 */
void sandbox_begin(bool on, bool again);
/* Children forked from now on may connect to where this node has PostgreSQL and Redis: if both are at Unix sockets, to those only. */
void sandbox_dials(const struct node *node);
/* A child's, narrower; before it reads what somebody else wrote. */
void sandbox_enter(enum role role);

#endif
