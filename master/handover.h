/* SPDX-License-Identifier: ISC */
/* handover - a client's socket on its way from the master to a child: one byte sent means that it went. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

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
 * In a process just forked: keeps keep as descriptor 3 and closes all others: whoever holds
 * a copy of the master's ends keeps others from seeing that it died. Dies if that fails. Returns 3.
 */
int handover_keep(int keep);

#endif
