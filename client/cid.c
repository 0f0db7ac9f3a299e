/* SPDX-License-Identifier: ISC */
#include "client/cid.h"

#include <assert.h>
#include <stdio.h>
#include <sys/random.h>

void
cid_make(char cid[CID_SIZE])
{
	unsigned char r[16];
	ssize_t n = getrandom(r, sizeof(r), 0);

	assert(n == (ssize_t)sizeof(r)); /* up to 256 bytes always come whole: getrandom(2) */
	for (int i = 0; i < 16; i++)
		snprintf(cid + 2 * i, 3, "%02x", r[i]);
}
