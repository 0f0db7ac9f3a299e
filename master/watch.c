/* SPDX-License-Identifier: ISC */
#include "master/watch.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "lib/clock.h"
#include "lib/log.h"

#define AT_ONCE 64 /* events before the loop looks at signals and clocks again */

static int epoll = -1;

static void
control(int op, struct watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};

	if (epoll < 0 && (epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		die(EX_OSERR, "epoll_create", "why=%s", strerror(errno));
	if (epoll_ctl(epoll, op, w->fd, &e) < 0)
		die(EX_OSERR, "epoll_ctl", "why=%s", strerror(errno));
}

void
watch_add(struct watch *w, int fd, uint32_t events, void (*fn)(struct watch *w, uint32_t events))
{
	*w = (struct watch){fd, fn};
	control(EPOLL_CTL_ADD, w, events);
}

void
watch_change(struct watch *w, uint32_t events)
{
	control(EPOLL_CTL_MOD, w, events);
}

void
watch_drop(struct watch *w)
{
	if (w->fd >= 0)
		control(EPOLL_CTL_DEL, w, 0);
	w->fd = -1;
}

/* epoll_pwait() lets none in when it has an event to tell, or is not to wait: a busy loop would never hear them. */
static void
let_signals_in(const sigset_t *unblocked)
{
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, unblocked, &blocked);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* One event is fetched at a time, so that none is left of a watch that another's event has ended. */
void
watch_wait(int64_t deadline, const sigset_t *unblocked)
{
	int ms = clock_left(deadline);

	for (int i = 0; i < AT_ONCE; i++, ms = 0) {
		struct epoll_event e;
		int n = epoll_pwait(epoll, &e, 1, ms, unblocked);

		if (n < 0 && errno != EINTR)
			die(EX_OSERR, "epoll_wait", "why=%s", strerror(errno));
		if (n <= 0)
			break;
		((struct watch *)e.data.ptr)->fn(e.data.ptr, e.events);
	}
	let_signals_in(unblocked); /* now, because the caller looks for them next, and does not sleep before */
}
