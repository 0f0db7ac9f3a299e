/* SPDX-License-Identifier: ISC */
#include "lib/utf8.h"

size_t
utf8_decode(const char *s, size_t n, uint32_t *cp)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char lo = 0x80, hi = 0xbf;
	size_t len;

	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	/* RFC 3629, section 4: the second byte alone tells overlong, surrogate and too large.
	 */
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	if (p[1] < lo || p[1] > hi)
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
