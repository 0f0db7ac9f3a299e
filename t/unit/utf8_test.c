/* SPDX-License-Identifier: ISC */
#include "lib/utf8.h"

#include "t/unit/tap.h"

/* Written from the table of RFC 3629, section 3, not from the code under test. */
static size_t
encode(uint32_t cp, unsigned char out[4])
{
	if (cp <= 0x7f) {
		out[0] = (unsigned char)cp;
		return 1;
	}
	if (cp <= 0x7ff) {
		out[0] = (unsigned char)(0xc0 + cp / 64);
		out[1] = (unsigned char)(0x80 + cp % 64);
		return 2;
	}
	if (cp <= 0xffff) {
		out[0] = (unsigned char)(0xe0 + cp / 4096);
		out[1] = (unsigned char)(0x80 + cp / 64 % 64);
		out[2] = (unsigned char)(0x80 + cp % 64);
		return 3;
	}
	out[0] = (unsigned char)(0xf0 + cp / 262144);
	out[1] = (unsigned char)(0x80 + cp / 4096 % 64);
	out[2] = (unsigned char)(0x80 + cp / 64 % 64);
	out[3] = (unsigned char)(0x80 + cp % 64);
	return 4;
}

static bool
is_surrogate(uint32_t cp)
{
	return cp >= 0xd800 && cp <= 0xdfff;
}

static void
every_character_decodes(void)
{
	int wrong = 0, cut = 0;

	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		unsigned char s[4];
		size_t len = encode(cp, s), got;
		uint32_t back = UINT32_MAX;

		got = utf8_decode((char *)s, len, &back);
		if (is_surrogate(cp) ? got != 0 : got != len || back != cp)
			wrong++;
		for (size_t n = 1; n < len; n++)
			if (utf8_decode((char *)s, n, &back) != 0)
				cut++;
	}
	is_int(wrong, 0, "every code point decodes to itself, and no surrogate does");
	is_int(cut, 0, "no character decodes when its end is missing");
}

/* Whatever decodes must be what encodes to these bytes: so nothing overlong or too large does.
 */
static void
only_characters_decode(void)
{
	static const unsigned char tails[] = {
	    0x00, 0x22, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xff};
	int wrong = 0;

	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++)
			for (size_t c = 0; c < sizeof(tails); c++)
				for (size_t e = 0; e < sizeof(tails); e++) {
					unsigned char s[4] = {(unsigned char)a,
					    (unsigned char)b, tails[c], tails[e]};
					unsigned char again[4];
					uint32_t cp = 0;
					size_t len = utf8_decode((char *)s, 4, &cp);

					if (len == 0)
						continue;
					if (cp > 0x10ffff || is_surrogate(cp) ||
					    encode(cp, again) != len ||
					    memcmp(s, again, len) != 0)
						wrong++;
				}
	is_int(wrong, 0, "nothing decodes that is not the one encoding of a character");
}

static void
bad_bytes(void)
{
	static const struct {
		const char *s, *what;
	} cases[] = {
	    {"\x80", "a lone continuation"},
	    {"\xc0\xaf", "an overlong slash in 2"},
	    {"\xe0\x80\xaf", "an overlong slash in 3"},
	    {"\xf0\x80\x80\xaf", "an overlong slash in 4"},
	    {"\xc1\xbf", "U+007F in 2"},
	    {"\xe0\x9f\xbf", "U+07FF in 3"},
	    {"\xf0\x8f\xbf\xbf", "U+FFFF in 4"},
	    {"\xed\xa0\x80", "U+D800"},
	    {"\xed\xbf\xbf", "U+DFFF"},
	    {"\xf4\x90\x80\x80", "U+110000"},
	    {"\xf5\x80\x80\x80", "a lead byte beyond Unicode"},
	    {"\xf8\x88\x80\x80\x80", "five bytes"},
	    {"\xfe", "0xfe"},
	    {"\xff", "0xff"},
	    {"\xc3(", "a lead byte and ASCII"},
	    {"\xe2\x82(", "two of three and ASCII"},
	};
	uint32_t cp;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ok(utf8_decode(cases[i].s, strlen(cases[i].s), &cp) == 0, "%s does not decode",
		    cases[i].what);
		ok(utf8_count(cases[i].s, strlen(cases[i].s)) == -1, "nor is it counted");
	}
}

static void
counting(void)
{
	is_int(utf8_count("", 0), 0, "nothing counts 0");
	is_int(utf8_count("abc", 3), 3, "ASCII counts by bytes");
	is_int(utf8_count("gr\xc3\xbc\xc3\x9f", 6), 4, "two-byte characters count once");
	is_int(utf8_count("\xe2\x82\xac\xf0\x9f\x98\x80", 7), 2, "so do longer ones");
	is_int(utf8_count("a\0b", 3), 3, "a NUL is a character");
	is_int(utf8_count("\xf0\x9f\x98\x80", 3), -1, "a cut character is none");
}

static void
fitting(void)
{
	static const char s[] = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80z"; /* 1 2 3 4 1 bytes */
	static const size_t want[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};

	for (size_t max = 0; max < sizeof(want) / sizeof(want[0]); max++)
		ok(utf8_fit(s, sizeof(s) - 1, max) == want[max], "of 11 bytes %zu fit in %zu",
		    want[max], max);
	is_int(utf8_fit("\x80\x80\x80\x80\x80\x80", 6, 5), 5,
	    "bytes that are no character are cut anywhere");
	is_int(utf8_fit("", 0, 0), 0, "nothing fits in nothing");
}

static void
is_safe(const char *s, size_t n, const char *want, const char *what)
{
	struct buf b = {0};

	buf_adds(&b, "<");
	utf8_safe(&b, s, n);
	buf_adds(&b, ">");
	is_str(buf_str(&b), want, what);
	buf_free(&b);
}
#define safe(s, want, what) is_safe(s, sizeof(s) - 1, "<" want ">", what)

static void
terminal(void)
{
	safe("", "", "nothing stays nothing");
	safe("plain text, gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80",
	    "plain text, gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "text stays text");
	safe("\033[31m", "\\u{1b}[31m", "an escape sequence is shown");
	safe("a\nb\tc\rd", "a\\u{a}b\\u{9}c\\u{d}d", "line feed, tab and return are shown");
	safe("\0", "\\u{0}", "a NUL is shown");
	safe("\x7f", "\\u{7f}", "DEL is shown");
	safe("\xc2\x80\xc2\x9b\xc2\x9f", "\\u{80}\\u{9b}\\u{9f}", "C1 controls are shown");
	safe("\xc2\xa0", "\xc2\xa0", "U+00A0 stays");
	safe("\x9b"
	     "31m",
	    "\\u{9b}31m", "so is a raw 8-bit CSI");
	safe("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf",
	    "\xe2\x80\xa7\\u{2028}\\u{2029}\\u{202a}\\u{202e}\xe2\x80\xaf",
	    "separators of lines, bidi embeddings and overrides are shown");
	safe("\xe2\x81\x9f\xe2\x81\xa0\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xb0",
	    "\xe2\x81\x9f\\u{2060}\\u{2066}\\u{2069}\xe2\x81\xb0", "bidi isolates are shown");
	safe("\xe2\x80\x8a\xe2\x80\x8b\xe2\x80\x8d\xe2\x80\x8f\xe2\x80\x90",
	    "\xe2\x80\x8a\\u{200b}\\u{200d}\\u{200f}\xe2\x80\x90", "so is what has no width");
	safe("\xd8\x9c\xc2\xad\xef\xbb\xbf\xef\xbf\xb9", "\\u{61c}\\u{ad}\\u{feff}\\u{fff9}", "and marks of other kinds");
	safe("\xf3\xa0\x80\x80\xf3\xa0\x81\xa1\xf3\xa0\x81\xbf\xf3\xa0\x82\x80",
	    "\\u{e0000}\\u{e0061}\\u{e007f}\xf3\xa0\x82\x80", "and tags");
	safe("\xff\xc3", "\\u{ff}\\u{c3}", "bytes that are no UTF-8 are shown");
	safe("\xe2\x82"
	     "a",
	    "\\u{e2}\\u{82}a", "and what follows them is not swallowed");
	safe("\xc0\x9b", "\\u{c0}\\u{9b}", "an overlong escape does not pass");
}

int
main(void)
{
	every_character_decodes();
	only_characters_decode();
	bad_bytes();
	counting();
	fitting();
	terminal();
	return done_testing();
}
