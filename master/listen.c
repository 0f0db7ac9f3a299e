/* SPDX-License-Identifier: ISC */
#include "master/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "master/watch.h"

#define BACKLOG 1024

struct listener {
	_Alignas(MEM_PAGE) struct watch watch; /* its fd is -1: closed */
	int fd;             /* bound; -1: not */
	bool lent;          /* somebody else holds it, too */
	bool waiting;       /* clients are there, or may be */
	struct sockaddr_storage addr;
	socklen_t len;
	char given[300]; /* as it was asked for */
	char name[300]; /* HOST:PORT as it really is, or unix:PATH */
};

static struct listener all[LISTENERS];
static int count;

void
listen_drop(void)
{
	mem_drop(all);
}

static void
has_clients(struct watch *w, uint32_t events)
{
	(void)events;
	WATCHED(w, struct listener)->waiting = true;
}

/* On port 0 the number is learned and then bound: only what was asked for stays when the socket refuses. */
static bool
bind_one(struct listener *l)
{
	bool chosen = l->addr.ss_family != AF_UNIX && ((struct sockaddr_in *)&l->addr)->sin_port == 0; /* as of sockaddr_in6 */
	int on = 1, fd = socket(l->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return false;
	if (l->addr.ss_family == AF_UNIX)
		unlink(((struct sockaddr_un *)&l->addr)->sun_path);
	else
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&l->addr, l->len) < 0) {
		close(fd);
		return false;
	}
	if (chosen) {
		bool known = getsockname(fd, (struct sockaddr *)&l->addr, &l->len) == 0;

		close(fd);
		return known && bind_one(l);
	}
	l->fd = fd;
	return true;
}

static void
end_one(struct listener *l)
{
	watch_drop(&l->watch);
	l->waiting = false;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

static bool
open_one(struct listener *l)
{
	if (l->fd < 0 && !bind_one(l))
		return false;
	if (listen(l->fd, BACKLOG) < 0) {
		if (!l->lent)
			end_one(l);
		return false;
	}
	watch_stranger(&l->watch, l->fd, EPOLLIN | EPOLLET, has_clients);
	return true;
}

/*
 * A TCP socket keeps its port and only refuses meanwhile: that works also with ports that we may not bind again, and
 * with a socket that a supervisor holds, too. A Unix socket cannot be listened at again; a lent one goes on taking.
 */
static void
close_one(struct listener *l)
{
	if (l->addr.ss_family == AF_UNIX && !l->lent) {
		end_one(l);
		return;
	}
	watch_drop(&l->watch);
	l->waiting = false;
	if (l->addr.ss_family != AF_UNIX)
		shutdown(l->fd, SHUT_RD);
}

/* Takes "HOST:PORT", "[HOST]:PORT", "unix:PATH" apart. */
static void
resolve(struct listener *l, const char *text)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	const char *colon = strrchr(text, ':');
	char host[256];
	int error;

	if (strncmp(text, "unix:", 5) == 0) {
		struct sockaddr_un *un = (struct sockaddr_un *)&l->addr;

		if (strlen(text + 5) >= sizeof(un->sun_path))
			die(EX_CONFIG, "listen", "at=%s why=%s", text, "the path is too long");
		un->sun_family = AF_UNIX;
		snprintf(un->sun_path, sizeof(un->sun_path), "%s", text + 5);
		l->len = sizeof(*un);
		return;
	}
	if (text[0] == '[' && colon > text + 1 && colon[-1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)(colon - text - 2), text + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	error = getaddrinfo(host[0] != '\0' && strcmp(host, "*") != 0 ? host : NULL, colon + 1, &hints, &found);
	if (error != 0)
		die(EX_CONFIG, "listen", "at=%s why=%s", text, gai_strerror(error));
	memcpy(&l->addr, found->ai_addr, found->ai_addrlen);
	l->len = found->ai_addrlen;
	freeaddrinfo(found);
}

/* After bind: port 0 has become a real one, which a reopened listener takes again. */
static void
learn_name(struct listener *l, const char *text)
{
	char host[256], port[16];

	if (l->addr.ss_family == AF_UNIX) {
		snprintf(l->name, sizeof(l->name), "%s", text);
		return;
	}
	getsockname(l->fd, (struct sockaddr *)&l->addr, &l->len);
	getnameinfo((struct sockaddr *)&l->addr, l->len, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(l->name, sizeof(l->name), l->addr.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static void
borrow(struct listener *l, int fd)
{
	l->fd = fd;
	l->lent = true;
	l->len = sizeof(l->addr);
	if (getsockname(fd, (struct sockaddr *)&l->addr, &l->len) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		die(EX_OSERR, "listen", "fd=%d why=%s", fd, strerror(errno));
}

static struct {
	char at[300];
	int fd, now; /* now: where it is in all[] */
	bool lent;
} before[LISTENERS];
static int befores;

void
listen_save(FILE *f)
{
	for (int i = 0; i < count; i++)
		fprintf(f, "listener %d %d %s\n", all[i].fd, all[i].lent, all[i].given);
}

bool
listen_restore(const char *line)
{
	int fd, lent;
	char at[300];

	if (befores == LISTENERS || sscanf(line, "listener %d %d %299[^\n]", &fd, &lent, at) != 3)
		return false;
	before[befores].fd = fd;
	before[befores].lent = lent;
	memcpy(before[befores++].at, at, sizeof(at));
	return true;
}

int
listen_index(int at)
{
	return at >= 0 && at < befores ? before[at].now : 0;
}

/* Takes what a predecessor had at the same address. */
static bool
take_over(struct listener *l)
{
	for (int i = 0; i < befores; i++)
		if (before[i].fd >= 0 && strcmp(before[i].at, l->given) == 0) {
			borrow(l, before[i].fd);
			l->lent = before[i].lent;
			before[i].fd = -1;
			before[i].now = (int)(l - all);
			return true;
		}
	return false;
}

/* Nobody asked for them any more. */
static void
close_the_others(void)
{
	for (int i = 0; i < befores; i++)
		if (before[i].fd >= 0)
			close(before[i].fd);
}

void
listen_start(const struct config *cf)
{
	for (count = 0; count < cf->listeners; count++) {
		struct listener *l = &all[count];

		l->fd = l->watch.fd = -1;
		snprintf(l->given, sizeof(l->given), "%s", cf->listen[count].at);
		if (take_over(l))
			;
		else if (cf->listen[count].fd > 0)
			borrow(l, cf->listen[count].fd);
		else
			resolve(l, cf->listen[count].at);
		if (!open_one(l))
			die(EX_OSERR, "listen", "at=%s why=%s", cf->listen[count].at, strerror(errno));
		learn_name(l, cf->listen[count].at);
		log_info("listening", "at=%s", l->name);
	}
	close_the_others();
}

int
listen_other(const char *at, const char *name)
{
	struct listener l = {.fd = -1, .watch = {.fd = -1}};

	if (strncmp(at, "unix:", 5) != 0 && strrchr(at, ':') == NULL)
		die(EX_USAGE, name, "at=%s why=%s", at, "HOST:PORT or unix:PATH is wanted");
	resolve(&l, at);
	if (!bind_one(&l) || listen(l.fd, BACKLOG) < 0)
		die(EX_OSERR, name, "at=%s why=%s", at, strerror(errno));
	learn_name(&l, at);
	log_info(name, "at=%s", l.name);
	return l.fd;
}

bool
listen_open(void)
{
	bool ok = true;

	for (int i = 0; i < count; i++)
		if (all[i].watch.fd < 0 && !open_one(&all[i])) {
			log_warn("listen", "at=%s why=%s", all[i].name, strerror(errno));
			ok = false;
		}
	return ok;
}

void
listen_close(void)
{
	for (int i = 0; i < count; i++)
		if (all[i].watch.fd >= 0)
			close_one(&all[i]);
}

void
listen_end(void)
{
	for (int i = 0; i < count; i++)
		end_one(&all[i]);
}

bool
listen_is_open(void)
{
	for (int i = 0; i < count; i++)
		if (all[i].watch.fd < 0)
			return false;
	return count > 0;
}

bool
listen_waits(void)
{
	for (int i = 0; i < count; i++)
		if (all[i].waiting)
			return true;
	return false;
}

int
listen_accept(struct handed *from)
{
	for (int i = 0; i < count; i++) {
		struct sockaddr_storage ss = {.ss_family = AF_UNIX};
		socklen_t len = sizeof(ss);
		int fd;

		if (!all[i].waiting)
			continue;
		fd = accept4(all[i].fd, (struct sockaddr *)&ss, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			*from = (struct handed){.listener = i, .from = address_of((struct sockaddr *)&ss)};
			return fd;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			log_warn("accept", "why=%s", strerror(errno));
			return -2;
		}
		all[i].waiting = false;
	}
	return -1;
}

void
listen_tell(int fd)
{
	for (int i = 0; i < count; i++)
		dprintf(fd, "%s\n", all[i].name);
}
