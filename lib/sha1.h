/* SPDX-License-Identifier: ISC */
/* sha1 - for WebSocket's handshake, which wants it; it keeps nothing secret. (OpenSSL's would cost a session its start.) */
#ifndef SHA1_H
#define SHA1_H

#include <stddef.h>

#define SHA1_BYTES 20

void sha1(const void *p, size_t n, unsigned char hash[SHA1_BYTES]);

#endif
