/* SPDX-License-Identifier: ISC */
/* chat - what every command of the terminal client shares: options, exit codes, complaints. */
#ifndef CHAT_H
#define CHAT_H

#include <stdbool.h>
#include <stdint.h>

/* sysexits(3), as far as they mean something here. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_NONE = 1,          /* the answer is "none", as grep's */
	EXIT_USAGE = 64,
	EXIT_NOUSER = 67,       /* no such user, group or message */
	EXIT_UNREACHABLE = 69,  /* and nothing was handed over */
	EXIT_TEMPFAIL = 75,     /* not acknowledged; a retry is safe */
	EXIT_PROTOCOL = 76,
	EXIT_NOPERM = 77,
	EXIT_CONFIG = 78,
};

#define WAITS_MAX 8

struct options {
	const char *server; /* HOST:PORT */
	const char *user;   /* NULL: not said */
	const char *device; /* this machine's name for the server; see store.h */
	const char *password_command;
	const char *notify_command;
	bool json;
	int64_t timeout_ms;

	/* of single commands */
	const char *exec;
	long limit;      /* -n */
	int64_t since;   /* --since; -1: not said */
	struct wait {
		const char *ev;
		long n;
	} waits[WAITS_MAX];
	int nwaits;
};

#define TIMEOUT_DEFAULT_MS 30000

/* Writes `chat: …` to stderr, made safe for a terminal. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The commands: operands only, their number is checked. Each returns an exit code. */
int cmd_friends(const struct options *o, char **arg);
int cmd_groups(const struct options *o, char **arg);
int cmd_history(const struct options *o, char **arg);
int cmd_listen(const struct options *o, char **arg);
int cmd_login(const struct options *o, char **arg);
int cmd_logout(const struct options *o, char **arg);
int cmd_pipe(const struct options *o, char **arg);
int cmd_register(const struct options *o, char **arg);
int cmd_send(const struct options *o, char **arg);
int cmd_talk(const struct options *o, char **arg);
int cmd_unread(const struct options *o, char **arg);
int cmd_who(const struct options *o, char **arg);

#endif
