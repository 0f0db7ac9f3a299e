/* SPDX-License-Identifier: ISC */
#include "client/link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/tls.h"
#include "lib/clock.h"

#define CONNECT_MS 5000          /* per address */
#define READ_AT_ONCE (64 * 1024) /* then the caller gets its turn */

#define DEFAULT_PORT "7000"

void
link_init(struct link *l, const char *server, const struct link_tls *how)
{
	*l = (struct link){.fd = -1, .server = server, .how = how};
}

static int
fail(struct link *l, const char *why)
{
	snprintf(l->why, sizeof(l->why), "%s", why);
	return -1;
}

static void
forget_addresses(struct link *l)
{
	if (l->found != NULL)
		freeaddrinfo(l->found);
	l->found = l->next = NULL;
}

int
link_split(const char *server, char host[LINK_HOST_MAX], const char **port)
{
	const char *colon = strrchr(server, ':'), *end = strchr(server, ']');
	size_t n = strlen(server);

	if (*server == '[' && end != NULL) {
		colon = end[1] == ':' ? end + 1 : NULL;
		n = (size_t)(end - ++server);
	} else if (colon != NULL && strchr(server, ':') == colon) {
		n = (size_t)(colon - server);
	} else {
		colon = NULL; /* a bare name, or a bare IPv6 address */
	}
	*port = colon != NULL && colon[1] != '\0' ? colon + 1 : DEFAULT_PORT;
	if (n == 0 || n >= LINK_HOST_MAX)
		return -1;
	memcpy(host, server, n);
	host[n] = '\0';
	return 0;
}

bool
link_is_local(const char *server)
{
	char host[LINK_HOST_MAX];
	const char *port;

	return link_split(server, host, &port) == 0 &&
	    (strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0);
}

static int
resolve(struct link *l)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	const char *port;
	char host[LINK_HOST_MAX];
	int rc;

	if (link_split(l->server, host, &port) < 0)
		return fail(l, "that is not HOST:PORT");
	rc = getaddrinfo(host, port, &hints, &l->found);
	if (rc != 0)
		return fail(l, gai_strerror(rc));
	l->next = l->found;
	return 0;
}

static void
drop_socket(struct link *l)
{
	tls_free(l->tls);
	l->tls = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->state = LINK_DOWN;
}

/* TLS: not up before the other side has shown who it is. -1: it has not. */
static int
connected(struct link *l)
{
	char host[LINK_HOST_MAX];
	const char *port;
	int on = 1, rc = 1;

	if (l->tls == NULL) {
		setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		setsockopt(l->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		if (l->how->on && (link_split(l->server, host, &port) < 0 ||
		                      (l->tls = tls_new(l->fd, host, l->how->ca, l->why, sizeof(l->why))) == NULL))
			rc = -1;
	}
	if (l->tls != NULL)
		rc = tls_shake(l->tls, l->why, sizeof(l->why));
	if (rc > 0)
		l->state = LINK_UP;
	if (rc != 0)
		forget_addresses(l);
	return rc < 0 ? -1 : 0;
}

/* Tries one address after the other until one is connecting; -1: none is left. */
static int
connect_next(struct link *l)
{
	while (l->next != NULL) {
		struct addrinfo *ai = l->next;

		l->next = ai->ai_next;
		drop_socket(l);
		l->fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, ai->ai_protocol);
		if (l->fd < 0) {
			fail(l, strerror(errno));
			continue;
		}
		l->state = LINK_CONNECTING;
		l->connect_by = clock_ms() + CONNECT_MS;
		if (connect(l->fd, ai->ai_addr, ai->ai_addrlen) == 0)
			return connected(l);
		if (errno == EINPROGRESS)
			return 0;
		fail(l, strerror(errno));
	}
	drop_socket(l);
	forget_addresses(l);
	return -1;
}

int
link_open(struct link *l)
{
	link_close(l);
	if (resolve(l) == 0 && connect_next(l) == 0)
		return 0;
	drop_socket(l);
	return -1;
}

void
link_close(struct link *l)
{
	drop_socket(l);
	forget_addresses(l);
	buf_drop(&l->in, buf_len(&l->in));
	buf_drop(&l->out, buf_len(&l->out));
	l->scanned = l->line = 0;
	l->eof = false;
}

void
link_free(struct link *l)
{
	link_close(l);
	buf_free(&l->in);
	buf_free(&l->out);
}

short
link_events(const struct link *l)
{
	if (l->state == LINK_CONNECTING)
		return l->tls != NULL ? tls_events(l->tls) : POLLOUT;
	if (l->state == LINK_DOWN)
		return 0;
	return (short)(POLLIN | (buf_len(&l->out) > 0 ? POLLOUT : 0));
}

int64_t
link_due(const struct link *l)
{
	return l->state == LINK_CONNECTING ? l->connect_by : CLOCK_NEVER;
}

static int
finish_connect(struct link *l, short revents)
{
	socklen_t n = sizeof(int);
	int err = 0;

	if (revents == 0) {
		if (clock_ms() < l->connect_by)
			return 0;
		fail(l, strerror(ETIMEDOUT));
		return connect_next(l);
	}
	if (l->tls != NULL)
		return connected(l);
	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &err, &n) < 0)
		err = errno;
	if (err != 0) {
		fail(l, strerror(err));
		return connect_next(l);
	}
	return connected(l);
}

static int
flush(struct link *l)
{
	while (buf_len(&l->out) > 0) {
		size_t want = buf_len(&l->out);
		ssize_t n = l->tls != NULL ? tls_write(l->tls, buf_data(&l->out), want)
		                           : send(l->fd, buf_data(&l->out), want, MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0)
			return fail(l, strerror(errno));
		buf_drop(&l->out, (size_t)n);
	}
	return 0;
}

static int
fill(struct link *l)
{
	ssize_t n;

	do {
		char *room = buf_room(&l->in, READ_AT_ONCE);

		n = l->tls != NULL ? tls_read(l->tls, room, READ_AT_ONCE) : recv(l->fd, room, READ_AT_ONCE, 0);
		if (n > 0)
			buf_grew(&l->in, (size_t)n);
	} while (l->tls != NULL && n == READ_AT_ONCE); /* what OpenSSL holds, poll(2) does not announce */
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return 0;
	if (n < 0)
		return fail(l, strerror(errno));
	l->eof = true;
	return fail(l, "the server closed the connection");
}

int
link_work(struct link *l, short revents)
{
	int rc = 0;

	if (l->state == LINK_CONNECTING && finish_connect(l, revents) < 0) {
		drop_socket(l);
		return -1;
	}
	if (l->state != LINK_UP)
		return 0;
	if (l->scanned > LINK_LINE_MAX) {
		drop_socket(l);
		return fail(l, "the server sent a line beyond all limits");
	}
	/* Reading comes first: the last words of a server that closes must not die of our failing write. */
	if (revents & (POLLIN | POLLHUP | POLLERR))
		rc = fill(l);
	if (rc == 0)
		rc = flush(l);
	if (rc < 0)
		drop_socket(l);
	return rc;
}

void
link_put(struct link *l, const void *p, size_t n)
{
	buf_add(&l->out, p, n);
}

char *
link_line(struct link *l, size_t *n)
{
	char *at, *end;

	if (l->line > 0)
		buf_drop(&l->in, l->line);
	l->line = 0;
	if (buf_len(&l->in) == 0)
		return NULL;
	at = buf_data(&l->in);
	end = memchr(at + l->scanned, '\n', buf_len(&l->in) - l->scanned);
	if (end == NULL) {
		l->scanned = buf_len(&l->in);
		return NULL;
	}
	l->scanned = 0;
	l->line = (size_t)(end - at) + 1;
	if (end > at && end[-1] == '\r')
		end--;
	*end = '\0';
	*n = (size_t)(end - at);
	return at;
}
