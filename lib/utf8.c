/* SPDX-License-Identifier: ISC */
#include "lib/utf8.h"

unsigned
utf8_more(unsigned char first, unsigned char *lo, unsigned char *hi)
{
	/* RFC 3629, section 4: the second byte alone tells overlong, surrogate and too large. */
	*lo = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*hi = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	return first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

size_t
utf8_decode(const char *s, size_t n, uint32_t *cp)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char lo, hi;
	size_t len;

	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	len = 1 + utf8_more(p[0], &lo, &hi);
	if (len == 1 || len > n || p[1] < lo || p[1] > hi)
		return 0;
	*cp = (uint32_t)(p[0] & (0x7f >> len)) << 6 | (p[1] & 0x3f);
	for (size_t i = 2; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (p[i] & 0x3f);
	}
	return len;
}

long
utf8_count(const char *s, size_t n)
{
	long count = 0;

	while (n > 0) {
		uint32_t cp;
		size_t len = utf8_decode(s, n, &cp);

		if (len == 0)
			return -1;
		s += len;
		n -= len;
		count++;
	}
	return count;
}

size_t
utf8_fit(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	/* Only a character that begins in the last three bytes can be cut. */
	for (size_t back = 1; back <= 3 && back <= max; back++) {
		uint32_t cp;
		size_t begin = max - back;

		if (((unsigned char)s[begin] & 0xc0) != 0x80)
			return utf8_decode(s + begin, n - begin, &cp) > back ? begin : max;
	}
	return max;
}

/* Controls, and what turns the line round or cannot be seen: in ascending order, from, to. */
static bool
unsafe(uint32_t cp)
{
	static const uint32_t ranges[][2] = {{0, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c}, {0x180e, 0x180e}, {0x200b, 0x200f},
	    {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges) && cp >= ranges[i][0]; i++)
		if (cp <= ranges[i][1])
			return true;
	return false;
}

void
utf8_safe(struct buf *out, const char *s, size_t n)
{
	const char *plain = s, *end = s + n;

	while (s < end) {
		uint32_t cp;
		size_t len = utf8_decode(s, (size_t)(end - s), &cp);

		if (len > 0 && !unsafe(cp)) {
			s += len;
			continue;
		}
		if (len == 0) {
			cp = (unsigned char)*s;
			len = 1;
		}
		buf_add(out, plain, (size_t)(s - plain));
		buf_addf(out, "\\u{%x}", (unsigned)cp);
		s += len;
		plain = s;
	}
	buf_add(out, plain, (size_t)(end - plain));
}
