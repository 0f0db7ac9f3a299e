/* SPDX-License-Identifier: ISC */
#include "bus/check.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/channel.h"

const char *
bus_library_version(void)
{
	static char version[32];

	snprintf(version, sizeof(version), "%d.%d.%d", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
	return version;
}

struct asked {
	redisContext *c;
	char *why;
	size_t whylen;
};

/* One command, and the right that it takes. NULL: it was refused. Caller frees. */
static redisReply *
ask(struct asked *a, const char *right, int argc, const char *argv[])
{
	redisReply *r = redisCommandArgv(a->c, argc, argv, NULL);

	if (r != NULL && r->type != REDIS_REPLY_ERROR)
		return r;
	if (r == NULL)
		snprintf(a->why, a->whylen, "%s", a->c->errstr);
	else if (strncmp(r->str, "NOPERM", 6) == 0)
		snprintf(a->why, a->whylen, "the right %s is missing (%s)", strstr(r->str, "channel") != NULL ? "&chat:*" : right, r->str);
	else
		snprintf(a->why, a->whylen, "%s", r->str);
	if (r != NULL)
		freeReplyObject(r);
	return NULL;
}

static bool
may(struct asked *a, const char *right, int argc, const char *argv[])
{
	redisReply *r = ask(a, right, argc, argv);

	if (r != NULL)
		freeReplyObject(r);
	return r != NULL;
}

static bool
log_in(struct asked *a, const struct bus_url *url)
{
	if (url->user[0] != '\0')
		return may(a, "+auth", 3, (const char *[]){"AUTH", url->user, url->password});
	return url->password[0] == '\0' || may(a, "+auth", 2, (const char *[]){"AUTH", url->password});
}

static bool
is_master(struct asked *a)
{
	redisReply *r = ask(a, "+role", 1, (const char *[]){"ROLE"});
	bool yes = r != NULL && r->type == REDIS_REPLY_ARRAY && r->elements > 0 && r->element[0]->type == REDIS_REPLY_STRING &&
	           strcmp(r->element[0]->str, "master") == 0;

	if (r != NULL && !yes)
		snprintf(a->why, a->whylen, "it is a replica");
	if (r != NULL)
		freeReplyObject(r);
	return yes;
}

/* All that a session does. */
static bool
may_all(struct asked *a)
{
	char user[CHANNEL_MAX], group[CHANNEL_MAX];

	channel_name(user, BUS_USER, 0);
	channel_name(group, BUS_GROUP, 0);
	return may(a, "+client|setname", 3, (const char *[]){"CLIENT", "SETNAME", "chatd/start"}) && is_master(a) &&
	       may(a, "+ping", 1, (const char *[]){"PING"}) && may(a, "+publish", 3, (const char *[]){"PUBLISH", user, ""}) &&
	       may(a, "+publish", 3, (const char *[]){"PUBLISH", group, ""}) &&
	       may(a, "+subscribe", 2, (const char *[]){"SUBSCRIBE", user}) &&
	       may(a, "+subscribe", 2, (const char *[]){"SUBSCRIBE", group}) &&
	       may(a, "+unsubscribe", 2, (const char *[]){"UNSUBSCRIBE", group});
}

/* 0: it does not say. */
static int
most_clients(redisContext *c)
{
	redisReply *r = redisCommand(c, "INFO clients");
	const char *at = r != NULL && r->type == REDIS_REPLY_STRING ? strstr(r->str, "maxclients:") : NULL;
	int n = at != NULL ? atoi(at + strlen("maxclients:")) : 0;

	if (r != NULL)
		freeReplyObject(r);
	return n;
}

int
bus_check(const struct bus_url *url, int timeout_ms, int *clients, char *why, size_t whylen)
{
	struct timeval tv = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
	redisContext *c = url->path[0] != '\0' ? redisConnectUnixWithTimeout(url->path, tv)
	                                       : redisConnectWithTimeout(url->host, url->port, tv);
	struct asked a = {c, why, whylen};
	int result = -1;

	if (c == NULL || c->err != 0 || redisSetTimeout(c, tv) != REDIS_OK) {
		snprintf(why, whylen, "%s", c != NULL ? c->errstr : "out of memory");
	} else if (log_in(&a, url)) {
		*clients = most_clients(c);
		result = may_all(&a) ? 0 : -1;
	}
	if (c != NULL)
		redisFree(c);
	return result;
}
