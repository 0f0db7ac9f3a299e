/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "lib/frame.h"
#include "lib/http.h"
#include "lib/sha1.h"
#include "t/unit/tap.h"

#define LIMIT 300

static void
put(struct buf *b, unsigned first, const char *text, size_t n)
{
	unsigned char head[14] = {(unsigned char)first, (unsigned char)(0x80 | (n < 126 ? n : 126))};
	size_t at = 2;

	if (n >= 126) {
		head[at++] = (unsigned char)(n >> 8);
		head[at++] = (unsigned char)n;
	}
	memcpy(head + at, "mask", 4);
	buf_add(b, head, at + 4);
	for (size_t i = 0; i < n; i++)
		buf_addc(b, (char)(text[i] ^ "mask"[i & 3]));
}

/* All that comes of the bytes, which arrive in pieces of so many: "t:hi p: c1000" and the like. */
static const char *
says(const struct buf *bytes, size_t piece)
{
	static char said[2000];
	struct frames f = {0};
	struct buf in = {0};
	size_t at = 0, n = 0;

	said[0] = '\0';
	while (at < buf_len(bytes) || n == 0) {
		struct frame got;
		size_t more = buf_len(bytes) - at < piece ? buf_len(bytes) - at : piece;

		buf_add(&in, buf_data(bytes) + at, more);
		at += more;
		while ((got = frames_next(&f, &in, LIMIT)).kind != FRAME_NONE) {
			int len = (int)strlen(said);

			if (got.kind == FRAME_TEXT || got.kind == FRAME_PING)
				snprintf(said + len, sizeof(said) - (size_t)len, "%c:%.*s ", got.kind == FRAME_TEXT ? 't' : 'p', (int)got.n, got.text);
			else
				snprintf(said + len, sizeof(said) - (size_t)len, "%c%d", got.kind == FRAME_CLOSE ? 'c' : '!', got.code);
			if (got.kind == FRAME_CLOSE || got.kind == FRAME_WRONG)
				goto out;
		}
		n++;
	}
	if (frames_wait(&f, &in))
		snprintf(said + strlen(said), sizeof(said) - strlen(said), "…");
out:
	buf_free(&in);
	frames_free(&f);
	return said;
}

/* Cut at every byte, and in pieces of every size, it is the same. */
static void
becomes(struct buf *b, const char *want, const char *what)
{
	bool same = true;

	is_str(says(b, buf_len(b) + 1), want, what);
	for (size_t piece = 1; piece <= buf_len(b); piece++)
		same = same && strcmp(says(b, piece), want) == 0;
	ok(same, "in pieces of every size");
	buf_free(b);
	*b = (struct buf){0};
}

static void
messages(void)
{
	struct buf b = {0};
	char big[LIMIT + 1], want[LIMIT + 10];

	memset(big, 'x', sizeof(big));
	put(&b, 0x81, "hi", 2);
	put(&b, 0x81, "", 0);
	becomes(&b, "t:hi t: ", "texts, also an empty one");
	put(&b, 0x01, "a", 1);
	put(&b, 0x89, "are you there", 13);
	put(&b, 0x00, "", 0);
	put(&b, 0x8a, "x", 1);
	put(&b, 0x80, "b", 1);
	put(&b, 0x81, "c", 1);
	becomes(&b, "p:are you there t:ab t:c ", "fragments with a ping and a pong between them");
	put(&b, 0x01, "\xe4\xbd", 2);
	put(&b, 0x80, "\xa0", 1);
	becomes(&b, "t:\xe4\xbd\xa0 ", "a character in two fragments");
	put(&b, 0x01, "a", 1);
	becomes(&b, "…", "half of a message is waited for");
	put(&b, 0x81, big, LIMIT);
	snprintf(want, sizeof(want), "t:%.*s ", LIMIT, big);
	becomes(&b, want, "as long as allowed");
	put(&b, 0x81, big, LIMIT + 1);
	becomes(&b, "!1009", "one byte more");
	put(&b, 0x01, big, LIMIT);
	put(&b, 0x00, "", 0);
	put(&b, 0x00, "y", 1);
	becomes(&b, "!1009", "in fragments, too");
	buf_add(&b, "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xffmask", 14);
	becomes(&b, "!1009", "2^64-1 bytes");
}

static void
refused(void)
{
	static const struct {
		unsigned first;
		const char *what;
	} rows[] = {{0x80, "a continuation of nothing"}, {0xc1, "RSV1"}, {0xa1, "RSV2"}, {0x91, "RSV3"}, {0x83, "opcode 3"}, {0x87, "opcode 7"},
	    {0x8b, "opcode 11"}, {0x8f, "opcode 15"}, {0x09, "a ping in fragments"}, {0x08, "a close in fragments"}};
	struct buf b = {0};
	char big[126] = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(&b, 0x81, "before", 6);
		put(&b, rows[i].first, "", 0);
		becomes(&b, "t:before !1002", rows[i].what);
	}
	put(&b, 0x82, "x", 1);
	becomes(&b, "!1003", "bytes");
	buf_add(&b, "\x81\x02hi", 4);
	becomes(&b, "!1002", "without a mask");
	put(&b, 0x89, big, 126);
	becomes(&b, "!1002", "a long ping");
	put(&b, 0x01, "a", 1);
	put(&b, 0x81, "b", 1);
	becomes(&b, "!1002", "a message within another");
	put(&b, 0x81, "\xff", 1);
	becomes(&b, "!1007", "what is not UTF-8");
	put(&b, 0x01, "\xed\xa0", 2);
	put(&b, 0x80, "\x80", 1);
	becomes(&b, "!1007", "in fragments, too");
}

static void
closes(void)
{
	static const int good[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1014, 3000, 4999};
	static const int bad[] = {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535};
	struct buf b = {0};
	char p[4], want[10];

	put(&b, 0x88, "", 0);
	becomes(&b, "c1000", "a close");
	put(&b, 0x88, "x", 1);
	becomes(&b, "!1002", "half a reason");
	put(&b, 0x88, "\x03\xe8\xff", 3);
	becomes(&b, "!1007", "whose words are not UTF-8");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]) + sizeof(bad) / sizeof(bad[0]); i++) {
		bool is_good = i < sizeof(good) / sizeof(good[0]);
		int code = is_good ? good[i] : bad[i - sizeof(good) / sizeof(good[0])];

		memcpy(p, (char[]){(char)(code >> 8), (char)code, 'o', 'k'}, 4);
		put(&b, 0x88, p, 4);
		snprintf(want, sizeof(want), is_good ? "c%d" : "!1002", code);
		becomes(&b, want, is_good ? "a reason that may be said" : "one that may not");
	}
}

static void
written(void)
{
	static char text[65536];
	struct buf b = {0};
	char accept[FRAME_ACCEPT];

	frame_add(&b, OP_TEXT, "hi", 2);
	ok(buf_len(&b) == 4 && memcmp(buf_data(&b), "\x81\x02hi", 4) == 0, "a short frame");
	buf_drop(&b, 4);
	frame_add(&b, OP_TEXT, text, 126);
	ok(buf_len(&b) == 130 && memcmp(buf_data(&b), "\x81\x7e\x00\x7e", 4) == 0, "one of 126 bytes");
	buf_drop(&b, 130);
	frame_add(&b, OP_TEXT, text, 65536);
	ok(buf_len(&b) == 65546 && memcmp(buf_data(&b), "\x81\x7f\0\0\0\0\0\1\0\0", 10) == 0, "one of 64 KiB");
	buf_drop(&b, 65546);
	frame_add_close(&b, 1001, "shutdown", 8);
	ok(buf_len(&b) == 12 && memcmp(buf_data(&b), "\x88\x0a\x03\xe9shutdown", 12) == 0, "a close with its reason");
	buf_free(&b);
	ok(frame_accept("dGhlIHNhbXBsZSBub25jZQ==", 24, accept), "the key of RFC 6455");
	is_str(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "and its answer");
	ok(!frame_accept("dGhlIHNhbXBsZSBub25jZQ=", 23, accept), "too short for a key");
	ok(!frame_accept("dGhlIHNhbXBsZSBub2!jZQ==", 24, accept), "no base64");
}

static void
hashed(const char *text, size_t n, const char *want, const char *what)
{
	unsigned char hash[SHA1_BYTES];
	char hex[2 * SHA1_BYTES + 1];

	sha1(text, n, hash);
	for (int i = 0; i < SHA1_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	is_str(hex, want, what);
}

static long
head(const char *text, struct http *h)
{
	return http_parse(text, strlen(text), h);
}

static void
heads(void)
{
	static const char good[] = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nX-Forwarded-For: 1.2.3.4 , 5.6.7.8 \r\n\r\n";
	static const char *const bad[] = {"GET\r\n\r\n", "GET /\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", " GET / HTTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
	    "GET / HTTP/1.1 \r\n\r\n", "GET / x HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\n\n", "GET / HTTP/1.1\r\nHost\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
	    "GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", "GET / HTTP/1.1\r\n: b\r\n\r\n", "G{T / HTTP/1.1\r\n\r\n",
	    "GET / HTTP/1.1\r\nA: \x01\r\n\r\n"};
	static char big[HTTP_HEAD_MAX + 10];
	struct http h = {0};
	int hosts, wrong = 0;

	is_int(head(good, &h), (long)strlen(good), "a head");
	ok(span_is(h.method, "GET") && span_is(h.target, "/chat") && h.minor == 1, "its first line");
	ok(span_is(http_header(&h, "host", &hosts), "a") && hosts == 1, "a header, whatever its case");
	ok(http_has(&h, "connection", "upgrade") && !http_has(&h, "connection", "up"), "a word of a list");
	ok(span_is(span_last(http_header(&h, "X-Forwarded-For", NULL)), "5.6.7.8"), "the last word");
	ok(http_header(&h, "Cookie", &hosts).p == NULL && hosts == 0, "what is not there");
	for (size_t i = 0; i < strlen(good); i++)
		wrong += http_parse(good, i, &h) != 0;
	is_int(wrong, 0, "each beginning of it wants more");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(head(bad[i], &h) == -1, "no head: %.*s", (int)strcspn(bad[i] + 1, "\r") + 1, bad[i]);
	memset(big, 'x', sizeof(big));
	memcpy(big, "GET / HTTP/1.1\r\nA: ", 19);
	is_int(http_parse(big, HTTP_HEAD_MAX - 1, &h), 0, "a long one may go on");
	is_int(http_parse(big, HTTP_HEAD_MAX, &h), HTTP_LARGE, "but not for ever");
	big[5] = '\n';
	is_int(http_parse(big, HTTP_HEAD_MAX, &h), -1, "what is none is none, however much follows");
}

int
main(void)
{
	messages();
	refused();
	closes();
	written();
	hashed("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709", "SHA-1 of nothing");
	hashed("abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d", "of FIPS 180's first example");
	hashed("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, "84983e441c3bd26ebaae4aa1f95129e5e54670f1", "of its second");
	heads();
	return done_testing();
}
