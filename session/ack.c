/* SPDX-License-Identifier: ISC */
/* ack - what the client has acknowledged: remembered at once, stored a little later, told to those who wrote it. */
#include "session/deliver.h"
#include "session/event.h"
#include "session/feed.h"
#include "lib/clock.h"
#include "lib/jw.h"

void
deliver_acked(struct conn *c, int64_t conv, int64_t seq)
{
	struct feed *f = feed_find(c, conv);
	int freed;

	if (f == NULL || f->pushed < 0)
		return;
	if (seq > f->pushed || (f->own != 0 && seq >= f->own - 1))
		seq = f->pushed;
	if (seq <= f->acked)
		return;
	freed = seq == f->pushed || seq - f->acked > f->unacked ? f->unacked : (int)(seq - f->acked);
	f->unacked -= freed;
	c->unacked -= freed;
	f->arrived = true;
	feed_acked(c, f, seq);
	if (c->ack_count >= FEED_ACK_COUNT)
		deliver_store_acks(c);
}

/* Those whose texts have just been acknowledged. Best effort, over the bus alone. */
static void
tell_delivered(struct conn *c)
{
	struct buf line = {0};
	struct arrived a;

	while (db_arrived_next(c->db, &a)) {
		struct feed *f = feed_find(c, a.conv);

		if (f == NULL || !f->arrived) /* own sends: nobody else's text arrived */
			continue;
		f->arrived = false;
		event_begin(&line, "delivered");
		jw_int(&line, "conv", a.conv);
		jw_int(&line, "seq", a.seq);
		jw_named(&line, "user", c->user, c->user_name);
		event_end(&line);
		conn_tell(c, a.peer, &line);
		buf_cut(&line, 0);
	}
	buf_free(&line);
}

bool
deliver_store_acks(struct conn *c)
{
	int64_t conv[FEED_BATCH], seq[FEED_BATCH];
	bool more = true;

	conn_disarm(c, T_ACKS);
	while (more) {
		size_t n = 0;

		more = false;
		for (size_t i = 0; i < c->n_feeds; i++) {
			if (c->feeds[i].stored >= c->feeds[i].acked)
				continue;
			if (n == FEED_BATCH) {
				more = true;
				break;
			}
			conv[n] = c->feeds[i].conv;
			seq[n++] = c->feeds[i].acked;
		}
		if (n > 0 && db_message_ack(c->db, c->device, conv, seq, n) != E_OK) {
			conn_arm(c, T_ACKS, FEED_ACK_MS + clock_jitter(FEED_ACK_MS));
			return false;
		}
		if (n > 0)
			tell_delivered(c);
		for (size_t i = 0; i < n; i++)
			feed_find(c, conv[i])->stored = seq[i];
	}
	c->ack_count = 0;
	return true;
}
