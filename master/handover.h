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
 * A table of descriptors is as large as its highest one wants it, and stays so. A child therefore begins with its parent's, and
 * takes along what is below the end of its socket: what the master keeps lies above.
 */
pid_t handover_fork(bool share);
/* Where the master keeps it. Takes fd, also if there is no room. */
int handover_above(int fd);

/*
 * In a process just forked, before it does anything else: keeps keep as descriptor 3 and closes all others: whoever holds
 * a copy of the master's ends keeps others from seeing that it died. Dies if that fails. Returns 3.
 */
int handover_keep(int keep);

#endif
