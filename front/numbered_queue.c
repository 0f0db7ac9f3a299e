/* SPDX-License-Identifier: ISC */
/*
 * dialect_queue - frames on their way to a numbered client. It reads 1,024 bytes
 * and takes what it gets for one object: two frames that meet in its receive buffer
 * are one too many. So each is written alone, and the next one only after a pause
 * and after its kernel has acknowledged the last. But a busy program sleeps through
 * any pause (measured: with 20 others per core it does): therefore a frame with
 * others behind it is filled up to 1,024 bytes with a field that nobody knows, and
 * what is read at once is one frame, whatever waits.
 *
 * Such a client cannot acknowledge an entry; its kernel does. A kernel acknowledges
 * also what the program never reads, and says so with a reset when the program ends:
 * therefore an entry counts only when it arrived and no reset came for a while.
 */
#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "session/deliver.h"
#include "front/numbered_parts.h"
#include "lib/clock.h"
#include "lib/mem.h"

#define PACE_MS 10   /* after a full frame, */
#define ALONE_MS 100 /* and after one that was not filled up */
#define LOOK_MAX_MS 250
#define DOUBT_MS 500
#define KEEP_BUFFER 4096

static struct mark *
add(struct dialect *d)
{
	if (d->first == d->n)
		d->first = d->sent = d->n = 0;
	if (d->n == d->cap && d->first > d->cap / 2) {
		memmove(d->marks, d->marks + d->first, (d->n - d->first) * sizeof(d->marks[0]));
		d->n -= d->first;
		d->sent -= d->first;
		d->first = 0;
	}
	if (d->n == d->cap) {
		d->cap = d->cap != 0 ? d->cap * 2 : 16;
		d->marks = mem_realloc(d->marks, d->cap * sizeof(d->marks[0]));
	}
	d->marks[d->n] = (struct mark){.due = CLOCK_NEVER};
	return &d->marks[d->n++];
}

static struct mark *
add_frame(struct conn *c, struct buf *b)
{
	struct mark *m = add(c->dialect);

	buf_addc(b, '\0');
	m->len = buf_len(b);
	assert(m->len <= FRAME_TEXT);
	buf_add(&c->out, buf_data(b), buf_len(b));
	buf_cut(b, 0);
	return m;
}

void
queue_reply(struct conn *c, struct buf *b)
{
	add_frame(c, b);
}

void
queue_push(struct conn *c, struct buf *b, int64_t conv, int64_t seq, bool last)
{
	struct mark *m = add_frame(c, b);

	m->push = true;
	m->conv = conv;
	m->seq = last ? seq : 0;
}

void
queue_skip(struct conn *c, int64_t conv, int64_t seq)
{
	struct mark *m = add(c->dialect);

	m->push = true;
	m->conv = conv;
	m->seq = seq;
}

void
queue_forget(struct conn *c)
{
	struct dialect *d = c->dialect;
	struct buf left = {0};
	size_t at = 0, n = d->sent;

	for (size_t i = d->sent; i < d->n; i++) {
		const struct mark *m = &d->marks[i];

		if (!m->push) {
			buf_add(&left, buf_data(&c->out) + at, m->len);
			d->marks[n++] = *m;
		}
		at += m->len;
	}
	d->n = n;
	buf_free(&c->out);
	c->out = left;
}

/* Has the last frame arrived? */
static void
look(struct conn *c, int64_t now)
{
	struct dialect *d = c->dialect;
	int left;

	if (!d->in_flight)
		return;
	if (ioctl(c->fd, SIOCOUTQ, &left) < 0 || left > 0) {
		int64_t wait = (now - d->written_at) / 4;

		if (now >= d->look_at)
			d->look_at = now + (wait < PACE_MS ? PACE_MS : wait > LOOK_MAX_MS ? LOOK_MAX_MS : wait);
		if (c->due[T_STUCK] == CLOCK_NEVER)
			conn_arm(c, T_STUCK, STUCK_MS);
		return;
	}
	conn_disarm(c, T_STUCK);
	d->in_flight = false;
	d->marks[d->sent - 1].due = now + DOUBT_MS;
}

/* Acknowledges what was written and is beyond doubt at that time. */
static void
release(struct conn *c, int64_t now)
{
	struct dialect *d = c->dialect;

	for (; d->first < d->sent && d->marks[d->first].due <= now; d->first++)
		if (d->marks[d->first].seq != 0)
			deliver_acked(c, d->marks[d->first].conv, d->marks[d->first].seq);
}

/* The next frame with its NUL, filled up or not. Returns its length. */
static size_t
take_frame(const struct conn *c, size_t len, bool full, char frame[FRAME_MAX])
{
	memcpy(frame, buf_data(&c->out), len);
	if (!full)
		return len;
	snprintf(frame + len - 2, FRAME_MAX - len + 2, ",\"fill\":\"%*s\"}", (int)(FRAME_MAX - FRAME_FILL - len), "");
	return FRAME_MAX;
}

static void
write_next(struct conn *c, int64_t now)
{
	struct dialect *d = c->dialect;

	for (; d->sent < d->n && !d->in_flight; d->sent++) {
		struct mark *m = &d->marks[d->sent];
		bool full = buf_len(&c->out) > m->len;
		char frame[FRAME_MAX];
		size_t len;
		ssize_t n;

		if (m->len == 0) {
			m->due = now;
			continue;
		}
		if (now < d->next_at)
			return;
		d->look_at = now + PACE_MS;
		d->next_at = now + (full ? PACE_MS : ALONE_MS);
		len = take_frame(c, m->len, full, frame);
		n = send(c->fd, frame, len, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n != (ssize_t)len) {
			/* An empty socket takes 1,024 bytes whole. Half a frame would end the client, so this is the end. */
			c->hung_up = true;
			return;
		}
		buf_drop(&c->out, m->len);
		d->written_at = now;
		d->in_flight = true;
	}
}

/* When there will be something to do. */
static void
plan(struct conn *c, int64_t now)
{
	const struct dialect *d = c->dialect;
	int64_t due = CLOCK_NEVER;

	if (d->in_flight)
		due = d->look_at;
	else if (d->sent < d->n)
		due = d->next_at;
	if (d->first < d->sent && d->marks[d->first].due < due)
		due = d->marks[d->first].due;
	if (due == CLOCK_NEVER)
		conn_disarm(c, T_PACE);
	else
		conn_arm(c, T_PACE, due > now ? due - now : 0);
}

void
dialect_write(struct conn *c)
{
	int64_t now = clock_ms();

	look(c, now);
	write_next(c, now);
	release(c, now);
	plan(c, now);
	if (c->out.cap > KEEP_BUFFER)
		buf_trim(&c->out);
}

void
queue_logout(struct conn *c)
{
	struct dialect *d = c->dialect;

	/* Every segment of the client, the one with this request too, says how far its kernel has read ours. */
	look(c, clock_ms());
	release(c, CLOCK_NEVER - 1);
	queue_forget(c);
	for (size_t i = d->first; i < d->n; i++)
		d->marks[i].seq = 0;
}

void
dialect_end(struct conn *c)
{
	struct tcp_info ti = {0};
	socklen_t len = sizeof(ti);
	int64_t now = clock_ms();

	if (c->dialect == NULL || c->phase != PHASE_LOGGED_IN)
		return;
	look(c, now);
	if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &ti, &len) == 0 && ti.tcpi_state == TCP_CLOSE)
		release(c, now); /* reset: what came last was not read */
	else
		release(c, CLOCK_NEVER - 1);
}
