/* SPDX-License-Identifier: ISC */
/* show - what came from the server, made fit for a terminal. */
#ifndef SHOW_H
#define SHOW_H

#include <stddef.h>

#include "lib/buf.h"

/* JSON text as it is, but what a terminal might obey is written \uXXXX: still the same value. */
void show_json(struct buf *out, const char *json, size_t n);

#endif
