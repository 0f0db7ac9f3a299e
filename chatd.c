/* SPDX-License-Identifier: ISC */
/*
 * chatd - the master: keeps spare children, accepts clients and hands each to
 * one, buries the dead, obeys signals. It reads no byte of a client and waits for
 * no server, so nothing a session does can stop it.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "conn.h"
#include "db/conninfo.h"
#include "db/migrate.h"
#include "handlers/password.h"
#include "handlers/request.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/slots.h"
#include "lib/title.h"
#include "master/keeper.h"
#include "master/listen.h"
#include "master/name.h"
#include "master/notify.h"
#include "master/pool.h"
#include "master/probe.h"
#include "master/room.h"
#include "master/sandbox.h"
#include "master/settings.h"
#include "master/start.h"
#include "master/successor.h"
#include "master/watch.h"
#include "session/memo.h"
#include "session/shared.h"

#define FULL_MS 250 /* how long the listener stays closed after descriptors ran out */
#define AT_ONCE 256 /* clients accepted before the loop goes round again */
#define HASH_LINE 128
#define HASH_MS 2000 /* of 20, on a machine that is not busy; then the place is another's, too */
#define DIAL_LINE 512
#define DIAL_MS 3000
#define ASK_LINE 2048
#define ASK_MS 10000 /* what PostgreSQL gives a statement */

static volatile sig_atomic_t got_term, got_quit, got_child, got_hup, got_usr1, got_usr2;

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

/* All are blocked but while ppoll() waits, so that the loop sees them at one place. */
static sigset_t
take_signals(void)
{
	static const int handled[] = {SIGTERM, SIGINT, SIGQUIT, SIGCHLD, SIGHUP, SIGUSR1, SIGUSR2};
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t block, before;

	sigemptyset(&block);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++) {
		sigaction(handled[i], &sa, NULL);
		sigaddset(&block, handled[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &block, &before);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigdelset(&before, handled[i]); /* a predecessor had them blocked, too */
	return before;
}

/* Start */

/* Passwords pass through here: nobody gets a core, nor looks into the memory of his own processes. A test may ask to. */
static void
keep_secrets(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	prctl(PR_SET_DUMPABLE, getenv("DUMPABLE") != NULL);
}

static void
make_identity(struct config *cf)
{
	int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);

	if (cf->state_fd < 0)
		name_make(cf);
	memo_map();
	password_begin();
	cf->node.hashing = slots_shared(&cf->hashing_fd, cores, HASH_LINE, HASH_MS);
	cf->node.dialing = slots_shared(&cf->dialing_fd, 2 * cores, DIAL_LINE, DIAL_MS);
	cf->node.asking = slots_shared(&cf->asking_fd, 4 * cores, ASK_LINE, ASK_MS);
}

/* The loop */

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

/* Children need no sockets but those. */
static bool
servers_are_near(const struct config *cf)
{
	return conninfo_is_near(cf->node.db) && *cf->node.bus.host == '\0';
}

/* SIGHUP */
static void
read_again(struct config *cf)
{
	notify_say("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_ms() * 1000);
	settings_again(cf);
	sandbox_dials(servers_are_near(cf));
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
wait_for_something(struct config *cf, const sigset_t *unblocked, int64_t due)
{
	watch_wait(sooner(due, sooner(notify_due(), probe_due())), unblocked);
	probe_work();
	obey_signals(cf);
	pool_answers();
	if (!successor_settles())
		keeper_work();
}

static void
serve(struct config *cf, const sigset_t *unblocked)
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
		wait_for_something(cf, unblocked, due);
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
hand_on(struct config *cf, const sigset_t *unblocked)
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
		wait_for_something(cf, unblocked, sooner(sooner(pool_due(), room_due()), keeper_due()));
	}
}

static void
drain(struct config *cf, const sigset_t *unblocked)
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
		wait_for_something(cf, unblocked, sooner(deadline, keeper_due()));
	}
	if (pool_children() == 0)
		return;
	log_warn("drain_timeout", "sessions=%d", room_sessions());
	pool_kill();
	deadline = clock_ms() + 1000;
	while (pool_children() > 0 && clock_ms() < deadline)
		wait_for_something(cf, unblocked, deadline);
}

static void
be_ready(const struct config *cf)
{
	if (cf->state_fd < 0 && !keeper_ready(cf->start_timeout))
		die(EX_UNAVAILABLE, "start", "why=%s", "the first heartbeat did not reach PostgreSQL");
	listen_start(cf);
	probe_start(cf);
	log_info("ready", "node=%s version=%s", cf->node.name, CHATD_VERSION);
	notify_say("READY=1\nMAINPID=%d", (int)getpid());
	if (cf->ready_fd >= 0 && cf->state_fd < 0) {
		listen_tell(cf->ready_fd);
		close(cf->ready_fd);
	}
}

/* A hash for each line, and at once: whoever imports accounts asks one by one. */
static int
hash_passwords(const struct config *cf)
{
	char *line = NULL, hash[PASSWORD_HASH_MAX];
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (!password_hash(cf->node.hashing, 0, line, hash) || puts(hash) == EOF || fflush(stdout) == EOF)
			return EX_OSERR;
	}
	free(line);
	return 0;
}

static void
start(struct config *cf)
{
	start_check(cf, cf->command == CMD_SERVE ? cf->start_timeout : 0);
	start_limits(cf);
}

static int
check_successor(const struct config *cf)
{
	char why[200];

	if (successor_fits(cf->state_fd, why, sizeof(why)))
		return 0;
	log_error("successor", "why=%s", why);
	return EX_CONFIG;
}

int
main(int argc, char **argv)
{
	static struct config cf;
	sigset_t unblocked;

	mem_begin(argv);
	settings_load(&cf, argc, argv);
	log_init(cf.log_level);
	notify_open();
	title_init(argc, argv);
	settings_unknown();
	if (cf.command == CMD_PRINT) {
		settings_print(&cf);
		return 0;
	}
	if (cf.command == CMD_MIGRATE)
		return migrate(cf.node.db) == 0 ? 0 : EX_CONFIG;
	if (cf.command == CMD_HASH) {
		make_identity(&cf);
		return hash_passwords(&cf);
	}
	sandbox_user(cf.user);
	if (cf.command == CMD_SERVE)
		sandbox_begin(strcmp(cf.sandbox, "on") == 0, cf.state_fd >= 0);
	if (cf.state_fd >= 0 && cf.command == CMD_SERVE)
		successor_begin(&cf);
	else
		start(&cf);
	if (cf.command == CMD_TEST) {
		printf("chatd: settings, PostgreSQL, schema and Redis are right\n");
		return 0;
	}
	if (cf.command == CMD_CHECK)
		return check_successor(&cf);
	keep_secrets();
	make_identity(&cf);
	if (cf.state_fd < 0)
		name_check(&cf);
	unblocked = take_signals();
	sandbox_dials(servers_are_near(&cf));
	keeper_spawn(&cf);
	room_init(&cf);
	pool_init(&cf, conn_main, room_heard);
	be_ready(&cf);
	if (cf.state_fd >= 0)
		successor_end(&cf);
	got_child = cf.state_fd >= 0; /* of some that ended in between nobody has told us */
	mem_fill_gaps();
	request_begin();
	pool_spawn();
	serve(&cf, &unblocked);
	if (got_quit && !got_term)
		hand_on(&cf, &unblocked);
	notify_say("STOPPING=1");
	drain(&cf, &unblocked);
	keeper_end();
	log_info("bye", "node=%s", cf.node.name);
	return 0;
}
