/* SPDX-License-Identifier: ISC */
#include "master/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "master/handover.h"
#include "master/keeper_main.h"
#include "master/pool.h"
#include "master/watch.h"
#include "session/shared.h"

#define END_MS 2000
#define SLOTS_MORE 256 /* than there may be sessions: some have ended, and are not cleared up */

static struct {
	struct config cf;
	pid_t pid;
	int ctl;
	struct watch watch; /* of ctl; dropped when its end is closed: that would wake us for ever */
	int64_t spawn_at;
	struct keeper_message out;
	size_t n; /* numbers in out */
	bool let_go; /* it was told to end */
	bool all; /* the keeper has to be told who lives: it is new, or too many died to name them */
} keeper = {.ctl = -1, .watch = {.fd = -1}};

static void
add_child(int64_t child)
{
	if (keeper.n < KEEPER_LIST_MAX)
		keeper.out.child[keeper.n++] = child;
	else
		keeper.all = true;
}

static bool
send_out(int64_t word)
{
	size_t len = (keeper.n + 1) * sizeof(int64_t);

	keeper.out.word = word;
	if (send(keeper.ctl, &keeper.out, len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len)
		return false;
	keeper.n = 0;
	return true;
}

/* Only to be awake: keeper_work() hears what it is. */
static void
keeper_speaks(struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
}

void
keeper_spawn(const struct config *cf)
{
	int pair[2], size = (int)sizeof(struct keeper_message) + 4096;
	bool again = shared != NULL || shared_fd >= 0;

	if (shared == NULL) {
		shared_map(cf->max_sessions + SLOTS_MORE);
		keeper.cf = *cf;
	}
	keeper.spawn_at = clock_ms() + 1000; /* not more often, whatever happens */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		log_error("spawn_failed", "why=%s", strerror(errno));
		return;
	}
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	keeper.pid = fork();
	if (keeper.pid == 0) {
		int ctl = handover_keep(pair[1]);
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		exit(keeper_main(&keeper.cf.node, ctl));
	}
	close(pair[1]);
	if (keeper.pid < 0) {
		log_error("spawn_failed", "why=%s", strerror(errno));
		keeper.pid = 0;
		close(pair[0]);
		return;
	}
	keeper.ctl = pair[0];
	watch_add(&keeper.watch, keeper.ctl, EPOLLIN, keeper_speaks);
	keeper.let_go = false;
	keeper.n = 0;
	keeper.all = again; /* what the dead one was told is lost: the living are what counts */
}

/* With so many children that one message does not hold them, the rows of the lost stay until the node ends. */
static void
tell_living(void)
{
	keeper.n = 0;
	keeper.all = false;
	if (pool_children() >= KEEPER_LIST_MAX)
		return;
	add_child(pool_last());
	pool_each(add_child);
	if (!send_out(KEEPER_ONLY)) {
		keeper.n = 0;
		keeper.all = true;
	}
}

static void
hang_up(void)
{
	watch_drop(&keeper.watch);
	if (keeper.ctl >= 0)
		close(keeper.ctl);
	keeper.ctl = -1;
}

void
keeper_was(int pid, int status)
{
	if (pid != keeper.pid)
		return;
	if (!keeper.let_go)
		log_warn("keeper_died", "pid=%d status=%d", pid, status);
	hang_up();
	keeper.pid = 0;
}

void
keeper_stop(void)
{
	if (keeper.pid == 0)
		return;
	keeper.let_go = true;
	hang_up();
}

void
keeper_kill(void)
{
	if (keeper.pid != 0)
		kill(keeper.pid, SIGKILL);
}

bool
keeper_is_gone(void)
{
	return keeper.pid == 0;
}

void
keeper_renew(const struct config *cf)
{
	bool same = strcmp(cf->node.db, keeper.cf.node.db) == 0 && memcmp(&cf->node.bus, &keeper.cf.node.bus, sizeof(cf->node.bus)) == 0;

	keeper.cf = *cf;
	if (!same)
		keeper_stop();
}

void
keeper_lost(int64_t child)
{
	add_child(child);
}

void
keeper_sessions(int n)
{
	shared->sessions = n;
}

void
keeper_hands_over(void)
{
	shared->handing_over = true;
	if (keeper.n > 0)
		send_out(KEEPER_LOST);
	if (keeper.n == 0)
		send_out(KEEPER_HANDS);
}

/* The keeper has written into some slots what their sessions have to look at. */
static void
poke_sessions(void)
{
	for (int at = 0; at < shared->top; at++) {
		struct slot *slot = &shared->slot[at];

		if (slot->poke != 0 && atomic_exchange(&slot->poke, 0) != 0)
			pool_poke((pid_t)slot->pid, slot->child);
	}
}

void
keeper_work(void)
{
	char byte;
	bool poke = false;
	ssize_t n = -1;

	while (keeper.pid != 0 && (n = recv(keeper.ctl, &byte, 1, MSG_DONTWAIT)) == 1)
		poke = poke || byte == 'w';
	if (n == 0)
		watch_drop(&keeper.watch);
	if (poke)
		poke_sessions();
	if (keeper.pid == 0 && clock_ms() >= keeper.spawn_at)
		keeper_spawn(&keeper.cf);
	if (keeper.ctl < 0)
		return;
	if (keeper.all)
		tell_living();
	if (!keeper.all && keeper.n > 0)
		send_out(KEEPER_LOST);
}

int64_t
keeper_due(void)
{
	if (keeper.ctl < 0)
		return keeper.pid == 0 ? keeper.spawn_at : CLOCK_NEVER;
	return keeper.n > 0 || keeper.all ? clock_ms() + 100 : CLOCK_NEVER;
}

bool
keeper_ready(int64_t timeout_ms)
{
	struct pollfd p = {.fd = keeper.ctl, .events = POLLIN};
	char byte;

	return poll(&p, 1, (int)timeout_ms) == 1 && recv(keeper.ctl, &byte, 1, MSG_DONTWAIT) == 1;
}

void
keeper_end(void)
{
	int64_t deadline = clock_ms() + END_MS;
	pid_t pid = keeper.pid;

	if (pid == 0)
		return;
	if (keeper.n > 0)
		send_out(KEEPER_LOST);
	send_out(KEEPER_END);
	while (clock_ms() < deadline) {
		struct pollfd p = {.fd = keeper.ctl, .events = POLLIN};
		char byte;

		poll(&p, 1, clock_left(deadline));
		if (recv(keeper.ctl, &byte, 1, MSG_DONTWAIT) == 0)
			break;
	}
	kill(pid, SIGKILL); /* gone already, unless the database did not answer in time */
	waitpid(pid, NULL, 0);
	keeper.pid = 0;
}
