/* SPDX-License-Identifier: ISC */
/* config - every setting there is: one table, from which usage, --help, the environment's names and --print-config come. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/address.h"
#include "lib/log.h"
#include "session/node.h"

#define LISTENERS 8
#define PROXIES 32
#define OPTIONS 48

enum command { CMD_SERVE, CMD_PRINT, CMD_MIGRATE, CMD_HASH, CMD_TEST };

struct listen_at {
	const char *at;      /* HOST:PORT or unix:PATH */
	bool proxy;          /* PROXY headers are wanted here, from who is trusted */
	const char *dialect; /* of its numbered clients, as it was given; NULL: that of the others */
	const struct dialect *speaks; /* what that means */
	int fd;              /* it is open already, by the supervisor; 0: it is not */
};

struct config {
	struct listen_at listen[LISTENERS];
	int listeners;
	const char *dialect; /* of listeners that say nothing else */
	struct address_block proxy_from[PROXIES];
	const char *proxy_said[PROXIES]; /* as they were given */
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
	const char *from[OPTIONS]; /* of each row: "--NAME", "CHATD_NAME", "CHATD_NAME_FILE=PATH"; NULL: the default */
};

#define LISTEN_AT "HOST:PORT|unix:PATH[,proxy][,dialect=NAME|FILE]"

enum option_kind { TEXT, NUMBER, SECONDS, LISTEN, PROXY, WORD, COMMAND };

struct option_row {
	const char *flag; /* without -- */
	enum option_kind kind;
	size_t at; /* offset in struct config */
	long min, max;
	const char *words; /* WORD: what is allowed, separated by spaces */
	const char *value, *help;
};

extern const struct option_row config_rows[];
extern const size_t config_count;

void config_usage(FILE *to);
void config_help(void);
void config_version(void);

#endif
