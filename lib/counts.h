/* SPDX-License-Identifier: ISC */
/*
 * counts - what a node counts, in memory that all its processes share (session/shared.h): an addition each, without an
 * order. One list for those who count, for chat.nodes.counters and for /metrics.
 */
#ifndef COUNTS_H
#define COUNTS_H

#include <stdatomic.h>
#include <stdint.h>

#include "lib/error.h"

/* X(what, its key in chat.nodes.counters, the metric without chatd_, its label): those of one metric follow each other. */
#define COUNTS(X)                                                                          \
	X(C_LOGIN_OK, "logins", "logins_total", "result=\"ok\"")                               \
	X(C_LOGIN_RESUMED, "logins_resumed", "logins_total", "result=\"resumed\"")             \
	X(C_LOGIN_REFUSED, "logins_refused", "logins_total", "result=\"refused\"")             \
	X(C_LOGIN_FAILED, "logins_failed", "logins_total", "result=\"unavailable\"")           \
	X(C_STORED, "messages_stored", "messages_stored_total", "")                            \
	X(C_RESENT, "messages_resent", "messages_resent_total", "")                            \
	X(C_DELIVERED, "messages_delivered", "messages_delivered_total", "")                   \
	X(C_END_CLIENT, "ended_client", "sessions_ended_total", "reason=\"client\"")           \
	X(C_END_LOGOUT, "ended_logout", "sessions_ended_total", "reason=\"logout\"")           \
	X(C_END_LOGGED_OUT, "ended_logged_out", "sessions_ended_total", "reason=\"logged_out\"") \
	X(C_END_REPLACED, "ended_replaced", "sessions_ended_total", "reason=\"replaced\"")     \
	X(C_END_TIMEOUT, "ended_timeout", "sessions_ended_total", "reason=\"timeout\"")        \
	X(C_END_ABUSE, "ended_abuse", "sessions_ended_total", "reason=\"abuse\"")              \
	X(C_END_SHUTDOWN, "ended_shutdown", "sessions_ended_total", "reason=\"shutdown\"")     \
	X(C_END_OTHER, "ended_other", "sessions_ended_total", "reason=\"other\"")              \
	X(C_END_DIED, "ended_died", "sessions_ended_total", "reason=\"died\"")                 \
	X(C_ACCEPTED, "connections", "connections_accepted_total", "")                         \
	X(C_AWAY_DENIED, "connections_denied", "connections_refused_total", "reason=\"denied\"") \
	X(C_AWAY_HEADER, "connections_no_header", "connections_refused_total", "reason=\"no_header\"") \
	X(C_AWAY_LINE, "connections_line", "connections_refused_total", "reason=\"line_too_long\"") \
	X(C_AWAY_CROWD, "connections_crowd", "connections_refused_total", "reason=\"crowd\"")  \
	X(C_AWAY_SILENT, "connections_silent", "connections_refused_total", "reason=\"silent\"") \
	X(C_DB_OK, "db_calls", "db_calls_total", "result=\"ok\"")                              \
	X(C_DB_REFUSED, "db_refused", "db_calls_total", "result=\"refused\"")                  \
	X(C_DB_FAILED, "db_failed", "db_calls_total", "result=\"failed\"")                      \
	X(C_LIMITED_MINUTE, "limited_text_minute", "limited_total", "limit=\"text_minute\"")   \
	X(C_LIMITED_DAY, "limited_text_day", "limited_total", "limit=\"text_day\"")            \
	X(C_LIMITED_STRANGERS, "limited_strangers_hour", "limited_total", "limit=\"strangers_hour\"") \
	X(C_LIMITED_CREATED, "limited_groups_created", "limited_total", "limit=\"groups_created\"") \
	X(C_LIMITED_JOINED, "limited_groups_joined", "limited_total", "limit=\"groups_joined\"") \
	X(C_LIMITED_INVITATIONS, "limited_invitations_day", "limited_total", "limit=\"invitations_day\"") \
	X(C_LIMITED_HOUR, "limited_friends_hour", "limited_total", "limit=\"friends_hour\"")   \
	X(C_LIMITED_FRIENDS, "limited_friends", "limited_total", "limit=\"friends\"")          \
	X(C_LIMITED_SEARCH, "limited_search", "limited_total", "limit=\"search\"")

enum count {
#define X(what, key, metric, label) what,
	COUNTS(X)
#undef X
	C_COUNT
};

#define COUNTS_BUCKETS 13 /* of the time a call of the database takes, see counts_bucket; and one for all above */

struct counts {
	_Atomic int64_t of[C_COUNT];
	_Atomic int64_t refused[E_COUNT]; /* requests, by error */
	_Atomic int64_t db_us, db_bucket[COUNTS_BUCKETS + 1];
	_Atomic int64_t degraded_ms; /* by the keeper: how long the bus was away */
};

extern struct counts *counts; /* of this process alone, until the node has memory to share */
extern const int64_t counts_bucket[COUNTS_BUCKETS]; /* upper bounds, us */

static inline void
counts_add(_Atomic int64_t *what, int64_t n)
{
	atomic_fetch_add_explicit(what, n, memory_order_relaxed);
}

static inline void
count(enum count what)
{
	counts_add(&counts->of[what], 1);
}

/* Somebody was refused what the limit of that name (chat.settings) does not leave; NULL: it was not that. */
void counts_limited(const char *limit);
/* A session has ended, with that bye; NULL: without one. */
void counts_ended(const char *reason);
/* A call of the database: how it ended, and when it began (counts_now). */
void counts_db(enum error e, int64_t began);
int64_t counts_now(void);

#endif
