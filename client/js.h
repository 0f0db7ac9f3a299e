/* SPDX-License-Identifier: ISC */
/* js - reading what a server sent without trusting its shape: what is missing or of another type is "", 0, false. */
#ifndef JS_H
#define JS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <json-c/json.h>

/* A member, or NULL. Borrowed, as everything here. */
static inline struct json_object *
js_get(struct json_object *obj, const char *key)
{
	struct json_object *v = NULL;

	if (!json_object_is_type(obj, json_type_object))
		return NULL;
	json_object_object_get_ex(obj, key, &v);
	return v;
}

static inline const char *
js_strn(struct json_object *obj, const char *key, size_t *n)
{
	struct json_object *v = js_get(obj, key);

	*n = (size_t)json_object_get_string_len(v); /* 0 of all other types */
	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

static inline const char *
js_str(struct json_object *obj, const char *key)
{
	size_t n;

	return js_strn(obj, key, &n);
}

static inline bool
js_is(struct json_object *obj, const char *key, const char *value)
{
	return strcmp(js_str(obj, key), value) == 0;
}

static inline int64_t
js_int(struct json_object *obj, const char *key)
{
	struct json_object *v = js_get(obj, key);

	return json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : 0;
}

static inline bool
js_true(struct json_object *obj, const char *key)
{
	struct json_object *v = js_get(obj, key);

	return json_object_is_type(v, json_type_boolean) && json_object_get_boolean(v);
}

/* Elements of an array member; 0 if it is none. */
static inline size_t
js_len(struct json_object *obj, const char *key)
{
	struct json_object *v = js_get(obj, key);

	return json_object_is_type(v, json_type_array) ? json_object_array_length(v) : 0;
}

/* The i-th of them, or NULL. */
static inline struct json_object *
js_at(struct json_object *obj, const char *key, size_t i)
{
	return i < js_len(obj, key) ? json_object_array_get_idx(js_get(obj, key), i) : NULL;
}

/* The lists of an object behind those of another one. */
static inline void
js_join(struct json_object *all, struct json_object *obj)
{
	json_object_object_foreach(obj, key, list) {
		struct json_object *before = js_get(all, key);

		if (json_object_is_type(list, json_type_array) && json_object_is_type(before, json_type_array))
			for (size_t i = 0; i < json_object_array_length(list); i++)
				json_object_array_add(before, json_object_get(json_object_array_get_idx(list, i)));
	}
}

/* Parses one line; NULL if it is no object. Caller puts. */
static inline struct json_object *
js_parse(const char *s, size_t n)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *obj = json_tokener_parse_ex(tok, s, (int)n);

	if (json_tokener_get_error(tok) != json_tokener_success ||
	    !json_object_is_type(obj, json_type_object)) {
		json_object_put(obj);
		obj = NULL;
	}
	json_tokener_free(tok);
	return obj;
}

#endif
