/* SPDX-License-Identifier: ISC */
/*
 * What is freed is wiped: by us, and by libpq, json-c, hiredis and libsodium where they are linked in (--wrap=free), whose
 * buffers have seen passwords, tokens and hashes. Not of so much that nobody has written into most of it.
 */
#include <malloc.h>
#include <string.h>

#define MUCH (1024 * 1024)

void __real_free(void *p);
void __wrap_free(void *p);

void
__wrap_free(void *p)
{
	if (p != NULL && malloc_usable_size(p) < MUCH)
		explicit_bzero(p, malloc_usable_size(p));
	__real_free(p);
}
