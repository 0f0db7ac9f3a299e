/* SPDX-License-Identifier: ISC */
#include "dialect.h"

#include "handlers/handlers.h"

void
dialect_recognise(struct conn *c, const struct req *rq)
{
	if (has(rq, "op"))
		c->speech = SPEECH_NATIVE;
}

void
dialect_request(struct conn *c, struct req *rq)
{
	(void)c;
	(void)rq;
}

void
dialect_event(struct conn *c, const char *line, size_t n)
{
	(void)c;
	(void)line;
	(void)n;
}

void
dialect_write(struct conn *c)
{
	(void)c;
}

void
dialect_free(struct conn *c)
{
	c->dialect = NULL;
}
