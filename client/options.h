/* SPDX-License-Identifier: ISC */
/* options - what every command of the terminal client shares: options, exit codes, complaints. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sysexits.h>

#include "client/link.h"

#define EXIT_NONE 1 /* the answer is "none", as grep's */

struct options {
	const char *server; /* HOST:PORT */
	const char *user;   /* NULL: not said */
	const char *device; /* this machine's name for the server; see store.h */
	const char *password_command;
	const char *notify_command;
	const char *highlight; /* words that concern me, beside my name */
	const char *bell;      /* "no": none */
	const char *typing;    /* "no": nobody is told that I type */
	const char *use_tls;   /* "yes", "no"; NULL: as this server was reached before */
	const char *plain;     /* "yes": also over a network */
	struct link_tls tls;   /* what comes of it */
	bool json;
	int64_t timeout_ms;

	/* of single commands */
	bool print; /* --print-config */
	const char *exec;
	bool reply;         /* what it prints is sent back */
	const char *invite; /* of register */
	const char *cid;    /* of send; NULL: a fresh one */
	bool invite_only;   /* of create */
	int64_t limit;      /* -n */
	int64_t since;   /* --since; -1: not said */
	struct wait *waits; /* --wait, the last one without ev; NULL: nothing is awaited */
};

struct wait {
	const char *ev;
	long n; /* so many are still to come */
};

#define TIMEOUT_DEFAULT_MS 30000

/* Writes `chat: …` to stderr, made safe for a terminal. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* An event has come (ev NULL: none): is there nothing left to wait for? Also if nothing ever was. */
bool waits_are_over(const struct options *o, const char *ev);

/*
 * Fills in what neither the command line nor CHAT_SERVER, CHAT_USER, CHAT_DEVICE said, from
 * $XDG_CONFIG_HOME/chat/config. -1: complained.
 */
int options_complete(struct options *o);
/* Prints such a file, with what is set and what could be. */
void options_print(struct options *o);

#endif
