/* SPDX-License-Identifier: ISC */
/* node - what a session knows of the node it runs on: filled in once by the master, then constant. */
#ifndef NODE_H
#define NODE_H

#include <stdint.h>

#include "bus/url.h"

struct dialect;

struct node {
	const char *name;
	char boot[33];         /* names this run of the master for ever */
	const char *db;        /* conninfo */
	struct bus_url bus;
	int64_t silent_timeout; /* ms for the first byte, */
	int64_t login_timeout;  /* and from there on */
	int64_t db_idle;       /* ms; 0: keep */
	const struct dialect *dialect; /* what numbered clients are taken to speak; in a child, that of its client's listener */
	int hash_lock;         /* file whose bytes are the places for password hashing */
	int hash_slots;        /* how many hash at once on this node */
};

#endif
