/* SPDX-License-Identifier: ISC */
/*
 * door_test [DIRECTORY] - every document is fed whole, byte by byte, and split
 * in two at every place, and must give the same answers each time. DIRECTORY:
 * the test_parsing of JSONTestSuite, where there is one.
 */
#include "lib/door.h"

#include <dirent.h>
#include <stdlib.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "lib/utf8.h"
#include "t/unit/tap.h"

#define LIMIT 65536
#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* What a door said: "O7@9" is an object of 7 bytes that ended at byte 9, "B@3 why", "L@5" too
 * large, "+4" begun. */
struct heard {
	struct door d;
	struct buf said;
	size_t at;
};

static void
heard_init(struct heard *h)
{
	door_init(&h->d);
	h->said = (struct buf){0};
	h->at = 0;
}

static void
hear(struct heard *h, const char *p, size_t n, size_t limit)
{
	/* A copy of exactly this size, so that AddressSanitizer sees a byte read too far. */
	char *copy = mem_alloc(n > 0 ? n : 1), *s = copy;

	if (n > 0)
		memcpy(copy, p, n);
	while (n > 0) {
		size_t used = 0;
		enum door_verdict verdict = door_scan(&h->d, s, n, limit, &used);

		if (used == 0 || used > n || (verdict == DOOR_MORE && used != n)) {
			buf_addf(&h->said, " used %zu of %zu!", used, n);
			break;
		}
		s += used;
		n -= used;
		h->at += used;
		if (verdict == DOOR_OBJECT)
			buf_addf(&h->said, " O%zu@%zu", h->d.len, h->at);
		else if (verdict == DOOR_BAD)
			buf_addf(&h->said, " B@%zu %s", h->at, h->d.why);
		else if (verdict == DOOR_LARGE)
			buf_addf(&h->said, " L@%zu", h->at);
		if (verdict != DOOR_OBJECT && verdict != DOOR_MORE && h->d.len != 0)
			buf_addf(&h->said, " len %zu while skipping!", h->d.len);
	}
	free(copy);
}

/* Ends the hearing: what was said, in memory the caller frees. */
static char *
heard_all(struct heard *h)
{
	size_t used;
	char *said;

	if (door_scan(&h->d, NULL, 0, LIMIT, &used) != DOOR_MORE || used != 0)
		buf_adds(&h->said, " something from nothing!");
	if (h->d.len > 0)
		buf_addf(&h->said, " +%zu", h->d.len);
	said = mem_strdup(buf_len(&h->said) > 0 ? buf_str(&h->said) + 1 : "");
	buf_free(&h->said);
	return said;
}

/* Feeds s in pieces: the first of `first` bytes, the others of `piece`. */
static char *
feed(const char *s, size_t n, size_t first, size_t piece, size_t limit)
{
	struct heard h;

	heard_init(&h);
	hear(&h, s, first, limit);
	for (size_t at = first; at < n; at += piece)
		hear(&h, s + at, n - at < piece ? n - at : piece, limit);
	return heard_all(&h);
}

/* What the door says to the document however it is cut; "differs" if that depends. Caller
 * frees. */
static char *
scan(const char *s, size_t n, size_t limit)
{
	char *whole = feed(s, n, n, 1, limit);
	size_t splits = n <= 3000 ? n : 0;

	for (size_t cut = 0; cut <= splits; cut++) {
		/* cut 0: byte by byte */
		char *again = feed(s, n, cut, cut == 0 ? 1 : n, limit);
		bool same = strcmp(whole, again) == 0;

		if (!same) {
			fprintf(
			    stderr, "# cut at %zu: %s\n#      whole: %s\n", cut, again, whole);
			free(whole);
			free(again);
			return mem_strdup("differs");
		}
		free(again);
	}
	return whole;
}

static bool
is_space(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

/* Is the document one whole object, with nothing but white space around it? */
static bool
accepted(const char *s, size_t n)
{
	char want[64], *said = scan(s, n, LIMIT);
	size_t begin = 0, end = n;
	bool good;

	while (begin < n && is_space(s[begin]))
		begin++;
	while (end > begin && is_space(s[end - 1]))
		end--;
	snprintf(want, sizeof(want), "O%zu@%zu", end - begin, end);
	good = strcmp(said, want) == 0;
	free(said);
	return good;
}

static void
is_said(const char *s, size_t n, const char *want, const char *what)
{
	char *said = scan(s, n, LIMIT);

	is_str(said, want, what);
	free(said);
}
#define says(s, want, what) is_said(s, sizeof(s) - 1, want, what)

struct doc {
	const char *s;
	size_t n;
	const char *why; /* NULL: the document is only unfinished */
};
#define DOC(s)                         \
	{                              \
		s, sizeof(s) - 1, NULL \
	}
#define BAD(s, why)                   \
	{                             \
		s, sizeof(s) - 1, why \
	}

/* Shows a document on one line of TAP, where '#' would begin a directive. */
static const char *
shown(const char *s, size_t n)
{
	static char out[120];
	size_t at = 0;

	for (size_t i = 0; i < n && at < sizeof(out) - 8; i++) {
		unsigned char ch = (unsigned char)s[i];

		at += (size_t)snprintf(out + at, sizeof(out) - at,
		    ch >= 0x20 && ch < 0x7f && ch != '#' ? "%c" : "<%02x>", ch);
	}
	out[at] = '\0';
	return out;
}

static const struct doc good[] = {
    DOC("{}"),
    DOC("{ }"),
    DOC("{\n\t\r }"),
    DOC(" \t\r\n{}\n"),
    DOC("{\"\":0}"),
    DOC("{\"a\":\"\"}"),
    DOC("{\"a\":[]}"),
    DOC("{\"a\":{}}"),
    DOC("{\"a\":[ ]}"),
    DOC("{\"a\":[[],{},[{}]]}"),
    DOC("{\"a\":true,\"b\":false,\"c\":null}"),
    DOC("{\"a\":[true,false,null]}"),
    DOC("{ \"a\" : 1 , \"b\" : [ 1 , 2 ] , \"c\" : { \"d\" : \"e\" } }"),
    DOC("\r\n{\r\n\"a\"\r\n:\r\n1\r\n}\r\n"),
    DOC("{\"n\":0}"),
    DOC("{\"n\":-0}"),
    DOC("{\"n\":-1}"),
    DOC("{\"n\":10}"),
    DOC("{\"n\":9007199254740991}"),
    DOC("{\"n\":9007199254740992}"),
    DOC("{\"n\":-9007199254740992}"),
    DOC("{\"n\":[0,-0,1,-1,123 ,4\n]}"),
    DOC("{\"s\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"),
    DOC("{\"s\":\"\\u0041\\u00e9\\u20AC\\uFFFF\"}"),
    DOC("{\"s\":\"\\u0001\\u001f\\u007f\"}"),
    DOC("{\"s\":\"\\ud83d\\ude00\\uDBFF\\uDFFF\\uD800\\uDC00\"}"),
    DOC("{\"s\":\"\\uD7FF\\uE000\"}"),
    DOC("{\"s\":\"\\\\u0000\"}"),
    DOC("{\"s\":\"\\\\\\\\\"}"),
    DOC("{\"s\":\"\x7f\"}"),
    DOC("{\"s\":\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\"}"),
    DOC("{\"s\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}"),
    DOC("{\"s\":\"\xed\x9f\xbf\xee\x80\x80\"}"),
    DOC("{\"s\":\"\xef\xbb\xbf\"}"),
    DOC("{\"s\":\"\xe2\x80\xa8\xe2\x80\xa9\"}"),
    DOC("{\"s\":\"/*c*/ // {[]}:, 'x'\"}"),
    DOC("{\"gr\xc3\xbc\xc3\x9f\":1,\"\\ud83d\\ude00\":2}"),
    DOC("{\"a\":1,\"A\":2,\"aa\":3,\" a\":4,\"a \":5}"),
    DOC("{\"a\":{\"a\":{\"a\":1}}}"),
    DOC("{\"x\":{\"a\":1},\"y\":{\"a\":1}}"),
    DOC("{\"x\":[{\"a\":1},{\"a\":1}]}"),
    DOC("{\"a\":{\"b\":1},\"b\":2}"),
    DOC("{\"a\":\"b\",\"b\":\"a\"}"),
    DOC("{\"\\u0061b\":1,\"a\\u0062c\":2}"),
    DOC("{\"a\":[\"a\",\"a\"]}"),
    DOC("{\"op\":\"send\",\"to\":\"bob\",\"cid\":\"b1f0\",\"text\":\"hi\"}\n"),
    DOC("{\"a\":[[[[[[[]]]]]]]}"),
};

#define KEY_WANTED "a key in double quotes was expected"
#define VALUE_WANTED "a value was expected"
#define COMMA_WANTED "a comma or a closing bracket was expected"
#define COLON_WANTED "a colon was expected"
#define OBJECT_WANTED "an object was expected"
#define MISMATCH "a bracket closes what another kind opened"
#define NOT_INTEGER "a number is not an integer within 2^53"
#define NEEDLESS_ZERO "a number begins with a needless zero"
#define LONE_MINUS "a minus is not followed by a digit"
#define NO_WORD "a word is not true, false or null"
#define CONTROL "a string contains a raw control character"
#define RAW_NUL "a string contains a raw NUL"
#define ESCAPED_NUL "a string contains \\u0000"
#define NOT_UTF8 "a string is not valid UTF-8"
#define UNKNOWN_ESCAPE "a string contains an unknown escape"
#define NOT_HEX "a \\u is not followed by four hexadecimal digits"
#define HALF_PAIR "a string contains half a surrogate pair"
#define TWICE "the same key stands twice in one object"

static const struct doc bad[] = {
    DOC(""),
    DOC(" \n"),
    DOC("{"),
    DOC("{\"a"),
    DOC("{\"a\""),
    DOC("{\"a\":"),
    DOC("{\"a\":1"),
    DOC("{\"a\":1,"),
    DOC("{\"a\":[1"),
    DOC("{\"a\":tru"),
    DOC("{\"a\":\"\\"),
    DOC("{\"a\":\"\\u00"),
    DOC("{\"a\":\"\\\"}"),
    DOC("{\"a\":\"\\ud83d"),
    DOC("{\"a\":\"\xe2\x82"),
    BAD("[]", OBJECT_WANTED),
    BAD("[{}]", OBJECT_WANTED),
    BAD("1", OBJECT_WANTED),
    BAD("\"a\"", OBJECT_WANTED),
    BAD("null", OBJECT_WANTED),
    BAD("true", OBJECT_WANTED),
    BAD("hello", OBJECT_WANTED),
    BAD("}", OBJECT_WANTED),
    BAD(",{}", OBJECT_WANTED),
    BAD("\x0b{}", OBJECT_WANTED),
    BAD("\x0c{}", OBJECT_WANTED),
    BAD("\xc2\xa0{}", OBJECT_WANTED),
    BAD("#{}", OBJECT_WANTED),
    BAD("/**/{}", OBJECT_WANTED),
    BAD("GET / HTTP/1.1\r\n", OBJECT_WANTED),
    BAD("\x16\x03\x01\x02", OBJECT_WANTED),
    BAD("\xef\xbb\xbf{}", OBJECT_WANTED ", not a byte order mark"),
    BAD("\xfe\xff\0{\0}", OBJECT_WANTED),
    BAD("{a:1}", KEY_WANTED),
    BAD("{'a':1}", KEY_WANTED),
    BAD("{1:1}", KEY_WANTED),
    BAD("{null:1}", KEY_WANTED),
    BAD("{[]:1}", KEY_WANTED),
    BAD("{{}:1}", KEY_WANTED),
    BAD("{,}", KEY_WANTED),
    BAD("{:1}", KEY_WANTED),
    BAD("{]", KEY_WANTED),
    BAD("{\"a\":1,}", KEY_WANTED),
    BAD("{\"a\":1,,\"b\":2}", KEY_WANTED),
    BAD("{\"a\":1,/**/\"b\":2}", KEY_WANTED),
    BAD("{\"a\" 1}", COLON_WANTED),
    BAD("{\"a\",1}", COLON_WANTED),
    BAD("{\"a\"}", COLON_WANTED),
    BAD("{\"a\"=1}", COLON_WANTED),
    BAD("{\"a\"\"b\":1}", COLON_WANTED),
    BAD("{\"a\"\0:1}", COLON_WANTED),
    BAD("{\"a\":}", VALUE_WANTED),
    BAD("{\"a\"::1}", VALUE_WANTED),
    BAD("{\"a\":,}", VALUE_WANTED),
    BAD("{\"a\":'b'}", VALUE_WANTED),
    BAD("{\"a\":b}", VALUE_WANTED),
    BAD("{\"a\":+1}", VALUE_WANTED),
    BAD("{\"a\":.5}", VALUE_WANTED),
    BAD("{\"a\":NaN}", VALUE_WANTED),
    BAD("{\"a\":Infinity}", VALUE_WANTED),
    BAD("{\"a\":True}", VALUE_WANTED),
    BAD("{\"a\":\xef\xbc\x91}", VALUE_WANTED),
    BAD("{\"a\":\xc2\xa0"
	"1}",
	VALUE_WANTED),
    BAD("{\"a\":\x0c"
	"1}",
	VALUE_WANTED),
    BAD("{\"a\":#}", VALUE_WANTED),
    BAD("{\"a\":[,1]}", VALUE_WANTED),
    BAD("{\"a\":[1,]}", VALUE_WANTED),
    BAD("{\"a\":[1,,2]}", VALUE_WANTED),
    BAD("{\"a\":[,]}", VALUE_WANTED),
    BAD("{\"a\":[\\n]}", VALUE_WANTED),
    BAD("{\"a\":[*]}", VALUE_WANTED),
    BAD("{\"a\":\0}", VALUE_WANTED),
    BAD("{\"a\":1 2}", COMMA_WANTED),
    BAD("{\"a\":1 \"b\":2}", COMMA_WANTED),
    BAD("{\"a\":1;\"b\":2}", COMMA_WANTED),
    BAD("{\"a\":1:2}", COMMA_WANTED),
    BAD("{\"a\":[1:2]}", COMMA_WANTED),
    BAD("{\"a\":[1 true]}", COMMA_WANTED),
    BAD("{\"a\":1a}", COMMA_WANTED),
    BAD("{\"a\":1-2}", COMMA_WANTED),
    BAD("{\"a\":0x1}", COMMA_WANTED),
    BAD("{\"a\":truee}", COMMA_WANTED),
    BAD("{\"a\":\"b\"c}", COMMA_WANTED),
    BAD("{\"a\":{}{}}", COMMA_WANTED),
    BAD("{\"a\":1\0}", COMMA_WANTED),
    BAD("{\"a\":1\xff}", COMMA_WANTED),
    BAD("{\"a\":1]", MISMATCH),
    BAD("{\"a\":[1}", MISMATCH),
    BAD("{\"a\":[{]}", KEY_WANTED),
    BAD("{\"a\":[}]}", VALUE_WANTED),
    BAD("{\"a\":[1}]}", MISMATCH),
    BAD("{\"a\":{\"b\":[]]}", MISMATCH),
    BAD("{\"a\":1.0}", NOT_INTEGER),
    BAD("{\"a\":0.5}", NOT_INTEGER),
    BAD("{\"a\":-0.0}", NOT_INTEGER),
    BAD("{\"a\":1.}", NOT_INTEGER),
    BAD("{\"a\":1e3}", NOT_INTEGER),
    BAD("{\"a\":1E+3}", NOT_INTEGER),
    BAD("{\"a\":0e0}", NOT_INTEGER),
    BAD("{\"a\":9007199254740993}", NOT_INTEGER),
    BAD("{\"a\":-9007199254740993}", NOT_INTEGER),
    BAD("{\"a\":90071992547409920}", NOT_INTEGER),
    BAD("{\"a\":18446744073709551616}", NOT_INTEGER),
    BAD("{\"a\":18446744073709551617}", NOT_INTEGER),
    BAD("{\"a\":99999999999999999999999999999999999999999999}", NOT_INTEGER),
    BAD("{\"a\":01}", NEEDLESS_ZERO),
    BAD("{\"a\":00}", NEEDLESS_ZERO),
    BAD("{\"a\":-01}", NEEDLESS_ZERO),
    BAD("{\"a\":-}", LONE_MINUS),
    BAD("{\"a\":--1}", LONE_MINUS),
    BAD("{\"a\":- 1}", LONE_MINUS),
    BAD("{\"a\":-.5}", LONE_MINUS),
    BAD("{\"a\":-Infinity}", LONE_MINUS),
    BAD("{\"a\":nul}", NO_WORD),
    BAD("{\"a\":tRUE}", NO_WORD),
    BAD("{\"a\":fals}", NO_WORD),
    BAD("{\"a\":nu\0ll}", NO_WORD),
    BAD("{\"a\":nan}", NO_WORD),
    BAD("{\"a\":\"\x01\"}", CONTROL),
    BAD("{\"a\":\"\x1f\"}", CONTROL),
    BAD("{\"a\":\"\t\"}", CONTROL),
    BAD("{\"a\":\"\n\"}", CONTROL),
    BAD("{\"a\":\"\r\"}", CONTROL),
    BAD("{\"a\tb\":1}", CONTROL),
    BAD("{\"a\":\"\0\"}", RAW_NUL),
    BAD("{\"a\0b\":1}", RAW_NUL),
    BAD("{\"a\":\"\\u0000\"}", ESCAPED_NUL),
    BAD("{\"a\\u0000b\":1}", ESCAPED_NUL),
    BAD("{\"a\":\"\\a\"}", UNKNOWN_ESCAPE),
    BAD("{\"a\":\"\\x41\"}", UNKNOWN_ESCAPE),
    BAD("{\"a\":\"\\'\"}", UNKNOWN_ESCAPE),
    BAD("{\"a\":\"\\U0041\"}", UNKNOWN_ESCAPE),
    BAD("{\"a\":\"\\0\"}", UNKNOWN_ESCAPE),
    BAD("{\"a\":\"\\\n\"}", UNKNOWN_ESCAPE),
    BAD("{\"a\":\"\\\0\"}", UNKNOWN_ESCAPE),
    BAD("{\"a\":\"\\\xc3\xa5\"}", UNKNOWN_ESCAPE),
    BAD("{\"\\q\":1}", UNKNOWN_ESCAPE),
    BAD("{\"a\":\"\\u\"}", NOT_HEX),
    BAD("{\"a\":\"\\u00\"}", NOT_HEX),
    BAD("{\"a\":\"\\u00g0\"}", NOT_HEX),
    BAD("{\"a\":\"\\u-123\"}", NOT_HEX),
    BAD("{\"a\":\"\\u+041\"}", NOT_HEX),
    BAD("{\"a\":\"\\u 041\"}", NOT_HEX),
    BAD("{\"a\":\"\\u0x41\"}", NOT_HEX),
    BAD("{\"a\":\"\\u{41}\"}", NOT_HEX),
    BAD("{\"a\":\"\\u@041\"}", NOT_HEX),
    BAD("{\"a\":\"\\u`041\"}", NOT_HEX),
    BAD("{\"a\":\"\\u:041\"}", NOT_HEX),
    BAD("{\"a\":\"\\u/041\"}", NOT_HEX),
    BAD("{\"a\":\"\\u00\xc3\xa5\"}", NOT_HEX),
    BAD("{\"a\":\"\\ud83d\"}", HALF_PAIR),
    BAD("{\"a\":\"\\ud83d\\n\"}", HALF_PAIR),
    BAD("{\"a\":\"\\ud83dx\"}", HALF_PAIR),
    BAD("{\"a\":\"\\ud83dxude00\"}", HALF_PAIR),
    BAD("{\"a\":\"\\ud83d\\u0041\"}", HALF_PAIR),
    BAD("{\"a\":\"\\ud83d\\ud83d\"}", HALF_PAIR),
    BAD("{\"a\":\"\\ud83d\\u\"}", NOT_HEX),
    BAD("{\"a\":\"\\ude00\"}", HALF_PAIR),
    BAD("{\"a\":\"\\ude00\\ud83d\"}", HALF_PAIR),
    BAD("{\"a\":\"\\ud83d\\ude00\\ude00\"}", HALF_PAIR),
    BAD("{\"a\":\"\\ud83d\xed\xb8\x80\"}", HALF_PAIR),
    BAD("{\"\\ud83d\":1}", HALF_PAIR),
    BAD("{\"a\":\"\\ud83d\\u0000\"}", ESCAPED_NUL),
    BAD("{\"a\":\"\x80\"}", NOT_UTF8),
    BAD("{\"a\":\"\xbf\"}", NOT_UTF8),
    BAD("{\"a\":\"\xc0\xaf\"}", NOT_UTF8),
    BAD("{\"a\":\"\xc0\x80\"}", NOT_UTF8),
    BAD("{\"a\":\"\xc1\xbf\"}", NOT_UTF8),
    BAD("{\"a\":\"\xe0\x80\xaf\"}", NOT_UTF8),
    BAD("{\"a\":\"\xe0\x9f\xbf\"}", NOT_UTF8),
    BAD("{\"a\":\"\xf0\x80\x80\xaf\"}", NOT_UTF8),
    BAD("{\"a\":\"\xf0\x8f\xbf\xbf\"}", NOT_UTF8),
    BAD("{\"a\":\"\xed\xa0\x80\"}", NOT_UTF8),
    BAD("{\"a\":\"\xed\xa0\xbd\xed\xb8\x80\"}", NOT_UTF8),
    BAD("{\"a\":\"\xed\xbf\xbf\"}", NOT_UTF8),
    BAD("{\"a\":\"\xf4\x90\x80\x80\"}", NOT_UTF8),
    BAD("{\"a\":\"\xf5\x80\x80\x80\"}", NOT_UTF8),
    BAD("{\"a\":\"\xf8\x88\x80\x80\x80\"}", NOT_UTF8),
    BAD("{\"a\":\"\xfe\"}", NOT_UTF8),
    BAD("{\"a\":\"\xff\"}", NOT_UTF8),
    BAD("{\"a\":\"\xc3\"}", NOT_UTF8),
    BAD("{\"a\":\"\xe2\x82\"}", NOT_UTF8),
    BAD("{\"a\":\"\xf0\x9f\x98\"}", NOT_UTF8),
    BAD("{\"a\":\"\xe2\x28\xa1\"}", NOT_UTF8),
    BAD("{\"a\":\"\xe2\n\"}", NOT_UTF8),
    BAD("{\"\xff\":1}", NOT_UTF8),
    BAD("{\"a\":1,\"a\":2}", TWICE),
    BAD("{\"a\":1,\"a\":1}", TWICE),
    BAD("{\"\":1,\"\":2}", TWICE),
    BAD("{\"a\":1,\"b\":2,\"a\":3}", TWICE),
    BAD("{\"a\":1,\"\\u0061\":2}", TWICE),
    BAD("{\"\\u0061\":1,\"a\":2}", TWICE),
    BAD("{\"\\n\":1,\"\\u000a\":2}", TWICE),
    BAD("{\"\\n\":1,\"\\u000A\":2}", TWICE),
    BAD("{\"/\":1,\"\\/\":2}", TWICE),
    BAD("{\"\\\"\":1,\"\\u0022\":2}", TWICE),
    BAD("{\"\\b\":1,\"\\u0008\":2}", TWICE),
    BAD("{\"\\f\":1,\"\\u000c\":2}", TWICE),
    BAD("{\"\\r\":1,\"\\u000d\":2}", TWICE),
    BAD("{\"\\t\":1,\"\\u0009\":2}", TWICE),
    BAD("{\"\\\\\":1,\"\\u005c\":2}", TWICE),
    BAD("{\"\xc3\xbc\":1,\"\\u00fc\":2}", TWICE),
    BAD("{\"\xe2\x82\xac\":1,\"\\u20AC\":2}", TWICE),
    BAD("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}", TWICE),
    BAD("{\"\xf4\x8f\xbf\xbf\":1,\"\\udbff\\udfff\":2}", TWICE),
    BAD("{\"a\":{\"b\":1},\"a\":2}", TWICE),
    BAD("{\"x\":{\"a\":1,\"a\":2}}", TWICE),
    BAD("{\"x\":[{\"a\":1,\"b\":{},\"a\":2}]}", TWICE),
    BAD("{\"a\":[[[[[[[[]]]]]]]]}", "containers are nested more than 8 deep"),
};

static void
documents(void)
{
	for (size_t i = 0; i < LENGTH(good); i++)
		ok(accepted(good[i].s, good[i].n), "accepted: %s", shown(good[i].s, good[i].n));
	for (size_t i = 0; i < LENGTH(bad); i++) {
		const char *why = bad[i].why;
		char *said = scan(bad[i].s, bad[i].n, LIMIT);
		bool refused;

		if (why == NULL) {
			refused = said[0] == '\0' || said[0] == '+';
		} else {
			size_t len = strlen(why), at = strcspn(said, " ") + 1;

			refused = strncmp(said, "B@", 2) == 0 &&
				  strncmp(said + at, why, len) == 0 &&
				  (said[at + len] == '\0' || said[at + len] == ' ');
		}
		if (!ok(refused, "%s: %s", why != NULL ? "refused" : "unfinished",
			shown(bad[i].s, bad[i].n)))
			fprintf(stderr, "#   said: %s\n", said);
		free(said);
	}
}

static void
streams(void)
{
	says("{}{\"a\":1}[1]\n{}", "O2@2 O7@9 B@10 an object was expected O2@15",
	    "objects need nothing between them");
	says(" {} \n\r\t {}\0\0{}\0 \0{}", "O2@3 O2@10 O2@14 O2@19",
	    "white space and NULs between objects are skipped and not counted");
	says("{}\0", "O2@2", "an object may end with NUL");
	says("\0\0{}", "O2@4", "NULs may come first");
	says("{\"a\":1}}", "O7@7 B@8 an object was expected", "an object ends with its brace");
	says("{} {", "O2@2 +1", "an object begun is counted");
	says("  {\"a\"", "+4", "from its brace on");
	says("  \0\n ", "", "and white space is no object begun");

	says("x{}\n{}", "B@1 an object was expected O2@6", "a bad byte costs its line");
	says("{x{}}\r\n{}", "B@2 " KEY_WANTED " O2@9", "also inside an object");
	says("x", "B@1 an object was expected", "a line end may never come");
	says("xyz{}{}\0\0", "B@1 an object was expected",
	    "objects on the rest of a bad line are lost");
	says("{\"a\":\"\n{}", "B@7 " CONTROL " O2@9",
	    "a bad byte that is LF ends its line itself");
	says("{\"a\":\"\r{}\n{}", "B@7 " CONTROL " O2@12", "CR does not");
	says("x\n\n\n{}", "B@1 an object was expected O2@6", "empty lines follow a bad one");
	says("x\ny\n{}", "B@1 an object was expected B@3 an object was expected O2@6",
	    "each bad line is told once");
	says("x\0{}", "B@1 an object was expected O2@4", "NUL and a brace end a bad line");
	says("x\0 \t\r\0{}", "B@1 an object was expected O2@8",
	    "white space and NULs may be between");
	says("x\0y{}\0{}", "B@1 an object was expected O2@8", "NUL and something else do not");
	says("x\0\"}{}\n{}", "B@1 an object was expected O2@9", "until LF or another NUL");
	says("x\0\n[", "B@1 an object was expected B@4 an object was expected",
	    "LF behind a NUL is the line end");
	says("{\"a\0{}", "B@4 " RAW_NUL " O2@6", "a bad byte that is NUL may be the line end");
	says("{\"a\0b\"}\0{}", "B@4 " RAW_NUL " O2@10", "or not");
	says("{\"a\":1\0{}", "B@7 " COMMA_WANTED " O2@9",
	    "an unfinished object that ends with NUL is one");
	says("{}x\0{}\n{", "O2@2 B@3 an object was expected O2@6 +1",
	    "good and bad may alternate");
	says("{\"a\":1,\"a\":2}\n{\"a\":1}", "B@10 " TWICE " O7@21",
	    "no key is remembered across objects");
	says("{\"a\":{\"b\":[\n{}", "+14", "an unfinished object spans lines");
}

static void
init(void)
{
	struct door d;
	size_t used;

	memset(&d, 0xa5, sizeof(d));
	door_init(&d);
	is_int(d.len, 0, "a new door stands between objects");
	is_int(door_scan(&d, "{\"k\":[1]}x", 10, 100, &used), DOOR_OBJECT,
	    "whatever its memory held");
	is_int(used, 9, "it stops behind the brace");
	is_int(d.len, 9, "and says how long the object is");
	is_int(door_scan(&d, "", 0, 100, &used), DOOR_MORE, "nothing more");
	is_int(d.len, 0, "makes it forget that");
	ok(sizeof(d) <= 2304, "a door is small (%zu bytes)", sizeof(d));
}

/* The document is head, n items between commas (item NULL: members with the keys "0", "1",
 * ...), tail. */
static void
repeat(struct buf *b, const char *head, const char *item, int n, const char *tail)
{
	buf_cut(b, 0);
	buf_adds(b, head);
	for (int i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		if (item != NULL)
			buf_adds(b, item);
		else
			buf_addf(b, "\"%d\":1", i);
	}
	buf_adds(b, tail);
}

static void
is_limit(const struct buf *b, const char *why, const char *what)
{
	char *said = scan(buf_data(b), buf_len(b), LIMIT);
	const char *at = strchr(said, ' ');

	if (why == NULL)
		ok(accepted(buf_data(b), buf_len(b)), "%s pass", what);
	else if (!ok(said[0] == 'B' && at != NULL && strcmp(at + 1, why) == 0, "%s do not",
		     what))
		fprintf(stderr, "#   said: %s\n", said);
	free(said);
}

static void
nested(struct buf *b, int depth, bool arrays)
{
	buf_cut(b, 0);
	buf_adds(b, "{\"a\":");
	for (int i = 1; i < depth; i++)
		buf_adds(b, arrays ? "[" : i == depth - 1 ? "{" : "{\"a\":");
	for (int i = 1; i < depth; i++)
		buf_adds(b, arrays ? "]" : "}");
	buf_adds(b, "}");
}

static void
limits(void)
{
	static const char deep[] = "containers are nested more than 8 deep";
	static const char containers[] = "there are more than 64 containers in one object";
	static const char values[] = "there are more than 256 values in one object";
	struct buf b = {0};

	nested(&b, 8, true);
	is_limit(&b, NULL, "arrays 8 deep");
	nested(&b, 9, true);
	is_limit(&b, deep, "arrays 9 deep");
	nested(&b, 8, false);
	is_limit(&b, NULL, "objects 8 deep");
	nested(&b, 9, false);
	is_limit(&b, deep, "objects 9 deep");
	buf_cut(&b, 0);
	buf_adds(&b, "{\"a\":[[[[[[[]]]]]]],\"b\":[[[[[[[[");
	is_limit(&b, deep, "depth counts what is open: 9");

	repeat(&b, "{\"a\":[", "{}", 62, "]}");
	is_limit(&b, NULL, "64 containers");
	repeat(&b, "{\"a\":[", "{}", 63, "]}");
	is_limit(&b, containers, "65 containers");
	repeat(&b, "{\"a\":[", "[]", 62, "]}");
	is_limit(&b, NULL, "64 arrays");
	repeat(&b, "{\"a\":[", "[]", 63, "]}");
	is_limit(&b, containers, "65 arrays");

	repeat(&b, "{\"a\":[", "1", 254, "]}");
	is_limit(&b, NULL, "256 values, the object and the array counted,");
	repeat(&b, "{\"a\":[", "1", 255, "]}");
	is_limit(&b, values, "257 values");
	repeat(&b, "{\"a\":[", "\"\"", 255, "]}");
	is_limit(&b, values, "257 values, strings,");
	repeat(&b, "{", NULL, 255, "}");
	is_limit(&b, NULL, "255 keys and their object");
	repeat(&b, "{", NULL, 256, "}");
	is_limit(&b, values, "256 keys and their object");
	repeat(&b, "{", NULL, 254, ",\"0\":1}");
	is_limit(&b, TWICE, "254 keys and the first again");
	repeat(&b, "{", NULL, 254, ",\"253\":1}");
	is_limit(&b, TWICE, "254 keys and the last again");
	repeat(&b, "{", NULL, 200, ",\"x\":{\"0\":1,\"199\":1,\"y\":[{\"0\":1}]}}");
	is_limit(&b, NULL, "200 keys and some of them in inner objects");
	repeat(&b, "{", NULL, 200, ",\"x\":{\"0\":1},\"199\":1}");
	is_limit(&b, TWICE, "200 keys and one again behind an inner object");

	/* The counts begin anew with each object. */
	buf_cut(&b, 0);
	for (int i = 0; i < 3; i++) {
		buf_adds(&b, "{\"a\":[[],1");
		for (int k = 0; k < 61; k++)
			buf_adds(&b, ",{}");
		for (int k = 0; k < 191; k++)
			buf_adds(&b, ",1");
		buf_adds(&b, "]}");
	}
	is_said(buf_data(&b), buf_len(&b), "O577@577 O577@1154 O577@1731",
	    "three objects of 64 containers and 256 values in a row pass");
	buf_free(&b);
}

static void
is_scanned(const char *s, size_t limit, const char *want, const char *what)
{
	char *said = scan(s, strlen(s), limit);

	is_str(said, want, what);
	free(said);
}

static void
size_limit(void)
{
	struct buf b = {0};
	struct door d;
	size_t used;
	char *said;

	is_scanned("{\"a\":1}", 7, "O7@7", "an object of exactly the limit passes");
	is_scanned("{\"a\":1}", 6, "L@6",
	    "one of a byte more does not, and the last byte allowed decides");
	is_scanned(
	    "{\"a\":1}", 1, "L@1", "whatever is longer than one byte is longer than one byte");
	is_scanned("{}", 0, "L@1", "a limit of 0 lets nothing through");
	is_scanned("    {}    {\"a\":1}    ", 7, "O2@6 O7@17",
	    "white space between objects has no limit");
	is_scanned("   {   }", 4, "L@7", "white space inside has");
	is_scanned(
	    "{\"a\":1}{\"a\":22}{}", 7, "O7@7 L@14", "an object too large ends the line");
	is_scanned("{\"a\":x", 6, "B@6 " VALUE_WANTED, "a bad byte at the limit is a bad byte");
	is_scanned("xxxxxxxxxxxxxxxx\n{}", 2, "B@1 an object was expected O2@19",
	    "a line being skipped has no limit");

	for (size_t n = LIMIT; n <= LIMIT + 1; n++) {
		buf_cut(&b, 0);
		buf_adds(&b, "{\"text\":\"");
		while (buf_len(&b) < n - 2)
			buf_addc(&b, 'x');
		buf_adds(&b, "\"}");
		said = scan(buf_data(&b), buf_len(&b), LIMIT);
		is_str(said, n == LIMIT ? "O65536@65536" : "L@65536",
		    n == LIMIT ? "64 KiB within 64 KiB" : "a byte more than 64 KiB");
		free(said);
	}
	buf_free(&b);

	door_init(&d);
	is_int(door_scan(&d, "{\"a\":[1,2,3", 11, 20, &used), DOOR_MORE, "an object is begun");
	is_int(d.len, 11, "of 11 bytes");
	is_int(door_scan(&d, "]}", 2, 10, &used), DOOR_LARGE,
	    "a limit that shrank below it ends it");
	is_int(used, 1, "at the next byte");
}

static bool
value_passes(const char *inside, size_t n)
{
	char doc[64], want[32], *said;
	bool passes;

	memcpy(doc, "{\"\":\"", 5);
	memcpy(doc + 5, inside, n);
	memcpy(doc + 5 + n, "\"}", 2);
	said = feed(doc, n + 7, n + 7, 1, LIMIT);
	snprintf(want, sizeof(want), "O%zu@%zu", n + 7, n + 7);
	passes = strcmp(said, want) == 0;
	free(said);
	return passes;
}

static void
every_escape(void)
{
	static const unsigned marks[] = {
	    0x0000, 0x0041, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xffff};
	int wrong = 0;
	char s[32];

	for (unsigned u = 0; u <= 0xffff; u++) {
		snprintf(s, sizeof(s), u % 2 != 0 ? "\\u%04x" : "\\u%04X", u);
		wrong += value_passes(s, 6) != (u != 0 && (u < 0xd800 || u > 0xdfff));
	}
	is_int(wrong, 0,
	    "every \\u escape of a character passes, and no NUL and no lone surrogate");
	wrong = 0;
	for (size_t i = 0; i < LENGTH(marks); i++)
		for (size_t k = 0; k < LENGTH(marks); k++) {
			bool high = marks[i] == 0xd800 || marks[i] == 0xdbff;
			bool low = marks[k] == 0xdc00 || marks[k] == 0xdfff;
			bool plain = marks[i] != 0 &&
				     (marks[i] < 0xd800 || marks[i] > 0xdfff) &&
				     marks[k] != 0 && (marks[k] < 0xd800 || marks[k] > 0xdfff);

			snprintf(s, sizeof(s), "\\u%04x\\u%04X", marks[i], marks[k]);
			wrong += value_passes(s, 12) != (plain || (high && low));
		}
	is_int(wrong, 0, "of two \\u escapes only characters and proper pairs pass");
	wrong = 0;
	for (unsigned ch = 0; ch < 256; ch++) {
		bool known = ch != 0 && strchr("\"\\/bfnrt", (int)ch) != NULL;

		s[0] = '\\';
		s[1] = (char)ch;
		wrong += value_passes(s, 2) != known;
	}
	is_int(wrong, 0, "of all escapes only the known ones pass");
}

/* utf8_test.c proves utf8_decode(); the door must agree with it. */
static void
every_utf8(void)
{
	static const unsigned char tails[] = {
	    0x20, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0};
	int wrong = 0;

	for (unsigned a = 0x80; a < 256; a++)
		for (unsigned b = 0x80; b < 256; b++)
			for (size_t c = 0; c < LENGTH(tails); c++)
				for (size_t e = 0; e < LENGTH(tails); e++) {
					char s[4] = {
					    (char)a, (char)b, (char)tails[c], (char)tails[e]};

					wrong += value_passes(s, 4) != (utf8_count(s, 4) >= 0);
				}
	for (unsigned a = 0x80; a < 256; a++)
		for (unsigned b = 0x80; b < 256; b++) {
			char s[2] = {(char)a, (char)b};

			wrong += value_passes(s, 2) != (utf8_count(s, 2) >= 0);
		}
	for (unsigned a = 1; a < 256; a++) {
		char s[1] = {(char)a};

		wrong += value_passes(s, 1) != (a >= 0x20 && a < 0x80 && a != '"' && a != '\\');
	}
	is_int(wrong, 0, "the door and utf8_decode() agree what is UTF-8");
}

/* Each byte of each good document becomes every other byte: no two ways of cutting may ever
 * differ. */
static void
every_change(void)
{
	int wrong = 0;
	char s[256];

	for (size_t i = 0; i < LENGTH(good); i++)
		for (size_t at = 0; at < good[i].n; at++)
			for (unsigned ch = 0; ch < 256; ch++) {
				char *whole, *bytes;

				memcpy(s, good[i].s, good[i].n);
				s[at] = (char)ch;
				whole = feed(s, good[i].n, good[i].n, 1, LIMIT);
				bytes = feed(s, good[i].n, at, 1, LIMIT);
				if (strcmp(whole, bytes) != 0 && wrong++ == 0)
					fprintf(stderr, "#   %s\n", shown(s, good[i].n));
				free(whole);
				free(bytes);
			}
	is_int(wrong, 0, "a changed byte is judged the same however the input is cut");
}

/* y_*: what RFC 8259 allows and the door does not, as an object or as the value of one. */
static const char *const not_ours[] = {
    "y_number.json",
    "y_number_0e+1.json",
    "y_number_0e1.json",
    "y_number_double_close_to_zero.json",
    "y_number_int_with_exp.json",
    "y_number_real_capital_e.json",
    "y_number_real_capital_e_neg_exp.json",
    "y_number_real_capital_e_pos_exp.json",
    "y_number_real_exponent.json",
    "y_number_real_fraction_exponent.json",
    "y_number_real_neg_exp.json",
    "y_number_real_pos_exponent.json",
    "y_number_simple_real.json",
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
    "y_object_escaped_null_in_key.json",
    "y_object_extreme_numbers.json",
    "y_string_null_escape.json",
    "y_structure_lonely_negative_real.json",
};

static bool
is_ours(const char *name)
{
	for (size_t i = 0; i < LENGTH(not_ours); i++)
		if (strcmp(name, not_ours[i]) == 0)
			return false;
	return true;
}

static void
read_file(struct buf *b, const char *directory, const char *name)
{
	char path[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	buf_cut(b, 0);
	f = fopen(path, "rb");
	if (f == NULL)
		return;
	while ((n = fread(buf_room(b, 65536), 1, 65536, f)) > 0)
		buf_grew(b, n);
	fclose(f);
}

struct tally {
	int no, no_passed;             /* n_* */
	int yes, yes_refused, objects; /* y_* */
	int differs;
};

/* Judges a file as it is, and again as the value of an object. */
static void
judge(struct tally *t, const char *directory, const char *name)
{
	struct buf doc = {0}, wrapped = {0};
	bool is_object, bare, inside;
	char *said;

	read_file(&doc, directory, name);
	buf_adds(&wrapped, "{\"v\":");
	buf_add(&wrapped, buf_data(&doc), buf_len(&doc));
	buf_adds(&wrapped, "}");
	is_object = buf_str(&doc)[strspn(buf_str(&doc), " \t\r\n")] == '{';
	bare = accepted(buf_data(&doc), buf_len(&doc));
	inside = accepted(buf_data(&wrapped), buf_len(&wrapped));
	said = scan(buf_data(&doc), buf_len(&doc), LIMIT);
	t->differs += strcmp(said, "differs") == 0;
	free(said);
	if (strncmp(name, "n_", 2) == 0) {
		t->no++;
		if (bare || inside) {
			t->no_passed++;
			fprintf(stderr, "# passed: %s\n", name);
		}
	} else if (strncmp(name, "y_", 2) == 0) {
		t->yes++;
		t->objects += is_object && is_ours(name);
		if (bare != (is_object && is_ours(name)) || inside != is_ours(name)) {
			t->yes_refused++;
			fprintf(stderr, "# judged wrong: %s\n", name);
		}
	}
	buf_free(&doc);
	buf_free(&wrapped);
}

static void
suite(const char *directory)
{
	struct tally t = {0};
	struct dirent *e;
	DIR *dir = opendir(directory);

	ok(dir != NULL, "JSONTestSuite can be read");
	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			judge(&t, directory, e->d_name);
	closedir(dir);
	ok(t.no > 150 && t.yes > 80 && t.objects > 5,
	    "there are %d n_*, %d y_*, of these %d objects", t.no, t.yes, t.objects);
	is_int(t.no_passed, 0, "no n_* passes, alone or as a value");
	is_int(t.yes_refused, 0,
	    "every y_* passes that is an object within the limits, or as the value of one");
	is_int(t.differs, 0, "no file is judged by how it is cut");
}

int
main(int argc, char **argv)
{
	init();
	documents();
	streams();
	limits();
	size_limit();
	every_escape();
	every_utf8();
	every_change();
	if (argc > 1)
		suite(argv[1]);
	return done_testing();
}
