/* SPDX-License-Identifier: ISC */
/* ack_line.c beside a JSON library: whatever it takes for an acknowledgement is one, with the same numbers. */
#include "lib/ack_line.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "t/fuzz/fuzz.h"
#include "tap.h"

/* What the handlers make of it: an ack without a rid and with two numbers from 1 to 2^53. */
static bool
slowly(const char *text, size_t n, int64_t *conv, int64_t *seq)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o = json_tokener_parse_ex(t, text, (int)n), *op, *c, *s;
	bool good = o != NULL && json_tokener_get_parse_end(t) == n && json_object_is_type(o, json_type_object) &&
	            json_object_object_length(o) == 3 && json_object_object_get_ex(o, "op", &op) &&
	            strcmp(json_object_get_string(op), "ack") == 0 && json_object_object_get_ex(o, "conv", &c) &&
	            json_object_object_get_ex(o, "seq", &s) && json_object_is_type(c, json_type_int) &&
	            json_object_is_type(s, json_type_int);

	if (good) {
		*conv = json_object_get_int64(c);
		*seq = json_object_get_int64(s);
		good = *conv >= 1 && *conv <= INT64_C(1) << 53 && *seq >= 1 && *seq <= INT64_C(1) << 53;
	}
	json_object_put(o);
	json_tokener_free(t);
	return good;
}

/* 1: both take it, and alike; 0: at most the slow one does; -1: they differ. */
static int
compare(const char *text, size_t n)
{
	int64_t conv = 0, seq = 0, conv2 = 0, seq2 = 0;

	if (!ack_line(text, n, &conv, &seq))
		return 0;
	return slowly(text, n, &conv2, &seq2) && conv == conv2 && seq == seq2 ? 1 : -1;
}

static void
lines(void)
{
	static const char *const good[] = {"{\"op\":\"ack\",\"conv\":1,\"seq\":1}",
	    "{\"op\": \"ack\", \"conv\": 12, \"seq\": 341}", "{\"op\":\"ack\",\"conv\":9007199254740992,\"seq\":9007199254740992}"};
	static const char *const other[] = {"{\"op\":\"ack\",\"conv\":0,\"seq\":1}", "{\"op\":\"ack\",\"conv\":01,\"seq\":1}",
	    "{\"op\":\"ack\",\"conv\":-1,\"seq\":1}", "{\"op\":\"ack\",\"conv\":1,\"seq\":9007199254740993}",
	    "{\"op\":\"ack\",\"conv\":1,\"seq\":99999999999999999999999}", "{\"op\":\"ack\",\"conv\":1,\"seq\":1e3}",
	    "{\"op\":\"ack\",\"conv\":1,\"seq\":1.0}", "{\"op\":\"ack\",\"conv\":1,\"seq\":1,\"rid\":1}",
	    "{\"op\":\"ack\",\"conv\":1,\"seq\":}", "{\"op\":\"ack\",\"conv\":,\"seq\":1}", "{\"op\":\"ack\",\"conv\":1}",
	    "{\"op\":\"ack\",\"conv\":1,\"seq\":1", "{\"op\":\"ack\",\"conv\":1,\"seq\":1}}", "{\"op\":\"send\",\"conv\":1,\"seq\":1}",
	    "", "{", "{}"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(compare(good[i], strlen(good[i])) == 1, "%s is taken", good[i]);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		ok(compare(other[i], strlen(other[i])) == 0, "%s is left to others", other[i]);
}

/* One or two bytes changed, put in or taken out, a million times. */
static void
changes(void)
{
	static const char bytes[] = "0123456789{}\":, \t\n.eE+-acknopqsv\\u\0";
	int taken = 0, differ = 0;

	for (int i = 0; i < 1000000; i++) {
		char text[64] = "{\"op\":\"ack\", \"conv\":12,\"seq\": 9007199254740991}";
		size_t n = strlen(text);
		int got;

		for (size_t k = dice(3); k > 0; k--) {
			size_t at = dice(n);
			char byte = bytes[dice(sizeof(bytes) - 1)];

			switch (dice(3)) {
			case 0:
				memmove(text + at, text + at + 1, n - at);
				n--;
				break;
			case 1:
				memmove(text + at + 1, text + at, n - at);
				n++;
				/* fall through */
			default:
				text[at] = byte;
			}
		}
		got = compare(text, n);
		taken += got == 1;
		differ += got < 0;
	}
	ok(taken > 300000, "%d of a million changed lines still are acknowledgements", taken);
	is_int(differ, 0, "none of them is taken for another than it is");
}

int
main(void)
{
	lines();
	changes();
	return done_testing();
}
