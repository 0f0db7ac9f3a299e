/* SPDX-License-Identifier: ISC */
/* request - what an operation sees of what was asked: the fields, and where its answer goes. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/message.h"
#include "lib/buf.h"
#include "lib/error.h"

struct json_object;
struct op;

#define RID_MAX 400 /* 64 bytes, escaped */
#define PASSWORD_MIN 8 /* bytes of a new password */

struct req {
	struct json_object *json;
	const struct op *op;
	size_t bytes;        /* of the object */
	char rid[RID_MAX];   /* as JSON; empty: none given */
	size_t password_min; /* PASSWORD_MIN, unless the front allows less */
	struct buf body;     /* members of the reply */
	enum error error;    /* how it ended; each of a batch its own */
	char why[256];       /* sentence for a refusal; empty: the code's own */
	int64_t retry_after; /* ms; 0: not said */
	bool silent;         /* no reply at all, unless it has a rid and was refused */
	struct req *next;    /* batch: requests answered by one call */
};

/* In the master, for all its children. */
void request_begin(void);
/* One object that passed the door. error is set when its rid is unusable. Caller frees. */
struct req *request_parse(const char *json, size_t n);
/* A request made here: takes json, an object with op and fields. Caller frees. */
struct req *request_new(struct json_object *json);
/* Frees the request and those behind it. */
void request_free(struct req *rq);

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
/* Optional ones leave the value as it is when the field is absent; may_bool() makes it false. */
enum error may_str(struct req *rq, const char *key, size_t min, size_t max, const char **s);
enum error may_int(struct req *rq, const char *key, int64_t min, int64_t max, int64_t *v);
enum error may_bool(struct req *rq, const char *key, bool *v);
/* One of the words, which are separated by blanks; *s is left as it is when absent. */
enum error may_word(struct req *rq, const char *key, const char *words, const char **s);
/* A name (string) or an id (integer): the other one is NULL or 0. */
enum error want_who(struct req *rq, const char *key, const char **name, int64_t *id);
/* Exactly one of to, group, conv. */
enum error want_target(struct req *rq, struct target *t);
/* conv and seq. */
enum error want_entry(struct req *rq, int64_t *conv, int64_t *seq);

#endif
