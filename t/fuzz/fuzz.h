/* SPDX-License-Identifier: ISC */
/* fuzz - what every fuzz target needs: something that must be true of its input, and for those that make it up, dice. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const uint8_t *current; /* what is being looked at; NULL: libFuzzer keeps it */
static size_t current_n;

static inline void
show(void)
{
	for (size_t i = 0; current != NULL && i < current_n; i++)
		if (current[i] >= 0x20 && current[i] < 0x7f && current[i] != '\\')
			fputc(current[i], stderr);
		else
			fprintf(stderr, "\\x%02x", current[i]);
	fputc('\n', stderr);
}

#define MUST(what)                                                   \
	do {                                                             \
		if (!(what)) {                                               \
			fprintf(stderr, "%s: not true: %s\n", __FILE__, #what); \
			show();                                                  \
			abort();                                                 \
		}                                                            \
	} while (0)

static uint64_t dice_seed; /* the same input for the same one */

static inline size_t
dice(size_t n)
{
	dice_seed = dice_seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(dice_seed >> 33) % n;
}

#endif
