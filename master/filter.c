/* SPDX-License-Identifier: ISC */
#include "master/filter.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE AUDIT_ARCH_RISCV64
#else
#error "which AUDIT_ARCH is this? See linux/audit.h"
#endif

/* The highest that this program was built to know. */
#ifdef SYS_cachestat
#define NEWEST SYS_cachestat
#elif defined(SYS_set_mempolicy_home_node)
#define NEWEST SYS_set_mempolicy_home_node
#else
#define NEWEST SYS_landlock_restrict_self
#endif

/* What every role does: read and write what is open, dial, wait, think. */
static const short common[] = {SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_close, SYS_lseek, SYS_fstat,
    SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_fcntl, SYS_dup, SYS_recvfrom, SYS_recvmsg,
    SYS_recvmmsg, SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_connect, SYS_bind, SYS_getsockname, SYS_getpeername,
    SYS_getsockopt, SYS_setsockopt, SYS_shutdown, SYS_ppoll, SYS_pselect6, SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk,
    SYS_mlock, SYS_munlock, SYS_futex, SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid,
    SYS_getegid, SYS_getrandom, SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
    SYS_uname, SYS_sysinfo, SYS_prlimit64, SYS_getrusage, SYS_times, SYS_sched_yield, SYS_sched_getaffinity, SYS_rt_sigaction,
    SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigtimedwait, SYS_sigaltstack, SYS_restart_syscall,
    SYS_set_robust_list, SYS_rseq, SYS_exit, SYS_exit_group,
#ifdef SYS_open /* those that newer machines do without */
    SYS_poll, SYS_select, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_time, SYS_getrlimit,
#endif
};

/*
 * The master has children, listeners and, when it hands over, another program, which begins within the same list; of what
 * clients say a PROXY header comes near it, and nothing else.
 */
static const short masters[] = {SYS_clone, SYS_clone3, SYS_wait4, SYS_waitid, SYS_execve, SYS_kill, SYS_tgkill, SYS_socketpair,
    SYS_listen, SYS_accept4, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_dup3, SYS_close_range, SYS_pipe2,
    SYS_memfd_create, SYS_ftruncate, SYS_unlinkat, SYS_getdents64, SYS_getcwd, SYS_getpgid, SYS_prctl, SYS_seccomp,
    SYS_landlock_create_ruleset, SYS_landlock_restrict_self, SYS_set_tid_address, SYS_ioctl, SYS_mmap, SYS_mprotect,
    SYS_membarrier,
#ifdef SYS_open
    SYS_arch_prctl, SYS_fork, SYS_vfork, SYS_epoll_wait, SYS_dup2, SYS_pipe, SYS_unlink, SYS_getpgrp,
#endif
};

/* What may be done with these arguments only: (argument & mask) is one of these, the first of which may be 0. */
static const struct rule {
	short nr, arg;
	uint32_t mask;
	int values;
	uint32_t value[5];
	bool master; /* the master may, too, with these alone */
} rules[] = {
    /* Reading. Where names are looked up, what dials PostgreSQL and Redis. */
    {SYS_openat, 2, O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), 1, {O_RDONLY}, true},
#ifdef SYS_open
    {SYS_open, 1, O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), 1, {O_RDONLY}, true},
#endif
    {SYS_mmap, 2, PROT_EXEC, 1, {0}, false},
    {SYS_mprotect, 2, PROT_EXEC, 1, {0}, false},
    {SYS_ioctl, 1, ~0U, 4, {FIONREAD, FIONBIO, TCGETS, TIOCOUTQ}, false}, /* the last: SIOCOUTQ of a socket */
    {SYS_prctl, 0, ~0U, 3, {PR_SET_NAME, PR_SET_DUMPABLE, PR_GET_DUMPABLE}, false},
    {SYS_kill, 1, ~0U, 1, {0}, false}, /* whether somebody lives */
};

static void
emit(struct filter *f, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	assert(f->n < FILTER_MAX);
	f->code[f->n++] = (struct sock_filter){code, yes, no, k};
}

static void
load(struct filter *f, size_t at)
{
	emit(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0);
}

/* The low half: flags and numbers that the kernel takes for an int. */
static void
load_arg(struct filter *f, int arg)
{
	load(f, offsetof(struct seccomp_data, args) + (size_t)arg * 8 + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0));
}

static void
end(struct filter *f, uint32_t action)
{
	emit(f, BPF_RET | BPF_K, action, 0, 0);
}

static void
allow_if(struct filter *f, uint32_t value)
{
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	end(f, SECCOMP_RET_ALLOW);
}

static void
allow_all(struct filter *f, const short *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		allow_if(f, (uint32_t)list[i]);
}

/* What follows is for this call; returns what has to know where it ends. */
static size_t
begin_call(struct filter *f, int nr)
{
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 0);
	return f->n - 1;
}

static void
end_call(struct filter *f, size_t begun)
{
	end(f, SECCOMP_RET_TRAP);
	f->code[begun].jf = (uint8_t)(f->n - begun - 1);
}

static void
add_rule(struct filter *f, const struct rule *r)
{
	size_t begun = begin_call(f, r->nr);

	load_arg(f, r->arg);
	if (r->mask != ~0U)
		emit(f, BPF_ALU | BPF_AND | BPF_K, r->mask, 0, 0);
	for (int i = 0; i < r->values; i++)
		allow_if(f, r->value[i]);
	end_call(f, begun);
}

/*
 * Streams and datagrams of the families in which there are servers, and routing tables for getaddrinfo(). near: both are at
 * Unix sockets.
 */
static void
add_socket(struct filter *f, bool near)
{
	static const uint32_t families[] = {AF_UNIX, AF_INET, AF_INET6};
	size_t n = near ? 1 : 3, begun = begin_call(f, SYS_socket);
	uint8_t others = near ? 1 : 5; /* instructions for the others */

	load_arg(f, 0);
	for (size_t i = 0; i < n; i++)
		emit(f, BPF_JMP | BPF_JEQ | BPF_K, families[i], (uint8_t)(n - 1 - i + others), 0);
	if (!near) {
		emit(f, BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 3);
		load_arg(f, 2);
		allow_if(f, NETLINK_ROUTE);
	}
	end(f, SECCOMP_RET_TRAP);
	load_arg(f, 1);
	emit(f, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0); /* without SOCK_CLOEXEC and SOCK_NONBLOCK */
	allow_if(f, SOCK_STREAM);
	allow_if(f, SOCK_DGRAM);
	end_call(f, begun);
}

/* To itself: abort() and raise(). */
static void
add_signals(struct filter *f)
{
	size_t begun = begin_call(f, SYS_tgkill);

	load_arg(f, 0);
	f->self = f->n;
	allow_if(f, 0);
	end_call(f, begun);
}

void
filter_build(struct filter *f, enum role role, bool near)
{
	bool master = role == ROLE_MASTER;

	f->n = f->self = 0;
	load(f, offsetof(struct seccomp_data, arch));
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
	end(f, SECCOMP_RET_KILL_PROCESS);
	load(f, offsetof(struct seccomp_data, nr));
	emit(f, BPF_JMP | BPF_JGT | BPF_K, NEWEST, 0, 1);
	end(f, SECCOMP_RET_ERRNO | 38 /* ENOSYS */);
	allow_all(f, common, sizeof(common) / sizeof(*common));
	if (master)
		allow_all(f, masters, sizeof(masters) / sizeof(*masters));
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (!master || rules[i].master)
			add_rule(f, &rules[i]);
	if (!master)
		add_signals(f);
	add_socket(f, near && !master);
	end(f, SECCOMP_RET_TRAP);
}
