/* SPDX-License-Identifier: ISC */
/* table - every operation, when it is allowed, what it costs; and the one place that runs and answers them. */
#include <assert.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "front/numbered.h"
#include "handlers/handlers.h"
#include "handlers/request.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/utf8.h"

enum allowed { ANYTIME, BEFORE_LOGIN, LOGGED_IN };

struct op {
	const char *name;
	op_fn *fn;
	enum allowed allowed;
	int cost; /* of a budget that refills with RATE a second; each KiB of the object costs 1 more */
	bool (*joins)(const struct req *, const struct req *); /* may be answered by one call */
};

#define RATE 20000
#define BURST 40000

/* In the order of strcmp: found by bsearch. */
static const struct op ops[] = {
    /* name		function	allowed in	cost	batch */
    {"ack", op_ack, LOGGED_IN, 1, NULL},
    {"block", op_block, LOGGED_IN, 50, NULL},
    {"blocks", op_blocks, LOGGED_IN, 50, NULL},
    {"convs", op_convs, LOGGED_IN, 100, NULL},
    {"delete", op_delete, LOGGED_IN, 5, NULL},
    {"device_revoke", op_device_revoke, LOGGED_IN, 200, NULL},
    {"devices", op_devices, LOGGED_IN, 50, NULL},
    {"edit", op_edit, LOGGED_IN, 5, NULL},
    {"friend_add", op_friend_add, LOGGED_IN, 50, NULL},
    {"friend_remove", op_friend_remove, LOGGED_IN, 50, NULL},
    {"friends", op_friends, LOGGED_IN, 50, NULL},
    {"group_ban", op_group_ban, LOGGED_IN, 100, NULL},
    {"group_create", op_group_create, LOGGED_IN, 200, NULL},
    {"group_find", op_group_find, LOGGED_IN, 200, NULL},
    {"group_invite", op_group_invite, LOGGED_IN, 100, NULL},
    {"group_join", op_group_join, LOGGED_IN, 100, NULL},
    {"group_kick", op_group_kick, LOGGED_IN, 100, NULL},
    {"group_leave", op_group_leave, LOGGED_IN, 100, NULL},
    {"group_members", op_group_members, LOGGED_IN, 100, NULL},
    {"group_role", op_group_role, LOGGED_IN, 100, NULL},
    {"group_set", op_group_set, LOGGED_IN, 100, NULL},
    {"group_unban", op_group_unban, LOGGED_IN, 100, NULL},
    {"groups", op_groups, LOGGED_IN, 50, NULL},
    {"hello", op_hello, ANYTIME, 10, NULL},
    {"history", op_history, LOGGED_IN, 50, NULL},
    {"login", op_login, BEFORE_LOGIN, 400, NULL},
    {"logout", op_logout, LOGGED_IN, 100, NULL},
    {"passwd", op_passwd, LOGGED_IN, 4000, NULL},
    {"ping", op_ping, ANYTIME, 10, NULL},
    {"pong", op_pong, ANYTIME, 1, NULL},
    {"read", op_read, LOGGED_IN, 2, NULL},
    {"register", op_register, BEFORE_LOGIN, 400, NULL},
    {"resume", op_resume, BEFORE_LOGIN, 200, NULL},
    {"search", op_search, LOGGED_IN, 500, NULL},
    {"send", op_send, LOGGED_IN, 1, send_joins},
    {"typing", op_typing, LOGGED_IN, 5, NULL},
    {"unblock", op_unblock, LOGGED_IN, 50, NULL},
};

static int
by_name(const void *name, const void *op)
{
	return strcmp(name, ((const struct op *)op)->name);
}

/* Takes cost from the session's budget. false: not enough; *wait says for how many ms. */
static bool
afford(struct conn *c, int cost, int64_t *wait)
{
	int64_t now = clock_ms();

	c->tokens += (now - c->tokens_at) * RATE; /* thousandths */
	c->tokens_at = now;
	if (c->tokens > BURST * INT64_C(1000))
		c->tokens = BURST * INT64_C(1000);
	if (c->tokens < cost * INT64_C(1000)) {
		*wait = (cost * INT64_C(1000) - c->tokens) / RATE + 1;
		return false;
	}
	c->tokens -= cost * INT64_C(1000);
	return true;
}

/* What speaks against running it at all. */
static enum error
admit(struct conn *c, struct req *rq)
{
	const char *name;
	enum error e = want_str(rq, "op", 1, 64, &name);

	if (e != E_OK)
		return e;
	rq->op = bsearch(name, ops, sizeof(ops) / sizeof(ops[0]), sizeof(ops[0]), by_name);
	if (rq->op == NULL)
		return refuse(rq, E_UNKNOWN_OP, "there is no operation %.*s", (int)utf8_fit(name, strlen(name), 40), name);
	if (rq->op->allowed == LOGGED_IN && c->phase != PHASE_LOGGED_IN)
		return E_NOT_LOGGED_IN;
	if (rq->op->allowed == BEFORE_LOGIN && c->phase == PHASE_LOGGED_IN)
		return E_ALREADY_LOGGED_IN;
	return afford(c, rq->op->cost + (int)(rq->bytes / 1024), &rq->retry_after) ? E_OK : E_RATE_LIMITED;
}

/* db_why: what the database said when it refused, or NULL. */
static void
answer(struct conn *c, struct req *rq, enum error e, const char *db_why)
{
	struct buf *out = &c->out;

	if (rq->silent && (e == E_OK || rq->rid[0] == '\0'))
		return;
	jw_open(out, NULL, '{');
	if (rq->rid[0] != '\0')
		jw_raw(out, "rid", rq->rid, strlen(rq->rid));
	jw_bool(out, "ok", e == E_OK);
	if (e == E_OK) {
		if (buf_len(&rq->body) > 0)
			jw_raw(out, NULL, buf_data(&rq->body), buf_len(&rq->body));
	} else {
		const char *why = rq->why[0] != '\0' ? rq->why : db_why;

		jw_str(out, "error", error_wire(e));
		jw_str(out, "message", why != NULL ? why : error_sentence(e));
		if (rq->retry_after > 0)
			jw_int(out, "retry_after_ms", rq->retry_after);
	}
	jw_close(out, '}');
	buf_addc(out, '\n');
}

/* A batch of one or more requests whose first decides the operation. */
static void
run(struct conn *c, struct req *batch)
{
	enum error e;

	if (c->db != NULL)
		db_forget(c->db);
	e = batch->op->fn(c, batch);
	for (struct req *rq = batch; rq != NULL; rq = rq->next)
		answer(c, rq, rq->error != E_OK ? rq->error : e, c->db != NULL ? db_sentence(c->db) : NULL);
	request_free(batch);
}

enum error
handlers_call(struct conn *c, struct req *rq)
{
	enum error e = rq->error != E_OK ? rq->error : admit(c, rq);

	if (e != E_OK)
		return e;
	if (c->db != NULL)
		db_forget(c->db);
	e = rq->op->fn(c, rq);
	if (rq->error != E_OK)
		e = rq->error;
	if (e != E_OK && rq->why[0] == '\0' && db_sentence(c->db) != NULL)
		refuse(rq, e, "%s", db_sentence(c->db));
	return e;
}

static struct req *held, **held_end = &held;
static int held_count;

void
handlers_flush(struct conn *c)
{
	struct req *batch = held;

	held = NULL;
	held_end = &held;
	held_count = 0;
	if (batch != NULL)
		run(c, batch);
}

void
handlers_object(struct conn *c, const char *json, size_t n)
{
	struct req *rq = request_parse(json, n);
	enum error e;

	if (c->speech == SPEECH_UNKNOWN)
		dialect_recognise(c, rq);
	if (c->speech == SPEECH_NUMBERED) {
		dialect_request(c, rq);
		request_free(rq);
		return;
	}
	if (held != NULL && (c->phase != PHASE_LOGGED_IN || held_count == SEND_MAX || !held->op->joins(held, rq)))
		handlers_flush(c);
	e = rq->error != E_OK ? rq->error : admit(c, rq);
	if (e != E_OK) {
		handlers_flush(c); /* replies keep the order of the requests */
		answer(c, rq, e, NULL);
		request_free(rq);
		return;
	}
	if (rq->op->joins != NULL) {
		*held_end = rq;
		held_end = &rq->next;
		held_count++;
		return;
	}
	run(c, rq);
}

void
handlers_refuse(struct conn *c, enum error e, const char *why)
{
	struct req rq = {.rid = ""};

	if (c->dialect != NULL) {
		dialect_refuse(c, e, why);
		return;
	}
	handlers_flush(c);
	refuse(&rq, e, "%s", why);
	answer(c, &rq, e, NULL);
}
