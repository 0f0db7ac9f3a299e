/* SPDX-License-Identifier: ISC */
/* link - the connections: made, lost, read and written, all in one thread. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chaos.h"
#include "lib/mem.h"

#define CONNECT_MS 5000
#define LOGINS 4 /* at once: hashing a password is slow on purpose */

void
lost(struct client *c, const char *why, int64_t wait)
{
	if (c->state == DOWN)
		return;
	record("%s link lost: %s", name_of(c), why);
	w.links_lost++;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->state = DOWN;
	c->synced = false;
	buf_free(&c->in);
	buf_free(&c->out);
	for (; c->n > 0; c->n--, c->first = (c->first + 1) % 64) {
		const struct pending *p = &c->pending[c->first];

		if (p->what == ASK_SEND)
			say_again(c, p->arg);
		else if (p->what == ASK_KICK)
			w.targets[p->arg].kicks_unknown++;
	}
	c->first = 0;
	c->again_at = 0;
	for (size_t i = 0; i < c->n_views; i++) {
		c->views[i].last = -1;
		c->views[i].by_reply = false;
		c->views[i].acked = 0;
	}
	if (wait == 0) {
		c->backoff = c->backoff == 0         ? 50
			     : c->backoff * 2 > 2000 ? 2000
						     : c->backoff * 2;
		wait = c->backoff / 2 + (int64_t)rnd((uint64_t)c->backoff);
	}
	c->at = now_ms() + wait;
}

void
ask(struct client *c, enum asked what, int arg)
{
	struct pending *p = &c->pending[(c->first + c->n++) % 64];

	buf_addc(&c->out, '\n');
	*p = (struct pending){what, arg,
	    now_ms() + (what == ASK_LOGIN || what == ASK_REGISTER ? 30000 : REPLY_MS)};
	if (what == ASK_RESUME)
		p->due += 10000; /* it waits for the bus and for the database */
}

static void
dial(struct client *c)
{
	const char *addr = w.o.addrs.at[rnd((uint64_t)w.o.addrs.n)],
		   *colon = strrchr(addr, ':');
	struct sockaddr_in sin = {.sin_family = AF_INET};
	char host[64];
	int on = 1;

	snprintf(host, sizeof(host), "%.*s", (int)(colon - addr), addr);
	sin.sin_port = htons((uint16_t)atoi(colon + 1));
	if (inet_pton(AF_INET, host, &sin.sin_addr) != 1) {
		fprintf(stderr, "driver: %s is no address\n", addr);
		exit(64);
	}
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->state = CONNECTING;
	c->at = now_ms() + CONNECT_MS;
	if (connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 && errno != EINPROGRESS)
		lost(c, strerror(errno), 0);
}

static void
greet(struct client *c)
{
	struct user *u = &w.users[c->user];

	c->state = GREETING;
	if (c->token[0] != '\0') {
		buf_addf(&c->out, "{\"op\":\"resume\",\"token\":\"%s\"}", c->token);
		ask(c, ASK_RESUME, 0);
		return;
	}
	if (!u->registered) {
		buf_addf(&c->out,
		    "{\"op\":\"register\",\"name\":\"%s\",\"password\":\"%s-password\"}",
		    u->name, u->name);
		ask(c, ASK_REGISTER, 0);
	}
	buf_addf(&c->out,
	    "{\"op\":\"login\",\"name\":\"%s\",\"password\":\"%s-password\",\"device\":\"%s\"}",
	    u->name, u->name, c->device);
	ask(c, ASK_LOGIN, 0);
}

static void
read_link(struct client *c)
{
	ssize_t n = read(c->fd, buf_room(&c->in, 65536), 65536);
	char *line, *end;

	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			lost(c, n == 0 ? "closed" : strerror(errno), 0);
		return;
	}
	buf_grew(&c->in, (size_t)n);
	while (buf_len(&c->in) > 0 &&
	       (end = memchr(line = buf_data(&c->in), '\n', buf_len(&c->in))) != NULL) {
		size_t len = (size_t)(end - line) + 1;

		*end = '\0';
		line = mem_strdup(line);
		buf_drop(&c->in, len);
		hear(c, line);
		free(line);
	}
}

static void
write_link(struct client *c)
{
	while (buf_len(&c->out) > 0) {
		ssize_t n = send(c->fd, buf_data(&c->out), buf_len(&c->out), MSG_NOSIGNAL);

		if (n > 0) {
			buf_drop(&c->out, (size_t)n);
		} else {
			if (errno != EAGAIN && errno != EINTR)
				lost(c, strerror(errno), 0);
			return;
		}
	}
}

static void
work(struct client *c, int64_t now, int *logins)
{
	if (c->old_fd >= 0 && now >= c->old_until) {
		close(c->old_fd);
		c->old_fd = -1;
	}
	switch (c->state) {
	case DOWN:
		if (now < c->at)
			break;
		if (c->token[0] == '\0') {
			if (*logins >= LOGINS ||
			    (strcmp(c->device, "a") != 0 && !w.users[c->user].registered))
				break;
			++*logins;
		}
		dial(c);
		break;
	case CONNECTING:
		if (now >= c->at)
			lost(c, "no connection in time", 0);
		break;
	case GREETING:
	case UP:
		up_work(c, now);
		break;
	}
}

void
turn(void)
{
	struct pollfd *p = mem_alloc((size_t)w.n_clients * sizeof(*p));
	int64_t now = now_ms();
	int logins = 0;

	for (int i = 0; i < w.n_clients; i++)
		logins += w.clients[i].token[0] == '\0' && w.clients[i].state != DOWN;
	for (int i = 0; i < w.n_clients; i++) {
		struct client *c = &w.clients[i];

		work(c, now, &logins);
		if (c->state == UP || c->state == GREETING)
			write_link(c);
		p[i].fd = c->state == DOWN ? -1 : c->fd;
		p[i].events = c->state == CONNECTING ? POLLOUT
			      : buf_len(&c->out) > 0 ? POLLOUT
						     : 0;
		if (c->state != CONNECTING && now >= c->deaf_until)
			p[i].events |= POLLIN;
	}
	poll(p, (nfds_t)w.n_clients, 10);
	for (int i = 0; i < w.n_clients; i++) {
		struct client *c = &w.clients[i];
		int error = 0;
		socklen_t len = sizeof(error);

		if (p[i].revents == 0 || c->state == DOWN)
			continue;
		if (c->state == CONNECTING) {
			getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
			if (error != 0)
				lost(c, strerror(error), 0);
			else
				greet(c);
			continue;
		}
		if (p[i].events & POLLIN)
			read_link(c);
		if (c->state != DOWN)
			write_link(c);
	}
	free(p);
}
