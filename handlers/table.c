/* SPDX-License-Identifier: ISC */
#include "handlers/table.h"

#include <stdlib.h>
#include <string.h>

#include "handlers/ops.h"
#include "lib/clock.h"
#include "lib/counts.h"
#include "lib/slots.h"
#include "lib/utf8.h"
#include "session/purse.h"

enum allowed {
	ANYTIME,
	BEFORE_LOGIN,
	LOGGED_IN, /* this one and those below need a login */
	IN_TURN /* logged in, and then so many of a node at once, each user in turn: PostgreSQL may take long over it */
};
#define TURN_MS 3000 /* longer nobody waits for it; meanwhile, as while PostgreSQL is asked, this session does nothing else */

struct op {
	const char *name;
	op_fn *fn;
	enum allowed allowed;
	int cost; /* see session/purse.h; each KiB of the object costs 1 more */
	bool (*joins)(const struct req *, const struct req *); /* may be answered by one call */
};

/* In the order of strcmp: found by bsearch. */
static const struct op ops[] = {
    /* name		function	allowed in	cost	batch */
    {"account_delete", op_account_delete, LOGGED_IN, 4000, NULL},
    {"ack", op_ack, LOGGED_IN, ACK_COST, NULL},
    {"block", op_block, IN_TURN, 50, NULL},
    {"blocks", op_blocks, IN_TURN, 50, NULL},
    {"convs", op_convs, IN_TURN, 100, NULL},
    {"delete", op_delete, LOGGED_IN, 5, NULL},
    {"device_revoke", op_device_revoke, IN_TURN, 200, NULL},
    {"devices", op_devices, IN_TURN, 50, NULL},
    {"edit", op_edit, LOGGED_IN, 5, NULL},
    {"friend_add", op_friend_add, IN_TURN, 50, NULL},
    {"friend_remove", op_friend_remove, IN_TURN, 50, NULL},
    {"friends", op_friends, IN_TURN, 50, NULL},
    {"group_ban", op_group_ban, IN_TURN, 100, NULL},
    {"group_create", op_group_create, IN_TURN, 200, NULL},
    {"group_find", op_group_find, IN_TURN, 200, NULL},
    {"group_invite", op_group_invite, IN_TURN, 100, NULL},
    {"group_join", op_group_join, IN_TURN, 100, NULL},
    {"group_kick", op_group_kick, IN_TURN, 100, NULL},
    {"group_leave", op_group_leave, IN_TURN, 100, NULL},
    {"group_members", op_group_members, IN_TURN, 100, NULL},
    {"group_role", op_group_role, IN_TURN, 100, NULL},
    {"group_set", op_group_set, IN_TURN, 100, NULL},
    {"group_unban", op_group_unban, IN_TURN, 100, NULL},
    {"groups", op_groups, IN_TURN, 50, NULL},
    {"hello", op_hello, ANYTIME, 10, NULL},
    {"history", op_history, IN_TURN, 50, NULL},
    {"login", op_login, BEFORE_LOGIN, 800, NULL},
    {"logout", op_logout, LOGGED_IN, 100, NULL},
    {"passwd", op_passwd, LOGGED_IN, 4000, NULL},
    {"ping", op_ping, ANYTIME, 10, NULL},
    {"pong", op_pong, ANYTIME, 1, NULL},
    {"read", op_read, LOGGED_IN, 2, NULL},
    {"register", op_register, BEFORE_LOGIN, 800, NULL},
    {"resume", op_resume, BEFORE_LOGIN, 200, NULL},
    {"search", op_search, IN_TURN, 500, NULL},
    {"send", op_send, LOGGED_IN, 1, send_joins},
    {"typing", op_typing, LOGGED_IN, 5, NULL},
    {"unblock", op_unblock, IN_TURN, 50, NULL},
};

static int
by_name(const void *name, const void *op)
{
	return strcmp(name, ((const struct op *)op)->name);
}

static int64_t
cost_of(const struct req *rq)
{
	return rq->op->cost + (int64_t)(rq->bytes / 1024);
}

static enum error
admit(struct session *s, struct req *rq)
{
	const char *name;
	enum error e = rq->error != E_OK ? rq->error : want_str(rq, "op", 1, 64, &name);

	if (e != E_OK)
		return e;
	rq->op = bsearch(name, ops, sizeof(ops) / sizeof(ops[0]), sizeof(ops[0]), by_name);
	if (rq->op == NULL)
		return refuse(rq, E_UNKNOWN_OP, "there is no operation %.*s", (int)utf8_fit(name, strlen(name), 40), name);
	if (rq->op->allowed >= LOGGED_IN && !session_is_on(s))
		return E_NOT_LOGGED_IN;
	if (rq->op->allowed == BEFORE_LOGIN && session_is_on(s))
		return E_ALREADY_LOGGED_IN;
	return purse_take(s, cost_of(rq), &rq->retry_after) ? E_OK : E_RATE_LIMITED;
}

enum error
table_admit(struct session *s, struct req *rq)
{
	rq->error = admit(s, rq);
	if (rq->error != E_OK) {
		purse_refused(s);
		counts_add(&counts->refused[rq->error], 1);
	}
	return rq->error;
}

bool
table_waits(const struct req *rq)
{
	return rq->op->joins != NULL;
}

bool
table_joins(const struct req *rq, const struct req *b)
{
	return rq->op->joins(rq, b);
}

static enum error
run(struct session *s, struct req *rq)
{
	enum error e;
	int turn;

	if (rq->op->allowed != IN_TURN)
		return rq->op->fn(s, rq);
	turn = slots_take(s->node->asking, (uint64_t)s->user, clock_ms() + TURN_MS);
	if (turn < 0) {
		rq->retry_after = 1000;
		return refuse(rq, E_RATE_LIMITED, "too much is asked for at this moment; wait a little");
	}
	e = rq->op->fn(s, rq);
	slots_give(s->node->asking, turn);
	return e;
}

void
table_run(struct session *s, struct req *batch)
{
	enum error e;

	bool was_on = session_is_on(s);

	db_forget(s->db);
	e = run(s, batch);
	if (batch->op->fn == op_login || batch->op->fn == op_resume)
		count(e != E_OK ? e == E_UNAVAILABLE || e == E_INTERNAL ? C_LOGIN_FAILED : C_LOGIN_REFUSED
		                : batch->op->fn == op_login ? C_LOGIN_OK : C_LOGIN_RESUMED);
	if (!was_on && session_is_on(s))
		purse_login(s, batch->op->fn == op_login);
	else if (!was_on && e == E_BAD_REQUEST) { /* nothing was done for it */
		purse_give_back(s, cost_of(batch));
		purse_refused(s);
	}
	for (struct req *rq = batch; rq != NULL; rq = rq->next) {
		if (rq->error == E_OK)
			rq->error = e;
		if (rq->error != E_OK)
			counts_add(&counts->refused[rq->error], 1);
		if (rq->error != E_OK && rq->why[0] == '\0' && db_sentence(s->db) != NULL)
			refuse(rq, rq->error, "%s", db_sentence(s->db));
		if (rq->error == E_RATE_LIMITED && rq->retry_after == 0)
			rq->retry_after = db_wait(s->db);
	}
}

enum error
table_call(struct session *s, struct req *rq)
{
	if (table_admit(s, rq) == E_OK)
		table_run(s, rq);
	return rq->error;
}
