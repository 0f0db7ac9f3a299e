/* SPDX-License-Identifier: ISC */
/* node - what a session knows of the node it runs on: filled in once by the master, then constant. */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/url.h"

struct dialect;
struct web;

/*
 * What a session and its master say to each other over the control socket, a byte each. So many
 * newcomers at a time have a place, in which what they ask is answered; a session begins with one.
 */
enum ctl_word {
	CTL_TAKEN = 't',     /* to the master: the client has arrived here */
	CTL_IN = 'l',        /* it has logged in, and needs no place */
	CTL_ANSWERED = 'a',  /* it is not logged in, and nothing is to be done for it now: the place is given up */
	CTL_WANTS = 'w',     /* it has said something: a place is wanted */
	CTL_PLACE = 'p',     /* to the session: here it is. The end of the socket: go */
	CTL_REPORT = 'r',    /* to the session: say in the log who you are */
};

struct node {
	const char *name;
	char boot[33];         /* names this run of the master for ever */
	const char *db;        /* conninfo */
	struct bus_url bus;
	int64_t login_timeout; /* ms */
	int64_t db_idle;       /* ms; 0: keep */
	const char *db_prepare; /* "auto": what is asked often, where the backend is our own; "off" */
	uint64_t source;       /* in a child: from where it is connected, see lib/address.h */
	const struct dialect *dialect; /* what numbered clients are taken to speak; in a child, that of its client's listener */
	const struct web *web;         /* what browsers may do, see front/web.h */
	bool forwarded; /* in a child: whose connection it is, our proxy says in HTTP's X-Forwarded-For */
	struct slots *hashing; /* so many hash a password at once on this node, */
	struct slots *dialing; /* and so many open a connection to PostgreSQL, */
	struct slots *asking;  /* and so many ask it for what takes long, one user after the other */
};

#endif
