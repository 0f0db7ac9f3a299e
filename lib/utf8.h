/* SPDX-License-Identifier: ISC */
/* utf8 - strict UTF-8 (RFC 3629) and what of it may reach a terminal. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/* How many bytes follow a first one >= 0x80, the next of them within *lo and *hi; 0: nothing begins so. */
unsigned utf8_more(unsigned char first, unsigned char *lo, unsigned char *hi);

/*
 * Decodes the sequence at s (n > 0 bytes left) into *cp. Returns its length,
 * 1 to 4, or 0 if it is not valid UTF-8 (overlong, surrogate, > U+10FFFF, cut).
 */
size_t utf8_decode(const char *s, size_t n, uint32_t *cp);

/* Number of code points of s, or -1 if it is not valid UTF-8. */
long utf8_count(const char *s, size_t n);

/* The longest prefix of s of at most max bytes that does not cut a character, in bytes. */
size_t utf8_fit(const char *s, size_t n, size_t max);

/*
 * Appends s, safe for a terminal: C0 (LF and TAB too), DEL, C1, what turns the direction
 * of writing, what cannot be seen, and bytes that are no UTF-8 appear as \u{hex}.
 */
void utf8_safe(struct buf *out, const char *s, size_t n);

#endif
