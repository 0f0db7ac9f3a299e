/* SPDX-License-Identifier: ISC */
#include "lib/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/log.h"

/*
 * What is freed in small pieces glibc keeps in lists that nothing empties (tcache), on pages which otherwise would be given
 * back or filled again. Only the environment can say no to that, and before the program begins: so it begins once more.
 */
void
mem_begin(char **argv)
{
	char path[PATH_MAX];
	ssize_t n;

	if (getenv("GLIBC_TUNABLES") != NULL || getauxval(AT_SECURE) != 0)
		return;
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n <= 0 || setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 0) < 0)
		return;
	path[n] = '\0';
	execv(path, argv);
}

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

void *
mem_shared(const char *name, size_t n, int *fd)
{
	bool ours = *fd < 0;
	struct stat st;
	void *p;

	if (ours && ((*fd = memfd_create(name, MFD_CLOEXEC)) < 0 || ftruncate(*fd, (off_t)n) < 0))
		die(EX_OSERR, "memfd", "why=%s", strerror(errno));
	if (fstat(*fd, &st) < 0 || st.st_size < (off_t)n)
		return NULL;
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, *fd, 0);
	if (p == MAP_FAILED && ours)
		die(EX_OSERR, "mmap", "why=%s", strerror(errno));
	return p != MAP_FAILED ? p : NULL;
}

/* Without stdio, which would write to memory that children share. */
void
mem_limit(size_t more)
{
	char text[64] = "";
#ifdef SANITIZED
	int fd = -1;
#else
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
#endif
	bool known = fd >= 0 && read(fd, text, sizeof(text) - 1) > 0;
	rlim_t most = known ? strtoul(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) + more : 0;

	if (fd >= 0)
		close(fd);
	if (known && setrlimit(RLIMIT_AS, &(struct rlimit){most, most}) < 0)
		log_warn("memory_limit", "why=%s", strerror(errno));
}

void
mem_drop_pages(void *p, size_t n)
{
	madvise(p, n / MEM_PAGE * MEM_PAGE, MADV_DONTNEED);
}

#define OWN_BYTES (64 * 1024)

static void
own_more(struct mem_own *o, size_t n)
{
	char *p = mmap(NULL, OWN_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, OWN_BYTES, MADV_DONTFORK) < 0)
		die(EX_OSERR, "mmap", "why=%s", strerror(errno));
	for (size_t i = 0; i + n <= OWN_BYTES; i += n)
		mem_disown(o, p + i);
}

void *
mem_own(struct mem_own *o, size_t n)
{
	void *p;

	if (o->free == NULL)
		own_more(o, n);
	p = o->free;
	assert(p != NULL); /* a piece is smaller than what is fetched at once */
	memcpy(&o->free, p, sizeof(o->free));
	return memset(p, 0, n);
}

void
mem_disown(struct mem_own *o, void *p)
{
	memcpy(p, &o->free, sizeof(o->free));
	o->free = p;
}

#define LARGEST 65536
#define SMALLEST 16

void
mem_fill_gaps(void)
{
	static void *taken; /* never freed: a list of them, which for a leak checker is no leak */
	struct mallinfo2 m = mallinfo2();
	uintptr_t top = (uintptr_t)sbrk(0) - m.keepcost;
	size_t left = m.fordblks - m.keepcost;

	for (size_t n = LARGEST; n >= SMALLEST; n /= 2)
		while (left >= n) {
			void *p = mem_alloc(n);

			if ((uintptr_t)p >= top) {
				free(p);
				break;
			}
			memcpy(p, &taken, sizeof(taken));
			taken = p;
			left -= n;
		}
}

/* The kernel keeps free below the stack as much as the stack may grow, so nothing else is there. */
#define DEEPEST (256 * 1024)
#define CALLS 512 /* for those from here */

void
mem_trim(void)
{
	uintptr_t below = ((uintptr_t)__builtin_frame_address(0) - CALLS) & ~(uintptr_t)(MEM_PAGE - 1);

	malloc_trim(0);
	madvise((void *)(below - DEEPEST), DEEPEST, MADV_DONTNEED);
}
