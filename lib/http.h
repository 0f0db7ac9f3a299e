/* SPDX-License-Identifier: ISC */
/* http - the head of a request in HTTP/1.x (RFC 9112), strict, and read where it lies. */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HEAD_MAX 8192
#define HTTP_LARGE (-2)

struct span {
	const char *p; /* NULL: it is not there */
	size_t n;
};

struct http {
	struct span method, target;
	int minor; /* of the version 1.x */
	struct span headers;
};

/* Looks at the n bytes that have arrived. > 0: they begin with a head of so many; 0: more may make it one; -1: it is
 * none; HTTP_LARGE: it may have been one, but has no end within HTTP_HEAD_MAX. */
long http_parse(const char *p, size_t n, struct http *h);
/* The last header of that name, without blanks around it; count, if it is not NULL: how many there are. */
struct span http_header(const struct http *h, const char *name, int *count);
/* A word of the comma-separated headers of that name, whatever its case. */
bool http_has(const struct http *h, const char *name, const char *word);
/* The last part of what is separated by commas. */
struct span span_last(struct span s);
bool span_is(struct span s, const char *text);
/* Whatever its case. */
bool span_means(struct span s, const char *text);

#endif
