/* SPDX-License-Identifier: ISC */
#include "master/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/counts.h"
#include "lib/slots.h"
#include "master/guest.h"
#include "master/listen.h"
#include "master/pool.h"
#include "session/shared.h"

#define SAMPLE 32 /* sessions whose memory is looked at */

static const struct {
	const char *key, *metric, *label;
} counters[C_COUNT] = {
#define X(what, key, metric, label) [what] = {key, metric, label},
    COUNTS(X)
#undef X
};

static const struct {
	const char *metric, *help;
} helps[] = {
    {"logins_total", "Logins by password, by token, and those that did not succeed."},
    {"messages_stored_total", "Texts stored."},
    {"messages_resent_total", "Texts that were sent again and had been stored before."},
    {"messages_delivered_total", "Entries given to clients."},
    {"sessions_ended_total", "Sessions that ended, by reason."},
    {"connections_accepted_total", "Connections accepted."},
    {"connections_refused_total", "Connections closed without an answer, by reason."},
    {"db_calls_total", "Calls of PostgreSQL, by how they ended."},
    {"limited_total", "What users were refused for having used up a limit of chat.settings."},
};

static int64_t
value(const _Atomic int64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

static void
describe(struct buf *b, const char *metric, const char *type, const char *help)
{
	buf_addf(b, "# HELP chatd_%s %s\n# TYPE chatd_%s %s\n", metric, help, metric, type);
}

static void
number(struct buf *b, const char *metric, const char *label, int64_t n)
{
	bool labelled = label[0] != '\0';

	buf_addf(b, "chatd_%s%s%s%s %" PRId64 "\n", metric, labelled ? "{" : "", label, labelled ? "}" : "", n);
}

static void
add_counters(struct buf *b)
{
	for (int i = 0; i < C_COUNT; i++) {
		if (i == 0 || strcmp(counters[i].metric, counters[i - 1].metric) != 0)
			for (size_t k = 0; k < sizeof(helps) / sizeof(helps[0]); k++)
				if (strcmp(helps[k].metric, counters[i].metric) == 0)
					describe(b, counters[i].metric, "counter", helps[k].help);
		number(b, counters[i].metric, counters[i].label, value(&counts->of[i]));
	}
	describe(b, "requests_refused_total", "counter", "Requests answered with an error, by its code.");
	for (int e = E_OK + 1; e < E_COUNT; e++) {
		char label[64];

		snprintf(label, sizeof(label), "reason=\"%s\"", error_wire((enum error)e));
		number(b, "requests_refused_total", label, value(&counts->refused[e]));
	}
}

static void
add_latency(struct buf *b)
{
	int64_t n = 0;

	describe(b, "db_call_seconds", "histogram", "How long calls of PostgreSQL took.");
	for (int i = 0; i < COUNTS_BUCKETS; i++) {
		n += value(&counts->db_bucket[i]);
		buf_addf(b, "chatd_db_call_seconds_bucket{le=\"%g\"} %" PRId64 "\n", (double)counts_bucket[i] / 1e6, n);
	}
	n += value(&counts->db_bucket[COUNTS_BUCKETS]);
	buf_addf(b, "chatd_db_call_seconds_bucket{le=\"+Inf\"} %" PRId64 "\n", n);
	buf_addf(b, "chatd_db_call_seconds_sum %.6f\n", (double)value(&counts->db_us) / 1e6);
	buf_addf(b, "chatd_db_call_seconds_count %" PRId64 "\n", n);
}

static void
gauge(struct buf *b, const char *metric, int64_t n, const char *help)
{
	describe(b, metric, "gauge", help);
	number(b, metric, "", n);
}

static void
add_counter(struct buf *b, const char *metric, int64_t n, const char *help)
{
	describe(b, metric, "counter", help);
	number(b, metric, "", n);
}

static int
degraded(void)
{
	int n = 0;

	for (int at = 0; at < shared->top; at++)
		n += shared->slot[at].child != 0 && shared->slot[at].degraded != 0;
	return n;
}

/* Clients and the processes for them. */
static void
add_people(struct buf *b, const struct config *cf)
{
	static const struct {
		enum stage stage;
		const char *label;
	} stages[] = {{HEADER, "state=\"header\""}, {SILENT, "state=\"silent\""}, {WAITING, "state=\"waiting\""},
	    {PLACED, "state=\"placed\""}, {ANSWERED, "state=\"answered\""}};

	gauge(b, "sessions", guests.count[IN], "Sessions logged in.");
	gauge(b, "sessions_limit", cf->max_sessions, "How many there may be.");
	gauge(b, "sessions_degraded", degraded(), "Sessions whose bus is away.");
	describe(b, "newcomers", "gauge", "Connections that are not logged in; waiting: in the queue for a place.");
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		number(b, "newcomers", stages[i].label, guests.count[stages[i].stage] + (stages[i].stage == WAITING ? guests.count[WANTING] : 0));
	describe(b, "queue", "gauge", "Sessions that hash a password, connect to PostgreSQL or ask it for what may take long, or wait for their turn.");
	number(b, "queue", "for=\"hash\"", slots_waiting(cf->node.hashing));
	number(b, "queue", "for=\"db\"", slots_waiting(cf->node.dialing));
	number(b, "queue", "for=\"ask\"", slots_waiting(cf->node.asking));
	gauge(b, "spare_children", pool_spares(), "Processes that wait for a client.");
	gauge(b, "children", pool_children(), "Processes for clients.");
}

static int64_t
resident(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f != NULL && fscanf(f, "%*s %ld", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

void
metrics_text(struct buf *b, const struct config *cf)
{
	static int64_t started;
	const char *why;

	if (started == 0)
		started = clock_ms();
	describe(b, "build_info", "gauge", "Which program it is.");
	buf_addf(b, "chatd_build_info{version=\"%s\",node=\"%s\"} 1\n", CHATD_VERSION, cf->node.name);
	gauge(b, "ready", metrics_ready(&why), "Takes clients, and reaches PostgreSQL and Redis.");
	gauge(b, "db_up", !shared->db_away && shared_is_kept(), "PostgreSQL answers the keeper.");
	gauge(b, "bus_up", !shared->bus_away, "Redis answers the keeper.");
	describe(b, "bus_degraded_seconds_total", "counter", "How long it did not.");
	buf_addf(b, "chatd_bus_degraded_seconds_total %.3f\n", (double)value(&counts->degraded_ms) / 1e3);
	add_people(b, cf);
	add_counters(b);
	add_latency(b);
	add_counter(b, "acks_stored_total", shared->acks_stored, "Acknowledgements stored by the keeper.");
	add_counter(b, "ack_calls_total", shared->ack_calls, "Calls for that.");
	add_counter(b, "own_acks_total", shared->own_acks, "Calls for that by sessions, which the keeper left to them.");
	add_counter(b, "sweeps_total", shared->sweeps, "Rounds in which the keeper compared sessions with PostgreSQL.");
	add_counter(b, "own_sweeps_total", shared->own_sweeps, "The same by sessions, which the keeper left to them.");
	gauge(b, "session_memory_bytes", shared->memory, "Memory of a session that is its alone, on average over some.");
	gauge(b, "sessions_memory_bytes", shared->memory * guests.count[IN], "The same for all sessions.");
	gauge(b, "master_memory_bytes", resident(), "Memory of the master.");
}

bool
metrics_ready(const char **why)
{
	*why = !listen_is_open()                       ? "takes no clients now"
	       : shared->db_away || !shared_is_kept()  ? "PostgreSQL does not answer"
	       : shared->bus_away                      ? "Redis does not answer"
	                                               : NULL;
	return *why == NULL;
}

void
metrics_json(struct buf *b)
{
	int64_t refused = 0;

	buf_addc(b, '{');
	for (int i = 0; i < C_COUNT; i++)
		buf_addf(b, "\"%s\":%" PRId64 ",", counters[i].key, value(&counts->of[i]));
	for (int e = 0; e < E_COUNT; e++)
		refused += value(&counts->refused[e]);
	buf_addf(b, "\"requests_refused\":%" PRId64 ",\"db_ms\":%" PRId64 ",\"degraded_ms\":%" PRId64
	            ",\"sessions_degraded\":%d,\"session_memory\":%" PRId64 "}",
	    refused, value(&counts->db_us) / 1000, value(&counts->degraded_ms), degraded(), shared->memory);
}

/* What is resident and not of a file or shared: readable of any process. */
static int64_t
memory_of(int64_t pid)
{
	char path[40];
	long pages = 0, common = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%" PRId64 "/statm", pid);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	if (fscanf(f, "%*s %ld %ld", &pages, &common) != 2)
		pages = common = 0;
	fclose(f);
	return (pages - common) * sysconf(_SC_PAGESIZE);
}

void
metrics_sample(void)
{
	int step = shared->top / SAMPLE + 1;
	int64_t n = 0, sum = 0;

	for (int at = (int)clock_jitter(step); at < shared->top; at += step) {
		int64_t one = shared->slot[at].child != 0 ? memory_of(shared->slot[at].pid) : 0;

		sum += one;
		n += one > 0;
	}
	shared->memory = n > 0 ? sum / n : 0;
}
