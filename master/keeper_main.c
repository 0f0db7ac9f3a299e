/* SPDX-License-Identifier: ISC */
#include "master/keeper_main.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/bus.h"
#include "db/facts.h"
#include "db/session.h"
#include "db/turn.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/title.h"
#include "master/crowd.h"
#include "master/metrics.h"
#include "master/outbox.h"
#include "master/sandbox.h"
#include "session/shared.h"
#include "session/tell.h"

#define TURN_MS 1250 /* with all that comes behind it, what administrators do is done within two seconds */
#define BEAT_MS 2400 /* every second turn; others take a node for dead 15 s after its last beat */
#define RETRY_MS 500
#define JUDGE_MS 15000 /* beating for so long without a gap, a keeper may judge others */
#define AWAY_MS 1000 /* for so long without a bus, the keeper has all sessions ask theirs */

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
	shared->db_away = db_turn(k->db, &k->place, beats ? &b : NULL, done, n) != E_OK;
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
	static struct keeper_message m;
	ssize_t len = recv(k->ctl, &m, sizeof(m), MSG_DONTWAIT);
	size_t n = len > 0 ? (size_t)len / sizeof(int64_t) - 1 : 0;

	if (len < 0)
		return errno == EAGAIN || errno == EINTR;
	if (len == 0)
		return false;
	if (m.word == KEEPER_LOST) {
		keeper_remember(k, m.child, n);
		crowd_lost(k->crowd, m.child, n);
	} else if (m.word == KEEPER_ONLY) {
		free(k->only);
		k->only = mem_alloc((n + 1) * sizeof(k->only[0]));
		memcpy(k->only, m.child, n * sizeof(m.child[0]));
		k->n_only = n;
		crowd_only(k->crowd, m.child[0], m.child + 1, n - 1);
	} else if (m.word == KEEPER_HANDS) {
		mark(k);
	} else if (m.word == KEEPER_END) {
		clear_up(k);
		db_node_end(k->db, k->node.boot);
		return false;
	}
	return true;
}

int
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
