/* SPDX-License-Identifier: ISC */
#include "session/ack.h"

#include "db/message.h"
#include "lib/clock.h"
#include "session/feed.h"
#include "session/tell.h"

void
ack_take(struct session *s, int64_t conv, int64_t seq)
{
	struct feed *f = s->feeds != NULL ? feed_find(s->feeds, conv) : NULL;

	if (f == NULL)
		return;
	feed_ack(s->feeds, f, seq);
	if (s->feeds->ack_count >= FEED_ACK_COUNT)
		ack_store(s);
}

void
ack_arrived(struct session *s, int64_t conv, int64_t seq)
{
	struct feed *f = s->feeds != NULL ? feed_find(s->feeds, conv) : NULL;

	if (f != NULL)
		feed_take(s->feeds, f, seq);
}

void
ack_all(struct session *s)
{
	for (size_t i = 0; s->feeds != NULL && i < s->feeds->n; i++)
		if (s->feeds->all[i].taken > s->feeds->all[i].acked)
			ack_take(s, s->feeds->all[i].conv, s->feeds->all[i].taken);
}

/* Those whose texts have just been acknowledged. Best effort, over the bus alone. */
static void
tell_senders(struct session *s)
{
	struct arrived a;

	while (db_arrived_next(s->db, &a)) {
		struct feed *f = feed_find(s->feeds, a.conv);

		if (f != NULL && feed_take_arrived(f)) /* else own sends: nobody else's text arrived */
			tell_delivered(s, &a);
	}
}

bool
ack_store(struct session *s)
{
	int64_t conv[FEED_BATCH], seq[FEED_BATCH];
	size_t n;

	while ((n = feed_unstored(s->feeds, conv, seq, FEED_BATCH)) > 0) {
		if (db_message_ack(s->db, s->device, conv, seq, n) != E_OK) {
			feed_store_again(s->feeds, FEED_ACK_MS + clock_jitter(FEED_ACK_MS));
			return false;
		}
		tell_senders(s);
		for (size_t i = 0; i < n; i++)
			feed_stored(s->feeds, conv[i], seq[i]);
	}
	feed_store_again(s->feeds, CLOCK_NEVER);
	return true;
}
