/* SPDX-License-Identifier: ISC */
#include "master/loop.h"

#include <signal.h>
#include <stdio.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/title.h"
#include "master/handover.h"
#include "master/keeper.h"
#include "master/listen.h"
#include "master/notify.h"
#include "master/pool.h"
#include "master/probe.h"
#include "master/room.h"
#include "master/sandbox.h"
#include "master/settings.h"
#include "master/successor.h"
#include "master/watch.h"
#include "session/shared.h"

#define FULL_MS 250 /* how long the listener stays closed after descriptors ran out */
#define AT_ONCE 256 /* clients accepted before the loop goes round again */

static volatile sig_atomic_t got_term, got_quit, got_child, got_hup, got_usr1, got_usr2;
static sigset_t unblocked;

static void
on_signal(int sig)
{
	if (sig == SIGCHLD)
		got_child = 1;
	else if (sig == SIGQUIT)
		got_quit = 1;
	else if (sig == SIGHUP)
		got_hup = 1;
	else if (sig == SIGUSR1)
		got_usr1 = 1;
	else if (sig == SIGUSR2)
		got_usr2 = 1;
	else
		got_term++;
}

/* All are blocked but while watch_wait() waits, so that the loop sees them at one place. */
void
loop_signals(void)
{
	static const int handled[] = {SIGTERM, SIGINT, SIGQUIT, SIGCHLD, SIGHUP, SIGUSR1, SIGUSR2};
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++) {
		sigaction(handled[i], &sa, NULL);
		sigaddset(&block, handled[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &block, &unblocked);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigdelset(&unblocked, handled[i]); /* a predecessor had them blocked, too */
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool
is_full(const struct config *cf)
{
	return room_sessions() >= cf->max_sessions || room_is_full();
}

/* Into the waiting room. Returns when to open again, if descriptors ran out. */
static int64_t
accept_clients(const struct config *cf)
{
	for (int i = 0; i < AT_ONCE && !is_full(cf); i++) {
		struct handed from;
		int client = listen_accept(&from);

		if (client == -1)
			break;
		if (client == -2) {
			listen_close();
			return clock_ms() + FULL_MS;
		}
		room_enter(handover_above(client), &from);
	}
	return 0;
}

/* Turns come, and each may need a child. */
static void
serve_room(void)
{
	bool made;

	do {
		made = pool_spawn();
		room_work();
	} while (made && room_wants_spare());
}

static void
tend_listener(const struct config *cf, int64_t *closed_until)
{
	if (room_sessions() >= cf->max_sessions)
		room_turn_away();
	if (is_full(cf) && listen_is_open()) {
		log_warn("full", "sessions=%d waiting=%d", room_sessions(), room_people());
		listen_close();
	} else if (!is_full(cf) && !listen_is_open() && clock_ms() >= *closed_until) {
		*closed_until = listen_open() ? 0 : clock_ms() + FULL_MS;
	}
}

static void
other_ended(int pid, int status)
{
	if (!successor_was(pid, status))
		keeper_was(pid, status);
}

/* SIGHUP */
static void
read_again(struct config *cf)
{
	notify_say("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_ms() * 1000);
	settings_again(cf);
	sandbox_dials(&cf->node);
	pool_renew(cf);
	keeper_renew(cf);
	notify_say("READY=1");
}

static void
obey_signals(struct config *cf)
{
	if (got_child) {
		got_child = 0;
		pool_reap(keeper_lost, other_ended);
	}
	if (got_usr1) {
		got_usr1 = 0;
		log_info("status", "sessions=%d spare=%d waiting=%d", room_sessions(), pool_spares(), room_people());
		pool_report();
	}
	if (got_hup) {
		got_hup = 0;
		read_again(cf);
	}
}

static void
show_status(const struct config *cf, const char *doing)
{
	char waiting[32] = "", status[96];

	if (room_people() > 0)
		snprintf(waiting, sizeof(waiting), ", %d waiting", room_people());
	title_set("master %s, %d sessions, %d spare%s%s", cf->node.name, room_sessions(), pool_spares(), waiting, doing);
	keeper_sessions(room_sessions());
	snprintf(status, sizeof(status), "sessions=%d bus=%s%s%s", room_sessions(), shared->bus_away ? "away" : "ok", waiting, doing);
	notify_work(status);
}

/* One round: waits for clients, answers of children, signals, or the deadline. */
static void
wait_for_something(struct config *cf, int64_t due)
{
	watch_wait(sooner(due, sooner(notify_due(), probe_due())), &unblocked);
	probe_work();
	obey_signals(cf);
	pool_answers();
	if (!successor_settles())
		keeper_work();
}

static void
loop_serve(struct config *cf)
{
	int64_t closed_until = 0, again;

	show_status(cf, "");
	while (!got_term && !got_quit) {
		int64_t due = successor_due();

		if (!successor_settles())
			due = sooner(due, sooner(sooner(pool_due(), room_due()), keeper_due()));
		if (!listen_is_open() && !is_full(cf))
			due = sooner(due, closed_until);
		if (listen_waits() && !successor_settles())
			due = 0;
		wait_for_something(cf, due);
		if (got_usr2) {
			got_usr2 = 0;
			successor_wanted(cf);
		}
		successor_work(cf);
		if (successor_settles())
			continue;
		again = accept_clients(cf);
		if (again > 0)
			closed_until = again;
		serve_room();
		tend_listener(cf, &closed_until);
		show_status(cf, "");
	}
	successor_cancel();
	listen_end();
	probe_end();
}

/* SIGQUIT: whoever is here may stay until it leaves by itself, and may still log in; a new master takes the new ones. */
static void
hand_on(struct config *cf)
{
	log_info("handing_over", "sessions=%d", room_sessions());
	keeper_hands_over();
	while (!got_term) {
		if (room_people() == 0)
			pool_retire();
		serve_room();
		if (room_people() + pool_children() == 0)
			return;
		show_status(cf, ", handing over");
		wait_for_something(cf, sooner(sooner(pool_due(), room_due()), keeper_due()));
	}
}

static void
drain(struct config *cf)
{
	int64_t deadline = clock_ms() + cf->drain_timeout;
	sig_atomic_t terms = got_term;

	room_close();
	if (pool_children() == 0)
		return;
	log_info("draining", "sessions=%d", room_sessions());
	pool_drain();
	while (pool_children() > 0 && clock_ms() < deadline && got_term == terms) {
		show_status(cf, ", draining");
		wait_for_something(cf, sooner(deadline, keeper_due()));
	}
	if (pool_children() == 0)
		return;
	log_warn("drain_timeout", "sessions=%d", room_sessions());
	pool_kill();
	deadline = clock_ms() + 1000;
	while (pool_children() > 0 && clock_ms() < deadline)
		wait_for_something(cf, deadline);
}

void
loop_run(struct config *cf)
{
	got_child = cf->state_fd >= 0; /* of some that ended in between nobody has told us */
	loop_serve(cf);
	if (got_quit && !got_term)
		hand_on(cf);
	notify_say("STOPPING=1");
	drain(cf);
}
