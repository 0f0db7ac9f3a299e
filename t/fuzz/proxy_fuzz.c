/* SPDX-License-Identifier: ISC */
/*
 * proxy_fuzz - a PROXY header is the same however it arrives: too little wants more, what is a header or
 * none stays so whatever follows, and nothing is read beyond what has arrived.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/proxy.h"
#define GENERATES 20000
#include "t/fuzz/alone.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	int before = 0;

	for (size_t i = 0; i <= n; i++) {
		struct address from = {.kind = ADDRESS_LOCAL};
		char *copy = malloc(i > 0 ? i : 1), text[ADDRESS_TEXT];
		int is;

		MUST(copy != NULL);
		memcpy(copy, data, i);
		is = proxy_parse(copy, i, &from);
		free(copy);
		MUST(is >= -1 && is <= PROXY_MAX && is <= (int)i);
		MUST(is != 0 || i < PROXY_MAX);
		MUST(before == 0 ? is <= 0 || is == (int)i : is == before);
		before = is;
		address_text(&from, text);
		MUST(is > 0 || from.kind == ADDRESS_LOCAL);
		MUST(strlen(text) < sizeof(text));
	}
	return 0;
}

#ifndef LIBFUZZER

/* A header, then spoilt in a few places, or not. */
static size_t
make(char *p)
{
	static const char *const lines[] = {"PROXY TCP4 203.0.113.5 192.0.2.1 4711 443\r\nhello",
	    "PROXY TCP6 2001:db8::1 ::ffff:1.2.3.4 65535 0\r\n", "PROXY UNKNOWN\r\n", "PROXY UNKNOWN some thing\r\n{}"};
	static const char head[] = "\r\n\r\n\0\r\nQUIT\n", families[] = {0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32};
	static const unsigned lengths[] = {0, 11, 12, 13, 36, 40, 216, 300, 520, 521};
	size_t n = 16 + dice(650);

	if (dice(2) == 0) {
		const char *line = lines[dice(sizeof(lines) / sizeof(lines[0]))];

		n = strlen(line);
		memcpy(p, line, n);
	} else {
		unsigned len = lengths[dice(sizeof(lengths) / sizeof(lengths[0]))];

		for (size_t i = 0; i < n; i++)
			p[i] = (char)dice(256);
		memcpy(p, head, 12);
		p[12] = (char)(0x20 + dice(2));
		p[13] = families[dice(sizeof(families))];
		p[14] = (char)(len >> 8);
		p[15] = (char)len;
	}
	for (size_t spoil = dice(3); spoil > 0; spoil--)
		p[dice(n)] = (char)"\0\r\n :0129PTCXx\xff"[dice(16)];
	return n;
}

static int
generate(long count, uint64_t seed)
{
	uint64_t headers = 0;
	struct address from;
	char p[700];

	dice_seed = seed;
	for (long i = 0; i < count; i++) {
		size_t n = make(p);

		look_at((const uint8_t *)p, n);
		headers += proxy_parse(p, n, &from) > 0;
	}
	printf("# %ld inputs, %" PRIu64 " headers\n", count, headers);
	printf("%s 1 - headers and what is none\n1..1\n", headers > (uint64_t)count / 10 && headers < (uint64_t)count ? "ok" : "not ok");
	return headers > 0 ? 0 : 1;
}
#endif
