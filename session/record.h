/* SPDX-License-Identifier: ISC */
/*
 * record - how the bus carries what sessions tell each other. A payload is a sequence of
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
#ifndef RECORD_H
#define RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "db/message.h"
#include "lib/buf.h"

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
