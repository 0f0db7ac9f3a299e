/* SPDX-License-Identifier: ISC */
/* config - every setting, from flag, environment or default; read once, then constant. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/log.h"
#include "session/node.h"

#define LISTENERS 8

enum command { CMD_SERVE, CMD_MIGRATE, CMD_HASH, CMD_TEST };

struct config {
	const char *listen[LISTENERS]; /* HOST:PORT or unix:PATH */
	const char *listen_dialect[LISTENERS]; /* as it was given; NULL: dialect */
	const struct dialect *speaks[LISTENERS]; /* what that means */
	int listeners;
	const char *dialect;
	struct node node; /* what sessions know of it */
	const char *redis; /* as it was given; node.bus is what it means */
	int spare;
	int max_sessions;
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
