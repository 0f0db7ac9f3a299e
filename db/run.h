/* SPDX-License-Identifier: ISC */
/* run - what the files of db/ share: arguments in, rows out. Nobody else includes it. */
#ifndef DB_RUN_H
#define DB_RUN_H

#include "db/db.h"
#include "lib/buf.h"

#define DB_ARGS 12

struct db_args {
	int n;
	const char *value[DB_ARGS];
	char number[DB_ARGS][24];
};

void arg_str(struct db_args *a, const char *s); /* borrowed; NULL is null */
void arg_int(struct db_args *a, int64_t v);
void arg_id(struct db_args *a, int64_t v); /* 0 is null */
void arg_bool(struct db_args *a, bool v);

struct target;
void arg_target(struct db_args *a, const struct target *t); /* four arguments */

/* Array literals. Borrowed from b, which the caller frees after the call. */
void array_int(struct buf *b, int64_t v);
void array_null(struct buf *b);
void array_str(struct buf *b, const char *s);
const char *array_done(struct buf *b);

enum db_repeat {
	REPEATABLE, /* harmless when done twice: asked again over a new connection when the outcome is unknown */
	ONCE,
};

/* Runs one statement; its rows stay until the next call. */
enum error db_run(struct db *db, enum db_repeat repeat, const char *sql, const struct db_args *a);

int db_rows(const struct db *db);
bool db_next(struct db *db, int *row); /* true: *row is the next row of the result */
const char *db_str(const struct db *db, int row, int col); /* NULL: null */
int64_t db_int(const struct db *db, int row, int col);     /* 0: null */
bool db_bool(const struct db *db, int row, int col);

#endif
