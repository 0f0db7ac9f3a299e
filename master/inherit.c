/* SPDX-License-Identifier: ISC */
#include "master/inherit.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "master/assign.h"

#define FIRST 3

static int
inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");

	return pid != NULL && n != NULL && atol(pid) == (long)getpid() ? atoi(n) : 0;
}

/* As --listen would have it. */
static void
address_text_of(int fd, char text[300])
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);
	char host[256], port[16];

	snprintf(text, 300, "descriptor %d", fd);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return;
	if (ss.ss_family == AF_UNIX)
		snprintf(text, 300, "unix:%s", ((struct sockaddr_un *)&ss)->sun_path);
	else if (getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		snprintf(text, 300, ss.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static struct listen_at *
inherit_find(struct config *cf, const char *at)
{
	for (int i = 0; i < cf->listeners; i++)
		if (strcmp(cf->listen[i].at, at) == 0)
			return &cf->listen[i];
	return NULL;
}

bool
inherit_listeners(struct config *cf, bool given)
{
	int n = inherited();
	char text[300];

	if (n > 0 && !given)
		cf->listeners = 0;
	for (int fd = FIRST; fd < FIRST + n; fd++) {
		struct listen_at *l;

		address_text_of(fd, text);
		l = inherit_find(cf, text);
		if (l == NULL) {
			if (cf->listeners == LISTENERS)
				return false;
			l = &cf->listen[cf->listeners++];
			*l = (struct listen_at){.at = assign_keep(text)};
		}
		l->fd = fd;
	}
	return true;
}
