/* SPDX-License-Identifier: ISC */
#include "db/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "db/run.h"
#include "lib/log.h"

static enum sent_state
sent_state_of(const char *word)
{
	static const char *const words[] = {
	    [SENT_NEW] = "new", [SENT_DUP] = "dup", [SENT_CONFLICT] = "conflict", [SENT_REFUSED] = "refused",
	    [SENT_LIMITED] = "limited"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return (enum sent_state)i;
	die(EX_CONFIG, "schema", "why=%s", "chat.send answers in a form this program does not know");
}

static void
read_each(struct db *db, struct send_item items[], size_t n)
{
	const char *states = db_str(db, "states"), *seqs = db_str(db, "seqs"), *ats = db_str(db, "ats");
	char word[24];

	for (size_t i = 0; i < n; i++) {
		array_next(&states, word, sizeof(word));
		items[i].state = sent_state_of(word);
		array_next(&seqs, word, sizeof(word));
		items[i].seq = strtoll(word, NULL, 10);
		array_next(&ats, word, sizeof(word));
		clock_text(items[i].at, strtoll(word, NULL, 10));
	}
}

enum error
db_message_send_direct(struct db *db, int64_t user, int64_t session, const struct target *to, struct send_item *item,
    struct sent *s, bool *stored)
{
	enum error e = db_call(db, OFTEN, "select * from chat.send_direct($1, $2, $3, $4, $5)", INT(user), INT(session),
	    INT(to->conv), STR(item->cid), STR(item->text));

	*stored = e == E_OK && db_int(db, "seq") != 0;
	if (!*stored)
		return e;
	item->state = SENT_NEW;
	item->seq = db_int(db, "seq");
	clock_text(item->at, db_int(db, "at"));
	*s = (struct sent){.conv = to->conv, .to_id = db_int(db, "to_id"), .to_name = to->name,
	    .elsewhere = db_bool(db, "elsewhere")};
	return E_OK;
}

enum error
db_message_send(struct db *db, int64_t user, int64_t session, const struct target *to, struct send_item items[],
    size_t n, struct sent *s)
{
	const char *cids[SEND_MAX], *texts[SEND_MAX];
	enum error e;

	assert(n > 0 && n <= SEND_MAX);
	for (size_t i = 0; i < n; i++) {
		cids[i] = items[i].cid;
		texts[i] = items[i].text;
	}
	e = db_call(db, OFTEN, "select * from chat.send($1, $2, $3, $4, $5, $6, $7, $8)", INT(user), INT(session),
	    TARGET(to), STRS(cids, n), STRS(texts, n));
	if (e != E_OK)
		return e;
	*s = (struct sent){.conv = db_int(db, "conv_id"), .is_group = db_bool(db, "is_group"), .to_id = db_int(db, "to_id"),
	    .to_name = db_str(db, "to_name"), .elsewhere = db_bool(db, "elsewhere")};
	if (db_str(db, "states") != NULL) {
		read_each(db, items, n);
		return E_OK;
	}
	for (size_t i = 0; i < n; i++) {
		items[i].state = SENT_NEW;
		items[i].seq = db_int(db, "first_seq") + (int64_t)i;
		clock_text(items[i].at, db_int(db, "at"));
	}
	return E_OK;
}

enum error
db_message_sent_before(struct db *db, int64_t user, const struct target *to, struct send_item items[], size_t n,
    struct sent *s)
{
	const char *cids[SEND_MAX], *texts[SEND_MAX];
	enum error e;

	for (size_t i = 0; i < n; i++) {
		cids[i] = items[i].cid;
		texts[i] = items[i].text;
	}
	e = db_call(db, REPEATABLE, "select * from chat.sent_before($1, $2, $3, $4, $5, $6, $7)", INT(user), TARGET(to),
	    STRS(cids, n), STRS(texts, n));
	if (e != E_OK)
		return e;
	*s = (struct sent){.conv = db_int(db, "conv_id")};
	read_each(db, items, n);
	return E_OK;
}

enum error
db_message_used(struct db *db, int64_t user, int64_t bytes, int64_t *room, int64_t *wait)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.text_used($1, $2)", INT(user), INT(bytes));

	if (e == E_OK) {
		*room = db_int(db, "room");
		*wait = db_int(db, "wait");
	}
	return e;
}

enum error
db_message_backlog(struct db *db, int64_t device, const int64_t conv[], const int64_t after[], size_t n, int limit)
{
	return db_call(db, REPEATABLE, "select * from chat.backlog($1, $2, $3, $4)", INT(device), INTS(conv, n),
	    INTS(after, n), INT(limit));
}

enum error
db_message_sync(struct db *db, int64_t device)
{
	return db_call(db, REPEATABLE, "select * from chat.sync($1)", INT(device));
}

bool
db_reach_next(struct db *db, struct reach *r)
{
	if (!db_next(db))
		return false;
	*r = (struct reach){.conv = db_int(db, "conv_id"), .is_group = db_bool(db, "is_group"),
	    .is_member = db_bool(db, "is_member"), .base = db_int(db, "base"), .high = db_int(db, "high")};
	return true;
}

enum error
db_message_ack(struct db *db, int64_t device, const int64_t conv[], const int64_t seq[], size_t n)
{
	return db_call(db, REPEATABLE, "select * from chat.acks(array_fill($1::bigint, array[$2::integer]), $3, $4)",
	    INT(device), INT((int64_t)n), INTS(conv, n), INTS(seq, n));
}

enum error
db_message_acks(struct db *db, const int64_t device[], const int64_t conv[], const int64_t seq[], size_t n)
{
	return db_call(db, REPEATABLE, "select * from chat.acks($1, $2, $3)", INTS(device, n), INTS(conv, n), INTS(seq, n));
}

bool
db_arrived_next(struct db *db, struct arrived *a)
{
	if (!db_next(db))
		return false;
	*a = (struct arrived){.device = db_int(db, "device_id"), .conv = db_int(db, "conv_id"), .seq = db_int(db, "acked_seq"),
	    .peer = db_int(db, "peer_id"), .user = db_int(db, "user_id"), .user_name = db_str(db, "user_name")};
	return true;
}

static enum error
message_changed(struct db *db, enum error e, struct change *ch)
{
	if (e == E_OK)
		*ch = (struct change){.seq = db_int(db, "seq"), .at = db_str(db, "at"), .dup = db_bool(db, "dup")};
	return e;
}

enum error
db_message_edit(struct db *db, int64_t user, int64_t conv, int64_t seq, const char *text, const char *cid,
    struct change *ch)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.edit($1, $2, $3, $4, $5)", INT(user), INT(conv), INT(seq),
	    STR(text), STR(cid));

	return message_changed(db, e, ch);
}

enum error
db_message_edited_before(struct db *db, int64_t user, int64_t conv, int64_t seq, const char *text, const char *cid,
    struct change *ch)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.edited_before($1, $2, $3, $4, $5)", INT(user), INT(conv),
	    INT(seq), STR(text), STR(cid));

	return e == E_OK && !db_next(db) ? E_NOT_FOUND : message_changed(db, e, ch);
}

enum error
db_message_delete(struct db *db, int64_t user, int64_t conv, int64_t seq, const char *cid, struct change *ch)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.delete($1, $2, $3, $4)", INT(user), INT(conv), INT(seq),
	    STR(cid));

	return message_changed(db, e, ch);
}

enum error
db_message_read(struct db *db, int64_t user, int64_t conv, int64_t seq, int64_t *mark, bool *moved, int64_t *peer)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.read($1, $2, $3)", INT(user), INT(conv), INT(seq));

	if (e == E_OK) {
		*mark = db_int(db, "seq");
		*moved = db_bool(db, "moved");
		*peer = db_int(db, "peer_id");
	}
	return e;
}

enum error
db_message_typing(struct db *db, int64_t user, const struct target *t, int64_t *conv, int64_t *peer)
{
	enum error e = db_call(db, REPEATABLE, "select * from chat.typing($1, $2, $3, $4, $5)", INT(user), TARGET(t));

	if (e == E_OK) {
		*conv = db_int(db, "conv_id");
		*peer = db_int(db, "peer_id");
	}
	return e;
}
