/* SPDX-License-Identifier: ISC */
/*
 * A session that somebody has taken over: `ping` does what it is told, and answers what came of it.
 * Built in instead of handlers/ping.c; t/31-sandbox.t talks to it.
 *
 *	{"op":"ping","do":"write","path":"/tmp/x"}
 *	{"ok":true,"got":3,"why":"Success"}
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "handlers/ops.h"
#include "handlers/show.h"
#include "lib/jw.h"

static long
do_fork(const char *path)
{
	pid_t pid = fork();

	(void)path;
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
do_listen(const char *path)
{
	(void)path;
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}

static long
do_code(const char *path)
{
	(void)path;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? 0 : -1;
}

#define DEEDS(X)                                                                                 \
	X(read, open(path, O_RDONLY))                                                                \
	X(udp, socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0))                                      \
	X(alive, kill(getppid(), 0))                                                                 \
	X(future, syscall(4000))                                                                     \
	X(fork, do_fork(path))                                                                       \
	X(exec, do_exec(path))                                                                       \
	X(write, open(path, O_WRONLY))                                                               \
	X(append, open(path, O_RDWR | O_APPEND))                                                     \
	X(create, open(path, O_RDONLY | O_CREAT, 0600))                                              \
	X(nameless, open("/tmp", O_RDWR | O_TMPFILE, 0600))                                          \
	X(remove, unlink(path))                                                                      \
	X(chmod, chmod(path, 0777))                                                                  \
	X(directory, mkdir(path, 0700))                                                              \
	X(listen, do_listen(path))                                                                   \
	X(packet, socket(AF_PACKET, SOCK_RAW, 0))                                                    \
	X(raw, socket(AF_INET, SOCK_RAW, 1))                                                         \
	X(netlink, socket(AF_NETLINK, SOCK_RAW, 4))                                                  \
	X(alg, socket(AF_ALG, SOCK_SEQPACKET, 0))                                                    \
	X(ptrace, ptrace(PTRACE_PEEKUSER, getppid(), NULL, NULL))                                    \
	X(signal, kill(getppid(), SIGCONT))                                                          \
	X(memory, syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0))                     \
	X(code, do_code(path))                                                                       \
	X(root, setuid(0))                                                                           \
	X(bpf, syscall(SYS_bpf, 0, NULL, 0))                                                         \
	X(uring, syscall(SYS_io_uring_setup, 1, NULL))                                               \
	X(namespace, syscall(SYS_unshare, 0x10000000))

static long
do_deed(const char *name, const char *path)
{
#define X(deed, call)                                                                            \
	if (strcmp(name, #deed) == 0)                                                                \
		return call;
	DEEDS(X)
#undef X
	abort();
}

enum error
op_ping(struct session *s, struct req *rq)
{
	const char *name = NULL, *path = "";
	enum error e = may_str(rq, "do", 1, 20, &name);

	(void)s;
	if (e == E_OK)
		e = may_str(rq, "path", 1, 200, &path);
	if (e != E_OK || name == NULL)
		return e;
	errno = 0;
	jw_int(&rq->body, "got", do_deed(name, path));
	jw_str(&rq->body, "why", strerror(errno));
	return E_OK;
}

enum error
op_pong(struct session *s, struct req *rq)
{
	(void)s;
	rq->silent = true;
	return E_OK;
}
