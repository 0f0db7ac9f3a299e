/* SPDX-License-Identifier: ISC */
/*
 * door_fuzz - however input is cut, the door says the same; and whatever it
 * lets through, json-c reads strictly, whole, and within the door's limits.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/door.h"
#include "lib/utf8.h"
#define GENERATES 200000
#include "t/fuzz/alone.h"

#define LIMIT 4096
#define DOC_MAX 8192

struct event {
	enum door_verdict verdict;
	size_t at, len;
	const char *why; /* a literal of door.c: compared as a pointer */
};

struct events {
	struct event *e;
	size_t n;
	size_t len; /* of the object begun at the end */
};

/* Feeds pieces of 1 to piece bytes, each from memory of exactly its size. */
static struct events
feed(const uint8_t *data, size_t n, size_t piece, size_t limit)
{
	struct events all = {.e = calloc(n + 1, sizeof(*all.e))};
	struct door d;
	size_t at = 0;

	MUST(all.e != NULL);
	memset(&d, 0xa5, sizeof(d));
	door_init(&d);
	while (at < n) {
		size_t size = piece < n - at ? piece : n - at, left;
		char *copy, *s;

		MUST(size > 0);
		s = copy = malloc(size);
		MUST(copy != NULL);
		memcpy(copy, data + at, size);
		for (left = size; left > 0;) {
			size_t used = 0;
			enum door_verdict verdict = door_scan(&d, s, left, limit, &used);

			MUST(used > 0 && used <= left);
			s += used;
			left -= used;
			at += used;
			if (verdict == DOOR_MORE) {
				MUST(left == 0);
				MUST(d.len < limit);
				continue;
			}
			MUST(verdict == DOOR_OBJECT ? d.len > 0 && d.len <= limit : d.len == 0);
			all.e[all.n++] = (struct event){
			    verdict, at, d.len, verdict == DOOR_BAD ? d.why : NULL};
			MUST(verdict != DOOR_BAD || (d.why != NULL && d.why[0] != '\0'));
		}
		free(copy);
	}
	if (n > 0 &&
	    (all.n == 0 || all.e[all.n - 1].verdict != DOOR_OBJECT || all.e[all.n - 1].at < n))
		all.len = d.len;
	return all;
}

static void
must_equal(const struct events *a, const struct events *b)
{
	MUST(a->n == b->n);
	MUST(a->len == b->len);
	for (size_t i = 0; i < a->n; i++) {
		MUST(a->e[i].verdict == b->e[i].verdict);
		MUST(a->e[i].at == b->e[i].at);
		MUST(a->e[i].len == b->e[i].len);
		MUST(a->e[i].why == b->e[i].why);
	}
}

struct census {
	unsigned containers, values;
};

static void
must_be_text(const char *s, size_t n)
{
	MUST(memchr(s, '\0', n) == NULL);
	MUST(utf8_count(s, n) >= 0);
}

static void
walk(struct json_object *o, int depth, struct census *c)
{
	const char *number;

	c->values++;
	switch (json_object_get_type(o)) {
	case json_type_object:
		MUST(depth <= DOOR_DEPTH);
		c->containers++;
		json_object_object_foreach(o, key, value)
		{
			must_be_text(key, strlen(key));
			walk(value, depth + 1, c);
		}
		break;
	case json_type_array:
		MUST(depth <= DOOR_DEPTH);
		c->containers++;
		for (size_t i = 0; i < json_object_array_length(o); i++)
			walk(json_object_array_get_idx(o, i), depth + 1, c);
		break;
	case json_type_string:
		must_be_text(json_object_get_string(o), (size_t)json_object_get_string_len(o));
		break;
	case json_type_int:
		number = json_object_to_json_string(o);
		MUST(strlen(number) <= 17);
		MUST(json_object_get_int64(o) <= INT64_C(1) << 53);
		MUST(json_object_get_int64(o) >= -(INT64_C(1) << 53));
		break;
	case json_type_double:
		MUST(json_object_get_type(o) != json_type_double);
		break;
	case json_type_boolean:
	case json_type_null:
		break;
	}
}

/* Colons outside strings: as many as json-c must have members, or it merged two of one key. */
static size_t
count_members(const char *s, size_t n)
{
	size_t members = 0;
	bool string = false;

	for (size_t i = 0; i < n; i++)
		if (string && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			string = !string;
		else if (!string && s[i] == ':')
			members++;
	return members;
}

static size_t
count_kept(struct json_object *o)
{
	size_t members = 0;

	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value)
		{
			(void)key;
			members += 1 + count_kept(value);
		}
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			members += count_kept(json_object_array_get_idx(o, i));
	}
	return members;
}

static void
must_parse(const char *s, size_t n)
{
	struct json_tokener *tok = json_tokener_new_ex(DOOR_DEPTH + 1);
	struct json_object *o;
	struct census c = {0};

	MUST(tok != NULL);
	MUST(s[0] == '{' && s[n - 1] == '}');
	must_be_text(s, n);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, s, (int)n);
	MUST(json_tokener_get_error(tok) == json_tokener_success);
	MUST(json_tokener_get_parse_end(tok) == n);
	MUST(json_object_is_type(o, json_type_object));
	walk(o, 1, &c);
	MUST(c.containers <= DOOR_CONTAINERS);
	MUST(c.values <= DOOR_VALUES);
	MUST(count_kept(o) == count_members(s, n));
	json_object_put(o);
	json_tokener_free(tok);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const size_t pieces[] = {1, 3, 50};
	struct events whole;
	bool tried = false;

	whole = feed(data, n, n, LIMIT);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct events cut = feed(data, n, pieces[i], LIMIT);

		must_equal(&whole, &cut);
		free(cut.e);
	}
	for (size_t i = 0; i < whole.n; i++) {
		const struct event *e = &whole.e[i];
		const uint8_t *object = data + e->at - e->len;

		if (e->verdict != DOOR_OBJECT)
			continue;
		must_parse((const char *)object, e->len);
		if (!tried) {
			struct events fits = feed(object, e->len, e->len, e->len);
			struct events not = feed(object, e->len, e->len, e->len - 1);

			MUST(fits.n == 1 && fits.e[0].verdict == DOOR_OBJECT);
			MUST(not .n > 0 && not .e[0].verdict == DOOR_LARGE);
			free(fits.e);
			free(not .e);
			tried = true;
		}
	}
	free(whole.e);
	return 0;
}

#ifndef LIBFUZZER

static uint64_t seed;

static unsigned
below(unsigned n)
{
	/* xorshift64* */
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned)((seed * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

struct doc {
	uint8_t p[DOC_MAX];
	size_t n;
	int values, containers;
	unsigned key;
};

static void
put(struct doc *d, const char *s, size_t n)
{
	if (n > sizeof(d->p) - d->n)
		abort();
	memcpy(d->p + d->n, s, n);
	d->n += n;
}

static void
puts_(struct doc *d, const char *s)
{
	put(d, s, strlen(s));
}

#define PICK(d, ...)                                                         \
	do {                                                                 \
		static const char *const of[] = {__VA_ARGS__};               \
		puts_(d, of[below((unsigned)(sizeof(of) / sizeof(of[0])))]); \
	} while (0)

static void
put_space(struct doc *d)
{
	while (below(4) == 0)
		PICK(d, " ", "\t", "\r", "\n");
}

static void
put_chars(struct doc *d)
{
	while (below(6) != 0)
		PICK(d, "a", "b", " ", "{", "}", "[", "]", ":", ",", "0", "/", "'", "\x7f",
		    "text ", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t",
		    "\\u0001", "\\u0041", "\\u00fc", "\\u20AC", "\\uD7ff", "\\ue000", "\\uffff",
		    "\\ud83d\\ude00", "\\uDBFF\\uDFFF", "\xc2\x80", "\xc3\xbc", "\xdf\xbf",
		    "\xe0\xa0\x80", "\xe2\x82\xac", "\xed\x9f\xbf", "\xee\x80\x80",
		    "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf");
}

static void
put_number(struct doc *d)
{
	char num[24];

	snprintf(num, sizeof(num), "%" PRIu64, (UINT64_C(1) << below(54)) - below(2));
	if (below(3) == 0)
		puts_(d, "-");
	puts_(d, num);
}

/* A valid value that keeps to every limit of the door. */
static void
put_value(struct doc *d, int depth)
{
	bool deep = depth > DOOR_DEPTH || d->containers >= DOOR_CONTAINERS || d->n > LIMIT / 2;
	unsigned kind = depth == 1 ? 0 : below(deep ? 5 : 8), members;
	const char *brackets = kind == 0 || kind == 5 ? "{}" : "[]";
	bool object = brackets[0] == '{';

	d->values++;
	if (depth > 1 && kind < 5) {
		if (kind < 2) {
			puts_(d, "\"");
			put_chars(d);
			puts_(d, "\"");
		} else if (kind < 4) {
			put_number(d);
		} else {
			PICK(d, "true", "false", "null");
		}
		return;
	}
	d->containers++;
	put(d, brackets, 1);
	put_space(d);
	members = below(below(30) == 0 ? 60 : 5);
	for (unsigned i = 0; i < members && d->values < DOOR_VALUES && d->n < LIMIT / 2; i++) {
		if (i > 0) {
			puts_(d, ",");
			put_space(d);
		}
		if (object) {
			char key[32];

			/* A number no key had yet, in front of any text. */
			snprintf(key, sizeof(key), "\"%u,", d->key++);
			puts_(d, key);
			put_chars(d);
			puts_(d, "\"");
			put_space(d);
			puts_(d, ":");
			put_space(d);
		}
		put_value(d, depth + 1);
		put_space(d);
	}
	put(d, brackets + 1, 1);
}

static void
splice(struct doc *d, size_t at, size_t cut, const char *s, size_t n)
{
	if (d->n - cut + n > sizeof(d->p))
		return;
	memmove(d->p + at + n, d->p + at + cut, d->n - at - cut);
	memcpy(d->p + at, s, n);
	d->n = d->n - cut + n;
}

static void
mutate(struct doc *d)
{
	static const struct {
		const char *s;
		size_t n;
	} tokens[] = {
#define T(s) {s, sizeof(s) - 1}
	    T("\0"),
	    T("\n"),
	    T("\""),
	    T("\\"),
	    T("{"),
	    T("}"),
	    T("["),
	    T("]"),
	    T(","),
	    T(":"),
	    T("0"),
	    T("-"),
	    T("."),
	    T("1e5"),
	    T("9007199254740992"),
	    T("9007199254740993"),
	    T("\\u0000"),
	    T("\\ud800"),
	    T("\\udc00"),
	    T("\\u"),
	    T("\xff"),
	    T("\xc0\x80"),
	    T("\xed\xa0\x80"),
	    T("\xf4\x90\x80\x80"),
	    T("\xe2\x82"),
	    T("\x80"),
	    T("{}"),
	    T("[]"),
	    T("\"0,\":1,"),
	    T("\"a\":1,\"a\":1,"),
	    T("\"a\":1,\"\\u0061\":1,"),
	    T("true"),
	    T("nul"),
	    T("\0{}"),
	    T("\0 \n"),
	    T("x\n"),
	    T("\xef\xbb\xbf"),
	    T("'"),
	    T("/**/"),
	    T("[[[[[[[["),
	    T("]]]]]]]]"),
	    T("\x1f"),
	    T("\t"),
#undef T
	};
	unsigned i = below((unsigned)(sizeof(tokens) / sizeof(tokens[0])));
	size_t at = below((unsigned)d->n + 1), cut = d->n - at;
	uint8_t chunk[64];

	switch (below(5)) {
	case 0:
		splice(d, at, 0, tokens[i].s, tokens[i].n);
		break;
	case 1:
		splice(d, at, cut > 0 ? 1 : 0, tokens[i].s, tokens[i].n);
		break;
	case 2:
		cut = cut > 0 ? below((unsigned)(cut < 8 ? cut : 8)) + 1 : 0;
		splice(d, at, cut, "", 0);
		break;
	case 3:
		if (cut > 0)
			d->p[at] = (uint8_t)below(256);
		break;
	case 4:
		/* A piece again, somewhere else: how keys come to stand twice. */
		cut = cut < sizeof(chunk) ? cut : sizeof(chunk);
		cut = cut > 0 ? below((unsigned)cut) + 1 : 0;
		memcpy(chunk, d->p + at, cut);
		splice(d, below((unsigned)d->n + 1), 0, (char *)chunk, cut);
		break;
	}
}

static int
generate(long count, uint64_t from)
{
	long changed = 0, objects = 0;
	static struct doc d;

	seed = from * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (long i = 0; i < count; i++) {
		struct events all;

		d.n = 0;
		d.values = d.containers = 0;
		d.key = 0;
		put_value(&d, 1);
		if (i % 4 == 0) {
			current = d.p;
			current_n = d.n;
			all = feed(d.p, d.n, d.n, LIMIT);
			MUST(all.n == 1 && all.e[0].verdict == DOOR_OBJECT &&
			     all.e[0].len == d.n);
			free(all.e);
		} else {
			for (unsigned m = below(3) + 1; m > 0; m--)
				mutate(&d);
			if (below(4) == 0)
				puts_(&d, below(2) == 0 ? "\n{}" : "\0{}");
			all = feed(d.p, d.n, d.n, LIMIT);
			objects += all.n > 0 && all.e[0].verdict == DOOR_OBJECT;
			changed++;
			free(all.e);
		}
		look_at(d.p, d.n);
	}
	printf("# of %ld changed documents %ld still began with an object\n", changed, objects);
	printf("ok 1 - %ld generated documents were judged the same however they were cut\n",
	    count);
	puts("1..1");
	return 0;
}

#endif
