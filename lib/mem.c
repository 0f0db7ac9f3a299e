/* SPDX-License-Identifier: ISC */
#include "lib/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

#include "lib/log.h"

void *
mem_alloc(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		die(EX_OSERR, "out_of_memory", "bytes=%zu", n);
	return p;
}

void *
mem_realloc(void *p, size_t n)
{
	p = realloc(p, n);
	if (p == NULL)
		die(EX_OSERR, "out_of_memory", "bytes=%zu", n);
	return p;
}

char *
mem_strdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(mem_alloc(n), s, n);
}

/* The kernel keeps free below the stack as much as the stack may grow, so nothing else is there. */
#define DEEPEST (256 * 1024)

void
mem_trim(void)
{
	uintptr_t below = ((uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)4095) - 4096; /* a page for the calls from here */

	malloc_trim(0);
	madvise((void *)(below - DEEPEST), DEEPEST, MADV_DONTNEED);
}
