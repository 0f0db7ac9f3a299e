/* SPDX-License-Identifier: ISC */
/* jstring - a JSON string as it arrives: strict UTF-8 (RFC 3629), no raw byte < 0x20, no U+0000, no half of a surrogate pair. */
#ifndef JSTRING_H
#define JSTRING_H

#include <stdbool.h>
#include <stdint.h>

struct jstring {
	uint64_t hash; /* of a key: "\u0061" and "a" are the same */
	uint32_t cp;   /* the character that has begun */
	uint16_t high; /* the high surrogate before it, or 0 */
	uint8_t state;
	uint8_t count;  /* bytes or digits the character still needs */
	uint8_t lo, hi; /* what the next byte of UTF-8 may be */
	bool key;
};

/* Behind the quote. */
void jstring_begin(struct jstring *js, bool key);
/* Returns where the quote stands that ends it, or end; or what is behind a byte that is wrong, and *why. */
const unsigned char *jstring_scan(struct jstring *js, const unsigned char *s, const unsigned char *end, const char **why);

#endif
