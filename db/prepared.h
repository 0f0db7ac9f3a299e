/* SPDX-License-Identifier: ISC */
/* prepared - the statements that one connection is asked often, and whether it may know them by name. */
#ifndef DB_PREPARED_H
#define DB_PREPARED_H

#include <stdbool.h>

#define STATEMENTS 8 /* more of them stay as they are */

struct statement {
	const char *sql; /* borrowed for ever */
	char name[24];   /* after its text: under one name there is one statement, whoever prepared it */
	unsigned asked;  /* so often; what is asked once is not worth it */
	bool ready;
};

struct prepared {
	enum { NEVER, UNASKED, YES } wanted, state; /* UNASKED: not known yet whether the backend is our own */
	struct statement all[STATEMENTS];
};

/* There is a new connection, which knows nothing. */
void prepared_begin(struct prepared *p);
/* NULL: there is no place for one more. */
struct statement *prepared_find(struct prepared *p, const char *sql);

#endif
