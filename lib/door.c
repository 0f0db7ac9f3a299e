/* SPDX-License-Identifier: ISC */
#include "lib/door.h"

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
	MINUS,
	ZERO,
	DIGITS,
	LITERAL,
};

static bool
is_space(unsigned char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

/* The functions from here to step() take one byte and return what is wrong with it, or NULL. */

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
	jstring_begin(&d->string, key);
	d->state = STRING;
}

static const char *
string_ends(struct door *d)
{
	if (!d->string.key) {
		d->state = AFTER;
		return NULL;
	}
	for (unsigned i = d->first[d->depth - 1]; i < d->keys; i++)
		if (d->seen[i] == d->string.hash)
			return "the same key stands twice in one object";
	/* Fits: every key but the newest has had its value counted, and so has the object. */
	d->seen[d->keys++] = d->string.hash;
	d->state = COLON;
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
	if (d->values == DOOR_VALUES)
		return "there are more than 256 values in one object";
	d->values++;
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
		return string_ends(d);
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
		d->why = NULL;
		if (d->state == STRING)
			s = jstring_scan(&d->string, s, end, &d->why);
		if (d->why == NULL && s < end)
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
