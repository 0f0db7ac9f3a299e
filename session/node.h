/* SPDX-License-Identifier: ISC */
/* node - what a session knows of the node it runs on: filled in once by the master, then constant. */
#ifndef NODE_H
#define NODE_H

#include <stdint.h>

#include "bus/url.h"

struct node {
	const char *name;
	char boot[33];         /* names this run of the master for ever */
	const char *db;        /* conninfo */
	struct bus_url bus;
	int64_t login_timeout; /* ms */
	int64_t db_idle;       /* ms; 0: keep */
	const char *db_prepare; /* "auto": what is asked often, where the backend is our own; "off" */
	const char *dialect;   /* "a" or "c": of a numbered client that has not revealed its own */
	int hash_lock;         /* file whose bytes are the places for password hashing */
	int hash_slots;        /* how many hash at once on this node */
};

#endif
