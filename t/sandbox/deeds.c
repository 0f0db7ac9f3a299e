/* SPDX-License-Identifier: ISC */
/*
 * Processes that somebody has taken over: at SIGWINCH each does what the file $DEEDS tells it, "WORD PATH", and the log says
 * what came of it. Linked to what chatd is made of; t/31-sandbox.t gives the orders.
 *
 *	lvl=info ev=deed pid=17 do=write got=3 why=Success
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"

static char orders[200];

static long
do_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static long
do_exec(const char *path)
{
	return execl("/bin/sh", "sh", "-c", ": >\"$0\"", path, (char *)NULL);
}

static long
do_listen(void)
{
	return listen(socket(AF_UNIX, SOCK_STREAM, 0), 1);
}

static long
do_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? 0 : -1;
}

/* More than a session gets. */
static long
do_grow(void)
{
	for (int i = 0; i < 300; i++)
		memset(mem_alloc(1 << 20), 1, 1 << 20);
	return 0;
}

#ifndef __clang__ /* to take memory and keep it is the deed; and this handler does what no other should */
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#pragma GCC diagnostic ignored "-Wanalyzer-unsafe-call-within-signal-handler"
#endif
/* Takes what there is but for so many KiB, with which the others have to do. */
static long
do_hoard(const char *kib)
{
	size_t rest = (size_t)atoi(kib) * 1024;
	void *left = mem_alloc(rest + 1);

	for (size_t n = 1 << 20; n >= 16; n /= 2)
		while (malloc(n) != NULL) /* cppcheck-suppress leakReturnValNotUsed ; that is the deed */
			;
	free(left);
	return (long)rest;
}

#define DEEDS(X)                                                                                 \
	X(read, open(path, O_RDONLY))                                                                \
	X(dial, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))                      \
	X(alive, kill(getppid(), 0))                                                                 \
	X(future, syscall(4000))                                                                     \
	X(grow, do_grow())                                                                           \
	X(hoard, do_hoard(path))                                                                     \
	X(fork, do_fork())                                                                           \
	X(exec, do_exec(path))                                                                       \
	X(write, open(path, O_WRONLY))                                                               \
	X(append, open(path, O_RDWR | O_APPEND))                                                     \
	X(create, open(path, O_RDONLY | O_CREAT, 0600))                                              \
	X(nameless, open("/tmp", O_RDWR | O_TMPFILE, 0600))                                          \
	X(remove, unlink(path))                                                                      \
	X(chmod, chmod(path, 0777))                                                                  \
	X(directory, mkdir(path, 0700))                                                              \
	X(listen, do_listen())                                                                       \
	X(internet, socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0))                                  \
	X(packet, socket(AF_PACKET, SOCK_RAW, 0))                                                    \
	X(raw, socket(AF_INET, SOCK_RAW, 1))                                                         \
	X(netlink, socket(AF_NETLINK, SOCK_RAW, 4))                                                  \
	X(alg, socket(AF_ALG, SOCK_SEQPACKET, 0))                                                    \
	X(ptrace, ptrace(PTRACE_PEEKUSER, getppid(), NULL, NULL))                                    \
	X(signal, kill(getppid(), SIGCONT))                                                          \
	X(memory, syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0))                     \
	X(code, do_code())                                                                           \
	X(root, setuid(0))                                                                           \
	X(bpf, syscall(SYS_bpf, 0, NULL, 0))                                                         \
	X(uring, syscall(SYS_io_uring_setup, 1, NULL))                                               \
	X(namespace, syscall(SYS_unshare, 0x10000000))

static long
do_deed(const char *word, const char *path)
{
	errno = 0;
#define X(deed, call)                                                                            \
	if (strcmp(word, #deed) == 0)                                                                \
		return call;
	DEEDS(X)
#undef X
	abort();
}

static void
on_order(int sig)
{
	char text[300], word[20], path[200];
	int fd = open(orders, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	long got;

	(void)sig;
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%19s %199s", word, path) != 2)
		abort();
	got = do_deed(word, path);
	log_info("deed", "do=%s got=%ld why=%s", word, got, strerror(errno));
}

/* Before title_init() writes over the environment. */
static void __attribute__((constructor))
wait_for_orders(void)
{
	snprintf(orders, sizeof(orders), "%s", getenv("DEEDS") != NULL ? getenv("DEEDS") : "");
	signal(SIGWINCH, on_order);
}
