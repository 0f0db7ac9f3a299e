/* SPDX-License-Identifier: ISC */
/*
 * event - what one session tells others: the event line as clients read it, and
 * the record around it as the bus carries it. A bus payload is a sequence of
 * records, each a header line and, for two of them, a line of JSON behind it:
 *
 *	m CONV SEQ FROM SESSION GONE LEN [CID]	an entry of a log; GONE: the user whose
 *						membership ends with it; CID: as JSON, for
 *						the sender's own other devices
 *	e SESSION LEN				any other event, passed on as it is
 *	x SESSION DEVICE			SESSION now has DEVICE; older ones end
 *	r SESSION DEVICE			DEVICE was revoked: its sessions end
 *	g SESSION CONV				the user's membership of CONV changed
 *
 * SESSION is where it came from, which therefore ignores it.
 */
#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/message.h"
#include "lib/buf.h"

/* The members of a message object, without the braces. */
void event_entry_fields(struct buf *b, const struct entry *e);
/* A `message` event line. with_cid: for a session of the sender. */
void event_entry(struct buf *b, const struct entry *e, bool with_cid);
/* {"ev":"…", – the caller adds the members and event_end(). */
void event_begin(struct buf *b, const char *name);
void event_end(struct buf *b);
/* A `presence` event line. */
void event_presence(struct buf *b, int64_t user, const char *name, bool online);

struct record {
	char type;
	int64_t conv, seq, from, session, gone, device;
	const char *line; /* with its LF; borrowed from the payload */
	size_t len;
	const char *cid;
	size_t cidlen;
};

void record_entry(struct buf *b, const struct entry *e, int64_t session, int64_t gone);
void record_event(struct buf *b, int64_t session, const struct buf *line);
void record_replace(struct buf *b, int64_t session, int64_t device);
void record_revoke(struct buf *b, int64_t session, int64_t device);
void record_member(struct buf *b, int64_t session, int64_t conv);

/*
 * Takes the next record off *p, *n. 1: there was one; 0: the end; -1: this is no
 * record of ours, and nothing behind it can be read.
 */
int record_next(const char **p, size_t *n, struct record *r);

#endif
