/* SPDX-License-Identifier: ISC */
/*
 * numbered_queue - frames on their way to a numbered client. It reads 1,024 bytes
 * and takes what it gets for one object: two frames that meet in its receive buffer
 * are one too many. So each is written alone, and the next one only after a pause
 * and after its kernel has acknowledged the last. But a busy program sleeps through
 * any pause (measured: with 20 others per core it does): therefore a frame with
 * others behind it is filled up to 1,024 bytes with a field that nobody knows, and
 * what is read at once is one frame, whatever waits.
 *
 * Such a client cannot acknowledge an entry. Its kernel does, also for a program that
 * is frozen, or killed before it reads: that opens the window and no more. An entry
 * counts as acknowledged when the client said anything later, or is still there after
 * two minutes. And nothing counts that was said in a dialect nobody has shown yet.
 */
#include "front/numbered_queue.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "session/ack.h"
#include "session/deliver.h"

#define PACE_MS 10   /* after a full frame, */
#define ALONE_MS 100 /* and after one that was not filled up */
#define LOOK_MAX_MS 250
#ifndef SETTLE_MS
#define SETTLE_MS 120000 /* what arrived counts after so long on an open connection; shorter for a test */
#endif

static struct mark *
queue_add(struct numbered *v)
{
	if (v->first == v->n)
		v->first = v->sent = v->n = 0;
	if (v->n == v->cap && v->first > v->cap / 2) {
		memmove(v->marks, v->marks + v->first, (v->n - v->first) * sizeof(v->marks[0]));
		v->n -= v->first;
		v->sent -= v->first;
		v->first = 0;
	}
	if (v->n == v->cap) {
		v->cap = v->cap != 0 ? v->cap * 2 : 16;
		v->marks = mem_realloc(v->marks, v->cap * sizeof(v->marks[0]));
	}
	v->marks[v->n] = (struct mark){.due = CLOCK_NEVER};
	return &v->marks[v->n++];
}

static struct mark *
add_frame(struct numbered *v, struct buf *b)
{
	struct mark *m = queue_add(v);

	buf_addc(b, '\0');
	m->len = buf_len(b);
	assert(m->len <= FRAME_TEXT);
	buf_add(&v->peer->out, buf_data(b), buf_len(b));
	buf_cut(b, 0);
	return m;
}

void
queue_reply(struct numbered *v, struct buf *b)
{
	add_frame(v, b);
}

void
queue_push(struct numbered *v, struct buf *b, int64_t conv, int64_t seq, bool last)
{
	struct mark *m = add_frame(v, b);

	m->push = true;
	m->conv = conv;
	m->seq = last ? seq : 0;
}

void
queue_skip(struct numbered *v, int64_t conv, int64_t seq)
{
	struct mark *m = queue_add(v);

	m->push = true;
	m->conv = conv;
	m->seq = seq;
}

void
queue_forget(struct numbered *v)
{
	struct buf left = {0};
	size_t at = 0, n = v->sent;

	for (size_t i = v->sent; i < v->n; i++) {
		const struct mark *m = &v->marks[i];

		if (!m->push) {
			buf_add(&left, buf_data(&v->peer->out) + at, m->len);
			v->marks[n++] = *m;
		}
		at += m->len;
	}
	v->n = n;
	buf_free(&v->peer->out);
	v->peer->out = left;
}

/* How the client is spoken to is more than a guess. */
static bool
is_known(const struct numbered *v)
{
	return v->shown || v->stored == dialect_letter(v->dialect);
}

/* The client's kernel has it, or there was nothing to have. */
static void
arrived(struct numbered *v, struct mark *m, int64_t due)
{
	m->due = due;
	if (m->seq != 0)
		ack_arrived(v->session, m->conv, m->seq);
}

/* Has the last frame arrived? */
static void
queue_look(struct numbered *v, int64_t now)
{
	int left;

	if (!v->in_flight)
		return;
	if (ioctl(v->peer->fd, SIOCOUTQ, &left) < 0 || left > 0) {
		int64_t wait = (now - v->written_at) / 4;

		if (now >= v->look_at)
			v->look_at = now + (wait < PACE_MS ? PACE_MS : wait > LOOK_MAX_MS ? LOOK_MAX_MS : wait);
		peer_is_stuck(v->peer, true);
		return;
	}
	peer_is_stuck(v->peer, false);
	v->in_flight = false;
	arrived(v, &v->marks[v->sent - 1], now + SETTLE_MS);
}

/* Acknowledges what arrived long enough ago. Without a dialect that is known the marks are of no use: the window is open. */
static void
queue_release(struct numbered *v, int64_t now)
{
	bool known = is_known(v);

	for (; v->first < v->sent && (v->marks[v->first].due <= now || (!known && v->marks[v->first].due != CLOCK_NEVER)); v->first++)
		if (known && v->marks[v->first].seq != 0)
			ack_take(v->session, v->marks[v->first].conv, v->marks[v->first].seq);
}

/* The next frame with its NUL, filled up or not. Returns its length. */
static size_t
take_frame(const struct numbered *v, size_t len, bool full, char frame[FRAME_MAX])
{
	memcpy(frame, buf_data(&v->peer->out), len);
	if (!full)
		return len;
	snprintf(frame + len - 2, FRAME_MAX - len + 2, ",\"fill\":\"%*s\"}", (int)(FRAME_MAX - FRAME_FILL - len), "");
	return FRAME_MAX;
}

static void
write_next(struct numbered *v, int64_t now)
{

	for (; v->sent < v->n && !v->in_flight; v->sent++) {
		struct mark *m = &v->marks[v->sent];
		bool full = buf_len(&v->peer->out) > m->len;
		char frame[FRAME_MAX];
		size_t len;
		ssize_t n;

		if (m->len == 0) {
			arrived(v, m, now);
			continue;
		}
		if (now < v->next_at)
			return;
		v->look_at = now + PACE_MS;
		v->next_at = now + (full ? PACE_MS : ALONE_MS);
		len = take_frame(v, m->len, full, frame);
		n = send(v->peer->fd, frame, len, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n != (ssize_t)len) {
			/* An empty socket takes 1,024 bytes whole. Half a frame would end the client, so this is the end. */
			peer_hang_up(v->peer);
			return;
		}
		buf_drop(&v->peer->out, m->len);
		v->written_at = now;
		v->in_flight = true;
	}
}

int64_t
queue_due(const struct numbered *v)
{
	int64_t due = CLOCK_NEVER;

	if (v->in_flight)
		due = v->look_at;
	else if (v->sent < v->n)
		due = v->next_at;
	if (v->first < v->sent && v->marks[v->first].due < due)
		due = v->marks[v->first].due;
	return due;
}

void
queue_work(struct numbered *v)
{
	int64_t now = clock_ms();

	queue_look(v, now);
	write_next(v, now);
	queue_release(v, now);
	peer_trim(v->peer);
}

void
queue_heard(struct numbered *v)
{
	if (!is_known(v) || !session_is_on(v->session))
		return;
	/* Every segment of the client, the one just read too, says how far its kernel has read ours. */
	queue_look(v, clock_ms());
	ack_all(v->session);
	v->first = v->in_flight ? v->sent - 1 : v->sent;
}

/* The frames of pushes, written or not, stand for no entry any more. */
static void
forget_entries(struct numbered *v)
{
	queue_forget(v);
	for (size_t i = v->first; i < v->n; i++)
		v->marks[i].seq = 0;
}

void
queue_again(struct numbered *v)
{
	forget_entries(v);
	deliver_again(v->session);
}

void
queue_logged_out(struct numbered *v)
{
	forget_entries(v);
}

void
queue_free(struct numbered *v)
{
	free(v->marks);
}
