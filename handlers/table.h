/* SPDX-License-Identifier: ISC */
/* table - every operation, when it is allowed, what it costs; and the one place that runs them. The front answers. */
#ifndef TABLE_H
#define TABLE_H

#include "handlers/request.h"
#include "session/session.h"

#define ACK_COST 1 /* of what a session may spend */

/* Whether rq may run now; charges for it. E_OK, else how it was refused, also in rq->error. */
enum error table_admit(struct session *s, struct req *rq);
/* rq, admitted, may wait for others that are answered by the same call; b would be one of them, of at most SEND_MAX. */
bool table_waits(const struct req *rq);
bool table_joins(const struct req *rq, const struct req *b);
/* Runs a batch of one or more admitted requests; each then has its error, why and body. */
void table_run(struct session *s, struct req *batch);
/* Both, for a single one. */
enum error table_call(struct session *s, struct req *rq);

#endif
