/* SPDX-License-Identifier: ISC */
/* migrate - brings a database to the schema this program was built with, and says whether one fits. */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

/* What follows is made from schema/ by schema/embed.sh. */
struct migration {
	int version;
	const char *file;
	const char *sql;
};

struct schema_object {
	const char *object; /* "function send" */
	const char *file;
	const char *sql;
};

/* Ends with version 0: the files with tables. */
extern const struct migration migrations[];
/* Ends with a NULL: the functions and views, in an order in which they can be made. */
extern const struct schema_object schema_objects[];
extern const int schema_level, schema_oldest;

/* Of a database. */
struct schema_levels {
	int tables; /* newest file; 0: none at all; -1: schema chat is there and says nothing about its level */
	int code, oldest;
};

/* false: this program does not run with a database of these levels, and why. */
bool migrate_fits(const struct schema_levels *l, char *why, size_t size);

/*
 * Applies what is missing or has changed, everything in one transaction under
 * one advisory lock, so that two nodes may call it at once and no half of it is
 * ever seen. Puts nothing over a higher level: that is a success if this program
 * may run there. conninfo: a role that may create roles and schemas. Returns 0,
 * or -1 with a sentence on stderr's log.
 */
int migrate(const char *conninfo);

#endif
