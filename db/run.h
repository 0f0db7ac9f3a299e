/* SPDX-License-Identifier: ISC */
/* run - what the files of db/ share: arguments in, rows out. Nobody else includes it. */
#ifndef DB_RUN_H
#define DB_RUN_H

#include "db/db.h"
#include "lib/buf.h"

#define DB_ARGS 12

/* One argument of a call; what it points to is borrowed. */
struct db_arg {
	enum { ARG_STR, ARG_HEX, ARG_INT, ARG_ID, ARG_SEQ, ARG_INTS, ARG_STRS } kind;
	size_t len; /* of an array */
	union {
		const char *str;
		int64_t num;
		const int64_t *nums;
		const char *const *strs;
	};
};

#define STR(s) {.kind = ARG_STR, .str = (s)} /* NULL is null */
#define HEX(s) {.kind = ARG_HEX, .str = (s)} /* bytes */
#define BOOL(b) STR((b) ? "t" : "f")
#define INT(i) {.kind = ARG_INT, .num = (i)}
#define ID(i) {.kind = ARG_ID, .num = (i)}   /* 0 is null */
#define SEQ(i) {.kind = ARG_SEQ, .num = (i)} /* below 0 is null */
#define INTS(p, n) {.kind = ARG_INTS, .len = (n), .nums = (p)} /* what is below 0 is null */
#define STRS(p, n) {.kind = ARG_STRS, .len = (n), .strs = (p)}
#define TARGET(t) ID((t)->conv), STR((t)->name), ID((t)->id), BOOL((t)->group)

/* As text; arrays and numbers are put into b, which the caller frees. */
void args_text(const struct db_arg *arg, size_t n, struct buf *b, const char *value[DB_ARGS]);

enum db_repeat {
	REPEATABLE, /* harmless when done twice: asked again over a new connection when the outcome is unknown */
	ONCE,
};

/* Runs one statement: db_call(db, REPEATABLE, "select … $1, $2", INT(user), STR(name)). Its rows stay until db_forget(). */
#define db_call(db, repeat, sql, ...)                                \
	db_run(db, repeat, sql, (const struct db_arg[]){__VA_ARGS__}, \
	    sizeof((const struct db_arg[]){__VA_ARGS__}) / sizeof(struct db_arg))
enum error db_run(struct db *db, enum db_repeat repeat, const char *sql, const struct db_arg *arg, size_t n);

/* The newest call's rows: db_next() goes on to the next one, and without it the first is read. */
int db_rows(const struct db *db);
bool db_next(struct db *db);

/* A column of that row; null is NULL, 0, false. What it is called is for the schema to say: one it has not ends the process. */
const char *db_str(struct db *db, const char *column);
int64_t db_int(struct db *db, const char *column);
bool db_bool(struct db *db, const char *column);

#endif
