/* SPDX-License-Identifier: ISC */
/*
 * jw - writes JSON into a buf. Commas place themselves: one is needed exactly
 * when the byte before is not one of { [ : so the writer keeps no state.
 * key NULL: an element of an array.
 */
#ifndef JW_H
#define JW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

void jw_open(struct buf *b, const char *key, char bracket); /* '{' or '[' */
void jw_close(struct buf *b, char bracket);                 /* '}' or ']' */
void jw_str(struct buf *b, const char *key, const char *s);
void jw_strn(struct buf *b, const char *key, const char *s, size_t n); /* valid UTF-8 */
void jw_int(struct buf *b, const char *key, int64_t v);
void jw_bool(struct buf *b, const char *key, bool v);
void jw_null(struct buf *b, const char *key);
/* json is one finished value, copied as it is. */
void jw_raw(struct buf *b, const char *key, const char *json, size_t n);
/* {"id":…,"name":"…"}: how the protocol shows a user or a group. */
void jw_named(struct buf *b, const char *key, int64_t id, const char *name);

#endif
