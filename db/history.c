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
db_message_history(struct db *db, int64_t user, int64_t conv, int64_t before, int64_t after, int limit,
    int *first, int *n, bool *more)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.history($1, $2, $3, $4, $5)", INT(user), INT(conv),
	    ID(before), SEQ(after), INT(limit + 1));

	if (e != E_OK)
		return e;
	*more = db_rows(db) > limit;
	*first = *more && after < 0; /* looking back, the one too many is the first */
	*n = *more ? limit : db_rows(db);
	return E_OK;
}

void
db_entry_again(struct db *db, int row)
{
	db_part(db, NULL);
	while (row-- > 0)
		db_next(db);
}

enum error
db_message_entry(struct db *db, int64_t conv, int64_t seq, struct entry *m)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.entry($1, $2)", INT(conv), INT(seq));

	return e == E_OK && !db_entry_next(db, m) ? E_NOT_FOUND : e;
}

enum error
db_message_convs(struct db *db, int64_t user, int64_t device, const int64_t after[2], int limit)
{
	return db_call(db, REPEATABLE,
	    "select conv, chat.conv_first(conv) as first, high, acked, read, unread, last_at, cut, (last).* "
	    "from chat.conv_page($1, $2, $3, $4, $5)",
	    INT(user), INT(device), ID(after[0]), ID(after[1]), INT(limit));
}

bool
db_conv_next(struct db *db, struct conv_row *c)
{
	if (!db_next(db))
		return false;
	*c = (struct conv_row){.conv = db_int(db, "conv"), .first = db_int(db, "first"), .last_seq = db_int(db, "high"),
	    .acked = db_int(db, "acked"), .read = db_int(db, "read"), .unread = db_int(db, "unread"), .last_at = db_int(db, "last_at"),
	    .cut = db_bool(db, "cut")};
	entry_read(db, &c->last);
	return true;
}

enum error
db_message_search(struct db *db, int64_t user, int64_t conv, const char *text, const char *before, const int64_t at[3],
    int limit)
{
	return db_call(db, REPEATABLE,
	    "select at_time, at_conv, at_seq, (entry).* from chat.search_page($1, $2, $3, $4, $5, $6, $7, $8)", INT(user), ID(conv),
	    STR(text), STR(before), ID(at[0]), ID(at[1]), INT(at[2]), INT(limit));
}

bool
db_found_next(struct db *db, struct entry *e, int64_t at[3])
{
	if (!db_next(db))
		return false;
	at[0] = db_int(db, "at_time");
	at[1] = db_int(db, "at_conv");
	at[2] = db_int(db, "at_seq");
	entry_read(db, e);
	return true;
}
