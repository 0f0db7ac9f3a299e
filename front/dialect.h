/* SPDX-License-Identifier: ISC */
/*
 * dialect - how one family of the older clients speaks, as data: the key of the number, the
 * numbers, the names of the fields. The tables are the files of contrib/dialects/, which are
 * also built in; others are read from files of the same form.
 */
#ifndef DIALECT_H
#define DIALECT_H

#include <stdbool.h>
#include <stddef.h>

struct req;

/* What is asked for, then what it is answered with; the order is that of the table in dialect.c. */
enum wish { W_LOGIN, W_REGISTER, W_CHAT, W_FRIEND, W_CREATE, W_JOIN, W_GROUP_CHAT, W_LOGOUT, W_COUNT };
enum row { R_LOGIN_REPLY = W_COUNT, R_REGISTER_REPLY, R_WRONG, R_CHAT, R_GROUP_CHAT, R_FRIEND, R_GROUP, R_MEMBER, R_COUNT };

#define ROW_FIELDS 6

struct dialect {
	const char *name;
	const char *key;
	bool guess; /* a, b, c: assumed until the client shows another of them. Else it is this one or none */
	struct {
		int number;
		/* Spellings with commas between them: any of them is understood, all of them are said. */
		const char *field[ROW_FIELDS];
	} row[R_COUNT];
};

/*
 * The one with that built-in name or, with a slash or a dot in it, from that file. NULL: why says why not. Lives for ever;
 * the same name gives the same one.
 */
const struct dialect *dialect_load(const char *name, char *why, size_t whylen);
/* a, b or c. */
const struct dialect *dialect_of(char letter);
/* 'a', 'b' or 'c'; 0: another one. */
char dialect_letter(const struct dialect *d);
/* The key of one of those that were loaded which the request has; NULL: it has none. */
const char *dialect_key(const struct req *rq);

/* The spelling that the request has, else the first one. */
const char *dialect_field(const struct req *rq, const char *spellings);
/* Takes spellings apart: the next one into name; false: no more. */
#define SPELLING_MAX 33
bool dialect_spelling(const char **spellings, char name[SPELLING_MAX]);

#endif
