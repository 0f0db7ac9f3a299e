/* SPDX-License-Identifier: ISC */
#include "lib/jstring.h"

#include <string.h>

#include "lib/hex.h"
#include "lib/utf8.h"

enum state {
	PLAIN,
	UTF8, /* count bytes left, the next within lo..hi */
	ESCAPE,
	HEX,        /* count digits left */
	LOW_ESCAPE, /* behind a high surrogate */
	LOW_U,
};

/* Bytes that mean themselves: ASCII without controls, quote and backslash. */
static const uint8_t plain[256] = {
    [0x20 ... 0x21] = 1, [0x23 ... 0x5b] = 1, [0x5d ... 0x7f] = 1};

void
jstring_begin(struct jstring *js, bool key)
{
	js->state = PLAIN;
	js->key = key;
	js->hash = UINT64_C(0xcbf29ce484222325);
}

/* FNV-1a, of characters. A client that finds a collision gains a refusal of its own object, nothing else. */
static void
add_char(struct jstring *js, uint32_t cp)
{
	if (js->key)
		js->hash = (js->hash ^ cp) * UINT64_C(0x100000001b3);
}

/* The functions from here to step() take one byte and return what is wrong with it, or NULL. */

static const char *
not_plain(struct jstring *js, unsigned char ch)
{
	if (ch == '\\') {
		js->state = ESCAPE;
		return NULL;
	}
	if (ch == '\0')
		return "a string contains a raw NUL";
	if (ch < 0x20)
		return "a string contains a raw control character";
	js->count = (uint8_t)utf8_more(ch, &js->lo, &js->hi);
	if (js->count == 0)
		return "a string is not valid UTF-8";
	js->cp = ch & (0x3fU >> js->count);
	js->state = UTF8;
	return NULL;
}

static const char *
utf8_byte(struct jstring *js, unsigned char ch)
{
	if (ch < js->lo || ch > js->hi)
		return "a string is not valid UTF-8";
	js->cp = js->cp << 6 | (ch & 0x3f);
	js->lo = 0x80;
	js->hi = 0xbf;
	if (--js->count > 0)
		return NULL;
	add_char(js, js->cp);
	js->state = PLAIN;
	return NULL;
}

static const char *
hex_begins(struct jstring *js)
{
	js->cp = 0;
	js->count = 4;
	js->state = HEX;
	return NULL;
}

static const char *
escaped(struct jstring *js, unsigned char ch)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = memchr(from, ch, sizeof(from) - 1);

	js->high = 0;
	if (ch == 'u')
		return hex_begins(js);
	if (at == NULL)
		return "a string contains an unknown escape";
	add_char(js, (unsigned char)to[at - from]);
	js->state = PLAIN;
	return NULL;
}

static const char *
hex(struct jstring *js, unsigned char ch)
{
	int digit = hex_digit((char)ch);
	bool low;

	if (digit < 0)
		return "a \\u is not followed by four hexadecimal digits";
	js->cp = js->cp << 4 | (unsigned)digit;
	if (--js->count > 0)
		return NULL;
	if (js->cp == 0)
		return "a string contains \\u0000";
	low = js->cp >= 0xdc00 && js->cp <= 0xdfff;
	if (low != (js->high != 0))
		return "a string contains half a surrogate pair";
	if (js->cp >= 0xd800 && js->cp <= 0xdbff) {
		js->high = (uint16_t)js->cp;
		js->state = LOW_ESCAPE;
		return NULL;
	}
	if (low)
		js->cp = 0x10000 + ((uint32_t)(js->high - 0xd800) << 10) + (js->cp - 0xdc00);
	add_char(js, js->cp);
	js->state = PLAIN;
	return NULL;
}

static const char *
step(struct jstring *js, unsigned char ch)
{
	switch ((enum state)js->state) {
	case PLAIN:
		return not_plain(js, ch);
	case UTF8:
		return utf8_byte(js, ch);
	case ESCAPE:
		return escaped(js, ch);
	case HEX:
		return hex(js, ch);
	case LOW_ESCAPE:
		js->state = LOW_U;
		return ch == '\\' ? NULL : "a string contains half a surrogate pair";
	case LOW_U:
		return ch == 'u' ? hex_begins(js) : "a string contains half a surrogate pair";
	}
	__builtin_unreachable();
}

const unsigned char *
jstring_scan(struct jstring *js, const unsigned char *s, const unsigned char *end, const char **why)
{
	while (*why == NULL) {
		if (js->state == PLAIN && js->key)
			for (; s < end && plain[*s]; s++)
				add_char(js, *s);
		else if (js->state == PLAIN)
			while (s < end && plain[*s])
				s++;
		if (s == end || (js->state == PLAIN && *s == '"'))
			break;
		*why = step(js, *s++);
	}
	return s;
}
