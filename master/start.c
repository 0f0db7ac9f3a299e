/* SPDX-License-Identifier: ISC */
#include "master/start.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bus/check.h"
#include "db/db.h"
#include "db/facts.h"
#include "db/migrate.h"
#include "db/user.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "master/limits.h"

/* What the servers said of themselves. */
static struct db_facts facts;
static int bus_clients;

/* A status to exit with, or 0: sessions may do there what they have to. */
static int
check_facts(struct db *db, char *why, size_t whylen)
{
	if (db_facts(db, &facts) != E_OK) {
		snprintf(why, whylen, "PostgreSQL does not answer as it should");
		return EX_UNAVAILABLE;
	}
	if (facts.read_only)
		snprintf(why, whylen, "PostgreSQL lets us only read (a standby?)");
	else if (facts.lacks[0] != '\0')
		snprintf(why, whylen, "the role of --db may not execute %s: grant it the role chatd", facts.lacks);
	return facts.read_only ? EX_UNAVAILABLE : facts.lacks[0] != '\0' ? EX_CONFIG : 0;
}

/* The same for -t; a node serves, and its keeper says it. */
static int
check_role(struct db *db, char *why, size_t whylen)
{
	char settings[ROLE_SETTINGS];

	if (db_role_settings(db, settings) != E_OK || settings[0] == '\0')
		return 0;
	snprintf(why, whylen, "the role chatd has not the settings that it was given: %s (alter role)", settings);
	return EX_CONFIG;
}

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
	} else {
		status = check_facts(db, why, whylen);
	}
	if (status == 0 && cf->command == CMD_TEST)
		status = check_role(db, why, whylen);
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
	char reason[240], where[BUS_URL_TEXT];

	if (bus_check(&cf->node.bus, 2000, &bus_clients, reason, sizeof(reason)) == 0)
		return 0;
	bus_url_where(&cf->node.bus, where);
	snprintf(why, whylen, "Redis at %s: %s", where, reason);
	return strncmp(reason, "the right", 9) == 0 || strncmp(reason, "NOAUTH", 6) == 0 || strncmp(reason, "WRONGPASS", 9) == 0 || strncmp(reason, "ERR ", 4) == 0
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
	limits_fit(cf, &facts, bus_clients);
}
