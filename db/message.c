/* SPDX-License-Identifier: ISC */
#include "db/message.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/run.h"
#include "lib/log.h"

/* Reads "new,7,2026-…Z dup,3,2026-…Z": one word per item. */
static void
read_each(const char *each, struct send_item items[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char state[12] = "";
		long long seq = 0;

		if (sscanf(each, "%11[a-z],%lld,%31s", state, &seq, items[i].at) != 3)
			die(78, "schema", "why=%s", "chat.send answers in a form this program does not know");
		items[i].state = strcmp(state, "new") == 0        ? SENT_NEW
		                 : strcmp(state, "dup") == 0      ? SENT_DUP
		                 : strcmp(state, "conflict") == 0 ? SENT_CONFLICT
		                                                  : SENT_REFUSED;
		items[i].seq = seq;
		each += strcspn(each, " ");
		each += strspn(each, " ");
	}
}

enum error
db_message_send(struct db *db, int64_t user, int64_t session, const struct target *to, struct send_item items[],
    size_t n, struct sent *s)
{
	struct db_args a = {.n = 0};
	struct buf cids = {0}, texts = {0};
	enum error e;

	assert(n > 0 && n <= SEND_MAX);
	for (size_t i = 0; i < n; i++) {
		array_str(&cids, items[i].cid);
		array_str(&texts, items[i].text);
	}
	arg_int(&a, user);
	arg_int(&a, session);
	arg_target(&a, to);
	arg_str(&a, array_done(&cids));
	arg_str(&a, array_done(&texts));
	e = db_run(db, REPEATABLE, "select * from chat.send($1, $2, $3, $4, $5, $6, $7, $8)", &a);
	buf_free(&cids);
	buf_free(&texts);
	if (e != E_OK)
		return e;
	*s = (struct sent){.conv = db_int(db, 0, 0), .is_group = db_bool(db, 0, 3), .to_id = db_int(db, 0, 4),
	    .to_name = db_str(db, 0, 5), .elsewhere = db_bool(db, 0, 6)};
	if (db_str(db, 0, 7) != NULL) {
		read_each(db_str(db, 0, 7), items, n);
		return E_OK;
	}
	for (size_t i = 0; i < n; i++) {
		items[i].state = SENT_NEW;
		items[i].seq = db_int(db, 0, 1) + (int64_t)i;
		snprintf(items[i].at, sizeof(items[i].at), "%s", db_str(db, 0, 2));
	}
	return E_OK;
}

enum error
db_message_backlog(struct db *db, int64_t device, const int64_t conv[], const int64_t after[], size_t n, int limit)
{
	struct db_args a = {.n = 0};
	struct buf convs = {0}, afters = {0};
	enum error e;

	for (size_t i = 0; i < n; i++) {
		array_int(&convs, conv[i]);
		if (after[i] < 0)
			array_null(&afters);
		else
			array_int(&afters, after[i]);
	}
	arg_int(&a, device);
	arg_str(&a, array_done(&convs));
	arg_str(&a, array_done(&afters));
	arg_int(&a, limit);
	e = db_run(db, REPEATABLE, "select * from chat.backlog($1, $2, $3, $4)", &a);
	buf_free(&convs);
	buf_free(&afters);
	return e;
}

enum error
db_message_sync(struct db *db, int64_t device)
{
	struct db_args a = {.n = 0};

	arg_int(&a, device);
	return db_run(db, REPEATABLE, "select * from chat.sync($1)", &a);
}

bool
db_reach_next(struct db *db, struct reach *r)
{
	int row;

	if (!db_next(db, &row))
		return false;
	*r = (struct reach){db_int(db, row, 0), db_bool(db, row, 1), db_bool(db, row, 2), db_int(db, row, 3),
	    db_int(db, row, 4)};
	return true;
}

enum error
db_message_ack(struct db *db, int64_t device, const int64_t conv[], const int64_t seq[], size_t n)
{
	struct db_args a = {.n = 0};
	struct buf convs = {0}, seqs = {0};
	enum error e;

	for (size_t i = 0; i < n; i++) {
		array_int(&convs, conv[i]);
		array_int(&seqs, seq[i]);
	}
	arg_int(&a, device);
	arg_str(&a, array_done(&convs));
	arg_str(&a, array_done(&seqs));
	e = db_run(db, REPEATABLE, "select * from chat.ack($1, $2, $3)", &a);
	buf_free(&convs);
	buf_free(&seqs);
	return e;
}

bool
db_arrived_next(struct db *db, struct arrived *a)
{
	int row;

	if (!db_next(db, &row))
		return false;
	*a = (struct arrived){db_int(db, row, 0), db_int(db, row, 1), db_int(db, row, 2)};
	return true;
}

static enum error
change(struct db *db, const char *sql, const struct db_args *a, struct change *ch)
{
	enum error e = db_run(db, REPEATABLE, sql, a);

	if (e == E_OK)
		*ch = (struct change){db_int(db, 0, 0), db_str(db, 0, 1), db_bool(db, 0, 2)};
	return e;
}

enum error
db_message_edit(struct db *db, int64_t user, int64_t conv, int64_t seq, const char *text, const char *cid,
    struct change *ch)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	arg_int(&a, conv);
	arg_int(&a, seq);
	arg_str(&a, text);
	arg_str(&a, cid);
	return change(db, "select * from chat.edit($1, $2, $3, $4, $5)", &a, ch);
}

enum error
db_message_delete(struct db *db, int64_t user, int64_t conv, int64_t seq, const char *cid, struct change *ch)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	arg_int(&a, conv);
	arg_int(&a, seq);
	arg_str(&a, cid);
	return change(db, "select * from chat.delete($1, $2, $3, $4)", &a, ch);
}

enum error
db_message_read(struct db *db, int64_t user, int64_t conv, int64_t seq, int64_t *mark, bool *moved, int64_t *peer)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_int(&a, user);
	arg_int(&a, conv);
	arg_int(&a, seq);
	e = db_run(db, REPEATABLE, "select * from chat.read($1, $2, $3)", &a);
	if (e == E_OK) {
		*mark = db_int(db, 0, 0);
		*moved = db_bool(db, 0, 1);
		*peer = db_int(db, 0, 2);
	}
	return e;
}

enum error
db_message_typing(struct db *db, int64_t user, const struct target *t, int64_t *conv, int64_t *peer)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_int(&a, user);
	arg_target(&a, t);
	e = db_run(db, REPEATABLE, "select * from chat.typing($1, $2, $3, $4, $5)", &a);
	if (e == E_OK) {
		*conv = db_int(db, 0, 0);
		*peer = db_int(db, 0, 1);
	}
	return e;
}
