/* SPDX-License-Identifier: ISC */
/* migrate - brings a database to the schema this program was built with. */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stddef.h>

struct migration {
	int version;
	const char *file;
	const char *sql;
};

/* Ends with version 0. Made from schema/ by schema/embed.sh. */
extern const struct migration migrations[];

int migrate_newest(void);

/*
 * Applies what is missing, each file in one transaction under one advisory
 * lock, so that two nodes may call it at once. conninfo: a role that may create
 * roles and schemas. Returns 0, or -1 with a sentence on stderr's log: not
 * reachable, a file failed, or one that was applied has been edited since.
 */
int migrate(const char *conninfo);

#endif
