/* SPDX-License-Identifier: ISC */
/*
 * conn - one session: the socket the master handed over, the poll loop over it,
 * the bus and the master, its deadlines, and its end. Whatever goes wrong in here
 * hurts this one client and nobody else.
 */
#include "conn.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "session/deliver.h"
#include "front/numbered.h"
#include "session/event.h"
#include "handlers/handlers.h"
#include "lib/clock.h"
#include "lib/jw.h"
#include "lib/log.h"
#include "lib/title.h"
#include "lib/mem.h"
#include "master/pool.h"

#define OBJECT_MS 10000
#define PING_MS 60000 /* silence after which the client is asked, */
#define DEAD_MS 90000 /* and silence after that which ends it */
#define LINGER_MS 2000
#define BAD_IN_A_ROW 10
#define READ_CHUNK 4096
#define KEEP_BUFFER 4096 /* an idle session holds no more than this */

static volatile sig_atomic_t told_to_stop;

static void
on_stop(int sig)
{
	(void)sig;
	told_to_stop = 1;
}

void
conn_arm(struct conn *c, enum timer t, int64_t ms_from_now)
{
	c->due[t] = clock_ms() + ms_from_now;
}

void
conn_disarm(struct conn *c, enum timer t)
{
	c->due[t] = CLOCK_NEVER;
}

bool
conn_gone(const struct conn *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) > 0;
}

void
conn_event(struct conn *c, const char *line, size_t n)
{
	if (c->dialect != NULL)
		dialect_event(c, line, n);
	else
		buf_add(&c->out, line, n);
}

void
conn_event_buf(struct conn *c, struct buf *line)
{
	conn_event(c, buf_data(line), buf_len(line));
	buf_free(line);
}

static void
say(struct conn *c, const char *event, const char *reason, int64_t retry_ms)
{
	struct buf line = {0};

	event_begin(&line, event);
	if (reason != NULL)
		jw_str(&line, "reason", reason);
	if (retry_ms > 0)
		jw_int(&line, "retry_after_ms", retry_ms);
	event_end(&line);
	conn_event_buf(c, &line);
}

void
conn_bye(struct conn *c, const char *reason, int64_t retry_ms)
{
	if (c->closing)
		return;
	say(c, "bye", reason, retry_ms);
	log_info("bye", "reason=%s addr=%s", reason, c->addr);
	c->closing = true;
	conn_arm(c, T_LINGER, LINGER_MS);
}

/* Input */

static void
take_object(struct conn *c)
{
	size_t none;

	c->bad_in_a_row = 0;
	handlers_object(c, buf_data(&c->in) + c->scanned - c->door.len, c->door.len);
	door_scan(&c->door, NULL, 0, OBJECT_MAX, &none); /* no object has begun now */
}

static void
take_bad(struct conn *c)
{
	handlers_refuse(c, E_BAD_JSON, c->door.why);
	if (++c->bad_in_a_row >= BAD_IN_A_ROW)
		conn_bye(c, "abuse", 0);
}

static void
take_large(struct conn *c, size_t limit)
{
	char why[80];

	snprintf(why, sizeof(why), "an object may have %zu bytes%s", limit,
	    c->phase == PHASE_LOGGED_IN ? "" : " before login");
	handlers_refuse(c, E_TOO_LARGE, why);
	conn_bye(c, "abuse", 0);
}

/* Runs what has arrived, as long as its answers have room. */
static void
take_input(struct conn *c)
{
	enum door_verdict v = DOOR_OBJECT;
	bool ended = false;

	while (v != DOOR_MORE && !c->closing && buf_len(&c->in) > c->scanned && buf_len(&c->out) < OUTPUT_HIGH) {
		size_t limit = c->phase == PHASE_LOGGED_IN ? OBJECT_MAX : OBJECT_MAX_NEW, used;

		v = door_scan(&c->door, buf_data(&c->in) + c->scanned, buf_len(&c->in) - c->scanned, limit, &used);
		c->scanned += used;
		if (v == DOOR_OBJECT)
			take_object(c);
		else if (v == DOOR_BAD)
			take_bad(c);
		else if (v == DOOR_LARGE)
			take_large(c, limit);
		if (v != DOOR_MORE || c->door.len == 0) {
			ended = true;
			buf_drop(&c->in, c->scanned);
			c->scanned = 0;
		}
	}
	handlers_flush(c);
	/* A time limit for the object that has begun, from its first byte on. */
	if (ended)
		conn_disarm(c, T_OBJECT);
	if (c->door.len > 0 && c->due[T_OBJECT] == CLOCK_NEVER)
		conn_arm(c, T_OBJECT, OBJECT_MS);
	if (c->in.cap > KEEP_BUFFER)
		buf_trim(&c->in);
}

static void
read_client(struct conn *c)
{
	size_t room = buf_len(&c->in) < READ_CHUNK ? READ_CHUNK : OBJECT_MAX;
	ssize_t n = read(c->fd, buf_room(&c->in, room), room);

	if (n > 0) {
		buf_grew(&c->in, (size_t)n);
		c->pinged = false;
		conn_arm(c, T_SILENCE, PING_MS);
		if (c->closing)
			buf_drop(&c->in, buf_len(&c->in));
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		c->hung_up = true;
	}
}

/* Output */

static void
write_client(struct conn *c)
{
	if (c->dialect != NULL) {
		dialect_write(c);
		return;
	}
	while (buf_len(&c->out) > 0) {
		ssize_t n = send(c->fd, buf_data(&c->out), buf_len(&c->out), MSG_NOSIGNAL);

		if (n > 0) {
			buf_drop(&c->out, (size_t)n);
			conn_disarm(c, T_STUCK);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			c->hung_up = true;
		else if (c->due[T_STUCK] == CLOCK_NEVER)
			conn_arm(c, T_STUCK, STUCK_MS);
		return;
	}
	if (c->out.cap > KEEP_BUFFER)
		buf_trim(&c->out);
}

/* Deadlines */

static void
on_silence(struct conn *c)
{
	if (c->dialect != NULL)
		return; /* it would not understand; TCP's keepalive has to do */
	if (c->pinged) {
		conn_bye(c, "timeout", 0);
		return;
	}
	say(c, "ping", NULL, 0);
	c->pinged = true;
	conn_arm(c, T_SILENCE, DEAD_MS);
}

static void
on_timer(struct conn *c, enum timer t)
{
	switch (t) {
	case T_LOGIN:
	case T_OBJECT:
		conn_bye(c, "timeout", 0);
		break;
	case T_SILENCE:
		on_silence(c);
		break;
	case T_STUCK:
		/* It has taken nothing for so long that it will not read a bye either. */
		log_info("stuck", "bytes=%zu", buf_len(&c->out));
		c->hung_up = true;
		break;
	case T_ACKS:
		deliver_store_acks(c);
		break;
	case T_SWEEP:
		deliver_sweep(c);
		break;
	case T_LINGER:
		c->hung_up = true;
		break;
	case T_FETCH:
	case T_PACE:
	case T_COUNT:
		break;
	}
}

static void
run_timers(struct conn *c)
{
	int64_t now = clock_ms();

	for (int t = 0; t < T_COUNT; t++)
		if (c->due[t] <= now) {
			c->due[t] = CLOCK_NEVER;
			on_timer(c, (enum timer)t);
		}
}

static int64_t
next_deadline(struct conn *c)
{
	int64_t next = db_rest(c->db, c->cf->db_idle);

	for (int t = 0; t < T_COUNT; t++)
		if (c->due[t] < next)
			next = c->due[t];
	if (c->bus != NULL && bus_due(c->bus) < next)
		next = bus_due(c->bus);
	return next;
}

/* The master closed its end, or said something: either way it is time to go. */
static void
master_says(struct conn *c)
{
	conn_bye(c, "shutdown", 500 + clock_jitter(4500));
	close(c->ctl);
	c->ctl = -1;
}

/* After bye: everything is written, the peer has been told, what it still sends is not read as a reset. */
static bool
finished(struct conn *c)
{
	if (c->hung_up)
		return true;
	if (c->closing && buf_len(&c->out) == 0)
		shutdown(c->fd, SHUT_WR);
	return false;
}

/* There was more to do than fitted into the output, and now it fits: do not wait. */
static bool
has_work(const struct conn *c)
{
	if (c->closing || buf_len(&c->out) >= OUTPUT_HIGH)
		return false;
	return buf_len(&c->in) > c->scanned || (c->behind && c->unacked < WINDOW && c->due[T_FETCH] == CLOCK_NEVER);
}

static bool
heard(const struct pollfd *p, nfds_t n)
{
	for (nfds_t i = 0; i < n; i++)
		if (p[i].revents != 0)
			return true;
	return false;
}

static void
loop(struct conn *c)
{
	for (; !finished(c); db_forget(c->db)) {
		struct pollfd p[2 + BUS_FDS];
		nfds_t n = 2;
		bool listen = c->closing || buf_len(&c->out) < OUTPUT_HIGH;

		bool speak = buf_len(&c->out) > 0 && c->dialect == NULL; /* a numbered client's frames wait for T_PACE */

		p[0] = (struct pollfd){.fd = c->fd, .events = (short)((listen ? POLLIN : 0) | (speak ? POLLOUT : 0))};
		p[1] = (struct pollfd){.fd = c->ctl, .events = POLLIN};
		if (c->bus != NULL)
			n += (nfds_t)bus_poll(c->bus, p + 2);
		if (poll(p, n, has_work(c) ? 0 : clock_left(next_deadline(c))) < 0 && errno != EINTR)
			die(71, "poll", "why=%s", strerror(errno));
		if (told_to_stop || p[1].revents != 0)
			master_says(c);
		if (p[0].revents & (POLLIN | POLLHUP | POLLERR))
			read_client(c);
		/* What others said before is given out before our client's next words are looked at. */
		if (c->bus != NULL && (heard(p + 2, n - 2) || clock_ms() >= bus_due(c->bus)))
			bus_work(c->bus);
		take_input(c);
		run_timers(c);
		if (c->bus != NULL)
			deliver_work(c);
		write_client(c);
	}
}

/* Start and end */

static void
learn_address(struct conn *c)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char ip[INET6_ADDRSTRLEN] = "?";

	if (getpeername(c->fd, (struct sockaddr *)&ss, &len) < 0 || ss.ss_family == AF_UNIX) {
		snprintf(c->addr, sizeof(c->addr), "unix");
		return;
	}
	if (ss.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)&ss;

		inet_ntop(AF_INET, &in->sin_addr, ip, sizeof(ip));
		snprintf(c->addr, sizeof(c->addr), "%s:%d", ip, ntohs(in->sin_port));
	} else {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&ss;

		inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof(ip));
		snprintf(c->addr, sizeof(c->addr), "[%s]:%d", ip, ntohs(in6->sin6_port));
	}
}

static void
tune_socket(int fd)
{
	int on = 1, idle = 60, interval = 20, count = 3;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

static void
set_signals(void)
{
	struct sigaction stop = {.sa_handler = on_stop}, ignore = {.sa_handler = SIG_IGN};
	sigset_t none;

	/* The terminal's signals reach every process of the group; the master alone decides what they mean. */
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGQUIT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	sigaction(SIGUSR1, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int
conn_main(const struct config *cf, int ctl, int64_t child)
{
	struct conn *c;
	char app[80];
	bool untold;
	int fd;

	set_signals();
	title_set("spare");
	fd = pool_take(ctl);
	if (fd < 0)
		return 0;
	c = mem_alloc(sizeof(*c));
	c->cf = cf;
	c->ctl = ctl;
	c->fd = fd;
	for (int t = 0; t < T_COUNT; t++)
		c->due[t] = CLOCK_NEVER;
	learn_address(c);
	tune_socket(c->fd);
	title_set("session %s", c->addr);
	snprintf(app, sizeof(app), "chatd/%s", cf->node);
	c->db = db_new(cf->db, app);
	door_init(&c->door);
	c->place = (struct place){.node = cf->node, .boot = cf->boot, .child = child, .pid = (int)getpid(), .addr = c->addr};
	c->tokens_at = clock_ms() - 2000; /* begins with a full budget */
	conn_arm(c, T_LOGIN, cf->login_timeout);
	conn_arm(c, T_SILENCE, PING_MS);
	loop(c);
	dialect_end(c);
	close(c->fd); /* the client need not wait for what we have to write down */
	conn_logout(c, false);
	untold = c->row;
	db_close(&c->db);
	dialect_free(c);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
	return untold ? POOL_UNTOLD : 0;
}
