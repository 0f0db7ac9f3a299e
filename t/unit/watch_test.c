/* SPDX-License-Identifier: ISC */
/* watch_test - signals are let in also when there is always something to do. */
#include <signal.h>
#include <unistd.h>

#include "lib/clock.h"
#include "master/watch.c"
#include "t/unit/tap.h"

static volatile sig_atomic_t heard;

static void
on_signal(int sig)
{
	(void)sig;
	heard++;
}

static void
ignore_it(struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
}

static void
raised_before(int64_t deadline, const sigset_t *unblocked, const char *what)
{
	heard = 0;
	raise(SIGTERM);
	watch_wait(deadline, unblocked);
	ok(heard == 1, "%s", what);
}

int
main(void)
{
	struct watch w;
	sigset_t term, none;
	int pipes[2];

	signal(SIGTERM, on_signal);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &none);
	if (pipe(pipes) < 0)
		return 1;
	watch_add(&w, pipes[0], EPOLLIN, ignore_it);
	raised_before(clock_ms() + 60000, &none, "one who waits is woken");
	raised_before(0, &none, "one who does not wait hears it");
	if (write(pipes[1], "x", 1) != 1)
		return 1;
	raised_before(0, &none, "nor does one who always has something to do miss it");
	raised_before(clock_ms() + 60000, &none, "however long it would wait");
	return done_testing();
}
