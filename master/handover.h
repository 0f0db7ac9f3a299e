/* SPDX-License-Identifier: ISC */
/* handover - a client's socket on its way from the master to a child: one byte sent means that it went. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

/* The master: gives the child at ctl a copy of client, which came by that listener. Never waits: a socket that takes nothing is as good as dead. */
bool handover_send(int ctl, int client, int listener);
/* The master: reads the child's answer. 1: it has its client; 0: nothing yet; -1: it has gone. */
int handover_answer(int ctl);
/* The child: waits for a client, and answers. Returns its socket, or -1: the master has gone or needs us no more. */
int handover_take(int ctl, int *listener);

/*
 * In a process just forked: keeps keep as descriptor 3 and *lock as 4, and closes all
 * others: whoever holds a copy of the master's ends keeps others from seeing that it died.
 * Dies if that fails. Returns 3.
 */
int handover_keep(int keep, int *lock);

#endif
