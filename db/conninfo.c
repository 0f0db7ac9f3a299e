/* SPDX-License-Identifier: ISC */
#include "db/conninfo.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
conninfo_is_right(const char *conninfo, char *why, size_t size)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(conninfo, &message);

	if (options == NULL)
		snprintf(why, size, "%.*s", message != NULL ? (int)strcspn(message, "\n") : 0, message != NULL ? message : "");
	PQfreemem(message);
	PQconninfoFree(options);
	return options != NULL;
}

void
conninfo_masked(const char *conninfo, char *text, size_t size)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	size_t n = 0;

	*text = '\0';
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL && n < size; o++)
		if (o->val != NULL) /* "*" is libpq's own mark of a secret */
			n += (size_t)snprintf(text + n, size - n, "%s%s=%s", n > 0 ? " " : "", o->keyword, *o->dispchar == '*' ? "***" : o->val);
	PQconninfoFree(options);
}

bool
conninfo_is_near(const char *conninfo)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	bool near = false, other = getenv("PGHOSTADDR") != NULL || getenv("PGSERVICE") != NULL;

	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
		if (o->val == NULL)
			continue;
		if (strcmp(o->keyword, "host") == 0)
			near = *o->val == '/' && strchr(o->val, ',') == NULL;
		else if (strcmp(o->keyword, "hostaddr") == 0 || strcmp(o->keyword, "service") == 0)
			other = true;
	}
	PQconninfoFree(options);
	return near && !other;
}
