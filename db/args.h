/* SPDX-License-Identifier: ISC */
/* args - what a call of the database is given, and how it travels. */
#ifndef DB_ARGS_H
#define DB_ARGS_H

#include <stddef.h>
#include <stdint.h>

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

/* The next element of an array of words or numbers as PostgreSQL writes it, from *at on; null and none are "". */
void array_next(const char **at, char *out, size_t size);

#endif
