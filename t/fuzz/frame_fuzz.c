/* SPDX-License-Identifier: ISC */
/*
 * frame_fuzz - a head and the frames behind it are the same however they arrive: cut at every byte, or whole.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/frame.h"
#include "lib/http.h"
#include "lib/utf8.h"
#define GENERATES 20000
#include "t/fuzz/alone.h"

#define LIMIT 200

static uint64_t messages, ends;

/* Looks at a head of so many bytes in a place of its own, so that whatever is read beyond it is noticed. */
static long
head(const uint8_t *data, size_t n, struct span *upgrade)
{
	struct http h;
	char *copy = malloc(n > 0 ? n : 1);
	long is;

	MUST(copy != NULL);
	memcpy(copy, data, n);
	is = http_parse(copy, n, &h);
	MUST(is >= HTTP_LARGE && is <= (long)n && is <= HTTP_HEAD_MAX);
	if (is > 0) {
		*upgrade = span_last(http_header(&h, "Upgrade", NULL));
		MUST(upgrade->p == NULL || (upgrade->p >= copy && upgrade->p + upgrade->n <= copy + n));
		http_has(&h, "Connection", "upgrade");
	}
	free(copy);
	return is;
}

/* All that was understood, as one text. */
static void
frames(const uint8_t *data, size_t n, size_t piece, struct buf *said)
{
	struct frames f = {0};
	struct frame got = {.kind = FRAME_NONE};
	struct buf in = {0};

	for (size_t at = 0; at < n && got.kind != FRAME_CLOSE && got.kind != FRAME_WRONG; at += piece) {
		buf_add(&in, data + at, n - at < piece ? n - at : piece);
		while ((got = frames_next(&f, &in, LIMIT)).kind != FRAME_NONE) {
			MUST(got.kind != FRAME_TEXT || (got.n <= LIMIT && (got.n == 0 || utf8_count(got.text, got.n) >= 0)));
			MUST(got.kind != FRAME_PING || got.n <= 125);
			buf_addf(said, "%d %d %zu ", got.kind, got.code, got.n);
			buf_add(said, got.text, got.n);
			if (got.kind == FRAME_CLOSE || got.kind == FRAME_WRONG)
				break;
			messages++;
		}
	}
	ends += got.kind == FRAME_CLOSE || got.kind == FRAME_WRONG;
	buf_free(&in);
	frames_free(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span upgrade = {0};
	struct buf whole = {0}, pieces = {0};
	long before = 0, is = 0;

	for (size_t i = 0; i <= n; i++) {
		is = head(data, i, &upgrade);
		MUST(before == 0 ? is <= 0 || is == (long)i : is == before);
		before = is;
	}
	if (is > 0) {
		data += is;
		n -= (size_t)is;
	}
	frames(data, n, n + 1, &whole);
	frames(data, n, 1, &pieces);
	MUST(buf_len(&whole) == buf_len(&pieces));
	MUST(buf_len(&whole) == 0 || memcmp(buf_data(&whole), buf_data(&pieces), buf_len(&whole)) == 0);
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}

#ifndef LIBFUZZER

static size_t
frame(uint8_t *p)
{
	static const uint8_t firsts[] = {0x81, 0x81, 0x01, 0x00, 0x80, 0x89, 0x8a, 0x88, 0x82, 0xc1};
	static const char *const texts[] = {"", "{\"op\":\"ping\"}", "\xe4\xbd\xa0", "\xe4\xbd", "\xff", "\x03\xe8 bye", "\x03\xed", "x"};
	const char *text = texts[dice(sizeof(texts) / sizeof(texts[0]))];
	size_t len = strlen(text), n = 0;

	p[n++] = firsts[dice(dice(3) == 0 ? sizeof(firsts) : 7)];
	if (dice(8) == 0) { /* longer than it need be */
		p[n++] = 0xfe;
		p[n++] = 0;
		p[n++] = (uint8_t)len;
	} else {
		p[n++] = (uint8_t)(0x80 | len);
	}
	for (int i = 0; i < 4; i++)
		p[n++] = (uint8_t)dice(256);
	for (size_t i = 0; i < len; i++)
		p[n + i] = (uint8_t)text[i] ^ p[n - 4 + (i & 3)];
	n += len;
	return n;
}

/* A head, frames, then spoilt in a few places, or not. */
static size_t
make(uint8_t *p)
{
	static const char *const heads[] = {"", "GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: h2c, websocket\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
	    "GET / HTTP/1.1\r\nUpgrade:\r\nConnection: ,, upgrade ,\r\n\r\n"};
	static const uint8_t spoils[] = {0, '\r', '\n', ' ', ':', 'G', '1', 0x81, 0x80, 0xff, 0x7e, 0x88, 0x01};
	const char *head_text = heads[dice(sizeof(heads) / sizeof(heads[0]))];
	size_t n = strlen(head_text);

	memcpy(p, head_text, n);
	for (size_t i = 1 + dice(6); i > 0; i--)
		n += frame(p + n);
	for (size_t spoil = dice(3); spoil > 0; spoil--)
		p[dice(n)] = spoils[dice(sizeof(spoils))];
	return n;
}

static int
generate(long count, uint64_t seed)
{
	uint8_t p[500];

	dice_seed = seed;
	for (long i = 0; i < count; i++)
		look_at(p, make(p));
	printf("# %ld inputs, %" PRIu64 " messages, %" PRIu64 " ends\n", count, messages, ends);
	printf("%s 1 - heads and frames\n1..1\n", messages > (uint64_t)count / 10 && ends > (uint64_t)count / 10 ? "ok" : "not ok");
	return messages > 0 ? 0 : 1;
}
#endif
