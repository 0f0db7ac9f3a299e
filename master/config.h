/* SPDX-License-Identifier: ISC */
/* config - every setting there is: one table, from which usage, --help, the environment's names and --print-config come. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "front/web.h"
#include "lib/address.h"
#include "lib/log.h"
#include "session/node.h"

#define LISTENERS 8
#define PROXIES 32
#define OPTIONS 48

enum command { CMD_SERVE, CMD_PRINT, CMD_MIGRATE, CMD_HASH, CMD_TEST, CMD_CHECK };

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
	struct web web;
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
	const char *user;         /* NULL: as it was started */
	const char *sandbox;      /* "on" or "off" */
	const char *metrics;      /* where they can be read; NULL: nowhere */
	int ready_fd;             /* -1: none */
	int state_fd;             /* what a predecessor in this process, or its copy, has left, see successor.h; -1: nothing */
	int hashing_fd, dialing_fd, asking_fd; /* the memory of node.hashing, node.dialing and node.asking */
	enum log_level log_level;
	enum command command;
	const char *from[OPTIONS]; /* of each row: "--NAME", "CHATD_NAME", "CHATD_NAME_FILE=PATH"; NULL: the default */
};

#define LISTEN_AT "HOST:PORT|unix:PATH[,proxy][,dialect=NAME|FILE]"

enum option_kind { TEXT, NUMBER, SECONDS, LISTEN, PROXY, ORIGIN, WORD, COMMAND };

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

/*
 * What a connection of that listener from there is: somebody's own; a proxy's, which begins with a PROXY header; or a
 * proxy's which may say in HTTP whose it is.
 */
enum proxy_kind { PROXY_NONE, PROXY_HEADS, PROXY_FORWARDS };
enum proxy_kind config_proxy(const struct config *cf, int listener, const struct address *from);

#endif
