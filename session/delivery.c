/* SPDX-License-Identifier: ISC */
#include "session/delivery.h"

#include "session/feed.h"
#include "session/limits.h"

bool
delivery_may_push(const struct session *s)
{
	return s->feeds->unacked < WINDOW && session_has_room(s);
}

void
delivery_end_if_over(struct session *s, const struct feed *f)
{
	if (f->ended && !feed_is_behind(f))
		bus_unlisten(s->bus, BUS_GROUP, f->conv);
}
