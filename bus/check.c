/* SPDX-License-Identifier: ISC */
#include "bus/check.h"

#include <hiredis/hiredis.h>
#include <stdio.h>

const char *
bus_library_version(void)
{
	static char version[32];

	snprintf(version, sizeof(version), "%d.%d.%d", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
	return version;
}

int
bus_check(const struct bus_url *url, int timeout_ms, char *why, size_t whylen)
{
	struct timeval tv = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
	redisContext *c = url->path[0] != '\0' ? redisConnectUnixWithTimeout(url->path, tv)
	                                       : redisConnectWithTimeout(url->host, url->port, tv);
	redisReply *r = NULL;
	int result = -1;

	if (c == NULL || c->err != 0 || redisSetTimeout(c, tv) != REDIS_OK) {
		snprintf(why, whylen, "%s", c != NULL ? c->errstr : "out of memory");
	} else {
		if (url->user[0] != '\0')
			r = redisCommand(c, "AUTH %s %s", url->user, url->password);
		else if (url->password[0] != '\0')
			r = redisCommand(c, "AUTH %s", url->password);
		if (r == NULL || r->type != REDIS_REPLY_ERROR) {
			if (r != NULL)
				freeReplyObject(r);
			r = redisCommand(c, "PING");
		}
		if (r == NULL)
			snprintf(why, whylen, "%s", c->errstr);
		else if (r->type == REDIS_REPLY_ERROR)
			snprintf(why, whylen, "%s", r->str);
		else
			result = 0;
	}
	if (r != NULL)
		freeReplyObject(r);
	if (c != NULL)
		redisFree(c);
	return result;
}
