/* SPDX-License-Identifier: ISC */
/* run - what the files of db/ share: arguments in, rows out. Nobody else includes it. */
#ifndef DB_RUN_H
#define DB_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "db/args.h"
#include "lib/error.h"

struct db;

enum db_repeat {
	REPEATABLE, /* harmless when done twice: asked again over a new connection when the outcome is unknown */
	ONCE,
	OFTEN, /* repeatable, and prepared where that works */
	SECRET, /* repeatable; after db_forget() nobody finds what was asked and answered in libpq's buffers */
};

/* Runs one statement: db_call(db, REPEATABLE, "select … $1, $2", INT(user), STR(name)). Its rows stay until db_forget(). */
#define db_call(db, repeat, sql, ...)                                \
	db_run(db, repeat, sql, (const struct db_arg[]){__VA_ARGS__}, \
	    sizeof((const struct db_arg[]){__VA_ARGS__}) / sizeof(struct db_arg))
enum error db_run(struct db *db, enum db_repeat repeat, const char *sql, const struct db_arg *arg, size_t n);

/* The newest call's rows: db_next() goes on to the next one, and without it the first is read. */
int db_rows(const struct db *db);
bool db_next(struct db *db);

/* The process that the server named when we connected; behind a pooler it is none, or another one than answers. */
int db_backend(const struct db *db);

/* A column of that row; null is NULL, 0, false. What it is called is for the schema to say: one it has not ends the process. */
const char *db_str(struct db *db, const char *column);
int64_t db_int(struct db *db, const char *column);
bool db_bool(struct db *db, const char *column);

#endif
