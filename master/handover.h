/* SPDX-License-Identifier: ISC */
/* handover - a client's socket on its way from the master to a child: one byte sent means that it went. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/address.h"

/* What goes with it. */
struct handed {
	int listener; /* in the order of the configuration */
	struct address from;
};

/* The master: gives the child at ctl a copy of client. Never waits: a socket that takes nothing is as good as dead. */
bool handover_send(int ctl, int client, const struct handed *h);
/* The master: what the child has said (enum ctl_word); 0: nothing more; -1: it has gone. */
int handover_word(int ctl);
/* The master: says a word to the child, if that can be done without waiting. */
void handover_say(int ctl, char word);
/* The child: waits for a client, and answers. Returns its socket, or -1: the master has gone or needs us no more. */
int handover_take(int ctl, struct handed *h);

/*
 * As fork(2). A table of descriptors is as large as its highest one wants it, and stays so. With share the child therefore uses
 * its parent's until handover_keep(), which copies what is below its end of the socket: what the master keeps lies above. Until
 * the child has spoken or is dead, its parent must not close that end.
 */
pid_t handover_fork(bool share);
/* Moves a descriptor to where the master keeps those of clients and children. Takes fd; if there is no room, returns it as it is. */
int handover_above(int fd);

/*
 * In a process just forked, before it does anything else: keeps keep as descriptor 3 and closes all others: whoever holds
 * a copy of the master's ends keeps others from seeing that it died. Dies if that fails. Returns 3.
 */
int handover_keep(int keep);

#endif
