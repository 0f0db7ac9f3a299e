/* SPDX-License-Identifier: ISC */
/* message - the log of each conversation: sending, catching up, acknowledging, looking back. */
#ifndef DB_MESSAGE_H
#define DB_MESSAGE_H

#include <stddef.h>

#include "db/db.h"
#include "lib/clock.h"

/* Most texts that one call stores; more wait for the next. */
#define SEND_MAX 64

/*
 * The conversation a request names: by conv; else a user or a group by id, or by name if id is 0. For a send, conv
 * may have a name, which is then the to_name that an earlier one brought: E_NOT_FOUND if that is not true any more; and
 * group says then whether it is one.
 */
struct target {
	int64_t conv;
	int64_t id;
	const char *name;
	bool group;
};

enum sent_state { SENT_NEW, SENT_DUP, SENT_CONFLICT, SENT_REFUSED, SENT_LIMITED };

struct send_item {
	const char *cid;
	const char *text;
	/* filled in: */
	enum sent_state state;
	int64_t seq;
	char at[CLOCK_TEXT];
};

struct sent {
	int64_t conv;
	bool is_group;
	int64_t to_id; /* the group, or the receiving user */
	const char *to_name;
	bool elsewhere; /* the sender has other sessions */
};

/*
 * Stores n (1 to SEND_MAX) texts in one conversation in one commit. E_OK means
 * committed: each item then has its seq, dense and in the given order for new ones.
 */
enum error db_message_send(struct db *db, int64_t user, int64_t session, const struct target *to,
    struct send_item items[], size_t n, struct sent *s);

/* The same, quicker, for one text in a direct conversation that has a name. *stored: else nothing was done, and that is to be asked. */
enum error db_message_send_direct(struct db *db, int64_t user, int64_t session, const struct target *to,
    struct send_item *item, struct sent *s, bool *stored);

/* Stores nothing: what became of those that were stored before; the others are SENT_LIMITED. s: conv only. */
enum error db_message_sent_before(struct db *db, int64_t user, const struct target *to, struct send_item items[], size_t n,
    struct sent *s);
/* So many bytes of text were stored; the user may send so many more now, or has to wait for so many ms. */
enum error db_message_used(struct db *db, int64_t user, int64_t bytes, int64_t *room, int64_t *wait);

/* One entry of a conversation's log, as users see it. NULL or 0: does not apply. */
struct entry {
	int64_t conv;
	int64_t seq;
	const char *kind;
	int64_t from_id;
	const char *from_name;
	const char *text;
	const char *cid;
	int64_t ref;
	const char *ref_name; /* kick, role: the user that ref names */
	const char *at;
	const char *edited_at;
	const char *deleted_at;
	bool is_group;
	int64_t to_id;
	const char *to_name;
};

/* The id of the conversation meant (0: the two users never said anything) and the first number it keeps. */
enum error db_message_conv(struct db *db, int64_t user, const struct target *t, int64_t *conv, int64_t *first);

/*
 * Entries with numbers above `after` (>= 0), else the last ones below `before`
 * (0: from the end), at most limit of them, ascending. They are the *n rows from
 * *first on, for db_entry_again(). *more: there are others in that direction.
 */
enum error db_message_history(struct db *db, int64_t user, int64_t conv, int64_t before, int64_t after, int limit,
    int *first, int *n, bool *more);
/* The next db_entry_next() gives that row of the newest call, from 0. */
void db_entry_again(struct db *db, int row);

/* One entry, without asking who may see it: for publishing what was just stored. */
enum error db_message_entry(struct db *db, int64_t conv, int64_t seq, struct entry *e);

/* after[i] < 0: after the device's cursor. At most limit entries in all, conversation by conversation. */
enum error db_message_backlog(struct db *db, int64_t device, const int64_t conv[], const int64_t after[], size_t n,
    int limit);
bool db_entry_next(struct db *db, struct entry *e);

/* How far a device is in one conversation. */
struct reach {
	int64_t conv;
	bool is_group;
	bool is_member;
	int64_t base; /* the last number the device has */
	int64_t high; /* the last number it may have */
};

/* All groups of the device's user, and whatever the device has not acknowledged. */
enum error db_message_sync(struct db *db, int64_t device);
bool db_reach_next(struct db *db, struct reach *r);

/* n acknowledgements, of one device or several. Leave those whose texts arrived, to be read by db_arrived_next(). */
enum error db_message_ack(struct db *db, int64_t device, const int64_t conv[], const int64_t seq[], size_t n);
enum error db_message_acks(struct db *db, const int64_t device[], const int64_t conv[], const int64_t seq[], size_t n);

/* The peer of a direct conversation, up to whose entry seq everything has arrived at the user's device. */
struct arrived {
	int64_t device;
	int64_t conv;
	int64_t seq;
	int64_t user;
	const char *user_name;
	int64_t peer;
};
bool db_arrived_next(struct db *db, struct arrived *a);

/* What edit and delete stored: an entry of its own. */
struct change {
	int64_t seq;
	const char *at;
	bool dup; /* had been stored before, under the same cid */
};

enum error db_message_edit(struct db *db, int64_t user, int64_t conv, int64_t seq, const char *text, const char *cid,
    struct change *ch);
/* Stores nothing: what became of one that was stored before; E_NOT_FOUND: it was not. */
enum error db_message_edited_before(struct db *db, int64_t user, int64_t conv, int64_t seq, const char *text, const char *cid,
    struct change *ch);
enum error db_message_delete(struct db *db, int64_t user, int64_t conv, int64_t seq, const char *cid, struct change *ch);

/* Moves the user's read mark forward: *mark is where it stands then, *moved whether it did. *peer: 0 in a group. */
enum error db_message_read(struct db *db, int64_t user, int64_t conv, int64_t seq, int64_t *mark, bool *moved,
    int64_t *peer);

/* Where a typing notice goes. *conv 0: nothing was ever said; *peer: 0 in a group. */
enum error db_message_typing(struct db *db, int64_t user, const struct target *t, int64_t *conv, int64_t *peer);

/*
 * Texts that contain text, newest first; conv 0: in all conversations; before: RFC 3339 or NULL; at: where db_found_next()
 * was, or zeros. Not all is read at once: the last row may be no entry (conv 0), and only say where to go on.
 */
enum error db_message_search(struct db *db, int64_t user, int64_t conv, const char *text, const char *before,
    const int64_t at[3], int limit);
bool db_found_next(struct db *db, struct entry *e, int64_t at[3]);

struct conv_row {
	int64_t conv;
	int64_t first; /* the first number it keeps */
	int64_t last_seq;
	int64_t acked;
	int64_t read;
	int64_t unread;
	int64_t last_at; /* in microseconds, see clock_text() */
	bool cut;        /* the last text is longer */
	struct entry last;
};

/* The user's conversations, newest first, those after one with that last_at and conv (0: from the first on). */
enum error db_message_convs(struct db *db, int64_t user, int64_t device, const int64_t after[2], int limit);
bool db_conv_next(struct db *db, struct conv_row *c);

#endif
