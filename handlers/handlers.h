/* SPDX-License-Identifier: ISC */
/*
 * handlers - what an operation sees of a request. Dispatch (table.c) has checked
 * that it is allowed now and within budget; whatever code the handler returns,
 * dispatch sends, with the fields the handler wrote into rq->body if it is E_OK.
 */
#ifndef HANDLERS_H
#define HANDLERS_H

#include <stdbool.h>
#include <stdint.h>

#include "conn.h"
#include "lib/buf.h"
#include "lib/error.h"
#include "lib/jw.h"

struct json_object;
struct op;
struct friend_row;
struct group_row;

#define RID_MAX 400 /* 64 bytes, escaped */

struct req {
	struct json_object *json;
	const struct op *op;
	size_t bytes; /* of the object */
	char rid[RID_MAX]; /* as JSON; empty: none given */
	struct buf body;   /* members of the reply */
	char why[160];     /* sentence for a refusal; empty: the code's own */
	int64_t retry_after; /* ms; 0: not said */
	bool silent;         /* no reply at all */
	enum error error;    /* for batches: each request's own */
	struct req *next;    /* batch: requests answered by one call */
};

typedef enum error op_fn(struct conn *c, struct req *rq);

/* One complete, valid object from the client: checks, runs, answers. Batches across calls until handlers_flush(). */
void handlers_object(struct conn *c, const char *json, size_t n);
/*
 * Runs one request that does not come from a native client, without answering it:
 * rq->json says op and fields (request_parse). On refusal rq->why has the sentence,
 * if there is a better one than the code's own; on E_OK rq->body the reply's members.
 */
enum error handlers_call(struct conn *c, struct req *rq);
/* Runs what is still held back for a batch. */
void handlers_flush(struct conn *c);
/* Answers what could not be understood at all. */
void handlers_refuse(struct conn *c, enum error e, const char *why);

/* Refuses with a sentence: return refuse(rq, E_BAD_REQUEST, "…"). */
enum error refuse(struct req *rq, enum error e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Fields. E_OK, or E_BAD_REQUEST with the field's name in the sentence. Strings
 * are borrowed from the request; lengths are in bytes where not said otherwise.
 */
bool has(const struct req *rq, const char *key);
enum error want_str(struct req *rq, const char *key, size_t min, size_t max, const char **s);
enum error want_chars(struct req *rq, const char *key, long min, long max, const char **s);
enum error want_int(struct req *rq, const char *key, int64_t min, int64_t max, int64_t *v);
/* Optional ones leave the value as it is when the field is absent. */
enum error may_str(struct req *rq, const char *key, size_t min, size_t max, const char **s);
enum error may_int(struct req *rq, const char *key, int64_t min, int64_t max, int64_t *v);
/* One of the words, which are separated by blanks; *s is left as it is when absent. */
enum error may_word(struct req *rq, const char *key, const char *words, const char **s);
/* A name (string) or an id (integer): the other one is NULL or 0. */
enum error want_who(struct req *rq, const char *key, const char **name, int64_t *id);
/* Exactly one of to, group, conv. */
enum error want_target(struct req *rq, struct target *t);
/* conv and seq. */
enum error want_entry(struct req *rq, int64_t *conv, int64_t *seq);

/*
 * Publishes entry seq of a group, which was just stored, to its members, this session among
 * them. gone: the user whose membership ends with it, or 0.
 */
void publish_entry(struct conn *c, int64_t conv, int64_t seq, int64_t gone);
/* edit, delete: answers, and publishes what was stored. */
void answer_change(struct conn *c, struct req *rq, int64_t conv, const struct change *ch);
/* A device of the user was revoked: its sessions end. */
void tell_revoked(struct conn *c, int64_t device);
/* Tells a user's other sessions that the user is in the group now, or not any more. */
void tell_membership(struct conn *c, int64_t user, const struct group_row *g, bool joined);

/* Objects that several replies share. */
void show_now(struct buf *b, const char *key);
void show_friend(struct buf *b, const char *key, const struct friend_row *f);
void show_group(struct buf *b, const char *key, const struct group_row *g);
enum error show_friends(struct conn *c, struct buf *b);
enum error show_groups(struct conn *c, struct buf *b);

op_fn op_hello, op_register, op_login, op_resume, op_logout, op_ping, op_pong;
op_fn op_passwd, op_devices, op_device_revoke;
op_fn op_send, op_ack, op_history, op_convs, op_search, op_typing, op_read, op_edit, op_delete;
op_fn op_friend_add, op_friend_remove, op_friends, op_block, op_unblock, op_blocks;
op_fn op_group_create, op_group_join, op_group_leave, op_group_members, op_groups, op_group_find;
op_fn op_group_invite, op_group_kick, op_group_ban, op_group_unban, op_group_role, op_group_set;

/* Requests that op_send() may answer together: the same conversation is named. */
bool send_joins(const struct req *a, const struct req *b);

#endif
