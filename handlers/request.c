/* SPDX-License-Identifier: ISC */
#include "handlers/request.h"

#include <assert.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/door.h"
#include "lib/jw.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/utf8.h"
#include "session/limits.h"

static void
take_rid(struct req *rq)
{
	struct json_object *rid;
	struct buf text = {0};

	if (!json_object_object_get_ex(rq->json, "rid", &rid))
		return;
	if (json_object_is_type(rid, json_type_int))
		jw_int(&text, NULL, json_object_get_int64(rid));
	else if (json_object_is_type(rid, json_type_string) && json_object_get_string_len(rid) <= 64)
		jw_strn(&text, NULL, json_object_get_string(rid), (size_t)json_object_get_string_len(rid));
	else
		rq->error = refuse(rq, E_BAD_REQUEST, "rid: a string of at most 64 bytes or an integer is wanted");
	if (buf_len(&text) > 0 && buf_len(&text) < sizeof(rq->rid))
		memcpy(rq->rid, buf_data(&text), buf_len(&text));
	buf_free(&text);
}

/* Passwords and tokens are strings; which ones is not asked. */
static void
wipe_strings(struct json_object *o)
{
	switch (json_object_get_type(o)) {
	case json_type_string:
		explicit_bzero((char *)(uintptr_t)json_object_get_string(o), (size_t)json_object_get_string_len(o));
		break;
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(o); i++)
			wipe_strings(json_object_array_get_idx(o, i));
		break;
	case json_type_object: {
		json_object_object_foreach(o, key, value) {
			(void)key;
			wipe_strings(value);
		}
		break;
	}
	default:
		break;
	}
}

struct req *
request_new(struct json_object *json)
{
	struct req *rq = mem_alloc(sizeof(*rq));

	rq->json = json;
	rq->body.secret = true;
	rq->password_min = PASSWORD_MIN;
	take_rid(rq);
	return rq;
}

static struct json_tokener *tokener;

/* json-c puts each string together in a buffer of its own: another one, as long as any that matters, takes its place. */
static void
wipe_tokener(size_t n)
{
	static const char blank[256] = {[0 ... 255] = ' '};

	json_tokener_reset(tokener);
	json_tokener_parse_ex(tokener, "\"", 1);
	if (n > OBJECT_MAX_NEW)
		n = OBJECT_MAX_NEW;
	for (; n > 0; n -= n < sizeof(blank) ? n : sizeof(blank))
		json_tokener_parse_ex(tokener, blank, (int)(n < sizeof(blank) ? n : sizeof(blank)));
	json_tokener_reset(tokener);
}

void
request_begin(void)
{
	if (tokener != NULL)
		return;
	if ((tokener = json_tokener_new_ex(DOOR_DEPTH + 2)) == NULL)
		die(EX_OSERR, "out_of_memory", "");
	wipe_tokener(OBJECT_MAX_NEW); /* that it does not grow, and leave copies behind, with a password in it */
}

struct req *
request_parse(const char *json, size_t n)
{
	struct json_object *o;
	struct req *rq;

	request_begin();
	json_tokener_reset(tokener);
	o = json_tokener_parse_ex(tokener, json, (int)n);
	if (o == NULL)
		die(EX_OSERR, "out_of_memory", "for=%s", "a request");
	assert(json_object_is_type(o, json_type_object)); /* the door promised it */
	wipe_tokener(n);
	rq = request_new(o);
	rq->bytes = n;
	return rq;
}

void
request_free(struct req *rq)
{
	while (rq != NULL) {
		struct req *next = rq->next;

		wipe_strings(rq->json);
		json_object_put(rq->json);
		buf_free(&rq->body);
		free(rq);
		rq = next;
	}
}

enum error
refuse(struct req *rq, enum error e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(rq->why, sizeof(rq->why), fmt, ap);
	va_end(ap);
	/* A sentence that was cut must not end in half a character. */
	for (size_t n = strlen(rq->why); n > 0 && utf8_count(rq->why, n) < 0; n--)
		rq->why[n - 1] = '\0';
	return e;
}

bool
has(const struct req *rq, const char *key)
{
	return json_object_object_get_ex(rq->json, key, NULL);
}

/* The field's value; NULL: absent or of another type. */
static struct json_object *
field(const struct req *rq, const char *key, enum json_type type)
{
	struct json_object *v;

	if (!json_object_object_get_ex(rq->json, key, &v) || !json_object_is_type(v, type))
		return NULL;
	return v;
}

enum error
want_str(struct req *rq, const char *key, size_t min, size_t max, const char **s)
{
	struct json_object *v = field(rq, key, json_type_string);
	size_t n = v != NULL ? (size_t)json_object_get_string_len(v) : 0;

	if (v == NULL)
		return refuse(rq, E_BAD_REQUEST, "%s: a string is wanted", key);
	if (n < min || n > max)
		return refuse(rq, n > max && max >= TEXT_MAX ? E_TOO_LARGE : E_BAD_REQUEST, "%s: %zu to %zu bytes are allowed, not %zu", key,
		    min, max, n);
	*s = json_object_get_string(v);
	return E_OK;
}

enum error
want_chars(struct req *rq, const char *key, long min, long max, const char **s)
{
	enum error e = want_str(rq, key, 0, OBJECT_MAX, s);
	long n;

	if (e != E_OK)
		return e;
	n = utf8_count(*s, strlen(*s));
	if (n < min || n > max)
		return refuse(rq, E_BAD_REQUEST, "%s: %ld to %ld characters are allowed, not %ld", key, min, max, n);
	return E_OK;
}

enum error
want_int(struct req *rq, const char *key, int64_t min, int64_t max, int64_t *v)
{
	struct json_object *o = field(rq, key, json_type_int);
	int64_t n = o != NULL ? json_object_get_int64(o) : 0;

	if (o == NULL || n < min || n > max)
		return refuse(rq, E_BAD_REQUEST, "%s: an integer from %" PRId64 " to %" PRId64 " is wanted", key, min, max);
	*v = n;
	return E_OK;
}

enum error
may_str(struct req *rq, const char *key, size_t min, size_t max, const char **s)
{
	return has(rq, key) ? want_str(rq, key, min, max, s) : E_OK;
}

enum error
may_int(struct req *rq, const char *key, int64_t min, int64_t max, int64_t *v)
{
	return has(rq, key) ? want_int(rq, key, min, max, v) : E_OK;
}

enum error
may_bool(struct req *rq, const char *key, bool *v)
{
	struct json_object *o = json_object_object_get(rq->json, key);

	if (o != NULL && !json_object_is_type(o, json_type_boolean))
		return refuse(rq, E_BAD_REQUEST, "%s: true or false is wanted", key);
	*v = json_object_get_boolean(o);
	return E_OK;
}

enum error
may_word(struct req *rq, const char *key, const char *words, const char **s)
{
	const char *given = "";
	size_t n;

	if (!has(rq, key))
		return E_OK;
	if (want_str(rq, key, 1, 32, &given) == E_OK)
		for (const char *w = words; *w != '\0'; w += n, w += strspn(w, " ")) {
			n = strcspn(w, " ");
			if (strlen(given) == n && strncmp(w, given, n) == 0) {
				*s = given;
				return E_OK;
			}
		}
	return refuse(rq, E_BAD_REQUEST, "%s: one of these is wanted: %s", key, words);
}

enum error
want_who(struct req *rq, const char *key, const char **name, int64_t *id)
{
	struct json_object *v = NULL;

	*name = NULL;
	*id = 0;
	json_object_object_get_ex(rq->json, key, &v);
	if (json_object_is_type(v, json_type_string) && json_object_get_string_len(v) <= 200)
		*name = json_object_get_string(v);
	else if (json_object_is_type(v, json_type_int) && json_object_get_int64(v) > 0)
		*id = json_object_get_int64(v);
	else
		return refuse(rq, E_BAD_REQUEST, "%s: a name or an id is wanted", key);
	return E_OK;
}

enum error
want_target(struct req *rq, struct target *t)
{
	bool to = has(rq, "to"), group = has(rq, "group"), conv = has(rq, "conv");

	*t = (struct target){.group = group};
	if (to + group + conv != 1)
		return refuse(rq, E_BAD_REQUEST, "exactly one of to, group and conv is wanted");
	if (conv)
		return want_int(rq, "conv", 1, INT64_C(1) << 53, &t->conv);
	return want_who(rq, to ? "to" : "group", &t->name, &t->id);
}

enum error
want_entry(struct req *rq, int64_t *conv, int64_t *seq)
{
	enum error e = want_int(rq, "conv", 1, INT64_C(1) << 53, conv);

	return e != E_OK ? e : want_int(rq, "seq", 1, INT64_C(1) << 53, seq);
}
