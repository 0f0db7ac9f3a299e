/* SPDX-License-Identifier: ISC */
#include "master/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/log.h"

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

bool
handover_send(int ctl, int client, int listener)
{
	union control control = {.space = {0}};
	char byte = (char)listener;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&m);

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(client));
	memcpy(CMSG_DATA(cm), &client, sizeof(client));
	return sendmsg(ctl, &m, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

int
handover_answer(int ctl)
{
	char byte;
	ssize_t n = recv(ctl, &byte, 1, MSG_DONTWAIT);

	return n == 1 ? 1 : n < 0 && errno == EAGAIN ? 0 : -1;
}

int
handover_take(int ctl, int *listener)
{
	union control control;
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *cm;
	int fd;

	if (recvmsg(ctl, &m, MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	cm = CMSG_FIRSTHDR(&m);
	if (cm == NULL || cm->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(cm), sizeof(fd));
	*listener = byte;
	if (send(ctl, "t", 1, MSG_NOSIGNAL) == 1)
		return fd;
	close(fd);
	return -1;
}

int
handover_keep(int keep, int *lock)
{
	int high_lock = fcntl(*lock, F_DUPFD_CLOEXEC, 10), high_keep = fcntl(keep, F_DUPFD_CLOEXEC, 10);

	if (high_lock < 0 || high_keep < 0 || dup3(high_keep, 3, O_CLOEXEC) < 0 || dup3(high_lock, 4, O_CLOEXEC) < 0)
		die(EX_OSERR, "dup", "why=%s", strerror(errno));
	close_range(5, ~0U, 0);
	*lock = 4;
	return 3;
}
