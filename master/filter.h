/* SPDX-License-Identifier: ISC */
/*
 * filter - which system calls a process may make: seccomp's programs, one for each role. A list of
 * what is allowed; everything else is trapped. What is newer than this program's kernel headers does
 * not exist (ENOSYS), as libraries that try it expect.
 */
#ifndef FILTER_H
#define FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

enum role { ROLE_MASTER, ROLE_KEEPER, ROLE_SESSION, ROLES };

#define FILTER_MAX 512

struct filter {
	struct sock_filter code[FILTER_MAX];
	size_t n;
	size_t self; /* where the number of the process is to stand; 0: nowhere */
};

/* near: PostgreSQL and Redis are at Unix sockets, and children dial nothing else. */
void filter_build(struct filter *f, enum role role, bool near);

#endif
