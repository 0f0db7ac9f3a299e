/* SPDX-License-Identifier: ISC */
/* facts - what the database allows us, asked once at the start. */
#ifndef DB_FACTS_H
#define DB_FACTS_H

#include <stdbool.h>

#include "lib/error.h"

struct db;

struct db_facts {
	bool direct;        /* no pooler is between */
	int connections;    /* that PostgreSQL lets our role have in our database */
	bool read_only;     /* a standby, or made so */
	char lacks[200];    /* a function that we have to call and may not; "": none */
};
enum error db_facts(struct db *db, struct db_facts *f);

/* What somebody has set the role chatd to, or away, that was no migration, in words; "": nothing. */
#define ROLE_SETTINGS 200
enum error db_role_settings(struct db *db, char text[ROLE_SETTINGS]);

#endif
