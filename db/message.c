/* SPDX-License-Identifier: ISC */
#include "db/message.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/run.h"

static void
arg_target(struct db_args *a, const struct target *t)
{
	arg_id(a, t->conv);
	arg_str(a, t->name);
	arg_id(a, t->id);
	arg_bool(a, t->group);
}

/* Reads "new,7,2026-…Z dup,3,2026-…Z": one word per item. */
static void
read_each(const char *each, struct send_item items[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char state[12] = "";
		long long seq = 0;

		if (sscanf(each, "%11[a-z],%lld,%31s", state, &seq, items[i].at) != 3)
			assert(!"chat.send does not speak our language");
		items[i].state = strcmp(state, "new") == 0 ? SENT_NEW : strcmp(state, "dup") == 0 ? SENT_DUP : SENT_CONFLICT;
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
db_message_conv(struct db *db, int64_t user, const struct target *t, int64_t *conv)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_int(&a, user);
	arg_target(&a, t);
	e = db_run(db, REPEATABLE, "select chat.conv_of($1, $2, $3, $4, $5)", &a);
	if (e == E_OK)
		*conv = db_int(db, 0, 0);
	return e;
}

enum error
db_message_history(struct db *db, int64_t user, int64_t conv, int64_t before, int64_t after, int limit, bool *more)
{
	struct db_args a = {.n = 0};
	enum error e;
	int surplus;

	arg_int(&a, user);
	arg_int(&a, conv);
	arg_id(&a, before);
	if (after < 0)
		arg_str(&a, NULL);
	else
		arg_int(&a, after);
	arg_int(&a, limit + 1);
	e = db_run(db, REPEATABLE, "select * from chat.history($1, $2, $3, $4, $5)", &a);
	if (e != E_OK)
		return e;
	*more = db_rows(db) > limit;
	if (*more && after < 0)
		db_next(db, &surplus); /* looking back, the one too many is the first */
	return E_OK;
}

enum error
db_message_entry(struct db *db, int64_t conv, int64_t seq, struct entry *m)
{
	struct db_args a = {.n = 0};
	enum error e;

	arg_int(&a, conv);
	arg_int(&a, seq);
	e = db_run(db, REPEATABLE, "select * from chat.entry($1, $2)", &a);
	if (e == E_OK && !db_entry_next(db, m))
		return E_NOT_FOUND;
	return e;
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

/* The columns of the view chat.entries, from column c on. */
static void
read_entry(const struct db *db, int row, int c, struct entry *e)
{
	*e = (struct entry){
	    .conv = db_int(db, row, c),
	    .seq = db_int(db, row, c + 1),
	    .kind = db_str(db, row, c + 2),
	    .from_id = db_int(db, row, c + 3),
	    .from_name = db_str(db, row, c + 4),
	    .text = db_str(db, row, c + 5),
	    .cid = db_str(db, row, c + 6),
	    .ref = db_int(db, row, c + 7),
	    .at = db_str(db, row, c + 8),
	    .edited_at = db_str(db, row, c + 9),
	    .deleted_at = db_str(db, row, c + 10),
	    .ref_name = db_str(db, row, c + 11),
	    .is_group = db_bool(db, row, c + 12),
	    .to_id = db_int(db, row, c + 13),
	    .to_name = db_str(db, row, c + 14),
	};
}

bool
db_entry_next(struct db *db, struct entry *e)
{
	int row;

	if (!db_next(db, &row))
		return false;
	read_entry(db, row, 0, e);
	return true;
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
	e = db_run(db, REPEATABLE, "select chat.ack($1, $2, $3)", &a);
	buf_free(&convs);
	buf_free(&seqs);
	return e;
}

enum error
db_message_convs(struct db *db, int64_t user, int64_t device)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	arg_int(&a, device);
	return db_run(db, REPEATABLE, "select conv, high, acked, read, unread, (last).* from chat.convs($1, $2)", &a);
}

bool
db_conv_next(struct db *db, struct conv_row *c)
{
	int row;

	if (!db_next(db, &row))
		return false;
	*c = (struct conv_row){.conv = db_int(db, row, 0), .last_seq = db_int(db, row, 1), .acked = db_int(db, row, 2),
	    .read = db_int(db, row, 3), .unread = db_int(db, row, 4)};
	read_entry(db, row, 5, &c->last);
	return true;
}
