/* SPDX-License-Identifier: ISC */
/*
 * line_fuzz - the client's lines are those that a server sent, however they are cut; and whatever stands in one,
 * what reaches the terminal is text: no control, nothing that turns the line round or cannot be seen.
 */
#include "client/link.h"
#include "lib/utf8.h"
#include "t/fuzz/alone.h"

static void
must_be_safe(const char *s, size_t n)
{
	struct buf out = {0};
	const char *p, *end;

	utf8_safe(&out, s, n);
	p = buf_str(&out);
	end = p + buf_len(&out);
	while (p < end) {
		uint32_t cp;
		size_t len = utf8_decode(p, (size_t)(end - p), &cp);

		MUST(len > 0);
		MUST(cp >= 0x20 && !(cp >= 0x7f && cp < 0xa0) && cp != 0xad && cp != 0x61c && cp != 0xfeff);
		MUST(!(cp >= 0x200b && cp <= 0x200f) && !(cp >= 0x2028 && cp <= 0x202e) && !(cp >= 0x2060 && cp <= 0x206f));
		MUST(!(cp >= 0xe0000 && cp <= 0xe007f));
		p += len;
	}
	buf_free(&out);
}

/* In pieces of so many bytes; what comes out, with the ends back on it. */
static struct buf
lines(const uint8_t *data, size_t n, size_t piece)
{
	static const struct link_tls plain;
	struct link l;
	struct buf all = {0};

	link_init(&l, "127.0.0.1:1", &plain);
	while (n > 0) {
		size_t now = piece < n ? piece : n, len;
		char *line;

		buf_add(&l.in, data, now);
		data += now;
		n -= now;
		while ((line = link_line(&l, &len)) != NULL) {
			MUST(line[len] == '\0' && memchr(line, '\n', len) == NULL);
			must_be_safe(line, len);
			buf_add(&all, line, len);
			buf_addc(&all, '\n');
		}
	}
	link_free(&l);
	return all;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole = lines(data, n, n), cut = lines(data, n, 1), thirds = lines(data, n, 3);

	must_be_safe((const char *)data, n);
	MUST(buf_len(&whole) == buf_len(&cut) && memcmp(buf_str(&whole), buf_str(&cut), buf_len(&cut)) == 0);
	MUST(buf_len(&whole) == buf_len(&thirds) && memcmp(buf_str(&whole), buf_str(&thirds), buf_len(&cut)) == 0);
	buf_free(&whole);
	buf_free(&cut);
	buf_free(&thirds);
	return 0;
}
