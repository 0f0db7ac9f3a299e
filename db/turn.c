/* SPDX-License-Identifier: ISC */
#include "db/turn.h"

#include "db/run.h"

enum error
db_turn(struct db *db, const struct place *at, const struct beat *b, const int64_t done[], size_t n)
{
	static const struct beat none = {0};
	const struct beat *say = b != NULL ? b : &none;

	return db_call(db, REPEATABLE, "select * from chat.node_turn($1, $2, $3, $4, $5, $6, $7, $8, $9)", STR(at->boot),
	    INTS(done, n), BOOL(b != NULL), STR(at->node), INT(at->pid), STR(say->version), INT(say->sessions),
	    BOOL(say->judge), STR(say->counters));
}

bool
db_turn_settings(struct db *db, const char **registration, const char **role)
{
	if (!db_part(db, "settings") || !db_next(db))
		return false;
	*registration = db_str(db, "registration");
	*role = db_str(db, "role_settings");
	return true;
}

bool
db_letter_next(struct db *db, struct letter *l)
{
	if (!db_next(db))
		return false;
	*l = (struct letter){.id = db_int(db, "id"), .what = db_str(db, "what"), .user = db_int(db, "user_id"),
	    .conv = db_int(db, "conv_id"), .seq = db_int(db, "seq"), .line = db_str(db, "line")};
	return true;
}

enum error
db_denied(struct db *db)
{
	return db_call(db, REPEATABLE, "select chat.node_denied() as block");
}

bool
db_denied_next(struct db *db, const char **block)
{
	if (!db_next(db))
		return false;
	*block = db_str(db, "block");
	return true;
}

enum error
db_tidy(struct db *db, int64_t *after)
{
	enum error e = db_call(db, REPEATABLE, "select chat.node_tidy($1)", INT(*after));

	if (e == E_OK)
		*after = db_int(db, "node_tidy");
	return e;
}
