/* SPDX-License-Identifier: ISC */
/* history - the part of message.h that reads: entries as users see them. */
#include "db/message.h"
#include "db/run.h"

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

enum error
db_message_search(struct db *db, int64_t user, int64_t conv, const char *text, const char *before, int limit)
{
	struct db_args a = {.n = 0};

	arg_int(&a, user);
	arg_id(&a, conv);
	arg_str(&a, text);
	arg_str(&a, before);
	arg_int(&a, limit);
	return db_run(db, REPEATABLE, "select * from chat.search($1, $2, $3, $4, $5)", &a);
}
