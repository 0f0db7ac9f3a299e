/* SPDX-License-Identifier: ISC */
#include "master/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus/bus.h"
#include "db/facts.h"
#include "db/outbox.h"
#include "db/session.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/title.h"
#include "lib/mem.h"
#include "master/crowd.h"
#include "master/handover.h"
#include "master/metrics.h"
#include "master/outbox.h"
#include "master/pool.h"
#include "master/sandbox.h"
#include "master/watch.h"
#include "session/shared.h"
#include "session/tell.h"

#define TURN_MS 1250 /* with all that comes behind it, what administrators do is done within two seconds */
#define BEAT_MS 2400 /* every second turn; others take a node for dead 15 s after its last beat */
#define RETRY_MS 500
#define JUDGE_MS 15000 /* beating for so long without a gap, a keeper may judge others */
#define END_MS 2000
#define SLOTS_MORE 256 /* than there may be sessions: some have ended, and are not cleared up */
#define AWAY_MS 1000 /* for so long without a bus, the keeper has all sessions ask theirs */
#define LIST_MAX 16384 /* children told in one message */

/* master -> keeper: one of these, then numbers of children; for ONLY the first is the highest number given so far. */
enum word { LOST = 'l', ONLY = 'o', HANDS = 'h', END = 'e' };

struct message {
	int64_t word;
	int64_t child[LIST_MAX];
};

/* The keeper's own side */

struct keeper {
	struct node node;
	int ctl;
	struct db *db; /* for heartbeats and the dead */
	struct db *crowd_db;
	struct bus *bus;
	struct crowd *crowd;
	struct outbox *outbox;
	struct place place;
	int64_t *lost; /* not yet cleared up */
	size_t n, cap;
	int64_t *only; /* the highest number, then the living; NULL: nothing to be told */
	size_t n_only;
	int64_t turn_at, beat_at;
	bool turned; /* once */
	int64_t beating_since; /* 0: not now */
	bool told;             /* the master knows that we beat */
	bool marked;           /* the database knows that the master hands over */
	bool named;            /* the name was looked at for long enough */
	int64_t away_since;    /* the bus; 0: it is there */
	bool suspected;        /* the sessions have been told since */
	char role[ROLE_SETTINGS]; /* what was wrong with the settings of the role */
};

static void
ignore_payload(void *arg, enum bus_kind kind, const char *payload, size_t n)
{
	(void)arg;
	(void)kind;
	(void)payload;
	(void)n;
}

/* Whoever has our name, and beats as we do, would have done so before a judge. */
static void
look_for_namesake(struct keeper *k, bool judge)
{
	int pid;

	if (k->named || db_node_namesake(k->db, k->node.boot, &pid) != E_OK)
		return;
	if (pid != 0)
		log_warn("name_taken", "node=%s pid=%d why=%s", k->node.name, pid,
		    "an older chatd of this name is alive; each wants a --node of its own");
	k->named = pid != 0 || judge;
}

/* The role may change its own settings, and with it whoever took a session over: that shows. */
static void
look_at_role(struct keeper *k, const char *text)
{
	if (strncmp(text, k->role, sizeof(k->role) - 1) == 0)
		return;
	snprintf(k->role, sizeof(k->role), "%s", text);
	if (*text != '\0')
		log_error("role_settings", "why=%s hint=%s", text, "the role chatd has not the settings that it was given: alter role");
	else
		log_info("role_settings", "");
}

static void
mark(struct keeper *k)
{
	if (shared->handing_over && !k->marked)
		k->marked = db_node_hands_over(k->db, k->node.boot) == E_OK;
}

/*
 * The keeper's own subscription says how the node's bus is: nothing is ever published there. It alone is watched, once for
 * all sessions. Returns whether they are to look at theirs.
 */
static bool
look_at_bus(struct keeper *k, int64_t since)
{
	int64_t now = clock_ms();

	if (shared->bus_away)
		counts_add(&counts->degraded_ms, now - since);
	shared->bus_away = !bus_live(k->bus);
	if (!shared->bus_away) {
		k->away_since = 0;
		k->suspected = false;
	} else if (k->away_since == 0) {
		k->away_since = now;
	} else if (!k->suspected && now - k->away_since >= AWAY_MS) {
		shared_poke_all();
		return k->suspected = true;
	}
	return false;
}

static void
has_beaten(struct keeper *k)
{
	const char *registration, *role;

	db_part(k->db, "fan");
	tell_fans(k->db, k->bus, 0, false);
	if (db_turn_settings(k->db, &registration, &role)) {
		shared_set_registration(registration);
		look_at_role(k, role != NULL ? role : "");
	}
	k->beat_at = clock_ms() + BEAT_MS;
	if (k->beating_since == 0)
		k->beating_since = clock_ms();
}

/* Once a turn all that is asked of PostgreSQL without a cause, in one call. Returns whether sessions are to be poked. */
static bool
turn(struct keeper *k)
{
	bool beats = k->turned && clock_ms() >= k->beat_at; /* not the first: what clients may come is known before they do */
	bool judge = k->beating_since != 0 && clock_ms() - k->beating_since >= JUDGE_MS, poke;
	struct buf counters = {0};
	struct beat b = {.version = CHATD_VERSION, .sessions = shared->sessions, .judge = judge};
	size_t n;
	const int64_t *done = outbox_done(k->outbox, &n);

	if (beats) {
		mark(k); /* before the beat by which a successor would see that we live */
		metrics_sample();
		metrics_json(&counters);
		b.counters = buf_str(&counters);
	}
	shared->db_away = db_node_turn(k->db, &k->place, beats ? &b : NULL, done, n) != E_OK;
	buf_free(&counters);
	k->turn_at = clock_ms() + (shared->db_away ? RETRY_MS : TURN_MS);
	if (shared->db_away) {
		k->beating_since = 0;
		return false;
	}
	if (beats)
		has_beaten(k);
	poke = outbox_work(k->outbox);
	outbox_done(k->outbox, &n);
	if (!k->turned || n == LETTERS)
		k->turn_at = 0;
	k->turned = true;
	if (!beats)
		return poke;
	look_for_namesake(k, judge);
	if (!k->told && send(k->ctl, "r", 1, MSG_NOSIGNAL) == 1)
		k->told = true;
	return poke;
}

static void
clear_up(struct keeper *k)
{
	if (k->only != NULL && db_node_only(k->db, k->node.boot, k->only[0], k->only + 1, k->n_only - 1) == E_OK) {
		tell_fans(k->db, k->bus, 0, false);
		free(k->only);
		k->only = NULL;
	}
	if (k->n == 0 || db_node_lost(k->db, k->node.boot, k->lost, k->n) != E_OK)
		return;
	tell_fans(k->db, k->bus, 0, false);
	log_info("cleared_up", "sessions=%zu", k->n);
	k->n = 0;
}

static void
keeper_remember(struct keeper *k, const int64_t *child, size_t n)
{
	if (k->n + n > k->cap) {
		k->cap = (k->n + n) * 2;
		k->lost = mem_realloc(k->lost, k->cap * sizeof(k->lost[0]));
	}
	memcpy(k->lost + k->n, child, n * sizeof(child[0]));
	k->n += n;
}

/* false: the master has gone, or said that the node leaves. */
static bool
listen_to_master(struct keeper *k)
{
	static struct message m;
	ssize_t len = recv(k->ctl, &m, sizeof(m), MSG_DONTWAIT);
	size_t n = len > 0 ? (size_t)len / sizeof(int64_t) - 1 : 0;

	if (len < 0)
		return errno == EAGAIN || errno == EINTR;
	if (len == 0)
		return false;
	if (m.word == LOST) {
		keeper_remember(k, m.child, n);
		crowd_lost(k->crowd, m.child, n);
	} else if (m.word == ONLY) {
		free(k->only);
		k->only = mem_alloc((n + 1) * sizeof(k->only[0]));
		memcpy(k->only, m.child, n * sizeof(m.child[0]));
		k->n_only = n;
		crowd_only(k->crowd, m.child[0], m.child + 1, n - 1);
	} else if (m.word == HANDS) {
		mark(k);
	} else if (m.word == END) {
		clear_up(k);
		db_node_end(k->db, k->node.boot);
		return false;
	}
	return true;
}

static int
keeper_main(const struct node *node, int ctl)
{
	struct keeper k = {.node = *node, .ctl = ctl};
	char app[80];

	title_set("keeper %s", node->name);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGTERM, SIG_IGN); /* ends when the master says so or has gone */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sandbox_enter(ROLE_KEEPER);
	snprintf(app, sizeof(app), "chatd/%s/keeper", node->name);
	k.db = db_new(k.node.db, app);
	k.crowd_db = db_new(k.node.db, app);
	k.bus = bus_new(&k.node.bus, app, ignore_payload, NULL);
	bus_watch(k.bus);
	bus_listen(k.bus, BUS_USER, 0);
	k.place = (struct place){.node = node->name, .boot = node->boot, .pid = (int)getppid(), .addr = ""};
	k.crowd = crowd_new(k.crowd_db, k.bus);
	k.outbox = outbox_new(k.db, k.bus);
	for (;; db_forget(k.db), db_forget(k.crowd_db)) {
		struct pollfd p[1 + BUS_FDS] = {{.fd = ctl, .events = POLLIN}};
		bool poke;
		int64_t due = bus_due(k.bus) < k.turn_at ? bus_due(k.bus) : k.turn_at;

		if (crowd_due(k.crowd) < due)
			due = crowd_due(k.crowd);
		poll(p, 1 + (nfds_t)bus_poll(k.bus, p + 1), clock_left(due));
		bus_work(k.bus);
		poke = look_at_bus(&k, shared->keeper_at);
		shared->keeper_at = clock_ms();
		if (!listen_to_master(&k))
			break;
		clear_up(&k);
		if (clock_ms() >= k.turn_at)
			poke = turn(&k) || poke;
		if (crowd_work(k.crowd) || poke)
			send(k.ctl, "w", 1, MSG_DONTWAIT | MSG_NOSIGNAL); /* if it is full, one is in it */
	}
	bus_close(&k.bus);
	outbox_free(&k.outbox);
	crowd_free(&k.crowd);
	db_close(&k.db);
	db_close(&k.crowd_db);
	free(k.lost);
	free(k.only);
	return 0;
}

/* The master's side */

static struct {
	struct config cf;
	pid_t pid;
	int ctl;
	struct watch watch; /* of ctl; dropped when its end is closed: that would wake us for ever */
	int64_t spawn_at;
	struct message out;
	size_t n; /* numbers in out */
	bool let_go; /* it was told to end */
	bool all; /* the keeper has to be told who lives: it is new, or too many died to name them */
} keeper = {.ctl = -1, .watch = {.fd = -1}};

static void
add_child(int64_t child)
{
	if (keeper.n < LIST_MAX)
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
	int pair[2], size = (int)sizeof(struct message) + 4096;
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
	if (pool_children() >= LIST_MAX)
		return;
	add_child(pool_last());
	pool_each(add_child);
	if (!send_out(ONLY)) {
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
		send_out(LOST);
	if (keeper.n == 0)
		send_out(HANDS);
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
		send_out(LOST);
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
		send_out(LOST);
	send_out(END);
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
