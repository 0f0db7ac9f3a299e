/* SPDX-License-Identifier: ISC */
#include "lib/http.h"

#include <string.h>
#include <strings.h>

bool
span_is(struct span s, const char *text)
{
	return s.p != NULL && s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

bool
span_means(struct span s, const char *text)
{
	return s.p != NULL && s.n == strlen(text) && strncasecmp(s.p, text, s.n) == 0;
}

static struct span
trimmed(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct span){p, (size_t)(end - p)};
}

/* What a method or the name of a header is made of. */
static bool
is_token(const char *p, const char *end)
{
	const char *s = p;

	while (s < end && ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
	                      (*s != '\0' && strchr("!#$%&'*+-.^_`|~", *s) != NULL)))
		s++;
	return s > p && s == end;
}

static bool
request_line(const char *p, const char *end, struct http *h)
{
	const char *target = memchr(p, ' ', (size_t)(end - p)), *version;

	if (target == NULL || !is_token(p, target++))
		return false;
	version = memchr(target, ' ', (size_t)(end - target));
	if (version == NULL || version == target || end - version != 9 || memcmp(version, " HTTP/1.", 8) != 0 ||
	    (end[-1] != '0' && end[-1] != '1'))
		return false;
	h->method = (struct span){p, (size_t)(target - 1 - p)};
	h->target = (struct span){target, (size_t)(version - target)};
	h->minor = end[-1] - '0';
	return true;
}

/* No folded lines, no blank before the colon. */
static bool
header_line(const char *p, const char *end)
{
	const char *colon = memchr(p, ':', (size_t)(end - p));

	return colon != NULL && is_token(p, colon);
}

/* One line of the head without its CRLF, which alone is a line's end. 1, 0: more is wanted, -1: it has what no head has. */
static int
next_line(const char **at, const char *end, struct span *line)
{
	for (const char *s = *at; s < end; s++) {
		if (*s == '\r' && s + 1 == end)
			return 0;
		if (*s == '\r' && s[1] == '\n') {
			*line = (struct span){*at, (size_t)(s - *at)};
			*at = s + 2;
			return 1;
		}
		if ((unsigned char)*s < 0x20 && *s != '\t')
			return -1;
	}
	return 0;
}

long
http_parse(const char *p, size_t n, struct http *h)
{
	const char *at = p, *end = p + (n < HTTP_HEAD_MAX ? n : HTTP_HEAD_MAX);
	struct span line;
	int got = next_line(&at, end, &line);

	if (got == 1 && !request_line(line.p, line.p + line.n, h))
		return -1;
	if (got == 1)
		h->headers = (struct span){at, 0};
	while (got == 1 && (got = next_line(&at, end, &line)) == 1) {
		if (line.n == 0)
			return at - p;
		if (!header_line(line.p, line.p + line.n))
			return -1;
		h->headers.n = (size_t)(at - h->headers.p);
	}
	return got < 0 ? -1 : n >= HTTP_HEAD_MAX ? HTTP_LARGE : 0;
}

/* The next header of that name from *at on. */
static bool
find(const struct http *h, const char **at, const char *name, struct span *value)
{
	const char *end = h->headers.p + h->headers.n;
	struct span line;

	while (next_line(at, end, &line) == 1) {
		const char *colon = memchr(line.p, ':', line.n);

		if (!span_means((struct span){line.p, (size_t)(colon - line.p)}, name))
			continue;
		*value = trimmed(colon + 1, line.p + line.n);
		return true;
	}
	return false;
}

struct span
http_header(const struct http *h, const char *name, int *count)
{
	struct span value = {0};
	const char *at = h->headers.p;
	int n = 0;

	while (find(h, &at, name, &value))
		n++;
	if (count != NULL)
		*count = n;
	return value;
}

bool
http_has(const struct http *h, const char *name, const char *word)
{
	const char *at = h->headers.p;
	struct span value;

	while (find(h, &at, name, &value))
		for (const char *p = value.p, *end = p + value.n, *comma; p < end; p = comma + 1) {
			comma = memchr(p, ',', (size_t)(end - p));
			if (comma == NULL)
				comma = end;
			if (span_means(trimmed(p, comma), word))
				return true;
		}
	return false;
}

struct span
span_last(struct span s)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == ',')
			return trimmed(s.p + i, s.p + s.n);
	return s;
}
