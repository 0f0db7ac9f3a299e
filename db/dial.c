/* SPDX-License-Identifier: ISC */
#include "db/dial.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <sys/socket.h>

#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/slots.h"

#define LINE_MS 12000 /* a line that moves is shorter */
#define HANDSHAKE_MS 3000 /* for the other machine's kernel, not for PostgreSQL */

bool
dial_wait(PGconn *pg, short events, int64_t deadline)
{
	struct pollfd p = {.fd = PQsocket(pg), .events = events};

	for (;;) {
		int n = poll(&p, 1, clock_left(deadline));

		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

void
dial_why(char why[DIAL_WHY], const char *message)
{
	snprintf(why, DIAL_WHY, "%.*s", (int)strcspn(message, "\n"), message);
}

static void
dial_ignore(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

static int
count_hosts(const char *conninfo)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	int most = 1;

	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
		int n = 1;

		if (o->val == NULL || (strcmp(o->keyword, "host") != 0 && strcmp(o->keyword, "hostaddr") != 0))
			continue;
		for (const char *s = o->val; (s = strchr(s, ',')) != NULL; s++)
			n++;
		most = n > most ? n : most;
	}
	PQconninfoFree(options);
	return most;
}

/*
 * A machine that does not answer is given up soon, and the next address of the name
 * tried. One that answers has PostgreSQL, which forks for a crowd before it comes to
 * us: it has until the deadline. true: one of the limits was reached.
 */
static bool
shake_hands(PGconn *pg, int64_t deadline)
{
	PostgresPollingStatusType want = PGRES_POLLING_WRITING;
	bool late = false;

	while (PQstatus(pg) != CONNECTION_BAD && (want == PGRES_POLLING_READING || want == PGRES_POLLING_WRITING)) {
		int64_t until = clock_ms() + HANDSHAKE_MS;

		if (PQstatus(pg) != CONNECTION_STARTED || until > deadline)
			until = deadline;
		late = !dial_wait(pg, want == PGRES_POLLING_READING ? POLLIN : POLLOUT, until);
		if (late)
			shutdown(PQsocket(pg), SHUT_RDWR); /* nothing else makes libpq go on, or fail */
		want = PQconnectPoll(pg);
	}
	return late;
}

/* Never NULL; PQstatus() says what became of it. */
static PGconn *
attempt(const char *conninfo, const char *app, int64_t deadline, bool *late)
{
	/* What comes first is the default, what stands in conninfo overrides it. GSS would cost
	 * every session a credentials cache; the socket limits end what TCP itself would not.
	 * connect_timeout counts in whole seconds, and for each of several hosts. */
	char share[16];
	const char *const keys[] = {"application_name", "gssencmode", "connect_timeout", "keepalives_idle",
	    "keepalives_interval", "keepalives_count", "tcp_user_timeout", "dbname", NULL};
	const char *const values[] = {app, "disable", share, "20", "5", "3", "10000", conninfo, NULL};
	int hosts = count_hosts(conninfo);
	PGconn *pg;

	snprintf(share, sizeof(share), "%d", clock_left(deadline) / 1000 / hosts + 1);
	*late = false;
	/* libpq alone can leave a host that is there and says nothing for the next one. */
	pg = hosts > 1 ? PQconnectdbParams(keys, values, 1) : PQconnectStartParams(keys, values, 1);
	if (pg == NULL)
		die(EX_OSERR, "out_of_memory", "for=%s", "libpq");
	if (hosts == 1)
		*late = shake_hands(pg, deadline);
	return pg;
}

/* A pooler on a Unix socket has as many before us as it lets wait: it will come to us. */
static bool
dial_is_full(const PGconn *pg)
{
	return strstr(PQerrorMessage(pg), strerror(EAGAIN)) != NULL;
}

/* libpq names host and port where it was it who gave up. */
static void
dial_failed(const PGconn *pg, bool late, char why[DIAL_WHY])
{
	if (late)
		snprintf(why, DIAL_WHY, "connection to server at \"%s\", port %s failed: no answer in time", PQhost(pg), PQport(pg));
	else
		dial_why(why, PQerrorMessage(pg));
}

PGconn *
dial(const char *conninfo, const char *app, int64_t deadline, char why[DIAL_WHY])
{
	struct backoff full = {.min = 20, .max = 200};
	bool late;
	PGconn *pg;

	while (pg = attempt(conninfo, app, deadline, &late), PQstatus(pg) != CONNECTION_OK && dial_is_full(pg) &&
	    clock_ms() < deadline) {
		PQfinish(pg);
		poll(NULL, 0, (int)backoff_failed(&full));
	}
	if (PQstatus(pg) == CONNECTION_OK && PQsetnonblocking(pg, 1) == 0) {
		PQsetNoticeProcessor(pg, dial_ignore, NULL);
		return pg;
	}
	dial_failed(pg, late, why);
	PQfinish(pg);
	return NULL;
}

static struct slots *line;
static uint64_t from;

void
dial_line(struct slots *s, uint64_t source)
{
	line = s;
	from = source;
}

PGconn *
dial_in_turn(const char *conninfo, const char *app, int64_t *deadline, char why[DIAL_WHY])
{
	int64_t begun = clock_ms();
	PGconn *pg;
	int place;

	if (line == NULL)
		return dial(conninfo, app, *deadline, why);
	place = slots_take(line, from, begun + LINE_MS);
	if (place < 0) {
		dial_why(why, "too many wait for a connection");
		return NULL;
	}
	*deadline += clock_ms() - begun;
	pg = dial(conninfo, app, *deadline, why);
	slots_give(line, place);
	return pg;
}

/* libpq has no SQLSTATE for a connection, only, where asked for it alone, as the end of the message. */
void
dial_state(const char *conninfo, const char *app, int64_t deadline, char why[DIAL_WHY], char state[DIAL_STATE])
{
	bool late;
	PGconn *pg = attempt(conninfo, app, deadline, &late);
	const char *last;

	*why = *state = '\0';
	if (PQstatus(pg) != CONNECTION_OK) {
		dial_failed(pg, late, why);
		if (late) {
			PQfinish(pg);
			return;
		}
		PQsetErrorVerbosity(pg, PQERRORS_SQLSTATE);
		PQreset(pg);
		last = strrchr(PQerrorMessage(pg), ' ');
		if (last != NULL && strlen(last) == strlen(" 3D000\n"))
			snprintf(state, DIAL_STATE, "%s", last + 1);
	}
	PQfinish(pg);
}
