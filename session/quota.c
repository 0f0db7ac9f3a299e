/* SPDX-License-Identifier: ISC */
#include "session/quota.h"

#include "db/message.h"
#include "lib/clock.h"
#include "lib/counts.h"

#define PIECE (64 * 1024)
#define CRUMB (4 * 1024) /* less is not worth a call at the end */

enum error
quota_text(struct session *s, size_t n, int64_t *wait)
{
	int64_t room, bytes = (int64_t)n;
	enum error e;

	if ((*wait = s->text_shut - clock_ms()) > 0)
		return E_RATE_LIMITED;
	*wait = 0;
	if (s->text + bytes <= s->text_room)
		return E_OK;
	if ((e = db_message_used(s->db, s->user, s->text, &room, wait)) != E_OK)
		return e;
	s->text = 0;
	s->text_room = room < PIECE ? room : bytes > PIECE ? bytes : PIECE;
	if (bytes <= room) {
		*wait = 0;
		return E_OK;
	}
	s->text_shut = clock_ms() + *wait;
	return E_RATE_LIMITED;
}

const char *
quota_refused(int64_t wait)
{
	counts_limited(wait > 60000 ? "text_day" : "text_minute"); /* in the last minute of a day both are over at once */
	return "so much text in so short a time is too much; it may be sent later";
}

void
quota_stored(struct session *s, size_t n)
{
	s->text += (int64_t)n;
}

void
quota_end(struct session *s)
{
	int64_t room, wait;

	if (s->text >= CRUMB)
		db_message_used(s->db, s->user, s->text, &room, &wait);
	s->text = s->text_room = s->text_shut = 0;
}
