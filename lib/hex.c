/* SPDX-License-Identifier: ISC */
#include "lib/hex.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>

#include "lib/log.h"

static const char digits[] = "0123456789abcdef";

static void
hex_encode(char *text, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		*text++ = digits[p[i] >> 4];
		*text++ = digits[p[i] & 15];
	}
	*text = '\0';
}

int
hex_digit(char ch)
{
	const char *at = ch != '\0' ? strchr(digits, ch >= 'A' && ch <= 'F' ? ch + 32 : ch) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

void
hex_random(char *text, size_t n)
{
	unsigned char bits[HEX_RANDOM_MAX];
	ssize_t got;

	assert(n <= sizeof(bits));
	got = getrandom(bits, n, 0); /* up to 256 bytes always come whole: getrandom(2) */
	if (got != (ssize_t)n)
		die(EX_OSERR, "getrandom", "why=%s", strerror(errno));
	hex_encode(text, bits, n);
}
