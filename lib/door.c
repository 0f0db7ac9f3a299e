/* SPDX-License-Identifier: ISC */
#include "lib/door.h"

#include "lib/hex.h"

#define NUMBER_MAX (UINT64_C(1) << 53)

enum state {
	BETWEEN,  /* objects: waits for '{' */
	SKIP,     /* to the line end */
	SKIP_NUL, /* the same, behind a NUL that is the line end if '{' comes next */
	/* all below: inside an object */
	FIRST_KEY, /* or '}' */
	KEY,
	COLON,
	FIRST_ELEMENT, /* or ']' */
	VALUE,
	AFTER, /* a value: ',' or the closing bracket */
	STRING,
	UTF8, /* count bytes left, the next within lo..hi */
	ESCAPE,
	HEX,        /* count digits left */
	LOW_ESCAPE, /* behind a high surrogate */
	LOW_U,
	MINUS,
	ZERO,
	DIGITS,
	LITERAL,
};

/* Bytes that mean themselves inside a string: ASCII without controls, quote and backslash. */
static const uint8_t plain[256] = {
    [0x20 ... 0x21] = 1, [0x23 ... 0x5b] = 1, [0x5d ... 0x7f] = 1};

static bool
is_space(unsigned char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

/* FNV-1a. A client that finds a collision gains a refusal of its own object, nothing else. */
static void
hash_byte(struct door *d, unsigned byte)
{
	d->hash = (d->hash ^ byte) * UINT64_C(0x100000001b3);
}

/* An escape in a key counts as what it stands for: "\u0061" and "a" are the same key. */
static void
hash_char(struct door *d, uint32_t cp)
{
	if (cp < 0x80) {
		hash_byte(d, cp);
		return;
	}
	if (cp < 0x800) {
		hash_byte(d, 0xc0 | cp >> 6);
	} else {
		if (cp < 0x10000) {
			hash_byte(d, 0xe0 | cp >> 12);
		} else {
			hash_byte(d, 0xf0 | cp >> 18);
			hash_byte(d, 0x80 | (cp >> 12 & 0x3f));
		}
		hash_byte(d, 0x80 | (cp >> 6 & 0x3f));
	}
	hash_byte(d, 0x80 | (cp & 0x3f));
}

/* The functions from here to step() take one byte and return what is wrong with it, or NULL. */

static const char *
value_counts(struct door *d)
{
	if (d->values == DOOR_VALUES)
		return "there are more than 256 values in one object";
	d->values++;
	return NULL;
}

static const char *
container_begins(struct door *d, unsigned char bracket)
{
	if (d->depth == DOOR_DEPTH)
		return "containers are nested more than 8 deep";
	if (d->containers == DOOR_CONTAINERS)
		return "there are more than 64 containers in one object";
	d->containers++;
	d->stack[d->depth] = (char)bracket;
	d->first[d->depth] = d->keys;
	d->depth++;
	d->state = bracket == '{' ? FIRST_KEY : FIRST_ELEMENT;
	return NULL;
}

static const char *
container_ends(struct door *d, unsigned char bracket)
{
	if (d->stack[d->depth - 1] != (bracket == '}' ? '{' : '['))
		return "a bracket closes what another kind opened";
	d->depth--;
	d->keys = d->first[d->depth];
	d->state = AFTER;
	return NULL;
}

static void
string_begins(struct door *d, bool key)
{
	d->key = key;
	d->hash = UINT64_C(0xcbf29ce484222325);
	d->state = STRING;
}

static const char *
string_ends(struct door *d)
{
	if (!d->key) {
		d->state = AFTER;
		return NULL;
	}
	for (unsigned i = d->first[d->depth - 1]; i < d->keys; i++)
		if (d->seen[i] == d->hash)
			return "the same key stands twice in one object";
	/* Fits: every key but the newest has had its value counted, and so has the object. */
	d->seen[d->keys++] = d->hash;
	d->state = COLON;
	return NULL;
}

static const char *
string_char(struct door *d, unsigned char ch)
{
	if (ch == '"')
		return string_ends(d);
	if (ch == '\\') {
		d->state = ESCAPE;
		return NULL;
	}
	if (ch == '\0')
		return "a string contains a raw NUL";
	if (ch < 0x20)
		return "a string contains a raw control character";
	if (d->key)
		hash_byte(d, ch);
	if (ch < 0x80)
		return NULL;
	if (ch < 0xc2 || ch > 0xf4)
		return "a string is not valid UTF-8";
	d->count = ch < 0xe0 ? 1 : ch < 0xf0 ? 2 : 3;
	/* RFC 3629, section 4: the second byte alone tells overlong, surrogate and too large.
	 */
	d->lo = ch == 0xe0 ? 0xa0 : ch == 0xf0 ? 0x90 : 0x80;
	d->hi = ch == 0xed ? 0x9f : ch == 0xf4 ? 0x8f : 0xbf;
	d->state = UTF8;
	return NULL;
}

static const char *
utf8_byte(struct door *d, unsigned char ch)
{
	if (ch < d->lo || ch > d->hi)
		return "a string is not valid UTF-8";
	if (d->key)
		hash_byte(d, ch);
	d->lo = 0x80;
	d->hi = 0xbf;
	if (--d->count == 0)
		d->state = STRING;
	return NULL;
}

static const char *
escaped(struct door *d, unsigned char ch)
{
	unsigned cp;

	switch (ch) {
	case '"':
	case '\\':
	case '/':
		cp = ch;
		break;
	case 'b':
		cp = '\b';
		break;
	case 'f':
		cp = '\f';
		break;
	case 'n':
		cp = '\n';
		break;
	case 'r':
		cp = '\r';
		break;
	case 't':
		cp = '\t';
		break;
	case 'u':
		d->high = 0;
		d->cp = 0;
		d->count = 4;
		d->state = HEX;
		return NULL;
	default:
		return "a string contains an unknown escape";
	}
	if (d->key)
		hash_byte(d, cp);
	d->state = STRING;
	return NULL;
}

static const char *
door_hex(struct door *d, unsigned char ch)
{
	unsigned digit;
	bool low;

	if (ch >= '0' && ch <= '9')
		digit = ch - '0';
	else if ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'f')
		digit = (ch | 0x20) - 'a' + 10U;
	else
		return "a \\u is not followed by four hexadecimal digits";
	d->cp = d->cp << 4 | digit;
	if (--d->count > 0)
		return NULL;
	if (d->cp == 0)
		return "a string contains \\u0000";
	low = d->cp >= 0xdc00 && d->cp <= 0xdfff;
	if (low != (d->high != 0))
		return "a string contains half a surrogate pair";
	if (d->cp >= 0xd800 && d->cp <= 0xdbff) {
		d->high = (uint16_t)d->cp;
		d->state = LOW_ESCAPE;
		return NULL;
	}
	if (low)
		d->cp = 0x10000 + ((uint32_t)(d->high - 0xd800) << 10) + (d->cp - 0xdc00);
	if (d->key)
		hash_char(d, d->cp);
	d->state = STRING;
	return NULL;
}

static const char *
digit_counts(struct door *d, unsigned char ch)
{
	d->num = d->num * 10 + (ch - '0');
	if (d->num > NUMBER_MAX)
		return "a number is not an integer within 2^53";
	d->state = DIGITS;
	return NULL;
}

static const char *
number_begins(struct door *d, unsigned char ch)
{
	d->num = 0;
	if (ch == '0') {
		d->state = ZERO;
		return NULL;
	}
	return digit_counts(d, ch);
}

static const char *
value_begins(struct door *d, unsigned char ch)
{
	const char *why = value_counts(d);

	if (why != NULL)
		return why;
	switch (ch) {
	case '{':
	case '[':
		return container_begins(d, ch);
	case '"':
		string_begins(d, false);
		return NULL;
	case '-':
		d->state = MINUS;
		return NULL;
	case '0' ... '9':
		return number_begins(d, ch);
	case 't':
		d->literal = "rue";
		break;
	case 'f':
		d->literal = "alse";
		break;
	case 'n':
		d->literal = "ull";
		break;
	default:
		return "a value was expected";
	}
	d->state = LITERAL;
	return NULL;
}

static const char *
after_value(struct door *d, unsigned char ch)
{
	if (is_space(ch))
		return NULL;
	if (ch == ',') {
		d->state = d->stack[d->depth - 1] == '{' ? KEY : VALUE;
		return NULL;
	}
	if (ch == '}' || ch == ']')
		return container_ends(d, ch);
	return "a comma or a closing bracket was expected";
}

static const char *
after_number(struct door *d, unsigned char ch)
{
	if (ch == '.' || ch == 'e' || ch == 'E')
		return "a number is not an integer within 2^53";
	d->state = AFTER;
	return after_value(d, ch);
}

/* One byte inside an object. */
static const char *
step(struct door *d, unsigned char ch)
{
	switch ((enum state)d->state) {
	case FIRST_KEY:
		if (ch == '}')
			return container_ends(d, ch);
		/* fall through */
	case KEY:
		if (ch == '"')
			string_begins(d, true);
		else if (!is_space(ch))
			return "a key in double quotes was expected";
		return NULL;
	case COLON:
		if (ch == ':')
			d->state = VALUE;
		else if (!is_space(ch))
			return "a colon was expected";
		return NULL;
	case FIRST_ELEMENT:
		if (ch == ']')
			return container_ends(d, ch);
		/* fall through */
	case VALUE:
		return is_space(ch) ? NULL : value_begins(d, ch);
	case AFTER:
		return after_value(d, ch);
	case STRING:
		return string_char(d, ch);
	case UTF8:
		return utf8_byte(d, ch);
	case ESCAPE:
		return escaped(d, ch);
	case HEX:
		return door_hex(d, ch);
	case LOW_ESCAPE:
		d->state = LOW_U;
		return ch == '\\' ? NULL : "a string contains half a surrogate pair";
	case LOW_U:
		d->cp = 0;
		d->count = 4;
		d->state = HEX;
		return ch == 'u' ? NULL : "a string contains half a surrogate pair";
	case MINUS:
		if (ch < '0' || ch > '9')
			return "a minus is not followed by a digit";
		return number_begins(d, ch);
	case ZERO:
		if (ch >= '0' && ch <= '9')
			return "a number begins with a needless zero";
		return after_number(d, ch);
	case DIGITS:
		if (ch >= '0' && ch <= '9')
			return digit_counts(d, ch);
		return after_number(d, ch);
	case LITERAL:
		if (ch != (unsigned char)*d->literal)
			return "a word is not true, false or null";
		if (*++d->literal == '\0')
			d->state = AFTER;
		return NULL;
	case BETWEEN:
	case SKIP:
	case SKIP_NUL:
		break;
	}
	__builtin_unreachable();
}

/* Skips what stands before an object; returns where it begins, or end. */
static const unsigned char *
find_object(struct door *d, const unsigned char *s, const unsigned char *end)
{
	for (; s < end; s++) {
		unsigned char ch = *s;

		if (ch == '\n')
			d->state = BETWEEN;
		else if (ch == '\0' && d->state == SKIP)
			d->state = SKIP_NUL;
		else if (d->state == SKIP || ch == '\0' || is_space(ch))
			continue;
		else if (d->state == BETWEEN || ch == '{')
			break;
		else
			d->state = SKIP;
	}
	return s;
}

/* Continues an object up to the byte that decides. */
static enum door_verdict
scan_object(struct door *d, const unsigned char **at, const unsigned char *end)
{
	const unsigned char *s = *at;
	enum door_verdict verdict = DOOR_MORE;

	while (s < end && verdict == DOOR_MORE) {
		if (d->state == STRING) {
			if (d->key)
				for (; s < end && plain[*s]; s++)
					hash_byte(d, *s);
			else
				while (s < end && plain[*s])
					s++;
			if (s == end)
				break;
		}
		d->why = step(d, *s++);
		if (d->why != NULL)
			verdict = DOOR_BAD;
		else if (d->depth == 0)
			verdict = DOOR_OBJECT;
	}
	*at = s;
	return verdict;
}

static void
skip_line(struct door *d, unsigned char offending)
{
	d->len = 0;
	d->state = offending == '\n' ? BETWEEN : offending == '\0' ? SKIP_NUL : SKIP;
}

void
door_init(struct door *d)
{
	d->len = 0;
	d->why = NULL;
	d->state = BETWEEN;
}

enum door_verdict
door_scan(struct door *d, const char *p, size_t n, size_t limit, size_t *used)
{
	const unsigned char *s = (const unsigned char *)p, *end, *from;
	enum door_verdict verdict;
	size_t room;

	*used = n;
	if (d->state < FIRST_KEY)
		d->len = 0;
	if (n == 0)
		return DOOR_MORE;
	end = s + n;
	if (d->state < FIRST_KEY) {
		s = find_object(d, s, end);
		if (s == end)
			return DOOR_MORE;
		if (*s != '{') {
			d->why = *s == 0xef ? "an object was expected, not a byte order mark"
					    : "an object was expected";
			skip_line(d, *s++);
			*used = (size_t)(s - (const unsigned char *)p);
			return DOOR_BAD;
		}
		d->state = VALUE;
		d->depth = d->containers = 0;
		d->values = d->keys = 0;
	}
	room = limit > d->len ? limit - d->len : 1;
	from = s;
	verdict = scan_object(d, &s, room < (size_t)(end - s) ? s + room : end);
	d->len += (size_t)(s - from);
	/* The last byte the limit allows decides: the caller never needs room for one more. */
	if (d->len > limit || (d->len == limit && verdict == DOOR_MORE))
		verdict = DOOR_LARGE;
	if (verdict == DOOR_OBJECT)
		d->state = BETWEEN;
	else if (verdict != DOOR_MORE)
		skip_line(d, s[-1]);
	*used = (size_t)(s - (const unsigned char *)p);
	return verdict;
}
