/* SPDX-License-Identifier: ISC */
/*
 * chatd - the master: keeps spare children, accepts clients and hands each to
 * one, buries the dead, obeys signals. It reads no byte of a client and waits for
 * no server, so nothing a session does can stop it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "bus/check.h"
#include "conn.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/user.h"
#include "handlers/password.h"
#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/title.h"
#include "master/config.h"
#include "master/keeper.h"
#include "master/listen.h"
#include "master/pool.h"

#define FULL_MS 250 /* how long the listener stays closed after descriptors ran out */
#define FD_RESERVE 64

static volatile sig_atomic_t got_term, got_quit, got_child;

static void
on_signal(int sig)
{
	if (sig == SIGCHLD)
		got_child = 1;
	else if (sig == SIGQUIT)
		got_quit = 1;
	else
		got_term++;
}

/* All are blocked but while ppoll() waits, so that the loop sees them at one place. */
static sigset_t
take_signals(void)
{
	static const int handled[] = {SIGTERM, SIGINT, SIGQUIT, SIGCHLD};
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t block, before;

	sigemptyset(&block);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++) {
		sigaction(handled[i], &sa, NULL);
		sigaddset(&block, handled[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	sigprocmask(SIG_BLOCK, &block, &before);
	return before;
}

/* Start */

/* A status to exit with, or 0: this program runs with the database's schema. */
static int
check_schema(const struct config *cf, char *why, size_t whylen)
{
	struct db *db = db_new(cf->node.db, "chatd/start");
	struct schema_levels levels;
	int status = 0;

	if (db_schema_levels(db, &levels) != E_OK) {
		status = db_refused(db, why, whylen) ? EX_CONFIG : EX_UNAVAILABLE;
		if (status == EX_UNAVAILABLE)
			snprintf(why, whylen, "PostgreSQL does not answer");
	} else if (!migrate_fits(&levels, why, whylen)) {
		status = EX_CONFIG;
	}
	if (status == 0 && cf->command == CMD_SERVE && (cf->registration != NULL || cf->strangers != NULL) &&
	    db_settings_set(db, cf->registration, cf->strangers) != E_OK) {
		snprintf(why, whylen, "PostgreSQL does not take the settings");
		status = EX_UNAVAILABLE;
	}
	db_close(&db);
	return status;
}

static int
check_bus(const struct config *cf, char *why, size_t whylen)
{
	char reason[160];

	if (bus_check(&cf->node.bus, 2000, reason, sizeof(reason)) == 0)
		return 0;
	snprintf(why, whylen, "Redis: %s", reason);
	return strncmp(reason, "NOAUTH", 6) == 0 || strncmp(reason, "WRONGPASS", 9) == 0 || strncmp(reason, "ERR ", 4) == 0
	           ? EX_CONFIG
	           : EX_UNAVAILABLE;
}

/* Waits until both servers answer; a wrong configuration is not waited for. Dies with a sentence. */
static void
check_servers(const struct config *cf, int64_t timeout)
{
	int64_t deadline = clock_ms() + timeout;
	char why[256];
	int status;

	while ((status = check_schema(cf, why, sizeof(why))) != 0 || (status = check_bus(cf, why, sizeof(why))) != 0) {
		if (status == EX_CONFIG || clock_ms() >= deadline)
			die(status, "start", "why=%s", why);
		log_info("waiting", "for=%s", why);
		poll(NULL, 0, 300 + (int)clock_jitter(400));
	}
}

static void
raise_limits(struct config *cf)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur != RLIM_INFINITY &&
	    (rlim_t)cf->max_sessions + FD_RESERVE > r.rlim_cur) {
		cf->max_sessions = (int)r.rlim_cur - FD_RESERVE;
		log_warn("limit", "max_sessions=%d why=%s", cf->max_sessions, "no more descriptors are allowed");
	}
}

static void
make_identity(struct config *cf)
{
	hex_random(cf->node.boot, (sizeof(cf->node.boot) - 1) / 2);
	cf->node.hash_slots = (int)sysconf(_SC_NPROCESSORS_ONLN);
	cf->node.hash_lock = memfd_create("chatd-hash-lock", MFD_CLOEXEC);
	if (cf->node.hash_lock < 0)
		die(EX_OSERR, "memfd_create", "why=%s", strerror(errno));
}

/* The loop */

static bool
is_full(const struct config *cf)
{
	return pool_sessions() >= cf->max_sessions;
}

/* Takes clients as long as there are spares for them. Returns when to open again, if descriptors ran out. */
static int64_t
accept_clients(const struct config *cf)
{
	while (pool_spares() > 0 && !is_full(cf)) {
		int client = listen_accept();

		if (client == -1)
			break;
		if (client == -2) {
			listen_close();
			return clock_ms() + FULL_MS;
		}
		pool_hand_over(client);
	}
	return 0;
}

static void
tend_listener(const struct config *cf, int64_t *closed_until)
{
	if (is_full(cf) && listen_is_open()) {
		log_warn("full", "sessions=%d", pool_sessions());
		listen_close();
	} else if (!is_full(cf) && !listen_is_open() && clock_ms() >= *closed_until) {
		*closed_until = listen_open() ? 0 : clock_ms() + FULL_MS;
	}
}

static void
show_status(const struct config *cf, const char *doing)
{
	title_set("master %s, %d sessions, %d spare%s", cf->node.name, pool_sessions(), pool_spares(), doing);
	keeper_sessions(pool_sessions());
}

/* One round: waits for clients, answers of children, signals, or the deadline. */
static void
wait_for_something(const sigset_t *unblocked, int64_t due)
{
	size_t max = LISTENERS + pool_awaited(), n;
	struct pollfd *p = mem_alloc((max + 2) * sizeof(*p));
	struct timespec ts, *timeout = NULL;
	int ms = clock_left(due);

	n = pool_spares() > 0 ? listen_poll(p, 0) : 0; /* no spare: nobody is taken from the queue */
	n = pool_poll(p, n, max);
	n = keeper_poll(p, n);
	if (ms >= 0) {
		ts = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
		timeout = &ts;
	}
	if (ppoll(p, n, timeout, unblocked) < 0 && errno != EINTR)
		die(EX_OSERR, "ppoll", "why=%s", strerror(errno));
	free(p);
	if (got_child) {
		got_child = 0;
		pool_reap(keeper_lost, keeper_was);
	}
	pool_answers();
	keeper_work();
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
serve(const struct config *cf, const sigset_t *unblocked)
{
	int64_t closed_until = 0, again;

	show_status(cf, "");
	while (!got_term && !got_quit) {
		int64_t due = sooner(pool_due(), keeper_due());

		if (!listen_is_open() && !is_full(cf))
			due = sooner(due, closed_until);
		wait_for_something(unblocked, due);
		again = accept_clients(cf);
		if (again > 0)
			closed_until = again;
		tend_listener(cf, &closed_until);
		pool_spawn();
		show_status(cf, "");
	}
	listen_close();
}

/* SIGQUIT: whoever is here may stay until it leaves by itself; a new master takes the new ones. */
static void
hand_on(const struct config *cf, const sigset_t *unblocked)
{
	log_info("handing_over", "sessions=%d", pool_sessions());
	keeper_hands_over();
	pool_retire();
	while (!got_term && pool_children() > 0) {
		show_status(cf, ", handing over");
		wait_for_something(unblocked, sooner(pool_due(), keeper_due()));
	}
}

static void
drain(const struct config *cf, const sigset_t *unblocked)
{
	int64_t deadline = clock_ms() + cf->drain_timeout;
	sig_atomic_t terms = got_term;

	if (pool_children() == 0)
		return;
	log_info("draining", "sessions=%d", pool_sessions());
	pool_drain();
	while (pool_children() > 0 && clock_ms() < deadline && got_term == terms) {
		show_status(cf, ", draining");
		wait_for_something(unblocked, sooner(deadline, keeper_due()));
	}
	if (pool_children() == 0)
		return;
	log_warn("drain_timeout", "sessions=%d", pool_sessions());
	pool_kill();
	deadline = clock_ms() + 1000;
	while (pool_children() > 0 && clock_ms() < deadline)
		wait_for_something(unblocked, deadline);
}

static void
be_ready(const struct config *cf)
{
	if (!keeper_ready(cf->start_timeout))
		die(EX_UNAVAILABLE, "start", "why=%s", "the first heartbeat did not reach PostgreSQL");
	listen_start(cf);
	log_info("ready", "node=%s version=%s", cf->node.name, CHATD_VERSION);
	if (cf->ready_fd >= 0) {
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
		if (!password_hash(&cf->node, line, hash) || puts(hash) == EOF || fflush(stdout) == EOF)
			return EX_OSERR;
	}
	free(line);
	return 0;
}

int
main(int argc, char **argv)
{
	static struct config cf;
	sigset_t unblocked;

	config_load(&cf, argc, argv);
	log_init(cf.log_level);
	title_init(argc, argv);
	if (cf.command == CMD_MIGRATE)
		return migrate(cf.node.db) == 0 ? 0 : EX_CONFIG;
	if (cf.command == CMD_HASH) {
		make_identity(&cf);
		return hash_passwords(&cf);
	}
	check_servers(&cf, cf.command == CMD_TEST ? 0 : cf.start_timeout);
	if (cf.command == CMD_TEST) {
		printf("chatd: settings, PostgreSQL, schema and Redis are right\n");
		return 0;
	}
	raise_limits(&cf);
	make_identity(&cf);
	unblocked = take_signals();
	keeper_spawn(&cf);
	pool_init(&cf, conn_main);
	be_ready(&cf);
	pool_spawn();
	serve(&cf, &unblocked);
	if (got_quit && !got_term)
		hand_on(&cf, &unblocked);
	drain(&cf, &unblocked);
	keeper_end();
	log_info("bye", "node=%s", cf.node.name);
	return 0;
}
