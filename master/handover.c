/* SPDX-License-Identifier: ISC */
#include "master/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/log.h"
#include "session/node.h"

#define LOW 128 /* more than the master has beside clients and children */

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

bool
handover_send(int ctl, int client, const struct handed *h)
{
	union control control = {.space = {0}};
	struct handed copy = *h;
	struct iovec iov = {&copy, sizeof(copy)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&m);

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(client));
	memcpy(CMSG_DATA(cm), &client, sizeof(client));
	return sendmsg(ctl, &m, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(copy);
}

int
handover_word(int ctl)
{
	char word;
	ssize_t n = recv(ctl, &word, 1, MSG_DONTWAIT);

	return n == 1 ? word : n < 0 && errno == EAGAIN ? 0 : -1;
}

void
handover_say(int ctl, char word)
{
	send(ctl, &word, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int
handover_take(int ctl, struct handed *h)
{
	union control control;
	char word = CTL_TAKEN;
	struct iovec iov = {h, sizeof(*h)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *cm;
	int fd;

	if (recvmsg(ctl, &m, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*h))
		return -1;
	cm = CMSG_FIRSTHDR(&m);
	if (cm == NULL || cm->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(cm), sizeof(fd));
	if (send(ctl, &word, 1, MSG_NOSIGNAL) == 1)
		return fd;
	close(fd);
	return -1;
}

/*
 * Without what libc does in fork(): it writes to pages that are the same in every child. Not where the kernel wants the
 * stack before the flags (s390), answers the child otherwise (sparc), or has no such call (ia64).
 */
pid_t
handover_fork(bool share)
{
#if defined(__s390__) || defined(__sparc__) || defined(__ia64__)
	(void)share;
	return fork();
#else
	return (pid_t)syscall(SYS_clone, (share ? CLONE_FILES : 0) | SIGCHLD, 0, 0, 0, 0);
#endif
}

int
handover_above(int fd)
{
	int above = fcntl(fd, F_DUPFD_CLOEXEC, LOW);

	if (above < 0)
		return fd;
	close(fd);
	return above;
}

int
handover_keep(int keep)
{
	if (close_range((unsigned)keep + 1, ~0U, CLOSE_RANGE_UNSHARE) < 0)
		die(EX_OSERR, "close_range", "why=%s", strerror(errno));
	if (keep != 3 && dup3(keep, 3, O_CLOEXEC) < 0)
		die(EX_OSERR, "dup", "why=%s", strerror(errno));
	close_range(4, ~0U, 0);
	return 3;
}
