/* SPDX-License-Identifier: ISC */
/*
 * ack - everything up to seq has arrived on this device.
 *
 *	{"op":"ack","conv":12,"seq":341}
 *
 * Answered only if it has a rid. Stored within a second or so: what a crash
 * takes with it is delivered once more.
 */
#include "handlers/ops.h"
#include "session/ack.h"

enum error
op_ack(struct session *s, struct req *rq)
{
	int64_t conv, seq;
	enum error e = want_entry(rq, &conv, &seq);

	rq->silent = rq->rid[0] == '\0';
	if (e == E_OK)
		ack_take(s, conv, seq);
	return e;
}
