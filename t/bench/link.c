/* SPDX-License-Identifier: ISC */
/* link - the clients: connect, log in, hear what is whole, write once a turn. */
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "t/bench/bench.h"

#define CHUNK (512 * 1024)
#define AGAIN_NS (100 * 1000 * 1000)

struct heard heard;

static int epoll_fd = -1;
static struct link *to_write;
static struct link *waiting; /* turned away: opened again a moment later */
static int64_t open_again_at;

int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

/* Addresses are few: each is looked up once. */
static const struct addrinfo *
resolve(const char *addr)
{
	static struct {
		const char *addr;
		struct addrinfo *ai;
	} known[4];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
	const char *colon = strrchr(addr, ':');
	size_t i = 0;
	char host[64];

	while (known[i].addr != NULL && known[i].addr != addr)
		if (++i == 4)
			quit("too many addresses");
	if (known[i].addr != NULL)
		return known[i].ai;
	if (colon == NULL || (size_t)(colon - addr) >= sizeof(host))
		quit("%s: HOST:PORT is wanted", addr);
	snprintf(host, sizeof(host), "%.*s", (int)(colon - addr), addr);
	if (getaddrinfo(host, colon + 1, &hints, &known[i].ai) != 0)
		quit("%s: not a numeric address", addr);
	known[i].addr = addr;
	return known[i].ai;
}

static void
dial(struct link *l)
{
	const struct addrinfo *ai = resolve(l->addr);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = l};
	int on = 1;

	l->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		quit("socket: %s", strerror(errno));
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(l->fd, ai->ai_addr, ai->ai_addrlen) < 0 && errno != EINPROGRESS)
		quit("%s: %s", l->addr, strerror(errno));
	l->state = LINK_RESUMING;
	opt.tongue->hello(l);
	ev.events |= EPOLLOUT; /* written when connected */
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, l->fd, &ev) < 0)
		quit("epoll_ctl: %s", strerror(errno));
}

void
link_open(struct link *l, const struct role *role, int user, const char *addr)
{
	if (epoll_fd < 0)
		epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->role = role;
	l->user = user;
	l->addr = addr;
	l->begun = now_ns();
	dial(l);
}

void
link_close(struct link *l)
{
	if (l->state == LINK_READY)
		heard.ready--;
	if (l->fd >= 0 && l->state != LINK_DOWN)
		close(l->fd);
	l->fd = -1;
	l->state = LINK_DOWN;
	buf_free(&l->in);
	buf_free(&l->out);
	l->to_ack = false;
}

/* A crowd may be turned away at the door; afterwards nobody is, but where the server is killed. */
void
link_lost(struct link *l, const char *why)
{
	if (l->state != LINK_RESUMING && opt.victim == 0)
		quit("u%d lost its connection: %s", l->user, why);
	if (l->state == LINK_RESUMING) {
		heard.again++;
		l->tries++;
	} else {
		heard.lost++;
		l->addr = opt.addr[1];
		l->tries = 0;
	}
	link_close(l);
	l->next = waiting;
	waiting = l;
	open_again_at = now_ns() + AGAIN_NS;
}

static void
open_again(void)
{
	struct link *l = waiting;

	waiting = NULL;
	while (l != NULL) {
		struct link *next = l->next;

		dial(l);
		l = next;
	}
}

void
link_say(struct link *l)
{
	if (l->queued)
		return;
	l->queued = true;
	l->next = to_write;
	to_write = l;
}

static void
want_output(struct link *l, bool on)
{
	struct epoll_event ev = {.events = EPOLLIN | (on ? EPOLLOUT : 0), .data.ptr = l};

	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, l->fd, &ev);
}

static void
write_out(struct link *l)
{
	while (buf_len(&l->out) > 0) {
		ssize_t n = write(l->fd, buf_data(&l->out), buf_len(&l->out));

		heard.writes++;
		if (n < 0) {
			if (errno == EAGAIN)
				want_output(l, true);
			else
				link_lost(l, strerror(errno));
			return;
		}
		buf_drop(&l->out, (size_t)n);
	}
	if (l->state != LINK_READY)
		buf_trim(&l->out);
}

static void
write_all(void)
{
	struct link *l = to_write;

	to_write = NULL;
	while (l != NULL) {
		struct link *next = l->next;

		l->queued = false;
		if (l->state != LINK_DOWN)
			write_out(l);
		l = next;
	}
}

/* All links read into the same place; only what is no whole line yet is kept. */
static void
read_in(struct link *l)
{
	static char space[CHUNK + 1];
	size_t had = buf_len(&l->in), n, taken;
	ssize_t got;

	if (had > CHUNK / 2)
		quit("a line that has no end");
	if (had > 0)
		memcpy(space, buf_data(&l->in), had);
	got = read(l->fd, space + had, CHUNK - had);
	heard.reads++;
	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			link_lost(l, got == 0 ? "closed" : strerror(errno));
		return;
	}
	buf_free(&l->in);
	n = had + (size_t)got;
	taken = opt.tongue->take(l, space, n, now_ns());
	if (l->state != LINK_DOWN)
		buf_add(&l->in, space + taken, n - taken);
}

void
links_turn(int64_t until)
{
	struct epoll_event ev[512];
	int64_t left = until - now_ns();
	struct timespec ts;
	int n;

	write_all();
	if (waiting != NULL && open_again_at - now_ns() < left)
		left = open_again_at - now_ns();
	if (left < 0)
		left = 0;
	ts = (struct timespec){.tv_sec = left / SECOND, .tv_nsec = left % SECOND};
	n = epoll_pwait2(epoll_fd, ev, 512, &ts, NULL);
	for (int i = 0; i < n; i++) {
		struct link *l = ev[i].data.ptr;

		if ((ev[i].events & EPOLLOUT) && l->state != LINK_DOWN) {
			want_output(l, false);
			write_out(l);
		}
		if ((ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && l->state != LINK_DOWN)
			read_in(l);
	}
	if (waiting != NULL && now_ns() >= open_again_at)
		open_again();
	write_all();
}

void
links_ready(int64_t n, int64_t seconds)
{
	int64_t end = now_ns() + seconds * SECOND;

	while (heard.ready < n) {
		if (now_ns() > end)
			quit("only %" PRId64 " of %" PRId64 " sessions are ready", heard.ready,
			    n);
		links_turn(end);
	}
}
