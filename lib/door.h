/* SPDX-License-Identifier: ISC */
/*
 * door - what stands before json-c: an incremental validator that scans every
 * byte once, as it arrives, and finds the end of each JSON object.
 *
 * It lets through exactly the objects that RFC 8259 allows and that nothing
 * behind it can choke on: the top level is an object; depth <= 8; <= 64
 * containers and <= 256 values; strict UTF-8 (RFC 3629); no raw byte < 0x20 in
 * a string; no U+0000, no lone surrogate, no duplicate key in one object (keys
 * are compared after decoding); numbers are integers within +-2^53.
 *
 * Between objects white space and NULs are skipped. After a bad byte the input
 * is skipped to the next line end: LF, or a NUL whose next byte that is neither
 * white space nor NUL is '{' (clients that end objects with NUL never send LF).
 */
#ifndef DOOR_H
#define DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/jstring.h"

#define DOOR_DEPTH 8
#define DOOR_CONTAINERS 64
#define DOOR_VALUES 256

enum door_verdict {
	DOOR_MORE,   /* all bytes used, nothing complete yet */
	DOOR_OBJECT, /* the last d->len bytes up to and with the last used one are one valid object */
	DOOR_BAD,    /* not a valid object: d->why says what was wrong; the rest of the line is being skipped */
	DOOR_LARGE,  /* the object is longer than the limit; the connection should end */
};

struct door {
	size_t len;      /* bytes of the object begun so far; 0: between objects (or skipping) */
	const char *why; /* a sentence for a person, valid after DOOR_BAD */

	/* private to door.c */
	const char *literal; /* what is left of true, false, null */
	uint64_t num;        /* magnitude of the number so far */
	struct jstring string;
	uint16_t values, keys;
	uint8_t containers, depth;
	uint8_t state;
	char stack[DOOR_DEPTH];     /* '{' or '[' */
	uint16_t first[DOOR_DEPTH]; /* where in seen the keys of each open container begin */
	uint64_t seen[DOOR_VALUES]; /* hashes of the keys of all open objects */
};

void door_init(struct door *d);

/*
 * Scans up to n bytes at p, which continue what was scanned before; stops
 * behind the first byte that decides something. *used: bytes consumed (n for
 * DOOR_MORE). limit: the most bytes an object may have. After DOOR_OBJECT the
 * caller takes the d->len bytes before p + *used, then calls again with the rest.
 */
enum door_verdict door_scan(struct door *d, const char *p, size_t n, size_t limit, size_t *used);

#endif
