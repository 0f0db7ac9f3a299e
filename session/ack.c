/* SPDX-License-Identifier: ISC */
#include "session/ack.h"

#include "db/message.h"
#include "lib/clock.h"
#include "session/delivery.h"
#include "session/shared.h"
#include "session/tell.h"

#define OWN_MS 1000    /* so long what we store ourselves waits for more, */
#define KEEPER_MS 2000 /* and so long what the keeper was given waits for it */

/* Has the keeper stored all it was given? */
static bool
keeper_is_done(struct session *s)
{
	if (s->slot == NULL || !shared_is_stored(s->slot))
		return false;
	feed_handed_stored(s->feeds);
	return true;
}

/* He cannot store them now, nor could we: all that were handed over go together when he can. */
static bool
keeper_waits(void)
{
	return shared->away && shared_is_kept();
}

static bool
ack_hand_over(struct session *s, struct feed *f)
{
	if (s->slot == NULL)
		return false;
	keeper_is_done(s);
	if (!shared_hand_over(s->slot, f->conv, f->acked, f->arrived || f->told))
		return false;
	feed_handed(f);
	return true;
}

void
ack_note(struct session *s, struct feed *f)
{
	struct delivery *d = s->delivery;
	bool handed;

	if (f->acked <= f->stored || f->acked <= f->handed)
		return;
	handed = ack_hand_over(s, f);
	if (d->store_at == CLOCK_NEVER) {
		d->store_at = clock_ms() + (handed ? KEEPER_MS : OWN_MS);
		d->handed = handed ? s->slot->changes : 0;
	}
	d->own_acks = d->own_acks || !handed;
}

void
ack_take(struct session *s, int64_t conv, int64_t seq)
{
	struct feed *f = s->feeds != NULL ? feed_find(s->feeds, conv) : NULL;

	if (f == NULL)
		return;
	feed_ack(s->feeds, f, seq);
	ack_note(s, f);
}

void
ack_work(struct session *s)
{
	struct delivery *d = s->delivery;

	if (d->own_acks || s->slot == NULL || (!keeper_is_done(s) && s->slot->stored < d->handed && !keeper_waits())) {
		ack_store(s);
	} else if (shared_is_stored(s->slot)) {
		d->store_at = CLOCK_NEVER;
	} else { /* it takes them, and was given more since */
		d->store_at = clock_ms() + KEEPER_MS;
		d->handed = s->slot->changes;
	}
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
ack_tell(struct session *s)
{
	struct arrived a;

	while (db_arrived_next(s->db, &a)) {
		struct feed *f = feed_find(s->feeds, a.conv);

		if (f != NULL && feed_take_arrived(f)) /* else own sends: nobody else's text arrived */
			tell_delivered(s->bus, s->id, &a);
	}
}

bool
ack_store(struct session *s)
{
	int64_t conv[FEED_BATCH], seq[FEED_BATCH];
	size_t n;

	keeper_is_done(s);
	while ((n = feed_unstored(s->feeds, conv, seq, FEED_BATCH)) > 0) {
		shared->own_acks++;
		if (db_message_ack(s->db, s->device, conv, seq, n) != E_OK) {
			s->delivery->store_at = clock_ms() + OWN_MS + clock_jitter(OWN_MS);
			return false;
		}
		ack_tell(s);
		for (size_t i = 0; i < n; i++)
			feed_stored(s->feeds, conv[i], seq[i]);
	}
	s->delivery->store_at = CLOCK_NEVER;
	s->delivery->own_acks = false;
	return true;
}
