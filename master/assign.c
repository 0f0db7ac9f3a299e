/* SPDX-License-Identifier: ISC */
#include "master/assign.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/mem.h"

char assign_problem[400];
int assign_status;

bool
assign_wrong(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(assign_problem, sizeof(assign_problem), fmt, ap);
	va_end(ap);
	assign_status = status;
	return false;
}

const char *
assign_keep(const char *s)
{
	static char **kept;
	static size_t n;

	for (size_t i = 0; i < n; i++)
		if (strcmp(kept[i], s) == 0)
			return kept[i];
	kept = mem_realloc(kept, (n + 1) * sizeof(kept[0]));
	kept[n] = mem_strdup(s);
	return kept[n++];
}

static const char *
is_word(const char *words, const char *s)
{
	size_t n = strlen(s);

	for (const char *w = words; *w != '\0'; w += strspn(w, " ")) {
		size_t len = strcspn(w, " ");

		if (len == n && strncmp(w, s, n) == 0)
			return w;
		w += len;
	}
	return NULL;
}

static bool
number(const struct option_row *r, const char *value, const char *from, long *n)
{
	char *end;

	errno = 0;
	*n = strtol(value, &end, 10);
	return (*value != '\0' && *end == '\0' && errno == 0 && *n >= r->min && *n <= r->max) ||
	       assign_wrong(EX_USAGE, "%s: a number from %ld to %ld is wanted, not \"%s\"", from, r->min, r->max, value);
}

/* What stands behind the commas: [,proxy][,dialect=NAME] */
static bool
listen_option(struct listen_at *l, const char *word)
{
	if (strcmp(word, "proxy") == 0)
		l->proxy = true;
	else if (strncmp(word, "dialect=", 8) == 0 && word[8] != '\0')
		l->dialect = assign_keep(word + 8);
	else
		return false;
	return true;
}

static bool
add_listener(struct config *cf, const char *from, char *value)
{
	struct listen_at l = {0};
	const char *at = strsep(&value, ",");
	bool ok = strncmp(at, "unix:", 5) == 0 || strrchr(at, ':') != NULL;

	if (cf->listeners == LISTENERS)
		return assign_wrong(EX_USAGE, "%s: more than %d listeners", from, LISTENERS);
	l.at = assign_keep(at);
	while (value != NULL && ok)
		ok = listen_option(&l, strsep(&value, ","));
	cf->listen[cf->listeners++] = l;
	return ok || assign_wrong(EX_USAGE, "%s: " LISTEN_AT " is wanted", from);
}

static bool
add_proxy(struct config *cf, const char *from, const char *value)
{
	if (cf->proxies == PROXIES)
		return assign_wrong(EX_USAGE, "%s: more than %d proxies", from, PROXIES);
	cf->proxy_said[cf->proxies] = assign_keep(value);
	return address_block_parse(value, &cf->proxy_from[cf->proxies++]) ||
	       assign_wrong(EX_USAGE, "%s: an address, ADDRESS/BITS or unix is wanted, not \"%s\"", from, value);
}

/* In the environment and in a file there may be several, with blanks between. Those of one source replace a weaker one's. */
static bool
add_all(struct config *cf, const struct option_row *r, const char *value, const char *from)
{
	char *copy = mem_strdup(value), *rest = copy, *word;
	const char **before = &cf->from[r - config_rows];
	bool ok = true;

	if (*before == NULL || strcmp(*before, from) != 0)
		*(r->kind == LISTEN ? &cf->listeners : &cf->proxies) = 0;
	while (ok && (word = strsep(&rest, " \t\n")) != NULL)
		if (*word != '\0')
			ok = r->kind == LISTEN ? add_listener(cf, from, word) : add_proxy(cf, from, word);
	free(copy);
	return ok;
}

bool
assign(struct config *cf, const struct option_row *r, const char *value, const char *from)
{
	char *field = (char *)cf + r->at;
	const char *kept;
	long n;

	switch (r->kind) {
	case TEXT:
		if (*value == '\0')
			return assign_wrong(EX_USAGE, "%s: it is empty", from);
		kept = assign_keep(value);
		memcpy(field, &kept, sizeof(kept));
		break;
	case NUMBER:
		if (!number(r, value, from, &n))
			return false;
		memcpy(field, &(int){(int)n}, sizeof(int));
		break;
	case SECONDS:
		if (!number(r, value, from, &n))
			return false;
		memcpy(field, &(int64_t){n * 1000}, sizeof(int64_t));
		break;
	case LISTEN:
	case PROXY:
		if (!add_all(cf, r, value, from))
			return false;
		break;
	case WORD:
		if (is_word(r->words, value) == NULL)
			return assign_wrong(EX_USAGE, "%s: one of %s is wanted, not \"%s\"", from, r->value, value);
		kept = assign_keep(value);
		if (r->at == offsetof(struct config, log_level))
			log_level_parse(value, &cf->log_level);
		else
			memcpy(field, &kept, sizeof(kept));
		break;
	case COMMAND:
		cf->command = (enum command)r->min;
		break;
	}
	cf->from[r - config_rows] = assign_keep(from);
	return true;
}
