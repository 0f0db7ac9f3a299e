/* SPDX-License-Identifier: ISC */
#include "front/peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "session/limits.h"

#define STUCK_MS 60000 /* a client that does not take all, or so much, within that is given up: */
#define STUCK_BYTES 16384
#define LINGER_MS 2000
#define FIRST_CHUNK 1024 /* a login is shorter, and what it leaves free lies between pieces that stay */
#define READ_CHUNK 4096
#define KEEP_BUFFER 4096 /* an idle connection holds no more than this */

static void
tune(int fd)
{
	int on = 1, idle = 60, interval = 20, count = 3;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

void
peer_init(struct peer *p, int fd, const char *addr)
{
	*p = (struct peer){.fd = fd, .addr = addr, .in.secret = true, .out.secret = true};
	for (int d = 0; d < D_COUNT; d++)
		p->due[d] = CLOCK_NEVER;
	tune(fd);
}

void
peer_free(struct peer *p)
{
	buf_free(&p->in);
	buf_free(&p->out);
}

void
peer_arm(struct peer *p, enum deadline d, int64_t ms_from_now)
{
	p->due[d] = clock_ms() + ms_from_now;
}

void
peer_disarm(struct peer *p, enum deadline d)
{
	p->due[d] = CLOCK_NEVER;
}

void
peer_put_off(struct peer *p, int64_t ms)
{
	for (int d = 0; d < D_COUNT; d++)
		if (p->due[d] != CLOCK_NEVER && d != D_OBJECT)
			p->due[d] += ms;
}

bool
peer_is_armed(const struct peer *p, enum deadline d)
{
	return p->due[d] != CLOCK_NEVER;
}

bool
peer_read(struct peer *p)
{
	size_t room = p->in.cap == 0 ? FIRST_CHUNK : buf_len(&p->in) < READ_CHUNK ? READ_CHUNK : OBJECT_MAX;
	ssize_t n = read(p->fd, buf_room(&p->in, room), room);

	if (n > 0) {
		buf_grew(&p->in, (size_t)n);
		if (p->closing)
			buf_drop(&p->in, buf_len(&p->in));
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		p->hung_up = true;
	return false;
}

void
peer_trim(struct peer *p)
{
	if (p->in.cap > KEEP_BUFFER)
		buf_trim(&p->in);
	if (p->out.cap > KEEP_BUFFER)
		buf_trim(&p->out);
}

void
peer_rest(struct peer *p)
{
	buf_trim(&p->in);
	buf_trim(&p->out);
}

void
peer_hang_up(struct peer *p)
{
	p->hung_up = true;
}

void
peer_is_stuck(struct peer *p, bool stuck)
{
	if (stuck && peer_is_armed(p, D_STUCK))
		return;
	p->taken = 0;
	if (stuck)
		peer_arm(p, D_STUCK, STUCK_MS);
	else
		peer_disarm(p, D_STUCK);
}

void
peer_write(struct peer *p)
{
	while (buf_len(&p->out) > 0) {
		ssize_t n = send(p->fd, buf_data(&p->out), buf_len(&p->out), MSG_NOSIGNAL);

		if (n > 0) {
			buf_drop(&p->out, (size_t)n);
			p->taken += (size_t)n;
			if (p->taken >= STUCK_BYTES)
				peer_is_stuck(p, false);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			p->hung_up = true;
		else
			peer_is_stuck(p, true);
		return;
	}
	peer_is_stuck(p, false);
	peer_trim(p);
}

bool
peer_has_room(const struct peer *p)
{
	return p->reason == NULL && buf_len(&p->out) < OUTPUT_HIGH;
}

void
peer_end(struct peer *p, const char *reason, int64_t retry_after)
{
	if (p->reason != NULL)
		return;
	snprintf(p->why, sizeof(p->why), "%s", reason);
	p->reason = p->why;
	p->retry_after = retry_after;
}

void
peer_close(struct peer *p)
{
	p->closing = true;
	peer_arm(p, D_LINGER, LINGER_MS);
}
