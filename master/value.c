/* SPDX-License-Identifier: ISC */
#include "master/value.h"

#include <inttypes.h>
#include <string.h>

#include "db/conninfo.h"

static void
listeners(const struct config *cf, char text[VALUE_TEXT])
{
	size_t n = 0;

	for (int i = 0; i < cf->listeners && n < VALUE_TEXT; i++) {
		const struct listen_at *l = &cf->listen[i];

		n += (size_t)snprintf(text + n, VALUE_TEXT - n, "%s%s%s%s%s", i > 0 ? " " : "", l->at, l->proxy ? ",proxy" : "",
		    l->dialect != NULL ? ",dialect=" : "", l->dialect != NULL ? l->dialect : "");
	}
}

static void
proxies(const struct config *cf, char text[VALUE_TEXT])
{
	size_t n = 0;

	for (int i = 0; i < cf->proxies && n < VALUE_TEXT; i++)
		n += (size_t)snprintf(text + n, VALUE_TEXT - n, "%s%s", i > 0 ? " " : "", cf->proxy_said[i]);
}

void
value_text(const struct config *cf, const struct option_row *r, char text[VALUE_TEXT])
{
	const char *field = (const char *)cf + r->at, *s;
	int64_t ms;
	int n;

	text[0] = '\0';
	switch (r->kind) {
	case TEXT:
	case WORD:
		if (r->at == offsetof(struct config, log_level))
			s = log_level_name(cf->log_level);
		else
			memcpy(&s, field, sizeof(s));
		snprintf(text, VALUE_TEXT, "%s", s != NULL ? s : "");
		break;
	case NUMBER:
		memcpy(&n, field, sizeof(n));
		if (n >= 0)
			snprintf(text, VALUE_TEXT, "%d", n);
		break;
	case SECONDS:
		memcpy(&ms, field, sizeof(ms));
		snprintf(text, VALUE_TEXT, "%" PRId64, ms / 1000);
		break;
	case LISTEN:
		listeners(cf, text);
		break;
	case PROXY:
		proxies(cf, text);
		break;
	case COMMAND:
		break;
	}
}

void
value_masked(const struct config *cf, const struct option_row *r, char text[VALUE_TEXT])
{
	if (r->at == offsetof(struct config, node.db) && r->kind == TEXT)
		conninfo_masked(cf->node.db, text, VALUE_TEXT);
	else if (r->at == offsetof(struct config, redis) && r->kind == TEXT)
		bus_url_masked(&cf->node.bus, text, VALUE_TEXT);
	else
		value_text(cf, r, text);
}

void
value_copy(struct config *to, const struct config *from, const struct option_row *r)
{
	size_t size = r->kind == NUMBER ? sizeof(int) : r->kind == SECONDS ? sizeof(int64_t) : sizeof(const char *);

	if (r->at == offsetof(struct config, log_level))
		size = sizeof(to->log_level);
	memcpy((char *)to + r->at, (const char *)from + r->at, size);
	to->from[r - config_rows] = from->from[r - config_rows];
}
