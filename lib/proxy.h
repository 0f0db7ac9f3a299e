/* SPDX-License-Identifier: ISC */
/*
 * proxy - the header by which a proxy says whose connection it passes on: the PROXY protocol
 * of haproxy, versions 1 and 2 (proxy-protocol.txt). Strict: what is not exactly one is none.
 */
#ifndef PROXY_H
#define PROXY_H

#include <stddef.h>

#include "lib/address.h"

#define PROXY_MAX 536 /* version 1 has at most 107 bytes; of version 2 this leaves 520 for addresses and extensions */

/*
 * Looks at the first n bytes of a connection. > 0: they begin with a header of so many
 * bytes; 0: more bytes may make it one; -1: it is none. *from is then the client's
 * address, or stays as it was where the proxy speaks for itself or does not know.
 */
int proxy_parse(const char *p, size_t n, struct address *from);

#endif
