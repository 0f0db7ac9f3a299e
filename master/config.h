/* SPDX-License-Identifier: ISC */
/* config - every setting, from flag, environment or default; read once, then constant. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"
#include "lib/log.h"

#define LISTENERS 8

enum command { CMD_SERVE, CMD_MIGRATE, CMD_HASH, CMD_TEST };

struct config {
	const char *listen[LISTENERS]; /* HOST:PORT or unix:PATH */
	int listeners;
	const char *node;
	const char *db;
	const char *redis;
	struct bus_url bus;
	int spare;
	int max_sessions;
	int64_t login_timeout; /* ms */
	int64_t drain_timeout; /* ms */
	int64_t start_timeout; /* ms */
	int64_t db_idle;       /* ms; 0: keep */
	const char *registration; /* NULL: stays as the database's settings say */
	const char *strangers;    /* the same */
	const char *dialect;      /* "a" or "c": of a numbered client that has not revealed its own */
	int ready_fd;             /* -1: none */
	enum log_level log_level;
	enum command command;

	char boot[33];  /* names this run of the master for ever */
	int hash_lock;  /* file whose bytes are the places for password hashing */
	int hash_slots; /* how many hash at once on this node */
};

/* Fills *cf from argv and the environment. Prints and exits for --help and --version; 64 on bad usage. */
void config_load(struct config *cf, int argc, char **argv);

#endif
