/* SPDX-License-Identifier: ISC */
#include "master/start.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

#include "bus/check.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/user.h"
#include "lib/clock.h"
#include "lib/log.h"

#define FD_RESERVE 64

/* A status to exit with, or 0: this program runs with the database's schema. */
static int
check_schema(const struct config *cf, char *why, size_t whylen)
{
	struct db *db = db_new(cf->node.db, "chatd/start");
	struct schema_levels levels;
	int status = 0;

	if (db_schema_levels(db, &levels) != E_OK) {
		char reason[200] = "it does not answer as it should";

		status = db_refused(db, reason, sizeof(reason)) ? EX_CONFIG : EX_UNAVAILABLE;
		snprintf(why, whylen, "PostgreSQL: %s", reason);
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
	char reason[160], where[BUS_URL_TEXT];

	if (bus_check(&cf->node.bus, 2000, reason, sizeof(reason)) == 0)
		return 0;
	bus_url_where(&cf->node.bus, where);
	snprintf(why, whylen, "Redis at %s: %s", where, reason);
	return strncmp(reason, "NOAUTH", 6) == 0 || strncmp(reason, "WRONGPASS", 9) == 0 || strncmp(reason, "ERR ", 4) == 0
	           ? EX_CONFIG
	           : EX_UNAVAILABLE;
}

void
start_check(const struct config *cf, int64_t timeout)
{
	int64_t deadline = clock_ms() + timeout;
	char why[600];
	int status;

	while ((status = check_schema(cf, why, sizeof(why))) != 0 || (status = check_bus(cf, why, sizeof(why))) != 0) {
		if (status == EX_CONFIG || clock_ms() >= deadline)
			die(status, "start", "why=%s", why);
		log_info("waiting", "for=%s", why);
		poll(NULL, 0, 300 + (int)clock_jitter(400));
	}
}

void
start_limits(struct config *cf)
{
	struct rlimit r;
	int max;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
	max = r.rlim_cur < 2000000 + FD_RESERVE ? (int)r.rlim_cur - FD_RESERVE : 2000000;
	if (cf->max_sessions + cf->waiting_room <= max)
		return;
	/* A session costs one, too: its control socket. */
	if (cf->waiting_room > max / 4)
		cf->waiting_room = max - cf->max_sessions > max / 4 ? max - cf->max_sessions : max / 4;
	if (cf->max_sessions > max - cf->waiting_room)
		cf->max_sessions = max - cf->waiting_room;
	log_warn("limit", "max_sessions=%d waiting_room=%d why=%s", cf->max_sessions, cf->waiting_room,
	    "no more descriptors are allowed");
}
