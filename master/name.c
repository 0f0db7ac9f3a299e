/* SPDX-License-Identifier: ISC */
#include "master/name.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "db/db.h"
#include "db/session.h"
#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/log.h"

#define MACHINE 16     /* hexadecimal digits */
#define BEAT_MS 3500   /* who lives is seen again after so long: a heartbeat, and a little */
#define LOOK_MS 250
#define MOST 16

/* This start of this machine, and the namespace in which pids mean something. */
static void
machine(char text[MACHINE + 1])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	struct stat ns = {0};
	char id[9] = "00000000";

	if (fd >= 0 && read(fd, id, 8) != 8)
		memcpy(id, "00000000", 8);
	if (fd >= 0)
		close(fd);
	stat("/proc/self/ns/pid", &ns);
	snprintf(text, MACHINE + 1, "%.8s%08x", id, (unsigned)ns.st_ino);
}

void
name_make(struct config *cf)
{
	machine(cf->node.boot);
	hex_random(cf->node.boot + MACHINE, (sizeof(cf->node.boot) - 1 - MACHINE) / 2);
}

static bool
died_here(const struct bearer *b, const char *self)
{
	if (strncmp(b->boot, self, MACHINE) != 0)
		return false;
	return b->pid == (int)getpid() || (kill((pid_t)b->pid, 0) < 0 && errno == ESRCH);
}

struct seen {
	char boot[33], when[64];
	int pid;
};

/* Who may live; at most MOST. */
static int
look(struct db *db, const struct config *cf, struct seen all[])
{
	struct bearer b;
	int n = 0;

	if (db_node_bearers(db, cf->node.name, cf->node.boot) != E_OK)
		return 0;
	while (n < MOST && db_bearer_next(db, &b))
		if (!died_here(&b, cf->node.boot)) {
			snprintf(all[n].boot, sizeof(all[n].boot), "%s", b.boot);
			snprintf(all[n].when, sizeof(all[n].when), "%s", b.seen);
			all[n++].pid = b.pid;
		}
	db_forget(db);
	return n;
}

/* One that has been seen again since; NULL: nobody. */
static const struct seen *
again(const struct seen *now, int n, const struct seen *before, int m)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < m; j++)
			if (strcmp(now[i].boot, before[j].boot) == 0 && strcmp(now[i].when, before[j].when) != 0)
				return &now[i];
	return NULL;
}

void
name_check(const struct config *cf)
{
	int64_t deadline = clock_ms() + BEAT_MS;
	struct db *db = db_new(cf->node.db, "chatd/start");
	struct seen before[MOST], now[MOST];
	int m = look(db, cf, before), n = m;
	const struct seen *alive = NULL;

	if (m > 0)
		log_info("waiting", "for=%s", "a heartbeat of the node that had this name a moment ago");
	while (n > 0 && alive == NULL && clock_ms() < deadline) {
		poll(NULL, 0, LOOK_MS);
		n = look(db, cf, now);
		alive = again(now, n, before, m);
	}
	db_close(&db);
	if (alive != NULL)
		die(EX_CONFIG, "name_taken", "node=%s of=%d why=%s", cf->node.name, alive->pid,
		    "a living node bears this name; each wants a --node of its own");
}
