/* SPDX-License-Identifier: ISC */
#include "master/limits.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/log.h"
#include "master/settings.h"

#define FD_RESERVE 64    /* descriptors of the master that belong to no client */
#define DB_RESERVE 3     /* connections beside the sessions': two of the keeper, one to look on */
#define BUS_RESERVE 4
#define BUS_PER_SESSION 2 /* one to listen, and one while it sends */
#define OTHERS 64        /* processes of the same user or machine that are there anyway */

static void refuse(const char *why) __attribute__((noreturn));
static void
refuse(const char *why)
{
	die(EX_CONFIG, "start", "why=%s", why);
}

/* room: for so many sessions; of what, in the same words for a refusal and a warning. */
static void
fit(struct config *cf, int room, const char *of)
{
	char why[300];

	if (cf->max_sessions <= room)
		return;
	snprintf(why, sizeof(why), "%s: that is room for %d sessions, not for %d", of, room > 0 ? room : 0, cf->max_sessions);
	if (room < 1 || settings_given(cf, "max-sessions"))
		refuse(why);
	log_warn("limit", "max_sessions=%d why=%s", room, why);
	cf->max_sessions = room;
}

/* PostgreSQL */

static void
fit_database(struct config *cf, const struct db_facts *facts)
{
	char of[200];

	if (!facts->direct) {
		log_info("pooler", "hint=%s", "a pooler is before PostgreSQL: pgbouncer's max_client_conn has to be above --max-sessions of all nodes together");
		return;
	}
	snprintf(of, sizeof(of), "PostgreSQL lets us have %d connections (max_connections but for those reserved, or the limit of the role or the database), %d are not for sessions",
	    facts->connections, DB_RESERVE);
	fit(cf, facts->connections - DB_RESERVE, of);
}

/* Redis */

static void
fit_bus(struct config *cf, int clients)
{
	char of[200];

	if (clients == 0) {
		log_info("bus_limit", "hint=%s", "Redis does not tell us its maxclients (+info): it has to be above two for each session of all nodes");
		return;
	}
	snprintf(of, sizeof(of), "Redis takes %d connections (maxclients), and a session needs %d", clients, BUS_PER_SESSION);
	fit(cf, (clients - BUS_RESERVE) / BUS_PER_SESSION, of);
}

/*
 * Descriptors: one in the master for each session, its control socket, one for each connection that waits, and for each spare
 * both ends of its control socket, see handover_fork().
 */

static int
descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return INT_MAX;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	return r.rlim_cur < INT_MAX ? (int)r.rlim_cur : INT_MAX;
}

static void
fit_descriptors(struct config *cf)
{
	int all = descriptors(), beside = FD_RESERVE + 2 * cf->spare, max = all - beside;
	bool given_sessions = settings_given(cf, "max-sessions"), given_room = settings_given(cf, "waiting-room");
	char why[300];

	if ((int64_t)cf->max_sessions + cf->waiting_room <= max)
		return;
	snprintf(why, sizeof(why), "%d descriptors are allowed (ulimit -Hn, LimitNOFILE=), and %d sessions, %d waiting and %d beside want %d",
	    all, cf->max_sessions, cf->waiting_room, beside, cf->max_sessions + cf->waiting_room + beside);
	if (!given_room)
		cf->waiting_room = given_sessions || max - cf->max_sessions > max / 4 ? max - cf->max_sessions : max / 4;
	if (!given_sessions && cf->max_sessions > max - cf->waiting_room)
		cf->max_sessions = max - cf->waiting_room;
	if (cf->max_sessions < 1 || cf->waiting_room < 1 || cf->max_sessions + cf->waiting_room > max)
		refuse(why);
	log_warn("limit", "max_sessions=%d waiting_room=%d why=%s", cf->max_sessions, cf->waiting_room, why);
}

/* Processes */

/* The number in that file; INT_MAX: there is none, or it is more. */
static int
number_in(const char *path)
{
	FILE *f = fopen(path, "re");
	long n = INT_MAX;

	if (f == NULL)
		return INT_MAX;
	if (fscanf(f, "%ld", &n) != 1) /* "max" */
		n = INT_MAX;
	fclose(f);
	return n < INT_MAX ? (int)n : INT_MAX;
}

/* pids.max of our own group, of version 2. */
static int
group_limit(void)
{
	char line[512], path[600];
	FILE *f = fopen("/proc/self/cgroup", "re");
	int n = INT_MAX;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "0::/", 4) == 0) {
			line[strcspn(line, "\n")] = '\0';
			snprintf(path, sizeof(path), "/sys/fs/cgroup%s/pids.max", line + 3);
			n = number_in(path);
		}
	if (f != NULL)
		fclose(f);
	return n;
}

static void
fit_processes(struct config *cf, int n, const char *whose)
{
	char of[200];

	if (n == INT_MAX)
		return;
	snprintf(of, sizeof(of), "%d processes are allowed (%s), %d are not for sessions", n, whose, OTHERS + cf->spare + cf->newcomers);
	fit(cf, n - OTHERS - cf->spare - cf->newcomers, of);
}

void
limits_fit(struct config *cf, const struct db_facts *facts, int bus_clients)
{
	struct rlimit r;

	fit_database(cf, facts);
	fit_bus(cf, bus_clients);
	if (geteuid() != 0 && getrlimit(RLIMIT_NPROC, &r) == 0 && r.rlim_cur < INT_MAX)
		fit_processes(cf, (int)r.rlim_cur, "ulimit -u, LimitNPROC=");
	fit_processes(cf, group_limit(), "pids.max of the control group, TasksMax=");
	fit_processes(cf, number_in("/proc/sys/kernel/pid_max"), "kernel.pid_max");
	fit_processes(cf, number_in("/proc/sys/kernel/threads-max"), "kernel.threads-max");
	fit_descriptors(cf);
}
