/* SPDX-License-Identifier: ISC */
/* mem - allocation that ends the process instead of failing: one session per process makes that safe. */
#ifndef MEM_H
#define MEM_H

#include <stddef.h>

/* First of all, in main(). The program may begin again, with the same arguments. */
void mem_begin(char **argv);

/* Caller frees. */
void *mem_alloc(size_t n); /* zeroed */
void *mem_realloc(void *p, size_t n);
char *mem_strdup(const char *s);

/*
 * Zeroed memory that processes forked from here share. *fd: by which another program can map it, too; if it is one already,
 * that is mapped, and may be of another size or be something else: NULL.
 */
void *mem_shared(const char *name, size_t n, int *fd);

/*
 * From here on the process gets so many bytes more than it has, at most. Not where a sanitizer wants an address space
 * for itself.
 */
void mem_limit(size_t more);

/*
 * Of a table that begins on a page: in a forked process that does not use it. What its parent then writes into the table would
 * leave it a copy of its own.
 */
#define MEM_PAGE 4096
#define mem_drop(table) mem_drop_pages(&(table), sizeof(table))
void mem_drop_pages(void *p, size_t n);

/* For the same reason: pieces, all of one size of at most 64 KiB, that forked processes do not have. Dies without memory. */
struct mem_own {
	void *free;
};
void *mem_own(struct mem_own *o, size_t n); /* zeroed */
void mem_disown(struct mem_own *o, void *p);

/* Before forking: takes what is free between pieces in use. What children need would lie there, on many pages, each copied. */
void mem_fill_gaps(void);

/* Gives back what a busy time took: free pages of the heap, and of the stack what is deeper than the caller. */
void mem_trim(void);

#endif
