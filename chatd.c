/* SPDX-License-Identifier: ISC */
/* chatd - the program: from its arguments to a node that serves, or to what else one may ask of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "conn.h"
#include "db/migrate.h"
#include "handlers/password.h"
#include "handlers/request.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/slots.h"
#include "lib/title.h"
#include "master/keeper.h"
#include "master/listen.h"
#include "master/loop.h"
#include "master/name.h"
#include "master/notify.h"
#include "master/pool.h"
#include "master/probe.h"
#include "master/room.h"
#include "master/sandbox.h"
#include "master/settings.h"
#include "master/start.h"
#include "master/successor.h"
#include "session/memo.h"

#define HASH_LINE 128
#define HASH_MS 2000 /* of 20, on a machine that is not busy; then the place is another's, too */
#define DIAL_LINE 512
#define DIAL_MS 3000
#define ASK_LINE 2048
#define ASK_MS 10000 /* what PostgreSQL gives a statement */

/* Passwords pass through here: nobody gets a core, nor looks into the memory of his own processes. A test may ask to. */
static void
keep_secrets(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	prctl(PR_SET_DUMPABLE, getenv("DUMPABLE") != NULL);
}

static void
make_identity(struct config *cf)
{
	int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);

	if (cf->state_fd < 0)
		name_make(cf);
	memo_map();
	password_begin();
	cf->node.hashing = slots_shared(&cf->hashing_fd, cores, HASH_LINE, HASH_MS);
	cf->node.dialing = slots_shared(&cf->dialing_fd, 2 * cores, DIAL_LINE, DIAL_MS);
	cf->node.asking = slots_shared(&cf->asking_fd, 4 * cores, ASK_LINE, ASK_MS);
}

static void
be_ready(const struct config *cf)
{
	if (cf->state_fd < 0 && !keeper_ready(cf->start_timeout))
		die(EX_UNAVAILABLE, "start", "why=%s", "the first heartbeat did not reach PostgreSQL");
	listen_start(cf);
	probe_start(cf);
	log_info("ready", "node=%s version=%s", cf->node.name, CHATD_VERSION);
	notify_say("READY=1\nMAINPID=%d", (int)getpid());
	if (cf->ready_fd >= 0 && cf->state_fd < 0) {
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
		if (!password_hash(cf->node.hashing, 0, line, hash) || puts(hash) == EOF || fflush(stdout) == EOF)
			return EX_OSERR;
	}
	free(line);
	return 0;
}

/* Whether it could serve, or succeed. */
static int
check_only(struct config *cf)
{
	char why[200];

	sandbox_user(cf->user);
	start_check(cf, 0);
	start_limits(cf);
	if (cf->command == CMD_TEST) {
		printf("chatd: settings, PostgreSQL, schema and Redis are right\n");
	} else if (!successor_fits(cf->state_fd, why, sizeof(why))) {
		log_error("successor", "why=%s", why);
		return EX_CONFIG;
	}
	return 0;
}

static int
serve(struct config *cf)
{
	bool succeeds = cf->state_fd >= 0;

	sandbox_user(cf->user);
	sandbox_begin(strcmp(cf->sandbox, "on") == 0, succeeds);
	if (succeeds) {
		successor_begin(cf);
	} else {
		start_check(cf, cf->start_timeout);
		start_limits(cf);
	}
	keep_secrets();
	make_identity(cf);
	if (!succeeds)
		name_check(cf);
	loop_signals();
	sandbox_dials(&cf->node);
	keeper_spawn(cf);
	room_init(cf);
	pool_init(cf, conn_main, room_heard);
	be_ready(cf);
	if (succeeds)
		successor_end(cf);
	mem_fill_gaps();
	request_begin();
	pool_spawn();
	loop_run(cf);
	keeper_end();
	log_info("bye", "node=%s", cf->node.name);
	return 0;
}

int
main(int argc, char **argv)
{
	static struct config cf;

	mem_begin(argv);
	settings_load(&cf, argc, argv);
	log_init(cf.log_level);
	notify_open();
	title_init(argc, argv);
	settings_unknown();
	switch (cf.command) {
	case CMD_SERVE:
		break;
	case CMD_PRINT:
		settings_print(&cf);
		return 0;
	case CMD_MIGRATE:
		return migrate(cf.node.db) == 0 ? 0 : EX_CONFIG;
	case CMD_HASH:
		make_identity(&cf);
		return hash_passwords(&cf);
	case CMD_TEST:
	case CMD_CHECK:
		return check_only(&cf);
	}
	return serve(&cf);
}
