/* SPDX-License-Identifier: ISC */
#include "lib/mem.h"

#include <stdlib.h>
#include <string.h>
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
