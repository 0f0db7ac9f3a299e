/* SPDX-License-Identifier: ISC */
/* history - the part of message.h that reads: entries as users see them. */
#include "db/message.h"
#include "db/run.h"

/* The columns of the view chat.entries. */
static void
entry_read(struct db *db, struct entry *e)
{
	*e = (struct entry){
	    .conv = db_int(db, "conv_id"),
	    .seq = db_int(db, "seq"),
	    .kind = db_str(db, "kind"),
	    .from_id = db_int(db, "sender_id"),
	    .from_name = db_str(db, "sender_name"),
	    .text = db_str(db, "body"),
	    .cid = db_str(db, "cid"),
	    .ref = db_int(db, "ref"),
	    .at = db_str(db, "at"),
	    .edited_at = db_str(db, "edited_at"),
	    .deleted_at = db_str(db, "deleted_at"),
	    .ref_name = db_str(db, "ref_name"),
	    .is_group = db_bool(db, "is_group"),
	    .to_id = db_int(db, "to_id"),
	    .to_name = db_str(db, "to_name"),
	};
}

bool
db_entry_next(struct db *db, struct entry *e)
{
	if (!db_next(db))
		return false;
	entry_read(db, e);
	return true;
}

enum error
db_message_conv(struct db *db, int64_t user, const struct target *t, int64_t *conv, int64_t *first)
{
	enum error e = db_call(db, REPEATABLE, "select conv, chat.conv_first(conv) as first from chat.conv_of($1, $2, $3, $4, $5) conv",
	    INT(user), TARGET(t));

	if (e == E_OK) {
		*conv = db_int(db, "conv");
		*first = db_int(db, "first");
	}
	return e;
}

enum error
db_message_history(struct db *db, int64_t user, int64_t conv, int64_t before, int64_t after, int limit, bool *more)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.history($1, $2, $3, $4, $5)", INT(user), INT(conv),
	    ID(before), SEQ(after), INT(limit + 1));

	if (e != E_OK)
		return e;
	*more = db_rows(db) > limit;
	if (*more && after < 0)
		db_next(db); /* looking back, the one too many is the first */
	return E_OK;
}

enum error
db_message_entry(struct db *db, int64_t conv, int64_t seq, struct entry *m)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.entry($1, $2)", INT(conv), INT(seq));

	return e == E_OK && !db_entry_next(db, m) ? E_NOT_FOUND : e;
}

enum error
db_message_convs(struct db *db, int64_t user, int64_t device)
{
	return db_call(db, REPEATABLE, "select conv, chat.conv_first(conv) as first, high, acked, read, unread, (last).* "
	    "from chat.convs($1, $2)",
	    INT(user), INT(device));
}

bool
db_conv_next(struct db *db, struct conv_row *c)
{
	if (!db_next(db))
		return false;
	*c = (struct conv_row){.conv = db_int(db, "conv"), .first = db_int(db, "first"), .last_seq = db_int(db, "high"), .acked = db_int(db, "acked"),
	    .read = db_int(db, "read"), .unread = db_int(db, "unread")};
	entry_read(db, &c->last);
	return true;
}

enum error
db_message_search(struct db *db, int64_t user, int64_t conv, const char *text, const char *before, int limit)
{
	return db_call(db, REPEATABLE, "select * from chat.search($1, $2, $3, $4, $5)", INT(user), ID(conv), STR(text),
	    STR(before), INT(limit));
}
