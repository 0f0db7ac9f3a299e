/* SPDX-License-Identifier: ISC */
#include "bus/url.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hex.h"

/* Copies n bytes, undoing %XX. false: too long, or a broken escape. */
static bool
copy(char *to, size_t size, const char *s, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		char ch = s[i];

		if (ch == '%') {
			if (i + 2 >= n || hex_digit(s[i + 1]) < 0 || hex_digit(s[i + 2]) < 0)
				return false;
			ch = (char)(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2]));
			i += 2;
		}
		if (used + 1 >= size || ch == '\0')
			return false;
		to[used++] = ch;
	}
	to[used] = '\0';
	return true;
}

const char *
bus_url_parse(const char *text, struct bus_url *url)
{
	const char *at, *colon, *end;

	*url = (struct bus_url){.port = 6379};
	if (strncmp(text, "unix:", 5) == 0) {
		text += strncmp(text, "unix://", 7) == 0 ? 7 : 5;
		if (*text == '\0' || !copy(url->path, sizeof(url->path), text, strlen(text)))
			return "unix:PATH needs a path of at most 107 bytes";
		return NULL;
	}
	if (strncmp(text, "redis://", 8) != 0)
		return "it begins with neither redis:// nor unix:";
	text += 8;
	end = text + strcspn(text, "/");
	if (end[0] != '\0' && strcmp(end, "/") != 0 && strcmp(end, "/0") != 0)
		return "a database number means nothing to publish/subscribe";
	if ((at = memrchr(text, '@', (size_t)(end - text))) != NULL) {
		colon = memchr(text, ':', (size_t)(at - text));
		if (colon == NULL)
			return "credentials are user:password@ or :password@";
		if (!copy(url->user, sizeof(url->user), text, (size_t)(colon - text)) ||
		    !copy(url->password, sizeof(url->password), colon + 1, (size_t)(at - colon - 1)))
			return "user or password is too long or has a broken %XX";
		text = at + 1;
	}
	if (*text == '[') { /* IPv6 */
		const char *close = memchr(text, ']', (size_t)(end - text));

		if (close == NULL || !copy(url->host, sizeof(url->host), text + 1, (size_t)(close - text - 1)))
			return "a [ without its ]";
		text = close + 1;
	} else {
		size_t n = strcspn(text, ":/");

		if (!copy(url->host, sizeof(url->host), text, n))
			return "the host name is too long";
		text += n;
	}
	if (*text == ':') {
		char *rest;
		long port = strtol(text + 1, &rest, 10);

		if (rest != end || port < 1 || port > 65535)
			return "the port is not a number from 1 to 65535";
		url->port = (int)port;
	} else if (text != end) {
		return "something stands behind the host";
	}
	return url->host[0] == '\0' ? "the host is missing" : NULL;
}

void
bus_url_where(const struct bus_url *url, char text[BUS_URL_TEXT])
{
	if (url->path[0] != '\0')
		snprintf(text, BUS_URL_TEXT, "unix:%s", url->path);
	else
		snprintf(text, BUS_URL_TEXT, strchr(url->host, ':') != NULL ? "[%s]:%d" : "%s:%d", url->host, url->port);
}

void
bus_url_masked(const struct bus_url *url, char *text, size_t size)
{
	char where[BUS_URL_TEXT];

	bus_url_where(url, where);
	if (url->path[0] != '\0')
		snprintf(text, size, "%s", where);
	else
		snprintf(text, size, "redis://%s%s%s", url->user, url->password[0] != '\0' ? ":***@" : "", where);
}
