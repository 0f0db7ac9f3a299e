/* SPDX-License-Identifier: ISC */
/* fuzz - what every fuzz target needs: something that must be true, and for those that make up their input, dice. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(what)                                                                      \
	do {                                                                                \
		if (!(what)) {                                                                  \
			fprintf(stderr, "%s: not true: %s\n", __FILE__, #what);                     \
			abort();                                                                    \
		}                                                                               \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint64_t dice_seed; /* the same input for the same one */

static inline size_t
dice(size_t n)
{
	dice_seed = dice_seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(dice_seed >> 33) % n;
}

#endif
