/* SPDX-License-Identifier: ISC */
#include "bus/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/log.h"

void
wire_command(redisContext *c, int argc, const char *argv[])
{
	size_t len[4];

	for (int i = 0; i < argc; i++)
		len[i] = strlen(argv[i]);
	redisAppendCommandArgv(c, argc, argv, len);
}

redisContext *
wire_dial(const struct bus_url *u, const char *name, int *greetings)
{
	redisContext *c = u->path[0] != '\0' ? redisConnectUnixNonBlock(u->path) : redisConnectNonBlock(u->host, u->port);
	int on = 1, idle = 20, interval = 5, count = 3;
	unsigned user_timeout = 10000;

	if (c == NULL || c->err != 0) {
		int why = errno;

		if (c != NULL)
			redisFree(c);
		errno = why;
		return NULL;
	}
	if (u->path[0] == '\0') {
		setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		setsockopt(c->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
		setsockopt(c->fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
		setsockopt(c->fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
		setsockopt(c->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof(user_timeout));
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
	*greetings = 0;
	if (u->user[0] != '\0') {
		wire_command(c, 3, (const char *[]){"AUTH", u->user, u->password});
		++*greetings;
	} else if (u->password[0] != '\0') {
		wire_command(c, 2, (const char *[]){"AUTH", u->password});
		++*greetings;
	}
	wire_command(c, 3, (const char *[]){"CLIENT", "SETNAME", name});
	wire_command(c, 1, (const char *[]){"ROLE"});
	*greetings += 2;
	return c;
}

bool
wire_greeting_ok(const redisReply *r)
{
	if (r->type == REDIS_REPLY_ERROR) {
		log_warn("bus_refused", "why=%s", r->str);
		return false;
	}
	if (r->type == REDIS_REPLY_ARRAY && r->elements > 0 && r->element[0]->type == REDIS_REPLY_STRING &&
	    strcmp(r->element[0]->str, "master") != 0) {
		log_warn("bus_refused", "why=%s", "the server is not a master");
		return false;
	}
	return true;
}

bool
wire_flush(redisContext *c, bool *writing)
{
	int done = 0;

	if (redisBufferWrite(c, &done) != REDIS_OK)
		return false;
	*writing = !done;
	return true;
}
