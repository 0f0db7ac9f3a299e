/* SPDX-License-Identifier: ISC */
#include "master/watch.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "lib/clock.h"
#include "lib/log.h"

#define AT_ONCE 64 /* events before the loop looks at signals and clocks again */
#define REST_MS 4  /* between two looks at strangers, if they keep coming */

static int epoll = -1;

/* What strangers do, apart: a thousand who come in a second are one thing to do in 4 ms, not a thousand. */
static struct {
	int epoll;
	struct watch watch; /* of that */
	int64_t looked;
	bool rests;
} strangers = {.epoll = -1};

static void
create(int *fd)
{
	if (*fd < 0 && (*fd = epoll_create1(EPOLL_CLOEXEC)) < 0)
		die(EX_OSERR, "epoll_create", "why=%s", strerror(errno));
}

static void
control(int op, struct watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};

	create(&epoll);
	if (epoll_ctl(w->strange ? strangers.epoll : epoll, op, w->fd, &e) < 0)
		die(EX_OSERR, "epoll_ctl", "why=%s", strerror(errno));
}

void
watch_add(struct watch *w, int fd, uint32_t events, void (*fn)(struct watch *w, uint32_t events))
{
	*w = (struct watch){.fd = fd, .fn = fn};
	control(EPOLL_CTL_ADD, w, events);
}

/* One is fetched at a time, so that none is left of a watch that another's event has ended. false: there was none. */
static bool
one_event(int from, int ms, const sigset_t *unblocked)
{
	struct epoll_event e;
	int n = epoll_pwait(from, &e, 1, ms, unblocked);

	if (n < 0 && errno != EINTR)
		die(EX_OSERR, "epoll_wait", "why=%s", strerror(errno));
	if (n <= 0)
		return false;
	((struct watch *)e.data.ptr)->fn(e.data.ptr, e.events);
	return true;
}

static void
look_at_strangers(struct watch *w, uint32_t events)
{
	int64_t now = clock_ms();
	int n = 0;

	(void)events;
	while (n < AT_ONCE && one_event(strangers.epoll, 0, NULL))
		n++;
	strangers.rests = n < AT_ONCE && now - strangers.looked < 2 * REST_MS;
	strangers.looked = now;
	if (strangers.rests)
		watch_change(w, 0);
}

void
watch_stranger(struct watch *w, int fd, uint32_t events, void (*fn)(struct watch *w, uint32_t events))
{
	if (strangers.epoll < 0) {
		create(&strangers.epoll);
		watch_add(&strangers.watch, strangers.epoll, EPOLLIN, look_at_strangers);
	}
	*w = (struct watch){.fd = fd, .strange = true, .fn = fn};
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

void
watch_wait(int64_t deadline, const sigset_t *unblocked)
{
	int64_t rested = strangers.looked + REST_MS;
	int ms;

	if (strangers.rests && clock_ms() >= rested) {
		strangers.rests = false;
		watch_change(&strangers.watch, EPOLLIN);
	}
	ms = clock_left(strangers.rests && rested < deadline ? rested : deadline);
	for (int i = 0; i < AT_ONCE && one_event(epoll, ms, unblocked); i++)
		ms = 0;
	let_signals_in(unblocked); /* now, because the caller looks for them next, and does not sleep before */
}
