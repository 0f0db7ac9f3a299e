/* SPDX-License-Identifier: ISC */
#include "master/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"

#define STATUS_MS 1000 /* not more often */

static struct {
	int fd; /* -1: nobody wants to know */
	char status[128]; /* told last */
	bool late;        /* it has changed since */
	int64_t status_at, beat_ms, beat_at; /* beat_ms 0: no watchdog */
} notify = {.fd = -1};

static bool
dial_supervisor(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(un.sun_path))
		return false;
	memcpy(un.sun_path, path, n);
	if (path[0] == '@') /* no file */
		un.sun_path[0] = '\0';
	notify.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return notify.fd >= 0 && connect(notify.fd, (struct sockaddr *)&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) == 0;
}

void
notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET"), *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (path == NULL)
		return;
	if (!dial_supervisor(path)) {
		log_warn("notify", "at=%s why=%s", path, strerror(errno));
		return;
	}
	if (usec != NULL && (pid == NULL || atol(pid) == (long)getpid()))
		notify.beat_ms = atoll(usec) / 2000;
}

void
notify_say(const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	if (notify.fd < 0)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0 && n < (int)sizeof(text))
		send(notify.fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void
notify_work(const char *status)
{
	int64_t now = clock_ms();

	if (notify.fd < 0)
		return;
	if (notify.beat_ms > 0 && now >= notify.beat_at) {
		notify_say("WATCHDOG=1");
		notify.beat_at = now + notify.beat_ms;
	}
	notify.late = strcmp(status, notify.status) != 0;
	if (!notify.late || now < notify.status_at)
		return;
	notify.late = false;
	snprintf(notify.status, sizeof(notify.status), "%s", status);
	notify_say("STATUS=%s", status);
	notify.status_at = now + STATUS_MS;
}

int64_t
notify_due(void)
{
	int64_t beat = notify.beat_ms > 0 ? notify.beat_at : CLOCK_NEVER;

	if (notify.fd < 0)
		return CLOCK_NEVER;
	return notify.late && notify.status_at < beat ? notify.status_at : beat;
}
