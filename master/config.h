/* SPDX-License-Identifier: ISC */
/* config - every setting, from flag, environment or default; read once, then constant. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/address.h"
#include "lib/log.h"
#include "session/node.h"

#define LISTENERS 8
#define PROXIES 32

enum command { CMD_SERVE, CMD_MIGRATE, CMD_HASH, CMD_TEST };

struct listen_at {
	const char *at;      /* HOST:PORT or unix:PATH */
	bool proxy;          /* PROXY headers are wanted here, from who is trusted */
	const char *dialect; /* of its numbered clients, as it was given; NULL: that of the others */
	const struct dialect *speaks; /* what that means */
};

struct config {
	struct listen_at listen[LISTENERS];
	int listeners;
	const char *dialect; /* of listeners that say nothing else */
	struct address_block proxy_from[PROXIES];
	int proxies;
	struct node node; /* what sessions know of it */
	const char *redis; /* as it was given; node.bus is what it means */
	int spare;
	int max_sessions;    /* logged in */
	int waiting_room;    /* connections that are not, */
	int newcomers;       /* and of those how many at a time are being answered */
	int64_t login_wait;  /* ms; who would have to wait longer for that is sent away */
	int64_t silent_timeout; /* ms; who says nothing for so long goes, too */
	int64_t drain_timeout; /* ms */
	int64_t start_timeout; /* ms */
	const char *registration; /* NULL: stays as the database's settings say */
	const char *strangers;    /* the same */
	int ready_fd;             /* -1: none */
	enum log_level log_level;
	enum command command;
};

/* Fills *cf from argv and the environment. Prints and exits for --help and --version; 64 on bad usage. */
void config_load(struct config *cf, int argc, char **argv);

#endif
